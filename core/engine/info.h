// SPDX-License-Identifier: MIT
/* info.h - what this machine and this engine are, as Docker's /info tells it. */
#pragma once

#include "core/engine/engine.h"
#include "core/fmt/json.h"

/* The Engine API 1.41's document, its keys in Docker's order. The caller's; NULL with *e filled. */
NODISCARD json_t *engine_info(struct engine *g, const char *version, struct err *e);
