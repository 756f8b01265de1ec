// SPDX-License-Identifier: MIT
/* Every case runs against both bodies: the kernel's openat2 and the walk. */
#include "core/os/root.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <limits.h>
#include <signal.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "core/os/clock.h"
#include "core/os/file.h"
#include "core/os/tree.h"
#include "tests/unit/unit.h"

static char base[64];	/* base/root is the root, base/outside must never be reached */
static int rootfd;

static void must(bool ok, const char *what)
{
	if (!ok) {
		printf("# set up: %s: %s\n", what, strerror(errno));
		fflush(stdout);
		_exit(1);
	}
}

static void put(const char *path, const char *text)
{
	auto_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), path);
}

static void setup(void)
{
	strcpy(base, "/tmp/test_root.XXXXXX");
	must(mkdtemp(base) && chdir(base) == 0, base);
	must(!mkdir("root", 0755) && !mkdir("outside", 0755) && !mkdir("root/dir", 0755) &&
	     !mkdir("root/dir/sub", 0755) && !mkdir("root/etc", 0755), "mkdir");
	put("outside/secret", "secret");
	put("root/file", "inside");
	put("root/etc/passwd", "root:x:0:0");
	put("root/dir/sub/deep", "deep");
	must(!symlink("/etc", "root/abs") && !symlink("../../../../etc/passwd", "root/dir/up") &&
	     !symlink("dir/sub", "root/rel") && !symlink("loop2", "root/loop1") &&
	     !symlink("loop1", "root/loop2") && !symlink("/run/x/y", "root/dangling") &&
	     !symlink("file/", "root/slash") && !symlink("..", "root/dir/parent"), "symlink");
	must(!symlink("/proc/self/root", "root/magic"), "symlink");
	rootfd = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	must(rootfd >= 0, "root");
}

static void teardown(void)
{
	struct err e;

	close(rootfd);
	must(chdir("/") == 0, "chdir");
	CHECK_INT(tree_remove(AT_FDCWD, base, &e), 0);
}

/* Nothing stays behind what cannot be tried. */
#define TEAR_DOWN_AND_SKIP(why) \
	do { \
		teardown(); \
		SKIP(why); \
	} while (0)

