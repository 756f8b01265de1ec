// SPDX-License-Identifier: MIT
#include "core/net/forward.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "core/os/clock.h"

enum {
	REST_MS = 1000,
	CHUNK = 64 << 10,	/* bytes a pipe holds */
	ROUNDS = 16,		/* chunks of one direction before others have their turn */
	UDP_MAX = 65535,
	SWEEP_MS = 10000,
};

/* One of a connection's two sockets, and the direction that begins at it. */
struct side {
	struct loop_watch w;	/* not in the loop while there is nothing to wait for */
	struct forward_conn *c;
	int fd;			/* owned */
	bool in_loop;
	bool ended;		/* nothing more will be read */
	bool passed;		/* and the other side has been told so */
	int pipe[2];		/* owned; -1 while nothing is held */
	size_t held;		/* bytes in it that the other side has not taken */
};

struct forward_conn {
	struct forward *f;
	struct forward_conn *next;
	struct side side[2];	/* the client, the target */
	struct loop_timer timer;	/* while connecting */
	bool connecting;
};

/* The address of ours that a datagram came to, as IP_PKTINFO (the first bytes, the rest 0) or
 * IPV6_PKTINFO says it: answers come from it. */
struct local {
	uint8_t b[sizeof(struct in6_pktinfo)];
};

struct forward_flow {
	struct loop_watch w;	/* on the socket to the target, whose fd is owned */
	struct forward *f;
	struct forward_flow *next;
	int64_t last_ms;	/* when something passed */
	socklen_t len;
	struct sockaddr_storage client;
	struct local local;
};

