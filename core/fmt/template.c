// SPDX-License-Identifier: MIT
/* template.c - the parser.
 *
 * config TEMPLATE
 *	bool "templates: all of Go's in --format"
 *	default y
 *	help
 *	  Without it --format knows {{.Field}}, {{.A.B}} and {{json .Field}}.
 */
#include "core/fmt/template.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/base/num.h"
#include "core/base/text.h"
#include "core/fmt/template_tree.h"

struct parser {
	const char *src, *p;	/* p: the next byte */
	struct arena *mem;
	struct err *e;
	const char *vars[TEMPLATE_VARS_MAX];
	int nvars, depth, ranges;
	size_t words;		/* operands so far */
	bool trim;		/* the text that follows loses its leading blanks */
};

/* How a list of nodes ended. */
enum list_end { END_EOF, END_END, END_ELSE };

static int fail(struct parser *p, const char *fmt, ...) PRINTF(2, 3);

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool word_char(char c)
{
	return c == '_' || digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z') || (c & 0x80);
}

static int fail(struct parser *p, const char *fmt, ...)
{
	struct err why;
	va_list ap;
	int line = 1;

	va_start(ap, fmt);
	vsnprintf(why.msg, sizeof(why.msg), fmt, ap);
	va_end(ap);
	for (const char *s = p->src; s < p->p && *s; s++)
		line += *s == '\n';
	return err_set(p->e, EINVAL, "template: :%d: %s", line, why.msg);
}

/* --- inside an action: words --- */

static void skip_blanks(struct parser *p)
{
	while (blank(*p->p))
		p->p++;
}

/* }} or its trimming form, with the blank before it. */
static bool at_close(const struct parser *p)
{
	const char *s = p->p;

	if (blank(*s)) {
		while (blank(*s))
			s++;
		if (s[0] == '-' && s[1] == '}' && s[2] == '}')
			return true;
	}
	return s[0] == '}' && s[1] == '}';
}

static void take_close(struct parser *p)
{
	skip_blanks(p);
	p->trim = *p->p == '-';
	p->p += p->trim ? 3 : 2;
}

static int bad_character(struct parser *p, const char *what)
{
	auto_str struct str b = STR_INIT;
	int32_t r;
	size_t n = text_rune(p->p, strlen(p->p), &r);

	text_quote(&b, p->p, n);
	b.s[b.len - 1] = 0;
	return fail(p, "%s U+%04X '%s'", what, (unsigned)(r < 0 ? 0xfffd : r), b.s + 1);
}

/* A name must be followed by something that can follow a name. */
static int check_terminator(struct parser *p)
{
	if (!*p->p || blank(*p->p) || strchr(".,|:)(=", *p->p) || at_close(p))
		return 0;
	return bad_character(p, "bad character");
}

static const char *take_name(struct parser *p, const char *from)
{
	while (word_char(*p->p))
		p->p++;
	return strv_dup(from, p->p - from, p->mem);
}

static bool name_is(const char *s, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(s, word, len) == 0;
}

/* One character of a quoted text: escapes undone. -1 on a malformed escape. */
static int unquote_one(const char **s, struct str *out)
{
	static const char named[] = "abtnvfr\\'\"", plain[] = "\a\b\t\n\v\f\r\\'\"";
	const char *c = strchr(named, (*s)[1]);
	int digits = (*s)[1] == 'x' ? 2 : (*s)[1] == 'u' ? 4 : (*s)[1] == 'U' ? 8 : 0;
	uint32_t r = 0;

	if (!(*s)[1])
		return -1;
	if (c) {
		str_add(out, plain + (c - named), 1);
		*s += 2;
		return 0;
	}
	if (digits) {
		*s += 2;
		for (int i = 0; i < digits; i++, (*s)++) {
			char h = **s | 32;
			int d = digit(**s) ? **s - '0' : h >= 'a' && h <= 'f' ? h - 'a' + 10 : -1;

			if (d < 0)
				return -1;
			r = r << 4 | (uint32_t)d;
		}
	} else {	/* \012 */
		for (int i = 1; i < 4; i++) {
			if ((*s)[i] < '0' || (*s)[i] > '7')
				return -1;
			r = r << 3 | (uint32_t)((*s)[i] - '0');
		}
		*s += 4;
		digits = 2;
	}
	if (digits == 2) {
		char byte = (char)r;

		if (r > 255)
			return -1;
		str_add(out, &byte, 1);
	} else if (r > 0x10ffff) {
		return -1;
	} else {
		text_put_rune(out, (int32_t)r);
	}
	return 0;
}

