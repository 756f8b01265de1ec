// SPDX-License-Identifier: MIT
/* nftrules.c - the rules that core/kern/nftable.h tells of. */
#include "core/kern/nftrules.h"

#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/rtnetlink.h>

enum {
	ARP_SENDER_MAC = 8, ARP_SENDER_IP = 14,	/* in its header, for Ethernet and IPv4 */
	ICMP6_ADVERT_TARGET = 8,
	ICMP6 = 58, UDP = 17,
	ROUTER_ADVERT = 134, NEIGHBOUR_ADVERT = 136, REDIRECT = 137,
	IFKIND = 16,		/* bytes that the kernel compares of a kind's name */
	LO = 1,			/* the number of every namespace's loopback */
	NET = NFT_PAYLOAD_NETWORK_HEADER, TRANSPORT = NFT_PAYLOAD_TRANSPORT_HEADER,
};

/* The nth register of 4 bytes. */
#define REG(n)	(NFT_REG32_00 + (n))

const struct nftfamily nftfamilies[2] = {
	{ .nf = NFT_IP, .ip = 4, .len = 4, .shown = NFT_IPV4, .src = 12, .dst = 16 },
	{ .nf = NFT_IP6, .ip = 6, .len = 16, .shown = NFT_IPV6, .src = 8, .dst = 24 },
};

static const uint8_t loopback6[16] = { [15] = 1 };

static uint32_t after(const struct nftfamily *f)
{
	return REG(f->len / 4);	/* the register behind an address in the first */
}

/* --- conditions ---------------------------------------------------------------- */

static void link_in(struct nft_rule *r, uint32_t key, const char *set, bool invert)
{
	nft_meta(r, key, REG(0));
	nft_lookup(r, set, REG(0), invert);
}

static void addr_in(struct nft_rule *r, const struct nftfamily *f, uint32_t at, const char *set)
{
	nft_payload(r, NET, at, f->len, REG(0));
	nft_lookup(r, set, REG(0), false);
}

static void addr_link_in(struct nft_rule *r, const struct nftfamily *f, uint32_t at, uint32_t key,
			 const char *set, bool invert)
{
	nft_payload(r, NET, at, f->len, REG(0));
	nft_meta(r, key, after(f));
	nft_lookup(r, set, REG(0), invert);
}

/* Is the address at `at` of the loopback's? op: NFT_CMP_EQ or _NEQ */
static void loopback(struct nft_rule *r, const struct nftfamily *f, uint32_t at, uint32_t op)
{
	nft_payload(r, NET, at, f->ip == 4 ? 1 : 16, REG(0));
	if (f->ip == 4)
		nft_cmp_u8(r, op, REG(0), 127);
	else
		nft_cmp(r, op, REG(0), loopback6, sizeof(loopback6));
}

static void port_key(struct nft_rule *r, uint32_t reg)
{
	nft_meta(r, NFT_META_L4PROTO, reg);
	nft_payload(r, TRANSPORT, 2, 2, reg + 1);
}

static void status(struct nft_rule *r, uint32_t key, uint32_t bits, uint32_t op)
{
	nft_ct(r, key, REG(0));
	nft_bits(r, REG(0), bits, 0);
	nft_cmp_u32(r, op, REG(0), 0);
}

static void ends(struct nft_rule *r, int32_t code, const char *chain)
{
	nft_verdict(r, code, chain);
	nft_rule_end(r);
}

/* --- chains of ip and ip6 ------------------------------------------------------ */

static void raw(const struct nft *t, const struct nftfamily *f, uint32_t mark)
{
	const uint32_t at[] = { f->dst, f->src };
	struct nft_rule r;

	for (size_t i = 0; i < countof(at); i++) {
		nft_rule(&r, t, "raw");
		loopback(&r, f, at[i], NFT_CMP_EQ);
		nft_meta(&r, NFT_META_IIF, REG(0));
		nft_cmp_u32(&r, NFT_CMP_NEQ, REG(0), LO);
		ends(&r, NFT_DROP, NULL);
	}
	nft_rule(&r, t, "raw");
	addr_in(&r, f, f->dst, "addr");
	addr_link_in(&r, f, f->dst, NFT_META_IIFNAME, "own", true);
	ends(&r, NFT_DROP, NULL);

	nft_rule(&r, t, "raw");
	link_in(&r, NFT_META_IIFNAME, "bridges", false);
	nft_meta(&r, NFT_META_MARK, REG(0));
	nft_bits(&r, REG(0), ~mark, mark);
	nft_meta_set(&r, NFT_META_MARK, REG(0));
	nft_rule_end(&r);
}

