// SPDX-License-Identifier: MIT
/* when.h - a moment as --since and --until take it. Pure: the caller knows the time. */
#pragma once

#include "core/base/err.h"

/* "42m" (so long ago), "2013-01-02T13:23:37.5Z" and shorter, with a zone or UTC, or seconds
 * since 1970 ("1136073600.5"). Nanoseconds since 1970.
 * 0, or -EINVAL "failed to parse value as time or duration: "x"". */
NODISCARD int when_parse(const char *text, int64_t now_ns, int64_t *ns, struct err *e);
