// SPDX-License-Identifier: MIT
/* probe.c - a static entrypoint that says what it finds around itself.
 *
 *   probe [SECTION]...            print sections (all of them without one)
 *   probe do VERB [ARG]...        do one thing and end (probedo.c)
 *
 * Output is one fact a line, first word the section's, so that two probes (run
 * and exec, ours and the peer's) can be compared with diff. Each section's comment says
 * what it shows. */
#define _GNU_SOURCE
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { FD_MAX = 4096, LINE = 4096 };

/* fds: what is open, and what kind of thing it is. Nothing but 0, 1 and 2 may be. */
static void probe_fds(void)
{
	for (int fd = 0; fd < FD_MAX; fd++) {
		char path[64], link[LINE];
		ssize_t n;

		if (fcntl(fd, F_GETFD) < 0)
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, link, sizeof(link) - 1);
		link[n < 0 ? 0 : n] = '\0';
		link[strcspn(link, "[")] = '\0';	/* pipe:[123] differs each time */
		printf("fds %d %s%s\n", fd, link, isatty(fd) ? " tty" : "");
	}
}

/* cwd: the kernel's own word, which says "(unreachable)" outside the root. */
static void probe_cwd(void)
{
	char buf[LINE] = "";
	struct stat here, root;

	if (syscall(SYS_getcwd, buf, sizeof(buf)) < 0)
		printf("cwd error %d\n", errno);
	else
		printf("cwd %s\n", buf);
	if (stat(".", &here) == 0 && stat("/", &root) == 0)
		printf("cwd-dev %s\n", here.st_dev == root.st_dev ? "root's" : "other");
}

/* status: ids, capability sets, no_new_privs, seccomp, as the kernel prints them. */
static void probe_status(void)
{
	static const char *const want[] = { "Uid:", "Gid:", "Groups:", "CapInh:", "CapPrm:", "CapEff:", "CapBnd:",
					    "CapAmb:", "NoNewPrivs:", "Seccomp:" };
	char line[LINE];
	FILE *f = fopen("/proc/self/status", "re");

	if (!f) {
		printf("status error %d\n", errno);
		return;
	}
	while (fgets(line, sizeof(line), f))
		for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++)
			if (strncmp(line, want[i], strlen(want[i])) == 0)
				printf("status %s", line);
	fclose(f);
}

/* ns: the inode of each namespace; the test compares them with the host's. */
static void probe_ns(void)
{
	static const char *const names[] = { "cgroup", "ipc", "mnt", "net", "pid", "user", "uts" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char path[64], link[64];
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		n = readlink(path, link, sizeof(link) - 1);
		link[n < 0 ? 0 : n] = '\0';
		printf("ns %s\n", link);
	}
}

/* keys: the session keyring's own name, whether a key called $PROBE_KEY is found in it, /proc/keys. */
static void probe_keys(void)
{
	enum { GET_KEYRING_ID = 0, DESCRIBE = 6, SEARCH = 10, SESSION = -3 };
	const char *key = getenv("PROBE_KEY");
	char buf[LINE] = "";
	FILE *f;

	if (syscall(SYS_keyctl, DESCRIBE, SESSION, buf, sizeof(buf) - 1, 0) < 0)
		printf("keys session error %d\n", errno);
	else
		printf("keys session %s id %lx\n", buf, syscall(SYS_keyctl, GET_KEYRING_ID, SESSION, 0, 0, 0));
	if (key)
		printf("keys search %s\n", syscall(SYS_keyctl, SEARCH, SESSION, "user", key, 0) < 0 ? "none" : "found");
	f = fopen("/proc/keys", "re");
	if (!f)
		return;
	while (fgets(buf, sizeof(buf), f))
		printf("keys proc %s", buf);
	fclose(f);
}

/* mounts: where, how, what: mountinfo without the numbers and sources that differ each time. */
static void probe_mounts(void)
{
	char line[LINE], at[LINE], opts[LINE], type[256], super[LINE];
	FILE *f = fopen("/proc/self/mountinfo", "re");

	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		char *dash = strstr(line, " - ");

		if (!dash || sscanf(line, "%*d %*d %*s %*s %s %s", at, opts) != 2)
			continue;
		if (sscanf(dash, " - %255s %*s %s", type, super) != 2)
			super[0] = '\0';
		printf("mounts %s %s %s%s%s\n", at, type, opts, strstr(line, "shared:") ? " shared" : "",
		       strstr(line, "master:") ? " slave" : "");
	}
	fclose(f);
}

