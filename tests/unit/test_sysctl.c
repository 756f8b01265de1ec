// SPDX-License-Identifier: MIT
#include "core/kern/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>

#include "core/kern/mount.h"
#include "core/os/file.h"
#include "tests/unit/unit.h"

static const uint64_t own = CLONE_NEWNET | CLONE_NEWIPC;

TEST(z19_only_what_belongs_to_a_namespace_is_allowed)
{
	static const char *const good[] = {
		"net.ipv4.ip_forward=1", "net.ipv4.conf.eth0/1.mtu=9", "kernel.msgmax=1", "kernel.sem=1 2 3 4",
		"kernel.shm_rmid_forced=1", "fs.mqueue.msg_max=5", "net.core.somaxconn=",
	};
	static const char *const bad[] = {
		"kernel.core_pattern=|/x", "kernel.shm_rmid_forced+kernel.core_pattern=1", "a=b+c=d", "",
		"=", "net.=1", "net.ipv4.ip_forward", "net/ipv4/ip_forward=1", "net.ipv4/../../kernel/x=1",
		"net/../kernel/core_pattern=1", "net...x=1", "net.a\nb=1", "net.a=1\nkernel.x=2",
		"kernel.domainname=x", "kernel.msgmaxx=1", "kernel=1", "fs.file-max=1", "vm.swappiness=1",
		"net./x=1", "net.x/=1", "net.x.=1", "net.X=1", "net.a//b=1", "net.a b=1",
	};
	struct err e;

	for (size_t i = 0; i < countof(good); i++)
		CHECK_INT(sysctl_check(good[i], own, &e), 0);
	for (size_t i = 0; i < countof(bad); i++) {
		if (sysctl_check(bad[i], own, &e) != -EINVAL)
			printf("# %s\n", bad[i]);
		CHECK_INT(sysctl_check(bad[i], own, &e), -EINVAL);
	}
	CHECK_INT(sysctl_check("kernel.core_pattern=1", own, &e), -EINVAL);
	CHECK_STR(e.msg, "sysctl 'kernel.core_pattern=1' is not whitelisted");
}

TEST(z19_a_namespace_that_is_the_hosts_has_none)
{
	struct err e;

	CHECK_INT(sysctl_check("net.ipv4.ip_forward=1", CLONE_NEWIPC, &e), -EINVAL);
	CHECK_STR(e.msg, "sysctl \"net.ipv4.ip_forward\" is not allowed in the hosts network namespace");
	CHECK_INT(sysctl_check("kernel.msgmax=1", CLONE_NEWNET, &e), -EINVAL);
	CHECK_STR(e.msg, "sysctl \"kernel.msgmax\" is not allowed in the hosts ipc namespace");
}

TEST(z19_a_value_holds_inside_and_nowhere_else)
{
	char before[32], after[32];
	struct err e = { 0 };
	auto_close int proc = -1;
	int st;
	pid_t pid;

	CHECK(file_read_small(AT_FDCWD, "/proc/sys/net/ipv4/ip_default_ttl", before, sizeof(before)) > 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWNET) < 0)
			_exit(77);
		proc = mount_proc_private(&e);
		if (proc < 0)
			_exit(77);
		CHECK_INT(sysctl_write(proc, "net.ipv4.ip_default_ttl=77", own, &e), 0);
		CHECK_INT(sysctl_write(proc, "net.ipv4.nothing=77", own, &e), -ENOENT);
		CHECK_INT(sysctl_write(proc, "kernel.core_pattern=x", own, &e), -EINVAL);
		CHECK(file_read_small(AT_FDCWD, "/proc/self/net/../../sys/net/ipv4/ip_default_ttl", after,
				      sizeof(after)) > 0);
		_exit(0);
	}
	CHECK_INT(waitpid(pid, &st, 0), pid);
	if (WIFEXITED(st) && WEXITSTATUS(st) == 77)
		SKIP("no network namespace");
	CHECK_INT(st, 0);
	CHECK(file_read_small(AT_FDCWD, "/proc/sys/net/ipv4/ip_default_ttl", after, sizeof(after)) > 0);
	CHECK_STR(after, before);
}

UNIT_MAIN
