// SPDX-License-Identifier: MIT
#include "applets/run/runfile.h"

#include <fcntl.h>
#include <stdio.h>

#include "core/base/str.h"
#include "core/os/file.h"

/* "open FILE: no such file or directory", as Go says it. */
int runfile_fail(const char *what, const char *path, struct err *e)
{
	char why[128];
	int code = e->code;

	snprintf(why, sizeof(why), "%s", strerror(code));
	if (why[0] >= 'A' && why[0] <= 'Z' && (why[1] < 'A' || why[1] > 'Z'))
		why[0] += 32;
	return err_set(e, EINVAL, "%s %s: %s", code == EISDIR ? "read" : what, path, why);
}

int runfile_lines(const struct strv *files, envfile_lookup_fn *lookup, struct strv *out,
		  struct arena *mem, struct err *e)
{
	for (size_t i = 0; i < files->n; i++) {
		auto_str struct str text = STR_INIT;
		struct err why = { 0 };
		int rc = file_read_at(AT_FDCWD, files->v[i], ENVFILE_MAX, &text, &why);

		if (rc < 0) {
			*e = why;
			return runfile_fail("open", files->v[i], e);
		}
		rc = envfile_parse(files->v[i], text.s, text.len, lookup, out, mem, e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* "A" becomes "A=value of A here"; when it is not set, it stays: it then takes the image's
 * variable away. */
const char *runfile_env(const char *text, struct arena *mem)
{
	auto_str struct str b = STR_INIT;
	const char *value = strchr(text, '=') ? NULL : getenv(text);

	if (!value)
		return text;
	str_addf(&b, "%s=%s", text, value);
	return strv_dup(b.s, b.len, mem);
}
