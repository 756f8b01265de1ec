// SPDX-License-Identifier: MIT
#include "core/fmt/change.h"

#include <ctype.h>

#include "core/base/num.h"
#include "core/base/text.h"

struct change {
	struct image_config *c;
	struct arena *mem;
	const struct strv *env;	/* what $NAME stands for: the environment before this line */
	bool cmd_set;		/* a CMD came: ENTRYPOINT does not take it away */
};

/* --- words ---------------------------------------------------------------- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static const char *skip_space(const char *s)
{
	while (is_space(*s))
		s++;
	return s;
}

/* Bytes of the word at s; quotes hold blanks together, and stay. */
static size_t word_len(const char *s)
{
	size_t n = 0;
	char quote = 0;

	for (; s[n] && (quote || !is_space(s[n])); n++) {
		if (s[n] == '\\' && quote != '\'' && s[n + 1])
			n++;
		else if (quote ? s[n] == quote : s[n] == '"' || s[n] == '\'')
			quote = quote ? 0 : s[n];
	}
	return n;
}

static struct strv split(const char *s, struct arena *mem)
{
	struct strv out = { 0 };
	size_t n;

	for (s = skip_space(s); *s; s = skip_space(s + n)) {
		n = word_len(s);
		strv_add(&out, strv_dup(s, n, mem), mem);
	}
	return out;
}

static size_t name_len(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	return n;
}

static const char *lookup(const struct change *x, const char *name, size_t len)
{
	auto_str struct str key = STR_INIT;
	const char *value;

	str_add(&key, name, len);
	value = strv_value(x->env, key.s);
	return value;
}

/* $NAME, ${NAME}, ${NAME:-word}, ${NAME:+word}. Returns what follows, or NULL. */
static const char *expand_name(const struct change *x, const char *s, struct str *out,
			       struct err *e)
{
	bool brace = *s == '{';
	size_t n = name_len(s + brace);
	const char *value = lookup(x, s + brace, n), *end;

	if (!brace) {
		if (n == 0)
			str_puts(out, "$");
		str_puts(out, value && n ? value : "");
		return s + n;
	}
	end = strchr(s, '}');
	s += 1 + n;
	if (n == 0 || !end || (*s != '}' && (s[0] != ':' || (s[1] != '-' && s[1] != '+')))) {
		err_set(e, EINVAL, *s == ':' ? "unsupported modifier in substitution"
					     : "missing ':' in substitution");
		return NULL;
	}
	if (*s == '}' || (s[1] == '-' && value && *value))
		str_puts(out, value ? value : "");
	else if (s[1] == '-' || (value && *value))
		str_add(out, s + 2, end - s - 2);
	return end + 1;
}

static const char *unquote(const struct change *x, const char *s, struct err *e)
{
	auto_str struct str out = STR_INIT;
	char quote = 0;

	while (*s) {
		if (quote != '\'' && *s == '$') {
			s = expand_name(x, s + 1, &out, e);
			if (!s)
				return NULL;
		} else if (quote ? *s == quote : *s == '"' || *s == '\'') {
			quote = quote ? 0 : *s;
			s++;
		} else {
			if (*s == '\\' && s[1] &&
			    (!quote || (quote == '"' && strchr("\"$\\", s[1]))))
				s++;
			str_add(&out, s++, 1);
		}
	}
	if (quote) {
		err_set(e, EINVAL, "unexpected end of statement while looking for matching "
				   "%s-quote",
			quote == '"' ? "double" : "single");
		return NULL;
	}
	return strv_dup(out.s, out.len, x->mem);
}

/* Quotes away, names replaced. NULL with *e filled when a quote or a brace is open. */
static const char *expand(const struct change *x, const char *s, struct err *e)
{
	auto_str struct str shown = STR_INIT;
	struct err why = { 0 };
	const char *done = unquote(x, s, &why);

	if (!done) {
		text_quote(&shown, s, strlen(s));
		err_set(e, EINVAL, "failed to process %.160s: %s", shown.s, why.msg);
	}
	return done;
}

/* ["a","b"]: 1 and the list; 0 when it is something else; -EINVAL for other types in it. */
static int json_form(const struct change *x, const char *rest, struct strv *out, struct err *e)
{
	auto_json json_t *v = *rest != '[' ? NULL :
		json_parse(rest, strlen(rest), CHANGE_MAX, NULL);

	if (!v)
		return 0;
	if (json_strv(v, "", out, x->mem, NULL) < 0)
		return err_set(e, EINVAL, "when using JSON array syntax, arrays must "
			       "be comprised of strings only");
	return 1;
}

/* --- KEY=VALUE lists ------------------------------------------------------ */

