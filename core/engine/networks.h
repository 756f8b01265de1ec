// SPDX-License-Identifier: MIT
/* networks.h - the verbs on networks.
 *
 * Records, addresses and names are core/store/network.h's; links and tables of rules are made
 * when the first container of a network starts, so that making one costs a record.
 * bridge, host and none are made when networks are first asked for.
 *
 * What an attacker controls: names, options and subnets in a compose file or a request. Whoever
 * may make networks may take the host's addresses: default pools avoid the host's routes, a
 * subnet that was asked for does not. */
#pragma once

#include "core/engine/engine.h"
#include "core/engine/prune.h"
#include "core/store/network.h"

/* Options that mean something here; the others are kept. */
#define NETWORK_OPT_BRIDGE	"com.docker.network.bridge.name"
#define NETWORK_OPT_ICC		"com.docker.network.bridge.enable_icc"
#define NETWORK_OPT_MASQUERADE	"com.docker.network.bridge.enable_ip_masquerade"
#define NETWORK_OPT_HOST_IP	"com.docker.network.bridge.host_binding_ipv4"
#define NETWORK_OPT_MTU		"com.docker.network.driver.mtu"

enum { NETWORKS_LINK_MAX = 16 };	/* with the final 0 */

/* Make a network.
 *
 * n   network_init, then name and what was asked for: driver, pools, options …; id, created_ns,
 *     lacking pools and gateways are filled in
 *
 * 0; -EEXIST "network with name x already exists"; -EINVAL, -ENOTSUP, -EADDRINUSE, … with
 * Docker's sentences. */
NODISCARD int engine_network_create(struct engine *g, struct network *n, struct err *e);

/* As network_find and network_list, with those that are predefined. */
NODISCARD int engine_network_find(struct engine *g, const char *ref, struct network *n,
				  struct err *e);
NODISCARD int engine_networks(struct engine *g, struct network **out, struct err *e);

/* The endpoints of containers that live, in the order of their ids. *out lives in g->mem.
 * How many, or -errno. */
NODISCARD int engine_network_endpoints(struct engine *g, const struct network *n,
				       struct endpoint **out, struct err *e);

/* The document that `network inspect` shows; the caller owns it. NULL: as engine_network_find. */
NODISCARD json_t *engine_network_inspect(struct engine *g, const char *ref, struct err *e);

/* Remove one that no running container is in.
 * 0; -ENOENT "network x not found"; -EPERM "x is a pre-defined network and cannot be removed";
 * -EBUSY with Docker's sentence; or -errno. */
NODISCARD int engine_network_remove(struct engine *g, const char *ref, struct err *e);

/* Remove all that no running container is in, but for those that are predefined or only a
 * configuration. One that cannot be removed is a warning. gone is told of each name. */
NODISCARD int engine_network_prune(struct engine *g, const struct prune_filters *f,
				   prune_gone_fn *gone, void *arg, struct err *e);

/* The bridge's link: what the option says, or "br-" and the beginning of the id. */
const char *networks_bridge(const struct network *n, char name[static NETWORKS_LINK_MAX]);

/* The value of an option that is a bool, or `otherwise`. */
bool networks_option(const struct network *n, const char *key, bool otherwise);

/* Who says which containers live, for network.h: those whose lock is held. */
struct networks_live {
	struct network_who who;
	struct store *store;	/* borrowed */
	const char *container;	/* whose lock is held now */
	int lock;
	struct engine *g;	/* NULL; or what is dead loses its rules too (Z80), and then ... */
	const struct network *net;	/* borrowed; it is in this network */
	int state;	/* borrowed; of that */
};
void networks_live_init(struct networks_live *l, struct store *st);
