// SPDX-License-Identifier: MIT
#include "core/kern/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "core/os/file.h"
#include "tests/unit/unit.h"

static void be_nobody(void)
{
	if (geteuid() == 0)
		CHECK(!setresgid(65534, 65534, 65534) && !setresuid(65534, 65534, 65534));
}

TEST(a_map_of_nothing_has_everybody)
{
	struct userns_map m = { 0 };

	CHECK(userns_has_uid(&m, 0) && userns_has_uid(&m, UINT32_MAX) && userns_has_gid(&m, 7));
}

TEST(ranges_have_their_ends_and_no_more)
{
	struct userns_map m = { .uids = { { 0, 1000, 1 }, { 10, 100000, 5 }, { UINT32_MAX - 1, 5, 2 } },
				.uids_n = 3 };

	CHECK(userns_has_uid(&m, 0) && !userns_has_uid(&m, 1) && !userns_has_uid(&m, 9));
	CHECK(userns_has_uid(&m, 10) && userns_has_uid(&m, 14) && !userns_has_uid(&m, 15));
	CHECK(userns_has_uid(&m, UINT32_MAX - 1) && userns_has_uid(&m, UINT32_MAX));
	CHECK(userns_has_gid(&m, 10));	/* none are mapped: they are as they were */
}

TEST(root_inside_is_who_we_are)
{
	struct userns_map m;

	be_nobody();
	userns_map_self(&m);
	CHECK_INT(m.uids_n, 1);
	CHECK_INT(m.uids[0].outside, geteuid());
	CHECK_INT(m.gids[0].outside, getegid());
	CHECK_INT(m.uids[0].inside + m.gids[0].inside, 0);
	CHECK_INT(m.uids[0].count + m.gids[0].count, 2);
}

TEST(u19_an_ordinary_user_becomes_root_of_its_own_files_only)
{
	char path[] = "/tmp/test_userns.XXXXXX", why[USERNS_WHY_MAX], text[32];
	struct err e = { 0 };

	SKIP_EMULATED("qemu-user makes no namespaces");
	be_nobody();
	CHECK(mkdtemp(path) && !chmod(path, 0));
	CHECK(access(path, R_OK) < 0 || getuid() == 0);
	if (userns_own_files(&e) < 0) {
		printf("# %s\n", e.msg);
		CHECK(*userns_why_not(why));	/* then it is said */
		rmdir(path);
		SKIP("user namespaces are forbidden");
	}
	CHECK_INT(geteuid(), 0);
	CHECK_INT(getegid(), 0);
	CHECK(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) >= 0);
	CHECK(!rmdir(path));
	CHECK(open("/etc/shadow", O_RDONLY | O_CLOEXEC) < 0);
	CHECK(file_read_small(AT_FDCWD, "/proc/self/setgroups", text, sizeof(text)) > 0);
	CHECK_STR(text, "deny");
	CHECK_INT(userns_own_files(&e), 0);	/* root already */
}

TEST(z03_who_is_not_dumpable_is_so_afterwards)
{
	struct userns_map m;
	struct err e = { 0 };

	SKIP_EMULATED("qemu-user makes no namespaces");
	be_nobody();
	CHECK_INT(prctl(PR_SET_DUMPABLE, 0), 0);
	userns_map_self(&m);
	if (unshare(CLONE_NEWUSER) < 0)
		SKIP("may not make a user namespace");
	if (userns_become(&m, &e) < 0)
		printf("# %s\n", e.msg);
	CHECK_INT(e.code, 0);
	CHECK_INT(prctl(PR_GET_DUMPABLE), 0);
	CHECK_INT(geteuid(), 0);
}

static int say_who(void *arg, struct err *e)
{
	*(int *)arg = 1;
	return err_set(e, EXDEV, "called as %u", geteuid());
}

TEST(a_call_brings_its_error_back_and_changes_nothing_here)
{
	struct err e = { 0 };
	int here = 0;

	SKIP_EMULATED("qemu-user makes no namespaces");
	be_nobody();
	CHECK_INT(userns_call(say_who, &here, &e), -EXDEV);
	CHECK(!strcmp(e.msg, "called as 0") || !strncmp(e.msg, "called as 6", 11));
	CHECK_INT(here, 0);
	CHECK(geteuid() != 0);
}

TEST(a_call_by_root_is_a_call)
{
	struct err e = { 0 };
	int here = 0;

	if (geteuid() != 0)
		SKIP("not root");
	CHECK_INT(userns_call(say_who, &here, &e), -EXDEV);
	CHECK_INT(here, 1);
}

UNIT_MAIN
