// SPDX-License-Identifier: MIT
/* seccomp_gen.c - writes the default seccomp program for one machine. Runs on the host that builds.
 *
 *   seccomp_gen x86_64|aarch64|arm|riscv64       C for build/gen/seccomp_default.h on stdout
 *   seccomp_gen -n x86_64|aarch64|arm|riscv64    for build/gen/seccomp_calls.h: the names and
 *                                                numbers that seccompbpf.c makes profiles with
 *
 * The rules are facts about Docker Engine 20.10's default profile, taken from what dockerd
 * hands to its runtime, with three differences: io_uring is denied (so much of it has
 * been a way out that Docker itself denies it since), sockets of AF_VSOCK are denied (they
 * reach the hypervisor past every network namespace), and CAP_BPF and CAP_PERFMON
 * open what they are for. Denied is EPERM; numbers past the newest known call are ENOSYS,
 * so that libc falls back instead of giving up.
 *
 * libseccomp gives the numbers of the calls by name and machine. The program is ours:
 *   1. the architecture selects a tree; an unknown one kills
 *   2. on x86_64 the x32 bit selects a tree of its own
 *   3. the tree is a binary search over ranges of numbers with the same answer: calls that are
 *      allowed lie close together, so 350 of them are some 60 ranges
 *   4. clone, personality and socket look at their first argument: at its low 32 bits, which
 *      is all that the kernel takes of it */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/kern/seccomp_groups.h"

enum { NR_MAX = 2048, RANGES_MAX = 1024, INSNS_MAX = 4000, X32_BIT = 0x40000000 };

/* What a call's number leads to: a SECCOMP_RET_* value, or one of these. */
enum { LOOK_CLONE = 1, LOOK_PERSONALITY, LOOK_SOCKET };

#define ALLOW		SECCOMP_RET_ALLOW
#define DENY		(SECCOMP_RET_ERRNO | EPERM)
#define UNKNOWN		(SECCOMP_RET_ERRNO | ENOSYS)
#define GROUP(g)	(SECCOMP_RET_ERRNO | (SECCOMP_GROUP_BASE + (g)))

