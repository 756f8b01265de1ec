// SPDX-License-Identifier: MIT
/* runfile.h - files named on the command line: --env-file, --label-file, and what Go would
 * say where they cannot be read. */
#pragma once

#include "core/fmt/envfile.h"

/* Make "open FILE: no such file or directory" of the errno in e->code. */
int runfile_fail(const char *what, const char *path, struct err *e);

/* Add the lines of all files; see envfile.h. */
NODISCARD int runfile_lines(const struct strv *files, envfile_lookup_fn *lookup, struct strv *out,
			    struct arena *mem, struct err *e);

/* -e "A" becomes "A=value of A here"; when it is not set, it stays: then it takes the image's
 * variable away. Borrowed from text or mem. */
const char *runfile_env(const char *text, struct arena *mem);
