// SPDX-License-Identifier: MIT
// link: -Wl,--wrap=confine_self
/* test_decoder.c - what a confined decoder gives, and what we make of one that was taken over.
 *
 * confine_self is where the decoder's code begins: a test that sets `evil` has its own there,
 * which has the socket (descriptor c->fd) and the rights of whoever took it over. */
#include "core/engine/decoder.h"

#include <signal.h>
#include <sys/socket.h>

#include "core/base/str.h"
#include "core/fmt/gzip.h"
#include "core/kern/confine.h"
#include "tests/unit/unit.h"

int __real_confine_self(const struct confine *c, struct err *e);
int __wrap_confine_self(const struct confine *c, struct err *e);

static void (*evil)(int sock);

int __wrap_confine_self(const struct confine *c, struct err *e)
{
	if (!evil)
		return __real_confine_self(c, e);
	evil(c->fd);
	_exit(0);
}

static int collect(void *to, const void *data, size_t len, struct err *e)
{
	(void)e;
	str_add(to, data, len);
	return 0;
}

/* Push `in` in pieces of `step` bytes; what comes out is in `out`. */
static int push(const struct str *in, size_t step, struct str *out, struct err *e)
{
	auto_stream struct stream s;
	int rc = 0;

	str_reset(out);
	stream_init(&s, &decoder_confined, (struct sink){ collect, out });
	for (size_t at = 0; rc == 0 && at < in->len; at += step)
		rc = stream_feed(&s, in->s + at, in->len - at < step ? in->len - at : step, e);
	return rc < 0 ? rc : stream_end(&s, e);
}

/* `len` bytes that compress a little, and their gzip. */
static void make(size_t len, struct str *text, struct str *gz)
{
	struct gzip *g = gzip_new((struct sink){ collect, gz });

	for (size_t i = 0; i < len; i++)
		str_add(text, &(char){ i * 2654435761u >> (20 + i % 7) & 0x3f }, 1);
	CHECK_INT(gzip_feed(g, text->s, text->len, NULL), 0);
	CHECK_INT(gzip_end(g, NULL), 0);
	gzip_free(g);
}

TEST(what_went_in_comes_out_in_pieces_of_any_size)
{
	static const size_t steps[] = { 1000, 65536, 300001, 5000000 };
	auto_str struct str text = STR_INIT, gz = STR_INIT, out = STR_INIT;

	make(3 << 20, &text, &gz);
	CHECK(gz.len > 1 << 20);
	for (size_t i = 0; i < countof(steps); i++) {
		CHECK_INT(push(&gz, steps[i], &out, NULL), 0);
		CHECK(out.len == text.len && memcmp(out.s, text.s, text.len) == 0);
	}
}

TEST(much_can_come_out_of_little)
{
	auto_str struct str gz = STR_INIT, out = STR_INIT;
	struct gzip *g = gzip_new((struct sink){ collect, &gz });
	static char zeros[1 << 20];

	for (int i = 0; i < 20; i++)
		CHECK_INT(gzip_feed(g, zeros, sizeof(zeros), NULL), 0);
	CHECK_INT(gzip_end(g, NULL), 0);
	gzip_free(g);
	CHECK_INT(push(&gz, 100, &out, NULL), 0);
	CHECK_INT(out.len, 20 << 20);
}

TEST(zstd_too)
{
	static const char frame[] =
		"\x28\xb5\x2f\xfd\x04\x58\xf9\x00\x00\x61\x20\x63\x6f\x72\x61\x63\x6c\x65\x20\x69"
		"\x73\x20\x74\x68\x65\x20\x6c\x69\x67\x68\x74\x65\x73\x74\x20\x62\x6f\x61\x74\x0a"
		"\xe1\xfe\xbe\x29";
	auto_str struct str in = STR_INIT, out = STR_INIT;
	struct err e = { 0 };

	str_add(&in, frame, sizeof(frame) - 1);
	CHECK_INT(push(&in, 7, &out, &e), 0);
	CHECK_STR(out.s, "a coracle is the lightest boat\n");
	in.s[in.len - 1] ^= 1;
	CHECK_INT(push(&in, 7, &out, &e), -EINVAL);
	CHECK_STR(e.msg, "zstd: wrong checksum");
}

TEST(what_is_wrong_is_said_as_it_would_be_here)
{
	auto_str struct str text = STR_INIT, gz = STR_INIT, out = STR_INIT;
	struct err e = { 0 };

	make(1 << 20, &text, &gz);
	gz.len--;
	CHECK_INT(push(&gz, 1 << 20, &out, &e), -EINVAL);
	CHECK_STR(e.msg, "gzip: unexpected end");
	gz.s[gz.len++ - 5] ^= 1;
	CHECK_INT(push(&gz, 1 << 20, &out, &e), -EINVAL);
	CHECK_STR(e.msg, "gzip: wrong checksum or length");
	gz.s[2] = 1;
	CHECK_INT(push(&gz, 1 << 10, &out, &e), -EINVAL);
	CHECK_STR(e.msg, "gzip: invalid header");
	CHECK_INT(waitpid(-1, NULL, WNOHANG), -1);	/* and no child is left */
}

