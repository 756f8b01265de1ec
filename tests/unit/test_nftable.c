// SPDX-License-Identifier: MIT
// link: -Wl,--wrap=send,--wrap=recvfrom
#include "core/kern/nftable.h"

#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include "core/kern/nft.h"
#include "tests/unit/netkit.h"

static int calls;
ssize_t __real_send(int fd, const void *buf, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *buf, size_t len, int flags);
ssize_t __real_recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *from, socklen_t *from_len);
ssize_t __wrap_recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *from, socklen_t *from_len);

ssize_t __wrap_send(int fd, const void *buf, size_t len, int flags)
{
	calls++;
	return __real_send(fd, buf, len, flags);
}

ssize_t __wrap_recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *from, socklen_t *from_len)
{
	calls++;
	return __real_recvfrom(fd, buf, len, flags, from, from_len);
}

#define TABLE "coracle"

/* A host with a neighbour on its LAN and two networks:
 *
 *   lan 192.0.2.9 ---- 192.0.2.1 host 10.9.1.1 br1 ---- a 10.9.1.2, b 10.9.1.3
 *                                     10.9.2.1 br2 ---- c 10.9.2.2 */
struct world {
	int host, lan, box[3];
	struct netlink nl, nft;
	uint32_t bridge[2];
	struct nftable_net net[2];
	struct nftable_endpoint ep[3];
	struct nftable_port port;
};

static const char *const bridges[] = { "br1", "br2" }, *const links[] = { "va", "vb", "vc" };
static const char *const gate4[] = { "10.9.1.1/24", "10.9.2.1/24" }, *const gate6[] = { "fd01::1/64", "fd02::1/64" };
static const char *const box4[] = { "10.9.1.2/24", "10.9.1.3/24", "10.9.2.2/24" };
static const char *const box6[] = { "fd01::2/64", "fd01::3/64", "fd02::2/64" };
static const char *const via4[] = { "10.9.1.1", "10.9.2.1" }, *const via6[] = { "fd01::1", "fd02::1" };
static const char *const ip4s[] = { "10.9.1.2", "10.9.1.3", "10.9.2.2" };
static const char *const ip6s[] = { "fd01::2", "fd01::3", "fd02::2" };

static void make_lan(struct world *w)
{
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	auto_netlink struct netlink in = NETLINK_INIT;
	struct link_veth l = { .name = "eth0", .peer = "eth0", .peer_index = 5, .index = 6 };
	struct ipnet ours = net_prefix("192.0.2.1/24"), theirs = net_prefix("192.0.2.9/24");
	struct ipnet ours6 = net_prefix("2001:db8::1/64"), theirs6 = net_prefix("2001:db8::9/64");
	struct ip gate = net_ip("192.0.2.1"), gate6_ = net_ip("2001:db8::1"), far = net_ip("192.0.2.9");

	l.ns = w->lan = net_another(w->host);
	link_veth(&b, &l);
	link_address(&b, 6, &ours);
	link_address(&b, 6, &ours6);
	link_up(&b, "eth0");
	link_up(&b, "lo");
	link_route(&b, 6, NULL, &far);
	net_do(&w->nl, &b);
	in = net_talk(w->lan, w->host, NETLINK_ROUTE);
	link_address(&b, 5, &theirs);
	link_address(&b, 5, &theirs6);
	link_up(&b, "eth0");
	link_route(&b, 5, NULL, &gate);	/* an attacker's route: all there is by way of the host */
	link_route(&b, 5, NULL, &gate6_);
	net_do(&in, &b);
}

static int all_of(void *arg, struct nftable_state *out, struct err *e)
{
	struct world *w = arg;

	(void)e;
	*out = (struct nftable_state){ .nets = w->net, .nets_n = 2, .eps = w->ep, .eps_n = 3 };
	return 0;
}

static void restore(struct world *w)
{
	struct err e = { 0 };
	unsigned missing;

	if (nftable_restore(&w->nft, TABLE, all_of, w, &missing, &e) == -EOPNOTSUPP)
		SKIP(e.msg);
	CHECK_STR(e.msg, "");
}

