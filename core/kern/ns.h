// SPDX-License-Identifier: MIT
/* ns.h - namespaces: begin a process in new ones, join those of another.
 *
 * Flags are CLONE_NEW* of <sched.h>. In the child of ns_clone libc does not know
 * that it was cloned: no threads, no raise, no abort; use _exit. */
#pragma once

#include <sched.h>
#include <sys/types.h>

#include "core/base/err.h"

#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP	0x02000000
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME	0x00000080
#endif

struct ns_child {
	pid_t pid;		/* as the caller's pid namespace sees it; 0 in the child */
	int pidfd;		/* owned by the caller; -1 in the child and before Linux 5.2 */
	bool in_cgroup;		/* the child was born in cgroup_fd: it need not attach itself */
};

/* Fork with new namespaces.
 *
 * flags      CLONE_NEW* or 0
 * cgroup_fd  an open cgroup v2 directory to be born in, or -1. A kernel before 5.7
 *            cannot: then in_cgroup is false in both parent and child
 *
 * 0 in both; -errno in the parent. EINVAL and EPERM messages name the namespace
 * that the kernel lacks, when it is one. */
NODISCARD int ns_clone(uint64_t flags, int cgroup_fd, struct ns_child *child, struct err *e);

/* Join namespaces of a process.
 *
 * pidfd  -1 when the kernel has none: then /proc/PID/ns/... files are opened, all
 *        of them before the first is joined (the caller has checked pid's start time)
 * flags  CLONE_NEW* to join. CLONE_NEWPID counts for children, as ever.
 * Without a pidfd setns (before 5.8) the order is user, then the others, mount last. */
NODISCARD int ns_join(int pidfd, pid_t pid, uint64_t flags, struct err *e);

/* Those of `flags` in which this process and pid differ (joining a user namespace
 * one is in already is EINVAL). */
NODISCARD int ns_differ(pid_t pid, uint64_t flags, uint64_t *differ, struct err *e);

/* Open the file of one namespace, for `--network container:X` and the like. fd or -errno. */
NODISCARD int ns_open(pid_t pid, uint64_t flag, struct err *e);

/* setns on a file of ns_open. */
NODISCARD int ns_enter(int nsfd, uint64_t flag, struct err *e);

const char *ns_name(uint64_t flag);	/* "mnt", "uts", "ipc", "pid", "net", ...; NULL */
uint64_t ns_flag(const char *name);	/* also OCI's "mount" and "network"; 0 when unknown */
const char *ns_config(uint64_t flag);	/* the kernel option: "CONFIG_UTS_NS" */

/* A range of ids for a user namespace, as a line of uid_map. */
struct ns_idmap {
	uint32_t inside, outside, count;
};

/* Write uid_map and gid_map of a child in a new user namespace, or with pid 0 our own;
 * setgroups is denied first where the kernel asks for that (we lack CAP_SETGID outside). */
NODISCARD int ns_write_maps(pid_t pid, const struct ns_idmap *uids, size_t uids_n,
			    const struct ns_idmap *gids, size_t gids_n, struct err *e);
