// SPDX-License-Identifier: MIT
#include "core/os/tty.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#ifndef TIOCGPTPEER
#define TIOCGPTPEER	_IO('T', 0x41)
#endif

enum { PTMX_MAJOR = 5, PTMX_MINOR = 2, PTS_MAJOR = 136, PTS_MAJOR_LAST = 143 };

/* Is it a terminal's end in a devpts? A bind of something else over a name is not. */
static bool is_pty(int fd, bool master)
{
	struct statfs fs;
	struct stat st;

	if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0 || !S_ISCHR(st.st_mode) ||
	    fs.f_type != DEVPTS_SUPER_MAGIC)
		return false;
	if (master)
		return st.st_rdev == makedev(PTMX_MAJOR, PTMX_MINOR);
	return major(st.st_rdev) >= PTS_MAJOR && major(st.st_rdev) <= PTS_MAJOR_LAST;
}

int tty_open_pair(int devpts_fd, struct tty_pair *p, struct err *e)
{
	auto_close int master = openat(devpts_fd, "ptmx",
				       O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	auto_close int slave = -1;
	int unlock = 0, number;

	if (master < 0)
		return err_sys(e, "open ptmx");
	if (!is_pty(master, true))
		return err_set(e, EINVAL, "ptmx is not a terminal of a devpts");
	if (ioctl(master, TIOCSPTLCK, &unlock) < 0 || ioctl(master, TIOCGPTN, &number) < 0)
		return err_sys(e, "set up a terminal");
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return err_sys(e, "open the other end of a terminal");
	if (!is_pty(slave, false))
		return err_set(e, EINVAL, "the other end of ptmx is not a terminal of a devpts");
	*p = (struct tty_pair){ take_fd(master), take_fd(slave), number };
	return 0;
}

int tty_take(int slave, struct err *e)
{
	if (ioctl(slave, TIOCSCTTY, 0) < 0)
		return err_sys(e, "make the terminal ours");
	for (int fd = 0; fd <= 2; fd++)
		if (dup2(slave, fd) < 0)
			return err_sys(e, "put the terminal on descriptor %d", fd);
	return 0;
}

int tty_raw(int fd, struct termios *old, struct err *e)
{
	struct termios raw;

	if (tcgetattr(fd, old) < 0)
		return err_sys(e, "read terminal settings");
	raw = *old;
	cfmakeraw(&raw);
	if (tcsetattr(fd, TCSANOW, &raw) < 0)
		return err_sys(e, "set the terminal to raw mode");
	return 0;
}

void tty_restore(int fd, const struct termios *old)
{
	(void)tcsetattr(fd, TCSADRAIN, old);
}

int tty_get_size(int fd, struct winsize *ws)
{
	return ioctl(fd, TIOCGWINSZ, ws) < 0 ? -errno : 0;
}

int tty_set_size(int fd, unsigned short rows, unsigned short cols)
{
	struct winsize ws = { .ws_row = rows, .ws_col = cols };

	return ioctl(fd, TIOCSWINSZ, &ws) < 0 ? -errno : 0;
}
