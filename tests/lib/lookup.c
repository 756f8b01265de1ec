// SPDX-License-Identifier: MIT
/* lookup.c - what this program's C library finds by getaddrinfo(3).
 *
 *   lookup NAME      its addresses, a line each, sorted; or why there is none */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char found[64][INET6_ADDRSTRLEN];

static int order(const void *a, const void *b)
{
	return strcmp(a, b);
}

int main(int argc, char **argv)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *all;
	size_t n = 0;
	int rc;

	if (argc != 2) {
		fprintf(stderr, "usage: lookup NAME\n");
		return 2;
	}
	rc = getaddrinfo(argv[1], NULL, &hints, &all);
	if (rc) {
		printf("%s\n", gai_strerror(rc));
		return 1;
	}
	for (const struct addrinfo *a = all; a && n < 64; a = a->ai_next)
		getnameinfo(a->ai_addr, a->ai_addrlen, found[n++], sizeof(*found), NULL, 0,
			    NI_NUMERICHOST);
	qsort(found, n, sizeof(*found), order);
	for (size_t i = 0; i < n; i++)
		puts(found[i]);
	return 0;
}
