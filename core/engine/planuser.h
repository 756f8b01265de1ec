// SPDX-License-Identifier: MIT
/* planuser.h - what is different in a plan when the caller is not root. */
#pragma once

#include "core/engine/plan.h"

/* The step of plan_make behind its namespaces: a container whose root is the caller. Nothing is
 * done for root. What cannot be had is refused, or done without and told as a warning.
 * 0, or -EINVAL with a sentence, or -EPERM for layers that belong to somebody else. */
NODISCARD int planuser_make(struct engine *g, const struct container *c, struct plan *p,
	struct err *e);

/* The same for plan_exec. The namespace to join with the others: CLONE_NEWUSER, or 0 for root. */
uint64_t planuser_exec(struct plan *p);
