// SPDX-License-Identifier: MIT
/* place.h - from the names in an archive to a directory and one component, fast.
 *
 * A place stands in one directory of a tree and keeps descriptors of the
 * directories above it, so that the next name, which is most often beside or
 * below, costs one system call or none.
 *
 * What an attacker controls: every name and every link in the tree. Nobody
 * else changes the tree meanwhile (unpacking is private; were it not, a step
 * would still lead only to what is in the directory stepped from).
 *  - A name is cleaned as Go's filepath.Clean does: "a/../b" is "b", "/../a" is
 *    "a", "../a" is refused.
 *  - Each step is one openat of one component with O_NOFOLLOW. The kernel never
 *    sees "..", a slash or an absolute path.
 *  - A link on the way is read and walked here, inside the root: an absolute
 *    target begins at the root, ".." stops there, PLACE_LINKS_MAX in one name.
 *  - Depth and length of the real path are bounded, whatever links do. */
#pragma once

#include "core/base/err.h"
#include "core/base/str.h"

enum {
	PLACE_PATH_MAX = 4095,	/* bytes of a cleaned name and of a real path */
	PLACE_NAME_MAX = 255,	/* bytes of one component */
	PLACE_DEPTH_MAX = 1024,	/* directories inside each other */
	PLACE_LINKS_MAX = 40,
	PLACE_FDS = 48,		/* descriptors kept open at once */
};

/* Clean a name. `out` has no slash at either end; it is "" for the root itself.
 * 0, -EINVAL when it leads out of the root, -ENAMETOOLONG. */
NODISCARD int place_clean(const char *name, char out[static PLACE_PATH_MAX + 1], struct err *e);

struct place_level {
	int fd;			/* owned but level 0's; -1: closed to save descriptors */
	uint32_t len;		/* bytes of path up to here */
};

struct place {
	struct str path;	/* real path of the directory at hand, "" for the root */
	struct place_level *level;	/* owned; [0] is the root, [depth] the directory at hand */
	uint32_t depth;
	uint64_t made;		/* directories made on the way */
};

void place_init(struct place *p, int root_fd);	/* root_fd: borrowed, readable */
void place_release(struct place *p);

/* Go to the directory that holds the last component of `clean` (not "").
 *
 * make   directories that are missing are made, 0755
 * base   set to the last component, in `clean`
 *
 * The directory's descriptor, borrowed, valid until the next call; -ENOENT,
 * -ENOTDIR, -ELOOP, -ENAMETOOLONG or another -errno. */
NODISCARD int place_find(struct place *p, const char *clean, bool make, const char **base,
			 struct err *e);

/* Step into a directory of the one at hand. Its descriptor, borrowed, or -errno. */
NODISCARD int place_enter(struct place *p, const char *name, struct err *e);

/* The real path `path` is about to go or change: keep nothing at or below it. */
void place_forget(struct place *p, const char *path);
