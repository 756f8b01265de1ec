// SPDX-License-Identifier: MIT
/* names.h - a name for a container that got none: adjective_surname. Pure. */
#pragma once

#include "core/base/base.h"

enum { NAMES_MAX = 48 };

/* Make a name from two random numbers. try > 0: a digit is added, because the name before
 * was taken. */
void names_make(uint32_t a, uint32_t b, int try, char out[static NAMES_MAX]);
