// SPDX-License-Identifier: MIT
#include "applets/inspection.h"

#include <stdarg.h>
#include <stdio.h>

enum { STATUS_TEMPLATE = 64 };

int inspection_begin(struct inspection *in, const char *format, struct arena *mem, struct err *e)
{
	struct err why = { 0 };

	in->all = json_array();
	if (!format || !*format)
		return 0;
	if (template_parse(format, &in->t, mem, &why) < 0)
		return err_set(e, CLI_E_STATUS + STATUS_TEMPLATE, "template parsing error: %s",
			       why.msg);
	return 0;
}

/* Docker tries its own struct first, then the bare document. */
static int run_template(struct inspection *in, json_t *doc, const struct template_names *names,
			const char *id, struct str *text, struct err *e)
{
	auto_json json_t *typed = json_object();
	const char *key;
	json_t *v;

	if (!id)
		return template_execute(in->t, doc, names, text, e);
	json_object_foreach(doc, key, v)
		json_put(typed, strcmp(key, "Id") == 0 ? id : key, json_incref(v));
	if (template_execute(in->t, typed, names, text, NULL) == 0)
		return 0;
	str_reset(text);
	return template_execute(in->t, doc, names, text, e);
}

void inspection_add(struct inspection *in, json_t *doc, const struct template_names *names,
		    const char *id)
{
	auto_str struct str text = STR_INIT;
	struct err why = { 0 };

	json_array_append_new(in->all, doc);
	if (!in->t)
		return;
	if (run_template(in, doc, names, id, &text, &why) < 0) {
		inspection_error(in, "template parsing error: %s", why.msg);
		str_reset(&text);
	}
	str_add(&in->out, text.s, text.len);
	str_puts(&in->out, "\n");
}

void inspection_error(struct inspection *in, const char *fmt, ...)
{
	va_list ap;

	if (in->errors.len)
		str_puts(&in->errors, "\n");
	va_start(ap, fmt);
	str_addv(&in->errors, fmt, ap);
	va_end(ap);
}

int inspection_end(struct inspection *in)
{
	if (!in->t) {
		json_print(in->all, JSON_PRETTY, &in->out);
		str_puts(&in->out, "\n");
	}
	out_safe(in->out.s, in->out.len);
	if (in->errors.len)
		err_line("%s", in->errors.s);
	return in->errors.len > 0;
}

void inspection_release(struct inspection *in)
{
	json_release(&in->all);
	str_release(&in->out);
	str_release(&in->errors);
}
