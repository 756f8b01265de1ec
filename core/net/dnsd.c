// SPDX-License-Identifier: MIT
#include "core/net/dnsd.h"

#include <fcntl.h>
#include <stdlib.h>

#include "core/net/dnsd_in.h"

enum {
	REST_MS = 1000,
	ANSWER_MS = DNSD_TRY_MS * (DNSD_UPSTREAMS_MAX + 1),	/* longer than the upstreams take */
	HEADER = 12,
	OPT_ROOM = 11,
	RECORD_ROOM = 12,	/* of an address record, without the address */
};

/* A client by TCP. It reads one query, waits for its answer, writes it, reads the next. */
struct dnsd_client {
	struct loop_watch w;
	struct loop_timer idle;	/* for a query to be there, for an answer to be taken */
	struct dnsd *d;
	struct dnsd_client *next;
	uint8_t head[2];	/* the length of the query */
	uint8_t *query;		/* owned; len bytes; NULL while head is not there */
	uint8_t *answer;	/* owned; len bytes, the length in front; NULL: none */
	size_t len, at;		/* at: bytes read of head or query, or written of answer */
};

void dnsd_ips_add(struct dnsd_ips *l, const uint8_t *addr)
{
	if (l->n >= DNSD_IPS_MAX || !l->size)
		return;
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 8;
		uint8_t *v = realloc(l->v, cap * l->size);

		if (!v)
			return;
		l->v = v;
		l->cap = cap;
	}
	memcpy(l->v + l->n++ * l->size, addr, l->size);
}

/* --- clients by TCP --- */

static void client_close(struct dnsd_client *c)
{
	struct dnsd *d = c->d;
	struct dnsd_client **at = &d->clients;
	int fd = c->w.fd;

	dnsup_forget(d, c);
	while (*at && *at != c)
		at = &(*at)->next;
	if (*at)
		*at = c->next;
	loop_timer_stop(d->loop, &c->idle);
	loop_remove(d->loop, &c->w);
	close(fd);
	free(c->query);
	free(c->answer);
	free(c);
	if (d->n_clients-- == DNSD_CLIENTS_MAX)
		(void)!loop_change(d->loop, &d->tcp, EPOLLIN, NULL);
}

/* Write what is left. false: the client is closed. */
static bool client_write(struct dnsd_client *c)
{
	ssize_t n = send(c->w.fd, c->answer + c->at, c->len - c->at, MSG_NOSIGNAL | MSG_DONTWAIT);
	bool later = n < 0 ? errno == EAGAIN || errno == EINTR : c->at + (size_t)n < c->len;

	c->at += n > 0 ? (size_t)n : 0;
	if ((n < 0 && !later) ||
	    loop_change(c->d->loop, &c->w, later ? EPOLLOUT : EPOLLIN, NULL) < 0) {
		client_close(c);
		return false;
	}
	if (later)
		return true;
	free(take_ptr(c->answer));
	c->at = 0;
	loop_timer_set(c->d->loop, &c->idle, DNSD_IDLE_MS);
	return true;
}

void dnsd_reply(struct dnsd *d, const struct dnsd_from *from, uint8_t *buf, size_t len)
{
	struct dnsd_client *c = from->client;

	if (!c) {
		(void)!sendto(d->udp.fd, buf + 2, len, MSG_DONTWAIT | MSG_NOSIGNAL,
			      &from->addr.any, from->addr_len);
		free(buf);
		return;
	}
	buf[0] = (uint8_t)(len >> 8);
	buf[1] = (uint8_t)len;
	c->answer = buf;
	c->len = len + 2;
	c->at = 0;
	loop_timer_set(d->loop, &c->idle, DNSD_IDLE_MS);
	client_write(c);
}

/* --- answers of our own --- */

/* A buffer for an answer of up to `len` bytes, two more in front. */
static uint8_t *room(size_t len)
{
	return malloc(2 + len);
}

static void finish(struct dnsd *d, const struct dnsd_from *from, struct dnsout *o)
{
	size_t len = dnsout_end(o, DNSD_UDP_MAX);

	dnsd_reply(d, from, o->buf - 2, len);
}

void dnsd_refuse(struct dnsd *d, const struct dnsd_from *from, const struct dnsmsg *m,
		 uint16_t flags)
{
	uint8_t *buf = room(DNS_UDP);
	struct dnsout o;

	if (!buf)
		return;
	dnsout_answer(&o, buf + 2, DNS_UDP, m, flags);
	o.rcode_high = m->edns_version != 0;	/* BADVERS */
	finish(d, from, &o);
}

