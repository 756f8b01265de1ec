// SPDX-License-Identifier: MIT
/* imagecfg.h - an image's configuration: Docker's and OCI's JSON ⇄ a C struct.
 *
 * The digest of these bytes is the image's id. So the bytes are kept as they came; the struct
 * is for reading, and for making new images (build, import, commit), where keys that this
 * struct does not know are carried over from the old document.
 *
 * What an attacker controls: everything in it. Fields are data (Z13): nothing here steers the
 * host, every count and length has a limit (Z39), and errors name the field. */
#pragma once

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/strv.h"
#include "core/fmt/digest.h"
#include "core/fmt/json.h"

enum {
	IMAGE_LAYERS_MAX = 127,		/* overlay's own limit is near; Docker's is 125 */
	IMAGE_HISTORY_MAX = 4096,
	IMAGE_LIST_MAX = 4096,		/* entries of Env, Cmd, Labels, Volumes … each */
	IMAGE_TEXT_MAX = 128 << 10,	/* bytes of one string: no argument may be longer */
	IMAGE_ID_LEN = 71,		/* "sha256:" and 64 hex */
};

struct image_health {
	struct strv test;	/* "CMD", … or "CMD-SHELL", … or "NONE"; n = 0: none given */
	int64_t interval_ns, timeout_ns, start_period_ns;	/* 0: the default */
	int64_t retries;	/* 0: the default */
};

struct image_history {
	const char *created;	/* RFC 3339, "" when not known */
	const char *created_by, *author, *comment;	/* "" when not given */
	bool empty_layer;	/* changed the configuration only */
};

/* Texts are never NULL: "" is "not given". All borrowed from the arena. */
struct image_config {
	const char *arch, *os, *variant;
	const char *created;	/* RFC 3339, UTC */
	const char *author, *comment, *docker_version;

	/* config: what containers begin with */
	const char *user, *working_dir, *stop_signal;
	struct strv env;	/* KEY=VALUE */
	struct strv cmd, entrypoint, shell, on_build;
	struct strv volumes;	/* paths */
	struct strv exposed_ports;	/* "80/tcp" */
	struct strv labels;	/* KEY=VALUE */
	struct image_health health;
	bool args_escaped;

	struct strv diff_ids;	/* "sha256:…", lowest first */
	struct image_history *history;	/* oldest first */
	size_t history_n;
};

void imagecfg_init(struct image_config *c);	/* all "" and empty */

/* Read a document. The struct is complete and within the limits, or the call failed.
 * 0, -EBADMSG (a field, named), -E2BIG (past a limit, named). */
NODISCARD int imagecfg_parse(const char *text, size_t len, struct image_config *c,
			     struct arena *mem, struct err *e);

/* The same from a tree that json_parse made. */
NODISCARD int imagecfg_read(const json_t *doc, struct image_config *c, struct arena *mem,
			    struct err *e);

/* Append the document for `c`, in Docker's order of keys.
 * base   document whose unknown keys are kept, or NULL */
void imagecfg_write(const struct image_config *c, const json_t *base, struct str *out);

/* The runnable part alone, in Docker's order of keys. The caller owns it.
 * base   a "config" object whose unknown keys are kept, or NULL */
json_t *imagecfg_config(const struct image_config *c, const json_t *base);

/* The digests by which Docker names the stacks that end with each layer: the first is the
 * layer's own, each next one is of "PREVIOUS DIFFID". diff_ids are checked ones. */
void imagecfg_chain(const struct strv *diff_ids, struct digest *chain);
