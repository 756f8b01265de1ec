// SPDX-License-Identifier: MIT
/* template_exec.c - the evaluator. */
#include <stdarg.h>
#include <stdio.h>

#include "core/base/text.h"
#include "core/fmt/template_tree.h"

enum { ARGS_MAX = 32, RC_BREAK = 1, RC_CONTINUE = 2 };

struct value exec_keep(struct exec *x, json_t *v)
{
	json_array_append_new(x->made, v);
	x->kept += sizeof(json_t) + json_string_length(v) + sizeof(v) * json_array_size(v);
	return (struct value){ v, "" };
}

static bool too_much(struct exec *x)
{
	return ++x->steps > TEMPLATE_STEPS_MAX || x->out->len > TEMPLATE_OUT_MAX ||
	       x->kept > TEMPLATE_OUT_MAX;
}

/* "template: :LINE:COLUMN: executing "" at <source>: reason" */
static int fail(struct exec *x, size_t at, struct slice src, const char *fmt, ...) PRINTF(4, 5);

static int fail(struct exec *x, size_t at, struct slice src, const char *fmt, ...)
{
	struct err why;
	va_list ap;
	size_t line = 1, col = at;

	va_start(ap, fmt);
	vsnprintf(why.msg, sizeof(why.msg), fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < at; i++) {
		if (x->t->src[i] == '\n') {
			line++;
			col = at - i - 1;
		}
	}
	return err_set(x->e, EINVAL, "template: :%zu:%zu: executing \"\" at <%.*s>: %s", line, col,
		       (int)(src.len > 200 ? 200 : src.len), src.s, why.msg);
}

static int fail_cmd(struct exec *x, const struct command *c, const char *why)
{
	return fail(x, c->src.s - x->t->src, c->src, "%s", why);
}

static bool listed(const char *const *names, const char *key)
{
	for (; names && *names; names++) {
		if (strcmp(*names, key) == 0)
			return true;
	}
	return false;
}

bool value_is_map(const struct exec *x, const struct value *v)
{
	return !x->names || listed(x->names->maps, v->key);
}

static bool optional(const struct exec *x, const char *key)
{
	return x->names && listed(x->names->optional, key);
}

bool value_true(const struct value *v)
{
	switch (v->v ? json_typeof(v->v) : JSON_NULL) {
	case JSON_OBJECT:
		return json_object_size(v->v) > 0;
	case JSON_ARRAY:
		return json_array_size(v->v) > 0;
	case JSON_STRING:
		return json_string_length(v->v) > 0;
	case JSON_INTEGER:
		return json_integer_value(v->v) != 0;
	case JSON_REAL:
		return json_real_value(v->v) != 0;
	default:
		return json_is_true(v->v);
	}
}

/* --- printing --- */

/* The keys of an object in byte order; the caller frees the array. */
static const char **sorted_keys(json_t *obj);

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char **sorted_keys(json_t *obj)
{
	const char **keys = malloc((json_object_size(obj) + 1) * sizeof(*keys)), *k;
	size_t n = 0;
	json_t *v;

	if (!keys)
		abort();
	json_object_foreach(obj, k, v)
		keys[n++] = k;
	keys[n] = NULL;
	qsort(keys, n, sizeof(*keys), by_bytes);
	return keys;
}

static void print_map(const struct exec *x, json_t *obj, struct str *out)
{
	auto_free const char **keys = sorted_keys(obj);

	str_puts(out, "map[");
	for (size_t i = 0; keys[i]; i++) {
		const struct value item = { json_object_get(obj, keys[i]), keys[i] };

		str_addf(out, "%s%s:", i ? " " : "", keys[i]);
		value_print(x, &item, false, out);
	}
	str_puts(out, "]");
}

static void print_struct(const struct exec *x, json_t *obj, struct str *out)
{
	const char *k, *gap = "";
	json_t *v;

	str_puts(out, "{");
	json_object_foreach(obj, k, v) {
		const struct value item = { v, k };

		str_puts(out, gap);
		value_print(x, &item, false, out);
		gap = " ";
	}
	str_puts(out, "}");
}

static void print_list(const struct exec *x, json_t *list, struct str *out)
{
	str_puts(out, "[");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const struct value item = { json_array_get(list, i), "" };

		if (i)
			str_puts(out, " ");
		value_print(x, &item, false, out);
	}
	str_puts(out, "]");
}

/* The fewest digits that read back the same; exponents as Go writes them. */
static void print_real(double d, struct str *out)
{
	char b[40];

	for (int n = 1; n <= 17; n++) {
		snprintf(b, sizeof(b), "%.*g", n, d);
		if (strtod(b, NULL) == d)
			break;
	}
	str_puts(out, b);
}

