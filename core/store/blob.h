// SPDX-License-Identifier: MIT
/* blob.h - ROOT/blobs/sha256/<hex>: bytes that are their own name.
 *
 * A blob is written under tmp/, hashed on the way, synced, and renamed when its
 * digest holds: a name here is never half a file. Reading into memory checks
 * the digest again. Blobs are looked for in ROOT, then in the extra image stores;
 * writing and removing is for ROOT alone. */
#pragma once

#include "core/base/str.h"
#include "core/fmt/digest.h"
#include "core/store/store.h"

struct blob_writer;

/* Begin a blob. `max`: most bytes taken, more is -E2BIG. */
NODISCARD int blob_create(const struct store *st, uint64_t max, struct blob_writer **w,
			  struct err *e);
NODISCARD int blob_add(struct blob_writer *w, const void *data, size_t len, struct err *e);

/* Make it durable and give it its name. Ends *w, on failure too.
 * want   NULL, or the digest it must have (-EBADMSG when it has not)
 * got    NULL, or where its digest goes */
NODISCARD int blob_commit(struct blob_writer *w, const struct digest *want,
			  struct digest *got, struct err *e);
void blob_abort(struct blob_writer *w);		/* NULL is fine */

/* Write bytes that are in memory. *d is their digest. */
NODISCARD int blob_put(const struct store *st, const void *data, size_t len, struct digest *d,
		       struct err *e);

bool blob_exists(const struct store *st, const struct digest *d);
/* The descriptor is the caller's. -ENOENT when there is none. `size` may be NULL. */
NODISCARD int blob_open(const struct store *st, const struct digest *d, int *fd, uint64_t *size,
			struct err *e);
/* -E2BIG past `max`, -EBADMSG when the bytes are not what the name says. */
NODISCARD int blob_read(const struct store *st, const struct digest *d, size_t max,
			struct str *out, struct err *e);
/* 0 also when there is none. */
NODISCARD int blob_remove(const struct store *st, const struct digest *d, struct err *e);
