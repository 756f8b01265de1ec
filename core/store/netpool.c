// SPDX-License-Identifier: MIT
/* netpool.c - which prefixes a network gets, and what it may ask for. Pure. */
#include "core/store/network.h"

#include <stdio.h>

static bool has_pools(const struct network *n)
{
	return strcmp(n->driver, "host") != 0 && strcmp(n->driver, "null") != 0;
}

/* Does this pool count? Docker keeps a version 6 subnet without --ipv6 and makes no use of it. */
static bool is_used(const struct network *n, const struct network_pool *p)
{
	return !n->config_only && (p->subnet.ip.family == 4 || n->ipv6);
}

static bool is_taken(const struct ipnet *net, const struct network *others, size_t others_n)
{
	for (size_t i = 0; i < others_n; i++) {
		for (size_t k = 0; k < others[i].pools_n; k++) {
			const struct network_pool *p = &others[i].pools[k];

			if (is_used(&others[i], p) && ipnet_overlaps(&p->subnet, net))
				return true;
		}
	}
	return false;
}

static bool is_busy(const struct ipnet *net, const struct ipnet *busy, size_t busy_n)
{
	for (size_t i = 0; i < busy_n; i++) {
		if (busy[i].len && ipnet_overlaps(&busy[i], net))	/* not the default route */
			return true;
	}
	return false;
}

enum { POOLS_172 = 15, POOLS_192 = 16 };

static struct ipnet default_pool(unsigned i)
{
	if (i < POOLS_172)
		return (struct ipnet){ ip4(172, (uint8_t)(17 + i), 0, 0), 16 };
	return (struct ipnet){ ip4(192, 168, (uint8_t)((i - POOLS_172) * 16), 0), 20 };
}

static int choose(struct network *n, const struct network *others, size_t others_n,
		  const struct ipnet *busy, size_t busy_n, struct arena *mem, struct err *e)
{
	struct network_pool *pools = arena_get(mem, (n->pools_n + 1) * sizeof(*pools));

	for (unsigned i = 0; i < POOLS_172 + POOLS_192; i++) {
		struct ipnet net = default_pool(i);

		if (is_taken(&net, others, others_n) || is_busy(&net, busy, busy_n))
			continue;
		if (n->pools_n)
			memcpy(pools + 1, n->pools, n->pools_n * sizeof(*pools));
		pools[0].subnet = net;
		n->pools = pools;
		n->pools_n++;
		return 0;
	}
	return err_set(e, EADDRNOTAVAIL, "could not find an available, non-overlapping IPv4 "
		       "address pool among the defaults to assign to the network");
}

/* The subnet's own address, and of version 4 the one to all. */
static bool is_reserved(const struct network_pool *p, const struct ip *ip)
{
	struct ip first = ipnet_first(&p->subnet), last = ipnet_last(&p->subnet);

	return ip_cmp(ip, &first) == 0 || (ip->family == 4 && ip_cmp(ip, &last) == 0);
}

bool network_pool_keeps(const struct network_pool *p, const struct ip *ip)
{
	struct ip aux;

	if (is_reserved(p, ip) || (ip_is(&p->gateway) && ip_cmp(ip, &p->gateway) == 0))
		return true;
	for (size_t i = 0; i < p->aux.n; i++) {
		const char *eq = strrchr(p->aux.v[i], '=');

		if (eq && ip_parse(eq + 1, &aux, NULL) == 0 && ip_cmp(ip, &aux) == 0)
			return true;
	}
	return false;
}

static int gateway_fill(struct network_pool *p, struct err *e)
{
	const struct ipnet *part = ip_is(&p->range.ip) ? &p->range : &p->subnet;
	struct ip last = ipnet_last(part), ip = ipnet_first(part);
	char text[IP_TEXT_MAX];

	if (ip_is(&p->gateway)) {
		ip_print(&p->gateway, text);
		if (!ipnet_has(&p->subnet, &p->gateway))
			return err_set(e, EINVAL, "failed to allocate gateway (%s): Requested "
				       "address is out of range", text);
		if (is_reserved(p, &p->gateway))
			return err_set(e, EADDRINUSE, "failed to allocate gateway (%s): Address "
				       "already in use", text);
		return 0;
	}
	if (is_reserved(p, &ip))
		ip = ip_add(&ip, 1);
	if (!ipnet_has(part, &ip) || ip_cmp(&ip, &last) > 0 || is_reserved(p, &ip))
		return err_set(e, EADDRNOTAVAIL, "failed to allocate gateway (): No available "
			       "addresses on this pool");
	p->gateway = ip;
	return 0;
}

