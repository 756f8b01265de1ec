// SPDX-License-Identifier: MIT
#include "core/engine/bridge.h"
#include "core/engine/networks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "core/base/num.h"
#include "core/engine/rules.h"
#include "core/kern/nftable.h"
#include "core/os/file.h"
#include "core/os/rand.h"

bool bridge_is(const struct network *n)
{
	return strcmp(n->driver, "bridge") == 0;
}

/* Version 6 asks neighbours from an address of the link itself, which a quiet link has not. */
static const struct ipnet link_local = { { 6, { 0xfe, 0x80, [15] = 1 } }, 64 };

static void gateways(const struct network *n, uint32_t index, struct netlink_batch *b)
{
	for (size_t i = 0; i < n->pools_n; i++) {
		struct ipnet a = { n->pools[i].gateway, n->pools[i].subnet.len };

		if (ip_is(&a.ip))
			link_address(b, index, &a);
	}
	if (network_pool_family(n, 6))
		link_address(b, index, &link_local);
}

/* Packets pass from link to link only when the host is told to. */
static const struct {
	unsigned family;
	const char *setting, *ours;	/* a file of STATE: it was us who turned it on */
} forwarding[] = {
	{ 4, "ipv4/ip_forward", "forwarding4" },
	{ 6, "ipv6/conf/all/forwarding", "forwarding6" },
};

bool bridge_closed(const struct store *st, unsigned family)
{
	const char *name = forwarding[family == 6].ours;

	/* Without a flag: with one it is faccessat2, Linux 5.8. When in doubt, closed. */
	return faccessat(st->state_fd, name, F_OK, 0) == 0 || errno != ENOENT;
}

static bool is_off(const char *setting)
{
	auto_str struct str path = STR_INIT, got = STR_INIT;

	str_addf(&path, "/proc/sys/net/%s", setting);
	return file_read_at(AT_FDCWD, path.s, 64, &got, NULL) >= 0 && got.len && got.s[0] == '0';
}

/* Before our rules are made, which close what else would pass. */
static int forwarding_note(const struct store *st, const struct network *n, struct err *e)
{
	for (size_t i = 0; i < countof(forwarding); i++) {
		auto_close int fd = -1;

		if (!network_pool_family(n, forwarding[i].family) || !is_off(forwarding[i].setting))
			continue;
		fd = openat(st->state_fd, forwarding[i].ours,
			O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0)
			return err_sys(e, "make %s/%s", st->state, forwarding[i].ours);
	}
	return 0;
}

static int forwarding_on(const struct network *n, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < countof(forwarding); i++) {
		if (network_pool_family(n, forwarding[i].family))
			rc = link_setting(forwarding[i].setting, "1", e);
	}
	return rc;
}

/* A container is nobody who tells the host its routes (Z74): not by chance of our rules alone,
 * which somebody may take away for a moment. */
static int deaf(const char *name, struct err *e)
{
	static const char *const off[] = { "accept_ra", "accept_redirects" };
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < countof(off); i++) {
		char path[64];

		snprintf(path, sizeof(path), "ipv6/conf/%s/%s", name, off[i]);
		rc = link_setting(path, "0", e);
		if (rc == -ENOENT)
			rc = 0; /* a kernel without version 6 */
	}
	return rc;
}

/* The link alone; the kernel numbers it. */
static int link_make(const struct network *n, const char *name, struct netlink *nl, struct err *e)
{
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	struct link_bridge l = { .name = name, .mac = { { 0x02, 0x42 } } };
	const char *mtu = strv_value(&n->options, NETWORK_OPT_MTU);
	uint64_t v = 0;
	int rc;

	rand_bytes(l.mac.b + 2, 4);
	if (mtu && num_uint(mtu, UINT16_MAX, &v, NULL) >= 0)
		l.mtu = (uint32_t)v;
	link_bridge(&b, &l);
	link_quiet(&b, name);
	rc = netlink_send(nl, &b, e);
	if (rc >= 0)
		rc = deaf(name, e);
	return rc < 0 ? rc : link_index(nl, name, e);
}

static void guards(const struct network *n, const char *name, struct netlink_batch *b, bool on)
{
	for (size_t i = 0; i < n->pools_n; i++) {
		unsigned family = n->pools[i].subnet.ip.family;

		if (on)
			link_guard(b, family, name, NFTABLE_MARK);
		else
			link_guard_remove(b, family, name, NFTABLE_MARK);
	}
}

/* Its rules before its addresses: nothing is routed to it until they are there. */
static int bridge_make(struct engine *g, const struct network *n, const char *name,
	struct netlink *nl, struct err *e)
{
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	int index = link_make(n, name, nl, e), rc = index;

	if (rc >= 0)
		rc = forwarding_note(g->store, n, e);
	if (rc >= 0)
		rc = rules_net(g, n, e);
	if (rc >= 0) {
		if (rc == 0) /* without rules nothing would ever set the mark */
			guards(n, name, &b, true);
		gateways(n, (uint32_t)index, &b);
		link_up(&b, name);
		rc = netlink_send(nl, &b, e);
	}
	if (rc >= 0)
		rc = forwarding_on(n, e);
	if (rc < 0) {
		netlink_batch_reset(&b);
		link_remove(&b, name);
		(void)!netlink_send(nl, &b, NULL);
	}
	return rc < 0 ? rc : index;
}

int bridge_ensure(struct engine *g, const struct network *n, struct netlink *nl, struct err *e)
{
	char name[NETWORKS_LINK_MAX];
	auto_close int lock = -1;
	int index;

	networks_bridge(n, name);
	index = link_index(nl, name, NULL);
	if (index > 0)
		return index;
	lock = network_lock(g->store, e);
	if (lock < 0)
		return lock;
	index = link_index(nl, name, NULL); /* another start was faster */
	if (index > 0)
		return index;
	return bridge_make(g, n, name, nl, e);
}

int bridge_remove(struct engine *g, const struct network *n, struct err *e)
{
	auto_netlink struct netlink nl = NETLINK_INIT;
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	char name[NETWORKS_LINK_MAX];
	int rc;

	if (!bridge_is(n))
		return 0;
	networks_bridge(n, name);
	rc = netlink_open(&nl, NETLINK_ROUTE, e);
	if (rc < 0)
		return rc;
	if (link_index(&nl, name, NULL) < 0)
		return 0;
	rules_net_gone(g, n);
	guards(n, name, &b, false);
	link_remove(&b, name);
	return netlink_send(&nl, &b, e);
}
