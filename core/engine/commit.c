// SPDX-License-Identifier: MIT
#include "core/engine/commit.h"

#include <stdio.h>

#include "core/engine/bind.h"
#include "core/engine/diff.h"
#include "core/engine/event.h"
#include "core/engine/view.h"
#include "core/fmt/change.h"
#include "core/fmt/platform.h"
#include "core/kern/userns.h"
#include "core/os/clock.h"
#include "core/os/tree.h"
#include "core/store/container_json.h"
#include "core/store/pack.h"

enum { HELD_MAX = 64 << 10 };

struct commit {
	struct engine *g;
	const struct commit_request *r;
	struct container c;
	struct layer_unpack *layer;	/* owned; NULL: nothing changed */
	struct str held;	/* owned: bytes of the tar on their way to it */
	struct layer_info info;
	struct image_config image;
	char created[CLOCK_TEXT_MAX];
	char diff_id[DIGEST_TEXT + 1];
};

/* --- the layer ------------------------------------------------------------------------- */

/* Headers and small files are gathered: each feed has its price. */
static int flush(struct commit *m, struct err *e)
{
	size_t n = m->held.len;

	m->held.len = 0;
	return n ? layer_unpack_feed(m->layer, m->held.s, n, e) : 0;
}

static int feed(void *to, const void *data, size_t len, struct err *e)
{
	struct commit *m = to;
	int rc = m->held.len + len > HELD_MAX ? flush(m, e) : 0;

	if (rc == 0 && len > HELD_MAX)
		return layer_unpack_feed(m->layer, data, len, e);
	if (rc == 0)
		str_add(&m->held, data, len);
	return rc;
}

static int whiteout(struct tar_writer *w, const char *path, int64_t now_ns, struct err *e)
{
	auto_str struct str name = STR_INIT;
	const char *base = strrchr(path, '/') + 1;
	struct tar_entry t = { .link = "", .uname = "", .gname = "", .type = TAR_FILE,
			       .mode = 0600 };

	str_addf(&name, "%.*s.wh.%s", (int)(base - path - 1), path + 1, base);
	t.name = name.s;
	t.mtime.sec = now_ns / 1000000000;
	return tar_write_entry(w, &t, e);
}

/* Paths begin with a slash, names in the archive do not. What went meanwhile is left out. */
static int write_changes(struct commit *m, int tree, const struct changes *found, struct err *e)
{
	struct pack_tar tar;
	struct tar_events to = pack_tar_events(&tar, (struct sink){ feed, m });
	auto_pack struct pack p;
	struct place place;
	int rc = 0;

	pack_init(&p, &to, m->r->progress);
	place_init(&place, tree);
	for (size_t i = 0; i < found->n && rc >= 0; i++) {
		const char *path = found->v[i].path, *base;
		int dir;

		if (found->v[i].kind == CHANGE_DELETE) {
			rc = whiteout(&tar.w, path, m->r->now_ns, e);
			continue;
		}
		dir = place_find(&place, path + 1, false, &base, NULL);
		if (dir == -ENOENT || dir == -ENOTDIR || dir == -ELOOP)
			continue;
		rc = dir < 0 ? err_set(e, -dir, "open %s: %s", path, strerror(-dir))
			     : pack_object(&p, dir, base, path + 1, e);
	}
	place_release(&place);
	if (rc >= 0)
		rc = tar_write_end(&tar.w, e);
	return rc < 0 ? rc : flush(m, e);
}

static int make_layer(struct commit *m, struct err *e)
{
	auto_diff_trees struct diff_trees t = DIFF_TREES_INIT;
	auto_changes struct changes found = { 0 };
	struct changes_of of;
	struct tree_usage u;
	int rc;

	(void)!userns_own_files(NULL); /* the modes in the container count, else */
	rc = diff_trees_open(m->g, &m->c, &t, e);
	if (rc < 0 || t.tree < 0)
		return rc;
	of = (struct changes_of){ t.tree, t.whole, t.lower, t.lower_n };
	rc = changes_find(&of, &found, m->g->mem, e);
	if (rc < 0 || !found.n)
		return rc;
	if (m->r->progress && tree_size(t.tree, &u, NULL) == 0)
		m->r->progress->total = u.size;
	rc = layer_unpack_begin(m->g->store, &stream_here, NULL, &m->layer, e);
	if (rc == 0)
		rc = write_changes(m, t.tree, &found, e);
	return rc < 0 ? rc : layer_unpack_end(m->layer, &m->info, e);
}

/* The container stands still while it is read. */
static int read_container(struct commit *m, struct err *e)
{
	auto_view struct view v = VIEW_INIT;
	bool runs = m->c.state.status == CONTAINER_RUNNING;
	int rc = 0;

	if (runs && m->r->pause)
		rc = view_open(m->g, &m->c, VIEW_FREEZE, &v, e);
	if (rc == -ENOTSUP) {
		engine_warn(m->g, "the container runs on while it is read: %s", e ? e->msg : "");
		rc = 0;
	}
	if (rc == -EBUSY) /* it has ended meanwhile, and may be gone */
		rc = container_load(m->g->store, m->r->id, &m->c, m->g->mem, e);
	return rc < 0 ? rc : make_layer(m, e);
}

/* --- the configuration ------------------------------------------------------------------- */

static void add_history(struct image_config *c, const struct image_history *h, struct arena *mem)
{
	struct image_history *v = arena_get(mem, (c->history_n + 1) * sizeof(*v));

	if (c->history_n)
		memcpy(v, c->history, c->history_n * sizeof(*v));
	v[c->history_n++] = *h;
	c->history = v;
}

