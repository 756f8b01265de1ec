// SPDX-License-Identifier: MIT
/* template_fn.c - the functions a template may call. */
#include <stdio.h>

#include "core/base/text.h"
#include "core/fmt/template_tree.h"

static struct value make_text(struct exec *x, const struct str *s)
{
	return exec_keep(x, json_stringn_nocheck(s->s, s->len));
}

static struct value make_bool(struct exec *x, bool b)
{
	return exec_keep(x, json_boolean(b));
}

static bool is_null(const struct value *v)
{
	return !v->v || json_is_null(v->v);
}

static const char *type_name(const struct value *v)
{
	switch (v->v ? json_typeof(v->v) : JSON_NULL) {
	case JSON_OBJECT: return "map[string]interface {}";
	case JSON_ARRAY: return "[]interface {}";
	case JSON_STRING: return "string";
	case JSON_INTEGER: return "int";
	case JSON_REAL: return "float64";
	case JSON_TRUE: case JSON_FALSE: return "bool";
	default: return "<nil>";
	}
}

/* An argument that has to be text. */
static int want_text(const struct value *v, struct err *why)
{
	if (json_is_string(v->v))
		return 0;
	return err_set(why, EINVAL, "wrong type for value; expected string; got %s", type_name(v));
}

/* --- comparing --- */

/* <0, 0, >0; or INT32_MIN when the two cannot be compared. */
enum { CANNOT = INT32_MIN };

static int compare(const struct value *a, const struct value *b)
{
	if (json_is_integer(a->v) && json_is_integer(b->v)) {
		json_int_t x = json_integer_value(a->v), y = json_integer_value(b->v);

		return (x > y) - (x < y);
	}
	if (json_is_real(a->v) && json_is_real(b->v)) {
		double x = json_real_value(a->v), y = json_real_value(b->v);

		return (x > y) - (x < y);
	}
	if (json_is_string(a->v) && json_is_string(b->v)) {
		size_t n = json_string_length(a->v), m = json_string_length(b->v);
		int c = memcmp(json_string_value(a->v), json_string_value(b->v), n < m ? n : m);

		return c ? (c > 0) - (c < 0) : (n > m) - (n < m);
	}
	if (json_is_boolean(a->v) && json_is_boolean(b->v))
		return json_is_true(a->v) - json_is_true(b->v);
	return CANNOT;
}

static int not_comparable(struct exec *x, const struct value *v, struct err *why)
{
	auto_str struct str b = STR_INIT;

	value_print(x, v, true, &b);
	return err_set(why, EINVAL, "non-comparable type %.200s: %s", b.s, type_name(v));
}

static int fn_eq(struct exec *x, int argc, const struct value *argv, struct value *out,
		 struct err *why)
{
	bool same = false;

	for (int i = 0; i < argc; i++) {
		if (json_is_array(argv[i].v) || json_is_object(argv[i].v))
			return not_comparable(x, &argv[i], why);
	}
	for (int i = 1; i < argc && !same; i++) {
		int c = compare(&argv[0], &argv[i]);

		if (c == CANNOT && !is_null(&argv[0]) && !is_null(&argv[i]))
			return err_set(why, EINVAL, "incompatible types for comparison");
		same = c == 0 || (is_null(&argv[0]) && is_null(&argv[i]));
	}
	*out = make_bool(x, same);
	return 0;
}

static int fn_ne(struct exec *x, int argc, const struct value *argv, struct value *out,
		 struct err *why)
{
	if (fn_eq(x, argc, argv, out, why) < 0)
		return -EINVAL;
	*out = make_bool(x, !json_is_true(out->v));
	return 0;
}

static int order(const struct value *argv, int *c, struct err *why)
{
	*c = compare(&argv[0], &argv[1]);
	if (*c == CANNOT && !is_null(&argv[0]) && !is_null(&argv[1]) &&
	    json_typeof(argv[0].v) != json_typeof(argv[1].v))
		return err_set(why, EINVAL, "incompatible types for comparison");
	if (*c == CANNOT || json_is_boolean(argv[0].v))
		return err_set(why, EINVAL, "invalid type for comparison");
	return 0;
}

