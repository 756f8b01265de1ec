// SPDX-License-Identifier: MIT
/* The relay in a network namespace of the test's own: 127.0.0.1:80 and [::1]:80 are published, the
 * target is 127.0.0.2:8000, for UDP and TCP. */
#include "core/net/forward.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#include "tests/unit/unit.h"

enum { MANY = 8 << 20, FDS = 5 };

static struct sockaddr_storage at(const char *ip, int port)
{
	struct sockaddr_storage a = { 0 };
	struct sockaddr_in *in4 = (struct sockaddr_in *)&a;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&a;

	a.ss_family = strchr(ip, ':') ? AF_INET6 : AF_INET;
	in4->sin_port = htons((uint16_t)port);	/* of both at the same place */
	CHECK_INT(inet_pton(a.ss_family, ip, strchr(ip, ':') ? (void *)&in6->sin6_addr : &in4->sin_addr), 1);
	return a;
}

static int bound(const char *ip, int port, int type)
{
	struct sockaddr_storage a = at(ip, port);
	int fd = socket(a.ss_family, type | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	CHECK_INT(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	if (type == SOCK_STREAM)
		CHECK_INT(listen(fd, 256), 0);
	return fd;
}

static int joined(const char *ip, int type)
{
	struct sockaddr_storage a = at(ip, 80);
	const struct timeval wait = { .tv_sec = 30 };
	int fd = socket(a.ss_family, type | SOCK_CLOEXEC, 0);

	CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)), 0);
	CHECK_INT(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

/* A child that ends with the test; 0 in it. */
static pid_t child(void)
{
	pid_t test = getpid(), pid = fork();

	CHECK(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != test)
		_exit(0);
	return 0;
}

/* What it is told first: "e" gives everything back and says "bye" at the end; "m" sends MANY bytes. */
static void serve(int fd)
{
	static uint8_t buf[65536];
	ssize_t n = read(fd, buf, 1);

	if (n == 1 && *buf == 'm') {
		for (int i = 0; i < MANY; i += (int)n) {
			memset(buf, i >> 16, sizeof(buf));
			n = write(fd, buf, sizeof(buf));
			CHECK_INT(n, sizeof(buf));
		}
		return;
	}
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		CHECK_INT(write(fd, buf, (size_t)n), n);
	CHECK_INT(write(fd, "bye", 3), 3);
}

_Noreturn static void targets(int tcp, int udp)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	uint8_t buf[2000];
	ssize_t n;

	if (child() == 0)
		for (;;) {
			len = sizeof(from);
			n = recvfrom(udp, buf, sizeof(buf), 0, (struct sockaddr *)&from, &len);
			CHECK_INT(sendto(udp, buf, (size_t)n, 0, (struct sockaddr *)&from, len), n);
		}
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int fd = accept(tcp, NULL, NULL);

		if (child() == 0) {
			serve(fd);
			_exit(0);
		}
		close(fd);
	}
}

static bool bound_shared;

_Noreturn static void relay(const int *fds, int port)
{
	static int all;
	struct sockaddr_storage to = at("127.0.0.2", port);
	static struct forward f[FDS];
	const struct rlimit few = { 2 * FORWARD_CONNS_MAX + 32, 2 * FORWARD_CONNS_MAX + 32 };
	struct loop l = LOOP_INIT;

	CHECK_INT(setrlimit(RLIMIT_NOFILE, &few), 0);	/* what is unbounded has none left */
	signal(SIGPIPE, SIG_IGN);
	CHECK_INT(loop_init(&l, NULL), 0);
	for (int i = 0; i < FDS; i++) {
		f[i] = (struct forward)FORWARD_INIT;
		f[i].all = bound_shared ? &all : NULL;
		CHECK_INT(forward_start(&f[i], &l, fds[i], (struct sockaddr *)&to, sizeof(to), NULL), 0);
	}
	_exit(loop_run(&l, NULL));
}

