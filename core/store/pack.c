// SPDX-License-Identifier: MIT
#include "core/store/pack.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "core/base/strv.h"
#include "core/os/dir.h"

enum { BUF = 256 << 10, XATTR_BUF = 2 * PACK_XATTR_BYTES };

void pack_init(struct pack *p, const struct tar_events *to, struct progress *progress)
{
	*p = (struct pack){ .to = to, .progress = progress, .buf = malloc(BUF + XATTR_BUF) };
	if (!p->buf)
		abort();
}

void pack_release(struct pack *p)
{
	inodes_release(&p->seen);
	free(p->buf);
	p->buf = NULL;
}

/* --- one object --------------------------------------------------------------------- */

/* What may leave: file capabilities, as Docker, and the user's own attributes. */
static bool xattr_leaves(const char *name)
{
	return strcmp(name, "security.capability") == 0 ||
	       (strncmp(name, "user.", 5) == 0 && strncmp(name, "user.overlay.", 13) != 0);
}

/* Attributes of the open file, behind the bytes for content in p->buf. A file system without any
 * is fine. */
static void read_xattrs(struct pack *p, int fd, struct tar_entry *t)
{
	char *names = p->buf + BUF, *value = names + PACK_XATTR_BYTES;
	char *end = names + XATTR_BUF;
	ssize_t n = flistxattr(fd, names, PACK_XATTR_BYTES);

	for (char *name = names; n > 0 && name < names + n; name += strlen(name) + 1) {
		ssize_t len;

		if (!xattr_leaves(name) || t->n_xattrs == PACK_XATTRS_MAX)
			continue;
		len = fgetxattr(fd, name, value, (size_t)(end - value));
		if (len < 0)
			continue;
		p->xattrs[t->n_xattrs++] = (struct tar_xattr){ name, value, (size_t)len };
		value += len;
	}
	t->xattrs = p->xattrs;
}

static void describe(struct tar_entry *t, const struct stat *st, const char *name)
{
	*t = (struct tar_entry){
		.name = name, .link = "", .uname = "", .gname = "", .mode = st->st_mode & 07777,
		.uid = st->st_uid, .gid = st->st_gid,
		.mtime = { st->st_mtim.tv_sec, (uint32_t)st->st_mtim.tv_nsec },
		.atime = { st->st_atim.tv_sec, (uint32_t)st->st_atim.tv_nsec },
	};
}

