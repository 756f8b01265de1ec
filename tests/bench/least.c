// SPDX-License-Identifier: MIT
/* least.c - the least a program can do to run another one in a container.
 *
 *   least [-g] [-n BRIDGE] LOWER SCRATCH PROGRAM [ARG]...
 *
 * The yardstick of `make bench`: what the kernel itself charges for the namespaces
 * and mounts of an ordinary container, with every decision taken beforehand and every
 * check left out. Exactly this, in this order:
 *
 *   1. mkdir SCRATCH/PID, upper, work, merged
 *   2. clone with new mount, pid, uts, ipc, net and cgroup namespaces
 *   3. child: all mounts private; overlay of LOWER (a colon list of ready directories),
 *      upper and work on merged; proc; sysfs read-only; a tmpfs on dev with the six device
 *      nodes and five links; devpts; mqueue; a tmpfs on dev/shm; host name; pivot_root;
 *      the old root detached; exec
 *   4. parent: wait; remove upper, work, merged and SCRATCH/PID
 *
 * With -g also: one cgroup in each mounted v1 hierarchy (or one in v2), joined by the
 * child before exec, removed at the end.
 *
 * With -n also, over rtnetlink: a veth, one end on BRIDGE and up, the other made in the new
 * namespace as eth0 in one message; there, in one batch, lo and eth0 up, 172.31.0.2/16 and a
 * default route by 172.31.0.1. Step 4 does not wait for the links to go.
 *
 * Left out, and done by a real engine: image lookup, configuration, record, log,
 * monitor, masked and read-only paths, capabilities, seccomp, user, rlimits, /etc files. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUST(call) ((call) < 0 ? (perror(#call), _exit(125)) : (void)0)

enum { GROUPS_MAX_HERE = 16 };

static int linked[2] = { -1, -1 };	/* a byte when eth0 is there */
static char cgroups[GROUPS_MAX_HERE][300];
static int n_cgroups;

/* Once, before the clock of anything that matters: where the hierarchies are. */
static void find_cgroups(void)
{
	char line[1024], at[256], type[32];
	FILE *f = fopen("/proc/self/mounts", "re");

	while (f && fgets(line, sizeof(line), f) && n_cgroups < GROUPS_MAX_HERE)
		if (sscanf(line, "%*s %255s %31s", at, type) == 2 && strncmp(type, "cgroup", 6) == 0)
			snprintf(cgroups[n_cgroups++], sizeof(cgroups[0]), "%s/least-%d", at, (int)getpid());
	if (f)
		fclose(f);
}

static void put(const char *dir, const char *name, const char *text)
{
	char path[400];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		(void)!write(fd, text, strlen(text));
		close(fd);
	}
}

static void make_cgroups(void)
{
	for (int i = 0; i < n_cgroups; i++) {
		MUST(mkdir(cgroups[i], 0755));
		if (strstr(cgroups[i], "/cpuset/")) {	/* an empty set takes no process */
			put(cgroups[i], "cpuset.cpus", "0");
			put(cgroups[i], "cpuset.mems", "0");
		}
	}
}

static void fill_dev(void)
{
	static const struct { const char *path; unsigned min, maj; } nodes[] = {
		{ "dev/null", 3, 1 },	{ "dev/zero", 5, 1 },	 { "dev/full", 7, 1 },
		{ "dev/random", 8, 1 }, { "dev/urandom", 9, 1 }, { "dev/tty", 0, 5 },
	};

	for (size_t i = 0; i < sizeof(nodes) / sizeof(*nodes); i++)
		MUST(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].maj, nodes[i].min)));
	MUST(symlink("/proc/self/fd", "dev/fd"));
	MUST(symlink("/proc/self/fd/0", "dev/stdin"));
	MUST(symlink("/proc/self/fd/1", "dev/stdout"));
	MUST(symlink("/proc/self/fd/2", "dev/stderr"));
	MUST(symlink("pts/ptmx", "dev/ptmx"));
	MUST(mkdir("dev/pts", 0755));
	MUST(mkdir("dev/mqueue", 0755));
	MUST(mkdir("dev/shm", 01777));
}

