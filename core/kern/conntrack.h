// SPDX-License-Identifier: MIT
/* conntrack.h - make the kernel forget connections, so that none outlives its container (Z80).
 *
 * A connection the kernel follows goes on to the address it was translated to, whatever our maps
 * say since. When a container ends, those of its addresses are forgotten before another one
 * can be given them.
 *
 * What an attacker controls: how many connections there are, up to nf_conntrack_max; what is
 * read of one is copied back to the kernel as it came.
 *
 * Source: linux/netfilter/nfnetlink_conntrack.h. */
#pragma once

#include "core/fmt/ipnet.h"
#include "core/net/netlink.h"

/* Forget the connections that began at this address or were answered from it.
 *
 * nl  a NETLINK_NETFILTER socket
 * 0 or -errno; a kernel without ctnetlink (CONFIG_NF_CT_NETLINK) is -EOPNOTSUPP. Two sends where
 * the kernel forgets by a pattern (since 6.10); before that one dump, and one more when there are
 * some. */
NODISCARD int conntrack_forget(struct netlink *nl, const struct ip *ip, struct err *e);
