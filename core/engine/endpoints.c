// SPDX-License-Identifier: MIT
#include "core/engine/endpoints.h"

#include <stdio.h>
#include <sys/auxv.h>

#include "build/gen/config.h"

#include "core/engine/addresses.h"
#include "core/engine/bridge.h"
#include "core/engine/networks.h"
#include "core/engine/files.h"
#include "core/engine/rules.h"
#include "core/fmt/hostport.h"
#include "core/kern/ns.h"
#include "core/os/clock.h"
#include "core/os/rand.h"
#include "core/store/attachment.h"

enum { SETTLE_TRIES = 50 }; /* of a millisecond; then it starts all the same */

/* --- addresses, names and ports ----------------------------------------------------------- */

static int network_of(struct engine *g, const struct attachment *a, struct network *out,
	struct arena *mem, struct err *e)
{
	int rc = network_load(g->store, a->network, out, mem, NULL);

	if (*a->network_id && (rc < 0 || strcmp(out->id, a->network_id) != 0))
		rc = network_find(g->store, a->network_id, out, mem, NULL);
	return rc < 0 ? err_set(e, ENOENT, "network %s not found", a->network) : 0;
}

static int mac_take(struct endpoints *ends, const struct attachment *a, struct place *p,
	struct err *e)
{
	const char *asked = *a->mac ? a->mac : p->slot == 0 ? ends->c->config.mac_address : "";

	if (*asked)
		return mac_parse(asked, &p->ep.mac, e);
	p->ep.mac = mac_from_ip(ip_is(&p->ep.ip4.ip) ? &p->ep.ip4.ip : &p->ep.ip6.ip);
	return 0;
}

static const char *hex(struct arena *mem, const char *before, unsigned digits)
{
	char *s = arena_get(mem, strlen(before) + 2 * digits + 1);

	strcpy(s, before);
	rand_hex(s + strlen(before), (digits + 1) / 2);
	s[strlen(before) + digits] = 0;
	return s;
}

/* Does it lead to the host? Its first such network is where a container's ports are
 * published, and its way out. */
static bool leads_out(const struct place *p)
{
	return !p->net.internal;
}

static struct place *way_out(struct endpoints *ends)
{
	for (size_t i = 0; i < ends->n; i++) {
		if (leads_out(&ends->v[i]))
			return &ends->v[i];
	}
	return NULL;
}

static int ip_none(struct err *e)
{
	return err_set(e, EINVAL, "user specified IP address is supported on user defined networks "
				  "only");
}

int endpoints_ip_check(const struct network *n, const struct attachment *a, struct err *e)
{
	if (!*a->ip4 && !*a->ip6)
		return 0;
	if (network_is_predefined(n->name))
		return ip_none(e);
	if (!n->own_subnet)
		return err_set(e, EINVAL, "user specified IP address is supported only when "
					  "connecting to networks with user configured subnets");
	return 0;
}

/* A hostname that was asked for is a name as well, as Docker's is. In the memory of *ends: what
 * `a` is of may end before. */
static void names_of(struct endpoints *ends, const struct attachment *a, struct place *p)
{
	const struct container *c = ends->c;
	const char *host = c->config.hostname;

	p->ep.name = strv_dup(c->name, strlen(c->name), &ends->mem);
	p->ep.aliases = (struct strv){ 0 };
	for (size_t i = 0; i < a->aliases.n; i++)
		strv_add(&p->ep.aliases,
			strv_dup(a->aliases.v[i], strlen(a->aliases.v[i]), &ends->mem), &ends->mem);
	if (*host && strcmp(host, c->name) != 0 && strncmp(host, c->id, strlen(host)) != 0)
		strv_add(&p->ep.aliases, strv_dup(host, strlen(host), &ends->mem), &ends->mem);
}

/* One network: all that can be had before there is a network namespace. */
static int place_take(struct endpoints *ends, const struct attachment *a, struct place *p,
	struct err *e)
{
	struct container *c = ends->c;
	int rc = network_of(ends->g, a, &p->net, &ends->mem, e);

