// SPDX-License-Identifier: MIT
#include "core/os/lock.h"

#include <fcntl.h>

#include "core/os/clock.h"

enum { NAP_MS = 5, NAP_MAX_MS = 50 };

int lock_open(int dirfd, const char *name, struct err *e)
{
	int fd = openat(dirfd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? err_sys(e, "open lock %s", name) : fd;
}

static int try_lock(int fd, short type, int cmd)
{
	struct flock fl = { .l_type = type, .l_whence = SEEK_SET };
	int rc;

	do
		rc = fcntl(fd, cmd, &fl);
	while (rc < 0 && errno == EINTR && cmd == F_OFD_SETLKW);
	if (rc == 0)
		return 0;
	return errno == EAGAIN || errno == EACCES ? -EWOULDBLOCK : -errno;
}

int lock_take(int fd, enum lock_kind kind, int wait_ms, struct err *e)
{
	short type = kind == LOCK_EXCLUSIVE ? F_WRLCK : F_RDLCK;
	int rc = try_lock(fd, type, wait_ms < 0 ? F_OFD_SETLKW : F_OFD_SETLK);
	int64_t end = wait_ms > 0 ? clock_mono_ms() + wait_ms : 0;

	for (int nap = NAP_MS; rc == -EWOULDBLOCK && wait_ms > 0; ) {
		int64_t left = end - clock_mono_ms();

		if (left <= 0)
			break;
		clock_sleep_ms(left < nap ? left : nap);
		nap = nap * 2 > NAP_MAX_MS ? NAP_MAX_MS : nap * 2;
		rc = try_lock(fd, type, F_OFD_SETLK);
	}
	errno = -rc;
	return rc < 0 ? err_sys(e, "lock") : 0;
}

int lock_held(int fd, struct err *e)
{
	struct flock fl = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_OFD_GETLK, &fl) < 0)
		return err_sys(e, "ask for lock");
	return fl.l_type != F_UNLCK;
}

void lock_drop(int fd)
{
	(void)try_lock(fd, F_UNLCK, F_OFD_SETLK);
}
