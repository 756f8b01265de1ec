// SPDX-License-Identifier: MIT
/* Against the cgroups of this machine, whatever they are, and against its v2 tree by itself. */
#include "core/kern/cgroup.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "core/kern/cgroupbpf.h"
#include "core/kern/cgroupfs.h"
#include "core/os/clock.h"
#include "core/os/file.h"
#include "core/os/rand.h"
#include "tests/unit/unit.h"

enum { WARNS = 16, KILL_MS = 60000 };
static char warned[WARNS][WARN_TEXT_MAX];
static int warned_n;

static void hear(void *arg UNUSED, const char *text)
{
	if (warned_n < WARNS)
		snprintf(warned[warned_n++], WARN_TEXT_MAX, "%s", text);
}

static const struct warn heard = { hear, NULL };

static char parent[40], path[64];	/* path is one below parent */

/* The group under test; skips where there is none to be had. */
static struct cgroup open_group(void)
{
	struct cgroup cg;
	struct err e;
	char hex[17];

	snprintf(parent, sizeof(parent), "coracle-test-%s", rand_hex(hex, 8));
	snprintf(path, sizeof(path), "%s/group", parent);
	CHECK_INT(cgroup_open(&cg, path, &e), 0);
	if (geteuid() != 0 || cg.mode == CGROUP_NONE)
		SKIP("no cgroups to write");
	return cg;
}

/* The same, on the v2 tree of a hybrid machine. */
static struct cgroup open_v2(void)
{
	struct cgroup cg = open_group();

	if (cg.root < 0)
		SKIP("no cgroup v2");
	cg.ops = &cgroup2_ops;
	cg.mode = CGROUP_V2;
	return cg;
}

static struct cgroup create(struct cgroup cg, const struct cgroup_limits *l)
{
	struct err e = { 0 };
	int rc = cgroup_create(&cg, l, &heard, &e);

	if (rc < 0)
		printf("# %s\n", e.msg);
	CHECK_INT(rc, 0);
	return cg;
}

static void destroy(struct cgroup *cg)
{
	struct err e = { 0 };
	int rc = cgroup_remove(cg, &e);

	if (rc < 0)
		printf("# %s\n", e.msg);
	CHECK_INT(rc, 0);
	for (size_t i = 0; i < countof(cg->dir); i++)
		if (cg->dir[i] >= 0)
			(void)unlinkat(cg->dir[i], parent, AT_REMOVEDIR);
	if (cg->root >= 0)
		(void)unlinkat(cg->root, parent, AT_REMOVEDIR);
	cgroup_release(cg);
}

/* A child in the group, asleep; its own children would be there too. */
static pid_t sleeper(struct cgroup *cg)
{
	int p[2];
	pid_t pid;
	char c;

	CHECK(!pipe(p));
	pid = fork();
	if (pid == 0) {
		int rc = cgroup_attach(cg, 0, NULL);

		(void)!write(p[1], rc == 0 ? "y" : "n", 1);
		for (;;)
			pause();
	}
	CHECK(read(p[0], &c, 1) == 1 && c == 'y');
	close(p[0]);
	close(p[1]);
	return pid;
}

static void reap(pid_t pid)
{
	int st;

	CHECK_INT(waitpid(pid, &st, 0), pid);
	CHECK(WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL);
}

TEST(a_bad_name_is_refused)
{
	static const char *const bad[] = { "", "/a", "a/", "a/../b", "a//b", "..", "a\nb" };
	struct cgroup cg;

	for (size_t i = 0; i < countof(bad); i++)
		CHECK_INT(cgroup_open(&cg, bad[i], NULL), -EINVAL);
}

static void life(struct cgroup cg0)
{
	struct cgroup_limits l;
	struct cgroup cg;
	struct cgroup_stats s;
	struct err e = { 0 };
	pid_t *pids, a, b;
	size_t n;

	cgroup_limits_init(&l);
	l.all_devices = true;
	cg = create(cg0, &l);
	a = sleeper(&cg);
	b = sleeper(&cg);
	CHECK_INT(cgroup_pids(&cg, &pids, &n, &e), 0);
	CHECK_INT(n, 2);
	CHECK((pids[0] == a && pids[1] == b) || (pids[0] == b && pids[1] == a));
	free(pids);
	CHECK_INT(cgroup_stats(&cg, &s, &e), 0);
	CHECK_INT(cgroup_freeze(&cg, true, &e), 0);
	CHECK_INT(cgroup_freeze(&cg, false, &e), 0);
	CHECK_INT(cgroup_create(&cg0, &l, NULL, &e), -EBUSY);	/* somebody lives there */
	CHECK_INT(cgroup_kill(&cg, KILL_MS, &e), 0);
	reap(a);
	reap(b);
	CHECK_INT(cgroup_pids(&cg, &pids, &n, &e), 0);
	CHECK_INT(n, 0);
	destroy(&cg);
}

