// SPDX-License-Identifier: MIT
/* sparse.h - which parts of a sparse file a tar holds: four ways to write it, one list.
 *
 * What an attacker controls: all numbers. A list is used only after
 * sparse_valid: in order, not overlapping, inside the file, and together as
 * long as the content that the archive holds. */
#pragma once

#include "core/base/str.h"

struct sparse_seg {
	uint64_t at, len;	/* bytes */
};

struct sparse_map {
	struct sparse_seg *seg;	/* owned */
	size_t n, cap;
	/* while a map of format 1.0 is read: */
	bool counted;		/* the count in front was read */
	uint64_t wanted;	/* numbers still to come */
	int64_t number;		/* digits so far, -1: none */
};

void sparse_reset(struct sparse_map *m);	/* empty, ready for sparse_text_block */
void sparse_release(struct sparse_map *m);

/* 0, -EINVAL for what cannot be, -E2BIG past TAR_SPARSE_MAX. */
NODISCARD int sparse_add(struct sparse_map *m, int64_t at, int64_t len);

/* "0,512,1024,512": pax 0.1, and 0.0 joined. */
NODISCARD int sparse_list(struct sparse_map *m, const char *text, size_t len);

/* `count` pairs of 12-byte fields, up to the first that is empty: old GNU. */
NODISCARD int sparse_fields(struct sparse_map *m, const uint8_t *pairs, int count);

/* One block of a map that stands in front of the content: pax 1.0.
 * 1 when the map goes on, 0 when it is whole (the block's rest is padding). */
NODISCARD int sparse_text_block(struct sparse_map *m, const uint8_t *block, size_t len);

bool sparse_valid(const struct sparse_map *m, uint64_t size, uint64_t stored);