static void make_world(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->host = net_fresh();
	w->nl = net_talk(w->host, w->host, NETLINK_ROUTE);
	w->nft = net_talk(w->host, w->host, NETLINK_NETFILTER);
	make_lan(w);
	for (int i = 0; i < 2; i++) {
		w->bridge[i] = net_bridge(&w->nl, bridges[i], gate4[i], gate6[i]);
		w->net[i] = (struct nftable_net){ .bridge = bridges[i], .masquerade = true, .icc = true };
		w->net[i].subnet[0] = net_prefix(gate4[i]);
		w->net[i].subnet[1] = net_prefix(gate6[i]);
	}
	for (int i = 0; i < 3; i++) {
		int n = i / 2;
		struct ip ip = net_ip(ip4s[i]);

		w->box[i] = net_box(&w->nl, w->host, links[i], w->bridge[n], false, box4[i], via4[n], box6[i], via6[n]);
		w->ep[i] = (struct nftable_endpoint){ .bridge = bridges[n], .link = links[i], .mac = mac_from_ip(&ip) };
		w->ep[i].ip[0] = ip;
		w->ep[i].ip[1] = net_ip(ip6s[i]);
	}
	CHECK_INT(link_setting("ipv4/ip_forward", "1", NULL), 0);
	(void)!link_setting("ipv6/conf/all/forwarding", "1", NULL);
	restore(w);
}

/* Publish a port of `a`. */
static void publish(struct world *w, const char *host, bool localhost)
{
	w->port = (struct nftable_port){
		.host = net_ip(host), .host_port = 8080, .port = 80, .proto = IPPROTO_TCP, .localhost = localhost,
	};
	w->ep[0].ports = &w->port;
	w->ep[0].ports_n = 1;
	CHECK_INT(nftable_attach(&w->nft, TABLE, w->ep, 1, NULL), 0);
}

static int reach(struct world *w, int from, const char *to, uint16_t port)
{
	return net_connect(from, w->host, strchr(to, ':') ? "::" : "0.0.0.0", to, port);
}

static int listen_at(struct world *w, int ns, const char *addr, uint16_t port)
{
	return net_socket(ns, w->host, SOCK_STREAM, addr, port);
}

TEST(containers_of_a_network_reach_one_another)
{
	struct world w;

	make_world(&w);
	listen_at(&w, w.box[1], "0.0.0.0", 80);
	listen_at(&w, w.box[1], "::", 81);
	CHECK_INT(reach(&w, w.box[0], "10.9.1.3", 80), 0);
	CHECK_INT(reach(&w, w.box[0], "fd01::3", 81), 0);
	CHECK_INT(reach(&w, w.host, "10.9.1.3", 80), 0);
}

TEST(n014_containers_leave_by_the_hosts_address)
{
	struct world w;
	int lan, lan6;
	char from[IP_TEXT_MAX];

	make_world(&w);
	lan = listen_at(&w, w.lan, "192.0.2.9", 80);
	lan6 = listen_at(&w, w.lan, "2001:db8::9", 80);
	CHECK_INT(reach(&w, w.box[0], "192.0.2.9", 80), 0);
	CHECK(net_accept(lan, from));
	CHECK_STR(from, "192.0.2.1");
	CHECK_INT(reach(&w, w.box[0], "2001:db8::9", 80), 0);
	CHECK(net_accept(lan6, from));
	CHECK_STR(from, "2001:db8::1");
}

TEST(z71_nothing_reaches_a_container_by_a_route_from_outside)
{
	struct world w;

	make_world(&w);
	listen_at(&w, w.box[0], "0.0.0.0", 80);
	listen_at(&w, w.box[0], "::", 81);
	publish(&w, "0.0.0.0", false);
	CHECK(reach(&w, w.lan, "10.9.1.2", 80) != 0);
	CHECK(reach(&w, w.lan, "fd01::2", 81) != 0);
	CHECK_INT(reach(&w, w.lan, "192.0.2.1", 8080), 0);
	w.ep[0].open = true;	/* but where that was asked for, established apart, it is as closed as before */
	CHECK_INT(nftable_detach(&w.nft, TABLE, w.ep, 1, NULL), 0);
}

