// SPDX-License-Identifier: MIT
/* members.h - what is in an archive of images, gathered in one pass over a stream.
 *
 * Layers are unpacked into the store's tmp as they pass, small JSON is kept, links are
 * remembered as names, the rest is forgotten. Nothing is decided here but what a member is,
 * and that by its bytes, never by its name. One that looks like a layer and is a bad one is
 * an error only for who needs it: the archive may be something else altogether.
 *
 * What an attacker controls: names, order, sizes and bytes of all members. A name is compared
 * with other names and goes nowhere else. Two members of one name, a name with "..", and more
 * than the limits below are refused. */
#pragma once

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/progress.h"
#include "core/store/layer.h"
#include "core/store/store.h"

enum {
	MEMBERS_MAX = 1 << 16,
	MEMBERS_TEXT_MAX = 32 << 20, /* bytes of JSON kept, all together */
	MEMBERS_NAME_MAX = 512, /* bytes of a member's name */
	MEMBERS_LAYERS_MAX = 1024,
};

enum member_kind { MEMBER_OTHER,
	MEMBER_JSON,
	MEMBER_LAYER,
	MEMBER_LINK };

struct member {
	const char *name; /* normal: no "./", no "//", no final '/' */
	enum member_kind kind;
	char *text; /* JSON: owned */
	size_t len;
	struct digest digest; /* JSON: of its bytes; layers have theirs in info */
	const char *target; /* a link: the normal name it means */
	const char *why; /* OTHER that began like a layer: why it is none; else NULL */
	struct layer_unpack *unpack; /* a layer: owned until committed */
	struct layer_info info;
};

struct members {
	const struct store *st;
	struct member *v; /* owned; by name once members_read returned */
	size_t n, cap;
	size_t layers_n, text_total;
	struct arena mem;
	void (*layer)(void *arg, const struct layer_info *info); /* told of each; may be NULL */
	void *arg;
	struct progress *progress; /* borrowed; bytes read. NULL: nobody watches */
};
#define auto_members __attribute__((cleanup(members_release)))

/* Read an archive (plain, gzip, zstd) from `fd` to its end.
 * 0, -EINVAL (not a tar, a bad member), -E2BIG, -ENOSPC, -errno. */
NODISCARD int members_read(struct members *m, int fd, struct err *e);

/* Drops the layers that were not committed, too. */
void members_release(struct members *m);

/* The member with this normal name, one link followed; NULL when there is none. */
struct member *members_find(const struct members *m, const char *name);
