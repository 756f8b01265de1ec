// SPDX-License-Identifier: MIT
/* spec.h - the OCI runtime specification (1.0.2, config.md) as a C struct: everything the
 * kernel must be told to start one container, resolved, with nothing left to look up but
 * what only the mounted root file system can answer (users, groups, the program).
 *
 * run, build's RUN, exec, compose and swarm fill it; init_container carries it out. Init gets
 * it as its own copy of the memory across the clone, so no length of it can overflow a
 * message (Z10). Host paths are texts and not descriptors: a mount can only be made from a
 * descriptor opened in the new mount namespace, so init opens them. */
#pragma once

#include "core/base/err.h"
#include "core/base/strv.h"
#include "core/kern/cgroup.h"
#include "core/kern/device.h"
#include "core/kern/limits.h"
#include "core/kern/mount.h"
#include "core/kern/seccomp.h"
#include "core/kern/userns.h"

struct spec_rlimit {
	struct limits_rlimit limit;
	bool named; /* the user asked: a refusal is an error, not a warning */
};

enum spec_mount_kind { SPEC_BIND,
	SPEC_FS };

struct spec_mount {
	enum spec_mount_kind kind;
	const char *source; /* bind: absolute path on the host; fs: the device */
	const char *target; /* absolute, in the container */
	const struct mount_opts *opts; /* bind */
	const char *type; /* fs: "tmpfs", "nfs", "ext4" … */
	unsigned long flags; /* fs: MS_* */
	const char *data; /* fs: its own options */
	const char *lock; /* a volume: fill it, when it is empty, with what the image has at the
			   * target, holding this file of the host; "" for no such thing */
};

/* A namespace: made new, shared with the host, or joined. */
enum spec_ns_mode { SPEC_NS_NEW,
	SPEC_NS_HOST,
	SPEC_NS_JOIN };

enum spec_ns_kind { SPEC_PID,
	SPEC_NET,
	SPEC_IPC,
	SPEC_UTS,
	SPEC_CGROUP,
	SPEC_NS_KINDS };

struct spec_ns {
	enum spec_ns_mode mode;
	int fd; /* join: its nsfs file (borrowed); else -1 */
};

struct container_spec {
	/* process */
	struct strv args; /* NULL after the last */
	struct strv env; /* KEY=VALUE; HOME is added when missing */
	const char *cwd; /* absolute */
	const char *user; /* "", "name", "1000", "name:group", "1:2" */
	struct strv groups; /* --group-add: names or numbers */
	bool tty, init, no_new_privs, privileged;
	uint64_t caps; /* bounding, permitted and effective; bit n is capability n */
	const struct spec_rlimit *rlimits;
	size_t rlimits_n;
	const char *oom_score_adj; /* text to write; "" for none */
	const struct seccomp_program *seccomp; /* NULL: unconfined */

	/* root file system: layers with upper and work, or `plain` alone */
	struct strv layers; /* directories on the host, topmost first */
	const char *upper, *work; /* directories on the host; "" both: read-only */
	const char *plain; /* a directory that is the root as it is (no overlay here); "" */
	const char *stage; /* an empty directory of ours to mount on; shared by all */
	bool read_only;

	/* the view */
	struct spec_ns ns[SPEC_NS_KINDS];
	struct userns_map userns; /* whose ids are whose; empty: no user namespace but the host's */
	bool userns_join; /* it is another container's: then */
	int userns_fd; /* its nsfs file (owned by the plan), */
	uint64_t userns_new; /* and what is made in it once it is joined: CLONE_NEW* */
	const struct spec_mount *mounts; /* sorted: a parent before what lies below it */
	size_t mounts_n;
	const struct device_node *devices;
	size_t devices_n;
	const char *hostname, *domainname; /* "": leave */
	struct strv sysctls; /* KEY=VALUE */
	int64_t shm_size; /* bytes */
	const char *shm_source;	/* bind this as /dev/shm (ipc of the host or of another); "" */
	int shm_ns;		/* the mount namespace it is in (borrowed); -1: ours */
	const char *files; /* directory with hosts, hostname, resolv.conf to bind; "" */
	bool mask; /* hide and protect Docker's two lists of paths */
	bool no_devices;	/* nothing watches device nodes here: none may be made or opened */
	bool host_writable; /* privileged: /sys and the cgroups are writable */
};

/* Is it in a user namespace of its own or of another container? */
static inline bool spec_is_mapped(const struct container_spec *s)
{
	return s->userns.uids_n > 0;
}
