// SPDX-License-Identifier: MIT
/* netlink.h - talk to the kernel in netlink messages: one batch, one send, one answer.
 *
 * A batch is many messages in one buffer. The kernel works through it before send(2)
 * returns, in order, so all its answers are there by then and nothing ever waits. Only the
 * last message asks for an acknowledgement, the others answer when they fail: a batch that
 * succeeds costs one send and one recv, whatever it holds.
 *
 * The kernel does not stop at a message that fails. rtnetlink carries out the ones after it
 * (link a batch so that they fail too, or undo); nf_tables carries out none (core/kern/nft.h).
 *
 * What an attacker controls: nothing of the kernel's answers; answers that do not come from
 * the kernel (any process may send to a netlink socket whose number it guesses, where the
 * protocol lets it) are thrown away, and lengths are checked all the same. Texts put into
 * messages are the caller's to check.
 *
 * Sources: linux/netlink.h; Documentation/userspace-api/netlink/intro.rst of the kernel. */
#pragma once

#include <linux/netlink.h>

#include "core/base/err.h"
#include "core/base/str.h"

struct netlink {
	int fd;			/* owned; close-on-exec; -1: none */
	uint32_t seq;		/* of the last message sent */
};
#define NETLINK_INIT	{ .fd = -1 }
#define auto_netlink	__attribute__((cleanup(netlink_release)))

/* Open a socket in the network namespace this thread is in now; it stays there.
 * protocol   NETLINK_ROUTE, NETLINK_NETFILTER
 * 0 or -errno. Two system calls. */
NODISCARD int netlink_open(struct netlink *nl, int protocol, struct err *e);
void netlink_release(struct netlink *nl);

struct netlink_batch {
	struct str buf;		/* the messages, each a multiple of 4 bytes */
	struct str notes;	/* what is known of each message: see netlink.c */
	struct str says;	/* the texts of netlink_add's say, each with its 0 */
	uint32_t n;		/* messages */
	uint32_t ack;		/* the one that acknowledges, counted from 1; 0: the last */
};
#define NETLINK_BATCH_INIT	{ .buf = STR_INIT, .notes = STR_INIT, .says = STR_INIT }
#define auto_batch	__attribute__((cleanup(netlink_batch_release)))

void netlink_batch_release(struct netlink_batch *b);
void netlink_batch_reset(struct netlink_batch *b);	/* empties, keeps the memory */

/* Begin a message; what follows is added to it.
 *
 * type, flags  NLM_F_REQUEST is added
 * head, len    the struct behind the header (struct ifinfomsg...)
 * say          what it does, for an error ("make the link %s"); NULL: nothing to say */
void netlink_add(struct netlink_batch *b, uint16_t type, uint16_t flags, const void *head,
		 size_t len, const char *say, ...) PRINTF(6, 7);

/* This error of the message begun last is no failure of the batch (EEXIST, ENODEV). */
void netlink_tolerate(struct netlink_batch *b, int code);

/* The message begun last is the one whose acknowledgement ends the batch. */
void netlink_ack_here(struct netlink_batch *b);

/* Attributes. A nest is closed with the mark that opened it. A value is at most
 * NETLINK_ATTR_MAX bytes, a nest with all that is in it too: asserted. */
enum { NETLINK_ATTR_MAX = 65535 - 4 };
void netlink_put(struct netlink_batch *b, uint16_t type, const void *data, size_t len);
void netlink_put_u8(struct netlink_batch *b, uint16_t type, uint8_t v);
void netlink_put_u32(struct netlink_batch *b, uint16_t type, uint32_t v);	/* host order */
void netlink_put_be32(struct netlink_batch *b, uint16_t type, uint32_t v);	/* big endian */
void netlink_put_text(struct netlink_batch *b, uint16_t type, const char *text);	/* with 0 */
size_t netlink_nest(struct netlink_batch *b, uint16_t type);
void netlink_end(struct netlink_batch *b, size_t mark);

/* Send the batch, read its answers. 0; or -errno of the first message that failed and was
 * not told to: "what it does: why", with the kernel's own words when it has some.
 * The batch stays as it is and can be sent again. An empty one sends nothing. */
NODISCARD int netlink_send(struct netlink *nl, struct netlink_batch *b, struct err *e);

/* One message of an answer, borrowed for the call. 0 to go on, else that is the result. */
typedef int netlink_fn(void *arg, const struct nlmsghdr *h);

/* Send the one request in the batch and give what comes back to fn: one answer without
 * NLM_F_DUMP among its flags, all of a table with it. 0, fn's result, or -errno; -EAGAIN: the
 * table changed while it was read, ask again (fn has seen messages). */
NODISCARD int netlink_ask(struct netlink *nl, struct netlink_batch *b, netlink_fn *fn, void *arg,
			  struct err *e);

/* The value of the first attribute of this type.
 *
 * attrs, len  a run of attributes: behind a message's head (netlink_attrs), or a nest's value
 * least       bytes it must have; NULL when it has fewer or is not there
 * got         its length, or NULL */
const void *netlink_find(const void *attrs, size_t len, uint16_t type, size_t least, size_t *got);

/* The text of an attribute, NULL when it is not there or has no final 0. */
const char *netlink_find_text(const void *attrs, size_t len, uint16_t type);

/* The attributes behind a message's head of `head` bytes. NULL and *len 0 when it is short. */
const void *netlink_attrs(const struct nlmsghdr *h, size_t head, size_t *len);
