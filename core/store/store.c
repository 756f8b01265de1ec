// SPDX-License-Identifier: MIT
#include "core/store/store.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "core/base/str.h"
#include "core/os/clock.h"
#include "core/os/dir.h"
#include "core/os/rand.h"
#include "core/os/tree.h"

enum { PATH_BYTES = 4096,
	TRIES = 16 };

/* Below ROOT and STATE, made in this order. The last one stands for all of them: opening
 * "ROOT/tmp/.." answers in one call whether the layout is whole. (openat, because musl's open
 * sets close-on-exec once more, by a call of its own.) */
static const char *const root_dirs[] = {
	"layers",
	"layers/sha256",
	"blobs",
	"blobs/sha256",
	"containers",
	"names",
	"tmp",
};
static const char *const state_dirs[] = { "containers" };

/* mkdir -p, the last directory 0700. */
static int make_path(const char *path, struct err *e)
{
	char part[PATH_BYTES];
	size_t len = strlen(path);

	if (len >= sizeof(part))
		return err_set(e, ENAMETOOLONG, "directory '%.64s…' is too long", path);
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != 0)
			continue;
		memcpy(part, path, i);
		part[i] = 0;
		if (mkdir(part, path[i] ? 0755 : 0700) < 0 && errno != EEXIST)
			return err_sys(e, "create %s", part);
	}
	return 0;
}

static int make_layout(const char *path, const char *const *dirs, size_t n, struct err *e)
{
	auto_close int fd = -1;
	int rc = make_path(path, e);

	if (rc < 0)
		return rc;
	fd = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open %s", path);
	for (size_t i = 0; i < n; i++) {
		if (mkdirat(fd, dirs[i], 0700) < 0 && errno != EEXIST)
			return err_sys(e, "create %s/%s", path, dirs[i]);
	}
	return 0;
}

/* Open one of the two directories, whole and closed to others. */
static int open_dir(const char *path, const char *const *dirs, size_t n, struct stat *sb,
	mode_t *was, struct err *e)
{
	auto_close int fd = -1;
	char probe[PATH_BYTES];
	int rc;

	if (path[0] != '/')
		return err_set(e, EINVAL, "directory '%s' is not absolute", path);
	if ((size_t)snprintf(probe, sizeof(probe), "%s/%s/..", path, dirs[n - 1]) >= sizeof(probe))
		return err_set(e, ENAMETOOLONG, "directory '%.64s…' is too long", path);
	fd = openat(AT_FDCWD, probe, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		rc = make_layout(path, dirs, n, e);
		if (rc < 0)
			return rc;
		fd = openat(AT_FDCWD, probe, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd < 0 || fstat(fd, sb) < 0)
		return err_sys(e, "open %s", path);
	if (sb->st_uid != getauxval(AT_EUID))
		return err_set(e, EPERM, "directory '%s' belongs to user %u", path, sb->st_uid);
	*was = 0;
	if (sb->st_mode & 077) {
		if (fchmod(fd, 0700) < 0)
			return err_sys(e, "close %s to other users", path);
		*was = sb->st_mode & 07777;
	}
	return take_fd(fd);
}

/* A root is what its inode is, whatever path led to it. */
static void set_tag(struct store *st, const struct stat *sb)
{
	uint64_t id[2] = { sb->st_dev, sb->st_ino };
	const unsigned char *p = (const unsigned char *)id;
	uint32_t h = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < sizeof(id); i++)
		h = (h ^ p[i]) * 16777619u;
	snprintf(st->tag, sizeof(st->tag), "%08x", h);
}

/* Is the nearest directory on the way to path that exists on the file system of "/"? */
static bool on_root_fs(const char *path)
{
	auto_str struct str at = STR_INIT;
	struct stat top, sb;

	str_puts(&at, path);
	while (stat(at.s, &sb) < 0 && at.len > 1) {
		size_t n = at.len;

		while (n > 1 && at.s[n - 1] != '/')
			n--;
		while (n > 1 && at.s[n - 1] == '/')
			n--;
		at.len = n;
		at.s[n] = 0;
	}
	return stat("/", &top) < 0 || stat(at.s, &sb) < 0 || sb.st_dev == top.st_dev;
}

int store_need_mount(const char *root, int64_t seconds, struct err *e)
{
	const char *path = root ? root : STORE_ROOT;
	int64_t until = clock_mono_ms() + seconds * 1000;

	while (on_root_fs(path)) {
		if (clock_mono_ms() >= until)
			return err_set(e, ENOTDIR,
				       "%s is on the root file system: the file system that "
				       "--need-mount waits for is not mounted",
				       path);
		clock_sleep_ms(100);
	}
	return 0;
}

