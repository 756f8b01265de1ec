// SPDX-License-Identifier: MIT
/* nonft.c - run a command as if the kernel had no CONFIG_NF_TABLES.
 *
 *   nonft COMMAND [ARG]...
 *
 * A seccomp filter, which all children inherit, answers EPROTONOSUPPORT to
 * socket(AF_NETLINK, ..., NETLINK_NETFILTER), as a kernel does that has no netfilter at all. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(at) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, at))
#define IF(k, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, yes, no)

int main(int argc, char **argv)
{
	struct sock_filter code[] = {
		LOAD(nr),
		IF(SYS_socket, 0, 5),
		LOAD(args[0]),
		IF(AF_NETLINK, 0, 3),
		LOAD(args[2]),
		IF(NETLINK_NETFILTER, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPROTONOSUPPORT),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	if (argc < 2) {
		fprintf(stderr, "usage: nonft COMMAND [ARG]...\n");
		return 2;
	}
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0) {
		perror("nonft");
		return 2;
	}
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}
