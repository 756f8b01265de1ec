// SPDX-License-Identifier: MIT
/* test_stream.c - what is inside gzip and zstd comes out; what is broken is one error. */
#include "core/base/str.h"
#include "core/fmt/gzip.h"
#include "core/fmt/stream.h"
#include "core/fmt/zstd.h"
#include "tests/unit/unit.h"

static const char text[] = "a coracle is the lightest boat\n";

/* Four members: one with extra field, name, comment and header checksum, one with a name, an
 * empty one, a plain one. Together they hold `text`. */
static const char gz_members[] =
	"\x1f\x8b\x08\x1e\x00\x00\x00\x00\x00\x03\x06\x00\x78\x78\x02\x00\x68\x69\x6e\x2e"
	"\x74\x78\x74\x00\x73\x61\x79\x00\x0d\xda\x4b\x54\x48\xce\x2f\x4a\x4c\xce\x49\x55"
	"\x00\x00\x7b\x39\xc6\xd5\x0a\x00\x00\x00\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\x03"
	"\x73\x65\x63\x6f\x6e\x64\x00\xcb\x2c\x56\x28\xc9\x48\x55\xc8\xc9\x4c\xcf\x28\x49"
	"\x2d\x2e\x51\x48\xca\x4f\x2c\x01\x00\x39\x59\x71\x65\x14\x00\x00\x00\x1f\x8b\x08"
	"\x00\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x1f\x8b\x08"
	"\x00\x00\x00\x00\x00\x00\x03\xe3\x02\x00\x93\x06\xd7\x32\x01\x00\x00\x00";
enum { GZ_LEN = sizeof(gz_members) - 1 };

/* A frame with a checksum, a skippable frame, a frame without. They hold `text` twice. */
static const char zstd_frames[] =
	"\x28\xb5\x2f\xfd\x04\x58\xf9\x00\x00\x61\x20\x63\x6f\x72\x61\x63\x6c\x65\x20\x69"
	"\x73\x20\x74\x68\x65\x20\x6c\x69\x67\x68\x74\x65\x73\x74\x20\x62\x6f\x61\x74\x0a"
	"\xe1\xfe\xbe\x29\x52\x2a\x4d\x18\x03\x00\x00\x00\x61\x62\x63\x28\xb5\x2f\xfd\x00"
	"\x68\xf9\x00\x00\x61\x20\x63\x6f\x72\x61\x63\x6c\x65\x20\x69\x73\x20\x74\x68\x65"
	"\x20\x6c\x69\x67\x68\x74\x65\x73\x74\x20\x62\x6f\x61\x74\x0a";
enum { ZSTD_LEN = sizeof(zstd_frames) - 1 };

static int collect(void *to, const void *data, size_t len, struct err *e)
{
	(void)e;
	str_add(to, data, len);
	return 0;
}

/* Push `in` in pieces of `step` bytes; what comes out is in `out`. */
static int push(const void *in, size_t len, size_t step, struct str *out, struct err *e)
{
	auto_stream struct stream s;
	int rc = 0;

	str_reset(out);
	stream_init(&s, &stream_here, (struct sink){ collect, out });
	for (size_t at = 0; rc == 0 && at < len; at += step)
		rc = stream_feed(&s, (const char *)in + at, len - at < step ? len - at : step, e);
	return rc < 0 ? rc : stream_end(&s, e);
}

TEST(plain_bytes_pass_unchanged)
{
	auto_str struct str out = STR_INIT;

	for (size_t len = 0; len < sizeof(text); len++) {
		CHECK_INT(push(text, len, 1, &out, NULL), 0);
		CHECK(out.len == len && memcmp(out.s, text, len) == 0);
	}
}

TEST(every_member_of_a_gzip_file_comes_out_in_pieces_of_any_size)
{
	auto_str struct str out = STR_INIT;

	for (size_t step = 1; step <= GZ_LEN; step++) {
		CHECK_INT(push(gz_members, GZ_LEN, step, &out, NULL), 0);
		CHECK_STR(out.s, text);
	}
}

TEST(every_frame_of_a_zstd_file_comes_out_in_pieces_of_any_size)
{
	auto_str struct str out = STR_INIT;

	for (size_t step = 1; step <= ZSTD_LEN; step++) {
		CHECK_INT(push(zstd_frames, ZSTD_LEN, step, &out, NULL), 0);
		CHECK_INT(out.len, 2 * strlen(text));
		CHECK(memcmp(out.s, text, strlen(text)) == 0);
		CHECK_STR(out.s + strlen(text), text);
	}
}

/* A cut is an error, but for the places where a member or frame has just ended. */
static void cut_anywhere(const char *in, size_t len, const size_t *ends)
{
	auto_str struct str out = STR_INIT;

	for (size_t n = 1; n < len; n++) {
		struct err e = { 0 };
		int want = -EINVAL;

		if (n < STREAM_MAGIC && stream_sniff(in, n, true) == STREAM_PLAIN)
			want = 0;
		for (size_t i = 0; ends[i]; i++)
			if (n == ends[i])
				want = 0;
		CHECK_INT(push(in, n, 7, &out, &e), want);
		CHECK(want == 0 || strstr(e.msg, "unexpected end"));
	}
}

TEST(gzip_that_is_cut_is_refused)
{
	cut_anywhere(gz_members, GZ_LEN, (const size_t[]){ 50, 97, 117, 0 });
}

TEST(zstd_that_is_cut_is_refused)
{
	cut_anywhere(zstd_frames, ZSTD_LEN, (const size_t[]){ 44, 55, 0 });
}

