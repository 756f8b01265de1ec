// SPDX-License-Identifier: MIT
#include "core/engine/usage.h"

#include <fcntl.h>

#include "core/engine/list.h"
#include "core/os/clock.h"
#include "core/os/tree.h"
#include "core/store/layer.h"
#include "core/store/volume.h"

/* A layer, and how many images have it. */
struct used_layer {
	const char *diff_id;
	int64_t size;
	size_t images;
};

struct layers {
	struct used_layer *v;	/* owned */
	size_t n, cap;
};

uint64_t usage_written(struct store *s, const char *id)
{
	auto_close int dir = container_dir(s, id, false, NULL), upper = -1;
	struct tree_usage u = { 0 };

	if (dir >= 0)
		upper = openat(dir, "upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (upper >= 0 && tree_size(upper, &u, NULL) < 0)
		u.size = 0;
	return u.size;
}

/* --- containers, volumes ---------------------------------------------------------------- */

static struct usage_volume *find_volume(struct usage *u, const char *name)
{
	for (size_t i = 0; i < u->volumes_n; i++) {
		if (strcmp(u->volumes[i].name, name) == 0)
			return &u->volumes[i];
	}
	return NULL;
}

static int add_volumes(struct engine *g, struct usage *u, struct err *e)
{
	struct strv names;
	int rc = volume_list(g->store, &names, g->mem, e);

	if (rc < 0)
		return rc;
	u->volumes = arena_get(g->mem, (names.n + 1) * sizeof(*u->volumes));
	for (size_t i = 0; i < names.n; i++) {
		struct tree_usage t = { 0 };

		if (volume_size(g->store, names.v[i], &t, NULL) < 0)
			continue;
		u->volumes[u->volumes_n++] = (struct usage_volume){ .name = names.v[i],
								    .size = (int64_t)t.size };
	}
	return 0;
}

static void count_volumes(struct engine *g, struct usage *u, struct usage_container *uc)
{
	struct container c;

	if (container_load(g->store, uc->state.id, &c, g->mem, NULL) < 0)
		return;
	for (size_t i = 0; i < c.points_n; i++) {
		struct usage_volume *v = c.points[i].type == MOUNT_VOLUME ?
						 find_volume(u, c.points[i].source) : NULL;

		uc->volumes += c.points[i].type == MOUNT_VOLUME;
		if (v)
			v->links++;
	}
}

static int add_containers(struct engine *g, struct usage *u, struct err *e)
{
	const struct list_query q = { .all = true };
	struct container_state *list;
	int n = engine_list(g, &q, &list, e);

	if (n < 0)
		return n;
	u->containers = arena_get(g->mem, ((size_t)n + 1) * sizeof(*u->containers));
	u->containers_n = (size_t)n;
	for (int i = 0; i < n; i++) {
		struct usage_container *c = &u->containers[i];

		c->state = list[i];
		c->size = (int64_t)usage_written(g->store, list[i].id);
		count_volumes(g, u, c);
	}
	return 0;
}

/* --- images ------------------------------------------------------------------------------- */

static bool is_parent(const struct image_info *list, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i].parent, id) == 0)
			return true;
	}
	return false;
}

static struct used_layer *find_layer(struct layers *l, const char *diff_id)
{
	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->v[i].diff_id, diff_id) == 0)
			return &l->v[i];
	}
	return NULL;
}

static void add_layer(struct engine *g, struct layers *l, const char *diff_id)
{
	struct used_layer *was = find_layer(l, diff_id);
	struct layer_info info = { .size = 0 };
	struct digest d;

	if (was) {
		was->images++;
		return;
	}
	if (digest_parse(&d, diff_id, strlen(diff_id), NULL) < 0 ||
	    layer_info(g->store, &d, &info, NULL) < 0)
		info.size = 0;
	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 64;
		l->v = reallocarray(l->v, l->cap, sizeof(*l->v));
		if (!l->v)
			abort();
	}
	l->v[l->n++] = (struct used_layer){ diff_id, (int64_t)info.size, 1 };
}

static int64_t shared_of(struct engine *g, struct layers *l, const char *id)
{
	struct image_config c;
	int64_t bytes = 0;

	if (image_config(g->store, id, &c, g->mem, NULL) < 0)
		return 0;
	for (size_t i = 0; i < c.diff_ids.n; i++) {
		const struct used_layer *u = find_layer(l, c.diff_ids.v[i]);

		bytes += u && u->images > 1 ? u->size : 0;
	}
	return bytes;
}

static int64_t made_ns(const struct usage_image *im)
{
	int64_t ns = 0;

	return clock_parse(im->info.created, &ns, NULL) < 0 ? 0 : ns;
}

static int newest_first(const void *a, const void *b)
{
	int64_t x = made_ns(a), y = made_ns(b);

	return (x < y) - (x > y);
}

static void count_layers(struct engine *g, struct usage *u, struct layers *l)
{
	for (size_t i = 0; i < u->images_n; i++) {
		struct image_config c;

		if (image_config(g->store, u->images[i].info.id, &c, g->mem, NULL) < 0)
			continue;
		for (size_t k = 0; k < c.diff_ids.n; k++)
			add_layer(g, l, c.diff_ids.v[k]);
	}
	for (size_t i = 0; i < u->images_n; i++)
		u->images[i].shared = shared_of(g, l, u->images[i].info.id);
	for (size_t i = 0; i < l->n; i++)
		u->layers += l->v[i].size;
}

static int add_images(struct engine *g, struct usage *u, struct err *e)
{
	struct layers layers = { 0 };
	struct image_info *list;
	size_t n;
	int rc = image_list(g->store, &list, &n, g->mem, e);

	if (rc < 0)
		return rc;
	u->images = arena_get(g->mem, (n + 1) * sizeof(*u->images));
	for (size_t i = 0; i < n; i++) {
		struct usage_image *im = &u->images[u->images_n];

		if (!list[i].names.n && is_parent(list, n, list[i].id))
			continue;
		im->info = list[i];
		for (size_t k = 0; k < u->containers_n; k++)
			im->containers += strcmp(u->containers[k].state.image_id,
						 list[i].id) == 0;
		u->images_n++;
	}
	if (u->images_n)
		qsort(u->images, u->images_n, sizeof(*u->images), newest_first);
	count_layers(g, u, &layers);
	free(layers.v);
	return 0;
}

int engine_usage(struct engine *g, struct usage *u, struct err *e)
{
	int rc;

	*u = (struct usage){ .images_n = 0 };
	rc = add_volumes(g, u, e);
	if (rc == 0)
		rc = add_containers(g, u, e);
	return rc < 0 ? rc : add_images(g, u, e);
}
