// SPDX-License-Identifier: MIT
/* mount.c - binds, file systems, pivot; see mount.h.
 *
 * A bind, the new way (Linux 5.12):
 *   1. open_tree     a detached copy of the source
 *   2. mount_setattr its flags and propagation, while nobody can see it
 *   3. move_mount    onto the target's descriptor
 * The old way, when any of these calls is not there:
 *   1. the ids of all mounts are read
 *   2. mount MS_BIND from descriptor to descriptor
 *   3. the ids are read again: those that are new are what we mounted
 *   4. each is opened by its path, believed when its id is the new one, and
 *      remounted by that descriptor; if that fails the bind is taken away again
 * so a link swapped into the path between 3 and 4 costs an error, not a mount. */
#include "core/kern/mount.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "core/kern/mountapi.h"
#include "core/os/file.h"
#include "core/os/root.h"

enum { MOUNTINFO_MAX = 64 << 20, FD_PATH_MAX = 32, PROC_ROOT_INODE = 1 };

static const char *fd_path(int fd, char path[static FD_PATH_MAX])
{
	snprintf(path, FD_PATH_MAX, "/proc/self/fd/%d", fd);
	return path;
}

static int read_mountinfo(struct str *text, struct err *e)
{
	return file_read_at(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, text, e);
}

/* --- bind, the new way --------------------------------------------------------- */

static const struct {
	unsigned long ms;
	uint64_t attr;
} attr_of[] = {
	{ MS_RDONLY, MOUNT_ATTR_RDONLY },
	{ MS_NOSUID, MOUNT_ATTR_NOSUID },
	{ MS_NODEV, MOUNT_ATTR_NODEV },
	{ MS_NOEXEC, MOUNT_ATTR_NOEXEC },
	{ MS_NODIRATIME, MOUNT_ATTR_NODIRATIME },
};

static uint64_t attrs(unsigned long flags)
{
	uint64_t a = 0;

	for (size_t i = 0; i < countof(attr_of); i++)
		if (flags & attr_of[i].ms)
			a |= attr_of[i].attr;
	return a;
}

static void fill_attr(const struct mount_opts *o, struct mount_attr *a)
{
	*a = (struct mount_attr){
		.attr_set = attrs(o->set),
		.attr_clr = attrs(o->clear),
		.propagation = o->propagation ? o->propagation & ~MS_REC : MS_PRIVATE,
	};
	if (o->set & (MS_NOATIME | MS_RELATIME | MS_STRICTATIME)) {
		a->attr_clr |= MOUNT_ATTR__ATIME;
		a->attr_set |= o->set & MS_NOATIME ? MOUNT_ATTR_NOATIME :
			o->set & MS_STRICTATIME ? MOUNT_ATTR_STRICTATIME : MOUNT_ATTR_RELATIME;
	}
}

/* The first error of a call that this kernel, or a filter around us, does not let through. */
static bool call_is_missing(int code)
{
	return code == ENOSYS || code == EPERM;
}

/* 0, 1 when the old way must do it, or -errno. */
static int bind_new(int source, int target, const struct mount_opts *o, struct err *e)
{
	unsigned all = o->recursive ? AT_RECURSIVE : 0;
	auto_close int tree = mountapi_open_tree(source, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | all);
	struct mount_attr a;

	if (tree < 0 && call_is_missing(errno))
		return 1;
	if (tree < 0)
		return err_sys(e, "copy the source of a bind mount");
	fill_attr(o, &a);
	if (mountapi_setattr(tree, all, &a) < 0) {
		if (call_is_missing(errno))
			return 1;
		return err_sys(e, "set the options of a bind mount");
	}
	if (mountapi_move(tree, target, "") < 0) {
		if (call_is_missing(errno))
			return 1;
		return err_sys(e, "attach a bind mount");
	}
	return 0;
}

/* --- bind, the old way --------------------------------------------------------- */

struct ids {
	int *v;			/* owned */
	size_t n, cap;
};

static void ids_add(struct ids *s, int id)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 64;
		s->v = reallocarray(s->v, s->cap, sizeof(*s->v));
		if (!s->v)
			abort();
	}
	s->v[s->n++] = id;
}

static bool ids_has(const struct ids *s, int id)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i] == id)
			return true;
	return false;
}

