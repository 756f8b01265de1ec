// SPDX-License-Identifier: MIT
/* describe.h - a container as Docker's inspect document (Engine API 1.41, ContainerInspect). */
#pragma once

#include "core/engine/engine.h"
#include "core/fmt/json.h"

/* The whole document, every key of Docker's in its order. `size`: SizeRw and SizeRootFs too.
 * NULL on failure: -ENOENT's sentence, or that the record is damaged. The caller owns it. */
NODISCARD json_t *engine_inspect(struct engine *g, const char *id, bool size, struct err *e);

/* Its NetworkSettings. The caller owns it. */
json_t *describe_networks(struct engine *g, const struct container *c);
