// SPDX-License-Identifier: MIT
/* root.c - two bodies for one contract; see root.h.
 *
 * The walk. `cur` is an O_PATH descriptor of a directory that was reached from
 * the root by steps of one name each, `done` the names of those steps, `todo`
 * what is left to walk. Then, until todo is empty:
 *   "", "."    nothing
 *   ".."       begin again at the root with done less its last name: the kernel is
 *              never asked for "..", so a directory moved away under us leads nowhere
 *   a link     its text goes in front of todo; an absolute one begins at the root
 *   the rest   one openat with O_NOFOLLOW
 * A link swapped in between two calls is met as a link, so nothing here rests on
 * what a name was a moment ago. The two limits end every loop. */
#include "core/os/root.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "core/os/file.h"

enum {
	RETRIES_MAX = 128,	/* openat2 answers EAGAIN when a rename ran beside a ".." */
	TODO_MAX = 64 * PATH_MAX,	/* bytes of path and link texts still to walk */
	PROC_ROOT_INODE = 1,
};

enum { UNKNOWN, WORKS, BLOCKED };
static atomic_int openat2_state;	/* one of the three; asked once */
static bool walk_forced;

static bool makes_file(int flags)
{
	return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
}

static int openat2_raw(int dirfd, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	struct open_how how = {
		.flags = (unsigned)flags,
		.mode = makes_file(flags) ? mode & 07777 : 0,
		.resolve = resolve,
	};

	return syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
}

bool root_has_openat2(void)
{
	int state = openat2_state, fd;

	if (state == UNKNOWN) {
		fd = openat2_raw(AT_FDCWD, "/", O_PATH | O_CLOEXEC, 0, RESOLVE_IN_ROOT);
		state = fd >= 0 || (errno != ENOSYS && errno != EPERM && errno != EINVAL)
			? WORKS : BLOCKED;
		if (fd >= 0)
			close(fd);
		openat2_state = state;
	}
	return state == WORKS && !walk_forced;
}

void root_force_walk(bool on)
{
	walk_forced = on;
}

/* --- the walk --------------------------------------------------------------- */

enum make { MAKE_NOTHING, MAKE_DIRS, MAKE_FILE };

struct walk {
	int rootfd;		/* borrowed */
	int cur;		/* owned, or rootfd */
	int flags;		/* O_* for the last component */
	mode_t mode;
	unsigned how;
	enum make make;
	mode_t dir_mode;	/* of directories made on the way */
	uid_t uid;
	gid_t gid;
	struct str todo;
	size_t at;		/* todo before it is walked */
	struct str done;
	int links, steps;
	uint64_t mount;		/* the root's mount id; for ROOT_NO_XDEV */
	bool dir_only;		/* a slash at the end: the last component must be a directory */
};

static void walk_to(struct walk *w, int fd)
{
	if (w->cur != w->rootfd)
		close(w->cur);
	w->cur = fd;
}

static void walk_restart(struct walk *w)
{
	walk_to(w, w->rootfd);
	str_reset(&w->done);
}

/* Put text in front of what is left to walk. */
static int walk_push(struct walk *w, const char *text, size_t len)
{
	auto_str struct str next = STR_INIT;
	size_t left = w->todo.len - w->at;

	if (len + left + 1 > TODO_MAX)
		return -ENAMETOOLONG;
	str_add(&next, text, len);
	if (left && len)
		str_add(&next, "/", 1);
	str_add(&next, w->todo.s + w->at, left);
	str_release(&w->todo);
	w->todo = next;
	next = (struct str)STR_INIT;
	w->at = 0;
	return 0;
}

/* "..": the root, and then again all but the last of what was walked. */
static int walk_up(struct walk *w)
{
	auto_str struct str back = STR_INIT;
	const char *slash = strrchr(w->done.s, '/');

	if (slash)
		str_add(&back, w->done.s, slash - w->done.s);
	walk_restart(w);
	return walk_push(w, back.s, back.len);
}

