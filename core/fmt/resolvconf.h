// SPDX-License-Identifier: MIT
/* resolvconf.h - resolv.conf(5): what the host's says, and what a container's says. Pure.
 *
 * Docker 20.10's rules, as its files show them (tests/unit/resolvgold.h, taken from it):
 *  - Without --dns, --dns-search and --dns-opt a container on the host's network has the host's
 *    file. On the default network, or none, too, comments and all, but for the nameservers of the
 *    loopback and, where there is no IPv6, of IPv6. When none is left: 8.8.8.8 and 8.8.4.4.
 *  - With one of them the file is written anew: search, nameservers, options; what was not given
 *    is the host's. --dns-search . leaves no search, --dns-opt "" no options.
 *  - On a user network there is one nameserver, 127.0.0.11, and ndots:0 comes last in the options
 *    unless there is an ndots. Those it asks are what was given, or the host's.
 * Not as Docker: on a user network IPv6 servers are asked by 127.0.0.11 as well, they are not
 * in the file, where a container's resolver would ask them for names of containers.
 *
 * What an attacker controls: --dns, --dns-search and --dns-opt, which may come from a compose
 * file of somebody else: they must not add lines. The host's file is the administrator's. */
#pragma once

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/base/strv.h"

enum { RESOLVCONF_MAX = 64 << 10 };	/* bytes of a host's file that are read */

struct resolvconf {
	struct strv nameservers;	/* addresses as text, "fe80::1%eth0" too, in order */
	struct strv search;	/* of the last "search" or "domain" line */
	struct strv options;	/* of the last "options" line */
};

/* Read a resolv.conf. Lines that are not understood are passed over, as resolvers do. */
void resolvconf_parse(const char *text, size_t len, struct resolvconf *out, struct arena *mem);

/* Is systemd-resolved's stub its only nameserver? Then Docker, too, reads
 * /run/systemd/resolve/resolv.conf instead. */
bool resolvconf_is_stub(const struct resolvconf *r);

enum resolvconf_net {
	RESOLVCONF_HOST,	/* --network host */
	RESOLVCONF_PLAIN,	/* the default network, none */
	RESOLVCONF_USER,	/* a network that was made: its DNS is 127.0.0.11 */
};

/* Write a container's file, replacing what out held.
 *
 * host    the host's file; "" when there is none
 * asked   --dns, --dns-search, --dns-opt as given
 * ipv6    its network has IPv6
 *
 * 0, or -EINVAL when a control byte is in what was asked. */
NODISCARD int resolvconf_write(const char *host, size_t len, const struct resolvconf *asked,
			       enum resolvconf_net net, bool ipv6, struct str *out,
			       struct err *e);

/* Whom 127.0.0.11 asks for names it does not know: texts of addresses, those of the loopback
 * (ip_is_loopback) to be asked from the host's namespace. *ndots: somebody set ndots, so that names
 * of one label are not asked (dnsd_config.ndots_set). */
void resolvconf_upstreams(const char *host, size_t len, const struct resolvconf *asked,
			  struct strv *out, bool *ndots, struct arena *mem);
