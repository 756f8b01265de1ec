// SPDX-License-Identifier: MIT
#include "core/fmt/digest.h"

#include <bearssl.h>

#include "core/fmt/sha256.h"

enum { BLOCK = 64 };

static const char prefix[] = "sha256:";
enum { PREFIX_LEN = sizeof(prefix) - 1 };

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int digest_parse_hex(struct digest *d, const char *hex, size_t len, struct err *e)
{
	struct digest got;

	if (len != DIGEST_HEX)
		return err_set(e, EINVAL, "invalid digest: not %d hex digits", DIGEST_HEX);
	for (int i = 0; i < DIGEST_BYTES; i++) {
		int high = nibble(hex[2 * i]), low = nibble(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return err_set(e, EINVAL, "invalid digest: not %d lowercase hex digits",
				       DIGEST_HEX);
		got.b[i] = high << 4 | low;
	}
	*d = got;
	return 0;
}

int digest_parse(struct digest *d, const char *text, size_t len, struct err *e)
{
	if (len < PREFIX_LEN || memcmp(text, prefix, PREFIX_LEN) != 0)
		return err_set(e, EINVAL, "invalid digest: does not begin with \"%s\"", prefix);
	return digest_parse_hex(d, text + PREFIX_LEN, len - PREFIX_LEN, e);
}

void digest_hex(const struct digest *d, char out[static DIGEST_HEX + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < DIGEST_BYTES; i++) {
		out[2 * i] = digits[d->b[i] >> 4];
		out[2 * i + 1] = digits[d->b[i] & 15];
	}
	out[DIGEST_HEX] = 0;
}

void digest_text(const struct digest *d, char out[static DIGEST_TEXT + 1])
{
	memcpy(out, prefix, PREFIX_LEN);
	digest_hex(d, out + PREFIX_LEN);
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return memcmp(a->b, b->b, DIGEST_BYTES) == 0;
}

/* BearSSL on any machine: its context is filled from our state and read back. */
static void blocks_portable(uint32_t h[static 8], const uint8_t *p, size_t n)
{
	br_sha256_context c;
	uint8_t state[DIGEST_BYTES];

	for (int i = 0; i < 8; i++)
		for (int j = 0; j < 4; j++)
			state[4 * i + j] = h[i] >> (24 - 8 * j);
	br_sha256_init(&c);
	br_sha256_set_state(&c, state, 0);
	br_sha256_update(&c, p, n * BLOCK);
	br_sha256_state(&c, state);
	for (int i = 0; i < 8; i++)
		h[i] = (uint32_t)state[4 * i] << 24 | state[4 * i + 1] << 16 |
			state[4 * i + 2] << 8 | state[4 * i + 3];
}

static sha256_blocks_fn *engine(void)
{
	static sha256_blocks_fn *found;	/* the same answer from every thread */

	if (!found)
		found = sha256_fast() ?: blocks_portable;
	return found;
}

const char *sha256_engine(void)
{
	if (engine() == blocks_portable)
		return "portable";
#if defined(__aarch64__)
	return "armv8";
#else
	return "sha-ni";
#endif
}

/* FIPS 180-4, 5.3.3: the fraction of the square roots of the first 8 primes. */
void sha256_init(struct sha256 *s)
{
	*s = (struct sha256){ .h = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	} };
}

void sha256_add(struct sha256 *s, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t have = s->total % BLOCK;

	if (!len)
		return;
	s->total += len;
	if (have) {
		size_t n = len < BLOCK - have ? len : BLOCK - have;

		memcpy(s->tail + have, p, n);
		if (have + n < BLOCK)
			return;
		engine()(s->h, s->tail, 1);
		p += n;
		len -= n;
	}
	if (len >= BLOCK)
		engine()(s->h, p, len / BLOCK);
	memcpy(s->tail, p + len / BLOCK * BLOCK, len % BLOCK);
}

void sha256_end(struct sha256 *s, struct digest *d)
{
	uint64_t bits = s->total * 8;
	uint8_t pad[BLOCK + 8] = { 0x80 };
	size_t n = BLOCK - (s->total + 8) % BLOCK;	/* 0x80 and zeros, 1..64 */

	for (int i = 0; i < 8; i++)
		pad[n + i] = bits >> (56 - 8 * i);
	sha256_add(s, pad, n + 8);
	for (int i = 0; i < DIGEST_BYTES; i++)
		d->b[i] = s->h[i / 4] >> (24 - 8 * (i % 4));
}

void digest_of(struct digest *d, const void *data, size_t len)
{
	struct sha256 s;

	sha256_init(&s);
	sha256_add(&s, data, len);
	sha256_end(&s, d);
}
