// SPDX-License-Identifier: MIT
#include "core/engine/networks.h"

#include "build/gen/config.h"


#include <fcntl.h>
#include <linux/netlink.h>
#include <stdio.h>

#include "core/base/num.h"
#include "core/engine/bridge.h"
#include "core/engine/event.h"
#include "core/engine/rules.h"
#include "core/kern/link.h"
#include "core/os/clock.h"
#include "core/os/rand.h"

#define NETWORKS_BRIDGE	"coracle0"

/* --- what the host has -------------------------------------------------------------------- */

struct prefixes {
	struct ipnet *v;	/* in mem */
	size_t n, cap;
	struct arena *mem;
	uint32_t own;		/* the number of the default network's link, 0: it is not there */
};

/* The link of the network "bridge": another root's is another one. */
static const char *own_link(const struct store *st, char name[static NETWORKS_LINK_MAX])
{
	if (*st->tag)
		snprintf(name, NETWORKS_LINK_MAX, "cor-%s", st->tag);
	else
		strcpy(name, NETWORKS_BRIDGE);
	return name;
}

static void prefix_add(void *arg, const struct ipnet *prefix, uint32_t link)
{
	struct prefixes *p = arg;

	if (link && link == p->own)
		return;	/* a network's own subnet is no reason not to have it again */
	if (p->n == p->cap) {
		struct ipnet *grown = arena_get(p->mem, (p->cap * 2 + 16) * sizeof(*grown));

		if (p->n)
			memcpy(grown, p->v, p->n * sizeof(*grown));
		p->v = grown;
		p->cap = p->cap * 2 + 16;
	}
	p->v[p->n++] = *prefix;
}

/* The prefixes that default pools stay clear of. A host that does not tell has none. */
static void host_prefixes(struct engine *g, struct prefixes *p)
{
	auto_netlink struct netlink nl = NETLINK_INIT;

	char name[NETWORKS_LINK_MAX];
	int own;

	p->mem = g->mem;
	if (netlink_open(&nl, NETLINK_ROUTE, NULL) < 0)
		return;
	own = link_index(&nl, own_link(g->store, name), NULL);
	p->own = own > 0 ? (uint32_t)own : 0;
	(void)!link_prefixes(&nl, prefix_add, p, NULL);
}

/* --- links and rules ---------------------------------------------------------------------- */

/* What a network has on the host goes: its bridge, its elements. The record is gone already, and
 * it has no endpoints. */
static void unmake(struct engine *g, const struct network *n)
{
	(void)!bridge_remove(g, n, NULL);
}

/* --- who lives ---------------------------------------------------------------------------- */

static bool live_hold(void *arg, const char *container)
{
	auto_arena struct arena mem = { 0 };
	auto_netlink struct netlink nl = NETLINK_INIT;
	struct networks_live *l = arg;
	struct endpoint ep;

	if (strlen(container) != CONTAINER_ID_LEN ||
	    strspn(container, "0123456789abcdef") != CONTAINER_ID_LEN)
		return false;
	if (container_locked(l->store, container))
		return false;
	l->lock = container_lock(l->store, container, NULL);
	l->container = container;
	if (CFG_BRIDGES && l->lock >= 0 && l->g && bridge_is(l->net) &&
		endpoint_load(l->state, container, &ep, &mem, NULL) >= 0)
		rules_detach(l->g, &nl, &(struct rules_end){ l->net, &ep }, 1);
	return l->lock >= 0;
}

static void live_let(void *arg)
{
	auto_arena struct arena mem = { 0 };
	struct networks_live *l = arg;
	struct container_state st;
	char path[sizeof("containers//lock") + CONTAINER_ID_LEN];

	/* Of one that is no more, taking the lock made its directory: it goes, lock held. */
	if (container_state_load(l->store, l->container, &st, &mem, NULL) == -ENOENT) {
		snprintf(path, sizeof(path), "containers/%s/lock", l->container);
		unlinkat(l->store->state_fd, path, 0);
		path[strlen(path) - strlen("/lock")] = 0;
		unlinkat(l->store->state_fd, path, AT_REMOVEDIR);
	}
	close(l->lock);
	l->lock = -1;
}

