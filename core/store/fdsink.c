// SPDX-License-Identifier: MIT
#include "core/store/fdsink.h"

#include "core/os/file.h"

enum { HELD = 64 << 10 };

void fdsink_init(struct fdsink *s, int fd)
{
	*s = (struct fdsink){ .fd = fd, .buf = malloc(HELD) };
	if (!s->buf)
		abort();
}

void fdsink_release(struct fdsink *s)
{
	free(s->buf);
	*s = (struct fdsink){ .fd = -1 };
}

static int write_out(int fd, const void *data, size_t len, struct err *e)
{
	int rc = file_write_all(fd, data, len);

	errno = -rc;
	return rc < 0 ? err_sys(e, "write") : 0;
}

int fdsink_flush(struct fdsink *s, struct err *e)
{
	int rc = s->len ? write_out(s->fd, s->buf, s->len, e) : 0;

	s->len = 0;
	return rc;
}

static int put(void *to, const void *data, size_t len, struct err *e)
{
	struct fdsink *s = to;
	int rc = s->len + len > HELD ? fdsink_flush(s, e) : 0;

	if (rc == 0 && len >= HELD)
		return write_out(s->fd, data, len, e);
	if (rc == 0 && len) {
		memcpy(s->buf + s->len, data, len);
		s->len += len;
	}
	return rc;
}

struct sink fdsink_sink(struct fdsink *s)
{
	return (struct sink){ put, s };
}
