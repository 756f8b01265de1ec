// SPDX-License-Identifier: MIT
/* device.h - a container's /dev, and which devices it may touch.
 *
 * What an attacker controls: names in the image's /dev, and nodes it makes with
 * CAP_MKNOD. So /dev is always a fresh tmpfs of ours, filled by dirfd, and the
 * device cgroup is an allow-list (Z17, Z21). */
#pragma once

#include <sys/types.h>

#include "core/base/err.h"
#include "core/base/str.h"

enum { DEVICE_PATH_MAX = 256, DEVICE_ANY = -1 };

/* One line of the allow-list. */
struct device_rule {
	char type;		/* 'c', 'b', or 'a': both */
	int64_t major, minor;	/* DEVICE_ANY: all */
	uint8_t access;		/* DEVICE_READ | ... */
};
enum device_access { DEVICE_READ = 1, DEVICE_WRITE = 2, DEVICE_MKNOD = 4 };

/* Docker's default list: mknod of anything; null, zero, full, random, urandom, tty, console,
 * ptmx, pts to use. */
extern const struct device_rule device_default_rules[];
extern const size_t device_default_rules_n;

/* "c 1:3 rwm", "b *:* m", "a *:* rwm": the text of --device-cgroup-rule. 0 or -EINVAL. Pure. */
NODISCARD int device_rule_parse(const char *text, struct device_rule *r, struct err *e);

/* Write it as v1's devices.allow wants it. Returns text. */
const char *device_rule_text(const struct device_rule *r, char text[static 40]);

/* One --device, found on the host. */
struct device_node {
	char path[DEVICE_PATH_MAX];	/* in the container, absolute: "/dev/snd" */
	char host[DEVICE_PATH_MAX];	/* on the host; "": the same */
	char type;		/* 'c' or 'b' */
	unsigned major, minor;
	mode_t mode;		/* permission bits */
	uid_t uid;
	gid_t gid;
	uint8_t access;		/* DEVICE_* */
};

struct device_list {
	struct device_node *v;	/* owned */
	size_t n;
};
#define DEVICE_LIST_INIT	{ 0 }
void device_list_release(struct device_list *l);

/* Look a host path up (links followed: it is the caller's own host).
 *
 * inside  where it goes in the container
 * access  "rwm" or a part of it
 * out     grows by one node, or by all below a directory
 *
 * 0, -ENOENT, or -EINVAL "not a device node". */
NODISCARD int device_find(const char *host, const char *inside, const char *access,
			  struct device_list *out, struct err *e);

/* All devices of the host's /dev, for --privileged (not pts, shm, mqueue). */
NODISCARD int device_find_all(struct device_list *out, struct err *e);

/* Take "HOST[:CONT[:perm]]" apart into the caller's buffers. 0 or -EINVAL. Pure. */
NODISCARD int device_spec_parse(const char *text, char host[static DEVICE_PATH_MAX],
				char inside[static DEVICE_PATH_MAX], char access[static 4],
				struct err *e);

/* Fill a fresh /dev: default nodes, the links fd, stdin, stdout, stderr, ptmx -> pts/ptmx, core
 * (when the host has /proc/kcore), the directories pts, shm, mqueue, then those of `extra`
 * that are below /dev. Before mount_pivot.
 *
 * devfd   root of a tmpfs we just mounted
 * bind    we cannot mknod (user namespace): bind each node of the host instead
 *
 * 0 or -errno. */
NODISCARD int device_populate(int devfd, const struct device_node *extra, size_t n, bool bind,
			      struct err *e);

/* Make those of `extra` that are not below /dev, in the root. Before mount_pivot. */
NODISCARD int device_place(int rootfd, const struct device_node *extra, size_t n, bool bind,
			   struct err *e);