TEST(n022_networks_are_closed_to_one_another)
{
	struct world w;

	make_world(&w);
	listen_at(&w, w.box[2], "0.0.0.0", 80);
	listen_at(&w, w.box[2], "::", 81);
	CHECK(reach(&w, w.box[0], "10.9.2.2", 80) != 0);
	CHECK(reach(&w, w.box[0], "fd02::2", 81) != 0);
	CHECK_INT(reach(&w, w.host, "10.9.2.2", 80), 0);
}

TEST(n023_internal_networks_are_closed_both_ways)
{
	struct world w;

	make_world(&w);
	w.net[0].internal = true;
	restore(&w);
	listen_at(&w, w.lan, "192.0.2.9", 80);
	listen_at(&w, w.box[1], "10.9.1.3", 80);
	listen_at(&w, w.box[2], "10.9.2.2", 80);
	CHECK(reach(&w, w.box[0], "192.0.2.9", 80) != 0);
	CHECK(reach(&w, w.box[0], "10.9.2.2", 80) != 0);
	CHECK(reach(&w, w.box[2], "10.9.1.3", 80) != 0);
	CHECK_INT(reach(&w, w.box[0], "10.9.1.3", 80), 0);
	CHECK_INT(reach(&w, w.box[2], "192.0.2.9", 80), 0);
}

TEST(n015_a_published_port_is_reached_with_the_callers_address)
{
	struct world w;
	int a, a6;
	char from[IP_TEXT_MAX];

	make_world(&w);
	a = listen_at(&w, w.box[0], "0.0.0.0", 80);
	CHECK(reach(&w, w.lan, "192.0.2.1", 8080) != 0);
	publish(&w, "0.0.0.0", false);
	CHECK_INT(reach(&w, w.lan, "192.0.2.1", 8080), 0);
	CHECK(net_accept(a, from));
	CHECK_STR(from, "192.0.2.9");
	CHECK_INT(reach(&w, w.host, "192.0.2.1", 8080), 0);	/* the host, by its address */
	CHECK(net_accept(a, from));
	CHECK(reach(&w, w.lan, "2001:db8::1", 8080) != 0);	/* not asked for */
	close(a);
	a6 = listen_at(&w, w.box[0], "fd01::2", 80);
	publish(&w, "::", false);
	w.port.host = (struct ip){ .family = 6 };
	CHECK_INT(nftable_attach(&w.nft, TABLE, w.ep, 1, NULL), 0);
	CHECK_INT(reach(&w, w.lan, "2001:db8::1", 8080), 0);
	CHECK(net_accept(a6, from));
	CHECK_STR(from, "2001:db8::9");
}

TEST(z71_a_port_published_on_one_address_is_on_no_other)
{
	struct world w;

	make_world(&w);
	listen_at(&w, w.box[0], "0.0.0.0", 80);
	publish(&w, "10.9.2.1", false);
	CHECK_INT(reach(&w, w.box[2], "10.9.2.1", 8080), 0);
	CHECK(reach(&w, w.lan, "192.0.2.1", 8080) != 0);
}

TEST(hairpin_and_other_networks_reach_a_published_port_by_the_hosts_address)
{
	struct world w;
	int a;
	char from[IP_TEXT_MAX];

	make_world(&w);
	a = listen_at(&w, w.box[0], "0.0.0.0", 80);
	publish(&w, "0.0.0.0", false);
	CHECK_INT(reach(&w, w.box[1], "192.0.2.1", 8080), 0);
	CHECK(net_accept(a, from));
	CHECK_STR(from, "10.9.1.1");
	CHECK_INT(reach(&w, w.box[0], "192.0.2.1", 8080), 0);	/* itself */
	CHECK(net_accept(a, from));
	CHECK_INT(reach(&w, w.box[2], "192.0.2.1", 8080), 0);
	CHECK(net_accept(a, from));
	CHECK_INT(reach(&w, w.box[2], "10.9.2.1", 8080), 0);
	CHECK(net_accept(a, from));
}

