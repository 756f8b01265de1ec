// SPDX-License-Identifier: MIT
/* sysctl.c - see sysctl.h.
 *
 * What an attacker controls: key and value, when they come from a compose file. A key
 * is one of a short list, written with dots or with slashes where a name has a dot
 * (net.ipv4.conf.eth0/1.mtu); the value is one line. Past the list the characters are
 * checked too, so that no key can smuggle in another (a second '=', a '+', "..", a newline). */
#include "core/kern/sysctl.h"

#include <sched.h>
#include <stdio.h>

#include "core/kern/mount.h"

/* Keys that belong to a namespace; a '.' at the end means all below it. */
static const struct {
	const char *key;
	uint64_t ns;
	const char *of;
} allowed[] = {
	{ "kernel.msgmax", CLONE_NEWIPC, "ipc" },
	{ "kernel.msgmnb", CLONE_NEWIPC, "ipc" },
	{ "kernel.msgmni", CLONE_NEWIPC, "ipc" },
	{ "kernel.sem", CLONE_NEWIPC, "ipc" },
	{ "kernel.shmall", CLONE_NEWIPC, "ipc" },
	{ "kernel.shmmax", CLONE_NEWIPC, "ipc" },
	{ "kernel.shmmni", CLONE_NEWIPC, "ipc" },
	{ "kernel.shm_rmid_forced", CLONE_NEWIPC, "ipc" },
	{ "fs.mqueue.", CLONE_NEWIPC, "ipc" },
	{ "net.", CLONE_NEWNET, "network" },
};

static bool key_is_plain(const char *key)
{
	size_t len = strlen(key);

	return strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789._/-") == len &&
	       !strstr(key, "..") && !strstr(key, "//") && !strstr(key, "./") &&
	       !strstr(key, "/.") && key[len - 1] != '.' && key[len - 1] != '/';
}

static bool key_matches(const char *key, const char *rule)
{
	size_t len = strlen(rule);

	return rule[len - 1] == '.' ? !strncmp(key, rule, len) && key[len] : !strcmp(key, rule);
}

/* Split KEY=VALUE. 0 or -EINVAL. */
static int split(const char *text, char key[static SYSCTL_KEY_MAX], const char **value)
{
	size_t len = strcspn(text, "=");

	if (!text[len] || len == 0 || len >= SYSCTL_KEY_MAX)
		return -EINVAL;
	memcpy(key, text, len);
	key[len] = 0;
	*value = text + len + 1;
	return 0;
}

int sysctl_check(const char *key_value, uint64_t ns, struct err *e)
{
	char key[SYSCTL_KEY_MAX];
	const char *value;

	if (split(key_value, key, &value) < 0)
		return err_set(e, EINVAL, "sysctl '%.200s' is not whitelisted", key_value);
	for (size_t i = 0; i < countof(allowed); i++) {
		if (!key_matches(key, allowed[i].key) || !key_is_plain(key))
			continue;
		if (!(ns & allowed[i].ns))
			return err_set(e, EINVAL,
				       "sysctl \"%s\" is not allowed in the hosts %s namespace",
				       key, allowed[i].of);
		if (strlen(value) > SYSCTL_VALUE_MAX || strpbrk(value, "\n\r"))
			return err_set(
				e, EINVAL,
				"sysctl '%s': the value must be one line of at most %d bytes", key,
				SYSCTL_VALUE_MAX);
		return 0;
	}
	return err_set(e, EINVAL, "sysctl '%.200s' is not whitelisted", key_value);
}

int sysctl_write(int procfd, const char *key_value, uint64_t ns, struct err *e)
{
	char key[SYSCTL_KEY_MAX], path[SYSCTL_KEY_MAX + 4];
	const char *value;
	int rc = sysctl_check(key_value, ns, e);

	if (rc < 0)
		return rc;
	rc = split(key_value, key, &value);
	if (rc < 0)
		return rc;
	for (char *p = key; *p; p++)
		*p = *p == '.' ? '/' : *p == '/' ? '.' : *p;
	snprintf(path, sizeof(path), "sys/%s", key);
	rc = mount_proc_write(procfd, path, value, e);
	return rc < 0 ? err_wrap(e, "sysctl '%.*s'", (int)strcspn(key_value, "="), key_value) : 0;
}
