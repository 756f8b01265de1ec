// SPDX-License-Identifier: MIT
/* rules.h - the kernel's rules for our networks (core/kern/nftable.h), from the records.
 *
 * Whoever finds the tables missing puts all of it back: a firewall that was reloaded, the first
 * container after a boot. A kernel without nf_tables is told of once a start, and done without:
 * then nothing leaves by the host's address, nothing separates networks, and published ports are
 * passed on by their monitors. */
#pragma once

#include "core/engine/engine.h"
#include "core/net/netlink.h"
#include "core/os/loop.h"
#include "core/store/network.h"

/* One container's endpoint and the network it is in. */
struct rules_end {
	const struct network *net;
	const struct endpoint *ep;
};

/* A network's bridge was made, or is about to go. 0, 1 without nf_tables, or -errno. */
NODISCARD int rules_net(struct engine *g, const struct network *n, struct err *e);
void rules_net_gone(struct engine *g, const struct network *n);

/* The endpoints of one container, whose records are written. 0, 1 without nf_tables, or -errno.
 *
 * nl   opened when it is not, and left open: to close it waits until the kernel is done with what
 *      was taken from the rules, by anybody (some 10 ms). Whoever has time for that closes it. */
NODISCARD int rules_attach(struct engine *g, struct netlink *nl, const struct rules_end *ends,
	size_t n, struct err *e);

/* Take them away, and the connections that the kernel remembers of their addresses. nl as above. */
void rules_detach(struct engine *g, struct netlink *nl, const struct rules_end *ends, size_t n);

/* Put everything back. 0, 1 without nf_tables, or -errno. */
NODISCARD int rules_restore(struct engine *g, struct err *e);

/* While a container with a bridge runs, its monitor puts the rules back when somebody takes them
 * away (a firewall that is reloaded). Until then the guards of its bridges let nothing through
 * (link.h). However many monitors there are, one does it: they come at random moments of a tenth
 * of a second, one at a time, and who finds the rules there has nothing to do. Elements that come
 * and go wake nobody. */
struct rules_watch {
	struct engine *g;	/* borrowed */
	struct loop *loop;	/* borrowed */
	struct loop_watch watch;
	struct loop_timer due;
	int tries;	/* that failed one after the other */
};
#define RULES_WATCH_INIT	{ .watch = { .fd = -1 } }

/* *w stays where it is until rules_watch_stop. Harmless when it watches already. 0 or -errno. */
NODISCARD int rules_watch_start(struct rules_watch *w, struct engine *g, struct loop *l,
	struct err *e);
void rules_watch_stop(struct rules_watch *w);