/* Run the test with each body in turn. */
#define BOTH(test) \
	TEST(test##_by_openat2) { if (!root_has_openat2()) SKIP("no openat2"); setup(); test(); teardown(); } \
	TEST(test##_by_walk) { root_force_walk(true); setup(); test(); teardown(); }

static void same_file(int fd, const char *path)
{
	struct stat a, b;

	CHECK(fd >= 0);
	must(fstat(fd, &a) == 0 && stat(path, &b) == 0, path);
	CHECK(a.st_dev == b.st_dev && a.st_ino == b.st_ino);
	close(fd);
}

static const struct {
	const char *path;
	int flags;
	int code;		/* 0: it is the file `is` */
	const char *is;
} cases[] = {
	{ "file", O_RDONLY, 0, "root/file" },
	{ "/file", O_RDONLY, 0, "root/file" },
	{ "//dir/./sub//deep", O_RDONLY, 0, "root/dir/sub/deep" },
	{ "../../file", O_RDONLY, 0, "root/file" },
	{ "/../outside/secret", O_RDONLY, ENOENT, NULL },
	{ "dir/../../outside/secret", O_RDONLY, ENOENT, NULL },
	{ "dir/..", O_RDONLY, 0, "root" },
	{ "dir/sub/../..", O_PATH, 0, "root" },
	{ "/", O_PATH, 0, "root" },
	{ ".", O_RDONLY, 0, "root" },
	{ "..", O_RDONLY | O_DIRECTORY, 0, "root" },
	{ "abs/passwd", O_RDONLY, 0, "root/etc/passwd" },
	{ "dir/up", O_RDONLY, 0, "root/etc/passwd" },
	{ "rel/deep", O_RDONLY, 0, "root/dir/sub/deep" },
	{ "rel/../sub/deep", O_RDONLY, 0, "root/dir/sub/deep" },
	{ "dir/parent/file", O_RDONLY, 0, "root/file" },
	{ "dir/parent/parent", O_RDONLY, ENOENT, NULL },
	{ "abs", O_PATH, 0, "root/etc" },
	{ "abs/", O_PATH | O_NOFOLLOW, 0, "root/etc" },
	{ "abs", O_RDONLY | O_NOFOLLOW, ELOOP, NULL },
	{ "abs", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, ENOTDIR, NULL },
	{ "rel", O_RDONLY | O_DIRECTORY, 0, "root/dir/sub" },
	{ "file", O_RDONLY | O_DIRECTORY, ENOTDIR, NULL },
	{ "file/", O_RDONLY, ENOTDIR, NULL },
	{ "file/x", O_RDONLY, ENOTDIR, NULL },
	{ "slash", O_RDONLY, ENOTDIR, NULL },
	{ "loop1", O_RDONLY, ELOOP, NULL },
	{ "loop1/x", O_RDONLY, ELOOP, NULL },
	{ "loop1", O_RDONLY | O_NOFOLLOW, ELOOP, NULL },
	{ "dangling", O_RDONLY, ENOENT, NULL },
	{ "missing/x", O_RDONLY, ENOENT, NULL },
	{ "", O_RDONLY, ENOENT, NULL },
	{ "magic", O_RDONLY, ENOENT, NULL },
};

static void paths_stay_inside(void)
{
	for (size_t i = 0; i < countof(cases); i++) {
		struct err e = { 0 };
		int fd = root_open(rootfd, cases[i].path, cases[i].flags, 0, &e);

		if (cases[i].code)
			printf("# %s: %s\n", cases[i].path, fd < 0 ? e.msg : "opened");
		if (cases[i].code)
			CHECK_INT(fd, -cases[i].code);
		else
			same_file(fd, cases[i].is);
	}
}
BOTH(paths_stay_inside)

static void a_link_itself_can_be_opened(void)
{
	int fd = root_open(rootfd, "dir/up", O_PATH | O_NOFOLLOW, 0, NULL);
	struct stat st;

	CHECK(fd >= 0 && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode));
	close(fd);
	fd = root_open_how(rootfd, "dir/up", O_PATH | O_NOFOLLOW, 0, ROOT_NO_SYMLINKS, NULL);
	CHECK(fd >= 0 && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode));
	close(fd);
}
BOTH(a_link_itself_can_be_opened)

static void every_descriptor_is_close_on_exec(void)
{
	int fd = root_open(rootfd, "file", O_RDONLY, 0, NULL);
	char name[ROOT_NAME_MAX];

	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	fd = root_parent(rootfd, "dir/x", 0, name, NULL);
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	fd = root_mkdirs(rootfd, "n/e/w", 0755, -1, -1, NULL);
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	fd = root_mkfile(rootfd, "n/f", 0644, NULL);
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}
BOTH(every_descriptor_is_close_on_exec)

static void a_file_is_made_where_a_link_points(void)
{
	int fd;

	must(!mkdir("root/run", 0755) && !mkdir("root/run/x", 0755), "mkdir");
	fd = root_open(rootfd, "dangling", O_WRONLY | O_CREAT, 0600, NULL);
	same_file(fd, "root/run/x/y");
	CHECK_INT(root_open(rootfd, "dangling", O_WRONLY | O_CREAT | O_EXCL, 0600, NULL), -EEXIST);
	CHECK_INT(root_open(rootfd, "new/", O_WRONLY | O_CREAT, 0600, NULL), -EISDIR);
	CHECK(access("root/new", F_OK) < 0);
	fd = root_open(rootfd, "dir/../dir/new", O_WRONLY | O_CREAT | O_EXCL, 0600, NULL);
	same_file(fd, "root/dir/new");
}
BOTH(a_file_is_made_where_a_link_points)

static void no_symlinks_means_none(void)
{
	CHECK_INT(root_open_how(rootfd, "abs/passwd", O_RDONLY, 0, ROOT_NO_SYMLINKS, NULL), -ELOOP);
	CHECK_INT(root_open_how(rootfd, "rel", O_RDONLY, 0, ROOT_NO_SYMLINKS, NULL), -ELOOP);
	CHECK_INT(root_open_how(rootfd, "rel", O_PATH, 0, ROOT_NO_SYMLINKS, NULL), -ELOOP);
	same_file(root_open_how(rootfd, "dir/sub/deep", O_RDONLY, 0, ROOT_NO_SYMLINKS, NULL),
		  "root/dir/sub/deep");
}
BOTH(no_symlinks_means_none)