	if (rc >= 0)
		rc = endpoints_ip_check(&p->net, a, e);
	if (rc >= 0)
		rc = p->state = network_state_open(ends->g->store, p->net.id, true, e);
	if (rc >= 0)
		rc = addresses_take(ends, p, 4, a->ip4, &p->ep.ip4, e);
	if (rc >= 0)
		rc = addresses_take(ends, p, 6, a->ip6, &p->ep.ip6, e);
	if (rc >= 0)
		rc = mac_take(ends, a, p, e);
	if (rc < 0)
		return rc;
	networks_bridge(&p->net, p->bridge);
	p->ep.id = hex(&ends->mem, "", 64);
	p->ep.container = c->id;
	names_of(ends, a, p);
	p->ep.host_link = bridge_is(&p->net) ? hex(&ends->mem, "veth", 7) : "";
	p->ep.link = strv_textf(&ends->mem, "eth%d", p->slot);
	return 0;
}

static void place_give(struct endpoints *ends, struct place *p)
{
	if (p->state < 0)
		return;
	endpoint_drop(p->state, ends->c->id);
	network_addr_give(p->state, &p->ep.ip4.ip, ends->c->id);
	network_addr_give(p->state, &p->ep.ip6.ip, ends->c->id);
	close_at(&p->state);
	p->state = -1;
}

static int ports_take(struct endpoints *ends, struct err *e)
{
	struct place *out = way_out(ends);
	const char *host_ip;
	struct ip usual = { 0 };
	int rc = 0;

	if (!out || !bridge_is(&out->net))
		return 0;
	host_ip = strv_value(&out->net.options, NETWORK_OPT_HOST_IP);
	if (host_ip && strcmp(host_ip, "0.0.0.0") != 0)
		rc = ip_parse(host_ip, &usual, e);
	if (rc >= 0)
		rc = publish_bind(ends->c, out->ep.id, &usual, &ends->ports, &ends->mem, e);
	if (rc >= 0)
		publish_texts(&ends->ports, &out->ep.ports, &ends->mem);
	return rc;
}

int endpoints_take(struct endpoints *ends, struct engine *g, struct container *c, int dir,
	struct err *e)
{
	int rc = 0;

	*ends = (struct endpoints){ .netns = -1, .rules = RULES_WATCH_INIT, .nl = ends->nl };
	ends->g = g;
	ends->c = c;
	ends->dir = dir;
	if (!c->nets_n)
		return *c->config.ip4 || *c->config.ip6 ? ip_none(e) : 0;
	ends->v = arena_get(&ends->mem, c->nets_n * sizeof(*ends->v));
	for (size_t i = 0; rc >= 0 && i < c->nets_n; i++) {
		struct place *p = &ends->v[ends->n++];

		*p = (struct place){ .state = -1, .slot = (int)i };
		rc = place_take(ends, &c->nets[i], p, e);
	}
	if (rc >= 0)
		rc = ports_take(ends, e);
	for (size_t i = 0; rc >= 0 && i < ends->n; i++)
		rc = endpoint_save(g->store, ends->v[i].state, &ends->v[i].net, &ends->v[i].ep, e);
	if (rc >= 0)
		rc = files_of_networks(ends, dir, e);
	if (rc < 0)
		endpoints_down(ends);
	else
		addresses_keep(ends);
	return rc;
}

/* --- links -------------------------------------------------------------------------------- */

static uint32_t mtu_of(const struct network *n)
{
	const char *text = strv_value(&n->options, NETWORK_OPT_MTU);

	return text ? (uint32_t)strtoul(text, NULL, 10) : 0;
}

static int veth_add(struct endpoints *ends, struct place *p, struct netlink *nl,
	struct netlink_batch *b, struct err *e)
{
	struct link_veth l = {
		.name = p->ep.host_link,
		.isolated = !networks_option(&p->net, NETWORK_OPT_ICC, true),
		.hairpin = p->ep.ports.n > 0, /* its own published port, by br_netfilter */
		.mtu = mtu_of(&p->net),
		.peer = p->ep.link,
		.peer_mac = p->ep.mac,
		.ns = ends->netns,
	};
	int master = bridge_ensure(ends->g, &p->net, nl, e);