TEST(z73_localhost_reaches_a_published_port_and_nobody_reaches_localhost)
{
	struct world w;
	int a;
	char from[IP_TEXT_MAX];
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	struct ip gate = net_ip("192.0.2.1"), gate1 = net_ip("10.9.1.1");
	struct ipnet loop = net_prefix("127.0.0.0/8");
	struct netlink lan, in;

	make_world(&w);
	lan = net_talk(w.lan, w.host, NETLINK_ROUTE);
	in = net_talk(w.box[0], w.host, NETLINK_ROUTE);
	a = listen_at(&w, w.box[0], "0.0.0.0", 80);
	listen_at(&w, w.host, "127.0.0.1", 22);
	publish(&w, "0.0.0.0", true);
	link_localnet(&b, "br1", true);
	link_localnet(&b, "eth0", true);	/* as a careless administrator would */
	net_do(&w.nl, &b);
	CHECK_INT(reach(&w, w.host, "127.0.0.1", 8080), 0);
	CHECK(net_accept(a, from));
	CHECK_STR(from, "10.9.1.1");
	/* neighbours with a route to 127/8 by way of the host; their own loopback is out of the way */
	link_down(&b, "lo");
	link_localnet(&b, "eth0", true);
	link_route(&b, 5, &loop, &gate);
	net_do(&lan, &b);
	link_down(&b, "lo");
	link_localnet(&b, "eth0", true);
	link_route(&b, 5, &loop, &gate1);
	net_do(&in, &b);
	CHECK_INT(reach(&w, w.host, "127.0.0.1", 22), 0);
	CHECK(reach(&w, w.lan, "127.0.0.1", 22) != 0);
	CHECK(reach(&w, w.box[0], "127.0.0.1", 22) != 0);
	CHECK(reach(&w, w.lan, "127.0.0.1", 8080) != 0);
}

TEST(z72_the_guard_opens_with_the_table_and_closes_without)
{
	struct world w;
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;

	make_world(&w);
	link_guard(&b, 4, "br1", NFTABLE_MARK);
	link_guard(&b, 6, "br1", NFTABLE_MARK);
	net_do(&w.nl, &b);
	listen_at(&w, w.lan, "192.0.2.9", 80);
	listen_at(&w, w.lan, "2001:db8::9", 80);
	listen_at(&w, w.box[2], "10.9.2.2", 80);
	CHECK_INT(reach(&w, w.box[0], "192.0.2.9", 80), 0);
	CHECK_INT(reach(&w, w.box[0], "2001:db8::9", 80), 0);
	CHECK_INT(nftable_remove(&w.nft, TABLE, NULL), 0);
	CHECK_INT(nftable_remove(&w.nft, TABLE, NULL), 0);
	CHECK(reach(&w, w.box[0], "192.0.2.9", 80) != 0);
	CHECK(reach(&w, w.box[0], "2001:db8::9", 80) != 0);
	CHECK(reach(&w, w.box[0], "10.9.2.2", 80) != 0);
	CHECK_INT(nftable_present(&w.nft, TABLE, NULL), 0);
	CHECK_INT(nftable_attach(&w.nft, TABLE, w.ep, 1, NULL), -ENOENT);
	restore(&w);
	CHECK_INT(nftable_present(&w.nft, TABLE, NULL), 1);
	CHECK_INT(reach(&w, w.box[0], "192.0.2.9", 80), 0);
}

/* --- the bridge's table -------------------------------------------------------- */

/* Send a frame as it is from a box. */
static void raw_frame(struct world *w, int box, const void *frame, size_t len)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = 5 };
	int fd;

	net_enter(w->box[box]);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	CHECK(fd >= 0);
	CHECK_INT(sendto(fd, frame, len, 0, (void *)&to, sizeof(to)), (int)len);
	close(fd);
	net_enter(w->host);
}

