// SPDX-License-Identifier: MIT
#include "core/store/volume.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/fmt/json.h"
#include "core/os/dir.h"
#include "core/os/file.h"

enum { TRIES = 8 };

int volume_name_check(const char *name, struct err *e)
{
	static const char set[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	size_t n = strlen(name);

	if (n == 1)
		return err_set(e, EINVAL, "create %s: volume name is too short, names should be at "
			       "least two alphanumeric characters", name);
	if (n >= 2 && n <= VOLUME_NAME_MAX && strspn(name, set) == n && !strchr("_.-", name[0]))
		return 0;
	return err_set(
		e, EINVAL,
		"create %.200s: \"%.200s\" includes invalid characters for a local volume "
		"name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass "
		"a host directory, use absolute path",
		name, name);
}

const char *volume_path(const struct store *st, const char *name, struct arena *mem)
{
	return strv_textf(mem, "%s/volumes/%s/_data", st->root, name);
}

/* ROOT/volumes, or ROOT/volumes/NAME. */
static int volumes_open(const struct store *st, const char *name, struct err *e)
{
	char path[16 + VOLUME_NAME_MAX];
	int fd;

	snprintf(path, sizeof(path), "volumes%s%s", name ? "/" : "", name ? name : "");
	fd = openat(st->root_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "open %s/%s", st->root, path) : fd;
}

static bool recorded(int volumes, const char *name)
{
	char path[16 + VOLUME_NAME_MAX];
	struct stat sb;

	snprintf(path, sizeof(path), "%s/volume.json", name);
	return fstatat(volumes, path, &sb, AT_SYMLINK_NOFOLLOW) == 0;
}

static int record_write(int dir, const struct volume *v, bool durable, struct err *e)
{
	auto_json json_t *o = json_object();
	auto_str struct str b = STR_INIT;

	json_put_text(o, "Name", v->name);
	json_put_text(o, "Driver", v->driver);
	json_put_int(o, "Created", v->created_ns);
	json_put(o, "Labels", json_from_pairs(&v->labels));
	json_put(o, "Options", json_from_pairs(&v->options));
	json_print(o, JSON_PLAIN, &b);
	return file_write_atomic(dir, "volume.json", b.s, b.len, 0600,
				 durable ? FILE_SYNC : FILE_NO_SYNC, e);
}

/* The whole volume as "volume" in a directory of our own. */
static int build(int tmp, const struct volume *v, bool durable, struct err *e)
{
	auto_close int dir = -1;

	if (mkdirat(tmp, "volume", 0700) < 0)
		return err_sys(e, "create volume %s", v->name);
	dir = openat(tmp, "volume", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0 || mkdirat(dir, "_data", 0755) < 0 || fchmodat(dir, "_data", 0755, 0) < 0)
		return err_sys(e, "create volume %s", v->name);
	return record_write(dir, v, durable, e);
}

/* 0 made, 1 there already. */
static int place(int tmp, int volumes, const char *name, struct err *e)
{
	for (int i = 0; i < TRIES; i++) {
		if (renameat(tmp, "volume", volumes, name) == 0)
			return 0;
		if (errno != ENOTEMPTY && errno != EEXIST)
			return err_sys(e, "create volume %s", name);
		if (recorded(volumes, name))
			return 1;
		(void)!tree_remove(volumes, name, NULL);	/* what a crash left of one */
	}
	return err_set(e, EBUSY, "create %s: the volume is being removed", name);
}

int volume_make(const struct store *st, struct volume *v, bool durable, struct arena *mem,
		struct err *e)
{
	auto_store_tmp struct store_tmp tmp = STORE_TMP_INIT;
	auto_close int volumes = -1;
	int rc = volume_name_check(v->name, e);

	if (rc < 0)
		return rc;
	if (mkdirat(st->root_fd, "volumes", 0700) < 0 && errno != EEXIST)
		return err_sys(e, "create %s/volumes", st->root);
	volumes = volumes_open(st, NULL, e);
	if (volumes < 0)
		return volumes;
	if (recorded(volumes, v->name))
		rc = 1;
	if (rc == 0)
		rc = store_tmp_open(st, &tmp, e);
	if (rc == 0)
		rc = build(tmp.fd, v, durable, e);
	if (rc == 0)
		rc = place(tmp.fd, volumes, v->name, e);
	if (rc == 0 && durable && fsync(volumes) < 0)
		return err_sys(e, "create volume %s", v->name);
	v->mountpoint = volume_path(st, v->name, mem);
	return rc == 1 && volume_load(st, v->name, v, mem, e) < 0 ? -ENOENT : rc;
}

static int record_parse(const struct str *b, struct volume *v, struct arena *mem)
{
	auto_json json_t *o = json_parse(b->s, b->len, VOLUME_RECORD_MAX, NULL);
	int rc = o ? 0 : -EBADMSG;

	if (rc == 0)
		rc = json_text(o, "Driver", &v->driver, mem, NULL);
	if (rc == 0)
		rc = json_int(o, "Created", &v->created_ns, NULL);
	if (rc == 0)
		rc = json_pairs(o, "Labels", &v->labels, mem, NULL);
	return rc < 0 ? rc : json_pairs(o, "Options", &v->options, mem, NULL);
}

int volume_load(const struct store *st, const char *name, struct volume *v, struct arena *mem,
		struct err *e)
{
	auto_str struct str b = STR_INIT;
	auto_close int dir = -1;
	int rc = -ENOENT;

	if (volume_name_check(name, NULL) == 0)
		dir = volumes_open(st, name, NULL);
	if (dir >= 0)
		rc = file_read_at(dir, "volume.json", VOLUME_RECORD_MAX, &b, e);
	if (rc == -ENOENT)
		return err_set(e, ENOENT, "get %.255s: no such volume", name);
	if (rc < 0)
		return rc;
	*v = (struct volume){ .driver = "local" };
	if (record_parse(&b, v, mem) < 0)
		*v = (struct volume){ .driver = "local" };
	v->name = strv_dup(name, strlen(name), mem);
	v->mountpoint = volume_path(st, name, mem);
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int volume_list(const struct store *st, struct strv *names, struct arena *mem, struct err *e)
{
	auto_dir struct dir d = DIR_INIT;
	const char *name;
	struct err why;
	int rc = dir_open(&d, st->root_fd, "volumes", &why);

	*names = (struct strv){ 0 };
	if (rc < 0)
		return rc == -ENOENT ? 0 : err_set(e, -rc, "%s", why.msg);
	while ((name = dir_next(&d)) != NULL) {
		if (volume_name_check(name, NULL) == 0 && recorded(d.fd, name))
			strv_add(names, strv_dup(name, strlen(name), mem), mem);
	}
	if (names->n)
		qsort(names->v, names->n, sizeof(*names->v), by_text);
	return 0;
}

int volume_remove(const struct store *st, const char *name, struct err *e)
{
	auto_close int volumes = -1, dir = -1;

	if (volume_name_check(name, NULL) < 0)
		return 0;
	volumes = volumes_open(st, NULL, NULL);
	dir = volumes < 0 ? -1 : volumes_open(st, name, NULL);
	if (dir < 0)
		return 0;
	if (unlinkat(dir, "volume.json", 0) < 0 && errno != ENOENT)
		return err_sys(e, "remove %s", name);
	return tree_remove(volumes, name, e);
}

int volume_size(const struct store *st, const char *name, struct tree_usage *u, struct err *e)
{
	auto_close int dir = volume_name_check(name, e) < 0 ? -EINVAL : volumes_open(st, name, e);
	auto_close int data = -1;

	if (dir < 0)
		return dir;
	data = openat(dir, "_data", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return data < 0 ? err_sys(e, "open volume %s", name) : tree_size(data, u, e);
}
