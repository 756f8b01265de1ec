// SPDX-License-Identifier: MIT
#include "core/os/inodes.h"

struct inodes_seen {
	dev_t dev;
	ino_t ino;
	char *path;		/* owned, or NULL */
	bool used;
};

void inodes_release(struct inodes *t)
{
	for (size_t i = 0; i < t->cap; i++)
		free(t->slots[i].path);
	free(t->slots);
	*t = (struct inodes){ 0 };
}

static struct inodes_seen *find(const struct inodes *t, dev_t dev, ino_t ino)
{
	uint64_t h = ((uint64_t)ino ^ ((uint64_t)dev << 32)) * 0x9e3779b97f4a7c15u;
	size_t i = h >> 32;

	for (;; i++) {
		struct inodes_seen *s = &t->slots[i & (t->cap - 1)];

		if (!s->used || (s->ino == ino && s->dev == dev))
			return s;
	}
}

static void enlarge(struct inodes *t)
{
	struct inodes old = *t;

	t->cap = old.cap ? old.cap * 2 : 64;
	t->slots = calloc(t->cap, sizeof(*t->slots));
	if (!t->slots)
		abort();
	for (size_t i = 0; i < old.cap; i++)
		if (old.slots[i].used)
			*find(t, old.slots[i].dev, old.slots[i].ino) = old.slots[i];
	free(old.slots);
}

const char *inodes_add(struct inodes *t, dev_t dev, ino_t ino, const char *path)
{
	struct inodes_seen *s;

	if (t->n * 4 >= t->cap * 3)
		enlarge(t);
	s = find(t, dev, ino);
	if (s->used)
		return s->path ? s->path : "";
	*s = (struct inodes_seen){ .dev = dev, .ino = ino, .used = true };
	if (path && !(s->path = strdup(path)))
		abort();
	t->n++;
	return NULL;
}
