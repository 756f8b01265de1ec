// SPDX-License-Identifier: MIT
#include "core/kern/nftable.h"

#include <assert.h>
#include <linux/filter.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>

#include "core/kern/nftrules.h"

enum {
	RESTORES_MAX = 16,	/* tries while others change the rules */
	ALL_FAMILIES = 3,
	BRIDGE = 2,		/* behind the two of nftfamilies */
};

/* --- elements ------------------------------------------------------------------ */

/* Where elements go: all of them, or the nth alone. */
struct sink {
	struct nft_elements l;
	long only;		/* -1: all */
	long at;		/* how many came by */
};

static void put(struct sink *s, const void *key, size_t len, const void *data, size_t data_len,
		uint32_t flags)
{
	if (s->only < 0 || s->only == s->at)
		nft_element(&s->l, key, len, data, data_len, flags);
}

static void put_key(struct sink *s, const void *key, size_t len)
{
	put(s, key, len, NULL, 0, 0);
	s->at++;
}

/* A key or value that grows part by part, each filled to a multiple of 4. */
struct key {
	uint8_t b[64];
	size_t len;
};

static void key_add(struct key *k, const void *part, size_t len, size_t room)
{
	assert(len <= room && k->len + room <= sizeof(k->b));
	memcpy(k->b + k->len, part, len);
	k->len += room;
}

static void key_link(struct key *k, const char *name)
{
	key_add(k, name, strnlen(name, NFTRULES_LINK - 1), NFTRULES_LINK);
}

static void key_ip(struct key *k, const struct ip *ip)
{
	key_add(k, ip->b, ip_bytes(ip), ip_bytes(ip));
}

static void key_proto(struct key *k, uint8_t proto)
{
	key_add(k, &proto, 1, 4);
}

static void key_port(struct key *k, uint16_t port)
{
	const uint8_t be[] = { port >> 8, port };

	key_add(k, be, sizeof(be), 4);
}

static void link_key(struct sink *s, const char *name)
{
	struct key k = { .len = 0 };

	key_link(&k, name);
	put_key(s, k.b, k.len);
}

/* What goes into one set for a network or an endpoint; f is NULL for the bridge table. */
typedef void net_fn(struct sink *s, const struct nftfamily *f, const struct nftable_net *n);
typedef void endpoint_fn(struct sink *s, const struct nftfamily *f,
			 const struct nftable_endpoint *p);

static void net_bridges(struct sink *s, const struct nftfamily *f UNUSED,
			const struct nftable_net *n)
{
	link_key(s, n->bridge);
}

static void net_internal(struct sink *s, const struct nftfamily *f UNUSED,
			 const struct nftable_net *n)
{
	if (n->internal)
		link_key(s, n->bridge);
}

static void net_apart(struct sink *s, const struct nftfamily *f UNUSED, const struct nftable_net *n)
{
	if (!n->icc)
		link_key(s, n->bridge);
}

static void net_same(struct sink *s, const struct nftfamily *f UNUSED, const struct nftable_net *n)
{
	struct key k = { .len = 0 };

	if (!n->icc)
		return;
	key_link(&k, n->bridge);
	key_link(&k, n->bridge);
	put_key(s, k.b, k.len);
}

static void net_closed(struct sink *s, const struct nftfamily *f, const struct nftable_net *n)
{
	if (n->closed[f->ip == 6])
		put_key(s, &f->nf, 1);
}

static void net_nets(struct sink *s, const struct nftfamily *f, const struct nftable_net *n)
{
	for (size_t i = 0; n->masquerade && !n->internal && i < countof(n->subnet); i++) {
		struct ip first, last, end;

		if (n->subnet[i].ip.family != f->ip)
			continue;
		first = ipnet_first(&n->subnet[i]);
		last = ipnet_last(&n->subnet[i]);
		end = ip_add(&last, 1);
		put(s, first.b, f->len, NULL, 0, 0);
		if (ip_cmp(&end, &first) > 0)	/* the last of all has none behind it */
			put(s, end.b, f->len, NULL, 0, NFT_SET_ELEM_INTERVAL_END);
		s->at++;
	}
}

/* Call `body` with each address of the family in `ip`. */
#define EACH_IP(ip, p, f) \
	for (const struct ip *ip = (p)->ip; ip < (p)->ip + countof((p)->ip); ip++) \
		if (ip->family == (f)->ip)

static void end_addr(struct sink *s, const struct nftfamily *f, const struct nftable_endpoint *p)
{
	EACH_IP(ip, p, f)
	{
		if (!p->open)
			put_key(s, ip->b, f->len);
	}
}