/* The image it was made of, or what is still known of it. */
static int begin_image(struct commit *m, struct err *e)
{
	static const struct image_history unknown = { .created = "", .created_by = "",
						      .author = "", .comment = "" };
	struct image_config *c = &m->image;
	int rc = image_config(m->g->store, m->c.image_id, c, m->g->mem, e);

	if (rc != -ENOENT)
		return rc;
	imagecfg_init(c);
	c->os = PLATFORM_OS;
	c->arch = PLATFORM_ARCH;
	c->variant = PLATFORM_VARIANT;
	c->diff_ids = m->c.layers;
	for (size_t i = 0; i < c->diff_ids.n; i++)
		add_history(c, &unknown, m->g->mem);
	return 0;
}

/* What containers of it begin with: what this one began with. */
static void set_config(struct image_config *c, const struct container_config *from)
{
	c->user = from->user;
	c->working_dir = from->working_dir;
	c->stop_signal = from->stop_signal;
	c->env = from->env;
	c->cmd = from->cmd;
	c->entrypoint = from->entrypoint;
	c->shell = from->shell;
	c->on_build = from->on_build;
	c->volumes = from->volumes;
	c->exposed_ports = from->exposed_ports;
	c->labels = from->labels;
	c->health = (struct image_health){
		.test = from->health.test, .interval_ns = from->health.interval_ns,
		.timeout_ns = from->health.timeout_ns,
		.start_period_ns = from->health.start_period_ns,
		.retries = from->health.retries,
	};
}

/* Lists that are added to must not share memory with the container's. */
static void own_list(struct strv *l, struct arena *mem)
{
	struct strv own = { 0 };

	for (size_t i = 0; i < l->n; i++)
		strv_add(&own, l->v[i], mem);
	*l = own;
}

static void own_lists(struct image_config *c, struct arena *mem)
{
	struct strv *all[] = { &c->env, &c->cmd, &c->entrypoint, &c->shell, &c->on_build,
			       &c->volumes, &c->exposed_ports, &c->labels, &c->health.test,
			       &c->diff_ids };

	for (size_t i = 0; i < countof(all); i++)
		own_list(all[i], mem);
}

static const char *join(const struct strv *words, struct arena *mem)
{
	auto_str struct str b = STR_INIT;

	for (size_t i = 0; i < words->n; i++)
		str_addf(&b, "%s%s", i ? " " : "", words->v[i]);
	return strv_dup(b.s, b.len, mem);
}

static int make_config(struct commit *m, struct err *e)
{
	struct arena *mem = m->g->mem;
	struct image_config *c = &m->image;
	int rc = begin_image(m, e);

	if (rc < 0)
		return rc;
	set_config(c, &m->c.config);
	own_lists(c, mem);
	c->created = clock_format(m->r->now_ns, m->created);
	c->author = m->r->author;
	c->comment = "";
	return change_apply(c, &m->r->changes, mem, e);
}

static void write_config(struct commit *m, struct str *out)
{
	struct image_config *c = &m->image;
	struct image_history step = {
		.created = c->created, .author = m->r->author, .comment = m->r->message,
		.created_by = join(&m->c.config.cmd, m->g->mem), .empty_layer = !m->layer,
	};
	json_t *base = json_object();

	if (m->layer) {
		digest_text(&m->info.diffid, m->diff_id);
		strv_add(&c->diff_ids, m->diff_id, m->g->mem);
	}
	add_history(c, &step, m->g->mem);
	json_put(base, "config", container_config_json(&m->c.config));
	json_put_text(base, "container", m->c.id);
	json_put(base, "container_config", container_config_json(&m->c.config));
	imagecfg_write(c, base, out);
	json_decref(base);
}

static int store_image(struct commit *m, char id[static IMAGE_ID_LEN + 1], struct err *e)
{
	auto_str struct str config = STR_INIT;
	struct bind b = { .st = m->g->store, .mem = m->g->mem };
	struct image_info parent;
	struct digest sum;
	int rc;

	write_config(m, &config);
	if (m->layer)
		bind_layer(&b, &m->layer, &m->info.diffid);
	bind_image(&b, config.s, config.len, NULL, 0);
	b.images[0].made_here = *m->r->name != 0;
	if (image_info(m->g->store, m->c.image_id, &parent, m->g->mem, NULL) == 0)
		b.images[0].parent = m->c.image_id;
	if (*m->r->name)
		bind_name(&b, m->r->name);
	rc = bind_commit(&b, e);
	bind_release(&b);
	digest_of(&sum, config.s, config.len);
	digest_text(&sum, id);
	return rc;
}

int engine_commit(struct engine *g, const struct commit_request *r,
		  char id[static IMAGE_ID_LEN + 1], struct err *e)
{
	struct commit m = { .g = g, .r = r, .held = STR_INIT };
	int rc = container_load(g->store, r->id, &m.c, g->mem, e);

	if (rc == 0)
		rc = make_config(&m, e);
	if (rc == 0 && m.image.diff_ids.n >= IMAGE_LAYERS_MAX)
		rc = err_set(e, E2BIG, "max depth exceeded");
	if (rc == 0)
		rc = read_container(&m, e);
	if (rc == 0)
		rc = store_image(&m, id, e);
	if (rc == 0)
		event_container(g->store, &m.c, "commit", "imageID", id, NULL);
	layer_unpack_abort(m.layer);
	str_release(&m.held);
	return rc;
}
