// SPDX-License-Identifier: MIT
/* detach.h - the keys that leave a container alone: "ctrl-p,ctrl-q", "ctrl-@", "a,b,DEL". Pure. */
#pragma once

#include "core/base/err.h"

enum { DETACH_MAX = 32 }; /* keys in one sequence */

struct detach {
	unsigned char keys[DETACH_MAX];
	size_t n; /* 0: nothing detaches */
	size_t held; /* keys of the sequence that were seen and are kept back */
};

/* "" is Docker's ctrl-p,ctrl-q. 0, or -EINVAL "Invalid detach keys (X) provided". */
NODISCARD int detach_parse(struct detach *d, const char *text, struct err *e);

/* Pass on what was typed. Keys that may yet become the sequence are kept back; when they do
 * not, they are passed on with the key that decided it, as Docker does.
 *
 * out   room for len + DETACH_MAX bytes
 *
 * True when the sequence is complete: what came before it is in out, the rest is dropped. */
bool detach_feed(struct detach *d, const char *in, size_t len, char *out, size_t *out_len);

/* The input has ended: pass on what was kept back (at most DETACH_MAX bytes). */
size_t detach_end(struct detach *d, char *out);
