// SPDX-License-Identifier: MIT
/* dir.h - the names in one directory, without "." and "..".
 *
 * Names come in the kernel's order, and what is removed or made meanwhile may or may not
 * be seen. Nothing is allocated. */
#pragma once

#include <sys/types.h>

#include "core/base/err.h"

struct dir {
	int fd;			/* owned; -1 when not open */
	int len, at;		/* bytes in buf; where the next entry begins */
	uint64_t buf[512];	/* getdents64 */
};
#define DIR_INIT	{ .fd = -1 }
#define auto_dir	__attribute__((cleanup(dir_release)))

/* Open a directory below dirfd ("." for itself); no link is followed as its last part. */
NODISCARD int dir_open(struct dir *d, int dirfd, const char *path, struct err *e);
void dir_release(struct dir *d);

/* The next name, valid until the next call; NULL at the end (or when reading failed). */
const char *dir_next(struct dir *d);
