// SPDX-License-Identifier: MIT
/* The template is whatever comes; the data is small and has every kind of value. */
#include "core/fmt/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char doc[] =
		"{\"Name\":\"/tt\",\"N\":5,\"R\":1.5,\"B\":true,\"Z\":null,"
		"\"L\":[\"a\",\"b\\u00e9\"],"
		"\"M\":{\"x\":\"y\",\"z\":{\"q\":[]}}}";
	static const char *const maps[] = { "M", NULL };
	static const struct template_names names = { .maps = maps };
	auto_arena struct arena mem = { 0 };
	auto_str struct str out = STR_INIT;
	auto_json json_t *v = json_parse(doc, sizeof(doc) - 1, sizeof(doc), NULL);
	char *text = arena_get(&mem, size + 1);
	const struct template *t;
	struct err e;

	memcpy(text, data, size);
	if (template_parse(text, &t, &mem, &e) < 0)
		return 0;
	for (int i = 0; i < 2; i++)
		(void)!template_execute(t, v, i ? &names : NULL, &out, &e);
	return 0;
}
