// SPDX-License-Identifier: MIT
/* image.h - which images there are, under which names, made of which layers.
 *
 * ROOT/images.json is the one record: names and images. An image's id is the digest of its
 * configuration, kept as ROOT/blobs/sha256/<hex>; the layers are found by the diff ids in it.
 *
 *   {"version":1,
 *   "names":{
 *   "docker.io/library/alpine:3.20":"sha256:…",        one name a line, sorted
 *   "docker.io/library/alpine@sha256:…":"sha256:…"
 *   },
 *   "images":{
 *   "sha256:…":{"size":5532,"created":"2026-…Z","tagged":"2026-…Z"}
 *   }}
 *
 * One name a line lets `run` find an id by searching for its line, without a parse.
 * Written last (layers in place, blobs, then this record) and removed first. A damaged
 * images.json is read line by line for what it still says, and the configurations among the
 * blobs give the images back; the next change writes it whole. A missing or damaged blob loses
 * that image only (U21). */
#pragma once

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/strv.h"
#include "core/fmt/imagecfg.h"
#include "core/fmt/reference.h"
#include "core/store/store.h"

enum { IMAGES_JSON_MAX = 64 << 20 };

/* What one entry says. Texts borrowed from the arena. */
struct image_info {
	char id[IMAGE_ID_LEN + 1];	/* "sha256:…" */
	struct strv names;		/* canonical, "name:tag" and "name@digest", sorted */
	int64_t size;			/* bytes of all layers unpacked */
	const char *manifest;		/* digest of the kept manifest, or "" */
	const char *created;		/* RFC 3339, from the configuration */
	const char *tagged;		/* RFC 3339; when a name was last given; "" for never */
	const char *parent;		/* id of the image it was built on here, or "" */
	int where;			/* -1: ROOT; else index of a read-only store */
};

/* Find an image by what a person wrote: full id, exact name, unique id prefix (Z38).
 * Reads images.json and nothing else; a name is found without a parse.
 *
 * id     set on success
 *
 * 0, -ENOENT ("No such image: X"), -EEXIST (several ids begin so), -EINVAL (not a name). */
NODISCARD int image_find(const struct store *st, const char *text, char id[static IMAGE_ID_LEN + 1],
			 struct err *e);

/* The configuration of an image found. One blob is read, and its digest checked.
 * 0, -ENOENT or -EBADMSG (that image is damaged), -E2BIG. */
NODISCARD int image_config(const struct store *st, const char *id, struct image_config *c,
			   struct arena *mem, struct err *e);

/* The bytes of it. */
NODISCARD int image_config_bytes(const struct store *st, const char *id, struct str *out,
				 struct err *e);

/* All images, in the order of their ids, those of read-only stores after ours. */
NODISCARD int image_list(const struct store *st, struct image_info **list, size_t *n,
			 struct arena *mem, struct err *e);
NODISCARD int image_info(const struct store *st, const char *id, struct image_info *info,
			 struct arena *mem, struct err *e);

/* One that is being made: its layers are in place. */
struct image_new {
	const char *config;	/* the bytes whose digest is the id */
	size_t config_len;
	const char *manifest;	/* kept for its digest, or NULL */
	size_t manifest_len;
	const char *parent;	/* id, or NULL */
	struct strv names;	/* canonical; empty: a dangling image */
	bool made_here;		/* by import, build or commit: the time of its tag is kept */
};

/* A name that an image lost to another: told through this, for Docker's line. */
typedef void image_moved_fn(void *arg, const char *name, const char *old_id);

/* Make images exist, all of them or none. The caller holds the exclusive lock, since
 * before it gave the layers their place. Layers that a config names must be in the store;
 * one that is not is -ESTALE. An image that is there already gets the names.
 *
 * id    ids[i] is set for in[i]; may be NULL
 *
 * 0 or -errno; on failure nothing changed that anybody can see. */
NODISCARD int image_add(const struct store *st, const struct image_new *in, size_t n,
			image_moved_fn *moved, void *arg, char (*ids)[IMAGE_ID_LEN + 1],
			struct err *e);

/* Give an image one more name, tag or digest; takes it from whoever has it. Takes the lock
 * itself. An image of a read-only store gets an entry in ours. -EINVAL as Docker. */
NODISCARD int image_tag(const struct store *st, const char *id, const struct reference *name,
			struct err *e);

/* What a removal did, in order, for Docker's lines. */
typedef void image_gone_fn(void *arg, bool untagged, const char *what);

/* What containers have to say to a removal; given by the engine, which knows them. */
struct image_users {
	/* 1 and a container's id when one uses the image (only running ones count when
	 * `running`), 0 when none does, or -errno. */
	int (*user)(void *arg, const char *id, bool running, char out[static 65], struct err *e);
	/* Add the diff ids of all containers' layers. */
	int (*layers)(void *arg, struct strv *out, struct arena *mem, struct err *e);
	void *arg;
};

enum image_rm_flags {
	IMAGE_RM_FORCE = 1u << 0,
	IMAGE_RM_NO_PRUNE = 1u << 1,	/* keep parents without a name */
};

/* Remove what `text` names, as `docker rmi`: the name, and with the last one the image, and
 * with it the layers that nobody else has. Takes the lock itself. *freed: bytes, or NULL.
 * 0, -ENOENT, -EBUSY with Docker's sentence (in use, several names), -EROFS. */
NODISCARD int image_remove(const struct store *st, const char *text, unsigned flags,
			   const struct image_users *users, image_gone_fn *gone, void *arg,
			   uint64_t *freed, struct err *e);

/* Take away layers and blobs that no image and no container has: what crashes left, and
 * what removed containers kept. Does nothing while a writer is at work. The caller holds
 * the exclusive lock. *freed grows. */
NODISCARD int image_gc(const struct store *st, const struct image_users *users, uint64_t *freed,
		       struct err *e);

/* Write images.json anew from what is whole, when it is damaged. Takes the lock itself.
 * 1 when it was, 0, or -errno. */
NODISCARD int image_repair(const struct store *st, struct err *e);
