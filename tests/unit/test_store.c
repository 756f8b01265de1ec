// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "core/os/tree.h"
#include "core/store/store.h"
#include "tests/unit/unit.h"

static char base[64], root[80], state[80];

static void paths(void)
{
	strcpy(base, "/tmp/test_store.XXXXXX");
	CHECK(mkdtemp(base));
	snprintf(root, sizeof(root), "%s/a/root", base);
	snprintf(state, sizeof(state), "%s/state", base);
}

static void done(struct store *st)
{
	store_release(st);
	CHECK_INT(tree_remove(AT_FDCWD, base, NULL), 0);
}

static int mode_of(int fd, const char *path)
{
	struct stat sb;

	return fstatat(fd, path, &sb, AT_SYMLINK_NOFOLLOW) < 0 ? -1 : (int)(sb.st_mode & 07777);
}

TEST(everything_missing_is_made)
{
	struct store st;
	struct err e = { 0 };

	paths();
	umask(0);
	CHECK_INT(store_open(&st, root, state, &e), 0);
	CHECK_INT(mode_of(st.root_fd, "layers/sha256"), 0700);
	CHECK_INT(mode_of(st.root_fd, "blobs/sha256"), 0700);
	CHECK_INT(mode_of(st.state_fd, "containers"), 0700);
	CHECK_INT(st.root_was, 0);
	CHECK_INT(strlen(st.tag), STORE_TAG_LEN);
	done(&st);
}

TEST(Z103_a_root_open_to_others_is_closed_and_told)
{
	struct store st;

	paths();
	umask(0);
	mkdir(base, 0755);
	CHECK_INT(mkdir(state, 0777), 0);
	CHECK_INT(store_open(&st, root, state, NULL), 0);
	CHECK_INT(st.root_was, 0);
	CHECK_INT(st.state_was, 0777);
	CHECK_INT(mode_of(AT_FDCWD, root), 0700);
	CHECK_INT(mode_of(AT_FDCWD, state), 0700);
	done(&st);
}

TEST(Z103_a_root_of_somebody_else_is_refused)
{
	struct store st;
	struct err e = { 0 };

	if (getuid() != 0)
		SKIP("not root");
	paths();
	CHECK_INT(mkdir(state, 0700), 0);
	CHECK_INT(chown(state, 1000, 1000), 0);
	CHECK_INT(store_open(&st, root, state, &e), -EPERM);
	CHECK(strstr(e.msg, "belongs to user 1000"));
	done(&st);
}

TEST(two_roots_have_two_tags_and_a_link_has_the_same)
{
	struct store a, b;
	char link_path[96];

	paths();
	CHECK_INT(store_open(&a, root, state, NULL), 0);
	snprintf(link_path, sizeof(link_path), "%s/link", base);
	CHECK_INT(symlink(root, link_path), 0);
	CHECK_INT(store_open(&b, link_path, state, NULL), 0);
	CHECK_STR(a.tag, b.tag);
	store_release(&b);
	snprintf(link_path, sizeof(link_path), "%s/other", base);
	CHECK_INT(store_open(&b, link_path, state, NULL), 0);
	CHECK(strcmp(a.tag, b.tag) != 0);
	store_release(&b);
	done(&a);
}

TEST(a_relative_root_is_refused)
{
	struct store st;

	CHECK_INT(store_open(&st, "x/y", "/run/x", NULL), -EINVAL);
	CHECK_INT(st.root_fd, -1);
}

TEST(shared_locks_share_and_an_exclusive_one_waits)
{
	auto_close int a = -1, b = -1, probe = -1;
	struct store st;

	paths();
	CHECK_INT(store_open(&st, root, state, NULL), 0);
	a = store_lock(&st, STORE_SHARED, NULL);
	b = store_lock(&st, STORE_SHARED, NULL);
	CHECK(a >= 0 && b >= 0);
	probe = openat(st.root_fd, "lock", O_RDWR);
	CHECK(flock(probe, LOCK_EX | LOCK_NB) < 0);
	close(a);
	close(b);
	CHECK_INT(flock(probe, LOCK_EX | LOCK_NB), 0);
	flock(probe, LOCK_UN);
	a = store_lock(&st, STORE_EXCLUSIVE, NULL);
	CHECK(flock(probe, LOCK_SH | LOCK_NB) < 0);
	b = -1;
	done(&st);
}

TEST(what_a_crash_left_in_tmp_goes_and_what_lives_stays)
{
	struct store_tmp mine;
	struct store st;
	bool live = false;

	paths();
	CHECK_INT(store_open(&st, root, state, NULL), 0);
	CHECK_INT(store_tmp_open(&st, &mine, NULL), 0);
	CHECK_INT(mkdirat(mine.fd, "in", 0700), 0);
	CHECK_INT(mkdirat(mine.tmp_fd, "0123456789abcdef", 0700), 0);
	CHECK_INT(mkdirat(mine.tmp_fd, "0123456789abcdef/deep", 0700), 0);
	close(openat(mine.tmp_fd, "file", O_CREAT | O_WRONLY, 0600));
	CHECK_INT(store_gc(&st, &live), 2);
	CHECK(live);
	CHECK_INT(mode_of(mine.tmp_fd, "0123456789abcdef"), -1);
	CHECK_INT(mode_of(mine.fd, "in"), 0700);
	store_tmp_release(&mine);
	CHECK_INT(store_gc(&st, &live), 0);
	CHECK(!live);
	done(&st);
}

UNIT_MAIN
