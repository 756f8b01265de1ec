// SPDX-License-Identifier: MIT
#include "core/os/dir.h"

#include <fcntl.h>
#include <sys/syscall.h>

/* What getdents64 fills; the name ends in 0. */
struct entry {
	uint64_t ino;
	int64_t off;
	uint16_t len;		/* bytes of this entry */
	uint8_t type;
	char name[];
};

int dir_open(struct dir *d, int dirfd, const char *path, struct err *e)
{
	d->len = d->at = 0;
	d->fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return d->fd < 0 ? err_sys(e, "open %s", path) : 0;
}

void dir_release(struct dir *d)
{
	close_at(&d->fd);
	d->fd = -1;
}

const char *dir_next(struct dir *d)
{
	for (;;) {
		const struct entry *n = (const struct entry *)((const char *)d->buf + d->at);

		if (d->at >= d->len) {
			d->len = syscall(SYS_getdents64, d->fd, d->buf, sizeof(d->buf));
			d->at = 0;
			if (d->len <= 0)
				return NULL;
			continue;
		}
		d->at += n->len;
		if (strcmp(n->name, ".") != 0 && strcmp(n->name, "..") != 0)
			return n->name;
	}
}
