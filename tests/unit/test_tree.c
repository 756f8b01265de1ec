// SPDX-License-Identifier: MIT
#include "core/os/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "core/os/clock.h"
#include "core/os/file.h"
#include "core/os/root.h"
#include "tests/unit/unit.h"

enum { DEEP = 10000 };

static char base[64];

static void must(bool ok, const char *what)
{
	if (!ok) {
		printf("# set up: %s: %s\n", what, strerror(errno));
		fflush(stdout);
		_exit(1);
	}
}

static bool mounted;

/* In memory where we may: ten thousand directories take a busy disk a while. */
static void enter(void)
{
	strcpy(base, "/tmp/test_tree.XXXXXX");
	must(mkdtemp(base) != NULL, base);
	mounted = unshare(CLONE_NEWNS) == 0 &&
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		mount("tmpfs", base, "tmpfs", 0, NULL) == 0;
	must(chdir(base) == 0, base);
}

static void leave(void)
{
	struct err e = { 0 };

	must(chdir("/") == 0, "chdir");
	if (mounted)
		must(!umount2(base, MNT_DETACH), "umount");
	if (tree_remove(AT_FDCWD, base, &e) < 0)
		printf("# %s\n", e.msg);
	CHECK(access(base, F_OK) < 0);
}

#define BOTH(test) \
	TEST(test##_by_openat2) { if (!root_has_openat2()) SKIP("no openat2"); enter(); test(); leave(); } \
	TEST(test##_by_walk) { root_force_walk(true); enter(); test(); leave(); }

/* Nothing stays behind what cannot be tried. */
#define LEAVE_AND_SKIP(why) \
	do { \
		leave(); \
		SKIP(why); \
	} while (0)

static void put(const char *path, const char *text)
{
	auto_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), path);
}

static int dir_fd(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	must(fd >= 0, path);
	return fd;
}

/* d/d/d/... and a file at the bottom. No path string reaches it. */
static void make_deep(const char *top, int depth)
{
	int at = dir_fd("."), next;

	must(!mkdirat(at, top, 0755), top);
	next = openat(at, top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < depth; i++) {
		close(at);
		at = next;
		must(!mkdirat(at, "d", 0755), "d");
		next = openat(at, "d", O_PATH | O_DIRECTORY | O_CLOEXEC);
		must(next >= 0, "deep");
	}
	must(!mknodat(next, "bottom", S_IFREG | 0644, 0), "bottom");
	close(at);
	close(next);
}

static void ten_thousand_directories_deep(void)
{
	struct rlimit few = { 32, 32 }, stack = { 256 << 10, 256 << 10 };
	struct tree_usage u;
	struct err e = { 0 };

	must(!setrlimit(RLIMIT_NOFILE, &few) && !setrlimit(RLIMIT_STACK, &stack), "rlimit");
	make_deep("deep", DEEP);
	CHECK_INT(tree_size(dir_fd("deep"), &u, &e), 0);
	CHECK_INT(u.items, DEEP + 1);
	CHECK_INT(tree_remove(AT_FDCWD, "deep", &e), 0);
	CHECK(access("deep", F_OK) < 0);
}
BOTH(ten_thousand_directories_deep)

static void all_kinds_are_removed_and_links_not_followed(void)
{
	struct err e = { 0 };
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	must(!mkdir("outside", 0755) && !mkdir("t", 0755) && !mkdir("t/a", 0755) &&
	     !mkdir("t/a/b", 0755) && !mkfifo("t/a/fifo", 0644), "dirs");
	put("outside/keep", "x");
	put("t/f", "x");
	put("t/a/b/f", "x");
	must(!symlink("../outside", "t/link") && !symlink("../../outside", "t/a/dirlink") &&
	     !symlink("nowhere", "t/dangling"), "links");
	must(!link("outside/keep", "t/hard"), "link");
	close(s);
	CHECK_INT(tree_remove(AT_FDCWD, "t", &e), 0);
	CHECK(access("t", F_OK) < 0 && access("outside/keep", F_OK) == 0);
	CHECK_INT(tree_remove(AT_FDCWD, "t", &e), 0);	/* nothing there: done */
	must(!symlink("outside", "l"), "l");
	CHECK_INT(tree_remove(AT_FDCWD, "l", &e), 0);
	CHECK(access("outside/keep", F_OK) == 0);
	CHECK_INT(tree_clear(dir_fd("outside"), &e), 0);
	CHECK(access("outside", F_OK) == 0 && access("outside/keep", F_OK) < 0);
}
BOTH(all_kinds_are_removed_and_links_not_followed)

