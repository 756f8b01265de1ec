// SPDX-License-Identifier: MIT
#include "core/store/container.h"

#include "core/os/file.h"
#include "core/os/lock.h"
#include "core/os/tree.h"
#include "core/store/container_json.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

enum { DIR_MODE = 0700,
	STATE_MAX = 1 << 20 };

/* "containers/<id>" and what may follow it. */
struct path {
	char s[sizeof("containers/") + CONTAINER_ID_LEN + sizeof("/state.json")];
};

static const char *path_of(struct path *p, const char *id, const char *file)
{
	snprintf(p->s, sizeof(p->s), "containers/%.*s%s", CONTAINER_ID_LEN, id, file);
	return p->s;
}

static bool is_hex(const char *s, size_t *len)
{
	*len = strspn(s, "0123456789abcdef");
	return !s[*len];
}

static bool is_id(const char *s)
{
	size_t len;

	return is_hex(s, &len) && len == CONTAINER_ID_LEN;
}

const char *container_status_text(enum container_status s)
{
	static const char *const text[] = {
		[CONTAINER_CREATED] = "created",
		[CONTAINER_RUNNING] = "running",
		[CONTAINER_PAUSED] = "paused",
		[CONTAINER_RESTARTING] = "restarting",
		[CONTAINER_REMOVING] = "removing",
		[CONTAINER_EXITED] = "exited",
		[CONTAINER_DEAD] = "dead",
	};

	return text[s];
}

bool container_runs(const struct container_state *st)
{
	return st->status == CONTAINER_RUNNING || st->status == CONTAINER_PAUSED ||
		st->status == CONTAINER_RESTARTING;
}

