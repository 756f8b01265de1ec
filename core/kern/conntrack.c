// SPDX-License-Identifier: MIT
#include "core/kern/conntrack.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <sys/socket.h>

enum {
	SOURCE = 1u << 0,	/* of CTA_FILTER_*_FLAGS: the source address counts */
	BY_PATTERN = 1,		/* nfgen_version: the family counts as well */
};

/* The two sides a connection is known by: who began it, and who answered. */
static const struct {
	uint16_t tuple, flags;
} sides[] = {
	{ CTA_TUPLE_ORIG, CTA_FILTER_ORIG_FLAGS },
	{ CTA_TUPLE_REPLY, CTA_FILTER_REPLY_FLAGS },
};

static uint8_t family_of(const struct ip *ip)
{
	return ip->family == 4 ? AF_INET : AF_INET6;
}

static uint16_t source_of(const struct ip *ip)
{
	return ip->family == 4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC;
}

static void add(struct netlink_batch *b, uint8_t type, uint16_t flags, const struct ip *ip)
{
	const struct nfgenmsg head = { .nfgen_family = family_of(ip), .version = BY_PATTERN };
	char text[IP_TEXT_MAX];

	netlink_add(b, NFNL_SUBSYS_CTNETLINK << 8 | type, flags, &head, sizeof(head),
		    "forget the connections of %s", ip_print(ip, text));
}

/* Only those with this source on this side. An older kernel looks at the tuple alone, finds it
 * incomplete and forgets nothing. */
static void pattern(struct netlink_batch *b, const struct ip *ip, size_t side)
{
	size_t tuple = netlink_nest(b, sides[side].tuple), addr, filter;

	addr = netlink_nest(b, CTA_TUPLE_IP);
	netlink_put(b, source_of(ip), ip->b, ip_bytes(ip));
	netlink_end(b, addr);
	netlink_end(b, tuple);
	filter = netlink_nest(b, CTA_FILTER);
	netlink_put_u32(b, sides[side].flags, SOURCE);
	netlink_end(b, filter);
}

static int forget_by_pattern(struct netlink *nl, const struct ip *ip, struct err *e)
{
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;

	for (size_t side = 0; side < countof(sides); side++) {
		add(&b, IPCTNL_MSG_CT_DELETE, 0, ip);
		pattern(&b, ip, side);
		netlink_tolerate(&b, ENOENT);
	}
	return netlink_send(nl, &b, e);
}

struct found {
	const struct ip *ip;
	struct netlink_batch b;
};

static bool is_side(const struct found *f, const void *tuple, size_t len)
{
	size_t addr_len = 0;
	const void *addr = netlink_find(tuple, len, CTA_TUPLE_IP, 0, &addr_len), *src;

	src = addr ? netlink_find(addr, addr_len, source_of(f->ip), ip_bytes(f->ip), NULL) : NULL;
	return src && memcmp(src, f->ip->b, ip_bytes(f->ip)) == 0;
}

static int see(void *arg, const struct nlmsghdr *h)
{
	struct found *f = arg;
	size_t len, tuple_len[countof(sides)] = { 0 };
	const void *attrs = netlink_attrs(h, sizeof(struct nfgenmsg), &len);
	const void *tuple[countof(sides)];
	bool is = false;

	for (size_t i = 0; i < countof(sides); i++) {
		tuple[i] = netlink_find(attrs, len, sides[i].tuple, 0, &tuple_len[i]);
		is |= tuple[i] && is_side(f, tuple[i], tuple_len[i]);
	}
	if (!is || !tuple[0])
		return 0;
	add(&f->b, IPCTNL_MSG_CT_DELETE, 0, f->ip);
	netlink_put(&f->b, CTA_TUPLE_ORIG | NLA_F_NESTED, tuple[0], tuple_len[0]);
	netlink_tolerate(&f->b, ENOENT);	/* it ended meanwhile */
	return 0;
}

/* All are looked at, those of the address are named one by one. */
static int forget_one_by_one(struct netlink *nl, const struct ip *ip, struct err *e)
{
	auto_batch struct netlink_batch all = NETLINK_BATCH_INIT;
	struct found f = { .ip = ip, .b = NETLINK_BATCH_INIT };
	int rc;

	add(&all, IPCTNL_MSG_CT_GET, NLM_F_DUMP, ip);
	rc = netlink_ask(nl, &all, see, &f, e);
	if (rc == 0)
		rc = netlink_send(nl, &f.b, e);
	netlink_batch_release(&f.b);
	return rc;
}

int conntrack_forget(struct netlink *nl, const struct ip *ip, struct err *e)
{
	int rc = forget_by_pattern(nl, ip, NULL);

	if (rc == -EOPNOTSUPP || rc == -EINVAL)
		rc = forget_one_by_one(nl, ip, e);
	return rc;
}
