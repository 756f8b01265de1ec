// SPDX-License-Identifier: MIT
/* imagecli.h - what the image commands share: sentences, rows, filters. */
#pragma once

#include "applets/applet.h"
#include "core/store/image.h"

/* "open FILE: no such file or directory", from errno. */
int image_open_fail(const char *path, struct err *e);

/* image_find, with Docker's ":latest" in the sentence about a name that is not there. */
NODISCARD int image_arg(const struct store *st, const char *text, char id[static IMAGE_ID_LEN + 1],
			struct err *e);

/* "4 hours ago" for an RFC 3339 text; "N/A" for none. */
void image_ago(const char *created, struct str *out);

/* One --filter: "name=value", split. -code with the sentence of Docker's client. */
NODISCARD int image_filter_split(const char *text, const char **value, struct arena *mem,
				 const char **name, struct err *e);

/* opt_check_fn for filters. */
int image_filter_check(const char *value, struct err *e);

/* Print what a removal did: "Untagged: …", "Deleted: …". */
void image_gone_line(void *arg, bool untagged, const char *what);
