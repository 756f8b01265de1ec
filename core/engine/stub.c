// SPDX-License-Identifier: MIT
/* stub.c - executables that live in memory only, sealed against change. */
#include "core/engine/stub.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u /* Linux 6.3; vm.memfd_noexec */
#endif

static int sealed_create(const char *name, struct err *e)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return err_sys(e, "memfd_create (needs CONFIG_MEMFD_CREATE in the kernel)");
	return fd;
}

static int sealed_seal(int fd, struct err *e)
{
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return err_sys(e, "seal the memfd");
	return 0;
}

int stub_open(struct err *e)
{
	auto_close int fd = sealed_create("init", e);
	size_t at = 0;
	int rc;

	if (fd < 0)
		return fd;
	while (at < stub_elf_len) {
		ssize_t n = write(fd, stub_elf + at, stub_elf_len - at);

		if (n < 0)
			return err_sys(e, "write the memfd");
		at += (size_t)n;
	}
	rc = sealed_seal(fd, e);
	return rc < 0 ? rc : take_fd(fd);
}

int self_open(struct err *e)
{
	auto_close int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	auto_close int fd = -1;
	struct stat st;
	off_t at = 0;
	int rc;

	if (self < 0 || fstat(self, &st) < 0)
		return err_sys(e, "open /proc/self/exe");
	fd = sealed_create("coracle", e);
	if (fd < 0)
		return fd;
	while (at < st.st_size) {
		ssize_t n = sendfile(fd, self, &at, (size_t)(st.st_size - at));

		if (n <= 0)
			return err_sys(e, "copy /proc/self/exe");
	}
	rc = sealed_seal(fd, e);
	return rc < 0 ? rc : take_fd(fd);
}

/* Is what we run from one of our memfds? Their seals cannot be put on a file. */
static bool self_is_sealed(void)
{
	auto_close int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int seals = fd < 0 ? -1 : fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & F_SEAL_WRITE) && (seals & F_SEAL_SEAL);
}

int self_seal(char *const argv[], struct err *e)
{
	int fd;

	if (self_is_sealed())
		return 0;
	fd = self_open(e);
	if (fd < 0)
		return fd;
	syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
	err_sys(e, "execute ourselves from memory");
	close(fd);
	return -e->code;
}
