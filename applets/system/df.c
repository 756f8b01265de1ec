// SPDX-License-Identifier: MIT
/* df.c - system df: what is on the disk, and how much of it nobody needs.
 *
 * Reclaimable is what `system prune -a --volumes` would free: layers that no image with a
 * container has, what containers that do not run wrote, volumes that no container has.
 *
 * config DF
 *	bool "system df: what is on the disk"
 *	default y
 *	help
 *	  docker system df, with -v and --format.
 */
#include <stdio.h>

#include "applets/image/imagecli.h"
#include "applets/session.h"
#include "applets/table.h"
#include "core/base/text.h"
#include "core/engine/list.h"
#include "core/engine/usage.h"
#include "core/fmt/human.h"
#include "core/fmt/reference.h"
#include "core/os/clock.h"
#include "core/store/volume.h"

enum { SHORT_ID = 12, COMMAND_COLUMNS = 20 };

struct df_opts {
	bool verbose;
	const char *format;
};

#define O struct df_opts
static const struct opt df_table[] = {
	OPT_TEXT(O, format, 0, "format", "string", "Pretty-print images using a Go template"),
	OPT_FLAG(O, verbose, 'v', "verbose", "Show detailed information on space usage"),
	OPT_END
};
#undef O

static void put_size(json_t *row, const char *key, int64_t bytes, int digits)
{
	auto_str struct str b = STR_INIT;

	human_size(bytes, digits, &b);
	json_put_text(row, key, b.s);
}

static void put_count(json_t *row, const char *key, size_t n)
{
	auto_str struct str b = STR_INIT;

	str_addf(&b, "%zu", n);
	json_put_text(row, key, b.s);
}

static void put_ago(json_t *row, const char *key, int64_t then_ns)
{
	auto_str struct str b = STR_INIT;

	human_duration(clock_real_ns() - then_ns, &b);
	str_puts(&b, " ago");
	json_put_text(row, key, b.s);
}

/* --- the four lines ---------------------------------------------------------------------- */

static const struct table_column sum_columns[] = {
	{ "Active", "ACTIVE" }, { "Reclaimable", "RECLAIMABLE" }, { "Size", "SIZE" },
	{ "TotalCount", "TOTAL" }, { "Type", "TYPE" }, { NULL, NULL },
};

struct sum {
	const char *type;
	size_t total, active;
	int64_t size, reclaimable;
};

static json_t *sum_row(const struct sum *s)
{
	auto_str struct str b = STR_INIT;
	json_t *row = json_object();

	put_count(row, "Active", s->active);
	human_size(s->reclaimable, 4, &b);
	if (s->size > 0)
		str_addf(&b, " (%lld%%)", (long long)(s->reclaimable * 100 / s->size));
	json_put_text(row, "Reclaimable", b.s);
	put_size(row, "Size", s->size, 4);
	put_count(row, "TotalCount", s->total);
	json_put_text(row, "Type", s->type);
	return row;
}

static struct sum sum_images(const struct usage *u)
{
	struct sum s = { "Images", u->images_n, 0, u->layers, u->layers };

	for (size_t i = 0; i < u->images_n; i++) {
		if (!u->images[i].containers)
			continue;
		s.active++;
		s.reclaimable -= u->images[i].info.size - u->images[i].shared;
	}
	return s;
}

static struct sum sum_containers(const struct usage *u)
{
	struct sum s = { "Containers", u->containers_n, 0, 0, 0 };

	for (size_t i = 0; i < u->containers_n; i++) {
		bool runs = container_runs(&u->containers[i].state);

		s.active += runs;
		s.size += u->containers[i].size;
		s.reclaimable += runs ? 0 : u->containers[i].size;
	}
	return s;
}

static struct sum sum_volumes(const struct usage *u)
{
	struct sum s = { "Local Volumes", u->volumes_n, 0, 0, 0 };

	for (size_t i = 0; i < u->volumes_n; i++) {
		s.active += u->volumes[i].links > 0;
		s.size += u->volumes[i].size;
		s.reclaimable += u->volumes[i].links ? 0 : u->volumes[i].size;
	}
	return s;
}