static void a_parent_comes_with_the_last_name(void)
{
	static const struct {
		const char *path, *dir, *name;
		int code;
	} t[] = {
		{ "file", "root", "file", 0 },
		{ "/file", "root", "file", 0 },
		{ "dir/sub/nothing", "root/dir/sub", "nothing", 0 },
		{ "dir/sub///", "root/dir", "sub", 0 },
		{ "abs/passwd", "root/etc", "passwd", 0 },
		{ "rel", "root", "rel", 0 },
		{ "../../x", "root", "x", 0 },
		{ "/", NULL, NULL, EINVAL }, { ".", NULL, NULL, EINVAL },
		{ "dir/..", NULL, NULL, EINVAL }, { "dir/.", NULL, NULL, EINVAL },
		{ "", NULL, NULL, ENOENT }, { "missing/x", NULL, NULL, ENOENT },
		{ "file/x", NULL, NULL, ENOTDIR },
	};
	char name[ROOT_NAME_MAX], dir[PATH_MAX];
	int fd;

	for (size_t i = 0; i < countof(t); i++) {
		fd = root_parent(rootfd, t[i].path, 0, name, NULL);
		if (t[i].code) {
			CHECK_INT(fd, -t[i].code);
			continue;
		}
		CHECK_STR(name, t[i].name);
		same_file(fd, t[i].dir);
	}
	CHECK_INT(root_parent(rootfd, "abs/passwd", ROOT_NO_SYMLINKS, name, NULL), -ELOOP);
	memset(dir, 'n', 256);
	dir[256] = 0;
	CHECK_INT(root_parent(rootfd, dir, 0, name, NULL), -ENAMETOOLONG);
	CHECK_INT(root_open(rootfd, dir, O_RDONLY, 0, NULL), -ENAMETOOLONG);
	memset(dir, '/', PATH_MAX - 1);
	dir[PATH_MAX - 1] = 0;
	same_file(root_open(rootfd, dir, O_PATH, 0, NULL), "root");
}
BOTH(a_parent_comes_with_the_last_name)

static void directories_are_made_inside(void)
{
	struct stat st;
	int fd;

	umask(022);
	same_file(root_mkdirs(rootfd, "/a/b/../b/c/", 0755, -1, -1, NULL), "root/a/b/c");
	same_file(root_mkdirs(rootfd, "dangling/z", 0700, -1, -1, NULL), "root/run/x/y/z");
	must(!symlink("../../../../outside/made", "root/dir/out"), "symlink");
	same_file(root_mkdirs(rootfd, "dir/out", 0755, -1, -1, NULL), "root/outside/made");
	CHECK(access("outside/made", F_OK) < 0);
	CHECK_INT(root_mkdirs(rootfd, "file/x", 0755, -1, -1, NULL), -ENOTDIR);
	CHECK_INT(root_mkdirs(rootfd, "loop1/x", 0755, -1, -1, NULL), -ELOOP);
	CHECK_INT(root_mkdirs(rootfd, "", 0755, -1, -1, NULL), -ENOENT);
	if (geteuid() != 0)
		return;
	fd = root_mkdirs(rootfd, "own/ed", 0750, 1234, 4321, NULL);
	CHECK(fd >= 0 && fstat(fd, &st) == 0);
	CHECK_INT(st.st_uid, 1234);
	CHECK_INT(st.st_gid, 4321);
	CHECK_INT(st.st_mode & 07777, 0750);
	close(fd);
}
BOTH(directories_are_made_inside)

static void mount_targets_are_made_inside(void)
{
	struct stat st;
	int fd = root_mkfile(rootfd, "/etc/x/hosts", 0644, NULL);

	CHECK(fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0);
	same_file(fd, "root/etc/x/hosts");
	same_file(root_mkfile(rootfd, "dir", 0644, NULL), "root/dir");
	same_file(root_mkfile(rootfd, "dir/up", 0644, NULL), "root/etc/passwd");
	same_file(root_mkfile(rootfd, "dangling", 0644, NULL), "root/run/x/y");
	CHECK_INT(root_mkfile(rootfd, "nothing/", 0644, NULL), -EISDIR);
}
BOTH(mount_targets_are_made_inside)

