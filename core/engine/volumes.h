// SPDX-License-Identifier: MIT
/* volumes.h - the verbs on volumes, and what they have to do with containers.
 *
 * A container's record names its volumes (points); nothing else says who uses one, so the answer
 * cannot be stale. What an attacker controls: see volume.h; and the options of a volume in a
 * compose file or a request, which name file systems and devices of the host: asking for them is
 * asking for the host, as with a bind mount. */
#pragma once

#include "core/engine/engine.h"
#include "core/store/volume.h"

/* Make a volume, or find the one of that name.
 *
 * v   name "" for a random one, driver "" for local, labels, options; completed
 *
 * 0; -ENOTSUP for a driver that is not there; -EINVAL with Docker's sentence; or -errno. */
NODISCARD int engine_volume_create(struct engine *g, struct volume *v, struct err *e);

/* Which containers have it: their ids, in g->mem. 0 or -errno. */
NODISCARD int engine_volume_users(struct engine *g, const char *name, struct strv *ids,
				  struct err *e);

/* All names that some container has. */
NODISCARD int engine_volumes_used(struct engine *g, struct strv *names, struct err *e);

/* Remove one that nobody uses.
 * 0; -ENOENT "get X: no such volume"; -EBUSY with Docker's sentence; or -errno. */
NODISCARD int engine_volume_remove(struct engine *g, const char *name, struct err *e);

/* Remove every local volume without options that nobody uses and whose labels have each of
 * `with` ("KEY" or "KEY=VALUE") and none of `without`, and the rubbish that crashes left.
 *
 * gone    told of each
 * bytes   what their files held
 *
 * 0 or -errno; a volume that cannot be removed is a warning. */
typedef void volume_gone_fn(void *arg, const char *name);
NODISCARD int engine_volume_prune(struct engine *g, const struct strv *with,
				  const struct strv *without, volume_gone_fn *gone, void *arg,
				  uint64_t *bytes, struct err *e);

/* At create: work out c->points from c->config and make the volumes that are not there. The caller
 * holds the store's lock, shared, until the record is written. What was made up stays in
 * points after a failure: volumes_drop takes it away. */
NODISCARD int volumes_resolve(struct engine *g, struct container *c, struct err *e);

/* container_remove, and volumes_drop of what the record named. */
NODISCARD int volumes_remove_with(struct engine *g, const char *id, const char *name,
				  struct err *e);

/* After the container is gone: its anonymous volumes go, but for those that another has too. */
void volumes_drop(struct engine *g, const struct container *c);
