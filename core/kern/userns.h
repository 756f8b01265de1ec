// SPDX-License-Identifier: MIT
/* userns.h - user namespaces: whose ids a container's are.
 *
 * An ordinary user may make a namespace whose root is that user and in which no other id is
 * mapped (Linux 3.8, with CONFIG_USER_NS): for that nothing need be installed, no newuidmap
 * and no /etc/subuid. Its root has every capability over what belongs to the namespace
 * (mounts, a network of its own, files of the mapped ids) and none over the host.
 *
 * What an attacker controls: what runs in the namespace, with all its capabilities; and, as
 * another local user, every place that is not ours alone. Who is root in the namespace may
 * not, outside it, do more than the user who made it: the kernel holds to that, not we. What
 * we hold to: no map but of ids that are the caller's own, setgroups denied before a group
 * is mapped (a group that takes rights away must not be dropped), and what we run in the
 * namespace beside the image's processes (exec) is not dumpable, so that they cannot open it.
 *
 * The groups a user has beside the first stay with the container's processes: the kernel lets
 * nobody drop them here. Inside they have the number 65534, and still open what they open. */
#pragma once

#include "core/kern/ns.h"

enum { USERNS_RANGES_MAX = 4, USERNS_WHY_MAX = 200 };

/* Which ids inside are which outside. */
struct userns_map {
	struct ns_idmap uids[USERNS_RANGES_MAX], gids[USERNS_RANGES_MAX];
	size_t uids_n, gids_n;	/* 0 both: every id is itself (no namespace) */
};

/* Did somebody else than root start this program? Stays what it was, whatever we become. */
bool userns_is_ordinary(void);

/* Root inside is who we are now (effective ids), and nobody else is anybody. */
void userns_map_self(struct userns_map *m);

bool userns_has_uid(const struct userns_map *m, uint32_t inside);
bool userns_has_gid(const struct userns_map *m, uint32_t inside);

/* In a child of ns_clone with CLONE_NEWUSER: write its own maps. Only for a map of
 * userns_map_self, made before the clone; others are the parent's to write (ns_write_maps).
 * The process is dumpable while it does, for otherwise its files in /proc are root's.
 * 0, or -errno with a sentence that names what forbids it. */
NODISCARD int userns_become(const struct userns_map *m, struct err *e);

/* Become root over our own files: whatever modes a container or an image gave them, they can
 * be read and removed. For a process with one thread that joins nothing afterwards. Nothing
 * is done, and 0 answered, when we are root. 0 or -errno; without it modes count. */
NODISCARD int userns_own_files(struct err *e);

/* Call fn where it is root over our own files: in a child of its own namespace, or right here for
 * root. Its error comes back whole; what else it changes in memory is lost. 0 or -errno. */
NODISCARD int userns_call(int (*fn)(void *arg, struct err *e), void *arg, struct err *e);

/* What forbids user namespaces here, as a sentence in `why`; "" when nothing known does. */
const char *userns_why_not(char why[static USERNS_WHY_MAX]);