static const struct {
	uint32_t answer;
	const char *names;
} rules[] = {
	{ ALLOW,
	  "_llseek _newselect accept accept4 access adjtimex alarm arch_prctl "
	  "arm_fadvise64_64 arm_sync_file_range bind breakpoint brk cacheflush capget capset "
	  "chdir chmod chown chown32 clock_adjtime clock_adjtime64 clock_getres "
	  "clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep "
	  "clock_nanosleep_time64 close close_range connect copy_file_range creat dup dup2 dup3 "
	  "epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait "
	  "epoll_wait_old eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2 "
	  "fadvise64 fadvise64_64 fallocate fanotify_mark fchdir fchmod fchmodat fchown fchown32 "
	  "fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr flock fork fremovexattr "
	  "fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futex "
	  "futex_time64 futex_waitv futimesat get_robust_list get_thread_area getcpu getcwd "
	  "getdents getdents64 getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups "
	  "getgroups32 getitimer getpeername getpgid getpgrp getpid getppid getpriority getrandom "
	  "getresgid getresgid32 getresuid getresuid32 getrlimit getrusage getsid getsockname "
	  "getsockopt gettid gettimeofday getuid getuid32 getxattr inotify_add_watch inotify_init "
	  "inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents "
	  "io_pgetevents_time64 io_setup io_submit ioctl ioprio_get ioprio_set ipc kill "
	  "landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lchown32 "
	  "lgetxattr link linkat listen listxattr llistxattr lremovexattr lseek lsetxattr lstat "
	  "lstat64 madvise membarrier memfd_create memfd_secret mincore mkdir mkdirat mknod "
	  "mknodat mlock mlock2 mlockall mmap mmap2 modify_ldt mprotect mq_getsetattr mq_notify "
	  "mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 "
	  "mq_unlink mremap msgctl msgget msgrcv msgsnd msync munlock munlockall munmap nanosleep "
	  "newfstatat open openat openat2 pause pidfd_open pidfd_send_signal pipe pipe2 poll ppoll "
	  "ppoll_time64 prctl pread64 preadv preadv2 prlimit64 process_mrelease pselect6 "
	  "pselect6_time64 ptrace pwrite64 pwritev pwritev2 read readahead readlink readlinkat "
	  "readv recv recvfrom recvmmsg recvmmsg_time64 recvmsg remap_file_pages removexattr "
	  "rename renameat renameat2 restart_syscall riscv_flush_icache rmdir rseq rt_sigaction "
	  "rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend "
	  "rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_get_priority_max "
	  "sched_get_priority_min sched_getaffinity sched_getattr sched_getparam "
	  "sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 "
	  "sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp "
	  "select semctl semget semop semtimedop semtimedop_time64 send sendfile sendfile64 "
	  "sendmmsg sendmsg sendto set_robust_list set_thread_area set_tid_address set_tls "
	  "setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 "
	  "setitimer setpgid setpriority setregid setregid32 setresgid setresgid32 setresuid "
	  "setresuid32 setreuid setreuid32 setrlimit setsid setsockopt setuid setuid32 setxattr "
	  "shmat shmctl shmdt shmget shutdown sigaltstack signalfd signalfd4 sigprocmask "
	  "sigreturn socketcall socketpair splice stat stat64 statfs statfs64 statx symlink "
	  "symlinkat sync sync_file_range sync_file_range2 syncfs sysinfo tee tgkill time "
	  "timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 "
	  "timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 "
	  "timerfd_settime timerfd_settime64 times tkill truncate truncate64 ugetrlimit umask "
	  "uname unlink unlinkat utime utimensat utimensat_time64 utimes vfork vmsplice wait4 "
	  "waitid waitpid write writev" },
	{ LOOK_CLONE, "clone" },
	{ LOOK_PERSONALITY, "personality" },
	{ LOOK_SOCKET, "socket" },
	{ GROUP(GROUP_DAC_READ_SEARCH), "open_by_handle_at" },
	{ GROUP(GROUP_SYSLOG), "syslog" },
	{ GROUP(GROUP_CLONE3), "clone3" },
	{ GROUP(GROUP_BPF), "bpf" },
	{ GROUP(GROUP_PERFMON), "perf_event_open" },
	{ GROUP(GROUP_ADMIN),
	  "fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount "
	  "mount_setattr move_mount name_to_handle_at open_tree quotactl quotactl_fd "
	  "setdomainname sethostname setns umount umount2 unshare" },
	{ GROUP(GROUP_BOOT), "reboot" },
	{ GROUP(GROUP_CHROOT), "chroot" },
	{ GROUP(GROUP_MODULE), "delete_module init_module finit_module" },
	{ GROUP(GROUP_NICE), "get_mempolicy mbind set_mempolicy" },
	{ GROUP(GROUP_PACCT), "acct" },
	{ GROUP(GROUP_PTRACE),
	  "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev" },
	{ GROUP(GROUP_RAWIO), "iopl ioperm" },
	{ GROUP(GROUP_TIME), "settimeofday stime clock_settime clock_settime64" },
	{ GROUP(GROUP_TTY_CONFIG), "vhangup" },
};

static const struct machine {
	const char *name;
	uint32_t archs[3];	/* SCMP_ARCH_*, 0: no more */
} machines[] = {
	{ "x86_64", { SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32 } },
	{ "aarch64", { SCMP_ARCH_AARCH64, SCMP_ARCH_ARM, 0 } },
	{ "arm", { SCMP_ARCH_ARM, 0, 0 } },
	{ "riscv64", { SCMP_ARCH_RISCV64, 0, 0 } },
};

/* --- the program ------------------------------------------------------------- */

static struct sock_filter insns[INSNS_MAX];
static size_t insns_n;

static size_t emit(uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	if (insns_n >= INSNS_MAX) {
		fprintf(stderr, "seccomp_gen: the program is too long\n");
		exit(1);
	}
	insns[insns_n] = (struct sock_filter){ code, jt, jf, k };
	return insns_n++;
}

static void emit_ret(uint32_t k)
{
	emit(BPF_RET | BPF_K, k, 0, 0);
}

