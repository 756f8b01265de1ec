// SPDX-License-Identifier: MIT
#include "core/engine/volumes.h"

#include <stdlib.h>

#include "core/base/str.h"
#include "core/engine/event.h"
#include "core/os/clock.h"
#include "core/os/rand.h"
#include "core/store/mountspec.h"

/* --- making ------------------------------------------------------------------------------ */

/* What the local driver takes, and what each of them cannot be without. */
static int check_options(const struct volume *v, struct err *e)
{
	static const char *const known[] = { "type", "device", "o" };

	for (size_t i = 0; i < v->options.n; i++) {
		const char *o = v->options.v[i];
		size_t n = strcspn(o, "=");
		bool found = false;

		for (size_t k = 0; k < countof(known); k++)
			found |= strlen(known[k]) == n && memcmp(known[k], o, n) == 0;
		if (!found)
			return err_set(e, EINVAL, "create %s: invalid option: \"%.*s\"", v->name,
				       (int)n, o);
	}
	for (size_t k = 0; v->options.n && k < 2; k++) {
		const char *value = strv_value(&v->options, known[k]);

		if (!value || !*value)
			return err_set(e, EINVAL, "create %s: missing required option: \"%s\"",
				       v->name, known[k]);
	}
	return 0;
}

static const char *random_name(struct arena *mem)
{
	char *name = arena_get(mem, VOLUME_RANDOM_LEN + 1);

	return rand_hex(name, VOLUME_RANDOM_LEN / 2);
}

static int volume_ensure(struct engine *g, struct volume *v, bool durable, struct err *e)
{
	int rc;

	if (!*v->driver)
		v->driver = "local";
	if (strcmp(v->driver, "local") != 0)
		return err_set(e, ENOTSUP, "create %s: error looking up volume plugin %s: "
			       "plugin \"%s\" not found", v->name, v->driver, v->driver);
	rc = check_options(v, e);
	if (rc < 0)
		return rc;
	v->created_ns = clock_real_ns();
	rc = volume_make(g->store, v, durable, g->mem, e);
	if (rc >= 0) /* of one that was there too */
		event_volume(g->store, v->name, "create", NULL);
	return rc;
}

int engine_volume_create(struct engine *g, struct volume *v, struct err *e)
{
	auto_close int lock = store_lock(g->store, STORE_SHARED, e);
	int rc;

	if (lock < 0)
		return lock;
	if (!*v->name)
		v->name = random_name(g->mem);
	rc = volume_ensure(g, v, true, e);
	return rc < 0 ? rc : 0;
}

/* --- who has it --------------------------------------------------------------------------- */

/* A function of each volume of each container. */
typedef void point_fn(void *arg, const struct container *c, const struct mount_spec *m);

static int each_volume(struct engine *g, point_fn *fn, void *arg, struct err *e)
{
	struct strv ids = { 0 };
	int rc = container_list(g->store, &ids, g->mem, e);

	for (size_t i = 0; i < ids.n && rc >= 0; i++) {
		struct container c;

		if (container_load(g->store, ids.v[i], &c, g->mem, NULL) < 0)
			continue;
		for (size_t k = 0; k < c.points_n; k++) {
			if (c.points[k].type == MOUNT_VOLUME)
				fn(arg, &c, &c.points[k]);
		}
	}
	return rc;
}

struct users {
	const char *name;	/* NULL: names of all are collected, not ids */
	struct strv *out;
	struct arena *mem;
};

static void user_add(void *arg, const struct container *c, const struct mount_spec *m)
{
	const struct users *u = arg;
	const char *text = u->name ? c->id : m->source;

	if (u->name && strcmp(u->name, m->source) != 0)
		return;
	if (!strv_has(u->out, text))
		strv_add(u->out, strv_dup(text, strlen(text), u->mem), u->mem);
}

int engine_volume_users(struct engine *g, const char *name, struct strv *ids, struct err *e)
{
	struct users u = { .name = name, .out = ids, .mem = g->mem };

	*ids = (struct strv){ 0 };
	return each_volume(g, user_add, &u, e);
}

int engine_volumes_used(struct engine *g, struct strv *names, struct err *e)
{
	struct users u = { .out = names, .mem = g->mem };

	*names = (struct strv){ 0 };
	return each_volume(g, user_add, &u, e);
}

/* --- removal ------------------------------------------------------------------------------ */

/* With the store's lock held exclusively. */
static int remove_unused(struct engine *g, const char *name, struct err *e)
{
	auto_str struct str who = STR_INIT;
	struct strv ids;
	int rc = engine_volume_users(g, name, &ids, e);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < ids.n; i++)
		str_addf(&who, "%s%s", i ? ", " : "", ids.v[i]);
	if (ids.n)
		return err_set(e, EBUSY, "remove %s: volume is in use - [%.350s]", name, who.s);
	rc = volume_remove(g->store, name, e);
	if (rc >= 0)
		event_volume(g->store, name, "destroy", NULL);
	return rc;
}

int engine_volume_remove(struct engine *g, const char *name, struct err *e)
{
	auto_close int lock = store_lock(g->store, STORE_EXCLUSIVE, e);
	struct volume v;
	int rc = lock < 0 ? lock : volume_load(g->store, name, &v, g->mem, e);

	return rc < 0 ? rc : remove_unused(g, name, e);
}

static bool is_wanted(const struct volume *v, const struct strv *with, const struct strv *without)
{
	if (v->options.n)	/* Docker keeps what holds a mount of its own */
		return false;
	for (size_t i = 0; i < with->n; i++) {
		if (!strv_has_pair(&v->labels, with->v[i]))
			return false;
	}
	for (size_t i = 0; i < without->n; i++) {
		if (strv_has_pair(&v->labels, without->v[i]))
			return false;
	}
	return true;
}

