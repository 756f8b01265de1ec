// SPDX-License-Identifier: MIT
/* udp.c - datagrams for tests.
 *
 *   udp echo ADDRESS PORT        say "up", then send back what comes, for ever
 *   udp ask ADDRESS PORT TEXT    send TEXT until something comes back, and print that
 *
 * ask gives up after 20 s. */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int echo(int fd)
{
	char buf[65536];

	if (write(1, "up\n", 3) != 3)
		return 1;
	for (;;) {
		struct sockaddr_storage from;
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &len);

		if (n >= 0 && sendto(fd, buf, (size_t)n, 0, (struct sockaddr *)&from, len) < 0)
			perror("sendto");
	}
}

static int ask(int fd, const char *text)
{
	const struct timeval wait = { .tv_sec = 1 };
	char buf[65536];

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	for (int i = 0; i < 20; i++) {
		ssize_t n;

		if (send(fd, text, strlen(text), 0) < 0) {
			sleep(1);	/* refused: the error of an earlier try */
			continue;
		}
		n = recv(fd, buf, sizeof(buf) - 1, 0);
		if (n < 0)
			continue;
		printf("%.*s\n", (int)n, buf);
		return 0;
	}
	fprintf(stderr, "udp: no answer\n");
	return 1;
}

int main(int argc, char **argv)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM,
					.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *a;
	int asks = argc == 5 && strcmp(argv[1], "ask") == 0, fd;

	if (!asks && !(argc == 4 && strcmp(argv[1], "echo") == 0)) {
		fprintf(stderr, "usage: udp echo ADDRESS PORT | udp ask ADDRESS PORT TEXT\n");
		return 2;
	}
	if (getaddrinfo(argv[2], argv[3], &hints, &a) != 0) {
		fprintf(stderr, "udp: no such address\n");
		return 2;
	}
	fd = socket(a->ai_family, a->ai_socktype, 0);
	if (fd < 0 || (asks ? connect : bind)(fd, a->ai_addr, a->ai_addrlen) < 0) {
		perror("udp");
		return 1;
	}
	return asks ? ask(fd, argv[4]) : echo(fd);
}
