// SPDX-License-Identifier: MIT
/* mountmask.c - what a container may not see, or may see but not change (Z18).
 *
 * What an attacker controls: what is in the root, and so what a path outside
 * procfs and sysfs leads to. In those two names are the kernel's. A path is walked
 * with no link followed; a mask of a file is a bind of a null device that we made
 * and check here, never of a name in the container's /dev. */
#include "core/kern/mount.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "core/os/root.h"

enum { CPUS_MAX = 8192, FD_PATH_MAX = 32 };

const char *const mount_masked_paths[] = {
	"/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys",
	"/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
	"/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap", NULL
};

const char *const mount_readonly_paths[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL
};

static int check_null(int fd, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(e, "look at the null device");
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return err_set(e, EINVAL, "the null device is none");
	return 0;
}

static int mask_dir(int target, const char *path, struct err *e)
{
	int rc = mount_fs("tmpfs", "tmpfs", target,
			  MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=0k,nr_inodes=1", e);

	return rc < 0 ? err_wrap(e, "mask %s", path) : 0;
}

static int mask_file(int target, int nullfd, const char *path, struct err *e)
{
	char from[FD_PATH_MAX], to[FD_PATH_MAX];
	struct mount_opts o;
	int rc;

	snprintf(from, sizeof(from), "/proc/self/fd/%d", nullfd);
	snprintf(to, sizeof(to), "/proc/self/fd/%d", target);
	if (mount(from, to, NULL, MS_BIND, NULL) == 0)
		return 0;
	if (errno != ENOENT)
		return err_sys(e, "mask %s", path);
	mount_opts_init(&o);	/* no /proc here */
	rc = mount_bind(nullfd, target, &o, NULL, e);
	return rc < 0 ? err_wrap(e, "mask %s", path) : 0;
}

/* 1: there is nothing there to hide. */
static int open_target(int rootfd, const char *path, struct stat *st, struct err *e)
{
	struct err why;
	int fd = root_open_how(rootfd, path, O_PATH | O_NOFOLLOW, 0, ROOT_NO_SYMLINKS, &why);

	if (fd == -ENOENT)
		return fd;
	if (fd < 0) {
		err_set(e, why.code, "%s", why.msg);
		return fd;
	}
	if (fstat(fd, st) < 0) {
		int rc = err_sys(e, "look at %s", path);

		close(fd);
		return rc;
	}
	return fd;
}

static int mask(const struct mount_masks *m, const char *path, struct err *e)
{
	struct stat st;
	auto_close int fd = open_target(m->rootfd, path, &st, e);

	if (fd < 0)
		return fd;
	if (S_ISLNK(st.st_mode))
		return err_set(e, ELOOP, "%s is a link", path);
	return S_ISDIR(st.st_mode) ? mask_dir(fd, path, e) : mask_file(fd, m->nullfd, path, e);
}

/* Bind it over itself, read-only. */
static int protect(const struct mount_masks *m, const char *path, struct err *e)
{
	struct mount_opts o;
	struct stat st;
	auto_close int fd = open_target(m->rootfd, path, &st, e);
	int rc;

	if (fd < 0)
		return fd;
	if (S_ISLNK(st.st_mode))
		return err_set(e, ELOOP, "%s is a link", path);
	mount_opts_init(&o);
	o.set = MS_RDONLY;
	o.recursive = true;
	rc = mount_bind(fd, fd, &o, NULL, e);
	return rc < 0 ? err_wrap(e, "make %s read-only", path) : 0;
}

/* How often a processor was too hot tells what its neighbours do. */
static int mask_throttle(const struct mount_masks *m, struct err *e)
{
	char path[80];
	int rc = 0;

	for (int cpu = 0; cpu < CPUS_MAX && rc == 0; cpu++) {
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/thermal_throttle", cpu);
		rc = mask(m, path, e);
	}
	return rc == -ENOENT ? 0 : rc;
}

int mount_mask(const struct mount_masks *m, struct err *e)
{
	int rc = check_null(m->nullfd, e);

	for (size_t i = 0; rc == 0 && m->masked[i]; i++) {
		rc = mask(m, m->masked[i], e);
		if (rc == -ENOENT)
			rc = 0;
	}
	for (size_t i = 0; rc == 0 && m->readonly[i]; i++) {
		rc = protect(m, m->readonly[i], e);
		if (rc == -ENOENT)
			rc = 0;
	}
	if (rc == 0 && m->masked == mount_masked_paths)
		rc = mask_throttle(m, e);
	return rc;
}
