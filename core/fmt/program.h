// SPDX-License-Identifier: MIT
/* program.h - what kind of program a file's first bytes say it is: ELF for which machine and
 * with which interpreter, or a script. Pure; for error messages only, nothing is decided by it.
 *
 * What an attacker controls: all bytes. Offsets and sizes are checked against `len`. */
#pragma once

#include "core/base/err.h"

enum { PROGRAM_HEAD_MAX = 64 << 10,
	PROGRAM_INTERP_MAX = 255 };

enum program_kind { PROGRAM_OTHER,
	PROGRAM_ELF,
	PROGRAM_SCRIPT };

struct program {
	enum program_kind kind;
	char arch[24]; /* ELF: Docker's word ("arm64"), or "machine 243"; else "" */
	char interp[PROGRAM_INTERP_MAX + 1]; /* the loader or the word after #!; "" for none */
};

void program_look(const void *head, size_t len, struct program *p);

/* Docker's word for the machine this is built for: "amd64", "arm64" … */
const char *program_host_arch(void);
