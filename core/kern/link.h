// SPDX-License-Identifier: MIT
/* link.h - network links by rtnetlink: bridge, veth, macvlan, ipvlan, vlan, addresses, routes.
 *
 * Most functions add a message to a batch (core/net/netlink.h); what belongs together is one
 * send and one answer. A message names a link by its name, or where the kernel has no such
 * way (master, address, route) by its number; numbers of links that a batch makes are chosen
 * by us, so that the batch can use them.
 *
 *   in the host's namespace                in the container's (setns, a socket of its own)
 *   link_veth  made, peer inside           link_up       lo
 *   link_quiet no IPv6 of its own          link_address  eth0, by the number we gave it
 *   link_up    on the bridge               link_up       eth0
 *                                          link_route    default
 *
 * What an attacker controls: names from `network create --opt` and compose files: link_name_check
 * before anything is done with one. In the container's namespace a process with CAP_NET_ADMIN
 * controls all: nothing read there is believed. What crosses from there onto a bridge is
 * core/kern/nftable.h's to judge.
 *
 * Sources: linux/{rtnetlink,if_link,if_addr,veth,fib_rules}.h; net/core/rtnetlink.c's behaviour. */
#pragma once

#include "core/fmt/ipnet.h"
#include "core/net/netlink.h"

enum { LINK_NAME_MAX = 16 };	/* with its final 0 */

/* Is it a name for a link? 1 to 15 of A-Z a-z 0-9 _ - and, not first, a full stop. ('%' would be
 * a pattern to the kernel, '/' a path in sysctl.) 0 or -EINVAL. */
NODISCARD int link_name_check(const char *name, struct err *e);

/* The number of a link. > 0, or -ENODEV and a sentence. One system call; any netlink socket. */
NODISCARD int link_index(const struct netlink *nl, const char *name, struct err *e);

struct link_bridge {
	const char *name;	/* borrowed */
	struct mac mac;		/* fixed, or the bridge takes the least of its ports' */
	uint32_t mtu;		/* 0: the kernel's */
	uint32_t index;		/* 0: the kernel chooses */
};

/* Make a bridge, down. EEXIST is a failure unless the caller tolerates it. */
void link_bridge(struct netlink_batch *b, const struct link_bridge *l);

struct link_veth {
	const char *name;	/* this end's; borrowed */
	uint32_t index;		/* 0: any; a large one, at random, when peer_index is given */
	uint32_t master;	/* the bridge it is a port of; 0: none */
	bool isolated;		/* reaches no other isolated port (icc=false; Linux 4.18) */
	bool hairpin;		/* frames may go back by the port they came by: a container that
				 * asks for its own published port needs it where br_netfilter is */
	uint32_t mtu;		/* of both; 0: the kernel's */
	const char *peer;	/* the other end's name */
	uint32_t peer_index;	/* in its namespace; 0: the kernel chooses */
	struct mac peer_mac;
	int ns;			/* a namespace file for the peer; -1: this one */
};

/* Make a pair, both ends down, the peer where it belongs: it is never seen here. */
void link_veth(struct netlink_batch *b, const struct link_veth *l);

struct link_child {
	const char *kind;	/* "macvlan", "ipvlan", "vlan"; borrowed */
	const char *name;
	uint32_t index;		/* in its namespace; 0: the kernel chooses */
	uint32_t parent;	/* the number of the link below it */
	uint32_t mode;		/* MACVLAN_MODE_*, IPVLAN_MODE_*, or the vlan's id */
	uint32_t flags;		/* IPVLAN_F_* */
	struct mac mac;		/* {0}: the kernel chooses; never for ipvlan */
	uint32_t mtu;		/* 0: the parent's */
	int ns;			/* a namespace file to make it in; -1: this one */
};

/* Make a link on top of another one, down. EOPNOTSUPP names the kernel's option. */
void link_child(struct netlink_batch *b, const struct link_child *l);

