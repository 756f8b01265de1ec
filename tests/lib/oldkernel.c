// SPDX-License-Identifier: MIT
/* oldkernel.c - run a command as if on Linux 4.14, the oldest kernel we support.
 *
 *   oldkernel [-p] COMMAND [ARG]...
 *
 * A seccomp filter, which all children inherit, answers ENOSYS to every system
 * call that came after 4.14: all numbers from 424 on (openat2, clone3, pidfd_*,
 * open_tree, move_mount, fsopen, fsconfig, fsmount, mount_setattr, close_range
 * and the rest; they are the same on all machines) and rseq and io_pgetevents.
 * waitid(P_PIDFD) is EINVAL, as it was. -p answers EPERM instead, as an outer
 * container with a stale profile does; clone3 stays ENOSYS then, because no libc
 * outlives EPERM there.
 *
 * What it cannot imitate: flags of old calls that a 4.14 kernel ignores, and
 * mount options. CORACLE_OLD_KERNEL=enosys|eperm tells tests where they are. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define NATIVE AUDIT_ARCH_ARM
#elif defined(__riscv)
#define NATIVE AUDIT_ARCH_RISCV64
#else
#error "no audit architecture known for this machine"
#endif

enum { FIRST_NEW = 424, CLONE3 = 435, LAST_NEW = 1023, WAIT_PIDFD = 3 };

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ANSWER(err) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (err))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define IF(test, k, yes, no) BPF_JUMP(BPF_JMP | (test) | BPF_K, k, yes, no)

static int install(unsigned err)
{
	struct sock_filter code[] = {
		/* 0 */ LOAD(arch),
		/* 1 */ IF(BPF_JEQ, NATIVE, 1, 0),
		/* 2 */ ALLOW,
		/* 3 */ LOAD(nr),
		/* 4 */ IF(BPF_JEQ, SYS_rseq, 9, 0),
		/* 5 */ IF(BPF_JEQ, SYS_io_pgetevents, 8, 0),
		/* 6 */ IF(BPF_JEQ, CLONE3, 7, 0),
		/* 7 */ IF(BPF_JEQ, SYS_waitid, 2, 0),
		/* 8 */ IF(BPF_JGE, FIRST_NEW, 0, 3),
		/* 9 */ IF(BPF_JGT, LAST_NEW, 2, 3),
		/* 10 */ LOAD(args[0]),
		/* 11 */ IF(BPF_JEQ, WAIT_PIDFD, 3, 0),
		/* 12 */ ALLOW,
		/* 13 */ ANSWER(err),
		/* 14 */ ANSWER(ENOSYS),
		/* 15 */ ANSWER(EINVAL),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(*code), code };

	/* Root needs no no_new_privs, and must not have it: the suite checks the bit. */
	if (geteuid() != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
}

int main(int argc, char **argv)
{
	int eperm = argc > 1 && strcmp(argv[1], "-p") == 0;

	argv += 1 + eperm;
	if (!*argv) {
		fprintf(stderr, "usage: oldkernel [-p] COMMAND [ARG]...\n");
		return 2;
	}
	if (install(eperm ? EPERM : ENOSYS) < 0) {
		perror("oldkernel: seccomp");
		return 126;
	}
	setenv("CORACLE_OLD_KERNEL", eperm ? "eperm" : "enosys", 1);
	execvp(*argv, argv);
	perror(*argv);
	return 127;
}
