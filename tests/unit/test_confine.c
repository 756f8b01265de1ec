// SPDX-License-Identifier: MIT
/* test_confine.c - who is confined can read and write one descriptor; all else is its end. */
#include "core/kern/confine.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "core/base/base.h"
#include "core/kern/seccomp.h"
#include "core/os/file.h"
#include "tests/unit/unit.h"

#ifndef SYS_mmap	/* musl's name on 32-bit machines, where the offset counts pages */
#define SYS_mmap	SYS_mmap2
#endif

enum { ROOM = 1 << 30 };

static char page[4096] __attribute__((aligned(4096)));

/* What a child does once it is confined, and how it ended: its status as waitpid has it. */
static int confined(void (*act)(void *arg), void *arg)
{
	int pair[2], status;
	pid_t parent = getpid(), pid;
	char c = 0;

	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	pid = fork();
	if (pid == 0) {
		const struct confine me = { pair[1], parent, ROOM, "confined" };
		struct err e = { 0 };

		if (confine_self(&me, &e) < 0)
			_exit(99);
		(void)!write(0, "c", 1);
		act(arg);
		_exit(7);
	}
	close(pair[1]);
	CHECK_INT(read(pair[0], &c, 1), 1);	/* it came as far as that */
	close(pair[0]);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	return status;
}

struct call {
	const char *name;
	long nr, arg[6];
};

static void make_call(void *arg)
{
	const struct call *c = arg;

	syscall(c->nr, c->arg[0], c->arg[1], c->arg[2], c->arg[3], c->arg[4], c->arg[5]);
}

static bool dies(const struct call *c)
{
	int status = confined(make_call, (void *)c);

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return true;
	printf("# %s: status %#x\n", c->name, status);
	return false;
}

#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define P(p) ((long)(uintptr_t)(p))

TEST(each_call_that_is_not_needed_is_fatal)
{
	const struct call calls[] = {
		{ "openat", SYS_openat, { AT_FDCWD, P("/"), O_RDONLY } },
		{ "socket", SYS_socket, { AF_UNIX, SOCK_STREAM } },
		{ "execve", SYS_execve, { P("/bin/true") } },
		{ "clone", SYS_clone, { SIGCHLD } },
		{ "kill", SYS_kill, { 1, 0 } },
		{ "ptrace", SYS_ptrace, { PTRACE_TRACEME } },
		{ "getpid", SYS_getpid, { 0 } },
		{ "dup", SYS_dup, { 0 } },
		{ "close", SYS_close, { 0 } },
		{ "ioctl", SYS_ioctl, { 0, 0x5401 } },
		{ "recvmsg", SYS_recvmsg, { 0 } },
		{ "sendmsg", SYS_sendmsg, { 0 } },
		{ "setresuid", SYS_setresuid, { 0, 0, 0 } },
		{ "unshare", SYS_unshare, { CLONE_NEWUSER } },
		{ "mount", SYS_mount, { 0 } },
		{ "futex", SYS_futex, { P(page) } },
		{ "rt_sigaction", SYS_rt_sigaction, { SIGSYS } },
		{ "a number that is no call", 100000, { 0 } },
		{ "read of another descriptor", SYS_read, { 1, P(page), 1 } },
		{ "write to another descriptor", SYS_write, { 2, P(page), 1 } },
		{ "memory that can be executed", SYS_mmap, { 0, 4096, PROT_READ | PROT_EXEC, ANON,
							     -1 } },
		{ "mapping a file", SYS_mmap, { 0, 4096, PROT_READ, MAP_PRIVATE, 0 } },
		{ "shared memory", SYS_mmap, { 0, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS,
					       -1 } },
		{ "making memory executable", SYS_mprotect, { P(page), 4096, PROT_READ | PROT_EXEC } },
		{ "mremap", SYS_mremap, { P(page), 4096, 8192 } },
#if defined(__x86_64__)
		{ "read by x32's number", SYS_read | 0x40000000, { 0, P(page), 1 } },
#endif
	};
	bool all = true;

	if (!seccomp_supported())
		SKIP("no seccomp filters");
	for (size_t i = 0; i < countof(calls); i++)
		all &= dies(&calls[i]);
	CHECK(all);
}

#if defined(__x86_64__)
static void call_as_i386(void *arg)
{
	long nr = 4;	/* write there, stat here */

	(void)arg;
	__asm__ volatile("int $0x80" : "+a"(nr) : "b"(0), "c"(0), "d"(0) : "memory");
}

TEST(a_call_of_another_architecture_is_fatal)
{
	int status;

	if (!seccomp_supported())
		SKIP("no seccomp filters");
	status = confined(call_as_i386, NULL);
	/* SIGSEGV where the kernel has no i386 calls at all. */
	CHECK(WIFSIGNALED(status) && (WTERMSIG(status) == SIGSYS || WTERMSIG(status) == SIGSEGV));
}
#endif

