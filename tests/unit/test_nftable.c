// SPDX-License-Identifier: MIT
// link: -Wl,--wrap=send,--wrap=recvfrom
#include "core/kern/nftable.h"

#include <netinet/in.h>

#include "core/kern/conntrack.h"
#include "core/kern/nft.h"
#include "tests/unit/networld.h"

static int calls;
static bool old_kernel;	/* the kernel forgets no connections by a pattern */
ssize_t __real_send(int fd, const void *buf, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *buf, size_t len, int flags);
ssize_t __real_recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *from, socklen_t *from_len);
ssize_t __wrap_recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *from, socklen_t *from_len);

ssize_t __wrap_send(int fd, const void *buf, size_t len, int flags)
{
	calls++;
	if (old_kernel) {	/* a type it does not know is EINVAL, as the pattern is to an old one */
		size_t left = len;

		for (struct nlmsghdr *h = (void *)(uintptr_t)buf; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left))
			h->nlmsg_type |= 0xff;
		old_kernel = false;
	}
	return __real_send(fd, buf, len, flags);
}

ssize_t __wrap_recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *from, socklen_t *from_len)
{
	calls++;
	return __real_recvfrom(fd, buf, len, flags, from, from_len);
}

TEST(containers_of_a_network_reach_one_another)
{
	struct world w = { 0 };

	make_world(&w);
	listen_at(&w, w.box[1], "0.0.0.0", 80);
	listen_at(&w, w.box[1], "::", 81);
	CHECK_INT(reach(&w, w.box[0], "10.9.1.3", 80), 0);
	CHECK_INT(reach(&w, w.box[0], "fd01::3", 81), 0);
	CHECK_INT(reach(&w, w.host, "10.9.1.3", 80), 0);
}

TEST(n014_containers_leave_by_the_hosts_address)
{
	struct world w = { 0 };
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
	struct world w = { 0 };

	make_world(&w);
	listen_at(&w, w.box[0], "0.0.0.0", 80);
	listen_at(&w, w.box[0], "::", 81);
	publish(&w, "0.0.0.0", false);
	CHECK(reach(&w, w.lan, "10.9.1.2", 80) != 0);
	CHECK(reach(&w, w.lan, "fd01::2", 81) != 0);
	CHECK_INT(reach(&w, w.lan, "192.0.2.1", 8080), 0);
	CHECK_INT(nftable_detach(&w.nft, TABLE, w.ep, 1, NULL), 0);
	CHECK(reach(&w, w.lan, "10.9.1.2", 80) != 0);	/* nor what we do not know */
	CHECK(reach(&w, w.lan, "fd01::2", 81) != 0);
	w.ep[0].open = true;	/* but where that was asked for */
	CHECK_INT(nftable_attach(&w.nft, TABLE, w.ep, 1, NULL), 0);
	CHECK_INT(reach(&w, w.lan, "10.9.1.2", 80), 0);
	CHECK_INT(reach(&w, w.lan, "fd01::2", 81), 0);
}

TEST(n022_networks_are_closed_to_one_another)
{
	struct world w = { 0 };

	make_world(&w);
	listen_at(&w, w.box[2], "0.0.0.0", 80);
	listen_at(&w, w.box[2], "::", 81);
	CHECK(reach(&w, w.box[0], "10.9.2.2", 80) != 0);
	CHECK(reach(&w, w.box[0], "fd02::2", 81) != 0);
	CHECK_INT(reach(&w, w.host, "10.9.2.2", 80), 0);
}

TEST(without_icc_containers_reach_only_what_is_published)
{
	struct world w = { .isolated = true };
	int monitor;
	char from[IP_TEXT_MAX];

	make_world(&w);
	w.net[0].icc = false;
	restore(&w);
	listen_at(&w, w.lan, "192.0.2.9", 80);
	listen_at(&w, w.box[0], "0.0.0.0", 80);
	listen_at(&w, w.box[0], "0.0.0.0", 81);
	publish(&w, "0.0.0.0", false);
	CHECK(reach(&w, w.box[1], "10.9.1.2", 80) != 0);
	CHECK(reach(&w, w.box[1], "10.9.1.2", 81) != 0);
	CHECK_INT(reach(&w, w.box[1], "192.0.2.9", 80), 0);
	CHECK_INT(reach(&w, w.box[2], "192.0.2.1", 8080), 0);
	monitor = listen_at(&w, w.host, "0.0.0.0", 8080);
	CHECK_INT(reach(&w, w.box[1], "192.0.2.1", 8080), 0);
	CHECK(net_accept(monitor, from));	/* it relays */
	CHECK_INT(reach(&w, w.lan, "192.0.2.1", 8080), 0);
	CHECK(!net_accept(monitor, from));	/* not for others */
}