TEST(a_group_lives_and_goes) { life(open_group()); }
TEST(a_v2_group_lives_and_goes) { life(open_v2()); }

/* Another process knows the group by its name only. */
static void reopened(struct cgroup cg, const struct cgroup_ops *ops)
{
	struct cgroup_limits l;
	struct cgroup again;
	struct err e = { 0 };
	pid_t pid, *pids;
	size_t n;

	cgroup_limits_init(&l);
	l.all_devices = true;
	cg = create(cg, &l);
	CHECK_INT(cgroup_open(&again, path, &e), 0);
	again.ops = ops;
	pid = sleeper(&again);
	CHECK_INT(cgroup_pids(&again, &pids, &n, &e), 0);
	CHECK_INT(n, 1);
	CHECK_INT(pids[0], pid);
	CHECK_INT(cgroup_freeze(&again, true, &e), 0);
	CHECK_INT(cgroup_kill(&again, KILL_MS, &e), 0);	/* frozen ones die too */
	reap(pid);
	destroy(&again);
	CHECK_INT(cgroup_remove(&cg, &e), 0);
	CHECK_INT(cgroup_attach(&cg, 0, &e), -ENOENT);
}

TEST(a_group_is_found_again) { struct cgroup cg = open_group(); reopened(cg, cg.ops); }
TEST(a_v2_group_is_found_again) { reopened(open_v2(), &cgroup2_ops); }

static bool parent_there(const struct cgroup *cg)
{
	for (size_t i = 0; i < countof(cg->dir); i++) {
		if (cg->dir[i] >= 0 && faccessat(cg->dir[i], parent, F_OK, 0) == 0)
			return true;
	}
	return cg->root >= 0 && faccessat(cg->root, parent, F_OK, 0) == 0;
}

static void with_the_one_above(struct cgroup cg)
{
	struct cgroup_limits l;
	struct cgroup other = CGROUP_INIT;

	cgroup_limits_init(&l);
	CHECK_INT(cgroup_open(&other, path, NULL), 0);
	other.ops = cg.ops;
	other.mode = cg.mode;
	snprintf(other.path, sizeof(other.path), "%s/other", parent);
	cg.above_too = other.above_too = true;
	cg = create(cg, &l);
	other = create(other, &l);
	CHECK_INT(cgroup_remove(&cg, NULL), 0);
	CHECK(parent_there(&cg));	/* not while another is in it */
	CHECK_INT(cgroup_remove(&other, NULL), 0);
	CHECK(!parent_there(&cg));
	cgroup_release(&cg);
	cgroup_release(&other);
}

TEST(the_group_above_goes_with_its_last) { with_the_one_above(open_group()); }
TEST(the_v2_group_above_goes_with_its_last) { with_the_one_above(open_v2()); }

enum { RACERS = 4, RACES = 40 };

static void come_and_go(struct cgroup cg, int who)
{
	struct cgroup_limits l;

	cgroup_limits_init(&l);
	snprintf(cg.path, sizeof(cg.path), "%s/%d", parent, who);
	cg.above_too = true;
	for (int i = 0; i < RACES; i++) {
		cg = create(cg, &l);
		CHECK_INT(cgroup_remove(&cg, NULL), 0);
	}
}

static void race(struct cgroup cg)
{
	int st, bad = 0;

	for (int who = 0; who < RACERS; who++) {
		if (fork() == 0) {
			come_and_go(cg, who);
			_exit(0);
		}
	}
	while (wait(&st) > 0)
		bad |= st;
	CHECK_INT(bad, 0);
	CHECK(!parent_there(&cg));
	cgroup_release(&cg);
}

TEST(a_group_is_made_while_others_take_away_the_one_above) { race(open_group()); }
TEST(a_v2_group_is_made_while_others_take_away_the_one_above) { race(open_v2()); }

