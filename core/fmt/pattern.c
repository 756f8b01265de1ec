// SPDX-License-Identifier: MIT
/* pattern.c - Thompson's way: the program of an expression is run on all its threads at once.
 *
 * Jumps are relative, so a part of a program can be moved and copied as it is. */
#include "core/fmt/pattern.h"

#include <ctype.h>
#include <string.h>

enum {
	DEPTH_MAX = 200,	/* of parentheses and alternatives */
	REPEAT_MAX = 1000,	/* Go's */
	SETS_MAX = 256,
};

enum op { OP_CHAR, OP_SET, OP_SPLIT, OP_JUMP, OP_BEGIN, OP_END, OP_WORD, OP_NOT_WORD, OP_MATCH };

struct insn {
	uint8_t op;
	uint8_t c;		/* OP_CHAR: the byte; OP_SET: which */
	int16_t x, y;		/* OP_SPLIT: both ways on, OP_JUMP: x; relative to this one */
};

struct set {
	uint32_t bits[8];
};

struct pattern {
	struct insn *code;
	struct set *sets;
	uint16_t *now, *next, *stack;	/* threads: numbers of instructions */
	unsigned *seen;		/* the step that last had the instruction */
	size_t n, sets_n;
	unsigned step;
};

struct parser {
	const char *at;
	struct pattern *p;
	int depth;
	bool broken;
};

/* --- sets of bytes ---------------------------------------------------------- */

static void set_add(struct set *s, unsigned c)
{
	s->bits[c / 32] |= 1u << c % 32;
}

static bool set_has(const struct set *s, unsigned char c)
{
	return s->bits[c / 32] >> c % 32 & 1;
}

static void set_invert(struct set *s)
{
	for (size_t i = 0; i < countof(s->bits); i++)
		s->bits[i] = ~s->bits[i];
}

static bool is_word(int c)
{
	return isalnum(c) || c == '_';
}

static bool in_class(const char *name, size_t len, int c)
{
	static const struct {
		const char *name;
		int (*is)(int);
	} t[] = {
		{ "alnum", isalnum }, { "alpha", isalpha }, { "blank", isblank },
		{ "cntrl", iscntrl }, { "digit", isdigit }, { "graph", isgraph },
		{ "lower", islower }, { "print", isprint }, { "punct", ispunct },
		{ "space", isspace }, { "upper", isupper }, { "xdigit", isxdigit },
	};

	for (size_t i = 0; i < countof(t); i++)
		if (strlen(t[i].name) == len && !memcmp(name, t[i].name, len))
			return t[i].is(c);
	return len == 4 && !memcmp(name, "word", 4) && is_word(c);
}

static bool set_class(struct set *s, const char *name, size_t len)
{
	bool any = false;

	for (int c = 0; c < 128; c++)
		if (in_class(name, len, c)) {
			set_add(s, c);
			any = true;
		}
	return any;
}

/* \d, \w, \s into the set; the capitals are what is not. */
static bool set_escape(struct set *s, char letter)
{
	static const char *const names[] = { "d:digit", "w:word", "s:space" };
	struct set got = { 0 };

	for (size_t i = 0; i < countof(names); i++) {
		if (tolower((unsigned char)letter) != names[i][0])
			continue;
		set_class(&got, names[i] + 2, strlen(names[i] + 2));
		if (isupper((unsigned char)letter))
			set_invert(&got);
		for (size_t k = 0; k < countof(got.bits); k++)
			s->bits[k] |= got.bits[k];
		return true;
	}
	return false;
}

/* What a backslash and this letter stand for; -1: nothing known. */
static int escaped(char c)
{
	static const char from[] = "tnrfva", to[] = "\t\n\r\f\v\a";
	const char *at = c ? strchr(from, c) : NULL;

	if (at)
		return to[at - from];
	return c && !isalnum((unsigned char)c) ? (unsigned char)c : -1;
}

/* --- the program ------------------------------------------------------------- */

static size_t emit(struct parser *r, enum op op, uint8_t c)
{
	struct pattern *p = r->p;

	if (p->n == PATTERN_INSNS_MAX) {
		r->broken = true;
		p->n--;
	}
	p->code[p->n] = (struct insn){ op, c, 1, 1 };
	return p->n++;
}

