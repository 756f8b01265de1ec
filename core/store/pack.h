// SPDX-License-Identifier: MIT
/* pack.h - a tree becomes the entries of an archive, in the order of their names.
 *
 * What an attacker controls: everything in the tree, also while we read (a running container).
 * What must hold: nothing outside the directory is opened. Each name is one component, opened
 * with O_NOFOLLOW; what an entry says of a file, and its content, come from one descriptor
 * (Z46). Only regular files are opened for reading, with O_NONBLOCK, and no more is read than
 * their size was; what a shorter one lacks is for the taker to pad (Z45). Depth and names have
 * place.h's limits. */
#pragma once

#include "core/base/progress.h"
#include "core/fmt/tar.h"
#include "core/os/inodes.h"
#include "core/store/place.h"

enum { PACK_XATTRS_MAX = 64, PACK_XATTR_BYTES = 64 << 10 };

struct pack {
	const struct tar_events *to;	/* borrowed; gets entry, data, end */
	struct progress *progress;	/* borrowed; NULL: nobody watches. Bytes of content */
	struct inodes seen;		/* owned: files with several names → the first */
	struct tar_xattr xattrs[PACK_XATTRS_MAX];
	char *buf;			/* owned: content, names and values of xattrs */
};
#define auto_pack	__attribute__((cleanup(pack_release)))

void pack_init(struct pack *p, const struct tar_events *to, struct progress *progress);
void pack_release(struct pack *p);

/* One object, not what is in it.
 *
 * base   its name in dirfd; one component, or "." for dirfd itself
 * name   its name in the archive
 *
 * 1 when it was a directory, 2 when there was nothing to tell (a socket; it is gone), 0, or
 * -errno, or what an event gave. */
NODISCARD int pack_object(struct pack *p, int dirfd, const char *base, const char *name,
			  struct err *e);

/* What is in the directory fd, and all below. `top` is put in front of the names: "s/", "". */
NODISCARD int pack_tree(struct pack *p, int fd, const char *top, struct err *e);

/* Events that write a tar, as Docker makes them: times in whole seconds, the kind in the mode. */
struct pack_tar {
	struct tar_writer w;
	uint64_t at, size;	/* of the entry that is open */
};
struct tar_events pack_tar_events(struct pack_tar *t, struct sink out);
