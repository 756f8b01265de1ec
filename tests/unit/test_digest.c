// SPDX-License-Identifier: MIT
// link: -Wl,--wrap=sha256_fast
/* test_digest.c - Z33: one way in for digests; SHA-256 against published values. */
#include "core/fmt/digest.h"
#include "core/fmt/sha256.h"
#include "tests/unit/unit.h"

static const char abc[] = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(a_good_digest_is_taken_and_given_back)
{
	char text[DIGEST_TEXT + 1], hex[DIGEST_HEX + 1];
	struct digest d, again;

	CHECK_INT(digest_parse(&d, abc, DIGEST_TEXT, NULL), 0);
	digest_text(&d, text);
	CHECK_STR(text, abc);
	digest_hex(&d, hex);
	CHECK_STR(hex, abc + 7);
	CHECK_INT(digest_parse_hex(&again, hex, DIGEST_HEX, NULL), 0);
	CHECK(digest_equal(&d, &again));
}

TEST(Z33_anything_else_is_refused)
{
	static const char hex64[] =
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	static const char *const bad[] = {
		"", "sha256", "sha256:", "sha256:../../../x", "sha256:../../../../../../../../etc/passwd",
		"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
		"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015add",
		"sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
		"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ag",
		"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a/",
		"SHA256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		" sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n",
		"sha512:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"md5:d41d8cd98f00b204e9800998ecf8427e", hex64,
	};
	struct digest d = { { 7 } };
	struct err e;

	for (size_t i = 0; i < countof(bad); i++) {
		CHECK_INT(digest_parse(&d, bad[i], strlen(bad[i]), &e), -EINVAL);
		CHECK_INT(d.b[0], 7);
	}
}

TEST(Z33_a_long_or_cut_text_is_refused_without_being_read)
{
	static char big[1 << 20];
	char zero[DIGEST_TEXT];
	struct digest d;

	memset(big, 'a', sizeof(big));
	memcpy(big, "sha256:", 7);
	CHECK_INT(digest_parse(&d, big, sizeof(big), NULL), -EINVAL);
	memcpy(zero, abc, sizeof(zero));
	zero[70] = 0;
	CHECK_INT(digest_parse(&d, zero, sizeof(zero), NULL), -EINVAL);
	CHECK_INT(digest_parse_hex(&d, abc, 0, NULL), -EINVAL);
}

static void want(const void *data, size_t len, const char *hex)
{
	char got[DIGEST_HEX + 1];
	struct digest d;

	digest_of(&d, data, len);
	digest_hex(&d, got);
	CHECK_STR(got, hex);
}

static bool slow;	/* pretend the machine has no instructions for it */
sha256_blocks_fn *__real_sha256_fast(void);
sha256_blocks_fn *__wrap_sha256_fast(void);
sha256_blocks_fn *__wrap_sha256_fast(void)
{
	return slow ? NULL : __real_sha256_fast();
}

static void published(void)
{
	static char million[1000000];

	memset(million, 'a', sizeof(million));
	want("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	want("abc", 3, abc + 7);
	want("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
	     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	want(million, sizeof(million),
	     "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(sha256_gives_the_published_values)
{
	published();
}

TEST(sha256_without_the_instructions_gives_the_published_values)
{
	slow = true;
	CHECK_STR(sha256_engine(), "portable");
	published();
}

static void pieces(void)
{
	uint8_t data[1000];
	struct digest whole, parts;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = i * 7 + i / 256;
	for (size_t len = 0; len <= 260; len++) {
		digest_of(&whole, data, len);
		for (size_t step = 1; step < 130; step += 3) {
			struct sha256 s;

			sha256_init(&s);
			for (size_t at = 0; at < len; at += step)
				sha256_add(&s, data + at, len - at < step ? len - at : step);
			sha256_end(&s, &parts);
			CHECK(digest_equal(&whole, &parts));
		}
	}
}

TEST(pieces_of_any_size_give_the_same_digest)
{
	pieces();
}

TEST(pieces_of_any_size_without_the_instructions_too)
{
	slow = true;
	pieces();
}

UNIT_MAIN
