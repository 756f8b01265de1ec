// SPDX-License-Identifier: MIT
/* template_tree.h - a parsed template, between the parser and the evaluator.
 *
 * Everything lives in the arena given to template_parse; texts are slices of the source. */
#pragma once

#include "core/fmt/template.h"

struct slice {
	const char *s;
	size_t len;
};

enum operand_type {
	OPERAND_DOT, OPERAND_FIELD, OPERAND_VAR, OPERAND_FN, OPERAND_BOOL, OPERAND_NIL, OPERAND_INT,
	OPERAND_REAL, OPERAND_TEXT, OPERAND_PIPE,
};

/* One word of a command, with the fields taken of it: $x.A.B, (…).A */
struct operand {
	struct operand *next;
	enum operand_type type;
	struct slice src;	/* as written, for errors */
	size_t at;		/* where an error about its fields points */
	const char *name;	/* of VAR (with $) and FN */
	struct strv fields;
	int64_t i;		/* BOOL, INT */
	double d;		/* REAL */
	struct slice text;	/* TEXT, unquoted */
	struct pipe *pipe;	/* PIPE */
};

struct command {
	struct command *next;
	struct operand *args;	/* one at least */
	struct slice src;
};

struct pipe {
	const char *vars[2];	/* declared or assigned; NULL: none */
	bool assign;		/* = and not := */
	struct command *cmds;	/* one at least */
};

enum node_type {
	NODE_TEXT, NODE_ACTION, NODE_IF, NODE_WITH, NODE_RANGE, NODE_BREAK, NODE_CONTINUE,
};

struct node {
	struct node *next;
	enum node_type type;
	struct slice text;	/* TEXT */
	struct pipe *pipe;
	struct node *list, *other;	/* IF, WITH, RANGE: what is done, and {{else}} */
};

struct template {
	const char *src;
	struct node *list;
};

/* A value on its way: a JSON value, or NULL for none, and the key it was found under. */
struct value {
	json_t *v;		/* borrowed */
	const char *key;	/* "" for none */
};

/* One execution. */
struct exec {
	const struct template *t;
	const struct template_names *names;
	json_t *made;		/* owned; an array that keeps the values functions made */
	struct {
		const char *name;
		struct value v;
	} vars[TEMPLATE_VARS_MAX];
	int nvars;
	int steps;
	size_t kept;		/* about how many bytes `made` holds */
	struct str *out;
	struct err *e;
};

/* The two behind template_parse and template_execute: built with TEMPLATE, and always. */
int template_full_parse(const char *text, const struct template **out, struct arena *mem,
			struct err *e);
int template_full_execute(const struct template *t, json_t *data,
			  const struct template_names *names, struct str *out, struct err *e);
int template_plain_parse(const char *text, const struct template **out, struct arena *mem,
			 struct err *e);
int template_plain_execute(const struct template *t, json_t *data, struct str *out, struct err *e);

/* Keep a new value until the execution ends. Takes v over. */
struct value exec_keep(struct exec *x, json_t *v);

/* Is the object found here a map (and not a struct)? */
bool value_is_map(const struct exec *x, const struct value *v);
bool value_true(const struct value *v);

/* Append as Go's %v does. top: the value is printed for itself, not inside a list. */
void value_print(const struct exec *x, const struct value *v, bool top, struct str *out);

/* A function: argv[0..argc) to *out. 0, or -EINVAL with the reason in why. */
typedef int template_fn(struct exec *x, int argc, const struct value *argv, struct value *out,
			struct err *why);

struct template_fn_row {
	const char *name;
	template_fn *fn;
	int min, max;		/* arguments; max -1: any number */
};

const struct template_fn_row *template_fn_find(const char *name);

/* Go's Sprintf; limits as in template.h. */
void template_printf(const struct exec *x, const char *fmt, size_t len, int argc,
		     const struct value *argv, struct str *out);
/* Go's Sprint, and with `line` Sprintln. */
void template_print(const struct exec *x, int argc, const struct value *argv, bool line,
		    struct str *out);
