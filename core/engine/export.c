// SPDX-License-Identifier: MIT
#include "core/engine/export.h"
#include "core/engine/event.h"

#include "core/engine/view.h"
#include "core/os/tree.h"
#include "core/store/fdsink.h"
#include "core/store/pack.h"

static int write_tree(int root, int fd, struct progress *progress, struct err *e)
{
	auto_fdsink struct fdsink out;
	auto_pack struct pack p;
	struct pack_tar tar;
	struct tar_events to;
	struct tree_usage u;
	int rc;

	if (progress && tree_size(root, &u, NULL) == 0)
		progress->total = u.size;
	fdsink_init(&out, fd);
	to = pack_tar_events(&tar, fdsink_sink(&out));
	pack_init(&p, &to, progress);
	rc = pack_tree(&p, root, "", e);
	if (rc == 0)
		rc = tar_write_end(&tar.w, e);
	return rc < 0 ? rc : fdsink_flush(&out, e);
}

int engine_export(struct engine *g, const char *id, int fd, struct progress *progress,
		  struct err *e)
{
	auto_view struct view v = VIEW_INIT;
	struct container c;
	int rc = container_load(g->store, id, &c, g->mem, e);

	if (rc == 0)
		rc = view_open(g, &c, 0, &v, e);
	if (rc == 0)
		rc = write_tree(v.root, fd, progress, e);
	if (rc == 0)
		event_container(g->store, &c, "export", NULL);
	return rc;
}