/* "…" or '…': p->p is at the quote. */
static int take_quoted(struct parser *p, struct operand *o)
{
	auto_str struct str b = STR_INIT;
	char quote = *p->p;
	const char *what = quote == '"' ? "unterminated quoted string" :
					  "unterminated character constant";
	const char *start = p->p;
	int32_t r;

	for (p->p++; *p->p != quote; ) {
		if (!*p->p || *p->p == '\n')
			return fail(p, "%s", what);
		if (*p->p != '\\') {
			str_add(&b, p->p++, 1);
		} else if (unquote_one(&p->p, &b) < 0) {
			return fail(p, "%s", p->p[0] && p->p[1] ? "invalid syntax" : what);
		}
	}
	p->p++;
	o->type = OPERAND_TEXT;
	o->text = (struct slice){ strv_dup(b.s, b.len, p->mem), b.len };
	if (quote == '"')
		return 0;
	if (!b.len || text_rune(b.s, b.len, &r) != b.len)
		return fail(p, "malformed character constant: %.*s", (int)(p->p - start), start);
	o->type = OPERAND_INT;
	o->i = r;
	return 0;
}

static int take_raw(struct parser *p, struct operand *o)
{
	const char *end = strchr(p->p + 1, '`');

	if (!end)
		return fail(p, "unterminated raw quoted string");
	o->type = OPERAND_TEXT;
	o->text = (struct slice){ p->p + 1, (size_t)(end - p->p - 1) };
	p->p = end + 1;
	return 0;
}

static int take_number(struct parser *p, struct operand *o)
{
	const char *start = p->p, *text;
	char *end;

	p->p += *p->p == '-' || *p->p == '+';
	while (word_char(*p->p) || *p->p == '.' ||
	       ((*p->p == '-' || *p->p == '+') && (p->p[-1] | 32) == 'e' && !strchr(start, 'x')))
		p->p++;
	text = strv_dup(start, p->p - start, p->mem);
	o->type = OPERAND_INT;
	if (num_int(text, &o->i, NULL) == 0)
		return 0;
	o->type = OPERAND_REAL;
	o->d = strtod(text, &end);
	if (*end || end == text || strpbrk(text, "xXnN_"))
		return fail(p, "bad number syntax: \"%s\"", text);
	if (o->d > -9e15 && o->d < 9e15 && o->d == (double)(int64_t)o->d) {
		o->type = OPERAND_INT;	/* an ideal constant: 1e3 counts as an integer too */
		o->i = (int64_t)o->d;
	}
	return 0;
}

static int take_variable(struct parser *p, struct operand *o)
{
	const char *start = p->p++;
	int i;

	o->type = OPERAND_VAR;
	o->name = take_name(p, start);
	for (i = p->nvars; i-- > 0; ) {
		if (strcmp(p->vars[i], o->name) == 0)
			break;
	}
	if (i < 0 && o->name[1])
		return fail(p, "undefined variable \"%s\"", o->name);
	return check_terminator(p);
}

static int take_identifier(struct parser *p, struct operand *o)
{
	static const char *const keywords[] = {
		"if", "else", "end", "range", "with", "define", "template", "block", "break",
		"continue",
	};
	const char *start = p->p;
	size_t len;

	o->name = take_name(p, start);
	len = p->p - start;
	if (check_terminator(p) < 0)
		return -EINVAL;
	for (size_t i = 0; i < countof(keywords); i++) {
		if (name_is(start, len, keywords[i]))
			return fail(p, "unexpected <%s> in command", keywords[i]);
	}
	o->type = OPERAND_FN;
	if (name_is(start, len, "true") || name_is(start, len, "false")) {
		o->type = OPERAND_BOOL;
		o->i = *start == 't';
	} else if (name_is(start, len, "nil")) {
		o->type = OPERAND_NIL;
	} else if (!template_fn_find(o->name)) {
		return fail(p, "function \"%s\" not defined", o->name);
	}
	return 0;
}

static int parse_pipe(struct parser *p, const char *what, bool paren, struct pipe **out);

static int take_paren(struct parser *p, struct operand *o)
{
	if (++p->depth > TEMPLATE_DEPTH_MAX)
		return fail(p, "nested more than %d deep", TEMPLATE_DEPTH_MAX);
	p->p++;
	o->type = OPERAND_PIPE;
	if (parse_pipe(p, "parenthesized pipeline", true, &o->pipe) < 0)
		return -EINVAL;
	p->depth--;
	return 0;
}

