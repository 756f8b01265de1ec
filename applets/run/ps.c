// SPDX-License-Identifier: MIT
/* ps.c - which containers there are.
 *
 * config PS
 *	bool "ps: which containers there are"
 *	default y
 *	help
 *	  docker ps and docker container ls, with Docker's filters and formats.
 */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#include "applets/session.h"
#include "applets/table.h"
#include "build/gen/config.h"
#include "core/base/text.h"
#include "core/engine/list.h"
#include "core/fmt/human.h"
#include "core/fmt/runcheck.h"
#include "core/os/clock.h"
#include "core/os/tree.h"
#include "core/store/image.h"

struct ps_opts {
	bool all, latest, no_trunc, quiet, size;
	struct strv filters;
	const char *format;
	int64_t last;
};

#define O struct ps_opts
static const struct opt ps_table[] = {
	OPT_FLAG(O, all, 'a', "all", "Show all containers (default shows just running)"),
	OPT_LIST_OK(O, filters, 'f', "filter", "filter",
		    "Filter output based on conditions provided", runcheck_filter),
	OPT_TEXT(O, format, 0, "format", "string", "Pretty-print containers using a Go template"),
	OPT_INT(O, last, 'n', "last",
		"Show n last created containers (includes all states) (default -1)"),
	OPT_FLAG(O, latest, 'l', "latest",
		 "Show the latest created container (includes all states)"),
	OPT_FLAG(O, no_trunc, 0, "no-trunc", "Don't truncate output"),
	OPT_FLAG(O, quiet, 'q', "quiet", "Only display container IDs"),
	OPT_FLAG(O, size, 's', "size", "Display total file sizes"),
	OPT_END
};
#undef O

#define CONTEXT	"*formatter.ContainerContext"

enum { COMMAND_COLUMNS = 20, MOUNT_COLUMNS = 15 };

enum column {
	C_COMMAND,
	C_CREATED_AT,
	C_ID,
	C_IMAGE,
	C_LABELS,
	C_LOCAL_VOLUMES,
	C_MOUNTS,
	C_NAMES,
	C_NETWORKS,
	C_PORTS,
	C_RUNNING_FOR,
	C_SIZE,
	C_STATE,
	C_STATUS,
	C_LABEL,
	COLUMNS,
};

static const struct table_column columns[COLUMNS + 1] = {
	[C_COMMAND] = { "Command", "COMMAND" },
	[C_CREATED_AT] = { "CreatedAt", "CREATED AT" },
	[C_ID] = { "ID", "CONTAINER ID" },
	[C_IMAGE] = { "Image", "IMAGE" },
	[C_LABELS] = { "Labels", "LABELS" },
	[C_LOCAL_VOLUMES] = { "LocalVolumes", "LOCAL VOLUMES" },
	[C_MOUNTS] = { "Mounts", "MOUNTS" },
	[C_NAMES] = { "Names", "NAMES" },
	[C_NETWORKS] = { "Networks", "NETWORKS" },
	[C_PORTS] = { "Ports", "PORTS" },
	[C_RUNNING_FOR] = { "RunningFor", "CREATED" },
	[C_SIZE] = { "Size", "SIZE" },
	[C_STATE] = { "State", "STATE" },
	[C_STATUS] = { "Status", "STATUS" },
	[C_LABEL] = { "Label", NULL },
};

/* One listing: what its rows need. */
struct ps {
	struct session *s;
	const struct ps_opts *o;
	const char *format;	/* what is asked of a row */
	unsigned shown;		/* 1u << the columns that are in it */
	int64_t now_ns;
	bool record;		/* it shows what is in the record */
};

static void put(json_t *row, const char *key, struct str *text)
{
	json_put(row, key, json_stringn_nocheck(text->s, text->len));
	str_reset(text);
}

static bool shows(const struct ps *p, enum column c)
{
	return p->shown & 1u << c;
}

/* --- cells from state.json --- */

static void put_command(json_t *row, const struct ps *p, const char *command, struct str *b)
{
	auto_str struct str cut = STR_INIT;

	if (p->o->no_trunc)
		str_puts(&cut, command);
	else
		text_ellipsis(&cut, command, COMMAND_COLUMNS);
	text_quote(b, cut.s, cut.len);
	put(row, "Command", b);
}

/* An image named by its id is shown by the short one. */
static void put_image(json_t *row, const struct ps *p, const char *image, struct str *b)
{
	const char *hex = strncmp(image, "sha256:", 7) == 0 ? image + 7 : image;
	bool is_id = strspn(hex, "0123456789abcdef") == 64 && !hex[64];

	str_addf(b, "%.*s", is_id && !p->o->no_trunc ? CONTAINER_SHORT_LEN : (int)strlen(image),
		 is_id && !p->o->no_trunc ? hex : image);
	if (!b->len)
		str_puts(b, "<no image>");
	put(row, "Image", b);
}

static void put_created_at(json_t *row, const struct container_state *st)
{
	time_t t = (time_t)(st->created_ns / 1000000000);
	char text[48] = "";
	struct tm tm;

	if (!CFG_LOCAL_TIME)
		clock_format(st->created_ns, text);
	else if (localtime_r(&t, &tm))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z %Z", &tm);
	json_put_text(row, "CreatedAt", text);
}

