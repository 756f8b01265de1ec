// SPDX-License-Identifier: MIT
/* session.h - what most commands begin with: the store, an engine on it, containers by name. */
#pragma once

#include "applets/applet.h"
#include "core/engine/engine.h"

struct session {
	struct store store; /* owned */
	struct engine g; /* borrows store and the invocation's arena */
	char *const *argv;	/* main's */
};
#define SESSION_INIT \
	{ \
		.store = STORE_INIT \
	}
#define auto_session __attribute__((cleanup(session_release)))

NODISCARD int session_open(const struct ctx *ctx, struct session *s, struct err *e);
void session_release(struct session *s);

/* Print "WARNING: …" for each thing the engine had to do without. */
void session_warnings(struct session *s);

/* The id of the container a person means; one whose monitor died is put right first.
 * 0; or CLI_E_PLAIN with "Error: No such container: X", as Docker's client says it. */
NODISCARD int session_find(struct session *s, const char *ref, char id[static CONTAINER_ID_LEN + 1],
	struct err *e);

/* Before a container is started that shares a pid namespace with others, or whose health the
 * monitor will probe from inside: go on from a sealed copy of ourselves, for they will see what
 * executable we are. 0 or -errno. */
NODISCARD int session_seal(const struct session *s, const struct container_config *c,
			   struct err *e);
