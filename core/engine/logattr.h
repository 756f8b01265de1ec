// SPDX-License-Identifier: MIT
/* logattr.h - what --log-opt labels, labels-regex, env, env-regex and tag make of a container.
 *
 * What an attacker controls: labels, environment, command and names, by the image; the tag is
 * the user's. Expressions take time linear in the text (pattern.h), templates have limits
 * (template.h). What comes out is escaped by who writes it down. */
#pragma once

#include "core/base/arena.h"
#include "core/base/err.h"

struct container;

/* The attrs of each entry: a JSON object sorted by key, or "" when nothing was asked for or
 * nothing fits. *out lives in mem. 0 or -EINVAL with Docker's sentence. */
NODISCARD int logattr_make(const struct container *c, struct arena *mem, const char **out,
	struct err *e);

/* The tag: --log-opt tag, or `fallback` where that is not given or empty, carried out as a
 * template on the container's logger.Info. 0 or -EINVAL with Docker's sentence. */
NODISCARD int logattr_tag(const struct container *c, const char *fallback, struct arena *mem,
	const char **out, struct err *e);
