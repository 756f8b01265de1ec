// SPDX-License-Identifier: MIT
/* fuzz_mountspec.c - any text as -v, --mount and --tmpfs. */
#include "core/store/mountspec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	auto_arena struct arena mem = { 0 };
	const char *text = strv_dup((const char *)data, len, &mem);
	struct mount_spec m;

	if (mountspec_bind(text, &m, &mem, NULL) == 0 && m.target[0] != '/')
		abort();
	if (mountspec_mount(text, &m, &mem, NULL) == 0 && m.target[0] != '/')
		abort();
	if (mountspec_tmpfs(text, &m, &mem, NULL) == 0 && m.target[0] != '/')
		abort();
	return 0;
}
