// SPDX-License-Identifier: MIT
/* changes.c - see changes.h.
 *
 * The layers below are never merged into a tree of their own: of each directory met it is known
 * how many layers, counted from the top, still show through there (`seen`). An opaque directory
 * ends them, and so does a whiteout or a file in a directory's place. */
#include "core/store/changes.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/xattr.h>

#include "core/base/str.h"
#include "core/base/strv.h"
#include "core/os/dir.h"
#include "core/os/root.h"
#include "core/os/treewalk.h"

enum {
	TRIES = 8,		/* walks that may be disturbed before we give up */
	PATH_TEXT_MAX = 4095,	/* no layer has a longer path */
	CAPABILITY_MAX = 64,
};

/* One directory that is open above the place at hand. */
struct level {
	size_t seen;		/* layers that show through here */
	size_t len;		/* bytes of the path */
};

struct find {
	const struct changes_of *of;
	struct changes *out;
	struct arena *mem;
	struct str path;	/* of the directory at hand, "" for the root */
	struct level *level;	/* owned stack; [depth] is the directory at hand */
	size_t depth, level_cap;
};

/* What the image has at a path. */
struct below {
	bool there;
	struct stat st;
	size_t seen;		/* of a directory */
	size_t layer;		/* the topmost that has it */
};

static bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == 0;
}

static ssize_t get_xattr(int fd, const char *name, void *value, size_t size)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd); /* fd is O_PATH */
	return getxattr(path, name, value, size);
}

static bool is_opaque(int fd)
{
	char v = 0;

	return (get_xattr(fd, "trusted.overlay.opaque", &v, 1) == 1 ||
		get_xattr(fd, "user.overlay.opaque", &v, 1) == 1) &&
	       v == 'y';
}

static int open_below(const struct find *f, size_t layer, const char *path)
{
	return root_open_how(f->of->lower[layer], *path ? path : ".", O_PATH | O_NOFOLLOW, 0,
			     ROOT_NO_SYMLINKS, NULL);
}

/* Look a path up in the first `seen` layers, which show through in the directory that holds it. */
static void look_below(const struct find *f, const char *path, size_t seen, struct below *b)
{
	*b = (struct below){ .there = false };
	if (strlen(path) > PATH_TEXT_MAX)
		return;
	for (size_t i = 0; i < seen; i++) {
		auto_close int fd = open_below(f, i, path);
		struct stat st;

		if (fd < 0 || fstat(fd, &st) < 0)
			continue;
		if (!b->there && !is_whiteout(&st)) {
			b->there = true;
			b->st = st;
			b->layer = i;
		}
		if (!S_ISDIR(st.st_mode))
			return;
		b->seen = i + 1;
		if (!S_ISDIR(b->st.st_mode) || is_opaque(fd))
			return;
	}
}

/* --- what is told ------------------------------------------------------------------ */

static void tell(struct find *f, enum change_kind kind, const char *path)
{
	struct changes *c = f->out;
	char *text = arena_get(f->mem, strlen(path) + 2);

	if (c->n == c->cap) {
		c->cap = c->cap ? 2 * c->cap : 64;
		c->v = reallocarray(c->v, c->cap, sizeof(*c->v));
		if (!c->v)
			abort();
	}
	text[0] = '/';
	strcpy(text + 1, path);
	c->v[c->n++] = (struct change){ kind, text };
}

/* Docker's: an archive's whole second is the same time as any in that second. */
static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec &&
	       (a->tv_nsec == b->tv_nsec || a->tv_nsec == 0 || b->tv_nsec == 0);
}

static bool same_capability(int a, int b)
{
	char x[CAPABILITY_MAX], y[CAPABILITY_MAX];
	ssize_t n = get_xattr(a, "security.capability", x, sizeof(x));
	ssize_t m = get_xattr(b, "security.capability", y, sizeof(y));

	return (n < 0 && m < 0) || (n == m && memcmp(x, y, n) == 0);
}

