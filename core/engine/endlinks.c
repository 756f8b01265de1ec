// SPDX-License-Identifier: MIT
#include "core/engine/endlinks.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/engine/bridge.h"
#include "core/kern/ns.h"
#include "core/os/clock.h"

enum { SETTLE_TRIES = 50 }; /* of a millisecond; then it starts all the same */

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
void endlinks_settle(struct place *const *which, size_t n, struct netlink *nl)
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
	struct place *out = endpoints_way_out(ends);
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

int endlinks_up(struct endpoints *ends, struct place *const *which, size_t n, struct netlink *nl,
	struct err *e)
{
	int rc = outside(ends, which, n, nl, e);

	return rc < 0 ? rc : inside(ends, which, n, e);
}

/* From either side: the other end goes with it. */
void endlinks_gone(struct endpoints *ends, const struct place *p)
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

int endlinks_route(struct endpoints *ends, struct err *e)
{
	auto_netlink struct netlink nl = NETLINK_INIT;
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	struct place *out = endpoints_way_out(ends);
	int rc;

	if (!out)
		return 0;
	rc = inside_socket(ends, NULL, 0, &nl, e);
	if (rc >= 0)
		rc = link_index(&nl, out->ep.link, e);
	if (rc < 0)
		return rc;
	routes_add(&b, out, (uint32_t)rc);
	return netlink_send(&nl, &b, e);
}
