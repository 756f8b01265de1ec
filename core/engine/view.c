// SPDX-License-Identifier: MIT
#include "core/engine/view.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "core/engine/ask.h"
#include "core/engine/diff.h"
#include "core/engine/plan.h"
#include "core/kern/mount.h"
#include "core/kern/ns.h"
#include "core/kern/overlay.h"
#include "core/kern/userns.h"
#include "core/os/clock.h"
#include "core/os/proc.h"
#include "core/os/root.h"
#include "core/os/sock.h"
#include "core/store/bottom.h"
#include "core/store/volume.h"

enum {
	FDS_GUESS = 4096,
	LOCK_TRY_MS = 200, /* then look again how the container stands */
};

/* The helper's work. It ends with its process, so nothing is let go of. */
struct helper {
	struct engine *g;
	const struct container *c;
	unsigned flags;
	int mnt;	/* the running container's mount namespace; -1 */
	int user;	/* its user namespace, for an ordinary user; -1 */
	struct userns_map map; /* of an ordinary user's ended one; else empty */
	int root;
};

static bool is_alive(const struct container *c)
{
	return c->state.status == CONTAINER_RUNNING || c->state.status == CONTAINER_PAUSED;
}

/* --- the helper -------------------------------------------------------------------- */

/* A descriptor can be mounted from only in the namespace it was opened in. */
static int reopen_store(struct store *s, struct err *e)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

	s->root_fd = openat(AT_FDCWD, s->root, flags);
	if (s->root_fd < 0)
		return err_sys(e, "open %s", s->root);
	for (size_t i = 0; i < s->extra_n; i++) {
		s->extra[i].fd = openat(AT_FDCWD, s->extra[i].path, flags);
		if (s->extra[i].fd < 0)
			return err_sys(e, "open %s", s->extra[i].path);
	}
	return 0;
}

static int stage_open(struct helper *h, struct err *e)
{
	auto_str struct str path = STR_INIT;
	int fd;

	str_addf(&path, "%s/stage", h->g->store->state);
	if (mkdir(path.s, 0700) < 0 && errno != EEXIST)
		return err_sys(e, "mkdir %s", path.s);
	fd = openat(AT_FDCWD, path.s, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "open %s", path.s) : fd;
}

static int stage_root(struct helper *h, struct err *e)
{
	h->root = stage_open(h, e); /* again: what was mounted is on top now */
	return h->root < 0 ? h->root : 0;
}

/* Linux before 5.2: into the container's namespace, a copy of it made, and what is not to be
 * seen taken off in the copy. "/" is the container's then, so no path leads out. */
static int root_entered(struct helper *h, struct err *e)
{
	static const char *const own[] = { "/proc", "/sys", "/dev" };
	static const char *const files[] = { "/etc/hosts", "/etc/hostname", "/etc/resolv.conf" };
	const struct container *c = h->c;
	const int flags = MNT_DETACH | UMOUNT_NOFOLLOW;
	int rc = ns_enter(h->mnt, CLONE_NEWNS, e);

	if (rc < 0)
		return rc;
	if (unshare(CLONE_NEWNS) < 0)
		return err_sys(e, "copy the container's mounts");
	rc = mount_propagation(MS_PRIVATE, e);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < countof(own); i++)
		umount2(own[i], flags);
	for (size_t i = 0; i < c->points_n; i++) {
		if (!(h->flags & VIEW_MOUNTS) || c->points[i].type == MOUNT_TMPFS)
			umount2(c->points[i].target, flags);
	}
	for (size_t i = 0; !(h->flags & VIEW_MOUNTS) && i < countof(files); i++)
		umount2(files[i], flags);
	h->flags &= ~(unsigned)VIEW_MOUNTS; /* they are there already */
	return 0;
}

static int root_running(struct helper *h, struct err *e)
{
	auto_close int stage = stage_open(h, e);
	struct mount_opts plain;
	struct err why = { 0 };
	int rc;

	if (stage < 0)
		return stage;
	mount_opts_init(&plain);
	rc = mount_bind_ns(h->mnt, "/", stage, &plain, &why);
	if (rc >= 0)
		return stage_root(h, e);
	if (rc != -ENOSYS && rc != -EPERM)
		return err_set(e, why.code, "%s", why.msg);
	rc = root_entered(h, e);
	if (rc < 0)
		return rc;
	h->root = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return h->root < 0 ? err_sys(e, "open the container's root") : 0;
}