static int try_write(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	int fd;

	(void)ftw;
	if (type != FTW_F || S_ISLNK(st->st_mode))
		return 0;
	fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0) {
		printf("write %s\n", path);
		close(fd);
	}
	return 0;
}

/* write: every file below the places that matter that opens for writing. */
static void probe_write(void)
{
	static const char *const tops[] = { "/proc/sys", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/acpi",
					    "/sys", "/dev" };
	static const char *const one[] = { "/proc/sysrq-trigger", "/proc/kcore", "/proc/keys", "/proc/timer_list",
					   "/proc/latency_stats", "/proc/sched_debug", "/proc/interrupts",
					   "/proc/self/uid_map", "/proc/scsi", "/proc/mtrr" };

	for (size_t i = 0; i < sizeof(tops) / sizeof(*tops); i++)
		nftw(tops[i], try_write, 32, FTW_PHYS);
	for (size_t i = 0; i < sizeof(one) / sizeof(*one); i++) {
		int fd = open(one[i], O_WRONLY | O_NONBLOCK | O_CLOEXEC);

		if (fd < 0)
			continue;
		printf("write %s\n", one[i]);
		close(fd);
	}
}

static int entries(const char *dir)
{
	DIR *d = opendir(dir);
	int n = 0;

	if (!d)
		return -1;
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

/* masked: what the masked paths show: a null device, an empty directory, or nothing at all. */
static void probe_masked(void)
{
	static const char *const paths[] = { "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore",
					     "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
					     "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
					     "/sys/devices/virtual/powercap" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		struct stat st;

		if (stat(paths[i], &st) < 0)
			printf("masked %s absent\n", paths[i]);
		else if (S_ISDIR(st.st_mode))
			printf("masked %s directory of %d\n", paths[i], entries(paths[i]));
		else if (S_ISCHR(st.st_mode))
			printf("masked %s device %u:%u\n", paths[i], major(st.st_rdev), minor(st.st_rdev));
		else
			printf("masked %s FILE\n", paths[i]);
	}
}

/* dev: what /dev holds. */
static void probe_dev(void)
{
	struct dirent **list;
	int n = scandir("/dev", &list, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char path[512], link[512];
		struct stat st;
		ssize_t len;

		snprintf(path, sizeof(path), "/dev/%s", list[i]->d_name);
		if (list[i]->d_name[0] == '.' || lstat(path, &st) < 0)
			continue;
		len = readlink(path, link, sizeof(link) - 1);
		link[len < 0 ? 0 : len] = '\0';
		printf("dev %s %o %u:%u %s\n", list[i]->d_name, st.st_mode,
		       S_ISLNK(st.st_mode) || S_ISDIR(st.st_mode) ? 0 : major(st.st_rdev),
		       S_ISLNK(st.st_mode) || S_ISDIR(st.st_mode) ? 0 : minor(st.st_rdev), link);
	}
}

/* limits: resource limits. */
static void probe_limits(void)
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit r;

		if (getrlimit(i, &r) == 0)
			printf("limits %d %lld %lld\n", i, (long long)r.rlim_cur, (long long)r.rlim_max);
	}
}

/* tty: who the terminal is, and whether a character can be pushed into it. */
static void probe_tty(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	char c = 'X';

	printf("tty controlling %s\n", fd >= 0 ? "yes" : "none");
	for (int i = -1; i < 3; i++) {
		int on = i < 0 ? fd : i;

		if (on < 0)
			continue;
		if (ioctl(on, TIOCSTI, &c) == 0)
			printf("tty push %d done\n", i);
		else
			printf("tty push %d error %d\n", i, errno);
	}
	if (fd >= 0)
		close(fd);
}