void value_print(const struct exec *x, const struct value *v, bool top, struct str *out)
{
	if (!v->v) {
		str_puts(out, top ? "<no value>" : "<nil>");
		return;
	}
	switch (json_typeof(v->v)) {
	case JSON_OBJECT:
		if (value_is_map(x, v))
			print_map(x, v->v, out);
		else
			print_struct(x, v->v, out);
		break;
	case JSON_ARRAY:
		print_list(x, v->v, out);
		break;
	case JSON_STRING:
		str_add(out, json_string_value(v->v), json_string_length(v->v));
		break;
	case JSON_INTEGER:
		str_addf(out, "%lld", (long long)json_integer_value(v->v));
		break;
	case JSON_REAL:
		print_real(json_real_value(v->v), out);
		break;
	case JSON_TRUE: case JSON_FALSE:
		str_puts(out, json_is_true(v->v) ? "true" : "false");
		break;
	case JSON_NULL:
		if (x->names && listed(x->names->maps, v->key))
			str_puts(out, "map[]");
		else if (x->names && listed(x->names->lists, v->key))
			str_puts(out, "[]");
		else
			str_puts(out, "<nil>");
	}
}

/* --- operands --- */

static int field(struct exec *x, const struct operand *o, const char *name, struct value *v)
{
	static const char *const kinds[] = {
		[JSON_ARRAY] = "slice", [JSON_STRING] = "string", [JSON_INTEGER] = "int",
		[JSON_REAL] = "float64", [JSON_TRUE] = "bool", [JSON_FALSE] = "bool",
	};
	json_t *next;

	if (!v->v)
		return fail(x, o->at, o->src, "nil data; no entry for key \"%s\"", name);
	if (json_is_null(v->v)) {
		if (x->names && value_is_map(x, v)) {	/* an empty map: nothing under any key */
			*v = (struct value){ NULL, "" };
			return 0;
		}
		if (optional(x, v->key))
			return fail(x, o->at, o->src, "map has no entry for key \"%s\"", v->key);
		return fail(x, o->at, o->src, "nil pointer evaluating interface {}.%s", name);
	}
	if (!json_is_object(v->v))
		return fail(x, o->at, o->src, "can't evaluate field %s in type %s", name,
			    kinds[json_typeof(v->v)]);
	next = json_object_get(v->v, name);
	if (!next && !value_is_map(x, v) && optional(x, name))
		next = exec_keep(x, json_null()).v;
	if (!next && !value_is_map(x, v) && x->names->type)
		return fail(x, o->at, o->src, "can't evaluate field %s in type %s", name,
			    x->names->type);
	if (!next && !value_is_map(x, v))
		return fail(x, o->at, o->src, "map has no entry for key \"%s\"", name);
	*v = (struct value){ next, name };
	return 0;
}

static int pipe_value(struct exec *x, const struct pipe *pipe, struct value dot, struct value *out);

static struct value variable(const struct exec *x, const char *name)
{
	for (int i = x->nvars; i-- > 0; ) {
		if (strcmp(x->vars[i].name, name) == 0)
			return x->vars[i].v;
	}
	return (struct value){ NULL, "" };
}

/* What a word is worth; functions are not called here. */
static int operand_value(struct exec *x, const struct operand *o, struct value dot,
			 struct value *out)
{
	switch (o->type) {
	case OPERAND_DOT: case OPERAND_FIELD:
		*out = dot;
		break;
	case OPERAND_VAR:
		*out = variable(x, o->name);
		break;
	case OPERAND_BOOL:
		*out = exec_keep(x, json_boolean(o->i));
		break;
	case OPERAND_NIL:
		*out = exec_keep(x, json_null());
		break;
	case OPERAND_INT:
		*out = exec_keep(x, json_integer(o->i));
		break;
	case OPERAND_REAL:
		*out = exec_keep(x, json_real(o->d));
		break;
	case OPERAND_TEXT:
		*out = exec_keep(x, json_stringn_nocheck(o->text.s, o->text.len));
		break;
	case OPERAND_PIPE:
		if (pipe_value(x, o->pipe, dot, out) < 0)
			return -EINVAL;
		break;
	case OPERAND_FN:
		return -EINVAL;
	}
	for (size_t i = 0; i < o->fields.n; i++) {
		if (field(x, o, o->fields.v[i], out) < 0)
			return -EINVAL;
	}
	return 0;
}

/* --- commands --- */

static int wrong_count(struct exec *x, const struct operand *fn, const struct template_fn_row *f,
		       int n)
{
	return fail(x, fn->src.s - x->t->src, fn->src,
		    "wrong number of args for %s: want %s%d got %d", f->name,
		    f->max < 0 ? "at least " : "", f->min, n);
}

static int call(struct exec *x, const struct command *c, struct value dot,
		const struct value *piped, struct value *out);

