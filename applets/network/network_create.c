// SPDX-License-Identifier: MIT
/* network_create.c - network create: its flags become a struct network.
 *
 * --subnet, --ip-range, --gateway and --aux-address are lists of their own; which range belongs to
 * which subnet is found by where its address is, as Docker's client does it. */
#include <stdio.h>

#include "applets/network/network.h"
#include "applets/session.h"
#include "core/engine/networks.h"

struct create_opts {
	const char *driver, *config_from, *ipam_driver, *scope;
	bool attachable, config_only, ingress, internal, ipv6;
	struct strv aux, gateways, ranges, subnets;
	struct strv ipam_options, labels, options;
};

#define O struct create_opts
const struct opt network_create_table[] = {
	OPT_FLAG(O, attachable, 0, "attachable", "Enable manual container attachment"),
	OPT_LIST(O, aux, 0, "aux-address", "map",
		 "Auxiliary IPv4 or IPv6 addresses used by Network driver (default map[])"),
	OPT_TEXT(O, config_from, 0, "config-from", "string",
		 "The network from which to copy the configuration"),
	OPT_FLAG(O, config_only, 0, "config-only", "Create a configuration only network"),
	OPT_TEXT(O, driver, 'd', "driver", "string",
		 "Driver to manage the Network (default \"bridge\")"),
	OPT_LIST(O, gateways, 0, "gateway", "strings",
		 "IPv4 or IPv6 Gateway for the master subnet"),
	OPT_FLAG(O, ingress, 0, "ingress", "Create swarm routing-mesh network"),
	OPT_FLAG(O, internal, 0, "internal", "Restrict external access to the network"),
	OPT_LIST(O, ranges, 0, "ip-range", "strings", "Allocate container ip from a sub-range"),
	OPT_TEXT(O, ipam_driver, 0, "ipam-driver", "string",
		 "IP Address Management Driver (default \"default\")"),
	OPT_LIST(O, ipam_options, 0, "ipam-opt", "map",
		 "Set IPAM driver specific options (default map[])"),
	OPT_FLAG(O, ipv6, 0, "ipv6", "Enable IPv6 networking"),
	OPT_LIST(O, labels, 0, "label", "list", "Set metadata on a network"),
	OPT_LIST(O, options, 'o', "opt", "map", "Set driver specific options (default map[])"),
	OPT_TEXT(O, scope, 0, "scope", "string", "Control the network's scope"),
	OPT_LIST(O, subnets, 0, "subnet", "strings",
		 "Subnet in CIDR format that represents a network segment"),
	OPT_END
};
#undef O

/* KEY alone is KEY=. */
static struct strv pairs(const struct strv *given, struct arena *mem)
{
	struct strv out = { 0 };

	for (size_t i = 0; i < given->n; i++) {
		const char *s = given->v[i];

		strv_add(&out, strv_textf(mem, "%s%s", s, strchr(s, '=') ? "" : "="), mem);
	}
	return out;
}

/* "a,b" is two. */
static struct strv split(const struct strv *given, struct arena *mem)
{
	struct strv out = { 0 };

	for (size_t i = 0; i < given->n; i++) {
		for (const char *s = given->v[i];;) {
			size_t n = strcspn(s, ",");

			strv_add(&out, strv_dup(s, n, mem), mem);
			if (!s[n])
				break;
			s += n + 1;
		}
	}
	return out;
}

/* Subnets, each a pool. Alone they are the engine's to judge, else the client looks first. */
static int take_subnets(const struct create_opts *o, struct network *n, struct arena *mem,
			struct err *e)
{
	bool alone = o->subnets.n == 1 && !o->ranges.n && !o->gateways.n && !o->aux.n;
	struct err why;

	if (o->subnets.n < o->ranges.n || o->subnets.n < o->gateways.n)
		return cli_fail(e, "every ip-range or gateway must have a corresponding subnet");
	if (o->subnets.n > NETWORK_POOLS_MAX)
		return cli_fail(e, "more than %d subnets", NETWORK_POOLS_MAX);
	n->pools = arena_get(mem, (o->subnets.n + 1) * sizeof(*n->pools));
	for (size_t i = 0; i < o->subnets.n; i++) {
		const char *text = o->subnets.v[i];
		struct ipnet *mine = &n->pools[i].subnet;

		if (ipnet_parse(text, mine, &why) < 0)
			return alone ?
				err_set(e, EINVAL, "Invalid subnet %.64s : %s", text, why.msg) :
				cli_fail(e, "Invalid subnet %.64s : %s", text, why.msg);
		for (size_t k = 0; k < i; k++) {
			if (ipnet_overlaps(mine, &n->pools[k].subnet))
				return cli_fail(e, "multiple overlapping subnet configuration is "
						"not supported");
		}
	}
	n->pools_n = o->subnets.n;
	return 0;
}

