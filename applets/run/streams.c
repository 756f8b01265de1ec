// SPDX-License-Identifier: MIT
#include "applets/run/streams.h"

#include <signal.h>

#include "applets/applet.h"
#include "core/engine/wire.h"

unsigned streams_want(bool in, bool out, bool err)
{
	if (!in && !out && !err)
		return 0;
	return (in ? WIRE_WANT_STDIN : 0) | (out ? WIRE_WANT_STDOUT : 0) |
	       (err ? WIRE_WANT_STDERR : 0) | WIRE_WANT_EXIT;
}

int streams_check_tty(struct err *e)
{
	return isatty(STDIN_FILENO) ? 0 : cli_fail(e, "the input device is not a TTY");
}

int streams_attach(struct engine *g, const char *id, int fd, const struct attach_io *io,
		   bool leave_fails, struct err *e)
{
	struct err why;
	int code = 0, rc = engine_attach_run(fd, io, &code, &why);

	if (rc == -ECONNRESET) {	/* the monitor was killed, and the program with it */
		(void)!engine_reconcile(g, id, NULL);
		return err_set(e, CLI_E_STATUS + STATUS_SIGNAL + SIGKILL, "%s", why.msg);
	}
	if (rc < 0)
		return cli_fail(e, "%s", why.msg);
	if (code == ATTACH_DETACHED)
		return leave_fails ? cli_fail(e, "read escape sequence") : 0;
	return code;
}
