// SPDX-License-Identifier: MIT
#include "core/net/netlink.h"

#include <assert.h>
#include <stdio.h>
#include <sys/socket.h>

enum {
	ANSWER_MAX = 32 << 10,	/* the most the kernel puts in one datagram of a dump */
	SNDBUF_USUAL = 128 << 10,	/* a batch longer than this asks for more room */
};

/* What we know of each message of a batch, in its order. */
struct note {
	uint32_t at;		/* where in buf it begins */
	uint32_t say;		/* where in says its text begins */
	int tolerated;		/* errno, or 0 */
};

int netlink_open(struct netlink *nl, int protocol, struct err *e)
{
	const int one = 1;

	*nl = (struct netlink)NETLINK_INIT;
	nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	if (nl->fd < 0)
		return err_sys(e, "open a netlink socket (needs CONFIG_%s in the kernel)",
			       protocol == NETLINK_NETFILTER ? "NETFILTER_NETLINK" : "NET");
	/* its own words for an error; without (before 4.12) there is errno's */
	(void)setsockopt(nl->fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	return 0;
}

void netlink_release(struct netlink *nl)
{
	close_at(&nl->fd);
	nl->fd = -1;
}

/* --- building ------------------------------------------------------------------ */

void netlink_batch_release(struct netlink_batch *b)
{
	str_release(&b->buf);
	str_release(&b->notes);
	str_release(&b->says);
	b->n = b->ack = 0;
}

void netlink_batch_reset(struct netlink_batch *b)
{
	str_reset(&b->buf);
	str_reset(&b->notes);
	str_reset(&b->says);
	b->n = b->ack = 0;
}

static struct note *note_of(const struct netlink_batch *b, uint32_t i)
{
	return (struct note *)(void *)b->notes.s + i;
}

static struct nlmsghdr *message(const struct netlink_batch *b, uint32_t i)
{
	return (struct nlmsghdr *)(void *)(b->buf.s + note_of(b, i)->at);
}

/* Add bytes to the message begun last, up to the next multiple of 4. */
static void append(struct netlink_batch *b, const void *data, size_t len)
{
	static const char zero[NLMSG_ALIGNTO];

	str_add(&b->buf, data, len);
	str_add(&b->buf, zero, NLMSG_ALIGN(len) - len);
	message(b, b->n - 1)->nlmsg_len = b->buf.len - note_of(b, b->n - 1)->at;
}

void netlink_add(struct netlink_batch *b, uint16_t type, uint16_t flags, const void *head,
		 size_t len, const char *say, ...)
{
	struct note note = { .at = b->buf.len, .say = b->says.len };
	struct nlmsghdr h = { .nlmsg_type = type, .nlmsg_flags = flags | NLM_F_REQUEST };
	va_list ap;

	if (say) {
		va_start(ap, say);
		str_addv(&b->says, say, ap);
		va_end(ap);
	}
	str_add(&b->says, "", 1);
	str_add(&b->notes, &note, sizeof(note));
	b->n++;
	append(b, &h, sizeof(h));
	append(b, head, len);
}

void netlink_tolerate(struct netlink_batch *b, int code)
{
	note_of(b, b->n - 1)->tolerated = code;
}

void netlink_ack_here(struct netlink_batch *b)
{
	b->ack = b->n;
}

void netlink_put(struct netlink_batch *b, uint16_t type, const void *data, size_t len)
{
	struct nlattr a = { .nla_type = type, .nla_len = NLA_HDRLEN + len };

	assert(len <= NETLINK_ATTR_MAX);
	append(b, &a, sizeof(a));
	append(b, data, len);
}

void netlink_put_u8(struct netlink_batch *b, uint16_t type, uint8_t v)
{
	netlink_put(b, type, &v, sizeof(v));
}

void netlink_put_u32(struct netlink_batch *b, uint16_t type, uint32_t v)
{
	netlink_put(b, type, &v, sizeof(v));
}

void netlink_put_be32(struct netlink_batch *b, uint16_t type, uint32_t v)
{
	const uint8_t be[] = { v >> 24, v >> 16, v >> 8, v };

	netlink_put(b, type, be, sizeof(be));
}

void netlink_put_text(struct netlink_batch *b, uint16_t type, const char *text)
{
	netlink_put(b, type, text, strlen(text) + 1);
}

size_t netlink_nest(struct netlink_batch *b, uint16_t type)
{
	size_t mark = b->buf.len;

	netlink_put(b, type | NLA_F_NESTED, "", 0);
	return mark;
}

void netlink_end(struct netlink_batch *b, size_t mark)
{
	size_t len = b->buf.len - mark;

	assert(len <= UINT16_MAX);
	((struct nlattr *)(void *)(b->buf.s + mark))->nla_len = len;
}

/* --- reading ------------------------------------------------------------------- */

const void *netlink_find(const void *attrs, size_t len, uint16_t type, size_t least, size_t *got)
{
	const char *at = attrs;
	struct nlattr a;
	size_t padded;

	while (len >= sizeof(a)) {
		memcpy(&a, at, sizeof(a));
		if (a.nla_len < sizeof(a) || a.nla_len > len)
			return NULL;
		if ((a.nla_type & NLA_TYPE_MASK) == type) {
			if (a.nla_len - sizeof(a) < least)
				return NULL;
			if (got)
				*got = a.nla_len - sizeof(a);
			return at + sizeof(a);
		}
		padded = NLA_ALIGN(a.nla_len);
		if (padded >= len)
			return NULL;
		at += padded;
		len -= padded;
	}
	return NULL;
}

const char *netlink_find_text(const void *attrs, size_t len, uint16_t type)
{
	size_t got = 0;
	const char *text = netlink_find(attrs, len, type, 1, &got);

	return text && memchr(text, 0, got) ? text : NULL;
}

const void *netlink_attrs(const struct nlmsghdr *h, size_t head, size_t *len)
{
	size_t from = NLMSG_HDRLEN + NLMSG_ALIGN(head);

	*len = h->nlmsg_len > from ? h->nlmsg_len - from : 0;
	return *len ? (const char *)h + from : NULL;
}

/* --- the exchange -------------------------------------------------------------- */

struct exchange {
	struct netlink_batch *b;
	uint32_t base;		/* sequence number of the first message */
	uint32_t last;		/* the one whose answer ends it */
	netlink_fn *fn;		/* NULL: only acknowledgements count */
	void *arg;
	bool dump, changed, lost;
	bool done;
	int rc;			/* the first failure */
	struct err *e;
};

/* The kernel's words behind an error message, if there are any. */
static const char *own_words(const struct nlmsghdr *h)
{
	const struct nlmsgerr *m = NLMSG_DATA(h);
	size_t len, head = sizeof(*m);
	const void *attrs;

	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	if (!(h->nlmsg_flags & NLM_F_CAPPED)) {
		if (m->msg.nlmsg_len < sizeof(m->msg) || m->msg.nlmsg_len > h->nlmsg_len)
			return NULL;
		head += NLMSG_ALIGN(m->msg.nlmsg_len) - sizeof(m->msg);
	}
	attrs = netlink_attrs(h, head, &len);
	return netlink_find_text(attrs, len, NLMSGERR_ATTR_MSG);
}

static void fail(struct exchange *x, uint32_t i, int code, const char *words)
{
	const char *say = x->b->says.s + note_of(x->b, i)->say;

	if (x->rc < 0)
		return;
	x->rc = err_set(x->e, code, "%s%s%s", say, *say ? ": " : "",
			words ? words : strerror(code));
}

static void take_error(struct exchange *x, const struct nlmsghdr *h)
{
	const struct nlmsgerr *m = NLMSG_DATA(h);
	uint32_t i = h->nlmsg_seq - x->base;
	bool whole = h->nlmsg_len >= NLMSG_LENGTH(sizeof(m->error));
	int code = !whole ? EIO : -m->error;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*m)))
		whole = false;
	if (code != 0 && code != note_of(x->b, i)->tolerated)
		fail(x, i, code > 0 ? code : EIO, whole ? own_words(h) : NULL);
	if (h->nlmsg_seq == x->last)
		x->done = true;
}

