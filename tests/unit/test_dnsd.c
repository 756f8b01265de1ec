// SPDX-License-Identifier: MIT
/* The resolver in a network namespace of the test's own: 127.0.0.11 is it, 127.0.1.1 and 127.0.1.2 are
 * upstreams, nobody is at 127.0.1.3. Flags, TTL and NODATA of known names are as docker 20.10.24 answers. */
#include "core/net/dnsd.h"

#include <sched.h>

#include "tests/unit/dnskit.h"

static const char *const all = "127.0.1.3 127.0.1.1 127.0.1.2";

TEST(n016_a_name_is_answered_as_docker_does)
{
	kit_start(all, false);
	CHECK_STR(kit_udp("web", DNS_A), "NOERROR rd ra: 172.18.0.2 600");
	CHECK_STR(kit_udp("WEB", DNS_A), "NOERROR rd ra: 172.18.0.2 600");
	CHECK_STR(kit_udp("web.un.", DNS_A), "NOERROR rd ra: 172.18.0.2 600");
	CHECK_STR(kit_udp("www", DNS_AAAA), "NOERROR rd ra: fd00::1 600");
}

TEST(n019_another_type_of_a_known_name_is_no_data)
{
	kit_start(all, false);
	CHECK_STR(kit_udp("web", DNS_AAAA), "NOERROR rd ra:");
	CHECK_STR(kit_udp("web", DNS_MX), "NOERROR rd ra:");
	CHECK_STR(kit_udp("web", DNS_ANY), "NOERROR rd ra:");
	CHECK_STR(kit_tcp("web", DNS_AAAA), "NOERROR rd ra:");
}

TEST(n019_several_addresses_take_turns)
{
	static const char *const a = "NOERROR rd ra: 172.18.0.2 600 172.18.0.3 600 172.18.0.4 600";
	static const char *const b = "NOERROR rd ra: 172.18.0.3 600 172.18.0.4 600 172.18.0.2 600";
	static const char *const c = "NOERROR rd ra: 172.18.0.4 600 172.18.0.2 600 172.18.0.3 600";

	kit_start(all, false);
	CHECK_STR(kit_udp("www", DNS_A), a);
	CHECK_STR(kit_udp("www", DNS_A), b);
	CHECK_STR(kit_udp("www", DNS_A), c);
	CHECK_STR(kit_tcp("www", DNS_A), a);
}

TEST(an_address_has_its_name)
{
	kit_start("", false);
	CHECK_STR(kit_udp("2.0.18.172.in-addr.arpa", DNS_PTR), "NOERROR rd ra: web.un 600");
	CHECK_STR(kit_udp("2.0.18.172.IN-ADDR.ARPA", DNS_PTR), "NOERROR rd ra: web.un 600");
	CHECK_STR(kit_udp("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa", DNS_PTR),
		  "NOERROR rd ra: www.un 600");
	CHECK_STR(kit_udp("3.0.18.172.in-addr.arpa", DNS_PTR), "SERVFAIL rd ra:");	/* unknown: upstream */
}

TEST(what_a_lookup_cannot_say_is_servfail)
{
	kit_start(all, false);
	CHECK_STR(kit_udp("broken", DNS_A), "SERVFAIL rd ra:");
}

TEST(z79_no_name_with_odd_bytes_is_looked_up)
{
	kit_start("", false);	/* lookup() ends the resolver at such a name */
	CHECK_STR(kit_udp("a/b", DNS_A), "SERVFAIL rd ra:");
	CHECK_STR(kit_udp("\\.\\.", DNS_A), "SERVFAIL rd ra:");
	CHECK_STR(kit_udp("a\\000b", DNS_A), "SERVFAIL rd ra:");
	CHECK_STR(kit_udp("", DNS_A), "SERVFAIL rd ra:");
	CHECK_STR(kit_udp("web", DNS_A), "NOERROR rd ra: 172.18.0.2 600");
}

