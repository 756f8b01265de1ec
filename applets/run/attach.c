// SPDX-License-Identifier: MIT
/* attach.c - connect to a running container's streams.
 *
 * config ATTACH
 *	bool "attach: connect to a running container's streams"
 *	default y
 *	help
 *	  docker attach. Exit status: the container's, or 0 after the detach keys.
 */
#include "applets/run/streams.h"
#include "applets/session.h"

struct attach_opts {
	const char *detach_keys;
	bool no_stdin, sig_proxy;
};

#define O struct attach_opts
static const struct opt attach_table[] = {
	OPT_TEXT(O, detach_keys, 0, "detach-keys", "string",
		 "Override the key sequence for detaching a container"),
	OPT_FLAG(O, no_stdin, 0, "no-stdin", "Do not attach STDIN"),
	OPT_FLAG(O, sig_proxy, 0, "sig-proxy",
		 "Proxy all received signals to the process (default true)"),
	OPT_END
};
#undef O

static int attach_check(const struct container *c, const struct attach_opts *o, struct err *e)
{
	switch (c->state.status) {
	case CONTAINER_RUNNING:
		break;
	case CONTAINER_PAUSED:
		return cli_fail(e, "You cannot attach to a paused container, unpause it first");
	case CONTAINER_RESTARTING:
		return cli_fail(
			e, "You cannot attach to a restarting container, wait until it is running");
	default:
		return cli_fail(e, "You cannot attach to a stopped container, start it first");
	}
	return !o->no_stdin && c->config.tty && c->config.open_stdin ? streams_check_tty(e) : 0;
}

static int attach_go(struct session *s, const struct container *c, const struct attach_opts *o,
		     struct err *e)
{
	bool in = !o->no_stdin && c->config.open_stdin;
	auto_close int fd = engine_attach(&s->g, c->id, streams_want(in, true, true), e);
	const struct attach_io io = {
		.in = in ? STDIN_FILENO : -1, .out = STDOUT_FILENO, .err = STDERR_FILENO,
		.tty = c->config.tty, .sig_proxy = o->sig_proxy && !c->config.tty,
		.detach_keys = o->detach_keys,
	};

	return fd < 0 ? fd : streams_attach(&s->g, c->id, fd, &io, true, e);
}

static int attach_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	struct attach_opts o = { .detach_keys = "", .sig_proxy = true };
	char id[CONTAINER_ID_LEN + 1];
	struct container c;
	int at = cmd_parse(ctx, argc, argv, &o, e);
	int rc = at < 0 ? at : session_open(ctx, &s, e);

	if (rc >= 0)
		rc = session_find(&s, argv[at], id, e);
	if (rc >= 0)
		rc = container_load(&s.store, id, &c, ctx->mem, e);
	if (rc >= 0)
		rc = attach_check(&c, &o, e);
	return rc < 0 ? rc : attach_go(&s, &c, &o, e);
}

static const struct cmd attach_cmds[] = {
	{ "attach", "[OPTIONS] CONTAINER",
	  "Attach local standard input, output, and error streams to a running container",
	  attach_run, attach_table, .min = 1, .max = 1, .group = "container" },
	{ 0 }
};

const struct applet attach_applet = {
	.name = "attach",
	.cmds = attach_cmds,
};