static int print_sums(const struct usage *u, const char *format, struct arena *mem,
		      struct err *e)
{
	const struct sum sums[] = { sum_images(u), sum_containers(u), sum_volumes(u),
				    { "Build Cache", 0, 0, 0, 0 } };
	struct table t;
	int rc = table_begin(&t, format,
			     "table {{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t"
			     "{{.Reclaimable}}",
			     "*formatter.diskUsageImagesContext", sum_columns, mem, e);

	for (size_t i = 0; i < countof(sums) && rc == 0; i++)
		rc = table_row(&t, sum_row(&sums[i]), e);
	if (rc == 0)
		table_end(&t);
	return rc;
}

/* --- one by one ----------------------------------------------------------------------------- */

static const struct table_column image_columns[] = {
	{ "Containers", "CONTAINERS" }, { "CreatedSince", "CREATED" }, { "ID", "IMAGE ID" },
	{ "Repository", "REPOSITORY" }, { "SharedSize", "SHARED SIZE" }, { "Size", "SIZE" },
	{ "Tag", "TAG" }, { "UniqueSize", "UNIQUE SIZE" }, { NULL, NULL },
};

/* The first tag stands for all. */
static void put_name(json_t *row, const struct image_info *im)
{
	const char *name = NULL, *colon;

	for (size_t i = 0; i < im->names.n && !name; i++)
		name = strchr(im->names.v[i], '@') ? NULL : reference_familiar_name(im->names.v[i]);
	colon = name ? strrchr(name, ':') : NULL;
	json_put(row, "Repository",
		 colon ? json_stringn_nocheck(name, (size_t)(colon - name)) :
			 json_string("<none>"));
	json_put_text(row, "Tag", colon ? colon + 1 : "<none>");
}

static json_t *image_row(const struct usage_image *im)
{
	auto_str struct str b = STR_INIT;
	json_t *row = json_object();

	put_count(row, "Containers", im->containers);
	image_ago(im->info.created, &b);
	json_put_text(row, "CreatedSince", b.s);
	json_put(row, "ID", json_stringn_nocheck(im->info.id + 7, SHORT_ID));
	put_name(row, &im->info);
	put_size(row, "SharedSize", im->shared, 4);
	put_size(row, "Size", im->info.size, 4);
	put_size(row, "UniqueSize", im->info.size - im->shared, 4);
	return row;
}

static const struct table_column container_columns[] = {
	{ "Command", "COMMAND" }, { "ID", "CONTAINER ID" }, { "Image", "IMAGE" },
	{ "LocalVolumes", "LOCAL VOLUMES" }, { "Names", "NAMES" }, { "RunningFor", "CREATED" },
	{ "Size", "SIZE" }, { "Status", "STATUS" }, { NULL, NULL },
};

static json_t *container_row(const struct usage_container *c)
{
	auto_str struct str cut = STR_INIT, quoted = STR_INIT, status = STR_INIT;
	json_t *row = json_object();

	text_ellipsis(&cut, c->state.command ? c->state.command : "", COMMAND_COLUMNS);
	text_quote(&quoted, cut.s, cut.len);
	json_put_text(row, "Command", quoted.s);
	json_put(row, "ID", json_stringn_nocheck(c->state.id, SHORT_ID));
	json_put_text(row, "Image", c->state.image ? c->state.image : "");
	put_count(row, "LocalVolumes", c->volumes);
	json_put_text(row, "Names", c->state.name ? c->state.name : "");
	put_ago(row, "RunningFor", c->state.created_ns);
	put_size(row, "Size", c->size, 3);
	list_status(&c->state, clock_real_ns(), &status);
	json_put_text(row, "Status", status.s);
	return row;
}

static const struct table_column volume_columns[] = {
	{ "Links", "LINKS" }, { "Name", "VOLUME NAME" }, { "Size", "SIZE" }, { NULL, NULL },
};

static json_t *volume_row(const struct usage_volume *v)
{
	json_t *row = json_object();

	put_count(row, "Links", v->links);
	json_put_text(row, "Name", v->name);
	put_size(row, "Size", v->size, 4);
	return row;
}

