// SPDX-License-Identifier: MIT
/* The programs are run here, on an interpreter of the few instructions they use, and then a
 * few calls are made for real. */
#include "core/kern/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "build/gen/config.h"
#include "core/kern/caps.h"
#include "tests/unit/unit.h"

#ifndef SYS_mmap	/* musl's names on 32-bit machines */
#define SYS_mmap	SYS_mmap2
#define SYS_settimeofday	SYS_settimeofday_time32
#define SYS_clock_settime	SYS_clock_settime32
#endif

#if defined(__x86_64__)
#define NATIVE	AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE	AUDIT_ARCH_AARCH64
#elif defined(__riscv)
#define NATIVE	AUDIT_ARCH_RISCV64
#else
#define NATIVE	AUDIT_ARCH_ARM
#endif

enum { ALLOWED = -1, KILLED = -2, OTHER = -3 };

/* What the kernel's interpreter would do. ALLOWED, KILLED, or the errno. */
static int run(const struct seccomp_program *p, uint32_t arch, uint32_t nr, uint64_t arg0,
	       uint64_t arg1)
{
	struct seccomp_data d = { .nr = nr, .arch = arch, .args = { arg0, arg1 } };
	uint32_t a = 0, word;
	int steps = 0;

	for (size_t pc = 0; ; pc++) {
		const struct sock_filter *f = &p->insns[pc];
		bool yes = false;

		CHECK(pc < p->n && ++steps < 4096);
		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			CHECK(f->k + 4 <= sizeof(d) && f->k % 4 == 0);
			memcpy(&word, (char *)&d + f->k, 4);
			a = word;
			continue;
		case BPF_JMP | BPF_JA:
			pc += f->k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K: yes = a == f->k; break;
		case BPF_JMP | BPF_JGE | BPF_K: yes = a >= f->k; break;
		case BPF_JMP | BPF_JGT | BPF_K: yes = a > f->k; break;
		case BPF_JMP | BPF_JSET | BPF_K: yes = a & f->k; break;
		case BPF_ALU | BPF_AND | BPF_K: a &= f->k; continue;
		case BPF_RET | BPF_K:
			if (f->k == SECCOMP_RET_ALLOW)
				return ALLOWED;
			if ((f->k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
				return f->k & SECCOMP_RET_DATA;
			return (f->k & SECCOMP_RET_ACTION_FULL) >= SECCOMP_RET_KILL_PROCESS ||
			       (f->k & SECCOMP_RET_ACTION_FULL) == 0 ? KILLED : OTHER;
		default:
			printf("# instruction 0x%x at %zu\n", f->code, pc);
			CHECK(false);
		}
		pc += yes ? f->jt : f->jf;
	}
}

static struct seccomp_program with(uint64_t caps)
{
	struct seccomp_program p;

	CHECK_INT(seccomp_default(caps, &p, NULL), 0);
	return p;
}

static void expect(const struct seccomp_program *p, uint32_t arch, uint32_t nr, uint64_t arg0, int want)
{
	int got = run(p, arch, nr, arg0, 0);

	if (got != want)
		printf("# arch %x call %u (0x%llx): %d, not %d\n", arch, nr, (unsigned long long)arg0,
		       got, want);
	CHECK(got == want);
}

static const int allowed[] = {
	SYS_read, SYS_write, SYS_openat, SYS_close, SYS_execve, SYS_exit_group, SYS_mmap, SYS_brk,
	SYS_futex, SYS_wait4, SYS_kill, SYS_mknodat, SYS_setuid, SYS_setgroups, SYS_chroot, SYS_ptrace,
	SYS_seccomp, SYS_prctl, SYS_capset, SYS_unlinkat, SYS_statx, SYS_memfd_create, SYS_getrandom,
	436 /* close_range */, 437 /* openat2 */, 439 /* faccessat2 */, 434 /* pidfd_open */,
	424 /* pidfd_send_signal */, 449 /* futex_waitv */, 444 /* landlock_create_ruleset */,
};

static const int denied[] = {
	SYS_mount, SYS_umount2, SYS_pivot_root, SYS_setns, SYS_unshare, SYS_sethostname,
	SYS_setdomainname, SYS_reboot, SYS_swapon, SYS_init_module, SYS_finit_module,
	SYS_delete_module, SYS_kexec_load, SYS_add_key, SYS_request_key, SYS_keyctl, SYS_bpf,
	SYS_perf_event_open, SYS_userfaultfd, SYS_open_by_handle_at, SYS_name_to_handle_at,
	SYS_acct, SYS_settimeofday, SYS_clock_settime, SYS_process_vm_readv, SYS_process_vm_writev,
	SYS_kcmp, SYS_syslog, SYS_quotactl, SYS_move_pages, SYS_migrate_pages, SYS_vhangup,
	425 /* io_uring_setup */, 426, 427, 428 /* open_tree */, 429 /* move_mount */, 430 /* fsopen */,
	431, 432, 433, 438 /* pidfd_getfd */, 442 /* mount_setattr */,
};

TEST(z06_the_default_allows_and_denies)
{
	struct seccomp_program p = with(caps_default);

	for (size_t i = 0; i < countof(allowed); i++)
		expect(&p, NATIVE, allowed[i], 0, ALLOWED);
	for (size_t i = 0; i < countof(denied); i++)
		expect(&p, NATIVE, denied[i], 0, EPERM);
	expect(&p, NATIVE, 435, 0, ENOSYS);	/* clone3 */
	expect(&p, NATIVE, 450, 0, ENOSYS);	/* newer than the profile */
	expect(&p, NATIVE, 5000, 0, ENOSYS);
	expect(&p, NATIVE, 0xffffffff, 0, ENOSYS);
	expect(&p, 0x12345678, SYS_read, 0, KILLED);
}

TEST(z06_clone_may_not_make_namespaces)
{
	static const uint64_t flags[] = {
		CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET,
		0x02000000,
	};
	struct seccomp_program p = with(caps_default), admin = with(CAP_BIT(CAP_SYS_ADMIN));

	expect(&p, NATIVE, SYS_clone, 0x1200011, ALLOWED);	/* fork */
	expect(&p, NATIVE, SYS_clone, 0x3d0f00, ALLOWED);	/* a thread */
	for (size_t i = 0; i < countof(flags); i++) {
		expect(&p, NATIVE, SYS_clone, flags[i] | 17, EPERM);
		expect(&p, NATIVE, SYS_clone, flags[i] | 1ull << 40, EPERM);
		expect(&admin, NATIVE, SYS_clone, flags[i] | 17, ALLOWED);
	}
	expect(&admin, NATIVE, 435, 0, ALLOWED);
}

TEST(z06_arguments_are_compared_as_the_kernel_takes_them)
{
	struct seccomp_program p = with(caps_default);

	expect(&p, NATIVE, SYS_socket, AF_INET, ALLOWED);
	expect(&p, NATIVE, SYS_socket, AF_UNIX, ALLOWED);
	expect(&p, NATIVE, SYS_socket, AF_NETLINK, ALLOWED);
	expect(&p, NATIVE, SYS_socket, 40, EPERM);
	expect(&p, NATIVE, SYS_socket, 40 | 1ull << 32, EPERM);	/* still 40 to the kernel */
	expect(&p, NATIVE, SYS_socket, AF_INET | 1ull << 32, ALLOWED);
	expect(&p, NATIVE, SYS_personality, 0, ALLOWED);
	expect(&p, NATIVE, SYS_personality, 8, ALLOWED);
	expect(&p, NATIVE, SYS_personality, 0x20000, ALLOWED);
	expect(&p, NATIVE, SYS_personality, 0x20008, ALLOWED);
	expect(&p, NATIVE, SYS_personality, 0xffffffff, ALLOWED);
	expect(&p, NATIVE, SYS_personality, 1, EPERM);
	expect(&p, NATIVE, SYS_personality, ADDR_NO_RANDOMIZE, EPERM);
}

TEST(z06_a_capability_opens_its_calls_and_no_other)
{
	static const struct {
		int cap, nr;
	} t[] = {
		{ CAP_SYS_ADMIN, SYS_mount }, { CAP_SYS_ADMIN, SYS_unshare }, { CAP_SYS_ADMIN, SYS_bpf },
		{ CAP_SYS_ADMIN, SYS_perf_event_open }, { CAP_SYS_ADMIN, SYS_syslog },
		{ CAP_SYS_ADMIN, SYS_setns }, { CAP_SYS_ADMIN, 428 },
		{ CAP_SYSLOG, SYS_syslog }, { CAP_BPF, SYS_bpf }, { CAP_PERFMON, SYS_perf_event_open },
		{ CAP_DAC_READ_SEARCH, SYS_open_by_handle_at }, { CAP_SYS_BOOT, SYS_reboot },
		{ CAP_SYS_CHROOT, SYS_chroot }, { CAP_SYS_MODULE, SYS_init_module },
		{ CAP_SYS_NICE, SYS_mbind }, { CAP_SYS_PACCT, SYS_acct },
		{ CAP_SYS_PTRACE, SYS_process_vm_readv }, { CAP_SYS_PTRACE, 438 },
		{ CAP_SYS_TIME, SYS_settimeofday }, { CAP_SYS_TTY_CONFIG, SYS_vhangup },
	};

	for (size_t i = 0; i < countof(t); i++) {
		struct seccomp_program p = with(CAP_BIT(t[i].cap)), none = with(0);

		expect(&none, NATIVE, t[i].nr, 0, EPERM);
		expect(&p, NATIVE, t[i].nr, 0, ALLOWED);
		for (size_t k = 0; k < countof(t); k++) {
			bool also = false;

			for (size_t m = 0; m < countof(t); m++)
				also |= t[m].nr == t[k].nr && t[m].cap == t[i].cap;
			expect(&p, NATIVE, t[k].nr, 0, also ? ALLOWED : EPERM);
		}
		seccomp_program_release(&p);
		seccomp_program_release(&none);
	}
}

#if defined(__x86_64__)
TEST(z06_the_other_ways_into_the_kernel_are_watched)
{
	struct seccomp_program p = with(caps_default);
	const uint32_t x32 = 0x40000000;

	expect(&p, AUDIT_ARCH_I386, 3, 0, ALLOWED);		/* read */
	expect(&p, AUDIT_ARCH_I386, 11, 0, ALLOWED);		/* execve */
	expect(&p, AUDIT_ARCH_I386, 21, 0, EPERM);		/* mount */
	expect(&p, AUDIT_ARCH_I386, 310, 0, EPERM);		/* unshare */
	expect(&p, AUDIT_ARCH_I386, 120, CLONE_NEWUSER, EPERM);	/* clone */
	expect(&p, AUDIT_ARCH_I386, 120, 17, ALLOWED);
	expect(&p, AUDIT_ARCH_I386, 288, 0, EPERM);		/* keyctl */
	expect(&p, AUDIT_ARCH_I386, 359, 40, EPERM);		/* socket */
	expect(&p, AUDIT_ARCH_I386, 359, AF_INET, ALLOWED);
	expect(&p, AUDIT_ARCH_I386, 102, 0, ALLOWED);		/* socketcall */
	for (int nr = 360; nr <= 373; nr++)
		expect(&p, AUDIT_ARCH_I386, nr, 0, ALLOWED);
	for (int nr = 393; nr <= 402; nr++)
		expect(&p, AUDIT_ARCH_I386, nr, 0, ALLOWED);
	expect(&p, AUDIT_ARCH_I386, 435, 0, ENOSYS);
	expect(&p, AUDIT_ARCH_I386, 1000, 0, ENOSYS);
	expect(&p, AUDIT_ARCH_X86_64, x32 | SYS_read, 0, ALLOWED);
	expect(&p, AUDIT_ARCH_X86_64, x32 | SYS_mount, 0, EPERM);
	expect(&p, AUDIT_ARCH_X86_64, x32 | SYS_unshare, 0, EPERM);
	expect(&p, AUDIT_ARCH_X86_64, x32 | SYS_clone, CLONE_NEWUSER, EPERM);
	expect(&p, AUDIT_ARCH_X86_64, x32 | SYS_keyctl, 0, EPERM);
	expect(&p, AUDIT_ARCH_X86_64, x32 | 519, 0, ALLOWED);	/* recvmsg of x32 */
	expect(&p, AUDIT_ARCH_X86_64, x32 | 528, 0, EPERM);	/* kexec_load of x32 */
	expect(&p, AUDIT_ARCH_X86_64, x32 | 2000, 0, ENOSYS);
}
#endif

/* Every number, every architecture: nothing runs off the program. */
TEST(the_program_always_answers)
{
	static const uint32_t archs[] = { NATIVE, AUDIT_ARCH_I386, AUDIT_ARCH_ARM, 0 };
	struct seccomp_program p = with(caps_default);

	for (size_t i = 0; i < countof(archs); i++)
		for (uint32_t nr = 0; nr < 3000; nr++) {
			CHECK(run(&p, archs[i], nr, 0, 0) != OTHER);
			CHECK(run(&p, archs[i], nr | 0x40000000, 0, 0) != OTHER);
		}
}

static int in_child(const struct seccomp_program *p, int (*fn)(void))
{
	int st;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct err e = { 0 };

		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || seccomp_install(p, &e) < 0) {
			printf("# %s\n", e.msg);
			fflush(stdout);
			_exit(99);
		}
		_exit(fn());
	}
	waitpid(pid, &st, 0);
	return WIFEXITED(st) ? WEXITSTATUS(st) : -1;
}

