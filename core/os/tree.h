// SPDX-License-Identifier: MIT
/* tree.h - whole directory trees: remove, measure, copy.
 *
 * What an attacker controls: names, links, depth and kinds of everything in
 * the tree, and for trees still in use (a volume) changes while we walk.
 * Everything is reached by one-component steps from a descriptor with
 * O_NOFOLLOW; the way up is "..", believed only when the directory it gives is
 * the one we came from (device and inode). Depth costs memory, not stack and not
 * descriptors. A mount point inside the tree is never entered. */
#pragma once

#include "core/base/err.h"
#include "core/base/warn.h"

enum { TREE_DEPTH_MAX = 100000 };	/* directories deep, then ELOOP */

/* Remove `name` in `dirfd`, whatever it is, and all below it.
 * Mount points are left, and the answer is then -EBUSY. Modes of directories are no hindrance
 * to who owns them.
 * 0 (also when nothing was there), or the first -errno: the rest was removed as far as
 * it could be. */
NODISCARD int tree_remove(int dirfd, const char *name, struct err *e);

/* The same for what is inside the directory `fd`, which stays. `fd` may be O_PATH. */
NODISCARD int tree_clear(int fd, struct err *e);

struct tree_usage {
	uint64_t size;	/* bytes: sum of st_size of files and links, a hard-linked file once */
	uint64_t disk;	/* bytes: sum of blocks, directories included */
	uint64_t items;	/* names below the top */
};

/* Add up what is below the directory `fd` (may be O_PATH). */
NODISCARD int tree_size(int fd, struct tree_usage *u, struct err *e);

enum tree_copy_flags {
	TREE_WHITEOUTS = 1u << 0,	/* the source is an overlay layer: a 0:0 character device
					 * (or a marked empty file) deletes, an opaque
					 * directory empties what is below it; overlay's own
					 * xattrs are not copied */
	TREE_SYNC = 1u << 1,		/* fdatasync each file */
};

/* Copy what is inside the directory `src` into the directory `dst`. What is in
 * dst already stays unless the source has the same name: directories merge,
 * anything else is replaced. Kept: owner, mode, times (ns), xattrs, holes, hard
 * links, device nodes (as root). File data by reflink where the file system
 * can, else copy_file_range, else read and write.
 * The top directory gets the owner, mode, times and xattrs of src too.
 * Who changes dst meanwhile can spoil the copy, but not lead it out of dst: -EAGAIN when a
 * directory was moved away under us, -ELOOP for a link in a directory's place.
 * 0 or -errno; after a failure dst is half done and the caller's to remove. */
NODISCARD int tree_copy(int src, int dst, unsigned flags, const struct warn *w, struct err *e);

/* Copy the xattrs of one open file to another, but for overlay's own.
 * One the target cannot hold is told to `w` and left out. */
NODISCARD int tree_copy_xattrs(int src, int dst, const struct warn *w, struct err *e);