void networks_live_init(struct networks_live *l, struct store *st)
{
	*l = (struct networks_live){ .who = { live_hold, live_let, l }, .store = st, .lock = -1 };
}

/* Endpoints that crashes left. */
static void sweep(struct engine *g, const struct network *n)
{
	auto_close int state = network_state_open(g->store, n->id, false, NULL);
	struct networks_live live;

	networks_live_init(&live, g->store);
	live.g = g;
	live.net = n;
	live.state = state;
	if (state >= 0)
		network_sweep(state, &live.who, NULL, NULL);
}

/* --- those that are always there ---------------------------------------------------------- */

static const char *const predefined[] = { "bridge", "host", "none" };

static bool is_predefined_there(const struct network *all, int n)
{
	unsigned found = 0;

	for (int i = 0; i < n; i++)
		found += network_is_predefined(all[i].name);
	return found == countof(predefined);
}

static void new_id(struct network *n, struct arena *mem)
{
	char *id = arena_get(mem, NETWORK_ID_LEN + 1);

	n->id = rand_hex(id, NETWORK_ID_LEN / 2);
	n->created_ns = clock_real_ns();
}

/* Docker's own options, and a link that is not docker0. */
static void bridge_options(struct engine *g, struct network *n)
{
	char link[NETWORKS_LINK_MAX];

	strv_add(&n->options, "com.docker.network.bridge.default_bridge=true", g->mem);
	strv_add(&n->options, NETWORK_OPT_ICC "=true", g->mem);
	strv_add(&n->options, NETWORK_OPT_MASQUERADE "=true", g->mem);
	strv_add(&n->options, NETWORK_OPT_HOST_IP "=0.0.0.0", g->mem);
	strv_add(&n->options,
		 strv_textf(g->mem, NETWORK_OPT_BRIDGE "=%s", own_link(g->store, link)), g->mem);
	strv_add(&n->options, NETWORK_OPT_MTU "=1500", g->mem);
}

/* With the lock held. */
static int make_predefined(struct engine *g, struct err *e)
{
	struct prefixes busy = { 0 };
	struct network *all;
	int count = network_list(g->store, &all, g->mem, e);

	host_prefixes(g, &busy);
	for (size_t i = 0; i < countof(predefined) && count >= 0; i++) {
		struct network n;
		int rc;

		network_init(&n);
		n.name = predefined[i];
		n.driver = strcmp(n.name, "none") == 0 ? "null" : n.name;
		new_id(&n, g->mem);
		if (strcmp(n.name, "bridge") == 0)
			bridge_options(g, &n);
		rc = network_pools_fill(&n, all, (size_t)count, busy.v, busy.n, g->mem, e);
		if (rc == 0)
			rc = network_save(g->store, &n, e);
		if (rc < 0 && rc != -EEXIST)
			return rc;
	}
	return count < 0 ? count : 0;
}

int engine_networks(struct engine *g, struct network **out, struct err *e)
{
	auto_close int lock = -1;
	int n = network_list(g->store, out, g->mem, e);

	if (n < 0 || is_predefined_there(*out, n))
		return n;
	lock = network_lock(g->store, e);
	n = lock < 0 ? lock : make_predefined(g, e);
	return n < 0 ? n : network_list(g->store, out, g->mem, e);
}

int engine_network_find(struct engine *g, const char *ref, struct network *n, struct err *e)
{
	struct network *all;
	int rc = network_find(g->store, ref, n, g->mem, e);

	if (rc != -ENOENT || !network_is_predefined(ref))
		return rc;
	rc = engine_networks(g, &all, e);
	return rc < 0 ? rc : network_find(g->store, ref, n, g->mem, e);
}

/* --- making ------------------------------------------------------------------------------- */

const char *networks_bridge(const struct network *n, char name[static NETWORKS_LINK_MAX])
{
	const char *asked = strv_value(&n->options, NETWORK_OPT_BRIDGE);

	if (asked && *asked)
		snprintf(name, NETWORKS_LINK_MAX, "%s", asked);
	else
		snprintf(name, NETWORKS_LINK_MAX, "br-%.12s", n->id);
	return name;
}

bool networks_option(const struct network *n, const char *key, bool otherwise)
{
	const char *value = strv_value(&n->options, key);
	bool yes;

	return value && num_bool(value, &yes, NULL) == 0 ? yes : otherwise;
}

