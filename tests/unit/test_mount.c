// SPDX-License-Identifier: MIT
/* Each test is a process with a mount namespace of its own and a tmpfs to work in. */
#include "core/kern/mount.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include "core/kern/overlay.h"
#include "core/os/file.h"
#include "core/os/root.h"
#include "tests/unit/unit.h"

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	printf("# set up: %s: %s\n", what, strerror(errno));
	fflush(stdout);
	_exit(1);
}

/* Imitate a kernel without the new mount calls: they answer `code`. */
static void old_kernel(int code)
{
	static const int calls[] = {
		SYS_open_tree, SYS_move_mount, SYS_fsopen, SYS_fsconfig, SYS_fsmount,
		SYS_mount_setattr, SYS_openat2, SYS_clone3,
	};
	struct sock_filter f[countof(calls) + 3];
	struct sock_fprog prog = { .len = countof(f), .filter = f };

	f[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0);
	for (size_t i = 0; i < countof(calls); i++)
		f[i + 1] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i],
							countof(calls) - i, 0);
	f[countof(calls) + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	f[countof(calls) + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
							     SECCOMP_RET_ERRNO | code);
	SKIP_EMULATED("qemu-user has no seccomp");
	must(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	     !syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog), "seccomp");
}

static void setup(void)
{
	if (unshare(CLONE_NEWNS) < 0)
		SKIP("may not make a mount namespace");
	must(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
	must(!mount("tmpfs", "/tmp", "tmpfs", 0, NULL) && !chdir("/tmp"), "tmpfs");
	must(!mkdir("src", 0755) && !mkdir("src/sub", 0755) && !mkdir("dst", 0755), "mkdir");
	must(!mount("tmpfs", "src/sub", "tmpfs", 0, NULL) && !mkdir("src/sub/d", 0755), "sub");
	must(!mknod("src/file", S_IFREG | 0644, 0) && !mknod("f", S_IFREG | 0644, 0), "mknod");
}

#define THRICE(test) \
	TEST(test##_new) { setup(); test(); } \
	TEST(z102_##test##_enosys) { setup(); old_kernel(ENOSYS); root_force_walk(true); test(); } \
	TEST(z102_##test##_eperm) { setup(); old_kernel(EPERM); root_force_walk(true); test(); }

static int path_fd(const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);

	must(fd >= 0, path);
	return fd;
}

static void words_are_taken_apart(void)
{
	static const struct {
		const char *words;
		unsigned long set, clear, propagation;
		bool bind, recursive;
		const char *data;
	} t[] = {
		{ "", 0, 0, 0, false, false, "" },
		{ "ro,nosuid,nodev", MS_RDONLY | MS_NOSUID | MS_NODEV, 0, 0, false, false, "" },
		{ "ro,rw", 0, MS_RDONLY, 0, false, false, "" },
		{ "rw,ro", MS_RDONLY, 0, 0, false, false, "" },
		{ "rbind,rslave", 0, 0, MS_SLAVE | MS_REC, true, true, "" },
		{ "bind,private,z", 0, 0, MS_PRIVATE, true, false, "" },
		{ "size=64m,mode=1777,exec", 0, MS_NOEXEC, 0, false, false, "size=64m,mode=1777" },
		{ ",,ro,,", MS_RDONLY, 0, 0, false, false, "" },
		{ "noatime,strictatime", MS_STRICTATIME, MS_NOATIME | MS_RELATIME, 0, false, false, "" },
		{ "lowerdir=a:b,defaults,nonsense", 0, 0, 0, false, false, "lowerdir=a:b,nonsense" },
	};
	struct mount_opts o;
	struct err e;
	char big[MOUNT_WORDS_MAX + 10];

	for (size_t i = 0; i < countof(t); i++) {
		CHECK_INT(mount_parse(t[i].words, &o, &e), 0);
		CHECK_INT(o.set, t[i].set);
		CHECK_INT(o.clear & ~(MS_RELATIME | MS_STRICTATIME),
			  t[i].clear & ~(MS_RELATIME | MS_STRICTATIME));
		CHECK_INT(o.propagation, t[i].propagation);
		CHECK_INT(o.bind, t[i].bind);
		CHECK_INT(o.recursive, t[i].recursive);
		CHECK_STR(o.data, t[i].data);
	}
	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	CHECK_INT(mount_parse(big, &o, &e), -E2BIG);
	big[2000] = 0;
	CHECK_INT(mount_parse(big, &o, &e), -E2BIG);
	for (int i = 500; i < 16000; i += 500)
		big[i] = ',';
	big[2000] = 'a';
	big[16000] = 0;
	CHECK_INT(mount_parse(big, &o, &e), -E2BIG);
}
TEST(mount_words_are_taken_apart) { words_are_taken_apart(); }

TEST(mountinfo_lines_are_taken_apart)
{
	char text[] = "36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n"
		"37 35 0:5 / /x rw - tmpfs  rw\n"
		"rubbish\n"
		"38 35 0:6 / /a\\134b rw,nosuid shared:1 master:2 - proc proc rw";
	struct mount_info mi;
	char *at = text;

	CHECK_INT(mount_info_next(&at, &mi), 1);
	CHECK_INT(mi.id, 36);
	CHECK_INT(mi.parent, 35);
	CHECK_INT(mi.major, 98);
	CHECK_STR(mi.root, "/mnt1");
	CHECK_STR(mi.point, "/mnt 2");
	CHECK_STR(mi.options, "rw,noatime");
	CHECK_STR(mi.fields, "master:1");
	CHECK_STR(mi.type, "ext3");
	CHECK_STR(mi.source, "/dev/root");
	CHECK_STR(mi.super, "rw,errors=continue");
	CHECK_INT(mount_info_next(&at, &mi), 1);
	CHECK_STR(mi.fields, "");
	CHECK_STR(mi.type, "tmpfs");
	CHECK_STR(mi.source, "");
	CHECK_STR(mi.super, "rw");
	CHECK_INT(mount_info_next(&at, &mi), -EINVAL);
	CHECK_INT(mount_info_next(&at, &mi), 1);
	CHECK_STR(mi.point, "/a\\b");
	CHECK_STR(mi.fields, "shared:1 master:2");
	CHECK_INT(mount_info_next(&at, &mi), 0);
}

static void a_bind_shows_the_source(void)
{
	struct mount_opts o;
	struct err e = { 0 };
	int rc;

	mount_opts_init(&o);
	rc = mount_bind(path_fd("src"), path_fd("dst"), &o, NULL, &e);
	printf("# %s\n", e.msg);
	CHECK_INT(rc, 0);
	CHECK(access("dst/file", F_OK) == 0);
	CHECK(access("dst/sub/d", F_OK) < 0);	/* not recursive */
	CHECK_INT(mount_bind(path_fd("src/file"), path_fd("f"), &o, NULL, &e), 0);
	must(!chmod("src/file", 0600), "chmod");
	CHECK(mkdir("dst/new", 0755) == 0);
	CHECK(mount_bind(path_fd("src"), path_fd("f"), &o, NULL, &e) < 0);
}
THRICE(a_bind_shows_the_source)

static void z22_a_read_only_bind_is_so_to_the_bottom(void)
{
	struct mount_opts o;
	struct err e = { 0 };
	struct statfs fs;
	int rc;

	CHECK_INT(mount_parse("rbind,ro,nosuid,nodev,noexec", &o, &e), 0);
	rc = mount_bind(path_fd("src"), path_fd("dst"), &o, NULL, &e);
	printf("# %s\n", e.msg);
	CHECK_INT(rc, 0);
	CHECK(access("dst/sub/d", F_OK) == 0);
	CHECK(mkdir("dst/new", 0755) < 0 && errno == EROFS);
	CHECK(mkdir("dst/sub/new", 0755) < 0 && errno == EROFS);
	CHECK(mkdir("src/new", 0755) == 0);		/* the source is as it was */
	CHECK(mkdir("src/sub/new", 0755) == 0);
	CHECK(!statfs("dst", &fs));
	CHECK_INT(fs.f_flags & (ST_NOSUID | ST_NODEV | ST_NOEXEC), ST_NOSUID | ST_NODEV | ST_NOEXEC);
}
THRICE(z22_a_read_only_bind_is_so_to_the_bottom)

static void a_bind_on_a_deep_target_keeps_what_a_mount_had(void)
{
	struct mount_opts o;
	struct err e = { 0 };
	struct statfs fs;

	must(!mkdir("dst/a b\nc", 0755) && !mkdir("ns", 0755), "mkdir");
	must(!mount("tmpfs", "ns", "tmpfs", MS_NOSUID, NULL), "nosuid");
	CHECK_INT(mount_parse("bind,ro", &o, &e), 0);
	CHECK_INT(mount_bind(path_fd("ns"), path_fd("dst/a b\nc"), &o, NULL, &e), 0);
	CHECK(!statfs("dst/a b\nc", &fs));
	CHECK_INT(fs.f_flags & (ST_NOSUID | ST_RDONLY), ST_NOSUID | ST_RDONLY);
}
THRICE(a_bind_on_a_deep_target_keeps_what_a_mount_had)

static void file_systems_are_mounted_on_descriptors(void)
{
	struct err e = { 0 };
	auto_close int top = -1;
	struct statfs fs;

	CHECK_INT(mount_fs("tmpfs", "tmpfs", path_fd("dst"), MS_NOSUID, "mode=711,size=64k", &e), 0);
	CHECK(!statfs("dst", &fs));
	CHECK_INT(fs.f_blocks * fs.f_bsize, 64 << 10);
	top = path_fd("dst");
	must(!mkdirat(top, "pts", 0755), "pts");
	CHECK_INT(mount_fs_at("devpts", "devpts", top, "pts", 0, "newinstance,ptmxmode=0666", &e), 0);
	CHECK(access("dst/pts/ptmx", F_OK) == 0);
	CHECK_INT(mount_fs("nonsense", "x", top, 0, NULL, &e), -ENODEV);
	CHECK_STR(e.msg, "mount nonsense: No such device");
}
THRICE(file_systems_are_mounted_on_descriptors)

static void a_private_procfs_is_one(void)
{
	struct err e = { 0 };
	auto_close int fd = mount_proc_private(&e);

	CHECK(fd >= 0);
	CHECK_INT(mount_proc_write(fd, "sys/kernel/hostname", "x", &e), -EACCES);
}
TEST(z04_writes_go_to_a_real_procfs)
{
	struct err e = { 0 };
	auto_close int fd = -1;
	char name[64];

	setup();
	must(!unshare(CLONE_NEWUTS), "uts");
	fd = mount_proc_private(&e);
	CHECK(fd >= 0);
	CHECK_INT(mount_proc_write(fd, "sys/kernel/hostname", "inside", &e), 0);
	CHECK(!gethostname(name, sizeof(name)));
	CHECK_STR(name, "inside");
	CHECK_INT(mount_proc_write(fd, "self/oom_score_adj", "5", &e), -ELOOP);
	CHECK_INT(mount_proc_write(fd, "sys/kernel/none", "5", &e), -ENOENT);
	(void)a_private_procfs_is_one;
}

TEST(z04_a_false_procfs_is_refused)
{
	struct err e = { 0 };

	setup();
	old_kernel(ENOSYS);
	must(!mount("tmpfs", "/proc", "tmpfs", 0, NULL), "false");
	CHECK_INT(mount_proc_private(&e), -EINVAL);
	CHECK_STR(e.msg, "/proc is not a procfs");
	must(!umount("/proc") && !mount("/proc/self", "/proc", NULL, MS_BIND, NULL), "part");
	CHECK_INT(mount_proc_private(&e), -EINVAL);
}

TEST(z04_a_write_does_not_cross_a_mount)
{
	struct err e = { 0 };
	auto_close int fd = -1;

	setup();
	old_kernel(ENOSYS);
	root_force_walk(true);
	must(!mkdir("fake", 0755) && !mknod("fake/hostname", S_IFREG | 0644, 0), "fake");
	must(!mount("fake", "/proc/sys/kernel", NULL, MS_BIND, NULL), "bind");
	fd = mount_proc_private(&e);
	CHECK(fd >= 0);
	CHECK_INT(mount_proc_write(fd, "sys/kernel/hostname", "x", &e), -EXDEV);
}

static void pivot_leaves_the_old_root(void)
{
	struct err e = { 0 };
	auto_close int root = -1;

	must(!mount("tmpfs", "dst", "tmpfs", 0, NULL) && !mkdir("dst/inside", 0755), "root");
	root = path_fd("dst");
	CHECK_INT(mount_pivot(root, &e), 0);
	CHECK(access("/inside", F_OK) == 0);
	CHECK(access("/tmp", F_OK) < 0);
	CHECK(access("../../../../inside", F_OK) == 0);
	must(!mkdir("/proc", 0755) && !mount("proc", "/proc", "proc", 0, NULL), "proc");
	{
		auto_str struct str text = STR_INIT;

		must(file_read_at(AT_FDCWD, "/proc/self/mountinfo", 1 << 20, &text, NULL) == 0, "mi");
		printf("# %s", text.s);
		CHECK(strchr(strchr(text.s, '\n') + 1, '\n')[1] == 0);	/* two lines */
	}
}
THRICE(pivot_leaves_the_old_root)

/* As on an initramfs, where the kernel refuses to pivot (Z23). */
static void no_pivot(void)
{
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pivot_root, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = countof(f), .filter = f };

	must(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	     !syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog), "seccomp");
}

static void old_root_is_gone(const char *how)
{
	if (access("./proc/self", F_OK) == 0 || access("./etc/passwd", F_OK) == 0 ||
	    access("./inside", F_OK) < 0) {
		printf("# %s: the old root is seen\n", how);
		CHECK(false);
	}
}

TEST(z23_a_move_over_the_old_root_cannot_be_left)
{
	struct err e = { 0 };
	int root, old;

	SKIP_EMULATED("qemu-user looks its own files up in the new root");
	setup();
	no_pivot();
	must(!mount("tmpfs", "dst", "tmpfs", 0, NULL) && !mkdir("dst/inside", 0755) &&
	     !mkdir("dst/inside/sub", 0755), "root");
	root = path_fd("dst");
	if (mount_pivot(root, &e) < 0)
		printf("# %s\n", e.msg);
	CHECK_INT(e.code, 0);
	old_root_is_gone("at once");
	must(!chdir("/inside") && !chroot("/inside/sub"), "chroot");	/* the classic way out */
	for (int i = 0; i < 50; i++)
		CHECK(!chdir(".."));
	old_root_is_gone("by a second chroot");
	must(!chroot("."), "chroot");
	old_root_is_gone("by a third");
	must(!fchdir(root), "fchdir");
	for (int i = 0; i < 50; i++)
		CHECK(!chdir(".."));
	must(!chroot("."), "chroot");
	old_root_is_gone("by a kept descriptor of the root");
	/* One may take away what lies on top, with CAP_SYS_ADMIN; then nothing must be below. */
	must(!mkdir("/proc", 0755) && !mount("proc", "/proc", "proc", 0, NULL), "proc");
	old = open("/proc/1/root", O_PATH | O_CLOEXEC);
	CHECK(old < 0 || !fchdir(old));
}

static const char *const masked[] = { "/m/dir", "/m/file", "/m/none", "/m/dev", NULL };
static const char *const protected[] = { "/m/ro", "/m/none", NULL };

static void mask_tree(void)
{
	must(!mkdir("m", 0755) && !mkdir("m/dir", 0755) && !mkdir("m/dir/x", 0755) &&
	     !mknod("m/file", S_IFREG | 0644, 0) && !mkdir("m/ro", 0755) && !mkdir("m/ro/d", 0755) &&
	     !mknod("m/dev", S_IFCHR | 0644, (1 << 8) | 5) && !mkdir("d", 0755) &&
	     !mknod("d/null", S_IFCHR | 0666, (1 << 8) | 3), "masks");
}

static void z18_masks_hide(void)
{
	struct mount_masks m = {
		.rootfd = path_fd("."), .masked = masked, .readonly = protected,
	};
	struct err e = { 0 };
	struct stat st;
	int rc;

	mask_tree();
	m.nullfd = path_fd("d/null");
	rc = mount_mask(&m, &e);
	printf("# %s\n", e.msg);
	CHECK_INT(rc, 0);
	CHECK(access("m/dir/x", F_OK) < 0 && mkdir("m/dir/y", 0755) < 0 && errno == EROFS);
	CHECK(!stat("m/file", &st) && S_ISCHR(st.st_mode) && st.st_rdev == 0x103);
	CHECK(!stat("m/dev", &st) && S_ISCHR(st.st_mode) && st.st_rdev == 0x103);
	CHECK(mkdir("m/ro/y", 0755) < 0 && errno == EROFS);
	CHECK(access("m/ro/d", F_OK) == 0);
}
THRICE(z18_masks_hide)

static void z18_a_false_null_device_is_refused(void)
{
	struct mount_masks m = {
		.rootfd = path_fd("."), .masked = masked, .readonly = protected,
	};
	struct err e = { 0 };

	mask_tree();
	m.nullfd = path_fd("m/dev");
	CHECK_INT(mount_mask(&m, &e), -EINVAL);
	m.nullfd = path_fd("f");
	CHECK_INT(mount_mask(&m, &e), -EINVAL);
	m.nullfd = path_fd("d/null");
	must(!rename("m/dir", "m/was") && !symlink("/tmp/src", "m/dir"), "link");
	CHECK_INT(mount_mask(&m, &e), -ELOOP);
}
THRICE(z18_a_false_null_device_is_refused)

TEST(z18_the_lists_name_what_leaks)
{
	static const char *const must_be[] = {
		"/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys",
		"/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
		"/proc/timer_stats", "/sys/firmware", "/sys/devices/virtual/powercap",
	};

	for (size_t i = 0; i < countof(must_be); i++) {
		bool found = false;

		for (size_t k = 0; mount_masked_paths[k]; k++)
			found |= !strcmp(mount_masked_paths[k], must_be[i]);
		if (!found)
			printf("# %s is missing\n", must_be[i]);
		CHECK(found);
	}
}

/* --- overlay ------------------------------------------------------------------- */

static void layers(int n, int *fds)
{
	char path[64];

	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "l%d", i);
		must(!mkdir(path, 0755), path);
		fds[i] = path_fd(path);
		snprintf(path, sizeof(path), "l%d/f%d", i, i);
		must(!mknod(path, S_IFREG | 0644, 0), path);
	}
	must(!mkdir("up", 0755) && !mkdir("wk", 0755) && !mkdir("merged", 0755), "upper");
}

