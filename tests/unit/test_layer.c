// SPDX-License-Identifier: MIT
/* test_layer.c - a tar becomes a tree and comes back bit for bit. */
#include "core/fmt/gzip.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "tests/unit/layerkit.h"

TEST(a_tar_becomes_a_tree_with_all_its_metadata_and_comes_back)
{
	auto_str struct str tar = STR_INIT;
	struct layer_info info;
	struct stat sb;

	begin();
	made_entry(&tar, &(struct made){ .name = "bin/", .type = '5', .mode = 0500, .mtime = 77 }, NULL);
	made_entry(&tar, &(struct made){ .name = "bin/su", .type = '0', .mode = 04755, .uid = 5, .gid = 6,
					 .mtime = 1000000000 }, "suid");
	made_link(&tar, '2', "bin/ln", "su");
	made_link(&tar, '1', "bin/hard", "bin/su");
	made_entry(&tar, &(struct made){ .name = "null", .type = '3', .mode = 0666, .major = 1, .minor = 3 }, NULL);
	made_entry(&tar, &(struct made){ .name = "pipe", .type = '6', .mode = 0600 }, NULL);
	made_file(&tar, "a/b/c/deep", "x");
	made_end(&tar);
	info = keep(&tar);
	CHECK_INT(info.size, 7);	/* links count, as in Docker */
	CHECK_INT(info.entries, 7 + 3);
	CHECK_STR(content("bin/su"), "suid");
	CHECK_STR(kind("bin/su"), "f4755");
	CHECK_STR(kind("bin"), "d500");
	CHECK_STR(kind("bin/ln"), "l777");
	CHECK_STR(kind("null"), "c1:3");
	CHECK_STR(kind("pipe"), "p600");
	CHECK_STR(kind("a/b/c"), "d755");
	CHECK(fstatat(diff, "bin/hard", &sb, 0) == 0 && sb.st_nlink == 2 && sb.st_uid == 5 &&
	      sb.st_gid == 6 && sb.st_mtim.tv_sec == 1000000000);
	CHECK(fstatat(diff, "bin", &sb, 0) == 0 && sb.st_mtim.tv_sec == 77);
	end();
}

/* mknod is not for us, as before Linux 5.8 for an ordinary user. */
static void without_mknod(void)
{
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mknodat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = countof(f), .filter = f };

	SKIP_EMULATED("qemu-user has no seccomp");
	CHECK(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	CHECK(!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog));
}

TEST(U19_whiteouts_are_marked_files_where_they_cannot_be_devices)
{
	auto_str struct str tar = STR_INIT;
	char value[8], path[40];
	struct layer_info info;
	int fd;

	without_mknod();
	begin();
	made_file(&tar, "d/.wh.gone", "");
	made_file(&tar, "d/.wh.back", "");
	made_dir(&tar, "d/back/");
	made_entry(&tar, &(struct made){ .name = "null", .type = '3', .mode = 0666, .major = 1, .minor = 3 }, NULL);
	made_end(&tar);
	info = keep(&tar);
	CHECK_INT(info.skipped_devices, 1);
	CHECK_STR(kind("d/gone"), "f0");
	snprintf(path, sizeof(path), "/proc/self/fd/%d/d/gone", diff);
	CHECK_INT(lgetxattr(path, "user.overlay.whiteout", value, sizeof(value)), 1);
	CHECK_STR(kind("d/back"), "d755");
	fd = openat(diff, "d/back", O_RDONLY | O_CLOEXEC);
	CHECK_INT(fgetxattr(fd, "trusted.overlay.opaque", value, sizeof(value)), 1);
	close(fd);
	end();
}

TEST(Z28_whiteouts_become_overlays_and_delete_nothing_here)
{
	auto_str struct str tar = STR_INIT;
	char value[8];
	struct layer_info info;

	begin();
	made_file(&tar, "d/.wh.gone", "");
	made_dir(&tar, "d/kept/");
	made_file(&tar, "d/kept/file", "1");
	made_file(&tar, "d/.wh.kept", "");
	made_file(&tar, "o/.wh..wh..opq", "a whiteout may hold bytes");
	made_file(&tar, ".wh..wh.plnk/1.2", "aufs");
	made_file(&tar, "d/.wh..wh.aufs", "");
	made_file(&tar, "d/.wh.first", "");
	made_dir(&tar, "d/first");
	made_end(&tar);
	info = keep(&tar);
	CHECK(!info.opaque_root && !layer_opaque(&store, &info.diffid));
	CHECK_STR(kind("d/gone"), "c0:0");
	CHECK_STR(kind("d/kept"), "d755");
	CHECK_STR(content("d/kept/file"), "1");
	CHECK_STR(kind("d/first"), "d755");
	CHECK_STR(kind(".wh..wh.plnk"), "");
	CHECK_STR(kind("d/.wh.aufs"), "");
	for (int i = 0; i < 3; i++) {
		int fd = openat(diff, (const char *[]){ "o", "d/kept", "d/first" }[i], O_RDONLY | O_CLOEXEC);

		CHECK_INT(fgetxattr(fd, "trusted.overlay.opaque", value, sizeof(value)), 1);
		CHECK(value[0] == 'y');
		close(fd);
	}
	tar.len = 0;
	made_file(&tar, ".wh..wh..opq", "");
	made_end(&tar);
	info = keep(&tar);
	CHECK(info.opaque_root && layer_opaque(&store, &info.diffid));
	end();
}

