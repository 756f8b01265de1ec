// SPDX-License-Identifier: MIT
/* network.h - networks: their records, their pools, and who has which address.
 *
 *   ROOT/networks/NAME.json          the record: what `network inspect` shows, without containers
 *   ROOT/networks/lock               held while networks are made and removed
 *   STATE/networks/ID/addr/172.18.0.2 -> CONTAINER   who has an address
 *   STATE/networks/ID/next -> 172.18.0.2             the last one handed out; next6 of version 6
 *   STATE/networks/ID/ep/CONTAINER                   an endpoint: one JSON line
 *   STATE/networks/ID/names/web/172.18.0.2 -> CONTAINER   a name, lower case, and its addresses
 *
 * In NAME, bytes that are not [A-Za-z0-9_.-], and a first ".", are %XX, so no name leaves the
 * directory (Docker takes any). STATE is gone after a boot, and so are containers.
 *
 * Addresses: a link can be made once, so who makes addr/X has X; nothing is locked, and of two
 * hundred who begin at one place each gets another. The search goes on after `next`, so
 * that an address given back is the last one handed out again (Z80). What a crash left is swept
 * when a pool seems exhausted, or when asked.
 *
 * Removal, with the lock held, of one that has no endpoints:
 *   1. NAME.json is renamed to "~NAME.json": no command finds it.
 *   2. ep/ is removed; that fails when one came meanwhile: the record is renamed back, -EBUSY.
 *   3. ~NAME.json and the rest of STATE go. After a crash here the next who takes the lock
 *      does 2 and 3 again.
 * Who takes an endpoint writes it and then looks whether the record is there: so it either finds
 * that it is not, or the remover finds the endpoint.
 *
 * What an attacker controls: names, labels and options in a compose file or a request. Sizes are
 * bounded; a record that is damaged counts as absent, and says so. */
#pragma once

#include "core/base/arena.h"
#include "core/base/strv.h"
#include "core/fmt/ipnet.h"
#include "core/fmt/json.h"
#include "core/store/store.h"

enum {
	NETWORK_NAME_MAX = 128,	/* bytes */
	NETWORK_ID_LEN = 64,
	NETWORK_RECORD_MAX = 1 << 20,
	NETWORK_POOLS_MAX = 64,
	NETWORK_DNS_NAME_MAX = 253,
};

/* Of one family. */
struct network_pool {
	struct ipnet subnet;	/* as it was given: with an address in it */
	struct ipnet range;	/* containers' addresses are of this part; family 0: of all */
	struct ip gateway;	/* family 0 until network_pools_fill */
	struct strv aux;	/* NAME=ADDRESS: not handed out */
};

/* One network. Texts are borrowed from the arena they were read into; {0} with driver "" and
 * so on set by network_init. */
struct network {
	const char *name;
	const char *id;		/* 64 hex digits */
	int64_t created_ns;	/* since 1970 */
	const char *driver;	/* "bridge", "host", "null", "macvlan", "ipvlan" */
	const char *scope;	/* "local" */
	bool ipv6, internal, attachable, ingress, config_only;
	bool own_subnet;	/* the user gave one: the record's "UserSubnet", not inspect's */
	const char *config_from;	/* another network's name, or "" */
	const char *ipam_driver;	/* "default" */
	struct strv ipam_options, options, labels;	/* KEY=VALUE */
	struct network_pool *pools;	/* pools_n */
	size_t pools_n;
};

void network_init(struct network *n);	/* no text is NULL */

/* 0, or -EINVAL: empty, too long, control bytes, not UTF-8. */
NODISCARD int network_name_check(const char *name, struct err *e);

bool network_is_predefined(const char *name);	/* bridge, host, none */

/* Wait for ROOT/networks/lock and finish what a crashed removal began. A descriptor, closing
 * it lets go, or -errno. */
NODISCARD int network_lock(const struct store *st, struct err *e);

/* Write a record that is not there yet, by who holds the lock, whose name was checked.
 *
 * 0; -EEXIST "network with name x already exists"; or -errno. */
NODISCARD int network_save(const struct store *st, const struct network *n, struct err *e);

/* By its very name. -ENOENT "network x not found". */
NODISCARD int network_load(const struct store *st, const char *name, struct network *n,
			   struct arena *mem, struct err *e);

/* By full id, by name, or by the beginning of an id, in that order.
 * -ENOENT "network x not found"; -EEXIST "network x is ambiguous (2 matches found …)". */
NODISCARD int network_find(const struct store *st, const char *ref, struct network *n,
			   struct arena *mem, struct err *e);

/* All, sorted as Docker does: digits by their number. *out lives in mem. Their number, or
 * -errno. A record that cannot be read is left out. */
NODISCARD int network_list(const struct store *st, struct network **out, struct arena *mem,
			   struct err *e);

/* Take it away, by who holds the lock. 0; -ENOENT; -EBUSY "error while removing network:
 * network x id ID has active endpoints"; or -errno. */
