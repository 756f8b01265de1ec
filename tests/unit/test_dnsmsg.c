// SPDX-License-Identifier: MIT
#include "core/fmt/dnsmsg.h"

#include <arpa/inet.h>

#include "tests/unit/unit.h"

static size_t message(uint8_t *buf, int q, int a, int ns, int ar, const char *body, size_t len)
{
	const uint8_t head[12] = { 0x12, 0x34, 1, 0, 0, (uint8_t)q, 0, (uint8_t)a, 0, (uint8_t)ns, 0, (uint8_t)ar };

	memcpy(buf, head, 12);
	memcpy(buf + 12, body, len);
	return 12 + len;
}

#define M(q, a, ns, ar, body)	message(buf, q, a, ns, ar, body, sizeof(body) - 1)
#define ASK	"\3web\0\0\1\0\1"	/* 9 bytes: offset 12 to 20 */

TEST(a_query_is_read)
{
	struct dnsmsg m;
	uint8_t buf[600];
	size_t n = M(1, 0, 0, 0, "\3wEb\5A_b-c\0\0\34\0\1");

	CHECK_INT(dnsmsg_parse(buf, n, &m, NULL), 0);
	CHECK_STR(m.name, "wEb.A_b-c");
	CHECK_INT(m.id, 0x1234);
	CHECK_INT(m.flags, DNS_RD);
	CHECK_INT(m.type, DNS_AAAA);
	CHECK_INT(m.class, DNS_IN);
	CHECK_INT(m.question_end, n);
	CHECK(!m.edns && m.udp_size == 512);
	/* what comes after it is not its own */
	CHECK_INT(dnsmsg_parse(buf, n + 7, &m, NULL), 0);
	CHECK_INT(m.len, n);
}

TEST(other_bytes_of_a_label_are_escaped)
{
	struct dnsmsg m;
	uint8_t buf[600];
	size_t n = M(1, 0, 0, 0, "\7a.b\\ \0\377\0\0\1\0\1");

	CHECK_INT(dnsmsg_parse(buf, n, &m, NULL), 0);
	CHECK_STR(m.name, "a\\.b\\\\\\032\\000\\255");
	CHECK(!dnsmsg_is_hostname(m.name));
}

TEST(an_opt_record_is_read)
{
	struct dnsmsg m;
	uint8_t buf[600];
	size_t n = M(1, 0, 0, 1, ASK "\0\0\51\4\320\0\0\200\0\0\0");

	CHECK_INT(dnsmsg_parse(buf, n, &m, NULL), 0);
	CHECK(m.edns && m.dnssec_ok && m.edns_version == 0);
	CHECK_INT(m.udp_size, 1232);
	CHECK_INT(m.udp_size_at, 24);
	n = M(1, 0, 0, 1, ASK "\0\0\51\0\1\0\5\0\0\0\0");
	CHECK_INT(dnsmsg_parse(buf, n, &m, NULL), 0);
	CHECK_INT(m.udp_size, 512);
	CHECK_INT(m.edns_version, 5);
}

TEST(what_is_broken_is_refused)
{
	static const struct {
		const char *body;
		size_t len;
		int q, a, ar;
		const char *why;
	} t[] = {
#define T(q, a, ar, body, why)	{ body, sizeof(body) - 1, q, a, ar, why }
		T(1, 0, 0, "", "a name goes past the end"),
		T(1, 0, 0, "\3we", "a name goes past the end"),
		T(1, 0, 0, "\3web", "a name goes past the end"),
		T(1, 0, 0, "\3web\0\0\1\0", "a question goes past the end"),
		T(1, 0, 0, "\300", "a name goes past the end"),
		T(1, 0, 0, "\300\14\0\1\0\1", "a name's pointer does not go back"),
		T(1, 0, 0, "\300\20\0\1\0\1", "a name's pointer does not go back"),
		T(1, 0, 0, "\300\0\0\1\0\1", "a name's pointer does not go back"),
		T(1, 0, 0, "\100a\0\0\1\0\1", "a label of an unknown kind"),
		T(1, 0, 0, "\200a\0\0\1\0\1", "a label of an unknown kind"),
		T(2, 0, 0, "\1a\300\16\0\1\0\1" ASK, "a name's pointer does not go back"),
		T(2, 0, 0, ASK, "a name goes past the end"),
		T(1, 1, 0, ASK "\300\14\0\1\0\1\0\0\0\1\0\4abc", "a record goes past the end"),
		T(1, 1, 0, ASK "\300\14\0\1\0\1\0\0\0", "a record goes past the end"),
		T(1, 1, 0, ASK "\300\25\0\1\0\1\0\0\0\1\0\0", "a name's pointer does not go back"),
		/* what is pointed to would go on into what points to it */
		T(1, 2, 0, ASK "\300\14\0\1\0\1\0\0\0\1\0\2\5x\300\41\0\1\0\1\0\0\0\1\0\0",
		  "a name goes past the end"),
		T(1, 0, 2, ASK "\0\0\51\4\0\0\0\0\0\0\0\0\0\51\4\0\0\0\0\0\0\0",
		  "an OPT record too many, or not the root's"),
		T(1, 0, 1, ASK "\1a\0\0\51\4\0\0\0\0\0\0\0", "an OPT record too many, or not the root's"),
#undef T
	};
	char want[100];
	uint8_t buf[600];
	struct dnsmsg m;
	struct err e;

	for (size_t i = 0; i < countof(t); i++) {
		size_t n = message(buf, t[i].q, t[i].a, 0, t[i].ar, t[i].body, t[i].len);

		CHECK_INT(dnsmsg_parse(buf, n, &m, &e), -EBADMSG);
		snprintf(want, sizeof(want), "DNS message: %s", t[i].why);
		CHECK_STR(e.msg, want);
		CHECK_INT(m.id, 0x1234);
		CHECK(m.type == 0 && m.question_end == 12 && !*m.name && !m.edns);
	}
	CHECK_INT(dnsmsg_parse(buf, 11, &m, &e), -EBADMSG);
	CHECK_INT(m.id, 0);
}

