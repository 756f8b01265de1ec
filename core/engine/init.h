// SPDX-License-Identifier: MIT
/* init.h - what runs between clone and exec: the security boundary. */
#pragma once

#include "core/engine/spec.h"

/* What the monitor hands its child beside the spec. All descriptors are the child's own
 * copies, close-on-exec. */
struct init_link {
	int report; /* pipe: one struct err on failure; end of file once executed */
	int stub; /* sealed memfd */
	int in, out, err; /* the program's streams; with a tty -1 */
	int tty; /* socket: the terminal's master end is sent there; -1 without a tty */
	int pid; /* exec: pipe; the program's pid in our namespace is written there; else -1 */
	int go; /* pipe: one byte when the network is there; -1: nothing to wait for */
	struct cgroup *cgroup; /* to be joined unless in_cgroup; NULL: none */
	bool in_cgroup;
};

/* A running container to go into. */
struct init_target {
	int pid; /* of its first process; 0: none */
	int pidfd; /* owned by the plan; -1 where the kernel has none */
	uint64_t flags; /* CLONE_NEW* to join, all but the pid namespace */
};

/* Become the container's program. Called in the child of ns_clone, whose new namespaces
 * are those of spec->ns with SPEC_NS_NEW. Never returns: executes, or reports and exits. */
_Noreturn void init_container(const struct container_spec *spec, const struct init_link *link);

/* Start one more program in a running container, as a sibling of the caller (its parent is
 * the caller's): joins the target's cgroup and namespaces, closes every descriptor of the
 * host, and only then forks into the pid namespace (pids) what does stages 8 to 12 as above.
 * pids < 0: the pid namespace is the host's. Runs from a sealed memfd. Never returns. */
_Noreturn void init_join(const struct container_spec *spec, const struct init_link *link,
	const struct init_target *target, int pids);
