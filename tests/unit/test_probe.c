// SPDX-License-Identifier: MIT
#include "core/kern/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "tests/unit/unit.h"

static const struct probe_env env = { .root_fd = -1 };

static const struct probe *find(const char *name)
{
	for (size_t i = 0; i < probe_table_n; i++)
		if (!strcmp(probe_table[i].name, name))
			return &probe_table[i];
	printf("# no probe called %s\n", name);
	CHECK(false);
	return NULL;
}

static enum probe_state state(const char *name)
{
	struct probe_result r;

	probe_run(find(name), &env, &r);
	return r.state;
}

/* These calls answer `code`, as on an older kernel or in a filter. */
static void without(int code, int a, int b)
{
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, a, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, b, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | code),
	};
	struct sock_fprog prog = { .len = countof(f), .filter = f };

	SKIP_EMULATED("qemu-user has no seccomp");
	CHECK(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	CHECK(!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog));
}

TEST(the_table_is_sorted_and_whole)
{
	for (size_t i = 0; i < probe_table_n; i++) {
		const struct probe *p = &probe_table[i];

		CHECK(p->name && p->config && p->try && p->group < PROBE_GROUPS);
		CHECK(i == 0 || probe_table[i - 1].group <= p->group);
		CHECK(!p->needed || !p->fallback);	/* what has a way out is not needed */
		CHECK(probe_group_title(p->group) != NULL);
	}
}

TEST(u15_an_old_kernel_is_seen)
{
	enum probe_state before = state("openat2");

	without(ENOSYS, SYS_openat2, SYS_mount_setattr);
	CHECK_INT(state("mount_setattr"), PROBE_FALLBACK);
	CHECK_INT(state("openat2"), before);	/* asked once in a process */
}

TEST(u15_a_kernel_without_openat2_is_seen)
{
	without(ENOSYS, SYS_openat2, SYS_seccomp);
	CHECK_INT(state("openat2"), PROBE_FALLBACK);
	CHECK_INT(state("seccomp filter"), PROBE_FALLBACK);
}

TEST(u15_a_filter_around_us_is_seen)
{
	without(EPERM, SYS_clone3, SYS_unshare);
	CHECK_INT(state("clone3"), PROBE_FALLBACK);
	CHECK_INT(state("pid namespace"), PROBE_MISSING);
	CHECK_INT(state("cgroup namespace"), PROBE_FALLBACK);
}

TEST(a_probe_leaves_this_process_as_it_was)
{
	struct probe_result r;
	char a[64], b[64];
	int next = open("/dev/null", 0);	/* whatever the caller left open */

	close(next);
	CHECK(readlink("/proc/self/ns/mnt", a, sizeof(a)) > 0);
	for (size_t i = 0; i < probe_table_n; i++)
		probe_run(&probe_table[i], &env, &r);
	memset(b, 0, sizeof(b));
	CHECK(readlink("/proc/self/ns/mnt", b, sizeof(b)) > 0);
	CHECK(!strncmp(a, b, strlen("mnt:[4026531840]")));
	CHECK_INT(open("/dev/null", 0), next);	/* no descriptor stayed open */
}

UNIT_MAIN
