// SPDX-License-Identifier: MIT
#include "core/engine/diff.h"

#include <fcntl.h>

#include "core/kern/userns.h"
#include "core/store/layer.h"

int diff_trees_open(struct engine *g, const struct container *c, struct diff_trees *t,
		    struct err *e)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	auto_close int dir = container_dir(g->store, c->id, false, NULL);
	int rc = 0;

	*t = (struct diff_trees)DIFF_TREES_INIT;
	if (c->layers.n > IMAGE_LAYERS_MAX)
		return err_set(e, E2BIG, "the image has more than %d layers", IMAGE_LAYERS_MAX);
	if (dir >= 0) {
		t->tree = openat(dir, "rootfs", flags);
		t->whole = t->tree >= 0;
		if (t->tree < 0)
			t->tree = openat(dir, "upper", flags);
	}
	for (size_t i = c->layers.n; i-- > 0 && rc == 0;) {
		struct digest d;

		rc = digest_parse(&d, c->layers.v[i], strlen(c->layers.v[i]), e);
		if (rc == 0)
			rc = layer_open(g->store, &d, &t->lower[t->lower_n], e);
		if (rc == 0)
			t->lower_n++;
		if (rc == 0 && i && layer_opaque(g->store, &d))
			break;
	}
	if (rc < 0)
		diff_trees_release(t);
	return rc;
}

void diff_trees_release(struct diff_trees *t)
{
	close_at(&t->tree);
	while (t->lower_n)
		close_at(&t->lower[--t->lower_n]);
	*t = (struct diff_trees)DIFF_TREES_INIT;
}

int engine_diff(struct engine *g, const char *id, struct changes *out, struct err *e)
{
	auto_diff_trees struct diff_trees t = DIFF_TREES_INIT;
	struct changes_of of;
	struct container c;
	int rc = container_load(g->store, id, &c, g->mem, e);

	*out = (struct changes){ 0 };
	(void)!userns_own_files(NULL); /* the modes in the container count, else */
	if (rc == 0)
		rc = diff_trees_open(g, &c, &t, e);
	if (rc < 0 || t.tree < 0)
		return rc;
	of = (struct changes_of){ t.tree, t.whole, t.lower, t.lower_n };
	return changes_find(&of, out, g->mem, e);
}