/* The next component into name. 1, 0 at the end, or -ENAMETOOLONG. *last: nothing follows it. */
static int walk_next(struct walk *w, char name[static ROOT_NAME_MAX], bool *last)
{
	const char *s = w->todo.s + w->at, *end;
	size_t len;

	s += strspn(s, "/");
	len = strcspn(s, "/");
	if (len >= ROOT_NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, s, len);
	name[len] = 0;
	end = s + len;
	w->at = end - w->todo.s;
	*last = end[strspn(end, "/")] == 0;
	if (*last && *end)
		w->dir_only = true;
	return len > 0;
}

static bool on_procfs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) < 0 || fs.f_type == PROC_SUPER_MAGIC;
}

/* A link of procfs is text only in procfs's own root ("self", "mounts", "net"). */
static bool is_magic_link(int dirfd)
{
	struct stat st;

	return on_procfs(dirfd) && (fstat(dirfd, &st) < 0 || st.st_ino != PROC_ROOT_INODE);
}

/* `name` is a link that is to be followed. 0, -EAGAIN when it is none any more, -errno. */
static int walk_link(struct walk *w, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(w->cur, name, target, sizeof(target));

	if (n < 0)
		return errno == EINVAL || errno == ENOENT ? -EAGAIN : -errno;
	if (n == 0 || n == (ssize_t)sizeof(target))
		return n ? -ENAMETOOLONG : -ENOENT;
	if ((w->how & ROOT_NO_SYMLINKS) || ++w->links > ROOT_LINKS_MAX || is_magic_link(w->cur))
		return -ELOOP;
	if (target[0] == '/')
		walk_restart(w);
	return walk_push(w, target, n);
}

static int walk_xdev(const struct walk *w, int fd)
{
	uint64_t mount;

	if (!(w->how & ROOT_NO_XDEV))
		return 0;
	if (file_mount_id(fd, &mount) < 0)
		return -EXDEV;	/* not sure is no */
	return mount == w->mount ? 0 : -EXDEV;
}

/* Open a directory in cur, or the link there is not followed. fd, -ELOOP for a link, -errno. */
static int step_dir(struct walk *w, const char *name)
{
	auto_close int fd = openat(w->cur, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int rc;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	rc = walk_xdev(w, fd);
	return rc < 0 ? rc : take_fd(fd);
}

/* Make a directory and open it, sure that it is the one made: empty, and ours. */
static int step_mkdir(struct walk *w, const char *name)
{
	auto_close int fd = -1;
	struct stat st;

	if (mkdirat(w->cur, name, w->dir_mode) < 0)
		return errno == EEXIST ? -EAGAIN : -errno;
	fd = step_dir(w, name);
	if (fd < 0)
		return fd == -ELOOP || fd == -ENOTDIR || fd == -ENOENT ? -EAGAIN : fd;
	if (w->uid == (uid_t)-1 && w->gid == (gid_t)-1)
		return take_fd(fd);
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != geteuid() || st.st_nlink > 2)
		return -EAGAIN;		/* another one was put in its place */
	if (fchownat(fd, "", w->uid, w->gid, AT_EMPTY_PATH) < 0)
		return -errno;
	return take_fd(fd);
}

