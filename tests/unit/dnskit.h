// SPDX-License-Identifier: MIT
/* dnskit.h - for tests of the resolver: a network namespace with it and its upstreams, and a client.
 *
 * Each of the two runs in a child of its own that ends with the test. */
#pragma once

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "core/net/dnsd.h"
#include "tests/unit/unit.h"

static uint16_t kit_edns;	/* bytes of UDP the next query says it takes; 0: no OPT */
static uint16_t kit_id;		/* of the last answer */
static char kit_text[8192];	/* the last answer */

static int kit_bound(const char *ip, int type)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(53) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1;

	CHECK(fd >= 0 && inet_pton(AF_INET, ip, &a.sin_addr) == 1);
	CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	CHECK_INT(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	if (type == SOCK_STREAM)
		CHECK_INT(listen(fd, 64), 0);
	return fd;
}

/* --- the resolver --- */

static int kit_lookup(void *arg UNUSED, const char *name, struct dnsd_ips *out)
{
	const uint8_t v4[3][4] = { { 172, 18, 0, 2 }, { 172, 18, 0, 3 }, { 172, 18, 0, 4 } };
	const uint8_t v6[16] = { 0xfd, [15] = 1 };
	int n = strcmp(name, "www") == 0 ? 3 : strcmp(name, "web") == 0 || strcmp(name, "web.un") == 0;

	if (!dnsmsg_is_hostname(name))
		abort();
	if (strcmp(name, "broken") == 0)
		return -EIO;
	if (strcmp(name, "many") == 0)
		n = 100;
	for (int i = 0; i < n && out->size == 4; i++)
		dnsd_ips_add(out, v4[i % 3]);
	if (n == 3 && out->size == 16)
		dnsd_ips_add(out, v6);
	return n > 0;
}

static int kit_reverse(void *arg UNUSED, const uint8_t *addr, size_t size, char name[static DNS_NAME])
{
	if (size == 4 && memcmp(addr, "\254\22\0\2", 4) == 0)
		strcpy(name, "web.un");
	else if (size == 16 && addr[0] == 0xfd && addr[15] == 1)
		strcpy(name, "www.un");
	else
		return 0;
	return 1;
}