static void emit_load(size_t offset)
{
	emit(BPF_LD | BPF_W | BPF_ABS, offset, 0, 0);
}

/* All machines here are little-endian: the low half comes first. */
static void emit_load_arg0(void)
{
	emit_load(offsetof(struct seccomp_data, args));
}

static void emit_answer(uint32_t answer)
{
	static const uint32_t personalities[] = { 0, 8, 0x20000, 0x20008, 0xffffffff };
	enum { NEW_NAMESPACES = 0x7e020000, VSOCK = 40 };
	size_t n = sizeof(personalities) / sizeof(*personalities);

	switch (answer) {
	case LOOK_CLONE:
		emit_load_arg0();
		emit(BPF_JMP | BPF_JSET | BPF_K, NEW_NAMESPACES, 0, 1);
		emit_ret(GROUP(GROUP_ADMIN));
		emit_ret(ALLOW);
		return;
	case LOOK_SOCKET:
		emit_load_arg0();
		emit(BPF_JMP | BPF_JEQ | BPF_K, VSOCK, 0, 1);
		emit_ret(DENY);
		emit_ret(ALLOW);
		return;
	case LOOK_PERSONALITY:
		emit_load_arg0();
		for (size_t i = 0; i < n; i++)
			emit(BPF_JMP | BPF_JEQ | BPF_K, personalities[i], n - i, 0);
		emit_ret(DENY);
		emit_ret(ALLOW);
		return;
	default:
		emit_ret(answer);
	}
}

/* --- ranges ------------------------------------------------------------------- */

struct range {
	uint32_t first;		/* the number it begins with; it ends where the next begins */
	uint32_t answer;
};

static struct range ranges[RANGES_MAX];
static size_t ranges_n;

/* i386 has these by number since Linux 4.3 and 5.1; libseccomp only says that they go through
 * socketcall and ipc. */
static const struct {
	const char *name;
	int nr;
} i386_numbers[] = {
	{ "recvmmsg", 337 },   { "sendmmsg", 345 },    { "socket", 359 },
	{ "socketpair", 360 }, { "bind", 361 },	       { "connect", 362 },
	{ "listen", 363 },     { "accept4", 364 },     { "getsockopt", 365 },
	{ "setsockopt", 366 }, { "getsockname", 367 }, { "getpeername", 368 },
	{ "sendto", 369 },     { "sendmsg", 370 },     { "recvfrom", 371 },
	{ "recvmsg", 372 },    { "shutdown", 373 },    { "semget", 393 },
	{ "semctl", 394 },     { "shmget", 395 },      { "shmctl", 396 },
	{ "shmat", 397 },      { "shmdt", 398 },       { "msgget", 399 },
	{ "msgsnd", 400 },     { "msgrcv", 401 },      { "msgctl", 402 },
};

static int number_of(uint32_t arch, const char *name)
{
	size_t n = sizeof(i386_numbers) / sizeof(*i386_numbers);

	for (size_t i = 0; arch == SCMP_ARCH_X86 && i < n; i++)
		if (!strcmp(name, i386_numbers[i].name))
			return i386_numbers[i].nr;
	return seccomp_syscall_resolve_name_arch(arch, name);
}

static void fill(uint32_t arch, uint32_t answers[static NR_MAX], int *last)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		char *copy = strdup(rules[i].names);

		for (char *name = strtok(copy, " "); name; name = strtok(NULL, " ")) {
			int nr = number_of(arch, name);

			if (nr == __NR_SCMP_ERROR) {
				fprintf(stderr, "seccomp_gen: no such call: %s\n", name);
				exit(1);
			}
			if (nr < 0)
				continue;	/* not on this machine */
			nr &= ~X32_BIT;
			if (nr >= NR_MAX)
				continue;	/* arm's private calls, far away: see below */
			answers[nr] = rules[i].answer;
			*last = nr > *last ? nr : *last;
		}
		free(copy);
	}
}

static void add_range(uint32_t first, uint32_t answer)
{
	if (ranges_n && ranges[ranges_n - 1].answer == answer && answer > LOOK_SOCKET)
		return;
	ranges[ranges_n++] = (struct range){ first, answer };
}

