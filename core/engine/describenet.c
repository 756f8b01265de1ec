// SPDX-License-Identifier: MIT
/* describenet.c - NetworkSettings of inspect: what a container has in its networks. */
#include "core/engine/describe.h"

#include "core/engine/networks.h"
#include "core/fmt/hostport.h"
#include "core/store/attachment.h"
#include "core/store/network.h"

#include <stdio.h>

/* One network of a container, and its endpoint there while it runs. */
struct seen {
	const struct attachment *a;	/* NULL: host or none */
	struct network net;
	struct endpoint ep;
	bool up;
};

static void put_ip(json_t *o, const char *key, const struct ip *ip)
{
	char text[IP_TEXT_MAX];

	json_put_text(o, key, ip_print(ip, text));
}

static void put_gateway(json_t *o, const char *key, const struct seen *s, unsigned family)
{
	const struct network_pool *pool = s->up ? network_pool_family(&s->net, family) : NULL;

	put_ip(o, key, pool && !s->net.internal ? &pool->gateway : &(struct ip){ 0 });
}

static void put_six(json_t *o, const struct seen *s)
{
	put_ip(o, "GlobalIPv6Address", &s->ep.ip6.ip);
	json_put_int(o, "GlobalIPv6PrefixLen", s->ep.ip6.len);
}

/* Docker has two orders: `old` is that of a time when there was one network. */
static void put_addresses(json_t *o, const struct seen *s, bool old)
{
	char mac[MAC_TEXT_MAX] = "";

	put_gateway(o, "Gateway", s, 4);
	if (old)
		put_six(o, s);
	put_ip(o, "IPAddress", &s->ep.ip4.ip);
	json_put_int(o, "IPPrefixLen", s->ep.ip4.len);
	put_gateway(o, "IPv6Gateway", s, 6);
	if (!old)
		put_six(o, s);
	json_put_text(o, "MacAddress", s->up ? mac_print(&s->ep.mac, mac) : mac);
}

static json_t *ipam_doc(const struct attachment *a)
{
	json_t *o = json_object();

	if (*a->ip4)
		json_put_text(o, "IPv4Address", a->ip4);
	if (*a->ip6)
		json_put_text(o, "IPv6Address", a->ip6);
	return o;
}

/* The short id is one of a container's names in a network of the user's. */
static json_t *aliases_doc(const struct container *c, const struct attachment *a)
{
	json_t *names = json_array();

	if (network_is_predefined(a->network))
		return json_or_null(names);
	for (size_t i = 0; i < a->aliases.n; i++)
		json_array_append_new(names, json_string(a->aliases.v[i]));
	if (c->state.started_ns)	/* Docker adds it when it first starts */
		json_array_append_new(names, json_stringn(c->id, CONTAINER_SHORT_LEN));
	return json_or_null(names);
}

/* {} is what `network connect` leaves, null is a --network without addresses. */
static json_t *ipam_of(const struct container *c, const struct attachment *a)
{
	if (!a)
		return json_null();
	if (*a->ip4 || *a->ip6)
		return ipam_doc(a);
	if (strcmp(a->network, c->config.network_mode) == 0 ||
	    strcmp(c->config.network_mode, "default") == 0)
		return json_null();
	for (size_t i = 0; i < c->config.nets_n; i++) {
		if (strcmp(c->config.nets[i].network, a->network) == 0)
			return json_null();
	}
	return json_object();
}

static json_t *seen_doc(const struct container *c, const struct seen *s)
{
	const struct attachment *a = s->a;
	json_t *o = json_object();

	json_put(o, "IPAMConfig", ipam_of(c, a));
	json_put(o, "Links", a ? json_or_null(json_from_strv(&a->links)) : json_null());
	json_put(o, "Aliases", a ? aliases_doc(c, a) : json_null());
	json_put_text(o, "NetworkID", !c->state.started_ns ? "" : a ? a->network_id : s->net.id);
	json_put_text(o, "EndpointID", s->up ? s->ep.id : "");
	put_addresses(o, s, false);
	json_put(o, "DriverOpts", a && a->driver_opts.n ? json_from_pairs(&a->driver_opts) :
							   json_null());
	return o;
}