static void only_regular_files_are_read(void)
{
	auto_str struct str s = STR_INIT;
	struct err e;

	CHECK_INT(root_read(rootfd, "/dir/up", 100, &s, &e), 0);
	CHECK_STR(s.s, "root:x:0:0");
	CHECK_INT(root_read(rootfd, "/dir/up", 9, &s, &e), -E2BIG);
	CHECK_INT(s.len, 0);
	must(!mkfifo("root/fifo", 0644), "mkfifo");
	CHECK_INT(root_read(rootfd, "fifo", 100, &s, &e), -EINVAL);
	CHECK_INT(root_read(rootfd, "dir", 100, &s, &e), -EINVAL);
	CHECK_INT(root_read(rootfd, "none", 100, &s, &e), -ENOENT);
	CHECK_STR(e.msg, "open 'none' in the root: No such file or directory");
}
BOTH(only_regular_files_are_read)

static void magic_links_are_refused(void)
{
	auto_close int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (proc < 0)
		TEAR_DOWN_AND_SKIP("no /proc");
	CHECK_INT(root_open(proc, "self/root/etc", O_PATH, 0, NULL), -ELOOP);
	CHECK_INT(root_open(proc, "self/cwd", O_PATH, 0, NULL), -ELOOP);
	CHECK_INT(root_open(proc, "self/exe", O_PATH, 0, NULL), -ELOOP);
	CHECK_INT(root_open(proc, "self/fd/0", O_PATH, 0, NULL), -ELOOP);
	CHECK_INT(root_open(proc, "self/ns/mnt", O_PATH, 0, NULL), -ELOOP);
	same_file(root_open(proc, "self/status", O_PATH, 0, NULL), "/proc/self/status");
	same_file(root_open(proc, "mounts", O_PATH, 0, NULL), "/proc/self/mounts");
}
BOTH(magic_links_are_refused)

static void a_mount_is_not_crossed_when_asked(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		TEAR_DOWN_AND_SKIP("may not mount");
	must(!mount("outside", "root/dir", NULL, MS_BIND, NULL), "bind");
	close(rootfd);
	rootfd = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);	/* of this namespace */
	same_file(root_open(rootfd, "dir/secret", O_RDONLY, 0, NULL), "root/dir/secret");
	CHECK_INT(root_open_how(rootfd, "dir/secret", O_RDONLY, 0, ROOT_NO_XDEV, NULL), -EXDEV);
	CHECK_INT(root_open_how(rootfd, "dir", O_PATH, 0, ROOT_NO_XDEV, NULL), -EXDEV);
	same_file(root_open_how(rootfd, "abs/passwd", O_RDONLY, 0, ROOT_NO_XDEV, NULL),
		  "root/etc/passwd");
	must(!umount("root/dir"), "umount");
}
BOTH(a_mount_is_not_crossed_when_asked)

static void endless_paths_end(void)
{
	auto_str struct str path = STR_INIT;

	for (int i = 0; i < 1300; i++)
		str_puts(&path, "../");
	CHECK(path.len < PATH_MAX);
	same_file(root_open(rootfd, path.s, O_PATH, 0, NULL), "root");
	for (int i = 0; i < 100; i++)
		str_puts(&path, "../");
	str_puts(&path, "..........");
	while (path.len < PATH_MAX)
		str_puts(&path, "/");
	CHECK_INT(root_open(rootfd, path.s, O_PATH, 0, NULL), -ENAMETOOLONG);
}
BOTH(endless_paths_end)

