// SPDX-License-Identifier: MIT
/* outfile.h - the file of -o: it gets its name when it is whole. */
#pragma once

#include "applets/applet.h"

struct outfile {
	int fd;		/* owned; write here */
	const char *path;	/* borrowed */
	struct str temp;	/* owned; its name until it is whole; "": no plain file */
};
#define OUTFILE_INIT	{ .fd = -1, .temp = STR_INIT }
#define auto_outfile	__attribute__((cleanup(outfile_release)))

/* Open it. The directory must be there and the path a file, or free; else Docker's sentence,
 * with `what` in front ("failed to save image"). */
NODISCARD int outfile_open(struct outfile *o, const char *what, const char *path, struct err *e);

/* It is whole: give it its name. */
NODISCARD int outfile_done(struct outfile *o, struct err *e);

/* Close it; one that is not done is taken away. */
void outfile_release(struct outfile *o);
