// SPDX-License-Identifier: MIT
/* treewalk.h - go through a directory tree, each directory after all that is in it.
 *
 * Private to tree.c and treecopy.c; see tree.h for what an attacker controls.
 *
 * One descriptor is open at a time. A directory's subdirectories are remembered by
 * name when it is read; the way back up is "..", and must lead to the device and
 * inode we came from, else -EAGAIN: somebody moves directories about. */
#pragma once

#include <sys/stat.h>

#include "core/base/err.h"

struct treewalk {
	/* Something that is no directory, or a directory that cannot be entered because it is
	 * a mount point (`type` is DT_DIR then). */
	int (*entry)(struct treewalk *w, int dirfd, const char *name, unsigned char type);

	/* A directory is about to be read; fd is open on it. May be NULL. */
	int (*enter)(struct treewalk *w, const char *name, int fd, const struct stat *st);

	/* All of it is done; fd is still open on it. May be NULL. */
	int (*leave)(struct treewalk *w, int fd);

	/* We are back in the directory that holds it. May be NULL. */
	int (*left)(struct treewalk *w, int dirfd, const char *name);

	bool keep_going;	/* an error is kept and the walk goes on */
	bool open_up;		/* directories that their owner, we, may not use are made usable */
	void *arg;		/* the caller's */
};

/* Give the owner, who must be us, all rights to the directory fd (O_PATH will do). */
NODISCARD int treewalk_open_up(int fd);

/* Walk what is inside the directory fd (O_PATH will do). enter and leave are not called for
 * fd itself. 0, or the first -errno, of ours or of a callback. */
NODISCARD int treewalk_run(struct treewalk *w, int fd);
