// SPDX-License-Identifier: MIT
#include "core/engine/cgpath.h"

#include <stdio.h>

void cgpath_make(const struct store *s, const char *id, char path[static CGROUP_PATH_MAX])
{
	snprintf(path, CGROUP_PATH_MAX, "coracle%s%s/%s", *s->tag ? "-" : "", s->tag, id);
}

void cgpath_of(const struct store *s, const struct container *c, char path[static CGROUP_PATH_MAX])
{
	const char *parent = c->config.cgroup_parent;

	parent += strspn(parent, "/");
	if (*parent)
		snprintf(path, CGROUP_PATH_MAX, "%.150s/%s", parent, c->id);
	else
		cgpath_make(s, c->id, path);
}

void cgpath_find(struct store *s, const char *id, char path[static CGROUP_PATH_MAX])
{
	auto_arena struct arena mem = { 0 };
	struct container c;

	if (container_load(s, id, &c, &mem, NULL) >= 0)
		cgpath_of(s, &c, path);
	else
		cgpath_make(s, id, path);
}

bool cgpath_is_own(const struct store *s, const char *path)
{
	const size_t n = strlen("coracle-"), tag = strlen(s->tag);

	return tag && strncmp(path, "coracle-", n) == 0 && strncmp(path + n, s->tag, tag) == 0 &&
		path[n + tag] == '/' && !strchr(path + n + tag + 1, '/');
}
