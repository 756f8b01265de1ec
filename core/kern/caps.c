// SPDX-License-Identifier: MIT
#include "core/kern/caps.h"

#include <linux/capability.h>
#include <stdio.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

enum { CAP_NAME_MAX = 40 };

/* By number, as linux/capability.h counts them. */
static const char *const names[CAPS_LAST + 1] = {
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID",
	"CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW",
	"CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT",
	"CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
	"CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE",
	"CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE",
	"CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ",
	"CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
};

const uint64_t caps_default = CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_DAC_OVERRIDE) |
	CAP_BIT(CAP_FSETID) | CAP_BIT(CAP_FOWNER) | CAP_BIT(CAP_MKNOD) | CAP_BIT(CAP_NET_RAW) |
	CAP_BIT(CAP_SETGID) | CAP_BIT(CAP_SETUID) | CAP_BIT(CAP_SETFCAP) | CAP_BIT(CAP_SETPCAP) |
	CAP_BIT(CAP_NET_BIND_SERVICE) | CAP_BIT(CAP_SYS_CHROOT) | CAP_BIT(CAP_KILL) |
	CAP_BIT(CAP_AUDIT_WRITE);

const char *caps_name(int n)
{
	return n >= 0 && n <= CAPS_LAST ? names[n] : NULL;
}

int caps_number(const char *name)
{
	size_t skip = strncasecmp(name, "CAP_", 4) ? 4 : 0;

	for (int i = 0; i <= CAPS_LAST; i++)
		if (!strcasecmp(name, names[i] + skip))
			return i;
	return -1;
}

uint64_t caps_known(void)
{
	static uint64_t known;

	for (int i = 0; !known && i < 64; i++)
		if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) < 0)
			known = CAP_BIT(i) - 1;
	return known;
}

/* One list as a set; "ALL" is all that the kernel knows. */
static int set_of(const char *const *list, size_t n, const char *what, uint64_t *set, bool *all,
		  struct err *e)
{
	*set = 0;
	*all = false;
	for (size_t i = 0; i < n; i++) {
		char name[CAP_NAME_MAX];
		int number = caps_number(list[i]);

		if (number >= 0) {
			*set |= CAP_BIT(number);
			continue;
		}
		if (!strcasecmp(list[i], "ALL") || !strcasecmp(list[i], "CAP_ALL")) {
			*all = true;
			continue;
		}
		snprintf(name, sizeof(name), "%s%s", strncasecmp(list[i], "CAP_", 4) ? "CAP_" : "",
			 list[i]);
		for (char *p = name; *p; p++)
			if (*p >= 'a' && *p <= 'z')
				*p -= 'a' - 'A';
		return err_set(e, EINVAL, "invalid %s: unknown capability: \"%s\"", what, name);
	}
	return 0;
}

int caps_resolve(const char *const *add, size_t add_n, const char *const *drop, size_t drop_n,
		 bool privileged, uint64_t *set, struct err *e)
{
	uint64_t adds, drops;
	bool add_all, drop_all;
	int rc = set_of(add, add_n, "CapAdd", &adds, &add_all, e);

	if (rc == 0)
		rc = set_of(drop, drop_n, "CapDrop", &drops, &drop_all, e);
	if (rc < 0)
		return rc;
	if (privileged)
		*set = caps_known();
	else if (add_all)
		*set = caps_known() & ~drops;
	else if (drop_all)
		*set = adds;
	else
		*set = (caps_default & ~drops) | adds;
	return 0;
}

int caps_bound(uint64_t keep, struct err *e)
{
	for (int i = 0; i < 64; i++) {
		if (keep & CAP_BIT(i))
			continue;
		if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL)	/* past the last one the kernel knows */
			return 0;
		return err_sys(e, "drop capability %s", i <= CAPS_LAST ? names[i] : "unknown");
	}
	return 0;
}

struct sets {
	struct __user_cap_header_struct head;
	struct __user_cap_data_struct data[2];	/* low and high 32 bits */
};
#define SETS_INIT	{ .head = { .version = _LINUX_CAPABILITY_VERSION_3 } }

int caps_get(uint64_t *effective, uint64_t *permitted, struct err *e)
{
	struct sets s = SETS_INIT;

	if (syscall(SYS_capget, &s.head, s.data) < 0)
		return err_sys(e, "read capabilities");
	*effective = s.data[0].effective | (uint64_t)s.data[1].effective << 32;
	*permitted = s.data[0].permitted | (uint64_t)s.data[1].permitted << 32;
	return 0;
}

/* The kernel cuts the ambient set down to what is inheritable by itself: so it is empty too. */
static int set_raw(uint64_t set)
{
	struct sets s = SETS_INIT;

	s.data[0].effective = s.data[0].permitted = (uint32_t)set;
	s.data[1].effective = s.data[1].permitted = set >> 32;
	return syscall(SYS_capset, &s.head, s.data) < 0 ? -errno : 0;
}

int caps_set(uint64_t set, struct err *e)
{
	uint64_t effective, permitted;
	int rc = set_raw(set);

	if (rc == -EPERM) {	/* more than we have ourselves */
		rc = caps_get(&effective, &permitted, e);
		if (rc < 0)
			return rc;
		rc = set_raw(set & permitted);
	}
	errno = -rc;
	return rc < 0 ? err_sys(e, "set capabilities") : 0;
}
