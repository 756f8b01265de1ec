// SPDX-License-Identifier: MIT
/* import.h - a file system tar becomes an image of one layer.
 *
 * What an attacker controls: the tar (the layer code's business) and nothing else; the changes
 * and the name come from the person at the keyboard. */
#pragma once

#include "core/base/err.h"
#include "core/base/progress.h"
#include "core/base/strv.h"
#include "core/fmt/imagecfg.h"
#include "core/store/store.h"

struct import_request {
	int fd; /* borrowed; tar, plain, gzip or zstd, read to its end */
	const char *name; /* as typed, or NULL */
	const char *message; /* comment, or NULL */
	const char *os, *arch, *variant; /* NULL: this machine's */
	struct strv changes; /* Dockerfile lines: "CMD [\"sh\"]", "ENV a=b" */
	int64_t now_ns; /* when it is made, since 1970 */
	struct progress *progress; /* bytes read; NULL: nobody watches */
};

/* 0, -EINVAL (a change or the name), -EBADMSG (not a tar), or -errno. */
NODISCARD int engine_import(struct store *st, const struct import_request *r,
	char id[static IMAGE_ID_LEN + 1], struct err *e);