static int make_socket(const struct forward *f, int type)
{
	const struct sockaddr *to = (const struct sockaddr *)&f->to;

	if (f->socket)
		return f->socket(f->arg, to, type);
	return socket(to->sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static socklen_t addr_len(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

/* One more, or one less: n. */
static void count(struct forward *f, int n)
{
	f->n += n;
	if (f->all)
		*f->all += n;
}

static bool all_taken(const struct forward *f)
{
	return f->all && *f->all >= FORWARD_ALL_MAX;
}

static void close_pipe(int p[2])
{
	close_at(&p[0]);
	close_at(&p[1]);
	p[0] = p[1] = -1;
}

/* --- TCP --- */

static void conn_close(struct forward_conn *c)
{
	struct forward *f = c->f;
	struct forward_conn **at = &f->conns;

	while (*at && *at != c)
		at = &(*at)->next;
	if (*at)
		*at = c->next;
	loop_timer_stop(f->loop, &c->timer);
	for (int i = 0; i < 2; i++) {
		loop_remove(f->loop, &c->side[i].w);
		close_at(&c->side[i].fd);
		close_pipe(c->side[i].pipe);
	}
	free(c);
	if (!f->conns)
		close_pipe(f->pipe);
	count(f, -1);
	if (f->n == FORWARD_CONNS_MAX - 1)
		(void)!loop_change(f->loop, &f->w, EPOLLIN, NULL);
}

/* A pipe for this direction: the one that all share while it is empty. */
static int get_pipe(struct forward *f, struct side *s)
{
	if (s->pipe[0] >= 0)
		return 0;
	if (f->pipe[0] < 0 && pipe2(f->pipe, O_NONBLOCK | O_CLOEXEC) < 0) {
		f->pipe[0] = f->pipe[1] = -1;
		return -errno;
	}
	s->pipe[0] = take_fd(f->pipe[0]);
	s->pipe[1] = take_fd(f->pipe[1]);
	return 0;
}

static void put_pipe(struct forward *f, struct side *s)
{
	if (s->pipe[0] < 0 || s->held)
		return;
	if (f->pipe[0] < 0) {
		f->pipe[0] = take_fd(s->pipe[0]);
		f->pipe[1] = take_fd(s->pipe[1]);
	}
	close_pipe(s->pipe);
}

/* One chunk in, one out. 1: it moved; 0: it waits for one of the sockets; -errno. */
static int move(struct side *s, int to)
{
	ssize_t n;
	int rc;

	if (!s->held && !s->ended) {
		rc = get_pipe(s->c->f, s);
		if (rc < 0)
			return rc;
		n = splice(s->fd, NULL, s->pipe[1], NULL, CHUNK,
			   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		s->ended = n == 0;
		s->held = (size_t)n;
	}
	if (!s->held)
		return 0;
	n = splice(s->pipe[0], NULL, to, NULL, s->held, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	s->held -= (size_t)n;
	return !s->held;
}

/* Pass on what there is from this side to the other. -errno: the connection has failed. */
static int pump(struct side *s, struct side *other)
{
	int rc = 1;

	for (int i = 0; rc > 0 && i < ROUNDS; i++)
		rc = move(s, other->fd);
	put_pipe(s->c->f, s);
	if (rc >= 0 && s->ended && !s->held && !s->passed) {
		s->passed = true;
		(void)!shutdown(other->fd, SHUT_WR);
	}
	return rc;
}

/* Wait for what this side can still do: be read, take what the other's direction holds. */
static int side_watch(struct side *s, const struct side *other)
{
	uint32_t events = (!s->ended && !s->held ? EPOLLIN : 0) | (other->held ? EPOLLOUT : 0);
	struct loop *l = s->c->f->loop;

	/* Ended both ways it would report that for ever. */
	if (s->ended && other->passed) {
		loop_remove(l, &s->w);
		s->in_loop = false;
		return 0;
	}
	if (s->in_loop)
		return loop_change(l, &s->w, events, NULL);
	s->w.fd = s->fd;
	s->w.events = events;
	s->in_loop = true;
	return loop_add(l, &s->w, NULL);
}

static void conn_turn(struct forward_conn *c)
{
	struct side *a = &c->side[0], *b = &c->side[1];
	int there = pump(a, b), back = pump(b, a);	/* both: a last answer precedes a reset */

	if (there < 0 || back < 0 || (a->passed && b->passed) ||
	    side_watch(a, b) < 0 || side_watch(b, a) < 0)
		conn_close(c);
}

static void on_side(struct loop *l, struct loop_watch *w, uint32_t events)
{
	struct side *s = w->arg;
	struct forward_conn *c = s->c;
	int failed = 0;
	socklen_t len = sizeof(failed);

	if (c->connecting) {
		if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &failed, &len) < 0 || failed) {
			conn_close(c);
			return;
		}
		c->connecting = false;
		loop_timer_stop(l, &c->timer);
	} else if (events & EPOLLERR) {
		conn_close(c);
		return;
	}
	conn_turn(c);
}

static void on_no_answer(struct loop *l UNUSED, struct loop_timer *t)
{
	conn_close(t->arg);
}

/* Take the client in fd. What fails closes it. */
static void conn_open(struct forward *f, int fd)
{
	struct forward_conn *c = calloc(1, sizeof(*c));
	const int on = 1;

	if (!c) {
		close(fd);
		return;
	}
	c->f = f;
	c->connecting = true;
	c->timer = (struct loop_timer){ .fn = on_no_answer, .arg = c };
	for (int i = 0; i < 2; i++)
		c->side[i] = (struct side){ .c = c, .fd = -1, .pipe = { -1, -1 },
			.w = { .fd = -1, .fn = on_side, .arg = &c->side[i] } };
	c->side[0].fd = fd;
	c->side[1].fd = make_socket(f, SOCK_STREAM);
	c->next = f->conns;
	f->conns = c;
	count(f, 1);
	if (f->n == FORWARD_CONNS_MAX)
		(void)!loop_change(f->loop, &f->w, 0, NULL);
	for (int i = 0; i < 2; i++)
		(void)!setsockopt(c->side[i].fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	if (c->side[1].fd < 0 ||
	    (connect(c->side[1].fd, (struct sockaddr *)&f->to, addr_len(&f->to)) < 0 &&
	     errno != EINPROGRESS)) {
		conn_close(c);
		return;
	}
	c->side[1].w.fd = c->side[1].fd;
	c->side[1].w.events = EPOLLOUT;
	c->side[1].in_loop = true;
	if (loop_add(f->loop, &c->side[1].w, NULL) < 0)
		conn_close(c);
	else
		loop_timer_set(f->loop, &c->timer, FORWARD_CONNECT_MS);
}

/* Whoever has what is missing tells us nothing when it is free: look again. */
static void rest(struct forward *f)
{
	(void)!loop_change(f->loop, &f->w, 0, NULL);
	loop_timer_set(f->loop, &f->timer, REST_MS);
}

static void on_accept(struct loop *l UNUSED, struct loop_watch *w, uint32_t events UNUSED)
{
	struct forward *f = w->arg;
	int fd;

	if (all_taken(f)) {
		rest(f);
		return;
	}
	fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0)
		conn_open(f, fd);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
		rest(f);
}

/* --- UDP --- */

static void flow_close(struct forward_flow *w)
{
	struct forward *f = w->f;
	struct forward_flow **at = &f->flows;
	int fd = w->w.fd;

	while (*at && *at != w)
		at = &(*at)->next;
	if (*at)
		*at = w->next;
	if (fd >= 0) {
		loop_remove(f->loop, &w->w);
		close(fd);
	}
	free(w);
	count(f, -1);
}

static void flow_last(struct forward *f)
{
	struct forward_flow *w = f->flows;

	while (w && w->next)
		w = w->next;
	if (w)
		flow_close(w);
}

static void to_front(struct forward_flow *w)
{
	struct forward_flow **at = &w->f->flows;

	while (*at && *at != w)
		at = &(*at)->next;
	if (*at)
		*at = w->next;
	w->next = w->f->flows;
	w->f->flows = w;
	w->last_ms = clock_mono_ms();
}

static void note_local(struct msghdr *m, struct local *l)
{
	bool v4 = ((struct sockaddr *)m->msg_name)->sa_family == AF_INET;

	memset(l, 0, sizeof(*l));
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (v4 && c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo got, in4 = { 0 };

			memcpy(&got, CMSG_DATA(c), sizeof(got));
			in4.ipi_spec_dst = got.ipi_spec_dst;
			memcpy(l->b, &in4, sizeof(in4));
		} else if (!v4 && c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo in6;

			memcpy(&in6, CMSG_DATA(c), sizeof(in6));
			if (!IN6_IS_ADDR_LINKLOCAL(&in6.ipi6_addr))
				in6.ipi6_ifindex = 0;
			memcpy(l->b, &in6, sizeof(in6));
		}
	}
}

/* Room for one of the two, aligned. */
union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(struct local))];
};