/* The pool that an address or prefix is in, or NULL. */
static struct network_pool *pool_with(struct network *n, const char *text)
{
	struct ipnet net;

	if (ipnet_parse(text, &net, NULL) < 0 && ip_parse(text, &net.ip, NULL) < 0)
		return NULL;
	for (size_t i = 0; i < n->pools_n; i++) {
		if (ipnet_has(&n->pools[i].subnet, &net.ip))
			return &n->pools[i];
	}
	return NULL;
}

static int take_ranges(const struct create_opts *o, struct network *n, struct err *e)
{
	char pool[IPNET_TEXT_MAX], old[IPNET_TEXT_MAX];

	for (size_t i = 0; i < o->ranges.n; i++) {
		const char *text = o->ranges.v[i];
		struct network_pool *p = pool_with(n, text);

		if (!p)
			return cli_fail(e, "no matching subnet for range %.64s", text);
		ipnet_print(&p->subnet, pool);
		if (ip_is(&p->range.ip))
			return cli_fail(e, "cannot configure multiple ranges (%.64s, %s) on the "
					"same subnet (%s)", text, ipnet_print(&p->range, old),
					pool);
		if (ipnet_parse(text, &p->range, NULL) < 0)
			return err_set(e, EINVAL, "failed to parse pool request for address space "
				       "\"LocalDefault\" pool \"%s\" subpool \"%.64s\": Invalid "
				       "Address SubPool", pool, text);
	}
	return 0;
}

static int take_gateways(const struct create_opts *o, struct network *n, struct err *e)
{
	char pool[IPNET_TEXT_MAX], old[IP_TEXT_MAX];

	for (size_t i = 0; i < o->gateways.n; i++) {
		const char *text = o->gateways.v[i];
		struct network_pool *p = pool_with(n, text);

		if (!p)
			return cli_fail(e, "no matching subnet for gateway %.64s", text);
		ipnet_print(&p->subnet, pool);
		if (ip_is(&p->gateway))
			return cli_fail(e, "cannot configure multiple gateways (%.64s, %s) for the "
					"same subnet (%s)", text, ip_print(&p->gateway, old), pool);
		if (ip_parse(text, &p->gateway, NULL) < 0)
			return err_set(e, EINVAL, "invalid gateway address %.64s in Ipam "
				       "configuration", text);
	}
	return 0;
}

static int take_aux(const struct create_opts *o, struct network *n, struct arena *mem,
		    struct err *e)
{
	for (size_t i = 0; i < o->aux.n; i++) {
		const char *eq = strchr(o->aux.v[i], '='), *text = eq ? eq + 1 : "";
		struct network_pool *p = pool_with(n, text);

		if (!p)
			return cli_fail(e, "no matching subnet for aux-address %.64s", text);
		strv_add(&p->aux, o->aux.v[i], mem);
	}
	return 0;
}

static int take_pools(struct create_opts *o, struct network *n, struct arena *mem, struct err *e)
{
	int rc;

	o->subnets = split(&o->subnets, mem);
	o->ranges = split(&o->ranges, mem);
	o->gateways = split(&o->gateways, mem);
	rc = take_subnets(o, n, mem, e);
	if (rc == 0)
		rc = take_ranges(o, n, e);
	if (rc == 0)
		rc = take_gateways(o, n, e);
	return rc == 0 ? take_aux(o, n, mem, e) : rc;
}

int network_create_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	struct create_opts o = { .driver = "bridge", .config_from = "", .ipam_driver = "default",
				 .scope = "" };
	struct network n;
	int at = cmd_parse(ctx, argc, argv, &o, e), rc;

	if (at < 0)
		return at;
	network_init(&n);
	n.name = argv[at];
	n.driver = *o.driver ? o.driver : "bridge";
	n.scope = *o.scope ? o.scope : "local";
	n.config_from = o.config_from;
	n.config_only = o.config_only;
	n.ipam_driver = *o.ipam_driver ? o.ipam_driver : "default";
	n.attachable = o.attachable;
	n.ingress = o.ingress;
	n.internal = o.internal;
	n.ipv6 = o.ipv6;
	n.ipam_options = pairs(&o.ipam_options, ctx->mem);
	n.labels = pairs(&o.labels, ctx->mem);
	n.options = pairs(&o.options, ctx->mem);
	rc = take_pools(&o, &n, ctx->mem, e);
	if (rc >= 0)
		rc = session_open(ctx, &s, e);
	if (rc >= 0)
		rc = engine_network_create(&s.g, &n, e);
	if (rc < 0)
		return rc;
	session_warnings(&s);
	printf("%s\n", n.id);
	return 0;
}