static int images_begin(struct table *t, struct arena *mem, struct err *e)
{
	return table_begin(t, NULL,
			   "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t"
			   "{{.Size}}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}",
			   "*formatter.imageContext", image_columns, mem, e);
}

static int containers_begin(struct table *t, struct arena *mem, struct err *e)
{
	return table_begin(t, NULL,
			   "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t"
			   "{{.RunningFor}}\t{{.Status}}\t{{.Names}}",
			   "*formatter.ContainerContext", container_columns, mem, e);
}

static int volumes_begin(struct table *t, struct arena *mem, struct err *e)
{
	return table_begin(t, NULL, "table {{.Name}}\t{{.Links}}\t{{.Size}}",
			   "*formatter.volumeContext", volume_columns, mem, e);
}

static int print_each(const struct usage *u, struct arena *mem, struct err *e)
{
	struct table t;
	int rc = images_begin(&t, mem, e);

	printf("Images space usage:\n\n");
	for (size_t i = 0; i < u->images_n && rc == 0; i++)
		rc = table_row(&t, image_row(&u->images[i]), e);
	if (rc < 0)
		return rc;
	table_end(&t);
	printf("\nContainers space usage:\n\n");
	rc = containers_begin(&t, mem, e);
	for (size_t i = 0; i < u->containers_n && rc == 0; i++)
		rc = table_row(&t, container_row(&u->containers[i]), e);
	if (rc < 0)
		return rc;
	table_end(&t);
	printf("\nLocal Volumes space usage:\n\n");
	rc = volumes_begin(&t, mem, e);
	for (size_t i = 0; i < u->volumes_n && rc == 0; i++)
		rc = table_row(&t, volume_row(&u->volumes[i]), e);
	if (rc < 0)
		return rc;
	table_end(&t);
	printf("\nBuild cache usage: 0B\n\n"
	       "CACHE ID   CACHE TYPE   SIZE      CREATED   LAST USED   USAGE     SHARED\n");
	return 0;
}

/* --- -v with a format: all of it as one value ----------------------------------------------- */

/* As Go prints a time in UTC: "2020-01-01 00:00:00 +0000 UTC". */
static void put_utc(json_t *row, const char *key, const char *rfc3339)
{
	auto_str struct str b = STR_INIT;

	if (strlen(rfc3339) > 18)
		str_addf(&b, "%.10s %.8s +0000 UTC", rfc3339, rfc3339 + 11);
	json_put_text(row, key, b.s ? b.s : "");
}

static void put_joined(json_t *row, const char *key, const struct strv *words)
{
	auto_str struct str b = STR_INIT;

	for (size_t i = 0; i < words->n; i++)
		str_addf(&b, "%s%s", i ? "," : "", words->v[i]);
	json_put_text(row, key, b.s ? b.s : "");
}

static json_t *image_whole(const struct usage_image *im)
{
	json_t *row = image_row(im);

	put_utc(row, "CreatedAt", im->info.created);
	json_put_text(row, "Digest", "");
	json_put_text(row, "ID", im->info.id);
	put_size(row, "Size", im->info.size, 3);
	put_size(row, "VirtualSize", im->info.size, 4);
	return json_sorted(row);
}

static void put_record(json_t *row, const struct container *c, struct arena *mem)
{
	struct strv mounts = { 0 }, nets = { 0 };
	const char *mode = c->config.network_mode;

	for (size_t i = 0; i < c->points_n; i++) {
		if (c->points[i].type != MOUNT_TMPFS)
			strv_add(&mounts, c->points[i].source, mem);
	}
	for (size_t i = 0; i < c->nets_n; i++)
		strv_add(&nets, c->nets[i].network, mem);
	if (!nets.n && strncmp(mode, "container:", 10) != 0)
		strv_add(&nets, *mode && strcmp(mode, "default") != 0 ? mode : "none", mem);
	put_joined(row, "Labels", &c->config.labels);
	put_joined(row, "Mounts", &mounts);
	put_joined(row, "Networks", &nets);
}