static void begin(int port)
{
	struct ifreq up = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fds[FDS], tcp, udp, s;

	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0)
		SKIP("no network namespace of its own");
	s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK_INT(ioctl(s, SIOCSIFFLAGS, &up), 0);
	close(s);
	for (int i = 0; i < FDS; i++)
		fds[i] = i == 4 ? bound("::", 81, SOCK_DGRAM) :
			bound(i % 2 ? "::1" : "127.0.0.1", 80, i < 2 ? SOCK_STREAM : SOCK_DGRAM);
	tcp = bound("127.0.0.2", 8000, SOCK_STREAM);
	udp = bound("127.0.0.2", 8000, SOCK_DGRAM);
	if (child() == 0)
		targets(tcp, udp);
	if (child() == 0)
		relay(fds, port);
	for (int i = 0; i < FDS; i++)
		close(fds[i]);
	close(tcp);
	close(udp);
}

/* What was written comes back whole, and what is said after the end of the client's half too. */
static void echo(const char *ip, size_t bytes)
{
	static const uint8_t bye[] = "bye";
	static uint8_t buf[65536];
	int fd = joined(ip, SOCK_STREAM);
	size_t got = 0;
	ssize_t n;

	CHECK_INT(write(fd, "e", 1), 1);
	if (child() == 0) {
		for (size_t i = 0; i < bytes; i += sizeof(buf)) {
			memset(buf, (int)(i >> 16), sizeof(buf));
			CHECK_INT(write(fd, buf, sizeof(buf)), sizeof(buf));
		}
		shutdown(fd, SHUT_WR);
		_exit(0);
	}
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n; i++, got++)
			CHECK_INT(buf[i], got < bytes ? (uint8_t)(got >> 16) : bye[got - bytes]);
	CHECK_INT(n, 0);
	CHECK_INT(got, bytes + 3);
	close(fd);
}

TEST(tcp_goes_both_ways_and_one_half_may_end)
{
	begin(8000);
	echo("127.0.0.1", 0);
	echo("127.0.0.1", MANY);
	echo("::1", MANY);
}

TEST(a_slow_reader_gets_everything)
{
	static uint8_t buf[65536];
	const struct timespec nap = { .tv_nsec = 20000000 };
	int fd, small = 65536;
	size_t got = 0;
	ssize_t n;

	begin(8000);
	fd = joined("127.0.0.1", SOCK_STREAM);
	CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	CHECK_INT(write(fd, "m", 1), 1);
	for (int i = 0; i < 20; i++) {
		nanosleep(&nap, NULL);
		n = read(fd, buf, 100);
		CHECK(n > 0);
		got += (size_t)n;
	}
	echo("127.0.0.1", 1 << 16);	/* others are not held up */
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n; i++, got++)
			CHECK_INT(buf[i], (uint8_t)(got >> 16));
	CHECK_INT(n, 0);
	CHECK_INT(got, MANY);
}

TEST(a_target_that_refuses_closes_the_connection)
{
	char c;
	int fd;

	begin(8001);
	for (int i = 0; i < 3; i++) {
		fd = joined("127.0.0.1", SOCK_STREAM);
		CHECK(read(fd, &c, 1) <= 0 && errno != EAGAIN);
		close(fd);
	}
}

TEST(a_client_that_resets_leaves_the_others)
{
	const struct linger now = { 1, 0 };

	begin(8000);
	for (int i = 0; i < 3 * FORWARD_CONNS_MAX; i++) {
		int fd = joined("127.0.0.1", SOCK_STREAM);

		CHECK_INT(write(fd, i % 2 ? "m" : "e", 1), 1);
		CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
		close(fd);
	}
	echo("127.0.0.1", 1 << 16);
}

TEST(z106_connections_are_bounded_and_the_rest_waits)
{
	static int fds[FORWARD_CONNS_MAX + 4];
	char c;

	begin(8000);
	for (size_t i = 0; i < countof(fds); i++) {
		fds[i] = joined("127.0.0.1", SOCK_STREAM);
		CHECK_INT(write(fds[i], "ex", 2), 2);
	}
	for (size_t i = 0; i < FORWARD_CONNS_MAX; i++)
		CHECK_INT(read(fds[i], &c, 1), 1);
	for (size_t i = FORWARD_CONNS_MAX; i < countof(fds); i++) {
		CHECK_INT(recv(fds[i], &c, 1, MSG_DONTWAIT), -1);
		close(fds[i - FORWARD_CONNS_MAX]);
	}
	for (size_t i = FORWARD_CONNS_MAX; i < countof(fds); i++)
		CHECK_INT(read(fds[i], &c, 1), 1);
}

