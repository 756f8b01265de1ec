// SPDX-License-Identifier: MIT
/* test_tar.c - what the writer writes the reader reads, and every broken header is one error. */
#include "core/fmt/sparse.h"
#include "tests/unit/tarmake.h"
#include "tests/unit/unit.h"

static int collect(void *to, const void *data, size_t len, struct err *e)
{
	(void)e;
	str_add(to, data, len);
	return 0;
}

/* --- a reader that writes down what it is told ------------------------------ */

struct seen {
	struct str log;		/* one line an entry */
	struct str all;		/* every byte, raw and content, in order */
	struct str content;	/* of the entry at hand */
};

static int on_raw(void *to, const void *bytes, size_t len, struct err *e)
{
	return collect(&((struct seen *)to)->all, bytes, len, e);
}

static int on_entry(void *to, const struct tar_entry *t, struct err *e)
{
	struct seen *s = to;

	(void)e;
	str_reset(&s->content);
	str_addf(&s->log, "%c %o %llu:%llu %llu %lld", t->type, t->mode, (unsigned long long)t->uid,
		 (unsigned long long)t->gid, (unsigned long long)t->size, (long long)t->mtime.sec);
	if (t->mtime.nsec)
		str_addf(&s->log, ".%09u", t->mtime.nsec);
	str_addf(&s->log, " %s", t->name);
	if (*t->link)
		str_addf(&s->log, " -> %s", t->link);
	if (t->major || t->minor)
		str_addf(&s->log, " %u,%u", t->major, t->minor);
	for (size_t i = 0; i < t->n_xattrs; i++)
		str_addf(&s->log, " %s=%.*s", t->xattrs[i].name, (int)t->xattrs[i].len,
			 (const char *)t->xattrs[i].value);
	return 0;
}

static int on_data(void *to, uint64_t at, const void *bytes, size_t len, struct err *e)
{
	struct seen *s = to;

	while (s->content.len < at)
		str_add(&s->content, ".", 1);	/* a hole */
	str_add(&s->content, bytes, len);
	return collect(&s->all, bytes, len, e);
}

static int on_end(void *to, struct err *e)
{
	struct seen *s = to;

	(void)e;
	str_addf(&s->log, s->content.len ? " \"%.20s\"\n" : "\n", s->content.s);
	return 0;
}

/* Read `tar` in pieces of `step`. What was said is in s->log. */
static int read_in(const void *tar, size_t len, size_t step, struct seen *s, struct err *e)
{
	struct tar_reader *r = tar_reader_new(&(struct tar_events){ s, on_raw, on_entry, on_data, on_end });
	int rc = 0;

	str_reset(&s->log);
	str_reset(&s->all);
	str_reset(&s->content);
	for (size_t at = 0; rc == 0 && at < len; at += step)
		rc = tar_feed(r, (const char *)tar + at, len - at < step ? len - at : step, e);
	if (rc == 0)
		rc = tar_end(r, e);
	tar_reader_free(r);
	return rc;
}

#define SEEN_INIT { STR_INIT, STR_INIT, STR_INIT }
static void seen_release(struct seen *s)
{
	str_release(&s->log);
	str_release(&s->all);
	str_release(&s->content);
}

/* --- the writer ------------------------------------------------------------- */

static const struct tar_entry plain = { .name = "", .link = "", .uname = "", .gname = "" };

static struct tar_entry entry(uint8_t type, const char *name, uint64_t size)
{
	struct tar_entry t = plain;

	t.type = type;
	t.name = name;
	t.size = size;
	t.mode = 0644;
	return t;
}

