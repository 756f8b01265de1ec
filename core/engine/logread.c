// SPDX-License-Identifier: MIT
/* logread.c - reading a log back, over all its files, while it may still be written.
 *
 *   1 open log.json, log.json.1, … and make sure that no rotation came between
 *   2 with a tail: look backwards for where it begins
 *   3 hand over each file's whole lines, oldest file first
 *   4 follow: at the end of the newest file, wait; when log.json has become another file,
 *     read the rest of ours and go on with those that came after it (again as 1)
 *
 * Rotation moves names upwards, oldest first, and we open them upwards: a file is met at its
 * old name or at its new one, or at both, never at neither. One name may be missing for a
 * moment. Only log.json itself tells that a whole rotation went by. */
#include "core/engine/log.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "core/os/clock.h"

enum {
	BLOCK = 64 << 10,
	BUFFER = LOG_ENTRY_MAX + BLOCK,
	OPEN_TRIES = 200, /* 1 ms each: a rotation takes microseconds */
	WAIT_MS = 250, /* between two looks at whether the writer lives */
	WAIT_SOON_MS = 5, /* after a file was closed: it may just have ended */
};

struct file {
	int fd;
	dev_t dev;
	ino_t ino;
	int64_t size; /* when it was opened */
};

/* All files there are, newest first. */
struct files {
	struct file v[LOG_FILES_MAX]; /* owned fds */
	size_t n;
};

struct reader {
	const struct log_query *q;
	int dir;
	int watch; /* owned; inotify, or -1 */
	int wait_ms;
	bool over; /* until_ns was passed */
	char *buf; /* owned; BUFFER bytes */
};

/* --- the set of files ------------------------------------------------------------ */

static void files_close(struct files *f)
{
	for (size_t i = 0; i < f->n; i++)
		close_at(&f->v[i].fd);
	f->n = 0;
}

/* Take one file out of the set. */
static struct file files_take(struct files *f, size_t i)
{
	struct file got = f->v[i];

	f->v[i].fd = -1;
	return got;
}

static const struct file *files_find(const struct files *f, const struct stat *st)
{
	for (size_t i = 0; i < f->n; i++) {
		if (f->v[i].dev == st->st_dev && f->v[i].ino == st->st_ino)
			return &f->v[i];
	}
	return NULL;
}

/* Open one more. 1 when it is there (or known already), 0 when not, or -errno. */
static int files_add(struct files *f, int dir, int number)
{
	char name[32] = "log.json";
	struct stat st;
	int fd;

	if (number)
		snprintf(name, sizeof(name), "log.json.%d", number);
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || files_find(f, &st)) {
		close(fd);
		return 1;
	}
	f->v[f->n++] = (struct file){ fd, st.st_dev, st.st_ino, st.st_size };
	return 1;
}

