// SPDX-License-Identifier: MIT
/* treecopy.c - copy a tree onto another; see tree.h.
 *
 * The source is walked by treewalk; the target is a second descriptor that goes down and up
 * beside it. A file with several names is copied at its first and linked at the others, by its
 * path from the top (a path past PATH_MAX is not noted, and the file is then copied again).
 *
 * The target may be a volume that a running container has too, and that moves directories away and
 * puts links in their place as we go: no link of it is followed, and ".." must lead to the
 * directory we came from. */
#include "core/os/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "core/os/file.h"
#include "core/os/inodes.h"
#include "core/os/root.h"
#include "core/os/treewalk.h"

enum { XATTR_NAMES_MAX = 64 << 10, XATTR_VALUE_MAX = 64 << 10 };

struct level {
	dev_t dev;
	ino_t ino;
};

struct copy {
	int top;		/* borrowed: the target's top */
	int cur;		/* owned: where we are in it */
	struct str path;	/* of cur, from top; "" for the top */
	struct level *levels;	/* owned: directories of the target above cur */
	size_t depth, levels_cap;
	struct inodes seen;	/* files with several names → path */
	unsigned flags;
	const struct warn *warn;
};

/* --- xattrs ------------------------------------------------------------------- */

static bool is_overlays(const char *name)
{
	return !strncmp(name, "trusted.overlay.", 16) || !strncmp(name, "user.overlay.", 13);
}

static int copy_xattr(int src, int dst, const char *name, char *value, const struct warn *w)
{
	ssize_t n = fgetxattr(src, name, value, XATTR_VALUE_MAX);

	if (n < 0)
		return errno == ENODATA ? 0 : -errno;
	if (fsetxattr(dst, name, value, n, 0) == 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != EPERM && errno != EACCES)
		return -errno;
	warn_say(w, "the attribute %s cannot be kept here", name);
	return 0;
}

int tree_copy_xattrs(int src, int dst, const struct warn *w, struct err *e)
{
	char none;
	ssize_t n = flistxattr(src, &none, 0);
	auto_free char *names = NULL;
	auto_free char *value = NULL;
	int rc = 0;

	if (n == 0 || (n < 0 && errno == EOPNOTSUPP))
		return 0;
	names = malloc(XATTR_NAMES_MAX);
	value = malloc(XATTR_VALUE_MAX);
	if (!names || !value)
		abort();
	n = flistxattr(src, names, XATTR_NAMES_MAX);
	if (n < 0)
		return err_sys(e, "list attributes");
	for (const char *name = names; rc == 0 && name < names + n; name += strlen(name) + 1)
		if (!is_overlays(name))
			rc = copy_xattr(src, dst, name, value, w);
	errno = -rc;
	return rc < 0 ? err_sys(e, "copy attributes") : 0;
}

/* --- one file -------------------------------------------------------------------- */

/* Data without its holes. A file system that cannot tell them gives one piece. */
static int copy_pieces(int src, int dst, off_t size)
{
	off_t data, hole = 0;
	int64_t n;

	while (hole < size) {
		data = lseek(src, hole, SEEK_DATA);
		if (data < 0 && errno == ENXIO)
			break;		/* a hole to the end */
		if (data < 0)
			data = hole;
		hole = lseek(src, data, SEEK_HOLE);
		if (hole < 0 || hole > size)
			hole = size;
		if (lseek(src, data, SEEK_SET) < 0 || lseek(dst, data, SEEK_SET) < 0)
			return -errno;
		n = file_copy_fd(src, dst, hole - data, NULL);
		if (n < 0)
			return n;
		if (n < hole - data)
			break;		/* it became shorter meanwhile */
	}
	return ftruncate(dst, size) < 0 ? -errno : 0;
}

static int copy_data(int src, int dst, off_t size)
{
	if (size == 0 || ioctl(dst, FICLONE, src) == 0)
		return 0;
	return copy_pieces(src, dst, size);
}