int engine_volume_prune(struct engine *g, const struct strv *with, const struct strv *without,
			volume_gone_fn *gone, void *arg, uint64_t *bytes, struct err *e)
{
	auto_close int lock = store_lock(g->store, STORE_EXCLUSIVE, e);
	struct strv names, used;
	int rc = lock < 0 ? lock : volume_list(g->store, &names, g->mem, e);

	*bytes = 0;
	if (rc >= 0)
		rc = engine_volumes_used(g, &used, e);
	for (size_t i = 0; rc >= 0 && i < names.n; i++) {
		struct tree_usage u = { 0 };
		struct volume v;
		struct err why;

		if (strv_has(&used, names.v[i]) ||
		    volume_load(g->store, names.v[i], &v, g->mem, NULL) < 0 ||
		    !is_wanted(&v, with, without))
			continue;
		if (volume_size(g->store, v.name, &u, NULL) >= 0)
			*bytes += u.size;
		if (volume_remove(g->store, v.name, &why) < 0)
			engine_warn(g, "%s", why.msg);
		else
			gone(arg, v.name);
	}
	if (rc >= 0)	/* one for all of them, as Docker's */
		event_prune(g->store, "volume", *bytes);
	return rc;
}

void volumes_drop(struct engine *g, const struct container *c)
{
	auto_close int lock = -1;

	for (size_t i = 0; i < c->points_n; i++) {
		const struct mount_spec *m = &c->points[i];
		struct err why;

		if (m->type != MOUNT_VOLUME || !m->anonymous)
			continue;
		if (lock < 0)
			lock = store_lock(g->store, STORE_EXCLUSIVE, NULL);
		if (lock >= 0 && remove_unused(g, m->source, &why) < 0 && why.code != EBUSY)
			engine_warn(g, "%s", why.msg);
	}
}

int volumes_remove_with(struct engine *g, const char *id, const char *name, struct err *e)
{
	struct container c;
	bool known = container_load(g->store, id, &c, g->mem, NULL) >= 0;
	int rc = container_remove(g->store, id, name, e);

	if (rc >= 0 && known)
		volumes_drop(g, &c);
	return rc;
}

/* --- at create ---------------------------------------------------------------------------- */

/* "CONTAINER[:ro|rw]": what it has, it gets too. */
static int take_from(struct engine *g, struct container *c, const char *text, struct err *e)
{
	const char *colon = strchr(text, ':'), *mode = colon ? colon + 1 : "rw";
	const char *ref = strv_dup(text, colon ? (size_t)(colon - text) : strlen(text), g->mem);
	char id[CONTAINER_ID_LEN + 1];
	struct container from;
	int rc;

	if (!*ref)
		return err_set(e, EINVAL, "volumes-from specification cannot be an empty string");
	if (strcmp(mode, "ro") != 0 && strcmp(mode, "rw") != 0 && strcmp(mode, "z") != 0 &&
	    strcmp(mode, "Z") != 0)
		return err_set(e, EINVAL, "invalid mode: %s", mode);
	rc = container_find(g->store, ref, id, e);
	if (rc >= 0)
		rc = container_load(g->store, id, &from, g->mem, e);
	for (size_t i = 0; rc >= 0 && i < from.points_n; i++) {
		struct mount_spec m = from.points[i];

		if (m.type == MOUNT_TMPFS)
			continue;
		m.read_only |= strcmp(mode, "ro") == 0;
		m.anonymous = false;	/* it goes with the one that it was made for */
		mountspec_point(c, &m, g->mem);
	}
	return rc;
}

static int take_volume(struct engine *g, struct container *c, const struct mount_spec *asked,
		       struct err *e)
{
	struct mount_spec m = *asked;
	struct volume v = { .driver = *m.driver ? m.driver : c->config.volume_driver,
			    .labels = m.volume_labels, .options = m.driver_opts };
	int rc;

	if (!*m.source) {
		m.source = random_name(g->mem);
		m.anonymous = true;
	}
	v.name = m.source;
	rc = volume_ensure(g, &v, !(m.anonymous && c->config.auto_remove), e);
	if (rc < 0)
		return rc;
	m.driver = v.driver;
	mountspec_point(c, &m, g->mem);
	return 0;
}

static int by_target(const void *a, const void *b)
{
	const struct mount_spec *x = a, *y = b;

	return strcmp(x->target, y->target);
}

/* A later row of one list with an earlier one's target was refused by demand_check; here
 * --volumes-from gives way to -v and --mount, and those go before the image's volumes. */
int volumes_resolve(struct engine *g, struct container *c, struct err *e)
{
	const struct container_config *cfg = &c->config;
	int rc = 0;

	for (size_t i = 0; i < cfg->volumes_from.n && rc >= 0; i++)
		rc = take_from(g, c, cfg->volumes_from.v[i], e);
	for (size_t i = 0; i < cfg->mounts_n && rc >= 0; i++) {
		if (cfg->mounts[i].type == MOUNT_VOLUME)
			rc = take_volume(g, c, &cfg->mounts[i], e);
		else
			mountspec_point(c, &cfg->mounts[i], g->mem);
	}
	for (size_t i = 0; i < cfg->volumes.n && rc >= 0; i++) {
		struct mount_spec m;

		mountspec_init(&m);
		m.type = MOUNT_VOLUME;
		m.target = cfg->volumes.v[i];
		if (!mountspec_point_at(c, m.target))
			rc = take_volume(g, c, &m, e);
	}
	if (c->points_n)	/* what is mounted on a mount comes after it */
		qsort(c->points, c->points_n, sizeof(*c->points), by_target);
	return rc;
}
