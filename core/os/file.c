// SPDX-License-Identifier: MIT
#include "core/os/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "core/os/rand.h"

enum {
	CHUNK = 4096,
	COPY_CHUNK = 64 << 10,
	COPY_MAX = 1 << 30, /* bytes asked of one copy_file_range or sendfile */
	TEMP_TRIES = 16,
};

int file_read_fd(int fd, const char *what, size_t max, struct str *out, struct err *e)
{
	auto_str struct str got = STR_INIT;
	char chunk[CHUNK]; /* small files are many: no memory of their own larger than they are */
	ssize_t n;

	str_reset(out);
	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read %s", what);
		str_add(&got, chunk, (size_t)n);
		if (got.len > max)
			return err_set(e, E2BIG, "%s is larger than %zu bytes", what, max);
	}
	str_release(out);
	*out = got;
	got = (struct str)STR_INIT;
	return 0;
}

int file_read_at(int dirfd, const char *path, size_t max, struct str *out, struct err *e)
{
	auto_close int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);

	str_reset(out);
	if (fd < 0)
		return err_sys(e, "open %s", path);
	return file_read_fd(fd, path, max, out, e);
}

ssize_t file_read_small(int dirfd, const char *path, char *buf, size_t size)
{
	auto_close int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	do
		n = read(fd, buf, size - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (n > 0 && buf[n - 1] == '\n')
		n--;
	buf[n] = 0;
	return n;
}

int file_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	while (len) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= n;
	}
	return 0;
}