/* A tap that sees every frame that comes in at a box. */
static int tap(struct world *w, int box)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_ifindex = 5 };
	const uint8_t all[2] = { 0, 3 };
	int fd;

	memcpy(&at.sll_protocol, all, 2);
	net_enter(w->box[box]);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	CHECK(fd >= 0);
	CHECK(!bind(fd, (void *)&at, sizeof(at)));
	net_enter(w->host);
	return fd;
}

enum { MARK_LEN = 8 };
static const char frame_mark[MARK_LEN + 1] = "FRAMEnn!";

/* br_netfilter looks at the sum of a header. */
static void ip_sum(uint8_t *head)
{
	uint32_t sum = 0;

	head[10] = head[11] = 0;
	for (int i = 0; i < 20; i += 2)
		sum += head[i] << 8 | head[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	head[10] = sum >> 8;
	head[11] = sum;
}

/* Does this frame of a's come through to b? Frames end with a mark; one that always may follows it, so that
 * nothing is waited for. */
static bool crosses(struct world *w, int t, uint8_t *frame, size_t len)
{
	uint8_t after[14 + 20 + 8 + MARK_LEN] = {
		0x02, 0x42, 10, 9, 1, 3, 0x02, 0x42, 10, 9, 1, 2, 8, 0,
		0x45, 0, 0, 36, 0, 0, 0, 0, 64, 17, 0, 0, 10, 9, 1, 2, 10, 9, 1, 3,
		1, 1, 1, 1, 0, 16, 0, 0, 'T', 'H', 'E', '-', 'E', 'N', 'D', '!',
	};
	bool seen = false;

	ip_sum(after + 14);
	if (frame[12] == 8 && frame[13] == 0)
		ip_sum(frame + 14);
	memcpy(frame + len - MARK_LEN, frame_mark, MARK_LEN);
	raw_frame(w, 0, frame, len);
	raw_frame(w, 0, after, sizeof(after));
	for (;;) {
		struct sockaddr_ll by;
		socklen_t by_len = sizeof(by);
		uint8_t got[2048];
		ssize_t n;

		if (!net_readable(t, 5000))
			printf("# the last frame did not come\n"), fflush(stdout), _exit(1);
		n = recvfrom(t, got, sizeof(got), 0, (void *)&by, &by_len);
		if (by.sll_pkttype == PACKET_OUTGOING)
			continue;	/* b's own, "unreachable", which quotes the frame */
		if (n >= MARK_LEN && memmem(got, n, frame_mark, MARK_LEN))
			seen = true;
		if (n >= MARK_LEN && memmem(got, n, "THE-END!", MARK_LEN))
			return seen;
	}
}

TEST(z75_a_port_sends_only_with_its_own_mac_and_addresses)
{
	struct world w;
	int t;
	uint8_t good[14 + 20 + 8 + MARK_LEN] = {
		0x02, 0x42, 10, 9, 1, 3, 0x02, 0x42, 10, 9, 1, 2, 8, 0,
		0x45, 0, 0, 36, 0, 0, 0, 0, 64, 17, 0, 0, 10, 9, 1, 2, 10, 9, 1, 3, 9, 9, 9, 9, 0, 16, 0, 0,
	}, bad[sizeof(good)];
	static const struct {
		int at;
		uint8_t byte;
		const char *what;
	} lies[] = {
		{ 11, 3, "another's MAC" }, { 29, 3, "another's address" }, { 29, 1, "the gateway's address" },
		{ 12, 0x88, "another protocol" }, { 13, 0xff, "another protocol" },
	};

	make_world(&w);
	t = tap(&w, 1);
	CHECK(crosses(&w, t, good, sizeof(good)));
	for (size_t i = 0; i < countof(lies); i++) {
		memcpy(bad, good, sizeof(bad));
		bad[lies[i].at] = lies[i].byte;
		if (crosses(&w, t, bad, sizeof(bad)))
			printf("# %s\n", lies[i].what), fflush(stdout), _exit(1);
	}
	memcpy(bad, good, sizeof(bad));
	bad[34] = 0, bad[35] = 67;
	CHECK(!crosses(&w, t, bad, sizeof(bad)));	/* a DHCP server */
	CHECK_INT(nftable_remove(&w.nft, TABLE, NULL), 0);
	CHECK(crosses(&w, t, bad, sizeof(bad)));	/* it is the table that holds it */
}

TEST(z75_arp_says_only_what_is_the_ports_own)
{
	struct world w;
	int t;
	uint8_t arp[14 + 28 + MARK_LEN] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x42, 10, 9, 1, 2, 8, 6,
		0, 1, 8, 0, 6, 4, 0, 2, 0x02, 0x42, 10, 9, 1, 2, 10, 9, 1, 2,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 10, 9, 1, 3,
	};

	make_world(&w);
	t = tap(&w, 1);
	CHECK(crosses(&w, t, arp, sizeof(arp)));
	arp[31] = 1;	/* "10.9.1.1 is at a" */
	CHECK(!crosses(&w, t, arp, sizeof(arp)));
	arp[31] = 2;
	arp[27] = 3;	/* "10.9.1.2 is at b" */
	CHECK(!crosses(&w, t, arp, sizeof(arp)));
}