/* Make room for one instruction in front of what begins at `at`. */
static struct insn *insert(struct parser *r, size_t at, enum op op)
{
	struct insn *code = r->p->code;

	emit(r, op, 0);
	if (r->broken)
		return &code[0];
	memmove(&code[at + 1], &code[at], (r->p->n - at - 1) * sizeof(*code));
	code[at] = (struct insn){ op, 0, 1, 1 };
	return &code[at];
}

static void emit_set(struct parser *r, const struct set *s)
{
	if (r->p->sets_n == SETS_MAX) {
		r->broken = true;
		return;
	}
	r->p->sets[r->p->sets_n] = *s;
	emit(r, OP_SET, r->p->sets_n++);
}

static void optional(struct parser *r, size_t start)
{
	struct insn *split = insert(r, start, OP_SPLIT);

	split->y = (int16_t)(r->p->n - start);
}

static void more(struct parser *r, size_t start)
{
	size_t at = emit(r, OP_SPLIT, 0);

	r->p->code[at].x = (int16_t)((ptrdiff_t)start - (ptrdiff_t)at);
}

/* Copy the `len` instructions from `start` to the end; where the copy begins. */
static size_t again(struct parser *r, size_t start, size_t len)
{
	size_t at = r->p->n;

	for (size_t i = 0; i < len && !r->broken; i++) {
		size_t to = emit(r, OP_JUMP, 0);

		r->p->code[to] = r->p->code[start + i];
	}
	return at;
}

/* `max` -1: no end. */
static void repeat(struct parser *r, size_t start, int min, int max)
{
	size_t len = r->p->n - start, last = start;

	if (max == 0) {
		r->p->n = start;
		return;
	}
	for (int i = 1; i < min; i++)
		last = again(r, start, len);
	if (max < 0) {
		more(r, last);
		if (min == 0)
			optional(r, start);
		return;
	}
	if (min == 0) {
		optional(r, start);
		len++;
	}
	for (int i = min ? min : 1; i < max && !r->broken; i++) {
		last = again(r, start, len);
		if (min)
			optional(r, last);
	}
}

/* --- parsing ------------------------------------------------------------------ */

static void alternatives(struct parser *r);

/* One byte of a bracket expression, -1 for a class that went into the set. */
static int bracket_one(struct parser *r, struct set *s)
{
	const char *end;
	int c = (unsigned char)*r->at++;

	if (c == '[' && *r->at == ':' && (end = strstr(r->at, ":]"))) {
		if (!set_class(s, r->at + 1, (size_t)(end - r->at - 1)))
			r->broken = true;
		r->at = end + 2;
		return -1;
	}
	if (c != '\\')
		return c;
	c = *r->at ? *r->at++ : 0;
	if (set_escape(s, (char)c))
		return -1;
	if (escaped((char)c) < 0)
		r->broken = true;
	return escaped((char)c);
}

static void bracket(struct parser *r)
{
	struct set s = { 0 };
	bool negated = *r->at == '^', first = true;

	r->at += negated;
	for (; (first || *r->at != ']') && !r->broken; first = false) {
		int from, to;

		if (!*r->at) {
			r->broken = true;
			return;
		}
		from = to = bracket_one(r, &s);
		if (from >= 0 && *r->at == '-' && r->at[1] && r->at[1] != ']') {
			r->at++;
			to = bracket_one(r, &s);
			if (to < from)
				r->broken = true;
		}
		for (; from >= 0 && from <= to; from++)
			set_add(&s, from);
	}
	r->at++;
	if (negated)
		set_invert(&s);
	emit_set(r, &s);
}

static void escape(struct parser *r)
{
	struct set s = { 0 };
	char c = *r->at;

	r->at += c != 0;
	if (c == 'b' || c == 'B')
		emit(r, c == 'b' ? OP_WORD : OP_NOT_WORD, 0);
	else if (c == 'A' || c == 'z')
		emit(r, c == 'A' ? OP_BEGIN : OP_END, 0);
	else if (set_escape(&s, c))
		emit_set(r, &s);
	else if (escaped(c) >= 0)
		emit(r, OP_CHAR, (uint8_t)escaped(c));
	else
		r->broken = true;
}