static int bad_option(struct err *e, const char *key, const char *value, const char *why)
{
	return err_set(e, EINVAL, "failed to parse %s value: %.64s (%s)", key, value, why);
}

static int check_bridge_options(const struct network *n, struct err *e)
{
	static const char *const flags[] = { NETWORK_OPT_ICC, NETWORK_OPT_MASQUERADE };
	char why[128];
	const char *value;
	struct ip ip;
	int64_t mtu;
	bool yes;

	for (size_t i = 0; i < countof(flags); i++) {
		value = strv_value(&n->options, flags[i]);
		snprintf(why, sizeof(why), "strconv.ParseBool: parsing \"%.64s\": invalid syntax",
			 value ? value : "");
		if (value && num_bool(value, &yes, NULL) < 0)
			return bad_option(e, flags[i], value, why);
	}
	value = strv_value(&n->options, NETWORK_OPT_MTU);
	snprintf(why, sizeof(why), "strconv.Atoi: parsing \"%.64s\": invalid syntax",
		 value ? value : "");
	if (value && (num_int10(value, &mtu, NULL) < 0 || mtu < 0 || mtu > UINT16_MAX))
		return bad_option(e, NETWORK_OPT_MTU, value, why);
	value = strv_value(&n->options, NETWORK_OPT_HOST_IP);
	if (value && (ip_parse(value, &ip, NULL) < 0 || ip.family != 4))
		return bad_option(e, NETWORK_OPT_HOST_IP, value, "nil ip");
	value = strv_value(&n->options, NETWORK_OPT_BRIDGE);
	if (value && strlen(value) >= NETWORKS_LINK_MAX)
		return err_set(e, EINVAL, "failed to check bridge interface existence: numerical "
			       "result out of range");
	return value && *value ? link_name_check(value, e) : 0;
}

static int check_child_options(const struct network *n, struct err *e)
{
	bool mac = strcmp(n->driver, "macvlan") == 0;
	const char *word = strv_value(&n->options, mac ? "macvlan_mode" : "ipvlan_mode");
	struct link_child l = { .kind = n->driver };

	if (!word || link_child_mode(&l, word, NULL) == 0)
		return 0;
	return err_set(e, EINVAL, "requested %s mode '%.64s' is not valid, '%s' mode is the %s "
		       "driver default", n->driver, word, mac ? "bridge" : "l2", n->driver);
}

/* Two networks on one bridge would be one. */
static int check_same_bridge(const struct network *n, const struct network *all, int all_n,
			     struct err *e)
{
	char mine[NETWORKS_LINK_MAX], other[NETWORKS_LINK_MAX];

	networks_bridge(n, mine);
	for (int i = 0; i < all_n; i++) {
		if (all[i].config_only || strcmp(all[i].driver, "bridge") != 0 ||
		    strcmp(networks_bridge(&all[i], other), mine) != 0)
			continue;
		return err_set(e, EEXIST, "cannot create network %s (%s): conflicts with network "
			       "%s (%s): networks have same bridge name", n->id, mine, all[i].id,
			       other);
	}
	return 0;
}

static int check_driver(const struct network *n, struct err *e)
{
	static const char *const ours[] = { "bridge", "macvlan", "ipvlan", NULL };

	for (const char *const *d = ours; *d; d++) {
		if (strcmp(n->driver, *d) == 0)
			return 0;
	}
	if (strcmp(n->driver, "host") == 0 || strcmp(n->driver, "null") == 0)
		return err_set(e, EINVAL, "only one instance of \"%s\" network is allowed",
			       n->driver);
	if (strcmp(n->driver, "overlay") == 0)
		return err_set(e, ENOTSUP, "This node is not a swarm manager. Use \"docker swarm "
			       "init\" or \"docker swarm join\" to connect this node to swarm and "
			       "try again.");
	return err_set(e, ENOTSUP, "plugin \"%.128s\" not found", n->driver);
}

static int check_ipam(const struct network *n, struct err *e)
{
	if (strcmp(n->ipam_driver, "default") == 0)
		return 0;
	if (strcmp(n->ipam_driver, "null") == 0)
		return err_set(e, EINVAL, "ipv4 pool is empty");
	return err_set(e, ENOTSUP, "plugin \"%.128s\" not found", n->ipam_driver);
}

