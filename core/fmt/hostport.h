// SPDX-License-Identifier: MIT
/* hostport.h - the texts of -p and --expose. Pure.
 *
 * What an attacker controls: in a compose file or an API request, all of the text. */
#pragma once

#include "core/base/err.h"
#include "core/base/strv.h"
#include "core/fmt/ipnet.h"

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

/* "IP:HOST[-HOST]:PORT/PROTO", as hostport_publish writes it and as an endpoint's record has it. */
struct hostport {
	struct ip host;		/* family 0: every address of the host */
	uint16_t first, last;	/* of the host: any of these; 0: any at all */
	uint16_t port;		/* in the container */
	uint8_t proto;		/* IPPROTO_TCP, _UDP, _SCTP */
};

/* 0, -EINVAL or -ERANGE. */
NODISCARD int hostport_read(const char *text, struct hostport *out, struct err *e);
const char *hostport_proto(uint8_t proto);	/* "tcp" */

/* Add the PORTS column of `ps`: "0.0.0.0:8080->80/tcp, :::8080->80/tcp, 443/tcp".
 *
 * ports    as an endpoint has them
 * exposed  "PORT/PROTO"; those that are not published are told too */
void hostport_column(struct str *out, const struct strv *ports, const struct strv *exposed);
