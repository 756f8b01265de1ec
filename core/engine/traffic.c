// SPDX-License-Identifier: MIT
/* traffic.c - the monitor's streams and clients: output to the log and to whoever is attached,
 * input from them, and what they ask for. */
#include "core/engine/monitor_in.h"
#include "build/gen/config.h"
#include "core/engine/event.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include "core/os/clock.h"
#include "core/os/sock.h"
#include "core/os/tty.h"

/* --- streams --------------------------------------------------------------------- */

void traffic_close(struct monitor *m, struct loop_watch *w)
{
	int fd = w->fd;

	if (fd < 0)
		return;
	loop_remove(&m->loop, w);
	close(fd);
}

bool traffic_open(const struct monitor *m)
{
	return m->out.fd >= 0 || m->err.fd >= 0;
}

bool traffic_waits(const struct monitor *m)
{
	struct pollfd p[] = { { .fd = m->out.fd, .events = POLLIN },
			      { .fd = m->err.fd, .events = POLLIN } };

	return poll(p, countof(p), 0) > 0 && (p[0].revents | p[1].revents) & POLLIN;
}

/* Is some client behind? Then the container's output waits. */
bool traffic_behind(const struct monitor *m)
{
	for (const struct client *c = m->clients; c; c = c->next) {
		if (c->out.len && !c->gone)
			return true;
	}
	return false;
}

static void streams_hold(struct monitor *m, bool hold)
{
	hold = hold || log_holds(m->log);
	if (m->out.fd >= 0)
		(void)!loop_change(&m->loop, &m->out, hold ? 0 : EPOLLIN, NULL);
	if (m->err.fd >= 0)
		(void)!loop_change(&m->loop, &m->err, hold ? 0 : EPOLLIN, NULL);
}

static void log_ready(struct loop *l, struct loop_watch *w, uint32_t events);

/* Wait for the log's receiver while it is behind. Its descriptor may be another by now. */
static void log_watch(struct monitor *m)
{
	if (!CFG_LOG_SYSLOG || !log_behind(m->log))
		return;
	m->behind = (struct loop_watch){ log_fd(m->log), EPOLLOUT, log_ready, m };
	if (loop_add(&m->loop, &m->behind, NULL) < 0)
		m->behind.fd = -1;
	streams_hold(m, traffic_behind(m));
}

static void log_unwatch(struct monitor *m)
{
	if (CFG_LOG_SYSLOG && m->behind.fd >= 0)
		loop_remove(&m->loop, &m->behind);
}

static void log_ready(struct loop *l, struct loop_watch *w, uint32_t events)
{
	struct monitor *m = w->arg;

	(void)l;
	(void)events;
	log_unwatch(m);
	log_more(m->log);
	log_watch(m);
	if (!log_behind(m->log))
		streams_hold(m, traffic_behind(m));
}

static void output_give(struct monitor *m, enum wire_type stream, const char *data, size_t len)
{
	unsigned want = stream == WIRE_STDOUT ? WIRE_WANT_STDOUT : WIRE_WANT_STDERR;

	log_unwatch(m);
	log_write(m->log, stream == WIRE_STDERR ? LOG_STDERR : LOG_STDOUT, data, len,
		clock_real_ns());
	log_watch(m);
	for (struct client *c = m->clients; c; c = c->next) {
		if (!(c->want & want))
			continue;
		client_send(c, stream, data, len);
		if (c->out.len && !c->gone)
			(void)!loop_change(&m->loop, &c->watch, EPOLLIN | EPOLLOUT, NULL);
	}
	if (traffic_behind(m))
		streams_hold(m, true);
}

