// SPDX-License-Identifier: MIT
#include "core/engine/bind.h"

/* Room for one more. */
static void *grow(void *v, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return v;
	*cap = *cap ? 2 * *cap : 16;
	v = realloc(v, *cap * size);
	if (!v)
		abort();
	return v;
}

void bind_layer(struct bind *b, struct layer_unpack **unpack, const struct digest *diffid)
{
	b->layers = grow(b->layers, b->layers_n, &b->layers_cap, sizeof(*b->layers));
	b->layers[b->layers_n++] = (struct bind_layer){ .unpack = unpack, .diffid = *diffid };
}

void bind_image(struct bind *b, const char *config, size_t config_len, const char *manifest,
	size_t manifest_len)
{
	b->images = grow(b->images, b->images_n, &b->images_cap, sizeof(*b->images));
	b->images[b->images_n++] = (struct image_new){
		.config = config,
		.config_len = config_len,
		.manifest = manifest,
		.manifest_len = manifest_len,
	};
}

void bind_name(struct bind *b, const char *canonical)
{
	struct strv *names = &b->images[b->images_n - 1].names;

	if (!strv_has(names, canonical))
		strv_add(names, strv_dup(canonical, strlen(canonical), b->mem), b->mem);
}

static int place_layers(struct bind *b, struct err *e)
{
	for (size_t i = 0; i < b->layers_n; i++) {
		struct bind_layer *l = &b->layers[i];
		int rc;

		if (!*l->unpack)
			continue;
		l->fresh = !layer_exists(b->st, &l->diffid);
		rc = layer_unpack_commit(take_ptr(*l->unpack), e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static void undo_layers(struct bind *b)
{
	for (size_t i = 0; i < b->layers_n; i++) {
		if (b->layers[i].fresh)
			(void)!layer_remove(b->st, &b->layers[i].diffid, NULL);
	}
}

int bind_commit(struct bind *b, struct err *e)
{
	auto_free char(*ids)[IMAGE_ID_LEN + 1] = calloc(b->images_n + 1, sizeof(*ids));
	auto_close int lock = -1;
	int rc = layers_sync(b->st, e);

	if (!ids)
		abort();
	if (rc < 0)
		return rc;
	lock = store_lock(b->st, STORE_EXCLUSIVE, e);
	if (lock < 0)
		return lock;
	rc = place_layers(b, e);
	if (rc == 0)
		rc = image_add(b->st, b->images, b->images_n, b->moved, b->arg, ids, e);
	if (rc < 0)
		undo_layers(b);
	for (size_t i = 0; rc == 0 && b->image && i < b->images_n; i++)
		b->image(b->arg, &b->images[i], ids[i]);
	return rc;
}

void bind_release(struct bind *b)
{
	free(b->layers);
	free(b->images);
	b->layers = NULL;
	b->images = NULL;
	b->layers_n = b->images_n = 0;
}