static void group(struct parser *r)
{
	if (*r->at == '?') {
		if (r->at[1] != ':')
			r->broken = true;	/* flags and names */
		else
			r->at += 2;
	}
	if (!r->broken)
		alternatives(r);
	if (*r->at != ')')
		r->broken = true;
	else
		r->at++;
}

static void atom(struct parser *r)
{
	struct set any = { 0 };
	char c = *r->at++;

	switch (c) {
	case '.':
		set_add(&any, '\n');
		set_invert(&any);
		emit_set(r, &any);
		break;
	case '^': emit(r, OP_BEGIN, 0); break;
	case '$': emit(r, OP_END, 0); break;
	case '(': group(r); break;
	case '[': bracket(r); break;
	case '\\': escape(r); break;
	case '*': case '+': case '?': r->broken = true; break;
	default: emit(r, OP_CHAR, (uint8_t)c);
	}
}

static bool number(const char **at, int *n)
{
	const char *s = *at;

	for (*n = 0; isdigit((unsigned char)*s) && *n <= REPEAT_MAX; s++)
		*n = *n * 10 + *s - '0';
	if (s == *at)
		return false;
	*at = s;
	return true;
}

/* {m}, {m,} or {m,n}; anything else is a brace that stands for itself. */
static bool braces(const char **at, int *min, int *max)
{
	const char *s = *at + 1;

	if (!number(&s, min))
		return false;
	*max = *min;
	if (*s == ',') {
		s++;
		if (!number(&s, max))
			*max = -1;
	}
	if (*s != '}')
		return false;
	*at = s + 1;
	return true;
}

static bool repetition(struct parser *r, int *min, int *max)
{
	*min = *r->at == '+';
	*max = *r->at == '?' ? 1 : -1;
	if (*r->at && strchr("*+?", *r->at))
		r->at++;
	else if (*r->at != '{' || !braces(&r->at, min, max))
		return false;
	if (*min > REPEAT_MAX || *max > REPEAT_MAX || (*max >= 0 && *min > *max))
		r->broken = true;
	r->at += *r->at == '?';		/* lazy: the same matches */
	return true;
}

static void sequence(struct parser *r)
{
	int min, max;

	while (*r->at && *r->at != '|' && *r->at != ')' && !r->broken) {
		size_t start = r->p->n;

		atom(r);
		if (r->broken || !repetition(r, &min, &max) || r->broken)
			continue;
		repeat(r, start, min, max);
		if (repetition(r, &min, &max))
			r->broken = true;	/* as Go has it: "a**" is a mistake */
	}
}

static void alternatives(struct parser *r)
{
	size_t start = r->p->n, jump;

	if (++r->depth > DEPTH_MAX)
		r->broken = true;
	sequence(r);
	if (*r->at == '|' && !r->broken) {
		r->at++;
		(void)insert(r, start, OP_SPLIT);
		jump = emit(r, OP_JUMP, 0);
		r->p->code[start].y = (int16_t)(r->p->n - start);
		alternatives(r);
		r->p->code[jump].x = (int16_t)(r->p->n - jump);
	}
	r->depth--;
}

struct pattern *pattern_new(const char *text, struct arena *mem, struct err *e)
{
	struct pattern *p = arena_get(mem, sizeof(*p));
	struct parser r = { .at = text, .p = p };

	p->code = arena_get(mem, (PATTERN_INSNS_MAX + 1) * sizeof(*p->code));
	p->sets = arena_get(mem, SETS_MAX * sizeof(*p->sets));
	alternatives(&r);
	emit(&r, OP_MATCH, 0);
	if (r.broken || *r.at) {
		(void)err_set(e, EINVAL, "'%.100s' is no regular expression", text);
		return NULL;
	}
	p->now = arena_get(mem, p->n * sizeof(*p->now));
	p->next = arena_get(mem, p->n * sizeof(*p->next));
	p->stack = arena_get(mem, 2 * p->n * sizeof(*p->stack));
	p->seen = arena_get(mem, p->n * sizeof(*p->seen));
	return p;
}

