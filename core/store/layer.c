// SPDX-License-Identifier: MIT
#include "core/store/layer.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "core/os/root.h"
#include "core/os/side.h"
#include "core/store/recipe.h"

enum {
	COPY_CHUNK = STREAM_CHUNK,
	HASH_HERE = 1 << 20,	/* bytes that are hashed before a thread is worth its start */
};

static const char top[] = "layers/sha256/";

void layer_path(const struct digest *diffid, char out[static LAYER_PATH_TEXT + 1])
{
	memcpy(out, top, sizeof(top) - 1);
	digest_hex(diffid, out + sizeof(top) - 1);
	memcpy(out + sizeof(top) - 1 + DIGEST_HEX, "/diff", 6);
}

/* "layers/sha256/<diffid>" */
static void dir_path(const struct digest *diffid, char out[static LAYER_PATH_TEXT + 1])
{
	layer_path(diffid, out);
	out[LAYER_PATH_TEXT - 5] = 0;
}

/* Open the layer's directory in ROOT, else in the extra stores. A descriptor or -errno. */
static int open_dir(const struct store *st, const struct digest *diffid, struct err *e)
{
	const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	char path[LAYER_PATH_TEXT + 1];
	int fd;

	dir_path(diffid, path);
	fd = openat(st->root_fd, path, flags);
	for (size_t i = 0; fd < 0 && errno == ENOENT && i < st->extra_n; i++)
		fd = openat(st->extra[i].fd, path, flags);
	return fd < 0 ? err_sys(e, "open %s", path) : fd;
}

bool layer_exists(const struct store *st, const struct digest *diffid)
{
	auto_close int fd = open_dir(st, diffid, NULL);

	return fd >= 0;
}