static void answer_ips(struct dnsd *d, const struct dnsd_from *from, const struct dnsmsg *m,
		       const struct dnsd_ips *l)
{
	size_t want = m->question_end + OPT_ROOM + l->n * (RECORD_ROOM + l->size);
	size_t size = want < from->max ? want : from->max;
	size_t first = l->n ? d->turn++ % l->n : 0;
	uint8_t *buf = room(size > DNS_UDP ? size : DNS_UDP);
	struct dnsout o;

	if (!buf)
		return;
	dnsout_answer(&o, buf + 2, size, m, DNS_RA);
	for (size_t i = 0; i < l->n; i++)
		dnsout_ip(&o, l->size == 4 ? 4 : 6, l->v + (first + i) % l->n * l->size, DNSD_TTL);
	finish(d, from, &o);
}

static void answer_ptr(struct dnsd *d, const struct dnsd_from *from, const struct dnsmsg *m,
		       const char *name)
{
	size_t size = 2 * DNS_UDP < from->max ? 2 * DNS_UDP : from->max;
	uint8_t *buf = room(size);
	struct dnsout o;

	if (!buf)
		return;
	dnsout_answer(&o, buf + 2, size, m, DNS_RA);
	if (dnsout_ptr(&o, name, DNSD_TTL, NULL) < 0)
		dnsout_answer(&o, buf + 2, size, m, DNS_RA | DNS_SERVFAIL);
	finish(d, from, &o);
}

/* Is it a name or address we know? Then it is answered. */
static bool answer_known(struct dnsd *d, const struct dnsd_from *from, struct dnsmsg *m)
{
	struct dnsd_ips l = { .size = m->type == DNS_A ? 4 : m->type == DNS_AAAA ? 16 : 0 };
	uint8_t addr[16];
	char name[DNS_NAME];
	int rc = 0, family;

	if (m->type == DNS_PTR && d->config->reverse) {
		family = dnsmsg_reverse(m->name, addr);
		rc = family ? d->config->reverse(d->config->arg, addr, family == 4 ? 4 : 16, name) :
			      0;
		if (rc > 0)
			answer_ptr(d, from, m, name);
	}
	if (rc == 0 && dnsmsg_is_hostname(m->name)) {
		for (size_t i = 0; i == 0 || name[i - 1]; i++)
			name[i] = m->name[i] >= 'A' && m->name[i] <= 'Z' ?
					  (char)(m->name[i] | 0x20) : m->name[i];
		rc = d->config->lookup(d->config->arg, name, &l);
		if (rc > 0)
			answer_ips(d, from, m, &l);
		free(l.v);
	}
	if (rc < 0)
		dnsd_refuse(d, from, m, DNS_RA | DNS_SERVFAIL);
	return rc != 0;
}

/* false: what came is no query, nothing is said. */
static bool handle(struct dnsd *d, struct dnsd_from *from, const uint8_t *data, size_t len)
{
	struct dnsmsg m;
	int rc = dnsmsg_parse(data, len, &m, NULL);

	if (len < HEADER || m.flags & DNS_QR)
		return false;
	from->id = m.id;
	if (!from->client)
		from->max = m.udp_size < DNSD_UDP_MAX ? m.udp_size : DNSD_UDP_MAX;
	if (rc < 0 || m.questions != 1)
		dnsd_refuse(d, from, &m, DNS_RA | DNS_FORMERR);
	else if (m.flags & DNS_OPCODE)
		dnsd_refuse(d, from, &m, DNS_RA | DNS_NOTIMP);
	else if (m.edns_version)
		dnsd_refuse(d, from, &m, DNS_RA);
	else if (m.class == DNS_IN && answer_known(d, from, &m))
		return true;
	else if (d->config->ndots_set && (m.type == DNS_A || m.type == DNS_AAAA) &&
		 dnsmsg_is_hostname(m.name) && !strchr(m.name, '.'))
		dnsd_refuse(d, from, &m, DNS_RA);
	else
		dnsup_ask(d, from, &m);
	return true;
}

/* --- what comes in --- */

static void on_udp(struct loop *l UNUSED, struct loop_watch *w, uint32_t events UNUSED)
{
	struct dnsd_from from = { .addr_len = sizeof(from.addr) };
	uint8_t buf[DNSD_QUERY_MAX];
	ssize_t n = recvfrom(w->fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_TRUNC, &from.addr.any,
			     &from.addr_len);

	if (n > 0 && (size_t)n <= sizeof(buf))
		handle(w->arg, &from, buf, (size_t)n);
}