	if (master < 0)
		return master;
	l.master = p->master = (uint32_t)master;
	link_veth(b, &l);
	link_quiet(b, l.name);
	link_up(b, l.name);
	return 0;
}

static int child_add(struct endpoints *ends, struct place *p, struct netlink *nl,
	struct netlink_batch *b, struct err *e)
{
	bool mac = strcmp(p->net.driver, "macvlan") == 0;
	const char *parent = strv_value(&p->net.options, "parent"),
		   *mode = strv_value(&p->net.options, mac ? "macvlan_mode" : "ipvlan_mode");
	struct link_child l = {
		.kind = p->net.driver,
		.name = p->ep.link,
		.mtu = mtu_of(&p->net),
		.ns = ends->netns,
	};
	int index = parent ? link_index(nl, parent, e) : 0, rc;

	if (!parent)
		return err_set(e, EINVAL, "network %s has no parent link (-o parent=LINK)",
			p->net.name);
	if (index < 0)
		return index;
	l.parent = (uint32_t)index;
	if (mac)
		l.mac = p->ep.mac;
	rc = link_child_mode(&l, mode ? mode : mac ? "bridge" : "l2", e);
	if (rc >= 0)
		link_child(b, &l);
	return rc;
}

static int outside(struct endpoints *ends, struct place *const *which, size_t n,
	struct netlink *nl, struct err *e)
{
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < n; i++)
		rc = bridge_is(&which[i]->net) ? veth_add(ends, which[i], nl, &b, e) :
						 child_add(ends, which[i], nl, &b, e);
	return rc < 0 ? rc : netlink_send(nl, &b, e);
}

/* Until the bridge knows of the port, what the container sends first would be lost. */
static void settle(struct place *const *which, size_t n, struct netlink *nl)
{
	for (size_t i = 0; i < n; i++) {
		if (!which[i]->master)
			continue;
		for (int k = 0; k < SETTLE_TRIES; k++) {
			if (link_settled(nl, which[i]->ep.host_link, which[i]->master, NULL))
				break;
			clock_sleep_ms(1);
		}
	}
}

/* One setting of version 6 in the namespace we are in. */
static int six_set(const char *link, const char *what, const char *value, struct err *e)
{
	char name[64 + LINK_NAME_MAX];
	int rc;

	snprintf(name, sizeof(name), "ipv6/conf/%s/%s", link, what);
	rc = link_setting(name, value, e);
	return rc == -ENOENT ? 0 : rc; /* a kernel without it */
}

static bool asks_for_six(const struct container_config *cfg)
{
	for (size_t i = 0; i < cfg->sysctls.n; i++) {
		if (strncmp(cfg->sysctls.v[i], "net.ipv6.conf.", 14) == 0)
			return true;
	}
	return false;
}

/* Version 6 is off but where a network has it: the kernel would make up addresses that no rule
 * of ours knows (Z76). Whoever sets it with --sysctl has the last word. */
static int six_only_where(struct endpoints *ends, struct place *const *which, size_t n,
	struct err *e)
{
	int rc = 0;

	if (!ends->quiet && !asks_for_six(&ends->c->config))
		rc = six_set("all", "disable_ipv6", "1", e);
	ends->quiet = true;
	for (size_t i = 0; rc >= 0 && i < n; i++) {
		const char *link = which[i]->ep.link;

		if (!ip_is(&which[i]->ep.ip6.ip))
			continue;
		rc = six_set(link, "accept_ra", "0", e);
		if (rc >= 0)
			rc = six_set(link, "accept_redirects", "0", e);
		if (rc >= 0)
			rc = six_set(link, "disable_ipv6", "0", e);
		if (rc >= 0)
			rc = six_set("lo", "disable_ipv6", "0", e);
	}
	return rc;
}