static int calls_for_real(void)
{
	if (unshare(CLONE_NEWUSER) == 0 || errno != EPERM)
		return 1;
	if (syscall(SYS_keyctl, 0, 0) >= 0 || errno != EPERM)
		return 2;
	if (syscall(435, 0, 0) >= 0 || errno != ENOSYS)
		return 3;
	if (socket(40, SOCK_STREAM, 0) >= 0 || errno != EPERM)
		return 4;
	if (socket(AF_UNIX, SOCK_STREAM, 0) < 0)
		return 5;
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2 ? 0 : 6;
}

TEST(z06_the_kernel_takes_it)
{
	struct seccomp_program p = with(caps_default);

	if (!seccomp_supported())
		SKIP("no seccomp filters here");
	CHECK_INT(in_child(&p, calls_for_real), 0);
}

/* --- profiles ------------------------------------------------------------------------- */

static int make(const char *json, uint64_t caps, struct seccomp_program *p, struct err *e)
{
	if (!CFG_SECCOMP_PROFILE)
		SKIP("not built in");
	return seccomp_profile(json, strlen(json), caps, p, e);
}

static const char small[] = "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[],\"syscalls\":["
	"{\"names\":[\"read\",\"write\",\"exit_group\",\"no_such_call\"],\"action\":\"SCMP_ACT_ALLOW\"},"
	"{\"name\":\"mkdirat\",\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":99},"
	"{\"names\":[\"mount\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}},"
	"{\"names\":[\"umount2\"],\"action\":\"SCMP_ACT_ALLOW\",\"excludes\":{\"caps\":[\"CAP_SYS_ADMIN\"]}},"
	"{\"names\":[\"sync\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"minKernel\":\"99.1\"}},"
	"{\"names\":[\"fsync\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{\"minKernel\":\"3.1\"}},"
	"{\"names\":[\"personality\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":"
	"[{\"index\":0,\"value\":4294967295,\"op\":\"SCMP_CMP_EQ\"}]},"
	"{\"names\":[\"clone\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":"
	"[{\"index\":0,\"value\":2114060288,\"valueTwo\":0,\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]}";