/* Owner first: it takes the set-uid bits and capabilities away. */
static int set_meta(int src, int dst, const struct stat *st, const struct warn *w)
{
	struct timespec times[2] = { st->st_atim, st->st_mtim };
	int rc;

	if (fchown(dst, st->st_uid, st->st_gid) < 0)
		return -errno;
	rc = tree_copy_xattrs(src, dst, w, NULL);
	if (rc < 0)
		return rc;
	if (fchmod(dst, st->st_mode & 07777) < 0 || futimens(dst, times) < 0)
		return -errno;
	return 0;
}

static int copy_file(struct copy *c, int dirfd, const char *name, const struct stat *was)
{
	auto_close int src =
		openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	auto_close int dst = -1;
	struct stat st;
	int rc;

	if (src < 0 || fstat(src, &st) < 0)
		return -errno;
	if (st.st_dev != was->st_dev || st.st_ino != was->st_ino)
		return -EAGAIN;
	dst = openat(c->cur, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (dst < 0)
		return -errno;
	rc = copy_data(src, dst, st.st_size);
	if (rc == 0)
		rc = set_meta(src, dst, &st, c->warn);
	if (rc == 0 && (c->flags & TREE_SYNC) && fdatasync(dst) < 0)
		rc = -errno;
	return rc;
}

static int copy_link(struct copy *c, int dirfd, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dirfd, name, target, sizeof(target));

	if (n < 0)
		return -errno;
	if (n == (ssize_t)sizeof(target))
		return -ENAMETOOLONG;
	target[n] = 0;
	return symlinkat(target, c->cur, name) < 0 ? -errno : 0;
}

static int copy_node(struct copy *c, const char *name, const struct stat *st)
{
	if (mknodat(c->cur, name, (st->st_mode & S_IFMT) | 0600, st->st_rdev) < 0)
		return -errno;
	return 0;
}