/* A socket in the container's network namespace, whose settings are made for `which`. */
static int inside_socket(struct endpoints *ends, struct place *const *which, size_t n,
	struct netlink *nl, struct err *e)
{
	auto_close int home = ns_open(getpid(), CLONE_NEWNET, e);
	int rc = home < 0 ? home : ns_enter(ends->netns, CLONE_NEWNET, e);

	if (rc < 0)
		return rc;
	rc = netlink_open(nl, NETLINK_ROUTE, e);
	if (rc >= 0)
		rc = six_only_where(ends, which, n, e);
	/* Or all that we do from now on would be done to the container. */
	if (ns_enter(home, CLONE_NEWNET, NULL) < 0)
		abort();
	return rc;
}

static void address_add(struct netlink_batch *b, const struct place *p, uint32_t index)
{
	const struct ipnet *const ips[] = { &p->ep.ip4, &p->ep.ip6 };

	for (size_t i = 0; i < countof(ips); i++) {
		if (ip_is(&ips[i]->ip))
			link_address(b, index, ips[i]);
	}
	link_up(b, p->ep.link);
}

static void routes_add(struct netlink_batch *b, const struct place *p, uint32_t index)
{
	bool direct = strcmp(p->net.driver, "ipvlan") == 0;

	for (size_t i = 0; i < p->net.pools_n; i++) {
		const struct network_pool *pool = &p->net.pools[i];

		if (ip_is(&pool->gateway) && !direct)
			link_route(b, index, NULL, &pool->gateway);
	}
}

static int inside(struct endpoints *ends, struct place *const *which, size_t n, struct err *e)
{
	auto_netlink struct netlink nl = NETLINK_INIT;
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	struct place *out = way_out(ends);
	int rc = inside_socket(ends, which, n, &nl, e);

	if (rc < 0)
		return rc;
	link_up(&b, "lo"); /* init is about to, but 127.0.0.11 is wanted now */
	for (size_t i = 0; rc >= 0 && i < n; i++) {
		int index = rc = link_index(&nl, which[i]->ep.link, e);

		if (index < 0)
			break;
		address_add(&b, which[i], (uint32_t)index);
		if (which[i] == out)
			routes_add(&b, out, (uint32_t)index);
	}
	return rc < 0 ? rc : netlink_send(&nl, &b, e);
}

static int attach(struct endpoints *ends, struct place *const *which, size_t n, struct err *e)
{
	struct rules_end *list = arena_get(&ends->mem, n * sizeof(*list));
	size_t k = 0;
	int rc;

	for (size_t i = 0; i < n; i++) {
		if (bridge_is(&which[i]->net))
			list[k++] = (struct rules_end){ &which[i]->net, &which[i]->ep };
	}
	rc = k ? rules_attach(ends->g, &ends->nl, list, k, e) : 0;
	if (rc == 1 && !ends->no_rules)
		engine_warn(ends->g, "the kernel has no nf_tables (CONFIG_NF_TABLES): networks are "
				     "not kept apart and nothing goes out by the host's address");
	ends->no_rules |= rc == 1;
	return rc < 0 ? rc : 0;
}

static int places_up(struct endpoints *ends, struct place *const *which, size_t n, struct err *e)
{
	auto_netlink struct netlink nl = NETLINK_INIT;
	int rc = netlink_open(&nl, NETLINK_ROUTE, e);

	if (rc >= 0)
		rc = outside(ends, which, n, &nl, e);
	if (rc >= 0)
		rc = inside(ends, which, n, e);
	if (rc >= 0)
		rc = attach(ends, which, n, e);
	if (rc >= 0)
		settle(which, n, &nl);
	for (size_t i = 0; i < n; i++)
		which[i]->up = rc >= 0;
	return rc;
}

/* Nobody asked for a network, and the kernel has nothing to make one of: a small board's container
 * runs all the same. */
static int without_bridge(struct endpoints *ends, const struct err *why, struct err *e)
{
	engine_warn(ends->g, "%s: the container has no network but the loopback", why->msg);
	while (ends->n)
		place_give(ends, &ends->v[--ends->n]);
	publish_release(&ends->ports);
	return files_of_networks(ends, ends->dir, e);
}

