// SPDX-License-Identifier: MIT
#include "core/store/blob.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/os/file.h"

enum {
	PATH_TEXT = 13 + DIGEST_HEX, /* "blobs/sha256/" and the digits */
};

struct blob_writer {
	const struct store *st; /* borrowed */
	struct store_tmp tmp;
	int fd; /* owned; tmp/RANDOM/blob */
	uint64_t left; /* bytes it may still take */
	struct sha256 sum;
};

static void blob_path(const struct digest *d, char out[static PATH_TEXT + 1])
{
	memcpy(out, "blobs/sha256/", 13);
	digest_hex(d, out + 13);
}

/* --- writing ---------------------------------------------------------------- */

int blob_create(const struct store *st, uint64_t max, struct blob_writer **w, struct err *e)
{
	struct blob_writer *b = calloc(1, sizeof(*b));
	int rc;

	*w = NULL;
	if (!b)
		abort();
	b->st = st;
	b->fd = -1;
	b->left = max;
	sha256_init(&b->sum);
	rc = store_tmp_open(st, &b->tmp, e);
	if (rc == 0) {
		b->fd = openat(b->tmp.fd, "blob", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (b->fd < 0)
			rc = err_sys(e, "create tmp/%s/blob", b->tmp.name);
	}
	if (rc < 0)
		blob_abort(b);
	else
		*w = b;
	return rc;
}

int blob_add(struct blob_writer *w, const void *data, size_t len, struct err *e)
{
	int rc;

	if (len > w->left)
		return err_set(e, E2BIG, "blob is larger than allowed");
	w->left -= len;
	sha256_add(&w->sum, data, len);
	rc = file_write_all(w->fd, data, len);
	errno = -rc;
	return rc < 0 ? err_sys(e, "write blob") : 0;
}

/* Everything but ending *w. */
static int place(struct blob_writer *w, const struct digest *want, struct digest *got,
		 struct err *e)
{
	char text[DIGEST_TEXT + 1], path[PATH_TEXT + 1];
	struct digest d;
	auto_close int dir = -1;

	sha256_end(&w->sum, &d);
	digest_text(&d, text);
	if (want && !digest_equal(want, &d))
		return err_set(e, EBADMSG, "blob has the digest %s, not the one it should have",
			       text);
	blob_path(&d, path);
	if (fsync(w->fd) < 0 || renameat(w->tmp.fd, "blob", w->st->root_fd, path) < 0)
		return err_sys(e, "write %s", path);
	dir = openat(w->st->root_fd, "blobs/sha256", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || fsync(dir) < 0)
		return err_sys(e, "sync blobs/sha256");
	if (got)
		*got = d;
	return 0;
}

int blob_commit(struct blob_writer *w, const struct digest *want, struct digest *got,
	struct err *e)
{
	int rc = place(w, want, got, e);

	blob_abort(w);
	return rc;
}

void blob_abort(struct blob_writer *w)
{
	if (!w)
		return;
	if (w->fd >= 0)
		close(w->fd);
	store_tmp_release(&w->tmp);
	free(w);
}

int blob_put(const struct store *st, const void *data, size_t len, struct digest *d,
	struct err *e)
{
	struct blob_writer *w;
	struct digest sum;
	int rc;

	digest_of(&sum, data, len);
	*d = sum;
	if (blob_exists(st, &sum))
		return 0;
	rc = blob_create(st, len, &w, e);
	if (rc < 0)
		return rc;
	rc = blob_add(w, data, len, e);
	if (rc == 0)
		return blob_commit(w, &sum, NULL, e);
	blob_abort(w);
	return rc;
}

/* --- reading ---------------------------------------------------------------- */

/* Open in ROOT, else in the extra stores. Returns a descriptor or -errno. */
static int open_any(const struct store *st, const char *path)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(st->root_fd, path, flags);

	for (size_t i = 0; fd < 0 && errno == ENOENT && i < st->extra_n; i++)
		fd = openat(st->extra[i].fd, path, flags);
	return fd < 0 ? -errno : fd;
}

bool blob_exists(const struct store *st, const struct digest *d)
{
	char path[PATH_TEXT + 1];
	auto_close int fd = -1;

	blob_path(d, path);
	fd = open_any(st, path);
	return fd >= 0;
}

int blob_open(const struct store *st, const struct digest *d, int *fd, uint64_t *size,
	struct err *e)
{
	char path[PATH_TEXT + 1];
	auto_close int got = -1;
	struct stat sb;

	blob_path(d, path);
	got = open_any(st, path);
	if (got < 0) {
		errno = -got;
		return err_sys(e, "open %s", path);
	}
	if (fstat(got, &sb) < 0)
		return err_sys(e, "open %s", path);
	if (!S_ISREG(sb.st_mode))
		return err_set(e, EINVAL, "%s is no file", path);
	if (size)
		*size = sb.st_size;
	*fd = take_fd(got);
	return 0;
}

int blob_read(const struct store *st, const struct digest *d, size_t max, struct str *out,
	struct err *e)
{
	char path[PATH_TEXT + 1];
	auto_close int fd = -1;
	struct digest got;
	int rc;

	str_reset(out);
	blob_path(d, path);
	rc = blob_open(st, d, &fd, NULL, e);
	if (rc == 0)
		rc = file_read_fd(fd, path, max, out, e);
	if (rc < 0)
		return rc;
	digest_of(&got, out->s, out->len);
	if (digest_equal(&got, d))
		return 0;
	str_reset(out);
	return err_set(e, EBADMSG, "%s is damaged: its digest is another", path);
}

int blob_remove(const struct store *st, const struct digest *d, struct err *e)
{
	char path[PATH_TEXT + 1];

	blob_path(d, path);
	if (unlinkat(st->root_fd, path, 0) < 0 && errno != ENOENT)
		return err_sys(e, "remove %s", path);
	return 0;
}
