// SPDX-License-Identifier: MIT
/* rand.h - random bytes that never wait.
 *
 * On a board without a hardware source the pool may be unseeded for minutes
 * after boot. Container ids and temp names need to be different, not secret:
 * they take what there is. Keys ask with rand_secret, which says EAGAIN. */
#pragma once

#include "core/base/err.h"

/* Fill buf. Never blocks and never fails: getrandom(GRND_INSECURE), else
 * getrandom(GRND_NONBLOCK), else /dev/urandom, else clock, pid and a counter. */
void rand_bytes(void *buf, size_t len);

/* Fill buf from the seeded pool only. 0, or -EAGAIN when it is not seeded yet. */
NODISCARD int rand_secret(void *buf, size_t len, struct err *e);

/* Write 2 * bytes lower-case hex digits and a final 0. bytes <= 64. Returns text. */
char *rand_hex(char *text, size_t bytes);
