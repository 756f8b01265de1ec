// SPDX-License-Identifier: MIT
#include "core/os/tty.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "tests/unit/unit.h"

/* A devpts of our own. */
static int devpts(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		SKIP("may not mount");
	CHECK(!mount("devpts", "/dev/pts", "devpts", 0, "newinstance,ptmxmode=0666"));
	return open("/dev/pts", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

TEST(a_pair_talks)
{
	struct tty_pair p;
	struct termios old, now;
	struct winsize ws;
	struct err e = { 0 };
	char buf[16];

	if (tty_open_pair(devpts(), &p, &e) < 0)
		printf("# %s\n", e.msg);
	CHECK_INT(e.code, 0);
	CHECK_INT(p.number, 0);
	CHECK(fcntl(p.master, F_GETFD) & fcntl(p.slave, F_GETFD) & FD_CLOEXEC);
	CHECK_INT(write(p.slave, "a\n", 2), 2);
	CHECK_INT(read(p.master, buf, sizeof(buf)), 3);
	CHECK(!memcmp(buf, "a\r\n", 3));
	CHECK_INT(tty_raw(p.slave, &old, &e), 0);
	CHECK_INT(write(p.slave, "a\n", 2), 2);
	CHECK_INT(read(p.master, buf, sizeof(buf)), 2);
	tty_restore(p.slave, &old);
	CHECK(!tcgetattr(p.slave, &now) && now.c_lflag == old.c_lflag);
	CHECK_INT(tty_set_size(p.master, 33, 99), 0);
	CHECK_INT(tty_get_size(p.slave, &ws), 0);
	CHECK(ws.ws_row == 33 && ws.ws_col == 99);
	CHECK_INT(tty_raw(open("/dev/null", O_RDWR), &old, &e), -ENOTTY);
}

TEST(a_pair_can_be_taken)
{
	struct tty_pair p;
	int st;
	pid_t pid;

	CHECK_INT(tty_open_pair(devpts(), &p, NULL), 0);
	pid = fork();
	if (pid == 0) {
		setsid();
		_exit(tty_take(p.slave, NULL) == 0 && isatty(0) && isatty(2) && open("/dev/tty", O_RDWR) >= 0
		      ? 0 : 1);
	}
	CHECK_INT(waitpid(pid, &st, 0), pid);
	CHECK_INT(st, 0);
}

TEST(z17_what_is_no_devpts_gives_no_terminal)
{
	struct tty_pair p;
	struct err e;
	int dir;

	close(devpts());
	CHECK(!mount("tmpfs", "/tmp", "tmpfs", 0, NULL));
	dir = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK_INT(tty_open_pair(dir, &p, &e), -ENOENT);
	CHECK(!mknodat(dir, "ptmx", S_IFCHR | 0666, makedev(1, 3)));
	CHECK_INT(tty_open_pair(dir, &p, &e), -EINVAL);
	CHECK_STR(e.msg, "ptmx is not a terminal of a devpts");
	CHECK(!unlinkat(dir, "ptmx", 0) && !symlinkat("/dev/pts/ptmx", dir, "ptmx"));
	CHECK_INT(tty_open_pair(dir, &p, &e), -ELOOP);
}

UNIT_MAIN
