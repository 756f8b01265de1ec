// SPDX-License-Identifier: MIT
/* points.h - what is mounted into a container (struct container's points) ⇄ "MountPoints" of its
 * record. The record is ours: a key that is missing means "not said". */
#pragma once

#include "core/fmt/json.h"
#include "core/store/container.h"

/* The caller owns the array. */
NODISCARD json_t *points_json(const struct container *c);

/* Append what `a` (may be NULL) holds to c->points. 0 or -EBADMSG. */
NODISCARD int points_from_json(const json_t *a, struct container *c, struct arena *mem,
			       struct err *e);