int file_write_text(int dirfd, const char *path, const char *text)
{
	auto_close int fd = openat(dirfd, path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	size_t len = strlen(text);
	ssize_t n;

	if (fd < 0)
		return -errno;
	do
		n = write(fd, text, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

/* A new file beside `name`; its own name goes to temp. fd or -errno. */
static int temp_open(int dirfd, const char *name, mode_t mode, struct str *temp)
{
	char hex[17];
	int fd = -1;

	for (int i = 0; i < TEMP_TRIES && fd < 0; i++) {
		str_reset(temp);
		str_addf(temp, "%s.%s.tmp", name, rand_hex(hex, 8));
		fd = openat(dirfd, temp->s, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			mode);
		if (fd < 0 && errno != EEXIST)
			break;
	}
	return fd < 0 ? -errno : fd;
}

static int sync_dir_of(int dirfd, const char *name)
{
	auto_str struct str dir = STR_INIT;
	const char *slash = strrchr(name, '/');
	auto_close int fd = -1;

	str_add(&dir, slash ? name : ".", slash ? slash - name + 1 : 1);
	fd = openat(dirfd, dir.s, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int fill(int fd, const void *data, size_t len, mode_t mode, enum file_sync sync)
{
	int rc = file_write_all(fd, data, len);

	if (rc == 0 && mode & 077 && fchmod(fd, mode) < 0) /* no umask takes the rest */
		rc = -errno;
	if (rc == 0 && sync != FILE_NO_SYNC && fsync(fd) < 0)
		rc = -errno;
	return rc;
}

int file_write_atomic(int dirfd, const char *name, const void *data, size_t len, mode_t mode,
	enum file_sync sync, struct err *e)
{
	auto_str struct str temp = STR_INIT;
	auto_close int fd = temp_open(dirfd, name, mode, &temp);
	int rc;

	if (fd < 0) {
		errno = -fd;
		return err_sys(e, "make %s", temp.s);
	}
	rc = fill(fd, data, len, mode, sync);
	if (rc == 0 && renameat(dirfd, temp.s, dirfd, name) < 0)
		rc = -errno;
	if (rc < 0) {
		unlinkat(dirfd, temp.s, 0);
		errno = -rc;
		return err_sys(e, "write %s", name);
	}
	if (sync == FILE_SYNC) {
		rc = sync_dir_of(dirfd, name);
		errno = -rc;
	}
	return rc < 0 ? err_sys(e, "sync the directory of %s", name) : 0;
}

int file_reopen(int fd, int flags)
{
	char path[40];
	int got;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	got = open(path, flags | O_CLOEXEC | O_NOCTTY);
	return got < 0 ? -errno : got;
}

static int64_t copy_plain(int in, int out, uint64_t len)
{
	auto_free char *buf = malloc(COPY_CHUNK);
	uint64_t done = 0;
	ssize_t n;
	int rc;

	if (!buf)
		abort();
	while (done < len) {
		n = read(in, buf, len - done < COPY_CHUNK ? len - done : COPY_CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		rc = file_write_all(out, buf, n);
		if (rc < 0)
			return rc;
		done += n;
	}
	return done;
}

static bool copy_is_refused(int code)
{
	return code == ENOSYS || code == EINVAL || code == EXDEV || code == EPERM ||
		code == EOPNOTSUPP || code == EBADF || code == ETXTBSY || code == EIO;
}

static ssize_t copy_range(int in, int out, size_t n)
{
	return syscall(SYS_copy_file_range, in, NULL, out, NULL, n, 0);
}

static ssize_t copy_send(int in, int out, size_t n)
{
	return sendfile(out, in, NULL, n);
}

/* One of the two calls until the end. Bytes copied; *refused: another way must do the rest. */
static int64_t copy_by(ssize_t (*call)(int, int, size_t), int in, int out, uint64_t len,
	bool *refused)
{
	uint64_t done = 0;
	ssize_t n;

	*refused = false;
	while (done < len) {
		n = call(in, out, len - done < COPY_MAX ? len - done : COPY_MAX);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && copy_is_refused(errno)) {
			*refused = true;
			break;
		}
		if (n < 0)
			return -errno;
		/* Files of /proc say they are empty: 0 at the very beginning is no answer. */
		if (n == 0 && done == 0)
			*refused = true;
		if (n == 0)
			break;
		done += n;
	}
	return done;
}

int64_t file_copy_fd(int in, int out, uint64_t len, struct err *e)
{
	ssize_t (*const ways[])(int, int, size_t) = { copy_range, copy_send };
	bool refused = true;
	uint64_t done = 0;
	int64_t n = 0;

	for (size_t i = 0; i < countof(ways) && refused && n >= 0; i++) {
		n = copy_by(ways[i], in, out, len - done, &refused);
		if (n > 0)
			done += n;
	}
	if (refused && n >= 0) {
		n = copy_plain(in, out, len - done);
		if (n > 0)
			done += n;
	}
	errno = n < 0 ? -n : 0;
	return n < 0 ? err_sys(e, "copy") : (int64_t)done;
}

static int mount_id_by_proc(int fd, uint64_t *id)
{
	char path[48], text[512];
	const char *at;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	n = file_read_small(AT_FDCWD, path, text, sizeof(text));
	if (n < 0)
		return n;
	at = strstr(text, "mnt_id:");
	if (!at)
		return -ENOTSUP;
	*id = strtoull(at + strlen("mnt_id:"), NULL, 10);
	return 0;
}

/* struct statx as the kernel writes it; libc's own may be older than the mount id.
 *   offset  0, 4 bytes: which fields are valid     offset 144, 8 bytes: mount id (Linux 5.8) */
union statx_words {
	uint32_t mask;
	uint64_t word[32];
};

int file_mount_id(int fd, uint64_t *id)
{
	enum { MNT_ID = 0x1000, MNT_ID_WORD = 144 / 8 };
	union statx_words stx = { .word = { 0 } };

	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, MNT_ID, &stx) == 0 &&
	    (stx.mask & MNT_ID) && stx.word[MNT_ID_WORD]) {	/* qemu-user leaves it 0 */
		*id = stx.word[MNT_ID_WORD];
		return 0;
	}
	return mount_id_by_proc(fd, id);
}

int file_mkdirs(const char *path, mode_t mode, struct err *e)
{
	auto_str struct str at = STR_INIT;

	for (const char *p = path;;) {
		p += strspn(p, "/");
		if (!*p)
			return 0;
		p += strcspn(p, "/");
		str_reset(&at);
		str_add(&at, path, (size_t)(p - path));
		if (mkdir(at.s, mode) < 0 && errno != EEXIST)
			return err_sys(e, "mkdir %s", at.s);
	}
}
