// SPDX-License-Identifier: MIT
#include "core/fmt/stream.h"

#include "build/gen/config.h"
#include "core/fmt/gzip.h"
#include "core/fmt/zstd.h"

static const struct magic {
	enum stream_kind kind;
	uint8_t len;
	uint8_t mask;		/* bits of the first byte that count */
	const char *bytes;
	const char *name;
} magics[] = {
	{ STREAM_GZIP, 2, 0xff, "\x1f\x8b", "gzip" },
	{ STREAM_ZSTD, 4, 0xff, "\x28\xb5\x2f\xfd", "zstd" },
	{ STREAM_ZSTD, 4, 0xf0, "\x50\x2a\x4d\x18", "zstd" },	/* a skippable frame */
	{ STREAM_XZ, 6, 0xff, "\xfd" "7zXZ\0", "xz" },
	{ STREAM_BZIP2, 3, 0xff, "BZh", "bzip2" },
	{ STREAM_LZ4, 4, 0xff, "\x04\x22\x4d\x18", "lz4" },
	{ STREAM_LZMA, 5, 0xff, "\x5d\0\0\x80\0", "lzma" },
	{ STREAM_COMPRESS, 2, 0xff, "\x1f\x9d", "compress" },
};

static bool matches(const struct magic *m, const uint8_t *head, size_t len)
{
	return (head[0] & m->mask) == (uint8_t)m->bytes[0] &&
		memcmp(head + 1, m->bytes + 1, len - 1) == 0;
}

enum stream_kind stream_sniff(const void *head, size_t len, bool last)
{
	bool maybe = len == 0;

	for (size_t i = 0; len && i < countof(magics); i++) {
		const struct magic *m = &magics[i];

		if (len >= m->len && matches(m, head, m->len))
			return m->kind;
		if (len < m->len && matches(m, head, len))
			maybe = true;
	}
	return maybe && !last ? STREAM_UNKNOWN : STREAM_PLAIN;
}

const char *stream_kind_name(enum stream_kind kind)
{
	for (size_t i = 0; i < countof(magics); i++)
		if (magics[i].kind == kind)
			return magics[i].name;
	return kind == STREAM_PLAIN ? "plain" : "unknown";
}

/* --- undoing it here ------------------------------------------------------- */

struct here {
	bool gzip;
	void *codec;	/* owned: struct gunzip or struct unzstd */
};

static int here_open(const struct stream *s, void **codec, struct err *e UNUSED)
{
	struct here *h = malloc(sizeof(*h));

	if (!h)
		abort();
	h->gzip = CFG_GZIP && (!CFG_ZSTD || s->kind == STREAM_GZIP);
	if (CFG_GZIP && h->gzip)
		h->codec = gunzip_new(s->out, s->room);
	else
		h->codec = CFG_ZSTD ? unzstd_new(s->out, s->room) : NULL;
	*codec = h;
	return 0;
}

static int here_feed(void *codec, const void *data, size_t len, struct err *e)
{
	const struct here *h = codec;

	if (CFG_GZIP && h->gzip)
		return gunzip_feed(h->codec, data, len, e);
	return CFG_ZSTD ? unzstd_feed(h->codec, data, len, e) : 0;
}

static int here_end(void *codec, struct err *e)
{
	const struct here *h = codec;

	if (CFG_GZIP && h->gzip)
		return gunzip_end(h->codec, e);
	return CFG_ZSTD ? unzstd_end(h->codec, e) : 0;
}

static void here_free(void *codec)
{
	struct here *h = codec;

	if (CFG_GZIP && h->gzip)
		gunzip_free(h->codec);
	else if (CFG_ZSTD)
		unzstd_free(h->codec);
	free(h);
}

const struct stream_ops stream_here = { here_open, here_feed, here_end, here_free };

/* --- the stream -------------------------------------------------------------- */

void stream_init(struct stream *s, const struct stream_ops *ops, struct sink out)
{
	*s = (struct stream){ .out = out, .ops = ops };
}

void stream_release(struct stream *s)
{
	if (s->codec)
		s->ops->free(s->codec);
	*s = (struct stream){ .kind = STREAM_UNKNOWN };
}

static int pass(struct stream *s, const void *data, size_t len, struct err *e)
{
	const uint8_t *p = data;
	int rc = 0;

	if (s->codec)
		return s->ops->feed(s->codec, data, len, e);
	for (size_t n; rc == 0 && len; p += n, len -= n) {
		n = len < STREAM_CHUNK ? len : STREAM_CHUNK;
		rc = s->out.put(s->out.to, p, n, e);
	}
	return rc;
}

/* Look at what came first and set up what undoes it. */
static int begin(struct stream *s, bool last, struct err *e)
{
	int rc = 0;

	s->kind = stream_sniff(s->head, s->head_len, last);
	if (s->kind == STREAM_UNKNOWN)
		return 0;
	if ((CFG_GZIP && s->kind == STREAM_GZIP) || (CFG_ZSTD && s->kind == STREAM_ZSTD))
		rc = s->ops->open(s, &s->codec, e);
	else if (s->kind == STREAM_GZIP || s->kind == STREAM_ZSTD)
		return err_set(e, ENOTSUP, "compressed with %s, which is not built in (%s)",
			       stream_kind_name(s->kind), s->kind == STREAM_GZIP ? "GZIP" : "ZSTD");
	else if (s->kind != STREAM_PLAIN)
		return err_set(e, ENOTSUP, "compressed with %s, which is not supported"
			       " (gzip and zstd are)", stream_kind_name(s->kind));
	return rc < 0 ? rc : pass(s, s->head, s->head_len, e);
}

int stream_feed(struct stream *s, const void *data, size_t len, struct err *e)
{
	const uint8_t *p = data;
	int rc;

	for (; s->kind == STREAM_UNKNOWN && len; p++, len--) {
		s->head[s->head_len++] = *p;
		rc = begin(s, false, e);
		if (rc < 0)
			return rc;
	}
	return len ? pass(s, p, len, e) : 0;
}

int stream_end(struct stream *s, struct err *e)
{
	int rc = s->kind == STREAM_UNKNOWN ? begin(s, true, e) : 0;

	if (rc < 0)
		return rc;
	return s->codec ? s->ops->end(s->codec, e) : 0;
}
