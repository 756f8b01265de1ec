// SPDX-License-Identifier: MIT
/* mount.h - mounts onto descriptors, option words, pivot, masks.
 *
 * What an attacker controls: the tree mounted into (a link may appear between a
 * look and a mount), the option words. So a target is always an O_PATH
 * descriptor got from root.h, and is given to the kernel as that descriptor
 * (move_mount, or mount(2) on /proc/self/fd/N of the host's own /proc, before
 * pivot). It is never named by a string a second time.
 *
 * A descriptor got before a mount is under it afterwards: open the target again
 * to go on inside. None of these follows a target's links.
 *
 * Every descriptor given here (source, target, overlay layer) must have been opened
 * in the mount namespace we are in: the kernel answers EINVAL for one that was
 * opened before clone(CLONE_NEWNS). The working directory is taken along by clone
 * and unshare: fchdir before, open relative to it after. */
#pragma once

#include <sys/mount.h>
#include <sys/types.h>

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/base/warn.h"

enum { MOUNT_DATA_MAX = 4000, MOUNT_WORDS_MAX = 16384 };

/* Option words, taken apart. */
struct mount_opts {
	unsigned long set;	/* MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_NOATIME, ... */
	unsigned long clear;	/* bits a word switched off ("rw", "suid", "dev", "exec") */
	unsigned long propagation;	/* MS_PRIVATE, MS_SLAVE, MS_SHARED, MS_UNBINDABLE, with or
				 * without MS_REC; 0: not said */
	bool bind;		/* "bind" or "rbind" */
	bool recursive;		/* "rbind": submounts come too */
	bool recursive_ro;	/* "rro": MS_RDONLY on submounts too */
	bool no_copy;		/* Docker's "nocopy" */
	bool selinux;		/* Docker's "z" or "Z": accepted, nothing to do */
	char data[MOUNT_DATA_MAX];	/* what is left: the file system's own, comma-joined */
};

/* Nothing asked for. Cheap: data is emptied, not filled with zeroes. */
static inline void mount_opts_init(struct mount_opts *o)
{
	memset(o, 0, offsetof(struct mount_opts, data) + 1);
}

/* Is it one of mount(8)'s words for a flag ("ro", "nosuid")? What it sets and what it clears.
 * len: of the word, which may go on. Pure. */
bool mount_flag_word(const char *word, size_t len, unsigned long *set, unsigned long *clear);

/* Read comma-separated OCI or Docker mount words into *o (which is set whole).
 * A later word wins. Words unknown here go to data. 0, -E2BIG, or -EINVAL (a NUL, an empty
 * text is fine). Pure. */
NODISCARD int mount_parse(const char *words, struct mount_opts *o, struct err *e);

/* Bind what `source` (O_PATH; directory or file) is onto what `target` (O_PATH) is.
 * recursive: submounts come too; read-only then holds for all of them
 * (mount_setattr, Linux 5.12; older: each is remounted, and one that cannot be is
 * told to `w`). Propagation as asked, else private. The flags are read back. 0 or -errno. */
NODISCARD int mount_bind(int source, int target, const struct mount_opts *o,
			 const struct warn *w, struct err *e);

/* The same for a source in another mount namespace: `source` is looked up there, its mount
 * copied, and attached here (Linux 5.2). The working directory is "/" afterwards. */
NODISCARD int mount_bind_ns(int nsfd, const char *source, int target, const struct mount_opts *o,
			    struct err *e);

/* Mount a file system on `target` (O_PATH directory). One system call on a Linux
 * with /proc mounted.
 * type  "proc", "tmpfs", "sysfs", "devpts", "mqueue", "cgroup", "cgroup2", ...
 * flags MS_*;  data: comma-joined or NULL
 * -ENODEV names the CONFIG_ symbol. */
NODISCARD int mount_fs(const char *type, const char *source, int target, unsigned long flags,
		       const char *data, struct err *e);

/* The same on `name` in `dirfd`: for a target directory that we made ourselves on a
 * file system we just mounted; saves opening it. `name` is one component. */
NODISCARD int mount_fs_at(const char *type, const char *source, int dirfd, const char *name,
			  unsigned long flags, const char *data, struct err *e);

/* A file system that is in no tree: a descriptor of its root (Linux 5.2), for
 * writes that nobody else's mount can redirect (Z04). -ENOSYS on older kernels:
 * mount_proc_private does what it can there. */
NODISCARD int mount_detached(const char *type, unsigned long flags, struct err *e);

/* A procfs of our own pid namespace to write through, checked to be one: detached
 * where the kernel can, else /proc opened and checked with statfs and device number.
 * O_PATH directory descriptor or -errno. */
NODISCARD int mount_proc_private(struct err *e);

/* Write a file of it: `path` is walked with no link followed and no mount crossed,
 * and the file must be of procfs. One write(2). 0 or -errno. */
NODISCARD int mount_proc_write(int procfd, const char *path, const char *text, struct err *e);

/* Make every mount MS_PRIVATE or MS_SLAVE; first thing in a new mount namespace. In a chroot whose
 * root is no mount, the namespace is cut down to it: "/" is the same directory afterwards and a
 * mount, the working directory is "/", and mounts opened before are no longer of the namespace. */
NODISCARD int mount_propagation(unsigned long propagation, struct err *e);

/* Make `root` (a directory descriptor that is the root of a mount) our "/" and let the
 * old one go, mounts and all; cwd is "/" afterwards. Where the old root is a rootfs
 * that cannot be pivoted (initramfs): what is mounted in it is detached, the new root
 * moved over it, and chroot. 0 or -errno. */
NODISCARD int mount_pivot(int root, struct err *e);

/* What hides and protects paths of a root, once /proc and /sys are there (Z18). Before
 * mount_pivot: it wants the host's /proc. */
struct mount_masks {
	int rootfd;		/* borrowed; the container's root as it is now */
	int nullfd;		/* borrowed; a null device we made; checked to be char 1:3 */
	const char *const *masked;	/* NULL-ended; absolute paths */
	const char *const *readonly;	/* NULL-ended */
};
/* A masked file becomes the null device, a masked directory an empty read-only tmpfs, a
 * read-only path is bound over itself read-only. A path that is not there is passed over; any
 * other failure is the caller's end. The last component may not be a link. */
NODISCARD int mount_mask(const struct mount_masks *m, struct err *e);

/* Docker's two lists, NULL-ended. */
extern const char *const mount_masked_paths[];
extern const char *const mount_readonly_paths[];

/* One line of mountinfo, taken apart. Texts are valid until the next call, octal escapes undone. */
struct mount_info {
	int id, parent;
	unsigned major, minor;
	const char *root, *point, *options, *fields, *type, *source, *super;
};
/* Take the line at *text (which is written to) and move *text behind it.
 * 1, 0 at the end, -EINVAL for a line that is none (it is passed over). Pure. */
NODISCARD int mount_info_next(char **text, struct mount_info *mi);

/* The kernel option that gives a file system: "CONFIG_OVERLAY_FS"; NULL when unknown here. */
const char *mount_config(const char *type);
