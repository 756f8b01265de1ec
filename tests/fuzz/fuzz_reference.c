// SPDX-License-Identifier: MIT
/* A name that parses gives a canonical text that parses to itself. */
#include "core/fmt/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_str struct str text = STR_INIT, full = STR_INIT, again = STR_INIT, shown = STR_INIT;
	struct reference r;

	str_add(&text, data, size);
	if (reference_parse(text.s, &r, NULL) < 0)
		return 0;
	reference_text(&r, &full);
	reference_familiar(&r, &shown);
	if (full.len > REFERENCE_TEXT_MAX || reference_parse(full.s, &r, NULL) < 0)
		abort();
	reference_text(&r, &again);
	if (strcmp(full.s, again.s) != 0)
		abort();
	if (strstr(r.name, "..") || strstr(r.name, "//"))	/* a tag may hold ".." */
		abort();
	return 0;
}