static json_t *container_whole(struct session *s, const struct usage_container *uc)
{
	auto_str struct str quoted = STR_INIT;
	const struct container_state *st = &uc->state;
	json_t *row = container_row(uc);
	char at[CLOCK_TEXT_MAX];
	struct container c;

	text_quote(&quoted, st->command ? st->command : "", strlen(st->command ? st->command : ""));
	json_put_text(row, "Command", quoted.s);
	put_utc(row, "CreatedAt", clock_format(st->created_ns, at));
	json_put_text(row, "ID", st->id);
	json_put_text(row, "Ports", st->ports ? st->ports : "");
	json_put_text(row, "State", container_status_text(st->status));
	if (container_load(&s->store, st->id, &c, s->g.mem, NULL) < 0)
		c = (struct container){ .config.network_mode = "container:" };
	put_record(row, &c, s->g.mem);
	return json_sorted(row);
}

static json_t *volume_whole(struct session *s, const struct usage_volume *uv)
{
	json_t *row = volume_row(uv);
	struct volume v = { .driver = "local", .mountpoint = "" };

	if (volume_load(&s->store, uv->name, &v, s->g.mem, NULL) < 0)
		v = (struct volume){ .driver = "local", .mountpoint = "" };
	json_put_text(row, "Driver", v.driver);
	put_joined(row, "Labels", &v.labels);
	json_put_text(row, "Mountpoint", v.mountpoint);
	json_put_text(row, "Scope", "local");
	return json_sorted(row);
}

static json_t *whole(struct session *s, const struct usage *u)
{
	json_t *o = json_object(), *images = json_array(), *containers = json_array();
	json_t *volumes = json_array();

	for (size_t i = 0; i < u->images_n; i++)
		json_array_append_new(images, image_whole(&u->images[i]));
	for (size_t i = 0; i < u->containers_n; i++)
		json_array_append_new(containers, container_whole(s, &u->containers[i]));
	for (size_t i = 0; i < u->volumes_n; i++)
		json_array_append_new(volumes, volume_whole(s, &u->volumes[i]));
	json_put(o, "Images", images);
	json_put(o, "Containers", containers);
	json_put(o, "Volumes", volumes);
	json_put(o, "BuildCache", json_array());
	return o;
}

/* Nothing is added at its end, as with Docker. */
static int print_whole(struct session *s, const struct usage *u, const char *format, struct err *e)
{
	static const char *const none[] = { NULL };
	static const struct template_names names = { none, none, none,
						     "*formatter.diskUsageContext", false };
	auto_str struct str out = STR_INIT;
	auto_json json_t *o = whole(s, u);
	const struct template *t;
	struct err why = { 0 };

	if (strncmp(format, "table ", 6) == 0)
		format += 6;
	if (template_parse(table_unescape(format, s->g.mem), &t, s->g.mem, &why) < 0)
		return cli_fail(e, "template parsing error: %s", why.msg);
	if (template_execute(t, o, &names, &out, &why) < 0)
		return cli_fail(e, "%s", why.msg);
	out_safe(out.s, out.len);
	return 0;
}

static int df_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	struct df_opts o = { .format = "" };
	struct usage u;
	int rc = cmd_parse(ctx, argc, argv, &o, e);

	if (rc < 0)
		return rc;
	rc = session_open(ctx, &s, e);
	if (rc == 0)
		rc = engine_usage(&s.g, &u, e);
	if (rc < 0)
		return rc;
	if (o.verbose && *o.format)
		return print_whole(&s, &u, o.format, e);
	return o.verbose ? print_each(&u, ctx->mem, e)
			 : print_sums(&u, *o.format ? o.format : NULL, ctx->mem, e);
}

static const struct cmd df_cmds[] = {
	{ NULL, "[OPTIONS]", "Show docker disk usage", df_run, df_table, .min = 0, .max = 0,
	  .group = "system", .as = "df" },
	{ 0 }
};

const struct applet df_applet = {
	.name = "df",
	.cmds = df_cmds,
};
