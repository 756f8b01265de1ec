// SPDX-License-Identifier: MIT
/* mountspec.h - the texts of -v, --mount and --tmpfs ⇄ struct mount_spec. Pure.
 *
 * What an attacker controls: in a compose file or an API request, all of the text. Nothing
 * is opened here; sources and targets are resolved later, by descriptor. */
#pragma once

#include "core/store/container.h"

enum { MOUNT_TEXT_MAX = 64 << 10 };

/* -v: "SRC:DST[:MODE]"; "DST" alone is an anonymous volume.
 * 0 or -EINVAL with Docker's sentence. The texts live in mem. */
NODISCARD int mountspec_bind(const char *text, struct mount_spec *m, struct arena *mem,
			     struct err *e);

/* --mount: comma-separated KEY=VALUE, quoted as CSV. */
NODISCARD int mountspec_mount(const char *text, struct mount_spec *m, struct arena *mem,
			      struct err *e);

/* --tmpfs: "DST[:OPTIONS]". The options are tmpfs's own and common mount words. */
NODISCARD int mountspec_tmpfs(const char *text, struct mount_spec *m, struct arena *mem,
			      struct err *e);

/* Read the words of m->tmpfs_options into size, mode and flags of mount(2).
 * flags: MS_*; data: what the file system itself gets ("size=…,mode=…"). */
NODISCARD int mountspec_tmpfs_words(const char *words, unsigned long *flags, const char **data,
				    struct arena *mem, struct err *e);

void mountspec_init(struct mount_spec *m);	/* every text "" */

/* Append to config's list, which lives in mem. */
struct mount_spec *mountspec_add(struct container_config *c, struct arena *mem);

/* Append to c->points a copy of *m, in the place of one with the same target if there is. */
void mountspec_point(struct container *c, const struct mount_spec *m, struct arena *mem);
const struct mount_spec *mountspec_point_at(const struct container *c, const char *target);