static void take(struct exchange *x, const struct nlmsghdr *h)
{
	int rc;

	if (h->nlmsg_seq - x->base >= x->b->n)
		return;	/* left over from a talk that was broken off, or a notification */
	x->changed |= (h->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
	if (h->nlmsg_type == NLMSG_ERROR) {
		take_error(x, h);
	} else if (h->nlmsg_type == NLMSG_DONE) {
		const int *code = NLMSG_DATA(h);

		if (h->nlmsg_len >= NLMSG_LENGTH(sizeof(*code)) && *code < 0)
			fail(x, 0, -*code, NULL);
		x->done = true;
	} else if (x->fn) {
		rc = x->rc < 0 ? 0 : x->fn(x->arg, h);
		if (rc)
			x->rc = rc;
		x->done |= !x->dump;
	}
}

/* One datagram. -errno when there is none. */
static int receive(struct netlink *nl, struct exchange *x, char *buf, size_t room)
{
	struct sockaddr_nl from;
	socklen_t from_len = sizeof(from);
	ssize_t got = recvfrom(nl->fd, buf, room, MSG_DONTWAIT, (void *)&from, &from_len);
	size_t len = got < 0 ? 0 : (size_t)got;

	if (got < 0 && errno == ENOBUFS) {
		x->lost = true;	/* it had more to say than the socket has room for */
		return 0;
	}
	if (got < 0)
		return errno == EINTR ? 0 : -errno;
	if (from_len < sizeof(from) || from.nl_pid != 0)
		return 0;
	for (struct nlmsghdr *h = (void *)buf; NLMSG_OK(h, len); h = NLMSG_NEXT(h, len))
		take(x, h);
	return 0;
}

/* Give every message its number; the longest one's length. */
static size_t number(struct exchange *x)
{
	size_t most = 0;

	for (uint32_t i = 0; i < x->b->n; i++) {
		struct nlmsghdr *h = message(x->b, i);

		h->nlmsg_seq = x->base + i;
		if (h->nlmsg_len > most)
			most = h->nlmsg_len;
	}
	return most;
}

static int send_all(struct netlink *nl, const struct str *buf, struct err *e)
{
	if (buf->len > SNDBUF_USUAL) {
		int room = buf->len + 4096;

		/* past the host's limit with CAP_NET_ADMIN, up to it without */
		if (setsockopt(nl->fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0)
			(void)setsockopt(nl->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	}
	while (send(nl->fd, buf->s, buf->len, 0) < 0)
		if (errno != EINTR)
			return err_sys(e, "send %zu bytes by netlink", buf->len);
	return 0;
}

static int talk(struct netlink *nl, struct exchange *x)
{
	auto_str struct str answer = STR_INIT;
	size_t room = number(x) + (x->fn ? ANSWER_MAX : 1024);
	char *buf = str_room(&answer, room);
	int rc = send_all(nl, &x->b->buf, x->e);

	nl->seq = x->base + x->b->n - 1;
	if (rc < 0)
		return rc;
	/* After a failure all that is left is read, so that the next talk begins fresh. */
	while ((!x->done || x->rc < 0) && (rc = receive(nl, x, buf, room)) == 0)
		;
	if (x->rc)
		return x->rc;
	if (rc < 0 && rc != -EAGAIN)
		return err_set(x->e, -rc, "read from netlink: %s", strerror(-rc));
	if (!x->done || x->lost)
		return err_set(x->e, EIO, "the kernel did not answer by netlink");
	return x->changed ? err_set(x->e, EAGAIN, "it changed while it was read") : 0;
}

int netlink_send(struct netlink *nl, struct netlink_batch *b, struct err *e)
{
	struct exchange x = { .b = b, .base = nl->seq + 1, .e = e };

	if (b->n == 0)
		return 0;
	message(b, b->ack ? b->ack - 1 : b->n - 1)->nlmsg_flags |= NLM_F_ACK;
	x.last = x.base + (b->ack ? b->ack : b->n) - 1;
	return talk(nl, &x);
}

int netlink_ask(struct netlink *nl, struct netlink_batch *b, netlink_fn *fn, void *arg,
		struct err *e)
{
	struct exchange x = { .b = b, .base = nl->seq + 1, .fn = fn, .arg = arg, .e = e };

	assert(b->n == 1);
	x.last = x.base;
	x.dump = (message(b, 0)->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	return talk(nl, &x);
}