TEST(a_large_answer_is_cut_by_udp_and_whole_by_tcp)
{
	kit_start("", false);
	CHECK_INT(kit_count(kit_udp("many", DNS_A)), (512 - 22) / 16);
	CHECK(strstr(kit_text, "NOERROR tc rd ra:") == kit_text);
	kit_edns = 4096;
	CHECK_INT(kit_count(kit_udp("many", DNS_A)), 100);
	CHECK(strstr(kit_text, "NOERROR rd ra edns:") == kit_text);
	kit_edns = 600;
	CHECK_INT(kit_count(kit_udp("many", DNS_A)), (600 - 22 - 11) / 16);
	kit_edns = 0;
	CHECK_INT(kit_count(kit_tcp("many", DNS_A)), 100);
	CHECK(strstr(kit_text, "NOERROR rd ra:") == kit_text);
}

TEST(n020_other_names_go_to_the_upstreams)
{
	kit_start(all, false);
	CHECK_STR(kit_udp("one.example", DNS_A), "NOERROR rd ra: 198.51.100.1 60");
	CHECK_STR(kit_tcp("one.example", DNS_A), "NOERROR rd ra: 198.51.100.1 60");
	CHECK_STR(kit_udp("nx.example", DNS_A), "NXDOMAIN rd ra:");
	CHECK_STR(kit_udp("single", DNS_A), "NOERROR rd ra: 198.51.100.1 60");
}

TEST(the_next_is_asked_when_one_fails_refuses_or_is_silent)
{
	kit_start(all, false);
	CHECK_STR(kit_udp("servfail1.example", DNS_A), "NOERROR rd ra: 198.51.100.2 60");
	CHECK_STR(kit_udp("refused1.example", DNS_A), "NOERROR rd ra: 198.51.100.2 60");
	CHECK_STR(kit_tcp("refused1.example", DNS_A), "NOERROR rd ra: 198.51.100.2 60");
	CHECK_STR(kit_udp("bare1.example", DNS_A), "NOERROR rd ra: 198.51.100.2 60");
	CHECK_STR(kit_tcp("hangup1.example", DNS_A), "NOERROR rd ra: 198.51.100.2 60");
	CHECK_STR(kit_udp("refused.example", DNS_A), "SERVFAIL rd ra:");
	CHECK_STR(kit_udp("silent1.example", DNS_A), "NOERROR rd ra: 198.51.100.2 60");
}

TEST(sockets_come_from_the_caller)
{
	kit_start("!127.0.1.1 127.0.1.2", false);
	CHECK_STR(kit_udp("one.example", DNS_A), "NOERROR rd ra: 198.51.100.2 60");
	CHECK_STR(kit_tcp("one.example", DNS_A), "NOERROR rd ra: 198.51.100.2 60");
}

TEST(z77_an_internal_network_asks_nobody)
{
	kit_start("", false);
	CHECK_STR(kit_udp("one.example", DNS_A), "SERVFAIL rd ra:");
	CHECK_STR(kit_tcp("one.example", DNS_A), "SERVFAIL rd ra:");
	CHECK_STR(kit_udp("web", DNS_A), "NOERROR rd ra: 172.18.0.2 600");
}

TEST(with_ndots_set_a_single_label_stays_here)
{
	kit_start(all, true);
	CHECK_STR(kit_udp("single", DNS_A), "NOERROR rd ra:");
	CHECK_STR(kit_udp("single", DNS_AAAA), "NOERROR rd ra:");
	CHECK_STR(kit_udp("one.example", DNS_A), "NOERROR rd ra: 198.51.100.1 60");
	CHECK_STR(kit_udp("web", DNS_A), "NOERROR rd ra: 172.18.0.2 600");
}

/* The upstream says which id and port it was asked with. */
TEST(z77_id_and_port_are_new_each_time)
{
	unsigned id[20], port[20], ids = 0, ports = 0;

	kit_start("127.0.1.1", false);
	for (unsigned i = 0; i < 20; i++) {
		unsigned a, b, c, d;

		CHECK_INT(sscanf(kit_udp("who.example", DNS_A), "NOERROR rd ra: %u.%u.%u.%u ", &a, &b, &c, &d), 4);
		id[i] = a << 8 | b;
		port[i] = c << 8 | d;
		CHECK(id[i] != 0x1234 || i > 0);
		for (unsigned k = 0; k < i; k++) {
			ids += id[k] == id[i];
			ports += port[k] == port[i];
		}
	}
	CHECK(ids <= 2);	/* of 190 pairs, one in 65536 is alike */
	CHECK(ports <= 4);	/* one in 28232 */
}