/* Has no socket for 127.0.1.1. */
static int kit_make(void *arg, const struct sockaddr *server, int type)
{
	struct sockaddr_in a;

	memcpy(&a, server, sizeof(a));
	if (arg != kit_text)
		abort();
	if (a.sin_addr.s_addr == inet_addr("127.0.1.1"))
		return -EMFILE;
	return socket(server->sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

_Noreturn static void kit_resolve(const char *upstreams, bool ndots, int udp, int tcp)
{
	static struct dnsd_config c = { .lookup = kit_lookup, .reverse = kit_reverse };
	static struct dnsd d = DNSD_INIT;
	struct loop l = LOOP_INIT;
	char ip[16];
	int n;

	c.ndots_set = ndots;
	if (*upstreams == '!') {
		c.socket = kit_make;
		c.arg = kit_text;
		upstreams++;
	}
	for (; sscanf(upstreams, " %15s%n", ip, &n) == 1; upstreams += n) {
		struct sockaddr_in *a = (struct sockaddr_in *)&c.upstreams[c.n_upstreams++];

		*a = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(53) };
		inet_pton(AF_INET, ip, &a->sin_addr);
	}
	CHECK_INT(loop_init(&l, NULL), 0);
	CHECK_INT(dnsd_start(&d, &c, &l, udp, tcp, NULL), 0);
	_exit(loop_run(&l, NULL));
}

/* --- upstreams: the name says what they do, a 1 in it that only the first does --- */

struct kit_peer {
	int fd;
	bool tcp;
	int which;	/* 1 or 2 */
	struct sockaddr_in from;
};

static void kit_give(const struct kit_peer *p, const uint8_t *buf, size_t len)
{
	uint8_t head[2] = { (uint8_t)(len >> 8), (uint8_t)len };

	if (p->tcp)
		(void)!send(p->fd, head, 2, MSG_NOSIGNAL);
	(void)!sendto(p->fd, buf, len, MSG_NOSIGNAL, p->tcp ? NULL : (const void *)&p->from,
		      p->tcp ? 0 : sizeof(p->from));
}

/* An answer of n records that begin with this address. */
static size_t kit_say(uint8_t *buf, const struct dnsmsg *m, uint16_t flags, const uint8_t *addr, int n)
{
	struct dnsout o;

	dnsout_answer(&o, buf, 4096, m, DNS_RA | flags);
	for (int i = 0; i < n; i++)
		dnsout_ip(&o, 4, addr, 60);
	return dnsout_end(&o, 4096);
}

static void kit_mutate(uint8_t *buf, size_t *len, unsigned seed)
{
	srand(seed);
	for (int i = rand() % 6; i >= 0; i--)
		buf[rand() % *len] = (uint8_t)(rand() % 3 ? rand() : 0xc0 + rand() % 2 * 0x3f);
	if (rand() % 3 == 0)
		*len = (size_t)rand() % *len;
}

static void kit_forge(const struct kit_peer *p, const struct dnsmsg *m)
{
	static const uint8_t evil[4] = { 6, 6, 6, 6 };
	uint8_t buf[4096], copy[4096];
	size_t n = kit_say(buf, m, 0, evil, 1);
	struct kit_peer other = *p;

	other.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	kit_give(&other, buf, n);
	close(other.fd);
	other.fd = kit_bound("127.0.1.7", SOCK_DGRAM);
	kit_give(&other, buf, n);
	close(other.fd);
	for (int i = 0; i < 5; i++) {
		memcpy(copy, buf, n);
		copy[i == 0 ? 1 : i == 1 ? 13 : i == 2 ? 2 : i == 3 ? 5 : m->question_end - 3] ^= i == 2 ? 0x80 : 1;
		kit_give(p, copy, n);
	}
	kit_give(p, buf, 12);
	kit_give(p, buf, n - 1);
}

static void kit_upstream_answer(struct kit_peer *p, const uint8_t *data, size_t len)
{
	uint8_t buf[4096], addr[4] = { 198, 51, 100, (uint8_t)p->which };
	struct dnsmsg m;
	size_t n, size;

	CHECK_INT(dnsmsg_parse(data, len, &m, NULL), 0);
	n = strcspn(m.name, ".");
	if (n && m.name[n - 1] == '1' && p->which == 2)
		;
	else if (strncmp(m.name, "silent", 6) == 0)
		return;
	else if (strncmp(m.name, "hangup", 6) == 0) {
		(void)!write(p->fd, "\0", 1);
		return;
	} else if (strncmp(m.name, "servfail", 8) == 0 || strncmp(m.name, "refused", 7) == 0) {
		kit_give(p, buf, kit_say(buf, &m, *m.name == 's' ? DNS_SERVFAIL : DNS_REFUSED, addr, 0));
		return;
	} else if (strncmp(m.name, "bare", 4) == 0) {
		m.question_end = 12;
		kit_give(p, buf, kit_say(buf, &m, DNS_FORMERR, addr, 0));
		return;
	} else if (strncmp(m.name, "forged", 6) == 0) {
		kit_forge(p, &m);
	} else if (strncmp(m.name, "mutated", 7) == 0) {
		for (unsigned i = 0; i < 30; i++) {
			size = kit_say(buf, &m, 0, addr, 3) - 2;
			kit_mutate(buf + 2, &size, i + m.id * 30u);
			buf[6] = 1;	/* never whole: it counts more records than there are */
			kit_give(p, buf, size + 2);
		}
	} else if (strncmp(m.name, "who", 3) == 0) {
		addr[0] = (uint8_t)(m.id >> 8);
		addr[1] = (uint8_t)m.id;
		memcpy(addr + 2, &p->from.sin_port, 2);
	} else if (strncmp(m.name, "size", 4) == 0) {
		memcpy(addr, (uint8_t[]){ 0, 0, (uint8_t)(m.udp_size >> 8), (uint8_t)m.udp_size }, 4);
	}
	n = strncmp(m.name, "big", 3) == 0 ? 60 : 1;
	kit_give(p, buf, kit_say(buf, &m, strncmp(m.name, "nx", 2) == 0 ? DNS_NXDOMAIN : 0, addr,
				 strncmp(m.name, "nx", 2) == 0 ? 0 : (int)n));
}

static void kit_upstream_turn(int fd, bool tcp, int which)
{
	struct kit_peer p = { .fd = fd, .tcp = tcp, .which = which };
	socklen_t from = sizeof(p.from);
	uint8_t buf[4096];
	ssize_t n;

	if (!tcp) {
		n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&p.from, &from);
		if (n > 0)
			kit_upstream_answer(&p, buf, (size_t)n);
		return;
	}
	p.fd = accept(fd, NULL, NULL);
	n = recv(p.fd, buf, 2, MSG_WAITALL);
	if (n == 2)
		n = recv(p.fd, buf + 2, (size_t)buf[0] << 8 | buf[1], MSG_WAITALL);
	if (n > 0)
		kit_upstream_answer(&p, buf + 2, (size_t)n);
	/* What is silent stays: the one who asks has to give up. */
	if (!memmem(buf, sizeof(buf), "silent", 6))
		close(p.fd);
}

