// SPDX-License-Identifier: MIT
#include "core/engine/rules.h"

#include <stdio.h>

#include "core/engine/bridge.h"
#include "core/engine/networks.h"
#include "core/fmt/hostport.h"
#include "core/kern/conntrack.h"
#include "core/kern/link.h"
#include "core/kern/nftable.h"
#include "core/os/lock.h"
#include "core/os/rand.h"

enum {
	TABLE_MAX = 32,
	HEAL_MS = 20,		/* who takes tables away by one may take more */
	HEAL_SPREAD_MS = 100,	/* so that not all monitors come at once */
	HEAL_AGAIN_MS = 1000,
	HEAL_TRIES = 30,	/* then not until rules are taken away again */
};

static void table_of(const struct store *st, char out[static TABLE_MAX])
{
	snprintf(out, TABLE_MAX, "coracle%s%s", *st->tag ? "-" : "", st->tag);
}

/* --- from records to what the tables hold ----------------------------------------------- */

static void net_of(const struct store *st, const struct network *n,
	char bridge[static NETWORKS_LINK_MAX], struct nftable_net *out)
{
	size_t k = 0;

	networks_bridge(n, bridge);
	*out = (struct nftable_net){
		.bridge = bridge,
		.masquerade = !n->internal &&
			networks_option(n, NETWORK_OPT_MASQUERADE, true),
		.internal = n->internal,
		.icc = networks_option(n, NETWORK_OPT_ICC, true),
		.closed = { bridge_closed(st, 4), bridge_closed(st, 6) },
	};
	for (size_t i = 0; i < n->pools_n && k < countof(out->subnet); i++)
		out->subnet[k++] = ipnet_masked(&n->pools[i].subnet);
}

static bool is_zero(const struct ip *ip)
{
	return ip_is_zero_after(ip, 0);
}

static size_t ports_of(const struct endpoint *ep, struct nftable_port *out)
{
	size_t n = 0;

	for (size_t i = 0; i < ep->ports.n; i++) {
		struct hostport p;

		if (hostport_read(ep->ports.v[i], &p, NULL) < 0)
			continue;
		if (p.host.family == 6 ? !ip_is(&ep->ip6.ip) : !ip_is(&ep->ip4.ip))
			continue; /* the monitor passes it on */
		out[n++] = (struct nftable_port){
			.host = p.host,
			.host_port = p.first,
			.port = p.port,
			.proto = p.proto,
			.localhost = p.host.family == 4 && is_zero(&p.host),
		};
	}
	return n;
}

static void end_of(const struct network *n, const struct endpoint *ep,
	struct arena *mem, struct nftable_endpoint *out)
{
	char *bridge = arena_get(mem, NETWORKS_LINK_MAX);
	struct nftable_port *ports = arena_get(mem, ep->ports.n * sizeof(*ports) + 1);
	const char *mode = strv_value(&n->options, "com.docker.network.bridge.gateway_mode_ipv4");

	networks_bridge(n, bridge);
	*out = (struct nftable_endpoint){
		.bridge = bridge,
		.link = ep->host_link,
		.mac = ep->mac,
		.ip = { ep->ip4.ip, ep->ip6.ip },
		.open = mode && strcmp(mode, "nat-unprotected") == 0,
		.ports = ports,
		.ports_n = ports_of(ep, ports),
	};
}

/* --- all of it -------------------------------------------------------------------------- */

struct all {
	struct engine *g;
	struct arena mem;
};

static void count_ends(struct engine *g, const struct network *nets, size_t n, struct arena *mem,
	struct strv *who)
{
	for (size_t i = 0; i < n; i++) {
		auto_close int state = network_state_open(g->store, nets[i].id, false, NULL);

		if (state < 0 || endpoint_list(state, &who[i], mem, NULL) < 0)
			who[i] = (struct strv){ 0 };
	}
}