/* __ARM_NR_breakpoint 0xf0001, cacheflush 0xf0002, set_tls 0xf0005 */
static void add_arm_private(void)
{
	add_range(0xf0001, ALLOW);
	add_range(0xf0003, DENY);
	add_range(0xf0005, ALLOW);
	add_range(0xf0006, UNKNOWN);
}

static void make_ranges(uint32_t arch)
{
	static uint32_t answers[NR_MAX];
	uint32_t base = arch == SCMP_ARCH_X32 ? X32_BIT : 0;
	int last = 0;

	for (size_t i = 0; i < NR_MAX; i++)
		answers[i] = DENY;
	fill(arch, answers, &last);
	ranges_n = 0;
	for (int i = 0; i <= last; i++)
		add_range(base + i, answers[i]);
	add_range(base + last + 1, UNKNOWN);
	if (arch == SCMP_ARCH_ARM)
		add_arm_private();
}

/* A binary search over ranges[low..high): the accumulator holds the number. */
static void emit_tree(size_t low, size_t high)
{
	size_t mid = (low + high) / 2, jump, left;

	if (high - low == 1) {
		emit_answer(ranges[low].answer);
		return;
	}
	jump = emit(BPF_JMP | BPF_JGE | BPF_K, ranges[mid].first, 0, 0);
	left = emit(BPF_JMP | BPF_JA, 0, 0, 0);		/* to the right half, if it is far */
	emit_tree(low, mid);
	if (insns_n - left - 1 > 255) {
		insns[jump].jf = 1;
		insns[left].k = insns_n - left - 1;
	} else {	/* near: take the long jump out again */
		memmove(&insns[left], &insns[left + 1], (insns_n - left - 1) * sizeof(*insns));
		insns_n--;
		insns[jump].jt = insns_n - jump - 1;
	}
	emit_tree(mid, high);
}

static uint32_t audit_arch(uint32_t arch)
{
	return arch == SCMP_ARCH_X32 ? SCMP_ARCH_X86_64 : arch;	/* libseccomp's are the kernel's */
}

/* The trees of one audit architecture; x86_64 has two. */
static void emit_arch(const struct machine *m, size_t i)
{
	size_t x32 = 0;

	emit_load(offsetof(struct seccomp_data, nr));
	if (m->archs[i] == SCMP_ARCH_X86_64) {
		emit(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
		x32 = emit(BPF_JMP | BPF_JA, 0, 0, 0);
	}
	make_ranges(m->archs[i]);
	emit_tree(0, ranges_n);
	if (!x32)
		return;
	insns[x32].k = insns_n - x32 - 1;
	make_ranges(SCMP_ARCH_X32);
	emit_tree(0, ranges_n);
}

static void emit_machine(const struct machine *m)
{
	emit_load(offsetof(struct seccomp_data, arch));
	for (size_t i = 0; i < 3 && m->archs[i]; i++) {
		size_t next;

		if (m->archs[i] == SCMP_ARCH_X32)
			continue;
		emit(BPF_JMP | BPF_JEQ | BPF_K, audit_arch(m->archs[i]), 1, 0);
		next = emit(BPF_JMP | BPF_JA, 0, 0, 0);
		emit_arch(m, i);
		insns[next].k = insns_n - next - 1;
	}
	emit_ret(SECCOMP_RET_KILL_PROCESS);
}

static void print_program(const struct machine *m)
{
	emit_machine(m);
	printf("/* %s: %zu instructions */\n", m->name, insns_n);
	printf("static const struct sock_filter seccomp_default_insns[] = {\n");
	for (size_t k = 0; k < insns_n; k++)
		printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", insns[k].code, insns[k].jt, insns[k].jf,
		       insns[k].k);
	printf("};\n");
}

/* --- names and numbers ------------------------------------------------------------ */

enum { NAMES_MAX = 1024, ARM_PRIVATE = 0xf0000 };