static void end_own(struct sink *s, const struct nftfamily *f, const struct nftable_endpoint *p)
{
	EACH_IP(ip, p, f)
	{
		struct key k = { .len = 0 };

		key_ip(&k, ip);
		key_link(&k, p->bridge);
		put_key(s, k.b, k.len);
	}
}

/* Is the container's port that of an earlier one too (-p 80:80 -p 8080:80)? An element can be
 * taken away once only. */
static bool comes_before(const struct nftable_endpoint *p, size_t i)
{
	const struct nftable_port *of = &p->ports[i];

	for (size_t k = 0; k < i; k++)
		if (p->ports[k].port == of->port && p->ports[k].proto == of->proto &&
		    p->ports[k].host.family == of->host.family)
			return true;
	return false;
}

static void end_published(struct sink *s, const struct nftfamily *f,
			  const struct nftable_endpoint *p)
{
	EACH_IP(ip, p, f)
	{
		for (size_t i = 0; i < p->ports_n; i++) {
			struct key k = { .len = 0 };

			if (p->ports[i].host.family != f->ip || comes_before(p, i))
				continue;
			key_ip(&k, ip);
			key_proto(&k, p->ports[i].proto);
			key_port(&k, p->ports[i].port);
			put_key(s, k.b, k.len);
		}
	}
}

enum where { ON, ANY, LOCAL };

static bool goes(const struct nftable_port *p, const struct nftfamily *f, enum where where)
{
	static const struct ip none4 = { .family = 4 }, none6 = { .family = 6 };
	bool any = ip_cmp(&p->host, f->ip == 4 ? &none4 : &none6) == 0;

	if (p->host.family != f->ip)
		return false;
	if (where == ON)	/* the host's own ::1 cannot be translated: net/forward serves it */
		return !any && (!ip_is_loopback(&p->host) || (p->localhost && f->ip == 4));
	return any && (where == ANY || (p->localhost && f->ip == 4));
}

static void ports_to(struct sink *s, const struct nftfamily *f, const struct nftable_endpoint *p,
		     enum where where)
{
	EACH_IP(ip, p, f)
	{
		for (size_t i = 0; i < p->ports_n; i++) {
			const struct nftable_port *port = &p->ports[i];
			struct key k = { .len = 0 }, to = { .len = 0 };

			if (!goes(port, f, where))
				continue;
			if (where == ON)
				key_ip(&k, &port->host);
			key_proto(&k, port->proto);
			key_port(&k, port->host_port);
			key_ip(&to, ip);
			key_port(&to, port->port);
			put(s, k.b, k.len, to.b, to.len, 0);
			s->at++;
		}
	}
}

static void end_on(struct sink *s, const struct nftfamily *f, const struct nftable_endpoint *p)
{
	ports_to(s, f, p, ON);
}

static void end_any(struct sink *s, const struct nftfamily *f, const struct nftable_endpoint *p)
{
	ports_to(s, f, p, ANY);
}

static void end_local(struct sink *s, const struct nftfamily *f, const struct nftable_endpoint *p)
{
	ports_to(s, f, p, LOCAL);
}

static void end_ports(struct sink *s, const struct nftfamily *f UNUSED,
		      const struct nftable_endpoint *p)
{
	link_key(s, p->link);
}

static void sender_start(struct key *k, const struct nftable_endpoint *p)
{
	k->len = 0;
	memset(k->b, 0, sizeof(k->b));
	key_link(k, p->link);
	key_add(k, p->mac.b, sizeof(p->mac.b), NFTRULES_ETHER);
}

static void end_macs(struct sink *s, const struct nftfamily *f UNUSED,
		     const struct nftable_endpoint *p)
{
	struct key k;

	sender_start(&k, p);
	put_key(s, k.b, k.len);
}

static void end_from(struct sink *s, const struct nftable_endpoint *p, const struct nftfamily *f)
{
	EACH_IP(ip, p, f)
	{
		struct key k;

		sender_start(&k, p);
		key_ip(&k, ip);
		put_key(s, k.b, k.len);
		if (f->ip == 6) {	/* and fe80:: with its MAC, which the kernel gives a link */
			const uint8_t *m = p->mac.b;
			const uint8_t own[16] = {
				0xfe, 0x80, [8] = m[0] ^ 2, m[1], m[2], 0xff,
				0xfe, m[3], m[4], m[5],
			};

			sender_start(&k, p);
			key_add(&k, own, sizeof(own), sizeof(own));
			put_key(s, k.b, k.len);
		}
	}
}

static void end_from4(struct sink *s, const struct nftfamily *f UNUSED,
		      const struct nftable_endpoint *p)
{
	end_from(s, p, &nftfamilies[0]);
}

