// SPDX-License-Identifier: MIT
#include "core/engine/cgpath.h"

#include <stdio.h>

void cgpath_make(const struct store *s, const char *id, char path[static CGROUP_PATH_MAX])
{
	snprintf(path, CGROUP_PATH_MAX, "coracle%s%s/%s", *s->tag ? "-" : "", s->tag, id);
}
