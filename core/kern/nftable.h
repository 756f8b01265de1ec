// SPDX-License-Identifier: MIT
/* nftable.h - OUR nf_tables: what containers may send, what reaches them, published ports.
 *
 * Three tables of one name, `coracle` or with the tag of another root: of family ip, ip6 (the
 * same rules) and bridge. (Not inet: nat chains are only in it since Linux 5.2.) The rules never
 * change; networks, containers and ports are elements of their maps and sets, so a packet costs
 * the same with one container as with a thousand. As nft(8) would write the first:
 *
 *   set bridges   ifname                    our bridges
 *   set internal  ifname                    ... those of --internal networks
 *   set apart     ifname                    ... those whose containers may not talk (icc=false)
 *   set same      ifname . ifname           BR . BR where they may
 *   set closed    nfproto                   this family, if the host forwards for us alone
 *   set nets      addr, interval            subnets that leave by the host's address
 *   set addr      addr                      containers closed to all but their bridge and ports
 *   set own       addr . ifname             a container's address and its bridge
 *   set published addr . proto . port       of the container
 *   map on        addr . proto . port : addr . port     published on one address of the host
 *   map any       proto . port : addr . port            published on all
 *   map local     proto . port : addr . port            ... those that 127/8 has too (ip only)
 *   chain coracle-user                      the administrator's own: we make it, never touch it
 *   chain raw     prerouting -300           (Z71, Z73)
 *       iif != lo, to or from loopback: drop
 *       daddr @addr, daddr . iifname != @own: drop
 *       iifname @bridges: set the mark of core/kern/link.h's guard (Z72)
 *   chain dnat    prerouting -100
 *       iifname @apart: accept (who listens on the host's port, the monitor, serves them: where
 *       br_netfilter is, a translated frame would stay on the bridge, and isolated ports stop it)
 *       daddr is the host's: goto ports
 *   chain output  output -100, the same
 *   chain ports   dnat to daddr . l4proto . dport map @on, l4proto . dport map @local
 *                 (127/8) or @any (the rest)
 *   chain forward forward 0
 *       jump coracle-user; established, related: accept
 *       iifname . oifname @same: accept; iifname @internal: drop
 *       iifname @bridges, invalid: drop
 *       oifname @bridges: accept with ct status dnat and daddr . l4proto . dport @published, or
 *       daddr not in @addr and daddr . oifname @own; else drop
 *       accept what has the mark (of another ROOT's too), what is published by others, and what
 *       comes from other bridges (Linux 5.0: iifkind); else, if @closed, drop
 *   chain back    postrouting 100
 *       to a bridge, ct status dnat: masquerade what comes from the same bridge (hairpin), from
 *       another of our networks, from 127/8
 *       saddr @nets, oifname != @bridges: masquerade
 *
 * In the bridge table, for the ports we know (set ports: ifname), before anything else sees a
 * frame (Z74, Z75): its MAC must be the port's (macs: ifname . ether); its IPv4 source and ARP
 * sender one of (from4: ifname . ether . addr); its IPv6 source, and the target of a neighbour
 * advertisement, one of (from6), the unspecified address apart; no router advertisement, no
 * redirect, no DHCP server; nothing but ARP, IPv4 and IPv6.
 *
 * What an attacker controls: every byte of the frames, on a bridge as well as from outside,
 * and with CAP_NET_ADMIN in a container all of its end of the link. Nothing here believes them:
 * the port a frame came in by is the kernel's word. Names of bridges, addresses and ports
 * given to these functions are checked by the engine (link_name_check, ipnet.h); here they are
 * fixed-size keys and cannot be anything else. A container cannot add elements: with many
 * ports published, the host's memory is what `-p` was allowed.
 *
 * One transaction each: all of it is done, or nothing. */
#pragma once

#include "core/fmt/ipnet.h"
#include "core/net/netlink.h"

#define NFTABLE_MARK	0x20000000u	/* for link_guard */

