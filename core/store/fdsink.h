// SPDX-License-Identifier: MIT
/* fdsink.h - a sink that gathers bytes and writes them to a descriptor. */
#pragma once

#include "core/fmt/stream.h"

struct fdsink {
	int fd;		/* borrowed; need not be seekable */
	char *buf;	/* owned */
	size_t len;
};
#define auto_fdsink	__attribute__((cleanup(fdsink_release)))

void fdsink_init(struct fdsink *s, int fd);
void fdsink_release(struct fdsink *s);	/* what is still held is dropped */
struct sink fdsink_sink(struct fdsink *s);

/* Write what is held. 0 or -errno of write(2). */
NODISCARD int fdsink_flush(struct fdsink *s, struct err *e);
