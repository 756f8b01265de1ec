// SPDX-License-Identifier: MIT
/* envfile.h - the lines of --env-file and --label-file. Pure.
 *
 * One KEY=VALUE a line; blanks in front go, nothing else is trimmed or unquoted. Empty lines
 * and those that begin with # are passed over. A KEY alone takes its value from `lookup`.
 *
 * What an attacker controls: the bytes, when the file came with somebody's repository. */
#pragma once

#include "core/base/err.h"
#include "core/base/strv.h"

enum { ENVFILE_MAX = 1 << 20, ENVFILE_LINE_MAX = 64 << 10 };

/* The value of a variable here, or NULL; getenv(3) is one. */
typedef char *envfile_lookup_fn(const char *name);

/* Add the lines to `out`, copied to mem.
 *
 * name     of the file, for errors
 * lookup   NULL: a KEY alone is passed over (labels)
 *
 * 0, or -EINVAL or -E2BIG with Docker's sentence. */
NODISCARD int envfile_parse(const char *name, const char *text, size_t len,
			    envfile_lookup_fn *lookup, struct strv *out, struct arena *mem,
			    struct err *e);