/* What was made by name, not by descriptor: a link, a device, a FIFO, a socket. */
static int set_meta_at(struct copy *c, const char *name, const struct stat *st)
{
	struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (fchownat(c->cur, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISLNK(st->st_mode) && fchmodat(c->cur, name, st->st_mode & 07777,
						 AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return utimensat(c->cur, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

/* --- the walk ---------------------------------------------------------------------- */

static bool is_whiteout(const struct copy *c, int dirfd, const char *name, const struct stat *st)
{
	char path[NAME_MAX + 32];

	if (!(c->flags & TREE_WHITEOUTS))
		return false;
	if (S_ISCHR(st->st_mode))
		return st->st_rdev == makedev(0, 0);
	if (!S_ISREG(st->st_mode) || st->st_size)
		return false;
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dirfd, name);
	return lgetxattr(path, "user.overlay.whiteout", NULL, 0) >= 0;
}

/* Nothing is to be at the name: a file is unlinked, a directory goes with all in it. */
static int make_room(struct copy *c, const char *name)
{
	return tree_remove(c->cur, name, NULL);
}

/* 1: it is linked to the copy that is there already. */
static int link_again(struct copy *c, const char *name, const struct stat *st)
{
	auto_str struct str path = STR_INIT;
	auto_close int dir = -1;
	char base[ROOT_NAME_MAX];
	const char *first;

	if (st->st_nlink < 2)
		return 0;
	str_addf(&path, "%s%s%s", c->path.s, c->path.len ? "/" : "", name);
	if (path.len >= PATH_MAX)
		return 0;
	first = inodes_add(&c->seen, st->st_dev, st->st_ino, path.s);
	if (!first)
		return 0;
	dir = root_parent(c->top, first, ROOT_NO_SYMLINKS | ROOT_NO_XDEV, base, NULL);
	if (dir < 0)
		return dir;
	return linkat(dir, base, c->cur, name, 0) < 0 ? -errno : 1;
}

static int on_entry(struct treewalk *w, int dirfd, const char *name, unsigned char type UNUSED)
{
	struct copy *c = w->arg;
	struct stat st;
	int rc;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISDIR(st.st_mode))
		return -EXDEV; /* a mount point: a copy without what is in it would be no copy */
	rc = make_room(c, name);
	if (rc < 0 || is_whiteout(c, dirfd, name, &st))
		return rc;
	rc = link_again(c, name, &st);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (S_ISREG(st.st_mode))
		return copy_file(c, dirfd, name, &st);
	rc = S_ISLNK(st.st_mode) ? copy_link(c, dirfd, name) : copy_node(c, name, &st);
	return rc < 0 ? rc : set_meta_at(c, name, &st);
}

static bool is_opaque(int fd)
{
	char v = 0;

	return (fgetxattr(fd, "trusted.overlay.opaque", &v, 1) == 1 ||
		fgetxattr(fd, "user.overlay.opaque", &v, 1) == 1) && v == 'y';
}

static void level_push(struct copy *c, const struct stat *st)
{
	if (c->depth == c->levels_cap) {
		c->levels_cap = c->levels_cap ? c->levels_cap * 2 : 32;
		c->levels = reallocarray(c->levels, c->levels_cap, sizeof(*c->levels));
		if (!c->levels)
			abort();
	}
	c->levels[c->depth++] = (struct level){ st->st_dev, st->st_ino };
}

static int on_enter(struct treewalk *w, const char *name, int fd, const struct stat *st UNUSED)
{
	struct copy *c = w->arg;
	struct stat there, here;
	int down, rc = 0;

	if (fstatat(c->cur, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (!S_ISDIR(there.st_mode) || ((c->flags & TREE_WHITEOUTS) && is_opaque(fd))))
		rc = make_room(c, name);
	if (rc < 0)
		return rc;
	if (mkdirat(c->cur, name, 0700) < 0 && errno != EEXIST)
		return -errno;
	down = openat(c->cur, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (down < 0)
		return -errno;
	if (fstat(c->cur, &here) < 0) {
		close(down);
		return -errno;
	}
	level_push(c, &here);
	close(c->cur);
	c->cur = down;
	if (c->path.len)
		str_puts(&c->path, "/");
	str_puts(&c->path, name);
	return 0;
}

static int copy_dir_meta(struct copy *c, int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? -errno : set_meta(fd, c->cur, &st, c->warn);
}

static int on_leave(struct treewalk *w, int fd)
{
	struct copy *c = w->arg;
	auto_close int up = -1;
	int rc = copy_dir_meta(c, fd);
	char *slash = strrchr(c->path.s, '/');
	const struct level *want;
	struct stat st;

	if (rc < 0)
		return rc;
	up = openat(c->cur, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (up < 0 || fstat(up, &st) < 0)
		return -errno;
	want = &c->levels[--c->depth];
	if (st.st_dev != want->dev || st.st_ino != want->ino)
		return -EAGAIN;		/* it was moved away under us */
	close(c->cur);
	c->cur = take_fd(up);
	c->path.len = slash ? (size_t)(slash - c->path.s) : 0;
	if (c->path.cap)
		c->path.s[c->path.len] = 0;
	return 0;
}

int tree_copy(int src, int dst, unsigned flags, const struct warn *w, struct err *e)
{
	struct copy c = { .path = STR_INIT, .flags = flags, .warn = w };
	struct treewalk walk = {
		.entry = on_entry, .enter = on_enter, .leave = on_leave, .arg = &c,
	};
	auto_close int from = openat(src, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_close int top = openat(dst, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = 0;

	c.top = top;
	c.cur = openat(dst, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (from < 0 || top < 0 || c.cur < 0)
		rc = -errno;
	if (rc == 0 && (flags & TREE_WHITEOUTS) && is_opaque(from))
		rc = tree_clear(top, NULL);
	if (rc == 0)
		rc = treewalk_run(&walk, from);
	if (rc == 0)
		rc = copy_dir_meta(&c, from);
	close_at(&c.cur);
	free(c.levels);
	inodes_release(&c.seen);
	errno = -rc;
	if (rc < 0)
		rc = err_sys(e, "copy %s", c.path.len ? c.path.s : "a directory");
	str_release(&c.path);
	return rc;
}
