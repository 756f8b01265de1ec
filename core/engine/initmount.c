// SPDX-License-Identifier: MIT
/* initmount.c - what is mounted into a container's root besides the kernel's own file systems.
 *
 * What an attacker controls: the image's names and links, and, through volumes that containers
 * share, changes to them while we work; in compose files and requests the targets' texts. A target
 * is walked once by root.h and is a descriptor from then on; sources are the caller's paths. */
#include "core/engine/initmount.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "core/os/dir.h"
#include "core/os/file.h"
#include "core/os/lock.h"
#include "core/os/root.h"
#include "core/os/tree.h"

struct initmount {
	const struct container_spec *spec;
	int root;		/* borrowed */
};

static int open_dir(const char *path, struct err *e)
{
	int fd = openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_sys(e, "open %s", path) : fd;
}

/* The target of a mount: a directory, or a file for a file; made when missing. */
static int target_open(const struct initmount *i, const char *path, bool is_file, struct err *e)
{
	if (is_file)
		return root_mkfile(i->root, path, 0644, e);
	return root_mkdirs(i->root, path, 0755, (uid_t)-1, (gid_t)-1, e);
}

/* Files of /proc that may be covered: what lxcfs and its like replace. */
static bool proc_allowed(const char *path)
{
	static const char *const files[] = {
		"cpuinfo",
		"diskstats",
		"loadavg",
		"meminfo",
		"net/dev",
		"slabinfo",
		"stat",
		"swaps",
		"sys/kernel/ns_last_pid",
		"uptime",
	};

	for (size_t k = 0; k < countof(files); k++) {
		if (strcmp(path, files[k]) == 0)
			return true;
	}
	return false;
}

/* Nothing may cover what the container's confinement is read from and written to: by its
 * name here, by what is found there (a link may lead to /proc) in target_verify (Z04). */
static int target_check(const char *path, struct err *e)
{
	path += strspn(path, "/");
	if (strncmp(path, "proc", 4) != 0 || (path[4] && path[4] != '/'))
		return 0;
	if (path[4] && proc_allowed(path + 5 + strspn(path + 5, "/")))
		return 0;
	return err_set(e, EPERM, "a mount at or below /proc is not allowed");
}

static int target_verify(int fd, const char *path, struct err *e)
{
	struct statfs fs;

	path += strspn(path, "/");
	if (fstatfs(fd, &fs) < 0)
		return err_sys(e, "statfs");
	if (fs.f_type != PROC_SUPER_MAGIC || strncmp(path, "proc/", 5) == 0)
		return 0;
	return err_set(e, EPERM, "it leads into /proc");
}

/* Is the directory without a name in it? Who cannot tell says no. */
static bool is_empty(int fd)
{
	auto_dir struct dir d = DIR_INIT;
	auto_close int again = file_reopen(fd, O_RDONLY | O_DIRECTORY);

	return again >= 0 && dir_open(&d, again, ".", NULL) >= 0 && !dir_next(&d);
}

/* Of the image, not of what was mounted over it? A directory of an overlay has the overlay's own
 * device number. The kernel's file systems are not copied into a volume: they show the host, some
 * of their files hang or act when read, and a mount in them ends the copy. */
static bool is_image(const struct initmount *i, int fd)
{
	struct stat root, st;

	return fstat(i->root, &root) == 0 && fstat(fd, &st) == 0 && root.st_dev == st.st_dev;
}

/* An empty volume gets what the image has at its mount point, owner and mode of the directory
 * included. Of two containers that start at once one does it; the other waits for it at a lock
 * that no container can reach. */
static int fill(int image, int volume, const char *lock, struct err *e)
{
	auto_close int fd = lock_open(AT_FDCWD, lock, e);
	int rc = fd < 0 ? fd : lock_take(fd, LOCK_EXCLUSIVE, -1, e);

	if (rc >= 0 && is_empty(volume))
		rc = tree_copy(image, volume, 0, NULL, e);
	return rc < 0 ? err_wrap(e, "fill the volume") : 0;
}

