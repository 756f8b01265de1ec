// SPDX-License-Identifier: MIT
/* exec.c - run a command in a running container.
 *
 * config EXEC
 *	bool "exec: run a command in a running container"
 *	default y
 *	help
 *	  docker exec. Exit status: the command's own, 126 when it could not be executed.
 */
#include "applets/run/runfile.h"
#include "applets/run/streams.h"
#include "applets/session.h"
#include "core/engine/stub.h"
#include "core/fmt/runcheck.h"

struct exec_opts {
	struct exec_request r;
	const char *detach_keys;
	struct strv env, env_files;
};

#define O struct exec_opts
static const struct opt exec_table[] = {
	OPT_FLAG(O, r.detach, 'd', "detach", "Detached mode: run command in the background"),
	OPT_TEXT(O, detach_keys, 0, "detach-keys", "string",
		 "Override the key sequence for detaching a container"),
	OPT_LIST_OK(O, env, 'e', "env", "list", "Set environment variables", runcheck_env),
	OPT_LIST(O, env_files, 0, "env-file", "list", "Read in a file of environment variables"),
	OPT_FLAG(O, r.open_stdin, 'i', "interactive", "Keep STDIN open even if not attached"),
	OPT_FLAG(O, r.privileged, 0, "privileged", "Give extended privileges to the command"),
	OPT_FLAG(O, r.tty, 't', "tty", "Allocate a pseudo-TTY"),
	OPT_TEXT(O, r.user, 'u', "user", "string",
		 "Username or UID (format: <name|uid>[:<group|gid>])"),
	OPT_TEXT(O, r.working_dir, 'w', "workdir", "string",
		 "Working directory inside the container"),
	OPT_END
};
#undef O

static int exec_env(struct exec_opts *o, struct arena *mem, struct err *e)
{
	struct err why = { 0 };

	if (runfile_lines(&o->env_files, getenv, &o->r.env, mem, &why) < 0)
		return cli_fail(e, "%s", why.msg);
	for (size_t i = 0; i < o->env.n; i++)
		strv_add(&o->r.env, runfile_env(o->env.v[i], mem), mem);
	return 0;
}

/* What could not be executed is told without the engine's prefix, and is 126. */
static int exec_fail(int status, struct err *e)
{
	if (status == STATUS_ENGINE && e->code == EBUSY)
		return -EBUSY;
	if (strncmp(e->msg, "unable to find ", 15) != 0)
		err_wrap(e, "OCI runtime exec failed: exec failed");
	e->code = CLI_E_STATUS + STATUS_NOT_EXECUTABLE;
	return -e->code;
}

static int exec_go(struct session *s, const char *id, const struct exec_opts *o, struct err *e)
{
	auto_close int fd = -1;
	const struct attach_io io = {
		.in = o->r.open_stdin ? STDIN_FILENO : -1,
		.out = STDOUT_FILENO,
		.err = STDERR_FILENO,
		.tty = o->r.tty,
		.detach_keys = o->detach_keys,
	};
	int status, rc = engine_exec(&s->g, id, &o->r, &fd, &status, e);

	session_warnings(s);
	if (rc < 0)
		return exec_fail(status, e);
	if (o->r.detach)
		return 0;
	return streams_attach(&s->g, id, fd, &io, true, e);
}

static int exec_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	struct exec_opts o = { .r = { .user = "", .working_dir = "" }, .detach_keys = "" };
	char id[CONTAINER_ID_LEN + 1];
	int at = cmd_parse(ctx, argc, argv, &o, e);
	int rc = at < 0 ? at : exec_env(&o, ctx->mem, e);

	if (rc >= 0 && *o.r.working_dir && *o.r.working_dir != '/') {
		err_set(e, EINVAL, "Cwd must be an absolute path");
		rc = exec_fail(STATUS_ENGINE, e);
	}
	if (rc >= 0 && !o.r.detach && o.r.tty && o.r.open_stdin)
		rc = streams_check_tty(e);
	if (rc >= 0)
		rc = self_seal(ctx->argv, e);	/* the container will see what executable we are */
	if (rc >= 0)
		rc = session_open(ctx, &s, e);
	if (rc >= 0)
		rc = session_find(&s, argv[at], id, e);
	if (rc < 0)
		return rc;
	o.r.args = (struct strv){ argv + at + 1, (size_t)(argc - at - 1) };
	o.r.open_stdin &= !o.r.detach;
	return exec_go(&s, id, &o, e);
}

static const struct cmd exec_cmds[] = {
	{ "exec", "[OPTIONS] CONTAINER COMMAND [ARG...]", "Run a command in a running container",
	  exec_run, exec_table, .min = 2, .max = ARGS_ANY, .front = true, .group = "container" },
	{ 0 }
};

const struct applet exec_applet = {
	.name = "exec",
	.cmds = exec_cmds,
};