#define ORDER(name, op) \
	static int name(struct exec *x, int argc, const struct value *argv, struct value *out, \
			struct err *why) \
	{ \
		int c; \
		(void)argc; \
		if (order(argv, &c, why) < 0) \
			return -EINVAL; \
		*out = make_bool(x, c op 0); \
		return 0; \
	}
ORDER(fn_lt, <)
ORDER(fn_le, <=)
ORDER(fn_gt, >)
ORDER(fn_ge, >=)

static int fn_not(struct exec *x, int argc, const struct value *argv, struct value *out,
		  struct err *why)
{
	(void)argc, (void)why;
	*out = make_bool(x, !value_true(&argv[0]));
	return 0;
}

/* --- lists and maps --- */

static int index_one(const struct value *in, const struct value *by, struct value *out,
		     struct err *why)
{
	json_int_t i = json_integer_value(by->v);

	if (is_null(in) && !json_is_string(by->v))
		return err_set(why, EINVAL, "index of untyped nil");
	if (is_null(in) || json_is_object(in->v)) {
		if (!json_is_string(by->v))
			return err_set(why, EINVAL, "value has type %s; should be string",
				       type_name(by));
		out->v = json_object_get(in->v, json_string_value(by->v));
		out->key = json_string_value(by->v);
		return 0;
	}
	if (!json_is_array(in->v))
		return err_set(why, EINVAL, "can't index item of type %s", type_name(in));
	if (!json_is_integer(by->v))
		return err_set(why, EINVAL, "cannot index slice/array with type %s", type_name(by));
	if (i < 0 || (uint64_t)i >= json_array_size(in->v))
		return err_set(why, EINVAL, "index out of range: %lld", (long long)i);
	*out = (struct value){ json_array_get(in->v, (size_t)i), "" };
	return 0;
}

/* A key that is not there gives the empty text: that is what a map of texts, the only kind
 * anybody looks into this way, would give. */
static int fn_index(struct exec *x, int argc, const struct value *argv, struct value *out,
		    struct err *why)
{
	struct value v = argv[0];

	for (int i = 1; i < argc; i++) {
		if (index_one(&v, &argv[i], &v, why) < 0)
			return -EINVAL;
	}
	*out = v.v ? v : exec_keep(x, json_string(""));
	return 0;
}

static int fn_len(struct exec *x, int argc, const struct value *argv, struct value *out,
		  struct err *why)
{
	size_t n = 0;

	(void)argc;
	if (json_is_array(argv[0].v))
		n = json_array_size(argv[0].v);
	else if (json_is_object(argv[0].v))
		n = json_object_size(argv[0].v);
	else if (json_is_string(argv[0].v))
		n = json_string_length(argv[0].v);
	else if (!json_is_null(argv[0].v))
		return err_set(why, EINVAL, "len of type %s", type_name(&argv[0]));
	*out = exec_keep(x, json_integer((json_int_t)n));
	return 0;
}

/* Argument `i` as a place in something of `len`; `none` when it was not given. */
static int place(int argc, const struct value *argv, int i, size_t len, size_t none, size_t *out,
		 struct err *why)
{
	json_int_t n;

	*out = none;
	if (i >= argc)
		return 0;
	if (!json_is_integer(argv[i].v))
		return err_set(why, EINVAL, "cannot index slice/array with type %s",
			       type_name(&argv[i]));
	n = json_integer_value(argv[i].v);
	if (n < 0 || (uint64_t)n > len)
		return err_set(why, EINVAL, "index out of range: %lld", (long long)n);
	*out = (size_t)n;
	return 0;
}

static int fn_slice(struct exec *x, int argc, const struct value *argv, struct value *out,
		    struct err *why)
{
	bool text = json_is_string(argv[0].v);
	size_t len = text ? json_string_length(argv[0].v) : json_array_size(argv[0].v), a, b;
	json_t *list;

	if (!text && !json_is_array(argv[0].v))
		return err_set(why, EINVAL, "can't slice item of type %s", type_name(&argv[0]));
	if (place(argc, argv, 1, len, 0, &a, why) < 0 ||
	    place(argc, argv, 2, len, len, &b, why) < 0)
		return -EINVAL;
	if (a > b)
		return err_set(why, EINVAL, "invalid slice index: %zu > %zu", a, b);
	if (text) {
		*out = exec_keep(x, json_stringn_nocheck(json_string_value(argv[0].v) + a, b - a));
		return 0;
	}
	list = json_array();
	for (; a < b; a++)
		json_array_append(list, json_array_get(argv[0].v, a));
	*out = exec_keep(x, list);
	return 0;
}