static void to_host(const struct nft *t, const char *chain)
{
	struct nft_rule r;

	nft_rule(&r, t, chain);
	nft_fib_type(&r, REG(0));
	nft_cmp_u32(&r, NFT_CMP_EQ, REG(0), RTN_LOCAL);
	ends(&r, NFT_GOTO, "ports");
}

static void map_port(struct nft_rule *r, const struct nftfamily *f, const char *map)
{
	nft_map(r, map, REG(0), REG(0));
	nft_dnat(r, REG(0), after(f));
	nft_rule_end(r);
}

static void ports(const struct nft *t, const struct nftfamily *f)
{
	struct nft_rule r;

	nft_rule(&r, t, "ports");
	nft_payload(&r, NET, f->dst, f->len, REG(0));
	port_key(&r, after(f));
	map_port(&r, f, "on");
	if (f->ip == 4) {
		nft_rule(&r, t, "ports");
		loopback(&r, f, f->dst, NFT_CMP_EQ);
		port_key(&r, REG(0));
		map_port(&r, f, "local");
	}
	nft_rule(&r, t, "ports");
	loopback(&r, f, f->dst, NFT_CMP_NEQ);
	port_key(&r, REG(0));
	map_port(&r, f, "any");
}

static void from_a_bridge(struct nft_rule *r)
{
	static const char bridge[IFKIND] = "bridge";

	nft_meta(r, NFT_META_IIFKIND, REG(0));
	nft_cmp(r, NFT_CMP_EQ, REG(0), bridge, sizeof(bridge));
}

void nftrules_kind_probe(const struct nft *t, const char *chain)
{
	struct nft_rule r;

	nft_rule(&r, t, chain);
	from_a_bridge(&r);
	nft_rule_end(&r);
}

/* What is no matter of ours, where nothing was passed on before we came. */
static void elsewhere(const struct nft *t, uint32_t mark, bool kinds)
{
	struct nft_rule r;

	nft_rule(&r, t, "elsewhere");	/* from a bridge of ours or of another ROOT's */
	nft_meta(&r, NFT_META_MARK, REG(0));
	nft_bits(&r, REG(0), mark, 0);
	nft_cmp_u32(&r, NFT_CMP_NEQ, REG(0), 0);
	ends(&r, NFT_ACCEPT, NULL);

	nft_rule(&r, t, "elsewhere");	/* published, by whomever */
	status(&r, NFT_CT_STATUS, IPS_DST_NAT, NFT_CMP_NEQ);
	ends(&r, NFT_ACCEPT, NULL);

	if (kinds) {	/* another engine's, which has its own rules */
		nft_rule(&r, t, "elsewhere");
		from_a_bridge(&r);
		ends(&r, NFT_ACCEPT, NULL);
	}
	nft_rule(&r, t, "elsewhere");
	nft_meta(&r, NFT_META_NFPROTO, REG(0));
	nft_lookup(&r, "closed", REG(0), false);
	ends(&r, NFT_DROP, NULL);
}

