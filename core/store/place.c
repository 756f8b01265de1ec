// SPDX-License-Identifier: MIT
#include "core/store/place.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "core/os/root.h"

enum { DIR_FLAGS = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

/* --- names ------------------------------------------------------------------ */

int place_clean(const char *name, char out[static PLACE_PATH_MAX + 1], struct err *e)
{
	bool absolute = *name == '/';
	size_t len = 0, n;

	for (; *name; name += n) {
		n = strcspn(name, "/");
		if (n == 0) {
			n = 1;
		} else if (n == 2 && name[0] == '.' && name[1] == '.') {
			if (!len && !absolute)
				return err_set(e, EINVAL, "it leads out of the root");
			while (len && out[--len] != '/')
				;
		} else if (n != 1 || name[0] != '.') {
			if (n > PLACE_NAME_MAX || len + 1 + n > PLACE_PATH_MAX)
				return err_set(e, ENAMETOOLONG, "its name is too long");
			if (len)
				out[len++] = '/';
			memcpy(out + len, name, n);
			len += n;
		}
	}
	out[len] = 0;
	return 0;
}

/* --- the stack -------------------------------------------------------------- */

void place_init(struct place *p, int root_fd)
{
	*p = (struct place){ .path = STR_INIT };
	p->level = calloc(PLACE_DEPTH_MAX + 1, sizeof(*p->level));
	if (!p->level)
		abort();
	p->level[0].fd = root_fd;
}

/* Go up to level `depth`. */
static void rise(struct place *p, uint32_t depth)
{
	for (; p->depth > depth; p->depth--)
		close_at(&p->level[p->depth].fd);
	if (p->path.cap) {
		p->path.len = p->level[depth].len;
		p->path.s[p->path.len] = 0;
	}
}

void place_release(struct place *p)
{
	if (p->level)
		rise(p, 0);
	free(p->level);
	str_release(&p->path);
	p->level = NULL;
}

/* The descriptor of the directory at hand, opened again when it was closed. */
static int at_hand(struct place *p, struct err *e)
{
	struct place_level *l = &p->level[p->depth];

	if (l->fd < 0)
		l->fd = root_open_how(p->level[0].fd, p->path.s, O_RDONLY | O_DIRECTORY, 0,
				      ROOT_NO_SYMLINKS, e);
	return l->fd;
}

static int push(struct place *p, int fd, const char *name, size_t len, struct err *e)
{
	if (p->depth == PLACE_DEPTH_MAX || p->path.len + 1 + len > PLACE_PATH_MAX) {
		close(fd);
		return err_set(e, ENAMETOOLONG, "its directories are too deep");
	}
	if (p->depth >= PLACE_FDS) {
		close_at(&p->level[p->depth - PLACE_FDS + 1].fd);
		p->level[p->depth - PLACE_FDS + 1].fd = -1;
	}
	if (p->path.len)
		str_add(&p->path, "/", 1);
	str_add(&p->path, name, len);
	p->level[++p->depth] = (struct place_level){ fd, p->path.len };
	return fd;
}

int place_enter(struct place *p, const char *name, struct err *e)
{
	int dir = at_hand(p, e), fd;

	if (dir < 0)
		return dir;
	fd = openat(dir, name, DIR_FLAGS);
	if (fd < 0)
		return err_sys(e, "open \"%s\"", name);
	return push(p, fd, name, strlen(name), e);
}

void place_forget(struct place *p, const char *path)
{
	size_t len = strlen(path);

	if (p->path.len < len || memcmp(p->path.s, path, len) != 0 ||
	    (p->path.s[len] && p->path.s[len] != '/'))
		return;
	while (p->depth && p->level[p->depth].len >= len)
		rise(p, p->depth - 1);
}

/* --- walking ---------------------------------------------------------------- */

/* True when level `depth` + 1 of the stack is this very component. */
static bool known(const struct place *p, uint32_t depth, const char *name, size_t len)
{
	const struct place_level *l = &p->level[depth];
	size_t from = l->len ? l->len + 1 : 0;

	return depth < p->depth && l[1].len - from == len &&
		memcmp(p->path.s + from, name, len) == 0;
}

/* A component that is no directory: a link is put in front of what is left to walk. */
static int through_link(int dir, const char *name, struct str *todo, size_t at, struct err *e)
{
	auto_str struct str next = STR_INIT;
	char target[PLACE_PATH_MAX + 1];
	ssize_t n = readlinkat(dir, name, target, sizeof(target));

	if (n < 0)
		return err_set(e, ENOTDIR, "\"%s\" is no directory", name);
	if (n == sizeof(target) || n + todo->len - at > 4 * PLACE_PATH_MAX)
		return err_set(e, ENAMETOOLONG, "\"%s\" is a link to too long a name", name);
	str_add(&next, target, n);
	str_puts(&next, "/");
	str_add(&next, todo->s + at, todo->len - at);
	str_release(todo);
	*todo = next;
	next = (struct str)STR_INIT;
	return 0;
}

/* One step down. 1 when it was a link, and *todo begins anew. */
static int step(struct place *p, const char *name, bool make, struct str *todo, size_t at,
		struct err *e)
{
	int dir = at_hand(p, e), fd, rc;

