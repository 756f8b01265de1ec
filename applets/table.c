// SPDX-License-Identifier: MIT
#include "applets/table.h"

#include <stdio.h>

#include "applets/applet.h"
#include "core/base/text.h"

/* A shell hands over \t and \n as they were typed. */
const char *table_unescape(const char *s, struct arena *mem)
{
	char *out = arena_get(mem, strlen(s) + 1), *p = out;

	for (; *s; s++) {
		if (s[0] == '\\' && (s[1] == 't' || s[1] == 'n'))
			*p++ = *++s == 't' ? '\t' : '\n';
		else
			*p++ = *s;
	}
	return out;
}

/* A row is a struct to the template: a key that it has not is an error. */
static const char *const none[] = { NULL };

static int add_line(struct table *t, json_t *row, bool header, struct err *e)
{
	const struct template_names fields = { none, none, none, t->type, header };
	struct err why = { 0 };
	int rc;

	str_reset(&t->line);
	rc = template_execute(t->row, row, &fields, &t->line, &why);

	json_decref(row);
	if (rc < 0)
		return cli_fail(e, "template parsing error: %s", why.msg);
	text_safe_lines(&t->text, t->line.s, t->line.len);
	str_puts(&t->text, "\n");
	return 0;
}

int table_begin(struct table *t, const char *format, const char *usual, const char *type,
	const struct table_column *columns, struct arena *mem, struct err *e)
{
	const char *text = format && strcmp(format, "table") != 0 ? format : usual;
	struct err why = { 0 };
	json_t *heads;

	*t = (struct table){ .text = STR_INIT, .line = STR_INIT, .type = type };
	if (strncmp(text, "table ", 6) == 0) {
		t->columns = true;
		text += 6;
	}
	if (template_parse(table_unescape(text, mem), &t->row, mem, &why) < 0)
		return cli_fail(e, "template parsing error: %s", why.msg);
	if (!t->columns)
		return 0;
	heads = json_object();
	for (; columns->key; columns++)
		json_put(heads, columns->key,
			 columns->header ? json_string(columns->header) : json_true());
	return add_line(t, heads, true, e);
}

/* Escape every string of an object, and of those in it, where they stand. */
static void make_safe(json_t *row, struct str *text)
{
	const char *key;
	json_t *v;

	json_object_foreach(row, key, v) {
		if (json_is_object(v)) {
			make_safe(v, text);
			continue;
		}
		str_reset(text);
		text_safe(text, json_string_value(v), json_string_length(v));
		if (text->len !=
		    json_string_length(v)) /* an escape is longer than what it stands for */
			json_string_setn_nocheck(v, text->s, text->len);
	}
}

int table_row(struct table *t, json_t *row, struct err *e)
{
	make_safe(row, &t->line);
	return add_line(t, row, false, e);
}

void table_end(struct table *t)
{
	auto_str struct str out = STR_INIT;

	if (t->columns)
		text_columns(&out, t->text.s, t->text.len);
	else
		str_add(&out, t->text.s, t->text.len);
	fwrite(out.s, 1, out.len, stdout);
	str_release(&t->text);
	str_release(&t->line);
}
