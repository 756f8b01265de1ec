// SPDX-License-Identifier: MIT
/* copy.h - files between a container and the host, as `docker cp`.
 *
 * Both directions are one pipe: pack.h reads the source entry by entry, unpack.h makes the
 * entries below the destination's directory; or one end of it is a tar.
 *
 * What an attacker controls:
 *   inside    every name, link, kind and mount point of the container's root, before and while
 *             we copy; its root directory; /etc/passwd. Not: which process's namespace it is
 *             (view.h), nor what is mounted for us
 *   outside   a tar on standard input is the user's; what the container's tree turns into on the
 *             host is the container's, so it is unpacked as any hostile archive
 * What holds:
 *   - The container's root is a descriptor (view.h); a path in it is opened once, by root.h, and
 *     from then on all is one component below a descriptor, no link followed (Z40, Z44).
 *   - On the host only the directory that the user named is written in, by unpack.h, with names
 *     made here: the top one is the user's, the others are single components (Z42).
 *   - Nothing of the container's is executed or loaded, no name service asked (Z43).
 *   - Only regular files are read, O_NONBLOCK, as long as fstat said (Z45). */
#pragma once

#include "core/base/progress.h"
#include "core/engine/engine.h"

/* The error's sentence stands as it is: a rule of the command, not the engine's refusal. */
enum { COPY_E_RULE = 4100 };

enum copy_flags {
	COPY_FOLLOW = 1u << 0,	/* -L: the source's last link is followed */
	COPY_ARCHIVE = 1u << 1,	/* -a: into a container, to the container's user */
};

struct copy_request {
	const char *name;	/* the container, as typed: for sentences */
	const char *id;
	const char *inside;	/* path in the container; relative to "/" */
	const char *outside;	/* path on the host; NULL: a tar by fd */
	int fd;			/* borrowed */
	unsigned flags;
	struct progress *progress;	/* NULL: nobody watches */
};

/* From the container. 0, -COPY_E_RULE, or -errno. */
NODISCARD int engine_copy_out(struct engine *g, const struct copy_request *r, struct err *e);

/* Into the container. The same. */
NODISCARD int engine_copy_in(struct engine *g, const struct copy_request *r, struct err *e);