	if (dir < 0)
		return dir;
	fd = openat(dir, name, DIR_FLAGS);
	if (fd < 0 && errno == ENOENT && make) {
		if (mkdirat(dir, name, 0755) < 0)
			return err_sys(e, "make \"%s\"", name);
		p->made++;
		fd = openat(dir, name, DIR_FLAGS);
	}
	if (fd >= 0) {
		rc = push(p, fd, name, strlen(name), e);
		return rc < 0 ? rc : 0;
	}
	if (errno != ENOTDIR && errno != ELOOP)
		return err_sys(e, "open \"%s\"", name);
	rc = through_link(dir, name, todo, at, e);
	return rc < 0 ? rc : 1;
}

/* Walk from the root along `len` bytes of `path`. */
static int walk(struct place *p, const char *path, size_t len, bool make, struct err *e)
{
	auto_str struct str todo = STR_INIT;
	uint32_t depth = 0;	/* where we are; the stack below may be known already */
	int links = 0, rc;
	size_t at = 0, n;

	str_add(&todo, path, len);
	for (; at < todo.len; at += n) {
		char name[PLACE_NAME_MAX + 1];

		n = strcspn(todo.s + at, "/");
		if (n > PLACE_NAME_MAX)
			return err_set(e, ENAMETOOLONG, "a link leads to too long a name");
		memcpy(name, todo.s + at, n);
		name[n] = 0;
		if (!n || strcmp(name, ".") == 0) {
			n += !n;
			continue;
		}
		if (strcmp(name, "..") == 0) {
			depth -= depth > 0;
			continue;
		}
		if (known(p, depth, name, n)) {
			depth++;
			continue;
		}
		rise(p, depth);
		rc = step(p, name, make, &todo, at + n, e);
		if (rc < 0)
			return rc;
		if (rc == 0) {
			depth++;
			continue;
		}
		if (++links > PLACE_LINKS_MAX)
			return err_set(e, ELOOP, "too many links on its way");
		if (todo.s[0] == '/')
			depth = 0;
		at = n = 0;
	}
	rise(p, depth);
	return 0;
}

int place_find(struct place *p, const char *clean, bool make, const char **base, struct err *e)
{
	const char *slash = strrchr(clean, '/');
	size_t len = slash ? slash - clean : 0;
	int rc = 0;

	*base = slash ? slash + 1 : clean;
	if (p->path.len != len || memcmp(p->path.s, clean, len) != 0)
		rc = walk(p, clean, len, make, e);
	return rc < 0 ? rc : at_hand(p, e);
}
