// SPDX-License-Identifier: MIT
/* save.h - images into one archive, as `docker save` of 20.10 lays it out.
 *
 *   <layer id>/VERSION, json, layer.tar    one directory a layer
 *   <image id>.json                        the configuration, byte for byte
 *   manifest.json, repositories            what belongs together
 *
 * Layer tars come back bit for bit from the store, so docker, podman and skopeo find the same
 * image ids and diff ids. Members are in a fixed order with fixed times: the same images give the
 * same archive. */
#pragma once

#include "core/base/err.h"
#include "core/base/progress.h"
#include "core/base/strv.h"
#include "core/store/store.h"

/* Write the images that `refs` name to `fd` (borrowed), which need not be seekable.
 * A bare repository name stands for all its tags, as with Docker.
 * progress   bytes of the archive; its total is set here. NULL: nobody watches
 * 0, -ENOENT, or -errno of write(2). */
NODISCARD int engine_save(struct store *st, const struct strv *refs, int fd,
			  struct progress *progress, struct err *e);
