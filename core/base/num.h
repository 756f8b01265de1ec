// SPDX-License-Identifier: MIT
/* num.h - numbers as people type them for Docker: sizes, durations, CPUs, integers.
 *
 * The grammars and the sentences of the errors are those of Docker 20.10's client,
 * as its output shows them. All of these are pure; text comes from the command line,
 * from files and from the API, so any bytes are taken. `*out` is written only on
 * success. 0, or -EINVAL, or -ERANGE where the value does not fit. */
#pragma once

#include "core/base/err.h"

/* "512", "64k", "1.5g", "10 MiB": powers of 1024. */
NODISCARD int num_bytes(const char *text, int64_t *out, struct err *e);

/* "300ms", "1.5h", "2h45m", "-5s", "0". Nanoseconds. */
NODISCARD int num_duration(const char *text, int64_t *ns, struct err *e);

/* "0.5", "2", "1e-3", "1/2": CPUs; at most nine decimals. Billionths of a CPU. */
NODISCARD int num_cpus(const char *text, int64_t *nano, struct err *e);

/* An integer with an optional 0x, 0o, 0b or 0 in front; base 10 takes no prefix. */
NODISCARD int num_int(const char *text, int64_t *out, struct err *e);
NODISCARD int num_int10(const char *text, int64_t *out, struct err *e);
NODISCARD int num_uint(const char *text, uint64_t max, uint64_t *out, struct err *e);

/* 1 t T TRUE true True, 0 f F FALSE false False. */
NODISCARD int num_bool(const char *text, bool *out, struct err *e);
