// SPDX-License-Identifier: MIT
/* forward.h - published ports by hand: a TCP or UDP relay on the monitor's loop.
 *
 * For hosts without nf_tables and for what its rules cannot carry ([::1]). The container sees us
 * as the peer, not the client.
 *
 * TCP: a connection is accepted, one is made to the target, bytes go both ways by splice(2)
 * without being copied. What the other side does not take stays in one pipe (64 kB) a direction,
 * and no more is read; the end of one direction is passed on (shutdown), the other goes on. A
 * target that refuses: the client's connection is closed. Who calls ignores SIGPIPE.
 * UDP: each client's address has a socket of its own to the target until nothing has passed for
 * FORWARD_UDP_MS; answers come from the address that was written to. When there are too many the
 * one that was silent longest makes room.
 *
 * Memory: a struct a connection or flow; nothing while there is none. Their numbers are bounded:
 * further TCP clients wait in the listening socket's queue.
 *
 * What an attacker controls: what clients and the container send, how much, how slowly, and
 * how many connections there are. Bytes are never looked at. */
#pragma once

#include <sys/socket.h>

#include "core/os/loop.h"

enum {
	FORWARD_CONNS_MAX = 128,	/* TCP connections: two sockets each, and up to two pipes */
	FORWARD_FLOWS_MAX = 128,	/* UDP clients */
	FORWARD_ALL_MAX = 128,	/* of both, of those relays that share the bound */
	FORWARD_CONNECT_MS = 10000,	/* for a target to take a connection */
	FORWARD_UDP_MS = 90000,	/* as docker-proxy's */
};

struct forward {
	struct loop *loop;	/* borrowed */
	struct loop_watch w;	/* its fd is owned: listening, or bound for UDP; -1: none */
	struct loop_timer timer;	/* UDP: looks for silent flows; TCP: accepting rests */
	struct sockaddr_storage to;
	bool udp;
	struct forward_conn *conns;	/* owned list */
	struct forward_flow *flows;	/* owned list, the one that spoke last first */
	int n;			/* of conns or flows */
	int pipe[2];		/* owned; empty; what a direction uses that nothing is held of */

	/* Borrowed: how many all have that share it, FORWARD_ALL_MAX at most, so that
	 * who connects to many ports leaves descriptors for the monitor. NULL: it shares none. */
	int *all;

	/* Make a socket to the target: as in dnsd.h. NULL: socket(2), here. */
	int (*socket)(void *arg, const struct sockaddr *to, int type);
	void *arg;		/* the caller's */
};
#define FORWARD_INIT	{ .w = { .fd = -1 }, .pipe = { -1, -1 } }

/* Relay from now on what comes at fd (listening, or bound for UDP; made non-blocking by us; taken
 * over, also on failure) to `to`. f is what FORWARD_INIT made, with all, socket and arg set or not.
 * 0 or -errno. */
NODISCARD int forward_start(struct forward *f, struct loop *l, int fd, const struct sockaddr *to,
			    socklen_t to_len, struct err *e);

/* Close everything, connections too. */
void forward_release(struct forward *f);