TEST(entries_that_are_replaced_later_still_come_back)
{
	auto_str struct str tar = STR_INIT;

	begin();
	made_file(&tar, "f", "first");
	made_link(&tar, '1', "other", "f");
	made_file(&tar, "f", "second");
	made_dir(&tar, "d");
	made_file(&tar, "d/x", "dx");
	made_dir(&tar, "d/sub");
	made_file(&tar, "d/sub/y", "dy");
	made_file(&tar, "d/sub/y", "dy again");
	made_link(&tar, '2', "d", "nowhere");
	made_file(&tar, "d", "a file now");
	made_dir(&tar, "d");
	made_file(&tar, "d/x", "third life");
	made_file(&tar, "f", "third");
	made_end(&tar);
	keep(&tar);
	CHECK_STR(content("f"), "third");
	CHECK_STR(content("other"), "first");
	CHECK_STR(content("d/x"), "third life");
	CHECK_STR(kind("d/sub"), "");
	end();
}

TEST(Z34_a_layer_is_kept_only_when_all_digests_hold)
{
	auto_str struct str tar = STR_INIT, packed = STR_INIT;
	struct digest plain, blob, other;
	struct layer_want want = { 0 };
	struct layer_info info;
	struct gzip *g;

	begin();
	made_file(&tar, "f", "content");
	made_end(&tar);
	g = gzip_new((struct sink){ collect, &packed });
	CHECK_INT(gzip_feed(g, tar.s, tar.len, NULL), 0);
	CHECK_INT(gzip_end(g, NULL), 0);
	gzip_free(g);
	digest_of(&plain, tar.s, tar.len);
	digest_of(&blob, packed.s, packed.len);
	digest_of(&other, "x", 1);
	want = (struct layer_want){ .diffid = &other };
	CHECK_INT(keep_in(&packed, 7, &want, &info, NULL), -EBADMSG);
	want = (struct layer_want){ .diffid = &plain, .blob = &other };
	CHECK_INT(keep_in(&packed, 7, &want, &info, NULL), -EBADMSG);
	want = (struct layer_want){ .blob_size = packed.len + 1 };
	CHECK_INT(keep_in(&packed, 7, &want, &info, NULL), -EBADMSG);
	want = (struct layer_want){ .blob_size = packed.len - 1 };
	CHECK_INT(keep_in(&packed, 7, &want, &info, NULL), -EBADMSG);
	CHECK_INT(names_in("layers/sha256"), 0);
	want = (struct layer_want){ .diffid = &plain, .blob = &blob, .blob_size = packed.len };
	for (size_t step = 1; step < 100; step += 13) {
		CHECK_INT(keep_in(&packed, step, &want, &info, NULL), 0);
		CHECK(digest_equal(&info.blob, &blob) && digest_equal(&info.diffid, &plain));
	}
	CHECK_INT(names_in("layers/sha256"), 1);
	CHECK_INT(layer_remove(&store, &plain, NULL), 0);
	CHECK_INT(layer_remove(&store, &plain, NULL), 0);
	CHECK_INT(names_in("layers/sha256"), 0);
	end();
}

TEST(Z34_a_layer_changed_on_disk_is_not_given_out)
{
	auto_str struct str tar = STR_INIT, back = STR_INIT;
	struct layer_info info;
	int fd;

	begin();
	made_file(&tar, "f", "content");
	made_end(&tar);
	info = keep(&tar);
	fd = openat(diff, "f", O_WRONLY | O_CLOEXEC);
	CHECK(write(fd, "C", 1) == 1);
	close(fd);
	CHECK_INT(layer_tar(&store, &info.diffid, (struct sink){ collect, &back }, NULL), -EBADMSG);
	CHECK_INT(unlinkat(diff, "f", 0), 0);
	CHECK_INT(symlinkat("/etc/passwd", diff, "f"), 0);
	CHECK_INT(layer_tar(&store, &info.diffid, (struct sink){ collect, &back }, NULL), -EBADMSG);
	end();
}

TEST(two_who_unpack_the_same_layer_both_succeed)
{
	auto_str struct str tar = STR_INIT;
	struct layer_unpack *u[2];
	struct layer_info info;

	begin();
	made_file(&tar, "f", "content");
	made_end(&tar);
	for (int i = 0; i < 2; i++) {
		CHECK_INT(layer_unpack_begin(&store, &stream_here, NULL, &u[i], NULL), 0);
		CHECK_INT(layer_unpack_feed(u[i], tar.s, tar.len, NULL), 0);
	}
	CHECK_INT(layer_unpack_commit(u[0], NULL), -EINVAL);
	CHECK_INT(layer_unpack_begin(&store, &stream_here, NULL, &u[0], NULL), 0);
	CHECK_INT(layer_unpack_feed(u[0], tar.s, tar.len, NULL), 0);
	for (int i = 0; i < 2; i++)
		CHECK_INT(layer_unpack_end(u[i], &info, NULL), 0);
	CHECK(!layer_exists(&store, &info.diffid));
	for (int i = 0; i < 2; i++)
		CHECK_INT(layer_unpack_commit(u[i], NULL), 0);
	CHECK(layer_exists(&store, &info.diffid));
	end();
}

TEST(Z26_the_root_may_only_be_a_directory)
{
	auto_str struct str tar = STR_INIT;

	begin();
	made_link(&tar, '2', "./", "/tmp");
	refuse(&tar, EINVAL, "entry \".\": the root can only be a directory");
	end();
}

UNIT_MAIN