TEST(z74_no_router_advertisement_redirect_or_false_neighbour_crosses)
{
	struct world w;
	int t;
	uint8_t six[14 + 40 + 32 + MARK_LEN] = {
		0x02, 0x42, 10, 9, 1, 3, 0x02, 0x42, 10, 9, 1, 2, 0x86, 0xdd,
		0x60, 0, 0, 0, 0, 40, 58, 255,
		0xfd, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
		0xfd, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3,
		128, 0, 0, 0, 0, 0, 0, 0, 0xfd, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
	};
	static const uint8_t linklocal[16] = { 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x42, 10, 0xff, 0xfe, 9, 1, 2 };

	make_world(&w);
	t = tap(&w, 1);
	CHECK(crosses(&w, t, six, sizeof(six)));	/* an echo request */
	six[54] = 134;
	CHECK(!crosses(&w, t, six, sizeof(six)));
	six[54] = 137;
	CHECK(!crosses(&w, t, six, sizeof(six)));
	six[54] = 136;
	CHECK(crosses(&w, t, six, sizeof(six)));	/* "fd01::2 is at a" */
	six[54 + 8 + 15] = 1;
	CHECK(!crosses(&w, t, six, sizeof(six)));	/* "fd01::1 is at a" */
	six[54] = 128;
	six[14 + 8 + 15] = 3;
	CHECK(!crosses(&w, t, six, sizeof(six)));	/* from b's address */
	memcpy(six + 14 + 8, linklocal, 16);
	CHECK(crosses(&w, t, six, sizeof(six)));
	six[54] = 134;
	CHECK(!crosses(&w, t, six, sizeof(six)));
	six[14 + 8 + 15] = 3;
	six[54] = 128;
	CHECK(!crosses(&w, t, six, sizeof(six)));	/* another's link-local */
}

/* --- elements ------------------------------------------------------------------ */

TEST(an_endpoint_is_one_send_and_one_receive)
{
	struct world w;
	int before;

	make_world(&w);
	publish(&w, "0.0.0.0", true);
	before = calls;
	CHECK_INT(nftable_detach(&w.nft, TABLE, w.ep, 3, NULL), 0);
	CHECK_INT(calls - before, 2);
	before = calls;
	CHECK_INT(nftable_attach(&w.nft, TABLE, w.ep, 3, NULL), 0);
	CHECK_INT(calls - before, 2);
	before = calls;
	CHECK_INT(nftable_net_add(&w.nft, TABLE, &w.net[0], NULL), 0);	/* again */
	CHECK_INT(calls - before, 2);
}