static void replace_key(struct strv *list, const char *pair, struct arena *mem)
{
	size_t n = strcspn(pair, "=");

	for (size_t i = 0; i < list->n; i++) {
		if (strncmp(list->v[i], pair, n) == 0 && (list->v[i][n] == '=' || !list->v[i][n])) {
			struct strv copy = strv_make(list->n, mem); /* x->env keeps the old one */

			memcpy(copy.v, list->v, list->n * sizeof(*copy.v));
			copy.n = list->n;
			copy.v[i] = pair;
			*list = copy;
			return;
		}
	}
	strv_add(list, pair, mem);
}

static int put_pair(const struct change *x, const char *what, struct strv *list, const char *name,
		    const char *value, struct err *e)
{
	auto_str struct str pair = STR_INIT;
	const char *k = expand(x, name, e), *v = k ? expand(x, value, e) : NULL;

	if (!v)
		return -EINVAL;
	if (!*k)
		return err_set(e, EINVAL, "%s names can not be blank", what);
	str_addf(&pair, "%s=%s", k, v);
	replace_key(list, strv_dup(pair.s, pair.len, x->mem), x->mem);
	return 0;
}

/* "A=b C=d", or the old "A value to the end of the line". */
static int pairs(const struct change *x, const char *what, struct strv *list, const char *rest,
		 struct err *e)
{
	struct strv words = split(rest, x->mem);
	int rc = 0;

	if (words.n == 0)
		return err_set(e, EINVAL, "%s requires at least one argument", what);
	if (!strchr(words.v[0], '=')) {
		if (words.n < 2)
			return err_set(e, EINVAL, "%s must have two arguments", what);
		return put_pair(x, what, list, words.v[0],
			skip_space(rest + strlen(words.v[0])), e);
	}
	for (size_t i = 0; i < words.n && rc == 0; i++) {
		char *word = strv_dup(words.v[i], strlen(words.v[i]), x->mem);
		char *eq = strchr(word, '=');

		if (!eq)
			return err_set(e, EINVAL, "Syntax error - can't find = in \"%s\". Must be "
				       "of the form: name=value", word);
		*eq = 0;
		rc = put_pair(x, what, list, word, eq + 1, e);
	}
	return rc;
}

static int do_env(struct change *x, const char *rest, struct err *e)
{
	return pairs(x, "ENV", &x->c->env, rest, e);
}

static int do_label(struct change *x, const char *rest, struct err *e)
{
	return pairs(x, "LABEL", &x->c->labels, rest, e);
}

/* --- commands ------------------------------------------------------------- */

static void shell_form(const struct change *x, const char *rest, struct strv *out)
{
	*out = (struct strv){ 0 };
	for (size_t i = 0; i < x->c->shell.n; i++)
		strv_add(out, x->c->shell.v[i], x->mem);
	if (out->n == 0) {
		strv_add(out, "/bin/sh", x->mem);
		strv_add(out, "-c", x->mem);
	}
	if (*rest)
		strv_add(out, strv_dup(rest, strlen(rest), x->mem), x->mem);
}

static int do_cmd(struct change *x, const char *rest, struct err *e)
{
	int rc = json_form(x, rest, &x->c->cmd, e);

	if (rc == 0)
		shell_form(x, rest, &x->c->cmd);
	x->cmd_set = true;
	return rc < 0 ? rc : 0;
}

static int do_entrypoint(struct change *x, const char *rest, struct err *e)
{
	int rc = json_form(x, rest, &x->c->entrypoint, e);

	if (rc < 0)
		return rc;
	if (!*rest)
		x->c->entrypoint = (struct strv){ 0 };
	else if (rc == 0)
		shell_form(x, rest, &x->c->entrypoint);
	if (!x->cmd_set)
		x->c->cmd = (struct strv){ 0 };
	return 0;
}

static int health_flag(struct image_health *h, const char *word, struct err *e)
{
	const struct { const char *name; int64_t *to; } rows[] = {
		{ "interval", &h->interval_ns }, { "timeout", &h->timeout_ns },
		{ "start-period", &h->start_period_ns },
	};
	const char *value = strchr(word, '=');
	size_t n = value ? (size_t)(value - word) : strlen(word);

	if (!value)
		return err_set(e, EINVAL, "Missing a value on flag: %s", word + 2);
	if (n == 9 && strncmp(word, "--retries", n) == 0) {
		if (num_int10(value + 1, &h->retries, e) < 0)
			return -EINVAL;
		if (h->retries < 1)
			return err_set(e, EINVAL, "--retries must be at least 1 (not %lld)",
				(long long)h->retries);
		return 0;
	}
	for (size_t i = 0; i < countof(rows); i++) {
		if (strlen(rows[i].name) != n - 2 || strncmp(word + 2, rows[i].name, n - 2) != 0)
			continue;
		if (num_duration(value + 1, rows[i].to, e) < 0)
			return -EINVAL;
		return *rows[i].to < 1000000 ? err_set(e, EINVAL, "Interval \"%s\" cannot be less "
						       "than 1ms", rows[i].name) : 0;
	}
	return err_set(e, EINVAL, "Unknown flag: %.*s", (int)n - 2, word + 2);
}

