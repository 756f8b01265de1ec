// SPDX-License-Identifier: MIT
/* endlinks.h - the links of a container's places in networks, in the host's namespace and in its
 * own.
 *
 * What an attacker controls: with CAP_NET_ADMIN all in the container's namespace (endpoints.h). */
#pragma once

#include "core/engine/endpoints.h"

/* Make them: links, settings, addresses, the way out.
 *
 * which, n   of ends->v
 * nl         a socket for links in the host's namespace
 *
 * 0; -EOPNOTSUPP naming what the kernel lacks; or -errno, and some may be there. */
NODISCARD int endlinks_up(struct endpoints *ends, struct place *const *which, size_t n,
	struct netlink *nl, struct err *e);

/* Wait, a moment at most, until the bridges know of them: what is sent before is lost. */
void endlinks_settle(struct place *const *which, size_t n, struct netlink *nl);

/* Take those of one away, whatever is there. */
void endlinks_gone(struct endpoints *ends, const struct place *p);

/* The way out is another network's now (endpoints_way_out). 0 or -errno. */
NODISCARD int endlinks_route(struct endpoints *ends, struct err *e);
