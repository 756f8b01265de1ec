// SPDX-License-Identifier: MIT
#include "core/store/eventlog.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/os/lock.h"

static const char *const names[] = { "events", "events.1" };

bool eventlog_is_current(const struct store *s, int fd)
{
	struct stat mine, now;

	return fstat(fd, &mine) == 0 &&
		fstatat(s->state_fd, names[0], &now, AT_SYMLINK_NOFOLLOW) == 0 &&
		mine.st_ino == now.st_ino && mine.st_dev == now.st_dev;
}

enum { TURN_MS = 100 };	/* what a writer waits for another's turn, lest it grow meanwhile */

/* Of several that see it too large one has the lock, and it must still be the one in use: else
 * a young file would take the old one's place. */
static void turn_over(const struct store *s, int fd)
{
	if (lseek(fd, 0, SEEK_END) > EVENTLOG_BYTES &&
	    lock_take(fd, LOCK_EXCLUSIVE, TURN_MS, NULL) == 0 && eventlog_is_current(s, fd))
		(void)!renameat(s->state_fd, names[0], s->state_fd, names[1]);
}

void eventlog_put(const struct store *s, const char *line, size_t len, bool turn)
{
	auto_close int fd = -1;

	if (len > EVENTLOG_LINE_MAX)
		return;
	fd = openat(s->state_fd, names[0],
		    O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || write(fd, line, len) != (ssize_t)len)
		return;
	if (turn)
		turn_over(s, fd);
}

int eventlog_open(const struct store *s, int older, struct err *e)
{
	int fd = openat(s->state_fd, names[older], O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? err_sys(e, "open %s/%s", s->state, names[older]) : fd;
}
