// SPDX-License-Identifier: MIT
/* stub.h - the small program that stands between init and the container's own
 * (core/engine/stub/first.c says what it does), as bytes. */
#pragma once

#include "core/base/err.h"

extern const unsigned char stub_elf[];
extern const size_t stub_elf_len;

#define STUB_INIT_NAME "/sbin/docker-init"
enum { STUB_REPORT_FD = 3 };

/* A sealed memfd that holds the stub, close-on-exec. fd or -errno. */
NODISCARD int stub_open(struct err *e);

/* The same for the whole running binary, for work that other processes of the
 * container can see (exec, --pid=host). fd or -errno. */
NODISCARD int self_open(struct err *e);

/* Make this process run from such a copy: executes it again with the same argv and environment,
 * and returns only where it did so before (0), or could not (-errno). First thing in a command
 * that will enter a container's pid namespace: nothing must have been done yet. */
NODISCARD int self_seal(char *const argv[], struct err *e);