TEST(a_profile_says_what_is_allowed)
{
	struct seccomp_program p = SECCOMP_INIT, admin = SECCOMP_INIT;
	struct err e = { 0 };

	if (make(small, 0, &p, &e) < 0)
		printf("# %s\n", e.msg);
	CHECK_INT(e.code, 0);
	CHECK_INT(make(small, CAP_BIT(CAP_SYS_ADMIN), &admin, &e), 0);
	expect(&p, NATIVE, SYS_read, 0, ALLOWED);
	expect(&p, NATIVE, SYS_getpid, 0, EPERM);
	expect(&p, NATIVE, SYS_mkdirat, 0, 99);
	expect(&p, NATIVE, SYS_mount, 0, EPERM);
	expect(&admin, NATIVE, SYS_mount, 0, ALLOWED);
	expect(&p, NATIVE, SYS_umount2, 0, ALLOWED);
	expect(&admin, NATIVE, SYS_umount2, 0, EPERM);
	expect(&p, NATIVE, SYS_sync, 0, EPERM);
	expect(&p, NATIVE, SYS_fsync, 0, ALLOWED);
	expect(&p, NATIVE, SYS_personality, 0xffffffff, ALLOWED);
	expect(&p, NATIVE, SYS_personality, 0, EPERM);
	expect(&p, NATIVE, SYS_clone, 17, ALLOWED);
	expect(&p, NATIVE, SYS_clone, CLONE_NEWNET, EPERM);
	expect(&p, NATIVE, 449, 0, ENOSYS);	/* newer than anything it names */
	seccomp_program_release(&p);
	CHECK(p.insns == NULL && p.n == 0);
}

