// SPDX-License-Identifier: MIT
/* confine.h - a process that keeps one descriptor and can do nothing but read and write it.
 *
 * For code that may be taken over by its input (decoder.h). What is given up, in this order:
 *  1. every descriptor but one, which becomes 0; no new ones (RLIMIT_NOFILE), no file grows
 *     (RLIMIT_FSIZE), no processes (RLIMIT_NPROC), no core, bounded memory (RLIMIT_AS)
 *  2. where the kernel has no seccomp filters: the view of network, mounts, IPC and files
 *  3. groups and ids, for CONFINE_ID, where they can be changed; the bounding set; all
 *     capabilities; what an exec could give (no_new_privs); being looked at (dumpable)
 *  4. life beyond the parent's: SIGKILL when that ends. Signals that a terminal or a user
 *     sends are blocked: the parent decides. Those of a crash kill.
 *  5. system calls, but for read and write of 0, anonymous memory without execution, and
 *     the end; any other is death by SIGSYS
 *
 * An ordinary user has no ids to change, a kernel without CONFIG_SECCOMP_FILTER no 5: then
 * the rest has to do. Capabilities that stay, or a filter that is refused, are an error. */
#pragma once

#include <sys/types.h>

#include "core/base/err.h"

enum { CONFINE_ID = 65534 };	/* nobody's, on every system */

struct confine {
	int fd;		/* the one that is kept, as 0 */
	pid_t parent;
	size_t memory;	/* most bytes of address space, what was inherited counted */
	const char *name;	/* in `ps`; at most 15 bytes */
};

/* In a child just forked, never to return from it but by _exit. 0 or -errno; after an error
 * descriptor 0 is the one kept all the same. */
NODISCARD int confine_self(const struct confine *c, struct err *e);