void traffic_output(struct loop *l, struct loop_watch *w, uint32_t events)
{
	struct monitor *m = w->arg;
	static char buf[WIRE_MAX]; /* one process, one loop */
	ssize_t n = read(w->fd, buf, sizeof(buf));

	(void)l;
	(void)events;
	if (n > 0) {
		output_give(m, w == &m->err ? WIRE_STDERR : WIRE_STDOUT, buf, (size_t)n);
		return;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	traffic_close(m, w); /* a terminal whose last program ended gives EIO */
	if (m->ended && !traffic_open(m))
		monitor_finish(m);
}

static int input_fd(const struct monitor *m)
{
	return monitor_is_tty(m) ? m->out.fd : m->in.fd;
}

static void input_close(struct monitor *m)
{
	str_release(&m->input);
	if (!monitor_is_tty(m))
		traffic_close(m, &m->in);
}

static void done_say(struct client *c, enum wire_type request)
{
	unsigned char b = (unsigned char)request;

	client_send(c, WIRE_DONE, &b, 1);
}

/* What clients sent is taken, or nobody will ever take it. */
static void input_answer(struct monitor *m)
{
	for (struct client *c = m->clients; c; c = c->next) {
		if (c->stdin_due)
			done_say(c, WIRE_STDIN);
		c->stdin_due = false;
	}
}

static void input_flush(struct monitor *m)
{
	int fd = input_fd(m);

	while (m->input.len && fd >= 0) {
		ssize_t n = write(fd, m->input.s, m->input.len);

		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0 && errno != EINTR) {
			input_close(m);
			break;
		}
		if (n > 0)
			str_drop(&m->input, (size_t)n);
	}
	if (fd < 0)
		str_reset(&m->input);
	if (!m->input.len && m->in_closing)
		input_close(m);
	if (m->in.fd >= 0)
		(void)!loop_change(&m->loop, &m->in, m->input.len ? EPOLLOUT : 0, NULL);
	else if (monitor_is_tty(m) && m->out.fd >= 0)
		(void)!loop_change(&m->loop, &m->out, EPOLLIN | (m->input.len ? EPOLLOUT : 0),
				   NULL);
	if (!m->input.len)
		input_answer(m);
}

void traffic_input(struct loop *l, struct loop_watch *w, uint32_t events)
{
	struct monitor *m = w->arg;

	(void)l;
	if (events & (EPOLLERR | EPOLLHUP)) {
		traffic_close(m, w); /* the program closed its input */
		str_release(&m->input);
		input_answer(m);
		return;
	}
	input_flush(m);
}

