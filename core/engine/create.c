// SPDX-License-Identifier: MIT
/* create.c - from what was asked for to a record on disk. */
#include "core/engine/engine.h"

#include "build/gen/config.h"
#include "core/engine/demand.h"
#include "core/engine/endpoints.h"
#include "core/engine/event.h"
#include "core/engine/hello.h"
#include "core/engine/volumes.h"
#include "core/fmt/names.h"
#include "core/os/clock.h"
#include "core/os/rand.h"
#include "core/store/image.h"

#include <stdio.h>

enum { NAME_TRIES = 16,
	PLATFORM_MAX = 64 };

void engine_warn(struct engine *g, const char *fmt, ...)
{
	auto_str struct str b = STR_INIT;
	va_list ap;

	va_start(ap, fmt);
	str_addv(&b, fmt, ap);
	va_end(ap);
	strv_add(&g->warnings, strv_dup(b.s, b.len, g->mem), g->mem);
}

/* --- the image's part --------------------------------------------------------------- */

static size_t key_len(const char *pair)
{
	return strcspn(pair, "=");
}

static bool has_key(const struct strv *list, const char *pair)
{
	size_t n = key_len(pair);

	for (size_t i = 0; i < list->n; i++) {
		if (key_len(list->v[i]) == n && strncmp(list->v[i], pair, n) == 0)
			return true;
	}
	return false;
}

/* The image's pairs first, without those the user gave too. */
static void pairs_merge(struct strv *mine, const struct strv *image, struct arena *mem)
{
	struct strv all = { 0 };

	for (size_t i = 0; i < image->n; i++) {
		if (!has_key(mine, image->v[i]))
			strv_add(&all, image->v[i], mem);
	}
	for (size_t i = 0; i < mine->n; i++)
		strv_add(&all, mine->v[i], mem);
	*mine = all;
}

/* Docker keeps the user's variables in front and adds the image's others. */
static void env_merge(struct strv *mine, const struct strv *image, struct arena *mem)
{
	for (size_t i = 0; i < image->n; i++) {
		if (!has_key(mine, image->v[i]))
			strv_add(mine, image->v[i], mem);
	}
}

static void set_merge(struct strv *mine, const struct strv *image, struct arena *mem)
{
	for (size_t i = 0; i < image->n; i++) {
		if (!strv_has(mine, image->v[i]))
			strv_add(mine, image->v[i], mem);
	}
}

static void health_merge(struct health_config *h, const struct image_health *i)
{
	if (!h->test.n)
		h->test = i->test;
	if (!h->interval_ns)
		h->interval_ns = i->interval_ns;
	if (!h->timeout_ns)
		h->timeout_ns = i->timeout_ns;
	if (!h->start_period_ns)
		h->start_period_ns = i->start_period_ns;
	if (!h->retries)
		h->retries = (int)i->retries;
}

static void text_default(const char **mine, const char *image)
{
	if (!**mine)
		*mine = image;
}

static void image_merge(struct container_config *c, const struct image_config *i, struct arena *mem)
{
	if (!c->cmd.n && !c->entrypoint.n && !c->entrypoint_reset)
		c->cmd = i->cmd;
	if (!c->entrypoint.n && !c->entrypoint_reset)
		c->entrypoint = i->entrypoint;
	text_default(&c->user, i->user);
	text_default(&c->working_dir, i->working_dir);
	text_default(&c->stop_signal, i->stop_signal);
	env_merge(&c->env, &i->env, mem);
	pairs_merge(&c->labels, &i->labels, mem);
	set_merge(&c->volumes, &i->volumes, mem);
	set_merge(&c->exposed_ports, &i->exposed_ports, mem);
	health_merge(&c->health, &i->health);
	if (!c->shell.n)
		c->shell = i->shell;
	c->on_build = i->on_build;
}

/* --- record --------------------------------------------------------------------------- */

/* path and args: entrypoint and command in one row. */
static void command_join(struct container *out, struct arena *mem)
{
	struct strv all = { 0 };

	for (size_t i = 0; i < out->config.entrypoint.n; i++)
		strv_add(&all, out->config.entrypoint.v[i], mem);
	for (size_t i = 0; i < out->config.cmd.n; i++)
		strv_add(&all, out->config.cmd.v[i], mem);
	out->path = all.v[0];
	out->args = (struct strv){ all.v + 1, all.n - 1 };
}