TEST(a_wrong_profile_is_told)
{
	static const struct {
		const char *json, *msg;
	} t[] = {
		{ "", NULL }, { "x", NULL }, { "[]", NULL }, { "{}", "seccomp profile: unknown action ''" },
		{ "{\"defaultAction\":\"SCMP_ACT_X\"}", "seccomp profile: unknown action 'SCMP_ACT_X'" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":5000}",
		  "seccomp profile: errnoRet 5000 is no error number" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],"
		  "\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":9,\"op\":\"SCMP_CMP_EQ\"}]}]}",
		  "seccomp profile: argument 9 of a call" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"read\"],"
		  "\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":0,\"op\":\"EQ\"}]}]}",
		  "seccomp profile: unknown comparison 'EQ'" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_PDP11\"]}",
		  "seccomp profile: unknown architecture 'SCMP_ARCH_PDP11'" },
	};
	struct seccomp_program p = SECCOMP_INIT;

	for (size_t i = 0; i < countof(t); i++) {
		struct err e = { 0 };

		CHECK(make(t[i].json, 0, &p, &e) < 0);
		if (t[i].msg)
			CHECK_STR(e.msg, t[i].msg);
	}
}

static int profile_for_real(void)
{
	return syscall(SYS_getppid) < 0 && errno == EPERM && write(1, "", 0) == 0 ? 0 : 1;
}

TEST(the_kernel_takes_a_profile)
{
	struct seccomp_program p = SECCOMP_INIT;

	SKIP_SANITIZED("the sanitizer's calls are not in the profile");
	if (!seccomp_supported())
		SKIP("no seccomp filters here");
	CHECK_INT(make(small, 0, &p, NULL), 0);
	CHECK_INT(in_child(&p, profile_for_real), 0);
}

UNIT_MAIN