void traffic_tty(struct loop *l, struct loop_watch *w, uint32_t events)
{
	struct monitor *m = w->arg;

	if (events & EPOLLOUT)
		input_flush(m);
	if (w->fd >= 0 && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		traffic_output(l, w, events);
}

/* --- what clients ask for -------------------------------------------------------------- */

int traffic_signal(struct monitor *m, int signo)
{
	if (!m->running || m->child.pid <= 0)
		return -ESRCH;
	if (m->child.pidfd >= 0)
		return syscall(SYS_pidfd_send_signal, m->child.pidfd, signo, NULL, 0) < 0 ? -errno
											  : 0;
	return kill(m->child.pid, signo) < 0 ? -errno : 0; /* our child, not waited for yet */
}

/* A signal that somebody asked for. */
static void signal_asked(struct monitor *m, int signo)
{
	if (traffic_signal(m, signo) >= 0 && !monitor_is_exec(m))
		event_number(m->g->store, m->c, "kill", "signal", signo);
}

void traffic_kill(struct loop *l, struct loop_timer *t)
{
	(void)l;
	signal_asked(t->arg, SIGKILL);
}

static void stop_begin(struct monitor *m, int signo, int64_t wait_s)
{
	m->stopping = true;
	if (m->restart.at_ms) {
		loop_timer_stop(&m->loop, &m->restart);
		loop_stop(&m->loop, 0);
		return;
	}
	signal_asked(m, wait_s == 0 ? SIGKILL : signo);
	request_thaw(m);
	if (wait_s > 0)
		loop_timer_set(&m->loop, &m->kill, wait_s * 1000);
}

/* A signal that may end the program wakes a paused one, as Docker's does: any signal where
 * no stop signal was named. */
static void signal_send(struct monitor *m, int signo)
{
	bool ends = signo == SIGKILL || signo == m->stop_signal;

	m->stopping = m->stopping || ends;
	signal_asked(m, signo);
	if (ends || !*m->c->config.stop_signal)
		request_thaw(m);
}

/* DONE, or why not. */
static void answer(struct client *c, enum wire_type request, int rc, const struct err *e)
{
	unsigned char b[sizeof(*e) + 1] = { 0 };

	if (rc >= 0) {
		done_say(c, request);
		return;
	}
	memcpy(b, e, sizeof(*e));
	client_send(c, WIRE_FAILED, b, sizeof(b));
}

static uint32_t be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void client_message(void *arg, struct client *c, enum wire_type type,
	const unsigned char *data, size_t len)
{
	struct monitor *m = arg;
	struct err e = { 0 };

	switch (type) {
	case WIRE_HELLO:
		c->want = len ? data[0] : 0;
		break;
	case WIRE_STDIN:
		if (!(c->want & WIRE_WANT_STDIN))
			break;
		str_add(&m->input, data, len);
		c->stdin_due = true;
		m->in_closing = m->in_closing || (!len && m->c->config.stdin_once);
		input_flush(m);
		break;
	case WIRE_RESIZE:
		if (len == 4 && monitor_is_tty(m) && m->out.fd >= 0)
			(void)!tty_set_size(m->out.fd, (unsigned short)(data[0] << 8 | data[1]),
				(unsigned short)(data[2] << 8 | data[3]));
		break;
	case WIRE_SIGNAL:
		if (len != 1)
			break;
		signal_send(m, data[0]);
		done_say(c, WIRE_SIGNAL);
		break;
	case WIRE_STOP:
		if (len != 5 && len != 6)
			break;
		m->stop_asked = !data[0];
		m->kept = m->kept || (len == 6 && data[5]);
		stop_begin(m, data[0] ? data[0] : m->stop_signal, be32(data + 1));
		done_say(c, WIRE_STOP);
		break;
	case WIRE_PAUSE:
		if (len == 1)
			answer(c, type, request_pause(m, data[0], &e), &e);
		break;
	case WIRE_HOLD:
		if (!CFG_COMMIT || c->holds)
			break;
		c->holds = request_hold(m, &e) >= 0;
		answer(c, type, c->holds ? 0 : -e.code, &e);
		break;
	case WIRE_RELOAD:
		answer(c, type, request_reload(m, &e), &e);
		break;
	default:
		c->gone = true;
	}
}

static void clients_sweep(struct monitor *m)
{
	for (struct client **at = &m->clients; *at;) {
		struct client *c = *at;

		if (!c->gone) {
			at = &c->next;
			continue;
		}
		if (c->want & WIRE_WANT_STDIN && m->c->config.stdin_once && !m->in_closing) {
			m->in_closing = true;
			input_flush(m);
		}
		if (c->holds)
			request_let_go(m);
		*at = c->next;
		if (c->watch.fd >= 0) {
			int fd = c->watch.fd;

			loop_remove(&m->loop, &c->watch);
			c->watch.fd = fd;
		}
		client_release(c);
		free(c);
		m->clients_n--;
	}
	if (!traffic_behind(m))
		streams_hold(m, false);
}

static void client_ready(struct loop *l, struct loop_watch *w, uint32_t events)
{
	struct client *c = w->arg;
	struct monitor *m = l->arg;

	if (events & EPOLLOUT && client_flush(c))
		(void)!loop_change(l, w, EPOLLIN, NULL);
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		client_read(c, client_message, m);
	clients_sweep(m);
}

void traffic_client(struct monitor *m, int fd, unsigned want)
{
	struct client *c = m->clients_n < CLIENTS_MAX ? calloc(1, sizeof(*c)) : NULL;

	if (!c) {
		close(fd);
		return;
	}
	c->in = c->out = (struct str)STR_INIT;
	c->want = want;
	c->watch = (struct loop_watch){ .fd = fd, .events = EPOLLIN, .fn = client_ready, .arg = c };
	if (loop_add(&m->loop, &c->watch, NULL) < 0) {
		client_release(c);
		free(c);
		return;
	}
	c->next = m->clients;
	m->clients = c;
	m->clients_n++;
}

void traffic_listen(struct loop *l, struct loop_watch *w, uint32_t events)
{
	struct monitor *m = w->arg;
	int fd = sock_accept(w->fd, NULL);
	struct sock_peer peer;

	(void)l;
	(void)events;
	if (fd < 0)
		return;
	if (sock_peer(fd, &peer, NULL) < 0 || (peer.uid != 0 && peer.uid != geteuid())) {
		close(fd);
		return;
	}
	traffic_client(m, fd, 0);
}