static void end_from6(struct sink *s, const struct nftfamily *f UNUSED,
		      const struct nftable_endpoint *p)
{
	end_from(s, p, &nftfamilies[1]);
}

static const struct {
	const char *set;
	net_fn *fn;
} net_sets[] = {
	{ "bridges", net_bridges },
	{ "internal", net_internal },
	{ "apart", net_apart },
	{ "same", net_same },
	{ "closed", net_closed },
	{ "nets", net_nets },
};

static const struct {
	const char *set;
	endpoint_fn *fn;
	uint8_t families;	/* bits: 0 and 1 of nftfamilies, BRIDGE */
} endpoint_sets[] = {
	{ "addr", end_addr, 3 },
	{ "own", end_own, 3 },
	{ "published", end_published, 3 },
	{ "on", end_on, 3 },
	{ "any", end_any, 3 },
	{ "local", end_local, 1 },
	{ "ports", end_ports, 1u << BRIDGE },
	{ "macs", end_macs, 1u << BRIDGE },
	{ "from4", end_from4, 1u << BRIDGE },
	{ "from6", end_from6, 1u << BRIDGE },
};

/* --- changes ------------------------------------------------------------------- */

struct change {
	struct netlink *nl;
	const char *table;
	const struct nftable_state *s;
	unsigned families;	/* bits of those there are */
	bool add;
	bool kinds;		/* the kernel knows kinds of links */
};

static struct nft family_table(const struct change *c, unsigned i, struct netlink_batch *b)
{
	return (struct nft){
		.b = b, .family = i == BRIDGE ? NFT_BRIDGE : nftfamilies[i].nf, .table = c->table,
	};
}

/* Elements of one family. */
static void fill_family(const struct change *c, struct netlink_batch *b, unsigned i,
			struct sink *s)
{
	const struct nft t = family_table(c, i, b);
	const struct nftfamily *f = i == BRIDGE ? NULL : &nftfamilies[i];

	for (size_t k = 0; f && k < countof(net_sets); k++) {
		nft_elements(&s->l, &t, net_sets[k].set, c->add);
		for (size_t n = 0; n < c->s->nets_n; n++)
			net_sets[k].fn(s, f, &c->s->nets[n]);
		nft_elements_end(&s->l);
	}
	for (size_t k = 0; k < countof(endpoint_sets); k++) {
		if (!(endpoint_sets[k].families & 1u << i))
			continue;
		nft_elements(&s->l, &t, endpoint_sets[k].set, c->add);
		for (size_t n = 0; n < c->s->eps_n; n++)
			endpoint_sets[k].fn(s, f, &c->s->eps[n]);
		nft_elements_end(&s->l);
	}
}

/* Put all elements into the batch, or the nth; false when there is no nth. */
static bool fill(const struct change *c, struct netlink_batch *b, long only)
{
	struct sink s = { .only = only };

	for (unsigned i = 0; i <= BRIDGE; i++)
		if (c->families & 1u << i)
			fill_family(c, b, i, &s);
	return only < s.at;
}

static int send_all(const struct change *c, struct err *e)
{
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;

	nft_begin(&b, 0);
	fill(c, &b, -1);
	if (b.n == 1)
		return 0;
	nft_commit(&b);
	return netlink_send(c->nl, &b, e);
}

/* Each element in a transaction of its own; those that are not there are no failure. */
static int take_each(const struct change *c, struct err *e)
{
	struct change one = *c;

	one.add = false;
	for (long i = 0;; i++) {
		auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
		int rc;

		nft_begin(&b, 0);
		if (!fill(&one, &b, i))
			return 0;
		nft_commit(&b);
		rc = netlink_send(c->nl, &b, e);
		if (rc < 0 && rc != -ENOENT)
			return rc;
	}
}

static void want_chain(struct netlink_batch *b, uint8_t family, const char *table,
		       const char *chain)
{
	const struct nfgenmsg head = { .nfgen_family = family };

	netlink_add(b, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN, 0, &head, sizeof(head),
		    "nf_tables: find the chain %s of the table %s", chain, table);
	netlink_put_text(b, NFTA_CHAIN_TABLE, table);
	netlink_put_text(b, NFTA_CHAIN_NAME, chain);
}

/* 1, 0, or -errno */
static int has_chain(struct netlink *nl, uint8_t family, const char *table, const char *chain,
		     struct err *e)
{
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	struct err why = { 0 };
	int rc;

	want_chain(&b, family, table, chain);
	rc = netlink_send(nl, &b, &why);
	if (rc == -ENOENT)
		return 0;
	if (rc < 0 && e)
		*e = why;
	return rc < 0 ? rc : 1;
}

