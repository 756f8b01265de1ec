// SPDX-License-Identifier: MIT
#include "core/kern/probe.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "core/kern/caps.h"
#include "core/kern/cgroup.h"
#include "core/kern/mount.h"
#include "core/kern/mountapi.h"
#include "core/kern/ns.h"
#include "core/kern/overlay.h"
#include "core/kern/seccomp.h"
#include "core/kern/userns.h"
#include "core/os/rand.h"
#include "core/os/root.h"

static bool say(char note[static PROBE_NOTE_MAX], bool yes, const char *text)
{
	snprintf(note, PROBE_NOTE_MAX, "%.*s", PROBE_NOTE_MAX - 1, text);
	return yes;
}

/* Run fn in a child, for an ordinary user as root of a user namespace, as a container is made;
 * the errno it answers, 0 for success. */
static int in_child(int (*fn)(const void *arg), const void *arg)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return errno;
	if (pid == 0) {
		(void)!userns_own_files(NULL); /* fn will see */
		_exit(fn(arg));
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

/* --- namespaces ---------------------------------------------------------------- */

static int unshare_child(const void *arg)
{
	return unshare(*(const long *)arg) < 0 ? errno : 0;
}

static bool try_namespace(const struct probe *p, const struct probe_env *env UNUSED,
			  char note[static PROBE_NOTE_MAX])
{
	int code = in_child(unshare_child, &p->arg);

	return code == 0 || say(note, false, code == EPERM ? "not permitted here" : "");
}

/* Would somebody without rights get a user namespace? */
static int user_child(const void *arg UNUSED)
{
	const uid_t nobody = 65534;

	if (userns_is_ordinary())
		return geteuid() == 0 ? 0 : EPERM; /* in_child tried */
	if (setresgid(nobody, nobody, nobody) < 0 || setresuid(nobody, nobody, nobody) < 0)
		return 0; /* root of a user namespace without other ids: it was got */
	return -userns_own_files(NULL);
}

static bool try_users(const struct probe *p UNUSED, const struct probe_env *env UNUSED,
		      char note[static PROBE_NOTE_MAX])
{
	char why[USERNS_WHY_MAX];

	return in_child(user_child, NULL) == 0 || say(note, false, userns_why_not(why));
}

static int pivot_child(const void *arg UNUSED)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/proc", "tmpfs", 0, NULL) < 0 || chdir("/proc") < 0)
		return errno;
	return syscall(SYS_pivot_root, ".", ".") < 0 ? errno : 0;
}

static bool try_pivot(const struct probe *p UNUSED, const struct probe_env *env UNUSED,
		      char note[static PROBE_NOTE_MAX])
{
	return in_child(pivot_child, NULL) == 0 || say(note, false, "the root is an initramfs");
}

/* --- cgroups ------------------------------------------------------------------- */

static void count(void *arg, const char *text UNUSED)
{
	++*(int *)arg;
}

/* A group of our own with these limits. True when every one of them holds. */
static bool group_with(const struct cgroup_limits *l, struct cgroup *cg,
		       char note[static PROBE_NOTE_MAX])
{
	int warned = 0;
	struct warn w = { count, &warned };
	char path[48], hex[17];
	struct err e = { 0 };

	snprintf(path, sizeof(path), "coracle/check-%s", rand_hex(hex, 8));
	if (cgroup_open(cg, path, &e) < 0 || cgroup_create(cg, l, &w, &e) < 0)
		return say(note, false, e.msg);
	return warned == 0;
}

static void group_end(struct cgroup *cg)
{
	(void)!cgroup_remove(cg, NULL);
	cgroup_release(cg);
}

