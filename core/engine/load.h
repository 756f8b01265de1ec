// SPDX-License-Identifier: MIT
/* load.h - archives of images into the store: docker save, podman save, OCI.
 *
 * One pass over a stream that may not be seekable, with nothing kept but small JSON:
 *  1. The outer wrapping (plain, gzip, zstd) is sniffed and undone.
 *  2. Each regular member is looked at by its first bytes: a layer is unpacked into the store's
 *     tmp while its bytes are hashed; JSON up to its limit is kept; links are remembered.
 *  3. At the end manifest.json or index.json says what belongs together. Each layer must have
 *     the diff id that the config gives, each blob the digest and size of its descriptor.
 *  4. Under the lock: layers into place, blobs, then images.json.
 * Until 4 nobody sees anything; a failure before leaves nothing, for the tmp goes.
 *
 * What an attacker controls: every byte. Member names are only ever compared, never opened
 * (Z36); a member that comes twice is refused; symbolic links are followed as names among the
 * members, one step. Names must pass reference_parse. A name that another image has is moved
 * with Docker's message; that image stays, by its id. */
#pragma once

#include "core/base/err.h"
#include "core/base/progress.h"
#include "core/store/store.h"

enum load_event_kind {
	LOAD_LAYER, /* text: diff id of a layer unpacked; bytes: its size */
	LOAD_RENAMED, /* text: familiar name, id: the image that lost it */
	LOAD_IMAGE, /* text: familiar name */
	LOAD_IMAGE_ID, /* id: an image without a name */
};

struct load_event {
	enum load_event_kind kind;
	const char *text, *id; /* valid during the call */
	int64_t bytes;
};
typedef void load_event_fn(void *arg, const struct load_event *ev);

/* Load every image of an archive read from `fd` (borrowed) to its end.
 * progress   bytes read; NULL: nobody watches
 * 0, -EBADMSG (not an archive, does not fit together, digest wrong), -E2BIG, -ENOSPC, -errno. */
NODISCARD int engine_load(struct store *st, int fd, load_event_fn *event, void *arg,
	struct progress *progress, struct err *e);