/* Pointers to pointers: each further to the front, so there is an end; 255 bytes at most. */
TEST(z77_a_name_made_of_pointers_ends)
{
	uint8_t buf[12 + 64 + 2 * 8000];
	char text[DNS_TEXT];
	size_t at = 12;
	struct err e;

	memset(buf, 0, sizeof(buf));
	buf[at] = 62;
	memset(buf + at + 1, 'x', 62);
	at += 64;	/* and its final 0 */
	for (int i = 0; i < 8000; i++, at += 2) {
		size_t to = i ? at - 2 : 12;

		buf[at] = (uint8_t)(0xc0 | to >> 8);
		buf[at + 1] = (uint8_t)to;
	}
	CHECK_INT(dnsmsg_name(buf, sizeof(buf), at - 2, text, NULL), (int)at);
	CHECK_INT(strlen(text), 62);
	/* The same label five times over is too long. */
	memset(buf, 0, sizeof(buf));
	at = 12;
	for (int i = 0; i < 5; i++, at += 66) {
		buf[at] = 63;
		memset(buf + at + 1, 'x', 63);
		if (i) {
			buf[at + 64] = 0xc0 | (at - 66) >> 8;
			buf[at + 65] = (uint8_t)(at - 66);
		}
	}
	CHECK_INT(dnsmsg_name(buf, sizeof(buf), at - 132, text, &e), -EBADMSG);
	CHECK_STR(e.msg, "DNS message: a name is longer than 255 bytes");
	CHECK(dnsmsg_name(buf, sizeof(buf), at - 198, text, NULL) > 0);
	CHECK_INT(strlen(text), 3 * 64 - 1);
}

TEST(answers_are_written)
{
	static const uint8_t a[4] = { 172, 18, 0, 2 }, b[4] = { 172, 18, 0, 3 };
	uint8_t q[600], buf[DNS_UDP];
	struct dnsmsg m, r;
	struct dnsrec rec;
	struct dnsout o;
	size_t at = 0, n;

	CHECK_INT(dnsout_query(&o, q, sizeof(q), 7, DNS_RD, "WwW.net.", DNS_A, true, NULL), 0);
	n = dnsout_end(&o, 4096);
	CHECK_INT(dnsmsg_parse(q, n, &m, NULL), 0);
	dnsout_answer(&o, buf, sizeof(buf), &m, DNS_RA);
	dnsout_ip(&o, 4, a, 600);
	dnsout_ip(&o, 4, b, 600);
	n = dnsout_end(&o, 4096);
	CHECK_INT(dnsmsg_parse(buf, n, &r, NULL), 0);
	CHECK_INT(r.len, n);
	CHECK_INT(r.flags, DNS_QR | DNS_RD | DNS_RA);
	CHECK_STR(r.name, "WwW.net");
	CHECK(r.id == 7 && r.answers == 2 && r.edns && dnsmsg_same_question(&m, &r));
	CHECK_INT(dnsmsg_next(&r, &at, &rec), 1);
	CHECK_STR(rec.name, "WwW.net");
	CHECK(rec.section == 1 && rec.ttl == 600 && rec.len == 4 && !memcmp(rec.data, a, 4));
	CHECK_INT(dnsmsg_next(&r, &at, &rec), 1);
	CHECK(!memcmp(rec.data, b, 4));
	CHECK_INT(dnsmsg_next(&r, &at, &rec), 1);
	CHECK(rec.section == 3 && rec.type == DNS_OPT);
	CHECK_INT(dnsmsg_next(&r, &at, &rec), 0);
}