/* Links that double: 2^30 steps if nothing ended it. */
static void bombs_of_links_end(void)
{
	char from[32], to[64];

	must(!symlink("dir", "root/b0"), "symlink");
	for (int i = 1; i < 30; i++) {
		snprintf(from, sizeof(from), "root/b%d", i);
		snprintf(to, sizeof(to), "b%d/../b%d", i - 1, i - 1);
		must(!symlink(to, from), from);
	}
	CHECK_INT(root_open(rootfd, "b29", O_PATH, 0, NULL), -ELOOP);
	for (int i = 0; i < 45; i++) {
		snprintf(from, sizeof(from), "root/c%d", i);
		snprintf(to, sizeof(to), "c%d", i + 1);
		must(!symlink(to, from), from);
	}
	put("root/c45", "end");
	same_file(root_open(rootfd, "c5", O_RDONLY, 0, NULL), "root/c45");
	CHECK_INT(root_open(rootfd, "c4", O_RDONLY, 0, NULL), -ELOOP);
}
BOTH(bombs_of_links_end)

/* A second process swaps a directory with a link to the outside, as fast as it can. */
static long exchange(const char *a, const char *b)
{
	return syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
}

static pid_t racer(const char *a, const char *b)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (;;)
			exchange(a, b);
	}
	return pid;
}

enum { RACES = 4000, RACE_MS = 3000 };

/* RACES turns, but not longer than a slow machine can take. */
static bool turns(int i, int64_t end)
{
	return i < RACES && (i % 64 || clock_mono_ms() < end);
}

static void z15_a_racer_never_leads_outside(void)
{
	static const char *const rubbish[] = {
		"root/race/d/a", "root/race/d/m", "root/outside",
	};
	struct stat in, out, got;
	int seen[2] = { 0, 0 }, fd;
	int64_t end;
	pid_t pid;

	must(!mkdir("root/race", 0755) && !mkdir("root/race/d", 0755), "mkdir");
	put("root/race/d/secret", "inside");
	must(!symlink("../../outside", "root/race/l") && !stat("outside/secret", &out) &&
	     !stat("root/race/d/secret", &in), "race");
	pid = racer("root/race/d", "root/race/l");
	end = clock_mono_ms() + RACE_MS;
	for (int i = 0; turns(i, end) || !(seen[0] && seen[1]); i++) {
		/* Where the racer gets no turn on a busy machine, both sights are had all the same. */
		if (i % 16 == 0)
			must(!exchange("root/race/d", "root/race/l"), "exchange");
		fd = root_open(rootfd, "race/d/secret", O_RDONLY, 0, NULL);
		seen[fd >= 0]++;
		if (fd < 0)
			continue;
		CHECK(!fstat(fd, &got));
		CHECK(got.st_ino == in.st_ino && got.st_ino != out.st_ino);
		close(fd);
	}
	end = clock_mono_ms() + RACE_MS;
	for (int i = 0; i < RACES / 10 && clock_mono_ms() < end; i++) {
		fd = root_mkdirs(rootfd, "race/d/a/b", 0755, -1, -1, NULL);
		if (fd >= 0)
			close(fd);
		fd = root_mkfile(rootfd, "race/d/m/f", 0644, NULL);
		if (fd >= 0)
			close(fd);
		for (size_t k = 0; k < countof(rubbish); k++)
			(void)!tree_remove(AT_FDCWD, rubbish[k], NULL);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	printf("# %d reached it, %d met the link\n", seen[1], seen[0]);
	CHECK(access("outside/a", F_OK) < 0 && access("outside/m", F_OK) < 0);
}
BOTH(z15_a_racer_never_leads_outside)

/* ".." while the directory it is asked of moves: out of the root's reach or back. */
static void z15_a_moving_directory_does_not_open_the_way_up(void)
{
	struct stat out, got;
	int64_t end;
	pid_t pid;
	int fd;

	must(!mkdir("root/m", 0755) && !mkdir("root/m/n", 0755) && !mkdir("outside/n", 0755) &&
	     !mkdir("outside/n/x", 0755) && !mkdir("root/m/n/x", 0755), "mkdir");
	must(!stat("outside/secret", &out), "stat");
	end = clock_mono_ms() + RACE_MS;
	pid = racer("root/m/n", "outside/n");
	for (int i = 0; turns(i, end); i++) {
		fd = root_open(rootfd, "m/n/x/../../secret", O_RDONLY, 0, NULL);
		if (fd < 0)
			continue;
		CHECK(!fstat(fd, &got) && got.st_ino != out.st_ino);
		close(fd);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
BOTH(z15_a_moving_directory_does_not_open_the_way_up)

UNIT_MAIN
