// SPDX-License-Identifier: MIT
/* init.c - from the clone to the container's program.
 *
 *   host's view                                        who may interfere
 *   1 tie     die with the monitor; join the cgroup    nobody: alone in its namespaces
 *   2 detach  every mount private, old peers cut off   nobody
 *   3 root    overlay on the stage directory           the image (names, links, kinds)
 *   4 base    /proc /dev /sys and what is in them      the image
 *   5 tune    sysctls, oom score, through a procfs     the image
 *             that nothing can be mounted over
 *   6 mounts  -v, --mount, --tmpfs, hosts …            the image, and other containers that
 *             each onto a descriptor                   share a volume, while we work
 *   7 masks   /proc and /sys paths hidden              as 6
 *   8 user    who, home, working directory             as 6
 *   container's view
 *   9 pivot   the old root is gone, mounts and all     as 6
 *  10 streams pipes, or a terminal of its own devpts
 *  11 shed    keyring, limits, ids, capabilities,
 *             seccomp, no_new_privs
 *  12 exec    the stub, from a sealed memfd, which executes the program
 *
 * What an attacker controls: everything in the image, what other containers do to shared
 * volumes, and the texts of user and working directory in the image. So: a path inside the
 * root is opened by root.h only and from then on is a descriptor; what is written to
 * procfs goes through a procfs of our own (5, before any mount of the user's); no
 * descriptor but 0, 1, 2 and the report survives (12). Until the exec no process of the
 * container runs in these namespaces, so nobody can see or trace this one; where the pid
 * namespace is shared, the caller runs from a sealed memfd (stub.h).
 *
 * Failure at any stage is one struct err in the pipe; the mounts go with the namespace. */
#include "core/engine/init.h"

#include "core/engine/initbase.h"
#include "core/engine/initmount.h"
#include "core/engine/stub.h"
#include "core/fmt/userdb.h"
#include "core/kern/caps.h"
#include "core/kern/ns.h"
#include "core/kern/overlay.h"
#include "core/kern/sysctl.h"
#include "core/os/proc.h"
#include "core/os/root.h"
#include "core/os/sock.h"
#include "core/os/tty.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Between stages. One per process; ends with it. */
struct init {
	const struct container_spec *spec;
	const struct init_link *link;
	const struct init_target *target; /* exec; else NULL */
	int root; /* O_PATH of the container's root */
	int dev; /* its /dev, our own tmpfs */
	int cwd; /* O_PATH of the working directory */
	struct userdb_user user;
};

static const int ns_flag_of[SPEC_NS_KINDS] = {
	[SPEC_PID] = CLONE_NEWPID,
	[SPEC_NET] = CLONE_NEWNET,
	[SPEC_IPC] = CLONE_NEWIPC,
	[SPEC_UTS] = CLONE_NEWUTS,
	[SPEC_CGROUP] = CLONE_NEWCGROUP,
};

static bool ns_is_new(const struct container_spec *s, enum spec_ns_kind k)
{
	return s->ns[k].mode == SPEC_NS_NEW;
}

static uint64_t ns_private(const struct container_spec *s)
{
	uint64_t flags = 0;

	for (int k = 0; k < SPEC_NS_KINDS; k++) {
		if (s->ns[k].mode != SPEC_NS_HOST)
			flags |= (uint64_t)ns_flag_of[k];
	}
	return flags;
}

/* --- 1 tie ------------------------------------------------------------------- */

