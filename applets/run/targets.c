// SPDX-License-Identifier: MIT
#include "applets/run/targets.h"

#include <stdio.h>

static void echo(const char *ref)
{
	out_safe(ref, strlen(ref));
	fputc('\n', stdout);
	fflush(stdout);
}

int targets_each(const struct ctx *ctx, int n, const char **refs, target_fn *fn, const void *opts,
		 struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	auto_str struct str errors = STR_INIT;
	int rc = session_open(ctx, &s, e);

	if (rc < 0)
		return rc;
	for (int i = 0; i < n; i++) {
		struct err why = { 0 };

		rc = fn(&s, refs[i], opts, &why);
		session_warnings(&s);
		if (rc == 0)
			echo(refs[i]);
		if (rc >= 0)
			continue;
		str_addf(&errors, "%s%s%s", errors.len ? "\n" : "",
			 why.code == CLI_E_PLAIN ? "" : "Error response from daemon: ", why.msg);
	}
	if (errors.len)
		err_line("%s", errors.s);
	return errors.len > 0;
}

int64_t targets_time(int64_t given)
{
	if (given == OPT_UNSET)
		return -1;
	return given < 0 ? INT32_MAX : given;
}
