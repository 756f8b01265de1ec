// SPDX-License-Identifier: MIT
/* dnsd.h - the resolver of a container: 127.0.0.11, run by its monitor's loop.
 *
 * A query by UDP or TCP:
 *  1. malformed: FORMERR when it has a header and is no answer, else nothing; another opcode
 *     than QUERY: NOTIMP.
 *  2. A name that lookup() knows, class IN: A or AAAA records in turning order, or none (NODATA)
 *     for another family or type. An address below in-addr.arpa or ip6.arpa that reverse()
 *     knows: PTR.
 *     Where an "options ndots:N" was given, A and AAAA of a single label: NODATA, so that the
 *     client goes on with its search list.
 *  3. The rest goes to the upstreams, one after the other: a socket of its own for each try
 *     (so a random port), a random id. An answer counts only from that server's address and
 *     port, with that id and that question; what else comes is as if it had not. No answer in
 *     DNSD_TRY_MS, a refused connection, SERVFAIL or REFUSED: the next. None left: SERVFAIL.
 *     A question that came by TCP is asked by TCP. Upstreams are told to send no more than
 *     DNSD_FORWARD_UDP by UDP: what comes in fragments is easier forged.
 *  4. An answer by UDP that is more than the client takes (512 bytes, or what its OPT
 *     says) has TC set.
 *
 * Memory: this struct; beyond it 4 kB at most for each query under way upstream or client
 * connected (their messages while they last), whose numbers are bounded. Nothing is kept while
 * nothing is asked. The bounds are the container's own: it can only starve itself.
 *
 * What an attacker controls: all bytes a container sends, how many and how slowly; what upstreams
 * answer, and what others forge in their name. */
#pragma once

#include <sys/socket.h>

#include "core/fmt/dnsmsg.h"
#include "core/os/loop.h"

enum {
	DNSD_TTL = 600,	/* seconds, as Docker's */
	DNSD_TRY_MS = 2000,	/* for each upstream */
	DNSD_IDLE_MS = 10000,	/* a TCP client that says nothing for so long is closed */
	DNSD_PENDING_MAX = 64,	/* queries under way upstream; one more is answered SERVFAIL */
	DNSD_CLIENTS_MAX = 16,	/* TCP clients; more wait in the listening socket's queue */
	DNSD_QUERY_MAX = 4096,	/* bytes of a query; a longer one is dropped */
	DNSD_UDP_MAX = 4096,	/* bytes of an answer by UDP */
	DNSD_FORWARD_UDP = 1232,
	DNSD_UPSTREAMS_MAX = 8,
	DNSD_IPS_MAX = 2048,	/* addresses of a name that are told */
};

/* Addresses that a lookup finds. */
struct dnsd_ips {
	uint8_t *v;		/* owned; n times size bytes */
	size_t n, cap;
	size_t size;	/* 4 or 16: which are asked for; 0: none, only whether the name is known */
};

/* Add one, in network order; what is beyond DNSD_IPS_MAX is dropped. */
void dnsd_ips_add(struct dnsd_ips *l, const uint8_t *addr);

struct dnsd_config {
	void *arg;	/* for the callbacks; the caller's */

	/* Which addresses has this name? Called for each query: the answer may change at any time.
	 * name   lower case, no final dot; dnsmsg_is_hostname holds
	 * out    to be filled by dnsd_ips_add with addresses of out->size bytes; rotated by us
	 * 1 it is known, with or without such an address; 0 it is not; -errno: SERVFAIL. */
	int (*lookup)(void *arg, const char *name, struct dnsd_ips *out);

	/* Which name has this address (4 or 16 bytes)? 1, 0 or -errno as above. May be NULL. */
	int (*reverse)(void *arg, const uint8_t *addr, size_t size, char name[static DNS_NAME]);

	/* Make a socket to ask `server` with: of its family, type SOCK_DGRAM or SOCK_STREAM, with
	 * SOCK_NONBLOCK | SOCK_CLOEXEC, in the network namespace it is to be asked from,
	 * not bound nor connected. A descriptor or -errno. NULL: socket(2), here. */
	int (*socket)(void *arg, const struct sockaddr *server, int type);

	/* Whom to ask, in this order. None (an internal network): SERVFAIL. */
	struct sockaddr_storage upstreams[DNSD_UPSTREAMS_MAX];
	int n_upstreams;
	bool ndots_set;	/* the container's resolv.conf has an ndots that somebody asked for */
};

struct dnsd {
	struct dnsd_config *config;	/* borrowed; may be changed between turns of the loop */
	struct loop *loop;		/* borrowed */
	struct loop_watch udp, tcp;	/* their fds are owned; -1: none */
	struct dnsd_pending *pending;	/* owned list */
	struct dnsd_client *clients;	/* owned list */
	int n_pending, n_clients;
	struct loop_timer rest;	/* accepting rests: no descriptor was left */
	uint32_t turn;		/* where the next answer's addresses begin */
};
#define DNSD_INIT	{ .udp = { .fd = -1 }, .tcp = { .fd = -1 } }

/* Answer on these sockets from now on.
 *
 * udp   bound; made non-blocking by us. Taken over, also on failure
 * tcp   listening, or -1. Taken over, also on failure
 *
 * 0 or -errno. */
NODISCARD int dnsd_start(struct dnsd *d, struct dnsd_config *config, struct loop *l, int udp,
			 int tcp, struct err *e);

/* Close everything. What was asked and not answered is not answered. */
void dnsd_release(struct dnsd *d);
