// SPDX-License-Identifier: MIT
/* racer.c - swap two names as fast as the kernel can, until it is told to stop.
 *
 *   racer NAME OTHER [SECONDS]
 *
 * One renameat2(RENAME_EXCHANGE) after the other, so that NAME is by turns what
 * it was and what OTHER was (a directory and a symbolic link out of the root).
 * On SIGTERM, or after SECONDS, it swaps until the first state holds again and
 * prints how many swaps it made: a test that counts 0 has shown nothing. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

int main(int argc, char **argv)
{
	unsigned long n = 0;

	if (argc < 3) {
		fprintf(stderr, "usage: racer NAME OTHER [SECONDS]\n");
		return 2;
	}
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	signal(SIGALRM, on_signal);
	if (argc > 3)
		alarm((unsigned)atoi(argv[3]));
	while (!stop || n % 2) {
		if (syscall(SYS_renameat2, AT_FDCWD, argv[1], AT_FDCWD, argv[2], 2) < 0) {
			if (!stop && (errno == ENOENT || errno == EINTR || errno == EBUSY))
				continue;
			fprintf(stderr, "racer: %s\n", strerror(errno));
			return 1;
		}
		n++;
	}
	printf("%lu\n", n);
	return 0;
}