_Noreturn static void kit_upstreams(const int *fds)
{
	struct pollfd p[4];

	for (;;) {
		for (int i = 0; i < 4; i++)
			p[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
		CHECK(poll(p, 4, -1) > 0);
		for (int i = 0; i < 4; i++)
			if (p[i].revents)
				kit_upstream_turn(fds[i], i >= 2, 1 + i % 2);
	}
}

/* --- all of it --- */

/* upstreams: addresses in the order they are asked; a ! in front: by sockets of kit_make. */
static void kit_start(const char *upstreams, bool ndots)
{
	struct ifreq up = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fds[4], udp, tcp, s;

	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0)
		SKIP("no network namespace of its own");
	s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK_INT(ioctl(s, SIOCSIFFLAGS, &up), 0);
	close(s);
	for (int i = 0; i < 4; i++)
		fds[i] = kit_bound(i % 2 ? "127.0.1.2" : "127.0.1.1", i < 2 ? SOCK_DGRAM : SOCK_STREAM);
	udp = kit_bound("127.0.0.11", SOCK_DGRAM);
	tcp = kit_bound("127.0.0.11", SOCK_STREAM);
	for (int i = 0; i < 2; i++) {
		pid_t test = getpid(), pid = fork();

		CHECK(pid >= 0);
		if (pid > 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != test)
			_exit(0);
		if (i == 0)
			kit_upstreams(fds);
		kit_resolve(upstreams, ndots, udp, tcp);
	}
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	close(udp);
	close(tcp);
}

/* --- a client --- */

