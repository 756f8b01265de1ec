// SPDX-License-Identifier: MIT
#include "core/kern/device.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "core/os/root.h"
#include "tests/unit/unit.h"

static int fresh(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		SKIP("may not mount");
	CHECK(!mount("tmpfs", "/tmp", "tmpfs", 0, NULL) && !chdir("/tmp"));
	return open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void is_node(const char *path, mode_t kind, unsigned maj, unsigned min, mode_t mode)
{
	struct stat st;

	CHECK(!lstat(path, &st));
	CHECK_INT(st.st_mode & S_IFMT, kind);
	CHECK(st.st_rdev == makedev(maj, min));
	CHECK_INT(st.st_mode & 07777, mode);
}

static void is_link(const char *path, const char *want)
{
	char text[64] = "";

	CHECK(readlink(path, text, sizeof(text) - 1) > 0);
	CHECK_STR(text, want);
}

static const struct device_node extra[] = {
	{ .path = "/dev/a/b/port", .host = "/dev/null", .type = 'c', .major = 1, .minor = 4, .mode = 0640,
	  .uid = 3, .gid = 4 },
	{ .path = "/dev/../../etc/x", .host = "/dev/null", .type = 'c', .major = 1, .minor = 4 },
	{ .path = "/dev/null", .host = "/dev/null", .type = 'c', .major = 1, .minor = 3, .mode = 0600 },
	{ .path = "/opt/zero", .host = "/dev/zero", .type = 'c', .major = 1, .minor = 5, .mode = 0666 },
};

TEST(z17_dev_is_what_dockers_is)
{
	int dev = fresh();
	struct stat st;
	struct err e = { 0 };

	umask(077);
	CHECK_INT(device_populate(dev, extra, countof(extra), false, &e), 0);
	is_node("random", S_IFCHR, 1, 8, 0666);
	is_node("urandom", S_IFCHR, 1, 9, 0666);
	is_node("full", S_IFCHR, 1, 7, 0666);
	is_node("zero", S_IFCHR, 1, 5, 0666);
	is_node("tty", S_IFCHR, 5, 0, 0666);
	is_node("null", S_IFCHR, 1, 3, 0600);		/* the user's own wins */
	is_node("a/b/port", S_IFCHR, 1, 4, 0640);
	is_node("etc/x", S_IFCHR, 1, 4, 0);		/* ".." ends at /dev */
	CHECK(!stat("a/b/port", &st) && st.st_uid == 3 && st.st_gid == 4);
	is_link("fd", "/proc/self/fd");
	is_link("stdin", "/proc/self/fd/0");
	is_link("stdout", "/proc/self/fd/1");
	is_link("stderr", "/proc/self/fd/2");
	is_link("ptmx", "pts/ptmx");
	CHECK(!stat("shm", &st) && (st.st_mode & 07777) == 01777);
	CHECK(!stat("mqueue", &st) && (st.st_mode & 07777) == 01777);
	CHECK(!stat("pts", &st) && (st.st_mode & 07777) == 0755);
	CHECK(access("opt", F_OK) < 0);
	CHECK_INT(device_place(dev, extra, countof(extra), false, &e), 0);
	is_node("opt/zero", S_IFCHR, 1, 5, 0666);
}

TEST(where_nodes_may_not_be_made_the_hosts_are_bound)
{
	int dev = fresh();
	struct stat st;

	CHECK_INT(device_populate(dev, extra, 1, true, NULL), 0);
	CHECK(!stat("null", &st) && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
	CHECK(!stat("a/b/port", &st) && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
}

TEST(c_device_words_are_taken_apart)
{
	static const struct {
		const char *text, *host, *inside, *access, *msg;
	} t[] = {
		{ "/dev/null", "/dev/null", "/dev/null", "rwm", NULL },
		{ "/dev/null:/dev/x", "/dev/null", "/dev/x", "rwm", NULL },
		{ "/dev/null:/dev/x:r", "/dev/null", "/dev/x", "r", NULL },
		{ "/dev/null:rw", "/dev/null", "/dev/null", "rw", NULL },
		{ "/dev/null:/dev/x:q", NULL, NULL, NULL, "bad mode specified: q" },
		{ "/dev/null:rel", NULL, NULL, NULL, "rel is not an absolute path" },
		{ "a:b:c:d", NULL, NULL, NULL, "bad format for path: a:b:c:d" },
	};
	char host[DEVICE_PATH_MAX], inside[DEVICE_PATH_MAX], access_[4];
	struct err e;

	for (size_t i = 0; i < countof(t); i++) {
		int rc = device_spec_parse(t[i].text, host, inside, access_, &e);

		CHECK_INT(rc, t[i].msg ? -EINVAL : 0);
		if (t[i].msg) {
			CHECK_STR(e.msg, t[i].msg);
			continue;
		}
		CHECK_STR(host, t[i].host);
		CHECK_STR(inside, t[i].inside);
		CHECK_STR(access_, t[i].access);
	}
}

TEST(the_hosts_devices_are_found)
{
	struct device_list l = DEVICE_LIST_INIT;
	struct err e;
	bool null = false;

	CHECK_INT(device_find("/dev/zero", "/dev/z", "rw", &l, &e), 0);
	CHECK_INT(l.n, 1);
	CHECK_STR(l.v[0].path, "/dev/z");
	CHECK_STR(l.v[0].host, "/dev/zero");
	CHECK(l.v[0].type == 'c' && l.v[0].major == 1 && l.v[0].minor == 5);
	CHECK_INT(l.v[0].access, DEVICE_READ | DEVICE_WRITE);
	CHECK_INT(device_find("/nonexist", "/dev/z", "rw", &l, &e), -ENOENT);
	CHECK_STR(e.msg, "error gathering device information while adding custom device \"/nonexist\": "
		  "no such file or directory");
	CHECK_INT(device_find("/etc/passwd", "/dev/z", "rw", &l, &e), -EINVAL);
	CHECK_STR(e.msg, "error gathering device information while adding custom device \"/etc/passwd\": "
		  "not a device node");
	device_list_release(&l);
	CHECK_INT(device_find_all(&l, &e), 0);
	for (size_t i = 0; i < l.n; i++) {
		CHECK(strncmp(l.v[i].path, "/dev/pts/", 9) != 0);
		null |= !strcmp(l.v[i].path, "/dev/null");
	}
	CHECK(null);
	device_list_release(&l);
}

UNIT_MAIN
