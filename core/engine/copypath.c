// SPDX-License-Identifier: MIT
/* copypath.c - docker cp's rules: which thing a path means, and what a copy of it is called.
 *
 *   the target         the source is a file         is a directory D
 *   a directory        goes in under its name       goes in under its name; "D/.": its contents
 *   a file             replaces it                  refused
 *   is not there       made under this name         made under this name
 *   not there, "x/"    refused                      made under this name
 *
 * A path that ends in a slash or "/." means a directory, and a link there is followed; so is a
 * link that is the target. Else the last link of a source is itself copied, but for -L. */
#include "core/engine/copy_in.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "core/store/place.h"

static int rule(struct err *e, const char *fmt, const char *a, const char *b)
{
	struct err said;

	snprintf(said.msg, sizeof(said.msg), fmt, a, b); /* NOLINT: fmt is one of ours */
	return err_set(e, COPY_E_RULE, "%s", said.msg);
}

static int no_such(const struct copy_request *r, const char *path, struct err *e)
{
	return rule(e, "Error: No such container:path: %s:%s", r->name, path);
}

static int cannot_copy_dir(struct err *e)
{
	return rule(e, "cannot copy directory%s%s", "", "");
}

static int no_directory(struct err *e)
{
	return rule(e, "no such directory%s%s", "", "");
}

/* Does the text insist on a directory? *contents: on what is in it. */
static bool wants_dir(const char *path, bool *contents)
{
	size_t n = strlen(path);

	*contents = (n >= 1 && path[n - 1] == '.' && (n == 1 || path[n - 2] == '/'));
	return *contents || !n || path[n - 1] == '/' ||
	       (n >= 2 && strcmp(path + n - 2, "..") == 0 && (n == 2 || path[n - 3] == '/'));
}

/* The last component of a clean path; "" is the root itself. */
static int base_of(const char *clean, char base[static ROOT_NAME_MAX], struct err *e)
{
	const char *slash = strrchr(clean, '/');
	const char *last = slash ? slash + 1 : clean;

	if (strlen(last) >= ROOT_NAME_MAX)
		return err_set(e, ENAMETOOLONG, "%.64s…: file name too long", last);
	strcpy(base, last);
	return 0;
}

/* The path that a link at `clean` means. */
static int through(const char *clean, const char *target, char out[static PLACE_PATH_MAX + 1],
		   struct err *e)
{
	auto_str struct str next = STR_INIT;
	const char *slash = strrchr(clean, '/');

	str_puts(&next, "/");
	if (target[0] != '/' && slash)
		str_addf(&next, "%.*s/", (int)(slash - clean), clean);
	str_puts(&next, target);
	return place_clean(next.s, out, e);
}

static int read_link(int dir, const char *base, char out[static PATH_MAX])
{
	ssize_t n = readlinkat(dir, base, out, PATH_MAX - 1);

	if (n < 0)
		return -errno;
	out[n] = 0;
	return 0;
}

/* --- sources --------------------------------------------------------------------------- */

/* A source that is a directory is held by itself. */
static int source_dir(struct copy_source *s, int fd)
{
	close_at(&s->dir);
	s->dir = fd;
	strcpy(s->base, ".");
	s->is_dir = true;
	return 0;
}