static void many_layers(int n)
{
	int *fds = calloc(n, sizeof(*fds));
	struct overlay o = { .lower = fds, .lower_n = n, .throwaway = true };
	struct err e = { 0 };
	auto_close int root = -1;
	char path[64];

	layers(n, fds);
	o.upper = path_fd("up");
	o.work = path_fd("wk");
	root = overlay_mount(&o, path_fd("."), "merged", &e);
	if (root == -ENODEV)
		SKIP("no overlayfs");
	printf("# %s\n", e.msg);
	CHECK(root >= 0);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "f%d", i);
		CHECK(faccessat(root, path, F_OK, 0) == 0);
	}
	CHECK(mkdirat(root, "new", 0755) == 0 && access("up/new", F_OK) == 0);
	CHECK(access("merged/f0", F_OK) == 0);	/* cwd is as it was */
}

TEST(an_overlay_of_one_layer) { setup(); many_layers(1); }
TEST(an_overlay_of_130_layers) { setup(); many_layers(130); }
TEST(an_overlay_of_400_layers) { setup(); many_layers(400); }
TEST(z102_an_overlay_on_an_old_kernel) { setup(); old_kernel(ENOSYS); many_layers(130); }

TEST(an_overlay_without_an_upper_is_read_only)
{
	int fds[2];
	struct overlay o = { .lower = fds, .lower_n = 2, .upper = -1, .work = -1 };
	struct err e = { 0 };
	int root;

	setup();
	layers(2, fds);
	root = overlay_mount(&o, path_fd("."), "merged", &e);
	if (root == -ENODEV)
		SKIP("no overlayfs");
	CHECK(root >= 0);
	CHECK(mkdirat(root, "new", 0755) < 0 && errno == EROFS);
}

