// SPDX-License-Identifier: MIT
#include "applets/home.h"

#include <stdarg.h>
#include <sys/auxv.h>
#include <sys/stat.h>

#include "core/kern/userns.h"

/* An absolute path from the environment; the XDG rules say that others do not count. */
static const char *env_path(const char *name)
{
	const char *s = getenv(name);

	return s && *s == '/' ? s : NULL;
}

static int data_dir(struct arena *mem, const char **root, struct err *e)
{
	const char *data = env_path("XDG_DATA_HOME"), *home = env_path("HOME");

	if (!data && !home)
		return err_set(e, EINVAL, "HOME does not say where to keep images (say --root)");
	*root = data ? strv_textf(mem, "%s/coracle", data)
		     : strv_textf(mem, "%s/.local/share/coracle", home);
	return 0;
}

/* After su the variable may still name somebody else's. */
static bool is_ours(const char *dir, uid_t uid)
{
	struct stat st;

	return stat(dir, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == uid &&
		!(st.st_mode & (S_IWGRP | S_IWOTH));
}

static int tmp_dir(const char *path, uid_t uid, struct err *e)
{
	struct stat top, st;

	if (lstat("/tmp", &top) < 0)
		return err_sys(e, "look at /tmp");
	if (!S_ISDIR(top.st_mode) || (top.st_uid != 0 && top.st_uid != uid) ||
	    ((top.st_mode & (S_IWGRP | S_IWOTH)) && !(top.st_mode & S_ISVTX)))
		return err_set(e, EPERM, "others could change what is in /tmp (say --state)");
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_sys(e, "create %s", path);
	if (lstat(path, &st) < 0)
		return err_sys(e, "look at %s", path);
	if (!S_ISDIR(st.st_mode) || st.st_uid != uid || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return err_set(e, EPERM, "%s is not ours alone (say --state)", path);
	return 0;
}

static int state_dir(struct arena *mem, const char **state, struct err *e)
{
	const char *run = env_path("XDG_RUNTIME_DIR");
	uid_t uid = (uid_t)getauxval(AT_EUID);

	if (run && is_ours(run, uid)) {
		*state = strv_textf(mem, "%s/coracle", run);
		return 0;
	}
	*state = strv_textf(mem, "/tmp/coracle-%u", uid);
	return tmp_dir(*state, uid, e);
}

int home_dirs(const struct ctx *ctx, const char **root, const char **state, struct err *e)
{
	int rc = 0;

	*root = ctx->root;
	*state = ctx->state;
	if (!userns_is_ordinary())
		return 0;
	if (!*root)
		rc = data_dir(ctx->mem, root, e);
	return rc < 0 || *state ? rc : state_dir(ctx->mem, state, e);
}
