// SPDX-License-Identifier: MIT
#include "core/kern/nft.h"

#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>

enum {
	LITTLE = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	SUBSYS = NFNL_SUBSYS_NFTABLES << (LITTLE ? 8 : 0),	/* in the order of the wire */
	ELEMENTS_FULL = 32 << 10,	/* bytes of one message's list; a nest holds 64 kB */
};

static void message(struct netlink_batch *b, uint8_t family, uint16_t type, uint16_t flags,
		    const char *say, const char *name)
{
	const struct nfgenmsg head = { .nfgen_family = family };

	netlink_add(b, NFNL_SUBSYS_NFTABLES << 8 | type, flags, &head, sizeof(head),
		    "nf_tables: %s %s", say, name);
}

static void edge(struct netlink_batch *b, uint16_t type)
{
	const struct nfgenmsg head = { .res_id = SUBSYS };

	netlink_add(b, type, 0, &head, sizeof(head), "nf_tables: change the rules");
}

void nft_begin(struct netlink_batch *b, uint32_t gen)
{
	edge(b, NFNL_MSG_BATCH_BEGIN);
	if (gen)
		netlink_put_be32(b, NFNL_BATCH_GENID, gen);
}

void nft_commit(struct netlink_batch *b)
{
	netlink_ack_here(b);	/* the end itself acknowledges nothing before 6.10 */
	edge(b, NFNL_MSG_BATCH_END);
}

static int see_generation(void *arg, const struct nlmsghdr *h)
{
	size_t len;
	const void *attrs = netlink_attrs(h, sizeof(struct nfgenmsg), &len);
	const uint8_t *gen = netlink_find(attrs, len, NFTA_GEN_ID, 4, NULL);

	if (gen)
		*(uint32_t *)arg = (uint32_t)gen[0] << 24 | gen[1] << 16 | gen[2] << 8 | gen[3];
	return 0;
}

int nft_generation(struct netlink *nl, uint32_t *gen, struct err *e)
{
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;

	*gen = 0;
	message(&b, AF_UNSPEC, NFT_MSG_GETGEN, 0, "read the", "generation");
	return netlink_ask(nl, &b, see_generation, gen, e);
}

/* --- tables, chains, sets ------------------------------------------------------ */

void nft_table(const struct nft *t)
{
	message(t->b, t->family, NFT_MSG_NEWTABLE, NLM_F_CREATE, "make the table", t->table);
	netlink_put_text(t->b, NFTA_TABLE_NAME, t->table);
}

void nft_table_remove(const struct nft *t)
{
	message(t->b, t->family, NFT_MSG_DELTABLE, 0, "remove the table", t->table);
	netlink_put_text(t->b, NFTA_TABLE_NAME, t->table);
}

void nft_chain(const struct nft *t, const char *chain)
{
	message(t->b, t->family, NFT_MSG_NEWCHAIN, NLM_F_CREATE, "make the chain", chain);
	netlink_put_text(t->b, NFTA_CHAIN_TABLE, t->table);
	netlink_put_text(t->b, NFTA_CHAIN_NAME, chain);
}

void nft_base(const struct nft *t, const char *chain, const char *type, uint32_t hook,
	      int32_t priority)
{
	size_t nest;

	nft_chain(t, chain);
	nest = netlink_nest(t->b, NFTA_CHAIN_HOOK);
	netlink_put_be32(t->b, NFTA_HOOK_HOOKNUM, hook);
	netlink_put_be32(t->b, NFTA_HOOK_PRIORITY, (uint32_t)priority);
	netlink_end(t->b, nest);
	netlink_put_be32(t->b, NFTA_CHAIN_POLICY, NFT_ACCEPT);
	netlink_put_text(t->b, NFTA_CHAIN_TYPE, type);
}

void nft_flush(const struct nft *t, const char *chain)
{
	message(t->b, t->family, NFT_MSG_DELRULE, 0, "empty the chain", chain);
	netlink_put_text(t->b, NFTA_RULE_TABLE, t->table);
	netlink_put_text(t->b, NFTA_RULE_CHAIN, chain);
}

