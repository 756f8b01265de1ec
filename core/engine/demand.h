// SPDX-License-Identifier: MIT
/* demand.h - does what was asked of a container make sense? Said before anything is made.
 *
 * The sentences are those of Docker's engine. What an attacker controls: in a compose file or an
 * API request, all of the configuration. Nothing is opened; only how many CPUs and which
 * capabilities there are is asked of the kernel, and whether what is bound is there. */
#pragma once

#include "core/store/container.h"

/* `c` is complete: the image's part is in it. 0 or -EINVAL. */
NODISCARD int demand_check(const struct container_config *c, struct err *e);
