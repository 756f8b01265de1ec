// SPDX-License-Identifier: MIT
#include "core/os/lock.h"

#include <fcntl.h>
#include <signal.h>

#include "core/os/clock.h"
#include "tests/unit/unit.h"

static char dir[64];
static int dirfd_;

static int fresh(void)
{
	if (!*dir) {
		strcpy(dir, "/tmp/test_lock.XXXXXX");
		CHECK(mkdtemp(dir) != NULL);
		dirfd_ = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	return lock_open(dirfd_, "lock", NULL);
}

static void clean(void)
{
	CHECK(!unlinkat(dirfd_, "lock", 0) && !rmdir(dir));
}

TEST(one_has_it_and_the_other_is_told)
{
	int a = fresh(), b = fresh();
	int64_t start;

	CHECK_INT(lock_held(b, NULL), 0);
	CHECK_INT(lock_take(a, LOCK_EXCLUSIVE, 0, NULL), 0);
	CHECK_INT(lock_held(b, NULL), 1);
	CHECK_INT(lock_held(a, NULL), 0);	/* not somebody else */
	CHECK_INT(lock_take(b, LOCK_SHARED, 0, NULL), -EWOULDBLOCK);
	start = clock_mono_ms();
	CHECK_INT(lock_take(b, LOCK_EXCLUSIVE, 60, NULL), -EWOULDBLOCK);
	CHECK(clock_mono_ms() - start >= 60);
	lock_drop(a);
	CHECK_INT(lock_take(b, LOCK_SHARED, 0, NULL), 0);
	CHECK_INT(lock_take(a, LOCK_SHARED, 0, NULL), 0);
	CHECK_INT(lock_take(a, LOCK_EXCLUSIVE, 0, NULL), -EWOULDBLOCK);
	clean();
}

TEST(it_lives_as_long_as_the_last_copy_and_dies_with_the_process)
{
	int a = fresh(), p[2], go[2];
	pid_t pid;
	char c;

	CHECK(!pipe(p) && !pipe(go));
	pid = fork();
	if (pid == 0) {
		int mine = fresh();

		CHECK_INT(lock_take(mine, LOCK_EXCLUSIVE, 0, NULL), 0);
		if (fork() == 0) {	/* the heir keeps it */
			(void)!write(p[1], "x", 1);
			(void)!read(go[0], &c, 1);
			clock_sleep_ms(80);	/* so that it is waited for below */
			_exit(0);
		}
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	CHECK_INT(read(p[0], &c, 1), 1);
	CHECK_INT(lock_held(a, NULL), 1);
	CHECK_INT(write(go[1], "x", 1), 1);
	CHECK_INT(lock_take(a, LOCK_EXCLUSIVE, 60000, NULL), 0);
	lock_drop(a);
	pid = fork();
	if (pid == 0) {
		CHECK_INT(lock_take(fresh(), LOCK_EXCLUSIVE, 0, NULL), 0);
		(void)!write(p[1], "x", 1);
		for (;;)
			pause();
	}
	CHECK_INT(read(p[0], &c, 1), 1);
	CHECK_INT(lock_held(a, NULL), 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	CHECK_INT(lock_held(a, NULL), 0);
	clean();
}

TEST(z105_a_planted_link_is_not_followed)
{
	close(fresh());
	CHECK(!unlinkat(dirfd_, "lock", 0) && !symlinkat("/tmp/elsewhere", dirfd_, "lock"));
	CHECK_INT(lock_open(dirfd_, "lock", NULL), -ELOOP);
	clean();
}

UNIT_MAIN