/* .A.B after what was taken, without a blank. `first`: o is a field itself. */
static int take_fields(struct parser *p, struct operand *o, bool first)
{
	while (*p->p == '.') {
		const char *start = ++p->p, *name;

		if (!word_char(*p->p))
			return first && *p->p == '.' ?
				fail(p, "unexpected . after term \".\"") :
				fail(p, "unexpected <.> in operand");
		name = take_name(p, start);
		strv_add(&o->fields, name, p->mem);
		if (o->fields.n == (first ? 2 : 1))
			o->at = start - 1 - p->src;
		if (check_terminator(p) < 0)
			return -EINVAL;
	}
	return 0;
}

static int parse_dot(struct parser *p, struct operand *o)
{
	if (digit(p->p[1]))
		return take_number(p, o);
	if (word_char(p->p[1])) {
		o->type = OPERAND_FIELD;
		return take_fields(p, o, true);
	}
	o->type = OPERAND_DOT;
	p->p++;
	if (*p->p == '.')
		return fail(p, "unexpected . after term \".\"");
	return check_terminator(p);
}

static int take_term(struct parser *p, struct operand *o)
{
	int rc;

	switch (*p->p) {
	case '.':
		return parse_dot(p, o);
	case '"': case '\'':
		return take_quoted(p, o);
	case '`':
		return take_raw(p, o);
	case '$':
		rc = take_variable(p, o);
		return rc < 0 ? rc : take_fields(p, o, false);
	case '(':
		rc = take_paren(p, o);
		return rc < 0 ? rc : take_fields(p, o, false);
	}
	if (digit(*p->p) || ((*p->p == '-' || *p->p == '+') && (digit(p->p[1]) || p->p[1] == '.')))
		return take_number(p, o);
	if (word_char(*p->p))
		return take_identifier(p, o);
	return bad_character(p, *p->p == '}' ? "bad character" :
					       "unrecognized character in action:");
}

static int parse_operand(struct parser *p, struct operand **out)
{
	struct operand *o = arena_get(p->mem, sizeof(*o));

	o->src.s = p->p;
	o->at = p->p - p->src;
	p->words++;
	if (take_term(p, o) < 0)
		return -EINVAL;
	o->src.len = p->p - o->src.s;
	*out = o;
	return 0;
}

/* Words up to |, ) or the end of the action. */
static int parse_command(struct parser *p, struct command **out)
{
	struct command *c = arena_get(p->mem, sizeof(*c));
	struct operand **tail = &c->args;

	c->src.s = p->p;
	for (;;) {
		if (parse_operand(p, tail) < 0)
			return -EINVAL;
		tail = &(*tail)->next;
		c->src.len = p->p - c->src.s;
		if (at_close(p) || !blank(*p->p))
			break;
		skip_blanks(p);
		if (!*p->p || *p->p == '|' || *p->p == ')' || *p->p == ',' || *p->p == ':' ||
		    *p->p == '=')
			break;
	}
	*out = c;
	return 0;
}

/* "$x :=", "$x =", "$k, $v :=" in front of a pipeline; nothing is taken when there is none. */
static int parse_declaration(struct parser *p, const char *what, struct pipe *pipe)
{
	const char *start = p->p, *name[2] = { NULL, NULL };
	int n = 0;

	while (*p->p == '$' && n < 2) {
		const char *from = p->p++;

		name[n++] = take_name(p, from);
		skip_blanks(p);
		if (*p->p != ',')
			break;
		p->p++;
		skip_blanks(p);
	}
	if (n && p->p[0] == ':' && p->p[1] == '=') {
		p->p += 2;
	} else if (n == 1 && *p->p == '=') {
		p->p++;
		pipe->assign = true;
	} else {
		p->p = start;
		return 0;
	}
	if (n == 2 && strcmp(what, "range") != 0)
		return fail(p, "too many declarations in %s", what);
	pipe->vars[0] = name[0];
	pipe->vars[1] = name[1];
	return 0;
}

