// SPDX-License-Identifier: MIT
/* resolver.h - a container's DNS: the names of its networks, and what the host's servers know.
 *
 * The monitor answers on sockets that were opened in the container's network namespace (nftport.h;
 * without nf_tables they have port 53 itself, and no server in the container can). A name
 * is one that some container has in a network that both are in (its own, its hostname, its
 * short id, an alias), or that name and the network's: "web", "web.backend". What is nobody's
 * there is asked of --dns, or of the host's servers: from the container's namespace, but of a
 * server on the loopback of the host's file from the host's. A
 * container that is in internal networks only asks nobody (Z77).
 *
 * What an attacker controls: see dnsd.h. Names of other containers were checked when they
 * were given. */
#pragma once

#include "core/engine/endpoints.h"
#include "core/net/dnsd.h"

struct resolver {
	struct dnsd dnsd;
	struct dnsd_config config;
	struct endpoints *ends;	/* borrowed */
	bool own;	/* upstreams are those of --dns: on the loopback of the container */
	int home;	/* owned; our own network namespace; -1 */
};
#define RESOLVER_INIT	{ .dnsd = DNSD_INIT, .home = -1 }

/* Has the container a network with names? */
bool resolver_wanted(const struct container *c);

/* Answer on 127.0.0.11:53 in the container's network namespace. 0 or -errno. */
NODISCARD int resolver_start(struct resolver *r, struct endpoints *ends, struct loop *l,
	struct err *e);

/* The container is in other networks now: whom to ask, if anybody, is another matter. */
void resolver_follow(struct resolver *r);
void resolver_stop(struct resolver *r);