TEST(taking_away_what_is_gone_is_no_failure)
{
	struct world w;

	make_world(&w);
	listen_at(&w, w.box[0], "0.0.0.0", 80);
	publish(&w, "0.0.0.0", false);
	w.ep[0].ports_n = 0;
	CHECK_INT(nftable_detach(&w.nft, TABLE, w.ep, 1, NULL), 0);
	w.ep[0].ports_n = 1;
	CHECK_INT(nftable_detach(&w.nft, TABLE, w.ep, 1, NULL), 0);	/* only the ports are there */
	CHECK(reach(&w, w.lan, "192.0.2.1", 8080) != 0);
	CHECK_INT(nftable_detach(&w.nft, TABLE, w.ep, 1, NULL), 0);
	CHECK_INT(nftable_net_remove(&w.nft, TABLE, &w.net[0], NULL), 0);
	CHECK_INT(nftable_net_remove(&w.nft, TABLE, &w.net[0], NULL), 0);
	CHECK_INT(nftable_net_add(&w.nft, TABLE, &w.net[0], NULL), 0);
}

TEST(z80_a_port_left_by_the_dead_gives_way)
{
	struct world w;

	make_world(&w);
	listen_at(&w, w.box[1], "0.0.0.0", 81);
	publish(&w, "0.0.0.0", false);	/* a's 80, and a is dead */
	w.port.port = 81;
	w.ep[1].ports = &w.port;
	w.ep[1].ports_n = 1;
	CHECK_INT(nftable_attach(&w.nft, TABLE, &w.ep[1], 1, NULL), 0);
	CHECK_INT(reach(&w, w.lan, "192.0.2.1", 8080), 0);
}

TEST(a_thousand_ports_are_one_transaction)
{
	static struct nftable_port ports[1000];
	struct world w;
	int before;

	make_world(&w);
	listen_at(&w, w.box[0], "0.0.0.0", 80);
	for (int i = 0; i < 1000; i++)
		ports[i] = (struct nftable_port){
			.host = { .family = 4 }, .host_port = 9000 + i, .port = 80, .proto = IPPROTO_TCP,
		};
	w.ep[0].ports = ports;
	w.ep[0].ports_n = 1000;
	before = calls;
	CHECK_INT(nftable_attach(&w.nft, TABLE, w.ep, 1, NULL), 0);
	CHECK_INT(calls - before, 2);
	CHECK_INT(reach(&w, w.lan, "192.0.2.1", 9000), 0);
	CHECK_INT(reach(&w, w.lan, "192.0.2.1", 9999), 0);
	restore(&w);
	CHECK_INT(reach(&w, w.lan, "192.0.2.1", 9500), 0);
	CHECK_INT(nftable_detach(&w.nft, TABLE, w.ep, 1, NULL), 0);
	CHECK(reach(&w, w.lan, "192.0.2.1", 9500) != 0);
}

/* --- the whole ----------------------------------------------------------------- */

static struct nft mine(struct netlink_batch *b)
{
	return (struct nft){ .b = b, .family = NFT_IP, .table = TABLE };
}

TEST(the_administrators_chain_comes_first_and_is_kept)
{
	struct world w;
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	const struct nft t = mine(&b);
	struct nft_rule r;

	make_world(&w);
	listen_at(&w, w.box[0], "0.0.0.0", 80);
	publish(&w, "0.0.0.0", false);
	CHECK_INT(reach(&w, w.lan, "192.0.2.1", 8080), 0);
	nft_begin(&b, 0);
	nft_rule(&r, &t, "coracle-user");
	nft_verdict(&r, NFT_DROP, NULL);
	nft_rule_end(&r);
	nft_commit(&b);
	net_do(&w.nft, &b);
	CHECK(reach(&w, w.lan, "192.0.2.1", 8080) != 0);
	restore(&w);
	CHECK(reach(&w, w.lan, "192.0.2.1", 8080) != 0);
	nft_begin(&b, 0);
	nft_flush(&t, "coracle-user");
	nft_commit(&b);
	net_do(&w.nft, &b);
	CHECK_INT(reach(&w, w.lan, "192.0.2.1", 8080), 0);
}

struct meddler {
	struct world *w;
	int times;
};

static int meddled(void *arg, struct nftable_state *out, struct err *e)
{
	struct meddler *m = arg;

	if (m->times++ == 0)	/* a container starts while we look */
		CHECK_INT(nftable_attach(&m->w->nft, TABLE, &m->w->ep[2], 1, NULL), 0);
	return all_of(m->w, out, e);
}

