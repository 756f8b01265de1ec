// SPDX-License-Identifier: MIT
/* netkit.h - network namespaces for tests, and packets between them. Never the host's links. */
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include "core/fmt/ipnet.h"
#include "core/kern/link.h"
#include "tests/unit/unit.h"

/* A namespace of our own, entered; a file of it. All after this happens in it. */
static inline int net_fresh(void)
{
	int fd;

	SKIP_EMULATED("qemu-user makes no namespaces");
	if (unshare(CLONE_NEWNET) < 0)
		SKIP("may not make a network namespace");
	fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0);
	return fd;
}

static inline void net_enter(int ns)
{
	CHECK(setns(ns, CLONE_NEWNET) == 0);
}

/* Another one; we stay in `home`. */
static inline int net_another(int home)
{
	int fd = net_fresh();

	net_enter(home);
	return fd;
}

static inline struct netlink net_talk(int ns, int home, int protocol)
{
	struct netlink nl = NETLINK_INIT;

	net_enter(ns);
	CHECK_INT(netlink_open(&nl, protocol, NULL), 0);
	net_enter(home);
	return nl;
}

/* Send, and say what failed; what the kernel lacks is a skip. */
static inline void net_do(struct netlink *nl, struct netlink_batch *b)
{
	struct err e = { 0 };

	if (netlink_send(nl, b, &e) < 0) {
		if (e.code == EOPNOTSUPP)
			SKIP(e.msg);
		printf("# %s\n", e.msg);
	}
	CHECK_INT(e.code, 0);
	netlink_batch_reset(b);
}

static inline struct ip net_ip(const char *text)
{
	struct ip ip = { 0 };

	CHECK_INT(ip_parse(text, &ip, NULL), 0);
	return ip;
}

static inline struct ipnet net_prefix(const char *text)
{
	struct ipnet n = { 0 };

	CHECK_INT(ipnet_parse(text, &n, NULL), 0);
	return n;
}

union net_name {
	struct sockaddr any;
	struct {
		uint16_t family;
		uint8_t port[2], addr[4], zero[8];
	} v4;
	struct {
		uint16_t family;
		uint8_t port[2], flow[4], addr[16], scope[4];
	} v6;
};

static inline socklen_t net_name(union net_name *n, const char *text, uint16_t port)
{
	struct ip ip = net_ip(text);

	memset(n, 0, sizeof(*n));
	n->v4.port[0] = port >> 8;
	n->v4.port[1] = port;
	n->any.sa_family = ip.family == 4 ? AF_INET : AF_INET6;
	memcpy(ip.family == 4 ? n->v4.addr : n->v6.addr, ip.b, ip_bytes(&ip));
	return ip.family == 4 ? sizeof(n->v4) : sizeof(n->v6);
}

/* A socket in a namespace, bound there (port 0, "0.0.0.0": not); listening when it is a stream. */
static inline int net_socket(int ns, int home, int type, const char *addr, uint16_t port)
{
	union net_name n;
	socklen_t len = net_name(&n, addr, port);
	const int one = 1;
	int fd;

	net_enter(ns);
	fd = socket(n.any.sa_family, type | SOCK_CLOEXEC, 0);
	CHECK(fd >= 0);
	CHECK(!setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
	if (bind(fd, &n.any, len) < 0)
		printf("# bind %s:%d: %s\n", addr, port, strerror(errno)), fflush(stdout), _exit(1);
	if (type == SOCK_STREAM && port)
		CHECK(!listen(fd, 8));
	net_enter(home);
	return fd;
}

static inline bool net_readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

/* The listener's next connection comes from this address. Closes it. */
static inline bool net_accept(int listener, char from[static IP_TEXT_MAX])
{
	union net_name n;
	socklen_t len = sizeof(n);
	struct ip ip;
	int fd;

	if (!net_readable(listener, 0))
		return false;
	fd = accept(listener, &n.any, &len);
	CHECK(fd >= 0);
	close(fd);
	ip = n.any.sa_family == AF_INET ? ip_from(4, n.v4.addr) : ip_from(6, n.v6.addr);
	ip_print(&ip, from);
	return true;
}

/* Connect from a namespace. 0; or the errno: ETIMEDOUT when nothing comes back within the time
 * that what is refused needs many times over. */
static inline int net_connect(int ns, int home, const char *from, const char *to, uint16_t port)
{
	union net_name n;
	socklen_t len = net_name(&n, to, port);
	struct pollfd p = { .fd = net_socket(ns, home, SOCK_STREAM, from, 0), .events = POLLOUT };
	int rc = ETIMEDOUT;
	socklen_t rc_len = sizeof(rc);

	CHECK(fcntl(p.fd, F_SETFL, O_NONBLOCK) == 0);
	if (connect(p.fd, &n.any, len) == 0)
		rc = 0;
	else if (errno != EINPROGRESS)
		rc = errno;
	else if (poll(&p, 1, 400) == 1)
		CHECK(!getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &rc, &rc_len));
	close(p.fd);
	return rc;
}

