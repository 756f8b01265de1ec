// SPDX-License-Identifier: MIT
/* template_plain.c - text with fields in it, {{.A.B}} and {{json .A}}: what is left without
 * TEMPLATE.
 *
 * Enough for what the commands ask of themselves and most of what scripts do. A template is
 * its text: it is read again each time. */
#include "build/gen/config.h"
#include "core/fmt/template_tree.h"

struct action {
	bool json;		/* {{json .A}} */
	const char *path;	/* ".A.B", or "." for all of it */
	size_t len;
};

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* The action that begins at `s`, behind "{{". Returns what is behind "}}"; NULL: not one of
 * ours. */
static const char *action_read(const char *s, struct action *a)
{
	static const char word[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";

	s = skip_blanks(s);
	a->json = strncmp(s, "json ", 5) == 0;
	if (a->json)
		s = skip_blanks(s + 5);
	a->path = s;
	a->len = strspn(s, word);
	s = skip_blanks(s + a->len);
	if (*a->path != '.' || (a->len > 1 && a->path[a->len - 1] == '.') ||
	    strncmp(s, "}}", 2) != 0)
		return NULL;
	for (size_t i = 1; i < a->len; i++)
		if (a->path[i] == '.' && a->path[i - 1] == '.')
			return NULL;
	return s + 2;
}

static int field(json_t *data, const struct action *a, json_t **out, struct err *e)
{
	const char *p = a->path + 1, *end = a->path + a->len;

	for (*out = data; p < end; p++) {
		size_t n = strcspn(p, ". \t}");
		char key[128];

		if (n >= sizeof(key))
			return err_set(e, E2BIG, "template: a field's name is too long");
		memcpy(key, p, n);
		key[n] = 0;
		*out = json_object_get(*out, key);
		if (!*out)
			return err_set(e, EINVAL, "template: there is no field \"%.*s\"",
				       (int)a->len, a->path);
		p += n;
	}
	return 0;
}

int template_plain_parse(const char *text, const struct template **out, struct arena *mem,
			 struct err *e)
{
	struct template *t = arena_get(mem, sizeof(*t));
	struct action a;

	*out = NULL;
	if (strlen(text) > TEMPLATE_MAX)
		return err_set(e, E2BIG, "template is larger than %d bytes", TEMPLATE_MAX);
	for (const char *s = strstr(text, "{{"); s; s = strstr(s, "{{")) {
		s = action_read(s + 2, &a);
		if (!s)
			return err_set(e, EINVAL,
				       "template: only {{.Field}} and {{json .Field}} are built in "
				       "(TEMPLATE)");
	}
	t->src = text;
	*out = t;
	return 0;
}

int template_plain_execute(const struct template *t, json_t *data, struct str *out, struct err *e)
{
	const char *s = t->src;

	for (;;) {
		const char *open = strstr(s, "{{");
		struct action a;
		json_t *v;
		int rc;

		str_add(out, s, open ? (size_t)(open - s) : strlen(s));
		if (!open)
			return 0;
		s = action_read(open + 2, &a);
		rc = field(data, &a, &v, e);
		if (rc < 0)
			return rc;
		if (json_is_string(v) && !a.json)
			str_add(out, json_string_value(v), json_string_length(v));
		else
			json_print(v, 0, out);
		if (out->len > TEMPLATE_OUT_MAX)
			return err_set(e, E2BIG, "template: more than %d bytes", TEMPLATE_OUT_MAX);
	}
}

int template_parse(const char *text, const struct template **out, struct arena *mem, struct err *e)
{
	return CFG_TEMPLATE ? template_full_parse(text, out, mem, e) :
			      template_plain_parse(text, out, mem, e);
}

int template_execute(const struct template *t, json_t *data, const struct template_names *names,
		     struct str *out, struct err *e)
{
	return CFG_TEMPLATE ? template_full_execute(t, data, names, out, e) :
			      template_plain_execute(t, data, out, e);
}