/* --- Docker's own --- */

/* A heading stays as it is. */
static bool is_heading(const struct exec *x, const struct value *argv, struct value *out)
{
	bool yes = x->names && x->names->header;

	if (yes)
		*out = argv[0];
	return yes;
}

static int fn_json(struct exec *x, int argc, const struct value *argv, struct value *out,
		   struct err *why)
{
	auto_str struct str b = STR_INIT;

	(void)argc, (void)why;
	if (is_heading(x, argv, out))
		return 0;
	if (argv[0].v)
		json_print(argv[0].v, JSON_PLAIN, &b);
	else
		str_puts(&b, "null");
	*out = make_text(x, &b);
	return 0;
}

static int fn_join(struct exec *x, int argc, const struct value *argv, struct value *out,
		   struct err *why)
{
	auto_str struct str b = STR_INIT;

	(void)argc;
	if (is_heading(x, argv, out))
		return 0;
	if (!json_is_array(argv[0].v) && !is_null(&argv[0]))
		return err_set(why, EINVAL, "wrong type for value; expected []string; got %s",
			       type_name(&argv[0]));
	if (want_text(&argv[1], why) < 0)
		return -EINVAL;
	for (size_t i = 0; i < json_array_size(argv[0].v); i++) {
		const struct value item = { json_array_get(argv[0].v, i), "" };

		if (i)
			str_add(&b, json_string_value(argv[1].v), json_string_length(argv[1].v));
		value_print(x, &item, false, &b);
	}
	*out = make_text(x, &b);
	return 0;
}

static int fn_split(struct exec *x, int argc, const struct value *argv, struct value *out,
		    struct err *why)
{
	json_t *list;
	const char *s, *sep, *end, *at;
	size_t n;

	(void)argc;
	if (is_heading(x, argv, out))
		return 0;
	if (want_text(&argv[0], why) < 0 || want_text(&argv[1], why) < 0)
		return -EINVAL;
	s = json_string_value(argv[0].v);
	end = s + json_string_length(argv[0].v);
	sep = json_string_value(argv[1].v);
	n = json_string_length(argv[1].v);
	list = json_array();
	while ((at = n ? memmem(s, end - s, sep, n) : s + 1 < end ? s + 1 : NULL)) {
		json_array_append_new(list, json_stringn_nocheck(s, at - s));
		s = at + n;
	}
	if (n || s < end)
		json_array_append_new(list, json_stringn_nocheck(s, end - s));
	*out = exec_keep(x, list);
	return 0;
}

/* Only the letters of ASCII have two cases here. */
static char to_upper(char c)
{
	return c >= 'a' && c <= 'z' ? c - 32 : c;
}

static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static bool is_letter(char c)
{
	return to_lower(c) != c || to_upper(c) != c || (c >= '0' && c <= '9') || c == '_' ||
	       c & 0x80 || c == '\'';
}

enum letters { UPPER, LOWER, TITLE };

static int change(struct exec *x, const struct value *v, enum letters how, struct value *out,
		  struct err *why)
{
	auto_str struct str b = STR_INIT;
	char before = ' ';

	if (is_heading(x, v, out))
		return 0;
	if (want_text(v, why) < 0)
		return -EINVAL;
	str_add(&b, json_string_value(v->v), json_string_length(v->v));
	for (size_t i = 0; i < b.len; i++) {
		char c = b.s[i];

		if (how == LOWER)
			b.s[i] = to_lower(c);
		else if (how == UPPER || !is_letter(before))
			b.s[i] = to_upper(c);
		before = c;
	}
	*out = make_text(x, &b);
	return 0;
}

static int fn_upper(struct exec *x, int argc, const struct value *argv, struct value *out,
		    struct err *why)
{
	(void)argc;
	return change(x, argv, UPPER, out, why);
}