static int aux_check(const struct network_pool *p, struct err *e)
{
	struct network_pool before = *p;

	for (size_t i = 0; i < p->aux.n; i++) {
		const char *text = p->aux.v[i], *eq = strrchr(text, '=');
		struct ip ip;

		if (!eq || ip_parse(eq + 1, &ip, NULL) < 0 || !ipnet_has(&p->subnet, &ip))
			return err_set(e, EINVAL, "no matching subnet for aux-address %.64s",
				       eq ? eq + 1 : "");
		before.aux.n = i;
		if (network_pool_keeps(&before, &ip))
			return err_set(e, EADDRINUSE, "failed to allocate secondary ip address "
				       "(%.*s:%.64s): Address already in use",
				       (int)(eq - text) < 64 ? (int)(eq - text) : 64, text, eq + 1);
	}
	return 0;
}

static int check(struct network_pool *p, const struct network *others, size_t others_n,
		 struct err *e)
{
	char pool[IPNET_TEXT_MAX], range[IPNET_TEXT_MAX];
	int rc;

	if (is_taken(&p->subnet, others, others_n))
		return err_set(e, EADDRINUSE, "Pool overlaps with other one on this address space");
	if (ip_is(&p->range.ip) && !ipnet_holds(&p->subnet, &p->range))
		return err_set(e, EINVAL, "failed to parse pool request for address space "
			       "\"LocalDefault\" pool \"%s\" subpool \"%s\": Invalid Address "
			       "SubPool",
			       ipnet_print(&p->subnet, pool), ipnet_print(&p->range, range));
	rc = gateway_fill(p, e);
	return rc < 0 ? rc : aux_check(p, e);
}

/* Pools of one network among themselves, and how many of a family it has. */
static int check_own(const struct network *n, unsigned family, size_t *count, struct err *e)
{
	*count = 0;
	for (size_t i = 0; i < n->pools_n; i++) {
		if (n->pools[i].subnet.ip.family != family)
			continue;
		(*count)++;
		for (size_t k = 0; k < i; k++) {
			if (ipnet_overlaps(&n->pools[k].subnet, &n->pools[i].subnet))
				return err_set(e, EINVAL, "multiple overlapping subnet "
					       "configuration is not supported");
		}
	}
	return 0;
}

int network_pools_fill(struct network *n, const struct network *others, size_t others_n,
		       const struct ipnet *busy, size_t busy_n, struct arena *mem, struct err *e)
{
	size_t four, six;
	int rc = check_own(n, 4, &four, e);

	if (rc == 0)
		rc = check_own(n, 6, &six, e);
	if (rc < 0 || n->config_only || !has_pools(n))
		return rc;
	if (!four)
		rc = choose(n, others, others_n, busy, busy_n, mem, e);
	for (size_t i = 0; rc == 0 && i < n->pools_n; i++) {
		if (is_used(n, &n->pools[i]))
			rc = check(&n->pools[i], others, others_n, e);
	}
	if (rc == 0 && n->ipv6 && !six)
		rc = err_set(e, EADDRNOTAVAIL, "could not find an available, non-overlapping IPv6 "
			     "address pool among the defaults to assign to the network");
	if (rc == 0 && strcmp(n->driver, "bridge") == 0 && (four > 1 || (n->ipv6 && six > 1)))
		rc = err_set(e, EINVAL, "bridge driver doesn't support multiple subnets");
	return rc;
}

const struct network_pool *network_pool_of(const struct network *n, const struct ip *ip)
{
	for (size_t i = 0; i < n->pools_n; i++) {
		if (is_used(n, &n->pools[i]) && ipnet_has(&n->pools[i].subnet, ip))
			return &n->pools[i];
	}
	return NULL;
}

const struct network_pool *network_pool_family(const struct network *n, unsigned family)
{
	for (size_t i = 0; i < n->pools_n; i++) {
		if (is_used(n, &n->pools[i]) && n->pools[i].subnet.ip.family == family)
			return &n->pools[i];
	}
	return NULL;
}