static void upper(char *s)
{
	for (; *s; s++)
		*s = toupper((unsigned char)*s);
}

static int do_healthcheck(struct change *x, const char *rest, struct err *e)
{
	struct image_health h = { 0 };
	char *kind;
	int rc;

	for (; strncmp(rest, "--", 2) == 0; rest = skip_space(rest + word_len(rest))) {
		rc = health_flag(&h, strv_dup(rest, word_len(rest), x->mem), e);
		if (rc < 0)
			return rc;
	}
	if (!*rest)
		return err_set(e, EINVAL, "HEALTHCHECK requires at least one argument");
	kind = strv_dup(rest, word_len(rest), x->mem);
	rest = skip_space(rest + word_len(rest));
	upper(kind);
	if (strcmp(kind, "NONE") == 0 && *rest)
		return err_set(e, EINVAL, "HEALTHCHECK NONE takes no arguments");
	if (strcmp(kind, "NONE") != 0 && strcmp(kind, "CMD") != 0)
		return err_set(e, EINVAL, "Unknown type \"%s\" in HEALTHCHECK (try CMD)", kind);
	if (strcmp(kind, "CMD") == 0 && !*rest)
		return err_set(e, EINVAL, "Missing command after HEALTHCHECK CMD");
	if (strcmp(kind, "NONE") == 0) {
		strv_add(&h.test, kind, x->mem);
	} else {
		struct strv args = { 0 };

		rc = json_form(x, rest, &args, e);
		if (rc < 0)
			return rc;
		strv_add(&h.test, rc ? "CMD" : "CMD-SHELL", x->mem);
		if (rc == 0)
			strv_add(&args, strv_dup(rest, strlen(rest), x->mem), x->mem);
		for (size_t i = 0; i < args.n; i++)
			strv_add(&h.test, args.v[i], x->mem);
	}
	x->c->health = h;
	return 0;
}

