// SPDX-License-Identifier: MIT
#include "core/engine/cgpath.h"

#include <stdio.h>

void cgpath_make(const struct store *s, const char *id, char path[static CGROUP_PATH_MAX])
{
	snprintf(path, CGROUP_PATH_MAX, "coracle%s%s/%s", *s->tag ? "-" : "", s->tag, id);
}

bool cgpath_is_own(const struct store *s, const char *path)
{
	const size_t n = strlen("coracle-"), tag = strlen(s->tag);

	return tag && strncmp(path, "coracle-", n) == 0 && strncmp(path + n, s->tag, tag) == 0 &&
		path[n + tag] == '/' && !strchr(path + n + tag + 1, '/');
}