int endpoints_up(struct endpoints *ends, pid_t pid, struct err *e)
{
	const struct container_config *cfg = &ends->c->config;
	struct err why = { 0 };
	struct place **all;
	int rc;

	if (!ends->n)
		return 0;
	ends->netns = ns_open(pid, CLONE_NEWNET, e);
	if (ends->netns < 0)
		return ends->netns;
	all = arena_get(&ends->mem, ends->n * sizeof(*all));
	for (size_t i = 0; i < ends->n; i++)
		all[i] = &ends->v[i];
	rc = places_up(ends, all, ends->n, &why);
	if (rc == -EOPNOTSUPP && strcmp(cfg->network_mode, "default") == 0 && !cfg->ports.n)
		return without_bridge(ends, &why, e);
	return rc < 0 ? err_set(e, -rc, "%s", why.msg) : 0;
}

int endpoints_serve(struct endpoints *ends, struct loop *l, struct err *e)
{
	const struct place *out = way_out(ends);
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < ends->n && !ends->no_rules; i++) {
		if (bridge_is(&ends->v[i].net))
			rc = rules_watch_start(&ends->rules, ends->g, l, e);
	}
	if (rc >= 0 && out)
		rc = publish_serve(&ends->ports, l, &out->ep.ip4.ip, &out->ep.ip6.ip, e);
	return rc;
}

/* --- while it runs ------------------------------------------------------------------------ */

static int free_slot(const struct endpoints *ends)
{
	for (int slot = 0;; slot++) {
		size_t i = 0;

		while (i < ends->n && ends->v[i].slot != slot)
			i++;
		if (i == ends->n)
			return slot;
	}
}

static bool is_among(const struct attachment *v, size_t n, const char *network_id)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(v[i].network_id, network_id) == 0)
			return true;
	}
	return false;
}

/* The links of one, from either side: the other end goes with it. */
static void link_gone(struct endpoints *ends, const struct place *p)
{
	auto_netlink struct netlink nl = NETLINK_INIT;
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	bool here = bridge_is(&p->net);
	int rc = here ? netlink_open(&nl, NETLINK_ROUTE, NULL) :
			inside_socket(ends, NULL, 0, &nl, NULL);

	if (rc < 0)
		return;
	link_remove(&b, here ? p->ep.host_link : p->ep.link);
	(void)!netlink_send(&nl, &b, NULL);
}

static void place_drop(struct endpoints *ends, size_t i)
{
	struct place *p = &ends->v[i];

	if (p->up && bridge_is(&p->net) && !ends->no_rules)
		rules_detach(ends->g, &ends->nl, &(struct rules_end){ &p->net, &p->ep }, 1);
	if (p->up)
		link_gone(ends, p);
	if (p->ep.ports.n)
		publish_release(&ends->ports);
	place_give(ends, p);
	memmove(p, p + 1, (--ends->n - i) * sizeof(*p));
}

/* The way out may be another network's now. */
static int route_again(struct endpoints *ends, const struct place *before, struct err *e)
{
	auto_netlink struct netlink nl = NETLINK_INIT;
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	struct place *out = way_out(ends);
	int rc;

	if (!out || out == before)
		return 0;
	rc = inside_socket(ends, NULL, 0, &nl, e);
	if (rc >= 0)
		rc = link_index(&nl, out->ep.link, e);
	if (rc < 0)
		return rc;
	routes_add(&b, out, (uint32_t)rc);
	return netlink_send(&nl, &b, e);
}

static int place_connect(struct endpoints *ends, const struct attachment *a, struct err *e)
{
	struct place *all = arena_get(&ends->mem, (ends->n + 1) * sizeof(*all)), *p;
	bool out = way_out(ends) != NULL;
	int rc;

	if (ends->n)
		memcpy(all, ends->v, ends->n * sizeof(*all));
	ends->v = all;
	p = &all[ends->n];
	*p = (struct place){ .state = -1, .slot = free_slot(ends) };
	ends->n++;
	rc = place_take(ends, a, p, e);
	if (rc >= 0 && !out) /* the first that leads to the host */
		rc = ports_take(ends, e);
	if (rc >= 0)
		rc = endpoint_save(ends->g->store, p->state, &p->net, &p->ep, e);
	if (rc >= 0)
		rc = places_up(ends, &p, 1, e);
	if (rc < 0)
		place_drop(ends, ends->n - 1);
	return rc;
}

