// SPDX-License-Identifier: MIT
/* pattern.h - regular expressions and globs, on bytes. Pure.
 *
 * The expressions are those of Docker's filters (Go's regexp), without flags, captures and
 * Unicode classes: . [] [^] [:alpha:] \d \w \s \b ^ $ | () (?:) * + ? {m,n} and their lazy
 * forms, which match the same. The time a match takes is at most the length of the
 * program times that of the text, whatever the expression. libc's take 44 kB and can be
 * made to take for ever. */
#pragma once

#include "core/base/arena.h"
#include "core/base/err.h"

enum { PATTERN_INSNS_MAX = 8000 };	/* "(a{1000}){8}" is the most there can be */

struct pattern;		/* valid until its arena ends */

/* Compile a regular expression. NULL and -EINVAL's message when it is none, or past
 * PATTERN_INSNS_MAX. */
struct pattern *pattern_new(const char *text, struct arena *mem, struct err *e);

/* True when some part of `text` matches. */
bool pattern_matches(struct pattern *p, const char *text);

/* True when the glob matches all of `text`: * ? [a-z] [^a-z] \x, as Go's path.Match has
 * them: * and ? match no "/". A broken glob matches nothing. */
bool pattern_glob(const char *glob, const char *text);
