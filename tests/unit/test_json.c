// SPDX-License-Identifier: MIT
#include "core/fmt/json.h"
#include "tests/unit/unit.h"

static json_t *parse(const char *text, struct err *e)
{
	return json_parse(text, strlen(text), JSON_BYTES_MAX, e);
}

static const char *printed(const char *text, unsigned how)
{
	static struct str out = STR_INIT;
	struct err e;
	json_t *v = parse(text, &e);

	CHECK(v);
	str_reset(&out);
	json_print(v, how, &out);
	json_decref(v);
	return out.s;
}

TEST(a_bad_document_says_where)
{
	static const struct { const char *in; int code; const char *msg; } rows[] = {
		{ "{\n  \"a\": }", EBADMSG, "line 2 column 8: " },
		{ "", EBADMSG, "line 1 column 0: " },
		{ "{\"a\":1} x", EBADMSG, "line 1 column 9: end of file expected" },
		{ "{\"a\":1,\"a\":2}", EBADMSG, "line 1 column 10: duplicate object key" },
		{ "[\"\\u0000\"]", EBADMSG, "line 1 column 9: \\u0000 is not allowed" },
		{ "[\"\xff\"]", EBADMSG, "line 1 column " },
		{ "[99999999999999999999]", EBADMSG, "line 1 column 21: too big integer" },
		{ "[1e999]", EBADMSG, "line 1 column 6: real number overflow" },
		{ "3", EBADMSG, "line 1 column 1: " },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { 0 };

		CHECK(!parse(rows[i].in, &e));
		CHECK_INT(e.code, rows[i].code);
		if (strncmp(e.msg, rows[i].msg, strlen(rows[i].msg)) != 0)
			CHECK_STR(e.msg, rows[i].msg);
	}
}

TEST(Z39_depth_and_size_have_limits)
{
	char deep[70000];
	struct err e = { 0 };
	json_t *v;

	memset(deep, '[', JSON_DEPTH_MAX);
	memset(deep + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	v = json_parse(deep, 2 * JSON_DEPTH_MAX, 1000, &e);
	CHECK(v);
	json_decref(v);
	memset(deep, '[', sizeof(deep));
	CHECK(!json_parse(deep, sizeof(deep), sizeof(deep), &e));
	CHECK_STR(e.msg, "JSON nested deeper than 64");
	CHECK(!json_parse(deep, 11, 10, &e));
	CHECK_STR(e.msg, "JSON of 11 bytes, more than 10");
	CHECK_INT(e.code, E2BIG);
}

TEST(Z39_so_has_the_number_of_values)
{
	auto_str struct str many = STR_INIT;
	struct err e = { 0 };
	json_t *v;

	str_puts(&many, "[\"[,{,\"");
	while (many.len < 2 * JSON_VALUES_MIN)
		str_puts(&many, ",0");
	str_puts(&many, "]");
	v = json_parse(many.s, many.len, JSON_BYTES_MAX, &e);
	CHECK(v);
	json_decref(v);
	while (many.len <= 2 * JSON_BYTES_MAX / JSON_VALUE_BYTES + 10)
		str_puts(&many, ",0");
	CHECK(!json_parse(many.s, many.len, JSON_BYTES_MAX, &e));
	CHECK_INT(e.code, E2BIG);
	CHECK_STR(e.msg, "JSON of more than 131072 values");
}

TEST(a_wrong_type_is_named_by_its_path)
{
	auto_arena struct arena mem = { 0 };
	struct err e = { 0 };
	json_t *v = parse("{\"config\":{\"Env\":[\"a\",\"b\",3],\"User\":[],\"L\":{\"k\":1}},"
			  "\"n\":1.5,\"z\":null}", &e);
	const char *text = "before";
	struct strv list = { 0 };
	int64_t n = 7;

	CHECK_INT(json_strv(v, "config.Env", &list, &mem, &e), -EBADMSG);
	CHECK_STR(e.msg, "config.Env[2] is not a string");
	CHECK_INT(json_text(v, "config.User", &text, &mem, &e), -EBADMSG);
	CHECK_STR(e.msg, "config.User is not a string");
	CHECK_INT(json_pairs(v, "config.L", &list, &mem, &e), -EBADMSG);
	CHECK_STR(e.msg, "config.L[\"k\"] is not a string");
	CHECK_INT(json_int(v, "n", &n, &e), -EBADMSG);
	CHECK_STR(e.msg, "n is not a whole number");
	CHECK_INT(json_keys(v, "config.Env", &list, &mem, &e), -EBADMSG);
	CHECK_STR(e.msg, "config.Env is not an object");
	CHECK_INT(json_text(v, "z", &text, &mem, &e), 0);
	CHECK_INT(json_text(v, "config.Nothing.at.all", &text, &mem, &e), 0);
	CHECK_STR(text, "before");
	json_decref(v);
}

TEST(values_are_printed_as_docker_inspect_does)
{
	CHECK_STR(printed("{\"b\":[],\"a\":{},\"c\":null,\"d\":[1,{\"e\":true}]}", JSON_PRETTY),
		  "{\n    \"b\": [],\n    \"a\": {},\n    \"c\": null,\n    \"d\": [\n        1,\n"
		  "        {\n            \"e\": true\n        }\n    ]\n}");
	CHECK_STR(printed("{\"b\":1,\"a\":{\"d\":1,\"c\":2}}", JSON_SORTED),
		  "{\"a\":{\"c\":2,\"d\":1},\"b\":1}");
	CHECK_STR(printed("[\"<a> & b\"]", JSON_PLAIN), "[\"<a> & b\"]");
	CHECK_STR(printed("[\"<a> & b\"]", JSON_HTML), "[\"\\u003ca\\u003e \\u0026 b\"]");
	CHECK_STR(printed("[\"\\b\\f\\n\\r\\t\\\\\\\"/\"]", JSON_PLAIN),
		  "[\"\\u0008\\u000c\\n\\r\\t\\\\\\\"/\"]");
}

TEST(numbers_are_printed_as_go_does)
{
	CHECK_STR(printed("[9223372036854775807,-9223372036854775808]", 0),
		  "[9223372036854775807,-9223372036854775808]");
	CHECK_STR(printed("[0.1,1.0,1e21,1e20,1e-7,1.5e-10,123456.789,0.000001]", 0),
		  "[0.1,1,1e+21,100000000000000000000,1e-7,1.5e-10,123456.789,0.000001]");
}

TEST(Z85_nothing_printed_acts_on_a_terminal)
{
	CHECK_STR(printed("[\"\\u001b]52;\\u007f\xc2\x9b\xe2\x80\xae\xe2\x80\xa8\xc3\xa9\"]", 0),
		  "[\"\\u001b]52;\\u007f\\u009b\\u202e\\u2028\xc3\xa9\"]");
}

TEST(what_is_built_survives_bytes_that_are_not_utf8)
{
	const char *v[] = { "a\xff" "b" };
	struct strv list = { v, 1 };
	auto_str struct str out = STR_INIT;
	json_t *j = json_from_strv(&list);

	json_print(j, 0, &out);
	json_decref(j);
	CHECK_STR(out.s, "[\"a\xef\xbf\xbd" "b\"]");
}

UNIT_MAIN