/* s->dir and s->base are found: look at what it is. 1 when it is a link that is followed. */
static int source_look(struct copy_source *s, bool follow)
{
	struct stat st;
	int fd;

	if (fstatat(s->dir, s->base, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode) && follow)
		return 1;
	if (!S_ISDIR(st.st_mode))
		return 0;
	fd = openat(s->dir, s->base, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : source_dir(s, fd);
}

static int source_is_dir(int root, const struct copy_request *r, const char *clean,
			 struct copy_source *s, struct err *e)
{
	int fd = root_open(root, *clean ? clean : ".", O_RDONLY | O_DIRECTORY, 0, NULL);

	if (fd == -ENOENT)
		return no_such(r, r->inside, e);
	if (fd < 0)
		return err_set(e, -fd, "lstat /%s/: %s", clean,
			       fd == -ENOTDIR ? "not a directory" : strerror(-fd));
	return source_dir(s, fd);
}

/* One look at a path. 1: *clean is now where a link led. */
static int source_at(int root, const struct copy_request *r,
		     char clean[static PLACE_PATH_MAX + 1], struct copy_source *s, struct err *e)
{
	auto_str struct str shown = STR_INIT;
	char target[PATH_MAX];
	int rc = base_of(clean, s->name, e);

	if (rc < 0)
		return rc;
	if (!*s->name)
		return source_is_dir(root, r, "", s, e);
	close_at(&s->dir);
	s->dir = root_parent(root, clean, 0, s->base, NULL);
	rc = s->dir < 0 ? s->dir : source_look(s, r->flags & COPY_FOLLOW);
	if (rc == 1)
		rc = read_link(s->dir, s->base, target) == 0 ? 1 : -EAGAIN;
	str_addf(&shown, "/%s", clean);
	if (rc == -ENOENT)
		return no_such(r, shown.s, e);
	if (rc < 0)
		return err_set(e, -rc, "lstat %s: %s", shown.s, strerror(-rc));
	if (rc == 0)
		return 0;
	rc = through(clean, target, clean, e);
	return rc < 0 ? rc : 1;
}

int copy_source_inside(int root, const struct copy_request *r, struct copy_source *s,
		       struct err *e)
{
	char clean[PLACE_PATH_MAX + 1];
	auto_str struct str path = STR_INIT;
	bool dir = wants_dir(r->inside, &s->contents);
	int rc;

	if (!*r->inside)
		return err_set(e, EINVAL, "bad parameter: pathcannot be empty");
	str_addf(&path, "/%s", r->inside);
	rc = place_clean(path.s, clean, e);
	if (rc == 0)
		rc = base_of(clean, s->rebase, e);
	if (rc < 0)
		return rc;
	strcpy(s->name, s->rebase);
	if (dir)
		return source_is_dir(root, r, clean, s, e);
	rc = 1;
	for (int i = 0; rc == 1 && i < ROOT_LINKS_MAX; i++)
		rc = source_at(root, r, clean, s, e);
	return rc == 1 ? err_set(e, ELOOP, "lstat /%s: too many levels of symbolic links", clean)
		       : rc;
}

/* The user's own path, as it is from "/": for sentences, and cleaned for its last name. */
static int host_path(const char *path, struct str *full, char clean[static PLACE_PATH_MAX + 1],
		     struct err *e)
{
	char cwd[PATH_MAX];

	if (*path != '/') {
		if (!getcwd(cwd, sizeof(cwd)))
			return err_sys(e, "getcwd");
		str_addf(full, "%s/", cwd);
	}
	str_puts(full, path);
	return place_clean(full->s, clean, e);
}

static int host_fail(const char *call, const char *clean, int code, struct err *e)
{
	char why[128];

	snprintf(why, sizeof(why), "%s", strerror(code));
	why[0] |= 0x20;
	return err_set(e, COPY_E_RULE, "%s /%s: %s", call, clean, why);
}

/* -L: the name of what the link leads to at last. */
static int host_follow(const char *full, char clean[static PLACE_PATH_MAX + 1], struct err *e)
{
	char real[PATH_MAX], target[PATH_MAX];

	if (realpath(full, real))
		return place_clean(real, clean, e);
	if (errno == ENOENT && read_link(AT_FDCWD, full, target) == 0 &&
	    through(clean, target, clean, e) < 0)
		return -(e ? e->code : EINVAL);
	return host_fail("lstat", clean, errno, e);
}

int copy_source_outside(const struct copy_request *r, struct copy_source *s, struct err *e)
{
	auto_str struct str full = STR_INIT, parent = STR_INIT;
	char clean[PLACE_PATH_MAX + 1];
	bool dir = wants_dir(r->outside, &s->contents);
	struct stat st;
	int rc, fd;

	if (!*r->outside)
		return rule(e, "source can not be empty%s%s", "", "");
	rc = host_path(r->outside, &full, clean, e);
	if (rc == 0)
		rc = base_of(clean, s->rebase, e);
	if (rc < 0)
		return rc;
	if (lstat(full.s, &st) < 0)
		return errno == ENOTDIR && dir ? rule(e, "not a directory%s%s", "", "")
					       : host_fail("lstat", clean, errno, e);
	if (S_ISLNK(st.st_mode) && (r->flags & COPY_FOLLOW))
		rc = host_follow(full.s, clean, e);
	if (rc == 0)
		rc = base_of(clean, s->name, e);
	if (rc < 0)
		return rc;
	strcpy(s->base, *s->name ? s->name : ".");
	str_addf(&parent, "/%.*s", (int)(strlen(clean) - strlen(s->name)), clean);
	fd = dir ? open(full.s, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
		 : open(parent.s, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return host_fail("open", clean, errno, e);
	if (dir)
		return source_dir(s, fd);
	s->dir = fd;
	rc = source_look(s, false);
	return rc < 0 ? host_fail("lstat", clean, -rc, e) : 0;
}

/* --- targets ---------------------------------------------------------------------------- */

/* What stands at the target's path now. */
struct there {
	bool exists, is_dir, asks_dir;
	char clean[PLACE_PATH_MAX + 1];
};

/* The rules of the table above: 0, and t->base is set where the name is the target's. */
static int decide(const struct there *w, const struct copy_source *s, struct copy_target *t,
		  struct err *e)
{
	t->base[0] = 0;
	if (w->exists && w->is_dir)
		return 0;
	if (w->exists && s->is_dir)
		return cannot_copy_dir(e);
	if (!w->exists && w->asks_dir && !s->is_dir)
		return no_directory(e);
	return base_of(w->clean, t->base, e);
}

static int look_inside(int root, const char *path, struct stat *st, char target[static PATH_MAX])
{
	char base[ROOT_NAME_MAX];
	bool contents, dir = wants_dir(path, &contents);
	auto_close int fd = -1;
	int rc;

	if (dir) {
		fd = root_open(root, path, O_PATH | O_DIRECTORY, 0, NULL);
		if (fd < 0)
			return fd;
		return fstat(fd, st) < 0 ? -errno : 0;
	}
	fd = root_parent(root, path, 0, base, NULL);
	if (fd < 0)
		return fd;
	if (fstatat(fd, base, st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISLNK(st->st_mode))
		return 0;
	rc = read_link(fd, base, target);
	return rc < 0 ? rc : 1;
}

static int there_inside(int root, const struct copy_request *r, struct there *w, struct err *e)
{
	auto_str struct str path = STR_INIT;
	char target[PATH_MAX];
	struct stat st;
	bool contents;
	int rc;

	w->asks_dir = wants_dir(r->inside, &contents);
	str_addf(&path, "/%s", r->inside);
	rc = place_clean(path.s, w->clean, e);
	if (rc < 0 || !*r->inside)
		return rc;
	rc = look_inside(root, path.s, &st, target);
	if (rc == 1) {
		rc = through(w->clean, target, w->clean, e);
		if (rc < 0)
			return rc;
		rc = look_inside(root, *w->clean ? w->clean : "/", &st, target);
		rc = rc == 1 ? 0 : rc;
	}
	w->exists = rc == 0;
	w->is_dir = w->exists && S_ISDIR(st.st_mode);
	if (w->exists && (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)))
		return rule(e, "destination \"%s:%s\" must be a directory or a regular file: "
			       "got a device", r->name, r->inside);
	return 0;
}

int copy_target_inside(int root, const struct copy_request *r, const struct copy_source *s,
		       struct copy_target *t, struct err *e)
{
	struct there w = { .exists = false };
	char *slash;
	int rc = there_inside(root, r, &w, e);

	if (rc < 0)
		return rc;
	if (!s && !w.is_dir)
		return rule(e, "destination \"%s:%s\" must be a directory", r->name, r->inside);
	rc = s ? decide(&w, s, t, e) : 0;
	if (rc < 0)
		return rc;
	if (*t->base) { /* made in the directory above */
		slash = strrchr(w.clean, '/');
		w.clean[slash ? slash - w.clean : 0] = 0;
	}
	t->contents = !*r->inside;
	str_addf(&t->shown, "/%s", w.clean);
	t->dir = root_open(root, *w.clean ? w.clean : ".", O_RDONLY | O_DIRECTORY, 0, NULL);
	if (t->dir == -ENOENT)
		return no_such(r, t->shown.s, e);
	if (t->dir < 0)
		return err_set(e, -t->dir, "lstat %s: %s", t->shown.s, strerror(-t->dir));
	return 0;
}

/* The user's links lead where the user meant. */
static int there_outside(const char *path, struct there *w, struct err *e)
{
	auto_str struct str full = STR_INIT;
	char target[PATH_MAX];
	bool contents;
	struct stat st;
	int rc;

	w->asks_dir = wants_dir(path, &contents);
	rc = host_path(path, &full, w->clean, e);
	for (int i = 0; rc == 0 && i < ROOT_LINKS_MAX; i++) {
		if (lstat(full.s, &st) < 0 && errno == ENOENT)
			return 0;
		if (errno && lstat(full.s, &st) < 0)
			return err_set(e, COPY_E_RULE, "stat %s: %s", full.s,
				       errno == ENOTDIR ? "not a directory" : strerror(errno));
		if (!S_ISLNK(st.st_mode))
			break;
		rc = read_link(AT_FDCWD, full.s, target);
		if (rc == 0)
			rc = through(w->clean, target, w->clean, e);
		str_reset(&full);
		str_addf(&full, "/%s", w->clean);
	}
	if (rc < 0)
		return err_set(e, COPY_E_RULE, "stat %s: %s", full.s, strerror(-rc));
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		return rule(e, "invalid output path: \"%s%s\" must be a directory or a regular "
			       "file: got a device", full.s, "");
	w->exists = true;
	w->is_dir = S_ISDIR(st.st_mode);
	return 0;
}

int copy_target_outside(const struct copy_request *r, const struct copy_source *s,
			struct copy_target *t, struct err *e)
{
	struct there w = { .exists = false };
	struct stat st;
	char *slash;
	int rc = there_outside(r->outside, &w, e);

	if (rc == 0)
		rc = decide(&w, s, t, e);
	if (rc < 0)
		return rc;
	if (*t->base) {
		slash = strrchr(w.clean, '/');
		w.clean[slash ? slash - w.clean : 0] = 0;
	}
	str_addf(&t->shown, "/%s", w.clean);
	if (stat(t->shown.s, &st) < 0 && errno == ENOENT)
		return rule(e, "invalid output path: directory \"%s%s\" does not exist",
			    t->shown.s, "");
	t->dir = open(t->shown.s, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return t->dir < 0 ? host_fail("open", w.clean, errno, e) : 0;
}
