// SPDX-License-Identifier: MIT
#include "applets/rows.h"

#define APPLET(n) extern const struct applet n##_applet;
#include "build/gen/applets.h"
#undef APPLET

static const struct applet *const applets[] = {
#define APPLET(n) &n##_applet,
#include "build/gen/applets.h"
#undef APPLET
	NULL
};

/* Management commands whose rows are in several files. */
static const struct {
	const char *name, *brief;
} groups[] = {
	{ "container", "Manage containers" },
	{ "image", "Manage images" },
	{ "system", "Manage Docker" },
};

bool rows_is_group(const struct applet *a)
{
	const struct cmd *c = a->cmds;

	return a->brief && (!c->name || strcmp(c->name, a->name) != 0);
}

const char *rows_group(const struct applet *a, const struct cmd *c)
{
	return c->group ? c->group : rows_is_group(a) ? a->name
						 : NULL;
}

const char *rows_name(const struct cmd *c)
{
	return c->as ? c->as : c->name;
}

/* Is `name` one of "ps, list"? */
static bool alias_is(const char *aliases, const char *name)
{
	size_t len = strlen(name), n;

	for (; aliases && *aliases; aliases += n + strspn(aliases + n, ", ")) {
		n = strcspn(aliases, ",");
		if (n == len && memcmp(aliases, name, n) == 0)
			return true;
	}
	return false;
}

const struct cmd *rows_each(row_fn *fn, void *arg)
{
	for (size_t i = 0; applets[i]; i++) {
		for (const struct cmd *c = applets[i]->cmds; c->run; c++) {
			if (fn(applets[i], c, arg))
				return c;
		}
	}
	return NULL;
}

struct wanted {
	const char *group, *name; /* name NULL: any */
};

static bool is_top(const struct applet *a, const struct cmd *c, void *arg)
{
	const struct wanted *w = arg;

	return !rows_is_group(a) && c->name && strcmp(c->name, w->name) == 0;
}

static bool is_in_group(const struct applet *a, const struct cmd *c, void *arg)
{
	const struct wanted *w = arg;
	const char *group = rows_group(a, c);

	if (!group || strcmp(group, w->group) != 0)
		return false;
	return !w->name || strcmp(rows_name(c), w->name) == 0 ||
		alias_is(c->aliases, w->name);
}

const struct cmd *rows_find(const char *name)
{
	struct wanted w = { NULL, name };

	return rows_each(is_top, &w);
}

const struct cmd *rows_find_in(const char *group, const char *name)
{
	struct wanted w = { group, name };

	return rows_each(is_in_group, &w);
}

const char *rows_brief(const char *name)
{
	for (size_t i = 0; i < countof(groups); i++) {
		if (strcmp(groups[i].name, name) == 0)
			return groups[i].brief;
	}
	for (size_t i = 0; applets[i]; i++) {
		if (rows_is_group(applets[i]) && strcmp(applets[i]->name, name) == 0)
			return applets[i]->brief;
	}
	return "";
}
