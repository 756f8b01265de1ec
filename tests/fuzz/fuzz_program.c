// SPDX-License-Identifier: MIT
/* fuzz_program.c - any bytes as the head of a program. */
#include "core/fmt/program.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct program p;

	program_look(data, len, &p);
	if (strlen(p.arch) >= sizeof(p.arch) || strlen(p.interp) > PROGRAM_INTERP_MAX)
		abort();
	return 0;
}
