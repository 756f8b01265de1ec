// SPDX-License-Identifier: MIT
/* zstd.c - libzstd, asked.
 *
 * config ZSTD
 *	bool "zstd: archives and layers that are compressed with it"
 *	default y
 *	help
 *	  docker save and podman save write none; registries and skopeo may.
 */
#include "core/fmt/zstd.h"

#include <zstd.h>
#include <zstd_errors.h>

struct unzstd {
	struct sink out;
	stream_room_fn *room;
	ZSTD_DCtx *z;		/* owned */
	bool inside;		/* a frame has begun and not ended */
	uint8_t buf[STREAM_CHUNK];
};

struct unzstd *unzstd_new(struct sink out, stream_room_fn *room)
{
	struct unzstd *z = calloc(1, sizeof(*z));

	if (!z)
		abort();
	z->out = out;
	z->room = room;
	z->inside = true;	/* no frame at all is no zstd */
	z->z = ZSTD_createDCtx();
	if (!z->z ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(z->z, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG)))
		abort();
	return z;
}

void unzstd_free(struct unzstd *z)
{
	if (!z)
		return;
	ZSTD_freeDCtx(z->z);
	free(z);
}

static int broken(size_t rc, struct err *e)
{
	switch (ZSTD_getErrorCode(rc)) {
	case ZSTD_error_frameParameter_windowTooLarge:
		return err_set(e, E2BIG, "zstd: asks for a window larger than %d MiB",
			       1 << (ZSTD_WINDOW_LOG - 20));
	case ZSTD_error_prefix_unknown:
		return err_set(e, EINVAL, "zstd: invalid header");
	case ZSTD_error_checksum_wrong:
		return err_set(e, EINVAL, "zstd: wrong checksum");
	case ZSTD_error_dictionary_wrong:
		return err_set(e, EINVAL, "zstd: needs a dictionary");
	case ZSTD_error_memory_allocation:
		return err_set(e, ENOMEM, "zstd: out of memory");
	default:
		return err_set(e, EINVAL, "zstd: invalid compressed data");
	}
}

int unzstd_feed(struct unzstd *z, const void *data, size_t len, struct err *e)
{
	ZSTD_inBuffer in = { .src = data, .size = len };
	bool full = false;	/* the last call filled buf: there may be more without input */

	while (in.pos < in.size || full) {
		void *buf = z->room ? z->room(z->out.to) : z->buf;
		ZSTD_outBuffer out = { .dst = buf, .size = sizeof(z->buf) };
		size_t left = ZSTD_decompressStream(z->z, &out, &in);
		int rc;

		if (ZSTD_isError(left))
			return broken(left, e);
		z->inside = left != 0;
		rc = out.pos ? z->out.put(z->out.to, buf, out.pos, e) : 0;
		if (rc < 0)
			return rc;
		full = out.pos == out.size && z->inside;
	}
	return 0;
}

int unzstd_end(struct unzstd *z, struct err *e)
{
	return z->inside ? err_set(e, EINVAL, "zstd: unexpected end") : 0;
}
