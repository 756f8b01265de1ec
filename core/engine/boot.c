// SPDX-License-Identifier: MIT
#include "core/engine/boot.h"

#include "core/engine/list.h"

bool boot_wants(const struct container *c)
{
	const struct container_state *st = &c->state;
	const char *policy = c->config.restart_policy;

	if (container_runs(st) || !st->started_ns)
		return false;
	if (strcmp(policy, "always") == 0)
		return true;
	if (strcmp(policy, "unless-stopped") == 0)
		return !st->user_stopped;
	return strcmp(policy, "on-failure") == 0 && st->exit_code != 0 &&
		(!c->config.restart_max || st->restart_count < c->config.restart_max);
}

struct waiting {
	struct container c;
	struct err why;
};

/* Those that want to run, oldest first. How many, or -errno. */
static int find(struct engine *g, struct waiting **out, struct err *e)
{
	const struct list_query q = { .all = true };
	struct container_state *list;
	int n = engine_list(g, &q, &list, e), kept = 0;

	if (n < 0)
		return n;
	*out = arena_get(g->mem, ((size_t)n + 1) * sizeof(**out));
	for (int i = n - 1; i >= 0; i--) {
		struct container *c = &(*out)[kept].c;

		if (container_load(g->store, list[i].id, c, g->mem, NULL) >= 0 && boot_wants(c))
			kept++;
	}
	return kept;
}

/* One round; those that fail stay, in order. How many stay. */
static int round_of(struct engine *g, struct waiting *w, int n, boot_fn *told, void *arg)
{
	int left = 0, status;

	for (int i = 0; i < n; i++) {
		struct err why = { 0 };

		if (engine_start(g, &w[i].c, 0, NULL, &status, &why) >= 0) {
			told(arg, &w[i].c, 0, NULL);
			continue;
		}
		w[left].c = w[i].c;
		w[left++].why = why;
	}
	return left;
}

int engine_boot(struct engine *g, boot_fn *told, void *arg, struct err *e)
{
	struct waiting *w = NULL;
	int n = engine_reconcile(g, NULL, e), before;

	if (n >= 0)
		n = find(g, &w, e);
	if (n < 0)
		return n;
	do {
		before = n;
		n = round_of(g, w, n, told, arg);
	} while (n && n < before);
	for (int i = 0; i < n; i++)
		told(arg, &w[i].c, -w[i].why.code, &w[i].why);
	return n;
}
