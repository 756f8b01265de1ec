// SPDX-License-Identifier: MIT
/* csv.h - one line of comma-separated fields (RFC 4180): the long forms of --mount and --network.
 * Pure.
 *
 * What an attacker controls: in a compose file or an API request, all of the text. */
#pragma once

#include "core/base/arena.h"

/* The field that begins at *at, in mem, its quotes taken off; *at goes past it and its comma. */
char *csv_field(const char **at, struct arena *mem);

/* The same of "KEY=VALUE": the key, in lower case.
 *
 * field   the whole of it
 * value   what stands after the first "="; NULL when there is none */
char *csv_pair(const char **at, const char **field, const char **value, struct arena *mem);