TEST(a_change_while_we_look_makes_us_look_again)
{
	struct world w;
	struct meddler m = { &w, 0 };
	unsigned missing;

	make_world(&w);
	CHECK_INT(nftable_detach(&w.nft, TABLE, &w.ep[2], 1, NULL), 0);
	CHECK_INT(nftable_restore(&w.nft, TABLE, meddled, &m, &missing, NULL), 0);
	CHECK_INT(m.times, 2);
	CHECK_INT(missing, 0);
}

TEST(a_table_of_another_version_makes_room)
{
	struct world w;
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	const struct nft t = mine(&b);
	const struct nft_set other = { .name = "addr", .shown = NFT_PORT, .len = 2 };

	make_world(&w);
	CHECK_INT(nftable_remove(&w.nft, TABLE, NULL), 0);
	nft_begin(&b, 0);
	nft_table(&t);
	nft_set(&t, &other);
	nft_commit(&b);
	net_do(&w.nft, &b);
	CHECK_INT(nftable_present(&w.nft, TABLE, NULL), 0);
	restore(&w);
	CHECK_INT(nftable_present(&w.nft, TABLE, NULL), 1);
	listen_at(&w, w.lan, "192.0.2.9", 80);
	CHECK_INT(reach(&w, w.box[0], "192.0.2.9", 80), 0);
}

TEST(a_watcher_wakes_when_tables_go_not_when_containers_come)
{
	struct world w;
	int fd;

	make_world(&w);
	fd = nftable_watch(NULL);
	CHECK(fd >= 0);
	publish(&w, "0.0.0.0", false);
	CHECK_INT(nftable_detach(&w.nft, TABLE, w.ep, 3, NULL), 0);
	CHECK_INT(nftable_net_remove(&w.nft, TABLE, &w.net[0], NULL), 0);
	CHECK(!net_readable(fd, 50));
	CHECK_INT(nftable_remove(&w.nft, TABLE, NULL), 0);
	CHECK(net_readable(fd, 5000));
	nftable_watched(fd);
	CHECK(!net_readable(fd, 0));
}

TEST(a_tag_makes_another_table)
{
	struct world w;
	unsigned missing;

	make_world(&w);
	CHECK_INT(nftable_present(&w.nft, "coracle-0123abcd", NULL), 0);
	CHECK_INT(nftable_restore(&w.nft, "coracle-0123abcd", all_of, &w, &missing, NULL), 0);
	CHECK_INT(nftable_present(&w.nft, "coracle-0123abcd", NULL), 1);
	CHECK_INT(nftable_remove(&w.nft, "coracle-0123abcd", NULL), 0);
	CHECK_INT(nftable_present(&w.nft, TABLE, NULL), 1);
}

/* nft(8) reads them as we mean them. */
TEST(nft_lists_the_rules_as_written)
{
	struct world w;
	static char text[64 << 10];
	static const char *const has[] = {
		"jump coracle-user", "ct state established,related accept", "iifname . oifname @same accept",
		"iifname @internal drop", "oifname @bridges goto inward", "masquerade",
		"fib daddr type local goto ports",
		"dnat ip to ip daddr . meta l4proto . th dport map @on", "iifname . ether saddr != @macs drop",
	};
	FILE *p;
	size_t n;

	make_world(&w);
	publish(&w, "0.0.0.0", true);
	if (system("command -v nft > /dev/null 2>&1 || [ -x /usr/sbin/nft ]"))
		SKIP("no nft(8)");
	p = popen("PATH=$PATH:/usr/sbin nft list ruleset 2>&1", "r");
	CHECK(p != NULL);
	n = fread(text, 1, sizeof(text) - 1, p);
	text[n] = 0;
	CHECK_INT(pclose(p), 0);
	if (getenv("SHOW"))
		fputs(text, stdout);
	for (size_t i = 0; i < countof(has); i++)
		if (!strstr(text, has[i]))
			printf("# not there: %s\n", has[i]), fflush(stdout), _exit(1);
}

UNIT_MAIN
