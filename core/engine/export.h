// SPDX-License-Identifier: MIT
/* export.h - a container's whole root as one tar, as `docker export` makes it.
 *
 * Entries in the order of their names; no sockets; what is mounted in the container is not in
 * it, its mount points are. See view.h and pack.h for what an attacker controls. */
#pragma once

#include "core/base/progress.h"
#include "core/engine/engine.h"

/* Write the tar to fd (borrowed), which need not be seekable.
 * progress   bytes of content; its total is set here. NULL: nobody watches
 * 0, -ENOENT, or -errno. */
NODISCARD int engine_export(struct engine *g, const char *id, int fd, struct progress *progress,
			    struct err *e);
