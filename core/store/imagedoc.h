// SPDX-License-Identifier: MIT
/* imagedoc.h - images.json in memory; for core/store/image*.c only. */
#pragma once

#include "core/fmt/json.h"
#include "core/store/image.h"

struct imagedoc {
	json_t *doc;		/* owned */
	json_t *names, *images;	/* borrowed from doc */
	bool damaged;		/* pieced together; some of it may be missing */
};
#define auto_imagedoc	__attribute__((cleanup(imagedoc_release)))
void imagedoc_release(struct imagedoc *d);

/* Read ROOT's (where -1) or a read-only store's. No file is an empty one.
 * 0, -ENOTSUP (written by a later version), or -errno of read(2). */
NODISCARD int imagedoc_read(const struct store *st, int where, struct imagedoc *d, struct err *e);

/* Replace ROOT/images.json. The caller holds the exclusive lock. */
NODISCARD int imagedoc_write(const struct store *st, const struct imagedoc *d, struct err *e);

/* The text of it, without a parse; "" when there is none. */
NODISCARD int imagedoc_text(const struct store *st, int where, struct str *out, struct err *e);

enum imagedoc_found { FOUND_ID, FOUND_NAME, FOUND_PREFIX };

/* image_find, telling how. */
NODISCARD int imagedoc_find(const struct store *st, const char *text,
			    char id[static IMAGE_ID_LEN + 1], enum imagedoc_found *how,
			    struct err *e);
