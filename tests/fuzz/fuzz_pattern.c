// SPDX-License-Identifier: MIT
/* fuzz_pattern.c - a line as an expression and a glob, the next as the text. */
#include "core/fmt/pattern.h"

#include "core/base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	auto_str struct str all = STR_INIT;
	auto_arena struct arena mem = { 0 };
	struct pattern *p;
	char *text;

	str_add(&all, data, len > 2000 ? 2000 : len);
	text = strchr(all.s, '\n');
	if (!text)
		return 0;
	*text++ = 0;
	p = pattern_new(all.s, &mem, NULL);
	if (p && strlen(text) < 200)
		pattern_matches(p, text);
	pattern_glob(all.s, text);
	return 0;
}
