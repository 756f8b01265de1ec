// SPDX-License-Identifier: MIT
#include "core/engine/monitor_in.h"
#include "build/gen/config.h"
#include "core/engine/event.h"

#include "core/engine/explain.h"
#include "core/engine/volumes.h"
#include "core/fmt/hostport.h"
#include "core/os/clock.h"
#include "core/os/proc.h"
#include "core/os/sock.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

const char *monitor_ports(struct monitor *m)
{
	auto_str struct str b = STR_INIT;
	const struct endpoints *ends = &m->ends;

	for (size_t i = 0; i < ends->n; i++) {
		if (ends->v[i].ep.ports.n || !ends->v[i].net.internal) {
			hostport_column(&b, &ends->v[i].ep.ports, &m->c->config.exposed_ports);
			break;
		}
	}
	return b.len ? strv_dup(b.s, b.len, m->g->mem) : "";
}

static void state_running(struct monitor *m)
{
	struct container_state *st = &m->c->state;

	st->status = CONTAINER_RUNNING;
	st->pid = m->child.pid;
	st->pid_start = pid_start(m->child.pid);
	st->monitor_pid = getpid();
	st->started_ns = clock_real_ns();
	st->exit_code = 0;
	st->oom_killed = st->user_stopped = false;
	st->error = "";
	st->ports = CFG_BRIDGES ? monitor_ports(m) : "";
	if (CFG_HEALTH)
		health_begin(m);
	(void)!container_state_save(m->g->store, st, true, NULL);
	event_volumes(m->g->store, m->c, "mount");
	event_container(m->g->store, m->c, "start", NULL);
}

/* --- end -------------------------------------------------------------------------------- */

