// SPDX-License-Identifier: MIT
/* info.c - one look at containers, images, kernel and file system.
 *
 * Nothing here is believed to be what it says but for show: /etc/os-release and the host's name
 * are texts of the host's, escaped where they are printed. */
#include "core/engine/info.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#include "core/engine/list.h"
#include "core/fmt/digest.h"
#include "core/kern/cgroup.h"
#include "core/kern/process.h"
#include "core/kern/userns.h"
#include "core/os/clock.h"
#include "core/os/file.h"
#include "core/store/image.h"

enum { OS_RELEASE_MAX = 64 << 10, ID_GROUPS = 12, ID_GROUP = 4 };

static int count_containers(struct engine *g, json_t *o, struct err *e)
{
	const struct list_query q = { .all = true };
	struct container_state *list;
	int n = engine_list(g, &q, &list, e), running = 0, paused = 0;

	for (int i = 0; i < n; i++) {
		running += list[i].status == CONTAINER_RUNNING;
		paused += list[i].status == CONTAINER_PAUSED;
	}
	if (n < 0)
		return n;
	json_put_int(o, "Containers", n);
	json_put_int(o, "ContainersRunning", running);
	json_put_int(o, "ContainersPaused", paused);
	json_put_int(o, "ContainersStopped", n - running - paused);
	return 0;
}

/* One engine, one id: of its root and of the machine. */
static void put_id(const struct store *s, json_t *o)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	char machine[64] = "", id[ID_GROUPS * (ID_GROUP + 1)], *at = id, hex[DIGEST_TEXT + 1];
	auto_str struct str text = STR_INIT;
	struct digest d;

	(void)!file_read_small(AT_FDCWD, "/etc/machine-id", machine, sizeof(machine));
	str_addf(&text, "%s %s", machine, s->root);
	digest_of(&d, text.s, text.len);
	digest_text(&d, hex);
	for (int i = 0; i < ID_GROUPS * ID_GROUP; i++) {
		const char *c = hex + 7 + i;

		*at++ = letters[(*c * 7 + c[1]) & 31];
		if (i % ID_GROUP == ID_GROUP - 1)
			*at++ = ':';
	}
	at[-1] = 0;
	json_put_text(o, "ID", id);
}

static const char *fs_name(long type)
{
	static const struct {
		long magic;
		const char *name;
	} names[] = {
		{ EXT4_SUPER_MAGIC, "extfs" }, { TMPFS_MAGIC, "tmpfs" },
		{ OVERLAYFS_SUPER_MAGIC, "overlayfs" }, { BTRFS_SUPER_MAGIC, "btrfs" },
		{ 0x58465342, "xfs" }, { F2FS_SUPER_MAGIC, "f2fs" }, { RAMFS_MAGIC, "ramfs" },
		{ SQUASHFS_MAGIC, "squashfs" }, { 0x2fc12fc1, "zfs" }, { 0x24051905, "ubifs" },
	};

	for (size_t i = 0; i < countof(names); i++) {
		if (names[i].magic == type)
			return names[i].name;
	}
	return "<unknown>";
}

static void put_driver(const struct store *s, json_t *o)
{
	struct statfs fs = { .f_type = 0 };

	(void)!fstatfs(s->root_fd, &fs);
	json_put_text(o, "Driver", "overlay2");
	json_put(o, "DriverStatus",
		json_pack("[[s,s],[s,s],[s,s],[s,s]]", "Backing Filesystem",
			fs_name((long)fs.f_type), "Supports d_type", "true", "Native Overlay Diff",
			"true", "userxattr", userns_is_ordinary() ? "true" : "false"));
	json_put(o, "Plugins",
		json_pack("{s:[s],s:[s,s],s:n,s:[s,s]}", "Volume", "local", "Network", "host",
			"null", "Authorization", "Log", "json-file", "none"));
}

static void put_limits(json_t *o)
{
	static const struct {
		const char *key;
		uint32_t needs;
	} rows[] = {
		{ "MemoryLimit", 1u << CGROUP_MEMORY }, { "SwapLimit", 1u << CGROUP_MEMORY },
		{ "KernelMemory", 0 }, { "KernelMemoryTCP", 0 },
		{ "CpuCfsPeriod", 1u << CGROUP_CPU }, { "CpuCfsQuota", 1u << CGROUP_CPU },
		{ "CPUShares", 1u << CGROUP_CPU }, { "CPUSet", 1u << CGROUP_CPUSET },
		{ "PidsLimit", 1u << CGROUP_PIDS },
	};
	auto_cgroup struct cgroup cg = CGROUP_INIT;
	bool two = cgroup_open(&cg, "coracle", NULL) == 0 && cg.mode == CGROUP_V2;

	for (size_t i = 0; i < countof(rows); i++)
		json_put_bool(o, rows[i].key,
			rows[i].needs && (two || cg.controllers & rows[i].needs));
	json_put_bool(o, "OomKillDisable", !two && cg.controllers & 1u << CGROUP_MEMORY);
	json_put_text(o, "CgroupDriver", cg.mode == CGROUP_NONE ? "none" : "cgroupfs");
	json_put_text(o, "CgroupVersion", two ? "2" : "1");
}