/* Before anything is mounted, for one mount may hide what the image has below another. */
static int fill_one(const struct initmount *i, const struct spec_mount *m, struct err *e)
{
	auto_close int image = root_open(i->root, m->target, O_PATH | O_DIRECTORY, 0, NULL);
	auto_close int volume = -1;

	if (image < 0 || !is_image(i, image)) /* nothing to fill it with */
		return 0;
	volume = open(m->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (volume < 0)
		return err_sys(e, "open %s", m->source);
	return fill(image, volume, m->lock, e);
}

static int mount_one_bind(const struct initmount *i, const struct spec_mount *m, struct err *e)
{
	auto_close int source = open(m->source, O_PATH | O_CLOEXEC), target = -1;
	struct mount_opts opts;
	struct stat st;
	int rc;

	if (source < 0 || fstat(source, &st) < 0)
		return err_sys(e, "open %s", m->source);
	target = target_open(i, m->target, !S_ISDIR(st.st_mode), e);
	if (target < 0)
		return target;
	rc = target_verify(target, m->target, e);
	if (rc < 0)
		return rc;
	opts = *m->opts;
	opts.set |= i->spec->no_devices ? MS_NODEV : 0;
	return mount_bind(source, target, &opts, NULL, e);
}

static int mount_one_fs(const struct initmount *i, const struct spec_mount *m, struct err *e)
{
	auto_close int target = target_open(i, m->target, false, e), mounted = -1;
	unsigned long flags = m->flags | (i->spec->no_devices ? MS_NODEV : 0);
	int rc;

	if (target < 0)
		return target;
	rc = target_verify(target, m->target, e);
	if (rc >= 0)
		rc = mount_fs(m->type, m->source, target, flags, m->data, e);
	if (rc < 0 || !*m->lock || (flags & MS_RDONLY) || !is_image(i, target))
		return rc;
	mounted = target_open(i, m->target, false, e);	/* what is on top now */
	return mounted < 0 ? mounted : fill(target, mounted, m->lock, e);
}

static int mount_one(const struct initmount *i, const struct spec_mount *m, struct err *e)
{
	int rc = target_check(m->target, e);

	if (rc < 0)
		return rc;
	return m->kind == SPEC_BIND ? mount_one_bind(i, m, e) : mount_one_fs(i, m, e);
}

static bool is_mounted(const struct initmount *i, const char *path)
{
	for (size_t k = 0; k < i->spec->mounts_n; k++) {
		if (strcmp(i->spec->mounts[k].target, path) == 0)
			return true;
	}
	return false;
}

/* hosts, hostname and resolv.conf from our state directory over the image's own, or over those of
 * a volume at /etc; what the user mounted there stays. */
static int mount_files(const struct initmount *i, struct err *e)
{
	static const char *const names[] = { "hosts", "hostname", "resolv.conf" };
	auto_close int dir = open_dir(i->spec->files, e);
	struct mount_opts plain;

	if (dir < 0)
		return dir;
	mount_opts_init(&plain);
	for (size_t k = 0; k < countof(names); k++) {
		auto_close int source = openat(dir, names[k], O_PATH | O_NOFOLLOW | O_CLOEXEC);
		auto_close int target = -1;
		char path[32];
		struct stat st;
		int rc;

		snprintf(path, sizeof(path), "/etc/%s", names[k]);
		if (source < 0 || is_mounted(i, path))
			continue;
		target = root_mkfile(i->root, path, 0644, e);
		if (target < 0)
			return target;
		if (fstat(target, &st) < 0 || !S_ISREG(st.st_mode))
			return err_set(e, EINVAL, "%s in the image is not a file", path);
		rc = target_verify(target, path, e);
		if (rc < 0)
			return err_wrap(e, "mount %s", path);
		rc = mount_bind(source, target, &plain, NULL, e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int initmount_all(const struct container_spec *spec, int root, struct err *e)
{
	const struct initmount own = { .spec = spec, .root = root }, *i = &own;
	int rc = 0;

	for (size_t k = 0; rc >= 0 && k < spec->mounts_n; k++) {
		if (*spec->mounts[k].lock && spec->mounts[k].kind == SPEC_BIND)
			rc = fill_one(i, &spec->mounts[k], e);
	}
	for (size_t k = 0; rc >= 0 && k < spec->mounts_n; k++) {
		rc = mount_one(i, &spec->mounts[k], e);
		if (rc < 0)
			return err_wrap(e, "mount %s", spec->mounts[k].target);
	}
	return rc >= 0 && *spec->files ? mount_files(i, e) : rc;
}