static int without(struct netlink *nl, const char *table, unsigned *families, struct err *e)
{
	static const struct {
		const char *chain;
		unsigned family;
	} marks[] = { { NFTRULES_NO_IP6, 1 }, { NFTRULES_NO_BRIDGE, BRIDGE } };

	for (size_t i = 0; i < countof(marks); i++) {
		int rc = has_chain(nl, NFT_IP, table, marks[i].chain, e);

		if (rc < 0)
			return rc;
		if (rc)
			*families &= ~(1u << marks[i].family);
	}
	return 0;
}

/* What a failed change may yet do: leave out tables that the kernel cannot have, give way or go
 * element by element. */
static int change(struct change *c, struct err *e)
{
	struct err why = { 0 };
	unsigned all = c->families = (1u << ALL_FAMILIES) - 1;
	int rc = send_all(c, &why), left;

	if (rc == -ENOENT) {
		left = without(c->nl, c->table, &c->families, e);
		if (left < 0)
			return left;
		if (c->families != all)
			rc = send_all(c, &why);
	}
	if (!c->add && rc == -ENOENT)
		return take_each(c, e);
	if (c->add && (rc == -EEXIST || rc == -EBUSY)) {
		rc = take_each(c, e);
		return rc < 0 ? rc : send_all(c, e);
	}
	if (rc < 0 && e)
		*e = why;
	return rc;
}

static int change_nets(struct netlink *nl, const char *table, const struct nftable_net *n, bool add,
		       struct err *e)
{
	const struct nftable_state s = { .nets = n, .nets_n = 1 };
	struct change c = { .nl = nl, .table = table, .s = &s, .add = add };

	return change(&c, e);
}

int nftable_net_add(struct netlink *nl, const char *table, const struct nftable_net *n,
		    struct err *e)
{
	return change_nets(nl, table, n, true, e);
}

int nftable_net_remove(struct netlink *nl, const char *table, const struct nftable_net *n,
		       struct err *e)
{
	return change_nets(nl, table, n, false, e);
}

static int change_endpoints(struct netlink *nl, const char *table,
			    const struct nftable_endpoint *eps, size_t n, bool add, struct err *e)
{
	const struct nftable_state s = { .eps = eps, .eps_n = n };
	struct change c = { .nl = nl, .table = table, .s = &s, .add = add };

	return change(&c, e);
}

int nftable_attach(struct netlink *nl, const char *table, const struct nftable_endpoint *eps,
		   size_t n, struct err *e)
{
	return change_endpoints(nl, table, eps, n, true, e);
}

int nftable_detach(struct netlink *nl, const char *table, const struct nftable_endpoint *eps,
		   size_t n, struct err *e)
{
	return change_endpoints(nl, table, eps, n, false, e);
}

/* --- the tables ---------------------------------------------------------------- */

/* Does the kernel have this family? What one transaction makes and takes away is never seen. */
static bool has_family(struct netlink *nl, uint8_t family, bool kinds)
{
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	const struct nft t = { .b = &b, .family = family, .table = "coracle-probe" };

	nft_begin(&b, 0);
	nft_table(&t);
	nft_base(&t, "probe", "filter", NFT_PREROUTING, 0);
	if (kinds)
		nftrules_kind_probe(&t, "probe");
	nft_table_remove(&t);
	nft_commit(&b);
	return netlink_send(nl, &b, NULL) == 0;
}

static void remove_tables(const struct change *c, struct netlink_batch *b)
{
	for (unsigned i = 0; i <= BRIDGE; i++) {
		const struct nft t = family_table(c, i, b);

		if (!(c->families & 1u << i))
			continue;
		nft_table(&t);	/* so that there is one to remove */
		nft_table_remove(&t);
	}
}

/* One transaction for everything. anew: the tables of another version make room. */
static int put_back(const struct change *c, uint32_t gen, bool anew, struct err *e)
{
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	const struct nft t = family_table(c, 0, &b);

	nft_begin(&b, gen);
	if (anew)
		remove_tables(c, &b);
	for (unsigned i = 0; i < BRIDGE; i++)
		if (c->families & 1u << i)
			nftrules_ip(&b, c->table, &nftfamilies[i], NFTABLE_MARK, c->kinds);
	if (c->families & 1u << BRIDGE)
		nftrules_bridge(&b, c->table);
	if (!(c->families & 1u << 1))
		nft_chain(&t, NFTRULES_NO_IP6);
	if (!(c->families & 1u << BRIDGE))
		nft_chain(&t, NFTRULES_NO_BRIDGE);
	fill(c, &b, -1);
	nft_commit(&b);
	return netlink_send(c->nl, &b, e);
}