static int exit_code(int status)
{
	return WIFSIGNALED(status) ? STATUS_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

static bool wants_restart(struct monitor *m)
{
	const char *policy = m->c->config.restart_policy;
	int code = exit_code(m->status);

	if (m->stopping)
		return false;
	if (strcmp(policy, "always") == 0 || strcmp(policy, "unless-stopped") == 0)
		return true;
	return strcmp(policy, "on-failure") == 0 && code != 0 &&
		(!m->c->config.restart_max || m->c->state.restart_count < m->c->config.restart_max);
}

/* Who connected while we ended, and was not heard: the last word is for them too. */
static void take_latecomers(struct monitor *m)
{
	struct pollfd p = { .fd = m->listen.fd, .events = POLLIN };

	for (int i = 0; i < CLIENTS_MAX && poll(&p, 1, 0) > 0; i++)
		traffic_listen(&m->loop, &m->listen, POLLIN);
}

/* The last word to every client. Everything is recorded and let go by now, so a client that
 * does not read holds up nothing but this process. */
static void tell_exit(struct monitor *m)
{
	int code = m->c->state.exit_code;
	unsigned char b[4] = { (unsigned char)(code >> 24), (unsigned char)(code >> 16),
		(unsigned char)(code >> 8), (unsigned char)code };

	for (struct client *c = m->clients; c; c = c->next)
		client_send(c, WIRE_EXIT, b, sizeof(b));
	for (struct client *c = m->clients; c; c = c->next) {
		while (!client_flush(c) && !c->gone)
			poll(&(struct pollfd){ .fd = c->watch.fd, .events = POLLOUT }, 1, -1);
	}
}

static void exec_died(struct monitor *m)
{
	char code[16];

	snprintf(code, sizeof(code), "%d", exit_code(m->status));
	event_container(m->g->store, m->c, "exec_die", "execID", m->p->exec_id, "exitCode", code,
		NULL);
}

/* The program is gone and its output is drained. */
void monitor_finish(struct monitor *m)
{
	struct container_state *st = &m->c->state;
	bool again;

	if (monitor_is_exec(m)) {
		st->exit_code = exit_code(m->status);
		exec_died(m);
		loop_stop(&m->loop, 0);
		return;
	}
	loop_timer_stop(&m->loop, &m->drain);
	loop_timer_stop(&m->loop, &m->kill);
	if (CFG_HEALTH)
		health_end(m);
	traffic_close(m, &m->out);
	traffic_close(m, &m->err);
	traffic_close(m, &m->in);
	str_release(&m->input);
	m->running = false;
	again = wants_restart(m);
	st->exit_code = exit_code(m->status);
	st->oom_killed = m->cgroup.mode != CGROUP_NONE && cgroup_oom_kills(&m->cgroup) > 0;
	st->finished_ns = clock_real_ns();
	st->user_stopped = m->stopping;
	st->pid = 0;
	st->ports = "";
	st->status = again ? CONTAINER_RESTARTING : CONTAINER_EXITED;
	(void)!cgroup_remove(&m->cgroup, NULL);
	cgroup_release(&m->cgroup);
	if (!st->auto_remove || m->kept)
		(void)!container_state_save(m->g->store, st, true, NULL);
	if (st->oom_killed)
		event_container(m->g->store, m->c, "oom", NULL);
	event_number(m->g->store, m->c, "die", "exitCode", st->exit_code);
	monitor_network_down(m); /* Docker's order of events */
	event_volumes(m->g->store, m->c, "unmount");
	if (m->stop_asked)
		event_container(m->g->store, m->c, "stop", NULL);
	if (!again) {
		loop_stop(&m->loop, 0);
		return;
	}
	if (clock_real_ns() - st->started_ns > (int64_t)STABLE_MS * 1000000)
		m->backoff_ms = 0;
	m->backoff_ms = m->backoff_ms ? m->backoff_ms * 2 : BACKOFF_FIRST_MS;
	if (m->backoff_ms > BACKOFF_MAX_MS)
		m->backoff_ms = BACKOFF_MAX_MS;
	loop_timer_set(&m->loop, &m->restart, m->backoff_ms);
}

static void drain_due(struct loop *l, struct loop_timer *t)
{
	struct monitor *m = t->arg;

	/* What is left in the pipes is only waiting for a slow reader. */
	if (traffic_behind(m) && m->p->spec.ns[SPEC_PID].mode == SPEC_NS_NEW && !monitor_is_exec(m))
		loop_timer_set(l, t, DRAIN_MS);
	else if (m->drains++ < DRAIN_MORE && traffic_waits(m))
		loop_timer_set(l, t, DRAIN_MORE_MS);
	else
		monitor_finish(m);
}

/* With a pid namespace of its own everything in the container died with its first process, so
 * the pipes end by themselves; else what is left in the cgroup is killed. */
static void ended(struct monitor *m, int status)
{
	m->ended = true;
	m->drains = 0;
	m->status = status;
	if (m->child.pidfd >= 0)
		close(m->child.pidfd);
	m->child.pidfd = -1;
	m->child.pid = 0;
	if (!monitor_is_exec(m) && m->p->spec.ns[SPEC_PID].mode != SPEC_NS_NEW &&
		m->cgroup.mode != CGROUP_NONE)
		(void)!cgroup_kill(&m->cgroup, KILL_MS, NULL);
	if (!traffic_open(m))
		monitor_finish(m);
	else
		loop_timer_set(&m->loop, &m->drain, DRAIN_MS);
}

static void signalled(struct loop *l, const struct signalfd_siginfo *si)
{
	struct monitor *m = l->arg;
	pid_t pid;
	int st;

	(void)si;
	while ((pid = waitpid(-1, &st, WNOHANG)) > 0) {
		if (pid == m->child.pid)
			ended(m, st);
	}
}

static void restart_due(struct loop *l, struct loop_timer *t)
{
	struct monitor *m = t->arg;
	struct err e = { 0 };

	(void)l;
	m->c->state.restart_count++;
	if (monitor_launch(m, &e) >= 0) {
		state_running(m);
		return;
	}
	m->status = STATUS_NOT_FOUND << 8;
	m->c->state.error = strv_dup(e.msg, strlen(e.msg), m->g->mem);
	monitor_finish(m);
}

/* --- whole ------------------------------------------------------------------------------ */

/* The stub reports the program's name; anything else failed before it. */
static int start_status(struct monitor *m, struct err *e)
{
	const char *what = m->p->spec.args.v[0];

	if (strncmp(e->msg, what, sizeof(e->msg) - 1) != 0)
		return STATUS_ENGINE;
	return explain_exec(m->g, m->c, what, e->code, e);
}

static void tell_failed(struct monitor *m, struct err *e, int status)
{
	unsigned char b[sizeof(*e) + 1];

	memcpy(b, e, sizeof(*e));
	b[sizeof(*e)] = (unsigned char)status;
	for (struct client *c = m->clients; c; c = c->next)
		client_send(c, WIRE_FAILED, b, sizeof(b));
}

/* Nothing runs: undo, and leave the record as Docker does (Created, with the error). */
static void failed(struct monitor *m, struct err *e)
{
	struct container_state *st = &m->c->state;
	int status;

	if (m->running && m->child.pid > 0) {
		traffic_signal(m, SIGKILL);
		waitpid(m->child.pid, NULL, 0);
	}
	status = start_status(m, e);
	if (monitor_is_exec(m)) {
		tell_failed(m, e, status);
		return;
	}
	monitor_network_down(m);
	(void)!cgroup_remove(&m->cgroup, NULL);
	event_volumes(m->g->store, m->c, "mount");	/* as Docker, which mounts first */
	event_volumes(m->g->store, m->c, "unmount");
	st->status = st->started_ns ? CONTAINER_EXITED : CONTAINER_CREATED;
	st->exit_code = status;
	st->error = strv_dup(e->msg, strlen(e->msg), m->g->mem);
	(void)!container_state_save(m->g->store, st, true, NULL);
	tell_failed(m, e, status); /* the command removes a --rm one, or tries another way */
}

static int prepare(struct monitor *m, int first, unsigned want, struct err *e)
{
	struct log_config log;
	sigset_t set;
	int fd, rc;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	rc = loop_init(&m->loop, e);
	if (rc < 0)
		return rc;
	m->loop.arg = m;
	rc = loop_signals(&m->loop, &set, signalled, e);
	if (rc < 0)
		return rc;
	traffic_client(m, first, want);
	if (monitor_is_exec(m))
		return 0;
	rc = log_config_make(m->c, m->g->mem, &log, e);
	if (rc >= 0 && log.uncompressed)
		engine_warn(m->g, "log opt compress: older files of the log stay as they are");
	if (rc >= 0)
		rc = log_open(m->log, m->p->dir, &log, e);
	if (rc < 0)
		return rc;
	fd = sock_listen(m->p->state_dir, "attach.sock", SOCK_STREAM, e);
	if (fd < 0)
		return fd;
	m->listen =
		(struct loop_watch){ .fd = fd, .events = EPOLLIN, .fn = traffic_listen, .arg = m };
	return loop_add(&m->loop, &m->listen, e);
}

/* What the caller had open by accident is not ours to keep open (a reader of its pipe would wait
 * for the container's end). Everything of our own is close-on-exec. */
static void leave_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	struct dirent *f;

	while (d && (f = readdir(d))) {
		int fd = atoi(f->d_name), flags = fcntl(fd, F_GETFD);

		if (fd > 2 && flags >= 0 && !(flags & FD_CLOEXEC))
			close(fd);
	}
	if (d)
		closedir(d);
}

