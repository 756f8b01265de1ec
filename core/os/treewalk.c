// SPDX-License-Identifier: MIT
#include "core/os/treewalk.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "core/base/str.h"
#include "core/os/file.h"
#include "core/os/root.h"
#include "core/os/tree.h"

enum { DENTS = 32 << 10 };

/* struct linux_dirent64: 8 bytes inode, 8 offset, 2 length, 1 type, then the name. */
enum { DENT_LEN = 16, DENT_TYPE = 18, DENT_NAME = 19 };

/* What is still to do, last first: names of directories to enter, and marks to leave one. */
struct item {
	size_t at;		/* its name in names */
	bool leave;
};

struct level {
	dev_t dev;
	ino_t ino;
};

struct state {
	struct treewalk *w;	/* borrowed */
	int cur;		/* owned: the directory we are in */
	struct item *items;	/* owned stack */
	size_t items_n, items_cap;
	struct str names;	/* their names, each with its 0 */
	struct level *levels;	/* owned: directories from the top to cur */
	size_t depth, levels_cap;
	uint64_t mount;		/* all of it is on this mount */
	char *dents;		/* owned buffer */
	int first;		/* the first error, kept when keep_going */
};

static void *grow(void *p, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return p;
	*cap = *cap ? *cap * 2 : 32;
	p = reallocarray(p, *cap, size);
	if (!p)
		abort();
	return p;
}

static void push(struct state *s, const char *name, bool leave)
{
	s->items = grow(s->items, s->items_n, &s->items_cap, sizeof(*s->items));
	s->items[s->items_n++] = (struct item){ s->names.len, leave };
	str_add(&s->names, name, strlen(name) + 1);
}

/* Note an error. 0 to go on, or the error to stop with. */
static int note(struct state *s, int rc)
{
	if (rc >= 0)
		return 0;
	if (!s->w->keep_going)
		return rc;
	if (!s->first)
		s->first = rc;
	return 0;
}

/* fd of a subdirectory that is no link and no mount point (-EXDEV), or -errno. */
static int open_sub(struct state *s, const char *name)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	auto_close int fd = -1;
	uint64_t mount;

	if (root_has_openat2()) {
		struct open_how how = {
			.flags = flags, .resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
		};

		fd = syscall(SYS_openat2, s->cur, name, &how, sizeof(how));
		return fd < 0 ? -errno : take_fd(fd);
	}
	fd = openat(s->cur, name, flags);
	if (fd < 0)
		return -errno;
	if (file_mount_id(fd, &mount) < 0 || mount != s->mount)
		return -EXDEV;
	return take_fd(fd);
}

static int down(struct state *s, int fd)
{
	struct stat st;

	if (s->depth >= TREE_DEPTH_MAX)
		return -ELOOP;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (s->w->open_up && (st.st_mode & S_IRWXU) != S_IRWXU)
		(void)!treewalk_open_up(fd); /* what it was for will fail, and say so */
	s->levels = grow(s->levels, s->depth, &s->levels_cap, sizeof(*s->levels));
	s->levels[s->depth++] = (struct level){ st.st_dev, st.st_ino };
	return 0;
}

/* To the directory that holds cur, if it is the one we came from. */
static int up(struct state *s)
{
	const struct level *want = &s->levels[s->depth - 2];
	auto_close int fd = openat(s->cur, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_dev != want->dev || st.st_ino != want->ino)
		return -EAGAIN;
	close(s->cur);
	s->cur = take_fd(fd);
	s->depth--;
	return 0;
}

static unsigned char type_of(int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? DT_UNKNOWN : IFTODT(st.st_mode);
}

static int read_entry(struct state *s, const char *name, unsigned char type)
{
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return 0;
	if (type == DT_UNKNOWN)
		type = type_of(s->cur, name);
	if (type != DT_DIR)
		return note(s, s->w->entry(s->w, s->cur, name, type));
	push(s, name, false);
	return 0;
}

/* Read cur: what is no directory is told at once, directories are pushed. */
static int read_dir(struct state *s)
{
	for (;;) {
		long n = syscall(SYS_getdents64, s->cur, s->dents, DENTS);

		if (n <= 0)
			return n < 0 ? -errno : 0;
		for (char *d = s->dents; d < s->dents + n; ) {
			uint16_t len;
			int rc = read_entry(s, d + DENT_NAME, d[DENT_TYPE]);

			if (rc < 0)
				return rc;
			memcpy(&len, d + DENT_LEN, sizeof(len));
			d += len;
		}
	}
}

/* A directory that is ours, but of a mode that keeps us out. By a descriptor, so that no link
 * that takes its place is followed. */
static int open_shut(struct state *s, const char *name)
{
	auto_close int fd =
		openat(s->cur, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || treewalk_open_up(fd) < 0)
		return -EACCES;
	return open_sub(s, name);
}

int treewalk_open_up(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return chmod(path, S_IRWXU) < 0 ? -errno : 0;
}

static int enter(struct state *s, const char *name)
{
	auto_close int fd = open_sub(s, name);
	struct stat st;
	int rc;

	if (fd == -EACCES && s->w->open_up)
		fd = open_shut(s, name);

	if (fd == -EXDEV)
		return note(s, s->w->entry(s->w, s->cur, name, DT_DIR));
	if (fd == -ENOTDIR || fd == -ELOOP || fd == -ENOENT)	/* it was one a moment ago */
		return note(s, s->w->entry(s->w, s->cur, name, type_of(s->cur, name)));
	if (fd < 0)
		return note(s, fd);
	rc = down(s, fd);
	if (rc < 0)
		return note(s, rc);
	push(s, name, true);
	close(s->cur);
	s->cur = take_fd(fd);
	if (s->w->enter && fstat(s->cur, &st) < 0)
		return -errno;
	rc = s->w->enter ? s->w->enter(s->w, name, s->cur, &st) : 0;
	return note(s, rc < 0 ? rc : read_dir(s));
}

static int leave(struct state *s, const char *name)
{
	int rc = note(s, s->w->leave ? s->w->leave(s->w, s->cur) : 0);

	if (rc == 0)
		rc = up(s);	/* without the way up there is no going on */
	if (rc == 0 && s->w->left)
		rc = note(s, s->w->left(s->w, s->cur, name));
	return rc;
}

static int walk(struct state *s)
{
	int rc = down(s, s->cur);

	if (rc == 0)
		rc = note(s, read_dir(s));
	while (rc == 0 && s->items_n) {
		struct item it = s->items[--s->items_n];
		auto_free char *name = strdup(s->names.s + it.at);

		if (!name)
			abort();
		s->names.len = it.at;
		rc = it.leave ? leave(s, name) : enter(s, name);
	}
	return rc < 0 && !s->first ? rc : s->first;
}

int treewalk_run(struct treewalk *w, int fd)
{
	struct state s = { .w = w, .names = STR_INIT, .dents = malloc(DENTS) };
	int rc = 0;

	if (!s.dents)
		abort();
	s.cur = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s.cur < 0 && errno == EACCES && w->open_up && treewalk_open_up(fd) == 0)
		s.cur = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s.cur < 0)
		rc = -errno;
	if (rc == 0 && !root_has_openat2())
		rc = file_mount_id(s.cur, &s.mount);
	if (rc == 0)
		rc = walk(&s);
	if (s.cur >= 0)
		close(s.cur);
	free(s.dents);
	free(s.items);
	free(s.levels);
	str_release(&s.names);
	return rc;
}
