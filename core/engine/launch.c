// SPDX-License-Identifier: MIT
/* launch.c - one start of the program: cgroup, pipes, clone, and init's word. */
#include "core/engine/monitor_in.h"

#include "build/gen/config.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "core/engine/cgpath.h"
#include "core/engine/init.h"
#include "core/engine/stub.h"
#include "core/kern/caps.h"
#include "core/os/proc.h"
#include "core/os/sock.h"

/* --- start ------------------------------------------------------------------------------ */

enum { FILES_MAX = 1 << 20 }; /* descriptors: two for a published port, and what is relayed */

struct pipes {
	int in[2], out[2], err[2], report[2], tty[2], pid[2], go[2];
};

static void pipes_close(struct pipes *p)
{
	int *all = (int *)p;

	for (size_t i = 0; i < sizeof(*p) / sizeof(int); i++) {
		if (all[i] >= 0)
			close(all[i]);
		all[i] = -1;
	}
}

static int pipes_open(struct monitor *m, struct pipes *p, struct err *e)
{
	memset(p, -1, sizeof(*p));
	if (pipe2(p->report, O_CLOEXEC) < 0 ||
	    (monitor_has_sibling(m) && pipe2(p->pid, O_CLOEXEC) < 0) ||
	    (m->ends.n && pipe2(p->go, O_CLOEXEC) < 0))
		return err_sys(e, "pipe");
	if (monitor_is_tty(m)) {
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p->tty) < 0)
			return err_sys(e, "socketpair");
		return 0;
	}
	if (pipe2(p->out, O_CLOEXEC) < 0 || pipe2(p->err, O_CLOEXEC) < 0)
		return err_sys(e, "pipe");
	if (m->c->config.open_stdin) {
		if (pipe2(p->in, O_CLOEXEC) < 0)
			return err_sys(e, "pipe");
		return 0;
	}
	p->in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return p->in[0] < 0 ? err_sys(e, "open /dev/null") : 0;
}

static int take_stream(struct monitor *m, struct loop_watch *w, int *fd, uint32_t events,
	void (*fn)(struct loop *, struct loop_watch *, uint32_t), struct err *e)
{
	*w = (struct loop_watch){ .fd = *fd, .events = events, .fn = fn, .arg = m };
	*fd = -1;
	if (fcntl(w->fd, F_SETFL, fcntl(w->fd, F_GETFL) | O_NONBLOCK) < 0)
		return err_sys(e, "fcntl");
	return loop_add(&m->loop, w, e);
}

/* The child runs; take our ends and wait for its word. */
static int child_wait(struct monitor *m, struct pipes *p, struct err *e)
{
	int master = -1, rc = 0;
	size_t n = 1;
	char c;

	if (monitor_is_tty(m)) {
		if (sock_recv_fds(p->tty[0], &c, 1, &master, &n, NULL) > 0 && n == 1)
			rc = take_stream(m, &m->out, &master, EPOLLIN, traffic_tty, e);
	} else {
		rc = take_stream(m, &m->out, &p->out[0], EPOLLIN, traffic_output, e);
		if (rc >= 0)
			rc = take_stream(m, &m->err, &p->err[0], EPOLLIN, traffic_output, e);
		if (rc >= 0 && p->in[1] >= 0)
			rc = take_stream(m, &m->in, &p->in[1], 0, traffic_input, e);
	}
	return rc < 0 ? rc : child_started(p->report[0], e);
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* The one that was cloned forks the program as its sibling, our child, and ends. When no
 * pid comes, it has failed and says why in the report. */
static void sibling_take(struct monitor *m, int fd)
{
	pid_t pid;
	ssize_t n;

	do
		n = read(fd, &pid, sizeof(pid));
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(pid))
		return;
	waitpid(m->child.pid, NULL, 0);
	if (m->child.pidfd >= 0)
		close(m->child.pidfd);
	m->child.pid = pid;
	m->child.pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
}