/* One pass. 1 when it saw them all, 0 when a rotation came between, or -errno. */
static int files_try(struct files *f, int dir)
{
	struct stat st;
	int rc, missing = 0;

	rc = files_add(f, dir, 0);
	if (rc < 0)
		return rc;
	for (int i = 1; i < LOG_FILES_MAX && missing < 2; i++) {
		int got = files_add(f, dir, i);

		if (got < 0)
			return got;
		missing = got ? 0 : missing + 1;
	}
	if (rc == 0) /* between two renames, or nothing was ever written */
		return f->n == 0;
	return fstatat(dir, "log.json", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		st.st_ino == f->v[0].ino && st.st_dev == f->v[0].dev;
}

static int files_open(struct files *f, int dir, struct err *e)
{
	int rc = 0;

	f->n = 0;
	for (int i = 0; i < OPEN_TRIES; i++) {
		rc = files_try(f, dir);
		if (rc > 0 || (rc == 0 && i + 1 == OPEN_TRIES))
			break; /* or a crash left it without log.json */
		files_close(f);
		if (rc < 0)
			return err_set(e, -rc, "open log: %s", strerror(-rc));
		clock_sleep_ms(1);
	}
	for (size_t i = 0; i < f->n; i++) {
		struct stat st;

		if (fstat(f->v[i].fd, &st) == 0)
			f->v[i].size = st.st_size;
	}
	return 0;
}

/* --- lines ----------------------------------------------------------------------- */

static int line_give(struct reader *r, char *line, size_t len)
{
	struct log_entry entry;

	if (log_parse(line, len, &entry) < 0)
		return 0;
	if (r->q->since_ns && entry.time_ns < r->q->since_ns)
		return 0;
	if (r->q->until_ns && entry.time_ns > r->q->until_ns) {
		r->over = true;
		return 0;
	}
	return r->q->entry(r->q->arg, &entry);
}

/* Give the whole lines in buf[0..*have); what is left is moved to its front. */
static int lines_give(struct reader *r, size_t *have)
{
	char *p = r->buf, *end = p + *have, *nl;
	int rc = 0;

	while (rc == 0 && !r->over && (nl = memchr(p, '\n', (size_t)(end - p)))) {
		rc = line_give(r, p, (size_t)(nl - p));
		p = nl + 1;
	}
	*have = (size_t)(end - p);
	memmove(r->buf, p, *have);
	return rc;
}

/* Give the lines of a file from *at up to `stop` (-1: its end as it then is). *at becomes
 * where the first line not given begins: a line without its end is looked at again
 * later, for a writer on a full disk may take it back. */
static int range_give(struct reader *r, int fd, int64_t *at, int64_t stop, struct err *e)
{
	bool skipping = false; /* inside a line too long to be an entry */
	size_t have = 0;
	int rc = 0;

	while (rc == 0 && !r->over) {
		int64_t from = *at + (int64_t)have;
		size_t room = stop < 0 || stop - from > BLOCK ? BLOCK : (size_t)(stop - from);
		ssize_t n = pread(fd, r->buf + have, room, from);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read log");
		if (n == 0)
			break;
		have += (size_t)n;
		if (skipping) {
			char *nl = memchr(r->buf, '\n', have);
			size_t drop = nl ? (size_t)(nl - r->buf) + 1 : have;

			skipping = !nl;
			*at += (int64_t)drop;
			have -= drop;
			memmove(r->buf, r->buf + drop, have);
		}
		from = *at + (int64_t)have;
		rc = lines_give(r, &have);
		*at = from - (int64_t)have;
		if (have > LOG_ENTRY_MAX) {
			skipping = true;
			*at += (int64_t)have;
			have = 0;
		}
	}
	return rc;
}

/* --- tail ------------------------------------------------------------------------ */

/* Where the last `n` whole lines of a file begin. Returns how many there are, at most n. */
static int64_t tail_find(struct reader *r, const struct file *f, int64_t n, int64_t *at)
{
	int64_t seen = -1; /* newlines, but for the one that ends the last line */

	for (int64_t pos = f->size; pos > 0;) {
		int64_t from = pos > BLOCK ? pos - BLOCK : 0;
		char *p, *end;
		ssize_t got = pread(f->fd, r->buf, (size_t)(pos - from), from);

		if (got <= 0)
			break;
		end = r->buf + got;
		while ((p = memrchr(r->buf, '\n', (size_t)(end - r->buf)))) {
			if (++seen == n) {
				*at = from + (p - r->buf) + 1;
				return n;
			}
			end = p;
		}
		pos = from;
	}
	*at = 0;
	return seen + 1 < n ? seen + 1 : n;
}

/* --- following ------------------------------------------------------------------- */

static void watch_open(struct reader *r)
{
	const uint32_t what = IN_MODIFY | IN_MOVED_TO | IN_CREATE | IN_CLOSE_WRITE |
		IN_DELETE_SELF | IN_ONLYDIR;
	char path[48];

	r->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (r->watch < 0)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", r->dir);
	if (inotify_add_watch(r->watch, path, what) < 0) {
		close(r->watch);
		r->watch = -1;
	}
}

static void watch_read(struct reader *r)
{
	char buf[4096] __attribute__((aligned(8)));
	ssize_t n;

	while ((n = read(r->watch, buf, sizeof(buf))) > 0) {
		for (char *p = buf; p < buf + n;) {
			const struct inotify_event *ev = (void *)p;

			if (ev->mask & (IN_CLOSE_WRITE | IN_DELETE_SELF | IN_IGNORED))
				r->wait_ms = WAIT_SOON_MS;
			p += sizeof(*ev) + ev->len;
		}
	}
}

/* Sleep until something happened in the directory, or a while. */
static void follow_wait(struct reader *r)
{
	struct pollfd p = { .fd = r->watch, .events = POLLIN };

	if (r->q->rest)
		r->q->rest(r->q->arg);
	if (r->watch < 0) {
		clock_sleep_ms(WAIT_MS / 5);
		return;
	}
	if (poll(&p, 1, r->wait_ms) > 0)
		watch_read(r);
	else if (r->wait_ms < WAIT_MS)
		r->wait_ms = r->wait_ms * 2 < WAIT_MS ? r->wait_ms * 2 : WAIT_MS;
}

static bool writer_alive(const struct reader *r)
{
	struct stat st;

	return r->q->alive && r->q->alive(r->q->arg) && fstat(r->dir, &st) == 0 &&
		st.st_nlink > 0 && !(r->q->until_ns && clock_real_ns() > r->q->until_ns);
}

/* 1 when log.json is another file than `cur`, 0 when it is the same or not there. */
static int rotated(const struct reader *r, const struct file *cur)
{
	struct stat st;

	if (fstatat(r->dir, "log.json", &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return st.st_ino != cur->ino || st.st_dev != cur->dev;
}

/* cur was rotated away and is read: give the files between it and the newest, which
 * becomes cur. Files that were removed since are lost. */
static int follow_on(struct reader *r, struct file *cur, int64_t *at, struct err *e)
{
	struct files f;
	size_t i;
	int rc = files_open(&f, r->dir, e);

	if (rc < 0 || !f.n)
		return rc;
	for (i = 0; i < f.n; i++) {
		if (f.v[i].ino == cur->ino && f.v[i].dev == cur->dev)
			break;
	}
	if (i == 0) { /* the newest still: nothing to go on to */
		files_close(&f);
		return 0;
	}
	while (rc == 0 && --i > 0) {
		*at = 0;
		rc = range_give(r, f.v[i].fd, at, -1, e);
	}
	close(cur->fd);
	*cur = files_take(&f, 0);
	*at = 0;
	files_close(&f);
	return rc;
}

static int follow(struct reader *r, struct file *cur, int64_t at, struct err *e)
{
	int rc;

	for (;;) {
		/* Both before the read: what a dead writer wrote is there, and a rotated file
		 * grows no more. */
		bool alive = writer_alive(r), moved = rotated(r, cur);

		rc = range_give(r, cur->fd, &at, -1, e);
		if (rc || r->over)
			return rc;
		if (moved) {
			rc = follow_on(r, cur, &at, e);
			if (rc)
				return rc;
		} else if (!alive) {
			return 0;
		} else {
			follow_wait(r);
		}
	}
}

/* --- all of it ------------------------------------------------------------------- */

/* No log yet: wait for the first file, which may be several by then; *cur is the oldest.
 * Its fd is -1 when the writer went without one. */
static int first_file(struct reader *r, struct file *cur, struct err *e)
{
	struct files f;
	int rc;

	for (;;) {
		bool alive = writer_alive(r);

		rc = files_open(&f, r->dir, e);
		if (rc < 0)
			return rc;
		if (f.n)
			*cur = files_take(&f, f.n - 1);
		files_close(&f);
		if (cur->fd >= 0 || !alive)
			return 0;
		follow_wait(r);
	}
}

/* The file the tail begins in, and where in it. */
static size_t tail_begin(struct reader *r, const struct files *f, int64_t *at)
{
	int64_t left = r->q->tail;

	*at = 0;
	for (size_t i = 0; i < f->n && left >= 0; i++) {
		left -= tail_find(r, &f->v[i], left, at);
		if (left == 0)
			return i;
	}
	return f->n ? f->n - 1 : 0;
}

/* Give all that the files have; *cur and *at are where a follower goes on. */
static int files_give(struct reader *r, struct file *cur, int64_t *at, struct err *e)
{
	struct files f;
	int rc = files_open(&f, r->dir, e);

	if (rc < 0 || !f.n)
		return rc;
	for (size_t i = tail_begin(r, &f, at); rc == 0 && !r->over && i > 0; i--) {
		rc = range_give(r, f.v[i].fd, at, -1, e);
		*at = 0;
	}
	if (rc == 0 && !r->over)
		rc = range_give(r, f.v[0].fd, at, f.v[0].size, e);
	*cur = files_take(&f, 0);
	files_close(&f);
	return rc;
}

static int read_all(struct reader *r, struct err *e)
{
	struct file cur = { .fd = -1 };
	int64_t at = 0;
	int rc = files_give(r, &cur, &at, e);

	if (rc == 0 && !r->over && r->q->follow) {
		if (cur.fd < 0)
			rc = first_file(r, &cur, e);
		if (rc == 0 && cur.fd >= 0)
			rc = follow(r, &cur, at, e);
	}
	close_at(&cur.fd);
	return rc;
}

int log_read(int dir, const struct log_query *q, struct err *e)
{
	struct reader r = { .q = q, .dir = dir, .watch = -1, .wait_ms = WAIT_MS };
	int rc;

	r.buf = malloc(BUFFER);
	if (!r.buf)
		return err_set(e, ENOMEM, "no memory to read a log");
	if (q->follow)
		watch_open(&r);
	rc = read_all(&r, e);
	close_at(&r.watch);
	free(r.buf);
	return rc;
}