/* Before the right answer come: that answer from another port, from another address, with another id,
 * with another question, a query, bytes. */
TEST(z77_forged_answers_are_not_heard)
{
	kit_start("127.0.1.1", false);
	for (int i = 0; i < 50; i++)
		CHECK_STR(kit_udp("forged.example", DNS_A), "NOERROR rd ra: 198.51.100.1 60");
	CHECK_STR(kit_tcp("one.example", DNS_A), "NOERROR rd ra: 198.51.100.1 60");
}

TEST(an_upstreams_large_answer_is_cut_for_who_takes_512_bytes)
{
	kit_start("127.0.1.1", false);
	CHECK_STR(kit_udp("big.example", DNS_A), "NOERROR tc rd ra:");
	kit_edns = 4096;
	CHECK_INT(kit_count(kit_udp("big.example", DNS_A)), 60);
	/* It was told less than we were. */
	CHECK_STR(kit_udp("size.example", DNS_A), "NOERROR rd ra edns: 0.0.4.208 60");
	kit_edns = 600;
	CHECK_STR(kit_udp("size.example", DNS_A), "NOERROR rd ra edns: 0.0.2.88 60");
	kit_edns = 0;
	CHECK_INT(kit_count(kit_tcp("big.example", DNS_A)), 60);
}

TEST(z77_a_hundred_thousand_malformed_packets)
{
	kit_start("", false);
	for (int i = 0; i < 100000; i++) {
		kit_send_mutated(i);
		if (i % 50 == 0)	/* more would not fit into the socket */
			CHECK_STR(kit_udp("web", DNS_A), "NOERROR rd ra: 172.18.0.2 600");
	}
	CHECK_STR(kit_tcp("web", DNS_A), "NOERROR rd ra: 172.18.0.2 600");
}

TEST(z77_malformed_answers_of_upstreams)
{
	kit_start("127.0.1.1", false);
	for (int i = 0; i < 1000; i++)	/* each time 30 broken ones, then the right one */
		CHECK_STR(kit_udp("mutated.example", DNS_A), "NOERROR rd ra: 198.51.100.1 60");
}

TEST(broken_queries_have_their_rcode)
{
	static const uint8_t none[12] = { 0x12, 0x34, 1 }, op[12] = { 0x12, 0x34, 0x21, 0, 0, 0 };
	static const uint8_t two[12] = { 0x12, 0x34, 1, 0, 0, 2 };
	uint8_t buf[100];

	kit_start("", false);
	CHECK_STR(kit_raw(none, 12), "FORMERR rd ra:");
	CHECK_STR(kit_raw(op, 12), "FORMERR rd ra:");
	CHECK_STR(kit_raw(two, 12), "FORMERR rd ra:");
	memcpy(buf, op, 12);
	memcpy(buf + 12, "\3web\0\0\1\0\1", 9);
	buf[5] = 1;
	CHECK_STR(kit_raw(buf, 21), "NOTIMP rd ra:");
	memcpy(buf, none, 12);
	buf[5] = buf[11] = 1;
	memcpy(buf + 21, "\0\0\51\4\0\0\1\0\0\0\0", 11);
	CHECK_STR(kit_raw(buf, 32), "BADVERS rd ra edns:");
	memcpy(buf + 17, "\0\1\0\3", 4);	/* class CH */
	buf[11] = 0;
	CHECK_STR(kit_raw(buf, 21), "SERVFAIL rd ra:");
}

