// SPDX-License-Identifier: MIT
/* start.c - start containers that were created or have ended.
 *
 * config START
 *	bool "start: start created or stopped containers"
 *	default y
 *	help
 *	  docker start. With --attach the exit status is the container's.
 */
#include <stdio.h>

#include "applets/run/streams.h"
#include "applets/session.h"

enum { JOIN_TRIES = 5 };

struct start_opts {
	const char *detach_keys;
	bool attach, interactive;
};

#define O struct start_opts
static const struct opt start_table[] = {
	OPT_FLAG(O, attach, 'a', "attach", "Attach STDOUT/STDERR and forward signals"),
	OPT_TEXT(O, detach_keys, 0, "detach-keys", "string",
		 "Override the key sequence for detaching a container"),
	OPT_FLAG(O, interactive, 'i', "interactive", "Attach container's STDIN"),
	OPT_END
};
#undef O

/* Start it; if it runs, attach to it. It may end between the two: then again. */
static int start_or_join(struct session *s, struct container *c, unsigned want, int *fd,
			 struct err *e)
{
	int status, rc = 0;

	for (int i = 0; i < JOIN_TRIES && rc >= 0; i++) {
		rc = engine_start(&s->g, c, want, fd, &status, e);
		session_warnings(s);
		if (rc != 1)
			return rc;
		*fd = engine_attach(&s->g, c->id, want, e);
		if (*fd != -EBUSY)
			return *fd;
		rc = container_load(&s->store, c->id, c, s->g.mem, e);
	}
	return rc < 0 ? rc : -EBUSY;
}

static int start_attached(struct session *s, const char *ref, const struct start_opts *o,
			  struct err *e)
{
	auto_close int fd = -1;
	char id[CONTAINER_ID_LEN + 1];
	struct container c;
	bool in;
	int rc = session_find(s, ref, id, e);

	if (rc == 0)
		rc = container_load(&s->store, id, &c, s->g.mem, e);
	if (rc == 0)
		rc = session_seal(s, &c.config, e);
	if (rc < 0)
		return rc;
	in = o->interactive && c.config.open_stdin;
	if (in && c.config.tty && streams_check_tty(e) < 0)
		return -e->code;
	rc = start_or_join(s, &c, streams_want(in, true, true), &fd, e);
	if (rc >= 0) {
		const struct attach_io io = {
			.in = in ? STDIN_FILENO : -1, .out = STDOUT_FILENO, .err = STDERR_FILENO,
			.tty = c.config.tty, .sig_proxy = !c.config.tty,
			.detach_keys = o->detach_keys,
		};

		rc = streams_attach(&s->g, id, fd, &io, false, e);
	}
	return rc;
}

static int start_one(struct session *s, const char *ref, struct err *e)
{
	char id[CONTAINER_ID_LEN + 1];
	struct container c;
	int status, rc = container_find(&s->store, ref, id, e);

	if (rc == 0)
		rc = container_load(&s->store, id, &c, s->g.mem, e);
	if (rc == 0)
		rc = session_seal(s, &c.config, e);
	if (rc == 0)
		rc = engine_start(&s->g, &c, 0, NULL, &status, e);
	session_warnings(s);
	return rc < 0 ? rc : 0;
}

static int start_each(struct session *s, int n, const char **refs, struct err *e)
{
	auto_str struct str failed = STR_INIT;
	int failures = 0;

	for (int i = 0; i < n; i++) {
		struct err why = { 0 };

		if (start_one(s, refs[i], &why) == 0) {
			out_safe(refs[i], strlen(refs[i]));
			fputc('\n', stdout);
			continue;
		}
		err_line("Error response from daemon: %s", why.msg);
		str_addf(&failed, "%s%s", failures++ ? ", " : "", refs[i]);
	}
	return failures ? cli_fail(e, "Error: failed to start containers: %s", failed.s) : 0;
}

static int start_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	struct start_opts o = { .detach_keys = "" };
	int at = cmd_parse(ctx, argc, argv, &o, e), rc;

	if (at < 0)
		return at;
	if ((o.attach || o.interactive) && argc - at > 1)
		return cli_fail(e, "you cannot start and attach multiple containers at once");
	rc = session_open(ctx, &s, e);
	if (rc < 0)
		return rc;
	if (o.attach || o.interactive)
		return start_attached(&s, argv[at], &o, e);
	return start_each(&s, argc - at, argv + at, e);
}

static const struct cmd start_cmds[] = {
	{ "start", "[OPTIONS] CONTAINER [CONTAINER...]", "Start one or more stopped containers",
	  start_run, start_table, .min = 1, .max = ARGS_ANY, .group = "container" },
	{ 0 }
};

const struct applet start_applet = {
	.name = "start",
	.cmds = start_cmds,
};
