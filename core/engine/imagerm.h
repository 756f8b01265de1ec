// SPDX-License-Identifier: MIT
/* imagerm.h - removing images when containers may use them: rmi and image prune. */
#pragma once

#include "core/base/err.h"
#include "core/base/strv.h"
#include "core/store/image.h"

/* Remove what `text` names; see image_remove. */
NODISCARD int engine_image_remove(struct store *st, const char *text, unsigned flags,
	image_gone_fn *gone, void *arg, struct err *e);

/* Take away layers and blobs that nobody has: what crashes and removed containers left. */
NODISCARD int engine_image_gc(struct store *st, uint64_t *freed, struct err *e);

struct image_prune {
	bool all; /* not only those without a name */
	int64_t until_ns; /* only those made before; 0: any */
	struct strv labels, not_labels; /* KEY or KEY=VALUE */
};

/* Remove images that no container uses. *reclaimed: bytes of the layers that went. */
NODISCARD int engine_image_prune(struct store *st, const struct image_prune *how,
	image_gone_fn *gone, void *arg, uint64_t *reclaimed,
	struct err *e);
