// SPDX-License-Identifier: MIT
/* dnsup.c - queries that are under way to an upstream. */
#include <netinet/in.h>
#include <stdlib.h>

#include "core/net/dnsd_in.h"
#include "core/os/rand.h"

struct dnsd_pending {
	struct loop_watch w;	/* on the socket of this try; owned */
	struct loop_timer timer;	/* for this try */
	struct dnsd *d;
	struct dnsd_pending *next;
	struct dnsd_from from;
	int server;		/* index of the upstream that is asked */
	uint8_t *answer;	/* owned; by TCP: answer_len bytes after two; NULL at first */
	size_t answer_len;
	size_t at;		/* by TCP: bytes written, then bytes read, both with the length */
	uint8_t head[2];	/* by TCP: the length of the answer */
	size_t len;		/* of the query */
	uint8_t query[];	/* two bytes of TCP's length, then the message */
};

static void try_end(struct dnsd_pending *p)
{
	int fd = p->w.fd;

	loop_timer_stop(p->d->loop, &p->timer);
	if (fd >= 0) {
		loop_remove(p->d->loop, &p->w);
		close(fd);
	}
	free(take_ptr(p->answer));
	p->at = 0;
}

static void pending_free(struct dnsd_pending *p)
{
	struct dnsd_pending **at = &p->d->pending;

	try_end(p);
	while (*at && *at != p)
		at = &(*at)->next;
	if (*at)
		*at = p->next;
	p->d->n_pending--;
	free(p);
}

void dnsup_forget(struct dnsd *d, const struct dnsd_client *client)
{
	struct dnsd_pending *next;

	for (struct dnsd_pending *p = d->pending; p; p = next) {
		next = p->next;
		if (!client || p->from.client == client)
			pending_free(p);
	}
}

