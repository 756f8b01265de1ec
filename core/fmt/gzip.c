// SPDX-License-Identifier: MIT
/* gzip.c - ISA-L, asked.
 *
 * config GZIP
 *	bool "gzip: archives and layers that are compressed with it"
 *	default y
 *	help
 *	  docker save and podman save write plain ones; skopeo's have layers of gzip.
 */
#include "core/fmt/gzip.h"

#include <isa-l/igzip_lib.h>

enum {
	PIECE = 1 << 30,	/* the library counts in 32 bits */
	LEVEL = 2,		/* 0..3; about gzip -3 in size, ten times its speed */
	LEVEL_BUF = ISAL_DEF_LVL2_LARGE,
};

static void *must(size_t bytes)
{
	void *p = calloc(1, bytes);

	if (!p)
		abort();
	return p;
}

/* --- reading ----------------------------------------------------------- */

enum phase { HEADER, BODY, BETWEEN, ZEROS };

struct gunzip {
	struct sink out;
	stream_room_fn *room;
	enum phase phase;
	struct isal_gzip_header header;	/* kept over calls: a header may come in pieces */
	struct inflate_state z;
	uint8_t buf[STREAM_CHUNK];
};

static void member_begin(struct gunzip *g)
{
	isal_inflate_reset(&g->z);
	isal_gzip_header_init(&g->header);
	g->phase = HEADER;
}

struct gunzip *gunzip_new(struct sink out, stream_room_fn *room)
{
	struct gunzip *g = must(sizeof(*g));

	g->out = out;
	g->room = room;
	isal_inflate_init(&g->z);
	g->z.crc_flag = ISAL_GZIP_NO_HDR_VER;
	member_begin(g);
	return g;
}

void gunzip_free(struct gunzip *g)
{
	free(g);
}

static int broken(int rc, struct err *e)
{
	switch (rc) {
	case ISAL_INCORRECT_CHECKSUM:
		return err_set(e, EINVAL, "gzip: wrong checksum or length");
	case ISAL_INVALID_WRAPPER:
	case ISAL_UNSUPPORTED_METHOD:
		return err_set(e, EINVAL, "gzip: invalid header");
	default:
		return err_set(e, EINVAL, "gzip: invalid compressed data");
	}
}

static int header(struct gunzip *g, struct err *e)
{
	int rc = isal_read_gzip_header(&g->z, &g->header);

	if (rc < 0)
		return broken(rc, e);
	if (rc == ISAL_DECOMP_OK)
		g->phase = BODY;
	return 0;
}

/* Inflate until the input is used up or the member ends. */
static int body(struct gunzip *g, struct err *e)
{
	for (;;) {
		uint32_t had = g->z.avail_in;
		uint8_t *buf = g->room ? g->room(g->out.to) : g->buf;
		size_t made;
		int rc;

		g->z.next_out = buf;
		g->z.avail_out = sizeof(g->buf);
		rc = isal_inflate(&g->z);
		if (rc < 0)
			return broken(rc, e);
		made = sizeof(g->buf) - g->z.avail_out;
		rc = made ? g->out.put(g->out.to, buf, made, e) : 0;
		if (rc < 0)
			return rc;
		if (g->z.block_state == ISAL_BLOCK_FINISH) {
			g->phase = BETWEEN;
			return 0;
		}
		if (!made && g->z.avail_in == had)
			return 0;
	}
}

static int between(struct gunzip *g, struct err *e)
{
	for (; g->z.avail_in; g->z.next_in++, g->z.avail_in--) {
		if (*g->z.next_in == 0) {
			g->phase = ZEROS;
			continue;
		}
		if (g->phase == ZEROS)
			return err_set(e, EINVAL, "gzip: data after the end");
		member_begin(g);
		return 0;
	}
	return 0;
}

static int feed(struct gunzip *g, struct err *e)
{
	int rc = 0;

	do {
		uint32_t had = g->z.avail_in;
		enum phase was = g->phase;

		if (g->phase == HEADER)
			rc = header(g, e);
		else if (g->phase == BODY)
			rc = body(g, e);
		else
			rc = between(g, e);
		if (g->z.avail_in == had && g->phase == was)
			break;
	} while (rc == 0 && g->z.avail_in);
	return rc;
}

int gunzip_feed(struct gunzip *g, const void *data, size_t len, struct err *e)
{
	const uint8_t *p = data;
	int rc = 0;

	for (size_t n; rc == 0 && len; p += n, len -= n) {
		n = len < PIECE ? len : PIECE;
		g->z.next_in = (uint8_t *)p;	/* the library only reads */
		g->z.avail_in = n;
		rc = feed(g, e);
	}
	return rc;
}

int gunzip_end(struct gunzip *g, struct err *e)
{
	if (g->phase == BETWEEN || g->phase == ZEROS)
		return 0;
	return err_set(e, EINVAL, "gzip: unexpected end");
}

/* --- writing ----------------------------------------------------------- */

struct gzip {
	struct sink out;
	struct isal_zstream z;
	uint8_t level[LEVEL_BUF];
	uint8_t buf[STREAM_CHUNK];
};

struct gzip *gzip_new(struct sink out)
{
	struct gzip *g = must(sizeof(*g));

	g->out = out;
	isal_deflate_init(&g->z);
	g->z.gzip_flag = IGZIP_GZIP;
	g->z.level = LEVEL;
	g->z.level_buf = g->level;
	g->z.level_buf_size = sizeof(g->level);
	return g;
}

void gzip_free(struct gzip *g)
{
	free(g);
}

static int deflate(struct gzip *g, const uint8_t *p, uint32_t len, bool last, struct err *e)
{
	g->z.next_in = (uint8_t *)p;	/* the library only reads */
	g->z.avail_in = len;
	g->z.end_of_stream = last;
	do {
		size_t made;
		int rc;

		g->z.next_out = g->buf;
		g->z.avail_out = sizeof(g->buf);
		if (isal_deflate(&g->z) != COMP_OK)
			return err_set(e, EINVAL, "gzip: cannot compress");
		made = sizeof(g->buf) - g->z.avail_out;
		rc = made ? g->out.put(g->out.to, g->buf, made, e) : 0;
		if (rc < 0)
			return rc;
	} while (g->z.avail_out == 0 || g->z.avail_in);
	return 0;
}

int gzip_feed(struct gzip *g, const void *data, size_t len, struct err *e)
{
	const uint8_t *p = data;
	int rc = 0;

	for (size_t n; rc == 0 && len; p += n, len -= n) {
		n = len < PIECE ? len : PIECE;
		rc = deflate(g, p, n, false, e);
	}
	return rc;
}

int gzip_end(struct gzip *g, struct err *e)
{
	return deflate(g, NULL, 0, true, e);
}
