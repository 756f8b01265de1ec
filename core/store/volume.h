// SPDX-License-Identifier: MIT
/* volume.h - named volumes: directories that outlive the containers that use them.
 *
 *   ROOT/volumes/NAME/_data         what containers see at the mount point
 *   ROOT/volumes/NAME/volume.json   the record; without it the directory is rubbish
 *   ROOT/volumes/NAME/lock          held while the volume is filled from an image
 *
 * A volume is made below ROOT/tmp and renamed into place, so it is there whole or not at all,
 * and of two that make one name at once the second finds the first's. Its record goes first
 * when it is removed. Who makes or uses one holds ROOT/lock shared until a container's record
 * names it; who removes one holds it exclusively (store_lock).
 *
 * What an attacker controls: all that is in _data, at any moment (a container runs on it). It
 * is only ever removed and measured by tree.h, which enters no link and no mount point (Z82),
 * and opened as a whole. Names are checked before they become a path (Z81). */
#pragma once

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/strv.h"
#include "core/os/tree.h"
#include "core/store/store.h"

enum {
	VOLUME_NAME_MAX = 255,	/* NAME_MAX: it is a directory */
	VOLUME_RECORD_MAX = 1 << 20,	/* bytes of one volume.json */
	VOLUME_RANDOM_LEN = 64,	/* hex digits of an anonymous one's name */
};

/* One volume. Texts are borrowed from the arena they were read into. */
struct volume {
	const char *name;
	const char *driver;	/* "local" */
	const char *mountpoint;	/* absolute: ROOT/volumes/NAME/_data */
	struct strv labels;	/* KEY=VALUE */
	struct strv options;	/* KEY=VALUE: "type", "device", "o" */
	int64_t created_ns;	/* since 1970 */
};

/* Docker's grammar: [a-zA-Z0-9][a-zA-Z0-9_.-]+. 0 or -EINVAL with Docker's sentence. */
NODISCARD int volume_name_check(const char *name, struct err *e);

/* "ROOT/volumes/NAME/_data", in mem. */
const char *volume_path(const struct store *st, const char *name, struct arena *mem);

/* Make the volume v->name, whose other fields but mountpoint say how, and fill in its mountpoint.
 *
 * durable   false: no fsync; for what goes with a --rm container
 *
 * 0; 1 when it was there (*v is what it was made with then); or -errno. */
NODISCARD int volume_make(const struct store *st, struct volume *v, bool durable,
			  struct arena *mem, struct err *e);

/* Read a record. -ENOENT "no such volume"; a damaged one counts as without labels and options. */
NODISCARD int volume_load(const struct store *st, const char *name, struct volume *v,
			  struct arena *mem, struct err *e);

/* All names, in byte order. */
NODISCARD int volume_list(const struct store *st, struct strv *names, struct arena *mem,
			  struct err *e);

/* Take it and all that is in it away; 0 also when there is none. -EBUSY when something is
 * mounted below it: the rest is gone then. */
NODISCARD int volume_remove(const struct store *st, const char *name, struct err *e);

/* How much is in it. */
NODISCARD int volume_size(const struct store *st, const char *name, struct tree_usage *u,
			  struct err *e);
