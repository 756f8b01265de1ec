// SPDX-License-Identifier: MIT
/* proc.h - how a child that could not start tells its parent why.
 *
 * The pipe is close-on-exec and carries one struct err or nothing: end of file
 * means exec succeeded. 512 bytes arrive whole or not at all. */
#pragma once

#include <sys/types.h>

#include "core/base/err.h"

/* In the child: send the error and end. Safe between fork and exec. */
_Noreturn void child_fail(int pipe, const struct err *e);

/* In the parent: 0 when the child's exec succeeded, else the child's own error,
 * or -EPROTO when it died without sending one. */
NODISCARD int child_started(int pipe, struct err *e);

/* Close every descriptor from `first` to `last` (~0u: to the end). Safe after fork; kernels
 * before 5.9 are asked one by one. */
void proc_close_span(unsigned first, unsigned last);

/* Let this process open `n` descriptors, or as many as it may (RLIMIT_NOFILE, the soft one). */
void proc_want_files(unsigned n);

/* When a process began: clock ticks after boot, field 22 of /proc/PID/stat (proc(5)). With the
 * pid it names one process for as long as the machine is up. 0 when there is none. */
uint64_t pid_start(pid_t pid);