void nft_set(const struct nft *t, const struct nft_set *s)
{
	struct netlink_batch *b = t->b;

	message(b, t->family, NFT_MSG_NEWSET, NLM_F_CREATE, "make the set", s->name);
	netlink_put_text(b, NFTA_SET_TABLE, t->table);
	netlink_put_text(b, NFTA_SET_NAME, s->name);
	netlink_put_be32(b, NFTA_SET_FLAGS, (s->interval ? NFT_SET_INTERVAL : 0) |
					    (s->data_len ? NFT_SET_MAP : 0));
	netlink_put_be32(b, NFTA_SET_KEY_TYPE, s->shown);
	netlink_put_be32(b, NFTA_SET_KEY_LEN, s->len);
	if (s->data_len) {
		netlink_put_be32(b, NFTA_SET_DATA_TYPE, s->data_shown);
		netlink_put_be32(b, NFTA_SET_DATA_LEN, s->data_len);
	}
	netlink_put_be32(b, NFTA_SET_ID, b->n);	/* asked for; we name sets by name */
	if (s->shown == NFT_IFNAME) {
		/* For nft(8) alone: the key (0) is in the host's order (1), or it shows "". */
		const struct {
			uint8_t type, len;
			uint8_t order[4];
		} note = { 0, 4, { LITTLE, 0, 0, !LITTLE } };

		netlink_put(b, NFTA_SET_USERDATA, &note, sizeof(note));
	}
}

void nft_set_flush(const struct nft *t, const char *set)
{
	message(t->b, t->family, NFT_MSG_DELSETELEM, 0, "empty the set", set);
	netlink_put_text(t->b, NFTA_SET_ELEM_LIST_TABLE, t->table);
	netlink_put_text(t->b, NFTA_SET_ELEM_LIST_SET, set);
}

void nft_elements(struct nft_elements *l, const struct nft *t, const char *set, bool add)
{
	*l = (struct nft_elements){ .t = *t, .set = set, .add = add };
}

void nft_elements_end(struct nft_elements *l)
{
	if (l->list)
		netlink_end(l->t.b, l->list);
	l->list = 0;
}

static void value(struct netlink_batch *b, uint16_t type, const void *data, size_t len)
{
	size_t nest = netlink_nest(b, type);

	netlink_put(b, NFTA_DATA_VALUE, data, len);
	netlink_end(b, nest);
}

void nft_element(struct nft_elements *l, const void *key, size_t len, const void *data,
		 size_t data_len, uint32_t flags)
{
	struct netlink_batch *b = l->t.b;
	size_t nest;

	if (l->list && b->buf.len - l->list > ELEMENTS_FULL)
		nft_elements_end(l);
	if (!l->list) {
		message(b, l->t.family, l->add ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM,
			l->add ? NLM_F_CREATE : 0, l->add ? "add to" : "take from", l->set);
		netlink_put_text(b, NFTA_SET_ELEM_LIST_TABLE, l->t.table);
		netlink_put_text(b, NFTA_SET_ELEM_LIST_SET, l->set);
		l->list = netlink_nest(b, NFTA_SET_ELEM_LIST_ELEMENTS);
	}
	nest = netlink_nest(b, NFTA_LIST_ELEM);
	if (flags)
		netlink_put_be32(b, NFTA_SET_ELEM_FLAGS, flags);
	value(b, NFTA_SET_ELEM_KEY, key, len);
	if (data_len && l->add)
		value(b, NFTA_SET_ELEM_DATA, data, data_len);
	netlink_end(b, nest);
}

/* --- rules --------------------------------------------------------------------- */