static void put_times(json_t *row, const struct ps *p, const struct container_state *st,
	struct str *b)
{
	if (shows(p, C_RUNNING_FOR)) {
		human_duration(p->now_ns - st->created_ns, b);
		str_puts(b, " ago");
		put(row, "RunningFor", b);
	}
	if (shows(p, C_CREATED_AT))
		put_created_at(row, st);
	if (shows(p, C_STATUS)) {
		list_status(st, p->now_ns, b);
		put(row, "Status", b);
	}
}

/* --- cells from config.json --- */

static void put_labels(json_t *row, const struct container *c, struct str *b)
{
	json_t *by_name = json_object();

	for (size_t i = 0; i < c->config.labels.n; i++) {
		const char *l = c->config.labels.v[i];
		size_t n = strcspn(l, "=");

		str_addf(b, "%s%s", i ? "," : "", l);
		json_object_setn_new_nocheck(by_name, l, n,
					     json_string_nocheck(l + n + (l[n] != 0)));
	}
	put(row, "Labels", b);
	json_put(row, "Label", by_name);
}

static void put_mounts(json_t *row, const struct ps *p, const struct container *c, struct str *b)
{
	auto_str struct str count = STR_INIT;
	int volumes = 0;

	for (size_t i = 0; i < c->points_n; i++) {
		const struct mount_spec *m = &c->points[i];

		volumes += m->type == MOUNT_VOLUME;
		if (m->type == MOUNT_TMPFS)
			continue;
		str_puts(b, b->len ? "," : "");
		if (p->o->no_trunc)
			str_puts(b, m->source);
		else
			text_ellipsis(b, m->source, MOUNT_COLUMNS);
	}
	put(row, "Mounts", b);
	str_addf(&count, "%d", volumes);
	put(row, "LocalVolumes", &count);
}

static void put_network(json_t *row, const struct container *c)
{
	const char *mode = c->config.network_mode;
	auto_str struct str names = STR_INIT;

	for (size_t i = 0; i < c->nets_n; i++)
		str_addf(&names, "%s%s", i ? "," : "", c->nets[i].network);
	if (!c->nets_n && (strcmp(mode, "host") == 0 || strcmp(mode, "none") == 0))
		str_puts(&names, *mode && strcmp(mode, "default") != 0 ? mode : "none");
	put(row, "Networks", &names);
}

/* A record that cannot be read leaves its cells empty. */
static void put_record(json_t *row, const struct ps *p, const struct container_state *st,
		       struct str *b)
{
	struct container c = { .config.network_mode = "container:" };

	if (container_load(&p->s->store, st->id, &c, p->s->g.mem, NULL) < 0)
		c = (struct container){ .config.network_mode = "container:" };
	put_labels(row, &c, b);
	put_mounts(row, p, &c, b);
	put_network(row, &c);
}

static void put_size(json_t *row, const struct ps *p, const struct container_state *st,
		     struct str *b)
{
	auto_close int dir = -1, upper = -1;
	struct tree_usage u = { 0 };
	struct image_info info = { .size = 0 };

