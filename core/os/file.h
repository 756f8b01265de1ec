// SPDX-License-Identifier: MIT
/* file.h - small whole-file reads, replace-or-nothing writes, moving bytes between files. */
#pragma once

#include <sys/types.h>

#include "core/base/err.h"
#include "core/base/str.h"

/* Read a whole file into `out`, replacing what it held.
 *
 * path   relative to dirfd (AT_FDCWD: the working directory), or absolute
 * max    most bytes taken; a longer file is an error, it is never cut
 * out    caller's; empty after a failure
 *
 * 0, or -ENOENT, -E2BIG, or another -errno of openat(2) or read(2). */
NODISCARD int file_read_at(int dirfd, const char *path, size_t max,
	struct str *out, struct err *e);

/* The same from a descriptor, from where it stands. `what` names it in errors. */
NODISCARD int file_read_fd(int fd, const char *what, size_t max, struct str *out, struct err *e);

/* Read a small file (of /proc, /sys, a cgroup) into buf with one read(2), NUL-terminated,
 * without the final newline. Its length, or -errno. A longer file is cut. */
NODISCARD ssize_t file_read_small(int dirfd, const char *path, char *buf, size_t size);

/* Write all of it, whatever write(2) takes at a time. 0 or -errno. */
NODISCARD int file_write_all(int fd, const void *data, size_t len);

/* Write a text to an existing file with one write(2), as files of /proc, /sys and cgroups
 * want it. Nothing is made, no link followed at the end. 0 or -errno. */
NODISCARD int file_write_text(int dirfd, const char *path, const char *text);

enum file_sync {
	FILE_NO_SYNC, /* after a power cut it may be the old one, the new one, or empty */
	FILE_SYNC_CONTENT, /* the old one, or the new one whole */
	FILE_SYNC, /* the new one */
};

/* Replace a file or leave the old one: a temp file beside it, then rename.
 *
 * sync   what is there after a power cut: fsync of neither, of the file, of its directory too
 *
 * 0, or -errno with the old file untouched and the temp file gone. */
NODISCARD int file_write_atomic(int dirfd, const char *name, const void *data, size_t len,
	mode_t mode, enum file_sync sync, struct err *e);

/* Open again what a descriptor (O_PATH too) is of, by /proc/self/fd. A link cannot be
 * swapped in between. A close-on-exec descriptor or -errno. */
NODISCARD int file_reopen(int fd, int flags);

/* Copy `len` bytes (UINT64_MAX: to the end) from in's position to out's: copy_file_range, else
 * sendfile, else read and write. Bytes copied, or -errno. */
NODISCARD int64_t file_copy_fd(int in, int out, uint64_t len, struct err *e);

/* The id of the mount a descriptor is on: two of them differ when a mount lies between, even
 * a bind of the same file system. 0, or -errno when the kernel does not tell. */
NODISCARD int file_mount_id(int fd, uint64_t *id);

/* Make a directory of the host and those above it that are missing. The caller's own path:
 * links are followed. 0 or -errno. */
NODISCARD int file_mkdirs(const char *path, mode_t mode, struct err *e);