/* A word as an argument: a function's name is a call without arguments. */
static int argument(struct exec *x, const struct operand *o, struct value dot, struct value *out)
{
	struct operand alone = *o;
	struct command c = { .args = &alone, .src = o->src };

	if (o->type != OPERAND_FN)
		return operand_value(x, o, dot, out);
	alone.next = NULL;
	return call(x, &c, dot, NULL, out);
}

/* "and" and "or" look at no more arguments than they need. */
static int call_logic(struct exec *x, const struct command *c, struct value dot,
		      const struct value *piped, bool stop_at, struct value *out)
{
	for (const struct operand *o = c->args->next; o; o = o->next) {
		if (argument(x, o, dot, out) < 0)
			return -EINVAL;
		if (value_true(out) == stop_at)
			return 0;
	}
	if (piped)
		*out = *piped;
	return 0;
}

static int call(struct exec *x, const struct command *c, struct value dot,
		const struct value *piped, struct value *out)
{
	const struct template_fn_row *f = template_fn_find(c->args->name);
	struct value argv[ARGS_MAX];
	struct err why = { 0 };
	int argc = 0, n = piped != NULL;

	for (const struct operand *o = c->args->next; o; o = o->next)
		n++;
	if (n < f->min || (f->max >= 0 && n > f->max))
		return wrong_count(x, c->args, f, n);
	if (n > ARGS_MAX)
		return fail_cmd(x, c, "too many arguments");
	if (!f->fn)
		return call_logic(x, c, dot, piped, strcmp(f->name, "or") == 0, out);
	for (const struct operand *o = c->args->next; o; o = o->next) {
		if (argument(x, o, dot, &argv[argc++]) < 0)
			return -EINVAL;
	}
	if (piped)
		argv[argc++] = *piped;
	if (f->fn(x, argc, argv, out, &why) < 0)
		return fail(x, c->src.s - x->t->src, c->src, "error calling %s: %s", f->name,
			    why.msg);
	return 0;
}

/* {{.Label "key"}}. 1 when it is one. */
static int method(struct exec *x, const struct operand *o, struct value dot,
		  const struct value *piped, struct value *out)
{
	struct value held, arg;
	json_t *v;

	if (o->type != OPERAND_FIELD || (o->next != NULL) == (piped != NULL) ||
	    (o->next && o->next->next))
		return 0;
	if (operand_value(x, o, dot, &held) < 0)
		return -EINVAL;
	if (!json_is_object(held.v) && !json_is_true(held.v))
		return 0;
	arg = piped ? *piped : held;
	if (o->next && argument(x, o->next, dot, &arg) < 0)
		return -EINVAL;
	if (!json_is_string(arg.v))
		return 0;
	v = json_is_true(held.v) ? arg.v : json_object_get(held.v, json_string_value(arg.v));
	*out = v ? (struct value){ v, "" } : exec_keep(x, json_string(""));
	return 1;
}

static int command_value(struct exec *x, const struct command *c, struct value dot,
			 const struct value *piped, struct value *out)
{
	const struct operand *o = c->args;
	size_t at = o->src.s - x->t->src;

	if (too_much(x))
		return err_set(x->e, E2BIG, "template: too much work");
	if (o->type == OPERAND_FN)
		return call(x, c, dot, piped, out);
	if (o->type == OPERAND_NIL)
		return fail(x, at, o->src, "nil is not a command");
	if (o->next || piped) {
		int rc = method(x, o, dot, piped, out);

		if (rc)
			return rc < 0 ? rc : 0;
		if (o->type == OPERAND_FIELD)
			return fail(x, o->at, o->src, "%s is not a method but has arguments",
				    o->fields.v[o->fields.n - 1]);
		return fail(x, at, o->src, "can't give argument to non-function %.*s",
			    (int)o->src.len, o->src.s);
	}
	return operand_value(x, o, dot, out);
}

static int push_var(struct exec *x, const char *name, struct value v)
{
	if (x->nvars == TEMPLATE_VARS_MAX)
		return err_set(x->e, E2BIG, "template: more than %d variables", TEMPLATE_VARS_MAX);
	x->vars[x->nvars].name = name;
	x->vars[x->nvars++].v = v;
	return 0;
}

static int set_vars(struct exec *x, const struct pipe *pipe, struct value v)
{
	if (!pipe->vars[0])
		return 0;
	if (!pipe->assign)
		return push_var(x, pipe->vars[0], v);
	for (int i = x->nvars; i-- > 0; ) {
		if (strcmp(x->vars[i].name, pipe->vars[0]) == 0) {
			x->vars[i].v = v;
			break;
		}
	}
	return 0;
}

static int pipe_value(struct exec *x, const struct pipe *pipe, struct value dot, struct value *out)
{
	const struct value *piped = NULL;
	struct value v = { NULL, "" }, last;

	for (const struct command *c = pipe->cmds; c; c = c->next) {
		if (command_value(x, c, dot, piped, &v) < 0)
			return -x->e->code;
		last = v;
		piped = &last;
	}
	*out = v;
	return 0;
}

