// SPDX-License-Identifier: MIT
#include "core/fmt/reference.h"
#include "tests/unit/unit.h"

#define A16	"aaaaaaaaaaaaaaaa"
#define A64	A16 A16 A16 A16
#define BAD	"invalid reference format"

/* Sentences and verdicts are those of docker 20.10.24's `docker tag IMAGE NAME`. */
TEST(M001_names_are_docker_s)
{
	static const struct { const char *in, *canonical, *familiar; } rows[] = {
		{ "a", "docker.io/library/a", "a" },
		{ "a:B", "docker.io/library/a:B", "a:B" },
		{ "a:_x", "docker.io/library/a:_x", "a:_x" },
		{ "a/b", "docker.io/a/b", "a/b" },
		{ "a__b", "docker.io/library/a__b", "a__b" },
		{ "a--b", "docker.io/library/a--b", "a--b" },
		{ "a.b", "docker.io/library/a.b", "a.b" },
		{ "xn--a/b", "docker.io/xn--a/b", "xn--a/b" },
		{ "h:5000/x", "h:5000/x", "h:5000/x" },
		{ "h:99999999/a", "h:99999999/a", "h:99999999/a" },
		{ "localhost/x", "localhost/x", "localhost/x" },
		{ "localhost", "docker.io/library/localhost", "localhost" },
		{ "127.0.0.1:5000/hello-world", "127.0.0.1:5000/hello-world",
		  "127.0.0.1:5000/hello-world" },
		{ "H.com/x", "H.com/x", "H.com/x" },
		{ "docker.io/x", "docker.io/library/x", "x" },
		{ "index.docker.io/x", "docker.io/library/x", "x" },
		{ "docker.io/library/x:1", "docker.io/library/x:1", "x:1" },
		{ "docker.io/a/b/c", "docker.io/a/b/c", "a/b/c" },
		{ "docker.io", "docker.io/library/docker.io", "docker.io" },
		{ "docker.io/library/a.b/c", "docker.io/library/a.b/c", "library/a.b/c" },
		{ "docker.io/h.com/c", "docker.io/h.com/c", "docker.io/h.com/c" },
		{ "a.b.c/d", "a.b.c/d", "a.b.c/d" },
		{ "a@sha256:" A64, "docker.io/library/a@sha256:" A64, "a@sha256:" A64 },
		{ "a:1@sha256:" A64, "docker.io/library/a:1@sha256:" A64, "a:1@sha256:" A64 },
		{ "sha256", "docker.io/library/sha256", "sha256" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_str struct str full = STR_INIT, shown = STR_INIT;
		struct reference r;
		struct err e = { 0 };

		if (reference_parse(rows[i].in, &r, &e) < 0)
			CHECK_STR(e.msg, rows[i].in);
		reference_text(&r, &full);
		reference_familiar(&r, &shown);
		CHECK_STR(full.s, rows[i].canonical);
		CHECK_STR(shown.s, rows[i].familiar);
	}
}

TEST(Z38_bad_names_are_refused_in_docker_s_words)
{
	static const struct { const char *in, *msg; } rows[] = {
		{ "", BAD }, { "a b", BAD }, { "a:", BAD }, { ":a", BAD }, { "/a", BAD },
		{ "a/", BAD }, { "a//b", BAD }, { "../a", BAD }, { "a/../b", BAD }, { "a..b", BAD },
		{ "a___b", BAD }, { "a_-b", BAD }, { "-a", BAD }, { "a-", BAD }, { "a.", BAD },
		{ "h:x/a", BAD }, { "docker.io/../x", BAD }, { "a:.x", BAD }, { "a:-x", BAD },
		{ "a\xc3\xa9", BAD }, { "a:\xc3\xa9", BAD }, { "-h.com/a", BAD }, { "h-.com/a", BAD },
		{ "h..com/a", BAD }, { "a@b", BAD }, { "a/b@sha256:", BAD }, { "[::1]:5000/x", BAD },
		{ "a@sha256:abc", BAD }, { "h:/a", BAD }, { "a\nb", BAD }, { "a:1:2", BAD },
		{ "\xd0\xb0lpine", BAD },
		{ "A", BAD ": repository name must be lowercase" },
		{ "a/B", BAD ": repository name must be lowercase" },
		{ "A/b", BAD ": repository name must be lowercase" },
		{ "Localhost/x", BAD ": repository name must be lowercase" },
		{ "h:5000/X", BAD ": repository name must be lowercase" },
		{ A64, "invalid repository name (" A64 "), cannot specify 64-byte hexadecimal "
		  "strings" },
		{ "a@sha512:" A64, "unsupported digest algorithm" },
		{ "a@md5:" A16 A16, "unsupported digest algorithm" },
		{ "a@sha256:" A64 "a", "invalid checksum digest length" },
		{ "a@sha256:A" A16 A16 A16 "aaaaaaaaaaaaaaa", "invalid checksum digest format" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reference r;
		struct err e = { 0 };

		if (reference_parse(rows[i].in, &r, &e) == 0)
			CHECK_STR("refused", rows[i].in);
		CHECK_STR(e.msg, rows[i].msg);
	}
}

static int with_length(size_t name, size_t tag)
{
	char text[1024];
	struct reference r;

	memset(text, 'a', sizeof(text));
	if (tag)
		text[name] = ':';
	text[name + (tag ? 1 + tag : 0)] = 0;
	return reference_parse(text, &r, NULL);
}

TEST(lengths_end_where_docker_s_do)
{
	CHECK_INT(with_length(237, 0), 0);	/* with docker.io/library/ 255 */
	CHECK_INT(with_length(238, 0), -EINVAL);
	CHECK_INT(with_length(300, 0), -EINVAL);
	CHECK_INT(with_length(3, 128), 0);
	CHECK_INT(with_length(3, 129), -EINVAL);
	CHECK_INT(with_length(237, 128), 0);
}

TEST(the_default_tag_is_added_where_nothing_was_said)
{
	struct reference r;

	CHECK_INT(reference_parse("redis", &r, NULL), 0);
	CHECK(reference_default_tag(&r));
	CHECK_STR(r.tag, "latest");
	CHECK(!reference_default_tag(&r));
	CHECK_INT(reference_parse("a@sha256:" A64, &r, NULL), 0);
	CHECK(!reference_default_tag(&r));
}

TEST(what_may_be_an_id_is_told)
{
	const char *hex = NULL;

	CHECK(reference_is_hex("abc123", &hex));
	CHECK(reference_is_hex("sha256:ab", &hex));
	CHECK_STR(hex, "ab");
	CHECK(!reference_is_hex("sha256:", &hex));
	CHECK(!reference_is_hex("xyz", &hex));
	CHECK(!reference_is_hex(A64 "a", &hex));
}

UNIT_MAIN