int store_open(struct store *st, const char *root, const char *state, struct err *e)
{
	struct stat sb;
	int fd;

	*st = (struct store)STORE_INIT;
	st->root = root ? root : STORE_ROOT;
	st->state = state ? state : STORE_STATE;
	fd = open_dir(st->root, root_dirs, countof(root_dirs), &sb, &st->root_was, e);
	if (fd < 0)
		return fd;
	st->root_fd = fd;
	if (strcmp(st->root, STORE_ROOT) != 0)
		set_tag(st, &sb);
	fd = open_dir(st->state, state_dirs, countof(state_dirs), &sb, &st->state_was, e);
	if (fd < 0) {
		store_release(st);
		return fd;
	}
	st->state_fd = fd;
	return 0;
}

void store_release(struct store *st)
{
	for (size_t i = 0; i < st->extra_n; i++)
		close(st->extra[i].fd);
	if (st->root_fd >= 0)
		close(st->root_fd);
	if (st->state_fd >= 0)
		close(st->state_fd);
	*st = (struct store)STORE_INIT;
}

int store_add_extra(struct store *st, const char *dir, struct err *e)
{
	int fd;

	if (st->extra_n == STORE_EXTRA_MAX)
		return err_set(e, E2BIG, "more than %d image stores", STORE_EXTRA_MAX);
	fd = openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "image store %s", dir);
	st->extra[st->extra_n++] = (struct store_extra){ fd, dir };
	return 0;
}

int store_lock(const struct store *st, enum store_lock_how how, struct err *e)
{
	auto_close int fd = openat(st->root_fd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
		0600);

	if (fd < 0)
		return err_sys(e, "open %s/lock", st->root);
	while (flock(fd, how == STORE_SHARED ? LOCK_SH : LOCK_EX) < 0) {
		if (errno != EINTR)
			return err_sys(e, "lock %s", st->root);
	}
	if (how == STORE_EXCLUSIVE)
		store_gc(st, NULL);
	return take_fd(fd);
}

/* --- ROOT/tmp -------------------------------------------------------------
 *
 * Making one is mkdir, open, flock; a cleaner may come between any two of these and win.
 * Then the directory has no name any more (st_nlink 0) or cannot be locked, and the next
 * random name is tried. */

static int tmp_try(struct store_tmp *t, struct err *e)
{
	struct stat sb;

	rand_hex(t->name, 8);
	if (mkdirat(t->tmp_fd, t->name, 0700) < 0)
		return errno == EEXIST ? 0 : err_sys(e, "create tmp/%s", t->name);
	t->fd = openat(t->tmp_fd, t->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (t->fd < 0)
		return errno == ENOENT ? 0 : err_sys(e, "open tmp/%s", t->name);
	if (flock(t->fd, LOCK_EX | LOCK_NB) == 0 && fstat(t->fd, &sb) == 0 && sb.st_nlink > 0)
		return 1;
	close(t->fd);
	t->fd = -1;
	return 0;
}

int store_tmp_open(const struct store *st, struct store_tmp *t, struct err *e)
{
	int rc = 0;

	*t = (struct store_tmp)STORE_TMP_INIT;
	t->tmp_fd = openat(st->root_fd, "tmp", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (t->tmp_fd < 0)
		return err_sys(e, "open %s/tmp", st->root);
	for (int i = 0; i < TRIES && rc == 0; i++)
		rc = tmp_try(t, e);
	if (rc > 0)
		return 0;
	close(t->tmp_fd);
	*t = (struct store_tmp)STORE_TMP_INIT;
	return rc < 0 ? rc : err_set(e, EAGAIN, "no free name in tmp");
}

void store_tmp_release(struct store_tmp *t)
{
	if (t->fd >= 0) {
		(void)!tree_remove(t->tmp_fd, t->name, NULL);
		close(t->fd);
	}
	if (t->tmp_fd >= 0)
		close(t->tmp_fd);
	*t = (struct store_tmp)STORE_TMP_INIT;
}

/* 1 when it went, 0 when somebody holds it, -1 when it could not be removed. */
static int gc_one(int tmp_fd, const char *name)
{
	auto_close int fd = openat(tmp_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
		return 0;
	return tree_remove(tmp_fd, name, NULL) < 0 ? -1 : 1;
}

int store_gc(const struct store *st, bool *live)
{
	auto_dir struct dir d = DIR_INIT;
	const char *name;
	int gone = 0, rc;

	if (live)
		*live = false;
	if (dir_open(&d, st->root_fd, "tmp", NULL) < 0)
		return 0;
	while ((name = dir_next(&d)) != NULL) {
		rc = gc_one(d.fd, name);
		gone += rc > 0;
		if (live && rc == 0)
			*live = true;
	}
	return gone;
}
