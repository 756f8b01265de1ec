// SPDX-License-Identifier: MIT
/* side.h - one helper thread that takes bytes and does something with them beside us.
 *
 * For work that needs no answer now (hashing, syncing) while the caller is busy with
 * system calls. Bytes are copied into a ring of SIDE_SLOTS pieces, and handed to `take` in
 * the order in which they came; the caller waits only when the ring is full. Where there
 * is one processor, or no thread can be had, `take` is called at once and nothing is
 * copied. The thread blocks all signals. Forking while one exists is the caller's risk:
 * the child has no helper. */
#pragma once

#include "core/base/base.h"

enum { SIDE_SLOTS = 32, SIDE_BYTES = 64 << 10 };

/* `arg` is what side_put was given with these bytes. */
typedef void side_take_fn(void *arg, const void *data, size_t len);

struct side;

/* after   the thread begins when more bytes than this were given; until then, and for
 *         small work altogether, `take` is called at once */
struct side *side_new(side_take_fn *take, size_t after);
void side_free(struct side *s);		/* waits; NULL is fine */

/* Give bytes. Small ones with the same arg are gathered until a piece is full. */
void side_put(struct side *s, void *arg, const void *data, size_t len);

/* Do not gather any longer: what was given is begun. */
void side_push(struct side *s);

/* Return when all that was given has been taken. */
void side_wait(struct side *s);

/* True when there is nothing left to take. */
bool side_idle(struct side *s);
