// SPDX-License-Identifier: MIT
/* probedo.c - things to do inside a container, so that an image needs no other program.
 *
 *   exit N          end with status N           kill N       end by signal N
 *   hold            never end                   cat FILE     its contents
 *   lines BYTES W   that much output, a newline every W bytes (none when W is over 65,536)
 *   tree DIR        everything below DIR with its metadata and a sum of its contents
 *   watch SECONDS   try to write the programs of other processes, now and after they ended
 *   spy SECONDS     try what ptrace rights give: root, cwd, fds and memory of new processes
 *                   (both end with their sums on SIGTERM, too)
 *   eat MB          that much memory, touched, then "ate"
 *   forks N         that many sleeping children, then how many there are
 * and outside one, around a COMMAND:
 *   fds N COMMAND   with N descriptors open on / that survive exec
 *   key NAME COMMAND   with a key NAME in a new session keyring */
#define _GNU_SOURCE
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 4096, HELD_MAX = 512 };

static int do_cat(const char *path)
{
	char buf[LINE];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0)
		(void)!write(1, buf, (size_t)n);
	if (fd >= 0)
		close(fd);
	return fd < 0;
}

static int do_lines(long long left, size_t width)
{
	static char buf[1 << 16];
	size_t part = width > sizeof(buf) ? sizeof(buf) : sizeof(buf) / width * width;

	for (size_t i = 0; i < sizeof(buf); i++)
		buf[i] = i % width == width - 1 ? '\n' : (char)('a' + i % 26);
	while (left > 0) {
		ssize_t n = write(1, buf, left < (long long)part ? (size_t)left : part);

		if (n <= 0)
			return 1;
		left -= n;
	}
	return 0;
}

static uint64_t sum_file(const char *path)
{
	uint64_t h = 0xcbf29ce484222325u;
	unsigned char buf[LINE];
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t n;

	while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n; i++)
			h = (h ^ buf[i]) * 0x100000001b3u;
	if (fd >= 0)
		close(fd);
	return h;
}

static void print_name(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s > ' ' && (unsigned char)*s < 127 && *s != '\\')
			putchar(*s);
		else
			printf("\\%03o", (unsigned char)*s);
}

/* What the engine puts into every root, and the kernel's own trees, are not the image's. */
static bool is_ours(const char *path)
{
	static const char *const skip[] = { "/proc", "/sys", "/dev", "/.dockerenv", "/etc/hosts", "/etc/hostname",
					    "/etc/resolv.conf", "/etc/mtab", "/etc", "/probe" };

	for (size_t i = 0; i < sizeof(skip) / sizeof(*skip); i++)
		if (strcmp(path, skip[i]) == 0)
			return true;
	return false;
}

static int tree_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	char link[LINE] = "";

	(void)type;
	(void)ftw;
	while (path[0] == '/' && path[1] == '/')
		path++;
	if (is_ours(path) || strcmp(path, "/") == 0)
		return strcmp(path, "/") == 0 || strcmp(path, "/etc") == 0 ? FTW_CONTINUE : FTW_SKIP_SUBTREE;
	printf("tree %06o %u:%u", st->st_mode, st->st_uid, st->st_gid);
	if (!S_ISDIR(st->st_mode))	/* a directory no entry names is as old as its unpacking */
		printf(" time %lld", (long long)st->st_mtim.tv_sec);
	if (S_ISREG(st->st_mode))
		printf(" size %lld links %u sum %016llx", (long long)st->st_size, (unsigned)st->st_nlink,
		       (unsigned long long)sum_file(path));
	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
		printf(" device %u:%u", major(st->st_rdev), minor(st->st_rdev));
	putchar(' ');
	print_name(path);
	if (S_ISLNK(st->st_mode) && readlink(path, link, sizeof(link) - 1) >= 0) {
		printf(" -> ");
		print_name(link);
	}
	putchar('\n');
	return FTW_CONTINUE;
}

/* Programs seen, held by O_PATH so that they can be opened again once nobody runs them. */
static struct held {
	int fd;
	ino_t ino;
	dev_t dev;
	char link[200];
} held[HELD_MAX];
static int n_held;

static void hold_program(const char *pid)
{
	char path[300];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || n_held == HELD_MAX) {
		close(fd);
		return;
	}
	for (int i = 0; i < n_held; i++)
		if (held[i].ino == st.st_ino && held[i].dev == st.st_dev) {
			close(fd);
			return;
		}
	held[n_held] = (struct held){ .fd = fd, .ino = st.st_ino, .dev = st.st_dev };
	(void)!readlink(path, held[n_held++].link, sizeof(held[0].link) - 1);
}

/* Open what is held for writing. A program of the image's own may be; a sealed one may be opened, not written. */
static void try_held(unsigned *opened, unsigned *sealed)
{
	struct stat root;

	if (stat("/", &root) < 0)
		return;
	for (int i = 0; i < n_held; i++) {
		char path[64];
		int fd, seals;

		if (held[i].fd < 0 || held[i].dev == root.st_dev)
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", held[i].fd);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		seals = fcntl(fd, F_GET_SEALS);
		if (seals >= 0 && (seals & F_SEAL_WRITE)) {
			++*sealed;
		} else {
			++*opened;
			printf("watch opened %s\n", held[i].link);
		}
		close(fd);
		close(held[i].fd);
		held[i].fd = -1;
	}
}

