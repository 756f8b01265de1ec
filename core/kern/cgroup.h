// SPDX-License-Identifier: MIT
/* cgroup.h - a container's control groups: v1, v2, both at once, or none.
 *
 * What is there is found by looking (statfs, mountinfo), not by configuration.
 * A controller that is missing is a warning when a limit asks for it, never an error (U15).
 *
 * Order: cgroup_open → cgroup_create → (child) cgroup_attach 0, then unshare its cgroup
 * namespace → ... → cgroup_kill → cgroup_remove. A later command opens the same path again.
 *
 * v1: a directory in each hierarchy that counts: devices, memory, pids, freezer, cpuacct
 * always, cpu, cpuset and blkio only when a limit asks (each costs its system calls).
 * v2: one directory; controllers are enabled from the root down. */
#pragma once

#include <sys/types.h>

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/base/warn.h"
#include "core/kern/device.h"

enum { CGROUP_PATH_MAX = 256 };

enum cgroup_mode {
	CGROUP_NONE,	/* nothing mounted, or nothing we may write */
	CGROUP_V1,
	CGROUP_HYBRID,	/* controllers on v1, and a v2 tree without any */
	CGROUP_V2,
};

enum cgroup_controller {
	CGROUP_CPU, CGROUP_CPUACCT, CGROUP_CPUSET, CGROUP_MEMORY, CGROUP_DEVICES, CGROUP_FREEZER,
	CGROUP_BLKIO, CGROUP_PIDS,
	CGROUP_CONTROLLERS,	/* how many */
};

/* As Docker's flags say it. All zero (cgroup_limits_init): no limit. */
struct cgroup_limits {
	int64_t memory;		/* bytes; 0: none */
	int64_t memory_swap;	/* bytes, with memory; 0: twice memory; -1: unlimited */
	int64_t memory_reservation;	/* bytes; 0: none */
	int64_t memory_swappiness;	/* 0..100; -1: not given */
	bool oom_kill_disable;
	int64_t nano_cpus;	/* CPUs * 10^9; 0: none */
	int64_t cpu_quota, cpu_period;	/* µs; 0: not given. nano_cpus wins */
	int64_t cpu_shares;	/* v1's 2..262144; 0: not given */
	const char *cpuset_cpus, *cpuset_mems;	/* "0-2,4"; "" or NULL: not given */
	int64_t blkio_weight;	/* 10..1000; 0: not given */
	int64_t pids;		/* 0 or -1: unlimited */
	const struct device_rule *devices;	/* allow-list; everything else is denied */
	size_t devices_n;
	bool all_devices;	/* --privileged: no device program at all */
};
void cgroup_limits_init(struct cgroup_limits *l);

struct cgroup {
	const struct cgroup_ops *ops;	/* never NULL after cgroup_open */
	enum cgroup_mode mode;
	char path[CGROUP_PATH_MAX];	/* below the roots, no '/' at either end: "coracle/<id>" */
	uint32_t controllers;	/* 1u << enum cgroup_controller: those we are given */
	uint32_t made;		/* those with a directory for this container */
	int dir[CGROUP_CONTROLLERS];	/* owned fds of v1 hierarchy roots, or -1 */
	uint8_t home[CGROUP_CONTROLLERS]; /* v1: whose dir it lives in (cpu and cpuacct share) */
	bool above_too;		/* the caller's: the group above goes with the last one in it */
	bool created;		/* by this process: `made` is all there is */
	int root;		/* owned; root of the v2 tree we use, or -1 */
	int fd;			/* owned; v2's directory (for ns_clone), -1 before create */
};
#define auto_cgroup	__attribute__((cleanup(cgroup_release)))
#define CGROUP_INIT	{ .fd = -1, .root = -1, .dir = { -1, -1, -1, -1, -1, -1, -1, -1 } }

struct cgroup_stats {
	uint64_t memory_usage, memory_limit, memory_cache;	/* bytes; limit UINT64_MAX: none */
	uint64_t memory_peak;	/* bytes; 0: not known */
	uint64_t cpu_ns, cpu_user_ns, cpu_system_ns;
	uint64_t throttled_periods, throttled_ns;
	uint64_t pids, pids_limit;	/* pids_limit UINT64_MAX: none */
	uint64_t read_bytes, write_bytes;
};

/* Look at the machine and name the group. Makes nothing. -EINVAL for a bad path.
 * For an ordinary user the tree is what was delegated: the uppermost v2 group, from our own up,
 * whose processes the user may move; where there is none, there are no groups. */