/* A bridge in `home`: up, with an address. Its number. */
static inline uint32_t net_bridge(struct netlink *nl, const char *name, const char *addr4, const char *addr6)
{
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	struct link_bridge l = { .name = name };
	struct ipnet a = net_prefix(addr4);
	int index;

	l.mac = mac_from_ip(&a.ip);
	link_bridge(&b, &l);
	link_quiet(&b, name);
	link_up(&b, name);
	net_do(nl, &b);
	index = link_index(nl, name, NULL);
	CHECK(index > 0);
	link_address(&b, index, &a);
	if (addr6) {
		struct ipnet six = net_prefix(addr6), local = net_prefix("fe80::1/64");

		link_address(&b, index, &six);
		link_address(&b, index, &local);
	}
	net_do(nl, &b);
	return index;
}

struct net_wait {
	const char *port;
	uint32_t bridge;
	int running;
};

static inline void net_running(void *arg, const struct link_info *l)
{
	struct net_wait *w = arg;

	w->running += l->running && (l->index == w->bridge || strcmp(l->name, w->port) == 0);
}

/* Wait until the bridge knows that its port's other end is up; the test's deadline ends it. */
static inline void net_await(struct netlink *nl, const char *port, uint32_t bridge)
{
	struct net_wait w = { port, bridge, 0 };

	do {
		w.running = 0;
		CHECK_INT(link_list(nl, net_running, &w, NULL), 0);
	} while (w.running < 2);
}

/* A namespace with eth0 (number 5) by a veth of this name on the bridge. */
static inline int net_box_make(struct netlink *nl, int home, const char *veth, uint32_t bridge, bool isolated,
			  const char *addr4, const char *via4, const char *addr6, const char *via6)
{
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	struct ipnet a = net_prefix(addr4);
	struct ip via = net_ip(via4);
	struct link_veth l = {
		.name = veth, .master = bridge, .isolated = isolated, .hairpin = true, .peer = "eth0", .peer_index = 5,
	};
	auto_netlink struct netlink in = NETLINK_INIT;

	l.ns = net_another(home);
	l.peer_mac = mac_from_ip(&a.ip);
	link_veth(&b, &l);
	link_quiet(&b, veth);
	link_up(&b, veth);
	net_do(nl, &b);
	in = net_talk(l.ns, home, NETLINK_ROUTE);
	link_up(&b, "lo");
	link_address(&b, 5, &a);
	if (addr6) {
		struct ipnet six = net_prefix(addr6);

		link_address(&b, 5, &six);
	}
	link_up(&b, "eth0");
	link_route(&b, 5, NULL, &via);
	if (via6) {
		struct ip six = net_ip(via6);

		link_route(&b, 5, NULL, &six);
	}
	net_do(&in, &b);
	return l.ns;
}

static inline int net_box(struct netlink *nl, int home, const char *veth, uint32_t bridge, bool isolated,
			  const char *addr4, const char *via4, const char *addr6, const char *via6)
{
	int ns = net_box_make(nl, home, veth, bridge, isolated, addr4, via4, addr6, via6);

	net_await(nl, veth, bridge);
	return ns;
}