/* A batch of rtnetlink messages; the last one is acknowledged, and stands for all. */
static struct {
	char b[2048];
	size_t n, head;
} nl;

static void nl_put(int type, const void *data, size_t len)
{
	struct rtattr a = { (unsigned short)(RTA_LENGTH(len)), (unsigned short)type };

	memcpy(nl.b + nl.n, &a, sizeof(a));
	if (len)
		memcpy(nl.b + nl.n + sizeof(a), data, len);
	nl.n += RTA_ALIGN(a.rta_len);
}

static void nl_end(size_t at)	/* of an attribute with others in it */
{
	unsigned short len = (unsigned short)(nl.n - at);

	memcpy(nl.b + at, &len, sizeof(len));
}

static void nl_message(int type, int flags, const void *head, size_t len)
{
	struct nlmsghdr h = {
		.nlmsg_type = (unsigned short)type,
		.nlmsg_flags = (unsigned short)(NLM_F_REQUEST | flags),
	};

	nl.head = nl.n;
	memcpy(nl.b + nl.n, &h, sizeof(h));
	memcpy(nl.b + nl.n + sizeof(h), head, len);
	nl.n += NLMSG_ALIGN(sizeof(h) + len);
}

static void nl_done(void)
{
	unsigned len = (unsigned)(nl.n - nl.head);

	memcpy(nl.b + nl.head, &len, sizeof(len));
}

static void nl_send(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct { struct nlmsghdr h; struct nlmsgerr e; } answer;

	MUST(fd);
	MUST(send(fd, nl.b, nl.n, 0));
	MUST(recv(fd, &answer, sizeof(answer), MSG_TRUNC));
	if (answer.h.nlmsg_type != NLMSG_ERROR || answer.e.error) {
		fprintf(stderr, "rtnetlink: %s\n", strerror(-answer.e.error));
		_exit(125);
	}
	close(fd);
	nl.n = 0;
}

/* The host's half, by the parent. */
static void veth_add(const char *bridge, pid_t pid)
{
	struct ifinfomsg up = { .ifi_flags = IFF_UP, .ifi_change = IFF_UP }, plain = { 0 };
	unsigned master = if_nametoindex(bridge), ns = (unsigned)pid;
	size_t info, data, peer;
	char name[IFNAMSIZ];

	snprintf(name, sizeof(name), "least%d", (int)pid);
	nl_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, &up, sizeof(up));
	nl_put(IFLA_IFNAME, name, strlen(name) + 1);
	nl_put(IFLA_MASTER, &master, sizeof(master));
	info = nl.n;
	nl_put(IFLA_LINKINFO, NULL, 0);
	nl_put(IFLA_INFO_KIND, "veth", 5);
	data = nl.n;
	nl_put(IFLA_INFO_DATA, NULL, 0);
	peer = nl.n;
	nl_put(VETH_INFO_PEER, &plain, sizeof(plain));
	nl_put(IFLA_IFNAME, "eth0", 5);
	nl_put(IFLA_NET_NS_PID, &ns, sizeof(ns));
	nl_end(peer);
	nl_end(data);
	nl_end(info);
	nl_done();
	nl_send();
}

