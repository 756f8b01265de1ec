// SPDX-License-Identifier: MIT
/* logs.c - what a container has written.
 *
 * config LOGS
 *	bool "logs: what a container has written"
 *	default y
 *	help
 *	  docker logs: standard output and error of a container, as it wrote them.
 */
#include <stdio.h>

#include "applets/session.h"
#include "core/base/num.h"
#include "core/engine/log.h"
#include "core/fmt/when.h"
#include "core/os/clock.h"

struct logs_opts {
	bool details, follow, timestamps;
	const char *since, *until, *tail;
};

#define O struct logs_opts
static const struct opt logs_table[] = {
	OPT_FLAG(O, details, 0, "details", "Show extra details provided to logs"),
	OPT_FLAG(O, follow, 'f', "follow", "Follow log output"),
	OPT_TEXT(O, since, 0, "since", "string", "Show logs since timestamp (e.g. "
		 "2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)"),
	OPT_TEXT(O, tail, 'n', "tail", "string",
		 "Number of lines to show from the end of the logs (default \"all\")"),
	OPT_FLAG(O, timestamps, 't', "timestamps", "Show timestamps"),
	OPT_TEXT(O, until, 0, "until", "string", "Show logs before a timestamp (e.g. "
		 "2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)"),
	OPT_END
};
#undef O

enum { ROOM = 64 << 10 };	/* bytes of output written at once */

/* One reading of a log. */
struct reading {
	const struct logs_opts *o;
	struct session *s;
	const char *id;
	FILE *last;		/* what was printed to last; its buffer goes before the other's */
};

/* Standard output is left as it is: what a container writes is the user's own business. */
static int print_entry(void *arg, const struct log_entry *en)
{
	struct reading *r = arg;
	FILE *f = en->stream == LOG_STDERR ? stderr : stdout;
	char when[CLOCK_TEXT_MAX];

	if (r->last && r->last != f && fflush(r->last) != 0)
		return -EIO;
	r->last = f;
	if (r->o->timestamps)
		fprintf(f, "%s ", clock_format9(en->time_ns, when));
	if (r->o->details) {
		auto_str struct str b = STR_INIT;

		log_details(en, &b);
		fprintf(f, "%s ", b.s);
	}
	return fwrite(en->text, 1, en->len, f) != en->len || ferror(f) ? -EIO : 0;
}

static void show(void *arg UNUSED)
{
	fflush(NULL);
}

/* The monitor holds the lock until all is written; its record says "exited" before that. */
static bool is_alive(void *arg)
{
	const struct reading *r = arg;

	return container_locked(&r->s->store, r->id);
}

static int bound(const char *name, const char *text, int64_t *ns, struct err *e)
{
	struct err why;

	*ns = 0;
	if (!text || !*text || when_parse(text, clock_real_ns(), ns, &why) == 0)
		return 0;
	return cli_fail(e, "invalid value for \"%s\": %s", name, why.msg);
}

static int logs_query(const struct logs_opts *o, struct log_query *q, struct err *e)
{
	int rc = bound("since", o->since, &q->since_ns, e);

	if (rc == 0)
		rc = bound("until", o->until, &q->until_ns, e);
	if (!o->tail || num_int10(o->tail, &q->tail, NULL) < 0 || q->tail < 0)
		q->tail = -1;
	return rc;
}

/* The log of a container that wrote nothing yet is empty. */
static int read_log(struct session *s, const char *id, const struct log_query *q, struct err *e)
{
	static char room[2][ROOM];
	auto_close int dir = container_dir(&s->store, id, false, e);
	int rc;

	if (dir == -ENOENT)
		return 0;
	setvbuf(stdout, room[0], _IOFBF, ROOM);
	setvbuf(stderr, room[1], _IOFBF, ROOM);
	rc = dir < 0 ? dir : log_read(dir, q, e);
	return rc == -EIO ? cli_fail(e, "write standard output: %s", strerror(errno)) : rc;
}

static int logs_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	struct logs_opts o = { 0 };
	char id[CONTAINER_ID_LEN + 1];
	struct reading r = { .o = &o, .s = &s, .id = id };
	struct log_query q = { .entry = print_entry,
			       .alive = is_alive, .rest = show, .arg = &r };
	struct container c;
	int at = cmd_parse(ctx, argc, argv, &o, e);
	int rc = at < 0 ? at : session_open(ctx, &s, e);

	if (rc >= 0)
		rc = session_find(&s, argv[at], id, e);
	if (rc >= 0)
		rc = logs_query(&o, &q, e);
	if (rc >= 0)
		rc = container_load(&s.store, id, &c, ctx->mem, e);
	if (rc < 0)
		return rc;
	if (!log_readable(&c.config))
		return err_set(e, EINVAL, "configured logging driver does not support reading");
	q.follow = o.follow;
	return read_log(&s, id, &q, e);
}

static const struct cmd logs_cmds[] = {
	{ "logs", "[OPTIONS] CONTAINER", "Fetch the logs of a container", logs_run, logs_table,
	  .min = 1, .max = 1, .group = "container" },
	{ 0 }
};

const struct applet logs_applet = {
	.name = "logs",
	.cmds = logs_cmds,
};
