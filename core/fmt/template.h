// SPDX-License-Identifier: MIT
/* template.h - the part of Go's text/template that --format is used with.
 *
 *   {{.A.B}}  {{index .L 0}}  {{(index .M "k").V}}  {{.N | printf "%5d"}}  {{$x := .A}}{{$x}}
 *   {{if}} {{else if}} {{else}} {{with}} {{range $k, $v := .M}} {{break}} {{continue}} {{end}}
 *   trim marks {{- -}}, comments, text in "", ``, '', numbers, true, false, nil
 *   and or not  eq ne lt le gt ge  index slice len  print printf println
 *   json join split upper lower title pad truncate      (Docker's own)
 * Not: define, template, block, methods, call, html, js, urlquery.
 *
 * Values are JSON. Go would print a struct where JSON has an object, and knows the type of what
 * is null; `struct template_names` says which keys hold maps and lists, so that the bytes are
 * Docker's: {a b} for a struct, map[k:v] for a map, [] for a list that is null.
 *
 * A method of one argument is a field that holds an object, {{.Label "k"}}: its value under that
 * key, or "". Where it holds true, the argument itself (a heading).
 *
 * What an attacker controls: the values (labels, commands), any bytes; and for an API server the
 * template. Depth, steps and output are limited, nothing is executed and no file is read.
 * Sentences of errors are Docker 20.10's, taken from its output. */
#pragma once

#include "core/fmt/json.h"

enum {
	TEMPLATE_MAX = 64 << 10,	/* bytes of a template */
	TEMPLATE_DEPTH_MAX = 32,	/* of {{if}} in {{if}}, and of parentheses */
	TEMPLATE_VARS_MAX = 64,		/* alive at once */
	TEMPLATE_STEPS_MAX = 4 << 20,	/* nodes executed */
	TEMPLATE_OUT_MAX = 64 << 20,	/* bytes printed */
	TEMPLATE_WIDTH_MAX = 1024,	/* of printf and pad */
};

struct template;

/* Which keys hold what; arrays end in NULL. */
struct template_names {
	const char *const *maps;	/* an object below it is a map, null is an empty one */
	const char *const *lists;	/* null is an empty list */
	const char *const *optional;	/* may be missing from a struct: then it is null */
	const char
		*type; /* what a struct is called in "can't evaluate field X in type T", or NULL */
	bool header;		/* values are headings: json, upper … leave them alone */
};

/* Parse. *out lives in mem and borrows `text`.
 * 0, -EINVAL ("template: :1: unclosed action"), or -E2BIG. */
NODISCARD int template_parse(const char *text, const struct template **out, struct arena *mem,
			     struct err *e);

/* Append what the template makes of `data`. names may be NULL: every object is a map.
 * 0, -EINVAL ("template: :1:2: executing \"\" at <.X>: …"), or -E2BIG; on failure what was
 * appended so far stays, as with Docker. */
NODISCARD int template_execute(const struct template *t, json_t *data,
			       const struct template_names *names, struct str *out, struct err *e);