static bool lacks(int rc)
{
	return rc == -EOPNOTSUPP || rc == -EAFNOSUPPORT || rc == -ENOENT || rc == -EPROTONOSUPPORT;
}

int nftable_restore(struct netlink *nl, const char *table, nftable_want_fn *want, void *arg,
		    unsigned *missing, struct err *e)
{
	struct nftable_state s = { 0 };
	struct change c = {
		.nl = nl, .table = table, .s = &s, .families = (1u << ALL_FAMILIES) - 1,
		.add = true, .kinds = true,
	};
	bool anew = false, probed = false;
	struct err why = { 0 };
	int rc = -ERESTART;

	for (int i = 0; i < RESTORES_MAX && rc < 0; i++) {
		uint32_t gen;

		rc = nft_generation(nl, &gen, e);
		if (rc < 0)
			return lacks(rc) ? err_set(e, EOPNOTSUPP, "the kernel has no nf_tables "
						   "(CONFIG_NF_TABLES)") : rc;
		s = (struct nftable_state){ 0 };
		rc = want(arg, &s, e);
		if (rc < 0)
			return rc;
		rc = put_back(&c, gen, anew, &why);
		if (rc == -ERESTART)
			continue;
		if (lacks(rc) && !probed) {
			probed = true;
			c.kinds = has_family(nl, NFT_IP, true);
			for (unsigned k = 1; k <= BRIDGE; k++)
				if (!has_family(nl, k == BRIDGE ? NFT_BRIDGE : nftfamilies[k].nf,
						false))
					c.families &= ~(1u << k);
		} else if (rc < 0 && !anew) {
			anew = true;
		} else if (rc < 0) {
			break;
		}
	}
	if (rc == -ERESTART)
		return err_set(e, EAGAIN, "nf_tables: the rules change faster than they are read");
	if (rc < 0 && e)
		*e = why;
	*missing = (c.families & 1u << 1 ? 0 : NFTABLE_IP6) |
		   (c.families & 1u << BRIDGE ? 0 : NFTABLE_BRIDGE);
	return rc;
}

int nftable_present(struct netlink *nl, const char *table, struct err *e)
{
	unsigned families = (1u << ALL_FAMILIES) - 1;
	int rc = has_chain(nl, NFT_IP, table, NFTRULES_VERSION, e);

	if (rc == 1)
		rc = without(nl, table, &families, e) < 0 ? -EIO : 1;
	for (unsigned i = 1; i <= BRIDGE && rc == 1; i++)
		if (families & 1u << i)
			rc = has_chain(nl, i == BRIDGE ? NFT_BRIDGE : nftfamilies[i].nf, table,
				       NFTRULES_VERSION, e);
	return rc;
}

int nftable_remove(struct netlink *nl, const char *table, struct err *e)
{
	struct change c = { .nl = nl, .table = table };

	for (unsigned i = 0; i <= BRIDGE; i++) {
		auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
		const struct nft t = family_table(&c, i, &b);
		int rc;

		nft_begin(&b, 0);
		nft_table_remove(&t);
		nft_commit(&b);
		rc = netlink_send(nl, &b, e);
		if (rc < 0 && !lacks(rc))
			return rc;
	}
	return 0;
}

/* --- watching ------------------------------------------------------------------ */

int nftable_watch(struct err *e)
{
	/* The low byte of the first message's type. Elements come and go with containers, and a
	 * generation is told after each change: those are not for us. What one transaction did
	 * comes in one datagram, so a table's removal may stand behind that of its rules. */
	enum { TYPE = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 4 : 5 };
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, TYPE),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NFT_MSG_DELTABLE, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NFT_MSG_DELCHAIN, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NFT_MSG_DELRULE, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NFT_MSG_DELSET, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	const struct sock_fprog prog = { .len = countof(f), .filter = f };
	const struct sockaddr_nl all = {
		.nl_family = AF_NETLINK, .nl_groups = 1u << (NFNLGRP_NFTABLES - 1),
	};
	auto_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
				   NETLINK_NETFILTER);

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) < 0 ||
	    bind(fd, (const void *)&all, sizeof(all)) < 0)
		return err_sys(e, "watch nf_tables");
	return take_fd(fd);
}

void nftable_watched(int fd)
{
	char buf[64];

	/* ENOBUFS is told once and is an event as well */
	while (recv(fd, buf, sizeof(buf), MSG_TRUNC) >= 0 || errno == ENOBUFS || errno == EINTR)
		;
}
