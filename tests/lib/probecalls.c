// SPDX-License-Identifier: MIT
/* probecalls.c - which system calls a container may make, by every door there is.
 *
 * Each call of the table is made three times: as x86-64, through i386's int 0x80,
 * and with the x32 bit. Its arguments are wrong on purpose (NULL, 1, -1), so that
 * a call that is let through fails in the kernel without an effect; where that
 * cannot be, the call only acts on the child that makes it. What counts is that
 * the errno is the same as in the peer's container. */
#define _GNU_SOURCE
#include "probe.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)
enum { NONE = -1, X32_BIT = 0x40000000 };

struct call {
	const char *name;
	int x64;	/* NONE: not there */
	int i386;	/* NONE: not there */
	long arg[5];
};

#define HIGH (1L << 32)	/* a bit that a 32-bit compare does not see */

static const struct call calls[] = {
	{ "acct", 163, 51, { 1 } },
	{ "add_key", 248, 286, { 0 } },
	{ "adjtimex", 159, 124, { 0 } },
	{ "afs_syscall", 183, 137, { 0 } },
	{ "arch_prctl", 158, 384, { -1 } },
	{ "bpf", 321, 357, { -1 } },
	{ "cachestat", 451, 451, { -1 } },
	{ "chroot", 161, 61, { 1 } },
	{ "clock_adjtime", 305, 343, { 0 } },
	{ "clock_settime", 227, 264, { 0 } },
	{ "clone-newuser", 56, 120, { CLONE_NEWUSER | CLONE_FS } },
	{ "clone-newns", 56, 120, { CLONE_NEWNS | CLONE_FS } },
	{ "clone-newnet", 56, 120, { CLONE_NEWNET | CLONE_THREAD } },
	{ "clone-newcgroup", 56, 120, { CLONE_NEWCGROUP | CLONE_THREAD } },
	{ "clone-newpid", 56, 120, { CLONE_NEWPID | CLONE_THREAD } },
	{ "clone-newuts", 56, 120, { CLONE_NEWUTS | CLONE_THREAD } },
	{ "clone-newipc", 56, 120, { CLONE_NEWIPC | CLONE_THREAD } },
	{ "clone-newuser-high", 56, NONE, { HIGH | CLONE_NEWUSER | CLONE_FS } },
	{ "clone-thread", 56, 120, { CLONE_THREAD } },
	{ "clone3", 435, 435, { 0 } },
	{ "create_module", 174, 127, { 1 } },
	{ "delete_module", 176, 129, { 1 } },
	{ "fanotify_init", 300, 338, { -1, -1 } },
	{ "fanotify_mark", 301, 339, { -1 } },
	{ "finit_module", 313, 350, { -1 } },
	{ "fsconfig", 431, 431, { -1, -1 } },
	{ "fsmount", 432, 432, { -1 } },
	{ "fsopen", 430, 430, { 1 } },
	{ "fspick", 433, 433, { -1, 1, -1 } },
	{ "futex_waitv", 449, 449, { 0 } },
	{ "get_kernel_syms", 177, 130, { 1 } },
	{ "get_mempolicy", 239, 275, { 0, 0, 0, 0, -1 } },
	{ "getrandom", 318, 355, { 0, 0, -1 } },
	{ "init_module", 175, 128, { 1 } },
	{ "ioctl-tiocsti", 16, 54, { -1, 0x5412, 1 } },
	{ "ioctl-tiocsti-high", 16, NONE, { -1, HIGH | 0x5412, 1 } },
	{ "ioctl-tioclinux", 16, 54, { -1, 0x541c, 1 } },
	{ "io_uring_enter", 426, 426, { -1 } },
	{ "io_uring_register", 427, 427, { -1 } },
	{ "io_uring_setup", 425, 425, { 0 } },
	{ "ioperm", 173, 101, { -1, 0, 0 } },
	{ "iopl", 172, 110, { 9 } },
	{ "kcmp", 312, 349, { 1, 1, -1 } },
	{ "kexec_file_load", 320, NONE, { -1, -1, 0, 0, -1 } },
	{ "kexec_load", 246, 283, { 0, 0, 0, -1 } },
	{ "keyctl", 250, 288, { -1 } },
	{ "landlock_create_ruleset", 444, 444, { 0, 0, -1 } },
	{ "lookup_dcookie", 212, 253, { -1 } },
	{ "lsm_list_modules", 461, 461, { 0, 0, -1 } },
	{ "mbind", 237, 274, { 1, 1, -1 } },
	{ "memfd_create", 319, 356, { 1 } },
	{ "memfd_secret", 447, 447, { -1 } },
	{ "migrate_pages", 256, 294, { -1, -1 } },
	{ "modify_ldt", 154, 123, { -1 } },
	{ "mount", 165, 21, { 0, 1, 1, 0, 0 } },
	{ "mount_setattr", 442, 442, { -1, 1, -1 } },
	{ "move_mount", 429, 429, { -1, 1, -1, 1, -1 } },
	{ "move_pages", 279, 317, { -1, -1 } },
	{ "name_to_handle_at", 303, 341, { -1, 1 } },
	{ "nfsservctl", 180, 169, { -1 } },
	{ "open_by_handle_at", 304, 342, { -1, 1 } },
	{ "open_tree", 428, 428, { -1, 1, -1 } },
	{ "openat2", 437, 437, { -1, 1, 0, 0 } },
	{ "perf_event_open", 298, 336, { 0, -1 } },
	{ "personality-linux", 135, 136, { 0 } },
	{ "personality-query", 135, 136, { 0xffffffff } },
	{ "personality-norandom", 135, 136, { 0x0040000 } },
	{ "personality-high", 135, NONE, { HIGH | 8 } },
	{ "pidfd_getfd", 438, 438, { -1 } },
	{ "pidfd_open", 434, 434, { -1 } },
	{ "pivot_root", 155, 217, { 1, 1 } },
	{ "process_madvise", 440, 440, { -1 } },
	{ "process_mrelease", 448, 448, { -1 } },
	{ "process_vm_readv", 310, 347, { -1, 0, 0, 0, 0 } },
	{ "process_vm_writev", 311, 348, { -1, 0, 0, 0, 0 } },
	{ "ptrace", 101, 26, { 17, -1 } },
	{ "query_module", 178, 167, { 1 } },
	{ "quotactl", 179, 131, { -1 } },
	{ "quotactl_fd", 443, 443, { -1 } },
	{ "reboot", 169, 88, { 0 } },
	{ "request_key", 249, 287, { 1 } },
	{ "seccomp", 317, 354, { -1 } },
	{ "set_mempolicy", 238, 276, { -1 } },
	{ "set_mempolicy_home_node", 450, 450, { -1, 0, 0, -1 } },
	{ "setdomainname", 171, 121, { 0, -1 } },
	{ "sethostname", 170, 74, { 0, -1 } },
	{ "setns", 308, 346, { -1 } },
	{ "settimeofday", 164, 79, { 1 } },
	{ "socket-alg", 41, 359, { 38, 99 } },
	{ "socket-packet", 41, 359, { 17, 99 } },
	{ "socket-raw", 41, 359, { 2, 3, 99999 } },
	{ "socket-vsock", 41, 359, { 40, 99 } },
	{ "socket-vsock-high", 41, NONE, { HIGH | 40, 99 } },
	{ "statmount", 457, 457, { 0 } },
	{ "stime", NONE, 25, { 1 } },
	{ "swapoff", 168, 115, { 1 } },
	{ "swapon", 167, 87, { 1 } },
	{ "sysctl", 156, 149, { 1 } },
	{ "sysfs", 139, 135, { 99 } },
	{ "syslog", 103, 103, { -1 } },
	{ "umount", NONE, 22, { 1 } },
	{ "umount2", 166, 52, { 1 } },
	{ "unshare-newuser", 272, 310, { CLONE_NEWUSER } },
	{ "unshare-newns", 272, 310, { CLONE_NEWNS } },
	{ "unshare-newcgroup", 272, 310, { CLONE_NEWCGROUP } },
	{ "unshare-newnet", 272, 310, { CLONE_NEWNET } },
	{ "unshare-files", 272, 310, { CLONE_FILES } },
	{ "uselib", 134, 86, { 1 } },
	{ "userfaultfd", 323, 374, { -1 } },
	{ "ustat", 136, 62, { -1 } },
	{ "vhangup", 153, 111, { 0 } },
	{ "vm86", NONE, 166, { 0 } },
	{ "vm86old", NONE, 113, { 0 } },
	{ "vmsplice", 278, 316, { -1 } },
	{ "x-unknown", 600, 600, { 0 } },
};