/* The pid namespace is entered by the monitor: it counts for children only. */
static int join_namespaces(const struct container_spec *s, struct err *e)
{
	for (int k = 0; k < SPEC_NS_KINDS; k++) {
		int rc;

		if (s->ns[k].mode != SPEC_NS_JOIN || k == SPEC_PID)
			continue;
		rc = ns_enter(s->ns[k].fd, (uint64_t)ns_flag_of[k], e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* A program begins with every signal let through and none ignored, whatever the monitor and
 * the caller (nohup, a shell's trap) had set: ignoring is inherited across exec. The kernel is
 * asked itself: libc keeps 32, 33 and 34 for its threads, and gives them to nobody. */
static void signals_reset(void)
{
	static const unsigned long dfl[8]; /* its struct sigaction: handler, flags, mask … */
	static const unsigned long none[_NSIG / 8 / sizeof(long)];

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, none, NULL, sizeof(none));
	for (int n = 1; n < _NSIG; n++)
		syscall(SYS_rt_sigaction, n, dfl, NULL, sizeof(none));
}

static int tie(struct init *i, struct err *e)
{
	const struct container_spec *s = i->spec;
	int rc;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_sys(e, "prctl PR_SET_PDEATHSIG");
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_sys(e, "prctl PR_SET_DUMPABLE");
	signals_reset();
	umask(0022);
	if (setsid() < 0)
		return err_sys(e, "setsid");
	rc = spec_is_mapped(s) && !s->userns_join ? userns_become(&s->userns, e) : 0;
	if (rc >= 0)
		rc = join_namespaces(s, e);
	if (rc >= 0 && i->link->cgroup && !i->link->in_cgroup)
		rc = cgroup_attach(i->link->cgroup, 0, e);
	if (rc >= 0 && ns_is_new(s, SPEC_CGROUP) && unshare(CLONE_NEWCGROUP) < 0 && errno != EINVAL)
		return err_sys(e, "unshare the cgroup namespace"); /* EINVAL: a kernel without */
	return rc;
}

/* --- 3 root ------------------------------------------------------------------ */

static int open_dir(const char *path, struct err *e)
{
	int fd = openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_sys(e, "open %s", path) : fd;
}

static int root_bind(struct init *i, int stage, struct err *e)
{
	auto_close int source = open_dir(i->spec->plain, e);
	struct mount_opts plain;
	int rc;

	if (source < 0)
		return source;
	mount_opts_init(&plain);
	rc = mount_bind(source, stage, &plain, NULL, e);
	return rc < 0 ? rc : open_dir(i->spec->stage, e);
}

static int root_overlay(struct init *i, struct err *e)
{
	const struct container_spec *s = i->spec;
	int lower[OVERLAY_LAYERS_MAX], root;
	struct overlay o = { .lower = lower,
			     .lower_n = s->layers.n,
			     .upper = -1,
			     .work = -1,
			     .userxattr = spec_is_mapped(s) };

	if (s->layers.n > OVERLAY_LAYERS_MAX)
		return err_set(e, E2BIG, "image has %zu layers, the kernel takes %d", s->layers.n,
			OVERLAY_LAYERS_MAX);
	for (size_t k = 0; k < s->layers.n; k++) {
		lower[k] = open_dir(s->layers.v[k], e);
		if (lower[k] < 0)
			return lower[k];
	}
	if (*s->upper) {
		o.upper = open_dir(s->upper, e);
		o.work = o.upper < 0 ? o.upper : open_dir(s->work, e);
		if (o.work < 0)
			return o.work;
	}
	root = overlay_mount(&o, AT_FDCWD, s->stage, e);
	for (size_t k = 0; k < s->layers.n; k++)
		close(lower[k]);
	if (o.upper >= 0) {
		close(o.upper);
		close(o.work);
	}
	return root;
}

static int root_make(struct init *i, struct err *e)
{
	int stage;

	if (!*i->spec->plain) {
		i->root = root_overlay(i, e);
		return i->root;
	}
	stage = open_dir(i->spec->stage, e);
	if (stage < 0)
		return stage;
	i->root = root_bind(i, stage, e);
	close(stage);
	return i->root;
}

/* --- 4 base: initbase.c ------------------------------------------------------------- */

static bool joins_pids(const struct init *i)
{
	return i->spec->ns[SPEC_PID].mode == SPEC_NS_JOIN;
}

/* A procfs shows the pid namespace of who mounts it: see init_beside. */
static int base(struct init *i, struct err *e)
{
	return initbase_make(i->spec, i->link->cgroup, i->root, !joins_pids(i), &i->dev, e);
}

/* --- 5 tune ------------------------------------------------------------------ */

static int loopback_up(struct err *e)
{
	struct ifreq r = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	auto_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return 0; /* a kernel without CONFIG_INET has no loopback to bring up */
	return ioctl(fd, SIOCSIFFLAGS, &r) < 0 ? err_sys(e, "bring up lo") : 0;
}

/* "self" is a link, and none is followed there. The file is root's while we are not dumpable. */
static int oom_score(int proc, const char *score, struct err *e)
{
	char path[48], self[16];
	ssize_t n = readlinkat(proc, "self", self, sizeof(self));
	int rc;

	if (n < 0)
		return err_sys(e, "read /proc/self");
	snprintf(path, sizeof(path), "%.*s/oom_score_adj", (int)n, self);
	(void)prctl(PR_SET_DUMPABLE, 1);
	rc = mount_proc_write(proc, path, score, e);
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_sys(e, "prctl PR_SET_DUMPABLE");
	if (rc != -EACCES && rc != -EPERM)
		return rc;
	return err_set(e, -rc, "oom score %s: lowering it needs CAP_SYS_RESOURCE", score);
}

static int tune(struct init *i, struct err *e)
{
	const struct container_spec *s = i->spec;
	auto_close int proc = -1;
	int rc = 0;

	if (ns_is_new(s, SPEC_NET))
		rc = loopback_up(e);
	if (rc >= 0 && ns_is_new(s, SPEC_UTS) && *s->hostname)
		rc = limits_hostname(s->hostname, s->domainname, e);
	if (rc < 0 || (!s->sysctls.n && !*s->oom_score_adj))
		return rc;
	proc = mount_proc_private(e);
	if (proc < 0)
		return proc;
	if (*s->oom_score_adj) {
		rc = oom_score(proc, s->oom_score_adj, e);
	}
	for (size_t k = 0; rc >= 0 && k < s->sysctls.n; k++)
		rc = sysctl_write(proc, s->sysctls.v[k], ns_private(s), e);
	return rc;
}

/* --- 6 mounts: initmount.c ----------------------------------------------------------- */

static int mounts(struct init *i, struct err *e)
{
	return initmount_all(i->spec, i->root, e);
}

/* --- 7 masks ----------------------------------------------------------------- */

static int masks(struct init *i, struct err *e)
{
	auto_close int null = -1;
	struct mount_masks m = { .rootfd = i->root,
				 .masked = mount_masked_paths,
				 .readonly = mount_readonly_paths };

	if (!i->spec->mask || i->dev < 0)
		return 0;
	null = openat(i->dev, "null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (null < 0)
		return err_sys(e, "open /dev/null");
	m.nullfd = null;
	return mount_mask(&m, e);
}

/* --- 8 user ------------------------------------------------------------------ */

static int userdb_read(int root, const char *path, struct str *out, struct err *e)
{
	int rc = root_read(root, path, USERDB_BYTES_MAX, out, e);

	return rc == -ENOENT || rc == -ENOTDIR ? 0 : rc; /* none: numbers still work */
}

static int user_is_there(const struct container_spec *s, const struct userdb_user *u, struct err *e)
{
	if (userns_has_uid(&s->userns, u->uid) && userns_has_gid(&s->userns, u->gid))
		return 0;
	return err_set(e, EINVAL,
		       "user %u:%u cannot be here: root is the only one that the container of an "
		       "ordinary user has", u->uid, u->gid);
}

static int user(struct init *i, struct err *e)
{
	const struct container_spec *s = i->spec;
	auto_str struct str passwd = STR_INIT, group = STR_INIT;
	int rc = userdb_read(i->root, "etc/passwd", &passwd, e);

	if (rc >= 0)
		rc = userdb_read(i->root, "etc/group", &group, e);
	if (rc >= 0)
		rc = userdb_resolve(s->user, passwd.s, group.s, &s->groups, &i->user, e);
	if (rc >= 0)
		rc = user_is_there(s, &i->user, e);
	if (rc < 0)
		return rc;
	i->cwd = root_open(i->root, s->cwd, O_PATH | O_DIRECTORY, 0, e);
	if (i->cwd == -ENOENT && !i->target) /* exec makes nothing */
		i->cwd = root_mkdirs(i->root, s->cwd, 0755, (uid_t)-1, (gid_t)-1, e);
	return i->cwd < 0 ? err_wrap(e, "working directory") : 0;
}

/* --- 9 pivot ----------------------------------------------------------------- */

static int pivot(struct init *i, struct err *e)
{
	unsigned long flags =
		(i->spec->read_only ? MS_RDONLY : 0) | (i->spec->no_devices ? MS_NODEV : 0);
	int rc = mount_pivot(i->root, e);

	if (rc >= 0 && flags &&
		mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | flags, NULL) < 0)
		return err_sys(e, "set the options of the root");
	return rc;
}

static int enter_cwd(struct init *i, struct err *e)
{
	char here[PATH_MAX];

	if (fchdir(i->cwd) < 0)
		return err_sys(e, "chdir to %s", i->spec->cwd);
	/* A directory outside the root would be "(unreachable)…" (Z02). */
	if (syscall(SYS_getcwd, here, sizeof(here)) < 0 || here[0] != '/')
		return err_set(e, EPERM, "working directory %s is not in the container",
			       i->spec->cwd);
	return 0;
}

/* --- 10 streams -------------------------------------------------------------- */

static int dup_to(int fd, int to, struct err *e)
{
	return dup3(fd, to, 0) < 0 ? err_sys(e, "dup to %d", to) : 0;
}

static int console_bind(const struct tty_pair *p, struct err *e)
{
	auto_close int made =
		open("/dev/console", O_CREAT | O_EXCL | O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
	auto_close int at = -1;
	struct mount_opts plain;

	if (made < 0)
		return err_sys(e, "create /dev/console");
	at = open("/dev/console", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (at < 0)
		return err_sys(e, "open /dev/console");
	mount_opts_init(&plain);
	return mount_bind(p->slave, at, &plain, NULL, e);
}

static int streams_tty(struct init *i, struct err *e)
{
	auto_close int pts = openat(i->dev, "pts", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct tty_pair p;
	int rc;

	if (pts < 0)
		return err_sys(e, "open /dev/pts");
	rc = tty_open_pair(pts, &p, e);
	if (rc < 0)
		return rc;
	if (fchown(p.slave, i->user.uid, (gid_t)-1) < 0)
		return err_sys(e, "chown the terminal");
	rc = i->target ? 0 : console_bind(&p, e);
	if (rc >= 0)
		rc = sock_send_fds(i->link->tty, "t", 1, &p.master, 1, e);
	return rc < 0 ? rc : tty_take(p.slave, e);
}

static int streams(struct init *i, struct err *e)
{
	const struct init_link *l = i->link;
	int rc;

	if (i->spec->tty)
		return streams_tty(i, e);
	rc = dup_to(l->in, 0, e);
	if (rc >= 0)
		rc = dup_to(l->out, 1, e);
	return rc < 0 ? rc : dup_to(l->err, 2, e);
}

/* --- 11 shed ----------------------------------------------------------------- */

static int shed_ids(struct init *i, struct err *e)
{
	const struct userdb_user *u = &i->user;

	/* Where the kernel asks that none be dropped, those of the image are not there either. */
	if (setgroups(u->groups_n, u->groups) < 0 && !(errno == EPERM && spec_is_mapped(i->spec)))
		return err_sys(e, "setgroups");
	if (setresgid(u->gid, u->gid, u->gid) < 0)
		return err_sys(e, "setgid %u", u->gid);
	if (setresuid(u->uid, u->uid, u->uid) < 0)
		return err_sys(e, "setuid %u", u->uid);
	return 0;
}

/* seccomp needs CAP_SYS_ADMIN or no_new_privs, so it comes before the user; it must then
 * allow what is still to do: prctl, capset, setresuid, setgroups, exec. The default profile
 * does. With no_new_privs it comes last and need only allow execve. */
static int shed(struct init *i, struct err *e)
{
	const struct container_spec *s = i->spec;
	int rc = limits_keyring("_ses.coracle", e);

	for (size_t k = 0; rc >= 0 && k < s->rlimits_n; k++)
		rc = limits_set(&s->rlimits[k].limit, s->rlimits[k].named, NULL, e);
	if (rc >= 0)
		rc = caps_bound(s->caps, e);
	if (rc >= 0 && s->seccomp && !s->no_new_privs)
		rc = seccomp_install(s->seccomp, e);
	if (rc >= 0 && prctl(PR_SET_KEEPCAPS, 0) < 0)
		return err_sys(e, "prctl PR_SET_KEEPCAPS");
	if (rc >= 0)
		rc = shed_ids(i, e);
	if (rc >= 0)
		rc = caps_set(i->user.uid == 0 ? s->caps : 0, e);
	if (rc >= 0 && s->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, "prctl PR_SET_NO_NEW_PRIVS");
	if (rc >= 0 && s->seccomp && s->no_new_privs)
		rc = seccomp_install(s->seccomp, e);
	/* Changing ids cleared it; the stub's exec keeps it only from here on. */
	if (rc >= 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_sys(e, "prctl PR_SET_PDEATHSIG");
	return rc;
}

/* --- 12 exec ----------------------------------------------------------------- */

static int run(struct init *i, struct err *e)
{
	const struct container_spec *s = i->spec;
	const char **argv = calloc(s->args.n + 3, sizeof(*argv)),
		   **envp = calloc(s->env.n + 2, sizeof(*envp));
	char home[sizeof("HOME=") + sizeof(i->user.home)];
	int report = i->link->report, stub = i->link->stub;
	size_t n = 0;

	if (!argv || !envp)
		return err_set(e, ENOMEM, "out of memory");
	argv[n++] = s->init ? STUB_INIT_NAME : "";
	if (s->init)
		argv[n++] = "--";
	if (s->args.n)
		memcpy(argv + n, s->args.v, s->args.n * sizeof(*argv));
	if (s->env.n)
		memcpy(envp, s->env.v, s->env.n * sizeof(*envp));
	if (!strv_value(&s->env, "HOME")) {
		snprintf(home, sizeof(home), "HOME=%s", i->user.home);
		envp[s->env.n] = home;
	}
	/* Out of the way first: each may stand where another has to go. */
	report = fcntl(report, F_DUPFD_CLOEXEC, 10);
	stub = fcntl(stub, F_DUPFD_CLOEXEC, 10);
	if (report < 0 || stub < 0 || dup3(stub, STUB_REPORT_FD + 1, O_CLOEXEC) < 0 ||
		dup3(report, STUB_REPORT_FD, 0) < 0)
		return err_sys(e, "dup");
	proc_close_span(STUB_REPORT_FD + 2, ~0u);
	syscall(SYS_execveat, STUB_REPORT_FD + 1, "", argv, envp, AT_EMPTY_PATH);
	err_sys(e, "execute the stub");
	child_fail(STUB_REPORT_FD, e); /* the pipe is there now, and only there */
}

static int wait_go(struct init *i, struct err *e)
{
	char c;

	if (i->link->go < 0)
		return 0;
	while (read(i->link->go, &c, 1) < 0) {
		if (errno != EINTR)
			return err_sys(e, "wait for the network");
	}
	return 0;
}

typedef int stage_fn(struct init *i, struct err *e);

static int detach(struct init *i, struct err *e)
{
	(void)i;
	return mount_propagation(MS_SLAVE | MS_REC, e);
}

static _Noreturn void stages_run(stage_fn *const *stages, struct init *i)
{
	struct err e = { 0 };

	for (; *stages; stages++) {
		if ((*stages)(i, &e) < 0)
			child_fail(i->link->report, &e);
	}
	_exit(127);
}

static _Noreturn void init_beside(struct init *i);
static int sibling(const struct init_link *l, struct err *e);

/* Into another container's user namespace, and only there the new ones are made: the other's
 * network and the like belong to it. Its processes see nothing of us. */
static int join_user(const struct container_spec *s, const struct init_link *link, struct err *e)
{
	int rc = ns_enter(s->userns_fd, CLONE_NEWUSER, e);

	if (rc >= 0 && unshare((int)s->userns_new) < 0)
		return err_sys(e, "make namespaces");
	return rc >= 0 && (s->userns_new & CLONE_NEWPID) ? sibling(link, e) : rc;
}

_Noreturn void init_container(const struct container_spec *spec, const struct init_link *link)
{
	static stage_fn *const stages[] = { tie, detach, root_make, base, tune,
		mounts, masks, user, pivot, enter_cwd,
		streams, wait_go, shed, run, NULL };
	struct init i = { .spec = spec, .link = link, .root = -1, .dev = -1, .cwd = -1 };

	struct err e = { 0 };

	if (spec->userns_join && join_user(spec, link, &e) < 0)
		child_fail(link->report, &e);
	if (joins_pids(&i))
		init_beside(&i);
	stages_run(stages, &i);
}

/* --- exec: into a container that runs ------------------------------------------------- */

/* Outside the pid namespace still: nobody in the container sees this process. */
static int join(struct init *i, struct err *e)
{
	const struct init_target *t = i->target;
	int rc = i->link->cgroup ? cgroup_attach(i->link->cgroup, 0, e) : 0;

	return rc < 0 ? rc : ns_join(t->pidfd, t->pid, t->flags, e);
}

/* The process to come is seen by the container: with CAP_SYS_PTRACE its descriptors can be
 * opened through /proc. So it gets none that leads to the host (Z03): the few it needs are
 * moved behind all others, in a row, and what is before, between and behind is closed. */
static int host_files_close(struct init_link *l, struct err *e)
{
	int *const keep[] = { &l->report, &l->stub, &l->in, &l->out, &l->err, &l->tty, &l->pid };
	int top = 2;

	for (size_t k = 0; k < countof(keep); k++)
		top = *keep[k] > top ? *keep[k] : top;
	for (size_t k = 0; k < countof(keep); k++) {
		if (*keep[k] < 0)
			continue;
		top = *keep[k] = fcntl(*keep[k], F_DUPFD_CLOEXEC, top + 1);
		if (top < 0)
			return err_sys(e, "dup");
	}
	top = 2;
	for (size_t k = 0; k < countof(keep); k++) {
		if (*keep[k] < 0)
			continue;
		proc_close_span((unsigned)top + 1, (unsigned)*keep[k] - 1);
		top = *keep[k];
	}
	proc_close_span((unsigned)top + 1, ~0u);
	return 0;
}

static int inside_open(struct init *i, struct err *e)
{
	i->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (i->root < 0)
		return err_sys(e, "open /");
	i->dev = root_open(i->root, "dev", O_RDONLY | O_DIRECTORY, 0, NULL);
	return 0;
}

static int tie_exec(struct init *i, struct err *e)
{
	(void)i;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_sys(e, "prctl");
	signals_reset();
	umask(0022);
	return setsid() < 0 ? err_sys(e, "setsid") : 0;
}

/* Fork a sibling into the pid namespace; its number goes to whoever is parent of both. */
static int sibling(const struct init_link *l, struct err *e)
{
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);

	if (pid < 0)
		return err_sys(e, "clone");
	if (pid == 0)
		return 0;
	(void)!write(l->pid, &pid, sizeof(pid));
	_exit(0);
}

_Noreturn void init_join(const struct container_spec *spec, const struct init_link *link,
	const struct init_target *target, int pids)
{
	static stage_fn *const inside[] = {
		tie_exec, inside_open, user, enter_cwd, streams, shed, run, NULL
	};
	struct init_link own = *link;
	struct init i = {
		.spec = spec, .link = &own, .target = target, .root = -1, .dev = -1, .cwd = -1
	};
	struct err e = { 0 };
	int rc = join(&i, &e);

	if (rc >= 0 && pids >= 0)
		rc = ns_enter(pids, CLONE_NEWPID, &e);
	if (rc >= 0)
		rc = host_files_close(&own, &e);
	if (rc >= 0)
		rc = sibling(&own, &e);
	if (rc < 0)
		child_fail(own.report, &e);
	stages_run(inside, &i);
}

/* --- a new container in the pid namespace of another ------------------------------------ */

/* The root is what it will be, and nothing of the host is left: now the other container may
 * see us, and a procfs of its pid namespace can be mounted. */
static int beside_proc(struct init *i, struct err *e)
{
	int at = initbase_dir(i->root, "proc", e);

	if (at < 0)
		return at;
	close(at);
	/* By its name: there is no /proc yet to name a descriptor, and the root is ours alone. */
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return err_sys(e, "mount proc");
	return masks(i, e);
}

static _Noreturn void init_beside(struct init *i)
{
	static stage_fn *const outside[] = { tie,    detach, root_make, base,	 tune,
					     mounts, user,   pivot,	wait_go, NULL };
	static stage_fn *const inside[] = { tie_exec, inside_open, beside_proc, user, enter_cwd,
		streams, shed, run, NULL };
	static struct init_link own;
	struct err e = { 0 };
	int rc = 0;

	own = *i->link;
	i->link = &own;
	for (stage_fn *const *s = outside; rc >= 0 && *s; s++)
		rc = (*s)(i, &e);
	if (rc >= 0)
		rc = ns_enter(i->spec->ns[SPEC_PID].fd, CLONE_NEWPID, &e);
	if (rc >= 0)
		rc = host_files_close(&own, &e);
	if (rc >= 0)
		rc = sibling(&own, &e);
	if (rc < 0)
		child_fail(own.report, &e);
	stages_run(inside, i);
}