TEST(what_a_crash_left_is_taken_over)
{
	struct cgroup_limits l;
	struct cgroup cg, cg2;

	cgroup_limits_init(&l);
	l.all_devices = true;
	l.memory = 64 << 20;
	cg = create(open_group(), &l);
	CHECK_INT(cgroup_open(&cg2, path, NULL), 0);
	l.memory = 0;
	cg2 = create(cg2, &l);
	if (cg2.made & (1u << CGROUP_MEMORY)) {
		struct cgroup_stats s;

		CHECK_INT(cgroup_stats(&cg2, &s, NULL), 0);
		CHECK(s.memory_limit == UINT64_MAX);
	}
	destroy(&cg2);
	cgroup_release(&cg);
}

static void need(const struct cgroup *cg, enum cgroup_controller c)
{
	if (!(cg->controllers & (1u << c)))
		SKIP("that controller is not here");
}

static uint64_t read_number(const struct cgroup *cg, enum cgroup_controller c, const char *file)
{
	uint64_t v = 0;
	int dir = cg->mode == CGROUP_V2 ? cg->root : cg->dir[cg->home[c]];

	CHECK_INT(cgroupfs_read_u64(dir, path, file, &v), 0);
	return v;
}

TEST(c050_limits_reach_the_kernel)
{
	struct cgroup_limits l;
	struct cgroup cg = open_group();
	struct cgroup_stats s;

	if (cg.mode == CGROUP_V2)
		SKIP("v1 file names");
	need(&cg, CGROUP_MEMORY);
	cgroup_limits_init(&l);
	l.all_devices = true;
	l.memory = 32 << 20;
	l.memory_reservation = 16 << 20;
	l.nano_cpus = 500000000;
	l.cpu_shares = 512;
	l.cpuset_cpus = "0";
	l.pids = 17;
	l.blkio_weight = 300;
	cg = create(cg, &l);
	CHECK_INT(read_number(&cg, CGROUP_MEMORY, "memory.limit_in_bytes"), 32 << 20);
	CHECK_INT(read_number(&cg, CGROUP_MEMORY, "memory.soft_limit_in_bytes"), 16 << 20);
	CHECK_INT(read_number(&cg, CGROUP_CPU, "cpu.cfs_quota_us"), 50000);
	CHECK_INT(read_number(&cg, CGROUP_CPU, "cpu.cfs_period_us"), 100000);
	CHECK_INT(read_number(&cg, CGROUP_CPU, "cpu.shares"), 512);
	CHECK_INT(read_number(&cg, CGROUP_CPUSET, "cpuset.cpus"), 0);
	CHECK_INT(read_number(&cg, CGROUP_PIDS, "pids.max"), 17);
	CHECK_INT(cgroup_stats(&cg, &s, NULL), 0);
	CHECK_INT(s.memory_limit, 32 << 20);
	CHECK_INT(s.pids_limit, 17);
	cgroup_limits_init(&l);
	l.memory = 128 << 20;		/* grows past the old memory and swap */
	CHECK_INT(cgroup_update(&cg, &l, NULL, NULL), 0);
	CHECK_INT(read_number(&cg, CGROUP_MEMORY, "memory.limit_in_bytes"), 128 << 20);
	l.memory = 8 << 20;
	CHECK_INT(cgroup_update(&cg, &l, NULL, NULL), 0);
	CHECK_INT(read_number(&cg, CGROUP_MEMORY, "memory.limit_in_bytes"), 8 << 20);
	destroy(&cg);
}

static void is_text(const struct cgroup *cg, const char *file, const char *want)
{
	char text[CGROUPFS_TEXT_MAX];

	CHECK(cgroupfs_read(cg->root, path, file, text) >= 0);
	CHECK_STR(text, want);
}

TEST(c050_limits_reach_a_v2_kernel)
{
	struct cgroup_limits l;
	struct cgroup cg = open_group();
	struct cgroup_stats s;

	if (cg.mode != CGROUP_V2)
		SKIP("v2 file names");
	cgroup_limits_init(&l);
	l.all_devices = true;
	l.memory = 32 << 20;
	l.memory_swap = 48 << 20;
	l.memory_reservation = 16 << 20;
	l.nano_cpus = 500000000;
	l.cpu_shares = 512;
	l.cpuset_cpus = "0";
	l.pids = 17;
	cg = create(cg, &l);
	for (int i = 0; i < warned_n; i++)
		printf("# %s\n", warned[i]);
	need(&cg, CGROUP_MEMORY);
	CHECK_INT(warned_n, 0);
	is_text(&cg, "memory.max", "33554432");
	is_text(&cg, "memory.swap.max", "16777216");
	is_text(&cg, "memory.low", "16777216");
	is_text(&cg, "cpu.max", "50000 100000");
	is_text(&cg, "cpu.weight", "20");
	is_text(&cg, "cpuset.cpus", "0");
	is_text(&cg, "pids.max", "17");
	CHECK_INT(cgroup_stats(&cg, &s, NULL), 0);
	CHECK_INT(s.memory_limit, 32 << 20);
	CHECK_INT(s.pids_limit, 17);
	cgroup_limits_init(&l);
	l.memory = 128 << 20;
	l.memory_swap = -1;
	l.pids = -1;
	CHECK_INT(cgroup_update(&cg, &l, NULL, NULL), 0);
	is_text(&cg, "memory.max", "134217728");
	is_text(&cg, "memory.swap.max", "max");
	is_text(&cg, "pids.max", "max");
	destroy(&cg);
}

