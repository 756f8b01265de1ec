// SPDX-License-Identifier: MIT
#include "core/store/spill.h"

#include "core/os/file.h"

void spill_init(struct spill *s, int fd)
{
	*s = (struct spill){ .fd = fd, .buf = malloc(SPILL_MEMORY) };
	if (!s->buf)
		abort();
}

void spill_release(struct spill *s)
{
	free(s->buf);
	s->buf = NULL;
}

static int flush(struct spill *s, struct err *e)
{
	int rc = file_write_all(s->fd, s->buf, s->have);

	if (rc < 0) {
		errno = -rc;
		return err_sys(e, "write a temporary file");
	}
	s->written += s->have;
	s->have = 0;
	return 0;
}

int spill_add(struct spill *s, const void *data, size_t len, struct err *e)
{
	const uint8_t *p = data;
	int rc = 0;

	while (rc == 0 && len) {
		size_t n = SPILL_MEMORY - s->have;

		if (n > len)
			n = len;
		memcpy(s->buf + s->have, p, n);
		s->have += n;
		p += n;
		len -= n;
		if (s->have == SPILL_MEMORY)
			rc = flush(s, e);
	}
	return rc;
}

static int refill(struct spill *s, struct err *e)
{
	ssize_t n;

	do
		n = pread(s->fd, s->buf, SPILL_MEMORY, s->read);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 ? err_sys(e, "read a temporary file") : 0;
	s->read += n;
	s->have = n;
	s->at = 0;
	return 1;
}

int spill_get(struct spill *s, void *data, size_t len, struct err *e)
{
	uint8_t *p = data;
	int rc;

	if (!s->reading) {
		s->reading = true;
		if (s->written) {	/* what never was in the file stays where it is */
			rc = flush(s, e);
			if (rc < 0)
				return rc;
		}
	}
	while (len) {
		size_t n = s->have - s->at;

		if (!n) {
			rc = s->read < s->written ? refill(s, e) : 0;
			if (rc <= 0)
				return rc;
			continue;
		}
		if (n > len)
			n = len;
		memcpy(p, s->buf + s->at, n);
		s->at += n;
		p += n;
		len -= n;
	}
	return 1;
}
