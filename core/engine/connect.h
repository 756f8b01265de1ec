// SPDX-License-Identifier: MIT
/* connect.h - a container enters a network, or leaves one, running or not. */
#pragma once

#include "core/engine/networks.h"

/* network, id   the network as the user names it; the container's id
 * a             what is asked for there: addresses, aliases, links
 *
 * 0; -ENOENT, -EEXIST, -EBUSY, -EINVAL, -EADDRINUSE with Docker's sentences; or -errno, and
 * nothing has changed. */
NODISCARD int engine_network_connect(struct engine *g, const char *network, const char *id,
	const struct attachment *a, struct err *e);

NODISCARD int engine_network_disconnect(struct engine *g, const char *network, const char *id,
	struct err *e);
