// SPDX-License-Identifier: MIT
/* start.c - fork the monitor and hear from it. */
#include "core/engine/monitor.h"
#include "core/engine/ask.h"
#include "core/engine/event.h"
#include "core/engine/volumes.h"
#include "core/engine/wire.h"
#include "core/kern/userns.h"
#include "core/os/clock.h"
#include "core/os/tree.h"
#include "core/os/rand.h"
#include "core/store/layer.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { LOCK_TRY_MS = 200 }; /* then look again how the container stands */

/* Read exactly n bytes. 0, or -EPIPE at an early end. */
static int read_whole(int fd, void *buf, size_t n)
{
	size_t at = 0;

	while (at < n) {
		ssize_t got = recv(fd, (char *)buf + at, n - at, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -EPIPE;
		at += (size_t)got;
	}
	return 0;
}

static int start_failed(int fd, size_t len, int *status, struct err *e)
{
	unsigned char code;
	struct err got;

	if (len != sizeof(got) + 1 || read_whole(fd, &got, sizeof(got)) < 0 ||
		read_whole(fd, &code, 1) < 0)
		return err_set(e, EPROTO, "the container's monitor sent nonsense");
	got.msg[sizeof(got.msg) - 1] = 0;
	*status = code;
	return err_set(e, got.code > 0 ? got.code : EIO, "%s", got.msg);
}

static int start_warnings(struct engine *g, int fd, size_t len, struct err *e)
{
	auto_str struct str b = STR_INIT;

	if (read_whole(fd, str_room(&b, len), len) < 0)
		return err_set(e, EPIPE, "the container's monitor ended too early");
	str_grew(&b, len);
	for (const char *at = b.s; *at;) {
		size_t n = strcspn(at, "\n");

		engine_warn(g, "%.*s", (int)n, at);
		at += n + (at[n] != 0);
	}
	return 0;
}

/* Wait for STARTED or FAILED; nothing else comes before. */
static int start_answer(struct engine *g, int fd, int *status, struct err *e)
{
	unsigned char head[WIRE_HEAD];
	enum wire_type type;
	int len;

	*status = STATUS_ENGINE;
	if (read_whole(fd, head, sizeof(head)) < 0)
		return err_set(e, EPIPE,
			       "the container's monitor ended before the container began");
	len = wire_parse(head, &type);
	if (len >= 0 && type == WIRE_STARTED)
		return start_warnings(g, fd, (size_t)len, e);
	if (len >= 0 && type == WIRE_FAILED)
		return start_failed(fd, (size_t)len, status, e);
	return err_set(e, EPROTO, "the container's monitor sent nonsense");
}

/* Fork the monitor of a plan and wait for its word. Releases the plan. */
static int monitor_fork(struct engine *g, struct container *c, struct plan *p, unsigned want,
			int lock, int *attach, int *status, struct err *e)
{
	auto_close int mine = -1;
	int pair[2], rc;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		plan_release(p);
		return err_sys(e, "socketpair");
	}
	mine = pair[0];
	pid = fork();
	if (pid == 0) {
		close(mine);
		if (g->gate > 0)
			close(g->gate);
		g->gate = 0; /* what has its number later is something else */
		monitor_run(g, c, p, pair[1], want, lock);
	}
	close(pair[1]);
	plan_release(p);
	if (pid < 0)
		return err_sys(e, "fork");
	rc = start_answer(g, mine, status, e);
	if (rc < 0) {
		waitpid(pid, NULL, 0);
		return rc;
	}
	if (attach)
		*attach = take_fd(mine);
	return 0;
}

struct copying {
	struct engine *g;
	const struct container *c;
};

/* Where there is no overlay, the root is a copy of the layers, made once a container. It is
 * whole when it has its name. */