static int check_scope(const struct network *n, struct err *e)
{
	if (n->ingress)
		return err_set(e, EINVAL, "Ingress network can only be global scope network");
	if (strcmp(n->scope, "local") == 0)
		return 0;
	if (strcmp(n->scope, "swarm") == 0)
		return err_set(e, ENOTSUP, "cannot create a swarm scoped network when swarm is not "
			       "active");
	return err_set(e, ENOTSUP, "This node is not a swarm manager. Use \"docker swarm init\" or "
		       "\"docker swarm join\" to connect this node to swarm and try again.");
}

/* A configuration is a record and nothing else; a network made from one has all from it. */
static int use_configuration(struct engine *g, struct network *n, struct err *e)
{
	struct network from;

	if (n->config_only && *n->config_from)
		return err_set(e, EINVAL, "a configuration network cannot depend on another "
			       "configuration network");
	if (n->config_only && (n->internal || n->attachable || n->ingress))
		return err_set(e, EINVAL, "configuration network can only contain network specific "
			       "fields. Network operator fields like [ ingress | internal | "
			       "attachable | scope ] are not supported.");
	if (n->config_only)
		n->driver = "null";
	if (!*n->config_from)
		return 0;
	if (network_find(g->store, n->config_from, &from, g->mem, NULL) < 0 || !from.config_only)
		return err_set(e, ENOENT, "configuration network \"%.128s\" does not exist",
			       n->config_from);
	if (n->pools_n || n->labels.n || n->ipv6 || n->ipam_options.n)
		return err_set(e, EINVAL, "user specified configurations are not supported if the "
			       "network depends on a configuration network");
	if (n->options.n)
		return err_set(e, EINVAL, "network driver options are not supported if the network "
			       "depends on a configuration network");
	n->config_from = from.name;
	n->pools = from.pools;
	n->pools_n = from.pools_n;
	n->labels = from.labels;
	n->options = from.options;
	n->ipv6 = from.ipv6;
	n->ipam_options = from.ipam_options;
	return 0;
}

static int check_name(struct engine *g, const struct network *n, struct err *e)
{
	struct network other;
	int rc = network_name_check(n->name, e);

	if (rc == 0 && network_is_predefined(n->name))
		return err_set(e, EPERM, "operation is not permitted on predefined %s network",
			       n->name);
	if (rc == 0 && network_load(g->store, n->name, &other, g->mem, NULL) != -ENOENT)
		return err_set(e, EEXIST, "network with name %s already exists", n->name);
	return rc;
}

static int check_request(struct engine *g, struct network *n, struct err *e)
{
	int rc = check_name(g, n, e);

	if (rc == 0)
		rc = check_scope(n, e);
	if (rc == 0)
		rc = use_configuration(g, n, e);
	if (rc == 0 && !n->config_only)
		rc = check_driver(n, e);
	if (rc == 0)
		rc = check_ipam(n, e);
	if (rc < 0 || n->config_only)
		return rc;
	return strcmp(n->driver, "bridge") == 0 ? check_bridge_options(n, e) :
		check_child_options(n, e);
}

int engine_network_create(struct engine *g, struct network *n, struct err *e)
{
	struct prefixes busy = { 0 };
	auto_close int lock = -1;
	struct network *all;
	int count = engine_networks(g, &all, e), rc;

	if (count < 0)
		return count;
	lock = network_lock(g->store, e);
	if (lock < 0)
		return lock;
	count = network_list(g->store, &all, g->mem, e);	/* as it is while it is locked */
	rc = count < 0 ? count : check_request(g, n, e);
	if (rc < 0)
		return rc;
	new_id(n, g->mem);
	host_prefixes(g, &busy);
	n->own_subnet = n->pools_n > 0;
	rc = network_pools_fill(n, all, (size_t)count, busy.v, busy.n, g->mem, e);
	if (rc == 0 && strcmp(n->driver, "bridge") == 0)
		rc = check_same_bridge(n, all, count, e);
	if (rc == 0)
		rc = network_save(g->store, n, e);
	if (rc == 0)
		event_network(g->store, n, "create", NULL);
	return rc;
}

