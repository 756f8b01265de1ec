// SPDX-License-Identifier: MIT
/* zstd.h - reading zstd, over libzstd. Pure, fixed memory.
 *
 * Any number of frames, skippable ones too; checksums are verified. A frame
 * that asks for a window past ZSTD_WINDOW_LOG is refused: RFC 8878 asks every
 * reader for 8 MiB and no more. */
#pragma once

#include "core/fmt/stream.h"

enum { ZSTD_WINDOW_LOG = 23 };	/* 8 MiB */

struct unzstd;

struct unzstd *unzstd_new(struct sink out, stream_room_fn *room);	/* room may be NULL */
void unzstd_free(struct unzstd *z);
NODISCARD int unzstd_feed(struct unzstd *z, const void *data, size_t len, struct err *e);
NODISCARD int unzstd_end(struct unzstd *z, struct err *e);	/* -EINVAL when cut short */
