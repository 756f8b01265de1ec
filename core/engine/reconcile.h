// SPDX-License-Identifier: MIT
/* reconcile.h - the part of reconciling that removing needs too. */
#pragma once

#include "core/engine/engine.h"

/* Kill what is left of a container that has no monitor, and remove its control group. The
 * caller holds its lock. 0 also when nothing was left. */
NODISCARD int reconcile_kill(struct engine *g, const struct container_state *st, struct err *e);
