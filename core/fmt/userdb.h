// SPDX-License-Identifier: MIT
/* userdb.h - who `-u` means: an image's /etc/passwd and /etc/group. Pure.
 *
 * What an attacker controls: both files, and in images the text of USER. A user or group that
 * is all digits is a number and never looked up as a name (CVE-2016-3697); a number is decimal
 * and at most 2147483647, Docker's range; anything else must be a name that is there (Z08). */
#pragma once

#include <sys/types.h>

#include "core/base/err.h"
#include "core/base/strv.h"

enum {
	USERDB_BYTES_MAX = 4 << 20, /* of one file */
	USERDB_GROUPS_MAX = 1024, /* supplementary groups of one user */
};

struct userdb_user {
	uid_t uid;
	gid_t gid;
	gid_t groups[USERDB_GROUPS_MAX]; /* supplementary, without doubles */
	size_t groups_n;
	char home[256]; /* "/" when not known */
};

/* Resolve "", "name", "uid", "user:group".
 *
 * passwd, group   texts of the files; "" when the image has none. Only read.
 * extra           --group-add: names or numbers
 *
 * 0; -EINVAL with Docker's sentence ("unable to find user x: no matching entries in
 * passwd file"); -E2BIG past USERDB_GROUPS_MAX. */
NODISCARD int userdb_resolve(const char *user, const char *passwd, const char *group,
	const struct strv *extra, struct userdb_user *u, struct err *e);
