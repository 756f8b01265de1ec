// SPDX-License-Identifier: MIT
#include "core/kern/nftport.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "tests/unit/netkit.h"

static int made(int type, uint32_t addr, uint16_t port, uint16_t *got)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port),
				 .sin_addr = { htonl(addr) } };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	CHECK_INT(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	if (type == SOCK_STREAM)
		CHECK_INT(listen(fd, 8), 0);
	CHECK_INT(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*got = ntohs(a.sin_port);
	return fd;
}

static int joined(int type, uint32_t addr, uint16_t port)
{
	const struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port),
				       .sin_addr = { htonl(addr) } };
	const struct timeval wait = { .tv_sec = 20 };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)), 0);
	CHECK_INT(connect(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

/* A connected socket hears only whom it is connected to: answers have the port that was asked. */
static void ask_udp(int server, uint32_t addr, const char *text)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	char got[16] = "";
	int fd = joined(SOCK_DGRAM, addr, 53);

	CHECK_INT(write(fd, text, strlen(text)), strlen(text));
	CHECK_INT(recvfrom(server, got, sizeof(got), MSG_DONTWAIT, (struct sockaddr *)&from, &len),
		  strlen(text));
	CHECK_INT(sendto(server, got, strlen(text), 0, (struct sockaddr *)&from, len), strlen(text));
	memset(got, 0, sizeof(got));
	CHECK_INT(read(fd, got, sizeof(got)), strlen(text));
	CHECK_STR(got, text);
	close(fd);
}

static void ask_tcp(int server, uint32_t addr)
{
	static uint8_t out[300000], in[sizeof(out)];
	int fd = joined(SOCK_STREAM, addr, 53), peer = accept(server, NULL, NULL);
	size_t sent = 0, got = 0;

	CHECK(peer >= 0);
	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(i * 7 >> 3);
	while (got < sizeof(in)) {
		ssize_t n = sent < sizeof(out) ?
			send(peer, out + sent, sizeof(out) - sent, MSG_DONTWAIT) : 0;

		sent += n > 0 ? (size_t)n : 0;
		n = read(fd, in + got, sizeof(in) - got);
		CHECK(n > 0);
		got += (size_t)n;
	}
	CHECK(memcmp(in, out, sizeof(in)) == 0);
	close(fd);
	close(peer);
}

TEST(a_port_of_the_loopback_is_answered_at_another_and_others_keep_theirs)
{
	enum { LO = 0x7f000001, OURS = 0x7f00000b };
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	struct nftport p = { .addr = { 127, 0, 0, 11 }, .port = 53 };
	struct err e = { 0 };
	int home = net_fresh(), udp, tcp, own_udp, own_tcp;
	struct netlink nl = net_talk(home, home, NETLINK_ROUTE), nft;
	uint16_t port;

	link_up(&b, "lo");
	net_do(&nl, &b);
	nft = net_talk(home, home, NETLINK_NETFILTER);
	udp = made(SOCK_DGRAM, OURS, 0, &p.udp);
	tcp = made(SOCK_STREAM, OURS, 0, &p.tcp);
	for (int again = 0; again < 2; again++) {
		int rc = nftport_add(&nft, &p, &e);

		if (rc == -EOPNOTSUPP)
			SKIP(e.msg);
		CHECK_STR(e.msg, "");
		CHECK_INT(rc, 0);
		if (!again) {
			own_udp = made(SOCK_DGRAM, INADDR_ANY, 53, &port);
			own_tcp = made(SOCK_STREAM, INADDR_ANY, 53, &port);
		}
		ask_udp(udp, OURS, "ours");
		ask_tcp(tcp, OURS);
		ask_udp(own_udp, LO, "another's");
		ask_tcp(own_tcp, LO);
	}
}

UNIT_MAIN