TEST(c048_a_limit_that_comes_late_takes_the_processes_along)
{
	struct cgroup_limits l;
	struct cgroup cg = open_group();
	pid_t pid;
	size_t n = 0;
	auto_free pid_t *pids = NULL;

	if (cg.mode == CGROUP_V2)
		SKIP("v1 only");
	need(&cg, CGROUP_CPU);
	cgroup_limits_init(&l);
	l.all_devices = true;
	cg = create(cg, &l);
	pid = sleeper(&cg);
	CHECK(!(cg.made & (1u << CGROUP_CPU)) || cg.home[CGROUP_CPU] == cg.home[CGROUP_CPUACCT]);
	l.nano_cpus = 250000000;
	CHECK_INT(cgroup_update(&cg, &l, NULL, NULL), 0);
	CHECK_INT(read_number(&cg, CGROUP_CPU, "cpu.cfs_quota_us"), 25000);
	CHECK_INT(cgroupfs_pids(cg.dir[cg.home[CGROUP_CPU]], path, &pids, &n), 0);
	CHECK_INT(n, 1);
	CHECK_INT(pids[0], pid);
	CHECK_INT(cgroup_kill(&cg, KILL_MS, NULL), 0);
	reap(pid);
	destroy(&cg);
}

TEST(u15_a_missing_controller_is_a_warning_once)
{
	struct cgroup_limits l;
	struct cgroup cg = open_group();

	if (cg.mode == CGROUP_V2)
		SKIP("v1 only");
	for (int c = 0; c < (int)CGROUP_CONTROLLERS; c++)	/* a kernel with the freezer only */
		if (c != CGROUP_FREEZER)
			cg.controllers &= ~(1u << c);
	need(&cg, CGROUP_FREEZER);
	cgroup_limits_init(&l);
	l.memory = 1 << 30;
	l.nano_cpus = 1;
	l.pids = 5;
	l.cpuset_cpus = "0";
	l.cpu_shares = 7;
	l.devices = device_default_rules;
	l.devices_n = device_default_rules_n;
	cg = create(cg, &l);
	CHECK(!(cg.made & (1u << CGROUP_DEVICES)));	/* so the caller drops MKNOD */
	for (int i = 0; i < warned_n; i++)
		printf("# %s\n", warned[i]);
	CHECK_INT(warned_n, 5);
	CHECK_STR(warned[0], "Your kernel does not support memory limit capabilities or the cgroup is "
		  "not mounted. Limitation discarded.");
	destroy(&cg);
}

TEST(u15_no_cgroup_at_all_runs_without)
{
	struct cgroup cg;
	struct cgroup_limits l;
	struct cgroup_stats s;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		SKIP("may not mount");
	(void)umount2("/sys/fs/cgroup", MNT_DETACH);
	CHECK_INT(cgroup_open(&cg, "coracle-test/x", NULL), 0);
	CHECK_INT(cg.mode, CGROUP_NONE);
	cgroup_limits_init(&l);
	CHECK_INT(cgroup_create(&cg, &l, &heard, NULL), 0);
	CHECK_INT(warned_n, 0);
	l.memory = 1 << 20;
	l.pids = 5;
	CHECK_INT(cgroup_create(&cg, &l, &heard, NULL), 0);
	CHECK_INT(warned_n, 2);
	CHECK_INT(cgroup_attach(&cg, 0, NULL), 0);
	CHECK_INT(cgroup_freeze(&cg, true, NULL), -ENOTSUP);
	CHECK_INT(cgroup_kill(&cg, 10, NULL), -ENOTSUP);
	CHECK_INT(cgroup_stats(&cg, &s, NULL), 0);
	CHECK_INT(cgroup_remove(&cg, NULL), 0);
}