static bool try_cgroup(const struct probe *p UNUSED, const struct probe_env *env UNUSED,
		       char note[static PROBE_NOTE_MAX])
{
	static const char *const modes[] = {
		[CGROUP_NONE] = "none is mounted", [CGROUP_V1] = "version 1",
		[CGROUP_HYBRID] = "version 1 beside version 2", [CGROUP_V2] = "version 2",
	};
	struct cgroup_limits l;
	struct cgroup cg = CGROUP_INIT;
	bool yes;

	cgroup_limits_init(&l);
	l.all_devices = true;
	yes = group_with(&l, &cg, note) && cg.mode != CGROUP_NONE && cg.made;
	if (!*note)
		say(note, yes,
		    cg.mode != CGROUP_NONE && !yes ? "may not be written" : modes[cg.mode]);
	group_end(&cg);
	return yes;
}

enum limit {
	LIMIT_MEMORY,
	LIMIT_SWAP,
	LIMIT_CPU,
	LIMIT_SHARES,
	LIMIT_CPUSET,
	LIMIT_PIDS,
	LIMIT_IO
};

static bool try_limit(const struct probe *p, const struct probe_env *env UNUSED,
		      char note[static PROBE_NOTE_MAX])
{
	struct cgroup_limits l;
	struct cgroup cg = CGROUP_INIT;
	bool yes;

	cgroup_limits_init(&l);
	l.all_devices = true;
	switch ((enum limit)p->arg) {
	case LIMIT_MEMORY: l.memory_reservation = 64 << 20; break;
	case LIMIT_SWAP:
		l.memory = 64 << 20;
		l.memory_swap = 64 << 20;
		break;
	case LIMIT_CPU: l.nano_cpus = 500000000; break;
	case LIMIT_SHARES: l.cpu_shares = 512; break;
	case LIMIT_CPUSET: l.cpuset_cpus = "0"; break;
	case LIMIT_PIDS: l.pids = 100; break;
	case LIMIT_IO: l.blkio_weight = 500; break;
	}
	yes = group_with(&l, &cg, note);
	group_end(&cg);
	return yes;
}

static bool try_devices(const struct probe *p UNUSED, const struct probe_env *env UNUSED,
			char note[static PROBE_NOTE_MAX])
{
	struct cgroup_limits l;
	struct cgroup cg = CGROUP_INIT;
	bool yes;

	cgroup_limits_init(&l);
	l.devices = device_default_rules;
	l.devices_n = device_default_rules_n;
	(void)group_with(&l, &cg, note);
	yes = cg.made & (1u << CGROUP_DEVICES);
	group_end(&cg);
	return yes;
}

static bool try_freezer(const struct probe *p UNUSED, const struct probe_env *env UNUSED,
			char note[static PROBE_NOTE_MAX])
{
	struct cgroup_limits l;
	struct cgroup cg = CGROUP_INIT;
	bool yes;

	cgroup_limits_init(&l);
	l.all_devices = true;
	yes = group_with(&l, &cg, note) && cgroup_freeze(&cg, true, NULL) == 0 &&
		cgroup_freeze(&cg, false, NULL) == 0;
	group_end(&cg);
	return yes;
}

/* --- storage ------------------------------------------------------------------- */

struct fs_arg {
	const char *type, *data;
};

