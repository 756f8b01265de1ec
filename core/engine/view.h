// SPDX-License-Identifier: MIT
/* view.h - a container's root as Docker's daemon sees it: what cp, export and commit work on.
 *
 * It is the container's own root file system without /proc, /sys, /dev and tmpfs, and for cp
 * with its bind mounts and volumes. A helper process makes it in a mount namespace of its own and
 * hands us a descriptor of its root; nothing is mounted where the host or the container could
 * see it.
 *
 *   running   the container's own overlay: its mount is copied (open_tree, Linux 5.2) out of
 *             its namespace, without what is mounted on it. Before 5.2 the helper steps into
 *             a copy of the namespace and takes off there what is mounted
 *   ended     for reading: the layers with the upper on top, nothing writable.
 *             For writing: the overlay as a start mounts it; the container's lock is held
 *   a copy    where there is no overlay the root is a directory
 *
 * What an attacker controls: a running container, everything in its root at any moment, and its
 * own root directory (it may chroot): so the mount namespace is entered and "/" taken from
 * there, by a process that was held by its pidfd when its start time was looked at (Z11). A bind
 * mount's target is found by root.h and mounted on by its descriptor, so it can only be in the
 * root; one that is not there is made in the container's own layer, as a start makes it, when
 * that may be written, and never in a volume: there it is passed over (Z41). The helper
 * executes nothing and reads no file of the container's. */
#pragma once

#include "core/engine/engine.h"

enum view_flags {
	VIEW_MOUNTS = 1u << 0,	/* with bind mounts and the three files of /etc */
	VIEW_WRITE = 1u << 1,
	VIEW_FREEZE = 1u << 2,	/* a running container stands still until view_release */
};

struct view {
	int root;	/* owned; directory, open for reading */
	int hold;	/* owned; the helper ends when it is closed */
	int still;	/* owned; the connection that holds the container still, or -1 */
	int lock;	/* owned; the container's lock, or -1 */
	pid_t helper;
};
#define VIEW_INIT	{ .root = -1, .hold = -1, .still = -1, .lock = -1 }
#define auto_view	__attribute__((cleanup(view_release)))

/* Make it. No other thread may run. Where we are an ordinary user, this process is root over
 * its own files afterwards (userns_own_files), and can enter no container any more.
 * 0; -EBUSY (another command is changing it); -ENOENT (a layer is gone); -ENOTSUP (VIEW_FREEZE
 * without a freezer); or -errno. */
NODISCARD int view_open(struct engine *g, const struct container *c, unsigned flags,
			struct view *v, struct err *e);
void view_release(struct view *v);
