// SPDX-License-Identifier: MIT
/* wire.h - what a monitor and its clients say to each other over attach.sock.
 *
 * Every message is an 8-byte header and that many bytes:
 *
 *   offset size  field
 *   0      1     type, enum wire_type
 *   1      3     zero
 *   4      4     length of what follows, at most WIRE_MAX
 *
 * All numbers are big-endian.
 *
 * Types 0 to 2 are those of Docker's attach stream, so that an API server can pass them on.
 * The peer is checked by its uid before the first byte is read; still the monitor reads what
 * comes as hostile: an unknown type or a length past WIRE_MAX ends the connection.
 *
 * A client sends the next WIRE_STDIN only when WIRE_DONE has answered the one before. So the
 * monitor holds one such message a client while the program does not read, and what comes
 * behind it (a signal, a new window size, a stop) is not held up. All other requests are
 * answered at once.
 *
 * A client opens with WIRE_HELLO (one byte of WIRE_WANT_*). The monitor of a starting
 * container answers WIRE_STARTED or WIRE_FAILED; at the end every client gets WIRE_EXIT. */
#pragma once

#include "core/base/base.h"

enum { WIRE_HEAD = 8,
	WIRE_MAX = 32 << 10 };

enum wire_type {
	WIRE_STDIN = 0, /* client → monitor; length 0: end of input */
	WIRE_STDOUT = 1, /* monitor → client */
	WIRE_STDERR = 2,
	WIRE_HELLO = 3, /* client: one byte, WIRE_WANT_* */
	WIRE_RESIZE = 4, /* client: rows, columns; two 16-bit big-endian */
	WIRE_SIGNAL = 5, /* client: one byte, the signal's number */
	WIRE_STOP = 6, /* client: signal (1 byte, 0: its own), seconds until SIGKILL (4 bytes),
			* 1 to keep a --rm container because it is started again (1 byte) */
	WIRE_STARTED = 7, /* monitor: the program runs */
	WIRE_FAILED = 8, /* monitor: a struct err and one byte of status */
	WIRE_EXIT = 9, /* monitor: exit code, 4 bytes big-endian */
	WIRE_DONE = 10, /* monitor: a request was carried out; one byte, its type.
			 * Answers STDIN (also when nobody reads it now), SIGNAL, STOP, PAUSE,
			 * RELOAD and HOLD.
			 * What could not be done is answered by FAILED */
	WIRE_PAUSE = 11, /* client: one byte, 1 to freeze all its processes, 0 to let them go */
	WIRE_RELOAD = 12, /* client: nothing; the record was changed, read it again */
	WIRE_HOLD = 13, /* client: nothing; all its processes stand still until this connection
			 * ends, and no record says so */
};

enum {
	WIRE_WANT_STDIN = 1u << 0,
	WIRE_WANT_STDOUT = 1u << 1,
	WIRE_WANT_STDERR = 1u << 2,
	WIRE_WANT_EXIT = 1u << 3, /* wait: only the end is told */
};

void wire_head(unsigned char head[static WIRE_HEAD], enum wire_type type, size_t len);

/* Read a header: the length, or -EPROTO when it cannot be one of ours. */
NODISCARD int wire_parse(const unsigned char head[static WIRE_HEAD], enum wire_type *type);
