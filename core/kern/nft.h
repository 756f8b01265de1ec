// SPDX-License-Identifier: MIT
/* nft.h - nf_tables messages: tables, chains, sets, elements, and rules of expressions.
 *
 * All of a batch between nft_begin and nft_commit is one transaction: every message of it is
 * carried out, or none. Expressions work on sixteen registers of 32 bits; a value takes as many
 * as it needs, from the one named on (NFT_REG32_00 + n), and is filled with zeroes to a multiple
 * of 4 bytes, in keys of sets as well.
 *
 * What an attacker controls: nothing here. Names and keys are put into messages of fixed shape;
 * who may choose them is core/kern/nftable.h's matter.
 *
 * Sources: linux/netfilter/nf_tables.h, linux/netfilter/nfnetlink.h; nft(8) for the meaning. */
#pragma once

#include <linux/netfilter/nf_tables.h>

#include "core/net/netlink.h"

/* Of linux/netfilter.h, which no libc header bears beside it: families, hooks, verdicts. */
enum { NFT_IP = 2, NFT_BRIDGE = 7, NFT_IP6 = 10 };
enum { NFT_PREROUTING, NFT_INPUT, NFT_FORWARD, NFT_OUTPUT, NFT_POSTROUTING };
enum { NFT_DROP, NFT_ACCEPT };

/* What a table's messages need. */
struct nft {
	struct netlink_batch *b;	/* borrowed */
	uint8_t family;		/* NFT_IP, NFT_IP6, NFT_BRIDGE */
	const char *table;	/* borrowed */
};

/* gen: the transaction is refused with ERESTART when the rule set is of another generation
 * (nft_generation) by then; 0: of whichever. */
void nft_begin(struct netlink_batch *b, uint32_t gen);
void nft_commit(struct netlink_batch *b);
NODISCARD int nft_generation(struct netlink *nl, uint32_t *gen, struct err *e);

void nft_table(const struct nft *t);	/* there already: no failure; for all that are made here */
void nft_table_remove(const struct nft *t);

/* A chain that is jumped to; one the kernel calls at a hook. */
void nft_chain(const struct nft *t, const char *chain);
void nft_base(const struct nft *t, const char *chain, const char *type, uint32_t hook,
	      int32_t priority);
void nft_flush(const struct nft *t, const char *chain);	/* all its rules */

/* How nft(8) is to show a value. In a concatenation the first is the highest six bits. */
enum nft_shown {
	NFT_FAMILY = 2,
	NFT_IPV4 = 7,
	NFT_IPV6 = 8,
	NFT_ETHER = 9,
	NFT_PROTO = 12,
	NFT_PORT = 13,
	NFT_IFNAME = 41,
};

struct nft_set {
	const char *name;
	uint32_t shown, len;	/* of a key: nft_shown, bytes */
	uint32_t data_shown, data_len;	/* of what it maps to; 0: a set */
	bool interval;		/* keys are the ends of ranges */
};

void nft_set(const struct nft *t, const struct nft_set *s);
void nft_set_flush(const struct nft *t, const char *set);	/* all its elements */

/* Elements: begin, nft_element any number of times, end. */
struct nft_elements {
	struct nft t;
	const char *set;
	bool add;
	size_t list;		/* the open nest; 0: none */
};
void nft_elements(struct nft_elements *l, const struct nft *t, const char *set, bool add);
void nft_element(struct nft_elements *l, const void *key, size_t len, const void *data,
		 size_t data_len, uint32_t flags);
void nft_elements_end(struct nft_elements *l);

/* A rule at the end of a chain: begin, expressions, end. */
struct nft_rule {
	struct nft t;
	size_t list;
};
void nft_rule(struct nft_rule *r, const struct nft *t, const char *chain);
void nft_rule_end(struct nft_rule *r);

void nft_meta(struct nft_rule *r, uint32_t key, uint32_t reg);
void nft_meta_set(struct nft_rule *r, uint32_t key, uint32_t reg);
void nft_ct(struct nft_rule *r, uint32_t key, uint32_t reg);
void nft_payload(struct nft_rule *r, uint32_t base, uint32_t at, uint32_t len, uint32_t reg);
/* Bytes of a header become the register's; csum_at: where its 16-bit Internet checksum is */
void nft_payload_set(struct nft_rule *r, uint32_t base, uint32_t at, uint32_t len,
		     uint32_t csum_at, uint32_t reg);
void nft_value(struct nft_rule *r, uint32_t reg, const void *data, size_t len);	/* reg = data */
void nft_fib_type(struct nft_rule *r, uint32_t reg);	/* RTN_* of the destination */
/* reg = reg & mask ^ flip, of 4 bytes in the host's order */
void nft_bits(struct nft_rule *r, uint32_t reg, uint32_t mask, uint32_t flip);
/* reg = reg & mask, bytes as they are */
void nft_mask(struct nft_rule *r, uint32_t reg, const void *mask, uint32_t len);
/* The rule ends here unless it is so. op: NFT_CMP_*; _u32 in the host's order */
void nft_cmp(struct nft_rule *r, uint32_t op, uint32_t reg, const void *data, size_t len);
void nft_cmp_u32(struct nft_rule *r, uint32_t op, uint32_t reg, uint32_t value);
void nft_cmp_u8(struct nft_rule *r, uint32_t op, uint32_t reg, uint8_t value);
/* ... unless the key that begins in reg is in the set (is not: invert). */
void nft_lookup(struct nft_rule *r, const char *set, uint32_t reg, bool invert);
void nft_map(struct nft_rule *r, const char *map, uint32_t reg, uint32_t to);
void nft_dnat(struct nft_rule *r, uint32_t addr_reg, uint32_t port_reg);
void nft_masquerade(struct nft_rule *r);
/* NFT_ACCEPT, NFT_DROP, NFT_RETURN; NFT_JUMP and NFT_GOTO with a chain. */
void nft_verdict(struct nft_rule *r, int32_t code, const char *chain);
