// SPDX-License-Identifier: MIT
/* test_detach.c - detach keys: which are taken, what is passed on. */
#include "core/fmt/detach.h"
#include "tests/unit/unit.h"

TEST(C068_detach_keys_are_taken_as_docker_takes_them)
{
	/* what docker 20.10 takes and refuses */
	static const struct {
		const char *text, *keys;
		int n;
	} table[] = {
		{ "", "\x10\x11", 2 },
		{ "ctrl-p,ctrl-q", "\x10\x11", 2 },
		{ "ctrl-@", "\0", 1 },
		{ "a,b", "ab", 2 },
		{ "DEL", "\x7f", 1 },
		{ "ctrl-[", "\x1b", 1 },
		{ "ctrl-_,ctrl-\\", "\x1f\x1c", 2 },
		{ " ", " ", 1 },
		{ "ctrl-1", "", -1 },
		{ "ctrl-A", "", -1 },
		{ "del", "", -1 },
		{ ",", "", -1 },
		{ "ab", "", -1 },
		{ "a,", "", -1 },
		{ "é", "", -1 },
		{ "ctrl-", "", -1 },
		{ "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,0,1,2,3,4,5,6", "", -1 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct err e = { 0 };
		struct detach d;
		int rc = detach_parse(&d, table[i].text, &e);

		if (table[i].n < 0) {
			char want[200];

			sprintf(want, "Invalid detach keys (%s) provided", table[i].text);
			CHECK_INT(rc, -EINVAL);
			CHECK_STR(e.msg, want);
			continue;
		}
		CHECK_INT(rc, 0);
		CHECK_INT(d.n, table[i].n);
		CHECK(memcmp(d.keys, table[i].keys, d.n) == 0);
	}
}

/* Feed in pieces; "!" in the answer: detached there. */
static const char *fed(const char *keys, const char *pieces)
{
	static char got[256];
	struct detach d;
	size_t at = 0, n;

	CHECK_INT(detach_parse(&d, keys, NULL), 0);
	while (*pieces) {
		size_t len = strcspn(pieces, "|");
		bool out = detach_feed(&d, pieces, len, got + at, &n);

		at += n;
		if (out) {
			strcpy(got + at, "!");
			return got;
		}
		pieces += len + (pieces[len] == '|');
	}
	at += detach_end(&d, got + at);
	got[at] = 0;
	return got;
}

TEST(the_sequence_detaches_and_all_else_is_passed_on)
{
	CHECK_STR(fed("a,b", "xyzab-"), "xyz!");
	CHECK_STR(fed("a,b", "xa|bz"), "x!");
	CHECK_STR(fed("a,b", "xa|c|ab"), "xac!");
	CHECK_STR(fed("a,b", "a"), "a");
	CHECK_STR(fed("a,b", "acadae"), "acadae");
	CHECK_STR(fed("a", "xxa"), "xx!");
}

TEST(a_key_typed_twice_is_passed_on_twice)
{
	CHECK_STR(fed("a,b", "aab"), "aab");
	CHECK_STR(fed("a,b,c", "ab|abc"), "ababc");
}

UNIT_MAIN
