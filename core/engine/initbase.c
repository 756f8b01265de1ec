// SPDX-License-Identifier: MIT
/* initbase.c - /proc, /dev and /sys of a container.
 *
 * What an attacker controls: the image's names and links. What is mounted here is the kernel's
 * or our own tmpfs, so from then on nothing below is the image's.
 *
 * In a user namespace the kernel lets us make no device node, so the host's own are bound
 * over empty files; a sysfs is mounted only with a network namespace of the same user namespace,
 * and else the host's is bound, read-only, with nothing to be seen of its control groups. */
#include "core/engine/initbase.h"

#include <fcntl.h>
#include <stdio.h>

#include "core/os/root.h"

enum { TTY_GROUP = 5 };	/* whose terminals are, by custom */

struct initbase {
	const struct container_spec *spec;
	const struct cgroup *cgroup;	/* borrowed; NULL: none */
	int root;			/* borrowed */
	int dev;			/* its /dev; the caller's at the end */
};

static int open_dir(const char *path, struct err *e)
{
	int fd = openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_sys(e, "open %s", path) : fd;
}

int initbase_dir(int root, const char *name, struct err *e)
{
	int fd = root_open_how(root, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, ROOT_NO_SYMLINKS,
			       NULL);

	if (fd >= 0)
		return fd;
	if (fd != -ENOENT)
		return err_set(e, -fd, "/%s in the image is not a directory", name);
	return root_mkdirs(root, name, 0755, (uid_t)-1, (gid_t)-1, e);
}

/* A tree of the host's own, where a user namespace may not mount another of its kind. What is
 * mounted in it comes along, for the kernel does not part them there. */
static int base_bind(const char *path, int at, unsigned long flags, struct err *e)
{
	auto_close int source = open_dir(path, e);
	struct mount_opts o;

	if (source < 0)
		return source;
	mount_opts_init(&o);
	o.set = MS_NOSUID | MS_NODEV | MS_NOEXEC | flags;
	o.recursive = true;
	return mount_bind(source, at, &o, NULL, e);
}

static int base_proc(struct initbase *i, struct err *e)
{
	auto_close int at = initbase_dir(i->root, "proc", e);

	if (at < 0)
		return at;
	if (spec_is_mapped(i->spec) && i->spec->ns[SPEC_PID].mode == SPEC_NS_HOST)
		return base_bind("/proc", at, 0, e);
	return mount_fs("proc", "proc", at, MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, e);
}

static int base_shm(struct initbase *i, struct err *e)
{
	const struct container_spec *s = i->spec;
	auto_close int source = -1, target = -1;
	struct mount_opts plain;
	char data[64];

	if (!*s->shm_source) {
		snprintf(data, sizeof(data), "mode=1777,size=%lld", (long long)s->shm_size);
		return mount_fs_at("tmpfs", "shm", i->dev, "shm", MS_NOSUID | MS_NODEV | MS_NOEXEC,
				   data, e);
	}
	target = openat(i->dev, "shm", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (target < 0)
		return err_sys(e, "open /dev/shm");
	mount_opts_init(&plain);
	plain.set = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	if (s->shm_ns >= 0)
		return mount_bind_ns(s->shm_ns, s->shm_source, target, &plain, e);
	source = open_dir(s->shm_source, e);
	return source < 0 ? source : mount_bind(source, target, &plain, NULL, e);
}

static int base_dev(struct initbase *i, struct err *e)
{
	const struct container_spec *s = i->spec;
	auto_close int at = initbase_dir(i->root, "dev", e);
	int rc;

	if (at < 0)
		return at;
	rc = mount_fs("tmpfs", "tmpfs", at, MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k", e);
	if (rc < 0)
		return rc;
	i->dev = root_open(i->root, "dev", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, e);
	if (i->dev < 0)
		return i->dev;
	rc = device_populate(i->dev, s->devices, s->devices_n, spec_is_mapped(s), e);
	if (rc >= 0)
		rc = mount_fs_at("devpts", "devpts", i->dev, "pts", MS_NOSUID | MS_NOEXEC,
			userns_has_gid(&s->userns, TTY_GROUP)
				? "newinstance,ptmxmode=0666,mode=0620,gid=5"
				: "newinstance,ptmxmode=0666,mode=0620",
			e);
	if (rc >= 0)
		rc = base_shm(i, e);
	if (rc < 0)
		return rc;
	rc = mount_fs_at("mqueue", "mqueue", i->dev, "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		NULL, NULL);
	return rc == -ENODEV || rc == -EPERM ? 0 : rc; /* no CONFIG_POSIX_MQUEUE: none */
}

/* The host's /sys as it is, but nobody's groups are to be seen or written (CVE-2023-25809). */
static int sys_bind(struct initbase *i, int at, struct err *e)
{
	auto_close int cg = -1;
	int rc = base_bind("/sys", at, MS_RDONLY, e);

	if (rc < 0)
		return rc;
	cg = root_open(i->root, "sys/fs/cgroup", O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, NULL);
	return cg < 0 ? 0 : mount_fs("tmpfs", "tmpfs", cg,
			MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=0k,nr_inodes=1", e);
}

static int base_sys(struct initbase *i, struct err *e)
{
	unsigned long ro = i->spec->host_writable ? 0 : MS_RDONLY;
	auto_close int at = initbase_dir(i->root, "sys", e), cg = -1;
	int rc;

	if (at < 0)
		return at;
	if (spec_is_mapped(i->spec) && i->spec->ns[SPEC_NET].mode == SPEC_NS_HOST)
		return sys_bind(i, at, e);
	rc = mount_fs("sysfs", "sysfs", at, MS_NOSUID | MS_NODEV | MS_NOEXEC | ro, NULL, e);
	if (rc < 0 || !i->cgroup)
		return rc;
	cg = root_open(i->root, "sys/fs/cgroup", O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, NULL);
	if (cg < 0)
		return 0; /* a kernel without cgroups has no such directory */
	return cgroup_mount(i->cgroup, i->root, cg, i->spec->host_writable, e);
}

int initbase_make(const struct container_spec *spec, const struct cgroup *cgroup, int root,
	bool proc, int *dev, struct err *e)
{
	struct initbase own = { .spec = spec, .cgroup = cgroup, .root = root, .dev = -1 },
			*i = &own;
	int rc = proc ? base_proc(i, e) : 0;

	if (rc >= 0)
		rc = base_dev(i, e);
	*dev = i->dev;
	return rc < 0 ? rc : base_sys(i, e);
}