static int stop(void *to, const void *data, size_t len, struct err *e)
{
	(void)to, (void)data, (void)len;
	return err_set(e, ENOSPC, "full");
}

TEST(a_sink_that_fails_ends_it)
{
	auto_str struct str text = STR_INIT, gz = STR_INIT;
	struct stream s;
	struct err e = { 0 };
	int rc;

	make(3 << 20, &text, &gz);
	stream_init(&s, &decoder_confined, (struct sink){ stop, NULL });
	rc = stream_feed(&s, gz.s, gz.len, &e);
	CHECK_INT(rc, -ENOSPC);
	CHECK_STR(e.msg, "full");
	stream_release(&s);
	CHECK_INT(waitpid(-1, NULL, WNOHANG), -1);
}

TEST(a_caller_that_ignores_its_children_still_hears_how_it_ended)
{
	auto_str struct str text = STR_INIT, gz = STR_INIT, out = STR_INIT;

	signal(SIGCHLD, SIG_IGN);
	make(1 << 20, &text, &gz);
	CHECK_INT(push(&gz, 1 << 20, &out, NULL), 0);
	CHECK_INT(out.len, text.len);
}

/* --- taken over ---------------------------------------------------------------- */

static void say(int sock, uint32_t kind, uint32_t len)
{
	uint32_t note[2] = { kind, len };

	(void)!write(sock, note, sizeof(note));
}
enum { FILLED = 1, TAKEN = 2 };

static void hear(int sock)
{
	char buf[600];

	(void)!read(sock, buf, sizeof(buf));
}

static void crash(int sock)
{
	hear(sock);
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
}

static void leave(int sock)
{
	hear(sock);
}

static void fill_none(int sock) { say(sock, FILLED, 0); hear(sock); }
static void fill_too_much(int sock) { say(sock, FILLED, STREAM_CHUNK + 1); hear(sock); }
static void fill_all_there_is(int sock) { say(sock, FILLED, UINT32_MAX); hear(sock); }
static void take_what_was_not_given(int sock)
{
	for (int i = 0; i < 9; i++)
		say(sock, TAKEN, 0);
	hear(sock);
}
static void no_such_note(int sock) { say(sock, 77, 0); hear(sock); }
static void half_a_note(int sock) { (void)!write(sock, "abc", 3); hear(sock); }
static void too_long_a_note(int sock)
{
	static char much[600];

	(void)!write(sock, much, sizeof(much));
	hear(sock);
}
static void all_is_well_too_early(int sock)
{
	struct err e = { 0 };

	(void)!write(sock, &e, sizeof(e));
	hear(sock);
}
static void no_such_code(int sock)
{
	struct err e = { .code = -5 };

	(void)!write(sock, &e, sizeof(e));
	hear(sock);
}
static void a_text_without_end(int sock)
{
	struct err e = { .code = EINVAL };

	memset(e.msg, 'x', sizeof(e.msg));
	(void)!write(sock, &e, sizeof(e));
	hear(sock);
}

/* More than the slots there are, and never a word of TAKEN waited for. */
static void flood(int sock)
{
	for (int i = 0; i < 100; i++)
		say(sock, FILLED, STREAM_CHUNK);
	raise(SIGKILL);
}

TEST(one_that_was_taken_over_is_an_error_and_no_more)
{
	static const struct {
		void (*evil)(int sock);
		int code;
		const char *msg;
	} rows[] = {
		{ crash, EPROTO, "the decoder ended by signal 11 (SIGSEGV)" },
		{ leave, EPROTO, "the decoder ended before its work was done" },
		{ fill_none, EPROTO, "the decoder does not do as it should" },
		{ fill_too_much, EPROTO, "the decoder does not do as it should" },
		{ fill_all_there_is, EPROTO, "the decoder does not do as it should" },
		{ take_what_was_not_given, EPROTO, "the decoder does not do as it should" },
		{ no_such_note, EPROTO, "the decoder does not do as it should" },
		{ half_a_note, EPROTO, "the decoder does not do as it should" },
		{ too_long_a_note, EPROTO, "the decoder does not do as it should" },
		{ all_is_well_too_early, EPROTO, "the decoder does not do as it should" },
		{ no_such_code, EPROTO, "the decoder does not do as it should" },
		{ a_text_without_end, EINVAL, NULL },
		{ flood, EPROTO, "the decoder ended by signal 9 (SIGKILL)" },
	};
	auto_str struct str text = STR_INIT, gz = STR_INIT, out = STR_INIT;

	make(3 << 20, &text, &gz);
	for (size_t i = 0; i < countof(rows); i++) {
		struct err e = { 0 };

		evil = rows[i].evil;
		printf("# %zu\n", i);
		CHECK_INT(push(&gz, 1 << 20, &out, &e), -rows[i].code);
		if (rows[i].msg)
			CHECK_STR(e.msg, rows[i].msg);
		CHECK(memchr(e.msg, 0, sizeof(e.msg)));
		CHECK_INT(waitpid(-1, NULL, WNOHANG), -1);
	}
}

UNIT_MAIN