TEST(what_is_written_is_read_again_in_pieces_of_any_size)
{
	__attribute__((cleanup(seen_release))) struct seen s = SEEN_INIT;
	auto_str struct str out = STR_INIT, want = STR_INIT;
	struct tar_xattr x[] = { { "user.b", "2", 1 }, { "user.a", "one", 3 } };
	struct tar_entry t;
	struct tar_writer w;
	char deep[301];

	memset(deep, 'd', 300);
	deep[150] = '/';
	deep[300] = 0;
	tar_writer_init(&w, (struct sink){ collect, &out });
	t = entry(TAR_DIR, "dir/", 0);
	CHECK_INT(tar_write_entry(&w, &t, NULL), 0);
	t = entry(TAR_FILE, "dir/file", 5);
	t.mtime = (struct tar_time){ 1234567890, 120000000 };
	t.xattrs = x;
	t.n_xattrs = 2;
	CHECK_INT(tar_write_file(&w, &t, "hello", NULL), 0);
	t = entry(TAR_SYMLINK, "dir/l\xc3\xa4nk", 0);
	t.link = deep;
	CHECK_INT(tar_write_entry(&w, &t, NULL), 0);
	t = entry(TAR_CHAR, deep, 0);
	t.major = 1;
	t.minor = 3;
	t.uid = 3000000;
	t.mtime.sec = -2;
	t.mtime.nsec = 500000000;
	CHECK_INT(tar_write_entry(&w, &t, NULL), 0);
	CHECK_INT(tar_write_end(&w, NULL), 0);
	CHECK_INT(out.len % TAR_BLOCK, 0);
	str_addf(&want, "5 644 0:0 0 0 dir\n"
		 "0 644 0:0 5 1234567890.120000000 dir/file user.a=one user.b=2 \"hello\"\n"
		 "2 644 0:0 0 0 dir/l\xc3\xa4nk -> %s\n"
		 "3 644 3000000:0 0 -2.500000000 %s 1,3\n", deep, deep);
	for (size_t step = 1; step < 2000; step += step < 16 ? 1 : 131) {
		CHECK_INT(read_in(out.s, out.len, step, &s, NULL), 0);
		CHECK_STR(s.log.s, want.s);
		CHECK(s.all.len == out.len && memcmp(s.all.s, out.s, out.len) == 0);
	}
}

TEST(the_writer_keeps_count_of_content)
{
	auto_str struct str out = STR_INIT;
	struct tar_entry t = entry(TAR_FILE, "f", 3);
	struct tar_writer w;
	struct err e;

	tar_writer_init(&w, (struct sink){ collect, &out });
	CHECK_INT(tar_write_entry(&w, &t, NULL), 0);
	CHECK_INT(tar_write_data(&w, "abcd", 4, &e), -EINVAL);
	CHECK_INT(tar_write_data(&w, "ab", 2, NULL), 0);
	CHECK_INT(tar_write_end(&w, &e), -EINVAL);
	CHECK_STR(e.msg, "tar: an entry is 1 bytes short");
	CHECK_INT(tar_write_data(&w, "c", 1, NULL), 0);
	CHECK_INT(tar_write_end(&w, NULL), 0);
	CHECK_INT(out.len, 4 * TAR_BLOCK);
}

/* --- what others write --------------------------------------------------------------- */

/* Read what was built in pieces of several sizes; the log must be `want`. */
static void reads(const struct str *tar, const char *want)
{
	__attribute__((cleanup(seen_release))) struct seen s = SEEN_INIT;
	static const size_t steps[] = { 1, 511, 512, 513, 100000 };
	struct err e = { 0 };

	for (size_t i = 0; i < countof(steps); i++) {
		if (read_in(tar->s, tar->len, steps[i], &s, &e) < 0)
			CHECK_STR(e.msg, "");
		CHECK_STR(s.log.s, want);
		CHECK(s.all.len == tar->len && memcmp(s.all.s, tar->s, tar->len) == 0);
	}
}

static void refuses(const struct str *tar, int code, const char *msg)
{
	__attribute__((cleanup(seen_release))) struct seen s = SEEN_INIT;
	struct err e = { 0 };
	int rc = read_in(tar->s, tar->len, 700, &s, &e);

	CHECK_STR(e.msg, msg);
	CHECK_INT(rc, -code);
}

TEST(names_are_put_together_as_each_format_does)
{
	auto_str struct str tar = STR_INIT, pax = STR_INIT;

	made_header(&tar, &(struct made){ .name = "b/c", .prefix = "a", .type = '0' }, 0);
	made_header(&tar, &(struct made){ .name = "v7", .magic = "\0\0\0\0\0\0\0", .prefix = "no" }, 0);
	made_header(&tar, &(struct made){ .name = "old/", .type = 0 }, 0);
	made_header(&tar, &(struct made){ .name = "gnu", .magic = "ustar  ", .prefix = "12345", .type = '0' }, 0);
	made_header(&tar, &(struct made){ .name = "cont", .type = '7' }, 0);
	made_header(&tar, &(struct made){ .name = "dir///", .type = '5' }, 0);
	made_header(&tar, &(struct made){ .name = "/", .type = '5' }, 0);
	made_long(&tar, 'L', "long");
	made_long(&tar, 'K', "target");
	made_header(&tar, &(struct made){ .name = "short", .link = "x", .type = '2' }, 0);
	pax_add(&pax, "path", "paxed", 5);
	pax_add(&pax, "linkpath", "", 0);
	made_pax(&tar, &pax);
	made_header(&tar, &(struct made){ .name = "short", .link = "kept", .type = '2' }, 0);
	made_end(&tar);
	reads(&tar, "0 0 0:0 0 0 a/b/c\n0 0 0:0 0 0 v7\n5 0 0:0 0 0 old\n0 0 0:0 0 0 gnu\n"
	      "0 0 0:0 0 0 cont\n5 0 0:0 0 0 dir\n5 0 0:0 0 0 /\n2 0 0:0 0 0 long -> target\n"
	      "2 0 0:0 0 0 paxed -> kept\n");
}