/* The pieces with data of an open file, at most `size` bytes of it. */
static int pack_data(struct pack *p, int fd, uint64_t size, bool holes, struct err *e)
{
	uint64_t at = 0;

	while (at < size) {
		size_t want = size - at < BUF ? size - at : BUF;
		off_t data = holes ? lseek(fd, (off_t)at, SEEK_DATA) : (off_t)at;
		ssize_t n;
		int rc;

		if (data < 0 && errno == ENXIO)
			return 0;	/* a hole to the end */
		if (data > (off_t)at) {
			progress_add(p->progress, (uint64_t)data - at);
			at = (uint64_t)data;
			continue;
		}
		n = pread(fd, p->buf, want, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read");
		if (n == 0)
			return 0;	/* it became shorter meanwhile */
		rc = p->to->data(p->to->to, at, p->buf, (size_t)n, e);
		if (rc < 0)
			return rc;
		progress_add(p->progress, (uint64_t)n);
		at += (uint64_t)n;
	}
	return 0;
}

/* A file met under another name before: 1 and *t is a link to it. */
static bool is_linked(struct pack *p, const struct stat *st, struct tar_entry *t)
{
	const char *first = NULL;

	if (st->st_nlink > 1)
		first = inodes_add(&p->seen, st->st_dev, st->st_ino, t->name);
	if (!first)
		return false;
	t->type = TAR_LINK;
	t->link = first;
	return true;
}

static int give(struct pack *p, const struct tar_entry *t, struct err *e)
{
	int rc = p->to->entry(p->to->to, t, e);

	return rc < 0 ? rc : p->to->end(p->to->to, e);
}

static int pack_file(struct pack *p, int fd, const struct stat *st, struct tar_entry *t,
		     struct err *e)
{
	int rc;

	if (is_linked(p, st, t))
		return give(p, t, e);
	t->type = TAR_FILE;
	t->size = t->stored = (uint64_t)st->st_size;
	t->sparse = (uint64_t)st->st_blocks * 512 < t->size;
	read_xattrs(p, fd, t);
	rc = p->to->entry(p->to->to, t, e);
	if (rc >= 0)
		rc = pack_data(p, fd, t->size, t->sparse, e);
	return rc < 0 ? rc : p->to->end(p->to->to, e);
}

static int pack_link(struct pack *p, int dirfd, const char *base, const struct tar_entry *as,
		     struct err *e)
{
	struct tar_entry t = *as;
	char target[PATH_MAX];
	ssize_t n = readlinkat(dirfd, base, target, sizeof(target) - 1);

	if (n < 0)
		return errno == EINVAL || errno == ENOENT ? 2 : err_sys(e, "read a link");
	target[n] = 0;
	t.type = TAR_SYMLINK;
	t.link = target;
	return give(p, &t, e);
}

static int pack_node(struct pack *p, const struct stat *st, struct tar_entry *t, struct err *e)
{
	if (is_linked(p, st, t))
		return give(p, t, e);
	t->type = S_ISFIFO(st->st_mode) ? TAR_FIFO : S_ISCHR(st->st_mode) ? TAR_CHAR :
									   TAR_BLOCK_DEV;
	t->major = major(st->st_rdev);
	t->minor = minor(st->st_rdev);
	return give(p, t, e);
}

/* A file or directory, open: what it was a moment ago does not matter. */
static int pack_open(struct pack *p, int dirfd, const char *base, const char *name, bool is_dir,
		     struct err *e)
{
	auto_close int fd = openat(dirfd, base, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
				   O_CLOEXEC | (is_dir ? O_DIRECTORY : 0));
	struct tar_entry t;
	struct stat st;
	int rc;

	if (fd < 0 && (errno == ENOENT || errno == ELOOP || errno == ENOTDIR || errno == ENXIO))
		return 2;
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "open \"%.128s\"", name);
	describe(&t, &st, name);
	if (S_ISREG(st.st_mode))
		return pack_file(p, fd, &st, &t, e);
	if (!S_ISDIR(st.st_mode))
		return 2;
	t.type = TAR_DIR;
	read_xattrs(p, fd, &t);
	rc = give(p, &t, e);
	return rc < 0 ? rc : 1;
}

