// SPDX-License-Identifier: MIT
/* root.h - the one way to a path inside a root that somebody else controls.
 *
 * What an attacker controls: every name, directory, link and mount point below
 * the root, before and during the call (another container that shares a volume
 * may swap a directory for a link between any two of our system calls).
 *
 * What these functions hold: whatever is there, the descriptor returned is of
 * an object at or below `rootfd` (or of a mount below it). An absolute link
 * starts again at the root, ".." stops at the root, a link of procfs that is
 * not text (/proc/N/fd/M, cwd, root, exe, ns/...) is refused with ELOOP.
 * What they do not hold: that the name still leads to the same object after
 * they return. So go on with the descriptor, never with the string.
 *
 * One contract, two bodies: openat2(2) with RESOLVE_IN_ROOT, and a walk of
 * O_PATH | O_NOFOLLOW steps that reads links itself, for kernels before 5.6
 * and for seccomp filters that answer ENOSYS or EPERM.
 *
 * Every descriptor is close-on-exec. Every path may start with '/' or not: the
 * meaning is the same. "" is refused with ENOENT, PATH_MAX holds. */
#pragma once

#include <sys/types.h>

#include "core/base/err.h"
#include "core/base/str.h"

enum {
	ROOT_NAME_MAX = 256,	/* bytes for one component and its final 0 */
	ROOT_LINKS_MAX = 40,	/* links followed in one call, then ELOOP (the kernel's figure) */
	ROOT_STEPS_MAX = 16384,	/* components walked in one call, then ELOOP */
};

enum root_how {
	ROOT_NO_SYMLINKS = 1u << 0,	/* a link anywhere but as the last component is ELOOP;
					 * a last one too, unless O_PATH | O_NOFOLLOW asks for it */
	ROOT_NO_XDEV = 1u << 1,		/* a mount point on the way is EXDEV */
};

/* Open `path` inside the root, as open(2) does.
 *
 * flags  O_* of open(2). O_CLOEXEC and O_NOCTTY are added. O_NOFOLLOW: a link as
 *        the last component is ELOOP, or is itself opened with O_PATH.
 *        O_CREAT through a dangling link makes the file where the link points
 *        to, inside the root.
 * mode   for O_CREAT; the process's umask applies
 *
 * A descriptor, or -errno of open(2). It may block on a FIFO: add O_NONBLOCK,
 * or use O_PATH and look at it first. */
NODISCARD int root_open(int rootfd, const char *path, int flags, mode_t mode, struct err *e);

/* The same with enum root_how bits. */
NODISCARD int root_open_how(int rootfd, const char *path, int flags, mode_t mode,
			    unsigned how, struct err *e);

/* Open the directory that holds the last component of `path`, and give that
 * component's name, which is not looked up: it may be missing or a link.
 *
 * how    enum root_how for the directories on the way; unpack says ROOT_NO_SYMLINKS
 * name   receives the last component; slashes after it are ignored
 *
 * An O_PATH directory descriptor; or -EINVAL when the last component is "",
 * "." or ".." (the root itself has no parent here), -ENAMETOOLONG, -errno. */
NODISCARD int root_parent(int rootfd, const char *path, unsigned how,
			  char name[static ROOT_NAME_MAX], struct err *e);

/* Open the directory `path`, making what is missing of it, links followed
 * inside the root (a dangling link's target is made too).
 *
 * mode, uid, gid   of each directory made here; umask applies to mode.
 *                  (uid_t)-1, (gid_t)-1: leave as made
 *
 * An O_PATH directory descriptor, or -ENOTDIR, -errno. */
NODISCARD int root_mkdirs(int rootfd, const char *path, mode_t mode, uid_t uid, gid_t gid,
			  struct err *e);

/* Open `path` with O_PATH whatever it is; when nothing is there, make its
 * directories (0755) and an empty regular file. For the target of a file mount.
 *
 * An O_PATH descriptor (fstat tells a directory from a file), or -errno. */
NODISCARD int root_mkfile(int rootfd, const char *path, mode_t mode, struct err *e);

/* Read a regular file whole, replacing what `out` held. Anything but a regular
 * file is -EINVAL and is never opened (no FIFO blocks, no device acts).
 *
 * max   most bytes taken; a longer file is -E2BIG, it is never cut
 *
 * 0, or -ENOENT, -EINVAL, -E2BIG, -errno; out is empty after a failure. */
NODISCARD int root_read(int rootfd, const char *path, size_t max, struct str *out,
			struct err *e);

/* For tests and `check`: use the walk even where openat2 works. */
void root_force_walk(bool on);

/* True when this process may use openat2(2). Asked once, then remembered. */
bool root_has_openat2(void);