static void forward(const struct nft *t, const struct nftfamily *f)
{
	const uint32_t known = NF_CT_STATE_BIT(IP_CT_ESTABLISHED) | NF_CT_STATE_BIT(IP_CT_RELATED);
	struct nft_rule r;

	nft_rule(&r, t, "forward");
	ends(&r, NFT_JUMP, "coracle-user");

	nft_rule(&r, t, "forward");
	status(&r, NFT_CT_STATE, known, NFT_CMP_NEQ);
	ends(&r, NFT_ACCEPT, NULL);

	nft_rule(&r, t, "forward");
	nft_meta(&r, NFT_META_IIFNAME, REG(0));
	nft_meta(&r, NFT_META_OIFNAME, REG(4));
	nft_lookup(&r, "same", REG(0), false);
	ends(&r, NFT_ACCEPT, NULL);

	nft_rule(&r, t, "forward");
	link_in(&r, NFT_META_IIFNAME, "internal", false);
	ends(&r, NFT_DROP, NULL);

	/* what conntrack does not know would leave with the container's own address */
	nft_rule(&r, t, "forward");
	link_in(&r, NFT_META_IIFNAME, "bridges", false);
	status(&r, NFT_CT_STATE, NF_CT_STATE_INVALID_BIT, NFT_CMP_NEQ);
	ends(&r, NFT_DROP, NULL);

	nft_rule(&r, t, "forward");
	link_in(&r, NFT_META_OIFNAME, "bridges", false);
	ends(&r, NFT_GOTO, "inward");

	nft_rule(&r, t, "forward");
	ends(&r, NFT_GOTO, "elsewhere");

	nft_rule(&r, t, "inward");
	status(&r, NFT_CT_STATUS, IPS_DST_NAT, NFT_CMP_NEQ);
	nft_payload(&r, NET, f->dst, f->len, REG(0));
	port_key(&r, after(f));
	nft_lookup(&r, "published", REG(0), false);
	ends(&r, NFT_ACCEPT, NULL);

	/* a container of ours that is not closed: its network was made so */
	nft_rule(&r, t, "inward");
	nft_payload(&r, NET, f->dst, f->len, REG(0));
	nft_lookup(&r, "addr", REG(0), true);
	addr_link_in(&r, f, f->dst, NFT_META_OIFNAME, "own", false);
	ends(&r, NFT_ACCEPT, NULL);

	nft_rule(&r, t, "inward");
	ends(&r, NFT_DROP, NULL);
}

static void back(const struct nft *t, const struct nftfamily *f)
{
	struct nft_rule r;

	nft_rule(&r, t, "back");
	link_in(&r, NFT_META_OIFNAME, "bridges", false);
	ends(&r, NFT_GOTO, "hairpin");

	nft_rule(&r, t, "back");
	addr_in(&r, f, f->src, "nets");
	nft_masquerade(&r);
	nft_rule_end(&r);

	/* An answer must come back through here, or it would have the wrong source. */
	nft_rule(&r, t, "hairpin");
	status(&r, NFT_CT_STATUS, IPS_DST_NAT, NFT_CMP_EQ);
	ends(&r, NFT_RETURN, NULL);

	nft_rule(&r, t, "hairpin");
	addr_link_in(&r, f, f->src, NFT_META_OIFNAME, "own", false);
	nft_masquerade(&r);
	nft_rule_end(&r);

	nft_rule(&r, t, "hairpin");
	addr_in(&r, f, f->src, "nets");
	nft_masquerade(&r);
	nft_rule_end(&r);

	if (f->ip == 4) {
		nft_rule(&r, t, "hairpin");
		loopback(&r, f, f->src, NFT_CMP_EQ);
		nft_masquerade(&r);
		nft_rule_end(&r);
	}
}

static void empty_sets(const struct nft *t, const struct nft_set *sets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		nft_set(t, &sets[i]);
		nft_set_flush(t, sets[i].name);
	}
}

static void empty_chains(const struct nft *t, const char *const *chains, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		nft_chain(t, chains[i]);
		nft_flush(t, chains[i]);
	}
}

static void base(const struct nft *t, const char *chain, const char *type, uint32_t hook,
		 int32_t priority)
{
	nft_base(t, chain, type, hook, priority);
	nft_flush(t, chain);
}

#define SHOWN2(a, b)	((uint32_t)(a) << 6 | (b))
#define SHOWN3(a, b, c)	(SHOWN2(a, b) << 6 | (c))

