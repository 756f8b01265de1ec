// SPDX-License-Identifier: MIT
/* Any text is applied or refused. */
#include "core/fmt/change.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena mem = { 0 };
	const char *text = strv_dup((const char *)data, size, &mem);
	struct strv lines = { &text, 1 };
	struct image_config c;

	imagecfg_init(&c);
	return change_apply(&c, &lines, &mem, NULL) < 0 ? 0 : 0;
}