/* Make what a pipeline declares known, after the pipeline itself. */
static int declare(struct parser *p, const struct pipe *pipe)
{
	for (int i = 0; i < 2 && pipe->vars[i]; i++) {
		if (pipe->assign) {
			int j = p->nvars;

			while (j-- > 0 && strcmp(p->vars[j], pipe->vars[i]) != 0)
				;
			if (j < 0)
				return fail(p, "undefined variable \"%s\"", pipe->vars[i]);
			continue;
		}
		if (p->nvars == TEMPLATE_VARS_MAX - 1)
			return fail(p, "more than %d variables", TEMPLATE_VARS_MAX - 1);
		p->vars[p->nvars++] = pipe->vars[i];
	}
	return 0;
}

/* The end of a pipeline: 1 it ends here, 0 another command follows, or an error. */
static int pipe_end(struct parser *p, bool paren)
{
	if (at_close(p)) {
		if (paren)
			return fail(p, "unclosed left paren");
		take_close(p);
		return 1;
	}
	skip_blanks(p);
	if (!*p->p)
		return fail(p, paren ? "unclosed left paren" : "unclosed action");
	if (*p->p == '|') {
		p->p++;
		return 0;
	}
	if (*p->p == ')' && paren) {
		p->p++;
		return 1;
	}
	if (*p->p == ')')
		return fail(p, "unexpected \")\" in command");
	return fail(p, "unexpected \"%c\" in operand", *p->p);
}

/* Can a command begin here? An empty one after | is allowed by nobody but Go. */
static bool no_command(struct parser *p)
{
	if (at_close(p))
		return true;
	skip_blanks(p);
	return *p->p == ')';
}

/* what   "if", "range", "command" …, for errors
 * paren  it ends in ) and not in }} */
static int parse_pipe(struct parser *p, const char *what, bool paren, struct pipe **out)
{
	struct pipe *pipe = arena_get(p->mem, sizeof(*pipe));
	struct command **tail = &pipe->cmds;
	int rc = 0;

	skip_blanks(p);
	if (parse_declaration(p, what, pipe) < 0)
		return -EINVAL;
	while (rc == 0) {
		if (no_command(p)) {
			if (!pipe->cmds)
				return fail(p, "missing value for %s", what);
		} else if (*p->p == '|') {
			return fail(p, "unexpected \"|\" in command");
		} else if (!*p->p) {
			return fail(p, "unclosed action");
		} else {
			if (parse_command(p, tail) < 0)
				return -EINVAL;
			if (tail != &pipe->cmds && (*tail)->args->type >= OPERAND_BOOL &&
			    (*tail)->args->type != OPERAND_PIPE)
				return fail(p, "non executable command in pipeline stage 2");
			tail = &(*tail)->next;
		}
		rc = pipe_end(p, paren);
	}
	*out = pipe;
	return rc < 0 ? rc : declare(p, pipe);
}

/* --- nodes --- */

static int parse_list(struct parser *p, struct node **out, enum list_end *end);

/* Is the action that begins here this keyword? Takes it. */
static bool keyword(struct parser *p, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(p->p, word, n) != 0 || word_char(p->p[n]))
		return false;
	p->p += n;
	return true;
}

static int close_action(struct parser *p, const char *word)
{
	if (!at_close(p)) {
		skip_blanks(p);
		return *p->p ? fail(p, "unexpected \"%c\" in %s", *p->p, word) :
			       fail(p, "unclosed action");
	}
	take_close(p);
	return 0;
}

/* What follows {{else: its end, or "if …" which is a whole {{if}} of its own. */
static int parse_else(struct parser *p, struct node *n, bool may_if, enum list_end *end);

/* {{if …}} list [{{else}} list] {{end}}; the keyword is taken. */
static int parse_control(struct parser *p, enum node_type type, const char *what, struct node *n)
{
	int mark = p->nvars;
	enum list_end end;

	n->type = type;
	if (++p->depth > TEMPLATE_DEPTH_MAX)
		return fail(p, "nested more than %d deep", TEMPLATE_DEPTH_MAX);
	if (parse_pipe(p, what, false, &n->pipe) < 0)
		return -EINVAL;
	p->ranges += type == NODE_RANGE;
	if (parse_list(p, &n->list, &end) < 0)
		return -EINVAL;
	p->ranges -= type == NODE_RANGE;
	if (end == END_ELSE && parse_else(p, n, type == NODE_IF, &end) < 0)
		return -EINVAL;
	if (end == END_EOF)
		return fail(p, "unexpected EOF");
	p->nvars = mark;
	p->depth--;
	return 0;
}

