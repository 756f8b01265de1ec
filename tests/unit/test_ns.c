// SPDX-License-Identifier: MIT
#include "core/kern/ns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "core/kern/cgroup.h"
#include "core/os/file.h"
#include "core/os/rand.h"
#include "tests/unit/unit.h"

static const uint64_t all = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET |
	CLONE_NEWCGROUP;

static void old_kernel(int code)
{
	static const int calls[] = { SYS_clone3, SYS_pidfd_open };
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[0], 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[1], 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | code),
	};
	struct sock_fprog prog = { .len = countof(f), .filter = f };

	SKIP_EMULATED("qemu-user has no seccomp");
	CHECK(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	CHECK(!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog));
}

TEST(names_and_flags_belong_together)
{
	CHECK_STR(ns_name(CLONE_NEWNS), "mnt");
	CHECK_STR(ns_name(CLONE_NEWCGROUP), "cgroup");
	CHECK(ns_name(1) == NULL && ns_config(1) == NULL);
	CHECK(ns_flag("mount") == CLONE_NEWNS && ns_flag("mnt") == CLONE_NEWNS);
	CHECK(ns_flag("network") == CLONE_NEWNET && ns_flag("x") == 0);
	CHECK_STR(ns_config(CLONE_NEWPID), "CONFIG_PID_NS");
}

/* A child that sleeps in namespaces of its own. */
static struct ns_child sleeper(uint64_t flags, bool *is_one)
{
	struct ns_child c;
	struct err e = { 0 };
	int p[2];
	char said;

	SKIP_EMULATED("qemu-user's clone makes no namespaces");
	CHECK(!pipe(p));
	if (ns_clone(flags, -1, &c, &e) < 0) {
		if (e.code == EPERM)
			SKIP("may not make namespaces");
		printf("# %s\n", e.msg);
	}
	CHECK_INT(e.code, 0);
	if (c.pid == 0) {
		sethostname("inside", 6);
		(void)!write(p[1], getpid() == 1 ? "1" : "n", 1);
		for (;;)
			pause();
	}
	CHECK_INT(read(p[0], &said, 1), 1);
	*is_one = said == '1';
	close(p[0]);
	close(p[1]);
	return c;
}

static void end(struct ns_child *c)
{
	CHECK(!kill(c->pid, SIGKILL));
	CHECK_INT(waitpid(c->pid, NULL, 0), c->pid);
	close_at(&c->pidfd);
}

static void born_in_new_ones(bool pidfd)
{
	bool one;
	struct ns_child c = sleeper(all, &one);
	uint64_t differ;

	CHECK(one && c.in_cgroup == false);
	CHECK_INT(c.pidfd >= 0, pidfd);
	if (pidfd)
		CHECK(fcntl(c.pidfd, F_GETFD) & FD_CLOEXEC);
	CHECK_INT(ns_differ(c.pid, all | CLONE_NEWUSER, &differ, NULL), 0);
	CHECK_INT(differ, all);
	end(&c);
}

TEST(a_child_is_born_in_new_namespaces) { born_in_new_ones(true); }
TEST(z102_a_child_is_born_without_clone3) { old_kernel(ENOSYS); born_in_new_ones(false); }
TEST(z102_a_child_is_born_where_clone3_is_refused) { old_kernel(EPERM); born_in_new_ones(false); }

static void joined(struct ns_child *c, int pidfd)
{
	struct err e = { 0 };
	char name[64];
	int st;
	pid_t pid = fork();

	if (pid == 0) {
		if (ns_join(pidfd, c->pid, all, &e) < 0)
			printf("# %s\n", e.msg);
		CHECK_INT(e.code, 0);
		CHECK(!gethostname(name, sizeof(name)));
		CHECK_STR(name, "inside");
		_exit(0);
	}
	CHECK_INT(waitpid(pid, &st, 0), pid);
	CHECK_INT(st, 0);
}

TEST(namespaces_are_joined)
{
	bool one;
	struct ns_child c = sleeper(all, &one);
	int self = syscall(SYS_pidfd_open, getpid(), 0);

	joined(&c, c.pidfd);
	joined(&c, -1);
	if (self >= 0)
		close(self);
	end(&c);
	CHECK_INT(ns_join(-1, 0x3fffffff, CLONE_NEWUTS, NULL), -ENOENT);
}

TEST(a_single_namespace_is_joined)
{
	bool one;
	struct ns_child c = sleeper(all, &one);
	char name[64];
	int fd = ns_open(c.pid, CLONE_NEWUTS, NULL);

	CHECK(fd >= 0);
	end(&c);
	CHECK_INT(ns_enter(fd, CLONE_NEWNET, NULL), -EINVAL);	/* it is of another kind */
	CHECK_INT(ns_enter(fd, CLONE_NEWUTS, NULL), 0);
	CHECK(!gethostname(name, sizeof(name)));
	CHECK_STR(name, "inside");
}

TEST(a_child_is_born_in_a_cgroup)
{
	struct cgroup cg;
	struct ns_child c;
	struct err e = { 0 };
	char path[64], text[4096], hex[17];

	snprintf(path, sizeof(path), "coracle-test-%s", rand_hex(hex, 8));
	CHECK_INT(cgroup_open(&cg, path, &e), 0);
	if (cg.root < 0 || mkdirat(cg.root, path, 0755) < 0)
		SKIP("no cgroup v2 to write");
	cg.fd = openat(cg.root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_INT(ns_clone(0, cg.fd, &c, &e), 0);
	if (c.pid == 0) {
		CHECK(file_read_small(AT_FDCWD, "/proc/self/cgroup", text, sizeof(text)) > 0);
		_exit(!!strstr(text, path) == c.in_cgroup ? 0 : 1);
	}
	{
		int st;

		CHECK_INT(waitpid(c.pid, &st, 0), c.pid);
		CHECK(!unlinkat(cg.root, path, AT_REMOVEDIR));
		CHECK_INT(st, 0);
	}
}

TEST(u19_a_single_id_map_needs_no_helper)
{
	const struct ns_idmap map = { 0, geteuid() == 0 ? 1000 : geteuid(), 1 };
	struct ns_child c;
	struct err e = { 0 };
	int p[2], st;
	char go;

	CHECK(!pipe(p));
	if (ns_clone(CLONE_NEWUSER, -1, &c, &e) < 0)
		SKIP("no user namespaces");
	if (c.pid == 0) {
		close(p[1]);	/* so that it ends when the other does */
		CHECK_INT(read(p[0], &go, 1), 1);
		_exit(getuid() == 0 || geteuid() == 65534 ? 0 : 1);
	}
	CHECK_INT(ns_write_maps(c.pid, &map, 1, &map, 1, &e), 0);
	CHECK_INT(write(p[1], "x", 1), 1);
	CHECK_INT(waitpid(c.pid, &st, 0), c.pid);
	CHECK_INT(st, 0);
}

UNIT_MAIN