static int fs_child(const void *arg)
{
	const struct fs_arg *a = arg;

	if (unshare(CLONE_NEWNS | CLONE_NEWIPC) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return errno;
	return mount(a->type, "/proc", a->type, MS_NOSUID, a->data) < 0 ? errno : 0;
}

static const struct fs_arg file_systems[] = {
	{ "tmpfs", NULL }, { "devpts", "newinstance" }, { "mqueue", NULL },
};

static bool try_fs(const struct probe *p, const struct probe_env *env UNUSED,
		   char note[static PROBE_NOTE_MAX] UNUSED)
{
	return in_child(fs_child, &file_systems[p->arg]) == 0;
}

/* Upper and lower on a tmpfs: whatever ROOT is on does not matter. */
static int overlay_child(const void *arg UNUSED)
{
	enum overlay_support is;
	int fd;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/sys", "tmpfs", 0, NULL) < 0)
		return errno;
	fd = open("/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (overlay_probe(fd, &is, NULL) < 0)
		return EIO;
	return is == OVERLAY_NO_KERNEL ? ENODEV : 0;
}

static bool try_overlay(const struct probe *p UNUSED, const struct probe_env *env UNUSED,
			char note[static PROBE_NOTE_MAX] UNUSED)
{
	return in_child(overlay_child, NULL) == 0;
}

static bool no_root(const struct probe_env *env, char note[static PROBE_NOTE_MAX])
{
	return env->root_fd < 0 && !say(note, false, "the data directory cannot be written");
}

static bool try_upper(const struct probe *p UNUSED, const struct probe_env *env,
		      char note[static PROBE_NOTE_MAX])
{
	enum overlay_support is;
	struct err e;

	if (no_root(env, note))
		return false;
	if (overlay_probe(env->root_fd, &is, &e) < 0)
		return say(note, false, e.msg);
	return is == OVERLAY_YES;
}

/* A scratch file without a name in ROOT; -1 and a note when there is none. */
static int scratch(const struct probe_env *env, char note[static PROBE_NOTE_MAX])
{
	int fd;

	if (no_root(env, note))
		return -1;
	fd = openat(env->root_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		say(note, false, "the file system there has no unnamed files");
	return fd;
}

static bool try_xattr(const struct probe *p UNUSED, const struct probe_env *env,
		      char note[static PROBE_NOTE_MAX])
{
	auto_close int fd = scratch(env, note);

	return fd >= 0 && fsetxattr(fd, userns_is_ordinary() ? "user.coracle" : "trusted.coracle",
				    "1", 1, 0) == 0;
}

static bool try_reflink(const struct probe *p UNUSED, const struct probe_env *env,
			char note[static PROBE_NOTE_MAX])
{
	auto_close int from = scratch(env, note), to = scratch(env, note);

	return from >= 0 && to >= 0 && write(from, "x", 1) == 1 && ioctl(to, FICLONE, from) == 0;
}

/* --- security ------------------------------------------------------------------ */

static bool try_root(const struct probe *p UNUSED, const struct probe_env *env UNUSED,
		     char note[static PROBE_NOTE_MAX])
{
	uint64_t effective, permitted, missing;
	size_t n = 0;

	if (userns_is_ordinary() && in_child(user_child, NULL) == 0)
		return say(note, true, "over the user's own, in a user namespace");
	if (caps_get(&effective, &permitted, NULL) < 0)
		return false;
	missing = caps_known() & ~effective;
	for (int i = 0; i <= CAPS_LAST; i++)
		if (missing & CAP_BIT(i) && n < PROBE_NOTE_MAX - 32)
			n += snprintf(note + n, PROBE_NOTE_MAX - n, "%s%s", n ? ", " : "without ",
				      caps_name(i));
	return effective & CAP_BIT(21 /* CAP_SYS_ADMIN */);
}

static bool try_seccomp(const struct probe *p UNUSED, const struct probe_env *env UNUSED,
			char note[static PROBE_NOTE_MAX] UNUSED)
{
	return seccomp_supported();
}

static bool try_keys(const struct probe *p UNUSED, const struct probe_env *env UNUSED,
		     char note[static PROBE_NOTE_MAX] UNUSED)
{
	return syscall(SYS_keyctl, 0 /* GET_KEYRING_ID */, -3 /* session */, 0) >= 0 ||
	       errno != ENOSYS;
}

static bool try_memfd(const struct probe *p UNUSED, const struct probe_env *env UNUSED,
		      char note[static PROBE_NOTE_MAX] UNUSED)
{
	auto_close int fd = memfd_create("check", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	return fd >= 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0;
}

/* --- calls --------------------------------------------------------------------- */

/* With arguments that cannot succeed: any answer but these two means that it is there. */
static bool try_call(const struct probe *p, const struct probe_env *env UNUSED,
		     char note[static PROBE_NOTE_MAX])
{
	if (syscall(p->arg, -1L, 0L, 0L, 0L, 0L) >= 0 || (errno != ENOSYS && errno != EPERM))
		return true;
	return say(note, false, errno == EPERM ? "not permitted here" : "");
}

/* setns took a pidfd in 5.8: older ones say EINVAL for what is no namespace file. */
static int setns_child(const void *arg UNUSED)
{
	auto_close int fd = syscall(SYS_pidfd_open, getpid(), 0);

	if (userns_is_ordinary() && unshare(CLONE_NEWUTS) < 0)
		return errno;
	return fd < 0 || setns(fd, CLONE_NEWUTS) < 0 ? errno : 0;
}

static bool try_setns(const struct probe *p UNUSED, const struct probe_env *env UNUSED,
		      char note[static PROBE_NOTE_MAX] UNUSED)
{
	return in_child(setns_child, NULL) == 0;
}

static bool try_openat2(const struct probe *p UNUSED, const struct probe_env *env UNUSED,
			char note[static PROBE_NOTE_MAX] UNUSED)
{
	return root_has_openat2();
}

/* --- network ------------------------------------------------------------------- */

struct link_request {
	struct nlmsghdr head;
	struct ifinfomsg info;
	struct nlattr linkinfo;
	struct nlattr kind;
	char name[16];
};

/* Ask for a link of a kind without saying more: a kind that is not there is EOPNOTSUPP. */
static int link_child(const void *arg)
{
	const char *kind = arg;
	struct link_request r = {
		.head = { .nlmsg_type = RTM_NEWLINK,
			  .nlmsg_len = sizeof(r),
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK },
		.linkinfo = { .nla_type = IFLA_LINKINFO,
			      .nla_len = sizeof(r.linkinfo) + sizeof(r.kind) + sizeof(r.name) },
		.kind = { .nla_type = IFLA_INFO_KIND,
			  .nla_len = sizeof(r.kind) + strlen(kind) + 1 },
	};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr err;
		char rest[512];
	} answer;
	int fd;

	snprintf(r.name, sizeof(r.name), "%s", kind);
	if (unshare(CLONE_NEWNET) < 0)
		return errno;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0 || send(fd, &r, sizeof(r), 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		return errno;
	return answer.head.nlmsg_type == NLMSG_ERROR ? -answer.err.error : 0;
}

static const char *const link_kinds[] = { "veth", "bridge", "vxlan" };

static bool try_link(const struct probe *p, const struct probe_env *env UNUSED,
		     char note[static PROBE_NOTE_MAX])
{
	int code = in_child(link_child, link_kinds[p->arg]);

	if (code == EPERM)
		say(note, false, "not permitted here");
	return code != EOPNOTSUPP && code != EPERM && code != ENOSYS && code != EAFNOSUPPORT;
}

/* nf_tables' generation number: a subsystem that is not there is EINVAL. */
static int nft_child(const void *arg UNUSED)
{
	enum { NFT_MSG_GETGEN = 16 };
	struct {
		struct nlmsghdr head;
		struct nfgenmsg gen;
	} r = {
		.head = { .nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN,
			  .nlmsg_len = sizeof(r), .nlmsg_flags = NLM_F_REQUEST },
	};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr err;
		char rest[512];
	} answer;
	int fd;

	if (unshare(CLONE_NEWNET) < 0)
		return errno;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (fd < 0 || send(fd, &r, sizeof(r), 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		return errno;
	return answer.head.nlmsg_type == NLMSG_ERROR ? -answer.err.error : 0;
}

static bool try_nft(const struct probe *p UNUSED, const struct probe_env *env UNUSED,
		    char note[static PROBE_NOTE_MAX] UNUSED)
{
	return in_child(nft_child, NULL) == 0;
}

/* --- the list ------------------------------------------------------------------ */

#define NOT_NEEDED	false
#define NEEDED		true
#define WITHOUT_LIMIT	"run goes on without the limit and says so"

const struct probe probe_table[] = {
	{ PROBE_NAMESPACES, NEEDED, "mount namespace", "CONFIG_NAMESPACES", NULL, try_namespace,
	  CLONE_NEWNS },
	{ PROBE_NAMESPACES, NEEDED, "pid namespace", "CONFIG_PID_NS", NULL, try_namespace,
	  CLONE_NEWPID },
	{ PROBE_NAMESPACES, NEEDED, "uts namespace", "CONFIG_UTS_NS", NULL, try_namespace,
	  CLONE_NEWUTS },
	{ PROBE_NAMESPACES, NEEDED, "ipc namespace", "CONFIG_IPC_NS", NULL, try_namespace,
	  CLONE_NEWIPC },
	{ PROBE_NAMESPACES, NEEDED, "network namespace", "CONFIG_NET_NS", NULL, try_namespace,
	  CLONE_NEWNET },
	{ PROBE_NAMESPACES, NOT_NEEDED, "cgroup namespace", "CONFIG_CGROUPS",
	  "containers see where their group is", try_namespace, CLONE_NEWCGROUP },
	{ PROBE_NAMESPACES, NOT_NEEDED, "user namespace", "CONFIG_USER_NS", NULL, try_namespace,
	  CLONE_NEWUSER },
	{ PROBE_NAMESPACES, NOT_NEEDED, "user namespaces for ordinary users", "", NULL, try_users,
	  0 },
	{ PROBE_NAMESPACES, NOT_NEEDED, "pivot_root", "", "the new root is moved over the old one",
	  try_pivot, 0 },

	{ PROBE_CGROUPS, NOT_NEEDED, "hierarchy", "CONFIG_CGROUPS", "run goes on without any limit",
	  try_cgroup, 0 },
	{ PROBE_CGROUPS, NOT_NEEDED, "memory", "CONFIG_MEMCG", WITHOUT_LIMIT, try_limit,
	  LIMIT_MEMORY },
	{ PROBE_CGROUPS, NOT_NEEDED, "swap", "CONFIG_SWAP", "memory is limited without swap",
	  try_limit, LIMIT_SWAP },
	{ PROBE_CGROUPS, NOT_NEEDED, "cpu quota", "CONFIG_CFS_BANDWIDTH", WITHOUT_LIMIT, try_limit,
	  LIMIT_CPU },
	{ PROBE_CGROUPS, NOT_NEEDED, "cpu shares", "CONFIG_FAIR_GROUP_SCHED", WITHOUT_LIMIT,
	  try_limit, LIMIT_SHARES },
	{ PROBE_CGROUPS, NOT_NEEDED, "cpuset", "CONFIG_CPUSETS", WITHOUT_LIMIT, try_limit,
	  LIMIT_CPUSET },
	{ PROBE_CGROUPS, NOT_NEEDED, "pids", "CONFIG_CGROUP_PIDS", WITHOUT_LIMIT, try_limit,
	  LIMIT_PIDS },
	{ PROBE_CGROUPS, NOT_NEEDED, "block io weight", "CONFIG_BFQ_GROUP_IOSCHED", WITHOUT_LIMIT,
	  try_limit, LIMIT_IO },
	{ PROBE_CGROUPS, NOT_NEEDED, "devices", "CONFIG_CGROUP_DEVICE, CONFIG_CGROUP_BPF",
	  "containers may not make device nodes", try_devices, 0 },
	{ PROBE_CGROUPS, NOT_NEEDED, "freezer", "CONFIG_CGROUP_FREEZER", NULL, try_freezer, 0 },

	{ PROBE_STORAGE, NOT_NEEDED, "overlay", "CONFIG_OVERLAY_FS",
	  "each container gets a copy of its "
	  "image",
	  try_overlay, 0 },
	{ PROBE_STORAGE, NOT_NEEDED, "overlay on the data directory", "",
	  "each container gets a copy "
	  "of its image",
	  try_upper, 0 },
	{ PROBE_STORAGE, NOT_NEEDED, "trusted attributes", "", "overlay cannot be used there",
	  try_xattr, 0 },
	{ PROBE_STORAGE, NOT_NEEDED, "reflinks", "", "copies take their full space", try_reflink,
	  0 },
	{ PROBE_STORAGE, NEEDED, "tmpfs", "CONFIG_TMPFS", NULL, try_fs, 0 },
	{ PROBE_STORAGE, NEEDED, "devpts", "CONFIG_UNIX98_PTYS", NULL, try_fs, 1 },
	{ PROBE_STORAGE, NOT_NEEDED, "mqueue", "CONFIG_POSIX_MQUEUE", "/dev/mqueue stays empty",
	  try_fs, 2 },

	{ PROBE_SECURITY, NEEDED, "rights of root", "", NULL, try_root, 0 },
	{ PROBE_SECURITY, NOT_NEEDED, "seccomp filter", "CONFIG_SECCOMP_FILTER",
	  "system calls are not filtered, and run says so", try_seccomp, 0 },
	{ PROBE_SECURITY, NOT_NEEDED, "keyrings", "CONFIG_KEYS", "there are none to share",
	  try_keys, 0 },
	{ PROBE_SECURITY, NEEDED, "sealed memory files", "CONFIG_MEMFD_CREATE", NULL, try_memfd,
	  0 },

	{ PROBE_CALLS, NOT_NEEDED, "openat2", "Linux 5.6", "paths are walked step by step",
	  try_openat2, 0 },
	{ PROBE_CALLS, NOT_NEEDED, "clone3", "Linux 5.3", "clone", try_call, SYS_clone3 },
	{ PROBE_CALLS, NOT_NEEDED, "pidfd_open", "Linux 5.3",
	  "process numbers and their start time", try_call, SYS_pidfd_open },
	{ PROBE_CALLS, NOT_NEEDED, "setns by pidfd", "Linux 5.8", "one namespace after the other",
	  try_setns, 0 },
	{ PROBE_CALLS, NOT_NEEDED, "open_tree", "Linux 5.2", "mount, and a look at what it did",
	  try_call, SYS_open_tree },
	{ PROBE_CALLS, NOT_NEEDED, "mount_setattr", "Linux 5.12", "each mount below is remounted",
	  try_call, SYS_mount_setattr },
	{ PROBE_CALLS, NOT_NEEDED, "close_range", "Linux 5.9", "descriptors are closed one by one",
	  try_call, SYS_close_range },

	{ PROBE_NETWORK, NOT_NEEDED, "veth", "CONFIG_VETH", NULL, try_link, 0 },
	{ PROBE_NETWORK, NOT_NEEDED, "bridge", "CONFIG_BRIDGE", NULL, try_link, 1 },
	{ PROBE_NETWORK, NOT_NEEDED, "vxlan", "CONFIG_VXLAN", NULL, try_link, 2 },
	{ PROBE_NETWORK, NOT_NEEDED, "nf_tables", "CONFIG_NF_TABLES", NULL, try_nft, 0 },
};
const size_t probe_table_n = countof(probe_table);

const char *probe_group_title(enum probe_group g)
{
	static const char *const titles[] = {
		[PROBE_NAMESPACES] = "Namespaces", [PROBE_CGROUPS] = "Control groups",
		[PROBE_STORAGE] = "Storage", [PROBE_SECURITY] = "Security",
		[PROBE_CALLS] = "System calls", [PROBE_NETWORK] = "Network",
	};

	return titles[g];
}

void probe_run(const struct probe *p, const struct probe_env *env, struct probe_result *r)
{
	r->note[0] = 0;
	r->state = p->try(p, env, r->note) ? PROBE_YES
		: p->fallback		   ? PROBE_FALLBACK
					   : PROBE_MISSING;
}