/* What there should be, now. */
static int want_all(void *arg, struct nftable_state *out, struct err *e)
{
	struct all *a = arg;
	struct network *all;
	struct nftable_net *nets;
	struct nftable_endpoint *eps;
	struct strv *who;
	size_t n, ends = 0, eps_n = 0, nets_n = 0;
	int rc;

	arena_release(&a->mem);
	rc = network_list(a->g->store, &all, &a->mem, e);
	if (rc < 0)
		return rc;
	n = (size_t)rc;
	who = arena_get(&a->mem, n * sizeof(*who) + 1);
	nets = arena_get(&a->mem, n * sizeof(*nets) + 1);
	count_ends(a->g, all, n, &a->mem, who);
	for (size_t i = 0; i < n; i++)
		ends += who[i].n;
	eps = arena_get(&a->mem, ends * sizeof(*eps) + 1);
	for (size_t i = 0; i < n; i++) {
		auto_close int state = -1;

		if (!bridge_is(&all[i]))
			continue;
		net_of(a->g->store, &all[i], arena_get(&a->mem, NETWORKS_LINK_MAX),
			&nets[nets_n++]);
		state = network_state_open(a->g->store, all[i].id, false, NULL);
		for (size_t k = 0; k < who[i].n; k++) {
			struct endpoint ep;

			if (endpoint_load(state, who[i].v[k], &ep, &a->mem, NULL) >= 0)
				end_of(&all[i], &ep, &a->mem, &eps[eps_n++]);
		}
	}
	*out = (struct nftable_state){ nets, nets_n, eps, eps_n };
	return 0;
}

static int restore(struct engine *g, struct netlink *nl, struct err *e)
{
	struct all a = { .g = g };
	char table[TABLE_MAX];
	unsigned missing = 0;
	int rc;

	table_of(g->store, table);
	rc = nftable_restore(nl, table, want_all, &a, &missing, e);
	arena_release(&a.mem);
	return rc;
}

/* Without nf_tables: 1. */
static int without(int rc)
{
	return rc == -EOPNOTSUPP || rc == -EPROTONOSUPPORT ? 1 : rc;
}

static int socket_open(struct netlink *nl, struct err *e)
{
	if (nl->fd >= 0)
		return 0;
	return without(netlink_open(nl, NETLINK_NETFILTER, e));
}

int rules_restore(struct engine *g, struct err *e)
{
	auto_netlink struct netlink nl = NETLINK_INIT;
	int rc = socket_open(&nl, e);

	return rc ? rc : without(restore(g, &nl, e));
}

int rules_net(struct engine *g, const struct network *n, struct err *e)
{
	auto_netlink struct netlink nl = NETLINK_INIT;
	char table[TABLE_MAX], bridge[NETWORKS_LINK_MAX];
	struct nftable_net net;
	int rc = socket_open(&nl, e);

	if (rc)
		return rc;
	table_of(g->store, table);
	net_of(g->store, n, bridge, &net);
	rc = nftable_net_add(&nl, table, &net, e);
	return without(rc == -ENOENT ? restore(g, &nl, e) : rc);
}

void rules_net_gone(struct engine *g, const struct network *n)
{
	auto_netlink struct netlink nl = NETLINK_INIT;
	char table[TABLE_MAX], bridge[NETWORKS_LINK_MAX];
	struct nftable_net net;

	if (socket_open(&nl, NULL))
		return;
	table_of(g->store, table);
	net_of(g->store, n, bridge, &net);
	memset(net.closed, 0, sizeof(net.closed)); /* for the others it stays */
	(void)!nftable_net_remove(&nl, table, &net, NULL);
}

/* --- one container ---------------------------------------------------------------------- */

static struct nftable_endpoint *ends_of(const struct rules_end *ends, size_t n,
	struct arena *mem)
{
	struct nftable_endpoint *eps = arena_get(mem, n * sizeof(*eps) + 1);

	for (size_t i = 0; i < n; i++)
		end_of(ends[i].net, ends[i].ep, mem, &eps[i]);
	return eps;
}

/* Packets of 127/8 cross a bridge from its first published port, when the rules that keep others
 * out are there, to its last (Z73). */
static int localnet(const struct network *n, bool on, struct err *e)
{
	auto_netlink struct netlink nl = NETLINK_INIT;
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	char bridge[NETWORKS_LINK_MAX];
	int rc = netlink_open(&nl, NETLINK_ROUTE, e);

	if (rc < 0)
		return rc;
	link_localnet(&b, networks_bridge(n, bridge), on);
	return netlink_send(&nl, &b, e);
}

/* Does another container publish here? */
static bool others_publish(struct engine *g, const struct rules_end *end)
{
	auto_arena struct arena mem = { 0 };
	auto_close int state = network_state_open(g->store, end->net->id, false, NULL);
	struct strv who = { 0 };
	struct endpoint ep;

	if (state < 0 || endpoint_list(state, &who, &mem, NULL) < 0)
		return false;
	for (size_t i = 0; i < who.n; i++) {
		if (strcmp(who.v[i], end->ep->container) != 0 &&
			endpoint_load(state, who.v[i], &ep, &mem, NULL) >= 0 && ep.ports.n)
			return true;
	}
	return false;
}