/* A query is there whole: until it is answered nothing more is read. */
static void client_ask(struct dnsd_client *c)
{
	auto_free uint8_t *query = take_ptr(c->query);
	struct dnsd_from from = { .client = c, .max = DNS_MAX };
	struct dnsd *d = c->d;

	c->at = 0;
	loop_timer_set(d->loop, &c->idle, ANSWER_MS);
	if (loop_change(d->loop, &c->w, 0, NULL) < 0 || !handle(d, &from, query, c->len))
		client_close(c);
}

static void client_read(struct dnsd_client *c)
{
	uint8_t *to = c->query ? c->query : c->head;
	size_t want = c->query ? c->len : sizeof(c->head);
	ssize_t n = recv(c->w.fd, to + c->at, want - c->at, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_close(c);
		return;
	}
	c->at += (size_t)n;
	if (c->at < want)
		return;
	if (c->query) {
		client_ask(c);
		return;
	}
	c->len = (size_t)c->head[0] << 8 | c->head[1];
	c->at = 0;
	if (c->len >= HEADER && c->len <= DNSD_QUERY_MAX)
		c->query = malloc(c->len);
	if (!c->query)
		client_close(c);
}

static void on_client(struct loop *l UNUSED, struct loop_watch *w, uint32_t events)
{
	struct dnsd_client *c = w->arg;

	if (c->answer)
		client_write(c);
	else if (events & EPOLLIN)
		client_read(c);
	else
		client_close(c);	/* it hung up while it waited */
}

static void on_idle(struct loop *l UNUSED, struct loop_timer *t)
{
	client_close(t->arg);
}

static void on_rested(struct loop *l, struct loop_timer *t)
{
	struct dnsd *d = t->arg;

	if (d->n_clients < DNSD_CLIENTS_MAX)
		(void)!loop_change(l, &d->tcp, EPOLLIN, NULL);
}

static void on_tcp(struct loop *l, struct loop_watch *w, uint32_t events UNUSED)
{
	struct dnsd *d = w->arg;
	int fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct dnsd_client *c = fd < 0 ? NULL : calloc(1, sizeof(*c));

	if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)) {
		(void)!loop_change(l, w, 0, NULL);
		loop_timer_set(l, &d->rest, REST_MS);
	}
	if (!c) {
		close_at(&fd);
		return;
	}
	c->d = d;
	c->w = (struct loop_watch){ .fd = fd, .events = EPOLLIN, .fn = on_client, .arg = c };
	c->idle = (struct loop_timer){ .fn = on_idle, .arg = c };
	if (loop_add(l, &c->w, NULL) < 0) {
		close(fd);
		free(c);
		return;
	}
	c->next = d->clients;
	d->clients = c;
	loop_timer_set(l, &c->idle, DNSD_IDLE_MS);
	if (++d->n_clients == DNSD_CLIENTS_MAX)
		(void)!loop_change(l, w, 0, NULL);
}

static int watch(struct loop *l, struct loop_watch *w, int fd, struct err *e)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return err_sys(e, "DNS socket");
	w->fd = fd;
	w->events = EPOLLIN;
	return loop_add(l, w, e);
}

int dnsd_start(struct dnsd *d, struct dnsd_config *config, struct loop *l, int udp, int tcp,
	       struct err *e)
{
	int rc;

	*d = (struct dnsd){
		.config = config,
		.loop = l,
		.udp = { .fd = -1, .fn = on_udp, .arg = d },
		.tcp = { .fd = -1, .fn = on_tcp, .arg = d },
		.rest = { .fn = on_rested, .arg = d },
	};
	rc = watch(l, &d->udp, udp, e);
	if (rc == 0 && tcp >= 0)
		rc = watch(l, &d->tcp, tcp, e);
	if (rc == 0)
		return 0;
	if (d->udp.fd < 0)
		close(udp);
	if (d->tcp.fd < 0)
		close_at(&tcp);
	dnsd_release(d);
	return rc;
}

static void unwatch(struct loop *l, struct loop_watch *w)
{
	int fd = w->fd;

	if (fd < 0)
		return;
	loop_remove(l, w);
	close(fd);
}

void dnsd_release(struct dnsd *d)
{
	if (!d->loop)
		return;
	while (d->clients)
		client_close(d->clients);
	dnsup_forget(d, NULL);
	loop_timer_stop(d->loop, &d->rest);
	unwatch(d->loop, &d->udp);
	unwatch(d->loop, &d->tcp);
	*d = (struct dnsd)DNSD_INIT;
}
