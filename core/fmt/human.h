// SPDX-License-Identifier: MIT
/* human.h - sizes and times in the words Docker's tables use. Pure: the caller knows the time. */
#pragma once

#include "core/base/str.h"

/* "Less than a second", "43 seconds", "About a minute", "22 hours", "2 weeks", "3 years". */
void human_duration(int64_t ns, struct str *out);

/* "0B", "5.6kB", "1.23MB": powers of 1000, `digits` of them significant (3, or 4). */
void human_size(int64_t bytes, int digits, struct str *out);

/* "1.5MiB", "64MiB", "7.776GiB": powers of 1024, four digits. */
void human_bytes(int64_t bytes, struct str *out);
