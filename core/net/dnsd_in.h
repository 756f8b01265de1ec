// SPDX-License-Identifier: MIT
/* dnsd_in.h - what the two files of the resolver share: dnsd.c answers, dnsup.c asks upstreams. */
#pragma once

#include <netinet/in.h>

#include "core/net/dnsd.h"

/* Where a query came from. */
struct dnsd_from {
	struct dnsd_client *client;	/* borrowed; NULL: by UDP, from: */
	union {
		struct sockaddr any;
		struct sockaddr_in in4;
		struct sockaddr_in6 in6;
	} addr;
	socklen_t addr_len;
	uint16_t id;	/* that the client gave it */
	size_t max;	/* bytes of an answer it takes */
};

/* Send an answer; where it cannot be sent it is lost. `buf` (malloc) is taken over: two bytes for
 * TCP's length, then the message of len bytes. from->client may be closed by this. */
void dnsd_reply(struct dnsd *d, const struct dnsd_from *from, uint8_t *buf, size_t len);

/* Answer with no records. */
void dnsd_refuse(struct dnsd *d, const struct dnsd_from *from, const struct dnsmsg *m,
		 uint16_t flags);

/* Ask the upstreams; the answer goes to `from`, sooner or later. */
void dnsup_ask(struct dnsd *d, const struct dnsd_from *from, const struct dnsmsg *m);

/* Forget what this client (NULL: anyone) asked. */
void dnsup_forget(struct dnsd *d, const struct dnsd_client *client);
