// SPDX-License-Identifier: MIT
/* fuzz_tar.c - any bytes: no crash, every byte told once, content inside its file. */
#include "core/fmt/tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct seen {
	uint64_t bytes;		/* told so far */
	uint64_t size, stored;	/* of the entry at hand */
	bool open;
};

static int on_raw(void *to, const void *bytes, size_t len, struct err *e)
{
	struct seen *s = to;

	(void)bytes, (void)e;
	s->bytes += len;
	return 0;
}

static int on_entry(void *to, const struct tar_entry *t, struct err *e)
{
	struct seen *s = to;
	size_t sum = strlen(t->name) + strlen(t->link) + strlen(t->uname) + strlen(t->gname);

	(void)e;
	for (size_t i = 0; i < t->n_xattrs; i++)
		for (size_t j = 0; j < t->xattrs[i].len; j++)
			sum += ((const uint8_t *)t->xattrs[i].value)[j] + strlen(t->xattrs[i].name);
	if (s->open || !*t->name || t->mtime.nsec >= 1000000000 || !sum)
		abort();
	s->size = t->size;
	s->stored = t->sparse ? t->size : t->stored;
	s->open = true;
	return 0;
}

static int on_data(void *to, uint64_t at, const void *bytes, size_t len, struct err *e)
{
	struct seen *s = to;

	(void)bytes, (void)e;
	if (!s->open || at > s->size || len > s->size - at || !len)
		abort();
	s->bytes += len;
	return 0;
}

static int on_end(void *to, struct err *e)
{
	struct seen *s = to;

	(void)e;
	if (!s->open)
		abort();
	s->open = false;
	return 0;
}

/* The first byte says how big the pieces are. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct seen s = { 0 };
	struct tar_reader *r = tar_reader_new(&(struct tar_events){ &s, on_raw, on_entry, on_data, on_end });
	size_t step = len ? 1 + data[0] * 7 : 1;
	int rc = 0;

	for (size_t at = 1; rc == 0 && at < len; at += step)
		rc = tar_feed(r, data + at, len - at < step ? len - at : step, NULL);
	if (rc == 0 && tar_end(r, NULL) == 0 && s.bytes != (len ? len - 1 : 0))
		abort();
	tar_reader_free(r);
	return 0;
}
