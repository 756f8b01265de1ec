// SPDX-License-Identifier: MIT
/* publish.h - the ports of the host on which a container's ports can be reached.
 *
 * The container's monitor binds them all and listens until the container ends: a port that is
 * taken is found out before anything runs, one that we chose is nobody else's, and where rules
 * of the kernel do not bring a packet to the container (no nf_tables; [::1]; [::] for a container
 * without an address of version 6; icc=false) the monitor passes it on (forward.h), from the
 * host's namespace.
 *
 * What an attacker controls: which ports, in a compose file or a request. Who may connect to
 * them: as forward.h says, with a bound for all ports of a container. */
#pragma once

#include "core/engine/engine.h"
#include "core/fmt/hostport.h"
#include "core/net/forward.h"

struct published {
	struct hostport at;	/* an address of the host, 0.0.0.0 or ::, and one port: first */
	int fd;			/* owned; -1: a protocol that no socket holds, or `relay` has it */
	struct forward relay;	/* once it is served */
};

struct publishing {
	struct published *v;	/* in the arena of publish_bind */
	size_t n;
	int relayed;	/* connections and flows through all of them */
};

/* Bind what c->config publishes (-p, -P).
 *
 * id      the endpoint's id, for errors
 * usual   where a port goes that names no address; zeroes: to all of the host
 *
 * 0; -EADDRINUSE, -EADDRNOTAVAIL, -EACCES with Docker's sentence, and nothing is bound. */
NODISCARD int publish_bind(const struct container *c, const char *id, const struct ip *usual,
	struct publishing *out, struct arena *mem, struct err *e);

/* Pass on what comes to them to the container's address of the same family, or to the other one
 * where it has but one. *p stays where it is until publish_release. Those that are served already
 * stay so. 0 or -errno. */
NODISCARD int publish_serve(struct publishing *p, struct loop *l, const struct ip *ip4,
	const struct ip *ip6, struct err *e);

void publish_release(struct publishing *p);

/* "IP:HOST:PORT/PROTO" of each, as an endpoint has them. */
void publish_texts(const struct publishing *p, struct strv *out, struct arena *mem);