static void a_mount_inside_is_never_entered(void)
{
	struct tree_usage u;
	struct err e = { 0 };

	if (!mounted)
		LEAVE_AND_SKIP("may not mount");
	must(!mkdir("t", 0755) && !mkdir("t/m", 0755) && !mkdir("t/z", 0755) && !mkdir("o", 0755), "d");
	put("o/keep", "12345");
	put("t/z/f", "123");
	must(!mount("o", "t/m", NULL, MS_BIND, NULL), "bind");	/* the same file system */
	CHECK_INT(tree_size(dir_fd("t"), &u, &e), 0);
	CHECK_INT(u.size, 3);
	CHECK_INT(tree_remove(AT_FDCWD, "t", &e), -EBUSY);
	CHECK(access("o/keep", F_OK) == 0 && access("t/z", F_OK) < 0);
	must(!umount("t/m"), "umount");
}
BOTH(a_mount_inside_is_never_entered)

/* Somebody moves the directory we are in to where ".." is not ours. */
static void a_tree_that_moves_costs_no_file_outside(void)
{
	int64_t end = clock_mono_ms() + 3000;
	struct err e;
	pid_t pid;

	must(!mkdir("in", 0755) && !mkdir("out", 0755) && !mkdir("out/x", 0755), "dirs");
	put("out/keep", "x");
	pid = fork();
	if (pid == 0) {
		for (;;) {
			(void)rename("in/t/a", "out/x/a");
			(void)rename("out/x/a", "in/t/a");
		}
	}
	for (int i = 0; i < 300 && clock_mono_ms() < end; i++) {
		(void)!(mkdir("in/t", 0755) + mkdir("in/t/a", 0755) + mkdir("in/t/a/b", 0755) +
			mkdir("in/t/a/b/c", 0755));
		(void)!tree_remove(AT_FDCWD, "in/t", &e);
		CHECK(access("out/keep", F_OK) == 0);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
BOTH(a_tree_that_moves_costs_no_file_outside)

TEST(a_hard_linked_file_counts_once)
{
	struct tree_usage u;
	struct err e;

	enter();
	must(!mkdir("t", 0755) && !mkdir("t/s", 0755), "d");
	put("t/a", "0123456789");
	must(!link("t/a", "t/b") && !link("t/a", "t/s/c") && !symlink("four", "t/l"), "links");
	CHECK_INT(tree_size(dir_fd("t"), &u, &e), 0);
	CHECK_INT(u.size, 14);
	CHECK_INT(u.items, 5);
	leave();
}

/* --- copy ----------------------------------------------------------------------- */

static void same_meta(const char *a, const char *b)
{
	struct stat x, y;

	must(!lstat(a, &x), a);
	must(!lstat(b, &y), b);
	CHECK_INT(y.st_mode, x.st_mode);
	CHECK_INT(y.st_uid, x.st_uid);
	CHECK_INT(y.st_gid, x.st_gid);
	CHECK_INT(y.st_rdev, x.st_rdev);
	CHECK_INT(y.st_mtim.tv_sec, x.st_mtim.tv_sec);
	CHECK_INT(y.st_mtim.tv_nsec, x.st_mtim.tv_nsec);
	if (!S_ISDIR(x.st_mode))
		CHECK_INT(y.st_size, x.st_size);
}

static void stamp(const char *path, long sec, long nsec)
{
	struct timespec t[2] = { { sec, nsec }, { sec, nsec } };

	must(!utimensat(AT_FDCWD, path, t, AT_SYMLINK_NOFOLLOW), path);
}

static void a_copy_keeps_what_there_is(void)
{
	static const char *const names[] = {
		"suid", "d", "d/x", "link", "fifo", "null", "sparse", "d/empty", ".",
	};
	char a[64], b[64], text[32];
	struct stat x, y;
	struct err e = { 0 };
	int fd;

	if (geteuid() != 0)
		LEAVE_AND_SKIP("not root");
	umask(0);
	must(!mkdir("s", 0751) && !mkdir("t", 0700) && !mkdir("s/d", 02775) && !mkdir("s/d/empty", 0700),
	     "dirs");
	put("s/suid", "set");
	put("s/d/x", "hello");
	must(!chown("s/suid", 1234, 77) && !chmod("s/suid", 04755) && !chown("s/d/x", 5, 6), "own");
	must(!setxattr("s/d/x", "trusted.test", "va\0ue", 5, 0) &&
	     !setxattr("s/d", "trusted.overlay.opaque", "y", 1, 0) &&
	     !setxattr("s/d", "trusted.kept", "1", 1, 0), "xattr");
	must(!symlink("/etc/passwd", "s/link") && !lchown("s/link", 9, 9) && !mkfifo("s/fifo", 0622) &&
	     !mknod("s/null", S_IFCHR | 0666, makedev(1, 3)), "nodes");
	fd = open("s/sparse", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	must(fd >= 0 && pwrite(fd, "a", 1, 1 << 20) == 1 && !ftruncate(fd, 8 << 20), "sparse");
	close(fd);
	must(!link("s/d/x", "s/again") && !link("s/d/x", "s/d/more"), "hard");
	for (size_t i = 0; i < countof(names); i++) {
		snprintf(a, sizeof(a), "s/%s", names[i]);
		stamp(a, 1000000 + i, 123456789 + i);
	}
	CHECK_INT(tree_copy(dir_fd("s"), dir_fd("t"), 0, NULL, &e), 0);
	for (size_t i = 0; i < countof(names); i++) {
		snprintf(a, sizeof(a), "s/%s", names[i]);
		snprintf(b, sizeof(b), "t/%s", names[i]);
		same_meta(a, b);
	}
	CHECK(file_read_small(AT_FDCWD, "t/d/x", text, sizeof(text)) == 5 && !strcmp(text, "hello"));
	CHECK_INT(getxattr("t/d/x", "trusted.test", text, sizeof(text)), 5);
	CHECK(!memcmp(text, "va\0ue", 5));
	CHECK(getxattr("t/d", "trusted.overlay.opaque", text, 1) < 0);
	CHECK_INT(getxattr("t/d", "trusted.kept", text, 1), 1);
	must(!stat("t/d/x", &x) && !stat("t/again", &y), "hard");
	CHECK(x.st_ino == y.st_ino && x.st_nlink == 3);
	must(!stat("t/sparse", &x), "sparse");
	CHECK(x.st_size == 8 << 20 && x.st_blocks * 512 < 2 << 20);
}
BOTH(a_copy_keeps_what_there_is)

static void z28_layers_are_laid_over_each_other(void)
{
	struct err e = { 0 };
	char text[16];

	if (geteuid() != 0)
		LEAVE_AND_SKIP("not root");
	must(!mkdir("low", 0755) && !mkdir("low/gone", 0755) && !mkdir("low/op", 0755) &&
	     !mkdir("low/both", 0755) && !mkdir("low/kind", 0755) && !mkdir("top", 0755) &&
	     !mkdir("top/op", 0755) && !mkdir("top/both", 0700) && !mkdir("t", 0755) &&
	     !mkdir("outside", 0755), "dirs");
	put("low/gone/f", "1");
	put("low/op/old", "1");
	put("low/both/old", "1");
	put("low/kind/f", "1");
	put("low/file", "old");
	put("outside/keep", "1");
	must(!symlink("../outside", "low/tolink"), "link");
	must(!mknod("top/gone", S_IFCHR, makedev(0, 0)) && !mknod("top/never", S_IFCHR, makedev(0, 0)),
	     "whiteouts");
	must(!setxattr("top/op", "trusted.overlay.opaque", "y", 1, 0), "opaque");
	put("low/marked", "1");
	put("low/empty", "1");
	put("top/marked", "");
	put("top/empty", "");
	if (setxattr("top/marked", "user.overlay.whiteout", "y", 1, 0) < 0)
		must(!unlink("low/marked") && !unlink("top/marked"), "no user xattrs here");
	put("top/op/new", "2");
	put("top/both/new", "2");
	put("top/kind", "now a file");
	put("top/file", "new");
	must(!mkdir("top/tolink", 0755), "tolink");
	put("top/tolink/f", "2");
	CHECK_INT(tree_copy(dir_fd("low"), dir_fd("t"), TREE_WHITEOUTS, NULL, &e), 0);
	if (tree_copy(dir_fd("top"), dir_fd("t"), TREE_WHITEOUTS, NULL, &e) < 0)
		printf("# %s\n", e.msg);
	CHECK_INT(e.code, 0);
	CHECK(access("t/gone", F_OK) < 0 && access("t/never", F_OK) < 0);
	CHECK(access("t/marked", F_OK) < 0 && access("t/empty", F_OK) == 0);
	CHECK(access("t/op/old", F_OK) < 0 && access("t/op/new", F_OK) == 0);
	CHECK(access("t/both/old", F_OK) == 0 && access("t/both/new", F_OK) == 0);
	CHECK(file_read_small(AT_FDCWD, "t/file", text, sizeof(text)) == 3 && !strcmp(text, "new"));
	CHECK_INT(file_read_small(AT_FDCWD, "t/kind", text, sizeof(text)), 10);
	CHECK(access("t/tolink/f", F_OK) == 0 && access("outside/f", F_OK) < 0);
	CHECK(access("outside/keep", F_OK) == 0);
}
BOTH(z28_layers_are_laid_over_each_other)

static void an_owner_removes_what_keeps_him_out(void)
{
	struct err e = { 0 };

	if (geteuid() == 0)
		must(!chmod(".", 0777) && !setresgid(65534, 65534, 65534) && !setresuid(65534, 65534, 65534),
		     "be nobody");
	must(!mkdir("s", 0755) && !mkdir("s/a", 0755) && !mkdir("s/a/b", 0755) && !mkdir("s/c", 0755) &&
	     !mkdir("outside", 0755), "dirs");
	put("s/a/b/f", "1");
	put("s/c/f", "1");
	must(!symlink("../../outside", "s/a/l"), "link");
	must(!chmod("outside", 0) && !chmod("s/a/b", 0) && !chmod("s/a", 0) && !chmod("s/c", 0555) &&
	     !chmod("s", 0), "modes");
	if (tree_remove(AT_FDCWD, "s", &e) < 0)
		printf("# %s\n", e.msg);
	CHECK_INT(e.code, 0);
	CHECK(access("s", F_OK) < 0);
	CHECK(access("outside", R_OK) < 0);
	must(!chmod("outside", 0700) && !rmdir("outside"), "outside");
}
TEST(an_owner_removes_what_keeps_him_out_)
{
	int st;
	pid_t pid;

	enter();
	pid = fork();
	if (pid == 0) {
		an_owner_removes_what_keeps_him_out();
		_exit(0);
	}
	CHECK_INT(waitpid(pid, &st, 0), pid);
	leave();
	CHECK_INT(st, 0);
}

TEST(a_deep_tree_is_copied)
{
	struct tree_usage u;
	struct err e = { 0 };

	enter();
	make_deep("s", 3000);
	must(!mkdir("t", 0755), "t");
	CHECK_INT(tree_copy(dir_fd("s"), dir_fd("t"), 0, NULL, &e), 0);
	CHECK_INT(tree_size(dir_fd("t"), &u, &e), 0);
	CHECK_INT(u.items, 3001);
	leave();
}

/* A ramfs has no attributes: the copy warns of each, and that is when the target's other owner
 * acts. The first directory or file with one is left with its copy half done. */
static bool acted;

static void move_out(void *arg UNUSED, const char *text UNUSED)
{
	if (!acted)
		must(!rename("m/t/a/b", "m/t/b"), "move");
	acted = true;
}

static void put_link(void *arg UNUSED, const char *text UNUSED)
{
	if (!acted)
		must(!rename("m/t/a", "m/t/gone") && !symlink("../outside", "m/t/a"), "link");
	acted = true;
}

static void ramfs(void)
{
	must(!mkdir("m", 0700) && !mount("ramfs", "m", "ramfs", 0, NULL) && !chmod("m", 0700) &&
	     !mkdir("m/t", 0700), "ramfs");
	acted = false;
}

static void z37_a_copy_does_not_follow_a_moved_directory_out(void)
{
	const struct warn w = { .fn = move_out };
	struct err e = { 0 };
	struct stat st;

	if (!mounted)
		LEAVE_AND_SKIP("no mount");
	ramfs();
	must(!mkdir("s", 0711) && !mkdir("s/a", 0711) && !mkdir("s/a/b", 0711) &&
	     !mkdir("s/a/b/c", 0711) && !setxattr("s/a/b/c", "trusted.x", "1", 1, 0), "dirs");
	CHECK_INT(tree_copy(dir_fd("s"), dir_fd("m/t"), 0, &w, &e), -EAGAIN);
	CHECK(acted);
	must(!stat("m", &st), "m");
	CHECK_INT(st.st_mode & 07777, 0700);
}
BOTH(z37_a_copy_does_not_follow_a_moved_directory_out)

static void z37_a_copy_links_nothing_from_outside(void)
{
	const struct warn w = { .fn = put_link };
	struct err e = { 0 };
	struct stat st;

	if (!mounted)
		LEAVE_AND_SKIP("no mount");
	ramfs();
	must(!mkdir("m/outside", 0755) && !mkdir("s", 0755) && !mkdir("s/a", 0755), "dirs");
	put("s/a/x", "hello");
	must(!link("s/a/x", "s/a/y") && !setxattr("s/a/x", "trusted.x", "1", 1, 0), "hard");
	put("m/outside/x", "secret");
	put("m/outside/y", "secret");
	CHECK_INT(tree_copy(dir_fd("s"), dir_fd("m/t"), 0, &w, &e), -ELOOP);
	CHECK(acted);
	must(!stat("m/outside/x", &st), "x");
	CHECK_INT(st.st_nlink, 1);
	must(!stat("m/outside/y", &st), "y");
	CHECK_INT(st.st_nlink, 1);
}
BOTH(z37_a_copy_links_nothing_from_outside)

UNIT_MAIN