/* To the client, from the address it wrote to. */
static void flow_reply(struct forward_flow *w, void *data, size_t len)
{
	bool v4 = w->client.ss_family == AF_INET;
	size_t n = v4 ? sizeof(struct in_pktinfo) : sizeof(struct in6_pktinfo);
	union control c = { .head = { .cmsg_len = CMSG_LEN(n),
		.cmsg_level = v4 ? IPPROTO_IP : IPPROTO_IPV6,
		.cmsg_type = v4 ? IP_PKTINFO : IPV6_PKTINFO } };
	struct iovec v = { data, len };
	struct msghdr m = { .msg_name = &w->client, .msg_namelen = w->len, .msg_iov = &v,
		.msg_iovlen = 1, .msg_control = &c, .msg_controllen = CMSG_SPACE(n) };

	memcpy(CMSG_DATA(&c.head), w->local.b, n);
	(void)!sendmsg(w->f->w.fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void on_flow(struct loop *l UNUSED, struct loop_watch *watch, uint32_t events UNUSED)
{
	struct forward_flow *w = watch->arg;
	uint8_t buf[UDP_MAX];
	ssize_t n = recv(watch->fd, buf, sizeof(buf), MSG_DONTWAIT);

	/* An error is the target's port that nobody listens at: read, it is gone. */
	if (n < 0)
		return;
	flow_reply(w, buf, (size_t)n);
	to_front(w);
}

static struct forward_flow *flow_open(struct forward *f, const struct sockaddr_storage *client,
				      socklen_t len, const struct local *local)
{
	struct forward_flow *w;
	int fd;

	if (f->n >= FORWARD_FLOWS_MAX || all_taken(f))
		flow_last(f);
	if (all_taken(f))
		return NULL;
	fd = make_socket(f, SOCK_DGRAM);
	w = fd < 0 ? NULL : calloc(1, sizeof(*w));
	if (!w) {
		close_at(&fd);
		return NULL;
	}
	w->f = f;
	w->client = *client;
	w->len = len;
	w->local = *local;
	w->w = (struct loop_watch){ .fd = fd, .events = EPOLLIN, .fn = on_flow, .arg = w };
	if (connect(fd, (struct sockaddr *)&f->to, addr_len(&f->to)) < 0 ||
	    loop_add(f->loop, &w->w, NULL) < 0) {
		close(fd);
		free(w);
		return NULL;
	}
	count(f, 1);
	if (f->n == 1)
		loop_timer_set(f->loop, &f->timer, SWEEP_MS);
	return w;
}

static void on_datagram(struct loop *l UNUSED, struct loop_watch *watch, uint32_t events UNUSED)
{
	struct forward *f = watch->arg;
	struct sockaddr_storage from = { 0 };
	struct forward_flow *w = f->flows;
	uint8_t buf[UDP_MAX];
	struct iovec v = { buf, sizeof(buf) };
	union control c;
	struct msghdr m = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &v,
		.msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof(c) };
	ssize_t n = recvmsg(watch->fd, &m, MSG_DONTWAIT);
	struct local to;

	if (n < 0)
		return;
	note_local(&m, &to);
	while (w && (w->len != m.msg_namelen || memcmp(&w->client, &from, w->len) != 0 ||
		     memcmp(w->local.b, to.b, sizeof(to.b)) != 0))
		w = w->next;
	w = w ? w : flow_open(f, &from, m.msg_namelen, &to);
	if (!w)
		return;
	(void)!send(w->w.fd, buf, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
	to_front(w);
}

static void on_timer(struct loop *l, struct loop_timer *t)
{
	struct forward *f = t->arg;
	int64_t now = clock_mono_ms();
	struct forward_flow *w, *next;

	if (!f->udp) {
		if (f->n < FORWARD_CONNS_MAX)
			(void)!loop_change(l, &f->w, EPOLLIN, NULL);
		return;
	}
	for (w = f->flows; w; w = next) {
		next = w->next;
		if (now - w->last_ms >= FORWARD_UDP_MS)
			flow_close(w);
	}
	if (f->n)
		loop_timer_set(l, t, SWEEP_MS);
}

int forward_start(struct forward *f, struct loop *l, int fd, const struct sockaddr *to,
		  socklen_t to_len, struct err *e)
{
	int type, flags = fcntl(fd, F_GETFL), on = 1, rc;
	socklen_t len = sizeof(type);

	/* Of the two the socket's family has one; of neither answers come from any address. */
	(void)!setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	(void)!setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || to_len > sizeof(f->to) ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0) {
		rc = err_sys(e, "published port");
		close(fd);
		return rc;
	}
	f->loop = l;
	f->udp = type == SOCK_DGRAM;
	memcpy(&f->to, to, to_len);
	f->timer = (struct loop_timer){ .fn = on_timer, .arg = f };
	f->w = (struct loop_watch){ .fd = fd, .events = EPOLLIN,
		.fn = f->udp ? on_datagram : on_accept, .arg = f };
	rc = loop_add(l, &f->w, e);
	if (rc < 0)
		close(take_fd(f->w.fd));
	return rc;
}

void forward_release(struct forward *f)
{
	int fd = f->w.fd;

	while (f->conns)
		conn_close(f->conns);
	while (f->flows)
		flow_close(f->flows);
	if (fd >= 0) {
		loop_timer_stop(f->loop, &f->timer);
		loop_remove(f->loop, &f->w);
		close(fd);
	}
	close_pipe(f->pipe);
}
