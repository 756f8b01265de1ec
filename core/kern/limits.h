// SPDX-License-Identifier: MIT
/* limits.h - resource limits, keyring, host name: the small things a process sets for itself. */
#pragma once

#include "core/base/err.h"
#include "core/base/warn.h"

struct limits_rlimit {
	int resource;		/* RLIMIT_* */
	uint64_t soft, hard;	/* UINT64_MAX: unlimited */
};

/* "nofile=1024:2048", "core=-1" (unlimited). 0 or -EINVAL with Docker's sentence. Pure. */
NODISCARD int limits_parse(const char *text, struct limits_rlimit *r, struct err *e);
const char *limits_name(int resource);	/* "nofile" */

/* Set it for this process. A refused raise of the hard limit is -EPERM when `named` (the user
 * asked for it), else the most that is possible is set and told to `w`. */
NODISCARD int limits_set(const struct limits_rlimit *r, bool named, const struct warn *w,
			 struct err *e);

/* A session keyring of its own (Z09). A kernel without keys: 0. */
NODISCARD int limits_keyring(const char *name, struct err *e);

NODISCARD int limits_hostname(const char *host, const char *domain, struct err *e);