TEST(what_does_not_fit_is_cut)
{
	uint8_t q[600], buf[DNS_UDP];
	const uint8_t a[16] = { 0xfd };
	struct dnsmsg m, r;
	struct dnsout o;

	for (int edns = 0; edns < 2; edns++) {
		CHECK_INT(dnsout_query(&o, q, sizeof(q), 7, 0, "www", DNS_AAAA, edns, NULL), 0);
		CHECK_INT(dnsmsg_parse(q, dnsout_end(&o, 4096), &m, NULL), 0);
		dnsout_answer(&o, buf, sizeof(buf), &m, 0);
		for (int i = 0; i < 40; i++)
			dnsout_ip(&o, 6, a, 600);
		CHECK_INT(dnsmsg_parse(buf, dnsout_end(&o, 4096), &r, NULL), 0);
		CHECK(r.flags & DNS_TC);
		CHECK_INT(r.answers, (DNS_UDP - 21 - (edns ? 11 : 0)) / 28);
		CHECK_INT(dnsmsg_parse(buf, dnsmsg_cut(buf, &r), &r, NULL), 0);
		CHECK(r.flags & DNS_TC && r.answers == 0 && r.edns == edns && dnsmsg_same_question(&m, &r));
	}
}

TEST(names_of_any_bytes_come_back)
{
	static const char *const good[] = { "", "a", "web.un", "a\\.b\\\\\\032\\000\\255.c",
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.b" };
	static const char *const none[] = { ".", "a..b", ".a", "a\\", "a\\25", "a\\256", "a\\2x5",
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" };
	char longest[300];
	uint8_t q[600];
	struct dnsout o;
	struct dnsmsg m;

	for (size_t i = 0; i < countof(good); i++) {
		CHECK_INT(dnsout_query(&o, q, sizeof(q), 7, 0, good[i], DNS_A, false, NULL), 0);
		CHECK_INT(dnsmsg_parse(q, dnsout_end(&o, 0), &m, NULL), 0);
		CHECK_STR(m.name, good[i]);
	}
	for (size_t i = 0; i < countof(none); i++)
		CHECK_INT(dnsout_query(&o, q, sizeof(q), 7, 0, none[i], DNS_A, false, NULL), -EINVAL);
	memset(longest, 'x', sizeof(longest));
	for (int i = 0; i < 4; i++)
		longest[i * 64 + 63] = '.';
	longest[253] = 0;
	CHECK_INT(dnsout_query(&o, q, sizeof(q), 7, 0, longest, DNS_A, false, NULL), 0);
	CHECK_INT(dnsmsg_parse(q, dnsout_end(&o, 0), &m, NULL), 0);
	CHECK_STR(m.name, longest);
	longest[253] = 'x';
	longest[254] = 0;
	CHECK_INT(dnsout_query(&o, q, sizeof(q), 7, 0, longest, DNS_A, false, NULL), -EINVAL);
}

TEST(z79_only_hostnames_are_looked_up)
{
	static const char *const good[] = { "web", "my-db_1", "a.b.c", "0", "WEB" };
	static const char *const none[] = { "", ".", "..", "a..b", ".a", "a.", "a/b", "../x", "a b", "a\\.b",
		"\xc3\xa4" };

	for (size_t i = 0; i < countof(good); i++)
		CHECK(dnsmsg_is_hostname(good[i]));
	for (size_t i = 0; i < countof(none); i++)
		CHECK(!dnsmsg_is_hostname(none[i]));
}

TEST(reverse_names_go_both_ways)
{
	static const char *const none[] = { "1.2.3.in-addr.arpa", "1.2.3.256.in-addr.arpa", "01.2.3.4.in-addr.arpa",
		"1.2.3.4.5.in-addr.arpa", "in-addr.arpa", "x.in-addr.arpa", "web", "1.ip6.arpa",
		"1.2.3.4.in-addr.arpa.x" };
	char text[DNS_REVERSE];
	uint8_t a[16], b[16];

	CHECK_INT(dnsmsg_reverse("2.0.18.172.IN-addr.arpa", a), 4);
	CHECK(a[0] == 172 && a[1] == 18 && a[2] == 0 && a[3] == 2);
	CHECK_STR(dnsmsg_reverse_name(4, a, text), "2.0.18.172.in-addr.arpa");
	for (size_t i = 0; i < countof(none); i++)
		CHECK_INT(dnsmsg_reverse(none[i], a), 0);
	CHECK_INT(inet_pton(AF_INET6, "fd00:1:2::abcd", a), 1);
	CHECK_STR(dnsmsg_reverse_name(6, a, text),
		  "d.c.b.a.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.1.0.0.0.0.0.d.f.ip6.arpa");
	CHECK_INT(dnsmsg_reverse(text, b), 6);
	CHECK(!memcmp(a, b, 16));
	text[1] = 'x';
	CHECK_INT(dnsmsg_reverse(text, b), 0);
}

UNIT_MAIN
