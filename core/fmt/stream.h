// SPDX-License-Identifier: MIT
/* stream.h - bytes pushed through: the sink, and the decompressor that finds
 * out by itself what it was given.
 *
 * A sink is where a transform puts its output. `data` is borrowed, valid until
 * put returns; a put that fails ends the transform with the same error.
 *
 * A stream looks at the first bytes and is then plain (bytes pass unchanged),
 * gzip (any number of members) or zstd (any number of frames, window up to
 * 8 MiB). xz, bzip2, lz4, lzma and compress are refused by name. Output is
 * pushed in pieces of at most STREAM_CHUNK bytes; memory is fixed. What an
 * attacker controls here: every byte. What it cannot do: make memory grow, or
 * end in success when the input was cut. It can make output endless: the sink
 * must count. */
#pragma once

#include "core/base/err.h"

enum { STREAM_CHUNK = 256 << 10 };

struct sink {
	int (*put)(void *to, const void *data, size_t len, struct err *e);
	void *to;	/* borrowed */
};

/* STREAM_CHUNK bytes where the next output is to be made, so that the sink's put need not
 * copy it. They are the transform's until it puts them. */
typedef void *stream_room_fn(void *to);

enum stream_kind {
	STREAM_UNKNOWN,		/* too few bytes so far */
	STREAM_PLAIN, STREAM_GZIP, STREAM_ZSTD,
	STREAM_XZ, STREAM_BZIP2, STREAM_LZ4, STREAM_LZMA, STREAM_COMPRESS,	/* refused */
};

enum { STREAM_MAGIC = 6 };	/* bytes that are enough to tell */

/* Tell what bytes these are; with fewer than STREAM_MAGIC it may be STREAM_UNKNOWN.
 * `len` 0 with `last` true, and anything not known, is STREAM_PLAIN. */
enum stream_kind stream_sniff(const void *head, size_t len, bool last);
const char *stream_kind_name(enum stream_kind kind);

struct stream;

/* Who undoes a compression. `open` makes a codec for a stream of STREAM_GZIP or STREAM_ZSTD,
 * which is given all bytes from the first one on; the others are as stream_feed, stream_end
 * and stream_release. */
struct stream_ops {
	int (*open)(const struct stream *s, void **codec, struct err *e);
	int (*feed)(void *codec, const void *data, size_t len, struct err *e);
	int (*end)(void *codec, struct err *e);
	void (*free)(void *codec);
};

/* In this process, with its rights: for bytes of our own, tests, and processes that have
 * no rights left. Bytes from outside go to decoder_confined (core/engine/decoder.h). */
extern const struct stream_ops stream_here;

struct stream {
	struct sink out;
	const struct stream_ops *ops;
	stream_room_fn *room;		/* of stream_here: given out.to; NULL: room of its own */
	enum stream_kind kind;
	uint8_t head[STREAM_MAGIC];	/* the first bytes, until the kind is known */
	size_t head_len;
	void *codec;			/* owned: of ops; NULL when plain */
};
#define auto_stream	__attribute__((cleanup(stream_release)))

void stream_init(struct stream *s, const struct stream_ops *ops, struct sink out);
void stream_release(struct stream *s);

/* Push the next bytes. 0, or -EINVAL (not what it began as), -ENOTSUP (a
 * refused kind), or what the sink gave. After a failure only release it. */
NODISCARD int stream_feed(struct stream *s, const void *data, size_t len, struct err *e);

/* No more bytes come. -EINVAL when the input was cut short. */
NODISCARD int stream_end(struct stream *s, struct err *e);
