// SPDX-License-Identifier: MIT
/* unpack.h - tar entries become a tree below one directory.
 *
 * What an attacker controls: every field of every entry, and their order. What
 * must hold: nothing outside the directory is ever opened, made, changed or
 * removed; no object that was there before this unpacking is changed, but
 * directories that are merged into. How:
 *  - names are found by place.h: one component a step, links inside the root;
 *  - a name that exists is removed first (a directory by a directory: merged),
 *    then the new object is made with O_EXCL or by a call that never replaces;
 *  - owner, mode, times and xattrs are set on the descriptor just made, or by
 *    calls that do not follow a link in the last place, with one component;
 *  - a hard link's target is found in the same tree, never through a last link;
 *  - the root may only be a directory, and only its metadata is set;
 *  - modes that would lock us out, set-group-id bits, default ACLs and times of
 *    directories are set at the end, when nothing is made in them any more.
 * The process's umask must be 0. Others should not reach the directory (0700 above it) while
 * this runs; where they do (a container that is copied into), all of the above still holds, for
 * no call follows a link in a last place, but what is set may be set on what they put there.
 *
 * With UNPACK_LAYER a tree for overlayfs is made: ".wh.x" becomes a character
 * device 0:0 named x (where an ordinary user may not make it, before Linux 5.8,
 * an empty file with the xattr user.overlay.whiteout, which tree_copy knows),
 * ".wh..wh..opq" the xattr that makes a directory opaque, other ".wh..wh." names
 * are ignored as Docker does, and overlay's own xattrs in the archive are
 * dropped. Nothing is deleted by a whiteout here: what came in
 * the same layer stays, as the OCI image specification asks. */
#pragma once

#include "core/fmt/tar.h"
#include "core/store/place.h"

enum unpack_flags {
	UNPACK_LAYER = 1u << 0,
};

struct unpack_opts {
	unsigned flags;
	uint64_t max_entries;	/* entries and the directories they imply */
	uint64_t max_bytes;	/* of file content, holes counted */
	/* Asked to take away `name` of `dirfd`, which is `path` in the tree, a file or a whole
	 * directory, because a later entry replaces it. NULL: it is removed. */
	int (*lose)(void *to, int dirfd, const char *name, const char *path, struct err *e);
	/* A directory is in the way of something else (`is_dir`), or the other way round: return
	 * an error. NULL: it is replaced. */
	int (*clash)(void *to, const char *path, bool is_dir, struct err *e);
	void *to;
};

struct unpack_stat {
	uint64_t entries, bytes;
	uint32_t skipped_xattrs, skipped_devices;
	bool opaque_root;
};

struct unpack;

/* root_fd   the directory, open for reading, borrowed until unpack_free
 * spill_fd  an empty file of ours, open for reading and writing: what is to be done at the end */
struct unpack *unpack_new(int root_fd, int spill_fd, const struct unpack_opts *o);
void unpack_free(struct unpack *u);

/* Make what the entry says. 1 when its content is to be given to unpack_data,
 * 0 when it has none that is kept, or -errno; the error names the entry.
 * *path, when 1: the file's real path in the tree, valid until unpack_end. */
NODISCARD int unpack_entry(struct unpack *u, const struct tar_entry *t, const char **path,
			   struct err *e);
NODISCARD int unpack_data(struct unpack *u, uint64_t at, const void *bytes, size_t len,
			  struct err *e);
/* The entry's content is whole. Also fine for an entry without. */
NODISCARD int unpack_end(struct unpack *u, struct err *e);

/* No more entries: finish the directories. */
NODISCARD int unpack_finish(struct unpack *u, struct unpack_stat *stat, struct err *e);
