// SPDX-License-Identifier: MIT
/* endpoints.h - a container's places in its networks, from its start to its end.
 *
 *   endpoints_resolve   at create: which networks those are
 *   endpoints_take      before the clone: addresses, names, ports of the host
 *   endpoints_up        after it: links, addresses and rules. The container waits for that
 *   endpoints_serve     published ports that rules do not serve; rules that others took away
 *   endpoints_follow    while it runs: the record names other networks now
 *   endpoints_down      when it has ended; links go with its network namespace
 *   endpoints_forget    the same for a container whose monitor died
 *
 * In the order of taking: the address (a symbolic link), the endpoint's record (network.h), the
 * host's ports (bound by the monitor, which listens on them until the end), links, rules of
 * nf_tables. Each step finds what a crash of another left there and goes on; what one left
 * itself goes in the other direction. Rules last and first: no packet reaches an address that
 * is not the container's.
 *
 * What an attacker controls: with CAP_NET_ADMIN all in the container's network namespace. What is
 * done there is done through a socket that was opened in it, for numbers and names that we
 * chose, and nothing that is read there is believed. */
#pragma once

#include "core/engine/engine.h"
#include "core/engine/networks.h"
#include "core/engine/publish.h"
#include "core/engine/rules.h"
#include "core/kern/link.h"
#include "core/net/netlink.h"
#include "core/store/network.h"

struct place {
	struct network net;
	struct endpoint ep;
	int state;	/* owned; STATE/networks/ID */
	int slot;	/* of its link inside: ethSLOT */
	uint32_t master; /* its bridge's number; 0: none */
	bool up;	/* its links and rules are there */
	char bridge[NETWORKS_LINK_MAX];
};

struct endpoints {
	struct engine *g;	/* borrowed */
	struct container *c;	/* borrowed */
	struct arena mem;	/* of this life of the container */
	struct place *v;	/* in mem */
	size_t n;
	struct publishing ports;
	int dir;	/* borrowed; where c's files are */
	int netns;	/* owned; the container's network namespace; -1 */
	bool quiet;	/* the kernel makes up no addresses there any more */
	bool no_rules;	/* the kernel has no nf_tables: told once */
	struct rules_watch rules;
	struct netlink nl; /* for rules_attach; kept from life to life, its end is the process's */
};
#define ENDPOINTS_INIT	{ .netns = -1, .rules = RULES_WATCH_INIT, .nl = NETLINK_INIT }

/* Turn what was asked for (config's network_mode, nets, addresses, aliases) into c->nets.
 * 0, also for a network that is not there yet; -EINVAL with Docker's sentence. */
NODISCARD int endpoints_resolve(struct engine *g, struct container *c, struct err *e);

/* One of them: fills in its network's name and id. As above. */
NODISCARD int endpoints_attachable(struct engine *g, struct attachment *a, struct err *e);

/* Those of c->nets; with c's files (/etc/hosts, resolv.conf) below the directory `dir`.
 * ends   ENDPOINTS_INIT, or as endpoints_down left it
 * 0; -EADDRINUSE with Docker's sentences; or -errno, and nothing is left. */
NODISCARD int endpoints_take(struct endpoints *ends, struct engine *g, struct container *c,
	int dir, struct err *e);

/* Where no address can be asked for: -EINVAL with Docker's sentence. */
int endpoints_ip_none(struct err *e);

/* May the addresses be asked for that `a` asks for? 0, or -EINVAL with Docker's sentence. */
NODISCARD int endpoints_ip_check(const struct network *n, const struct attachment *a,
	struct err *e);

/* Its first network that leads to the host: there its ports are published, and its other packets
 * go. NULL for none. */
struct place *endpoints_way_out(struct endpoints *ends);

/* For the network namespace of this process. 0 or -errno: endpoints_down undoes. */
NODISCARD int endpoints_up(struct endpoints *ends, pid_t pid, struct err *e);

/* Pass on what comes to published ports past the kernel's rules, until they are released: after
 * endpoints_up, and after endpoints_follow. Where *ends is. 0 or -errno. */
NODISCARD int endpoints_serve(struct endpoints *ends, struct loop *l, struct err *e);

/* c->nets of `now` are what it is to be in from now on: connect and disconnect, while it runs; its
 * name is what it is called.
 * What is new is brought up, what is gone is taken away. Neither ends->c nor its files are
 * changed.
 * 0; or -errno as above, and what was to be new is not there. */
NODISCARD int endpoints_follow(struct endpoints *ends, const struct container *now, struct err *e);

/* Harmless when there is nothing. */
void endpoints_down(struct endpoints *ends);

/* What a dead monitor left of this container. */
void endpoints_forget(struct engine *g, const struct container *c);