/* --- matching ------------------------------------------------------------------ */

struct place {
	const char *start, *at;
};

static bool word_edge(const struct place *t)
{
	bool before = t->at > t->start && is_word((unsigned char)t->at[-1]);

	return before != is_word((unsigned char)*t->at);
}

static bool passes(enum op op, const struct place *t)
{
	switch (op) {
	case OP_BEGIN: return t->at == t->start;
	case OP_END: return !*t->at;
	case OP_WORD: return word_edge(t);
	case OP_NOT_WORD: return !word_edge(t);
	default: return true;
	}
}

/* Add the thread at `pc`, and where it goes without a byte; true when that is the end. */
static bool follow(struct pattern *p, uint16_t *list, size_t *n, size_t pc, const struct place *t)
{
	size_t depth = 0;

	p->stack[depth++] = (uint16_t)pc;
	while (depth) {
		const struct insn *i;

		pc = p->stack[--depth];
		if (p->seen[pc] == p->step)
			continue;
		p->seen[pc] = p->step;
		i = &p->code[pc];
		if (i->op == OP_MATCH)
			return true;
		if (i->op == OP_CHAR || i->op == OP_SET)
			list[(*n)++] = (uint16_t)pc;
		else if (passes(i->op, t))
			p->stack[depth++] = (uint16_t)(pc + i->x);
		if (i->op == OP_SPLIT)
			p->stack[depth++] = (uint16_t)(pc + i->y);
	}
	return false;
}

static bool takes(const struct pattern *p, const struct insn *i, unsigned char c)
{
	return i->op == OP_CHAR ? i->c == c : set_has(&p->sets[i->c], c);
}

bool pattern_matches(struct pattern *p, const char *text)
{
	struct place t = { text, text };
	size_t now = 0, next;

	for (p->step++; ; t.at++) {
		uint16_t *swap = p->now;

		if (follow(p, p->now, &now, 0, &t))
			return true;
		if (!*t.at)
			return false;
		p->step++;
		next = 0;
		for (size_t i = 0; i < now; i++) {
			struct place after = { text, t.at + 1 };

			if (takes(p, &p->code[p->now[i]], (unsigned char)*t.at) &&
			    follow(p, p->next, &next, p->now[i] + 1u, &after))
				return true;
		}
		p->now = p->next;
		p->next = swap;
		now = next;
	}
}

/* --- globs ----------------------------------------------------------------------- */

/* The byte at *g, unescaped; moves past it. 0 at the end of a broken one. */
static unsigned char glob_byte(const char **g)
{
	if (**g == '\\')
		++*g;
	return **g ? (unsigned char)*(*g)++ : 0;
}

/* Does the bracket expression behind `*g` hold c? Moves past it. */
static bool glob_bracket(const char **g, unsigned char c)
{
	bool negated = **g == '^', hit = false, first = true;

	*g += negated;
	for (; first || **g != ']'; first = false) {
		unsigned char from = glob_byte(g), to = from;

		if (**g == '-') {
			++*g;
			to = glob_byte(g);
		}
		if (!from || !to)
			return false;
		hit |= from <= c && c <= to;
	}
	++*g;
	return hit != negated;
}

/* One step that is no star. */
static bool glob_one(const char **g, unsigned char c)
{
	switch (**g) {
	case 0:
		return false;
	case '?':
		++*g;
		return c != '/';
	case '[':
		++*g;
		return glob_bracket(g, c);
	default:
		return glob_byte(g) == c;
	}
}

/* Only the last star is tried again, as in Go: an earlier one has its shortest match. */
bool pattern_glob(const char *glob, const char *text)
{
	const char *star = NULL, *from = NULL;

	for (;;) {
		if (*glob == '*') {
			star = ++glob;
			from = text;
			continue;
		}
		if (!*text && !*glob)
			return true;
		if (*text && glob_one(&glob, (unsigned char)*text)) {
			text++;
			continue;
		}
		if (!star || !*from || *from == '/')
			return false;
		glob = star;
		text = ++from;
	}
}
