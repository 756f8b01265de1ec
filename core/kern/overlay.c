// SPDX-License-Identifier: MIT
/* overlay.c - see overlay.h.
 *
 * The layers are named to the kernel as what /proc/self/fd/N leads to. mount(2)
 * takes one page of options: some 200 layers fit as full paths; past that the
 * working directory becomes /proc/self/fd for the call and each layer is its number.
 * (fsconfig takes 255 bytes a string, and layer by layer only since Linux 6.5.) */
#include "core/kern/overlay.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/base/str.h"
#include "core/kern/mount.h"
#include "core/kern/userns.h"
#include "core/os/rand.h"
#include "core/os/root.h"
#include "core/os/tree.h"

enum { OPTIONS_MAX = 4095 };

/* Options an old kernel does not know, and then does without. */
static const char *const safe_options[] = {
	",index=off,metacopy=off,redirect_dir=nofollow",	/* 4.19; with volatile 5.10 */
	",index=off,metacopy=off,redirect_dir=nofollow",	/* the same without */
	",index=off,redirect_dir=nofollow",			/* 4.16 */
	",index=off,redirect_dir=off",				/* 4.13 */
	"",
};

static void add_options(struct str *s, const struct overlay *o, const char *prefix, size_t safe)
{
	str_puts(s, "lowerdir=");
	for (size_t i = 0; i < o->lower_n; i++)
		str_addf(s, "%s%s%d", i ? ":" : "", prefix, o->lower[i]);
	if (o->upper >= 0)
		str_addf(s, ",upperdir=%s%d,workdir=%s%d", prefix, o->upper, prefix, o->work);
	str_puts(s, safe_options[safe]);
	if (o->userxattr)
		str_puts(s, ",userxattr");
	if (o->throwaway && safe == 0)
		str_puts(s, ",volatile");
}

static int try_mount(const char *target, const struct overlay *o, size_t safe)
{
	auto_str struct str opts = STR_INIT;
	auto_close int cwd = -1;
	unsigned long flags = o->upper < 0 ? MS_RDONLY : 0;
	int rc;

	add_options(&opts, o, "/proc/self/fd/", safe);
	if (opts.len > OPTIONS_MAX) {
		str_reset(&opts);
		add_options(&opts, o, "", safe);
		cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (cwd < 0 || chdir("/proc/self/fd") < 0)
			return -errno;
	}
	if (opts.len > OPTIONS_MAX)
		rc = -E2BIG;
	else
		rc = mount("overlay", target, "overlay", flags, opts.s) < 0 ? -errno : 0;
	if (cwd >= 0 && fchdir(cwd) < 0 && rc == 0)
		rc = -errno;
	return rc;
}

static int failed(int code, struct err *e)
{
	errno = code;
	if (code == ENODEV)
		return err_set(e, code,
			       "no overlay file system (needs CONFIG_OVERLAY_FS in the kernel)");
	if (code == EINVAL)
		return err_set(e, code,
			       "mount overlay: Invalid argument "
			       "(the file system of the container's directory cannot hold an upper "
			       "layer)");
	if (code == ENOENT)
		return err_set(e, code,
			       "mount overlay: No such file or directory (is /proc mounted?)");
	return err_sys(e, "mount overlay");
}

int overlay_mount(const struct overlay *o, int dirfd, const char *name, struct err *e)
{
	char below[48 + ROOT_NAME_MAX];
	const char *target = dirfd == AT_FDCWD ? name : below;
	int rc = -EINVAL, fd;

	if (o->lower_n > OVERLAY_LAYERS_MAX)
		return err_set(e, E2BIG, "more than %d layers", OVERLAY_LAYERS_MAX);
	snprintf(below, sizeof(below), "/proc/self/fd/%d/%s", dirfd, name);
	for (size_t i = o->throwaway ? 0 : 1; i < countof(safe_options) && rc == -EINVAL; i++)
		rc = try_mount(target, o, i);
	if (rc < 0)
		return failed(-rc, e);
	fd = openat(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "open the overlay's root") : fd;
}

/* --- probe ------------------------------------------------------------------- */

static const char *const parts[] = { "lower", "upper", "work", "merged" };

/* In a child with a mount namespace of its own. The exit status is the answer. */
static int probe_child(int dirfd, const char *scratch)
{
	int fds[countof(parts)], fd;
	struct overlay o = { .lower_n = 1, .userxattr = userns_is_ordinary() };
	struct err e = { 0 };
	auto_close int top = -1;

	(void)!userns_own_files(NULL); /* unshare will see */
	/* The working directory is taken along into the new namespace, a descriptor is not. */
	if (fchdir(dirfd) < 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return errno;
	top = open(scratch, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < countof(parts); i++)
		fds[i] = openat(top, parts[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
	o.lower = &fds[0];
	o.upper = fds[1];
	o.work = fds[2];
	fd = overlay_mount(&o, top, parts[3], &e);
	if (fd < 0)
		return -fd;
	/* A file system that takes the mount may still be unable to write through it. */
	if (openat(fd, "f", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) < 0)
		return errno;
	return 0;
}

static int probe_run(int dirfd, const char *scratch, int *code)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(probe_child(dirfd, scratch));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	*code = WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
	return 0;
}

static int make_scratch(int dirfd, const char *scratch)
{
	char path[64];

	if (mkdirat(dirfd, scratch, 0700) < 0)
		return -errno;
	for (size_t i = 0; i < countof(parts); i++) {
		snprintf(path, sizeof(path), "%s/%s", scratch, parts[i]);
		if (mkdirat(dirfd, path, 0755) < 0)
			return -errno;
	}
	return 0;
}

int overlay_probe(int dirfd, enum overlay_support *is, struct err *why)
{
	char hex[17], scratch[32];
	int code = 0, rc;

	snprintf(scratch, sizeof(scratch), "probe-%s", rand_hex(hex, 8));
	rc = make_scratch(dirfd, scratch);
	if (rc == 0)
		rc = probe_run(dirfd, scratch, &code);
	(void)!tree_remove(dirfd, scratch, NULL);
	if (rc < 0) {
		errno = -rc;
		return err_sys(why, "try an overlay mount");
	}
	*is = code == 0 ? OVERLAY_YES :
		code == ENODEV || code == EPERM ? OVERLAY_NO_KERNEL : OVERLAY_NO_UPPER;
	if (code)
		failed(code, why);
	return 0;
}
