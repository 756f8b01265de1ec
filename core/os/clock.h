// SPDX-License-Identifier: MIT
/* clock.h - the one seam for time. Nothing else asks the kernel what time it is. */
#pragma once

#include "core/base/err.h"

enum { CLOCK_TEXT_MAX = 40 };

int64_t clock_real_ns(void);	/* since 1970, UTC */
int64_t clock_mono_ms(void);	/* since boot, never goes back */
int64_t clock_mono_ns(void);
void clock_sleep_ms(int64_t ms);

/* Write "2026-11-20T14:03:09.123456789Z". As Docker's RFC3339Nano: no fraction
 * when it is 0, no zeroes at its end. Years 0001-9999. Returns text. */
const char *clock_format(int64_t real_ns, char text[static CLOCK_TEXT_MAX]);

/* The same with always nine digits, as the json-file log and `logs -t` print it. */
const char *clock_format9(int64_t real_ns, char text[static CLOCK_TEXT_MAX]);

/* Read RFC 3339 ("...Z", "...+02:00", any fraction) into ns since 1970, or
 * Docker's "0001-01-01T00:00:00Z" into CLOCK_NEVER. 0 or -EINVAL. */
NODISCARD int clock_parse(const char *text, int64_t *real_ns, struct err *e);

#define CLOCK_NEVER	INT64_MIN	/* formatted as 0001-01-01T00:00:00Z */

/* Tests set what clock_real_ns and clock_mono_* answer; NULL gives the kernel back. */
void clock_fake(int64_t (*real_ns)(void), int64_t (*mono_ns)(void));
