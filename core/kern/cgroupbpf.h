// SPDX-License-Identifier: MIT
/* cgroupbpf.h - the device list of a v2 group. Private to core/kern/cgroup2.c and tests. */
#pragma once

#include "core/kern/device.h"

/* Make and load a program that allows what the rules say and nothing else. A descriptor or
 * -errno (-EPERM, -ENOSYS, -EINVAL: this kernel cannot). */
NODISCARD int cgroupbpf_load(const struct device_rule *rules, size_t n, struct err *e);

/* Put it on a v2 group. 0 or -errno. */
NODISCARD int cgroupbpf_attach(int cgroup, int program, struct err *e);
