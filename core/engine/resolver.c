// SPDX-License-Identifier: MIT
#include "core/engine/resolver.h"

#include <fcntl.h>
#include <netinet/in.h>

#include "core/engine/files.h"
#include "core/fmt/resolvconf.h"
#include "core/kern/nftport.h"
#include "core/kern/ns.h"

enum {
	ADDRESS = 0x7f00000b, /* 127.0.0.11 */
	DNS_PORT = 53,
	TCP_BACKLOG = 16,
	ANSWERS_MAX = 256, /* addresses of one name */
};

bool resolver_wanted(const struct container *c)
{
	for (size_t i = 0; i < c->nets_n; i++) {
		if (!network_is_predefined(c->nets[i].network))
			return true;
	}
	return false;
}

/* --- what dnsd asks ----------------------------------------------------------------------- */

static void add_of(const struct place *p, const char *name, struct dnsd_ips *out, bool *known)
{
	struct ip ips[ANSWERS_MAX];
	size_t n = network_names(p->state, name, ips, countof(ips));

	*known |= n > 0;
	for (size_t i = 0; i < n; i++) {
		if (out->size == ip_bytes(&ips[i]))
			dnsd_ips_add(out, ips[i].b);
	}
}

/* The length of what stands before ".NETWORK" in a name, 0 when it ends otherwise. */
static size_t before_network(const char *name, const char *network)
{
	size_t n = strlen(name), tail = strlen(network);

	if (n < tail + 2 || name[n - tail - 1] != '.' ||
	    strcasecmp(name + n - tail, network) != 0)
		return 0;
	return n - tail - 1;
}

static int lookup(void *arg, const char *name, struct dnsd_ips *out)
{
	const struct resolver *r = arg;
	bool known = false;

	for (size_t i = 0; i < r->ends->n; i++) {
		const struct place *p = &r->ends->v[i];
		size_t n = before_network(name, p->net.name);
		char own[DNS_NAME];

		if (network_is_predefined(p->net.name))
			continue;
		add_of(p, name, out, &known);
		if (!known && n && n < sizeof(own)) {
			memcpy(own, name, n);
			own[n] = 0;
			add_of(p, own, out, &known);
		}
	}
	return known;
}

static int reverse(void *arg, const uint8_t *addr, size_t size, char name[static DNS_NAME])
{
	const struct resolver *r = arg;
	struct ip ip = ip_from(size == 4 ? 4 : 6, addr);

	for (size_t i = 0; i < r->ends->n; i++) {
		auto_arena struct arena mem = { 0 };
		const struct place *p = &r->ends->v[i];
		char owner[NETWORK_ID_LEN + 1];
		struct endpoint ep;

		if (network_is_predefined(p->net.name) ||
		    network_addr_owner(p->state, &ip, owner) < 0 ||
		    endpoint_load(p->state, owner, &ep, &mem, NULL) < 0)
			continue;
		snprintf(name, DNS_NAME, "%s.%s", ep.name, p->net.name);
		return 1;
	}
	return 0;
}

static bool is_local(const struct sockaddr *a)
{
	const struct sockaddr_in *four = (const void *)a;
	const struct sockaddr_in6 *six = (const void *)a;
	struct ip ip = a->sa_family == AF_INET ? ip_from(4, &four->sin_addr) :
						 ip_from(6, &six->sin6_addr);

	return ip_is_loopback(&ip);
}

/* A socket in the container's namespace. We come back to our own, or end: everything that we did
 * from then on would be done to the container. */
static int socket_inside(const struct resolver *r, int family, int type)
{
	int fd;

	if (ns_enter(r->ends->netns, CLONE_NEWNET, NULL) < 0)
		return -EPERM;
	fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	fd = fd < 0 ? -errno : fd;
	if (ns_enter(r->home, CLONE_NEWNET, NULL) < 0)
		abort();
	return fd;
}