static int kit_made(int type)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(53) };
	const struct timeval wait = { .tv_sec = 30 };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, "127.0.0.11", &a.sin_addr);
	CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)), 0);
	CHECK_INT(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static UNUSED int kit_socket(void)
{
	return kit_made(SOCK_DGRAM);
}

static UNUSED int kit_connect(void)
{
	return kit_made(SOCK_STREAM);
}

static size_t kit_query(uint8_t *buf, const char *name, uint16_t type)
{
	struct dnsout o;

	CHECK_INT(dnsout_query(&o, buf, 198, 0x1234, DNS_RD, name, type, kit_edns, NULL), 0);
	return dnsout_end(&o, kit_edns);
}

/* "NOERROR rd ra: 172.18.0.2 600" */
static const char *kit_show(const uint8_t *data, size_t len)
{
	static const char *const rcodes[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED" };
	size_t at = 0;
	struct dnsmsg m;
	struct dnsrec r;
	char *to = kit_text, text[DNS_TEXT];
	bool badvers = false;

	CHECK_INT(dnsmsg_parse(data, len, &m, NULL), 0);
	CHECK(m.flags & DNS_QR && m.len == len && (m.flags & DNS_RCODE) < countof(rcodes));
	kit_id = m.id;
	while (dnsmsg_next(&m, &at, &r))
		badvers |= r.type == DNS_OPT && r.ttl >> 24 == 1;
	to += sprintf(to, "%s%s%s%s%s%s:", badvers ? "BADVERS" : rcodes[m.flags & DNS_RCODE],
		      m.flags & DNS_AA ? " aa" : "", m.flags & DNS_TC ? " tc" : "",
		      m.flags & DNS_RD ? " rd" : "", m.flags & DNS_RA ? " ra" : "", m.edns ? " edns" : "");
	for (at = 0; dnsmsg_next(&m, &at, &r) && r.section == 1;) {
		CHECK_STR(r.name, m.name);
		if (r.type == DNS_PTR)
			CHECK(dnsmsg_name(m.data, m.len, (size_t)(r.data - m.data), text, NULL) > 0);
		else
			inet_ntop(r.type == DNS_A ? AF_INET : AF_INET6, r.data, text, sizeof(text));
		to += sprintf(to, " %s %u", text, r.ttl);
	}
	return kit_text;
}

static const char *kit_read_udp(int fd)
{
	uint8_t buf[65535];
	ssize_t n = recv(fd, buf, sizeof(buf), 0);

	CHECK(n > 0);
	return kit_show(buf, (size_t)n);
}

static const char *kit_read_tcp(int fd)
{
	uint8_t buf[65535], head[2];
	ssize_t len;

	CHECK_INT(recv(fd, head, 2, MSG_WAITALL), 2);
	len = head[0] << 8 | head[1];
	CHECK_INT(recv(fd, buf, (size_t)len, MSG_WAITALL), len);
	return kit_show(buf, (size_t)len);
}

static const char *kit_raw(const void *data, size_t len)
{
	int fd = kit_made(SOCK_DGRAM);

	CHECK_INT(send(fd, data, len, 0), len);
	kit_read_udp(fd);
	CHECK_INT(kit_id, 0x1234);
	close(fd);
	return kit_text;
}

static const char *kit_udp(const char *name, uint16_t type)
{
	uint8_t buf[200];

	return kit_raw(buf, kit_query(buf, name, type));
}

static const char *kit_tcp(const char *name, uint16_t type)
{
	uint8_t buf[200];
	size_t n = kit_query(buf + 2, name, type);
	int fd = kit_made(SOCK_STREAM);

	buf[0] = 0;
	buf[1] = (uint8_t)n;
	CHECK_INT(write(fd, buf, n + 2), n + 2);
	kit_read_tcp(fd);
	CHECK_INT(kit_id, 0x1234);
	close(fd);
	return kit_text;
}

/* How many records are in an answer's text? */
static UNUSED int kit_count(const char *text)
{
	int n = 0;

	for (text = strchr(text, ':'); *text; text++)
		n += *text == ' ';
	return n / 2;
}

static UNUSED void kit_send_mutated(int seed)
{
	static int fd = -1;
	uint8_t buf[200];
	size_t n;

	if (fd < 0)
		fd = kit_made(SOCK_DGRAM);
	kit_edns = seed % 2 ? 4096 : 0;
	n = kit_query(buf, seed % 3 ? "www.network.example" : "2.0.18.172.in-addr.arpa", DNS_A);
	kit_mutate(buf, &n, (unsigned)seed);
	(void)!send(fd, buf, n, 0);
	while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
	kit_edns = 0;
}
