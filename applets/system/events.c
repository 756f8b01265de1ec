// SPDX-License-Identifier: MIT
/* events.c - what happens to containers and images, as it happens.
 *
 * config EVENTS
 *	bool "events: what happens, as it happens"
 *	default y
 *	help
 *	  docker events and docker system events, past and to come.
 */
#include "core/base/text.h"
#include "core/engine/eventread.h"

#include <stdio.h>

#include "applets/session.h"
#include "core/fmt/runcheck.h"
#include "core/fmt/template.h"
#include "core/fmt/when.h"
#include "core/os/clock.h"

struct events_opts {
	struct strv filters;
	const char *format, *since, *until;
};

#define O struct events_opts
static const struct opt events_table[] = {
	OPT_LIST_OK(O, filters, 'f', "filter", "filter",
		    "Filter output based on conditions provided", runcheck_filter),
	OPT_TEXT(O, format, 0, "format", "string", "Format the output using the given Go template"),
	OPT_TEXT(O, since, 0, "since", "string", "Show all events created since timestamp"),
	OPT_TEXT(O, until, 0, "until", "string", "Stream events until this timestamp"),
	OPT_END
};
#undef O

enum { STATUS_TEMPLATE = 64 };

static const char *const maps[] = { "Attributes", NULL };
static const char *const none[] = { NULL };
static const struct template_names names = { maps, none, none, "*events.Message", false };

struct printing {
	const struct template *t;	/* NULL: Docker's own lines */
	bool whole;			/* "{{json .}}": the event as it is on the wire */
};

/* The struct that a template sees: Go's names, not the wire's. */
static json_t *typed(const json_t *ev)
{
	static const char *const keys[][2] = {
		{ "Status", "status" }, { "ID", "id" }, { "From", "from" }, { "Type", "Type" },
		{ "Action", "Action" }, { "Actor", "Actor" }, { "Scope", "scope" },
		{ "Time", "time" }, { "TimeNano", "timeNano" },
	};
	json_t *o = json_object();

	for (size_t i = 0; i < countof(keys); i++) {
		json_t *v = json_object_get(ev, keys[i][1]);

		json_put(o, keys[i][0], v ? json_incref(v) : json_string(""));
	}
	return o;
}

static int line_fail(struct err *e, const struct err *why)
{
	return err_set(e, CLI_E_STATUS + STATUS_TEMPLATE, "Error parsing format: %s", why->msg);
}

static int print_format(const struct printing *p, const json_t *ev, struct str *out, struct err *e)
{
	auto_json json_t *o = typed(ev);
	struct err why = { 0 };

	return template_execute(p->t, o, &names, out, &why) < 0 ? line_fail(e, &why) : 0;
}

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

/* TIME TYPE ACTION ID (key=value, …); one line, whatever a label holds. */
static void print_line(const json_t *ev, struct str *out)
{
	auto_str struct str line = STR_INIT;
	const json_t *actor = json_object_get(ev, "Actor");
	json_t *all = json_object_get(actor, "Attributes"), *v;
	char at[CLOCK_TEXT_MAX];
	const char *key;
	bool first = true;

	clock_format9(json_integer_value(json_object_get(ev, "timeNano")), at);
	str_addf(&line, "%s %s %s %s", at, text_of(ev, "Type"), text_of(ev, "Action"),
		 text_of(actor, "ID"));
	json_object_foreach(all, key, v)
	{
		str_addf(&line, "%s%s=%s", first ? " (" : ", ", key, json_string_value(v));
		first = false;
	}
	str_puts(&line, first ? "" : ")");
	text_safe(out, line.s, line.len);
}

static int print_event(void *arg, const json_t *ev, struct err *e)
{
	const struct printing *p = arg;
	auto_str struct str line = STR_INIT;
	int rc = 0;

	if (p->whole)
		json_print(ev, JSON_PLAIN | JSON_HTML, &line);
	else if (p->t)
		rc = print_format(p, ev, &line, e);
	else
		print_line(ev, &line);
	if (rc < 0)
		return rc;
	str_puts(&line, "\n");
	out_safe(line.s, line.len);
	return fflush(stdout) == 0 ? 0 : cli_fail(e, "write standard output: %s", strerror(errno));
}

static bool is_whole(const char *format)
{
	static const char *const parts[] = { "{{", "json", ".", "}}" };

	for (size_t i = 0; i < countof(parts); i++) {
		format += strspn(format, " ");
		if (strncmp(format, parts[i], strlen(parts[i])) != 0)
			return false;
		format += strlen(parts[i]);
	}
	return !*format;
}

/* Docker's client tries it before it asks for anything. */
static int format_take(const char *format, struct printing *p, struct arena *mem, struct err *e)
{
	struct err why = { 0 };

	if (!format || !*format)
		return 0;
	p->whole = is_whole(format);
	return template_parse(format, &p->t, mem, &why) < 0 ? line_fail(e, &why) : 0;
}

static int moment(const char *text, int64_t now_ns, int64_t *ns, struct err *e)
{
	struct err why = { 0 };

	if (!text || !*text || when_parse(text, now_ns, ns, &why) == 0)
		return 0;
	return cli_fail(e, "%s", why.msg);
}

static int events_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	struct events_opts o = { 0 };
	struct printing p = { .whole = false };
	struct event_query q = { .event = print_event, .arg = &p, .now_ns = clock_real_ns() };
	int rc = cmd_parse(ctx, argc, argv, &o, e);

	if (rc >= 0)
		rc = format_take(o.format, &p, ctx->mem, e);
	if (rc >= 0)
		rc = moment(o.since, q.now_ns, &q.since_ns, e);
	if (rc >= 0)
		rc = moment(o.until, q.now_ns, &q.until_ns, e);
	if (rc >= 0)
		rc = session_open(ctx, &s, e);
	q.filters = o.filters;
	return rc < 0 ? rc : engine_events(&s.g, &q, e);
}

static const struct cmd events_cmds[] = {
	{ "events", "[OPTIONS]", "Get real time events from the server", events_run, events_table,
	  .min = 0, .max = 0, .group = "system" },
	{ 0 }
};

const struct applet events_applet = {
	.name = "events",
	.cmds = events_cmds,
};