/* --- nodes --- */

static int list_run(struct exec *x, const struct node *n, struct value dot);

static int run_scope(struct exec *x, const struct node *list, struct value dot)
{
	int mark = x->nvars, rc = list_run(x, list, dot);

	x->nvars = mark;
	return rc;
}

static int action_run(struct exec *x, const struct node *n, struct value dot)
{
	struct value v;
	int rc = pipe_value(x, n->pipe, dot, &v);

	if (rc < 0)
		return rc;
	if (!n->pipe->vars[0]) {
		value_print(x, &v, true, x->out);
		return 0;
	}
	return set_vars(x, n->pipe, v);
}

static int if_run(struct exec *x, const struct node *n, struct value dot)
{
	int mark = x->nvars, rc;
	struct value v;

	rc = pipe_value(x, n->pipe, dot, &v);
	if (rc == 0)
		rc = set_vars(x, n->pipe, v);
	if (rc == 0 && value_true(&v))
		rc = list_run(x, n->list, n->type == NODE_WITH ? v : dot);
	else if (rc == 0)
		rc = list_run(x, n->other, dot);
	x->nvars = mark;
	return rc;
}

/* One turn. 0 to go on, RC_BREAK to stop, or an error. */
static int range_turn(struct exec *x, const struct node *n, struct value key, struct value item)
{
	const char *const *vars = n->pipe->vars;
	int mark = x->nvars, rc = 0;

	if (n->pipe->assign)
		rc = set_vars(x, n->pipe, item);
	else if (vars[1])
		rc = push_var(x, vars[0], key) < 0 ? -E2BIG : push_var(x, vars[1], item);
	else if (vars[0])
		rc = push_var(x, vars[0], item);
	if (rc == 0)
		rc = list_run(x, n->list, item);
	x->nvars = mark;
	return rc == RC_CONTINUE ? 0 : rc;
}

static int range_list(struct exec *x, const struct node *n, json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const struct value item = { json_array_get(list, i), "" };
		int rc = range_turn(x, n, exec_keep(x, json_integer((json_int_t)i)), item);

		if (rc)
			return rc;
	}
	return 0;
}

static int range_map(struct exec *x, const struct node *n, json_t *map)
{
	auto_free const char **keys = sorted_keys(map);

	for (size_t i = 0; keys[i]; i++) {
		const struct value item = { json_object_get(map, keys[i]), keys[i] };
		int rc = range_turn(x, n, exec_keep(x, json_string_nocheck(keys[i])), item);

		if (rc)
			return rc;
	}
	return 0;
}

static int range_run(struct exec *x, const struct node *n, struct value dot)
{
	auto_str struct str b = STR_INIT;
	struct slice src = n->pipe->cmds->src;
	struct value v;
	int rc = pipe_value(x, n->pipe, dot, &v);

	if (rc < 0)
		return rc;
	if (v.v && !json_is_null(v.v) && !json_is_array(v.v) && !json_is_object(v.v)) {
		value_print(x, &v, true, &b);
		return fail(x, src.s - x->t->src, src, "range can't iterate over %.100s", b.s);
	}
	if (!value_true(&v))
		return run_scope(x, n->other, dot);
	rc = json_is_array(v.v) ? range_list(x, n, v.v) : range_map(x, n, v.v);
	return rc == RC_BREAK ? 0 : rc;
}

static int node_run(struct exec *x, const struct node *n, struct value dot)
{
	if (too_much(x))
		return err_set(x->e, E2BIG, "template: too much work");
	switch (n->type) {
	case NODE_TEXT:
		str_add(x->out, n->text.s, n->text.len);
		return 0;
	case NODE_ACTION:
		return action_run(x, n, dot);
	case NODE_IF: case NODE_WITH:
		return if_run(x, n, dot);
	case NODE_RANGE:
		return range_run(x, n, dot);
	case NODE_BREAK:
		return RC_BREAK;
	case NODE_CONTINUE:
		return RC_CONTINUE;
	}
	abort();
}

static int list_run(struct exec *x, const struct node *n, struct value dot)
{
	int rc = 0;

	for (; n && rc == 0; n = n->next)
		rc = node_run(x, n, dot);
	return rc;
}

int template_full_execute(const struct template *t, json_t *data,
			  const struct template_names *names, struct str *out, struct err *e)
{
	struct err mine = { 0 };
	struct exec x = { .t = t, .names = names, .out = out, .e = e ? e : &mine };
	const struct value dot = { data, "" };
	int rc;

	x.made = json_array();
	if (!x.made)
		abort();
	x.vars[0].name = "$";
	x.vars[0].v = dot;
	x.nvars = 1;
	rc = list_run(&x, t->list, dot);
	json_decref(x.made);
	return rc;
}
