// SPDX-License-Identifier: MIT
#include "core/kern/caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "tests/unit/unit.h"

TEST(names_are_found_in_every_spelling)
{
	CHECK_INT(caps_number("CHOWN"), 0);
	CHECK_INT(caps_number("CAP_SYS_ADMIN"), CAP_SYS_ADMIN);
	CHECK_INT(caps_number("cap_net_raw"), CAP_NET_RAW);
	CHECK_INT(caps_number("checkpoint_restore"), 40);
	CHECK_INT(caps_number("CAP_"), -1);
	CHECK_INT(caps_number(""), -1);
	CHECK_INT(caps_number("SYS_ADMI"), -1);
	CHECK_STR(caps_name(40), "CAP_CHECKPOINT_RESTORE");
	CHECK(caps_name(41) == NULL && caps_name(-1) == NULL);
	CHECK(caps_default == 0xa80425fb);	/* as /proc/self/status in Docker says */
}

TEST(adds_and_drops_resolve_as_dockers)
{
	const uint64_t chown = CAP_BIT(CAP_CHOWN), admin = CAP_BIT(CAP_SYS_ADMIN);
	static const char *const ALL[] = { "ALL" }, *const CHOWN[] = { "CHOWN" },
		*const ADMIN[] = { "cap_sys_admin" }, *const FOO[] = { "foo" }, *const EMPTY[] = { "" };
	struct {
		const char *const *add, *const *drop;
		bool privileged;
		uint64_t want;
	} t[] = {
		{ NULL, NULL, false, caps_default },
		{ ADMIN, NULL, false, caps_default | admin },
		{ NULL, CHOWN, false, caps_default & ~chown },
		{ CHOWN, CHOWN, false, caps_default },
		{ CHOWN, ALL, false, chown },
		{ NULL, ALL, false, 0 },
		{ ALL, NULL, false, caps_known() },
		{ ALL, CHOWN, false, caps_known() & ~chown },
		{ NULL, ALL, true, caps_known() },
	};
	uint64_t set;
	struct err e;

	for (size_t i = 0; i < countof(t); i++) {
		CHECK_INT(caps_resolve(t[i].add, !!t[i].add, t[i].drop, !!t[i].drop, t[i].privileged, &set,
				       &e), 0);
		CHECK(set == t[i].want);
	}
	CHECK_INT(caps_resolve(FOO, 1, NULL, 0, false, &set, &e), -EINVAL);
	CHECK_STR(e.msg, "invalid CapAdd: unknown capability: \"CAP_FOO\"");
	CHECK_INT(caps_resolve(NULL, 0, EMPTY, 1, false, &set, &e), -EINVAL);
	CHECK_STR(e.msg, "invalid CapDrop: unknown capability: \"CAP_\"");
}

TEST(z05_nothing_is_inheritable_or_ambient)
{
	struct {
		struct __user_cap_header_struct head;
		struct __user_cap_data_struct data[2];
	} s = { .head = { .version = _LINUX_CAPABILITY_VERSION_3 } };
	uint64_t effective, permitted, keep = CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_KILL);
	struct err e = { 0 };

	if (geteuid() != 0)
		SKIP("not root");
	CHECK(!syscall(SYS_capget, &s.head, s.data));
	s.data[0].inheritable = s.data[0].permitted;
	CHECK(!syscall(SYS_capset, &s.head, s.data));
	CHECK(!prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
	CHECK_INT(caps_bound(keep, &e), 0);
	CHECK_INT(caps_set(keep, &e), 0);
	CHECK_INT(caps_get(&effective, &permitted, &e), 0);
	CHECK(effective == keep && permitted == keep);
	CHECK(!syscall(SYS_capget, &s.head, s.data));
	CHECK_INT(s.data[0].inheritable | s.data[1].inheritable, 0);
	CHECK_INT(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0), 0);
	for (int i = 0; i <= CAPS_LAST; i++)
		CHECK_INT(prctl(PR_CAPBSET_READ, i, 0, 0, 0) > 0, !!(keep & CAP_BIT(i)));
	CHECK_INT(caps_set(keep | CAP_BIT(CAP_SYS_ADMIN), &e), 0);	/* cut down to what we have */
	CHECK_INT(caps_get(&effective, &permitted, &e), 0);
	CHECK(effective == keep);
	CHECK_INT(caps_set(0, &e), 0);
	CHECK_INT(caps_get(&effective, &permitted, &e), 0);
	CHECK(permitted == 0);
}

UNIT_MAIN
