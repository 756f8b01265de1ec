// SPDX-License-Identifier: MIT
/* spill.h - a list too long for memory: records are added, then read once, in order.
 *
 * The last 64 KiB are in memory; what is more goes to a file. */
#pragma once

#include "core/base/err.h"

enum { SPILL_MEMORY = 64 << 10 };

struct spill {
	int fd;			/* borrowed; an empty file, read and write */
	uint64_t written;	/* bytes in the file */
	uint8_t *buf;		/* owned; SPILL_MEMORY bytes */
	size_t have;		/* bytes in buf */
	size_t at;		/* while reading: the next byte of buf */
	bool reading;
	uint64_t read;		/* bytes taken back from the file */
};

void spill_init(struct spill *s, int fd);
void spill_release(struct spill *s);

NODISCARD int spill_add(struct spill *s, const void *data, size_t len, struct err *e);

/* Read `len` bytes; the first call ends the adding. 1, or 0 at the end, or -errno. */
NODISCARD int spill_get(struct spill *s, void *data, size_t len, struct err *e);
