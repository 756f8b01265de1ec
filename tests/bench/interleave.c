// SPDX-License-Identifier: MIT
/* interleave.c - time commands by turns, so that a noisy machine is noisy for all of them.
 *
 *   interleave [-b SHELL] ROUNDS NAME COMMAND [NAME COMMAND]...
 *
 * Each COMMAND is split at blanks and executed without a shell, its standard streams on
 * /dev/null; one round runs each once. -b is a shell command run, untimed, before each.
 * A COMMAND whose first word is @FILE runs in the mount namespace that FILE names (a
 * peer that refuses this host's cgroup mounts gets a view without them).
 * Prints one line a NAME: "NAME median-ms min-ms p90-ms failures". A command that fails
 * is counted, its time is not. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMANDS = 16, WORDS = 64, ROUNDS = 10000 };

struct timed {
	const char *name;
	char *argv[WORDS];
	int mnt_ns;	/* -1: ours */
	double *ms;
	int n, failed;
};

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void split(char *text, struct timed *t)
{
	int n = 0;

	t->mnt_ns = -1;
	for (char *w = strtok(text, " "); w && n < WORDS - 1; w = strtok(NULL, " "))
		if (n == 0 && w[0] == '@')
			t->mnt_ns = open(w + 1, O_RDONLY | O_CLOEXEC);
		else
			t->argv[n++] = w;
	t->argv[n] = NULL;
}

static void run_once(struct timed *t, int null)
{
	double start = now_ms();
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		if (t->mnt_ns >= 0 && setns(t->mnt_ns, CLONE_NEWNS) < 0)
			_exit(126);
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		execvp(t->argv[0], t->argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		t->failed++;
	else
		t->ms[t->n++] = now_ms() - start;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	static struct timed list[COMMANDS];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), count = 0, rounds;
	const char *before = NULL;

	if (argc > 2 && strcmp(argv[1], "-b") == 0) {
		before = argv[2];
		argv += 2;
		argc -= 2;
	}
	rounds = argc > 1 ? atoi(argv[1]) : 0;
	if (argc < 4 || rounds < 1 || rounds > ROUNDS) {
		fprintf(stderr, "usage: interleave [-b SHELL] ROUNDS NAME COMMAND [NAME COMMAND]...\n");
		return 2;
	}
	for (int i = 2; i + 1 < argc && count < COMMANDS; i += 2, count++) {
		list[count].name = argv[i];
		list[count].ms = calloc((size_t)rounds, sizeof(double));
		split(argv[i + 1], &list[count]);
	}
	for (int r = 0; r < rounds; r++)
		for (int i = 0; i < count; i++) {
			if (before && system(before) != 0)
				return 1;
			run_once(&list[i], null);
		}
	for (int i = 0; i < count; i++) {
		struct timed *t = &list[i];

		qsort(t->ms, (size_t)t->n, sizeof(double), by_value);
		if (t->n)
			printf("%s %.3f %.3f %.3f %d\n", t->name, t->ms[t->n / 2], t->ms[0],
			       t->ms[t->n * 9 / 10], t->failed);
		else
			printf("%s - - - %d\n", t->name, t->failed);
	}
	return 0;
}
