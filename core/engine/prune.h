// SPDX-License-Identifier: MIT
/* prune.h - remove every container that does not run; which things a prune is about. */
#pragma once

#include "core/engine/engine.h"

/* What may go: made before, with each of these labels and none of those. */
struct prune_filters {
	int64_t until_ns;	/* since 1970; 0: any */
	struct strv with, without;	/* "KEY" or "KEY=VALUE" */
};

/* Read "until=…", "label=…", "label!=…"; others are -EINVAL with Docker's sentence.
 * now_ns   what a duration counts from */
NODISCARD int prune_filters_read(const struct strv *texts, int64_t now_ns,
				 struct prune_filters *f, struct arena *mem, struct err *e);

bool prune_labels_fit(const struct prune_filters *f, const struct strv *labels);

/* Newest first. One that cannot be removed is a warning.
 * gone    told of each id
 * bytes   what they wrote */
typedef void prune_gone_fn(void *arg, const char *id);
NODISCARD int engine_container_prune(struct engine *g, const struct prune_filters *f,
				     prune_gone_fn *gone, void *arg, uint64_t *bytes,
				     struct err *e);
