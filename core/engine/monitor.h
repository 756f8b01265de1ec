// SPDX-License-Identifier: MIT
/* monitor.h - the one process that stays with a running container.
 *
 *   1 it is forked by the command that starts the container and inherits its lock
 *   2 it makes the cgroup, the pipes, the listening socket, and clones init
 *   3 init reports by its pipe: executed, or why not; the command is told (wire.h)
 *   4 it moves output to the log and to clients, input from clients, and does what clients
 *     ask for (signal, stop, resize); it sleeps in epoll_wait otherwise
 *   5 the program ends: output is drained, the end is recorded, cgroup and (for --rm)
 *     everything else removed, the clients told; then the restart policy has its say
 *
 * Failures: init fails → the command gets its error, nothing stays but the record. The
 * monitor is killed → init dies with it (PR_SET_PDEATHSIG), and the next command finds the
 * lock free and puts the record right (reconcile.c). A log that cannot be written loses
 * lines, never the container. A client that does not read holds the container's output
 * back, as Docker's attach does, with at most one message in memory.
 *
 * What an attacker controls: all output of the container, its timing and amount, its exit.
 * Buffers are fixed; nothing from the container is parsed. */
#pragma once

#include "core/engine/engine.h"
#include "core/engine/plan.h"

/* Run the container until it ends for good. Called in a forked child; `first` is the
 * socket of the command that asked, which wants WIRE_WANT_* of it; `lock` is the container's
 * lock; both inherited. Never returns. */
_Noreturn void monitor_run(struct engine *g, struct container *c, struct plan *p, int first,
	unsigned want, int lock);
