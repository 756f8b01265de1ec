// SPDX-License-Identifier: MIT
/* boot.h - after a reboot: start what its restart policy wants to run.
 *
 *   always           starts, also when it was stopped by hand
 *   unless-stopped   starts unless it was stopped or killed by hand
 *   on-failure[:n]   starts when it did not end well, by hand or not, and n is not used up
 *
 * One that was never started is not started now. */
#pragma once

#include "core/engine/engine.h"

/* Should it run after a reboot? Pure. */
bool boot_wants(const struct container *c);

/* What became of one: rc is 0, or -code with *why. */
typedef void boot_fn(void *arg, const struct container *c, int rc, const struct err *why);

/* Put right what the reboot left, then start. Those that join the namespaces of others come after
 * them: what could not be started is tried again as long as others could.
 * How many could not be started, or -errno. */
NODISCARD int engine_boot(struct engine *g, boot_fn *told, void *arg, struct err *e);
