// SPDX-License-Identifier: MIT
/* tty.h - pseudo-terminals and the caller's own terminal.
 *
 * What an attacker controls: the names in a container's /dev. So a terminal is
 * made from a devpts we mounted, by descriptor, and its peer is got by ioctl
 * (TIOCGPTPEER, Linux 4.13), never by a /dev/pts/N string. */
#pragma once

#include <sys/ioctl.h>
#include <termios.h>

#include "core/base/err.h"

struct tty_pair {
	int master;	/* owned by the caller; O_RDWR | O_NOCTTY | O_CLOEXEC */
	int slave;	/* owned by the caller; the same */
	int number;	/* N of /dev/pts/N in that devpts */
};

/* Make a pair in the devpts whose root is `devpts_fd`. Checks that both ends
 * are terminals of a devpts. 0 or -errno. */
NODISCARD int tty_open_pair(int devpts_fd, struct tty_pair *p, struct err *e);

/* Make `slave` the controlling terminal of this session leader and fds 0, 1, 2. */
NODISCARD int tty_take(int slave, struct err *e);

/* Put a terminal into raw mode, keeping what it was in *old. 0, -ENOTTY, -errno. */
NODISCARD int tty_raw(int fd, struct termios *old, struct err *e);
void tty_restore(int fd, const struct termios *old);

NODISCARD int tty_get_size(int fd, struct winsize *ws);	/* 0 or -errno */
NODISCARD int tty_set_size(int fd, unsigned short rows, unsigned short cols);	/* 0 or -errno */
