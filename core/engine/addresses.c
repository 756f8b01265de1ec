// SPDX-License-Identifier: MIT
#include "core/engine/addresses.h"

/* The one of this family that it had in this network when it last ran, or none. */
static struct ip before(const struct container *c, const struct network *n, unsigned family)
{
	const size_t skip = CONTAINER_SHORT_LEN + 1;
	const char *at = c->state.addresses ? c->state.addresses : "";
	size_t len;

	for (; *at; at += len + strspn(at + len, " ")) {
		char text[IP_TEXT_MAX] = "";
		struct ip ip = { 0 };

		len = strcspn(at, " ");
		if (len <= skip || len - skip >= sizeof(text) ||
		    strncmp(at, n->id, CONTAINER_SHORT_LEN) != 0)
			continue;
		memcpy(text, at + skip, len - skip);
		if (ip_parse(text, &ip, NULL) >= 0 && ip.family == family)
			return ip;
	}
	return (struct ip){ 0 };
}

int addresses_take(struct endpoints *ends, struct place *p, unsigned family, const char *asked,
	struct ipnet *out, struct err *e)
{
	const struct network_pool *pool = network_pool_family(&p->net, family);
	const struct ip again = before(ends->c, &p->net, family);
	struct networks_live live;
	struct ip want = { 0 };
	int rc;

	if (!pool)
		return 0;
	networks_live_init(&live, ends->g->store);
	live.g = ends->g;
	live.net = &p->net;
	live.state = p->state;
	if (!*asked && ip_is(&again) &&
	    network_addr_take(p->state, &p->net, pool, &again, ends->c->id, &live.who, out,
		    NULL) >= 0)
		return 0;
	rc = *asked ? ip_parse(asked, &want, e) : 0;
	return rc < 0 ? rc :
			network_addr_take(p->state, &p->net, pool, &want, ends->c->id, &live.who,
				out, e);
}

void addresses_keep(const struct endpoints *ends)
{
	auto_str struct str b = STR_INIT;
	char text[IP_TEXT_MAX];

	for (size_t i = 0; i < ends->n; i++) {
		const struct place *p = &ends->v[i];
		const struct ip *const ips[] = { &p->ep.ip4.ip, &p->ep.ip6.ip };

		for (size_t k = 0; k < countof(ips); k++) {
			if (ip_is(ips[k]))
				str_addf(&b, "%s%.12s=%s", b.len ? " " : "", p->net.id,
					ip_print(ips[k], text));
		}
	}
	ends->c->state.addresses = b.len ? strv_dup(b.s, b.len, ends->g->mem) : "";
}