void nft_rule(struct nft_rule *r, const struct nft *t, const char *chain)
{
	r->t = *t;
	message(t->b, t->family, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, "add a rule to",
		chain);
	netlink_put_text(t->b, NFTA_RULE_TABLE, t->table);
	netlink_put_text(t->b, NFTA_RULE_CHAIN, chain);
	r->list = netlink_nest(t->b, NFTA_RULE_EXPRESSIONS);
}

void nft_rule_end(struct nft_rule *r)
{
	netlink_end(r->t.b, r->list);
}

/* The nests around an expression's own attributes. */
struct expr {
	struct netlink_batch *b;
	size_t elem, data;
};

static struct expr expr(struct nft_rule *r, const char *name)
{
	struct expr x = { .b = r->t.b };

	x.elem = netlink_nest(x.b, NFTA_LIST_ELEM);
	netlink_put_text(x.b, NFTA_EXPR_NAME, name);
	x.data = netlink_nest(x.b, NFTA_EXPR_DATA);
	return x;
}

static void expr_end(const struct expr *x)
{
	netlink_end(x->b, x->data);
	netlink_end(x->b, x->elem);
}

void nft_meta(struct nft_rule *r, uint32_t key, uint32_t reg)
{
	struct expr x = expr(r, "meta");

	netlink_put_be32(x.b, NFTA_META_DREG, reg);
	netlink_put_be32(x.b, NFTA_META_KEY, key);
	expr_end(&x);
}

void nft_meta_set(struct nft_rule *r, uint32_t key, uint32_t reg)
{
	struct expr x = expr(r, "meta");

	netlink_put_be32(x.b, NFTA_META_KEY, key);
	netlink_put_be32(x.b, NFTA_META_SREG, reg);
	expr_end(&x);
}

void nft_ct(struct nft_rule *r, uint32_t key, uint32_t reg)
{
	struct expr x = expr(r, "ct");

	netlink_put_be32(x.b, NFTA_CT_DREG, reg);
	netlink_put_be32(x.b, NFTA_CT_KEY, key);
	expr_end(&x);
}

void nft_payload(struct nft_rule *r, uint32_t base, uint32_t at, uint32_t len, uint32_t reg)
{
	struct expr x = expr(r, "payload");

	netlink_put_be32(x.b, NFTA_PAYLOAD_DREG, reg);
	netlink_put_be32(x.b, NFTA_PAYLOAD_BASE, base);
	netlink_put_be32(x.b, NFTA_PAYLOAD_OFFSET, at);
	netlink_put_be32(x.b, NFTA_PAYLOAD_LEN, len);
	expr_end(&x);
}

void nft_payload_set(struct nft_rule *r, uint32_t base, uint32_t at, uint32_t len,
		     uint32_t csum_at, uint32_t reg)
{
	struct expr x = expr(r, "payload");

	netlink_put_be32(x.b, NFTA_PAYLOAD_SREG, reg);
	netlink_put_be32(x.b, NFTA_PAYLOAD_BASE, base);
	netlink_put_be32(x.b, NFTA_PAYLOAD_OFFSET, at);
	netlink_put_be32(x.b, NFTA_PAYLOAD_LEN, len);
	netlink_put_be32(x.b, NFTA_PAYLOAD_CSUM_TYPE, NFT_PAYLOAD_CSUM_INET);
	netlink_put_be32(x.b, NFTA_PAYLOAD_CSUM_OFFSET, csum_at);
	expr_end(&x);
}

void nft_value(struct nft_rule *r, uint32_t reg, const void *data, size_t len)
{
	struct expr x = expr(r, "immediate");

	netlink_put_be32(x.b, NFTA_IMMEDIATE_DREG, reg);
	value(x.b, NFTA_IMMEDIATE_DATA, data, len);
	expr_end(&x);
}