/* nodes: devices that must not open, though the node can be made. */
static void probe_nodes(void)
{
	static const struct { const char *name; mode_t type; unsigned maj, min; } nodes[] = {
		{ "vda", S_IFBLK, 254, 0 }, { "vda253", S_IFBLK, 253, 0 }, { "vda252", S_IFBLK, 252, 0 },
		{ "sda", S_IFBLK, 8, 0 },   { "loop0", S_IFBLK, 7, 0 },    { "mem", S_IFCHR, 1, 1 },
		{ "kmsg", S_IFCHR, 1, 11 }, { "fuse", S_IFCHR, 10, 229 },  { "loop-control", S_IFCHR, 10, 237 },
		{ "tty0", S_IFCHR, 4, 0 },  { "null", S_IFCHR, 1, 3 },	   { "tun", S_IFCHR, 10, 200 },
	};

	for (size_t i = 0; i < sizeof(nodes) / sizeof(*nodes); i++) {
		char path[64];
		int fd, made;

		snprintf(path, sizeof(path), "/tmp-node-%s", nodes[i].name);
		unlink(path);
		made = mknod(path, nodes[i].type | 0600, makedev(nodes[i].maj, nodes[i].min)) == 0 ? 0 : errno;
		fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		printf("nodes %s mknod %d open %d\n", nodes[i].name, made, fd >= 0 ? 0 : errno);
		if (fd >= 0)
			close(fd);
		unlink(path);
	}
}

/* cgroups: own paths, and each old controller mounted anew (it must not be possible). */
static void probe_cgroups(void)
{
	static const char *const v1[] = { "cpu", "memory", "devices", "pids", "freezer", "rdma" };
	char line[LINE];
	FILE *f = fopen("/proc/self/cgroup", "re");

	while (f && fgets(line, sizeof(line), f))
		printf("cgroups self %s", line);
	if (f)
		fclose(f);
	mkdir("/tmp-cg", 0700);
	for (size_t i = 0; i < sizeof(v1) / sizeof(*v1); i++) {
		int rc = mount("cgroup", "/tmp-cg", "cgroup", 0, v1[i]);

		printf("cgroups mount %s %d\n", v1[i], rc < 0 ? errno : 0);
		if (rc == 0)
			umount("/tmp-cg");
	}
	rmdir("/tmp-cg");
}

/* escape: the ways out of a mere chroot; "escape outside" must never be printed. */
static void probe_escape(void)
{
	struct stat in, out;
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &in) < 0)
		return;
	mkdir("/tmp-jail", 0700);
	if (chroot("/tmp-jail") < 0) {
		printf("escape chroot error %d\n", errno);
	} else {
		if (fchdir(fd) < 0)
			printf("escape fchdir error %d\n", errno);
		for (int i = 0; i < 64; i++)
			if (chdir("..") < 0)
				break;
		if (chroot(".") == 0 && stat("/", &out) == 0)
			printf("escape %s\n",
			       out.st_dev == in.st_dev && out.st_ino == in.st_ino ? "inside"
										  : "outside");
	}
	close(fd);
	rmdir("/tmp-jail");
}

/* exe: what this process was started from, as its parent and the kernel see it. */
static void probe_exe(void)
{
	char link[LINE];
	ssize_t n = readlink("/proc/1/exe", link, sizeof(link) - 1);

	link[n < 0 ? 0 : n] = '\0';
	printf("exe 1 %s\n", link);
}

static const struct section {
	const char *name;
	void (*run)(void);
	bool asked;	/* only when named: it changes something or takes long */
} sections[] = {
	{ "fds", probe_fds, false },	   { "cwd", probe_cwd, false },	      { "status", probe_status, false },
	{ "ns", probe_ns, false },	   { "keys", probe_keys, false },     { "mounts", probe_mounts, false },
	{ "masked", probe_masked, false }, { "dev", probe_dev, false },	      { "limits", probe_limits, false },
	{ "exe", probe_exe, false },	   { "cgroups", probe_cgroups, false }, { "write", probe_write, true },
	{ "tty", probe_tty, true },	   { "nodes", probe_nodes, true },    { "calls", probe_calls, true },
	{ "escape", probe_escape, true },
};

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 2 && strcmp(argv[1], "do") == 0)
		return probe_do(argc - 2, argv + 2);
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++) {
		bool asked = argc == 1 && !sections[i].asked;

		for (int a = 1; a < argc; a++)
			asked |= strcmp(argv[a], sections[i].name) == 0 || strcmp(argv[a], "all") == 0;
		if (asked)
			sections[i].run();
	}
	return 0;
}
