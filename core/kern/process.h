// SPDX-License-Identifier: MIT
/* process.h - one process as /proc shows it (proc(5)).
 *
 * What an attacker controls: name and command line of his processes. The name may hold any
 * byte, brackets too, so what follows it is looked for from the end; controls are made '?' as
 * ps makes them; more than PROCESS_ARGS_MAX bytes of a command line are not read. */
#pragma once

#include "core/base/arena.h"
#include "core/fmt/pstable.h"

enum { PROCESS_ARGS_MAX = 16 << 10, PROCESS_USERS_MAX = 1 << 20 };

/* Who has which number on this host: /etc/passwd and /etc/group, read once. */
struct process_names {
	struct str passwd, group;	/* owned */
};
#define PROCESS_NAMES_INIT { STR_INIT, STR_INIT }
void process_names_read(struct process_names *n);	/* without them all are numbers */
void process_names_release(struct process_names *n);

/* Read it. Texts live in mem. 0, or -ESRCH when it is gone. */
NODISCARD int process_read(pid_t pid, const struct process_names *names, struct ps_process *p,
			   struct arena *mem);

/* Memory of the machine and the time. */
void process_machine(struct ps_machine *m);

/* Processes that share the pid namespace of `first`, when it is not ours; else `first` and those
 * below it. For who has no control group to ask. *pids is the caller's to free. 0 or -errno. */
NODISCARD int process_family(pid_t first, pid_t **pids, size_t *n, struct err *e);
