// SPDX-License-Identifier: MIT
/* gzip.h - gzip in both directions, over ISA-L. Pure, fixed memory.
 *
 * Reading takes any number of members, checks each CRC and length, and like
 * gzip(1) ignores zero bytes after the last member; other bytes there are an
 * error. Writing makes one member without name or time: the same input gives
 * the same bytes. */
#pragma once

#include "core/fmt/stream.h"

struct gunzip;

struct gunzip *gunzip_new(struct sink out, stream_room_fn *room);	/* room may be NULL */
void gunzip_free(struct gunzip *g);
NODISCARD int gunzip_feed(struct gunzip *g, const void *data, size_t len, struct err *e);
NODISCARD int gunzip_end(struct gunzip *g, struct err *e);	/* -EINVAL when cut short */

struct gzip;

struct gzip *gzip_new(struct sink out);
void gzip_free(struct gzip *g);
NODISCARD int gzip_feed(struct gzip *g, const void *data, size_t len, struct err *e);
NODISCARD int gzip_end(struct gzip *g, struct err *e);		/* writes what is left */
