// SPDX-License-Identifier: MIT
/* layerunpack.c - a blob becomes a layer.
 *
 *   1. begin   tmp/RANDOM/layer/ with an empty diff/ and a recipe without head
 *   2. feed    decompress (stream.h) -> hash, in a helper thread
 *              -> take the tar apart (tar.h) -> tree (unpack.h) and recipe (recipe.h)
 *   3. end     directories get their times, the recipe its head; digests are compared
 *   4. the caller syncs (layers_sync), once for all layers of an image
 *   5. commit  rename to layers/sha256/<diffid>
 *
 * A failure or a crash before 5 leaves only tmp/RANDOM, which abort removes, or whoever
 * next finds it without a lock. After 5 the layer is whole; without 4 it might not be after
 * a power cut, so 4 comes first.
 *
 * What an attacker controls: the blob. The digests say only that it is the blob that was
 * asked for. It may want: more space than there is (counted against the disk's free bytes
 * before a file is made), more entries (LAYER_ENTRIES_MAX), more bytes that no file keeps
 * (LAYER_ODD_MAX), memory (every buffer here and below is bounded).
 *
 * Decompressing is done by whoever the caller says (stream_ops), for bytes from outside by a
 * process without rights. The tar is hashed and taken apart here, from the same bytes in
 * our own memory: so the tree is what the diff id says, whoever gave them (decoder.h). */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "core/os/file.h"
#include "core/os/side.h"
#include "core/store/layer.h"
#include "core/store/recipe.h"
#include "core/store/unpack.h"

enum {
	READ_CHUNK = STREAM_CHUNK,
	SYNC_EVERY = 32 << 20,	/* bytes of tar between two early syncs */
	HASH_HERE = 1 << 20,	/* bytes that are hashed before a thread is worth its start */
};

struct layer_unpack {
	const struct store *st;		/* borrowed */
	struct layer_want want;		/* digests point to the two below */
	struct digest want_diffid, want_blob;
	struct store_tmp tmp;
	int layer_fd, diff_fd, recipe_fd, spill_fd, lost_fd;	/* owned, -1: closed */

	struct stream stream;
	struct tar_reader *tar;		/* owned */
	struct unpack *unpack;		/* owned */
	struct recipe_writer recipe;
	struct side *hasher;		/* owned */
	struct side *syncer;		/* owned */
	struct sha256 blob, plain;	/* the bytes as they come; the tar */
	uint64_t synced;		/* bytes of the tar when syncing was last begun */

	bool keeps;			/* the entry's content is in a file */
	const char *path;		/* its real path */
	uint64_t odd;			/* bytes of content that no file keeps */
	bool ended;
	struct layer_info info;
};

/* --- the parts, tied together --------------------------------------------------- */

static int recipe_put(void *to, const void *data, size_t len, struct err *e)
{
	const struct layer_unpack *u = to;
	int rc = file_write_all(u->recipe_fd, data, len);

	errno = -rc;
	return rc < 0 ? err_sys(e, "write the recipe") : 0;
}

static int on_raw(void *to, const void *bytes, size_t len, struct err *e)
{
	struct layer_unpack *u = to;

	return recipe_raw(&u->recipe, bytes, len, e);
}

static int on_entry(void *to, const struct tar_entry *t, struct err *e)
{
	struct layer_unpack *u = to;
	int rc = unpack_entry(u->unpack, t, &u->path, e);

	u->keeps = rc > 0;
	return rc < 0 ? rc : 0;
}

static int on_data(void *to, uint64_t at, const void *bytes, size_t len, struct err *e)
{
	struct layer_unpack *u = to;
	int rc;

	if (!u->keeps) {
		u->odd += len;
		if (u->odd > LAYER_ODD_MAX)
			return err_set(e, E2BIG, "more than %d MiB belong to no file",
				       LAYER_ODD_MAX >> 20);
		return recipe_raw(&u->recipe, bytes, len, e);
	}
	rc = recipe_file(&u->recipe, u->path, at, len, e);
	return rc < 0 ? rc : unpack_data(u->unpack, at, bytes, len, e);
}

