// SPDX-License-Identifier: MIT
/* hostport.h - the texts of -p and --expose. Pure.
 *
 * What an attacker controls: in a compose file or an API request, all of the text. */
#pragma once

#include "core/base/err.h"
#include "core/base/strv.h"

enum { HOSTPORT_RANGE_MAX = 65536 };

/* -p: "[IP:][HOST[-HOST]:]PORT[-PORT][/PROTO]". For each port adds "IP:HOST:PORT/PROTO" to
 * `ports` (IP and HOST may be empty) and "PORT/PROTO" to `exposed` when it is not there.
 * 0 or -EINVAL with Docker's sentence. */
NODISCARD int hostport_publish(const char *text, struct strv *ports, struct strv *exposed,
			       struct arena *mem, struct err *e);

/* --expose: "PORT[-PORT][/PROTO]". */
NODISCARD int hostport_expose(const char *text, struct strv *exposed, struct arena *mem,
			      struct err *e);

/* Is this an address of the Internet, version 4 or 6? */
bool hostport_is_ip(const char *text);
