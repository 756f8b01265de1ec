// SPDX-License-Identifier: MIT
/* cgpath.h - where a container's control group is: "coracle/ID", or "coracle-TAG/ID" for
 * another ROOT than the default, so that two engines do not meet. Or where --cgroup-parent says. */
#pragma once

#include "core/kern/cgroup.h"
#include "core/store/container.h"

void cgpath_make(const struct store *s, const char *id, char path[static CGROUP_PATH_MAX]);

/* The same of one that may have --cgroup-parent: "PARENT/ID". */
void cgpath_of(const struct store *s, const struct container *c, char path[static CGROUP_PATH_MAX]);

/* And of one that is known by its id: its record is read. */
void cgpath_find(struct store *s, const char *id, char path[static CGROUP_PATH_MAX]);

/* Is the group above `path` this ROOT's alone, to go with its last container? Not the default
 * ROOT's, which stays, and not one that the user named (--cgroup-parent). */
bool cgpath_is_own(const struct store *s, const char *path);