static int make_socket(const struct dnsd_config *c, const struct sockaddr *server, int type)
{
	if (c->socket)
		return c->socket(c->arg, server, type);
	return socket(server->sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Ask this server: -errno when that cannot begin. The kernel chooses the port, a random one, and
 * a connected socket hears nobody but the server. */
static int try_begin(struct dnsd_pending *p, const struct sockaddr_storage *server)
{
	const struct sockaddr *to = (const struct sockaddr *)server;
	socklen_t to_len = server->ss_family == AF_INET ? sizeof(struct sockaddr_in) :
							    sizeof(struct sockaddr_in6);
	bool tcp = p->from.client;

	p->w.fd = make_socket(p->d->config, to, tcp ? SOCK_STREAM : SOCK_DGRAM);
	if (p->w.fd < 0)
		return p->w.fd;
	p->w.events = tcp ? EPOLLOUT : EPOLLIN;
	rand_bytes(p->query + 2, 2);
	if ((connect(p->w.fd, to, to_len) < 0 && errno != EINPROGRESS) ||
	    (!tcp && send(p->w.fd, p->query + 2, p->len, MSG_NOSIGNAL) < 0) ||
	    loop_add(p->d->loop, &p->w, NULL) < 0) {
		int rc = -errno;

		close(take_fd(p->w.fd));
		return rc;
	}
	loop_timer_set(p->d->loop, &p->timer, DNSD_TRY_MS);
	return 0;
}

/* No server is left. */
static void give_up(struct dnsd_pending *p)
{
	struct dnsd_from from = p->from;
	struct dnsd *d = p->d;
	uint8_t query[DNSD_QUERY_MAX];
	struct dnsmsg m;
	size_t len = p->len;
	int rc;

	memcpy(query, p->query + 2, len);
	pending_free(p);
	rc = dnsmsg_parse(query, len, &m, NULL);
	m.id = from.id;
	dnsd_refuse(d, &from, &m, DNS_RA | (rc < 0 ? DNS_FORMERR : DNS_SERVFAIL));
}

/* Ask the first server from p->server on that can be asked. */
static void try_next(struct dnsd_pending *p)
{
	const struct dnsd_config *c = p->d->config;

	try_end(p);
	for (; p->server < c->n_upstreams; p->server++)
		if (try_begin(p, &c->upstreams[p->server]) == 0)
			return;
	give_up(p);
}

static void try_failed(struct dnsd_pending *p)
{
	p->server++;
	try_next(p);
}

static void on_timeout(struct loop *l UNUSED, struct loop_timer *t)
{
	try_failed(t->arg);
}

enum fit { FOREIGN, FAILED, FITS };

/* Is this what we asked for? */
static enum fit judge(const struct dnsd_pending *p, const uint8_t *data, size_t len,
		      struct dnsmsg *m)
{
	struct dnsmsg asked;
	int rcode;

	if (dnsmsg_parse(data, len, m, NULL) < 0 || !(m->flags & DNS_QR) || m->flags & DNS_OPCODE ||
	    memcmp(data, p->query + 2, 2) != 0)
		return FOREIGN;
	rcode = m->flags & DNS_RCODE;
	/* A server that does not understand a query may give it back without its question. */
	if (!m->questions && !m->answers && rcode != DNS_OK && rcode != DNS_NXDOMAIN)
		return FAILED;
	if (dnsmsg_parse(p->query + 2, p->len, &asked, NULL) < 0 ||
	    !dnsmsg_same_question(m, &asked))
		return FOREIGN;
	return rcode == DNS_SERVFAIL || rcode == DNS_REFUSED ? FAILED : FITS;
}

/* Give the client its answer: len bytes after two. buf is taken over, p is gone. */
static void give(struct dnsd_pending *p, uint8_t *buf, size_t len)
{
	struct dnsd_from from = p->from;
	struct dnsd *d = p->d;

	buf[2] = (uint8_t)(from.id >> 8);
	buf[3] = (uint8_t)from.id;
	pending_free(p);
	dnsd_reply(d, &from, buf, len);
}

static void on_udp_answer(struct dnsd_pending *p)
{
	uint8_t data[DNSD_UDP_MAX], *buf;
	ssize_t n = recv(p->w.fd, data, sizeof(data), MSG_DONTWAIT | MSG_TRUNC);
	struct dnsmsg m;
	enum fit fit;
	size_t len;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {	/* nobody is there: ICMP said so */
		try_failed(p);
		return;
	}
	if ((size_t)n > sizeof(data))
		return;
	fit = judge(p, data, (size_t)n, &m);
	if (fit == FAILED)
		try_failed(p);
	if (fit != FITS)
		return;
	len = m.len > p->from.max ? dnsmsg_cut(data, &m) : m.len;
	buf = malloc(2 + len);
	if (!buf)
		return;
	memcpy(buf + 2, data, len);
	give(p, buf, len);
}

static void tcp_send(struct dnsd_pending *p)
{
	ssize_t n = send(p->w.fd, p->query + p->at, p->len + 2 - p->at,
			 MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	p->at += n > 0 ? (size_t)n : 0;
	if (n >= 0 && p->at < p->len + 2)
		return;
	if (n < 0 || loop_change(p->d->loop, &p->w, EPOLLIN, NULL) < 0)
		try_failed(p);
	else
		p->at = 0;
}

/* Read the length, then the message. false: this server has failed. */
static bool tcp_read(struct dnsd_pending *p)
{
	uint8_t *to = p->answer ? p->answer + p->at : p->head + p->at;
	size_t want = (p->answer ? p->answer_len + 2 : 2) - p->at;
	ssize_t n = recv(p->w.fd, to, want, MSG_DONTWAIT);

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	p->at += (size_t)n;
	if (p->answer || p->at < 2)
		return true;
	p->answer_len = (size_t)p->head[0] << 8 | p->head[1];
	p->answer = p->answer_len ? malloc(2 + p->answer_len) : NULL;
	return p->answer;
}

static void on_tcp_answer(struct dnsd_pending *p)
{
	struct dnsmsg m;

	if (!tcp_read(p)) {
		try_failed(p);
		return;
	}
	if (!p->answer || p->at < p->answer_len + 2)
		return;
	if (judge(p, p->answer + 2, p->answer_len, &m) == FITS)
		give(p, take_ptr(p->answer), m.len);
	else
		try_failed(p);
}

static void on_event(struct loop *l UNUSED, struct loop_watch *w, uint32_t events UNUSED)
{
	struct dnsd_pending *p = w->arg;

	if (!p->from.client)
		on_udp_answer(p);
	else if (w->events == EPOLLOUT)
		tcp_send(p);
	else
		on_tcp_answer(p);
}

void dnsup_ask(struct dnsd *d, const struct dnsd_from *from, const struct dnsmsg *m)
{
	struct dnsd_pending *p = NULL;

	if (d->config->n_upstreams > 0 && d->n_pending < DNSD_PENDING_MAX)
		p = malloc(sizeof(*p) + 2 + m->len);
	if (!p) {
		dnsd_refuse(d, from, m, DNS_RA | DNS_SERVFAIL);
		return;
	}
	*p = (struct dnsd_pending){
		.w = { .fd = -1, .fn = on_event, .arg = p },
		.timer = { .fn = on_timeout, .arg = p },
		.d = d,
		.next = d->pending,
		.from = *from,
		.len = m->len,
	};
	p->query[0] = (uint8_t)(m->len >> 8);
	p->query[1] = (uint8_t)m->len;
	memcpy(p->query + 2, m->data, m->len);
	if (m->udp_size_at && m->udp_size > DNSD_FORWARD_UDP) {
		p->query[2 + m->udp_size_at] = DNSD_FORWARD_UDP >> 8;
		p->query[2 + m->udp_size_at + 1] = DNSD_FORWARD_UDP & 255;
	}
	d->pending = p;
	d->n_pending++;
	try_next(p);
}