/* The kernel saves nothing for int 0x80 but what it must: name all it may change. */
static long call_i386(long nr, const long *a)
{
	long ret;

	__asm__ volatile("int $0x80"
			 : "=a"(ret)
			 : "a"(nr), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4])
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)ret;
}

static long call_x64(long nr, const long *a)
{
	long ret;
	register long r10 __asm__("r10") = a[3];
	register long r8 __asm__("r8") = a[4];

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8)
			 : "memory", "rcx", "r11");
	return ret;
}

static void one_call(const char *door, const char *name, long nr, const long *a, long (*fn)(long, const long *))
{
	int st;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		long ret;

		setsid();
		alarm(60);
		ret = fn(nr, a);
		_exit(ret < 0 && ret > -4096 ? -ret & 0xff : 0);
	}
	if (pid < 0 || waitpid(pid, &st, 0) < 0)
		printf("call %s %s fork-failed\n", door, name);
	else if (WIFSIGNALED(st))
		printf("call %s %s signal-%d\n", door, name, WTERMSIG(st));
	else
		printf("call %s %s %d\n", door, name, WEXITSTATUS(st));
}

void probe_calls(void)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		const struct call *c = &calls[i];

		if (c->x64 != NONE) {
			one_call("x64", c->name, c->x64, c->arg, call_x64);
			one_call("x32", c->name, c->x64 | X32_BIT, c->arg, call_x64);
		}
		if (c->i386 != NONE)
			one_call("i386", c->name, c->i386, c->arg, call_i386);
	}
}
#else
void probe_calls(void)
{
	printf("call none: no table for this machine\n");
}
#endif
