// SPDX-License-Identifier: MIT
#include "core/kern/limits.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "tests/unit/unit.h"

TEST(ulimits_are_read_as_docker_reads_them)
{
	static const struct {
		const char *text, *msg;
		int resource;
		uint64_t soft, hard;
	} t[] = {
		{ "nofile=1024:2048", NULL, RLIMIT_NOFILE, 1024, 2048 },
		{ "nproc=7", NULL, RLIMIT_NPROC, 7, 7 },
		{ "core=-1", NULL, RLIMIT_CORE, UINT64_MAX, UINT64_MAX },
		{ "stack=10:-1", NULL, RLIMIT_STACK, 10, UINT64_MAX },
		{ "foo=1", "invalid ulimit type: foo", 0, 0, 0 },
		{ "nofile", "invalid ulimit argument: nofile", 0, 0, 0 },
		{ "nofile=2:1", "ulimit soft limit must be less than or equal to hard limit: 2 > 1", 0, 0, 0 },
		{ "nofile=a", "strconv.ParseInt: parsing \"a\": invalid syntax", 0, 0, 0 },
		{ "nofile=1:", "strconv.ParseInt: parsing \"\": invalid syntax", 0, 0, 0 },
		{ "nofile=unlimited", "strconv.ParseInt: parsing \"unlimited\": invalid syntax", 0, 0, 0 },
		{ "nofile=1:2:3", "too many limit value arguments - 1:2:3, can only have up to two, "
		  "`soft[:hard]`", 0, 0, 0 },
	};
	struct limits_rlimit r;
	struct err e;

	for (size_t i = 0; i < countof(t); i++) {
		CHECK_INT(limits_parse(t[i].text, &r, &e), t[i].msg ? -EINVAL : 0);
		if (t[i].msg) {
			CHECK_STR(e.msg, t[i].msg);
			continue;
		}
		CHECK_INT(r.resource, t[i].resource);
		CHECK(r.soft == t[i].soft && r.hard == t[i].hard);
	}
	CHECK_STR(limits_name(RLIMIT_NOFILE), "nofile");
}

static char said[WARN_TEXT_MAX];

static void hear(void *arg UNUSED, const char *text)
{
	snprintf(said, sizeof(said), "%s", text);
}

TEST(a_refused_raise_is_a_warning_unless_named)
{
	const struct warn w = { hear, NULL };
	struct rlimit low = { 100, 200 }, now;
	struct limits_rlimit r = { RLIMIT_NOFILE, 1000, 2000 };
	struct err e;

	CHECK(!setrlimit(RLIMIT_NOFILE, &low));
	if (!geteuid())
		CHECK(!setresuid(65534, 65534, 65534));
	CHECK_INT(limits_set(&r, true, &w, &e), -EPERM);
	CHECK_INT(limits_set(&r, false, &w, &e), 0);
	CHECK(strstr(said, "ulimit nofile"));
	CHECK(!getrlimit(RLIMIT_NOFILE, &now));
	CHECK_INT(now.rlim_cur, 200);
	CHECK_INT(now.rlim_max, 200);
	r = (struct limits_rlimit){ RLIMIT_NOFILE, 50, 60 };
	CHECK_INT(limits_set(&r, true, &w, &e), 0);
	CHECK(!getrlimit(RLIMIT_NOFILE, &now));
	CHECK(now.rlim_cur == 50 && now.rlim_max == 60);
}

TEST(z09_a_session_keyring_of_its_own)
{
	long key = syscall(SYS_add_key, "user", "coracle-test", "x", 1, KEY_SPEC_SESSION_KEYRING);

	if (key < 0)
		SKIP("no keys in this kernel");
	CHECK(syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", "coracle-test", 0) > 0);
	CHECK_INT(limits_keyring("_ses.test", NULL), 0);
	CHECK(syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", "coracle-test", 0) < 0);
	(void)syscall(SYS_keyctl, KEYCTL_INVALIDATE, key);
}

UNIT_MAIN
