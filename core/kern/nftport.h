// SPDX-License-Identifier: MIT
/* nftport.h - port 53 of an address of the loopback is answered at another port of it.
 *
 * A container's resolver is asked at 127.0.0.11:53, but a server of the container's own may want
 * 0.0.0.0:53, so ours is bound to free ports. Two stateless rules a protocol, in the container's
 * own namespace: ports are written over in what goes out, there and back. No connection tracking,
 * so nothing is remembered and nothing is to be loaded for it. Questions are changed after, answers
 * before whatever the container filters, translates or tracks itself: it sees port 53.
 *
 *   chain questions  output 300     ip daddr ADDR udp dport PORT udp dport set UDP (tcp as well)
 *   chain answers    output -300    ip saddr ADDR udp sport UDP udp sport set PORT
 *
 * What an attacker controls: with CAP_NET_ADMIN the whole namespace; it can take its own resolver
 * away, and nothing else. */
#pragma once

#include "core/net/netlink.h"

struct nftport {
	uint8_t addr[4];	/* network order */
	uint16_t port;		/* what is asked; host order, as the others */
	uint16_t udp, tcp;	/* who is bound */
};

/* nl is for NETLINK_NETFILTER, of that namespace. 0; -EOPNOTSUPP when the kernel has no nf_tables;
 * or -errno, and nothing is changed. */
NODISCARD int nftport_add(struct netlink *nl, const struct nftport *p, struct err *e);
