// SPDX-License-Identifier: MIT
#include "core/engine/prune.h"

#include "core/engine/list.h"
#include "core/engine/usage.h"
#include "core/fmt/when.h"

int prune_filters_read(const struct strv *texts, int64_t now_ns, struct prune_filters *f,
		       struct arena *mem, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < texts->n && rc == 0; i++) {
		const char *t = texts->v[i], *value = strchr(t, '=');

		if (!value)
			return err_set(e, EINVAL, "bad format of filter (expected name=value)");
		if (strncmp(t, "label=", 6) == 0)
			strv_add(&f->with, value + 1, mem);
		else if (strncmp(t, "label!=", 7) == 0)
			strv_add(&f->without, value + 1, mem);
		else if (strncmp(t, "until=", 6) == 0)
			rc = when_parse(value + 1, now_ns, &f->until_ns, e);
		else
			rc = err_set(e, EINVAL, "Invalid filter '%.*s'", (int)(value - t), t);
	}
	return rc;
}

static bool has_label(const struct strv *labels, const char *want)
{
	size_t n = strcspn(want, "=");

	for (size_t i = 0; i < labels->n; i++) {
		const char *have = labels->v[i];

		if (strncmp(have, want, n) == 0 && have[n] == '=' &&
		    (!want[n] || strcmp(have + n, want + n) == 0))
			return true;
	}
	return false;
}

bool prune_labels_fit(const struct prune_filters *f, const struct strv *labels)
{
	for (size_t i = 0; i < f->with.n; i++) {
		if (!has_label(labels, f->with.v[i]))
			return false;
	}
	for (size_t i = 0; i < f->without.n; i++) {
		if (has_label(labels, f->without.v[i]))
			return false;
	}
	return true;
}

static bool may_go(struct engine *g, const struct prune_filters *f,
		   const struct container_state *st)
{
	static const struct strv none;
	struct container c;

	if (container_runs(st) || (f->until_ns && st->created_ns >= f->until_ns))
		return false;
	if (!f->with.n && !f->without.n)
		return true;
	if (container_load(g->store, st->id, &c, g->mem, NULL) < 0)
		return prune_labels_fit(f, &none);
	return prune_labels_fit(f, &c.config.labels);
}

int engine_container_prune(struct engine *g, const struct prune_filters *f, prune_gone_fn *gone,
			   void *arg, uint64_t *bytes, struct err *e)
{
	const struct list_query q = { .all = true };
	struct container_state *list;
	int n = engine_list(g, &q, &list, e);

	*bytes = 0;
	for (int i = 0; i < n; i++) {
		struct err why = { 0 };
		uint64_t size;

		if (!may_go(g, f, &list[i]))
			continue;
		size = usage_written(g->store, list[i].id);
		if (engine_remove(g, list[i].id, false, false, &why) < 0) {
			if (why.code != ENOENT)
				engine_warn(g, "%s", why.msg);
			continue;
		}
		*bytes += size;
		gone(arg, list[i].id);
	}
	return n < 0 ? n : 0;
}
