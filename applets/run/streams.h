// SPDX-License-Identifier: MIT
/* streams.h - what run, start, attach and exec share: our descriptors and the container's. */
#pragma once

#include "core/engine/engine.h"

/* WIRE_WANT_* for these streams and the end; 0 when none is wanted. */
unsigned streams_want(bool in, bool out, bool err);

/* A pseudo-terminal is asked for and standard input is to be its other side: is it one?
 * 0, or -code with "the input device is not a TTY". */
NODISCARD int streams_check_tty(struct err *e);

/* Be attached until the program ends or the user leaves: the status to exit with, or -code.
 *
 * id            the container, whose record is put right when its monitor dies
 * leave_fails   by the detach keys: an error "read escape sequence", else a success */
NODISCARD int streams_attach(struct engine *g, const char *id, int fd, const struct attach_io *io,
			     bool leave_fails, struct err *e);
