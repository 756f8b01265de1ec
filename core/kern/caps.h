// SPDX-License-Identifier: MIT
/* caps.h - capabilities: names, Docker's --cap-add and --cap-drop, and how a
 * process gives them up.
 *
 * A set is a uint64_t, bit N for capability N. Inheritable and ambient are always
 * emptied (Z05): a file with +ei would raise an ordinary user otherwise. */
#pragma once

#include "core/base/err.h"

#define CAP_BIT(n)	((uint64_t)1 << (n))

enum { CAPS_LAST = 40 };	/* CAP_CHECKPOINT_RESTORE, the last one that has a name here */

/* Docker's fourteen. */
extern const uint64_t caps_default;

const char *caps_name(int n);		/* "CAP_CHOWN"; NULL past CAPS_LAST */
int caps_number(const char *name);	/* "CHOWN", "CAP_CHOWN", "cap_chown"; -1 when unknown */

/* All that this kernel knows (cap_last_cap). Asked once. */
uint64_t caps_known(void);

/* Docker's resolution: the default, less the drops, plus the adds (an add wins over its
 * drop); drop ALL: the adds only; add ALL: all but the drops. privileged: everything.
 * Names are borrowed. 0, or -EINVAL with Docker's sentence. */
NODISCARD int caps_resolve(const char *const *add, size_t add_n, const char *const *drop,
			   size_t drop_n, bool privileged, uint64_t *set, struct err *e);

/* Take all but `keep` out of the bounding set (needs SETPCAP; do it first). Bits the
 * process does not have itself are no error. */
NODISCARD int caps_bound(uint64_t keep, struct err *e);

/* Make permitted and effective `set` (cut down to what the process has and may have),
 * inheritable and ambient empty. After setuid: with a user other than 0 pass 0. */
NODISCARD int caps_set(uint64_t set, struct err *e);

/* What the process has now. */
NODISCARD int caps_get(uint64_t *effective, uint64_t *permitted, struct err *e);
