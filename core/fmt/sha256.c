// SPDX-License-Identifier: MIT
#include "core/fmt/sha256.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#include <sys/auxv.h>
#endif

#if defined(__x86_64__) || defined(__aarch64__)
/* FIPS 180-4, 4.2.2: the first 32 bits of the fraction of the cube roots of the first 64 primes. */
static const uint32_t round_key[64] __attribute__((aligned(16))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5,
	0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
	0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
	0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
	0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};
#endif

#if defined(__x86_64__)
#define SHA_CODE	__attribute__((target("sha,sse4.1")))

/* Four rounds with the message words of `a`. */
#define FOUR(a, i) do { \
	__m128i k_ = _mm_add_epi32(a, _mm_load_si128((const __m128i *)&round_key[4 * (i)])); \
	cdgh = _mm_sha256rnds2_epu32(cdgh, abef, k_); \
	abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(k_, 0x0e)); \
} while (0)

/* The same, and then the words for 16 rounds later; a b c d are the last 16 words. */
#define FOUR_NEXT(a, b, c, d, i) do { \
	FOUR(a, i); \
	a = _mm_add_epi32(_mm_sha256msg1_epu32(a, b), _mm_alignr_epi8(d, c, 4)); \
	a = _mm_sha256msg2_epu32(a, d); \
} while (0)

SHA_CODE static void blocks_x86(uint32_t h[static 8], const uint8_t *p, size_t n)
{
	const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	__m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)h), 0xb1);
	__m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(h + 4)), 0x1b);
	__m128i abef = _mm_alignr_epi8(cdab, efgh, 8);
	__m128i cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
	__m128i feba, dchg;

	for (; n; n--, p += 64) {
		const __m128i *in = (const __m128i *)p;
		__m128i abef0 = abef, cdgh0 = cdgh;
		__m128i a = _mm_shuffle_epi8(_mm_loadu_si128(in), big_endian);
		__m128i b = _mm_shuffle_epi8(_mm_loadu_si128(in + 1), big_endian);
		__m128i c = _mm_shuffle_epi8(_mm_loadu_si128(in + 2), big_endian);
		__m128i d = _mm_shuffle_epi8(_mm_loadu_si128(in + 3), big_endian);

		for (int i = 0; i < 12; i += 4) {
			FOUR_NEXT(a, b, c, d, i);
			FOUR_NEXT(b, c, d, a, i + 1);
			FOUR_NEXT(c, d, a, b, i + 2);
			FOUR_NEXT(d, a, b, c, i + 3);
		}
		FOUR(a, 12);
		FOUR(b, 13);
		FOUR(c, 14);
		FOUR(d, 15);
		abef = _mm_add_epi32(abef, abef0);
		cdgh = _mm_add_epi32(cdgh, cdgh0);
	}
	feba = _mm_shuffle_epi32(abef, 0x1b);
	dchg = _mm_shuffle_epi32(cdgh, 0xb1);
	_mm_storeu_si128((__m128i *)h, _mm_blend_epi16(feba, dchg, 0xf0));
	_mm_storeu_si128((__m128i *)(h + 4), _mm_alignr_epi8(dchg, feba, 8));
}

sha256_blocks_fn *sha256_fast(void)
{
	unsigned a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSE4_1) || !(c & bit_SSSE3))
		return NULL;
	if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_SHA))
		return NULL;
	return blocks_x86;
}

#elif defined(__aarch64__)
#define SHA_CODE	__attribute__((target("+crypto")))
enum { CAP_SHA2 = 1 << 6 };	/* HWCAP_SHA2 of the arm64 kernel */

#define FOUR(a, i) do { \
	uint32x4_t k_ = vaddq_u32(a, vld1q_u32(&round_key[4 * (i)])), abcd_ = abcd; \
	abcd = vsha256hq_u32(abcd, efgh, k_); \
	efgh = vsha256h2q_u32(efgh, abcd_, k_); \
} while (0)

#define FOUR_NEXT(a, b, c, d, i) do { \
	FOUR(a, i); \
	a = vsha256su1q_u32(vsha256su0q_u32(a, b), c, d); \
} while (0)

SHA_CODE static uint32x4_t words(const uint8_t *p)
{
	return vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(p)));
}

SHA_CODE static void blocks_arm(uint32_t h[static 8], const uint8_t *p, size_t n)
{
	uint32x4_t abcd = vld1q_u32(h), efgh = vld1q_u32(h + 4);

	for (; n; n--, p += 64) {
		uint32x4_t abcd0 = abcd, efgh0 = efgh;
		uint32x4_t a = words(p), b = words(p + 16), c = words(p + 32), d = words(p + 48);

		for (int i = 0; i < 12; i += 4) {
			FOUR_NEXT(a, b, c, d, i);
			FOUR_NEXT(b, c, d, a, i + 1);
			FOUR_NEXT(c, d, a, b, i + 2);
			FOUR_NEXT(d, a, b, c, i + 3);
		}
		FOUR(a, 12);
		FOUR(b, 13);
		FOUR(c, 14);
		FOUR(d, 15);
		abcd = vaddq_u32(abcd, abcd0);
		efgh = vaddq_u32(efgh, efgh0);
	}
	vst1q_u32(h, abcd);
	vst1q_u32(h + 4, efgh);
}

sha256_blocks_fn *sha256_fast(void)
{
	return getauxval(AT_HWCAP) & CAP_SHA2 ? blocks_arm : NULL;
}

#else
sha256_blocks_fn *sha256_fast(void)
{
	return NULL;
}
#endif
