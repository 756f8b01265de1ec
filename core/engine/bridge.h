// SPDX-License-Identifier: MIT
/* bridge.h - the link of a network on the host: made when its first container starts, there until
 * the network is removed or the machine goes down. */
#pragma once

#include "core/engine/engine.h"
#include "core/kern/link.h"
#include "core/store/network.h"

/* Is it a driver whose networks have a bridge? */
bool bridge_is(const struct network *n);

/* Its number, making it with its addresses, its rules and what forwarding needs when it is
 * not there.
 *
 * nl   a socket for links in the host's namespace
 *
 * > 0; -EOPNOTSUPP naming what the kernel lacks; or -errno. */
NODISCARD int bridge_ensure(struct engine *g, const struct network *n, struct netlink *nl,
	struct err *e);

/* Was it one of ours that turned the host's forwarding of this family on? Then our rules close what
 * is not ours: the host is no router because it has containers. */
bool bridge_closed(const struct store *st, unsigned family);

/* Take it away. 0 also when it was not there. */
NODISCARD int bridge_remove(struct engine *g, const struct network *n, struct err *e);