static void seen_load(struct engine *g, const struct container *c, const struct attachment *a,
	struct seen *s)
{
	const char *ref = *a->network_id ? a->network_id : a->network;
	auto_close int state = -1;

	*s = (struct seen){ .a = a };
	if (network_find(g->store, ref, &s->net, g->mem, NULL) >= 0)
		state = network_state_open(g->store, s->net.id, false, NULL);
	s->up = state >= 0 && endpoint_load(state, c->id, &s->ep, g->mem, NULL) >= 0;
	if (!s->up)
		s->ep = (struct endpoint){ .id = "" };
}

/* {"80/tcp": [{"HostIp": …, "HostPort": …}], "443/tcp": null} */
static json_t *ports_doc(const struct container *c, const struct strv *bound, bool up)
{
	json_t *o = json_object();

	for (size_t i = 0; up && i < bound->n; i++) {
		struct hostport p;
		char key[16], host[IP_TEXT_MAX], port[8];
		json_t *list, *b;

		if (hostport_read(bound->v[i], &p, NULL) < 0)
			continue;
		snprintf(key, sizeof(key), "%u/%s", p.port, hostport_proto(p.proto));
		list = json_object_get(o, key);
		if (!list)
			json_put(o, key, list = json_array());
		b = json_object();
		json_put_text(b, "HostIp", ip_print(&p.host, host));
		snprintf(port, sizeof(port), "%u", p.first);
		json_put_text(b, "HostPort", port);
		json_array_append_new(list, b);
	}
	for (size_t i = 0; up && i < c->config.exposed_ports.n; i++) {
		if (!json_object_get(o, c->config.exposed_ports.v[i]))
			json_put(o, c->config.exposed_ports.v[i], json_null());
	}
	return json_sorted(o);
}

/* What nsenter --net takes. */
static void put_sandbox(json_t *o, const struct container *c)
{
	char path[32] = "";

	if (c->state.pid)
		snprintf(path, sizeof(path), "/proc/%lld/ns/net", (long long)c->state.pid);
	json_put_text(o, "SandboxKey", path);
}

/* The networks that are not ours to put anybody in. */
static json_t *mode_doc(struct engine *g, const struct container *c, const char *name)
{
	struct seen s = { .ep.id = "" };

	if (engine_network_find(g, name, &s.net, NULL) < 0)
		s.net.id = "";
	return seen_doc(c, &s);
}

json_t *describe_networks(struct engine *g, const struct container *c)
{
	const char *mode = c->config.network_mode;
	json_t *o = json_object(), *nets = json_object();
	struct seen bridge = { .ep.id = "" };
	struct strv ports = { 0 };
	bool up = false;

	for (size_t i = 0; i < c->nets_n; i++) {
		struct seen s;

		seen_load(g, c, &c->nets[i], &s);
		json_put(nets, s.a->network, seen_doc(c, &s));
		up |= s.up;
		if (strcmp(s.a->network, "bridge") == 0)
			bridge = s;
		for (size_t k = 0; k < s.ep.ports.n; k++)
			strv_add(&ports, s.ep.ports.v[k], g->mem);
	}
	if (strcmp(mode, "host") == 0)
		json_put(nets, mode, mode_doc(g, c, mode));
	else if (!c->nets_n && (strcmp(mode, "none") == 0 || strcmp(mode, "default") == 0))
		json_put(nets, "none", mode_doc(g, c, "none"));
	json_put_text(o, "Bridge", "");
	json_put_text(o, "SandboxID", c->state.pid ? c->id : "");
	json_put_bool(o, "HairpinMode", false);
	json_put_text(o, "LinkLocalIPv6Address", "");
	json_put_int(o, "LinkLocalIPv6PrefixLen", 0);
	json_put(o, "Ports", ports_doc(c, &ports, up));
	put_sandbox(o, c);
	json_put(o, "SecondaryIPAddresses", json_null());
	json_put(o, "SecondaryIPv6Addresses", json_null());
	json_put_text(o, "EndpointID", bridge.up ? bridge.ep.id : "");
	put_addresses(o, &bridge, true);
	json_put(o, "Networks", nets);
	return o;
}