static int each_pid(void (*fn)(const char *pid))
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d)))
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && atoi(e->d_name) != getpid()) {
			fn(e->d_name);
			n++;
		}
	if (d)
		closedir(d);
	return n;
}

static volatile sig_atomic_t told;

static void on_term(int sig)
{
	(void)sig;
	told = 1;
}

static int do_watch(int seconds)
{
	unsigned opened = 0, sealed = 0;
	unsigned long looks = 0, seen = 0;
	time_t end = time(NULL) + seconds;

	signal(SIGTERM, on_term);
	while (!told && time(NULL) < end) {
		seen += (unsigned long)each_pid(hold_program);
		try_held(&opened, &sealed);
		looks++;
	}
	printf("watch looks %lu seen %lu programs %d sealed %u opened %u\n", looks, seen, n_held, sealed, opened);
	return 0;
}

static unsigned spied, outside;
static dev_t own_devs[64];
static int n_own_devs;

/* A descriptor or directory of another process, by way of /proc: must be on a device that we see, too. */
static void look_at(const char *pid, const char *what)
{
	char path[400], link[LINE] = "";
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, what);
	if (readlink(path, link, sizeof(link) - 1) <= 0 || stat(path, &st) < 0 ||
	    (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) && !S_ISBLK(st.st_mode)))
		return;
	spied++;
	for (int i = 0; i < n_own_devs; i++)
		if (own_devs[i] == st.st_dev)
			return;
	if (strncmp(link, "/memfd:", 7) == 0)
		return;
	outside++;
	printf("spy outside %s %s dev %u:%u.\n", what, link, major(st.st_dev), minor(st.st_dev));
}

static void spy_on(const char *pid)
{
	char path[300];
	DIR *d;
	struct dirent *e;

	look_at(pid, "root");
	look_at(pid, "cwd");
	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		char what[270];

		snprintf(what, sizeof(what), "fd/%s", e->d_name);
		if (e->d_name[0] != '.')
			look_at(pid, what);
	}
	if (d)
		closedir(d);
}

static void learn_devs(void)
{
	char line[LINE], at[LINE];
	struct stat st;
	FILE *f = fopen("/proc/self/mountinfo", "re");

	while (f && fgets(line, sizeof(line), f) && n_own_devs < 64)
		if (sscanf(line, "%*d %*d %*s %*s %s", at) == 1 && stat(at, &st) == 0)
			own_devs[n_own_devs++] = st.st_dev;
	if (f)
		fclose(f);
}

static int do_spy(int seconds)
{
	unsigned long looks = 0;
	time_t end = time(NULL) + seconds;

	signal(SIGTERM, on_term);
	learn_devs();
	while (!told && time(NULL) < end) {
		each_pid(spy_on);
		looks++;
	}
	printf("spy looks %lu saw %u outside %u\n", looks, spied, outside);
	return 0;
}

static int do_eat(size_t mb)
{
	char *p = mmap(NULL, mb << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return 1;
	for (size_t i = 0; i < mb << 20; i += 4096)
		p[i] = 1;
	printf("ate\n");
	return 0;
}

static int do_forks(int n)
{
	int made = 0;

	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			pause();
			_exit(0);
		}
		made += pid > 0;
	}
	printf("forks %d\n", made);
	fflush(stdout);
	kill(0, SIGKILL);
	return 0;
}

static int do_fds(int n, char **command)
{
	for (int i = 0; i < n; i++)
		if (open("/", O_RDONLY | O_DIRECTORY) < 0)
			return 1;
	execvp(command[0], command);
	return 127;
}

static int do_key(const char *name, char **command)
{
	enum { JOIN_SESSION = 1, SESSION = -3 };

	if (syscall(SYS_keyctl, JOIN_SESSION, NULL, 0, 0, 0) < 0 ||
	    syscall(SYS_add_key, "user", name, "v", 1, SESSION) < 0) {
		perror("key");
		return 1;
	}
	execvp(command[0], command);
	return 127;
}

int probe_do(int argc, char **argv)
{
	const char *verb = argv[0], *arg = argc > 1 ? argv[1] : "";

	if (strcmp(verb, "exit") == 0)
		return atoi(arg);
	if (strcmp(verb, "hold") == 0)
		while (true)
			pause();
	if (strcmp(verb, "kill") == 0)
		return raise(atoi(arg)) + 1;
	if (strcmp(verb, "cat") == 0)
		return do_cat(arg);
	if (strcmp(verb, "lines") == 0 && argc > 2)
		return do_lines(atoll(arg), (size_t)atoi(argv[2]));
	if (strcmp(verb, "tree") == 0)
		return nftw(arg, tree_entry, 64, FTW_PHYS | FTW_ACTIONRETVAL) < 0;
	if (strcmp(verb, "watch") == 0)
		return do_watch(atoi(arg));
	if (strcmp(verb, "spy") == 0)
		return do_spy(atoi(arg));
	if (strcmp(verb, "eat") == 0)
		return do_eat((size_t)atoi(arg));
	if (strcmp(verb, "forks") == 0)
		return do_forks(atoi(arg));
	if (strcmp(verb, "fds") == 0 && argc > 2)
		return do_fds(atoi(arg), argv + 2);
	if (strcmp(verb, "key") == 0 && argc > 2)
		return do_key(arg, argv + 2);
	fprintf(stderr, "probe: unknown verb %s\n", verb);
	return 2;
}
