// SPDX-License-Identifier: MIT
/* A configuration that parses is written to one that parses. */
#include "core/fmt/imagecfg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_arena struct arena mem = { 0 };
	auto_str struct str out = STR_INIT;
	auto_json json_t *doc = json_parse((const char *)data, size, 64 << 10, NULL);
	struct image_config c;

	if (!doc || !json_is_object(doc) || imagecfg_read(doc, &c, &mem, NULL) < 0)
		return 0;
	imagecfg_write(&c, doc, &out);
	if (imagecfg_parse(out.s, out.len, &c, &mem, NULL) < 0)
		abort();
	return 0;
}
