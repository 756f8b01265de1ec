// SPDX-License-Identifier: MIT
/* change.h - the Dockerfile lines that `import --change` and `commit --change` take.
 *
 * CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and
 * WORKDIR, with Docker's quoting, $NAME from the configuration's own Env, and its sentences.
 * Pure. The text is the user's. */
#pragma once

#include "core/fmt/imagecfg.h"

enum { CHANGE_MAX = 64 << 10 };	/* bytes of all lines together */

/* Apply the lines in order. What is added lives in mem.
 * 0, or -EINVAL with Docker's sentence; then *c is half changed. */
NODISCARD int change_apply(struct image_config *c, const struct strv *lines, struct arena *mem,
			   struct err *e);