void nft_fib_type(struct nft_rule *r, uint32_t reg)
{
	struct expr x = expr(r, "fib");

	netlink_put_be32(x.b, NFTA_FIB_DREG, reg);
	netlink_put_be32(x.b, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
	netlink_put_be32(x.b, NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR);
	expr_end(&x);
}

static void bitwise(struct nft_rule *r, uint32_t reg, const void *mask, const void *flip,
		    uint32_t len)
{
	struct expr x = expr(r, "bitwise");

	netlink_put_be32(x.b, NFTA_BITWISE_SREG, reg);
	netlink_put_be32(x.b, NFTA_BITWISE_DREG, reg);
	netlink_put_be32(x.b, NFTA_BITWISE_LEN, len);
	value(x.b, NFTA_BITWISE_MASK, mask, len);
	value(x.b, NFTA_BITWISE_XOR, flip, len);
	expr_end(&x);
}

void nft_bits(struct nft_rule *r, uint32_t reg, uint32_t mask, uint32_t flip)
{
	bitwise(r, reg, &mask, &flip, sizeof(mask));
}

void nft_mask(struct nft_rule *r, uint32_t reg, const void *mask, uint32_t len)
{
	static const uint8_t none[16];

	bitwise(r, reg, mask, none, len);
}

void nft_cmp(struct nft_rule *r, uint32_t op, uint32_t reg, const void *data, size_t len)
{
	struct expr x = expr(r, "cmp");

	netlink_put_be32(x.b, NFTA_CMP_SREG, reg);
	netlink_put_be32(x.b, NFTA_CMP_OP, op);
	value(x.b, NFTA_CMP_DATA, data, len);
	expr_end(&x);
}

void nft_cmp_u32(struct nft_rule *r, uint32_t op, uint32_t reg, uint32_t v)
{
	nft_cmp(r, op, reg, &v, sizeof(v));
}

void nft_cmp_u8(struct nft_rule *r, uint32_t op, uint32_t reg, uint8_t v)
{
	nft_cmp(r, op, reg, &v, sizeof(v));
}

void nft_lookup(struct nft_rule *r, const char *set, uint32_t reg, bool invert)
{
	struct expr x = expr(r, "lookup");

	netlink_put_text(x.b, NFTA_LOOKUP_SET, set);
	netlink_put_be32(x.b, NFTA_LOOKUP_SREG, reg);
	if (invert)
		netlink_put_be32(x.b, NFTA_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
	expr_end(&x);
}

void nft_map(struct nft_rule *r, const char *map, uint32_t reg, uint32_t to)
{
	struct expr x = expr(r, "lookup");

	netlink_put_text(x.b, NFTA_LOOKUP_SET, map);
	netlink_put_be32(x.b, NFTA_LOOKUP_SREG, reg);
	netlink_put_be32(x.b, NFTA_LOOKUP_DREG, to);
	expr_end(&x);
}

void nft_dnat(struct nft_rule *r, uint32_t addr_reg, uint32_t port_reg)
{
	struct expr x = expr(r, "nat");

	netlink_put_be32(x.b, NFTA_NAT_TYPE, NFT_NAT_DNAT);
	netlink_put_be32(x.b, NFTA_NAT_FAMILY, r->t.family);
	netlink_put_be32(x.b, NFTA_NAT_REG_ADDR_MIN, addr_reg);
	netlink_put_be32(x.b, NFTA_NAT_REG_PROTO_MIN, port_reg);
	expr_end(&x);
}

void nft_masquerade(struct nft_rule *r)
{
	struct expr x = expr(r, "masq");

	expr_end(&x);
}

void nft_verdict(struct nft_rule *r, int32_t code, const char *chain)
{
	struct expr x = expr(r, "immediate");
	size_t data, verdict;

	netlink_put_be32(x.b, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = netlink_nest(x.b, NFTA_IMMEDIATE_DATA);
	verdict = netlink_nest(x.b, NFTA_DATA_VERDICT);
	netlink_put_be32(x.b, NFTA_VERDICT_CODE, (uint32_t)code);
	if (chain)
		netlink_put_text(x.b, NFTA_VERDICT_CHAIN, chain);
	netlink_end(x.b, verdict);
	netlink_end(x.b, data);
	expr_end(&x);
}