static int upstream_socket(void *arg, const struct sockaddr *server, int type)
{
	const struct resolver *r = arg;
	int fd;

	if (r->own || !is_local(server))
		return socket_inside(r, server->sa_family, type);
	fd = socket(server->sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

/* --- whom to ask -------------------------------------------------------------------------- */

static void upstream_add(struct dnsd_config *c, bool own, const char *text)
{
	struct sockaddr_storage *s = &c->upstreams[c->n_upstreams];
	struct sockaddr_in *four = (void *)s;
	struct sockaddr_in6 *six = (void *)s;
	struct ip ip;

	if (c->n_upstreams == DNSD_UPSTREAMS_MAX || ip_parse(text, &ip, NULL) < 0)
		return;
	if (own && ip.family == 4 && memcmp(ip.b, (uint8_t[]){ 127, 0, 0, 11 }, 4) == 0)
		return; /* ourselves */
	memset(s, 0, sizeof(*s));
	if (ip.family == 4) {
		four->sin_family = AF_INET;
		four->sin_port = htons(DNS_PORT);
		memcpy(&four->sin_addr, ip.b, 4);
	} else {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(DNS_PORT);
		memcpy(&six->sin6_addr, ip.b, 16);
	}
	c->n_upstreams++;
}

static void upstreams(struct resolver *r)
{
	const struct container_config *cfg = &r->ends->c->config;
	const struct resolvconf asked = { cfg->dns, cfg->dns_search, cfg->dns_opt };
	auto_arena struct arena mem = { 0 };
	auto_str struct str host = STR_INIT;
	struct strv list = { 0 };
	bool out = false;

	r->config.n_upstreams = 0;
	for (size_t i = 0; i < r->ends->n; i++)
		out |= !r->ends->v[i].net.internal;
	if (!out)
		return;
	files_host_resolv(&host);
	r->own = asked.nameservers.n > 0;
	resolvconf_upstreams(host.s ? host.s : "", host.len, &asked, &list,
		&r->config.ndots_set, &mem);
	for (size_t i = 0; i < list.n; i++)
		upstream_add(&r->config, r->own, list.v[i]);
}

/* --- its own sockets ---------------------------------------------------------------------- */

static int bound(const struct resolver *r, int type, uint16_t port, struct err *e)
{
	const struct sockaddr_in at = { .sin_family = AF_INET,
					.sin_port = htons(port),
					.sin_addr = { htonl(ADDRESS) } };
	auto_close int fd = socket_inside(r, AF_INET, type);

	if (fd < 0)
		return err_set(e, -fd, "socket for 127.0.0.11: %s", strerror(-fd));
	if (bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0 ||
	    (type == SOCK_STREAM && listen(fd, TCP_BACKLOG) < 0))
		return err_sys(e, "bind 127.0.0.11:%u", port);
	return take_fd(fd);
}

static uint16_t port_of(int fd)
{
	struct sockaddr_in a = { 0 };
	socklen_t n = sizeof(a);

	return getsockname(fd, (struct sockaddr *)&a, &n) < 0 ? 0 : ntohs(a.sin_port);
}

/* Both on one port, or on free ones: 0. */
static int both(const struct resolver *r, uint16_t port, int *udp, int *tcp, struct err *e)
{
	auto_close int fd = bound(r, SOCK_DGRAM, port, e);
	int rc = fd < 0 ? fd : bound(r, SOCK_STREAM, port, e);

	if (rc < 0)
		return rc;
	*udp = take_fd(fd);
	*tcp = rc;
	return 0;
}

/* On free ports, so that a server in the container can have 0.0.0.0:53; the kernel brings there
 * what is sent to port 53. */
static int apart(const struct resolver *r, int *udp, int *tcp, struct err *e)
{
	auto_netlink struct netlink nl = NETLINK_INIT;
	struct nftport p = { .addr = { 127, 0, 0, 11 }, .port = DNS_PORT };
	int rc = both(r, 0, udp, tcp, e);

	if (rc < 0)
		return rc;
	if (ns_enter(r->ends->netns, CLONE_NEWNET, e) < 0)
		return -EPERM;
	rc = netlink_open(&nl, NETLINK_NETFILTER, e);
	if (ns_enter(r->home, CLONE_NEWNET, e) < 0)
		abort();
	p.udp = port_of(*udp);
	p.tcp = port_of(*tcp);
	return rc < 0 ? rc : nftport_add(&nl, &p, e);
}

static int sockets(const struct resolver *r, int *udp, int *tcp, struct err *e)
{
	auto_close int u = -1, t = -1;

	if (apart(r, &u, &t, NULL) < 0) /* no nf_tables: endpoints_up has said so */
		return both(r, DNS_PORT, udp, tcp, e);
	*udp = take_fd(u);
	*tcp = take_fd(t);
	return 0;
}

int resolver_start(struct resolver *r, struct endpoints *ends, struct loop *l, struct err *e)
{
	auto_close int udp = -1, tcp = -1;
	int rc;

	*r = (struct resolver)RESOLVER_INIT;
	r->ends = ends;
	r->config = (struct dnsd_config){
		.arg = r,
		.lookup = lookup,
		.reverse = reverse,
		.socket = upstream_socket,
	};
	upstreams(r);
	rc = r->home = ns_open(getpid(), CLONE_NEWNET, e);
	if (rc >= 0)
		rc = sockets(r, &udp, &tcp, e);
	if (rc >= 0)
		rc = dnsd_start(&r->dnsd, &r->config, l, take_fd(udp), take_fd(tcp), e);
	if (rc < 0)
		resolver_stop(r);
	return rc;
}

void resolver_follow(struct resolver *r)
{
	upstreams(r);
}

void resolver_stop(struct resolver *r)
{
	dnsd_release(&r->dnsd);
	close_at(&r->home);
	r->home = -1;
}