static int read_ids(struct ids *s, struct err *e)
{
	auto_str struct str text = STR_INIT;
	struct mount_info mi;
	char *at;
	int rc = read_mountinfo(&text, e);

	if (rc < 0)
		return rc;
	for (at = text.s; (rc = mount_info_next(&at, &mi)) != 0; )
		if (rc > 0)
			ids_add(s, mi.id);
	return 0;
}

static unsigned long flags_of_words(const char *options)
{
	struct mount_opts o;

	return mount_parse(options, &o, NULL) < 0 ? 0 : o.set;
}

/* Remount one of the new mounts, by a descriptor that is proved to be of it. */
static int remount_one(const struct mount_info *mi, const struct mount_opts *o, struct err *e)
{
	auto_close int fd = open(mi->point, O_PATH | O_CLOEXEC);
	unsigned long flags = (flags_of_words(mi->options) & ~o->clear) | o->set;
	unsigned long prop = o->propagation ? o->propagation & ~MS_REC : MS_PRIVATE;
	char path[FD_PATH_MAX];
	uint64_t id;

	if (fd < 0 || file_mount_id(fd, &id) < 0 || id != (uint64_t)mi->id)
		return err_set(e, EAGAIN,
			       "the target of a bind mount changed while it was mounted");
	fd_path(fd, path);
	if (mount(NULL, path, NULL, prop, NULL) < 0)
		return err_sys(e, "set the propagation of a bind mount");
	if (mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | flags, NULL) < 0)
		return err_sys(e, "set the options of a bind mount");
	return 0;
}

/* All mounts that were not there before. The top one must succeed, another is told to w. */
static int remount_new(const struct ids *before, const struct mount_opts *o,
		       const struct warn *w, struct err *e)
{
	auto_str struct str text = STR_INIT;
	struct mount_info mi;
	struct err why;
	char *at;
	int seen = 0, rc = read_mountinfo(&text, e);

	if (rc < 0)
		return rc;
	for (at = text.s; (rc = mount_info_next(&at, &mi)) != 0; ) {
		if (rc < 0 || ids_has(before, mi.id))
			continue;
		if (seen++ == 0) {
			rc = remount_one(&mi, o, e);
			if (rc < 0)
				return rc;
		} else if (remount_one(&mi, o, &why) < 0) {
			warn_say(w, "the mount '%s' keeps its own options: %s", mi.point, why.msg);
		}
	}
	return seen ? 0 : err_set(e, EAGAIN, "a bind mount vanished");
}

/* Take away what a failed bind left, by the ids again. */
static void unmount_new(const struct ids *before)
{
	auto_str struct str text = STR_INIT;
	struct mount_info mi;
	char *at;
	int rc;

	if (read_mountinfo(&text, NULL) < 0)
		return;
	for (at = text.s; (rc = mount_info_next(&at, &mi)) != 0; ) {
		char path[FD_PATH_MAX];
		auto_close int fd = -1;
		uint64_t id;

		if (rc < 0 || ids_has(before, mi.id))
			continue;
		fd = open(mi.point, O_PATH | O_CLOEXEC);
		if (fd >= 0 && file_mount_id(fd, &id) == 0 && id == (uint64_t)mi.id)
			(void)umount2(fd_path(fd, path), MNT_DETACH);
	}
}

static int bind_old(int source, int target, const struct mount_opts *o, const struct warn *w,
		    struct err *e)
{
	char from[FD_PATH_MAX], to[FD_PATH_MAX];
	struct ids before = { 0 };
	int rc = read_ids(&before, e);

	if (rc == 0 && mount(fd_path(source, from), fd_path(target, to), NULL,
			     MS_BIND | (o->recursive ? MS_REC : 0), NULL) < 0)
		rc = err_sys(e, "bind mount");
	else if (rc == 0) {
		rc = remount_new(&before, o, w, e);
		if (rc < 0)
			unmount_new(&before);
	}
	free(before.v);
	return rc;
}

int mount_bind(int source, int target, const struct mount_opts *o, const struct warn *w,
	       struct err *e)
{
	int rc = bind_new(source, target, o, e);

	return rc == 1 ? bind_old(source, target, o, w, e) : rc;
}

/* --- file systems -------------------------------------------------------------- */

static int fs_failed(const char *type, int code, struct err *e)
{
	const char *config = mount_config(type);

	errno = code;
	if (code == ENODEV && config)
		return err_set(e, code, "no %s file system (needs %s in the kernel)", type, config);
	return err_sys(e, "mount %s", type);
}

