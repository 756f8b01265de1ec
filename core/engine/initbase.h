// SPDX-License-Identifier: MIT
/* initbase.h - stage 4 of init.c: the kernel's own file systems in a container's root. */
#pragma once

#include "core/engine/spec.h"

/* Mount /proc (unless proc is false), /dev with all that is in it, and /sys with the container's
 * own groups below `root` (O_PATH of the container's root).
 *
 * cgroup  borrowed; NULL: none
 * dev     set to a descriptor of the new /dev, the caller's
 *
 * 0 or -errno. */
NODISCARD int initbase_make(const struct container_spec *spec, const struct cgroup *cgroup,
	int root, bool proc, int *dev, struct err *e);

/* A directory right below the root for a file system of the kernel's: made when missing; a link
 * there is refused, for it could lead the mount elsewhere (Z04, Z17). An O_PATH descriptor or
 * -errno. */
NODISCARD int initbase_dir(int root, const char *name, struct err *e);
