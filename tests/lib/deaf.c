// SPDX-License-Identifier: MIT
/* deaf.c - deaf COMMAND [ARG]...: run a command with every signal ignored, and blocked.
 *
 * By the system calls themselves: libc refuses 32, 33 and 34, which are its threads' own, but a
 * parent that has no libc, or another one, hands them down ignored all the same. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	/* The kernel's struct sigaction: the handler comes first, the rest is zero. */
	const unsigned long ignore[8] = { 1 };
	const unsigned long all[2] = { ~0ul, ~0ul };

	if (argc < 2)
		return 125;
	for (int n = 1; n <= 64; n++)
		syscall(SYS_rt_sigaction, n, ignore, NULL, 8);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, all, NULL, 8);
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}
