// SPDX-License-Identifier: MIT
/* store.h - where everything is kept: two directories, one lock, one place for half-made things.
 *
 * ROOT (durable) and STATE (tmpfs) hold all records; DESIGN §3 has the map. Both are 0700,
 * for they hold set-user-id files and secrets of every image. An engine is one ROOT; two
 * roots do not see each other, so what they make outside (cgroups, links, tables) carries `tag`.
 *
 *   ROOT/lock          flock: shared while a command relies on images and layers staying,
 *                      exclusive while images.json changes or a layer goes away
 *   ROOT/tmp/RANDOM/   one writer's half-made objects; its writer holds a flock on the
 *                      directory itself, so one that nobody holds is what a crash left
 *
 * What an attacker controls here: nothing, once the modes hold. A ROOT that belongs to
 * another user is refused; one that was open to others is closed, and the caller told. */
#pragma once

#include <sys/types.h>

#include "core/base/err.h"

enum {
	STORE_EXTRA_MAX = 8,	/* --image-store directories */
	STORE_TAG_LEN = 8,
};

struct store {
	int root_fd, state_fd;		/* owned; directories; -1 when not open */
	const char *root, *state;	/* borrowed; absolute paths as given */
	char tag[STORE_TAG_LEN + 1];	/* short hex; "" for the default ROOT */
	mode_t root_was, state_was;	/* modes found too wide and put right; 0: they were fine */
	struct store_extra {
		int fd;			/* owned */
		const char *path;	/* borrowed */
	} extra[STORE_EXTRA_MAX];	/* read-only stores, looked into after ROOT */
	size_t extra_n;
};
#define STORE_INIT	{ .root_fd = -1, .state_fd = -1 }
#define STORE_ROOT	"/var/lib/coracle"
#define STORE_STATE	"/run/coracle"
#define auto_store	__attribute__((cleanup(store_release)))

/* Open both directories, making whatever is missing below them.
 * Four system calls when everything is there. No scan, no fsync.
 *
 * root, state   absolute, or NULL for the default
 *
 * 0, -EPERM when a directory belongs to somebody else, or -errno. */
NODISCARD int store_open(struct store *st, const char *root, const char *state, struct err *e);
void store_release(struct store *st);

/* Wait until ROOT would be on another file system than "/": where the data partition is
 * mounted late, nothing must be written into the mount point below it (U26).
 *
 * root     absolute, or NULL for the default; need not exist
 * seconds  0: do not wait
 *
 * 0, or -ENOTDIR with a sentence. */
NODISCARD int store_need_mount(const char *root, int64_t seconds, struct err *e);

/* Look into DIR's images too: a ROOT made elsewhere, read-only, used in place.
 * 0, -E2BIG past STORE_EXTRA_MAX, or -errno. */
NODISCARD int store_add_extra(struct store *st, const char *dir, struct err *e);

enum store_lock_how { STORE_SHARED, STORE_EXCLUSIVE };

/* Wait for ROOT/lock. Returns a descriptor; closing it lets go. It is held for
 * milliseconds: never across a download, an unpack or a container's life.
 * Taking it exclusively also takes away what crashes left in ROOT/tmp.
 * A descriptor, or -errno. */
NODISCARD int store_lock(const struct store *st, enum store_lock_how how, struct err *e);

/* A writer's own directory below ROOT/tmp. Removed with all that is still in it by
 * store_tmp_release; what is whole is renamed out of it before. */
struct store_tmp {
	int fd;			/* owned; the directory, flock held; -1 when not open */
	int tmp_fd;		/* owned; ROOT/tmp */
	char name[17];		/* below ROOT/tmp */
};
#define STORE_TMP_INIT	{ .fd = -1, .tmp_fd = -1 }
#define auto_store_tmp	__attribute__((cleanup(store_tmp_release)))

NODISCARD int store_tmp_open(const struct store *st, struct store_tmp *t, struct err *e);
void store_tmp_release(struct store_tmp *t);

/* Remove what crashes left in ROOT/tmp: what nobody holds. `live`, when not NULL, tells
 * whether some writer is at work now. Returns how many objects went. */
int store_gc(const struct store *st, bool *live);
