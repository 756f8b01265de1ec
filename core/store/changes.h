// SPDX-License-Identifier: MIT
/* changes.h - what a container's root has that its image has not, as `docker diff` tells it.
 *
 * What is compared is what a person would notice: kind, mode, owner, device, and of what is no
 * directory also size, time and file capabilities. A directory is told of when something in it
 * is. The directories and empty files that every start makes for what it mounts (/dev, /proc,
 * /sys, /etc/hosts …) are not told of: Docker's are in a layer below.
 *
 * What an attacker controls: the upper tree, while we read it, when the container runs. It is
 * walked by treewalk.h, one component a step, no link followed; what is found is text. The
 * layers below belong to the store and do not change. */
#pragma once

#include <sys/stat.h>

#include "core/base/arena.h"
#include "core/base/err.h"

/* Docker's numbers for the kinds. */
enum change_kind { CHANGE_MODIFY = 0, CHANGE_ADD = 1, CHANGE_DELETE = 2 };

struct change {
	enum change_kind kind;
	const char *path;	/* begins with '/'; borrowed from the arena */
};

struct changes {
	struct change *v;	/* owned; by path, a directory before what is in it */
	size_t n, cap;
};
#define auto_changes	__attribute__((cleanup(changes_release)))

struct changes_of {
	int tree;		/* borrowed directory: an overlay's upper, or a whole root */
	bool whole;		/* what is not in it is gone: a copy, where there is no overlay */
	const int *lower;	/* borrowed directories, topmost layer first */
	size_t lower_n;
};

/* Find them all. 0, -EAGAIN (directories are moved about faster than they are read), -errno. */
NODISCARD int changes_find(const struct changes_of *of, struct changes *out, struct arena *mem,
			   struct err *e);
void changes_release(struct changes *c);
