// SPDX-License-Identifier: MIT
/* seccompjson.h - a seccomp profile in Docker's JSON as a program. Private to seccomp.c and tests.
 *
 * What an attacker controls: nothing of the container; the file is the user's own. It is
 * parsed with the limits of json.h all the same. */
#pragma once

#include "core/kern/seccomp.h"

NODISCARD int seccompjson_make(const char *json, size_t len, uint64_t caps,
			       struct seccomp_program *p, struct err *e);