/* --- devices ---------------------------------------------------------------------- */

static int open_code(const char *node, int flags)
{
	int fd = open(node, flags | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? errno : 0;
}

static void devices(struct cgroup cg)
{
	static const struct device_rule extra = { 'c', 1, 4, DEVICE_READ };
	struct device_rule rules[32];
	char dir[] = "/tmp/test_cgroup.XXXXXX";
	struct cgroup_limits l;
	pid_t pid;
	int st;

	memcpy(rules, device_default_rules, device_default_rules_n * sizeof(*rules));
	rules[device_default_rules_n] = extra;
	cgroup_limits_init(&l);
	l.devices = rules;
	l.devices_n = device_default_rules_n + 1;
	cg = create(cg, &l);
	for (int i = 0; i < warned_n; i++)
		printf("# %s\n", warned[i]);
	if (!(cg.made & (1u << CGROUP_DEVICES))) {
		destroy(&cg);
		SKIP("no device control here");
	}
	CHECK(mkdtemp(dir) != NULL);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		CHECK_INT(cgroup_attach(&cg, 0, NULL), 0);
		CHECK(unshare(CLONE_NEWNS) == 0 && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
		      !mount("tmpfs", dir, "tmpfs", 0, NULL) && !chdir(dir));
		CHECK(!mknod("null", S_IFCHR | 0666, makedev(1, 3)));
		CHECK(!mknod("mem", S_IFCHR | 0666, makedev(1, 1)));	/* mknod is allowed ... */
		CHECK(!mknod("vda", S_IFBLK | 0666, makedev(254, 0)));
		CHECK(!mknod("port", S_IFCHR | 0666, makedev(1, 4)));
		CHECK(!mknod("fuse", S_IFCHR | 0666, makedev(10, 237)));
		CHECK_INT(open_code("null", O_RDWR), 0);
		CHECK_INT(open_code("mem", O_RDONLY), EPERM);		/* ... but not to use it */
		CHECK_INT(open_code("vda", O_RDONLY), EPERM);
		CHECK_INT(open_code("fuse", O_RDWR), EPERM);
		CHECK_INT(open_code("port", O_RDWR), EPERM);
		CHECK_INT(open_code("port", O_RDONLY) == EPERM, 0);
		_exit(0);
	}
	CHECK_INT(waitpid(pid, &st, 0), pid);
	(void)rmdir(dir);
	destroy(&cg);
	CHECK_INT(st, 0);
}

TEST(z21_a_device_not_listed_cannot_be_opened) { devices(open_group()); }
TEST(z21_a_device_not_listed_cannot_be_opened_v2) { devices(open_v2()); }

TEST(z21_rules_are_read_strictly)
{
	static const struct {
		const char *text;
		int code;
		const char *back;
	} t[] = {
		{ "c 1:3 rwm", 0, "c 1:3 rwm" }, { "b *:* m", 0, "b *:* m" }, { "a *:* rw", 0, "a *:* rw" },
		{ "c 4:* mr", 0, "c 4:* rm" },
		{ "", EINVAL, NULL }, { "x", EINVAL, NULL }, { "d 1:3 r", EINVAL, NULL },
		{ "c 1:3", EINVAL, NULL }, { "c 1:3 ", EINVAL, NULL }, { "c 1:3 x", EINVAL, NULL },
		{ "c 1:3 rr", EINVAL, NULL }, { "c -1:3 r", EINVAL, NULL }, { "c 1 3 r", EINVAL, NULL },
		{ "c 1:3 r ", EINVAL, NULL }, { "c 99999999999999999999:1 r", EINVAL, NULL },
		{ "c 1:3 r\nb *:* rwm", EINVAL, NULL }, { "c  1:3 r", EINVAL, NULL },
	};
	struct device_rule r;
	char text[40];

	for (size_t i = 0; i < countof(t); i++) {
		CHECK_INT(device_rule_parse(t[i].text, &r, NULL), -t[i].code);
		if (!t[i].code)
			CHECK_STR(device_rule_text(&r, text), t[i].back);
	}
}

/* --- memory ----------------------------------------------------------------------- */

