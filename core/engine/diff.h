// SPDX-License-Identifier: MIT
/* diff.h - what a container changed in its image; and the directories that say so. */
#pragma once

#include "core/engine/engine.h"
#include "core/fmt/imagecfg.h"
#include "core/store/changes.h"

/* What a container's root is made of, open. */
struct diff_trees {
	int tree;	/* owned: its upper, or its whole root; -1: it never ran */
	bool whole;	/* the tree is its whole root: there was no overlay */
	int lower[IMAGE_LAYERS_MAX];	/* owned; topmost first */
	size_t lower_n;
};
#define DIFF_TREES_INIT { .tree = -1 }
#define auto_diff_trees	__attribute__((cleanup(diff_trees_release)))

/* 0, -ENOENT (a layer is not in the store any more), -errno. */
NODISCARD int diff_trees_open(struct engine *g, const struct container *c, struct diff_trees *t,
			      struct err *e);
void diff_trees_release(struct diff_trees *t);

/* The changes of a container, running or not; see changes.h. Paths live in g->mem. */
NODISCARD int engine_diff(struct engine *g, const char *id, struct changes *out, struct err *e);
