// SPDX-License-Identifier: MIT
/* copy_in.h - what copy.c (one container, both ways) and copypath.c (the rules of paths) share. */
#pragma once

#include <sys/stat.h>

#include "core/engine/copy.h"
#include "core/os/root.h"

/* What is copied. */
struct copy_source {
	int dir;	/* owned: the directory that holds it; or, of a directory, itself */
	char base[ROOT_NAME_MAX];	/* its name in dir; "." for dir itself */
	char name[ROOT_NAME_MAX];	/* what a tar calls it */
	char rebase[ROOT_NAME_MAX];	/* the copy is called so: the link that was followed, or
				 * name */
	bool is_dir;
	bool contents;	/* what is in it, not itself: "/." */
};
#define COPY_SOURCE_INIT { .dir = -1 }

/* Where it goes. */
struct copy_target {
	int dir;	/* owned: it is made in here */
	char base[ROOT_NAME_MAX];	/* under this name; "": under the source's */
	bool contents;	/* the source's contents alone: the path was empty */
	struct str shown;	/* owned: the path of dir, for sentences */
};
#define COPY_TARGET_INIT { .dir = -1, .shown = STR_INIT }

/* Find the source, in a root or (root -1) on the host. */
NODISCARD int copy_source_inside(int root, const struct copy_request *r, struct copy_source *s,
				 struct err *e);
NODISCARD int copy_source_outside(const struct copy_request *r, struct copy_source *s,
				  struct err *e);

/* Find the target for a source (NULL: a tar, which wants a directory). */
NODISCARD int copy_target_inside(int root, const struct copy_request *r,
				 const struct copy_source *s, struct copy_target *t,
				 struct err *e);
NODISCARD int copy_target_outside(const struct copy_request *r, const struct copy_source *s,
				  struct copy_target *t, struct err *e);
