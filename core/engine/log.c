// SPDX-License-Identifier: MIT
/* log.c - writing: bytes of output to entries on disk.
 *
 *   1 a read's bytes are cut at newlines; what is left over waits in `part`
 *   2 each entry is written, escaped, into `out`
 *   3 `out` goes to the file in one write, at LOG_FLUSH bytes and at the end of each read
 *   4 an entry that would make the file longer than max_size goes into a new one first
 *
 * Where there is a syslog each line goes to its queue too, which is sent at the end of each read.
 *
 * A write that fails or stops short keeps the whole entries that got through; the file is cut
 * back to the last of them, or where even that fails the next write begins with a newline. */
#include "core/engine/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "build/gen/config.h"
#include "core/base/text.h"
#include "core/os/clock.h"

#define LOG_NAME "log.json"
#define STAMP_HEAD ",\"time\":\""
#define STAMP_END "Z\"}\n"
enum {
	NAME_MAX_LEN = 24,
	STAMP_TIME = sizeof(STAMP_HEAD) - 1,
	STAMP_DOT = STAMP_TIME + sizeof("2026-11-20T14:03:09") - 1,
	STAMP_LAST = STAMP_DOT + 9, /* the last digit */
	STAMP_LEN = STAMP_LAST + sizeof(STAMP_END),
	TICK_NS = 100000000, /* no clock is coarser; what goes back further was set */
};

/* --- escaping -------------------------------------------------------------------- */

#define EACH(c) (0x0101010101010101ull * (c))

/* The top bit of every byte of v that is 0 (and perhaps of some after the first such). */
static inline uint64_t zeroes(uint64_t v)
{
	return (v - EACH(0x01)) & ~v & EACH(0x80);
}

/* How many of these 8 bytes, from the first, stand for themselves inside a JSON string. */
static inline unsigned plain(uint64_t v)
{
	uint64_t hit = (v & EACH(0x80)) | ((v - EACH(0x20)) & ~v & EACH(0x80)) |
		zeroes((v & ~EACH(4)) ^ EACH('"')) | /* " and & differ in one bit */
		zeroes((v & ~EACH(2)) ^ EACH('<')) | /* < and > too */
		zeroes(v ^ EACH('\\'));

	if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
		return hit ? 0 : 8;
	return hit ? (unsigned)__builtin_ctzll(hit) / 8 : 8;
}

/* The same for the last `left` bytes before `end`, fewer than 8 of at least 8, which are copied. */
static inline unsigned plain_end(char *out, const char *end, unsigned left)
{
	uint64_t v;
	unsigned ok;

	if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
		return 0;
	memcpy(&v, end - 8, 8);
	v = v >> 8 * (8 - left) | EACH('x') << 8 * left;
	memcpy(out, &v, 8);
	ok = plain(v);
	return ok < left ? ok : left;
}

static char *escape_hex(char *out, unsigned v)
{
	static const char hex[] = "0123456789abcdef";

	out[0] = '\\';
	out[1] = 'u';
	for (int i = 0; i < 4; i++)
		out[2 + i] = hex[v >> (12 - 4 * i) & 15];
	return out + 6;
}

/* A byte above ASCII: the whole character when it is one, else itself as \udcNN. */
static char *escape_high(char *out, const char *s, size_t len, size_t *took)
{
	int32_t rune;

	*took = text_rune(s, len, &rune);
	if (rune < 0)
		return escape_hex(out, 0xdc00 + (unsigned char)*s);
	if (rune == 0x2028 || rune == 0x2029)
		return escape_hex(out, (unsigned)rune);
	memcpy(out, s, *took);
	return out + *took;
}

static char *escape_one(char *out, const char *s, size_t len, size_t *took)
{
	unsigned char c = (unsigned char)*s;

	*took = 1;
	if (c >= 0x80)
		return escape_high(out, s, len, took);
	if (c == '"' || c == '\\' || c == '\n' || c == '\r') {
		*out++ = '\\';
		*out++ = c == '\n' ? 'n' : c == '\r' ? 'r'
						     : (char)c;
	} else if (c < 0x20 || c == '<' || c == '>' || c == '&') {
		return escape_hex(out, c);
	} else {
		*out++ = (char)c;
	}
	return out;
}

char *log_escape(char *out, const char *s, size_t len)
{
	size_t n = 0, took;

	while (len - n >= 8) {
		uint64_t v;
		unsigned ok;

		memcpy(&v, s + n, 8);
		memcpy(out, &v, 8);
		ok = plain(v);
		out += ok;
		n += ok;
		if (ok == 8)
			continue;
		out = escape_one(out, s + n, len - n, &took);
		n += took;
	}
	for (; n < len; n += took) {
		unsigned ok = len >= 8 ? plain_end(out, s + len, (unsigned)(len - n)) : 0;

		out += ok;
		n += ok;
		if (n == len)
			break;
		out = escape_one(out, s + n, len - n, &took);
	}
	return out;
}

/* --- the file -------------------------------------------------------------------- */

