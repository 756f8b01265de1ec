// SPDX-License-Identifier: MIT
/* layer.h - ROOT/layers/sha256/<diffid>/: one unpacked layer.
 *
 *   diff/     the tree, ready to be an overlay's lower directory: a removed name
 *             is a character device 0:0, a directory that hides those below it
 *             has the xattr trusted.overlay.opaque=y (user.overlay.opaque where
 *             trusted ones cannot be set)
 *   recipe    what the tar had beside the files' content (recipe.h); with diff/ it
 *             gives the layer's tar back, bit for bit
 *   lost/     only when entries of the tar were replaced by later ones: their content
 *
 * A layer is named by its diffid, the digest of its uncompressed tar, and never
 * changes. It is made in tmp/ and renamed when whole. Layers are looked for in
 * ROOT, then in the extra image stores; writing and removing is for ROOT alone. */
#pragma once

#include "core/fmt/digest.h"
#include "core/fmt/stream.h"
#include "core/store/store.h"

enum {
	LAYER_ENTRIES_MAX = 1 << 20,	/* entries of one layer, and directories they imply */
	LAYER_ODD_MAX = 64 << 20,	/* bytes of content that no file of the tree keeps */
};

struct layer_info {
	struct digest diffid;	/* of the uncompressed tar */
	struct digest blob;	/* of the bytes as they came; diffid when not compressed */
	uint64_t blob_size;	/* bytes as they came */
	uint64_t tar_size;	/* bytes of the uncompressed tar */
	uint64_t size;		/* bytes of file content, as `docker images` counts them */
	uint64_t entries;
	uint32_t skipped_xattrs;	/* the file system would not hold them */
	uint32_t skipped_devices;	/* the kernel would not make them (user namespace) */
	bool opaque_root;	/* nothing of the layers below is to be seen */
};

/* What must hold before a layer gets its name. NULL or 0: anything does. */
struct layer_want {
	const struct digest *diffid;
	const struct digest *blob;
	uint64_t blob_size;
	uint64_t max_bytes;	/* of file content; 0: what the disk has free */
};

struct layer_unpack;

/* Begin a layer, in a directory of its own below ROOT/tmp.
 *
 * ops    who undoes a compression: stream_here only for bytes of our own
 * want   may be NULL; the digests in it are copied */
NODISCARD int layer_unpack_begin(const struct store *st, const struct stream_ops *ops,
				 const struct layer_want *want, struct layer_unpack **u,
				 struct err *e);

/* Push the next bytes of the blob as it came: plain tar, gzip or zstd. After a
 * failure only abort it. Errors name the entry. */
NODISCARD int layer_unpack_feed(struct layer_unpack *u, const void *data, size_t len,
				struct err *e);

/* No more bytes come: check what was wanted (-EBADMSG) and finish the tree. It
 * stays in tmp until layer_unpack_commit. On failure only abort it. */
NODISCARD int layer_unpack_end(struct layer_unpack *u, struct layer_info *info, struct err *e);

/* Give the layer its place, and end *u, on failure too. A layer that is there
 * already stands, and the new one is dropped. Call layers_sync between the last
 * layer_unpack_end and the first commit: what has a place is whole then, also after a
 * power cut. */
NODISCARD int layer_unpack_commit(struct layer_unpack *u, struct err *e);

/* Drop it, and all that was written. NULL is fine. */
void layer_unpack_abort(struct layer_unpack *u);

/* Begin, feed a descriptor to its end, end, sync, commit. */
NODISCARD int layer_unpack_fd(const struct store *st, const struct stream_ops *ops,
			      const struct layer_want *want, int fd, struct layer_info *info,
			      struct err *e);

/* Make every layer ended so far durable: one syncfs for all of them. After the last
 * commit it makes their names durable. */
NODISCARD int layers_sync(const struct store *st, struct err *e);

bool layer_exists(const struct store *st, const struct digest *diffid);

/* Open the tree: an O_PATH descriptor of diff/, the caller's. -ENOENT when there is none. */
NODISCARD int layer_open(const struct store *st, const struct digest *diffid, int *fd,
			 struct err *e);

/* "layers/sha256/<diffid>/diff", relative to its root. */
enum { LAYER_PATH_TEXT = 14 + DIGEST_HEX + 5 };
void layer_path(const struct digest *diffid, char out[static LAYER_PATH_TEXT + 1]);

/* Read what is known of a stored layer. Fields that are of the blob are those of the tar. */
NODISCARD int layer_info(const struct store *st, const struct digest *diffid,
			 struct layer_info *info, struct err *e);

/* Its opaque_root alone, in three system calls: who stacks layers stops below this one, for the
 * kernel does not look at the mark on a layer's own root. False also when there is no such
 * layer. */
bool layer_opaque(const struct store *st, const struct digest *diffid);

/* Give the layer's tar to `out`, the very bytes that came. The digest is checked
 * at the end: -EBADMSG when the files on disk are no longer what they were. */
NODISCARD int layer_tar(const struct store *st, const struct digest *diffid, struct sink out,
			struct err *e);

/* Take the layer away. 0 also when there is none. Nobody may have it mounted. */
NODISCARD int layer_remove(const struct store *st, const struct digest *diffid, struct err *e);
