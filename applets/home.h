// SPDX-License-Identifier: MIT
/* home.h - where an ordinary user's images and containers are. */
#pragma once

#include "applets/applet.h"

/* What --root and --state mean when nobody says: for root NULL, the store's own defaults; else
 *   root   $XDG_DATA_HOME/coracle, or $HOME/.local/share/coracle
 *   state  $XDG_RUNTIME_DIR/coracle when that directory is ours, or /tmp/coracle-UID
 * Where either is set already (not NULL) it stays. Both live in ctx->mem.
 *
 * What an attacker controls: another user of the machine, all of /tmp but what is ours there.
 * The directory in /tmp is made 0700; one that is there must be a directory, no link, ours and
 * writable by nobody else, and /tmp must be root's and sticky, so that it stays what it was.
 * 0, -EPERM when it is not so, -EINVAL when HOME says nothing, or -errno. */
NODISCARD int home_dirs(const struct ctx *ctx, const char **root, const char **state,
	struct err *e);
