// SPDX-License-Identifier: MIT
#include "core/engine/client.h"

#include <sys/socket.h>

bool client_flush(struct client *c)
{
	while (c->out.len && !c->gone) {
		ssize_t n = send(c->watch.fd, c->out.s, c->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			c->gone = true;
		if (n < 0)
			break;
		str_drop(&c->out, (size_t)n);
	}
	if (!c->out.len)
		str_release(&c->out);
	return !c->out.len;
}

/* Send what goes at once; how much went. */
static size_t send_now(struct client *c, const void *head, const void *data, size_t len)
{
	struct iovec v[2] = { { (void *)head, WIRE_HEAD }, { (void *)data, len } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = len ? 2 : 1 };
	ssize_t n = sendmsg(c->watch.fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		c->gone = true;
	return n < 0 ? 0 : (size_t)n;
}

void client_send(struct client *c, enum wire_type type, const void *data, size_t len)
{
	unsigned char head[WIRE_HEAD];
	size_t went = 0;

	if (c->gone)
		return;
	wire_head(head, type, len);
	if (!c->out.len)
		went = send_now(c, head, data, len);
	if (went < WIRE_HEAD)
		str_add(&c->out, head + went, WIRE_HEAD - went);
	went -= went < WIRE_HEAD ? went : WIRE_HEAD;
	if (went < len)
		str_add(&c->out, (const char *)data + went, len - went);
}

/* Hand on the whole messages in ->in and keep the rest. */
static void messages(struct client *c, client_fn *fn, void *arg)
{
	size_t at = 0;

	while (!c->gone && c->in.len - at >= WIRE_HEAD) {
		const unsigned char *head = (const unsigned char *)c->in.s + at;
		enum wire_type type;
		int len = wire_parse(head, &type);

		if (len < 0) {
			c->gone = true;
			break;
		}
		if (c->in.len - at < WIRE_HEAD + (size_t)len)
			break;
		at += WIRE_HEAD + (size_t)len;
		fn(arg, c, type, head + WIRE_HEAD, (size_t)len);
	}
	str_drop(&c->in, at);
	if (!c->in.len)
		str_release(&c->in);
}

void client_read(struct client *c, client_fn *fn, void *arg)
{
	enum { CHUNK = 4096 };
	ssize_t n = recv(c->watch.fd, str_room(&c->in, CHUNK), CHUNK, MSG_DONTWAIT);

	if (n > 0)
		str_grew(&c->in, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		c->gone = true;
	messages(c, fn, arg);
}

void client_release(struct client *c)
{
	if (c->watch.fd >= 0)
		close(c->watch.fd);
	c->watch.fd = -1;
	str_release(&c->in);
	str_release(&c->out);
}
