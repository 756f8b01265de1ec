// SPDX-License-Identifier: MIT
#include "core/engine/endpoints.h"

#include <stdio.h>

#include "core/engine/addresses.h"
#include "core/engine/bridge.h"
#include "core/engine/endlinks.h"
#include "core/engine/event.h"
#include "core/engine/networks.h"
#include "core/engine/files.h"
#include "core/engine/rules.h"
#include "core/fmt/hostport.h"
#include "core/kern/ns.h"
#include "core/os/rand.h"
#include "core/store/attachment.h"

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

struct place *endpoints_way_out(struct endpoints *ends)
{
	for (size_t i = 0; i < ends->n; i++) {
		if (leads_out(&ends->v[i]))
			return &ends->v[i];
	}
	return NULL;
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
	if (p->up)
		event_network(ends->g->store, &p->net, "disconnect", ends->c->id);
	endpoint_drop(p->state, ends->c->id);
	network_addr_give(p->state, &p->ep.ip4.ip, ends->c->id);
	network_addr_give(p->state, &p->ep.ip6.ip, ends->c->id);
	close_at(&p->state);
	p->state = -1;
}

static int ports_take(struct endpoints *ends, struct err *e)
{
	struct place *out = endpoints_way_out(ends);
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
		return *c->config.ip4 || *c->config.ip6 ? endpoints_ip_none(e) : 0;
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
		rc = endlinks_up(ends, which, n, &nl, e);
	if (rc >= 0)
		rc = attach(ends, which, n, e);
	if (rc >= 0)
		endlinks_settle(which, n, &nl);
	for (size_t i = 0; i < n; i++) {
		which[i]->up = rc >= 0;
		if (rc >= 0)
			event_network(ends->g->store, &which[i]->net, "connect", ends->c->id);
	}
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
	const struct place *out = endpoints_way_out(ends);
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

static void place_drop(struct endpoints *ends, size_t i)
{
	struct place *p = &ends->v[i];

	if (p->up && bridge_is(&p->net) && !ends->no_rules)
		rules_detach(ends->g, &ends->nl, &(struct rules_end){ &p->net, &p->ep }, 1);
	if (p->up)
		endlinks_gone(ends, p);
	if (p->ep.ports.n)
		publish_release(&ends->ports);
	place_give(ends, p);
	memmove(p, p + 1, (--ends->n - i) * sizeof(*p));
}

static int place_connect(struct endpoints *ends, const struct attachment *a, struct err *e)
{
	struct place *all = arena_get(&ends->mem, (ends->n + 1) * sizeof(*all)), *p;
	bool out = endpoints_way_out(ends) != NULL;
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
	struct place *out = endpoints_way_out(ends);
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
		bool first = p == endpoints_way_out(ends);

		if (is_among(now->nets, now->nets_n, p->net.id))
			continue;
		place_drop(ends, i);
		if (first)
			rc = endlinks_route(ends, e);
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
