// SPDX-License-Identifier: MIT
/* commit.h - what a container changed becomes a layer, and with its configuration an image.
 *
 *   1 a running container stands still (unless asked not to)
 *   2 its changes (changes.h) are packed into a tar as docker packs them - whiteouts for what is
 *     gone, no opaque directories - and that goes straight into the store's unpacker: content is
 *     written once, into the layer
 *   3 it goes on; layer, configuration, name: bind.h
 * Nothing changed: no layer, and a history entry that says so.
 *
 * What an attacker controls: the tree, while it is read when the container is not stopped
 * (pack.h); sizes and counts are the unpacker's to bound. */
#pragma once

#include "core/base/progress.h"
#include "core/engine/engine.h"
#include "core/fmt/imagecfg.h"

struct commit_request {
	const char *id;
	const char *name;	/* canonical, with a tag; "" for none */
	const char *author, *message;	/* "" for none */
	struct strv changes;	/* Dockerfile lines */
	bool pause;
	int64_t now_ns;
	struct progress *progress;	/* NULL: nobody watches. Bytes of content */
};

/* 0; -EINVAL (a change, Docker's sentence), -ENOENT, -E2BIG (too many layers), or -errno. */
NODISCARD int engine_commit(struct engine *g, const struct commit_request *r,
			    char id[static IMAGE_ID_LEN + 1], struct err *e);
