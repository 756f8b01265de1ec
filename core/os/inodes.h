// SPDX-License-Identifier: MIT
/* inodes.h - which files with several names were met, and where first. */
#pragma once

#include <sys/types.h>

#include "core/base/base.h"

struct inodes_seen;

struct inodes {
	struct inodes_seen *slots;	/* owned; a power of two, open addressing */
	size_t cap, n;
};

void inodes_release(struct inodes *t);

/* Note a file. NULL when it is new (a copy of `path` is kept, which may be NULL); else the
 * path noted first, or "" when that was NULL: valid until inodes_release. */
const char *inodes_add(struct inodes *t, dev_t dev, ino_t ino, const char *path);
