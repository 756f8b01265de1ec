// SPDX-License-Identifier: MIT
#include "core/engine/imagerm.h"
#include "core/engine/event.h"

#include "core/os/clock.h"
#include "core/store/container.h"

/* --- what containers say -------------------------------------------------- */

static bool is_running(enum container_status s)
{
	return s == CONTAINER_RUNNING || s == CONTAINER_PAUSED || s == CONTAINER_RESTARTING;
}

static int find_user(void *arg, const char *id, bool running, char out[static 65], struct err *e)
{
	auto_arena struct arena mem = { 0 };
	struct container_state state;
	struct strv ids = { 0 };
	int rc = container_list(arg, &ids, &mem, e);

	for (size_t i = 0; i < ids.n && rc == 0; i++) {
		if (container_state_load(arg, ids.v[i], &state, &mem, NULL) < 0)
			continue;
		if (strcmp(state.image_id, id) != 0 || (running && !is_running(state.status)))
			continue;
		snprintf(out, 65, "%.64s", ids.v[i]);
		return 1;
	}
	return rc;
}

static int add_layers(void *arg, struct strv *out, struct arena *mem, struct err *e)
{
	struct container c;
	struct strv ids = { 0 };
	int rc = container_list(arg, &ids, mem, e);

	for (size_t i = 0; i < ids.n && rc == 0; i++) {
		if (container_load(arg, ids.v[i], &c, mem, NULL) < 0)
			continue; /* damaged: it cannot start again */
		for (size_t k = 0; k < c.layers.n; k++)
			strv_add(out, c.layers.v[k], mem);
	}
	return rc;
}

static struct image_users users_of(struct store *st)
{
	return (struct image_users){ find_user, add_layers, st };
}

/* Tells the events, and passes on. */
struct telling {
	struct store *st;
	image_gone_fn *gone;
	void *arg;
	char id[IMAGE_ID_LEN + 1];
};

static void tell(void *arg, bool untagged, const char *what)
{
	struct telling *t = arg;

	if (untagged)
		event_image(t->st, t->id, "untag", NULL);
	else if (strcmp(what, t->id) == 0)
		event_image(t->st, t->id, "delete", NULL);
	t->gone(t->arg, untagged, what);
}

static int remove_told(struct store *st, const char *text, unsigned flags, image_gone_fn *gone,
	void *arg, uint64_t *freed, struct err *e)
{
	struct image_users users = users_of(st);
	struct telling t = { .st = st, .gone = gone, .arg = arg };

	if (image_find(st, text, t.id, NULL) < 0)
		t.id[0] = 0;
	return image_remove(st, text, flags, &users, tell, &t, freed, e);
}

int engine_image_remove(struct store *st, const char *text, unsigned flags, image_gone_fn *gone,
	void *arg, struct err *e)
{
	return remove_told(st, text, flags, gone, arg, NULL, e);
}

int engine_image_gc(struct store *st, uint64_t *freed, struct err *e)
{
	struct image_users users = users_of(st);
	auto_close int lock = store_lock(st, STORE_EXCLUSIVE, e);

	return lock < 0 ? lock : image_gc(st, &users, freed, e);
}

/* --- prune ---------------------------------------------------------------- */

/* "KEY" or "KEY=VALUE" against labels as KEY=VALUE. */
static bool has_label(const struct strv *labels, const char *want)
{
	size_t n = strcspn(want, "=");

	for (size_t i = 0; i < labels->n; i++) {
		const char *have = labels->v[i];

		if (strncmp(have, want, n) != 0 || have[n] != '=')
			continue;
		if (want[n] == 0 || strcmp(have + n, want + n) == 0)
			return true;
	}
	return false;
}

static bool labels_fit(const struct image_prune *how, const struct strv *labels)
{
	for (size_t i = 0; i < how->labels.n; i++) {
		if (!has_label(labels, how->labels.v[i]))
			return false;
	}
	for (size_t i = 0; i < how->not_labels.n; i++) {
		if (has_label(labels, how->not_labels.v[i]))
			return false;
	}
	return true;
}

static bool has_tag(const struct image_info *im)
{
	for (size_t i = 0; i < im->names.n; i++) {
		if (!strchr(im->names.v[i], '@'))
			return true;
	}
	return false;
}

static bool is_parent(const struct image_info *list, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i].parent, id) == 0)
			return true;
	}
	return false;
}

static bool is_wanted(struct store *st, const struct image_prune *how, const struct image_info *im,
	struct arena *mem)
{
	struct image_config c;
	int64_t made = CLOCK_NEVER;
	char user[65];

	if (im->where >= 0 || find_user(st, im->id, false, user, NULL) != 0)
		return false;
	if (!how->all && has_tag(im))
		return false;
	if (how->until_ns && (clock_parse(im->created, &made, NULL) < 0 || made > how->until_ns))
		return false;
	if (how->labels.n + how->not_labels.n == 0)
		return true;
	return image_config(st, im->id, &c, mem, NULL) == 0 && labels_fit(how, &c.labels);
}

/* Each name by itself, as Docker does; an image that is refused is left. */
static void prune_one(struct store *st, const struct image_info *im, image_gone_fn *gone, void *arg,
	uint64_t *reclaimed)
{
	for (size_t i = 0; i < im->names.n; i++)
		(void)!remove_told(st, im->names.v[i], 0, gone, arg, reclaimed, NULL);
	if (im->names.n == 0)
		(void)!remove_told(st, im->id, 0, gone, arg, reclaimed, NULL);
}

int engine_image_prune(struct store *st, const struct image_prune *how, image_gone_fn *gone,
	void *arg, uint64_t *reclaimed, struct err *e)
{
	auto_arena struct arena mem = { 0 };
	struct image_info *list;
	size_t n;
	int rc = image_list(st, &list, &n, &mem, e);

	*reclaimed = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		if (!is_parent(list, n, list[i].id) && is_wanted(st, how, &list[i], &mem))
			prune_one(st, &list[i], gone, arg, reclaimed);
	}
	return rc < 0 ? rc : engine_image_gc(st, reclaimed, e);
}