static int parse_else(struct parser *p, struct node *n, bool may_if, enum list_end *end)
{
	skip_blanks(p);
	if (may_if && keyword(p, "if")) {
		n->other = arena_get(p->mem, sizeof(*n->other));
		*end = END_END;		/* the {{end}} of the inner one ends both */
		return parse_control(p, NODE_IF, "if", n->other);
	}
	if (close_action(p, "else") < 0 || parse_list(p, &n->other, end) < 0)
		return -EINVAL;
	return *end == END_ELSE ? fail(p, "expected end; found {{else}}") : 0;
}

static int parse_jump(struct parser *p, enum node_type type, const char *word, struct node *n)
{
	if (close_action(p, word) < 0)
		return -EINVAL;
	if (!p->ranges)
		return fail(p, "{{%s}} outside {{range}}", word);
	n->type = type;
	return 0;
}

/* After {{ and its blanks. */
static int parse_action(struct parser *p, struct node *n)
{
	static const char *const without[] = { "define", "template", "block" };

	if (keyword(p, "if"))
		return parse_control(p, NODE_IF, "if", n);
	if (keyword(p, "with"))
		return parse_control(p, NODE_WITH, "with", n);
	if (keyword(p, "range"))
		return parse_control(p, NODE_RANGE, "range", n);
	if (keyword(p, "break"))
		return parse_jump(p, NODE_BREAK, "break", n);
	if (keyword(p, "continue"))
		return parse_jump(p, NODE_CONTINUE, "continue", n);
	for (size_t i = 0; i < countof(without); i++) {
		if (keyword(p, without[i]))
			return fail(p, "{{%s}} is not supported", without[i]);
	}
	n->type = NODE_ACTION;
	return parse_pipe(p, "command", false, &n->pipe);
}

/* {{/ * … * /}}; p->p is at the slash. */
static int skip_comment(struct parser *p)
{
	const char *end = strstr(p->p + 2, "*/");

	if (!end)
		return fail(p, "unclosed comment");
	p->p = end + 2;
	if (!at_close(p))
		return fail(p, "comment ends before closing delimiter");
	take_close(p);
	return 0;
}

/* Text up to the next {{ or the end, trimmed on both sides as asked. True at a {{. */
static bool take_text(struct parser *p, struct slice *text)
{
	const char *start = p->p, *open = strstr(p->p, "{{");
	const char *end = open ? open : start + strlen(start);

	p->p = end;
	if (p->trim) {
		while (start < end && blank(*start))
			start++;
	}
	p->trim = false;
	if (open) {
		p->p += 2;
		if (p->p[0] == '-' && blank(p->p[1])) {
			p->p += 2;
			while (end > start && blank(end[-1]))
				end--;
		}
	}
	*text = (struct slice){ start, (size_t)(end - start) };
	return open != NULL;
}

static struct node *add_node(struct parser *p, struct node ***tail)
{
	struct node *n = arena_get(p->mem, sizeof(*n));

	**tail = n;
	*tail = &n->next;
	return n;
}

static int parse_list(struct parser *p, struct node **out, enum list_end *end)
{
	for (;;) {
		struct slice text;
		bool action = take_text(p, &text);

		if (text.len)
			add_node(p, &out)->text = text;
		*end = END_EOF;
		if (!action)
			return 0;
		if (p->p[0] == '/' && p->p[1] == '*') {
			if (skip_comment(p) < 0)
				return -EINVAL;
			continue;
		}
		skip_blanks(p);
		if (keyword(p, "end")) {
			*end = END_END;
			return close_action(p, "end");
		}
		if (keyword(p, "else")) {
			*end = END_ELSE;
			return 0;
		}
		if (parse_action(p, add_node(p, &out)) < 0)
			return -EINVAL;
	}
}

int template_full_parse(const char *text, const struct template **out, struct arena *mem,
			struct err *e)
{
	struct parser p = { .src = text, .p = text, .mem = mem, .e = e };
	struct template *t = arena_get(mem, sizeof(*t));
	enum list_end end;

	*out = NULL;
	if (strlen(text) > TEMPLATE_MAX)
		return err_set(e, E2BIG, "template is larger than %d bytes", TEMPLATE_MAX);
	t->src = text;
	if (parse_list(&p, &t->list, &end) < 0)
		return -EINVAL;
	if (end != END_EOF)
		return fail(&p, "unexpected {{%s}}", end == END_END ? "end" : "else");
	*out = t;
	return 0;
}
