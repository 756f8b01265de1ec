// SPDX-License-Identifier: MIT
#include "core/base/arena.h"

#include <stdalign.h>

enum { CHUNK = 4096 };

struct arena_chunk {
	struct arena_chunk *older;
	size_t used, size;		/* bytes of data[] */
	alignas(max_align_t) unsigned char data[];
};

void arena_release(struct arena *a)
{
	struct arena_chunk *c, *older;

	for (c = a->last; c; c = older) {
		older = c->older;
		free(c);
	}
	a->last = NULL;
}

void *arena_get(struct arena *a, size_t bytes)
{
	size_t want = (bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	struct arena_chunk *c = a->last;

	if (want < bytes)
		abort();
	if (!c || c->size - c->used < want) {
		size_t size = want > CHUNK ? want : CHUNK;

		c = calloc(1, sizeof(*c) + size);
		if (!c)
			abort();
		c->size = size;
		c->older = a->last;
		a->last = c;
	}
	c->used += want;
	return c->data + c->used - want;
}
