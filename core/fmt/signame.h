// SPDX-License-Identifier: MIT
/* signame.h - signals as Docker takes them: "KILL", "SIGKILL", "sigkill", "9", "RTMIN+3". Pure. */
#pragma once

#include "core/base/err.h"

/* The number, or -EINVAL "Invalid signal: X". */
NODISCARD int signame_parse(const char *text, struct err *e);

/* "SIGKILL"; NULL for a number without a name. */
const char *signame_text(int signo);
