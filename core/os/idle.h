// SPDX-License-Identifier: MIT
/* idle.h - wait for long, holding as little memory as can be.
 *
 * A page of the executable that a process has touched counts as its own, and the kernel maps what
 * is around it too: 64 kB of it (fault_around_bytes), or the whole folio of the page cache, which
 * may be all of the program. What waits for months gives that back first. */
#pragma once

#include <sys/epoll.h>

#include "core/base/base.h"

/* epoll_wait(2), after giving back the pages of code and constants, which come again from the
 * page cache as they are used, and the stack below the caller. What stays of the executable
 * while it waits is the page or two that the waiting itself is in. -errno on failure. */
NODISCARD int idle_wait(int epfd, struct epoll_event *events, int n, int timeout_ms);