static int do_onbuild(struct change *x, const char *rest, struct err *e)
{
	char *word = strv_dup(rest, word_len(rest), x->mem);

	if (!*rest)
		return err_set(e, EINVAL, "ONBUILD requires at least one argument");
	upper(word);
	if (strcmp(word, "ONBUILD") == 0)
		return err_set(e, EINVAL, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
	if (strcmp(word, "FROM") == 0 || strcmp(word, "MAINTAINER") == 0)
		return err_set(e, EINVAL, "%s isn't allowed as an ONBUILD trigger", word);
	strv_add(&x->c->on_build, strv_dup(rest, strlen(rest), x->mem), x->mem);
	return 0;
}

/* --- the rest ------------------------------------------------------------- */

static void add_once(struct strv *list, const char *text, struct arena *mem)
{
	if (!strv_has(list, text))
		strv_add(list, text, mem);
}

/* "80", "80-82/udp", "8080:80": the container's side counts. */
static int expose_one(const struct change *x, const char *word, struct err *e)
{
	char *spec = strv_dup(word, strlen(word), x->mem), *slash = strchr(spec, '/');
	const char *proto = slash ? slash + 1 : "tcp", *port = strrchr(spec, ':'), *said;
	char *dash, *lower = strv_dup(proto, strlen(proto), x->mem);
	uint64_t from, to;

	if (slash)
		*slash = 0;
	port = port ? port + 1 : spec;
	for (char *p = lower; *p; p++)
		*p = tolower((unsigned char)*p);
	if (strcmp(lower, "tcp") != 0 && strcmp(lower, "udp") != 0 &&
	    strcmp(lower, "sctp") != 0)
		return err_set(e, EINVAL, "Invalid proto: %s", proto);
	said = strv_dup(port, strlen(port), x->mem);
	dash = strchr(port, '-');
	if (dash)
		*dash = 0;
	if (num_uint(port, 65535, &from, NULL) < 0 ||
	    num_uint(dash ? dash + 1 : port, 65535, &to, NULL) < 0 || from > to)
		return err_set(e, EINVAL, "Invalid containerPort: %s", said);
	if (x->c->exposed_ports.n + (to - from) > IMAGE_LIST_MAX)
		return err_set(e, EINVAL, "more than %d ports", IMAGE_LIST_MAX);
	for (; from <= to; from++) {
		char text[32];
		int n = snprintf(text, sizeof(text), "%u/%s", (unsigned)from, lower);

		add_once(&x->c->exposed_ports, strv_dup(text, n, x->mem), x->mem);
	}
	return 0;
}

static int do_expose(struct change *x, const char *rest, struct err *e)
{
	struct strv words = split(rest, x->mem);
	int rc = 0;

	if (words.n == 0)
		return err_set(e, EINVAL, "EXPOSE requires at least one argument");
	for (size_t i = 0; i < words.n && rc == 0; i++) {
		const char *word = expand(x, words.v[i], e);

		rc = !word ? -EINVAL : *word ? expose_one(x, word, e) : 0;
	}
	return rc;
}

static int do_volume(struct change *x, const char *rest, struct err *e)
{
	struct strv words = { 0 };
	int rc = json_form(x, rest, &words, e);

	if (rc < 0)
		return rc;
	if (rc == 0)
		words = split(rest, x->mem);
	if (words.n == 0)
		return err_set(e, EINVAL, "VOLUME requires at least one argument");
	for (size_t i = 0; i < words.n; i++) {
		const char *path = expand(x, words.v[i], e);

		if (!path)
			return -EINVAL;
		if (!*path)
			return err_set(e, EINVAL, "VOLUME specified can not be an empty string");
		add_once(&x->c->volumes, path, x->mem);
	}
	return 0;
}

/* The whole rest of the line is one argument. */
static const char *one(const struct change *x, const char *what, const char *rest, struct err *e)
{
	if (!*rest) {
		err_set(e, EINVAL, "%s requires exactly one argument", what);
		return NULL;
	}
	return expand(x, rest, e);
}

static int do_user(struct change *x, const char *rest, struct err *e)
{
	const char *user = one(x, "USER", rest, e);

	if (user)
		x->c->user = user;
	return user ? 0 : -EINVAL;
}

static int do_stopsignal(struct change *x, const char *rest, struct err *e)
{
	const char *name = one(x, "STOPSIGNAL", rest, e);

	if (name)
		x->c->stop_signal = name;
	return name ? 0 : -EINVAL;
}

static int do_workdir(struct change *x, const char *rest, struct err *e)
{
	auto_str struct str path = STR_INIT;
	const char *dir = one(x, "WORKDIR", rest, e);

	if (!dir)
		return -EINVAL;
	if (dir[0] != '/') {
		str_puts(&path, x->c->working_dir);
		if (path.len == 0 || path.s[path.len - 1] != '/')
			str_puts(&path, "/");
	}
	str_puts(&path, dir);
	x->c->working_dir = strv_dup(path.s, path.len, x->mem);
	return 0;
}

/* --- lines ---------------------------------------------------------------- */

static const struct {
	const char *name;
	int (*run)(struct change *x, const char *rest, struct err *e);
} rows[] = {
	{ "cmd", do_cmd }, { "entrypoint", do_entrypoint }, { "env", do_env },
	{ "expose", do_expose }, { "healthcheck", do_healthcheck }, { "label", do_label },
	{ "onbuild", do_onbuild }, { "stopsignal", do_stopsignal }, { "user", do_user },
	{ "volume", do_volume }, { "workdir", do_workdir },
};

static int apply_line(struct change *x, char *line, struct err *e)
{
	char *word, *end = line + strlen(line);
	struct strv env = x->c->env;
	size_t n = word_len(line);

	while (end > line && is_space(end[-1]))
		*--end = 0;
	word = strv_dup(line, n, x->mem);
	for (char *p = word; *p; p++)
		*p = tolower((unsigned char)*p);
	x->env = &env;	// cppcheck-suppress autoVariables; used in this call only
	for (size_t i = 0; i < countof(rows); i++) {
		if (strcmp(rows[i].name, word) == 0)
			return rows[i].run(x, skip_space(line + n), e);
	}
	return err_set(e, EINVAL, "%.64s is not a valid change command", word);
}

/* Lines that end in a backslash go on in the next; comments and blank ones do not count. */
static int apply_text(struct change *x, char *text, struct err *e)
{
	int rc = 0, count = 0;
	char *to, *next;

	for (char *line = text; rc == 0 && *line; line = next) {
		line = (char *)skip_space(line);
		for (to = next = line; *next && *next != '\n'; next++) {
			if (next[0] == '\\' && next[1] == '\n')
				next++;
			else
				*to++ = *next;
		}
		next += *next == '\n';
		*to = 0;
		if (!*line || *line == '#')
			continue;
		rc = apply_line(x, line, e);
		count++;
	}
	return rc == 0 && count == 0 ? err_set(e, EINVAL, "file with no instructions") : rc;
}

int change_apply(struct image_config *c, const struct strv *lines, struct arena *mem,
		 struct err *e)
{
	struct change x = { .c = c, .mem = mem };
	auto_str struct str all = STR_INIT;

	for (size_t i = 0; i < lines->n; i++)
		str_addf(&all, "%s\n", lines->v[i]);
	if (all.len > CHANGE_MAX)
		return err_set(e, E2BIG, "changes of more than %d bytes", CHANGE_MAX);
	return lines->n ? apply_text(&x, strv_dup(all.s, all.len, mem), e) : 0;
}
