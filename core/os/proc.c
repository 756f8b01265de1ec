// SPDX-License-Identifier: MIT
#include "core/os/proc.h"

#include "core/os/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>

_Noreturn void child_fail(int pipe, const struct err *e)
{
	(void)!write(pipe, e, sizeof(*e));
	_exit(127);
}

int child_started(int pipe, struct err *e)
{
	struct err got;
	ssize_t n;

	do
		n = read(pipe, &got, sizeof(got));
	while (n < 0 && errno == EINTR);
	if (n == 0)
		return 0;
	if (n != (ssize_t)sizeof(got) || got.code <= 0)
		return err_set(e, EPROTO, "the child died before it could say why");
	got.msg[sizeof(got.msg) - 1] = 0; /* it was ours until exec, but still */
	return err_set(e, got.code, "%s", got.msg);
}

void proc_close_span(unsigned first, unsigned last)
{
	long end = last == ~0u ? sysconf(_SC_OPEN_MAX) - 1 : (long)last;

	if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
		return;
	for (long fd = (long)first; fd <= end; fd++)
		close((int)fd);
}

void proc_want_files(unsigned n)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0 || r.rlim_cur >= n)
		return;
	r.rlim_cur = r.rlim_max < n ? r.rlim_max : n;
	(void)setrlimit(RLIMIT_NOFILE, &r);
}

uint64_t pid_start(pid_t pid)
{
	char path[40], buf[1024], *p;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	n = file_read_small(AT_FDCWD, path, buf, sizeof(buf));
	p = n > 0 ? strrchr(buf, ')') : NULL;
	for (int i = 0; p && i < 20; i++)
		p = strchr(p + 1, ' ');
	return p ? strtoull(p + 1, NULL, 10) : 0;
}