static int on_end(void *to, struct err *e)
{
	struct layer_unpack *u = to;

	return unpack_end(u->unpack, e);
}

/* What a later entry replaces is still content of the tar: it goes to lost/. */
static int on_lose(void *to, int dirfd, const char *name, const char *path, struct err *e)
{
	struct layer_unpack *u = to;
	uint64_t number;
	char text[24];
	int rc = recipe_lost(&u->recipe, path, &number, e);

	if (rc < 0)
		return rc;
	if (u->lost_fd < 0) {
		if (mkdirat(u->layer_fd, "lost", 0700) < 0)
			return err_sys(e, "make lost");
		u->lost_fd = openat(u->layer_fd, "lost", O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	if (renameat(dirfd, name, u->lost_fd, text) < 0)
		return err_sys(e, "keep what was replaced");
	return 0;
}

static void hash(void *sum, const void *data, size_t len)
{
	sha256_add(sum, data, len);
}

/* Begin to write to disk what is there so far, so that layers_sync finds little left. Its
 * outcome is of no matter: layers_sync asks again. */
static void sync_early(void *fd, const void *data, size_t len)
{
	(void)data, (void)len;
	syncfs(*(const int *)fd);
}

static int tar_put(void *to, const void *data, size_t len, struct err *e)
{
	struct layer_unpack *u = to;

	u->info.tar_size += len;
	side_put(u->hasher, &u->plain, data, len);
	if (u->info.tar_size - u->synced >= SYNC_EVERY && side_idle(u->syncer)) {
		u->synced = u->info.tar_size;
		side_put(u->syncer, &u->layer_fd, "", 1);
		side_push(u->syncer);
	}
	return tar_feed(u->tar, data, len, e);
}

/* --- begin ---------------------------------------------------------------------- */

static int make_files(struct layer_unpack *u, struct err *e)
{
	static const uint8_t head[RECIPE_HEAD];
	const int dir = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	const int file = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;

	if (mkdirat(u->tmp.fd, "layer", 0700) < 0)
		return err_sys(e, "make tmp/%s/layer", u->tmp.name);
	u->layer_fd = openat(u->tmp.fd, "layer", dir);
	if (u->layer_fd < 0 || mkdirat(u->layer_fd, "diff", 0755) < 0)
		return err_sys(e, "make tmp/%s/layer/diff", u->tmp.name);
	u->diff_fd = openat(u->layer_fd, "diff", dir);
	u->recipe_fd = openat(u->layer_fd, "recipe", file, 0600);
	u->spill_fd = openat(u->tmp.fd, "later", file, 0600);
	if (u->diff_fd < 0 || u->recipe_fd < 0 || u->spill_fd < 0)
		return err_sys(e, "make tmp/%s", u->tmp.name);
	return recipe_put(u, head, sizeof(head), e);
}

static uint64_t free_bytes(const struct store *st)
{
	struct statvfs v;

	return fstatvfs(st->root_fd, &v) < 0 ? UINT64_MAX : (uint64_t)v.f_bavail * v.f_frsize;
}

static void copy_want(struct layer_unpack *u, const struct layer_want *want)
{
	if (!want)
		return;
	u->want = *want;
	if (want->diffid) {
		u->want_diffid = *want->diffid;
		u->want.diffid = &u->want_diffid;
	}
	if (want->blob) {
		u->want_blob = *want->blob;
		u->want.blob = &u->want_blob;
	}
}

static void make_parts(struct layer_unpack *u, const struct stream_ops *ops)
{
	struct unpack_opts o = {
		.flags = UNPACK_LAYER, .max_entries = LAYER_ENTRIES_MAX,
		.max_bytes = u->want.max_bytes ? u->want.max_bytes : free_bytes(u->st),
		.lose = on_lose, .to = u,
	};

	stream_init(&u->stream, ops, (struct sink){ tar_put, u });
	recipe_writer_init(&u->recipe, (struct sink){ recipe_put, u });
	u->tar = tar_reader_new(&(struct tar_events){ u, on_raw, on_entry, on_data, on_end });
	u->unpack = unpack_new(u->diff_fd, u->spill_fd, &o);
	u->hasher = side_new(hash, HASH_HERE);
	u->syncer = side_new(sync_early, 0);
	sha256_init(&u->blob);
	sha256_init(&u->plain);
}

int layer_unpack_begin(const struct store *st, const struct stream_ops *ops,
		       const struct layer_want *want, struct layer_unpack **out, struct err *e)
{
	struct layer_unpack *u = calloc(1, sizeof(*u));
	mode_t mask;
	int rc;

	*out = NULL;
	if (!u)
		abort();
	u->st = st;
	u->layer_fd = u->diff_fd = u->recipe_fd = u->spill_fd = u->lost_fd = -1;
	copy_want(u, want);
	rc = store_tmp_open(st, &u->tmp, e);
	if (rc < 0) {
		free(u);
		return rc;
	}
	mask = umask(0);
	rc = make_files(u, e);
	umask(mask);
	make_parts(u, ops);
	if (rc < 0)
		layer_unpack_abort(u);
	else
		*out = u;
	return rc;
}

/* --- feed ----------------------------------------------------------------------- */

static bool compressed(const struct layer_unpack *u)
{
	return u->stream.kind != STREAM_PLAIN && u->stream.kind != STREAM_UNKNOWN;
}

int layer_unpack_feed(struct layer_unpack *u, const void *data, size_t len, struct err *e)
{
	enum stream_kind was = u->stream.kind;
	mode_t mask;
	int rc;

	u->info.blob_size += len;
	if (u->want.blob_size && u->info.blob_size > u->want.blob_size)
		return err_set(e, EBADMSG, "the layer is larger than the %llu bytes it should have",
			       (unsigned long long)u->want.blob_size);
	if (compressed(u))
		side_put(u->hasher, &u->blob, data, len);
	mask = umask(0);
	rc = stream_feed(&u->stream, data, len, e);
	umask(mask);
	if (rc == 0 && was == STREAM_UNKNOWN && u->stream.kind != STREAM_PLAIN)
		side_put(u->hasher, &u->blob, data, len);
	return rc;
}

/* --- end ------------------------------------------------------------------------ */

static int check(struct layer_unpack *u, struct err *e)
{
	const struct layer_info *i = &u->info;
	char text[DIGEST_TEXT + 1];

	if (u->want.blob_size && i->blob_size != u->want.blob_size)
		return err_set(
			e, EBADMSG, "the layer has %llu bytes and not the %llu it should have",
			(unsigned long long)i->blob_size, (unsigned long long)u->want.blob_size);
	digest_text(&i->blob, text);
	if (u->want.blob && !digest_equal(u->want.blob, &i->blob))
		return err_set(e, EBADMSG,
			       "the layer has the digest %s, not the one it should have", text);
	digest_text(&i->diffid, text);
	if (u->want.diffid && !digest_equal(u->want.diffid, &i->diffid))
		return err_set(e, EBADMSG,
			       "the layer has the diff id %s, not the one it should have", text);
	return 0;
}

static int write_head(struct layer_unpack *u, struct err *e)
{
	struct recipe_head h = {
		.tar_size = u->info.tar_size, .size = u->info.size, .entries = u->info.entries,
		.lost = u->recipe.lost, .flags = u->info.opaque_root ? RECIPE_OPAQUE_ROOT : 0,
	};
	uint8_t head[RECIPE_HEAD];

	recipe_head_write(&h, head);
	if (pwrite(u->recipe_fd, head, sizeof(head), 0) != sizeof(head))
		return err_sys(e, "write the recipe");
	return 0;
}

static int finish(struct layer_unpack *u, struct err *e)
{
	struct unpack_stat s;
	int rc = stream_end(&u->stream, e);

	if (rc == 0)
		rc = tar_end(u->tar, e);
	if (rc == 0)
		rc = unpack_finish(u->unpack, &s, e);
	if (rc == 0)
		rc = recipe_end(&u->recipe, e);
	if (rc < 0)
		return rc;
	u->info.size = s.bytes;
	u->info.entries = s.entries;
	u->info.skipped_xattrs = s.skipped_xattrs;
	u->info.skipped_devices = s.skipped_devices;
	u->info.opaque_root = s.opaque_root;
	return write_head(u, e);
}

/* Let go of all but what commit needs: many layers may wait for their commit at once. */
static void drop_parts(struct layer_unpack *u)
{
	side_free(u->hasher);
	side_free(u->syncer);
	stream_release(&u->stream);
	tar_reader_free(u->tar);
	unpack_free(u->unpack);
	recipe_writer_release(&u->recipe);
	u->hasher = u->syncer = NULL;
	u->tar = NULL;
	u->unpack = NULL;
	close_at(&u->diff_fd);
	close_at(&u->recipe_fd);
	close_at(&u->spill_fd);
	close_at(&u->lost_fd);
	u->diff_fd = u->recipe_fd = u->spill_fd = u->lost_fd = -1;
}

int layer_unpack_end(struct layer_unpack *u, struct layer_info *info, struct err *e)
{
	mode_t mask = umask(0);
	int rc = finish(u, e);

	umask(mask);
	if (rc < 0)
		return rc;
	side_wait(u->hasher);
	sha256_end(&u->plain, &u->info.diffid);
	sha256_end(&u->blob, &u->info.blob);
	if (!compressed(u))
		u->info.blob = u->info.diffid;
	rc = check(u, e);
	if (rc < 0)
		return rc;
	drop_parts(u);
	u->ended = true;
	if (info)
		*info = u->info;
	return 0;
}

int layer_unpack_commit(struct layer_unpack *u, struct err *e)
{
	char path[LAYER_PATH_TEXT + 1];
	int rc = 0;

	layer_path(&u->info.diffid, path);
	path[LAYER_PATH_TEXT - 5] = 0;	/* without "/diff" */
	if (!u->ended)
		rc = err_set(e, EINVAL, "a layer is not whole yet");
	else if (!layer_exists(u->st, &u->info.diffid) &&
		 renameat(u->tmp.fd, "layer", u->st->root_fd, path) < 0 &&
		 errno != EEXIST && errno != ENOTEMPTY)	/* somebody else's is as good */
		rc = err_sys(e, "rename to %s", path);
	layer_unpack_abort(u);
	return rc;
}

void layer_unpack_abort(struct layer_unpack *u)
{
	if (!u)
		return;
	drop_parts(u);
	close_at(&u->layer_fd);
	store_tmp_release(&u->tmp);
	free(u);
}

/* --- a whole blob ----------------------------------------------------------------- */

static int feed_fd(struct layer_unpack *u, int fd, struct layer_info *info, struct err *e)
{
	auto_free uint8_t *buf = malloc(READ_CHUNK);
	ssize_t n;

	if (!buf)
		abort();
	while ((n = read(fd, buf, READ_CHUNK)) != 0) {
		int rc;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read the layer");
		rc = layer_unpack_feed(u, buf, n, e);
		if (rc < 0)
			return rc;
	}
	return layer_unpack_end(u, info, e);
}

int layer_unpack_fd(const struct store *st, const struct stream_ops *ops,
		    const struct layer_want *want, int fd, struct layer_info *info, struct err *e)
{
	struct layer_unpack *u;
	int rc = layer_unpack_begin(st, ops, want, &u, e);

	if (rc < 0)
		return rc;
	rc = feed_fd(u, fd, info, e);
	if (rc == 0)
		rc = layers_sync(st, e);
	if (rc < 0) {
		layer_unpack_abort(u);
		return rc;
	}
	rc = layer_unpack_commit(u, e);
	return rc < 0 ? rc : layers_sync(st, e);
}
