// SPDX-License-Identifier: MIT
/* usage.h - what is on the disk, and how much of it nobody needs: `docker system df`. */
#pragma once

#include "core/engine/engine.h"
#include "core/store/image.h"

struct usage_image {
	struct image_info info;
	int64_t shared;		/* bytes of layers that other images have too */
	size_t containers;	/* that are made of it */
};

struct usage_container {
	struct container_state state;
	int64_t size;		/* bytes it wrote */
	size_t volumes;		/* it has so many local ones */
};

struct usage_volume {
	const char *name;
	int64_t size;		/* bytes */
	size_t links;		/* containers that have it */
};

/* All in the engine's arena. */
struct usage {
	struct usage_image *images;	/* newest first; those between two builds are left out */
	size_t images_n;
	int64_t layers;		/* bytes of all layers of them, each once */
	struct usage_container *containers;	/* newest first */
	size_t containers_n;
	struct usage_volume *volumes;	/* by name */
	size_t volumes_n;
};

NODISCARD int engine_usage(struct engine *g, struct usage *u, struct err *e);

/* Bytes that a container wrote into its root. */
uint64_t usage_written(struct store *s, const char *id);