NODISCARD int network_remove(const struct store *st, const struct network *n, struct err *e);

/* What inspect shows, with `containers` (taken over) among it; or the record, which is without
 * them: NULL. The caller owns it. */
json_t *network_json(const struct network *n, json_t *containers);

/* Docker's order of names: a run of digits counts by its number. */
int network_name_cmp(const char *a, const char *b);

/* --- pools -------------------------------------------------------------------------------- */

/* Give n the pools that it lacks and complete and check those it has.
 *
 * A bridge has one of version 4, from Docker's default pools when none is given
 * (172.17.0.0/16 to 172.31.0.0/16, 192.168.0.0/20 to 192.168.240.0/20), and one of version 6
 * when it was given. Gateways become the first address of range or subnet.
 *
 * others   the networks there are
 * busy     prefixes that default pools shall avoid: the host's routes
 *
 * 0; -EINVAL, -EADDRINUSE, -EADDRNOTAVAIL with Docker's sentences. */
NODISCARD int network_pools_fill(struct network *n, const struct network *others, size_t others_n,
				 const struct ipnet *busy, size_t busy_n, struct arena *mem,
				 struct err *e);

/* Is this address of the subnet one that no container gets: the subnet's own, the gateway, an
 * auxiliary one? */
bool network_pool_keeps(const struct network_pool *p, const struct ip *ip);

/* The pool that has this address, or that is of this family (4, 6); NULL. */
const struct network_pool *network_pool_of(const struct network *n, const struct ip *ip);
const struct network_pool *network_pool_family(const struct network *n, unsigned family);

/* --- state: a descriptor of STATE/networks/ID, which the caller closes -------------------- */

/* create: make it when it is missing. A descriptor, -ENOENT or -errno. */
NODISCARD int network_state_open(const struct store *st, const char *id, bool create,
				 struct err *e);

/* Who says whether a container lives.
 * hold   true: it does not, and will not begin to before let(); false: it does, or somebody is
 *        at work on it (its lock is taken). NULL: all live. */
struct network_who {
	bool (*hold)(void *arg, const char *container);
	void (*let)(void *arg);
	void *arg;
};

/* Take an address of the pool for a container.
 *
 * want   family 0: any; else this very one, which may be outside the pool's range
 * who    asked about the owners of others when none is free
 * out    the address and the subnet's length
 *
 * 0; -EADDRINUSE "Address already in use"; -EINVAL when it is not in the subnet;
 * -EADDRNOTAVAIL "no available IPv4 addresses on this network's address pools: x (ID)"; -errno. */
NODISCARD int network_addr_take(int state, const struct network *n, const struct network_pool *p,
				const struct ip *want, const char *container,
				const struct network_who *who, struct ipnet *out, struct err *e);

/* Give it back, if it is this container's. */
void network_addr_give(int state, const struct ip *ip, const char *container);

/* Whose is it? 0 with owner filled, or -ENOENT. */
NODISCARD int network_addr_owner(int state, const struct ip *ip,
				 char owner[static NETWORK_ID_LEN + 1]);

/* A container's place in a network. Texts and lists are borrowed. */
struct endpoint {
	const char *id;		/* 64 hex digits, or "" */
	const char *container, *name;	/* its id; its name, without slash */
	struct ipnet ip4, ip6;	/* family 0: none */
	struct mac mac;
	const char *host_link;	/* "vethab12cd3", or "" */
	const char *link;	/* inside: "eth0" */
	struct strv aliases;	/* as they were given; without name and short id */
	struct strv ports;	/* "IP:HOST:PORT/PROTO": published and bound */
};

/* Write it, and but on predefined networks its names: name, short id and aliases lead to its
 * addresses. One that was there is dropped before, but for its addresses.
 * 0; -ENOENT "network x not found" when it was removed meanwhile; or -errno: nothing is left then,
 * the addresses neither. */
NODISCARD int endpoint_save(const struct store *st, int state, const struct network *n,
			    const struct endpoint *ep, struct err *e);

/* 0, -ENOENT, or -EBADMSG for a damaged one. */
NODISCARD int endpoint_load(int state, const char *container, struct endpoint *ep,
			    struct arena *mem, struct err *e);

/* The ids of the containers that have one, in byte order. */
NODISCARD int endpoint_list(int state, struct strv *containers, struct arena *mem, struct err *e);

/* Take it away: its names, the record, and last its addresses. Nothing happens when there is
 * none. */
void endpoint_drop(int state, const char *container);

/* The addresses of a name (any case) in no order: up to max of them. How many, 0 for none
 * or no such name. */
size_t network_names(int state, const char *name, struct ip *out, size_t max);

/* Endpoints, addresses and names of containers that do not live: dropped.
 *
 * gone   NULL, or told of each endpoint before it goes (links, elements to take away) */
typedef void endpoint_gone_fn(void *arg, const struct endpoint *ep);
void network_sweep(int state, const struct network_who *who, endpoint_gone_fn *gone, void *arg);