/* So are the host's ports, as Docker's: bound anew, with the rules of that network. */
static int ports_again(struct endpoints *ends, struct err *e)
{
	struct place *out = way_out(ends);
	int rc = ports_take(ends, e);

	if (rc < 0 || !out || !out->ep.ports.n)
		return rc;
	rc = endpoint_save(ends->g->store, out->state, &out->net, &out->ep, e);
	return rc < 0 ? rc : attach(ends, &out, 1, e);
}

/* It was renamed: its old name leads nowhere, its new one here. */
static int name_again(struct endpoints *ends, const char *name, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < ends->n; i++) {
		struct place *p = &ends->v[i];

		if (strcmp(p->ep.name, name) == 0)
			continue;
		p->ep.name = strv_dup(name, strlen(name), &ends->mem);
		rc = endpoint_save(ends->g->store, p->state, &p->net, &p->ep, e);
	}
	return rc;
}

int endpoints_follow(struct endpoints *ends, const struct container *now, struct err *e)
{
	int rc = name_again(ends, now->name, e);

	for (size_t i = ends->n; i-- > 0;) {
		struct place *p = &ends->v[i];
		bool first = p == way_out(ends);

		if (is_among(now->nets, now->nets_n, p->net.id))
			continue;
		place_drop(ends, i);
		if (first)
			rc = route_again(ends, NULL, e);
		if (first && rc >= 0)
			rc = ports_again(ends, e);
	}
	for (size_t i = 0; rc >= 0 && i < now->nets_n; i++) {
		size_t k = 0;

		while (k < ends->n && strcmp(ends->v[k].net.id, now->nets[i].network_id) != 0)
			k++;
		if (k < ends->n)
			continue;
		rc = place_connect(ends, &now->nets[i], e);
	}
	addresses_keep(ends);
	return rc;
}

/* --- the end ------------------------------------------------------------------------------ */

static void detach(struct endpoints *ends)
{
	struct rules_end *list = arena_get(&ends->mem, ends->n * sizeof(*list));
	size_t k = 0;

	for (size_t i = 0; i < ends->n; i++) {
		if (ends->v[i].up && bridge_is(&ends->v[i].net))
			list[k++] = (struct rules_end){ &ends->v[i].net, &ends->v[i].ep };
	}
	if (k && !ends->no_rules)
		rules_detach(ends->g, &ends->nl, list, k);
}

void endpoints_down(struct endpoints *ends)
{
	rules_watch_stop(&ends->rules);
	if (ends->n)
		detach(ends);
	for (size_t i = 0; i < ends->n; i++)
		place_give(ends, &ends->v[i]);
	publish_release(&ends->ports);
	close_at(&ends->netns);
	arena_release(&ends->mem);
	*ends = (struct endpoints){ .netns = -1, .rules = RULES_WATCH_INIT, .nl = ends->nl };
}

/* Its network namespace died with its last process, and its links with that. */
void endpoints_forget(struct engine *g, const struct container *c)
{
	auto_arena struct arena mem = { 0 };
	auto_netlink struct netlink nl = NETLINK_INIT;

	for (size_t i = 0; i < c->nets_n; i++) {
		struct network net;
		struct endpoint ep;
		auto_close int state = -1;

		if (network_of(g, &c->nets[i], &net, &mem, NULL) < 0)
			continue;
		state = network_state_open(g->store, net.id, false, NULL);
		if (state < 0)
			continue;
		if (endpoint_load(state, c->id, &ep, &mem, NULL) >= 0 && bridge_is(&net))
			rules_detach(g, &nl, &(struct rules_end){ &net, &ep }, 1);
		endpoint_drop(state, c->id);
	}
}

