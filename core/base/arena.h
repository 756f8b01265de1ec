// SPDX-License-Identifier: MIT
/* arena.h - memory that all ends together: a parse tree, one request, one invocation.
 *
 * What it hands out is borrowed: valid until arena_release, never freed alone. */
#pragma once

#include "core/base/base.h"

struct arena {
	struct arena_chunk *last;	/* owned chain, newest first */
};
#define auto_arena	__attribute__((cleanup(arena_release)))

void arena_release(struct arena *a);
void *arena_get(struct arena *a, size_t bytes);		/* zeroed, aligned for any type */