/* --- looking ------------------------------------------------------------------------------ */

int engine_network_endpoints(struct engine *g, const struct network *n, struct endpoint **out,
			     struct err *e)
{
	auto_close int state = network_state_open(g->store, n->id, false, NULL);
	struct strv ids = { 0 };
	int rc = state < 0 ? 0 : endpoint_list(state, &ids, g->mem, e), count = 0;

	*out = NULL;
	if (rc < 0 || !ids.n)
		return rc;
	*out = arena_get(g->mem, ids.n * sizeof(**out));
	for (size_t i = 0; i < ids.n; i++) {
		if (container_locked(g->store, ids.v[i]) &&
		    endpoint_load(state, ids.v[i], &(*out)[count], g->mem, NULL) == 0)
			count++;
	}
	return count;
}

static json_t *endpoint_json(const struct endpoint *ep)
{
	json_t *o = json_object();
	char text[IPNET_TEXT_MAX];

	json_put_text(o, "Name", ep->name);
	json_put_text(o, "EndpointID", ep->id);
	json_put_text(o, "MacAddress", mac_print(&ep->mac, text));
	json_put_text(o, "IPv4Address", ipnet_print(&ep->ip4, text));
	json_put_text(o, "IPv6Address", ipnet_print(&ep->ip6, text));
	return o;
}

json_t *engine_network_inspect(struct engine *g, const char *ref, struct err *e)
{
	struct endpoint *eps = NULL;
	json_t *containers;
	struct network n;
	int rc = engine_network_find(g, ref, &n, e), count;

	count = rc < 0 ? rc : engine_network_endpoints(g, &n, &eps, e);
	if (count < 0)
		return NULL;
	containers = json_object();
	for (int i = 0; i < count; i++)
		json_put(containers, eps[i].container, endpoint_json(&eps[i]));
	return network_json(&n, containers);
}

/* --- removal ------------------------------------------------------------------------------ */

static int check_configuration_unused(const struct network *n, const struct network *all, int all_n,
				      struct err *e)
{
	for (int i = 0; n->config_only && i < all_n; i++) {
		if (strcmp(all[i].config_from, n->name) == 0)
			return err_set(e, EBUSY, "error while removing network: configuration "
				       "network \"%s\" is in use", n->name);
	}
	return 0;
}

/* With the lock held. */
static int remove_one(struct engine *g, const struct network *n, struct err *e)
{
	int rc;

	sweep(g, n);
	rc = network_remove(g->store, n, e);
	if (rc < 0)
		return rc;
	unmake(g, n);
	event_network(g->store, n, "destroy", NULL);
	return 0;
}

int engine_network_remove(struct engine *g, const char *ref, struct err *e)
{
	auto_close int lock = network_lock(g->store, e);
	struct network n, *all;
	int rc = lock < 0 ? lock : network_find(g->store, ref, &n, g->mem, e), count;

	if (network_is_predefined(rc == 0 ? n.name : ref))
		return err_set(e, EPERM, "%s is a pre-defined network and cannot be removed",
			       rc == 0 ? n.name : ref);
	if (rc < 0)
		return rc;
	count = network_list(g->store, &all, g->mem, e);
	rc = count < 0 ? count : check_configuration_unused(&n, all, count, e);
	return rc < 0 ? rc : remove_one(g, &n, e);
}

int engine_network_prune(struct engine *g, const struct prune_filters *f, prune_gone_fn *gone,
			 void *arg, struct err *e)
{
	auto_close int lock = network_lock(g->store, e);
	struct network *all;
	int count = lock < 0 ? lock : network_list(g->store, &all, g->mem, e);

	for (int i = 0; i < count; i++) {
		const struct network *n = &all[i];
		struct err why;
		int rc;

		if (network_is_predefined(n->name) || n->config_only || n->ingress ||
		    (f->until_ns && n->created_ns >= f->until_ns) ||
		    !prune_labels_fit(f, &n->labels))
			continue;
		rc = remove_one(g, n, &why);
		if (rc == 0)
			gone(arg, n->name);
		else if (rc != -EBUSY)
			engine_warn(g, "%s", why.msg);
	}
	return count < 0 ? count : 0;
}