static char *names[NAMES_MAX];
static size_t names_n;

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void collect(uint32_t arch, int first, int end)
{
	for (int nr = first; nr < end && names_n < NAMES_MAX; nr++) {
		char *name = seccomp_syscall_resolve_num_arch(arch, nr);
		size_t i = 0;

		while (name && i < names_n && strcmp(names[i], name) != 0)
			i++;
		if (name && i == names_n)
			names[names_n++] = name;
		else
			free(name);
	}
}

static int x32_bit(uint32_t arch)
{
	return arch == SCMP_ARCH_X32 ? X32_BIT : 0;
}

/* The number by which a program calls it; libseccomp's own by name may be socketcall's. */
static int direct_number(uint32_t arch, const char *name)
{
	int nr = seccomp_syscall_resolve_name_arch(arch, name);

	if (arch != SCMP_ARCH_X86 || nr >= 0)
		return nr;
	for (int i = 0; i < NR_MAX; i++) {
		char *found = seccomp_syscall_resolve_num_arch(arch, i);
		int same = found && strcmp(found, name) == 0;

		free(found);
		if (same)
			return i;
	}
	return -1;
}

static void print_numbers(const struct machine *m, const char *name)
{
	printf("\t{ ");
	for (size_t a = 0; a < 3 && m->archs[a]; a++) {
		int nr = direct_number(m->archs[a], name);

		if (nr >= 0)
			nr &= ~x32_bit(m->archs[a]);
		printf("%d, ",
		       nr < 0			  ? 0xffff
			       : nr < ARM_PRIVATE ? nr
						  : (nr - ARM_PRIVATE) | 0x8000);
	}
	printf("},\n");
}

/* -101 … -120 are the calls of socketcall, -201 … -224 those of ipc. */
static int muxed(const char *name)
{
	int nr = -seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86, name);

	return nr > 100 && nr <= 120 ? nr - 100 : nr > 200 && nr <= 224 ? nr - 100 : 0;
}

static void print_calls(const struct machine *m)
{
	size_t at = 0;

	for (size_t a = 0; a < 3 && m->archs[a]; a++)
		collect(m->archs[a], x32_bit(m->archs[a]), x32_bit(m->archs[a]) + NR_MAX);
	if (m->archs[0] == SCMP_ARCH_ARM || m->archs[1] == SCMP_ARCH_ARM)
		collect(SCMP_ARCH_ARM, ARM_PRIVATE, ARM_PRIVATE + 16);
	if (m->archs[1] == SCMP_ARCH_X86)	/* those that are nothing else */
		collect(SCMP_ARCH_X86, -300, -100);
	qsort(names, names_n, sizeof(*names), by_name);
	printf("static const uint32_t seccomp_archs[] = {");
	for (size_t a = 0; a < 3 && m->archs[a]; a++)
		printf(" 0x%08x,", m->archs[a]);
	printf(" };\nstatic const char seccomp_names[] =\n");
	for (size_t i = 0; i < names_n; i++)
		printf("\t\"%s\\0\"\n", names[i]);
	printf(";\nstatic const uint16_t seccomp_names_at[] = {\n");
	for (size_t i = 0; i < names_n; at += strlen(names[i++]) + 1)
		printf("\t%zu,\n", at);
	printf("};\nstatic const uint16_t seccomp_numbers[][sizeof(seccomp_archs) / 4] = {\n");
	for (size_t i = 0; i < names_n; i++)
		print_numbers(m, names[i]);
	printf("};\nstatic const uint8_t seccomp_mux[] = {\n");
	for (size_t i = 0; i < names_n; i++)
		printf("\t%d,\n", m->archs[1] == SCMP_ARCH_X86 ? muxed(names[i]) : 0);
	printf("};\n");
}

int main(int argc, char **argv)
{
	int calls = argc == 3 && strcmp(argv[1], "-n") == 0;

	for (size_t i = 0; argc == 2 + calls && i < sizeof(machines) / sizeof(*machines); i++) {
		if (strcmp(argv[1 + calls], machines[i].name) != 0)
			continue;
		if (calls)
			print_calls(&machines[i]);
		else
			print_program(&machines[i]);
		return 0;
	}
	fprintf(stderr, "usage: seccomp_gen [-n] x86_64|aarch64|arm|riscv64\n");
	return 1;
}