/* --- at create ---------------------------------------------------------------------------- */

/* "host", "none" and "container:X" have no network of ours. */
static bool is_ours(const char *mode)
{
	return strcmp(mode, "host") != 0 && strcmp(mode, "none") != 0 &&
		strncmp(mode, "container:", 10) != 0;
}

/* What --ip, --network-alias and --link say is of the first network. */
static void first_gets(const struct container_config *cfg, struct attachment *a,
	struct arena *mem)
{
	if (*cfg->ip4)
		a->ip4 = cfg->ip4;
	if (*cfg->ip6)
		a->ip6 = cfg->ip6;
	for (size_t i = 0; i < cfg->network_aliases.n; i++)
		strv_add(&a->aliases, cfg->network_aliases.v[i], mem);
	a->links = cfg->links;
}

static int alias_check(const struct network *n, const struct attachment *a, struct err *e)
{
	bool own = !network_is_predefined(n->name);

	for (size_t i = 0; i < a->aliases.n; i++) {
		if (network_name_check(a->aliases.v[i], NULL) < 0)
			return err_set(e, EINVAL, "invalid network-scoped alias");
	}
	if (a->aliases.n && !own)
		return err_set(e, EINVAL, "network-scoped alias is supported only for containers "
					  "in user defined networks");
	return 0;
}

int endpoints_attachable(struct engine *g, struct attachment *a, struct err *e)
{
	struct network n;
	int rc = engine_network_find(g, a->network, &n, e);

	if (rc < 0)
		return rc;
	if (!bridge_is(&n) && strcmp(n.driver, "macvlan") != 0 && strcmp(n.driver, "ipvlan") != 0)
		return err_set(e, EINVAL, "conflicting options: cannot attach both user-defined "
					  "and non-user-defined network-modes");
	a->network = n.name;
	a->network_id = n.id;
	return alias_check(&n, a, e);
}

/* Links of the host are root's to make. */
static int can_have(struct err *e)
{
	if (getauxval(AT_EUID) != 0)
		return err_set(e, EPERM, "networks are root's to make: an ordinary user's "
					 "containers have --network none, host or container:NAME");
	return 0;
}

static int ip_text(const char *text, unsigned family, struct err *e)
{
	struct ip ip;

	if (!*text || (ip_parse(text, &ip, NULL) >= 0 && ip.family == family))
		return 0;
	return err_set(e, EINVAL, "invalid IPv%u address: %s", family, text);
}

static int ips_parse(const struct container_config *cfg, struct err *e)
{
	int rc = ip_text(cfg->ip4, 4, e);

	return rc < 0 ? rc : ip_text(cfg->ip6, 6, e);
}

int endpoints_resolve(struct engine *g, struct container *c, struct err *e)
{
	const struct container_config *cfg = &c->config;
	int rc = ips_parse(cfg, e);

	if (rc < 0)
		return rc;
	if (strcmp(cfg->network_mode, "host") == 0 && cfg->ports.n)
		engine_warn(g, "Published ports are discarded when using host network mode");
	if (!is_ours(cfg->network_mode))
		return 0;
	rc = can_have(e);
	if (rc < 0)
		return strcmp(cfg->network_mode, "default") == 0 && !cfg->ports.n ? 0 : rc;
	for (size_t i = 0; i < cfg->nets_n; i++)
		*attachment_add(c, g->mem) = cfg->nets[i];
	if (!c->nets_n) {
		struct attachment *a = attachment_add(c, g->mem);

		a->network = strcmp(cfg->network_mode, "default") == 0 ? "bridge" :
									 cfg->network_mode;
	}
	first_gets(cfg, &c->nets[0], g->mem);
	for (size_t i = 0; rc >= 0 && i < c->nets_n; i++) {
		rc = endpoints_attachable(g, &c->nets[i], e);
		if (rc == -ENOENT)
			rc = 0; /* as Docker: it may be there when the container starts */
	}
	return rc;
}
