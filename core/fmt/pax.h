// SPDX-License-Identifier: MIT
/* pax.h - the numbers and records inside tar headers. Pure; all bytes are hostile. */
#pragma once

#include <sys/types.h>

#include "core/base/str.h"
#include "core/fmt/tar.h"

/* Read a number field of a tar header: octal digits between blanks and zeros,
 * or base-256 when its first bit is set. False when it is neither or does not
 * fit; an empty field is 0. */
bool pax_field(const uint8_t *field, size_t width, int64_t *v);

/* Read a whole text of decimal digits, "-" allowed in front. */
bool pax_decimal(const char *text, size_t len, int64_t *v);

/* Read "1350244992.023960108", "-1.5". Digits past nanoseconds are dropped. */
bool pax_time(const char *text, size_t len, struct tar_time *t);

struct pax_record {
	char *key;		/* borrowed from the body, ends in 0 */
	char *value;		/* borrowed from the body, ends in 0; may hold others */
	size_t len;		/* bytes of value */
};

/* Take the next "LEN KEY=VALUE\n" from the body [*at, end), and change it: '='
 * and the newline become 0. 1 and moves *at, 0 at the end, -EINVAL when it is
 * no record. Keys hold no byte 0. */
int pax_next(char **at, char *end, struct pax_record *r);

/* Append one record. */
void pax_add(struct str *body, const char *key, const void *value, size_t len);

/* Undo base64 in place. Returns how many bytes there are now, or -1. */
ssize_t pax_base64(char *text, size_t len);

/* Undo %XX in place; the text stays ended by 0. */
void pax_percent(char *text);