static int child_clone(struct monitor *m, struct pipes *p, struct err *e)
{
	struct init_link link = { .report = p->report[1],
				  .in = p->in[0],
				  .out = p->out[1],
				  .err = p->err[1],
				  .tty = p->tty[1],
				  .pid = p->pid[1],
				  .go = p->go[0] };
	int rc;

	link.stub = stub_open(e);
	if (link.stub < 0)
		return link.stub;
	rc = ns_clone(m->p->clone_flags, m->cgroup.fd, &m->child, e);
	if (rc == 0 && m->child.pid == 0) {
		if (CFG_BRIDGES) /* they may fill all numbers that the program's limit leaves */
			publish_release(&m->ends.ports);
		link.cgroup = m->cgroup.mode == CGROUP_NONE ? NULL : &m->cgroup;
		link.in_cgroup = m->child.in_cgroup;
		if (monitor_is_exec(m))
			init_join(&m->p->spec, &link, &m->p->target,
				m->p->spec.ns[SPEC_PID].fd);
		init_container(&m->p->spec, &link);
	}
	close(link.stub);
	close_one(&p->report[1]);
	close_one(&p->in[0]);
	close_one(&p->out[1]);
	close_one(&p->err[1]);
	close_one(&p->tty[1]);
	close_one(&p->pid[1]);
	close_one(&p->go[0]);
	if (rc >= 0 && monitor_has_sibling(m))
		sibling_take(m, p->pid[0]);
	return rc;
}

static void say_warning(void *arg, const char *text)
{
	engine_warn(arg, "%s", text);
}

static void count_warning(void *arg, const char *text UNUSED)
{
	++*(int *)arg;
}

/* One sentence for all the limits that an ordinary user cannot set: the kernel could. */
static int limits_without(struct monitor *m, struct err *e)
{
	int asked = 0;
	const struct warn w = { count_warning, &asked };
	int rc = cgroup_create(&m->cgroup, &m->p->limits, &w, e);

	if (asked)
		engine_warn(m->g, "limits are discarded: an ordinary user may set none here (needs "
				  "a cgroup v2 that is delegated to the user)");
	return rc;
}

/* Without the devices controller nothing would stop a container from making the host's disk and
 * opening it (Z21): then it makes no node, and no node but those of /dev can be opened. */
static void devices_guard(struct monitor *m)
{
	struct container_spec *s = &m->p->spec;

	/* In a user namespace the kernel itself makes none, and opens none on our mounts. */
	if (s->privileged || spec_is_mapped(s) || (m->cgroup.made & 1u << CGROUP_DEVICES))
		return;
	if (!s->no_devices && s->caps & CAP_BIT(CAP_MKNOD))
		engine_warn(m->g, "no devices cgroup controller: the container may make no device "
				  "nodes");
	s->no_devices = true;
	s->caps &= ~CAP_BIT(CAP_MKNOD);
}

/* The parent's half of the network, while the child mounts. */
static int network_up(struct monitor *m, struct pipes *p, struct err *e)
{
	int rc;

	if (!CFG_BRIDGES || !m->ends.n)
		return 0;
	rc = endpoints_up(&m->ends, m->child.pid, e);
	if (rc >= 0)
		rc = endpoints_serve(&m->ends, &m->loop, e);
	if (rc >= 0 && resolver_wanted(m->c))
		rc = resolver_start(&m->resolver, &m->ends, &m->loop, e);
	if (rc >= 0 && write(p->go[1], "", 1) != 1)
		rc = err_sys(e, "tell the container that its network is there");
	return rc;
}

void monitor_network_down(struct monitor *m)
{
	if (!CFG_BRIDGES)
		return;
	resolver_stop(&m->resolver);
	endpoints_down(&m->ends);
}

int monitor_launch(struct monitor *m, struct err *e)
{
	const struct warn w = { say_warning, m->g };
	struct pipes p;
	int rc = cgroup_open(&m->cgroup, m->p->cgroup, e);

	m->cgroup.above_too = cgpath_is_own(m->g->store, m->p->cgroup);
	if (rc >= 0 && !monitor_is_exec(m)) {
		if (spec_is_mapped(&m->p->spec) && m->cgroup.mode == CGROUP_NONE)
			rc = limits_without(m, e);
		else
			rc = cgroup_create(&m->cgroup, &m->p->limits, &w, e);
		devices_guard(m);
	}
	if (CFG_BRIDGES && plan_publishes(m->c) && !monitor_is_exec(m))
		proc_want_files(FILES_MAX); /* the program's own limit is the plan's */
	if (CFG_BRIDGES && rc >= 0 && !monitor_is_exec(m))
		rc = endpoints_take(&m->ends, m->g, m->c, m->p->state_dir, e);
	if (rc < 0)
		return rc;
	rc = pipes_open(m, &p, e);
	if (rc >= 0)
		rc = child_clone(m, &p, e);
	if (rc >= 0) {
		m->running = true;
		m->ended = m->in_closing = false;
		rc = network_up(m, &p, e);
	}
	if (rc >= 0) {
		rc = child_wait(m, &p, e);
	}
	pipes_close(&p);
	return rc;
}
