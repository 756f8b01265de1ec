// SPDX-License-Identifier: MIT
#include "core/engine/publish.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "core/os/file.h"

enum {
	BACKLOG = 128,
	RANDOM_TRIES = 64, /* ports of the kernel's choice that one of two families has not free */
};

/* One address that a port is asked for on. */
struct spot {
	struct ip ip;
	bool optional;	/* a host without this family does without */
};

static socklen_t address_of(const struct ip *ip, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in *four = (void *)out;
	struct sockaddr_in6 *six = (void *)out;

	memset(out, 0, sizeof(*out));
	if (ip->family == 4) {
		four->sin_family = AF_INET;
		four->sin_port = htons(port);
		memcpy(&four->sin_addr, ip->b, 4);
		return sizeof(*four);
	}
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(port);
	memcpy(&six->sin6_addr, ip->b, 16);
	return sizeof(*six);
}

static uint16_t port_of(int fd)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);

	if (getsockname(fd, (struct sockaddr *)&a, &n) < 0)
		return 0;
	return ntohs(a.ss_family == AF_INET ? ((struct sockaddr_in *)(void *)&a)->sin_port :
					      ((struct sockaddr_in6 *)(void *)&a)->sin6_port);
}

/* A descriptor or -errno. */
static int bind_one(const struct ip *ip, uint8_t proto, uint16_t port)
{
	bool stream = proto == IPPROTO_TCP;
	auto_close int fd = socket(ip->family == 4 ? AF_INET : AF_INET6,
		(stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_storage a;
	socklen_t n = address_of(ip, port, &a);
	int on = 1;

	if (fd < 0)
		return -errno;
	/* Connections of an earlier life that still time out are in nobody's way. */
	if ((stream && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0) ||
	    (ip->family == 6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0) ||
	    bind(fd, (struct sockaddr *)&a, n) < 0 || (stream && listen(fd, BACKLOG) < 0))
		return -errno;
	return take_fd(fd);
}

static bool has_no_family(int code)
{
	return code == -EAFNOSUPPORT || code == -EADDRNOTAVAIL || code == -EPROTONOSUPPORT;
}

/* All spots on one port (0: the kernel's choice). 0, or -errno with nothing bound. */
static int bind_port(const struct spot *spots, size_t n, const struct hostport *want,
	uint16_t port, struct published *out, size_t *bound)
{
	*bound = 0;
	for (size_t i = 0; i < n; i++) {
		int fd = bind_one(&spots[i].ip, want->proto, port);

		if (fd < 0 && spots[i].optional && has_no_family(fd))
			continue;
		if (fd < 0) {
			while (*bound)
				close(out[--*bound].fd);
			return fd;
		}
		port = port ? port : port_of(fd);
		out[*bound] = (struct published){ .at = *want, .fd = fd, .relay = FORWARD_INIT };
		out[*bound].at.host = spots[i].ip;
		out[*bound].at.first = out[*bound].at.last = port;
		++*bound;
	}
	return 0;
}

/* What no socket of ours can hold is in the rules alone. */
static int unheld(const struct spot *spots, size_t n, const struct hostport *want,
	struct published *out, size_t *bound)
{
	if (!want->first)
		return -EOPNOTSUPP;
	for (size_t i = 0; i < n; i++) {
		out[i] = (struct published){ .at = *want, .fd = -1, .relay = FORWARD_INIT };
		out[i].at.host = spots[i].ip;
	}
	*bound = n;
	return 0;
}

static int bind_any(const struct spot *spots, size_t n, const struct hostport *want,
	struct published *out, size_t *bound)
{
	int rc = -EADDRINUSE;

	if (want->proto == IPPROTO_SCTP)
		return unheld(spots, n, want, out, bound);
	if (!want->first) {
		for (int i = 0; rc == -EADDRINUSE && i < RANDOM_TRIES; i++)
			rc = bind_port(spots, n, want, 0, out, bound);
		return rc;
	}
	for (unsigned p = want->first; rc == -EADDRINUSE && p <= want->last; p++)
		rc = bind_port(spots, n, want, (uint16_t)p, out, bound);
	return rc;
}

/* In Docker's words, whatever the C library's are. */
static const char *why(int rc)
{
	if (rc == -EADDRNOTAVAIL)
		return "cannot assign requested address";
	return rc == -EACCES ? "permission denied" : strerror(-rc);
}

static int bind_failed(const struct container *c, const char *id, const struct hostport *want,
	int rc, struct err *e)
{
	char ip[IP_TEXT_MAX] = "0.0.0.0";

	if (ip_is(&want->host))
		ip_print(&want->host, ip);
	if (rc == -EADDRINUSE && want->last > want->first)
		err_set(e, -rc, "Bind for %s:%u-%u failed: all ports are allocated", ip,
			want->first, want->last);
	else if (rc == -EADDRINUSE)
		err_set(e, -rc, "Bind for %s:%u failed: port is already allocated", ip,
			want->first);
	else
		err_set(e, -rc, "Error starting userland proxy: listen %s%c %s%s%s:%u: bind: %s",
			hostport_proto(want->proto), want->host.family == 6 ? '6' : '4',
			strchr(ip, ':') ? "[" : "", ip, strchr(ip, ':') ? "]" : "",
			want->first, why(rc));
	return err_wrap(e, "driver failed programming external connectivity on endpoint %s (%s)",
		c->name, id);
}

/* One -p, on one address or on all; `usual` is the network's address for those that name none. */
static int publish_one(const struct container *c, const char *id, const struct ip *usual,
	struct hostport *want, struct publishing *out, struct err *e)
{
	const struct ip *at = ip_is(&want->host) ? &want->host : usual;
	struct spot spots[2] = { { *at, false } };
	size_t n = 1, bound;
	int rc;

	want->host = *at;
	if (!ip_is(at)) {
		spots[0] = (struct spot){ { .family = 4 }, false };
		spots[1] = (struct spot){ { .family = 6 }, true };
		n = 2;
	}
	rc = bind_any(spots, n, want, out->v + out->n, &bound);
	if (rc < 0)
		return bind_failed(c, id, want, rc, e);
	out->n += bound;
	return 0;
}

/* The texts of -p, and with -P those of all other exposed ports. */
static void wanted(const struct container_config *cfg, struct strv *out, struct arena *mem)
{
	for (size_t i = 0; i < cfg->ports.n; i++)
		strv_add(out, cfg->ports.v[i], mem);
	for (size_t i = 0; cfg->publish_all && i < cfg->exposed_ports.n; i++) {
		const char *port = cfg->exposed_ports.v[i];
		size_t n = strlen(port), k = 0;

		while (k < cfg->ports.n) {
			const char *p = cfg->ports.v[k], *at = strrchr(p, ':');

			if (at && strlen(at + 1) == n && strcmp(at + 1, port) == 0)
				break;
			k++;
		}
		if (k == cfg->ports.n)
			strv_add(out, strv_textf(mem, "::%s", port), mem);
	}
}

int publish_bind(const struct container *c, const char *id, const struct ip *usual,
	struct publishing *out, struct arena *mem, struct err *e)
{
	struct strv texts = { 0 };
	int rc = 0;

	wanted(&c->config, &texts, mem);
	*out = (struct publishing){ .v = arena_get(mem, 2 * texts.n * sizeof(*out->v) + 1) };
	for (size_t i = 0; rc >= 0 && i < texts.n; i++) {
		struct hostport want;

		rc = hostport_read(texts.v[i], &want, e);
		if (rc >= 0)
			rc = publish_one(c, id, usual, &want, out, e);
	}
	if (rc < 0)
		publish_release(out);
	return rc;
}

int publish_serve(struct publishing *p, struct loop *l, const struct ip *ip4,
	const struct ip *ip6, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < p->n; i++) {
		struct published *one = &p->v[i];
		bool six = ip_is(ip6) && (one->at.host.family == 6 || !ip_is(ip4));
		struct sockaddr_storage to;
		socklen_t len = address_of(six ? ip6 : ip4, one->at.port, &to);

		if (one->fd < 0)
			continue;
		one->relay.all = &p->relayed;
		rc = forward_start(&one->relay, l, take_fd(one->fd), (struct sockaddr *)&to, len,
			e);
	}
	return rc;
}

void publish_release(struct publishing *p)
{
	for (size_t i = 0; i < p->n; i++) {
		forward_release(&p->v[i].relay);
		close_at(&p->v[i].fd);
	}
	p->n = 0;
}

void publish_texts(const struct publishing *p, struct strv *out, struct arena *mem)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct hostport *at = &p->v[i].at;
		char ip[IP_TEXT_MAX];

		strv_add(out, strv_textf(mem, "%s:%u:%u/%s", ip_print(&at->host, ip), at->first,
			at->port, hostport_proto(at->proto)), mem);
	}
}