TEST(c050_memory_running_out_is_counted_and_told)
{
	struct cgroup_limits l;
	struct cgroup cg = open_group();
	struct err e = { 0 };
	uint64_t count;
	uint32_t events;
	pid_t pid;
	int st, fd;

	cgroup_limits_init(&l);
	l.all_devices = true;
	l.memory = 8 << 20;
	l.memory_swap = 8 << 20;
	cg = create(cg, &l);
	need(&cg, CGROUP_MEMORY);
	fd = cgroup_oom_fd(&cg, &events, &e);
	printf("# %s\n", e.msg);
	CHECK(fd >= 0);
	CHECK_INT(cgroup_oom_kills(&cg), 0);
	pid = fork();
	if (pid == 0) {
		CHECK_INT(cgroup_attach(&cg, 0, NULL), 0);
		for (;;)
			memset(malloc(1 << 20), 1, 1 << 20);
	}
	CHECK_INT(waitpid(pid, &st, 0), pid);
	CHECK(WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL);
	CHECK_INT(cgroup_oom_kills(&cg), 1);
	if (cg.mode != CGROUP_V2)
		CHECK(read(fd, &count, sizeof(count)) == sizeof(count) && count > 0);
	close(fd);
	destroy(&cg);
}

/* --- pure ------------------------------------------------------------------------- */

TEST(shares_become_weights)
{
	CHECK_INT(cgroup_shares_to_weight(0), 0);
	CHECK_INT(cgroup_shares_to_weight(2), 1);
	CHECK_INT(cgroup_shares_to_weight(1024), 39);
	CHECK_INT(cgroup_shares_to_weight(262144), 10000);
	CHECK_INT(cgroup_shares_to_weight(UINT64_MAX), 10000);
}

TEST(flat_files_are_read)
{
	uint64_t rd, wr;

	CHECK_INT(cgroupfs_value("low 0\noom 3\noom_kill 12\n", "oom_kill"), 12);
	CHECK_INT(cgroupfs_value("low 0\noom 3", "oom"), 3);
	CHECK_INT(cgroupfs_value("", "oom"), 0);
	cgroupfs_io("254:0 rbytes=10 wbytes=20 rios=1\n8:0 rbytes=5 wbytes=0\n", &rd, &wr);
	CHECK_INT(rd, 15);
	CHECK_INT(wr, 20);
	cgroupfs_io("254:0 Read 7\n254:0 Write 9\n254:0 Sync 3\nTotal 16\n", &rd, &wr);
	CHECK_INT(rd, 7);
	CHECK_INT(wr, 9);
}

/* --- what the container sees --------------------------------------------------------- */

TEST(z20_the_container_sees_its_own_group_only_and_may_not_write)
{
	struct cgroup_limits l;
	struct cgroup cg = open_group();
	struct err e = { 0 };
	int st;
	pid_t pid;

	cgroup_limits_init(&l);
	l.all_devices = true;
	cg = create(cg, &l);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		auto_str struct str text = STR_INIT;
		int root = -1, target;

		CHECK_INT(cgroup_attach(&cg, 0, NULL), 0);
		CHECK(unshare(CLONE_NEWCGROUP | CLONE_NEWNS) == 0 &&
		      !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
		      !mount("tmpfs", "/tmp", "tmpfs", 0, NULL) && !mkdir("/tmp/sys", 0755) &&
		      !mkdir("/tmp/sys/fs", 0755) && !mkdir("/tmp/sys/fs/cgroup", 0755));
		root = open("/tmp", O_PATH | O_CLOEXEC);
		target = open("/tmp/sys/fs/cgroup", O_PATH | O_CLOEXEC);
		if (cgroup_mount(&cg, root, target, false, &e) < 0)
			printf("# %s\n", e.msg);
		fflush(stdout);
		CHECK_INT(e.code, 0);
		CHECK_INT(file_read_at(AT_FDCWD, "/proc/self/cgroup", 65536, &text, NULL), 0);
		CHECK(!strstr(text.s, "coracle-test"));
		CHECK(mkdir("/tmp/sys/fs/cgroup/x", 0755) < 0 && errno == EROFS);
		CHECK(mkdir("/tmp/sys/fs/cgroup/memory/x", 0755) < 0);
		CHECK(access("/tmp/sys/fs/cgroup/devices/release_agent", F_OK) < 0);
		CHECK(access("/tmp/sys/fs/cgroup/devices/group", F_OK) < 0);
		CHECK(access("/tmp/sys/fs/cgroup/memory/memory.limit_in_bytes", R_OK) == 0 ||
		      access("/tmp/sys/fs/cgroup/cgroup.procs", R_OK) == 0);
		_exit(0);
	}
	CHECK_INT(waitpid(pid, &st, 0), pid);
	destroy(&cg);
	CHECK_INT(st, 0);
}

UNIT_MAIN
