// SPDX-License-Identifier: MIT
#include "core/store/volume.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/store/mountspec.h"
#include "core/store/points.h"
#include "tests/unit/unit.h"

static char root[] = "/tmp/coracle-volume-XXXXXX";

static void open_here(struct store *st)
{
	struct err e;

	CHECK(mkdtemp(root) != NULL);
	CHECK_INT(store_open(st, root, root, &e), 0);
}

static void close_here(struct store *st)
{
	store_release(st);
	(void)!tree_remove(AT_FDCWD, root, NULL);
}

TEST(V007_a_volume_is_made_once_and_found_again)
{
	auto_arena struct arena mem = { 0 };
	auto_store struct store st = STORE_INIT;
	struct volume v = { .name = "data", .driver = "local", .created_ns = 5 }, again;
	struct strv names;
	struct err e;

	open_here(&st);
	strv_add(&v.labels, "a=b", &mem);
	CHECK_INT(volume_make(&st, &v, true, &mem, &e), 0);
	again = (struct volume){ .name = "data", .driver = "local", .created_ns = 9 };
	CHECK_INT(volume_make(&st, &again, true, &mem, &e), 1);
	CHECK_INT(again.created_ns, 5);
	CHECK_STR(again.labels.v[0], "a=b");
	CHECK_INT(volume_list(&st, &names, &mem, &e), 0);
	CHECK_INT(names.n, 1);
	CHECK_INT(volume_remove(&st, "data", &e), 0);
	CHECK_INT(volume_load(&st, "data", &v, &mem, &e), -ENOENT);
	CHECK_STR(e.msg, "get data: no such volume");
	CHECK_INT(volume_remove(&st, "data", &e), 0);
	close_here(&st);
}

TEST(Z81_no_name_leaves_the_directory)
{
	static const char *const bad[] = { "", "a", "..", ".x", "-x", "a/b", "../x", "a b", "a\n" };
	auto_arena struct arena mem = { 0 };
	auto_store struct store st = STORE_INIT;
	struct tree_usage u = { 0 };
	struct err e;

	open_here(&st);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct volume v = { .name = bad[i], .driver = "local" };

		CHECK_INT(volume_name_check(bad[i], &e), -EINVAL);
		CHECK_INT(volume_make(&st, &v, false, &mem, &e), -EINVAL);
		CHECK_INT(volume_load(&st, bad[i], &v, &mem, &e), -ENOENT);
		CHECK_INT(volume_remove(&st, bad[i], &e), 0);
		CHECK_INT(volume_size(&st, bad[i], &u, &e), -EINVAL);
	}
	CHECK_INT(volume_name_check("a.b-c_D9", &e), 0);
	close_here(&st);
}

TEST(Z82_what_is_in_a_volume_is_removed_without_following_it)
{
	auto_arena struct arena mem = { 0 };
	auto_store struct store st = STORE_INIT;
	struct volume v = { .name = "links", .driver = "local" };
	char path[128];
	struct err e;

	open_here(&st);
	CHECK_INT(volume_make(&st, &v, false, &mem, &e), 0);
	CHECK_INT(mkdirat(st.root_fd, "keep", 0700), 0);
	CHECK_INT(mkdirat(st.root_fd, "keep/x", 0700), 0);
	snprintf(path, sizeof(path), "%s/keep", root);
	CHECK_INT(symlinkat(path, st.root_fd, "volumes/links/_data/out"), 0);
	CHECK_INT(volume_remove(&st, "links", &e), 0);
	CHECK_INT(faccessat(st.root_fd, "keep/x", F_OK, 0), 0);
	CHECK_INT(faccessat(st.root_fd, "volumes/links", F_OK, 0), -1);
	close_here(&st);
}

TEST(V026_what_is_mounted_goes_into_the_record_and_back)
{
	auto_arena struct arena mem = { 0 };
	struct container c = { 0 }, back = { 0 };
	struct mount_spec m;
	json_t *a;

	CHECK_INT(mountspec_bind("/h:/b:ro,rslave", &m, &mem, NULL), 0);
	mountspec_point(&c, &m, &mem);
	CHECK_INT(mountspec_mount("type=tmpfs,dst=/t,tmpfs-size=5,tmpfs-mode=700", &m, &mem, NULL),
		  0);
	mountspec_point(&c, &m, &mem);
	CHECK_INT(mountspec_bind("vol:/v:nocopy", &m, &mem, NULL), 0);
	m.anonymous = true;
	m.driver = "local";
	mountspec_point(&c, &m, &mem);
	mountspec_point(&c, &m, &mem);	/* one target, one point */
	CHECK_INT(c.points_n, 3);
	a = points_json(&c);
	CHECK_INT(points_from_json(a, &back, &mem, NULL), 0);
	json_decref(a);
	CHECK_INT(back.points_n, 3);
	CHECK(back.points[0].read_only && back.points[0].create_source);
	CHECK_STR(back.points[0].propagation, "rslave");
	CHECK_INT(back.points[1].tmpfs_size, 5);
	CHECK_INT(back.points[1].tmpfs_mode, 0700);
	CHECK(back.points[1].long_form && back.points[1].type == MOUNT_TMPFS);
	CHECK(back.points[2].anonymous && back.points[2].no_copy && !back.points[2].read_only);
	CHECK_STR(back.points[2].source, "vol");
	CHECK_STR(back.points[2].driver, "local");
}

UNIT_MAIN
