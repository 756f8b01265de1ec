// SPDX-License-Identifier: MIT
/* sysctl.h - kernel settings a container may have its own value of (Z19). */
#pragma once

#include "core/base/err.h"

enum { SYSCTL_KEY_MAX = 128, SYSCTL_VALUE_MAX = 1024 };

/* Is KEY=VALUE allowed with these private namespaces?
 *
 * ns   CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWUTS that the container has of its own
 *
 * 0, or -EINVAL with Docker's sentence. Pure. */
NODISCARD int sysctl_check(const char *key_value, uint64_t ns, struct err *e);

/* Write it through a procfs of ours (mount_proc_private). Checks it again. 0 or -errno. */
NODISCARD int sysctl_write(int procfd, const char *key_value, uint64_t ns, struct err *e);