/* key=value and plain words of `data`, one fsconfig each. */
static int config_words(int fs, const char *data)
{
	auto_free char *copy = strdup(data ? data : "");
	char *rest = copy, *word;

	if (!copy)
		abort();
	while ((word = strsep(&rest, ","))) {
		char *value = strchr(word, '=');

		if (!*word)
			continue;
		if (value)
			*value++ = 0;
		if (mountapi_fsconfig(fs, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, word,
				      value) < 0)
			return -errno;
	}
	return 0;
}

/* A detached mount: fd or -errno. */
static int fs_detached(const char *type, const char *source, unsigned long flags, const char *data)
{
	auto_close int fs = mountapi_fsopen(type);
	int rc, fd;

	if (fs < 0)
		return -errno;
	if (source && mountapi_fsconfig(fs, FSCONFIG_SET_STRING, "source", source) < 0)
		return -errno;
	if ((flags & MS_RDONLY) && mountapi_fsconfig(fs, FSCONFIG_SET_FLAG, "ro", NULL) < 0)
		return -errno;
	rc = config_words(fs, data);
	if (rc < 0)
		return rc;
	if (mountapi_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL) < 0)
		return -errno;
	fd = mountapi_fsmount(fs, attrs(flags));
	return fd < 0 ? -errno : fd;
}

int mount_fs(const char *type, const char *source, int target, unsigned long flags,
	     const char *data, struct err *e)
{
	char path[FD_PATH_MAX];
	auto_close int fd = -1;
	int code;

	if (mount(source, fd_path(target, path), type, flags, data) == 0)
		return 0;
	code = errno;
	if (code != ENOENT)
		return fs_failed(type, code, e);
	fd = fs_detached(type, source, flags, data);	/* no /proc here */
	if (fd < 0)
		return fs_failed(type, fd == -ENOSYS ? code : -fd, e);
	return mountapi_move(fd, target, "") < 0 ? fs_failed(type, errno, e) : 0;
}

int mount_fs_at(const char *type, const char *source, int dirfd, const char *name,
		unsigned long flags, const char *data, struct err *e)
{
	char path[FD_PATH_MAX + ROOT_NAME_MAX];
	auto_close int target = -1;

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dirfd, name);
	if (mount(source, path, type, flags, data) == 0)
		return 0;
	if (errno != ENOENT)
		return fs_failed(type, errno, e);
	target = openat(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (target < 0)
		return err_sys(e, "open %s", name);
	return mount_fs(type, source, target, flags, data, e);
}

int mount_detached(const char *type, unsigned long flags, struct err *e)
{
	int fd = fs_detached(type, NULL, flags, NULL);

	return fd < 0 ? fs_failed(type, -fd, e) : fd;
}

/* --- a procfs to write through --------------------------------------------------- */

static bool is_procfs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

