// SPDX-License-Identifier: MIT
/* test_blob.c - a blob is whole and what its name says, or it is not there. */
#include <fcntl.h>
#include <sys/stat.h>

#include "core/os/dir.h"
#include "core/os/tree.h"
#include "core/store/blob.h"
#include "tests/unit/unit.h"

static char top[] = "/tmp/test_blob.XXXXXX";
static struct store store;

static void begin(void)
{
	static char root[64], state[64];

	CHECK(mkdtemp(top) != NULL);
	snprintf(root, sizeof(root), "%s/root", top);
	snprintf(state, sizeof(state), "%s/state", top);
	CHECK_INT(store_open(&store, root, state, NULL), 0);
}

static int names_in(const char *dir)
{
	auto_dir struct dir d = DIR_INIT;
	int n = 0;

	CHECK_INT(dir_open(&d, store.root_fd, dir, NULL), 0);
	while (dir_next(&d))
		n++;
	return n;
}

static void end(void)
{
	CHECK_INT(names_in("tmp"), 0);
	store_release(&store);
	CHECK_INT(tree_remove(AT_FDCWD, top, NULL), 0);
}

TEST(a_blob_is_written_found_read_and_removed)
{
	auto_str struct str out = STR_INIT;
	auto_close int fd = -1;
	struct digest d;
	uint64_t size;
	struct stat sb;

	begin();
	CHECK_INT(blob_put(&store, "hello", 5, &d, NULL), 0);
	CHECK_INT(blob_put(&store, "hello", 5, &d, NULL), 0);
	CHECK(blob_exists(&store, &d));
	CHECK_INT(blob_read(&store, &d, 5, &out, NULL), 0);
	CHECK_STR(out.s, "hello");
	CHECK_INT(blob_open(&store, &d, &fd, &size, NULL), 0);
	CHECK_INT(size, 5);
	CHECK(fstat(fd, &sb) == 0 && (sb.st_mode & 0777) == 0600);
	CHECK_INT(blob_remove(&store, &d, NULL), 0);
	CHECK_INT(blob_remove(&store, &d, NULL), 0);
	CHECK(!blob_exists(&store, &d));
	CHECK_INT(blob_read(&store, &d, 5, &out, NULL), -ENOENT);
	end();
}

TEST(Z34_a_blob_of_another_digest_is_not_stored)
{
	struct blob_writer *w;
	struct digest other;
	struct err e;

	begin();
	digest_of(&other, "x", 1);
	CHECK_INT(blob_create(&store, 100, &w, NULL), 0);
	CHECK_INT(blob_add(w, "hel", 3, NULL), 0);
	CHECK_INT(blob_add(w, "lo", 2, NULL), 0);
	CHECK_INT(blob_commit(w, &other, NULL, &e), -EBADMSG);
	CHECK_INT(names_in("blobs/sha256"), 0);
	end();
}

TEST(Z34_a_blob_changed_on_disk_is_not_given_out)
{
	auto_str struct str out = STR_INIT;
	char path[100] = "blobs/sha256/";
	struct digest d;
	int fd;

	begin();
	CHECK_INT(blob_put(&store, "hello", 5, &d, NULL), 0);
	digest_hex(&d, path + 13);
	fd = openat(store.root_fd, path, O_WRONLY | O_CLOEXEC);
	CHECK(fd >= 0 && write(fd, "j", 1) == 1);
	close(fd);
	CHECK_INT(blob_read(&store, &d, 5, &out, NULL), -EBADMSG);
	CHECK_INT(out.len, 0);
	end();
}

TEST(Z31_a_blob_past_its_limit_is_refused_and_leaves_nothing)
{
	auto_str struct str out = STR_INIT;
	struct blob_writer *w;
	struct digest d;

	begin();
	CHECK_INT(blob_create(&store, 4, &w, NULL), 0);
	CHECK_INT(blob_add(w, "hello", 5, NULL), -E2BIG);
	blob_abort(w);
	CHECK_INT(names_in("blobs/sha256"), 0);
	CHECK_INT(blob_put(&store, "hello", 5, &d, NULL), 0);
	CHECK_INT(blob_read(&store, &d, 4, &out, NULL), -E2BIG);
	end();
}

TEST(Z33_a_link_in_place_of_a_blob_is_not_followed)
{
	auto_str struct str out = STR_INIT;
	char path[100] = "blobs/sha256/";
	struct digest d;

	begin();
	digest_of(&d, "hello", 5);
	digest_hex(&d, path + 13);
	CHECK_INT(symlinkat("/etc/hostname", store.root_fd, path), 0);
	CHECK_INT(blob_read(&store, &d, 1000, &out, NULL), -ELOOP);
	end();
}

UNIT_MAIN