static int root_bound(struct helper *h, int source, struct err *e)
{
	auto_close int stage = stage_open(h, e);
	struct mount_opts plain;
	int rc;

	if (stage < 0)
		return stage;
	mount_opts_init(&plain);
	rc = mount_bind(source, stage, &plain, NULL, e);
	return rc < 0 ? rc : stage_root(h, e);
}

static int upper_open(struct helper *h, const struct diff_trees *t, struct overlay *o,
		      struct err *e)
{
	auto_close int dir = container_dir(h->g->store, h->c->id, true, e);
	struct stat top = { .st_mode = 0755 };
	int rc;

	if (dir < 0)
		return dir;
	if (t->lower_n && fstat(t->lower[0], &top) < 0)
		return err_sys(e, "stat the topmost layer");
	rc = plan_upper(dir, &top, e);
	if (rc < 0)
		return rc;
	o->upper = openat(dir, "upper", O_PATH | O_DIRECTORY | O_CLOEXEC);
	o->work = openat(dir, "work", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return o->upper < 0 || o->work < 0 ? err_sys(e, "open the container's upper") : 0;
}

static int root_overlay(struct helper *h, const struct diff_trees *t, struct err *e)
{
	auto_close int bottom = -1;
	int lower[IMAGE_LAYERS_MAX + 2], n = 0, rc = 0;
	struct overlay o = { .lower = lower, .upper = -1, .work = -1,
			     .userxattr = userns_is_ordinary() };
	auto_str struct str stage = STR_INIT;

	if (h->flags & VIEW_WRITE)
		rc = upper_open(h, t, &o, e);
	else if (t->tree >= 0)
		lower[n++] = t->tree;
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < t->lower_n; i++)
		lower[n++] = t->lower[i];
	if (bottom_ready(h->g->store)) /* as it ran */
		bottom = openat(h->g->store->root_fd, BOTTOM_NAME,
			O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (bottom >= 0)
		lower[n++] = bottom;
	if (n == 1 && o.upper < 0) /* an overlay of one is none */
		return root_bound(h, lower[0], e);
	o.lower_n = (size_t)n;
	str_addf(&stage, "%s/stage", h->g->store->state);
	h->root = stage_open(h, e);
	if (h->root >= 0)
		h->root = overlay_mount(&o, AT_FDCWD, stage.s, e);
	return h->root < 0 ? h->root : 0;
}

static int root_ended(struct helper *h, struct err *e)
{
	struct diff_trees t;
	int rc = diff_trees_open(h->g, h->c, &t, e);

	if (rc < 0)
		return rc;
	if (t.whole)
		return root_bound(h, t.tree, e);
	return root_overlay(h, &t, e);
}

/* Is the path below what is mounted for the container? */
static bool below_point(const struct container *c, const char *target)
{
	for (size_t i = 0; i < c->points_n; i++) {
		size_t n = strlen(c->points[i].target);

		if (strncmp(target, c->points[i].target, n) == 0 && target[n] == '/')
			return true;
	}
	return false;
}

/* Where it goes; made as a start makes it, but never in something that is mounted. */
static int bind_target(struct helper *h, const char *target, bool dir)
{
	int fd = root_open(h->root, target, O_PATH, 0, NULL);

	if (fd != -ENOENT || !(h->flags & VIEW_WRITE) || below_point(h->c, target))
		return fd;
	return dir ? root_mkdirs(h->root, target, 0755, (uid_t)-1, (gid_t)-1, NULL)
		   : root_mkfile(h->root, target, 0644, NULL);
}

static void bind_one(struct helper *h, const char *source, const char *target, bool read_only)
{
	struct mount_opts o = { .set = read_only ? MS_RDONLY : 0, .recursive = true,
				.recursive_ro = read_only };
	auto_close int from = openat(AT_FDCWD, source, O_PATH | O_CLOEXEC), to = -1;
	struct stat a, b;

	if (from < 0 || fstat(from, &a) < 0)
		return;
	to = bind_target(h, target, S_ISDIR(a.st_mode));
	if (to < 0 || fstat(to, &b) < 0 || S_ISDIR(a.st_mode) != S_ISDIR(b.st_mode))
		return;
	(void)!mount_bind(from, to, &o, NULL, NULL);
}

/* In the order of the points, which is that of their targets: a parent before what is below it.
 * What is not there, or cannot be mounted, is not seen: a file or a directory that is there
 * instead is the container's own. */
static void bind_mounts(struct helper *h)
{
	static const char *const files[] = { "hosts", "hostname", "resolv.conf" };
	const struct container *c = h->c;

	for (size_t i = 0; i < h->c->points_n; i++) {
		const struct mount_spec *m = &h->c->points[i];

		if (m->type == MOUNT_BIND)
			bind_one(h, m->source, m->target, m->read_only);
		else if (m->type == MOUNT_VOLUME)
			bind_one(h, volume_path(h->g->store, m->source, h->g->mem), m->target,
				 m->read_only);
	}
	for (size_t i = 0; i < countof(files); i++) {
		auto_str struct str source = STR_INIT, target = STR_INIT;

		str_addf(&source, "%s/containers/%s/%s", h->g->store->state, h->c->id, files[i]);
		str_addf(&target, "etc/%s", files[i]);
		bind_one(h, source.s, target.s, c->config.read_only);
	}
}

/* Where an ordinary user may mount: in the running container's user namespace, for its mounts
 * are that one's, or in one of our own, as the container would be. In the container's own its
 * processes could look at us, were we dumpable. */
static int rights(struct helper *h, struct err *e)
{
	int rc;

	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_sys(e, "prctl PR_SET_DUMPABLE");
	if (h->map.uids_n)
		return userns_become(&h->map, e);
	if (h->user < 0)
		return 0;
	rc = ns_enter(h->user, CLONE_NEWUSER, e);
	if (rc >= 0 && unshare(CLONE_NEWNS) < 0)
		return err_sys(e, "make a mount namespace");
	return rc;
}

static int build(struct helper *h, struct err *e)
{
	int rc = rights(h, e);

	umask(022);
	if (rc >= 0)
		rc = mount_propagation(MS_PRIVATE, e);
	if (rc >= 0)
		rc = reopen_store(h->g->store, e);
	if (rc >= 0)
		rc = h->mnt >= 0 ? root_running(h, e) : root_ended(h, e);
	if (rc >= 0 && (h->flags & VIEW_MOUNTS))
		bind_mounts(h);
	return rc < 0 ? rc : 0;
}

/* One message, a struct err; with code 0 the root comes along. Then wait to be let go: the
 * mounts are ours until then, whatever becomes of who asked. */
static _Noreturn void helper_run(struct helper *h, int link)
{
	struct err e = { 0 };
	sigset_t all;
	int rc, fd = -1;
	char c;

	setsid(); /* what is sent to who asked and its group is not for us: see above */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	rc = build(h, &e);
	if (rc >= 0) {
		fd = openat(h->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		rc = fd < 0 ? err_sys(&e, "open the container's root") : 0;
	}
	if (rc < 0 && !e.code)
		e.code = -rc;
	(void)!sock_send_fds(link, &e, sizeof(e), &fd, fd >= 0, NULL);
	while (rc >= 0 && read(link, &c, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

/* --- who asked ---------------------------------------------------------------------- */

/* A namespace of its first process, sure that it is that process. */
static int namespace_of(const struct container *c, uint64_t flag, struct err *e)
{
	auto_close int pidfd UNUSED = (int)syscall(SYS_pidfd_open, c->state.pid, 0);
	auto_close int fd = ns_open(c->state.pid, flag, e);

	if (fd < 0 || pid_start(c->state.pid) != c->state.pid_start)
		return err_set(e, EBUSY, "Container %s is not running", c->id);
	return take_fd(fd);
}

/* Everything but standard streams and what the helper works with belongs to who asked: a pipe
 * that stayed open here would never be seen to end. */
static void let_go(int keep, int mnt, int user)
{
	int last = keep > mnt ? keep : mnt;

	last = user > last ? user : last;
	for (int fd = 0; fd < last; fd++) {
		if (fd != keep && fd != mnt && fd != user)
			close(fd);
	}
	if (syscall(SYS_close_range, last + 1, ~0u, 0) < 0) { /* Linux 5.9 */
		for (int fd = last + 1; fd < FDS_GUESS; fd++)
			close(fd);
	}
}

/* What it is to enter, and the flags it is to be born with. */
static int prepare(struct helper *h, uint64_t *born, struct err *e)
{
	bool ordinary = userns_is_ordinary();

	*born = CLONE_NEWNS;
	if (!is_alive(h->c)) {
		if (ordinary) {
			userns_map_self(&h->map);
			*born |= CLONE_NEWUSER;
		}
		return 0;
	}
	h->mnt = namespace_of(h->c, CLONE_NEWNS, e);
	if (h->mnt < 0 || !ordinary)
		return h->mnt < 0 ? h->mnt : 0;
	*born = 0;
	h->user = namespace_of(h->c, CLONE_NEWUSER, e);
	return h->user < 0 ? h->user : 0;
}

static int begin(struct engine *g, const struct container *c, unsigned flags, struct view *v,
		 struct err *e)
{
	struct helper h = { .g = g, .c = c, .flags = flags, .mnt = -1, .user = -1, .root = -1 };
	struct ns_child child = { .pidfd = -1 };
	uint64_t born;
	int pair[2], rc = prepare(&h, &born, e);

	if (rc >= 0 && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		rc = err_sys(e, "socketpair");
	if (rc < 0) {
		close_at(&h.mnt);
		close_at(&h.user);
		return rc;
	}
	rc = ns_clone(born, -1, &child, e);
	if (rc >= 0 && child.pid == 0) {
		let_go(pair[1], h.mnt, h.user);
		helper_run(&h, pair[1]);
	}
	close_at(&child.pidfd);
	close_at(&h.mnt);
	close_at(&h.user);
	close(pair[1]);
	v->hold = pair[0];
	if (rc >= 0)
		v->helper = child.pid;
	return rc < 0 ? rc : 0;
}

static int answer(struct view *v, struct err *e)
{
	struct err got = { 0 };
	int fd = -1;
	size_t n = 1;

	if (sock_recv_fds(v->hold, &got, sizeof(got), &fd, &n, NULL) != sizeof(got))
		return err_set(e, EPROTO, "the helper that mounts the container's root died");
	if (got.code)
		return err_set(e, got.code, "%s", got.msg);
	if (n != 1)
		return err_set(e, EPROTO, "the helper that mounts the container's root sent none");
	v->root = fd;
	return 0;
}

/* The lock of a container that does not run; again while others are at work on it. */
static int hold_stopped(struct engine *g, const char *id, struct err *e)
{
	int64_t end = clock_mono_ms() + ASK_LOCK_MS;
	struct container_state st;

	for (;;) {
		int lock = container_lock_wait(g->store, id, LOCK_TRY_MS, e);
		int rc = lock == -ETIMEDOUT ? container_state_load(g->store, id, &st, g->mem, e)
					    : lock;

		if (lock != -ETIMEDOUT || rc < 0)
			return rc;
		if (container_runs(&st) || clock_mono_ms() > end)
			return err_set(e, EBUSY,
				"container %.12s is being changed by another command", id);
	}
}

static bool runs_on(struct engine *g, const char *id)
{
	struct container_state st;

	return container_state_load(g->store, id, &st, g->mem, NULL) >= 0 &&
		st.status == CONTAINER_RUNNING;
}

/* Its monitor holds it still for as long as we are connected. One that ended meanwhile is still. */
static int hold_still(struct engine *g, const char *id, struct view *v, struct err *e)
{
	struct err why = { 0 };
	int rc = v->still = ask_connect(g, id, 0, &why);

	if (rc >= 0)
		rc = ask_answer(v->still, WIRE_HOLD, "", 0, ASK_ANSWER_MS, &why);
	if (rc >= 0 || ((rc == -EBUSY || rc == -EPIPE) && !runs_on(g, id)))
		return 0;
	return err_set(e, why.code, "%s", why.msg);
}

int view_open(struct engine *g, const struct container *c, unsigned flags, struct view *v,
	      struct err *e)
{
	int rc = 0;

	*v = (struct view)VIEW_INIT;
	if (!is_alive(c) && (flags & VIEW_WRITE)) {
		v->lock = hold_stopped(g, c->id, e);
		rc = v->lock < 0 ? v->lock : 0;
	}
	if (rc == 0 && (flags & VIEW_FREEZE) && c->state.status == CONTAINER_RUNNING)
		rc = hold_still(g, c->id, v, e);
	if (rc == 0)
		rc = begin(g, c, flags, v, e);
	if (rc == 0)
		rc = answer(v, e);
	if (rc == 0)
		(void)!userns_own_files(NULL); /* the modes in the container count, else */
	if (rc < 0)
		view_release(v);
	return rc;
}

void view_release(struct view *v)
{
	close_at(&v->root);
	close_at(&v->hold);
	if (v->helper > 0) {
		while (waitpid(v->helper, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close_at(&v->still);
	close_at(&v->lock);
	*v = (struct view)VIEW_INIT;
}