	dir = container_dir(&p->s->store, st->id, false, NULL);
	if (dir >= 0)
		upper = openat(dir, "upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (upper >= 0)
		(void)!tree_size(upper, &u, NULL);
	if (image_info(&p->s->store, st->image_id, &info, p->s->g.mem, NULL) < 0)
		info.size = 0;
	human_size((int64_t)u.size, 3, b);
	str_puts(b, " (virtual ");
	human_size((int64_t)u.size + info.size, 3, b);
	str_puts(b, ")");
	put(row, "Size", b);
}

static void put_text(json_t *row, const struct ps *p, enum column c, const char *text)
{
	if (shows(p, c))
		json_put_text(row, columns[c].key, text ? text : "");
}

/* The keys are in the order `{{json .}}` shows them; Label is for asking only. */
static json_t *make_row(const struct ps *p, const struct container_state *st)
{
	auto_str struct str b = STR_INIT;
	json_t *row = json_object();

	if (shows(p, C_COMMAND))
		put_command(row, p, st->command ? st->command : "", &b);
	put_text(row, p, C_CREATED_AT, "");
	str_addf(&b, "%.*s", p->o->no_trunc ? CONTAINER_ID_LEN : CONTAINER_SHORT_LEN, st->id);
	put(row, "ID", &b);
	if (shows(p, C_IMAGE))
		put_image(row, p, st->image ? st->image : "", &b);
	put_text(row, p, C_LABELS, "");
	put_text(row, p, C_LOCAL_VOLUMES, "0");
	put_text(row, p, C_MOUNTS, "");
	put_text(row, p, C_NAMES, st->name);
	put_text(row, p, C_NETWORKS, "");
	put_text(row, p, C_PORTS, st->ports);
	put_text(row, p, C_RUNNING_FOR, "");
	put_text(row, p, C_SIZE, "");
	put_text(row, p, C_STATE, container_status_text(st->status));
	put_text(row, p, C_STATUS, "");
	put_times(row, p, st, &b);
	if (p->record)
		put_record(row, p, st, &b);
	if (shows(p, C_SIZE))
		put_size(row, p, st, &b);
	if (!strstr(p->format, ".Label "))
		json_object_del(row, "Label");
	return row;
}

/* --- formats --- */

/* "raw" is a form of its own: a block of lines a container. */
static const char *raw_format(const struct ps_opts *o)
{
	if (o->quiet)
		return "container_id: {{.ID}}";
	return o->size ? "container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\n"
			 "created_at: {{.CreatedAt}}\nstate: {{.State}}\nstatus: {{.Status}}\n"
			 "names: {{.Names}}\nlabels: {{- if .Labels}} {{.Labels}}{{end}}\n"
			 "ports: {{- if .Ports}} {{.Ports}}{{end}}\nsize: {{.Size}}\n" :
			 "container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\n"
			 "created_at: {{.CreatedAt}}\nstate: {{.State}}\nstatus: {{.Status}}\n"
			 "names: {{.Names}}\nlabels: {{- if .Labels}} {{.Labels}}{{end}}\n"
			 "ports: {{- if .Ports}} {{.Ports}}{{end}}\n";
}

static const char *usual_format(const struct ps_opts *o)
{
	if (o->quiet)
		return "{{.ID}}";
	return o->size ? "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t"
			 "{{.Ports}}\t{{.Names}}\t{{.Size}}" :
			 "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t"
			 "{{.Ports}}\t{{.Names}}";
}

/* Docker's client tries a template out before it asks for anything. */
static int try_format(const char *format, struct arena *mem, struct err *e)
{
	static const char *const none[] = { NULL };
	static const struct template_names names = { none, none, none, CONTEXT, true };
	auto_str struct str out = STR_INIT;
	auto_json json_t *row = json_object();
	const struct template *t;
	struct err why;

	if (template_parse(format, &t, mem, &why) < 0)
		return cli_fail(e, "failed to parse template: %s", why.msg);
	for (const struct table_column *c = columns; c->key; c++)
		json_put(row, c->key, c->header ? json_string("") : json_true());
	if (template_execute(t, row, &names, &out, &why) < 0)
		return cli_fail(e, "failed to execute template: %s", why.msg);
	return 0;
}

/* {{json .}}, {{.}}, {{range $}}: a dot without a name, or the variable that is the row. */
static bool shows_whole(const char *format)
{
	for (const char *p = format; (p = strpbrk(p, ".$")); p++) {
		if (*p == '$' || !((p[1] | 32) >= 'a' && (p[1] | 32) <= 'z'))
			return true;
	}
	return false;
}

static unsigned shown_columns(const char *format)
{
	unsigned shown = 0;

	if (shows_whole(format))
		return (1u << COLUMNS) - 1;
	for (int c = 0; c < COLUMNS; c++)
		shown |= strstr(format, columns[c].key) ? 1u << c : 0;
	return shown;
}

static int ps_rows(struct ps *p, struct table *t, const struct list_query *q, struct err *e)
{
	struct container_state *list;
	int rc = 0, n = engine_list(&p->s->g, q, &list, e);

	for (int i = 0; i < n && rc == 0; i++)
		rc = table_row(t, make_row(p, &list[i]), e);
	return n < 0 ? n : rc;
}

static int ps_print(const struct ctx *ctx, struct session *s, const struct ps_opts *o,
		    struct err *e)
{
	const char *format = o->format && *o->format ? o->format : NULL;
	struct list_query q = { .filters = o->filters,
				.all = o->all,
				.last = o->latest ? 1 : o->last };
	struct ps p = { .s = s, .o = o, .now_ns = clock_real_ns() };
	struct table t;
	int rc;

	if (format && strcmp(format, "raw") == 0)
		format = raw_format(o);
	p.format = format && strcmp(format, "table") != 0 ? format : usual_format(o);
	p.shown = shown_columns(p.format);
	p.record = shows(&p, C_LABEL) || shows(&p, C_MOUNTS) || shows(&p, C_NETWORKS) ||
		shows(&p, C_LOCAL_VOLUMES);
	rc = table_begin(&t, format, usual_format(o), CONTEXT, columns, ctx->mem, e);
	if (rc < 0)
		return rc;
	rc = ps_rows(&p, &t, &q, e);
	if (rc >= 0)
		table_end(&t);
	return rc;
}

static int ps_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	struct ps_opts o = { .last = -1 };
	int rc = cmd_parse(ctx, argc, argv, &o, e);

	if (rc >= 0 && o.format && *o.format)
		rc = try_format(o.format, ctx->mem, e);
	if (rc >= 0)
		rc = session_open(ctx, &s, e);
	return rc < 0 ? rc : ps_print(ctx, &s, &o, e);
}

static const struct cmd ps_cmds[] = {
	{ "ps", "[OPTIONS]", "List containers", ps_run, ps_table, .min = 0, .max = 0,
	  .group = "container", .as = "ls", .aliases = "ps, list" },
	{ 0 }
};

const struct applet ps_applet = {
	.name = "ps",
	.cmds = ps_cmds,
};
