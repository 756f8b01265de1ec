// SPDX-License-Identifier: MIT
#include "core/store/bottom.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

/* Exactly these modes, whatever the umask. */
static int dir_make(int at, const char *name, mode_t mode)
{
	return mkdirat(at, name, mode) < 0 || fchmodat(at, name, mode, 0) < 0 ? -errno : 0;
}

static int file_make(int at, const char *name)
{
	auto_close int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	return fd < 0 || fchmod(fd, 0644) < 0 ? -errno : 0;
}

static int tree_make(int tmp)
{
	static const char *const dirs[] = { BOTTOM_NAME, BOTTOM_NAME "/etc", BOTTOM_NAME "/dev",
		BOTTOM_NAME "/proc", BOTTOM_NAME "/sys" };
	static const char *const files[] = { BOTTOM_NAME "/etc/hosts", BOTTOM_NAME "/etc/hostname",
		BOTTOM_NAME "/etc/resolv.conf" };
	int rc = 0;

	/* Its top is below a directory of ours only, and never a container's "/". */
	for (size_t i = 0; rc == 0 && i < countof(dirs); i++)
		rc = dir_make(tmp, dirs[i], i ? 0755 : 0700);
	for (size_t i = 0; rc == 0 && i < countof(files); i++)
		rc = file_make(tmp, files[i]);
	return rc;
}

bool bottom_ready(const struct store *st)
{
	auto_store_tmp struct store_tmp tmp = STORE_TMP_INIT;

	if (faccessat(st->root_fd, BOTTOM_NAME, F_OK, 0) == 0)
		return true;
	if (errno != ENOENT || store_tmp_open(st, &tmp, NULL) < 0 || tree_make(tmp.fd) < 0)
		return false;
	return renameat(tmp.fd, BOTTOM_NAME, st->root_fd, BOTTOM_NAME) == 0 ||
		errno == EEXIST || errno == ENOTEMPTY;
}
