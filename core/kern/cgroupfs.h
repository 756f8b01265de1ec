// SPDX-License-Identifier: MIT
/* cgroupfs.h - files and directories of a cgroup tree. Private to core/kern/cgroup*.c.
 *
 * `dir` is a hierarchy's root, `path` a group below it without '/' at the ends. */
#pragma once

#include "core/kern/cgroup.h"

enum { CGROUPFS_TEXT_MAX = 4096, CGROUPFS_NAME_MAX = 64, CGROUPFS_PIDS_MAX = 1 << 22 };

/* One write(2). 0 or -errno. */
int cgroupfs_write(int dir, const char *path, const char *file, const char *text);
int cgroupfs_write_u64(int dir, const char *path, const char *file, uint64_t value);

/* The file without its final newline; its length or -errno. */
ssize_t cgroupfs_read(int dir, const char *path, const char *file,
		      char text[static CGROUPFS_TEXT_MAX]);

/* A file that is one number; "max" is UINT64_MAX. 0 or -errno. */
int cgroupfs_read_u64(int dir, const char *path, const char *file, uint64_t *value);

/* The number after `key` in lines of "key number". 0 when it is not there. Pure. */
uint64_t cgroupfs_value(const char *text, const char *key);

/* Make the group, its parents too. *fresh: the first parent was new. One that is there is
 * removed and made anew. The parents may be taken away meanwhile by whoever removes the last
 * group in them. 0, -EBUSY, -errno. */
int cgroupfs_make(int dir, const char *path, bool *fresh);

/* Processes in the group and below, added to *pids. 0 or -errno. */
int cgroupfs_pids(int dir, const char *path, pid_t **pids, size_t *n);

/* Remove it and all below; waits up to ten seconds for it to be empty. 0, -EBUSY, -errno. */
int cgroupfs_remove(int dir, const char *path);

/* Remove the group above it, if there is nothing else in that. */
void cgroupfs_remove_above(int dir, const char *path);

/* SIGKILL to what is in it until nothing is. 0, -ETIMEDOUT, -errno. */
int cgroupfs_kill(struct cgroup *cg, int timeout_ms);

/* Wait for it to be empty. The same. */
int cgroupfs_wait_empty(struct cgroup *cg, int timeout_ms);

/* Parsed numbers of a flat file of "dev:maj op bytes" or "maj:min rbytes=N wbytes=N". Pure. */
void cgroupfs_io(const char *text, uint64_t *read_bytes, uint64_t *write_bytes);

/* The sentences when a limit cannot be held: dockerd's own. */
extern const char cgroupfs_no_memory[], cgroupfs_no_swap[], cgroupfs_no_reservation[],
	cgroupfs_no_swappiness[], cgroupfs_no_oom_disable[], cgroupfs_no_pids[],
	cgroupfs_no_quota[], cgroupfs_no_shares[], cgroupfs_no_cpuset[], cgroupfs_no_weight[];

/* Quota and period in µs; false when no CPU limit is asked for. Pure. */
bool cgroupfs_quota(const struct cgroup_limits *l, int64_t *quota, int64_t *period);
