// SPDX-License-Identifier: MIT
/* reference.h - image names: what people type, what is stored, what is shown.
 *
 *   typed        familiar             canonical (stored)
 *   redis        redis                docker.io/library/redis
 *   a/b:1        a/b:1                docker.io/a/b:1
 *   h:5000/x@sha256:…  the same       the same
 *
 * Grammar, limits and sentences are Docker's. Pure: no I/O.
 * What an attacker controls: the whole text (argv, archives, registries). The parser works in
 * fixed buffers; a name that passes has no "..", no empty part, no upper case and no byte that
 * means something to a shell, a URL or a path except '/', ':' and '@' (Z38). */
#pragma once

#include "core/base/err.h"
#include "core/base/str.h"

enum {
	REFERENCE_NAME_MAX = 255,	/* canonical: domain and path */
	REFERENCE_TAG_MAX = 128,
	REFERENCE_TEXT_MAX = REFERENCE_NAME_MAX + 1 + REFERENCE_TAG_MAX + 1 + 71,
};

struct reference {
	char name[REFERENCE_NAME_MAX + 1];	/* canonical: "docker.io/library/redis" */
	char tag[REFERENCE_TAG_MAX + 1];	/* "" when none was given */
	char digest[72];			/* "sha256:<64 hex>", "" when none */
};

/* Read what a person or an archive wrote. No default tag is added.
 * 0, or -EINVAL with Docker's sentence; a bare 64-hex name is refused. */
NODISCARD int reference_parse(const char *text, struct reference *r, struct err *e);

/* Add ":latest" when there is neither tag nor digest. Returns whether it did. */
bool reference_default_tag(struct reference *r);

/* Canonical text, "name[:tag][@digest]": what images.json holds. Appends. */
void reference_text(const struct reference *r, struct str *out);

/* The same in the form Docker shows: without docker.io/ and library/. Appends. */
void reference_familiar(const struct reference *r, struct str *out);

/* Where the familiar form begins in a canonical name. */
const char *reference_familiar_name(const char *name);

/* The registry part: "docker.io", "h:5000". Appends; returns where the path begins in r->name. */
const char *reference_domain(const struct reference *r, struct str *out);

/* Could this be an image id, whole or in part? "sha256:" may stand in front. Gives the hex. */
bool reference_is_hex(const char *text, const char **hex);
