// SPDX-License-Identifier: MIT
/* noseccomp.c - run a command as if the kernel had no CONFIG_SECCOMP_FILTER.
 *
 *   noseccomp COMMAND [ARG]...
 *
 * A seccomp filter, which all children inherit, answers ENOSYS to seccomp(2) and EINVAL to
 * prctl(PR_SET_SECCOMP). What it cannot imitate: /proc/PID/status, which shows the filter. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(at) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at)
#define IF(k, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, yes, no)
#define ANSWER(err) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (err))

int main(int argc, char **argv)
{
	struct sock_filter code[] = {
		LOAD(offsetof(struct seccomp_data, nr)),
		IF(SYS_seccomp, 0, 1),
		ANSWER(ENOSYS),
		IF(SYS_prctl, 0, 3),
		LOAD(offsetof(struct seccomp_data, args[0])),
		IF(PR_SET_SECCOMP, 0, 1),
		ANSWER(EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	if (argc < 2) {
		fprintf(stderr, "usage: noseccomp COMMAND [ARG]...\n");
		return 2;
	}
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0 &&
	    (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	     prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0)) {
		perror("noseccomp");
		return 2;
	}
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}
