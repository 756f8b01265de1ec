// SPDX-License-Identifier: MIT
/* ipnet.h - addresses, prefixes and MAC addresses: text, arithmetic, order. Pure.
 *
 * Bytes are in the order of the wire; a version 4 address is in the first four, the rest are
 * 0, so two structs are the same address when their bytes are. {0} is no address.
 *
 * What an attacker controls: in a compose file or an API request, all of the text. Nothing here
 * takes longer than the length of an address, however long a prefix is. */
#pragma once

#include "core/base/err.h"
#include "core/base/str.h"

struct ip {
	uint8_t family;		/* 0: none; 4; 6 */
	uint8_t b[16];
};

/* A prefix; or an address and the prefix it is in ("172.17.0.2/16"), where bits of ip past len
 * are set. */
struct ipnet {
	struct ip ip;
	uint8_t len;		/* bits; at most 32 or 128 */
};

struct mac {
	uint8_t b[6];
};

enum {
	IP_TEXT_MAX = 46,	/* with the final 0 */
	IPNET_TEXT_MAX = 50,
	MAC_TEXT_MAX = 18,
};

static inline unsigned ip_bytes(const struct ip *ip)
{
	return ip->family == 4 ? 4 : 16;
}

static inline bool ip_is(const struct ip *ip)
{
	return ip->family != 0;
}

/* "10.0.0.1", "fd00::1", no zone, no leading zeros; "::ffff:10.0.0.1" is 10.0.0.1, as in Go.
 * 0, or -EINVAL "invalid IP address: x". */
NODISCARD int ip_parse(const char *text, struct ip *out, struct err *e);

/* "" for none. Returns text. */
char *ip_print(const struct ip *ip, char text[static IP_TEXT_MAX]);

struct ip ip4(uint8_t a, uint8_t b, uint8_t c, uint8_t d);
struct ip ip_from(unsigned family, const void *bytes);	/* 4 or 16 bytes */

/* As memcmp: version 4 before 6, then by number. */
int ip_cmp(const struct ip *a, const struct ip *b);

/* The address n further on. It wraps at the end of all addresses. */
struct ip ip_add(const struct ip *ip, uint64_t n);

/* How much further `a` is than `b`, of one family and b <= a; UINT64_MAX when that is more. */
uint64_t ip_distance(const struct ip *a, const struct ip *b);

/* 127/8, ::1. */
bool ip_is_loopback(const struct ip *ip);

/* Is all of it past the first `bits` 0? */
bool ip_is_zero_after(const struct ip *ip, unsigned bits);

/* "10.1.2.3/16": bits past the prefix are kept. 0, or -EINVAL "invalid CIDR address: x". */
NODISCARD int ipnet_parse(const char *text, struct ipnet *out, struct err *e);

/* "" for none. Returns text. */
char *ipnet_print(const struct ipnet *n, char text[static IPNET_TEXT_MAX]);

struct ip ipnet_first(const struct ipnet *n);	/* all bits past the prefix 0 */
struct ip ipnet_last(const struct ipnet *n);	/* all bits past the prefix 1 */
struct ipnet ipnet_masked(const struct ipnet *n);	/* the prefix without an address in it */

/* Is the address in the prefix? Is `in` wholly in it? Have they an address in common? Never of
 * two families. */
bool ipnet_has(const struct ipnet *n, const struct ip *ip);
bool ipnet_holds(const struct ipnet *n, const struct ipnet *in);
bool ipnet_overlaps(const struct ipnet *a, const struct ipnet *b);

/* By ip_cmp of the first address, then the shorter prefix first. For qsort. */
int ipnet_cmp(const void *a, const void *b);

/* 02:42 and the address, or the last four bytes of one of version 6 (N008). */
struct mac mac_from_ip(const struct ip *ip);

/* "02:42:ac:11:00:02", "02-42-…", "0242.ac11.0002". 0, or -EINVAL "invalid MAC address: x". */
NODISCARD int mac_parse(const char *text, struct mac *out, struct err *e);
char *mac_print(const struct mac *m, char text[static MAC_TEXT_MAX]);
