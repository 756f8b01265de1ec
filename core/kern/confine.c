// SPDX-License-Identifier: MIT
#include "core/kern/confine.h"

#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "core/kern/caps.h"
#include "core/kern/seccomp.h"
#include "core/os/proc.h"

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
#ifdef SYS_mmap2
#define MMAP SYS_mmap2
#else
#define MMAP SYS_mmap
#endif

#define LOAD(at) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at)
#define FIELD(name) LOAD(offsetof(struct seccomp_data, name))
/* The kernel takes these arguments as 32 bits or looks at their low half only. */
#define ARG(n) LOAD(offsetof(struct seccomp_data, args[n]))
#define IF(test, k, yes, no) BPF_JUMP(BPF_JMP | (test) | BPF_K, k, yes, no)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define KILL BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)

#define CALL(nr) IF(BPF_JEQ, nr, 0, 1), ALLOW
#define CALL_IF_ZERO(nr, n) IF(BPF_JEQ, nr, 0, 4), ARG(n), IF(BPF_JEQ, 0, 0, 1), ALLOW, KILL
#define CALL_WITHOUT(nr, n, bits) \
	IF(BPF_JEQ, nr, 0, 4), ARG(n), IF(BPF_JSET, bits, 1, 0), ALLOW, KILL

static const struct sock_filter filter[] = {
	FIELD(arch), IF(BPF_JEQ, NATIVE, 1, 0), KILL,
	FIELD(nr),	/* x32's numbers are none of these */
	CALL_IF_ZERO(SYS_read, 0),
	CALL_IF_ZERO(SYS_write, 0),
	CALL(SYS_exit_group),
	CALL(SYS_exit),
	/* What malloc asks for. */
	CALL(SYS_brk),
	CALL(SYS_munmap),
	CALL(SYS_madvise),
	CALL_WITHOUT(SYS_mprotect, 2, PROT_EXEC),
	IF(BPF_JEQ, MMAP, 0, 6), ARG(2), IF(BPF_JSET, PROT_EXEC, 4, 0), ARG(3),
	BPF_STMT(BPF_ALU | BPF_AND | BPF_K, MAP_TYPE | MAP_ANONYMOUS),
	IF(BPF_JEQ, MAP_PRIVATE | MAP_ANONYMOUS, 0, 1), ALLOW,
	KILL,
};

/* Memory is bounded only where what is there leaves room: sanitizers take it all at once. */
static void bound_memory(size_t bytes)
{
	struct rlimit old, bound = { bytes, bytes };
	void *p;

	if (getrlimit(RLIMIT_AS, &old) < 0 || old.rlim_max < bytes)
		return;
	bound.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_AS, &bound);
	p = mmap(NULL, bytes / 2, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) {
		setrlimit(RLIMIT_AS, &old);
		return;
	}
	munmap(p, bytes / 2);
	bound.rlim_max = bytes;
	setrlimit(RLIMIT_AS, &bound);
}

static int keep_one(int fd, struct err *e)
{
	if (fd != 0 && dup2(fd, 0) < 0)
		return err_sys(e, "keep a descriptor");
	proc_close_span(1, ~0u);
	return 0;
}

static void limit(const struct confine *c)
{
	static const struct {
		int what;
		rlim_t most;
	} limits[] = {
		{ RLIMIT_NOFILE, 1 }, { RLIMIT_FSIZE, 0 }, { RLIMIT_NPROC, 0 }, { RLIMIT_CORE, 0 },
	};

	for (size_t i = 0; i < countof(limits); i++)
		setrlimit(limits[i].what, &(struct rlimit){ limits[i].most, limits[i].most });
	bound_memory(c->memory);
}

/* Without a filter every call can still be made: let there be nothing to reach. */
static void hide(void)
{
	static const int views[] = { CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWIPC };

	if (geteuid() != 0)
		(void)unshare(CLONE_NEWUSER);
	for (size_t i = 0; i < countof(views); i++)
		(void)unshare(views[i]);
	/* A directory of no use to others, and empty once we are gone. */
	if (chroot("/proc/self/fdinfo") == 0)
		(void)chdir("/");
}

static int shed(struct err *e)
{
	uint64_t effective, permitted;
	int rc;

	(void)!caps_bound(0, NULL);	/* not ours to drop without CAP_SETPCAP */
	(void)setgroups(0, NULL);
	(void)setresgid(CONFINE_ID, CONFINE_ID, CONFINE_ID);
	(void)setresuid(CONFINE_ID, CONFINE_ID, CONFINE_ID);
	rc = caps_set(0, e);
	if (rc == 0)
		rc = caps_get(&effective, &permitted, e);
	if (rc == 0 && (effective || permitted))
		rc = err_set(e, EPERM, "capabilities stay");
	if (rc == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		rc = err_sys(e, "prctl PR_SET_NO_NEW_PRIVS");
	if (rc == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		rc = err_sys(e, "prctl PR_SET_DUMPABLE");
	return rc;
}

/* After the ids, whose change would undo the first. */
static int tie(pid_t parent, struct err *e)
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP };
	sigset_t mask;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return err_sys(e, "prctl PR_SET_PDEATHSIG");
	if (getppid() != parent)
		_exit(1);
	sigfillset(&mask);
	for (size_t i = 0; i < countof(crashes); i++) {
		signal(crashes[i], SIG_DFL);
		sigdelset(&mask, crashes[i]);
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return 0;
}

int confine_self(const struct confine *c, struct err *e)
{
	struct seccomp_program p = { (struct sock_filter *)filter, countof(filter), 0 };
	bool filters = seccomp_supported();
	int rc = keep_one(c->fd, e);

	if (rc < 0)
		return rc;
	(void)prctl(PR_SET_NAME, c->name, 0, 0, 0);
	limit(c);
	if (!filters)
		hide();
	rc = shed(e);
	if (rc == 0)
		rc = tie(c->parent, e);
	return rc < 0 || !filters ? rc : seccomp_install(&p, e);
}