int layer_open(const struct store *st, const struct digest *diffid, int *fd, struct err *e)
{
	auto_close int dir = open_dir(st, diffid, e);
	int diff;

	if (dir < 0)
		return dir;
	diff = openat(dir, "diff", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (diff < 0)
		return err_sys(e, "open a layer's diff");
	*fd = diff;
	return 0;
}

int layers_sync(const struct store *st, struct err *e)
{
	return syncfs(st->root_fd) < 0 ? err_sys(e, "sync %s", st->root) : 0;
}

int layer_info(const struct store *st, const struct digest *diffid, struct layer_info *info,
	       struct err *e)
{
	auto_close int dir = open_dir(st, diffid, e);
	auto_close int fd = dir < 0 ? -1 : openat(dir, "recipe", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	uint8_t head[RECIPE_HEAD];
	struct recipe_head h;
	ssize_t n;
	int rc;

	if (dir < 0)
		return dir;
	if (fd < 0)
		return err_sys(e, "open a layer's recipe");
	n = pread(fd, head, sizeof(head), 0);
	rc = recipe_head_read(&h, head, n < 0 ? 0 : n, e);
	if (rc < 0)
		return rc;
	*info = (struct layer_info){
		.diffid = *diffid, .blob = *diffid, .blob_size = h.tar_size,
		.tar_size = h.tar_size, .size = h.size, .entries = h.entries,
		.opaque_root = h.flags & RECIPE_OPAQUE_ROOT,
	};
	return 0;
}

bool layer_opaque(const struct store *st, const struct digest *diffid)
{
	char path[LAYER_PATH_TEXT + sizeof("/recipe")];
	uint8_t head[RECIPE_HEAD];
	struct recipe_head h;
	int fd;

	dir_path(diffid, path);
	strcpy(path + strlen(path), "/recipe");
	fd = openat(st->root_fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	for (size_t i = 0; fd < 0 && errno == ENOENT && i < st->extra_n; i++)
		fd = openat(st->extra[i].fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (pread(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
	    recipe_head_read(&h, head, sizeof(head), NULL) < 0)
		h.flags = 0;
	close(fd);
	return h.flags & RECIPE_OPAQUE_ROOT;
}

/* --- the tar, put together again ---------------------------------------------------- */

struct replay {
	int dir;		/* owned; the layer's directory */
	int diff, lost;		/* owned; lost -1: there is none */
	int fd;			/* owned; the last file read, -1: none */
	struct str name;	/* its number and path */
	struct sink out;
	struct side *side;	/* owned; hashes */
	struct sha256 sum;
	uint64_t left;		/* bytes of the tar still to come */
	uint8_t buf[COPY_CHUNK];
};

static void hash(void *sum, const void *data, size_t len)
{
	sha256_add(sum, data, len);
}

static int changed(struct err *e)
{
	return err_set(e, EBADMSG, "the layer on disk is not what it was");
}

static int on_raw(void *to, const void *bytes, size_t len, struct err *e)
{
	struct replay *r = to;

	if (len > r->left)
		return changed(e);
	r->left -= len;
	side_put(r->side, &r->sum, bytes, len);
	return r->out.put(r->out.to, bytes, len, e);
}

static int open_file(struct replay *r, int64_t number, const char *path, struct err *e)
{
	auto_str struct str name = STR_INIT;
	int fd;

	if (number >= 0)
		str_addf(&name, "%lld%s", (long long)number, *path ? "/" : "");
	str_puts(&name, path);
	if (r->fd >= 0 && strcmp(name.s, r->name.s) == 0)
		return 0;
	fd = root_open_how(number >= 0 ? r->lost : r->diff, name.s,
			   O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, ROOT_NO_SYMLINKS, e);
	if (fd < 0)
		return changed(e);
	close_at(&r->fd);
	r->fd = fd;
	str_release(&r->name);
	r->name = name;
	name = (struct str)STR_INIT;
	return 0;
}

static int on_file(void *to, int64_t number, const char *path, uint64_t at, uint64_t len,
		   struct err *e)
{
	struct replay *r = to;
	int rc = open_file(r, number, path, e);

	while (rc == 0 && len) {
		ssize_t n = pread(r->fd, r->buf, len < COPY_CHUNK ? len : COPY_CHUNK, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read a layer's file");
		if (n == 0)
			return changed(e);
		rc = on_raw(r, r->buf, n, e);
		at += n;
		len -= n;
	}
	return rc;
}

static int replay_open(struct replay *r, const struct store *st, const struct digest *diffid,
		       struct err *e)
{
	const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

	r->diff = r->lost = r->fd = -1;
	r->name = (struct str)STR_INIT;
	r->dir = open_dir(st, diffid, e);
	if (r->dir < 0)
		return r->dir;
	r->diff = openat(r->dir, "diff", flags);
	if (r->diff < 0)
		return err_sys(e, "open a layer's diff");
	r->lost = openat(r->dir, "lost", flags);
	return 0;
}

static void replay_release(struct replay *r)
{
	close_at(&r->dir);
	close_at(&r->diff);
	close_at(&r->lost);
	close_at(&r->fd);
	str_release(&r->name);
	side_free(r->side);
}

static int replay_recipe(struct replay *r, const void *recipe, size_t len,
			 const struct digest *diffid, struct err *e)
{
	struct recipe_events ev = { r, on_raw, on_file };
	struct recipe_head h;
	struct digest got;
	int rc = recipe_head_read(&h, recipe, len, e);

	if (rc < 0)
		return rc;
	r->left = h.tar_size;
	r->side = side_new(hash, HASH_HERE);
	sha256_init(&r->sum);
	rc = recipe_play(recipe, len, &ev, e);
	if (rc < 0)
		return rc;
	side_wait(r->side);
	sha256_end(&r->sum, &got);
	return digest_equal(&got, diffid) ? 0 : changed(e);
}

/* Map the recipe and play it. */
static int replay(struct replay *r, const struct digest *diffid, struct err *e)
{
	auto_close int fd = openat(r->dir, "recipe", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat sb;
	void *map;
	int rc;

	if (fd < 0 || fstat(fd, &sb) < 0)
		return err_sys(e, "open a layer's recipe");
	if (sb.st_size < RECIPE_HEAD)
		return changed(e);
	map = mmap(NULL, sb.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return err_sys(e, "map a layer's recipe");
	rc = replay_recipe(r, map, sb.st_size, diffid, e);
	munmap(map, sb.st_size);
	return rc;
}

int layer_tar(const struct store *st, const struct digest *diffid, struct sink out, struct err *e)
{
	struct replay *r = calloc(1, sizeof(*r));
	char hex[DIGEST_HEX + 1];
	int rc;

	if (!r)
		abort();
	r->out = out;
	rc = replay_open(r, st, diffid, e);
	if (rc == 0)
		rc = replay(r, diffid, e);
	replay_release(r);
	free(r);
	digest_hex(diffid, hex);
	if (rc < 0)
		(void)err_wrap(e, "layer %.12s", hex);
	return rc;
}

int layer_remove(const struct store *st, const struct digest *diffid, struct err *e)
{
	auto_store_tmp struct store_tmp tmp = STORE_TMP_INIT;
	char path[LAYER_PATH_TEXT + 1];
	int rc = store_tmp_open(st, &tmp, e);

	if (rc < 0)
		return rc;
	dir_path(diffid, path);
	if (renameat(st->root_fd, path, tmp.fd, "gone") < 0 && errno != ENOENT)
		return err_sys(e, "remove %s", path);
	return 0;	/* and tmp goes, with all that is in it */
}
