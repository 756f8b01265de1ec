// SPDX-License-Identifier: MIT
/* imageinspect.h - an image as Docker's inspect document (Engine API 1.41, ImageInspect). */
#pragma once

#include "core/base/err.h"
#include "core/fmt/json.h"
#include "core/store/store.h"

/* The document of the image that `text` names. The caller owns it; NULL on failure, with
 * ENOENT in *e when there is no such image. */
NODISCARD json_t *engine_image_inspect(const struct store *st, const char *text, struct err *e);