/* The mode of macvlan and ipvlan by Docker's word ("bridge", "l2"...). 0 or -EINVAL. */
NODISCARD int link_child_mode(struct link_child *l, const char *word, struct err *e);

void link_up(struct netlink_batch *b, const char *name);
void link_down(struct netlink_batch *b, const char *name);
void link_remove(struct netlink_batch *b, const char *name);	/* not there: no failure */
void link_master(struct netlink_batch *b, const char *name, uint32_t master);	/* 0: none */

/* Into a namespace (a file of it; -1: it stays) under this name. */
void link_move(struct netlink_batch *b, uint32_t index, int ns, const char *as);

/* No IPv6 address of its own making (fe80::), no redirects believed or sent, no source routes:
 * for what stands between us and a container (Z74). Before it is up. A bridge that routes IPv6
 * is given fe80::1/64 (link_address): for packets of others the kernel asks for a neighbour's
 * MAC from a link-local address only. */
void link_quiet(struct netlink_batch *b, const char *name);

/* May packets with 127/8 addresses cross this link (route_localnet)? The guard against those
 * from outside must be there first (nftable.h, Z73). */
void link_localnet(struct netlink_batch *b, const char *name, bool on);

/* The address with the length of its prefix; the kernel adds the prefix's route. Duplicate
 * address detection is not waited for. */
void link_address(struct netlink_batch *b, uint32_t index, const struct ipnet *a);
void link_address_remove(struct netlink_batch *b, uint32_t index, const struct ipnet *a);

/* to: NULL is the default route; via: NULL is directly on the link. */
void link_route(struct netlink_batch *b, uint32_t index, const struct ipnet *to,
		const struct ip *via);

/* Let a bridge's packets of one family be routed only when they carry `mark` (a bit of their
 * mark): rules PREF goto PREF+2, PREF+1 prohibit, PREF+2 go on. The mark is set by our nf_tables
 * alone, so that without our table nothing is let through (Z72). Being there already is no
 * failure, nor is not being there for the removal. */
enum { LINK_GUARD_PREF = 1100 };
void link_guard(struct netlink_batch *b, unsigned family, const char *bridge, uint32_t mark);
void link_guard_remove(struct netlink_batch *b, unsigned family, const char *bridge,
		       uint32_t mark);
void link_guard_end(struct netlink_batch *b, unsigned family);	/* of the last bridge: PREF+2 */

/* What a network must stay clear of: each prefix that the host has an address in or a route
 * to, but for default routes, of both families. More than once each, in no order. 0 or -errno. */
typedef void link_prefix_fn(void *arg, const struct ipnet *prefix, uint32_t link_index);
NODISCARD int link_prefixes(struct netlink *nl, link_prefix_fn *fn, void *arg, struct err *e);

struct link_info {
	uint32_t index, master, mtu;	/* master 0: none */
	bool up, running;	/* running: the bridge and its queue know of it, below */
	char name[LINK_NAME_MAX], kind[16];	/* "bridge", "veth"; "" for hardware */
	struct mac mac;
};

/* Every link of the namespace.
 *
 * When the second end of a veth is up, the kernel tells the bridge of it a moment later, from a
 * work queue; until then (`running`, of the port and of a bridge whose first port it is) frames
 * are lost, and a lost ARP request is asked again after a second: link_settled. */
typedef void link_info_fn(void *arg, const struct link_info *l);
NODISCARD int link_list(struct netlink *nl, link_info_fn *fn, void *arg, struct err *e);

/* Is what a veth's host end and its bridge (its number) still wait for done? On Linux 6.8 and
 * later asking does it. 1, 0 (it will be within milliseconds), or -errno. Four system calls. */
NODISCARD int link_settled(struct netlink *nl, const char *port, uint32_t bridge, struct err *e);

/* Write a setting below /proc/sys/net of the namespace this thread is in:
 * "ipv6/conf/all/disable_ipv6", "1". 0 or -errno (-ENOENT: the kernel has no such thing). */
NODISCARD int link_setting(const char *name, const char *value, struct err *e);