void nftrules_ip(struct netlink_batch *b, const char *table, const struct nftfamily *f,
		 uint32_t mark, bool kinds)
{
	static const char *const chains[] = {
		NFTRULES_VERSION, "ports", "inward", "elsewhere", "hairpin",
	};
	const uint32_t a = f->shown, n = f->len, link = NFTRULES_LINK;
	const uint32_t target = SHOWN2(a, NFT_PORT), port = SHOWN2(NFT_PROTO, NFT_PORT);
	const uint32_t at_port = SHOWN3(a, NFT_PROTO, NFT_PORT);
	const struct nft_set sets[] = {
		{ .name = "bridges", .shown = NFT_IFNAME, .len = link },
		{ .name = "internal", .shown = NFT_IFNAME, .len = link },
		{ .name = "apart", .shown = NFT_IFNAME, .len = link },
		{ .name = "same", .shown = SHOWN2(NFT_IFNAME, NFT_IFNAME), .len = 2 * link },
		{ .name = "closed", .shown = NFT_FAMILY, .len = 1 },
		{ .name = "nets", .shown = a, .len = n, .interval = true },
		{ .name = "addr", .shown = a, .len = n },
		{ .name = "own", .shown = SHOWN2(a, NFT_IFNAME), .len = n + link },
		{ .name = "published", .shown = at_port, .len = n + 8 },
		{ .name = "on", .shown = at_port, .len = n + 8,
		  .data_shown = target, .data_len = n + 4 },
		{ .name = "any", .shown = port, .len = 8, .data_shown = target, .data_len = n + 4 },
		{ .name = "local", .shown = port, .len = 8,
		  .data_shown = target, .data_len = n + 4 },
	};
	const struct nft t = { .b = b, .family = f->nf, .table = table };
	struct nft_rule r;

	nft_table(&t);
	empty_sets(&t, sets, countof(sets));
	nft_chain(&t, "coracle-user");
	empty_chains(&t, chains, countof(chains));
	base(&t, "raw", "filter", NFT_PREROUTING, -300);
	base(&t, "dnat", "nat", NFT_PREROUTING, -100);
	base(&t, "output", "nat", NFT_OUTPUT, -100);
	base(&t, "forward", "filter", NFT_FORWARD, 0);
	base(&t, "back", "nat", NFT_POSTROUTING, 100);
	raw(&t, f, mark);
	nft_rule(&r, &t, "dnat");
	link_in(&r, NFT_META_IIFNAME, "apart", false);
	ends(&r, NFT_ACCEPT, NULL);
	to_host(&t, "dnat");
	to_host(&t, "output");
	ports(&t, f);
	forward(&t, f);
	elsewhere(&t, mark, kinds);
	back(&t, f);
}

/* --- the bridge table ---------------------------------------------------------- */

/* Drop (or take, with accept) what is not (is) from this port with this MAC and address. */
static void sender(const struct nft *t, const char *chain, const char *set, uint32_t mac_base,
		   uint32_t mac_at, uint32_t ip_base, uint32_t ip_at, uint32_t ip_len)
{
	struct nft_rule r;

	nft_rule(&r, t, chain);
	nft_meta(&r, NFT_META_IIFNAME, REG(0));
	nft_payload(&r, mac_base, mac_at, 6, REG(4));
	if (ip_len)
		nft_payload(&r, ip_base, ip_at, ip_len, REG(6));
	nft_lookup(&r, set, REG(0), true);
	ends(&r, NFT_DROP, NULL);
}

static void protocol(const struct nft *t, const char *type, const char *chain)
{
	struct nft_rule r;

	nft_rule(&r, t, "frame");
	nft_meta(&r, NFT_META_PROTOCOL, REG(0));
	nft_cmp(&r, NFT_CMP_EQ, REG(0), type, 2);
	ends(&r, NFT_GOTO, chain);
}

/* Transport protocol, and a value at an offset of its header. */
static void transport(struct nft_rule *r, uint8_t proto, uint32_t at, const char *bytes,
		      uint32_t len)
{
	nft_meta(r, NFT_META_L4PROTO, REG(0));
	nft_cmp_u8(r, NFT_CMP_EQ, REG(0), proto);
	nft_payload(r, TRANSPORT, at, len, REG(0));
	nft_cmp(r, NFT_CMP_EQ, REG(0), bytes, len);
}