TEST(z30_a_redirect_in_a_layer_is_not_followed)
{
	int fds[2];
	struct overlay o = { .lower = fds, .lower_n = 2 };
	struct err e = { 0 };
	int root;

	setup();
	layers(2, fds);
	must(!mkdir("l0/d", 0755) && !mkdir("l1/secret", 0755) && !mkdir("l1/secret/x", 0755), "d");
	must(!syscall(SYS_setxattr, "l0/d", "trusted.overlay.redirect", "/secret", 7, 0), "xattr");
	o.upper = path_fd("up");
	o.work = path_fd("wk");
	root = overlay_mount(&o, path_fd("."), "merged", &e);
	if (root == -ENODEV)
		SKIP("no overlayfs");
	CHECK(root >= 0);
	CHECK(faccessat(root, "d/x", F_OK, 0) < 0);
}

TEST(u17_an_upper_on_overlay_is_told_from_a_missing_overlay)
{
	enum overlay_support is;
	struct err e = { 0 };

	setup();
	CHECK_INT(overlay_probe(path_fd("."), &is, &e), 0);
	if (is == OVERLAY_NO_KERNEL)
		SKIP("no overlayfs");
	CHECK_INT(is, OVERLAY_YES);
	many_layers(1);
	CHECK_INT(overlay_probe(path_fd("merged"), &is, &e), 0);
	CHECK_INT(is, OVERLAY_NO_UPPER);
	CHECK(strstr(e.msg, "upper"));
	CHECK(access("src", F_OK) == 0);
	CHECK_INT(overlay_probe(path_fd("/proc"), &is, &e), -ENOENT);
}

UNIT_MAIN
