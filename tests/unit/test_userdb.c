// SPDX-License-Identifier: MIT
#include "core/fmt/userdb.h"

#include "core/base/str.h"
#include "tests/unit/unit.h"

static const char passwd[] =
	"root:x:0:0:root:/root:/bin/sh\n"
	"daemon:x:1:1::/usr/sbin:/usr/sbin/nologin\n"
	"1000:x:0:0:numeric name:/trap:/bin/sh\n"
	"app:x:1001:1002:App:/home/app:/bin/sh\n"
	"huge:x:4294967296:0::/:/bin/sh\n"
	"broken line\n"
	"last:x:7:8::/last:";
static const char group[] =
	"root:x:0:\nwheel:x:10:root,app\nvideo:x:44:app\n55:x:99:app\nempty:x::\n";

static const struct {
	const char *user;
	int rc;
	unsigned uid, gid;
	const char *home;
} rows[] = {
	{ "", 0, 0, 0, "/root" },
	{ "root", 0, 0, 0, "/root" },
	{ "app", 0, 1001, 1002, "/home/app" },
	{ "app:video", 0, 1001, 44, "/home/app" },
	{ "app:7", 0, 1001, 7, "/home/app" },
	{ "1001", 0, 1001, 1002, "/home/app" },
	{ "1000", 0, 1000, 0, "/" }, /* never the user whose name is 1000 */
	{ "1000:", 0, 1000, 0, "/" },
	{ ":0", 0, 0, 0, "/root" },
	{ "01", 0, 1, 1, "/usr/sbin" },
	{ "2147483647", 0, 2147483647, 0, "/" },
	{ "2147483648", -EINVAL, 0, 0, "" },
	{ "4294967295", -EINVAL, 0, 0, "" },
	{ "4294967296", -EINVAL, 0, 0, "" },
	{ "99999999999999999999", -EINVAL, 0, 0, "" },
	{ "huge", -EINVAL, 0, 0, "" },
	{ "+1", -EINVAL, 0, 0, "" },
	{ "-1", -EINVAL, 0, 0, "" },
	{ "0x0", -EINVAL, 0, 0, "" },
	{ "nobody", -EINVAL, 0, 0, "" },
	{ "app:nogroup", -EINVAL, 0, 0, "" },
	{ "last", 0, 7, 8, "/last" },
};

TEST(Z08_users_are_numbers_or_names_that_are_there)
{
	static struct userdb_user u;
	struct strv none = { 0 };

	for (size_t i = 0; i < countof(rows); i++) {
		CHECK_INT(userdb_resolve(rows[i].user, passwd, group, &none, &u, NULL), rows[i].rc);
		if (rows[i].rc < 0)
			continue;
		CHECK_INT(u.uid, rows[i].uid);
		CHECK_INT(u.gid, rows[i].gid);
		CHECK_STR(u.home, rows[i].home);
	}
}

TEST(groups_of_a_name_come_from_the_group_file)
{
	static struct userdb_user u;
	const char *more[] = { "video", "7", "7" };
	struct strv extra = { more, 3 };

	CHECK_INT(userdb_resolve("app", passwd, group, &extra, &u, NULL), 0);
	CHECK_INT(u.groups_n, 5); /* wheel, video, the group named 55, its own, and 7 once */
	CHECK_INT(u.groups[0], 10);
	CHECK_INT(u.groups[1], 44);
	CHECK_INT(u.groups[2], 99);
	CHECK_INT(u.groups[3], 1002);
	CHECK_INT(u.groups[4], 7);
}

TEST(an_explicit_group_leaves_the_others_out)
{
	static struct userdb_user u;
	struct strv none = { 0 };

	CHECK_INT(userdb_resolve("app:root", passwd, group, &none, &u, NULL), 0);
	CHECK_INT(u.groups_n, 1); /* but its own */
}

TEST(Z08_a_flood_of_groups_is_refused)
{
	auto_str struct str big = STR_INIT;
	static struct userdb_user u;
	struct strv none = { 0 };
	struct err e;

	for (int i = 0; i <= USERDB_GROUPS_MAX; i++)
		str_addf(&big, "g%d:x:%d:app\n", i, i + 5);
	CHECK_INT(userdb_resolve("app", passwd, big.s, &none, &u, &e), -E2BIG);
}

TEST(an_unknown_user_is_named_as_docker_names_it)
{
	static struct userdb_user u;
	struct strv none = { 0 };
	struct err e;

	CHECK_INT(userdb_resolve("ghost", passwd, group, &none, &u, &e), -EINVAL);
	CHECK_STR(e.msg, "unable to find user ghost: no matching entries in passwd file");
	CHECK_INT(userdb_resolve("0:ghost", passwd, group, &none, &u, &e), -EINVAL);
	CHECK_STR(e.msg, "unable to find group ghost: no matching entries in group file");
}

UNIT_MAIN