int mount_proc_private(struct err *e)
{
	int fd = fs_detached("proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	struct stat st;

	if (fd >= 0)
		return fd;
	fd = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open /proc");
	if (is_procfs(fd) && fstat(fd, &st) == 0 && st.st_ino == PROC_ROOT_INODE)
		return fd;
	close(fd);
	return err_set(e, EINVAL, "/proc is not a procfs");
}

int mount_proc_write(int procfd, const char *path, const char *text, struct err *e)
{
	auto_close int fd = root_open_how(procfd, path, O_WRONLY | O_NOFOLLOW, 0,
					  ROOT_NO_SYMLINKS | ROOT_NO_XDEV, e);
	size_t len = strlen(text);

	if (fd < 0)
		return fd;
	if (!is_procfs(fd))
		return err_set(e, EXDEV, "/proc/%s is not of procfs", path);
	if (write(fd, text, len) != (ssize_t)len)
		return err_sys(e, "write /proc/%s", path);
	return 0;
}

/* --- the tree as a whole ---------------------------------------------------------- */

/* Detach all that is mounted below the old root, once the new one lies over it: our "/" is
 * still the old root itself, so its paths still lead there. */
static void detach_old(char *mountinfo)
{
	struct mount_info mi;
	int rc;

	while ((rc = mount_info_next(&mountinfo, &mi)) != 0)
		if (rc > 0 && strcmp(mi.point, "/") != 0)
			(void)umount2(mi.point, MNT_DETACH | UMOUNT_NOFOLLOW);
}

/* pivot_root is refused on the initramfs: move over it, then chroot. The caller's cwd is the
 * new root. ".." at the chroot's top leads to the old root's top, which is covered by us. */
static int move_over(struct err *e)
{
	auto_str struct str text = STR_INIT;

	if (mount(".", "/", NULL, MS_MOVE, NULL) < 0)
		return err_sys(e, "move the new root over the old one");
	if (read_mountinfo(&text, NULL) == 0)
		detach_old(text.s);
	if (chroot(".") < 0 || chdir("/") < 0)
		return err_sys(e, "change to the new root");
	return 0;
}

int mount_pivot(int root, struct err *e)
{
	if (fchdir(root) < 0)
		return err_sys(e, "enter the new root");
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return errno == EINVAL ? move_over(e) : err_sys(e, "pivot_root");
	/* The old root lies on the new one now; "." leads to the top of both. It must not tell the
	 * host's mounts that it goes. */
	if (mount(NULL, ".", NULL, MS_SLAVE | MS_REC, NULL) < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return err_sys(e, "let go of the old root");
	return 0;
}

/* ".." is held back by a root at or above it: with a root below us it leads to the very top. */
static int leave_chroot(struct err *e)
{
	char at[PATH_MAX] = "";

	if (chroot("/proc") < 0)
		return err_sys(e, "leave the chroot");
	for (int i = 0; i < PATH_MAX && strcmp(at, "(unreachable)/") != 0; i++) {
		if (chdir("..") < 0 || syscall(SYS_getcwd, at, sizeof(at)) < 0)
			return err_sys(e, "leave the chroot");
	}
	return chroot(".") < 0 ? err_sys(e, "leave the chroot") : 0;
}

/* The root of a chroot is no mount: what is around it cannot be told apart from the host's, and
 * it cannot be pivoted. In this namespace, which is ours alone, it becomes a mount and the root
 * of all, and what was around it goes: from then on nobody here can tell, and ".." and chroot
 * lead nowhere else (Z23). Nothing of the container runs yet. */
static int chroot_becomes_root(unsigned long propagation, struct err *e)
{
	auto_close int here = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), top = -1;
	char path[PATH_MAX];
	int rc;

	if (here < 0 || fchdir(here) < 0)
		return err_sys(e, "open /");
	rc = leave_chroot(e);
	if (rc < 0)
		return rc;
	if (mount(NULL, "/", NULL, MS_REC | propagation, NULL) < 0)
		return err_sys(e, "set the propagation of all mounts");
	if (fchdir(here) < 0 || mount(".", ".", NULL, MS_BIND | MS_REC, NULL) < 0 ||
	    syscall(SYS_getcwd, path, sizeof(path)) < 0)
		return err_sys(e, "make the root of the chroot a mount");
	top = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return top < 0 ? err_sys(e, "open the root of the chroot") : mount_pivot(top, e);
}

int mount_propagation(unsigned long propagation, struct err *e)
{
	if (mount(NULL, "/", NULL, MS_REC | propagation, NULL) == 0)
		return 0;
	return errno == EINVAL ? chroot_becomes_root(propagation, e)
			       : err_sys(e, "set the propagation of all mounts");
}

int mount_bind_ns(int nsfd, const char *source, int target, const struct mount_opts *o,
		  struct err *e)
{
	auto_close int own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC), tree = -1;
	struct mount_attr a;
	int code = 0;

	if (own < 0)
		return err_sys(e, "open our mount namespace");
	if (setns(nsfd, CLONE_NEWNS) < 0)
		return err_sys(e, "enter the other container's mounts");
	tree = mountapi_open_tree(AT_FDCWD, source, OPEN_TREE_CLONE);
	if (tree < 0)
		code = errno;
	if (setns(own, CLONE_NEWNS) < 0)
		return err_sys(e, "come back to our mount namespace");
	if (tree < 0)
		return err_set(e, code, "copy the mount %s of the other container: %s%s", source,
			       strerror(code), code == ENOSYS ? " (needs Linux 5.2)" : "");
	fill_attr(o, &a);
	if (mountapi_setattr(tree, 0, &a) < 0 && !call_is_missing(errno))
		return err_sys(e, "set the options of a bind mount");
	return mountapi_move(tree, target, "") < 0 ? err_sys(e, "attach a bind mount") : 0;
}
