// SPDX-License-Identifier: MIT
/* lock.h - whole-file locks that end with the last descriptor of their open.
 *
 * Open-file-description locks (fcntl F_OFD_*, Linux 3.15): like flock(2) they
 * belong to the open file, so a fork shares them and death frees them; unlike
 * flock they can be asked after without being taken. The file must be open for
 * writing for LOCK_EXCLUSIVE and for reading for LOCK_SHARED. */
#pragma once

#include "core/base/err.h"

enum lock_kind { LOCK_SHARED, LOCK_EXCLUSIVE };

/* Open (make when missing, 0600, no link followed) a lock file, O_RDWR. Takes no lock. */
NODISCARD int lock_open(int dirfd, const char *name, struct err *e);

/* Take or change the lock. wait_ms: 0 do not wait, -1 wait for ever.
 * 0, or -EWOULDBLOCK when somebody else has it (for all of wait_ms), or -errno. */
NODISCARD int lock_take(int fd, enum lock_kind kind, int wait_ms, struct err *e);

/* 1 when another open file holds it exclusively, 0 when not, or -errno. Takes nothing. */
NODISCARD int lock_held(int fd, struct err *e);

/* Let go early; closing the last descriptor does it too. */
void lock_drop(int fd);