static bool same_stat(const struct stat *a, const struct stat *b)
{
	if (a->st_mode != b->st_mode || a->st_uid != b->st_uid || a->st_gid != b->st_gid ||
	    a->st_rdev != b->st_rdev)
		return false;
	return S_ISDIR(a->st_mode) ||
	       (a->st_size == b->st_size && same_time(&a->st_mtim, &b->st_mtim));
}

static bool differs(const struct find *f, int dirfd, const char *name, const char *path,
		    const struct stat *st, const struct below *b)
{
	auto_close int now = -1, was = -1;

	if (!same_stat(st, &b->st))
		return true;
	if (!S_ISREG(st->st_mode))
		return false;
	now = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	was = open_below(f, b->layer, path);
	return now >= 0 && was >= 0 && !same_capability(now, was);
}

/* What a start makes to mount on. */
static bool is_stub(const char *path, const struct stat *st)
{
	static const char *const dirs[] = { "dev", "dev/pts", "dev/shm", "etc", "proc", "sys" };
	static const char *const files[] = { "dev/console", "etc/hostname", "etc/hosts",
					     "etc/resolv.conf" };

	for (size_t i = 0; S_ISDIR(st->st_mode) && i < countof(dirs); i++) {
		if (strcmp(path, dirs[i]) == 0)
			return true;
	}
	for (size_t i = 0; S_ISREG(st->st_mode) && st->st_size == 0 && i < countof(files); i++) {
		if (strcmp(path, files[i]) == 0)
			return true;
	}
	return false;
}

/* --- the walk ----------------------------------------------------------------------- */

static void path_of(const struct find *f, const char *name, struct str *out)
{
	str_addf(out, "%s%s%s", f->path.s, f->path.len ? "/" : "", name);
}

static int on_entry(struct treewalk *w, int dirfd, const char *name, unsigned char type)
{
	struct find *f = w->arg;
	auto_str struct str path = STR_INIT;
	struct below b;
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (type == DT_DIR || S_ISDIR(st.st_mode))
		return 0; /* a mount point: what is there is not the container's layer */
	path_of(f, name, &path);
	look_below(f, path.s, f->level[f->depth].seen, &b);
	if (is_whiteout(&st)) {
		if (b.there)
			tell(f, CHANGE_DELETE, path.s);
	} else if (!b.there) {
		if (!is_stub(path.s, &st))
			tell(f, CHANGE_ADD, path.s);
	} else if (differs(f, dirfd, name, path.s, &st, &b)) {
		tell(f, CHANGE_MODIFY, path.s);
	}
	return 0;
}

/* A name of a layer's directory: is it to be seen, and is it gone now? */
static void tell_gone(struct find *f, size_t layer, int fd, const char *name)
{
	auto_str struct str path = STR_INIT;
	struct stat st;
	struct below b;

	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return;
	path_of(f, name, &path);
	look_below(f, path.s, f->level[f->depth].seen, &b);
	if (b.there && b.layer == layer)
		tell(f, CHANGE_DELETE, path.s);
}

/* The directory at hand, open as fd, hides what is below: what has no namesake is gone. */
static int tell_hidden(struct find *f, int fd)
{
	for (size_t i = 0; i < f->level[f->depth].seen; i++) {
		auto_close int at = open_below(f, i, f->path.s);
		auto_dir struct dir d = DIR_INIT;
		const char *name;
		int rc;

		if (at < 0)
			continue;
		rc = dir_open(&d, at, ".", NULL);
		if (rc < 0)
			return rc;
		while ((name = dir_next(&d)) != NULL)
			tell_gone(f, i, fd, name);
	}
	return 0;
}

static void push(struct find *f, size_t seen)
{
	if (f->depth + 1 >= f->level_cap) {
		f->level_cap = f->level_cap ? 2 * f->level_cap : 64;
		f->level = reallocarray(f->level, f->level_cap, sizeof(*f->level));
		if (!f->level)
			abort();
	}
	f->level[++f->depth] = (struct level){ seen, f->path.len };
}

