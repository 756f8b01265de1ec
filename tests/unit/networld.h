// SPDX-License-Identifier: MIT
/* networld.h - a host with two networks, three containers and a neighbour, and our tables on it. */
#pragma once

#include <netinet/in.h>

#include "core/kern/nftable.h"
#include "tests/unit/netkit.h"

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
	bool isolated;		/* ports of br1; to be set before */
};

static const char *const bridges[] = { "br1", "br2" }, *const links[] = { "va", "vb", "vc" };
static const char *const gate4[] = { "10.9.1.1/24", "10.9.2.1/24" }, *const gate6[] = { "fd01::1/64", "fd02::1/64" };
static const char *const box4[] = { "10.9.1.2/24", "10.9.1.3/24", "10.9.2.2/24" };
static const char *const box6[] = { "fd01::2/64", "fd01::3/64", "fd02::2/64" };
static const char *const via4[] = { "10.9.1.1", "10.9.2.1" }, *const via6[] = { "fd01::1", "fd02::1" };
static const char *const ip4s[] = { "10.9.1.2", "10.9.1.3", "10.9.2.2" };
static const char *const ip6s[] = { "fd01::2", "fd01::3", "fd02::2" };

static inline void make_lan(struct world *w)
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

static inline int all_of(void *arg, struct nftable_state *out, struct err *e)
{
	struct world *w = arg;

	(void)e;
	*out = (struct nftable_state){ .nets = w->net, .nets_n = 2, .eps = w->ep, .eps_n = 3 };
	return 0;
}

static inline void restore(struct world *w)
{
	struct err e = { 0 };
	unsigned missing;

	if (nftable_restore(&w->nft, TABLE, all_of, w, &missing, &e) == -EOPNOTSUPP)
		SKIP(e.msg);
	CHECK_STR(e.msg, "");
}

static inline void make_world(struct world *w)
{
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

		w->box[i] = net_box(&w->nl, w->host, links[i], w->bridge[n], w->isolated, box4[i], via4[n], box6[i],
				    via6[n]);
		w->ep[i] = (struct nftable_endpoint){ .bridge = bridges[n], .link = links[i], .mac = mac_from_ip(&ip) };
		w->ep[i].ip[0] = ip;
		w->ep[i].ip[1] = net_ip(ip6s[i]);
	}
	CHECK_INT(link_setting("ipv4/ip_forward", "1", NULL), 0);
	(void)!link_setting("ipv6/conf/all/forwarding", "1", NULL);
	restore(w);
}

/* Publish a port of `a`. */
static inline void publish(struct world *w, const char *host, bool localhost)
{
	w->port = (struct nftable_port){
		.host = net_ip(host), .host_port = 8080, .port = 80, .proto = IPPROTO_TCP, .localhost = localhost,
	};
	w->ep[0].ports = &w->port;
	w->ep[0].ports_n = 1;
	CHECK_INT(nftable_attach(&w->nft, TABLE, w->ep, 1, NULL), 0);
}

static inline int reach(struct world *w, int from, const char *to, uint16_t port)
{
	return net_connect(from, w->host, strchr(to, ':') ? "::" : "0.0.0.0", to, port);
}

/* Send a datagram from an address in a namespace; does it come to `at`? */
static inline bool arrives(struct world *w, int ns, const char *from, const char *to, uint16_t port, int at)
{
	union net_name n;
	socklen_t len = net_name(&n, to, port);
	int fd = net_socket(ns, w->host, SOCK_DGRAM, from, 0);
	char got[8];
	bool yes;

	(void)!sendto(fd, "ping", 4, 0, &n.any, len);
	yes = net_readable(at, 300) && recv(at, got, sizeof(got), 0) == 4;
	close(fd);
	return yes;
}

static inline int listen_at(struct world *w, int ns, const char *addr, uint16_t port)
{
	return net_socket(ns, w->host, SOCK_STREAM, addr, port);
}
