// SPDX-License-Identifier: MIT
#include "applets/outfile.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/os/rand.h"

static int check(const char *what, const char *path, bool *plain, struct err *e)
{
	auto_str struct str dir = STR_INIT;
	const char *slash = strrchr(path, '/');
	struct stat sb;

	if (slash) {
		str_add(&dir, path, slash == path ? 1 : slash - path);
		if (stat(dir.s, &sb) < 0 || !S_ISDIR(sb.st_mode))
			return cli_fail(e, "%s: invalid output path: directory \"%s\" does not "
					"exist", what, dir.s);
	}
	*plain = stat(path, &sb) < 0 || S_ISREG(sb.st_mode);
	if (!*plain && (S_ISBLK(sb.st_mode) || S_ISCHR(sb.st_mode)) &&
	    strcmp(path, "/dev/null") != 0)
		return cli_fail(e, "%s: invalid output path: \"%s\" must be a directory or a "
				"regular file: got a device", what, path);
	if (!*plain && S_ISDIR(sb.st_mode))
		return cli_fail(e, "%s: open %s: is a directory", what, path);
	return 0;
}

int outfile_open(struct outfile *o, const char *what, const char *path, struct err *e)
{
	char hex[17];
	bool plain = false;
	int rc = check(what, path, &plain, e);

	if (rc < 0)
		return rc;
	o->path = path;
	if (plain)
		str_addf(&o->temp, "%s.%s.tmp", path, rand_hex(hex, 8));
	o->fd = open(plain ? o->temp.s : path,
		     O_WRONLY | O_CLOEXEC | (plain ? O_CREAT | O_EXCL : 0), 0600);
	if (o->fd >= 0)
		return 0;
	str_reset(&o->temp);
	return cli_fail(e, "%s: open %s: %s", what, path, strerror(errno));
}

int outfile_done(struct outfile *o, struct err *e)
{
	if (o->temp.len && rename(o->temp.s, o->path) < 0)
		return err_sys(e, "rename %s", o->temp.s);
	str_reset(&o->temp);
	return 0;
}

void outfile_release(struct outfile *o)
{
	close_at(&o->fd);
	o->fd = -1;
	if (o->temp.len)
		unlink(o->temp.s);
	str_release(&o->temp);
}