static int fn_lower(struct exec *x, int argc, const struct value *argv, struct value *out,
		    struct err *why)
{
	(void)argc;
	return change(x, argv, LOWER, out, why);
}

static int fn_title(struct exec *x, int argc, const struct value *argv, struct value *out,
		    struct err *why)
{
	(void)argc;
	return change(x, argv, TITLE, out, why);
}

static int fn_pad(struct exec *x, int argc, const struct value *argv, struct value *out,
		  struct err *why)
{
	auto_str struct str b = STR_INIT;
	json_int_t before = json_integer_value(argv[1].v), after = json_integer_value(argv[2].v);

	(void)argc;
	if (want_text(&argv[0], why) < 0)
		return -EINVAL;
	if (before < 0 || before > TEMPLATE_WIDTH_MAX || after < 0 || after > TEMPLATE_WIDTH_MAX)
		return err_set(why, EINVAL, "padding must be from 0 to %d", TEMPLATE_WIDTH_MAX);
	if (json_string_length(argv[0].v)) {
		str_addf(&b, "%*s", (int)before, "");
		str_add(&b, json_string_value(argv[0].v), json_string_length(argv[0].v));
		str_addf(&b, "%*s", (int)after, "");
	}
	*out = make_text(x, &b);
	return 0;
}

static int fn_truncate(struct exec *x, int argc, const struct value *argv, struct value *out,
		       struct err *why)
{
	json_int_t n = json_integer_value(argv[1].v);
	size_t len = json_string_length(argv[0].v);

	(void)argc;
	if (is_heading(x, argv, out))
		return 0;
	if (want_text(&argv[0], why) < 0)
		return -EINVAL;
	if (n >= 0 && (uint64_t)n < len)
		len = (size_t)n;
	*out = exec_keep(x, json_stringn_nocheck(json_string_value(argv[0].v), len));
	return 0;
}

/* --- printing --- */

static int fn_print(struct exec *x, int argc, const struct value *argv, struct value *out,
		    struct err *why)
{
	auto_str struct str b = STR_INIT;

	(void)why;
	template_print(x, argc, argv, false, &b);
	*out = make_text(x, &b);
	return 0;
}

static int fn_println(struct exec *x, int argc, const struct value *argv, struct value *out,
		      struct err *why)
{
	auto_str struct str b = STR_INIT;

	(void)why;
	template_print(x, argc, argv, true, &b);
	*out = make_text(x, &b);
	return 0;
}

static int fn_printf(struct exec *x, int argc, const struct value *argv, struct value *out,
		     struct err *why)
{
	auto_str struct str b = STR_INIT;

	if (want_text(&argv[0], why) < 0)
		return -EINVAL;
	template_printf(x, json_string_value(argv[0].v), json_string_length(argv[0].v), argc - 1,
			argv + 1, &b);
	*out = make_text(x, &b);
	return 0;
}

/* fn NULL: the evaluator does it, for the arguments are not all looked at. */
const struct template_fn_row *template_fn_find(const char *name)
{
	static const struct template_fn_row table[] = {
		{ "and", NULL, 1, -1 }, { "or", NULL, 1, -1 }, { "not", fn_not, 1, 1 },
		{ "eq", fn_eq, 2, -1 }, { "ne", fn_ne, 2, 2 }, { "lt", fn_lt, 2, 2 },
		{ "le", fn_le, 2, 2 }, { "gt", fn_gt, 2, 2 }, { "ge", fn_ge, 2, 2 },
		{ "index", fn_index, 1, -1 }, { "slice", fn_slice, 1, 3 }, { "len", fn_len, 1, 1 },
		{ "print", fn_print, 0, -1 }, { "printf", fn_printf, 1, -1 },
		{ "println", fn_println, 0, -1 }, { "json", fn_json, 1, 1 },
		{ "join", fn_join, 2, 2 }, { "split", fn_split, 2, 2 }, { "upper", fn_upper, 1, 1 },
		{ "lower", fn_lower, 1, 1 }, { "title", fn_title, 1, 1 }, { "pad", fn_pad, 3, 3 },
		{ "truncate", fn_truncate, 2, 2 },
	};

	for (size_t i = 0; i < countof(table); i++) {
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	}
	return NULL;
}
