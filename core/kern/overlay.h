// SPDX-License-Identifier: MIT
/* overlay.h - a container's root from layer directories.
 *
 * What an attacker controls: what is in the layers. Redirects, metacopy and index
 * are switched off, so an xattr smuggled into a layer leads nowhere (Z30). */
#pragma once

#include "core/base/err.h"

enum { OVERLAY_LAYERS_MAX = 500 };	/* the kernel's own limit */

/* All descriptors opened in the mount namespace we are in, as mount.h says. */
struct overlay {
	const int *lower;	/* borrowed directory fds (O_PATH will do), topmost layer first */
	size_t lower_n;		/* 1 .. OVERLAY_LAYERS_MAX */
	int upper, work;	/* borrowed directory fds on one file system; -1 both: read-only */
	bool throwaway;		/* the upper is removed when the container ends: what was written
				 * need not be synced when the last of it goes (Linux 5.10) */
	bool userxattr;		/* we are root of a user namespace only (Linux 5.11) */
};

/* Mount it on the directory `name` in `dirfd` (AT_FDCWD: a path; both ours). Its root may then
 * be opened there.
 * An O_PATH descriptor of the new root, or -errno:
 *   -ENODEV   no overlay in the kernel (CONFIG_OVERLAY_FS)
 *   -EINVAL   the file system of `upper` cannot be one; -E2BIG too many layers */
NODISCARD int overlay_mount(const struct overlay *o, int dirfd, const char *name, struct err *e);

enum overlay_support {
	OVERLAY_YES,
	OVERLAY_NO_KERNEL,	/* no overlayfs, or not for us */
	OVERLAY_NO_UPPER,	/* this file system cannot hold an upper (overlay, FAT, NFS) */
};

/* Try it: mounts an overlay whose upper is a scratch directory made in `dirfd`, in a
 * mount namespace of a child, and takes everything away again. *why receives the sentence. */
NODISCARD int overlay_probe(int dirfd, enum overlay_support *is, struct err *why);