/* Out of the caller's session, its terminal and its streams. */
static void leave_caller(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_NAME, "coracle-monitor");
	signal(SIGPIPE, SIG_IGN);
	for (int fd = 0; fd < 3 && null >= 0; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
	(void)!chdir("/");
}

/* With what the start had to do without since the monitor began. */
static void tell_started(struct monitor *m, size_t from)
{
	auto_str struct str b = STR_INIT;

	for (size_t i = from; i < m->g->warnings.n && b.len < WIRE_MAX / 2; i++)
		str_addf(&b, "%s%.1000s", b.len ? "\n" : "", m->g->warnings.v[i]);
	for (struct client *k = m->clients; k; k = k->next)
		client_send(k, WIRE_STARTED, b.s, b.len);
}

_Noreturn void monitor_run(struct engine *g, struct container *c, struct plan *p, int first,
	unsigned want, int lock)
{
	static struct monitor m;
	static struct log_writer log; /* large, and only what is used of it costs memory */
	size_t warned = g->warnings.n;
	struct err e = { 0 };
	int rc;

	m = (struct monitor){
		.g = g,
		.c = c,
		.p = p,
		.log = &log,
		.loop = LOOP_INIT,
		.cgroup = CGROUP_INIT,
		.input = STR_INIT,
		.health = HEALTH_INIT,
		.out = { .fd = -1 },
		.err = { .fd = -1 },
		.in = { .fd = -1 },
		.listen = { .fd = -1 },
		.behind = { .fd = -1 },
		.child = { .pidfd = -1 },
		.ends = ENDPOINTS_INIT,
		.resolver = RESOLVER_INIT,
		.stop_signal = plan_stop_signal(c),
	};
	m.kill = (struct loop_timer){ .fn = traffic_kill, .arg = &m };
	m.restart = (struct loop_timer){ .fn = restart_due, .arg = &m };
	m.drain = (struct loop_timer){ .fn = drain_due, .arg = &m };
	leave_caller();
	rc = prepare(&m, first, want, &e);
	if (rc >= 0)
		rc = monitor_launch(&m, &e);
	if (rc < 0) {
		failed(&m, &e);
		_exit(1);
	}
	if (!monitor_is_exec(&m))
		state_running(&m);
	tell_started(&m, warned);
	leave_files();
	m.loop.idle_ms = IDLE_MS;
	rc = loop_run(&m.loop, &e);
	if (monitor_is_exec(&m)) {
		tell_exit(&m);
		_exit(rc < 0);
	}
	log_finish(&log, clock_real_ns());
	log_close(&log);
	if (c->config.auto_remove && !m.kept) {
		(void)!container_remove(g->store, c->id, c->name, NULL);
		volumes_drop(g, c);
		event_container(g->store, c, "destroy", NULL);
	} else {
		unlinkat(p->state_dir, "attach.sock", 0);
	}
	close(lock);
	take_latecomers(&m);
	tell_exit(&m);
	_exit(rc < 0);
}