static int root_copy(void *arg, struct err *e)
{
	const struct copying *a = arg;
	struct engine *g = a->g;
	const struct container *c = a->c;
	auto_close int dir = container_dir(g->store, c->id, true, e), root = -1;
	int rc;

	if (dir < 0)
		return dir;
	rc = tree_remove(dir, "rootfs.new", e);
	if (rc < 0)
		return rc;
	if (mkdirat(dir, "rootfs.new", 0755) < 0)
		return err_sys(e, "mkdir rootfs");
	root = openat(dir, "rootfs.new", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (root < 0)
		return err_sys(e, "open rootfs");
	for (size_t i = 0; rc >= 0 && i < c->layers.n; i++) {
		auto_close int layer = -1;
		struct digest d;

		rc = digest_parse(&d, c->layers.v[i], strlen(c->layers.v[i]), e);
		if (rc >= 0)
			rc = layer_open(g->store, &d, &layer, e);
		if (rc >= 0)
			rc = tree_copy(layer, root, TREE_WHITEOUTS, NULL, e);
	}
	if (rc >= 0 && renameat(dir, "rootfs.new", dir, "rootfs") < 0)
		rc = err_sys(e, "rename rootfs");
	if (rc < 0)
		(void)!tree_remove(dir, "rootfs.new", NULL);
	return rc;
}

static bool no_overlay(const struct err *e)
{
	return (e->code == ENODEV || e->code == EINVAL || e->code == EPERM) &&
		strstr(e->msg, "overlay");
}

static int start_once(struct engine *g, struct container *c, unsigned want, int lock, int *attach,
	int *status, struct err *e)
{
	struct plan p = PLAN_INIT;
	int rc = plan_make(g, c, &p, e);

	if (rc >= 0)
		return monitor_fork(g, c, &p, want, lock, attach, status, e);
	plan_release(&p);
	return rc;
}

/* Its lock, once nobody else is at work on it: another command, or a monitor on its way out. c's
 * state is what it is by then. 0 with *out owned, 1 when it runs, or -errno. */
static int start_lock(struct engine *g, struct container *c, int *out, struct err *e)
{
	int64_t end = clock_mono_ms() + ASK_LOCK_MS;
	struct container_state *st = &c->state;
	struct err why = { 0 };
	auto_close int lock = -1;
	int rc = 0;

	for (int wait_ms = 0; lock < 0; wait_ms = LOCK_TRY_MS) {
		if (st->lost)
			rc = engine_reconcile(g, c->id, e); /* it must not run beside the new one */
		if (rc < 0)
			return rc;
		if (st->status == CONTAINER_PAUSED)
			return err_set(e, EBUSY,
				"cannot start a paused container, try unpause instead");
		if (container_runs(st))
			return 1;
		lock = container_lock_wait(g->store, c->id, wait_ms, &why);
		if (lock < 0 && lock != -EBUSY && lock != -ETIMEDOUT)
			return err_set(e, -lock, "%s", why.msg);
		if (lock < 0 && clock_mono_ms() > end)
			return err_set(e, EBUSY,
				"container %.12s is being changed by another command", c->id);
		if (lock >= 0 && !wait_ms)
			break; /* nobody was at work */
		rc = container_state_load(g->store, c->id, st, g->mem, e);
		if (rc >= 0 && lock >= 0 && container_runs(st)) { /* its monitor was killed */
			close_at(&lock);
			rc = container_state_load(g->store, c->id, st, g->mem, e);
		}
	}
	if (!container_recorded(g->store, c->id)) {
		(void)!container_remove(g->store, c->id, "", NULL); /* what locking made again */
		return err_set(e, ENOENT, "No such container: %s", c->id);
	}
	*out = take_fd(lock);
	return 0;
}

int engine_start(struct engine *g, const struct container *c, unsigned want, int *attach,
	int *status, struct err *e)
{
	struct copying copying = { g, c };
	struct container now = *c;
	struct err why = { 0 };
	int lock = -1, rc;

	*status = STATUS_ENGINE;
	rc = start_lock(g, &now, &lock, e);
	if (rc != 0)
		return rc;
	if (attach)
		event_container(g->store, &now, "attach", NULL);
	rc = start_once(g, &now, want, lock, attach, status, &why);
	if (rc < 0 && no_overlay(&why)) {
		engine_warn(g, "%s; the container's root is a copy of its image", why.msg);
		rc = userns_call(root_copy, &copying, &why);
		if (rc >= 0)
			rc = start_once(g, &now, want, lock, attach, status, &why);
	}
	if (rc < 0 && c->config.auto_remove) {
		(void)!container_remove(g->store, c->id, c->name, NULL);
		volumes_drop(g, c);
		event_container(g->store, c, "destroy", NULL);
	}
	close(lock);
	return rc < 0 ? err_set(e, -rc, "%s", why.msg) : 0;
}

/* "exec_create: PROGRAM ARGUMENTS", as Docker writes it. */
static void exec_events(struct engine *g, const struct container *c, const struct exec_request *r,
	struct plan *p)
{
	static const char *const actions[] = { "exec_create", "exec_start" };

	rand_hex(p->exec_id, CONTAINER_ID_LEN / 2);
	for (size_t k = 0; k < countof(actions); k++) {
		auto_str struct str text = STR_INIT;

		str_addf(&text, "%s: %s ", actions[k], r->args.n ? r->args.v[0] : "");
		for (size_t i = 1; i < r->args.n; i++)
			str_addf(&text, "%s%s", i > 1 ? " " : "", r->args.v[i]);
		event_container(g->store, c, text.s, "execID", p->exec_id, NULL);
	}
}

int engine_exec(struct engine *g, const char *id, const struct exec_request *r, int *attach,
	int *status, struct err *e)
{
	unsigned want = WIRE_WANT_STDOUT | WIRE_WANT_STDERR | WIRE_WANT_EXIT;
	struct plan p = PLAN_INIT;
	struct container c;
	int rc;

	*status = STATUS_ENGINE;
	rc = container_load(g->store, id, &c, g->mem, e);
	if (rc >= 0)
		rc = plan_exec(g, &c, r, &p, e);
	if (rc < 0) {
		plan_release(&p);
		return rc;
	}
	exec_events(g, &c, r, &p);
	c.config.open_stdin = c.config.stdin_once = r->open_stdin;
	return monitor_fork(g, &c, &p, r->open_stdin ? want | WIRE_WANT_STDIN : want, -1,
		r->detach ? NULL : attach, status, e);
}
