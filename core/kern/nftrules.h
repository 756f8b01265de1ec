// SPDX-License-Identifier: MIT
/* nftrules.h - between nftable.c and nftrules.c: our sets, and the rules that look them up. */
#pragma once

#include "core/fmt/ipnet.h"
#include "core/kern/nft.h"

/* What differs between the two families. */
struct nftfamily {
	uint8_t nf;		/* NFT_IP, NFT_IP6 */
	uint8_t ip;		/* 4, 6 */
	uint32_t len;		/* of an address */
	uint32_t shown;
	uint32_t src, dst;	/* where in its header */
};
extern const struct nftfamily nftfamilies[2];

enum { NFTRULES_LINK = 16, NFTRULES_ETHER = 8 };	/* bytes in a key */

/* A chain that says of what version the table is; one each for what the kernel has not. */
#define NFTRULES_VERSION	"version-1"
#define NFTRULES_NO_IP6		"without-ip6"
#define NFTRULES_NO_BRIDGE	"without-bridge"

/* Make what is missing of tables, sets and chains, empty our sets and chains, fill the chains. */
void nftrules_ip(struct netlink_batch *b, const char *table, const struct nftfamily *f,
		 uint32_t mark, bool kinds);

/* A rule that says nothing, for which the kernel must know the kinds of links (Linux 5.0): only
 * then may nftrules_ip have kinds. */
void nftrules_kind_probe(const struct nft *t, const char *chain);
void nftrules_bridge(struct netlink_batch *b, const char *table);
