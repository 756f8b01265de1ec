// SPDX-License-Identifier: MIT
/* fuzz_userdb.c - any bytes as passwd and group, and as the user asked for. */
#include "core/fmt/userdb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct userdb_user u;
	struct strv none = { 0 };
	char *text = malloc(len + 1);
	const char *user = text, *rest;

	if (!text)
		abort();
	memcpy(text, data, len);
	text[len] = 0;
	rest = text + strlen(text);
	rest += rest < text + len;
	if (userdb_resolve(user, rest, rest, &none, &u, NULL) == 0 &&
		(u.groups_n > USERDB_GROUPS_MAX || strlen(u.home) >= sizeof(u.home)))
		abort();
	free(text);
	return 0;
}
