// SPDX-License-Identifier: MIT
/* testinit.c - process 1 of the test machine: no shell, no library, one plan.
 *
 * It loads the modules in /mod, opens the console, and then does each line of
 * /plan, split at blanks ('…' keeps blanks together). What a line prints stands between
 * "@@ begin N" and "@@ end N STATUS" on the console. A line is a program with its
 * arguments, or one of these, which a bare kernel has no program for:
 *
 *   .mount TYPE SOURCE TARGET [DATA]   .umount TARGET   .mkdir PATH   .cat PATH   .ls PATH   .clock
 *   .write PATH TEXT    .synced PATH TEXT  (fsync: ends the journal's transaction too)
 *   .unsynced PATH TEXT  (temporary file and rename, but no fsync: the control for power cuts)
 *   .bg COMMAND     .sleep MS     .sync
 *   .procs  (each process that is no kernel thread, in brackets, then how many)
 *   .loop   (say "@@ loop", then do the lines below for ever: the power will be cut)
 *
 * After the last line it says "@@ done" and restarts the machine, which ends qemu. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORDS = 64, PLAN_MAX = 1 << 16 };

static int fail(const char *what)
{
	printf("testinit: %s: %s\n", what, strerror(errno));
	return 1;
}

static int load_module(const char *name)
{
	char path[300];
	int fd, rc;

	snprintf(path, sizeof(path), "/mod/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	rc = (int)syscall(SYS_finit_module, fd, "", 0);
	close(fd);
	return rc < 0 && errno != EEXIST ? -errno : 0;
}

/* One that needs another fails with ENOENT: as many rounds as there are modules settle any order. */
static void load_modules(void)
{
	struct dirent **list;
	int n = scandir("/mod", &list, NULL, alphasort);

	for (int round = 0; round < n; round++) {
		int missing = 0;

		for (int i = 0; i < n; i++)
			if (list[i]->d_name[0] != '.' && load_module(list[i]->d_name) == -ENOENT)
				missing++;
		if (!missing)
			return;
	}
	printf("testinit: some modules do not load\n");
}

/* Words end at blanks; 'two words' is one. */
static int split(char *line, char **argv)
{
	int n = 0;

	while (n < WORDS - 1) {
		char end = ' ';

		line += strspn(line, " ");
		if (!*line)
			break;
		if (*line == '\'') {
			end = '\'';
			line++;
		}
		argv[n++] = line;
		line = strchr(line, end);
		if (!line)
			break;
		*line++ = '\0';
	}
	argv[n] = NULL;
	return n;
}

static pid_t start(char **argv)
{
	pid_t pid = fork();

	if (pid == 0) {
		execv(argv[0], argv);
		fail(argv[0]);
		_exit(127);
	}
	return pid;
}

static int run(char **argv)
{
	pid_t pid = start(argv), got;
	int status = 0;

	/* We are everybody's last parent: other children end in between. */
	while ((got = wait(&status)) != pid)
		if (got < 0 && errno != EINTR)
			return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

enum how { PLAIN, RENAMED, SYNCED };

static int put(const char *path, const char *text, enum how how)
{
	char temp[300];
	int fd;

	snprintf(temp, sizeof(temp), "%s%s", path, how == RENAMED ? ".new" : "");
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, strlen(text)) < 0 || (how == SYNCED && fsync(fd) < 0))
		return fail(temp);
	close(fd);
	if (how == RENAMED && rename(temp, path) < 0)
		return fail(path);
	return 0;
}

static int cat(const char *path)
{
	char buf[4096];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail(path);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		fwrite(buf, 1, (size_t)n, stdout);
	close(fd);
	return 0;
}

static int list(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort);

	if (n < 0)
		return fail(path);
	for (int i = 0; i < n; i++)
		if (names[i]->d_name[0] != '.')
			printf("%s\n", names[i]->d_name);
	return 0;
}

/* Processes with memory of their own: kernel threads have an empty command line. */
static int procs(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	int n = 0;

	if (!d)
		return fail("/proc");
	while ((e = readdir(d))) {
		char path[300], line[256] = "";
		int fd;

		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/cmdline", e->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && read(fd, line, sizeof(line) - 1) > 0) {
			n++;
			fprintf(stderr, "(%s %s)\n", e->d_name, line);
		}
		close(fd);
	}
	closedir(d);
	printf("%d\n", n);
	return 0;
}

static int own(int n, char **w)
{
	const char *verb = w[0] + 1;

	if (strcmp(verb, "mount") == 0 && n > 3)
		return mount(w[2], w[3], w[1], 0, w[4]) < 0 ? fail(w[3]) : 0;
	if (strcmp(verb, "umount") == 0 && n > 1)
		return umount(w[1]) < 0 ? fail(w[1]) : 0;
	if (strcmp(verb, "mkdir") == 0 && n > 1)
		return mkdir(w[1], 0755) < 0 && errno != EEXIST ? fail(w[1]) : 0;
	if (strcmp(verb, "write") == 0 && n > 2)
		return put(w[1], w[2], PLAIN);
	if (strcmp(verb, "unsynced") == 0 && n > 2)
		return put(w[1], w[2], RENAMED);
	if (strcmp(verb, "synced") == 0 && n > 2)
		return put(w[1], w[2], SYNCED);
	if (strcmp(verb, "cat") == 0 && n > 1)
		return cat(w[1]);
	if (strcmp(verb, "ls") == 0 && n > 1)
		return list(w[1]);
	if (strcmp(verb, "clock") == 0)
		return printf("%lld\n", (long long)time(NULL)) < 0;
	if (strcmp(verb, "sleep") == 0 && n > 1)
		return usleep((useconds_t)atoi(w[1]) * 1000);
	if (strcmp(verb, "bg") == 0 && n > 1)
		return start(w + 1) < 0;
	if (strcmp(verb, "procs") == 0)
		return procs();
	if (strcmp(verb, "sync") == 0)
		return sync(), 0;
	printf("testinit: no such verb: %s\n", w[0]);
	return 127;
}

/* Do the lines from `next` on, numbered from `n`; where a .loop stands, come back to it. */
static void do_lines(char *next, int n)
{
	for (char *line; (line = strsep(&next, "\n"));) {
		char *argv[WORDS];
		int words, status;

		if (strcmp(line, ".loop") == 0) {
			char *rest = next;

			printf("\n@@ loop\n");
			while (rest) {
				char *copy = strdup(rest);

				do_lines(copy, n);
				free(copy);
			}
			return;
		}
		words = split(line, argv);
		if (words == 0 || argv[0][0] == '#')
			continue;
		printf("\n@@ begin %d\n", ++n);
		status = argv[0][0] == '.' ? own(words, argv) : run(argv);
		printf("\n@@ end %d %d\n", n, status);
	}
}

static void do_plan(void)
{
	static char plan[PLAN_MAX];
	int fd = open("/plan", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, plan, sizeof(plan) - 1) < 0)
		fail("/plan");
	close(fd);
	do_lines(plan, 0);
}

int main(void)
{
	int fd;

	mkdir("/dev", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	fd = open("/dev/console", O_RDWR);
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
	setvbuf(stdout, NULL, _IONBF, 0);
	load_modules();
	do_plan();
	printf("@@ done\n");
	sync();
	reboot(RB_AUTOBOOT);
	return 0;
}