static const char *file_name(char name[static NAME_MAX_LEN], int i)
{
	if (i == 0)
		return LOG_NAME;
	snprintf(name, NAME_MAX_LEN, LOG_NAME ".%d", i);
	return name;
}

static __attribute__((cold, noinline)) int file_open(struct log_writer *w)
{
	struct stat st;
	char last = '\n';

	w->fd = openat(w->dir, LOG_NAME, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		0600);
	if (w->fd < 0)
		return -errno;
	if (fstat(w->fd, &st) < 0)
		st.st_size = 0;
	w->size = st.st_size;
	if (w->size && pread(w->fd, &last, 1, w->size - 1) == 1)
		w->torn = last != '\n';
	return 0;
}

static void file_close(struct log_writer *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

/* log.json becomes log.json.1 and so on, the oldest goes. Names move one at a time, oldest
 * first, so that at any moment at most one of them is missing (log_read relies on it). */
static __attribute__((cold, noinline)) void rotate(struct log_writer *w)
{
	char from[NAME_MAX_LEN], to[NAME_MAX_LEN];

	for (int i = w->config.max_file - 2; i >= 0; i--)
		(void)!renameat(w->dir, file_name(from, i), w->dir, file_name(to, i + 1));
	if (w->config.max_file == 1)
		(void)!unlinkat(w->dir, LOG_NAME, 0);
	file_close(w);
	w->torn = false;
	w->size = 0;
	(void)!file_open(w);
}

/* A write stopped short: keep the entries that are whole, take the rest back.
 * Returns how many bytes are kept. */
static __attribute__((cold, noinline)) size_t cut_back(struct log_writer *w, size_t written)
{
	const char *end = written ? memrchr(w->out, '\n', written) : NULL;
	size_t keep = end ? (size_t)(end - w->out) + 1 : 0;

	if (written > keep && ftruncate(w->fd, w->size + (int64_t)keep) < 0) {
		w->size += (int64_t)(written - keep);
		w->torn = true;
	}
	return keep;
}

static size_t count_entries(const char *s, size_t len)
{
	size_t n = 0;

	for (const char *end = s + len; (s = memchr(s, '\n', (size_t)(end - s))); s++)
		n++;
	return n;
}

/* Write len bytes of out; returns how many, always whole entries. */
static size_t file_write(struct log_writer *w, size_t len)
{
	size_t done = 0;
	ssize_t n = 0;

	if (w->fd < 0 && file_open(w) < 0)
		goto failed;
	if (w->torn) {
		if (write(w->fd, "\n", 1) != 1)
			goto failed;
		w->torn = false;
		w->size++;
	}
	while (done < len) {
		n = write(w->fd, w->out + done, len - done);
		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			break;
	}
	if (done == len)
		return len;
failed:
	w->error = errno ? errno : EIO;
	return cut_back(w, done);
}

/* Send the first len bytes of out, which are whole entries, to the file; what is lost of
 * them is counted. The rest moves to the front. */
static void flush_some(struct log_writer *w, size_t len)
{
	size_t all = len == w->used ? w->entries : count_entries(w->out, len);
	size_t kept = file_write(w, len), there = kept == len ? all : count_entries(w->out, kept);

	w->size += (int64_t)kept;
	if (there && w->note)
		w->lost = 0;
	w->lost += all - there - (there ? 0 : w->note);
	if (all)
		w->note = false;
	w->entries -= all;
	w->used -= len;
	memmove(w->out, w->out + len, w->used);
}

static inline char *put(char *out, const char *s, size_t len)
{
	memcpy(out, s, len);
	return out + len;
}
#define PUT(out, text) put(out, text, sizeof(text) - 1)

/* --- time ------------------------------------------------------------------------ */

static __attribute__((cold, noinline)) void stamp_set(struct log_writer *w, int64_t ns)
{
	char text[CLOCK_TEXT_MAX];

	w->stamp_ns = ns;
	snprintf(w->stamp, sizeof(w->stamp), STAMP_HEAD "%s\"}\n", clock_format9(ns, text));
}

/* What comes next was read at now_ns; when the clock stands still, just after the last entry. */
static void stamp_begin(struct log_writer *w, int64_t now_ns)
{
	if (now_ns < w->stamp_ns && w->stamp_ns - now_ns < TICK_NS)
		now_ns = w->stamp_ns;
	if (now_ns != w->stamp_ns || !w->stamp[0])
		stamp_set(w, now_ns);
}

/* One nanosecond later: what is written is what has changed. */
static inline void stamp_next(struct log_writer *w)
{
	char *p = w->stamp + STAMP_LAST;

	w->stamp_ns++;
	while (*p == '9')
		*p-- = '0';
	if (*p != '.')
		++*p;
	else
		stamp_set(w, w->stamp_ns);
}

/* The time of an entry, without zeroes at its end, and the end of it. */
static inline char *put_stamp(struct log_writer *w, char *out)
{
	memcpy(out, w->stamp, STAMP_LEN);
	if (out[STAMP_LAST] != '0') {
		out += STAMP_LEN;
	} else {
		out += STAMP_LAST;
		while (*out == '0')
			out--;
		out += *out != '.';
		out = PUT(out, STAMP_END);
	}
	stamp_next(w);
	return out;
}

/* --- entries --------------------------------------------------------------------- */

static void put_entry(struct log_writer *w, enum log_stream s, const char *data, size_t len)
{
	size_t start = w->used;
	char *out = w->out + start;

	out = PUT(out, "{\"log\":\"");
	if (data[len - 1] == '\n') {
		out = log_escape(out, data, len - 1);
		out = PUT(out, "\\n");
	} else {
		out = log_escape(out, data, len);
	}
	out = s == LOG_STDERR ? PUT(out, "\",\"stream\":\"stderr\"")
			      : PUT(out, "\",\"stream\":\"stdout\"");
	if (w->attrs_len) {
		out = PUT(out, ",\"attrs\":");
		out = put(out, w->config.attrs, w->attrs_len);
	}
	out = put_stamp(w, out);
	w->used = (size_t)(out - w->out);
	w->entries++;
	if (w->config.max_size > 0 && w->size + (int64_t)w->used > w->config.max_size &&
		w->size + (int64_t)start > 0) {
		if (start)
			flush_some(w, start);
		if (w->fd >= 0 && w->size > 0)
			rotate(w);
	}
	if (w->used >= LOG_FLUSH)
		flush_some(w, w->used);
}

static void send_line(struct log_writer *w, enum log_stream s, const char *data, size_t len)
{
	syslog_put(&w->syslog, s == LOG_STDERR, data, len - (data[len - 1] == '\n'), w->stamp_ns);
	if (w->config.file)
		put_entry(w, s, data, len);
}

/* One line, or a part of one, to where it goes. */
static inline void put_line(struct log_writer *w, enum log_stream s, const char *data, size_t len)
{
	if (CFG_LOG_SYSLOG && w->config.syslog)
		send_line(w, s, data, len);
	else
		put_entry(w, s, data, len);
}

/* Entries were lost: put one that says so in front of the next. */
static __attribute__((cold, noinline)) void put_note(struct log_writer *w)
{
	char text[256];
	int n = snprintf(text, sizeof(text),
		"coracle: %llu %s of output could not be kept here: %s\n",
		(unsigned long long)w->lost, w->lost == 1 ? "line" : "lines", strerror(w->error));

	w->note = true;
	put_entry(w, LOG_STDERR, text, (size_t)n);
}

static void part_add(struct log_part *p, const char *data, size_t len)
{
	memcpy(p->bytes + p->len, data, len);
	p->len += len;
}

void log_write(struct log_writer *w, enum log_stream s, const char *data, size_t len,
	int64_t now_ns)
{
	struct log_part *p = &w->part[s - 1];

	if (!len || (!w->config.file && !w->config.syslog))
		return;
	stamp_begin(w, now_ns);
	if (w->lost)
		put_note(w);
	while (len) {
		size_t room = LOG_PART - p->len, take = len < room ? len : room;
		const char *end = memchr(data, '\n', take);

		if (end)
			take = (size_t)(end - data) + 1;
		if (!end && take < room) {
			part_add(p, data, take);
			break;
		}
		if (p->len) {
			part_add(p, data, take);
			put_line(w, s, p->bytes, p->len);
			p->len = 0;
		} else {
			put_line(w, s, data, take);
		}
		data += take;
		len -= take;
	}
	if (w->used)
		flush_some(w, w->used);
	log_more(w);
}

void log_finish(struct log_writer *w, int64_t now_ns)
{
	if (!w->config.file && !w->config.syslog)
		return;
	stamp_begin(w, now_ns);
	for (int i = 0; i < 2; i++) {
		struct log_part *p = &w->part[i];

		if (p->len)
			put_line(w, i ? LOG_STDERR : LOG_STDOUT, p->bytes, p->len);
		p->len = 0;
	}
	if (w->used)
		flush_some(w, w->used);
	if (CFG_LOG_SYSLOG && w->config.syslog)
		syslog_finish(&w->syslog, LOG_WAIT_MS);
}

int log_open(struct log_writer *w, int dir, const struct log_config *c, struct err *e)
{
	int rc = 0;

	w->config = *c;
	w->dir = dir;
	w->fd = -1;
	w->attrs_len = strlen(c->attrs);
	if (w->attrs_len > LOG_ATTRS_MAX)
		w->attrs_len = 0; /* log_config_make refuses it */
	if (CFG_LOG_SYSLOG && c->syslog && syslog_open(&w->syslog, c->syslog, e) < 0)
		return err_wrap(e, "failed to initialize logging driver");
	if (c->file)
		rc = file_open(w);
	return rc < 0 ? err_set(e, -rc, "open " LOG_NAME ": %s", strerror(-rc)) : 0;
}

void log_close(struct log_writer *w)
{
	file_close(w);
	if (CFG_LOG_SYSLOG)
		syslog_close(&w->syslog);
}
