// SPDX-License-Identifier: MIT
/* initmount.h - stage 6 of init.c: the user's mounts, and the files we bind into a root. */
#pragma once

#include "core/engine/spec.h"

/* Mount all of spec->mounts and spec->files below `root` (O_PATH of the container's root), each
 * onto a descriptor. 0 or -errno; the error names the target. */
NODISCARD int initmount_all(const struct container_spec *spec, int root, struct err *e);
