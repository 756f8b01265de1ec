// SPDX-License-Identifier: MIT
/* recipe.h - what a tar has beside the content of its files, written small.
 *
 * A layer's tar is not kept. Its files' content is in diff/, the rest - headers,
 * pax records, padding, what follows the end, content that no file keeps - is
 * here, so that both together give the tar back bit for bit.
 *
 *   offset  bytes  field (little-endian)
 *   0       16     "coracle recipe 1"
 *   16      8      tar_size, bytes
 *   24      8      size: bytes of file content, holes counted
 *   32      8      entries
 *   40      8      how many LOST there are
 *   48      8      flags (enum recipe_flags)
 *   56             instructions, to END
 *
 *   END                            0
 *   LIT    n, bytes                1  these bytes
 *   ZERO   n                       2  n zero bytes
 *   BLOCK  slot, (same, new, bytes)…   3  512 bytes, like the last block of this slot but for…
 *   FILE   path, at, n             4  n bytes of the file `path` in diff/, from `at`
 *   LOST   path                    5  `path` was replaced here, and is lost/<LOSTs before> now
 *
 * Numbers are LEB128; a path is (how many bytes of the last path it begins with, how many new
 * ones, these). BLOCK's pairs are (bytes kept, bytes replaced) until 512 are made. Three slots
 * (pax and long-name headers, other headers, anything else) make headers resemble the one
 * before: about 70 bytes for an entry of 512 and its padding.
 *
 * Because of LOST the file of a FILE is found by looking at the LOSTs that come after it: the
 * first whose path is the file's or above it says where the file is now.
 *
 * Who could make a bad one: whoever can write to the store, or made a firmware's image
 * store. Reading checks every number; the digest of the result is checked by the caller. */
#pragma once

#include "core/base/str.h"
#include "core/fmt/stream.h"

enum {
	RECIPE_HEAD = 56,
	RECIPE_PATH_MAX = 4095,
	RECIPE_LOST_MAX = 1 << 16,
};

enum recipe_flags {
	RECIPE_OPAQUE_ROOT = 1u << 0,
};

struct recipe_head {
	uint64_t tar_size, size, entries, lost, flags;
};

void recipe_head_write(const struct recipe_head *h, uint8_t out[static RECIPE_HEAD]);
/* 0 or -EINVAL. */
NODISCARD int recipe_head_read(struct recipe_head *h, const void *data, size_t len, struct err *e);

/* --- writing ---------------------------------------------------------------- */

enum { RECIPE_SLOTS = 3 };

struct recipe_writer {
	struct sink out;	/* gets everything after the head */
	struct str buf;
	struct str path;	/* the last one written */
	uint64_t zeros;		/* a ZERO that may still grow */
	struct str file;	/* a FILE that may still grow: path, */
	uint64_t at, n;		/* place and length; n 0: none */
	uint64_t lost;		/* LOSTs written */
	uint8_t slot[RECIPE_SLOTS][512];
};

void recipe_writer_init(struct recipe_writer *w, struct sink out);
void recipe_writer_release(struct recipe_writer *w);

NODISCARD int recipe_raw(struct recipe_writer *w, const void *bytes, size_t len, struct err *e);
NODISCARD int recipe_file(struct recipe_writer *w, const char *path, uint64_t at, size_t len,
			  struct err *e);
/* *number: which one it is, from 0. -E2BIG past RECIPE_LOST_MAX. */
NODISCARD int recipe_lost(struct recipe_writer *w, const char *path, uint64_t *number,
			  struct err *e);
NODISCARD int recipe_end(struct recipe_writer *w, struct err *e);

/* --- reading ---------------------------------------------------------------- */

struct recipe_events {
	void *to;	/* borrowed */
	int (*raw)(void *to, const void *bytes, size_t len, struct err *e);
	/* `path` is relative to diff/, or where number is not -1 to lost/<number>
	 * ("" is that object itself). */
	int (*file)(void *to, int64_t number, const char *path, uint64_t at, uint64_t len,
		    struct err *e);
};

/* Play a whole recipe, head and all. 0, -EINVAL when it is damaged, or what a callback gave. */
NODISCARD int recipe_play(const void *data, size_t len, const struct recipe_events *ev,
			  struct err *e);
