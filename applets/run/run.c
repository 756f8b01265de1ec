// SPDX-License-Identifier: MIT
/* run.c - run a command in a new container.
 *
 * config RUN
 *	bool "run: run a command in a new container"
 *	default y
 *	help
 *	  docker run. Exit status: the command's own; 125 when nothing was started, 126 when
 *	  the command cannot be executed, 127 when it is not there.
 */
#include <stdio.h>

#include "applets/run/runopts.h"
#include "applets/run/streams.h"
#include "applets/session.h"
#include "build/gen/config.h"
#include "core/engine/wire.h"
#include "core/store/image.h"

#define O struct run_opts
static const struct opt run_table[] = {
	OPT_ROWS(run_rows_to_detach),
	RUN_OPTS_DETACH(O),
	OPT_ROWS(run_rows_to_pull),
	RUN_OPTS_TO_SIG_PROXY(O, "running"),
	RUN_OPTS_SIG_PROXY(O),
	OPT_ROWS(run_rows_rest),
	OPT_END
};
#undef O

static int run_check(const struct run_opts *o, struct err *e)
{
	if (o->detach && o->attach.n)
		return cli_fail(e, "Conflicting options: -a and -d");
	if (!o->detach && o->c.tty &&
	    (o->attach.n ? strv_has(&o->attach, "stdin") : o->c.open_stdin))
		return streams_check_tty(e);
	return 0;
}

static int run_attached(struct session *s, const struct container *c, const struct run_opts *o,
			int fd, struct err *e)
{
	const struct container_config *cfg = &c->config;
	const struct attach_io io = {
		.in = cfg->attach_stdin ? STDIN_FILENO : -1,
		.out = cfg->attach_stdout ? STDOUT_FILENO : -1,
		.err = cfg->attach_stderr ? STDERR_FILENO : -1,
		.tty = cfg->tty,
		.sig_proxy = o->sig_proxy && !cfg->tty,
		.detach_keys = o->detach_keys,
	};

	return streams_attach(&s->g, c->id, fd, &io, false, e);
}

static int run_start(const struct ctx *ctx, struct session *s, const struct container *c,
		     const struct run_opts *o, struct err *e)
{
	auto_close int fd = -1;
	unsigned want = streams_want(c->config.attach_stdin, c->config.attach_stdout,
				     c->config.attach_stderr);
	int status, rc = engine_start(&s->g, c, want, want ? &fd : NULL, &status, e);

	session_warnings(s);
	if (rc < 0)
		return run_fail(ctx, RUN_ENGINE, false, status, e);
	if (!c->config.attach_stdout && !c->config.attach_stderr)
		puts(c->id);
	fflush(stdout);
	return want ? run_attached(s, c, o, fd, e) : 0;
}

/* What is not there, or not right, is create's to tell. */
static int run_seal(struct session *s, const struct run_opts *o, const char *image, struct err *e)
{
	struct container_config c = o->c;
	struct image_config config;
	char id[IMAGE_ID_LEN + 1];

	if (*o->health_cmd) {
		strv_add(&c.health.test, "CMD-SHELL", s->g.mem);
		strv_add(&c.health.test, o->health_cmd, s->g.mem);
	} else if (CFG_HEALTH && !o->no_healthcheck &&
		   image_find(&s->store, image, id, NULL) >= 0 &&
		   image_config(&s->store, id, &config, s->g.mem, NULL) >= 0) {
		c.health.test = config.health.test;
	}
	return session_seal(s, &c, e);
}

static int run_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	struct container c;
	struct run_opts o;
	int at, rc;

	run_opts_init(&o);
	at = cmd_parse(ctx, argc, argv, &o, e);
	if (at < 0)
		return at;
	rc = run_check(&o, e);
	if (rc == 0)
		rc = session_open(ctx, &s, e);
	if (rc == 0)
		rc = run_seal(&s, &o, argv[at], e);
	if (rc == 0)
		rc = run_create(ctx, &s.g, &o, argc - at, argv + at, &c, e);
	return rc < 0 ? rc : run_start(ctx, &s, &c, &o, e);
}

static const struct cmd run_cmds[] = {
	{ "run", "[OPTIONS] IMAGE [COMMAND] [ARG...]", "Run a command in a new container", run_run,
	  run_table, .min = 1, .max = ARGS_ANY, .front = true, .group = "container" },
	{ 0 }
};

const struct applet run_applet = {
	.name = "run",
	.cmds = run_cmds,
};
