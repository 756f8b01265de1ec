// SPDX-License-Identifier: MIT
/* digest.h - SHA-256: the name of everything in the store.
 *
 * A digest is 32 bytes in memory and "sha256:" + 64 lowercase hex digits
 * outside. digest_parse is the only way in: what it refuses never becomes part
 * of a path, a URL or a record. Pure: no allocation, no kernel. */
#pragma once

#include "core/base/err.h"

enum {
	DIGEST_BYTES = 32,
	DIGEST_HEX = 64,	/* digits, without the final 0 */
	DIGEST_TEXT = 71,	/* "sha256:" and the digits, without the final 0 */
};

struct digest {
	uint8_t b[DIGEST_BYTES];
};

/* Take "sha256:" and 64 digits of 0-9a-f, and not one byte more. `text` need
 * not end in 0. 0, or -EINVAL; *d is written on success only. */
NODISCARD int digest_parse(struct digest *d, const char *text, size_t len, struct err *e);

/* The same without the "sha256:" (a file name, an image id). */
NODISCARD int digest_parse_hex(struct digest *d, const char *hex, size_t len, struct err *e);

void digest_hex(const struct digest *d, char out[static DIGEST_HEX + 1]);
void digest_text(const struct digest *d, char out[static DIGEST_TEXT + 1]);
bool digest_equal(const struct digest *a, const struct digest *b);

/* A hash being made: init, add any number of times, end once. */
struct sha256 {
	uint32_t h[8];		/* the state, in the machine's byte order */
	uint64_t total;		/* bytes added */
	uint8_t tail[64];	/* bytes that do not fill a block: total % 64 of them */
};

void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t len);
void sha256_end(struct sha256 *s, struct digest *d);

/* All three in one, for bytes that are in memory. */
void digest_of(struct digest *d, const void *data, size_t len);

/* Which code hashes here: "sha-ni", "armv8" or "portable". */
const char *sha256_engine(void);