TEST(a_tcp_client_may_send_several_and_in_pieces)
{
	uint8_t q[200];
	size_t n;
	int fd;

	kit_start(all, false);
	fd = kit_connect();
	n = kit_query(q + 2, "one.example", DNS_A);
	q[0] = 0;
	q[1] = (uint8_t)n;
	for (size_t i = 0; i < n + 2; i++)
		CHECK_INT(write(fd, q + i, 1), 1);
	CHECK_STR(kit_read_tcp(fd), "NOERROR rd ra: 198.51.100.1 60");
	memcpy(q + n + 2, q, n + 2);
	CHECK_INT(write(fd, q, 2 * (n + 2)), 2 * (n + 2));
	CHECK_INT(shutdown(fd, SHUT_WR), 0);
	CHECK_STR(kit_read_tcp(fd), "NOERROR rd ra: 198.51.100.1 60");
	CHECK_STR(kit_read_tcp(fd), "NOERROR rd ra: 198.51.100.1 60");
	CHECK_INT(read(fd, q, 1), 0);
}

TEST(a_tcp_client_that_lies_about_the_length_is_closed)
{
	static const char *const heads[] = { "\0\0", "\0\13", "\20\1", "\377\377" };
	char c;

	kit_start("", false);
	for (size_t i = 0; i < countof(heads); i++) {
		int fd = kit_connect();

		CHECK_INT(write(fd, heads[i], 2), 2);
		CHECK_INT(read(fd, &c, 1), 0);
		close(fd);
	}
}

/* Sixteen that say nothing fill what there is; UDP does not mind. */
TEST(z106_tcp_clients_are_bounded)
{
	int fds[DNSD_CLIENTS_MAX], late;
	uint8_t q[200];
	size_t n;

	kit_start("", false);
	for (int i = 0; i < DNSD_CLIENTS_MAX; i++) {
		fds[i] = kit_connect();
		CHECK_INT(write(fds[i], "\0", 1), 1);
	}
	late = kit_connect();
	n = kit_query(q + 2, "web", DNS_A);
	q[0] = 0;
	q[1] = (uint8_t)n;
	CHECK_INT(write(late, q, n + 2), n + 2);
	for (int i = 0; i < 20; i++)
		CHECK_STR(kit_udp("web", DNS_A), "NOERROR rd ra: 172.18.0.2 600");
	CHECK_INT(recv(late, q, 1, MSG_DONTWAIT), -1);
	close(fds[3]);
	CHECK_STR(kit_read_tcp(late), "NOERROR rd ra: 172.18.0.2 600");
}

/* Nobody answers: what is beyond the bound has its SERVFAIL before the others. */
TEST(z106_queries_under_way_are_bounded)
{
	uint8_t q[200];
	size_t n;
	int fd;

	kit_start("127.0.1.1", false);
	fd = kit_socket();
	n = kit_query(q, "silent.example", DNS_A);
	for (int i = 0; i < DNSD_PENDING_MAX + 3; i++) {
		q[1] = (uint8_t)i;
		CHECK_INT(send(fd, q, n, 0), n);
	}
	CHECK_STR(kit_udp("web", DNS_A), "NOERROR rd ra: 172.18.0.2 600");
	for (int i = 0; i < 3; i++) {
		CHECK_STR(kit_read_udp(fd), "SERVFAIL rd ra:");
		CHECK_INT(kit_id & 0xff, DNSD_PENDING_MAX + i);
	}
	CHECK_STR(kit_read_udp(fd), "SERVFAIL rd ra:");	/* after DNSD_TRY_MS */
	CHECK_STR(kit_udp("one.example", DNS_A), "NOERROR rd ra: 198.51.100.1 60");
}

/* A client that is gone takes its question along. */
TEST(a_tcp_client_that_hangs_up_is_forgotten)
{
	uint8_t q[200];
	size_t n;

	kit_start("127.0.1.1", false);
	n = kit_query(q + 2, "silent.example", DNS_A);
	q[0] = 0;
	q[1] = (uint8_t)n;
	for (int i = 0; i < 10 * DNSD_CLIENTS_MAX; i++) {
		const struct linger now = { 1, 0 };
		int fd = kit_connect();

		CHECK_INT(write(fd, q, n + 2), n + 2);
		CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
		close(fd);
	}
	CHECK_STR(kit_tcp("one.example", DNS_A), "NOERROR rd ra: 198.51.100.1 60");
}

UNIT_MAIN