int container_name_check(const char *name, struct err *e)
{
	static const char first[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t len = strlen(name), ok = 0;

	if (len && strchr(first, name[0]))
		ok = 1 + strspn(name + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					  "0123456789_.-");
	if (len < 2 || ok != len)
		return err_set(e, EINVAL, "Invalid container name (%s), only [a-zA-Z0-9]"
					  "[a-zA-Z0-9_.-] are allowed",
			name);
	if (len > CONTAINER_NAME_MAX)
		return err_set(e, EINVAL, "invalid container name: longer than %d bytes",
			CONTAINER_NAME_MAX);
	if (is_id(name))
		return err_set(e, EINVAL, "invalid container name: %s could be taken for an id",
			       name);
	return 0;
}

bool container_recorded(struct store *s, const char *id)
{
	struct path p;

	return faccessat(s->root_fd, path_of(&p, id, "/config.json"), F_OK, 0) == 0 ||
		faccessat(s->state_fd, path_of(&p, id, "/config.json"), F_OK, 0) == 0;
}

/* Does anybody own this id: a record, or a command that is just making one? */
static bool id_alive(struct store *s, const char *id)
{
	return container_recorded(s, id) || container_locked(s, id);
}

/* Is the name its owner's? One that a rename cut short left over is not: the record says another,
 * and no command is at work on it. */
static bool name_owned(struct store *s, const char *name, const char *owner)
{
	struct arena mem = { 0 };
	struct container_state st;
	bool other;

	if (!id_alive(s, owner))
		return false;
	other = container_recorded(s, owner) && !container_gated(s, owner) &&
		container_state_load(s, owner, &st, &mem, NULL) >= 0 && !st.damaged &&
		*st.name && strcmp(st.name, name) != 0;
	arena_release(&mem);
	return !other;
}

/* Held while a name that is there is taken away, so that it is not somebody else's by then.
 * A disk too full for the lock is no reason to keep a name. A descriptor or -errno. */
static int names_lock(struct store *s)
{
	auto_close int fd = lock_open(s->root_fd, "names.lock", NULL);

	if (fd >= 0 && lock_take(fd, LOCK_EXCLUSIVE, -1, NULL) < 0)
		return -EIO;
	return take_fd(fd);
}

static int name_read(struct store *s, const char *name, char id[static CONTAINER_ID_LEN + 1])
{
	char link[sizeof("names/") + CONTAINER_NAME_MAX];
	ssize_t n;

	if (strlen(name) > CONTAINER_NAME_MAX || strchr(name, '/') || name[0] == '.' || !*name)
		return -ENOENT;
	snprintf(link, sizeof(link), "names/%s", name);
	n = readlinkat(s->root_fd, link, id, CONTAINER_ID_LEN + 1);
	if (n < 0)
		return -errno;
	id[CONTAINER_ID_LEN] = 0;
	return n == CONTAINER_ID_LEN && is_id(id) ? 0 : -ENOENT;
}

/* Take a name away whose owner is gone, if it still is. */
static void name_free(struct store *s, const char *name)
{
	char link[sizeof("names/") + CONTAINER_NAME_MAX], owner[CONTAINER_ID_LEN + 1];
	auto_close UNUSED int lock = names_lock(s);

	if (name_read(s, name, owner) == 0 && name_owned(s, name, owner))
		return;
	snprintf(link, sizeof(link), "names/%.*s", CONTAINER_NAME_MAX, name);
	unlinkat(s->root_fd, link, 0);
}

int container_name_take(struct store *s, const char *name, const char *id, struct err *e)
{
	char link[sizeof("names/") + CONTAINER_NAME_MAX], owner[CONTAINER_ID_LEN + 1];
	int rc = container_name_check(name, e);

	if (rc < 0)
		return rc;
	snprintf(link, sizeof(link), "names/%s", name);
	for (int tries = 0; tries < 8; tries++) {
		if (symlinkat(id, s->root_fd, link) == 0)
			return 0;
		if (errno == ENOENT) {
			if (mkdirat(s->root_fd, "names", DIR_MODE) < 0 && errno != EEXIST)
				return err_sys(e, "mkdir %s/names", s->root);
			continue;
		}
		if (errno != EEXIST)
			return err_sys(e, "reserve the name '%s'", name);
		if (name_read(s, name, owner) == 0 && strcmp(owner, id) == 0)
			return 0;
		if (name_read(s, name, owner) == 0 && name_owned(s, name, owner))
			return err_set(
				e, EEXIST,
				"Conflict. The container name \"/%s\" is already in "
				"use by container \"%s\". You have to remove (or rename) that "
				"container to be able to reuse that name.",
				name, owner);
		name_free(s, name); /* left by a crash: its owner never came to be */
	}
	return err_set(e, EBUSY, "the name \"%s\" is being fought over, try again", name);
}

void container_name_drop(struct store *s, const char *name, const char *id)
{
	char link[sizeof("names/") + CONTAINER_NAME_MAX], owner[CONTAINER_ID_LEN + 1];
	auto_close UNUSED int lock = names_lock(s);

	if (name_read(s, name, owner) < 0 || strcmp(owner, id) != 0)
		return;
	snprintf(link, sizeof(link), "names/%s", name);
	unlinkat(s->root_fd, link, 0);
}

int container_names_sweep(struct store *s, struct err *e)
{
	int fd = openat(s->root_fd, "names", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char owner[CONTAINER_ID_LEN + 1];
	struct dirent *d;
	DIR *dir;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(e, "open %s/names", s->root);
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return err_set(e, ENOMEM, "no memory to read names");
	}
	while ((d = readdir(dir))) {
		if (name_read(s, d->d_name, owner) == 0 && !id_alive(s, owner))
			name_free(s, d->d_name);
	}
	closedir(dir);
	return 0;
}

typedef int id_fn(const char *id, void *arg);

/* Call fn for each directory below containers/ of one tree that looks like an id. */
static int ids_each(int tree, id_fn *fn, void *arg)
{
	int fd = openat(tree, "containers", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *d;
	int rc = 0;
	DIR *dir;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while (rc >= 0 && (d = readdir(dir))) {
		if (is_id(d->d_name))
			rc = fn(d->d_name, arg);
	}
	closedir(dir);
	return rc;
}

struct prefix_search {
	struct store *s;
	const char *prefix;
	size_t len;
	char found[CONTAINER_ID_LEN + 1];
	bool many;
};

static int prefix_match(const char *id, void *arg)
{
	struct prefix_search *p = arg;

	if (strncmp(id, p->prefix, p->len) != 0 || strcmp(id, p->found) == 0)
		return 0;
	if (!container_recorded(p->s, id))
		return 0;
	p->many = *p->found;
	memcpy(p->found, id, sizeof(p->found));
	return 0;
}

int container_find(struct store *s, const char *ref, char id[static CONTAINER_ID_LEN + 1],
	struct err *e)
{
	struct prefix_search p = { .s = s, .prefix = ref };
	const char *name = ref[0] == '/' ? ref + 1 : ref;

	if (is_id(ref) && container_recorded(s, ref)) {
		memcpy(id, ref, CONTAINER_ID_LEN + 1);
		return 0;
	}
	if (name_read(s, name, id) == 0 && container_recorded(s, id))
		return 0;
	if (is_hex(ref, &p.len) && p.len && p.len < CONTAINER_ID_LEN) {
		ids_each(s->root_fd, prefix_match, &p);
		ids_each(s->state_fd, prefix_match, &p);
		if (p.many)
			return err_set(e, EEXIST, "Multiple IDs found with provided prefix: %s",
				       ref);
		if (*p.found) {
			memcpy(id, p.found, sizeof(p.found));
			return 0;
		}
	}
	return err_set(e, ENOENT, "No such container: %s", ref);
}

struct id_list {
	struct strv *ids;
	struct arena *mem;
	struct store *s;
	size_t room;
};

static int list_add(const char *id, void *arg)
{
	struct id_list *l = arg;
	char *copy;

	if (l->ids->n == l->room) {
		const char **v;

		l->room = l->room ? l->room * 2 : 64;
		v = arena_get(l->mem, l->room * sizeof(*v));
		if (l->ids->n)
			memcpy(v, l->ids->v, l->ids->n * sizeof(*v));
		l->ids->v = v;
	}
	copy = arena_get(l->mem, CONTAINER_ID_LEN + 1);
	memcpy(copy, id, CONTAINER_ID_LEN);
	l->ids->v[l->ids->n++] = copy;
	return 0;
}

/* Those of ROOT are sorted, and looked for before those of STATE are added. */
struct listing {
	struct id_list all;
	size_t durable; /* how many are ROOT's */
};

static int by_id(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int list_add_temporary(const char *id, void *arg)
{
	struct listing *l = arg;

	if (l->durable &&
	    bsearch(&id, l->all.ids->v, l->durable, sizeof(const char *), by_id))
		return 0;
	return list_add(id, &l->all);
}

int container_list(struct store *s, struct strv *ids, struct arena *mem, struct err *e)
{
	struct listing l = { .all = { .ids = ids, .mem = mem, .s = s } };
	size_t kept = 0;
	int rc;

	*ids = (struct strv){ 0 };
	rc = ids_each(s->root_fd, list_add, &l.all);
	l.durable = ids->n;
	if (l.durable)
		qsort(ids->v, ids->n, sizeof(*ids->v), by_id);
	if (rc >= 0)
		rc = ids_each(s->state_fd, list_add_temporary, &l);
	for (size_t i = 0; i < ids->n; i++) {
		if (container_recorded(s, ids->v[i]))
			ids->v[kept++] = ids->v[i];
	}
	ids->n = kept;
	return rc < 0 ? err_set(e, -rc, "read containers: %s", strerror(-rc)) : 0;
}

static int list_add_new(const char *id, void *arg)
{
	struct id_list *l = arg;
	struct path p;

	if (faccessat(l->s->root_fd, path_of(&p, id, ""), F_OK, 0) == 0)
		return 0;
	return list_add(id, arg);
}

int container_list_dirs(struct store *s, struct strv *ids, struct arena *mem, struct err *e)
{
	struct id_list l = { .ids = ids, .mem = mem, .s = s };
	int rc;

	*ids = (struct strv){ 0 };
	rc = ids_each(s->root_fd, list_add, &l);
	if (rc >= 0)
		rc = ids_each(s->state_fd, list_add_new, &l);
	return rc < 0 ? err_set(e, -rc, "read containers: %s", strerror(-rc)) : 0;
}

static int subdir(int tree, const char *where, const char *id, bool create, struct err *e)
{
	struct path p;
	int fd = openat(tree, path_of(&p, id, ""), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	int rc;

	if (fd >= 0 || errno != ENOENT || !create)
		return fd >= 0 ? fd : err_sys(e, "open %s/%s", where, p.s);
	rc = mkdirat(tree, p.s, DIR_MODE);
	if (rc < 0 && errno == ENOENT) {
		if (mkdirat(tree, "containers", DIR_MODE) < 0 && errno != EEXIST)
			return err_sys(e, "mkdir %s/containers", where);
		rc = mkdirat(tree, p.s, DIR_MODE);
	}
	if (rc < 0 && errno != EEXIST)
		return err_sys(e, "mkdir %s/%s", where, p.s);
	fd = openat(tree, p.s, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return fd >= 0 ? fd : err_sys(e, "open %s/%s", where, p.s);
}

int container_state_dir(struct store *s, const char *id, bool create, struct err *e)
{
	return subdir(s->state_fd, s->state, id, create, e);
}

int container_dir(struct store *s, const char *id, bool create, struct err *e)
{
	return subdir(s->root_fd, s->root, id, create, e);
}