TEST(n023_internal_networks_are_closed_both_ways)
{
	struct world w = { 0 };
	int udp;

	make_world(&w);
	w.net[0].internal = true;
	restore(&w);
	listen_at(&w, w.lan, "192.0.2.9", 80);
	udp = net_socket(w.lan, w.host, SOCK_DGRAM, "192.0.2.9", 53);
	CHECK(!arrives(&w, w.box[0], "0.0.0.0", "192.0.2.9", 53, udp));	/* not even one way */
	CHECK(arrives(&w, w.box[2], "0.0.0.0", "192.0.2.9", 53, udp));
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
	struct world w = { 0 };
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
	struct world w = { 0 };

	make_world(&w);
	listen_at(&w, w.box[0], "0.0.0.0", 80);
	publish(&w, "10.9.2.1", false);
	CHECK_INT(reach(&w, w.box[2], "10.9.2.1", 8080), 0);
	CHECK(reach(&w, w.lan, "192.0.2.1", 8080) != 0);
}

TEST(hairpin_and_other_networks_reach_a_published_port_by_the_hosts_address)
{
	struct world w = { 0 };
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
	w.net[0].masquerade = false;	/* which is about leaving */
	restore(&w);
	(void)!link_setting("bridge/bridge-nf-call-iptables", "0", NULL);	/* it would mend the answers */
	CHECK_INT(reach(&w, w.box[1], "192.0.2.1", 8080), 0);
	CHECK(net_accept(a, from));
}

TEST(z73_localhost_reaches_a_published_port_and_nobody_reaches_localhost)
{
	struct world w = { 0 };
	int a, udp;
	char from[IP_TEXT_MAX];
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	struct ip gate = net_ip("192.0.2.1"), gate1 = net_ip("10.9.1.1");
	struct ipnet loop = net_prefix("127.0.0.0/8"), self = net_prefix("127.0.0.5/32");
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
	/* nor comes anybody as localhost */
	link_address(&b, 5, &self);
	net_do(&lan, &b);
	udp = net_socket(w.host, w.host, SOCK_DGRAM, "192.0.2.1", 53);
	CHECK(arrives(&w, w.lan, "192.0.2.9", "192.0.2.1", 53, udp));
	CHECK(!arrives(&w, w.lan, "127.0.0.5", "192.0.2.1", 53, udp));
}

