// SPDX-License-Identifier: MIT
/* monitor_in.h - what the files of the monitor share: monitor.c (its life), launch.c (one start
 * of the program), traffic.c (streams and clients) and request.c (what they ask for). For them
 * only. */
#pragma once

#include "core/engine/client.h"
#include "core/engine/endpoints.h"
#include "core/engine/health.h"
#include "core/engine/log.h"
#include "core/engine/monitor.h"
#include "core/engine/resolver.h"
#include "core/kern/ns.h"
#include "core/os/loop.h"

enum {
	CLIENTS_MAX = 256,
	BACKOFF_FIRST_MS = 100,
	BACKOFF_MAX_MS = 60000, /* Docker's restart delays */
	STABLE_MS = 10000, /* ran this long: the delay begins anew */
	IDLE_MS = 1000, /* after this without an event memory is given back */
	DRAIN_MS = 2000, /* wait for output after the end, at most */
	KILL_MS = 60000, /* until what an end left in the group is dead too */
	DRAIN_MORE_MS = 10, /* and for what is in the pipes already, if we were late */
	DRAIN_MORE = 200, /* times: no pipe holds as much */
};

struct monitor {
	struct engine *g;
	struct container *c;
	struct plan *p;
	struct loop loop;
	struct cgroup cgroup;
	struct log_writer *log;
	struct ns_child child;
	struct endpoints ends;
	struct resolver resolver;
	struct loop_watch out, err, in,
		listen; /* tty: `out` is the terminal, and input goes there */
	struct loop_watch behind; /* the log's receiver, while it takes no more */
	struct loop_timer kill, restart, drain;
	struct health health;
	struct client *clients;
	int clients_n;
	struct str input; /* for the program, not taken yet; at most one message */
	int stop_signal;
	int status; /* of wait(2), once ended */
	int holders; /* clients that hold the container still */
	int drains; /* how often output was found there after DRAIN_MS */
	int64_t backoff_ms;
	bool running, ended, stopping, in_closing;
	bool stop_asked; /* by `stop`, not by a kill or a removal: for the event */
	bool kept; /* whoever stops it starts it again: a --rm container stays */
};

static inline bool monitor_is_exec(const struct monitor *m)
{
	return m->p->target.pid != 0;
}

/* What we clone forks the program as its sibling, in a pid namespace of others or in one that
 * it could make only once it had joined a user namespace. */
static inline bool monitor_has_sibling(const struct monitor *m)
{
	const struct container_spec *s = &m->p->spec;

	return monitor_is_exec(m) || s->ns[SPEC_PID].mode == SPEC_NS_JOIN ||
		(s->userns_join && s->ns[SPEC_PID].mode == SPEC_NS_NEW);
}

static inline bool monitor_is_tty(const struct monitor *m)
{
	return m->p->spec.tty;
}

/* monitor.c: the program is gone and its output is drained. */
void monitor_finish(struct monitor *m);

/* monitor.c: the PORTS that ps shows, until its networks are others; in m->g->mem. */
const char *monitor_ports(struct monitor *m);

/* launch.c: cgroup, pipes, clone; returns when the program runs, or could not (-errno). */
NODISCARD int monitor_launch(struct monitor *m, struct err *e);

/* launch.c: what the container has in its networks goes. */
void monitor_network_down(struct monitor *m);

/* request.c: what is asked for besides streams, signals and an end. */
NODISCARD int request_pause(struct monitor *m, bool on, struct err *e);

/* Follow what a command changed in the record: name, restart policy, limits of the next start. */
NODISCARD int request_reload(struct monitor *m, struct err *e);

/* Hold it still for one client more; and for one less. */
NODISCARD int request_hold(struct monitor *m, struct err *e);
void request_let_go(struct monitor *m);

/* Let a paused container go, so that it can take a signal. */
void request_thaw(struct monitor *m);

/* traffic.c. Signals go by the descriptor of the process, so never to another: 0 or -errno. */
int traffic_signal(struct monitor *m, int signo);
void traffic_client(struct monitor *m, int fd, unsigned want);	/* takes fd over */
void traffic_close(struct monitor *m, struct loop_watch *w);
bool traffic_open(const struct monitor *m);	/* does the program's output still come? */
bool traffic_waits(const struct monitor *m);	/* is there some to be read now? */
bool traffic_behind(const struct monitor *m);	/* does some client read too slowly? */

/* What the loop calls. */
void traffic_output(struct loop *l, struct loop_watch *w, uint32_t events);
void traffic_input(struct loop *l, struct loop_watch *w, uint32_t events);
void traffic_tty(struct loop *l, struct loop_watch *w, uint32_t events);
void traffic_listen(struct loop *l, struct loop_watch *w, uint32_t events);
void traffic_kill(struct loop *l, struct loop_timer *t);
