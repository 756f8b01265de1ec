// SPDX-License-Identifier: MIT
/* bind.h - from layers in tmp and configurations in memory to images that exist.
 *
 * Everything before bind_commit is memory only. bind_commit:
 *   1. makes the unpacked layers durable, with one sync for all
 *   2. takes the exclusive lock
 *   3. gives the layers their places, notes which were not there before
 *   4. image_add: blobs, then images.json, which makes it all visible
 * A failure in 3 or 4 takes the new layers away again. After a crash between them the layers
 * are nobody's, and image_gc finds them. Used by load, import, and who else makes images. */
#pragma once

#include "core/store/image.h"
#include "core/store/layer.h"

struct bind {
	const struct store *st;
	struct arena *mem; /* borrowed */
	image_moved_fn *moved; /* a name changed hands; may be NULL */
	void (*image)(void *arg, const struct image_new *in, const char *id); /* may be NULL */
	void *arg;
	struct bind_layer {
		struct layer_unpack **unpack; /* the owner's; *unpack is NULL once committed */
		struct digest diffid;
		bool fresh; /* was not in the store */
	} * layers; /* owned */
	size_t layers_n, layers_cap;
	struct image_new *images; /* owned */
	size_t images_n, images_cap;
};

/* This layer shall be kept. *unpack may be NULL already (another image has it too). */
void bind_layer(struct bind *b, struct layer_unpack **unpack, const struct digest *diffid);

/* An image; texts are borrowed until bind_commit. Names follow. */
void bind_image(struct bind *b, const char *config, size_t config_len, const char *manifest,
	size_t manifest_len);
void bind_name(struct bind *b, const char *canonical); /* copied; of the last image */

NODISCARD int bind_commit(struct bind *b, struct err *e);
void bind_release(struct bind *b);