/* The half inside, by the child. */
static void address_add(void)
{
	static const unsigned char own[] = { 172, 31, 0, 2 }, gateway[] = { 172, 31, 0, 1 };
	int eth = (int)if_nametoindex("eth0");
	struct ifinfomsg links[] = { { .ifi_index = 1, .ifi_flags = IFF_UP, .ifi_change = IFF_UP },
				     { .ifi_index = eth, .ifi_flags = IFF_UP, .ifi_change = IFF_UP } };
	struct ifaddrmsg a = { .ifa_family = AF_INET, .ifa_prefixlen = 16, .ifa_index = (unsigned)eth };
	struct rtmsg r = { .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_BOOT,
			   .rtm_type = RTN_UNICAST };

	for (int i = 0; i < 2; i++) {
		nl_message(RTM_NEWLINK, 0, &links[i], sizeof(links[i]));
		nl_done();
	}
	nl_message(RTM_NEWADDR, NLM_F_CREATE, &a, sizeof(a));
	nl_put(IFA_LOCAL, own, sizeof(own));
	nl_put(IFA_ADDRESS, own, sizeof(own));
	nl_done();
	nl_message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_ACK, &r, sizeof(r));
	nl_put(RTA_GATEWAY, gateway, sizeof(gateway));
	nl_put(RTA_OIF, &eth, sizeof(eth));
	nl_done();
	nl_send();
}

static void child(const char *lower, char **argv)
{
	const unsigned long plain = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	char opts[4096];

	for (int i = 0; i < n_cgroups; i++)
		put(cgroups[i], "cgroup.procs", "0");
	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	snprintf(opts, sizeof(opts), "lowerdir=%s,upperdir=upper,workdir=work", lower);
	MUST(mount("overlay", "merged", "overlay", 0, opts));
	MUST(chdir("merged"));
	MUST(mount("proc", "proc", "proc", plain, NULL));
	MUST(mount("sysfs", "sys", "sysfs", plain | MS_RDONLY, NULL));
	MUST(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"));
	fill_dev();
	MUST(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"));
	MUST(mount("mqueue", "dev/mqueue", "mqueue", plain, NULL));
	MUST(mount("shm", "dev/shm", "tmpfs", plain, "mode=1777,size=65536k"));
	MUST(sethostname("least", 5));
	if (linked[0] >= 0) {
		char byte;

		close(linked[1]);
		if (read(linked[0], &byte, 1) == 1)	/* the end of the file: the parent failed */
			address_add();
		close(linked[0]);
	}
	MUST(syscall(SYS_pivot_root, ".", "."));
	MUST(umount2(".", MNT_DETACH));
	MUST(chdir("/"));
	execv(argv[0], argv);
	_exit(127);
}

static void remove_all(const char *scratch, const char *name)
{
	(void)!rmdir("merged");
	(void)!rmdir("upper/dev");
	(void)!rmdir("upper");
	(void)!rmdir("work/work");
	(void)!rmdir("work");
	(void)!chdir(scratch);
	if (rmdir(name) < 0)
		perror("rmdir");
	for (int i = 0; i < n_cgroups; i++)
		rmdir(cgroups[i]);
}

int main(int argc, char **argv)
{
	const int flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP;
	bool groups = argc > 1 && strcmp(argv[1], "-g") == 0;
	const char *bridge = NULL;
	char name[32];
	int status;
	pid_t pid;

	argv += groups;
	argc -= groups;
	if (argc > 2 && strcmp(argv[1], "-n") == 0) {
		bridge = argv[2];
		argv += 2;
		argc -= 2;
		MUST(pipe2(linked, O_CLOEXEC));
	}
	if (argc < 4) {
		fprintf(stderr, "usage: least [-g] [-n BRIDGE] LOWER SCRATCH PROGRAM [ARG]...\n");
		return 2;
	}
	if (groups) {
		find_cgroups();
		make_cgroups();
	}
	snprintf(name, sizeof(name), "%d", (int)getpid());
	MUST(chdir(argv[2]));
	MUST(mkdir(name, 0700));
	MUST(chdir(name));
	MUST(mkdir("upper", 0755));
	MUST(mkdir("work", 0755));
	MUST(mkdir("merged", 0755));
	pid = (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
	MUST(pid);
	if (pid == 0)
		child(argv[1], argv + 3);
	if (bridge) {
		veth_add(bridge, pid);
		(void)!write(linked[1], "", 1);
		close(linked[1]);
	}
	MUST(waitpid(pid, &status, 0));
	remove_all(argv[2], name);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