int pack_object(struct pack *p, int dirfd, const char *base, const char *name, struct err *e)
{
	struct tar_entry t;
	struct stat st;

	if (fstatat(dirfd, base, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 2 : err_sys(e, "stat \"%.128s\"", name);
	if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		return pack_open(p, dirfd, base, name, S_ISDIR(st.st_mode), e);
	if (S_ISSOCK(st.st_mode))
		return 2;
	describe(&t, &st, name);
	return S_ISLNK(st.st_mode) ? pack_link(p, dirfd, base, &t, e) : pack_node(p, &st, &t, e);
}

/* --- a tree --------------------------------------------------------------------------- */

/* A directory being packed: its names in order, and how many are done. */
struct level {
	struct arena mem;
	struct strv names;
	size_t at;
	size_t len;	/* bytes of the path above its names */
};

struct walk {
	struct pack *p;
	struct place place;
	struct level *level;	/* owned stack */
	size_t n, cap;
	struct str path;	/* of the directory at hand, with a slash at the end, or "" */
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int push(struct walk *w, int fd, struct err *e)
{
	auto_dir struct dir d = DIR_INIT;
	struct level *l;
	const char *name;
	int rc = dir_open(&d, fd, ".", e);

	if (rc < 0)
		return rc;
	if (w->n == w->cap) {
		w->cap = w->cap ? 2 * w->cap : 16;
		w->level = reallocarray(w->level, w->cap, sizeof(*w->level));
		if (!w->level)
			abort();
	}
	l = &w->level[w->n++];
	*l = (struct level){ .len = w->path.len };
	while ((name = dir_next(&d)) != NULL)
		strv_add(&l->names, strv_dup(name, strlen(name), &l->mem), &l->mem);
	if (l->names.n)
		qsort(l->names.v, l->names.n, sizeof(*l->names.v), by_name);
	return 0;
}

static void pop(struct walk *w)
{
	arena_release(&w->level[--w->n].mem);
}

/* The next name of the directory at hand. */
static int step(struct walk *w, const char *top, const char *name, struct err *e)
{
	auto_str struct str shown = STR_INIT;
	const char *base;
	int dir, rc;

	str_puts(&w->path, name);
	if (w->path.len > PLACE_PATH_MAX)
		return err_set(e, ENAMETOOLONG, "\"%.64s…\": File name too long", w->path.s);
	dir = place_find(&w->place, w->path.s, false, &base, e);
	if (dir == -ENOENT || dir == -ENOTDIR || dir == -ELOOP) {
		w->level[w->n - 1].at = SIZE_MAX; /* the directory is gone from where it was */
		return 0;
	}
	if (dir < 0)
		return dir;
	str_addf(&shown, "%s%s", top, w->path.s);
	rc = pack_object(w->p, dir, base, shown.s, e);
	if (rc != 1)
		return rc < 0 ? rc : 0;
	dir = place_enter(&w->place, base, NULL);
	if (dir < 0) /* it was one a moment ago */
		return 0;
	str_puts(&w->path, "/");
	return push(w, dir, e);
}

static int walk_run(struct walk *w, const char *top, struct err *e)
{
	int rc = 0;

	while (rc == 0 && w->n) {
		struct level *l = &w->level[w->n - 1];

		if (l->len < w->path.len) {
			w->path.len = l->len;
			w->path.s[l->len] = 0;
		}
		if (l->at >= l->names.n)
			pop(w);
		else
			rc = step(w, top, l->names.v[l->at++], e);
	}
	return rc;
}

int pack_tree(struct pack *p, int fd, const char *top, struct err *e)
{
	struct walk w = { .p = p, .path = STR_INIT };
	int rc;

	place_init(&w.place, fd);
	rc = push(&w, fd, e);
	if (rc == 0)
		rc = walk_run(&w, top, e);
	while (w.n)
		pop(&w);
	free(w.level);
	str_release(&w.path);
	place_release(&w.place);
	return rc;
}

/* --- into a tar ------------------------------------------------------------------------ */

static uint32_t kind_bits(uint8_t type)
{
	switch (type) {
	case TAR_DIR:
		return S_IFDIR;
	case TAR_SYMLINK:
		return S_IFLNK;
	case TAR_CHAR:
		return S_IFCHR;
	case TAR_BLOCK_DEV:
		return S_IFBLK;
	case TAR_FIFO:
		return S_IFIFO;
	default:
		return S_IFREG;
	}
}

static int tar_entry_put(void *to, const struct tar_entry *t, struct err *e)
{
	struct pack_tar *out = to;
	auto_str struct str name = STR_INIT;
	struct tar_entry as = *t;

	if (t->type == TAR_DIR && t->name[strlen(t->name) - 1] != '/') {
		str_addf(&name, "%s/", t->name);
		as.name = name.s;
	}
	as.mode |= kind_bits(t->type);
	as.mtime.nsec = 0;
	out->at = 0;
	out->size = t->size;
	return tar_write_entry(&out->w, &as, e);
}

/* A tar has no holes here: they are written as zeroes. */
static int tar_zeros(struct pack_tar *out, uint64_t to, struct err *e)
{
	static char zeros[64 << 10];	/* not const: in .bss, no bytes of the file */

	while (out->at < to) {
		size_t n = to - out->at < sizeof(zeros) ? to - out->at : sizeof(zeros);
		int rc = tar_write_data(&out->w, zeros, n, e);

		if (rc < 0)
			return rc;
		out->at += n;
	}
	return 0;
}

static int tar_data_put(void *to, uint64_t at, const void *bytes, size_t len, struct err *e)
{
	struct pack_tar *out = to;
	int rc = tar_zeros(out, at, e);

	if (rc == 0)
		rc = tar_write_data(&out->w, bytes, len, e);
	out->at += len;
	return rc;
}

static int tar_end_put(void *to, struct err *e)
{
	struct pack_tar *out = to;

	return tar_zeros(out, out->size, e);
}

struct tar_events pack_tar_events(struct pack_tar *t, struct sink out)
{
	*t = (struct pack_tar){ .at = 0 };
	tar_writer_init(&t->w, out);
	return (struct tar_events){ t, NULL, tar_entry_put, tar_data_put, tar_end_put };
}
