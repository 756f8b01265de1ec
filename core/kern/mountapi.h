// SPDX-License-Identifier: MIT
/* mountapi.h - the mount calls of Linux 5.2 and 5.12, which libc may not know.
 *
 * Thin: arguments as the kernel has them, -1 and errno as libc does it. */
#pragma once

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/base.h"

#ifndef AT_RECURSIVE
#define AT_RECURSIVE	0x8000
#endif
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE	1
#endif

static inline int mountapi_open_tree(int dirfd, const char *path, unsigned flags)
{
	return syscall(SYS_open_tree, dirfd, path, flags | O_CLOEXEC);
}

static inline int mountapi_move(int from, int to_dir, const char *to_path)
{
	return syscall(SYS_move_mount, from, "", to_dir, to_path,
		       MOVE_MOUNT_F_EMPTY_PATH | (*to_path ? 0 : MOVE_MOUNT_T_EMPTY_PATH));
}

static inline int mountapi_setattr(int fd, unsigned flags, struct mount_attr *a)
{
	return syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | flags, a, sizeof(*a));
}

static inline int mountapi_fsopen(const char *type)
{
	return syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
}

static inline int mountapi_fsconfig(int fs, unsigned cmd, const char *key, const char *value)
{
	return syscall(SYS_fsconfig, fs, cmd, key, value, 0);
}

static inline int mountapi_fsmount(int fs, unsigned attr)
{
	return syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attr);
}
