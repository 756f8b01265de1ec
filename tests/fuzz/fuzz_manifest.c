// SPDX-License-Identifier: MIT
/* A manifest that parses has only checked digests. */
#include "core/fmt/digest.h"
#include "core/fmt/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena mem = { 0 };
	struct manifest m;
	struct digest d;

	if (manifest_parse((const char *)data, size, "", &m, &mem, NULL) < 0)
		return 0;
	for (size_t i = 0; i < m.n; i++) {
		const char *text = m.entries[i].digest;

		if (digest_parse(&d, text, strlen(text), NULL) < 0 || m.entries[i].size < 0)
			abort();
	}
	manifest_choose(&m, "linux", "arm", "v7");
	return 0;
}