struct nftable_net {
	const char *bridge;	/* its link's name; borrowed */
	struct ipnet subnet[2];	/* of each family or {0}; masked */
	bool masquerade;	/* leaves by the host's address */
	bool internal;		/* leaves not at all */
	bool icc;		/* its containers may talk to one another */
	bool closed[2];		/* of version 4, 6: nothing but ours is passed on by this host */
};

/* A published port. The container's port comes from the endpoint it is of. */
struct nftable_port {
	struct ip host;		/* the host's address; {.family = 4 or 6} and zeroes: all of them */
	uint16_t host_port;
	uint16_t port;		/* in the container */
	uint8_t proto;		/* IPPROTO_TCP, _UDP, _SCTP */
	bool localhost;		/* 127/8 too: the bridge has link_localnet on */
};

struct nftable_endpoint {
	const char *bridge;	/* borrowed */
	const char *link;	/* the host's end of its veth; borrowed */
	struct mac mac;		/* inside */
	struct ip ip[2];	/* of each family or {0}, in either order */
	bool open;		/* reachable by a route from outside (nat-unprotected) */
	const struct nftable_port *ports;	/* borrowed; of families it has an address of */
	size_t ports_n;
};

/* A socket for the rest: netlink_open(nl, NETLINK_NETFILTER, e). */

/* Elements of a network. Adding what is there is no failure, nor taking what is not.
 * -ENOENT from an addition: the tables are not there (nftable_restore); -EOPNOTSUPP: the kernel has
 * no nf_tables. */
NODISCARD int nftable_net_add(struct netlink *nl, const char *table, const struct nftable_net *n,
			      struct err *e);
NODISCARD int nftable_net_remove(struct netlink *nl, const char *table,
				 const struct nftable_net *n, struct err *e);

/* Elements of endpoints: all of one container's, with their ports, in one transaction. The same
 * rules; an element left over by a dead container (same address, same host port) gives way: that
 * nobody alive has it is the caller's to know (the address is taken, the port is bound). */
NODISCARD int nftable_attach(struct netlink *nl, const char *table,
			     const struct nftable_endpoint *eps, size_t n, struct err *e);
NODISCARD int nftable_detach(struct netlink *nl, const char *table,
			     const struct nftable_endpoint *eps, size_t n, struct err *e);

/* Everything there should be. */
struct nftable_state {
	const struct nftable_net *nets;
	size_t nets_n;
	const struct nftable_endpoint *eps;
	size_t eps_n;
};

/* Put the tables back whole, replacing what they hold but for the administrator's chain: in one
 * transaction, so that no packet meets half of it.
 *
 * want  called for what there should be; again when somebody changed any table meanwhile (a
 *       container started): then it must look anew. What it gives is borrowed until its next
 *       call or the end. 0 or -errno, which ends it
 *
 * 0; what the kernel has not (ip6, bridge) is left out and said in *missing (flags), with the
 * consequences above. -EOPNOTSUPP when it has no nf_tables at all; -EAGAIN when others never
 * stopped changing tables. */
enum nftable_family { NFTABLE_IP6 = 1u << 0, NFTABLE_BRIDGE = 1u << 1 };
typedef int nftable_want_fn(void *arg, struct nftable_state *out, struct err *e);
NODISCARD int nftable_restore(struct netlink *nl, const char *table, nftable_want_fn *want,
			      void *arg, unsigned *missing, struct err *e);

/* Are our tables there, of this version? 1, 0, or -errno. */
NODISCARD int nftable_present(struct netlink *nl, const char *table, struct err *e);

/* Take the tables away, the administrator's chain with them. Not there: no failure. */
NODISCARD int nftable_remove(struct netlink *nl, const char *table, struct err *e);

/* A socket, non-blocking, that becomes readable when somebody takes a table, chain, set or rule
 * away (any: look with nftable_present), never at elements coming and going. Read it empty with
 * nftable_watched. fd or -errno. */
NODISCARD int nftable_watch(struct err *e);
void nftable_watched(int fd);
