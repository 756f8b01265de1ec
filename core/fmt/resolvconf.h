// SPDX-License-Identifier: MIT
/* resolvconf.h - resolv.conf(5): what the host's says, and what a container's says. Pure.
 *
 * Docker 20.10's rules, as its files show them (tests/unit/test_resolvconf.c holds them):
 *  - Without --dns, --dns-search and --dns-opt a container on the default network (or the
 *    host's) has the host's file, comments and all, but for the lines of nameservers of the
 *    loopback and, where there is no IPv6, of IPv6. When none is left: 8.8.8.8 and 8.8.4.4.
 *  - With one of them the file is written anew: search, nameserver lines, options; what was not
 *    given is the host's. --dns-search . leaves none.
 *  - On a user network there is one nameserver, 127.0.0.11, and options has ndots:0 in front of
 *    what was given or the host has; the servers above are whom it asks.
 *
 * What an attacker controls: the host's file is the administrator's; --dns-search and --dns-opt may
 * come from a compose file of somebody else, and must not add lines. */
#pragma once

#include "core/base/str.h"
#include "core/base/strv.h"

enum { RESOLVCONF_MAX = 64 << 10 };	/* bytes of a host's file that are read */

struct resolvconf {
	struct strv nameservers;	/* addresses as text, "fe80::1%eth0" too, in order */
	struct strv search;	/* the last "search" or "domain" line wins */
	struct strv options;	/* of every "options" line */
};

/* Read a resolv.conf. Lines that are not understood are passed over, as resolvers do. */
void resolvconf_parse(const char *text, size_t len, struct resolvconf *out, struct arena *mem);

/* Is it an address of the loopback (127/8, ::1)? Then it is asked from the host's namespace. */
bool resolvconf_is_local(const char *nameserver);