/* Make an empty file for a mount target. It is never opened for writing. */
static int step_mkfile(struct walk *w, const char *name)
{
	int fd;

	if (mknodat(w->cur, name, S_IFREG | (w->mode & 07777), 0) < 0)
		return errno == EEXIST ? -EAGAIN : -errno;
	fd = openat(w->cur, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? (errno == ENOENT ? -EAGAIN : -errno) : fd;
}

static int refused_link(const struct walk *w, int fd)
{
	struct stat st;

	if (!(w->flags & O_PATH) || (w->flags & O_NOFOLLOW))
		return 0;
	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISLNK(st.st_mode) ? -ELOOP : 0;
}

/* Open the last component as asked. fd, -ELOOP when it is a link to follow, -errno. */
static int step_last(struct walk *w, const char *name)
{
	int flags = w->flags | O_NOFOLLOW | (w->dir_only ? O_DIRECTORY : 0);
	auto_close int fd = openat(w->cur, name, flags, w->mode);
	int rc = fd < 0 ? -errno : 0;
	char text[1];

	if (rc == -ENOTDIR && (flags & O_DIRECTORY) &&
	    (w->dir_only || !(w->flags & O_NOFOLLOW)) &&
	    readlinkat(w->cur, name, text, sizeof(text)) >= 0)
		return -ELOOP;	/* O_DIRECTORY looks first */
	if (rc == 0)
		rc = refused_link(w, fd);
	if (rc == 0)
		rc = walk_xdev(w, fd);
	return rc < 0 ? rc : take_fd(fd);
}

/* One component. An fd >= 0 is the answer of the whole walk; -EAGAIN: go on; else -errno. */
static int walk_step(struct walk *w, const char *name, bool last)
{
	size_t before = w->at;
	bool follow_last = !(w->flags & O_NOFOLLOW) || w->dir_only;
	int fd;

	if (!strcmp(name, "."))
		return -EAGAIN;
	if (!strcmp(name, "..")) {
		fd = walk_up(w);
		return fd < 0 ? fd : -EAGAIN;
	}
	if (last && w->dir_only && ((w->flags & O_CREAT) || w->make == MAKE_FILE))
		return -EISDIR;
	fd = last && w->make != MAKE_DIRS ? step_last(w, name) : step_dir(w, name);
	if (fd == -ENOENT && w->make != MAKE_NOTHING)
		fd = last && w->make == MAKE_FILE ? step_mkfile(w, name) : step_mkdir(w, name);
	if (fd == -ELOOP && (!last || follow_last)) {
		fd = walk_link(w, name);
		if (fd == 0)
			return -EAGAIN;
	}
	if (fd == -EAGAIN)	/* it changed under us: the same name once more */
		w->at = before - strlen(name);
	if (fd < 0)
		return fd;
	if (last && w->make != MAKE_DIRS)
		return fd;
	walk_to(w, fd);
	if (w->done.len)
		str_add(&w->done, "/", 1);
	str_puts(&w->done, name);
	return -EAGAIN;
}

/* The path led to a directory we stand in (".", "/", "a/.."): open it as asked. */
static int walk_here(struct walk *w)
{
	int flags = w->flags & ~O_NOFOLLOW;
	int fd;

	if (w->make == MAKE_DIRS)
		flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
	if (flags & O_CREAT)
		return flags & O_EXCL ? -EEXIST : -EISDIR;
	fd = openat(w->cur, ".", flags, w->mode);
	return fd < 0 ? -errno : fd;
}

static int walk_run(struct walk *w)
{
	char name[ROOT_NAME_MAX];
	bool last;
	int rc;

	for (;;) {
		rc = walk_next(w, name, &last);
		if (rc < 0)
			return rc;
		if (rc == 0)
			return walk_here(w);
		if (++w->steps > ROOT_STEPS_MAX)
			return -ELOOP;
		rc = walk_step(w, name, last);
		if (rc != -EAGAIN)
			return rc;
	}
}

static int walk_open(struct walk *w, const char *path)
{
	int rc;

	w->cur = w->rootfd;
	w->todo = w->done = (struct str)STR_INIT;
	if ((w->how & ROOT_NO_XDEV) && file_mount_id(w->rootfd, &w->mount) < 0)
		return -EXDEV;
	str_puts(&w->todo, path);
	rc = walk_run(w);
	walk_to(w, w->rootfd);
	str_release(&w->todo);
	str_release(&w->done);
	return rc;
}

/* --- the contract ------------------------------------------------------------ */

static int path_check(const char *path)
{
	if (!*path)
		return -ENOENT;
	return strnlen(path, PATH_MAX) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int open_in(int rootfd, const char *path, int flags, mode_t mode, unsigned how)
{
	uint64_t resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS |
		(how & ROOT_NO_SYMLINKS ? RESOLVE_NO_SYMLINKS : 0) |
		(how & ROOT_NO_XDEV ? RESOLVE_NO_XDEV : 0);
	struct walk w = { .rootfd = rootfd, .mode = mode, .how = how };
	int rc = path_check(path), fd;

	if (rc < 0)
		return rc;
	flags |= O_CLOEXEC | (flags & O_PATH ? 0 : O_NOCTTY);
	if (root_has_openat2()) {
		for (int i = 0; i < RETRIES_MAX; i++) {
			fd = openat2_raw(rootfd, path, flags, mode, resolve);
			if (fd >= 0 || errno != EAGAIN)
				return fd < 0 ? -errno : fd;
		}
	}
	w.flags = flags;
	return walk_open(&w, path);
}

int root_open_how(int rootfd, const char *path, int flags, mode_t mode, unsigned how,
		  struct err *e)
{
	int fd = open_in(rootfd, path, flags, mode, how);

	errno = fd < 0 ? -fd : 0;
	return fd < 0 ? err_sys(e, "open '%s' in the root", path) : fd;
}

int root_open(int rootfd, const char *path, int flags, mode_t mode, struct err *e)
{
	return root_open_how(rootfd, path, flags, mode, 0, e);
}

/* Split off the last component. 0, -EINVAL, -ENAMETOOLONG. */
static int path_split(const char *path, struct str *dir, char name[static ROOT_NAME_MAX])
{
	size_t end = strlen(path), start;

	while (end && path[end - 1] == '/')
		end--;
	for (start = end; start && path[start - 1] != '/'; start--)
		;
	if (end - start >= ROOT_NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, path + start, end - start);
	name[end - start] = 0;
	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return -EINVAL;
	str_add(dir, path, start);
	if (!start)
		str_puts(dir, ".");
	return 0;
}

int root_parent(int rootfd, const char *path, unsigned how, char name[static ROOT_NAME_MAX],
		struct err *e)
{
	auto_str struct str dir = STR_INIT;
	int rc = path_check(path);

	if (rc == 0)
		rc = path_split(path, &dir, name);
	if (rc == 0)
		rc = open_in(rootfd, dir.s, O_PATH | O_DIRECTORY, 0, how);
	errno = rc < 0 ? -rc : 0;
	return rc < 0 ? err_sys(e, "open the directory of '%s' in the root", path) : rc;
}

static int make_in(struct walk *w, const char *path, struct err *e)
{
	int flags = O_PATH | O_CLOEXEC | (w->make == MAKE_DIRS ? O_DIRECTORY : 0);
	int fd = open_in(w->rootfd, path, flags, 0, 0);

	if (fd == -ENOENT && *path) {
		w->flags = flags;
		fd = walk_open(w, path);
	}
	errno = fd < 0 ? -fd : 0;
	return fd < 0 ? err_sys(e, "make '%s' in the root", path) : fd;
}

int root_mkdirs(int rootfd, const char *path, mode_t mode, uid_t uid, gid_t gid, struct err *e)
{
	struct walk w = {
		.rootfd = rootfd, .make = MAKE_DIRS, .dir_mode = mode, .uid = uid, .gid = gid,
	};

	return make_in(&w, path, e);
}

int root_mkfile(int rootfd, const char *path, mode_t mode, struct err *e)
{
	struct walk w = {
		.rootfd = rootfd, .make = MAKE_FILE, .mode = mode, .dir_mode = 0755,
		.uid = -1, .gid = -1,
	};

	return make_in(&w, path, e);
}

int root_read(int rootfd, const char *path, size_t max, struct str *out, struct err *e)
{
	auto_close int look = root_open(rootfd, path, O_PATH, 0, e);
	auto_close int fd = -1;
	struct stat st;

	str_reset(out);
	if (look < 0)
		return look;
	if (fstat(look, &st) < 0)
		return err_sys(e, "stat '%s' in the root", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, EINVAL, "'%s' in the root is not a regular file", path);
	fd = file_reopen(look, O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		return err_sys(e, "open '%s' in the root", path);
	return file_read_fd(fd, path, max, out, e);
}
