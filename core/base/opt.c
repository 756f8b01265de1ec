// SPDX-License-Identifier: MIT
#include "core/base/opt.h"

#include "core/base/num.h"
#include "core/base/text.h"

enum {
	HELP_SLOP = 5,		/* a last word may stand out by so much */
	HELP_NARROW = 24,	/* less than this beside the names: the help goes below them */
	HELP_INDENT = 16,
};

/* One parse. */
struct parse {
	const struct opt *table;
	int argc;
	const char **argv;
	int i;			/* the word being looked at */
	void *dst;
	struct arena *mem;
	bool help;		/* --help was seen */
	bool help_short;	/* as -h */
};

/* Rows without a name given in `table` that every command understands. */
static const struct opt help_row = OPT_HELP_ROW;

const struct opt *opt_next(struct opt_walk *w)
{
	for (;;) {
		const struct opt *o = w->at;

		if (o->type == OPT_T_END) {
			if (!w->outer)
				return NULL;
			w->at = w->outer;
			w->outer = NULL;
			continue;
		}
		w->at++;
		if (o->type != OPT_T_ROWS)
			return o;
		w->outer = w->at;
		w->at = (const struct opt *)o->name;
	}
}

static const struct opt *find(const struct opt *t, const char *name, size_t len)
{
	struct opt_walk w = { t, NULL };

	while ((t = opt_next(&w))) {
		if (strncmp(t->name, name, len) == 0 && !t->name[len])
			return t;
	}
	return len == 4 && memcmp(name, "help", 4) == 0 ? &help_row : NULL;
}

static const struct opt *find_short(const struct opt *t, char ch)
{
	struct opt_walk w = { t, NULL };

	while ((t = opt_next(&w))) {
		if (t->ch == ch)
			return t;
	}
	return ch == 'h' ? &help_row : NULL;
}

static bool takes_value(const struct opt *o)
{
	return o->arg != NULL;
}

static int store_flag(const struct opt *o, const char *value, struct parse *p, struct err *e)
{
	void *field = (char *)p->dst + o->off;
	bool b;
	int rc = num_bool(value, &b, e);

	if (rc < 0)
		return rc;
	if (o->type == OPT_T_FLAG)
		*(bool *)field = b;
	else if (o->type == OPT_T_TRI)
		*(int *)field = b;
	else if (o->type == OPT_T_HELP)
		p->help = b;
	return 0;
}

static int store_number(const struct opt *o, const char *value, int64_t *field, struct err *e)
{
	uint64_t u;
	int rc;

	switch (o->type) {
	case OPT_T_INT:
		return num_int(value, field, e);
	case OPT_T_UINT:
		return num_uint(value, UINT64_MAX, (uint64_t *)field, e);
	case OPT_T_UINT16:
		rc = num_uint(value, UINT16_MAX, &u, e);
		if (rc == 0)
			*field = (int64_t)u;
		return rc;
	case OPT_T_SWAP:
		if (strcmp(value, "-1") == 0) {
			*field = -1;
			return 0;
		}
		return num_bytes(value, field, e);
	case OPT_T_BYTES:
		return num_bytes(value, field, e);
	case OPT_T_DURATION:
		return num_duration(value, field, e);
	case OPT_T_CPUS:
		return num_cpus(value, field, e);
	}
	abort();
}

static int store(const struct opt *o, const char *value, struct parse *p, struct err *e)
{
	void *field = (char *)p->dst + o->off;
	int rc = o->check ? o->check(value, e) : 0;

	if (rc < 0)
		return rc;
	switch (o->type) {
	case OPT_T_FLAG: case OPT_T_TRI: case OPT_T_IGNORED: case OPT_T_HELP:
		return store_flag(o, value, p, e);
	case OPT_T_TEXT:
		*(const char **)field = value;
		return 0;
	case OPT_T_LIST:
		strv_add(field, value, p->mem);
		return 0;
	default:
		return store_number(o, value, field, e);
	}
}

/* Store, and say in Docker's words what is wrong with the value. */
static int take(const struct opt *o, const char *value, struct parse *p, struct err *e)
{
	auto_str struct str q = STR_INIT, reason = STR_INIT;
	struct err why = { 0 };
	char s[] = "-x, ";

	if (store(o, value, p, &why) == 0)
		return 0;
	s[1] = o->ch;
	text_quote(&q, value, strlen(value));
	text_safe(&reason, why.msg, strlen(why.msg));	/* it may repeat the value */
	return err_set(e, OPT_E_FLAG, "invalid argument %.200s for \"%s--%s\" flag: %.250s", q.s,
		       o->ch ? s : "", o->name, reason.s);
}

static int parse_long(struct parse *p, struct err *e)
{
	const char *name = p->argv[p->i] + 2, *value;
	size_t len = strcspn(name, "=");
	const struct opt *o;

	if (len == 0 || *name == '-')
		return err_set(e, OPT_E_FLAG, "bad flag syntax: %s", p->argv[p->i]);
	o = find(p->table, name, len);
	if (!o)
		return err_set(e, OPT_E_FLAG, "unknown flag: --%.*s", (int)len, name);
	if (name[len])
		value = name + len + 1;
	else if (!takes_value(o))
		value = "true";
	else if (p->i + 1 < p->argc)
		value = p->argv[++p->i];
	else
		return err_set(e, OPT_E_FLAG, "flag needs an argument: --%s", o->name);
	return take(o, value, p, e);
}