static bool hides(const struct find *f, int fd)
{
	return f->of->whole || is_opaque(fd);
}

static int on_enter(struct treewalk *w, const char *name, int fd, const struct stat *st)
{
	struct find *f = w->arg;
	struct below b;

	if (f->path.len)
		str_puts(&f->path, "/");
	str_puts(&f->path, name);
	look_below(f, f->path.s, f->level[f->depth].seen, &b);
	if (!b.there && !is_stub(f->path.s, st))
		tell(f, CHANGE_ADD, f->path.s);
	else if (b.there && !same_stat(st, &b.st))
		tell(f, CHANGE_MODIFY, f->path.s);
	push(f, b.there ? b.seen : 0);
	return b.there && S_ISDIR(b.st.st_mode) && hides(f, fd) ? tell_hidden(f, fd) : 0;
}

static int on_leave(struct treewalk *w, int fd UNUSED)
{
	struct find *f = w->arg;

	f->depth--;
	f->path.len = f->level[f->depth].len;
	f->path.s[f->path.len] = 0;
	return 0;
}

static int walk(struct find *f)
{
	struct treewalk w = {
		.entry = on_entry, .enter = on_enter, .leave = on_leave, .arg = f,
	};
	struct below b;
	int rc = 0;

	f->out->n = f->depth = 0;
	str_reset(&f->path);
	look_below(f, "", f->of->lower_n, &b);
	push(f, b.seen);
	if (hides(f, f->of->tree))
		rc = tell_hidden(f, f->of->tree);
	return rc < 0 ? rc : treewalk_run(&w, f->of->tree);
}

/* --- order --------------------------------------------------------------------------- */

/* A slash comes before all else: what is in a directory follows it at once. */
static int by_path(const void *a, const void *b)
{
	const unsigned char *x = (const unsigned char *)((const struct change *)a)->path;
	const unsigned char *y = (const unsigned char *)((const struct change *)b)->path;

	while (*x && *x == *y)
		x++, y++;
	return (*x == '/' ? 1 : *x) - (*y == '/' ? 1 : *y);
}

static bool is_above(const char *path, size_t len, const char *below)
{
	return strncmp(path, below, len) == 0 && (below[len] == '/' || below[len] == 0);
}

/* Tell of each directory with something in it that is told of. The list is in order. */
static void add_parents(struct find *f)
{
	struct changes all = *f->out;
	const char *last = "";

	*f->out = (struct changes){ 0 };
	for (size_t i = 0; i < all.n; i++) {
		const char *path = all.v[i].path;

		for (size_t n = 1; path[n]; n++) {
			char *parent;

			if (path[n] != '/' || is_above(path, n, last))
				continue;
			parent = strv_dup(path + 1, n - 1, f->mem);
			tell(f, CHANGE_MODIFY, parent);
		}
		tell(f, all.v[i].kind, path + 1);
		last = path;
	}
	free(all.v);
}

int changes_find(const struct changes_of *of, struct changes *out, struct arena *mem,
		 struct err *e)
{
	struct find f = { .of = of, .out = out, .mem = mem, .path = STR_INIT };
	int rc = -EAGAIN;

	*out = (struct changes){ 0 };
	for (int i = 0; i < TRIES && rc == -EAGAIN; i++)
		rc = walk(&f);
	if (rc == 0 && out->n) {
		qsort(out->v, out->n, sizeof(*out->v), by_path);
		add_parents(&f);
	}
	if (rc < 0) {
		changes_release(out);
		errno = -rc;
		(void)err_sys(e, "look for changes in /%s", f.path.s);
	}
	free(f.level);
	str_release(&f.path);
	return rc;
}

void changes_release(struct changes *c)
{
	free(c->v);
	*c = (struct changes){ 0 };
}