static void localnet_off(struct engine *g, const struct rules_end *end)
{
	if (!end->ep->ports.n || others_publish(g, end))
		return;
	(void)!localnet(end->net, false, NULL);
	if (others_publish(g, end)) /* one whose record came meanwhile may have been faster */
		(void)!localnet(end->net, true, NULL);
}

int rules_attach(struct engine *g, struct netlink *nl, const struct rules_end *ends, size_t n,
	struct err *e)
{
	auto_arena struct arena mem = { 0 };
	char table[TABLE_MAX];
	int rc = socket_open(nl, e);

	if (rc)
		return rc;
	table_of(g->store, table);
	rc = nftable_attach(nl, table, ends_of(ends, n, &mem), n, e);
	rc = without(rc == -ENOENT ? restore(g, nl, e) : rc);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (ends[i].ep->ports.n && ip_is(&ends[i].ep->ip4.ip))
			rc = localnet(ends[i].net, true, e);
	}
	return rc;
}

void rules_detach(struct engine *g, struct netlink *nl, const struct rules_end *ends, size_t n)
{
	auto_arena struct arena mem = { 0 };
	char table[TABLE_MAX];

	if (socket_open(nl, NULL))
		return;
	table_of(g->store, table);
	(void)!nftable_detach(nl, table, ends_of(ends, n, &mem), n, NULL);
	for (size_t i = 0; i < n; i++)
		localnet_off(g, &ends[i]);
	for (size_t i = 0; i < n; i++) {
		const struct ip *const ips[] = { &ends[i].ep->ip4.ip, &ends[i].ep->ip6.ip };

		for (size_t k = 0; k < countof(ips); k++) {
			if (ip_is(ips[k]))
				(void)!conntrack_forget(nl, ips[k], NULL);
		}
	}
}

/* --- watching ---------------------------------------------------------------------------- */

/* By who holds the lock. 0 or -errno. */
static int heal(struct engine *g)
{
	auto_netlink struct netlink nl = NETLINK_INIT;
	char table[TABLE_MAX];
	int rc = netlink_open(&nl, NETLINK_NETFILTER, NULL);

	if (rc < 0)
		return rc;
	table_of(g->store, table);
	rc = nftable_present(&nl, table, NULL);
	return rc ? rc : restore(g, &nl, NULL);
}

static void heal_due(struct loop *l, struct loop_timer *t)
{
	struct rules_watch *w = t->arg;
	auto_close int lock = lock_open(w->g->store->state_fd, "rules.lock", NULL);
	int rc = lock < 0 ? lock : lock_take(lock, LOCK_EXCLUSIVE, 0, NULL);

	if (rc == -EWOULDBLOCK) {	/* another does it; see that it did */
		loop_timer_set(l, t, HEAL_SPREAD_MS);
		return;
	}
	if (rc >= 0)
		rc = heal(w->g);
	w->tries = rc < 0 ? w->tries + 1 : 0;
	if (rc < 0 && w->tries < HEAL_TRIES)
		loop_timer_set(l, t, HEAL_AGAIN_MS);
}

static void taken_away(struct loop *l, struct loop_watch *watch, uint32_t events UNUSED)
{
	struct rules_watch *w = watch->arg;
	uint8_t spread;

	nftable_watched(watch->fd);
	rand_bytes(&spread, 1);
	w->tries = 0;
	if (!w->due.at_ms)
		loop_timer_set(l, &w->due, HEAL_MS + spread % HEAL_SPREAD_MS);
}

int rules_watch_start(struct rules_watch *w, struct engine *g, struct loop *l, struct err *e)
{
	int fd, rc;

	if (w->watch.fd >= 0)
		return 0;
	fd = nftable_watch(e);
	if (fd < 0)
		return fd;
	*w = (struct rules_watch){ .g = g, .loop = l };
	w->watch = (struct loop_watch){ fd, EPOLLIN, taken_away, w };
	w->due = (struct loop_timer){ .fn = heal_due, .arg = w };
	rc = loop_add(l, &w->watch, e);
	if (rc < 0)
		close_at(&fd);
	w->watch.fd = rc < 0 ? -1 : fd;
	return rc;
}

void rules_watch_stop(struct rules_watch *w)
{
	int fd = w->watch.fd;

	if (fd < 0)
		return;
	loop_timer_stop(w->loop, &w->due);
	loop_remove(w->loop, &w->watch);
	close(fd);
	*w = (struct rules_watch)RULES_WATCH_INIT;
}