static const char *command_text(const struct container *c, struct arena *mem)
{
	auto_str struct str b = STR_INIT;

	str_puts(&b, c->path);
	for (size_t i = 0; i < c->args.n; i++)
		str_addf(&b, strchr(c->args.v[i], ' ') ? " '%s'" : " %s", c->args.v[i]);
	return strv_dup(b.s, b.len, mem);
}

static int name_take(struct engine *g, const char *name, struct container *out, struct err *e)
{
	char made[NAMES_MAX];
	int rc = -EEXIST;

	if (*name) {
		out->name = name + (name[0] == '/');
		return container_name_take(g->store, out->name, out->id, e);
	}
	for (int i = 0; rc == -EEXIST && i < NAME_TRIES; i++) {
		uint32_t r[2];

		rand_bytes(r, sizeof(r));
		if (CFG_NAMES)
			names_make(r[0], r[1], i, made);
		else
			snprintf(made, sizeof(made), "%.12s", out->id);
		rc = container_name_take(g->store, made, out->id, e);
	}
	out->name = strv_dup(made, strlen(made), g->mem);
	return rc;
}

static void state_fill(struct container *c, struct arena *mem)
{
	c->state = (struct container_state){
		.name = c->name,
		.image = c->config.image,
		.image_id = c->image_id,
		.ports = "",
		.health = "",
		.addresses = "",
		.error = "",
		.created_ns = c->created_ns,
		.status = CONTAINER_CREATED,
		.auto_remove = c->config.auto_remove,
		.command = command_text(c, mem),
	};
	memcpy(c->state.id, c->id, sizeof(c->id));
}

/* Find the image. *lock stays held, shared: until the container's record names the layers,
 * nobody may take them away. */
static int image_resolve(struct engine *g, struct container *out, int *lock, struct err *e)
{
	struct image_config *image = arena_get(g->mem, sizeof(*image));
	char id[IMAGE_ID_LEN + 1];
	int rc;

	*lock = store_lock(g->store, STORE_SHARED, e);
	rc = *lock < 0 ? *lock : image_find(g->store, out->config.image, id, e);
	if (CFG_HELLO_WORLD && rc == -ENOENT && hello_is(out->config.image)) {
		close(take_fd(*lock));	/* it is made under the exclusive lock */
		rc = hello_ensure(g->store, e);
		if (rc >= 0)
			rc = *lock = store_lock(g->store, STORE_SHARED, e);
		if (rc >= 0)
			rc = image_find(g->store, out->config.image, id, e);
	}
	if (rc >= 0)
		rc = image_config(g->store, id, image, g->mem, e);
	if (rc < 0)
		return rc;
	out->image_id = strv_dup(id, strlen(id), g->mem);
	out->layers = image->diff_ids;
	image_merge(&out->config, image, g->mem);
	return 0;
}

int engine_create(struct engine *g, struct container_config *cfg, const char *name,
	struct container *out, struct err *e)
{
	auto_close int lock = -1, images = -1;
	int rc;

	*out = (struct container){ .config = *cfg, .created_ns = clock_real_ns() };
	rc = image_resolve(g, out, &images, e);
	if (rc >= 0)
		rc = demand_check(&out->config, e);
	if (rc < 0)
		return rc;
	rand_hex(out->id, CONTAINER_ID_LEN / 2);
	if (!*out->config.hostname && strcmp(out->config.uts_mode, "host") != 0)
		out->config.hostname = strv_dup(out->id, CONTAINER_SHORT_LEN, g->mem);
	command_join(out, g->mem);
	/* Held until the record is there, so that nobody takes the half-made one for rubbish. */
	lock = container_lock(g->store, out->id, e);
	if (lock < 0)
		return lock;
	rc = name_take(g, name, out, e);
	if (CFG_BRIDGES && rc >= 0)
		rc = endpoints_resolve(g, out, e);
	if (rc >= 0)
		rc = volumes_resolve(g, out, e);
	if (rc >= 0) {
		state_fill(out, g->mem);
		rc = container_save(g->store, out, e);
	}
	if (rc >= 0) {
		event_container(g->store, out, "create", NULL);
		return rc;
	}
	(void)!container_remove(g->store, out->id, rc == -EEXIST || !out->name ? "" : out->name,
				NULL);
	close(take_fd(images));	/* volumes_drop wants it whole */
	volumes_drop(g, out);
	return rc;
}
