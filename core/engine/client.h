// SPDX-License-Identifier: MIT
/* client.h - the monitor's end of one attach connection. */
#pragma once

#include "core/base/str.h"
#include "core/engine/wire.h"
#include "core/os/loop.h"

struct client {
	struct client *next; /* owned list */
	struct loop_watch watch; /* its fd is owned */
	unsigned want; /* WIRE_WANT_* */
	struct str in; /* a message that has not come whole */
	struct str out; /* one that could not be sent whole */
	bool stdin_due; /* its last WIRE_STDIN is to be answered */
	bool holds; /* the container stands still for it */
	bool gone; /* to be freed */
};

/* Queue one message; what the socket does not take now stays in ->out. */
void client_send(struct client *c, enum wire_type type, const void *data, size_t len);

/* Try to send what is left. True when nothing is. */
bool client_flush(struct client *c);

/* Read what has come, and give each whole message to fn. A message of nonsense, or the end
 * of the connection, sets ->gone. */
typedef void client_fn(void *arg, struct client *c, enum wire_type type,
	const unsigned char *data, size_t len);
void client_read(struct client *c, client_fn *fn, void *arg);

void client_release(struct client *c);