static void refuse(const struct nft *t, const char *chain, uint8_t proto, const char *bytes,
		   uint32_t len)
{
	struct nft_rule r;

	nft_rule(&r, t, chain);
	transport(&r, proto, 0, bytes, len);
	ends(&r, NFT_DROP, NULL);
}

static void six(const struct nft *t)
{
	static const char advert[] = { (char)ROUTER_ADVERT }, redirect[] = { (char)REDIRECT };
	static const char neighbour[] = { (char)NEIGHBOUR_ADVERT };
	static const uint8_t none[16];
	struct nft_rule r;

	refuse(t, "six", ICMP6, advert, 1);
	refuse(t, "six", ICMP6, redirect, 1);
	refuse(t, "six", UDP, "\x02\x23", 2);	/* from 547, a DHCP server's */

	nft_rule(&r, t, "six");
	transport(&r, ICMP6, 0, neighbour, 1);
	nft_meta(&r, NFT_META_IIFNAME, REG(0));
	nft_payload(&r, NFT_PAYLOAD_LL_HEADER, 6, 6, REG(4));
	nft_payload(&r, TRANSPORT, ICMP6_ADVERT_TARGET, 16, REG(6));
	nft_lookup(&r, "from6", REG(0), true);
	ends(&r, NFT_DROP, NULL);

	nft_rule(&r, t, "six");	/* who has no address yet asks whether it is free */
	nft_payload(&r, NET, nftfamilies[1].src, 16, REG(0));
	nft_cmp(&r, NFT_CMP_EQ, REG(0), none, sizeof(none));
	ends(&r, NFT_ACCEPT, NULL);

	sender(t, "six", "from6", NFT_PAYLOAD_LL_HEADER, 6, NET, nftfamilies[1].src, 16);
}

void nftrules_bridge(struct netlink_batch *b, const char *table)
{
	static const char *const chains[] = { NFTRULES_VERSION, "frame", "arp", "four", "six" };
	static const struct nft_set sets[] = {
		{ .name = "ports", .shown = NFT_IFNAME, .len = NFTRULES_LINK },
		{ .name = "macs", .shown = SHOWN2(NFT_IFNAME, NFT_ETHER),
		  .len = NFTRULES_LINK + NFTRULES_ETHER },
		{ .name = "from4", .shown = SHOWN3(NFT_IFNAME, NFT_ETHER, NFT_IPV4),
		  .len = NFTRULES_LINK + NFTRULES_ETHER + 4 },
		{ .name = "from6", .shown = SHOWN3(NFT_IFNAME, NFT_ETHER, NFT_IPV6),
		  .len = NFTRULES_LINK + NFTRULES_ETHER + 16 },
	};
	const struct nft t = { .b = b, .family = NFT_BRIDGE, .table = table };
	struct nft_rule r;

	nft_table(&t);
	empty_sets(&t, sets, countof(sets));
	empty_chains(&t, chains, countof(chains));
	base(&t, "ports", "filter", NFT_PREROUTING, -300);

	nft_rule(&r, &t, "ports");	/* bridges that are not ours are not our matter */
	link_in(&r, NFT_META_IIFNAME, "ports", false);
	ends(&r, NFT_GOTO, "frame");

	sender(&t, "frame", "macs", NFT_PAYLOAD_LL_HEADER, 6, 0, 0, 0);
	protocol(&t, "\x08\x00", "four");
	protocol(&t, "\x08\x06", "arp");
	protocol(&t, "\x86\xdd", "six");
	nft_rule(&r, &t, "frame");
	ends(&r, NFT_DROP, NULL);

	sender(&t, "arp", "from4", NET, ARP_SENDER_MAC, NET, ARP_SENDER_IP, 4);
	sender(&t, "four", "from4", NFT_PAYLOAD_LL_HEADER, 6, NET, nftfamilies[0].src, 4);
	refuse(&t, "four", UDP, "\0\x43", 2);	/* from 67, a DHCP server's */
	six(&t);
}
