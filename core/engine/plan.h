// SPDX-License-Identifier: MIT
/* plan.h - from a container's record to what init, cgroup and monitor are told. */
#pragma once

#include <sys/stat.h>

#include "core/engine/engine.h"
#include "core/engine/init.h"
#include "core/engine/spec.h"

struct plan {
	struct container_spec spec;
	struct cgroup_limits limits;
	struct seccomp_program seccomp; /* owned */
	struct device_list devices; /* owned */
	char cgroup[CGROUP_PATH_MAX];
	uint64_t clone_flags;
	struct init_target target; /* exec: the container to go into; pid 0: make one */
	char exec_id[CONTAINER_ID_LEN + 1]; /* what the events of an exec call it */
	int state_dir; /* owned; STATE/containers/ID */
	int dir; /* owned; ROOT/containers/ID */
};
#define PLAN_INIT \
	{ \
		.state_dir = -1, .dir = -1, .target = {.pidfd = -1 } \
	}

/* Work everything out; makes the container's directories and the files that are bound
 * into it, nothing else. What the plan points to lives in g->mem.
 * 0; -EINVAL with Docker's sentence where the record asks for nonsense; -ENOENT for a layer,
 * device or joined container that is not there; or -errno. */
NODISCARD int plan_make(struct engine *g, const struct container *c, struct plan *p,
	struct err *e);

/* The same for a program that joins a running container: its own confinement, with what
 * was asked on top. -EBUSY when it does not run. */
NODISCARD int plan_exec(struct engine *g, const struct container *c, const struct exec_request *r,
	struct plan *p, struct err *e);
void plan_release(struct plan *p);

/* Make the writable layer, upper and work, in the container's directory. Its own mode and owner
 * are what the container sees of "/", so they are those of the image's topmost layer, `top`.
 * 0 also when it is there. */
NODISCARD int plan_upper(int dir, const struct stat *top, struct err *e);
/* The numbers of a record as the control group takes them; its list of devices is left alone. */
void plan_limits_of(const struct container_config *cfg, struct cgroup_limits *l);

/* The signal that asks it to end: --stop-signal, the image's, or SIGTERM. */
int plan_stop_signal(const struct container *c);
bool plan_publishes(const struct container *c); /* -p or -P */