NODISCARD int cgroup_open(struct cgroup *cg, const char *path, struct err *e);
void cgroup_release(struct cgroup *cg);	/* closes; removes nothing */

/* Name another group of the same machine, without looking at it again. -EINVAL for a bad path. */
NODISCARD int cgroup_point(struct cgroup *cg, const char *path, struct err *e);

/* Make the group and set its limits. A group left by a crash is taken over, unless there are
 * processes in it: -EBUSY. Limits nobody here can hold are told to `w`, each once.
 * Afterwards `made` has CGROUP_DEVICES only if the device list really holds: when it does
 * not and was asked for, the caller must drop CAP_MKNOD. */
NODISCARD int cgroup_create(struct cgroup *cg, const struct cgroup_limits *l,
			    const struct warn *w, struct err *e);

/* Move a process (0: the caller) into the group. */
NODISCARD int cgroup_attach(struct cgroup *cg, pid_t pid, struct err *e);

/* Change limits of a live group. What is 0 or not given in *l stays as it is. */
NODISCARD int cgroup_update(struct cgroup *cg, const struct cgroup_limits *l,
			    const struct warn *w, struct err *e);

/* Stop or let go all its processes; returns when it is done. -ENOTSUP without a freezer. */
NODISCARD int cgroup_freeze(struct cgroup *cg, bool on, struct err *e);

/* SIGKILL to all in it, until it is empty or timeout_ms have gone.
 * 0, -ETIMEDOUT, -ENOTSUP (none). */
NODISCARD int cgroup_kill(struct cgroup *cg, int timeout_ms, struct err *e);

/* The processes in it and below, as our pid namespace sees them. *pids is the caller's to free. */
NODISCARD int cgroup_pids(struct cgroup *cg, pid_t **pids, size_t *n, struct err *e);

/* How many of its processes the kernel killed for memory. 0 when that cannot be known. */
uint64_t cgroup_oom_kills(struct cgroup *cg);

/* A descriptor that wakes epoll when memory ran out in it: poll it for EPOLLPRI on v2
 * (memory.events), EPOLLIN on v1 (eventfd). *events receives which. -ENOTSUP. */
NODISCARD int cgroup_oom_fd(struct cgroup *cg, uint32_t *events, struct err *e);

NODISCARD int cgroup_stats(struct cgroup *cg, struct cgroup_stats *s, struct err *e);

/* Remove it with everything below; waits a little for the last process to be gone.
 * 0 also when it is not there; -EBUSY. */
NODISCARD int cgroup_remove(struct cgroup *cg, struct err *e);

/* Mount what a container may see of its own group on `target` (an O_PATH directory
 * <root>/sys/fs/cgroup), read-only, nosuid, nodev, noexec: called in the container's own
 * cgroup namespace (Z20). */
NODISCARD int cgroup_mount(const struct cgroup *cg, int rootfd, int target, bool writable,
			   struct err *e);

/* The v2 directory, open, for ns_clone to be born in; -1 when there is none. Borrowed. */
static inline int cgroup_birth_fd(const struct cgroup *cg)
{
	return cg->fd;
}

const char *cgroup_controller_name(enum cgroup_controller c);	/* "cpu" ... */

/* Docker's shares (2..262144) as a v2 weight (1..10000), and back. Pure. */
uint64_t cgroup_shares_to_weight(uint64_t shares);

/* One table a kind; private to cgroup.c, cgroup1.c, cgroup2.c. */
struct cgroup_ops {
	int (*create)(struct cgroup *, const struct cgroup_limits *, const struct warn *,
		      struct err *);
	int (*attach)(struct cgroup *, pid_t, struct err *);
	int (*limit)(struct cgroup *, const struct cgroup_limits *, const struct warn *,
		     struct err *);
	int (*freeze)(struct cgroup *, bool, struct err *);
	int (*kill)(struct cgroup *, int timeout_ms, struct err *);
	int (*pids)(struct cgroup *, pid_t **, size_t *, struct err *);
	uint64_t (*oom_kills)(struct cgroup *);
	int (*oom_fd)(struct cgroup *, uint32_t *events, struct err *);
	int (*stats)(struct cgroup *, struct cgroup_stats *, struct err *);
	int (*remove)(struct cgroup *, struct err *);
	int (*mount)(const struct cgroup *, int rootfd, int target, bool writable, struct err *);
};
extern const struct cgroup_ops cgroup1_ops, cgroup2_ops, cgroup_none_ops;