static void use_memory(void *arg)
{
	(void)arg;
	for (size_t size = 1; size < 64 << 20; size = size * 3 + 1) {
		volatile char *p = malloc(size);

		if (!p)
			_exit(8);
		p[0] = p[size - 1] = 1;
		free((void *)p);
	}
}

TEST(memory_can_be_had)
{
	int status;

	SKIP_SANITIZED("a sanitizer's malloc asks for more");
	status = confined(use_memory, NULL);
	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), 7);
}

static void take_too_much(void *arg)
{
	(void)arg;
	for (int i = 0; i < 64; i++)
		if (!malloc(ROOM / 32))
			_exit(8);
}

TEST(but_no_more_than_was_said)
{
	SKIP_EMULATED("no RLIMIT_AS");
	SKIP_SANITIZED("a sanitizer has taken more already");
	CHECK_INT(WEXITSTATUS(confined(take_too_much, NULL)), 8);
}

/* --- seen from outside --------------------------------------------------------- */

/* One that waits for a byte on pair[1]. Its pid, negative when it did not come so far.
 *
 * parent   0: us */
static pid_t start(int pair[2], pid_t parent)
{
	pid_t pid;
	char c;

	pid = fork();
	if (pid == 0) {
		const struct confine me = { pair[1], parent ? parent : getppid(), ROOM, "confined" };

		if (confine_self(&me, NULL) < 0)
			_exit(99);
		(void)!write(0, "c", 1);
		(void)!read(0, page, 1);
		_exit(7);
	}
	close(pair[1]);
	return read(pair[0], &c, 1) == 1 ? pid : -pid;
}

/* The value of one line of /proc/PID/status. */
static const char *status_of(pid_t pid, const char *key)
{
	static char text[8192];
	char path[64], *at;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	n = file_read_small(AT_FDCWD, path, text, sizeof(text));
	CHECK(n > 0);
	at = strstr(text, key);
	CHECK(at && at[strlen(key)] == ':');
	at += strlen(key) + 2;
	at[strcspn(at, "\n")] = 0;
	return at;
}

TEST(nothing_is_left_to_it)
{
	static const char *const none[] = { "CapInh", "CapPrm", "CapEff", "CapAmb" };
	int pair[2], status;
	pid_t pid;

	SKIP_EMULATED("/proc is the emulator's");
	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	pid = start(pair, 0);
	CHECK(pid > 0);
	for (size_t i = 0; i < countof(none); i++)
		CHECK_STR(status_of(pid, none[i]), "0000000000000000");
	CHECK_STR(status_of(pid, "NoNewPrivs"), "1");
	if (seccomp_supported())
		CHECK_STR(status_of(pid, "Seccomp"), "2");
	if (geteuid() == 0) {
		CHECK_STR(status_of(pid, "CapBnd"), "0000000000000000");
		CHECK_STR(status_of(pid, "Uid"), "65534\t65534\t65534\t65534");
		CHECK_STR(status_of(pid, "Gid"), "65534\t65534\t65534\t65534");
		CHECK_STR(status_of(pid, "Groups"), " ");
	}
	close(pair[0]);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	SKIP_SANITIZED("a sanitizer does more at the end");
	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), 7);
}

TEST(what_a_terminal_sends_does_not_end_it_and_a_crash_does)
{
	static const int ignored[] = { SIGINT, SIGHUP, SIGTERM, SIGQUIT };
	int pair[2], status;
	pid_t pid;

	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	pid = start(pair, 0);
	CHECK(pid > 0);
	for (size_t i = 0; i < countof(ignored); i++)
		CHECK_INT(kill(pid, ignored[i]), 0);
	CHECK_INT(waitpid(pid, &status, WNOHANG), 0);
	CHECK_INT(kill(pid, SIGSEGV), 0);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status));
	CHECK_INT(WTERMSIG(status), SIGSEGV);
}

TEST(who_has_lost_its_parent_before_it_began_ends)
{
	int pair[2], status;
	pid_t pid;

	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	pid = start(pair, getppid());	/* as it would be told by one that is gone */
	CHECK(pid < 0);
	CHECK_INT(waitpid(-pid, &status, 0), -pid);
	CHECK_INT(WEXITSTATUS(status), 1);
}

TEST(it_does_not_outlive_its_parent)
{
	int ends[2], pair[2], status;
	pid_t middle, pid;

	SKIP_EMULATED("no subreapers");
	CHECK_INT(pipe(ends), 0);
	/* Its socket stays open here, and it becomes ours: only the signal can end it. */
	CHECK_INT(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	CHECK_INT(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	middle = fork();
	if (middle == 0) {
		pid = start(pair, 0);
		(void)!write(ends[1], &pid, sizeof(pid));
		pause();
	}
	CHECK_INT(read(ends[0], &pid, sizeof(pid)), sizeof(pid));
	CHECK(pid > 0);
	CHECK_INT(kill(middle, SIGKILL), 0);
	CHECK_INT(waitpid(middle, NULL, 0), middle);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status));
	CHECK_INT(WTERMSIG(status), SIGKILL);
}

UNIT_MAIN