/* -it, -e A=1, -eA=1, -e=A=1: one word of single-letter flags. */
static int parse_short(struct parse *p, struct err *e)
{
	for (const char *s = p->argv[p->i] + 1; *s; s++) {
		const struct opt *o = find_short(p->table, *s);
		const char *value = "true", *next = s;
		int rc;

		if (!o) {
			auto_str struct str c = STR_INIT;

			text_put_rune(&c, (unsigned char)*s);
			return err_set(e, OPT_E_FLAG, "unknown shorthand flag: '%s' in -%s",
				       c.s, s);
		}
		if (s[1] == '=' && s[2]) {
			value = s + 2;
			next = NULL;
		} else if (takes_value(o)) {
			next = NULL;
			value = s[1] ? s + 1 : p->i + 1 < p->argc ? p->argv[++p->i] : NULL;
			if (!value)
				return err_set(e, OPT_E_FLAG,
					       "flag needs an argument: '%c' in -%s", *s, s);
		}
		p->help_short |= o == &help_row;
		rc = take(o, value, p, e);
		if (rc < 0 || !next)
			return rc;
	}
	return 0;
}

static int parse_word(struct parse *p, struct err *e)
{
	return p->argv[p->i][1] == '-' ? parse_long(p, e) : parse_short(p, e);
}

static int finish(const struct parse *p, int first, struct err *e)
{
	if (!p->help)
		return first;
	return err_set(e, OPT_E_HELP, "%s", p->help_short ?
		       "Flag shorthand -h has been deprecated, please use --help" : "");
}

static bool is_operand(const char *word)
{
	return word[0] != '-' || !word[1];
}

int opt_parse(const struct opt *table, int argc, const char **argv, void *dst, struct arena *mem,
	      struct err *e)
{
	struct parse p = {
		.table = table, .argc = argc, .argv = argv, .i = 1, .dst = dst, .mem = mem,
	};
	struct strv operands = { 0 };
	int rc;

	for (; p.i < argc; p.i++) {
		if (is_operand(argv[p.i])) {
			strv_add(&operands, argv[p.i], mem);
			continue;
		}
		if (strcmp(argv[p.i], "--") == 0) {
			while (++p.i < argc)
				strv_add(&operands, argv[p.i], mem);
			break;
		}
		rc = parse_word(&p, e);
		if (rc < 0)
			return rc;
	}
	for (size_t i = 0; i < operands.n; i++)
		argv[argc - operands.n + i] = operands.v[i];
	return finish(&p, argc - (int)operands.n, e);
}

int opt_parse_front(const struct opt *table, int argc, const char **argv, void *dst,
		    struct arena *mem, struct err *e)
{
	struct parse p = {
		.table = table, .argc = argc, .argv = argv, .i = 1, .dst = dst, .mem = mem,
	};
	int rc;

	for (; p.i < argc && !is_operand(argv[p.i]); p.i++) {
		if (strcmp(argv[p.i], "--") == 0) {
			p.i++;
			break;
		}
		rc = parse_word(&p, e);
		if (rc < 0)
			return rc;
	}
	return finish(&p, p.i, e);
}

/* --- help --- */

static void row_name(const struct opt *o, struct str *out)
{
	str_reset(out);
	if (o->ch)
		str_addf(out, "  -%c, --%s", o->ch, o->name);
	else
		str_addf(out, "      --%s", o->name);
	if (o->arg)
		str_addf(out, " %s", o->arg);
}

/* How much of the first `len` bytes of s ends in one of `set`; -1 for none. */
static ssize_t last_of(const char *s, size_t len, const char *set)
{
	while (len && !strchr(set, s[len - 1]))
		len--;
	return (ssize_t)len - 1;
}

/* Take one line of at most `width` bytes off the front of *s. Returns its length. */
static size_t wrap_line(const char **s, size_t width)
{
	const char *line = *s;
	size_t len = strlen(line);
	ssize_t blank, nl;

	*s = line + len;
	if (width + HELP_SLOP > len)
		return len;
	blank = last_of(line, width, " \t\n");
	if (blank <= 0)
		return len;
	nl = last_of(line, width, "\n");
	if (nl > 0 && nl < blank)
		blank = nl;
	*s = line + blank + 1;
	return blank;
}

static void new_line(struct str *out, size_t indent)
{
	str_addf(out, "\n%*s", (int)indent, "");
}

static void add_lines(struct str *out, const char *s, size_t len, size_t indent)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\n')
			new_line(out, indent);
		else
			str_add(out, s + i, 1);
	}
}

static void wrap(struct str *out, const char *s, size_t indent, size_t width)
{
	size_t room = width > indent ? width - indent : 0, n;
	const char *line = s;

	if (room < HELP_NARROW) {
		indent = HELP_INDENT;
		new_line(out, indent);
		room = width > indent ? width - indent : 0;
	}
	if (room < HELP_NARROW) {
		add_lines(out, s, strlen(s), indent);
		return;
	}
	n = wrap_line(&s, room - HELP_SLOP);
	add_lines(out, line, n, indent);
	while (*s) {
		line = s;
		n = wrap_line(&s, room - HELP_SLOP);
		new_line(out, indent);
		add_lines(out, line, n, indent);
	}
}

void opt_help(const struct opt *table, size_t width, struct str *out)
{
	auto_str struct str name = STR_INIT;
	struct opt_walk w = { table, NULL };
	const struct opt *o;
	size_t longest = 0;

	while ((o = opt_next(&w))) {
		row_name(o, &name);
		if (o->help && name.len > longest)
			longest = name.len;
	}
	w = (struct opt_walk){ table, NULL };
	while ((o = opt_next(&w))) {
		if (!o->help)
			continue;
		row_name(o, &name);
		str_addf(out, "%-*s   ", (int)longest, name.s);
		wrap(out, o->help, longest + 3, width);
		str_puts(out, "\n");
	}
}