TEST(a_flipped_bit_in_checked_data_is_found)
{
	auto_str struct str out = STR_INIT;
	char bad[256];

	for (size_t at = 10; at < 44; at++) {	/* the first frame's block and checksum */
		memcpy(bad, zstd_frames, ZSTD_LEN);
		bad[at] ^= 4;
		CHECK_INT(push(bad, ZSTD_LEN, 99, &out, NULL), -EINVAL);
	}
	for (size_t at = 2; at < 50; at++) {	/* the first member: header, data, CRC and length */
		if (at == 41)
			continue;	/* bits after the last code */
		memcpy(bad, gz_members, GZ_LEN);
		bad[at] ^= 4;
		CHECK_INT(push(bad, GZ_LEN, 99, &out, NULL), -EINVAL);
	}
}

TEST(zeros_may_follow_gzip_and_nothing_else_may)
{
	auto_str struct str out = STR_INIT, in = STR_INIT;
	struct err e;

	str_add(&in, gz_members, GZ_LEN);
	str_add(&in, "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
	CHECK_INT(push(in.s, in.len, 3, &out, NULL), 0);
	CHECK_STR(out.s, text);
	str_puts(&in, "x");
	CHECK_INT(push(in.s, in.len, 3, &out, &e), -EINVAL);
	CHECK_STR(e.msg, "gzip: data after the end");
	in.s[GZ_LEN] = 'x';
	CHECK_INT(push(in.s, in.len, 3, &out, &e), -EINVAL);
	CHECK_STR(e.msg, "gzip: invalid header");
}

TEST(Z31_a_zstd_window_past_8_MiB_is_refused_before_memory_is_taken)
{
	static const char frame[] = "\x28\xb5\x2f\xfd\x04\x70\x54\0\0\x10\x78\x78\1\0\xfb\xff\x39";
	auto_str struct str out = STR_INIT;
	struct err e;

	CHECK_INT(push(frame, sizeof(frame) - 1, 99, &out, &e), -E2BIG);
	CHECK_STR(e.msg, "zstd: asks for a window larger than 8 MiB");
}

TEST(other_compressors_are_refused_by_name)
{
	static const struct {
		const char *bytes, *name;
	} kinds[] = {
		{ "\xfd" "7zXZ\0\0\0", "xz" }, { "BZh91AY&", "bzip2" },
		{ "\x04\x22\x4d\x18\x60\x40\x82\1", "lz4" }, { "\x5d\0\0\x80\0\xff\xff\xff", "lzma" },
		{ "\x1f\x9d\x90\1\1\1\1\1", "compress" },
	};
	auto_str struct str out = STR_INIT;

	for (size_t i = 0; i < countof(kinds); i++) {
		struct err e;
		char want[100];

		snprintf(want, sizeof(want), "compressed with %s, which is not supported"
			 " (gzip and zstd are)", kinds[i].name);
		CHECK_INT(push(kinds[i].bytes, 8, 1 + i, &out, &e), -ENOTSUP);
		CHECK_STR(e.msg, want);
	}
}

TEST(what_gzip_writes_gunzip_reads_and_twice_is_the_same)
{
	auto_str struct str in = STR_INIT, packed = STR_INIT, again = STR_INIT, out = STR_INIT;

	for (uint32_t i = 0, x = 1; i < 300000; i++, x = x * 1664525 + 1013904223)
		str_addf(&in, "%c%c", x >> 30 ? 'a' : 'b' + (x >> 24) % 20, i % 999 ? ' ' : '\n');
	for (int i = 0; i < 2; i++) {
		struct str *to = i ? &again : &packed;
		struct gzip *g = gzip_new((struct sink){ collect, to });

		for (size_t at = 0; at < in.len; at += 1000)
			CHECK_INT(gzip_feed(g, in.s + at, in.len - at < 1000 ? in.len - at : 1000, NULL), 0);
		CHECK_INT(gzip_end(g, NULL), 0);
		gzip_free(g);
	}
	CHECK(packed.len == again.len && memcmp(packed.s, again.s, packed.len) == 0);
	CHECK(packed.len < in.len / 2);
	CHECK_INT(push(packed.s, packed.len, 777, &out, NULL), 0);
	CHECK(out.len == in.len && memcmp(out.s, in.s, in.len) == 0);
}

TEST(an_empty_gzip_file_is_a_whole_one)
{
	auto_str struct str packed = STR_INIT, out = STR_INIT;
	struct gzip *g = gzip_new((struct sink){ collect, &packed });

	CHECK_INT(gzip_end(g, NULL), 0);
	gzip_free(g);
	CHECK_INT(push(packed.s, packed.len, 99, &out, NULL), 0);
	CHECK_INT(out.len, 0);
}

static int count_and_stop(void *to, const void *data, size_t len, struct err *e)
{
	uint64_t *got = to;

	(void)data;
	*got += len;
	return *got > 4 << 20 ? err_set(e, E2BIG, "enough") : 0;
}

TEST(Z31_a_sink_that_has_enough_ends_a_bomb)
{
	static char zeros[1 << 20];
	auto_str struct str bomb = STR_INIT;
	struct gzip *g = gzip_new((struct sink){ collect, &bomb });
	auto_stream struct stream s;
	uint64_t got = 0;
	struct err e;

	for (int i = 0; i < 64; i++)
		CHECK_INT(gzip_feed(g, zeros, sizeof(zeros), NULL), 0);
	CHECK_INT(gzip_end(g, NULL), 0);
	gzip_free(g);
	stream_init(&s, &stream_here, (struct sink){ count_and_stop, &got });
	CHECK_INT(stream_feed(&s, bomb.s, bomb.len, &e), -E2BIG);
	CHECK_STR(e.msg, "enough");
	CHECK(got < 5 << 20);
}

UNIT_MAIN
