// SPDX-License-Identifier: MIT
#include "core/fmt/json_flat.h"
#include "tests/unit/unit.h"

static struct json_flat flat(const char *text)
{
	return (struct json_flat){ .at = text, .end = text + strlen(text) };
}

TEST(fields_come_in_order)
{
	static const char text[] = "{\"a\":\"x \\\"y\\\\\\n\",\"bc\":-9223372036854775807,"
				   "\"d\":true,\"e\":false,\"f\":null,\"\":0}";
	auto_arena struct arena mem = { 0 };
	struct json_flat f = flat(text);
	struct json_field got;

	CHECK_INT(json_flat_next(&f, &got), 1);
	CHECK_INT(got.kind, JSON_FLAT_TEXT);
	CHECK_INT(got.key_len, 1);
	CHECK(got.key[0] == 'a');
	CHECK_STR(json_flat_text(&got, &mem), "x \"y\\\n");
	CHECK_INT(json_flat_next(&f, &got), 1);
	CHECK_INT(got.kind, JSON_FLAT_INT);
	CHECK_INT(got.key_len, 2);
	CHECK_INT(got.n, -9223372036854775807);
	for (int yes = 1; yes >= 0; yes--) {
		CHECK_INT(json_flat_next(&f, &got), 1);
		CHECK_INT(got.kind, JSON_FLAT_BOOL);
		CHECK_INT(got.n, yes);
	}
	CHECK_INT(json_flat_next(&f, &got), 1);
	CHECK_INT(got.kind, JSON_FLAT_NULL);
	CHECK_INT(json_flat_next(&f, &got), 1);
	CHECK_INT(got.kind, JSON_FLAT_INT);
	CHECK_INT(got.n, 0);
	CHECK_INT(json_flat_next(&f, &got), 0);
}

TEST(what_is_not_flat_is_told)
{
	static const char *const texts[] = {
		"", "{", "{}", "[]", "{\"a\":1", "{\"a\":1}x", "{\"a\":1}\n", "{\"a\":[]}", "{\"a\":{}}",
		"{\"a\":1.5}", "{\"a\":1e3}", "{\"a\":01}", "{\"a\":-}", "{\"a\":}", "{\"a\"}", "{\"a\":1,}",
		"{,\"a\":1}", "{\"a\":1{\"b\":2}", "{\"a\": 1}", "{\"a\":\"x}", "{\"a\":\"\\u0041\"}",
		"{\"a\":\"\\\"}", "{\"a\":\"\t\"}", "{\"a\":\"\xc3\xa4\"}", "{\"a\":9223372036854775808}",
		"{\"a\":18446744073709551617}", "{\"a\":tru}", "{\"a\":truex}", "{\"a\":\"\\", "}", "{a:1}",
	};

	for (size_t i = 0; i < countof(texts); i++) {
		struct json_flat f = flat(texts[i]);
		struct json_field got;
		int rc;

		while ((rc = json_flat_next(&f, &got)) > 0)
			;
		if (rc != -EBADMSG)
			CHECK_STR(texts[i], "not flat");
	}
}

TEST(it_never_reads_past_the_end)
{
	static const char text[] = "{\"key\":\"va\\\\ue\",\"n\":-12,\"b\":true}";

	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		char *cut = malloc(n ? n : 1);
		struct json_flat f = { .at = memcpy(cut, text, n), .end = cut + n };
		struct json_field got;
		int rc;

		while ((rc = json_flat_next(&f, &got)) > 0)
			;
		CHECK_INT(rc, -EBADMSG);
		free(cut);
	}
}

UNIT_MAIN