TEST(z72_the_guard_opens_with_the_table_and_closes_without)
{
	struct world w = { 0 };
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

/* --- elements ------------------------------------------------------------------ */

TEST(an_endpoint_is_one_send_and_one_receive)
{
	struct world w = { 0 };
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
	struct world w = { 0 };

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
	struct world w = { 0 };

	make_world(&w);
	listen_at(&w, w.box[1], "0.0.0.0", 81);
	publish(&w, "0.0.0.0", false);	/* a's 80, and a is dead */
	w.port.port = 81;
	w.ep[1].ports = &w.port;
	w.ep[1].ports_n = 1;
	CHECK_INT(nftable_attach(&w.nft, TABLE, &w.ep[1], 1, NULL), 0);
	CHECK_INT(reach(&w, w.lan, "192.0.2.1", 8080), 0);
}

/* A flow to a's published port goes on to the address that a had. */
static bool flow_goes_on(bool by_pattern)
{
	struct world w = { 0 };
	int at, from;
	struct ip ip = net_ip("10.9.1.2");
	union net_name port, peer;
	socklen_t len = net_name(&port, "192.0.2.1", 8080), peer_len = sizeof(peer);
	char got[8];

	make_world(&w);
	at = net_socket(w.box[0], w.host, SOCK_DGRAM, "10.9.1.2", 80);
	publish(&w, "0.0.0.0", false);
	w.port.proto = IPPROTO_UDP;
	CHECK_INT(nftable_attach(&w.nft, TABLE, w.ep, 1, NULL), 0);
	from = net_socket(w.lan, w.host, SOCK_DGRAM, "192.0.2.9", 5000);
	CHECK_INT(sendto(from, "ping", 4, 0, &port.any, len), 4);
	CHECK(net_readable(at, 5000));
	CHECK_INT(recvfrom(at, got, sizeof(got), 0, &peer.any, &peer_len), 4);
	CHECK_INT(sendto(at, "pong", 4, 0, &peer.any, peer_len), 4);
	CHECK(net_readable(from, 5000));
	CHECK_INT(recv(from, got, sizeof(got), 0), 4);
	CHECK_INT(nftable_detach(&w.nft, TABLE, w.ep, 1, NULL), 0);
	CHECK_INT(sendto(from, "ping", 4, 0, &port.any, len), 4);
	CHECK(net_readable(at, 5000));	/* this is why they must be forgotten */
	CHECK_INT(recv(at, got, sizeof(got), 0), 4);
	old_kernel = !by_pattern;
	if (conntrack_forget(&w.nft, &ip, NULL) == -EOPNOTSUPP)
		SKIP("the kernel has no ctnetlink");
	CHECK_INT(sendto(from, "ping", 4, 0, &port.any, len), 4);
	return net_readable(at, 300);
}

TEST(z80_a_flow_to_the_dead_ends) { CHECK(!flow_goes_on(true)); }
TEST(z80_a_flow_to_the_dead_ends_on_an_old_kernel) { CHECK(!flow_goes_on(false)); }

TEST(a_kernel_without_bridge_tables_still_has_the_others)
{
	struct world w = { 0 };
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	const struct nft bridge = { .b = &b, .family = NFT_BRIDGE, .table = TABLE };
	const struct nft ip = { .b = &b, .family = NFT_IP, .table = TABLE };

	make_world(&w);
	CHECK_INT(nftable_detach(&w.nft, TABLE, w.ep, 1, NULL), 0);
	nft_begin(&b, 0);
	nft_table_remove(&bridge);
	nft_commit(&b);
	net_do(&w.nft, &b);
	CHECK_INT(nftable_present(&w.nft, TABLE, NULL), 0);
	CHECK_INT(nftable_attach(&w.nft, TABLE, w.ep, 1, NULL), -ENOENT);
	nft_begin(&b, 0);
	nft_chain(&ip, "without-bridge");	/* as nftable_restore says it there */
	nft_commit(&b);
	net_do(&w.nft, &b);
	CHECK_INT(nftable_present(&w.nft, TABLE, NULL), 1);
	CHECK_INT(nftable_attach(&w.nft, TABLE, w.ep, 1, NULL), 0);
	CHECK_INT(nftable_detach(&w.nft, TABLE, w.ep, 1, NULL), 0);
	CHECK_INT(nftable_detach(&w.nft, TABLE, w.ep, 1, NULL), 0);
}

TEST(four_thousand_ports_are_one_transaction)
{
	static struct nftable_port ports[4000];
	struct world w = { 0 };
	int before;

	make_world(&w);
	listen_at(&w, w.box[0], "0.0.0.0", 80);
	for (int i = 0; i < 4000; i++)
		ports[i] = (struct nftable_port){
			.host = { .family = 4 }, .host_port = 9000 + i, .port = 80, .proto = IPPROTO_TCP,
		};
	w.ep[0].ports = ports;
	w.ep[0].ports_n = 4000;
	before = calls;
	CHECK_INT(nftable_attach(&w.nft, TABLE, w.ep, 1, NULL), 0);
	CHECK_INT(calls - before, 2);
	CHECK_INT(reach(&w, w.lan, "192.0.2.1", 9000), 0);
	CHECK_INT(reach(&w, w.lan, "192.0.2.1", 12999), 0);
	restore(&w);
	CHECK_INT(reach(&w, w.lan, "192.0.2.1", 9500), 0);
	before = calls;
	CHECK_INT(nftable_detach(&w.nft, TABLE, w.ep, 1, NULL), 0);
	CHECK_INT(calls - before, 2);
	CHECK(reach(&w, w.lan, "192.0.2.1", 9500) != 0);
}

/* A process that starts and ends containers of its own, one after another. */
static void starts(int n, int times)
{
	struct netlink nl = NETLINK_INIT;
	struct nftable_port port = {
		.host = { .family = 4 }, .host_port = 10000 + n, .port = 80, .proto = IPPROTO_TCP,
	};
	struct nftable_endpoint ep = { .bridge = "br1", .ports = &port, .ports_n = 1 };
	char link[LINK_NAME_MAX];
	struct err e;

	snprintf(link, sizeof(link), "veth%07x", n);
	ep.link = link;
	ep.ip[0] = ip4(10, 9, 1, 100 + n);
	ep.mac = mac_from_ip(&ep.ip[0]);
	CHECK_INT(netlink_open(&nl, NETLINK_NETFILTER, NULL), 0);
	for (int i = 0; i < times; i++) {
		if (nftable_attach(&nl, TABLE, &ep, 1, &e) < 0 || nftable_detach(&nl, TABLE, &ep, 1, &e) < 0)
			printf("# %s\n", e.msg), fflush(stdout), _exit(1);
	}
	_exit(0);
}

TEST(many_start_and_end_at_once)
{
	struct world w = { 0 };
	int st;

	make_world(&w);
	for (int n = 0; n < 20; n++)
		if (!fork())
			starts(n, 25);
	for (int n = 0; n < 20; n++) {
		CHECK(wait(&st) > 0);
		CHECK_INT(st, 0);
	}
	CHECK_INT(nftable_present(&w.nft, TABLE, NULL), 1);
}

/* --- the whole ----------------------------------------------------------------- */

static struct nft mine(struct netlink_batch *b)
{
	return (struct nft){ .b = b, .family = NFT_IP, .table = TABLE };
}

TEST(the_administrators_chain_comes_first_and_is_kept)
{
	struct world w = { 0 };
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
	struct world w = { 0 };
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
	struct world w = { 0 };
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
	struct world w = { 0 };
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
	struct world w = { 0 };
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
	struct world w = { 0 };
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