TEST(z106_several_ports_share_a_bound_for_tcp_and_udp)
{
	static int fds[FORWARD_ALL_MAX];
	int late, udp;
	char c;

	bound_shared = true;
	begin(8000);
	for (size_t i = 0; i < countof(fds); i++) {
		fds[i] = joined(i % 2 ? "::1" : "127.0.0.1", SOCK_STREAM);
		CHECK_INT(write(fds[i], "ex", 2), 2);
		CHECK_INT(read(fds[i], &c, 1), 1);
	}
	late = joined("::1", SOCK_STREAM);
	CHECK_INT(write(late, "ex", 2), 2);
	udp = joined("127.0.0.1", SOCK_DGRAM);
	CHECK_INT(write(udp, "u", 1), 1);
	for (int i = 0; i < 3; i++) {	/* it has taken its turn by then */
		CHECK_INT(write(fds[0], "x", 1), 1);
		CHECK_INT(read(fds[0], &c, 1), 1);
	}
	CHECK_INT(recv(late, &c, 1, MSG_DONTWAIT), -1);
	CHECK_INT(recv(udp, &c, 1, MSG_DONTWAIT), -1);
	close(fds[0]);	/* of the other relay */
	CHECK_INT(read(late, &c, 1), 1);
	close(fds[1]);
	do {	/* until the end of that has gone round */
		const struct timeval soon = { .tv_usec = 100000 };

		CHECK_INT(setsockopt(udp, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon)), 0);
		CHECK_INT(write(udp, "u", 1), 1);
	} while (recv(udp, &c, 1, 0) != 1);
}

TEST(udp_answers_go_to_who_asked)
{
	static int fds[2 * FORWARD_FLOWS_MAX];
	uint8_t buf[100];

	begin(8000);
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < countof(fds); i++) {
			if (!round)
				fds[i] = joined(i % 2 ? "::1" : "127.0.0.1", SOCK_DGRAM);
			CHECK_INT(send(fds[i], &i, sizeof(i), 0), sizeof(i));
			CHECK_INT(recv(fds[i], buf, sizeof(buf), 0), sizeof(i));
			CHECK(memcmp(buf, &i, sizeof(i)) == 0);
		}
	/* More than there is room for, the first again. */
	for (int i = 0; i < 3 * FORWARD_FLOWS_MAX; i++) {
		int fd = joined("127.0.0.1", SOCK_DGRAM);

		CHECK_INT(send(fd, "x", 1, 0), 1);
		CHECK_INT(recv(fd, buf, sizeof(buf), 0), 1);
		close(fd);
	}
	CHECK_INT(send(fds[0], "", 0, 0), 0);
	CHECK_INT(recv(fds[0], buf, sizeof(buf), 0), 0);
}

/* The fifth listens at every address, of both families. */
TEST(udp_answers_come_from_the_address_that_was_asked)
{
	static const char *const ips[] = { "127.0.0.1", "127.0.0.7", "::1" };
	char c;

	begin(8000);
	for (size_t i = 0; i < countof(ips); i++) {
		struct sockaddr_storage a = at(ips[i], 81);
		const struct timeval wait = { .tv_sec = 30 };
		int fd = socket(a.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

		CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)), 0);
		CHECK_INT(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
		CHECK_INT(send(fd, "x", 1, 0), 1);
		CHECK_INT(recv(fd, &c, 1, 0), 1);	/* a connected socket hears no other */
		close(fd);
	}
}

TEST(udp_to_a_port_nobody_listens_at_goes_nowhere)
{
	int fd;

	begin(8001);
	fd = joined("127.0.0.1", SOCK_DGRAM);
	for (int i = 0; i < 10; i++)
		CHECK_INT(send(fd, "x", 1, 0), 1);
	fd = joined("127.0.0.1", SOCK_STREAM);	/* the relay is there */
	CHECK(read(fd, &(char){ 0 }, 1) <= 0 && errno != EAGAIN);
}

UNIT_MAIN