TEST(numbers_come_from_pax_and_base_256_too)
{
	auto_str struct str tar = STR_INIT, pax = STR_INIT;
	char *b;

	pax_add(&pax, "uid", "3000000000", 10);
	pax_add(&pax, "gid", "7", 1);
	pax_add(&pax, "mtime", "-1.25", 5);
	pax_add(&pax, "size", "3", 1);
	made_pax(&tar, &pax);
	made_header(&tar, &(struct made){ .name = "pax", .type = '0', .mode = 0100755, .size = 9 }, 0);
	str_add(&tar, "abc", 3);
	made_pad(&tar);
	made_header(&tar, &(struct made){ .name = "b256", .type = '0', .magic = "ustar  " }, 0);
	b = tar.s + tar.len - 512;
	memcpy(b + 108, "\x80\0\0\0\xb2\xd0\x5e\0", 8);
	memcpy(b + 136, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe", 12);
	made_sum(b);
	made_end(&tar);
	reads(&tar, "0 755 3000000000:7 3 -2.750000000 pax \"abc\"\n0 0 3000000000:0 0 -2 b256\n");
}

TEST(Go_decides_what_has_content_and_where_an_archive_ends)
{
	auto_str struct str tar = STR_INIT;

	made_header(&tar, &(struct made){ .name = "hard", .link = "x", .type = '1', .size = 600 }, 0);
	made_header(&tar, &(struct made){ .name = "dir", .type = '5', .size = 600 }, 0);
	made_file(&tar, "f", "1");
	reads(&tar, "1 0 0:0 0 0 hard -> x\n5 0 0:0 0 0 dir\n0 644 0:0 1 0 f \"1\"\n");
	str_add(&tar, (char[512]){ 0 }, 512);		/* one zero block is an end */
	reads(&tar, "1 0 0:0 0 0 hard -> x\n5 0 0:0 0 0 dir\n0 644 0:0 1 0 f \"1\"\n");
	made_file(&tar, "g", "1");			/* but nothing may follow it */
	refuses(&tar, EINVAL, "tar: entry \"f\": a header after the end");
	tar.len = 0;
	made_end(&tar);
	str_puts(&tar, "anything at all");
	reads(&tar, "");
	tar.len = 0;
	reads(&tar, "");
}

TEST(xattrs_come_from_both_keys_and_the_first_wins)
{
	auto_str struct str tar = STR_INIT, pax = STR_INIT;

	pax_add(&pax, "LIBARCHIVE.xattr.user.a", "bm8=", 4);
	pax_add(&pax, "SCHILY.xattr.user.a", "yes", 3);
	pax_add(&pax, "LIBARCHIVE.xattr.user.b%3d%41", "Yg", 2);
	made_pax(&tar, &pax);
	made_file(&tar, "f", "1");
	made_file(&tar, "g", "1");
	made_end(&tar);
	reads(&tar, "0 644 0:0 1 0 f user.a=yes user.b=A=b \"1\"\n0 644 0:0 1 0 g \"1\"\n");
}

TEST(a_global_header_changes_nothing)
{
	auto_str struct str tar = STR_INIT, pax = STR_INIT;

	pax_add(&pax, "path", "everywhere", 10);
	made_header(&tar, &(struct made){ .name = "g", .type = 'g', .size = pax.len }, 0);
	str_add(&tar, pax.s, pax.len);
	made_pad(&tar);
	made_file(&tar, "f", "1");
	made_end(&tar);
	reads(&tar, "0 644 0:0 1 0 f \"1\"\n");
}

static void sparse_pax(struct str *tar, const char *minor, const char *map, const char *data)
{
	auto_str struct str pax = STR_INIT;

	pax_add(&pax, "GNU.sparse.major", *minor == '-' ? "1" : "0", 1);
	pax_add(&pax, "GNU.sparse.minor", *minor == '-' ? "0" : minor, 1);
	pax_add(&pax, "GNU.sparse.name", "s", 1);
	pax_add(&pax, "GNU.sparse.realsize", "8", 1);
	if (strcmp(minor, "1") == 0)
		pax_add(&pax, "GNU.sparse.map", map, strlen(map));
	if (strcmp(minor, "0") == 0) {
		pax_add(&pax, "GNU.sparse.offset", "1", 1);
		pax_add(&pax, "GNU.sparse.numbytes", "2", 1);
		pax_add(&pax, "GNU.sparse.offset", "5", 1);
		pax_add(&pax, "GNU.sparse.numbytes", "1", 1);
	}
	made_pax(tar, &pax);
	if (*minor == '-') {
		made_header(tar, &(struct made){ .name = "x", .type = '0', .size = 512 + strlen(data) }, 0);
		str_puts(tar, map);
		made_pad(tar);
	} else {
		made_header(tar, &(struct made){ .name = "x", .type = '0', .size = strlen(data) }, 0);
	}
	str_puts(tar, data);
	made_pad(tar);
}

TEST(a_sparse_file_is_the_same_in_each_of_the_four_ways)
{
	auto_str struct str tar = STR_INIT;
	char *b;

	sparse_pax(&tar, "0", NULL, "abc");
	sparse_pax(&tar, "1", "1,2,5,1", "abc");
	sparse_pax(&tar, "-", "2\n1\n2\n5\n1\n", "abc");
	made_header(&tar, &(struct made){ .name = "s", .type = 'S', .size = 3, .magic = "ustar  " }, 0);
	b = tar.s + tar.len - 512;
	memcpy(b + 386, "00000000001\0" "00000000002\0" "00000000005\0" "00000000001\0", 48);
	memcpy(b + 483, "00000000010\0", 12);
	made_sum(b);
	str_puts(&tar, "abc");
	made_pad(&tar);
	made_end(&tar);
	reads(&tar, "0 0 0:0 8 0 s \".ab..c\"\n0 0 0:0 8 0 s \".ab..c\"\n"
	      "0 0 0:0 8 0 s \".ab..c\"\n0 0 0:0 8 0 s \".ab..c\"\n");
}

TEST(Z31_sparse_maps_that_cannot_be_are_refused)
{
	static const struct {
		const char *minor, *map, *data, *want;
	} bad[] = {
		{ "1", "0,9", "abcdefghi", "does not fit" },		/* past the end */
		{ "1", "3,2,2,1", "abc", "does not fit" },		/* backwards */
		{ "1", "0,2,1,2", "abcd", "does not fit" },		/* overlapping */
		{ "1", "0,2", "abc", "does not fit" },			/* content left over */
		{ "1", "0,4", "abc", "does not fit" },			/* content missing */
		{ "1", "0,2,5", "ab", "is broken" },
		{ "1", "0,-1", "", "is broken" },
		{ "1", "9223372036854775807,9223372036854775807", "ab", "does not fit" },
		{ "1", "99999999999999999999,1", "a", "is broken" },
		{ "-", "1\n0\n", "abc", "is broken or too long" },
		{ "-", "x\n", "abc", "is broken or too long" },
		{ "-", "\n", "abc", "is broken or too long" },
		{ "-", "10000000\n0\n1\n", "abc", "is broken or too long" },
		{ "-", "99999999999999999999\n", "abc", "is broken or too long" },
	};
	__attribute__((cleanup(seen_release))) struct seen s = SEEN_INIT;

	for (size_t i = 0; i < countof(bad); i++) {
		auto_str struct str tar = STR_INIT;
		struct err e = { 0 };

		sparse_pax(&tar, bad[i].minor, bad[i].map, bad[i].data);
		made_end(&tar);
		CHECK(read_in(tar.s, tar.len, 999, &s, &e) < 0);
		CHECK(strstr(e.msg, bad[i].want));
	}
}

TEST(Z31_a_map_of_ten_million_segments_is_refused_early)
{
	__attribute__((cleanup(seen_release))) struct seen s = SEEN_INIT;
	auto_str struct str tar = STR_INIT, map = STR_INIT;
	struct err e = { 0 };

	for (int i = 0; i < 200000; i++)
		str_puts(&map, i ? ",0,0" : "0,0");
	made_header(&tar, &(struct made){ .name = "s", .type = 'S', .size = 0, .magic = "ustar  " }, 0);
	tar.s[tar.len - 512 + 386] = '0';
	tar.s[tar.len - 512 + 482] = 1;
	made_sum(tar.s + tar.len - 512);
	for (int i = 0; i < 8000; i++) {
		char block[512] = { 0 };

		for (int j = 0; j < 21; j++)
			block[24 * j] = block[24 * j + 12] = '0';
		block[504] = 1;
		str_add(&tar, block, sizeof(block));
	}
	CHECK_INT(read_in(tar.s, tar.len, 65536, &s, &e), -E2BIG);
	tar.len = 0;
	{
		auto_str struct str pax = STR_INIT;

		pax_add(&pax, "GNU.sparse.map", map.s, map.len);
		made_pax(&tar, &pax);
		made_file(&tar, "f", "");
	}
	CHECK_INT(read_in(tar.s, tar.len, 65536, &s, &e), -E2BIG);
}

TEST(what_is_no_header_is_named)
{
	auto_str struct str tar = STR_INIT, pax = STR_INIT;

	str_puts(&tar, "this is a text of which nobody would say that it is an archive");
	made_pad(&tar);
	refuses(&tar, EINVAL, "tar: this is no tar archive");
	tar.len = 0;
	made_file(&tar, "good", "1");
	str_puts(&tar, "garbage");
	made_pad(&tar);
	refuses(&tar, EINVAL, "tar: entry \"good\": what follows it is no header");
	tar.len = 0;
	made_file(&tar, "good", "1");
	tar.s[0] = 'f';
	refuses(&tar, EINVAL, "tar: this is no tar archive");
	tar.len = 0;
	made_file(&tar, "cut", "123456");
	tar.len = 515;
	refuses(&tar, EINVAL, "tar: entry \"cut\": the archive is cut short");
	tar.len = 511;
	refuses(&tar, EINVAL, "tar: the archive is cut short");
	tar.len = 0;
	made_file(&tar, "", "1");
	refuses(&tar, EINVAL, "tar: an entry has no name");
	tar.len = 0;
	made_file(&tar, "n", "1");
	memcpy(tar.s + 124, "12345678901", 11);
	made_sum(tar.s);
	refuses(&tar, EINVAL, "tar: entry \"n\": a number in its header is broken");
	memcpy(tar.s + 124, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12);
	made_sum(tar.s);
	refuses(&tar, EINVAL, "tar: entry \"n\": a number in its header is negative");
	memcpy(tar.s + 124, "\x80\0\0\1\0\0\0\0\0\0\0\0", 12);
	made_sum(tar.s);
	refuses(&tar, EINVAL, "tar: entry \"n\": a number in its header is broken");
	tar.len = 0;
	made_header(&tar, &(struct made){ .name = "p", .type = 'x', .size = TAR_META_MAX + 1 }, 0);
	refuses(&tar, E2BIG, "tar: entry \"p\": its pax header or long name is too long");
}

TEST(pax_records_that_are_none_are_refused)
{
	static const char *const bad[] = {
		"6 a=b", "7 a=b\n", "5 a=b\n", "x a=b\n", " a=b\n", "6 a b\n", "5 =b\n", "0 a=b\n",
		"99999999999999999999 a=b\n", "6 a=b\n6", "6\ta=b\n", "-6 a=b\n", "10 uid=-1\n",
		"10 uid=1x\n", "13 mtime=1.x\n", "12 mtime=.\n", "13 size=-2\n ",
		"30 size=99999999999999999999\n",
	};
	__attribute__((cleanup(seen_release))) struct seen s = SEEN_INIT;

	for (size_t i = 0; i < countof(bad); i++) {
		auto_str struct str tar = STR_INIT, pax = STR_INIT;

		str_puts(&pax, bad[i]);
		made_pax(&tar, &pax);
		made_file(&tar, "f", "");
		made_end(&tar);
		CHECK_INT(read_in(tar.s, tar.len, 999, &s, NULL), -EINVAL);
	}
}

TEST(numbers_and_times_of_pax)
{
	struct tar_time t;
	int64_t v;

	CHECK(pax_decimal("9223372036854775807", 19, &v) && v == INT64_MAX);
	CHECK(!pax_decimal("9223372036854775808", 19, &v));
	CHECK(pax_decimal("-9223372036854775808", 20, &v) && v == INT64_MIN);
	CHECK(!pax_decimal("-", 1, &v) && !pax_decimal("", 0, &v) && !pax_decimal("+1", 2, &v));
	CHECK(pax_time("1.000000001999", 14, &t) && t.sec == 1 && t.nsec == 1);
	CHECK(pax_time("-0.5", 4, &t) && t.sec == -1 && t.nsec == 500000000);
	CHECK(pax_time("5.", 2, &t) && t.sec == 5 && t.nsec == 0);
	CHECK(!pax_time("5.-1", 4, &t));
}

UNIT_MAIN