/* The value of KEY="VALUE" in /etc/os-release. */
static void put_release(json_t *o, const char *as, const char *text, const char *key,
	const char *otherwise)
{
	size_t len = strlen(key), n;
	const char *at = text;

	while (*at && (strncmp(at, key, len) != 0 || at[len] != '=')) {
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	if (!*at) {
		json_put_text(o, as, otherwise);
		return;
	}
	at += len + 1;
	at += *at == '"';
	n = strcspn(at, "\"\n");
	json_put(o, as, json_stringn(at, n));
}

static void put_system(json_t *o)
{
	auto_str struct str release = STR_INIT;
	struct ps_machine m;
	struct utsname u;
	cpu_set_t set;

	if (uname(&u) < 0)
		return;
	process_machine(&m);
	if (file_read_at(AT_FDCWD, "/etc/os-release", OS_RELEASE_MAX, &release, NULL) < 0)
		str_reset(&release);
	json_put_text(o, "KernelVersion", u.release);
	put_release(o, "OperatingSystem", release.s, "PRETTY_NAME", "Linux");
	put_release(o, "OSVersion", release.s, "VERSION_ID", "");
	json_put_text(o, "OSType", "linux");
	json_put_text(o, "Architecture", u.machine);
	json_put_text(o, "IndexServerAddress", "https://index.docker.io/v1/");
	json_put(o, "RegistryConfig",
		json_pack("{s:[s],s:[]}", "InsecureRegistryCIDRs", "127.0.0.0/8", "Mirrors"));
	json_put_int(o, "NCPU",
		sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1);
	json_put_int(o, "MemTotal", (int64_t)m.memory_kb * 1024);
	json_put(o, "GenericResources", json_null());
}

static void put_rest(struct engine *g, const char *version, json_t *o)
{
	struct utsname u = { .nodename = "" };

	(void)!uname(&u);
	json_put_text(o, "DockerRootDir", g->store->root);
	json_put_text(o, "HttpProxy", "");
	json_put_text(o, "HttpsProxy", "");
	json_put_text(o, "NoProxy", "");
	json_put_text(o, "Name", u.nodename);
	json_put(o, "Labels", json_array());
	json_put_bool(o, "ExperimentalBuild", false);
	json_put_text(o, "ServerVersion", version);
	json_put(o, "Runtimes", json_pack("{s:{s:s}}", "runc", "path", "coracle"));
	json_put_text(o, "DefaultRuntime", "runc");
	json_put(o, "Swarm",
		json_pack("{s:s,s:s,s:s,s:b,s:s,s:n}", "NodeID", "", "NodeAddr", "",
			"LocalNodeState", "inactive", "ControlAvailable", 0, "Error", "",
			"RemoteManagers"));
	json_put_bool(o, "LiveRestoreEnabled",
		      true); /* nothing but its monitor keeps a container */
	json_put_text(o, "Isolation", "");
	json_put_text(o, "InitBinary", "coracle");
	json_put(o, "SecurityOptions",
		 userns_is_ordinary()
			 ? json_pack("[s, s]", "name=seccomp,profile=default", "name=rootless")
			 : json_pack("[s]", "name=seccomp,profile=default"));
	json_put(o, "Warnings", json_null());
}

json_t *engine_info(struct engine *g, const char *version, struct err *e)
{
	char now[CLOCK_TEXT_MAX];
	struct image_info *images;
	json_t *o = json_object();
	size_t n;

	put_id(g->store, o);
	if (count_containers(g, o, e) < 0 || image_list(g->store, &images, &n, g->mem, e) < 0) {
		json_decref(o);
		return NULL;
	}
	json_put_int(o, "Images", (int64_t)n);
	put_driver(g->store, o);
	put_limits(o);
	json_put_bool(o, "Debug", false);
	json_put_text(o, "SystemTime", clock_format9(clock_real_ns(), now));
	json_put_text(o, "LoggingDriver", "json-file");
	put_system(o);
	put_rest(g, version, o);
	return o;
}
