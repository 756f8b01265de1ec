// SPDX-License-Identifier: MIT
/* A document that parses prints to text that parses to the same text again. */
#include "core/fmt/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_str struct str once = STR_INIT, twice = STR_INIT;
	json_t *v = json_parse((const char *)data, size, JSON_BYTES_MAX, NULL), *again;

	if (!v)
		return 0;
	json_print(v, JSON_HTML, &once);
	again = json_parse(once.s, once.len, SIZE_MAX, NULL);
	if (!again)
		abort();
	json_print(again, JSON_HTML, &twice);
	if (strcmp(once.s, twice.s) != 0)
		abort();
	json_decref(v);
	json_decref(again);
	return 0;
}
