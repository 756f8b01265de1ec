// SPDX-License-Identifier: MIT
/* amend.h - change the record of a container, whether it runs or not.
 *
 *   1 the container's gate is taken: one change at a time
 *   2 its lock, when nobody has it: then it cannot be started meanwhile. Else its monitor has it,
 *     and is connected to
 *   3 the record is read; the caller changes it
 *   4 it is written; state.json too when the lock is ours
 *   5 the monitor is told to read it again
 *
 * A crash before 4 changes nothing; after 4 the record is right, and a monitor that was not told
 * goes on with what it knew until it is told or ends; it never writes config.json. */
#pragma once

#include "core/engine/engine.h"

struct amend {
	int gate, lock, monitor; /* owned; lock or monitor is -1 */
	struct container c; /* the caller's to change, between begin and commit */
};
#define AMEND_INIT { .gate = -1, .lock = -1, .monitor = -1 }
#define auto_amend __attribute__((cleanup(amend_release)))

/* Steps 1 to 3. 0, -ENOENT, -EBUSY, or -errno. */
NODISCARD int amend_begin(struct engine *g, const char *id, struct amend *a, struct err *e);

/* Steps 4 and 5. 0 or -errno. */
NODISCARD int amend_commit(struct engine *g, struct amend *a, struct err *e);
void amend_release(struct amend *a);
