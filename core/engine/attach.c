// SPDX-License-Identifier: MIT
/* attach.c - the user's end of an attach connection.
 *
 *   1 the terminal goes raw, signals are taken by descriptor
 *   2 one poll loop: input → WIRE_STDIN, one unanswered at a time; output → our descriptors,
 *     and nothing more is read from the monitor until that is written; signals and the
 *     window's size as messages between
 *   3 WIRE_EXIT, the detach keys or a failure end it; the terminal is as it was on each way
 *     out, death by a signal included
 *
 * Our input and output are shared with others (the shell), so their flags stay as they are:
 * we read and write only what poll said will not block. Bytes from the container go to the
 * user's terminal as they are; that is what attach is. */
#include "core/engine/engine.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "core/engine/wire.h"
#include "core/fmt/detach.h"
#include "core/os/tty.h"

enum {
	CONTROL_MAX = 4096, /* bytes of small messages that wait to be sent */
	IN_MAX = 2 * (WIRE_HEAD + WIRE_MAX),
	SAFE_WRITE = 4096, /* PIPE_BUF: as much fits when poll says so */
};

enum how { GO_ON = 1 };

struct session {
	int fd; /* borrowed; the monitor */
	const struct attach_io *io;
	struct detach keys;
	int sig; /* owned; signalfd, or -1 */
	bool raw, masked, no_nowait;
	bool in_open; /* there may be more input */
	bool in_due; /* a WIRE_STDIN is not answered yet */
	bool detached;
	struct termios was;
	sigset_t mask_was;
	struct sigaction pipe_was;
	int code; /* of WIRE_EXIT */
	int out_fd; /* where `out_len` bytes of `in` are to go; borrowed */
	size_t out_at, out_len;
	size_t in_n; /* bytes in `in`; its first message is the one being written */
	size_t send_at, send_n;
	char in[IN_MAX];
	char send[WIRE_HEAD + WIRE_MAX + CONTROL_MAX];
};

/* --- terminal and signals -------------------------------------------------------------- */

static void session_end(struct session *s)
{
	if (s->raw)
		tty_restore(s->io->in, &s->was);
	s->raw = false;
	close_at(&s->sig);
	s->sig = -1;
	if (s->masked) {
		sigaction(SIGPIPE, &s->pipe_was, NULL);
		sigprocmask(SIG_SETMASK, &s->mask_was, NULL);
	}
	s->masked = false;
}

/* Proxy: all that can be had but those about ourselves. With a terminal and no proxy those
 * that would end us, so that the terminal is put right first. */
static void signals_wanted(const struct session *s, sigset_t *set)
{
	static const int ours[] = { SIGCHLD, SIGPIPE, SIGURG };
	static const int deadly[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

	sigemptyset(set);
	if (s->io->sig_proxy) {
		sigfillset(set);
		for (size_t i = 0; i < countof(ours); i++)
			sigdelset(set, ours[i]);
	} else if (s->io->tty) {
		for (size_t i = 0; i < countof(deadly); i++)
			sigaddset(set, deadly[i]);
	}
	if (s->io->tty) {
		sigaddset(set, SIGWINCH);
		sigaddset(set, SIGCONT);
	}
}

static int session_begin(struct session *s, struct err *e)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t set;
	int rc;

	rc = detach_parse(&s->keys, s->io->detach_keys, e);
	if (rc < 0)
		return rc;
	if (!s->io->tty)
		s->keys.n = 0;
	signals_wanted(s, &set);
	s->sig = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->sig < 0)
		return err_sys(e, "signalfd");
	sigaction(SIGPIPE, &ignore, &s->pipe_was);
	sigprocmask(SIG_BLOCK, &set, &s->mask_was);
	s->masked = true;
	s->in_open = s->io->in >= 0;
	if (!s->io->tty || s->io->in < 0 || !isatty(s->io->in))
		return 0;
	rc = tty_raw(s->io->in, &s->was, e);
	s->raw = rc == 0;
	return rc;
}

/* --- to the monitor -------------------------------------------------------------------- */

/* Put one message behind those that wait. A small one that does not fit is dropped: then
 * the monitor has not read for a hundred others. */
static void send_put(struct session *s, enum wire_type type, const void *data, size_t len)
{
	if (s->send_at == s->send_n)
		s->send_at = s->send_n = 0;
	if (s->send_n + WIRE_HEAD + len > sizeof(s->send))
		return;
	wire_head((unsigned char *)s->send + s->send_n, type, len);
	memcpy(s->send + s->send_n + WIRE_HEAD, data, len);
	s->send_n += WIRE_HEAD + len;
}

static int send_some(struct session *s, struct err *e)
{
	ssize_t n;

	if (s->send_at == s->send_n)
		return GO_ON;
	n = send(s->fd, s->send + s->send_at, s->send_n - s->send_at, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n >= 0)
		s->send_at += (size_t)n;
	else if (errno == EPIPE || errno == ECONNRESET)
		s->send_at = s->send_n; /* it ended; what it said is still to be read */
	else if (errno != EAGAIN && errno != EINTR)
		return err_sys(e, "send to the container's monitor");
	return GO_ON;
}

static void size_send(struct session *s)
{
	unsigned char b[4];
	struct winsize ws;

	if ((s->io->out < 0 || tty_get_size(s->io->out, &ws) < 0) &&
		(s->io->in < 0 || tty_get_size(s->io->in, &ws) < 0))
		return;
	if (!ws.ws_row && !ws.ws_col)
		return;
	b[0] = (unsigned char)(ws.ws_row >> 8);
	b[1] = (unsigned char)ws.ws_row;
	b[2] = (unsigned char)(ws.ws_col >> 8);
	b[3] = (unsigned char)ws.ws_col;
	send_put(s, WIRE_RESIZE, b, sizeof(b));
}

static bool ignored(int signo)
{
	struct sigaction now;

	return sigaction(signo, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

/* A signal that ends us, with the terminal put right. We go on when somebody handles it. */
static int die(struct session *s, int signo, struct err *e)
{
	if (ignored(signo))
		return GO_ON;
	session_end(s);
	raise(signo);
	return err_set(e, EINTR, "interrupted by a signal");
}

/* We were stopped, and a shell has used the terminal since. */
static void resume(struct session *s)
{
	struct termios theirs;

	if (s->raw)
		(void)!tty_raw(s->io->in, &theirs, NULL);
	size_send(s);
}

static int signal_take(struct session *s, struct err *e)
{
	struct signalfd_siginfo si;
	unsigned char signo;

	while (read(s->sig, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		if (si.ssi_signo == SIGWINCH && s->io->tty) {
			size_send(s);
		} else if (si.ssi_signo == SIGCONT && s->io->tty) {
			resume(s);
		} else if (s->io->sig_proxy) {
			signo = (unsigned char)si.ssi_signo;
			send_put(s, WIRE_SIGNAL, &signo, 1);
		} else {
			int rc = die(s, (int)si.ssi_signo, e);

			if (rc < 0)
				return rc;
		}
	}
	return GO_ON;
}

static bool wants_input(const struct session *s)
{
	return s->in_open && !s->in_due && s->send_at == s->send_n;
}

static void input_send(struct session *s, const char *data, size_t len)
{
	send_put(s, WIRE_STDIN, data, len);
	s->in_due = true;
}

static void input_end(struct session *s)
{
	char held[DETACH_MAX];
	size_t n = detach_end(&s->keys, held);

	if (n) { /* and the end when that is answered: input has ended still */
		input_send(s, held, n);
		return;
	}
	input_send(s, "", 0);
	s->in_open = false;
}

static int input_take(struct session *s, struct err *e)
{
	char raw[WIRE_MAX - DETACH_MAX], out[WIRE_MAX];
	ssize_t n = read(s->io->in, raw, sizeof(raw));
	size_t len;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return GO_ON;
	if (n < 0 && errno != EIO && errno != EBADF)
		return err_sys(e, "read /dev/stdin");
	if (n <= 0) {
		input_end(s);
		return GO_ON;
	}
	s->detached = detach_feed(&s->keys, raw, (size_t)n, out, &len);
	if (len)
		input_send(s, out, len);
	return GO_ON;
}

/* --- from the monitor ------------------------------------------------------------------ */

static int exit_take(struct session *s, const unsigned char *p, size_t len, struct err *e)
{
	if (len != 4)
		return err_set(e, EPROTO, "the container's monitor sent nonsense");
	s->code = (int)((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]);
	return 0;
}

static int failed_take(const unsigned char *p, size_t len, struct err *e)
{
	struct err got;

	if (len != sizeof(got) + 1)
		return err_set(e, EPROTO, "the container's monitor sent nonsense");
	memcpy(&got, p, sizeof(got));
	got.msg[sizeof(got.msg) - 1] = 0;
	return err_set(e, got.code > 0 ? got.code : EIO, "%s", got.msg);
}

/* One whole message. GO_ON, 0 at the container's end, or -errno. */
static int message(struct session *s, enum wire_type type, const unsigned char *p, size_t len,
	struct err *e)
{
	switch (type) {
	case WIRE_STDOUT:
	case WIRE_STDERR:
		s->out_fd = type == WIRE_STDOUT ? s->io->out : s->io->err;
		s->out_at = WIRE_HEAD;
		s->out_len = s->out_fd < 0 ? 0 : len;
		return GO_ON;
	case WIRE_DONE:
		if (len == 1 && *p == WIRE_STDIN)
			s->in_due = false;
		return GO_ON;
	case WIRE_STARTED:
		return GO_ON;
	case WIRE_FAILED:
		return failed_take(p, len, e);
	case WIRE_EXIT:
		return exit_take(s, p, len, e);
	default:
		return err_set(e, EPROTO, "the container's monitor sent nonsense");
	}
}

/* Take the messages that are there, up to one whose bytes must be written first. */
static int messages(struct session *s, struct err *e)
{
	size_t at = 0;
	int rc = GO_ON;

	while (rc == GO_ON && !s->out_len && s->in_n - at >= WIRE_HEAD) {
		const unsigned char *head = (const unsigned char *)s->in + at;
		enum wire_type type;
		int len = wire_parse(head, &type);

		if (len < 0)
			return err_set(e, EPROTO, "the container's monitor sent nonsense");
		if (s->in_n - at < WIRE_HEAD + (size_t)len)
			break;
		rc = message(s, type, head + WIRE_HEAD, (size_t)len, e);
		if (s->out_len)
			s->out_at += at;
		at += WIRE_HEAD + (size_t)len;
	}
	if (s->out_len)
		return rc; /* `in` stays where it is until that is written */
	s->in_n -= at;
	memmove(s->in, s->in + at, s->in_n);
	return rc;
}

static int receive(struct session *s, struct err *e)
{
	ssize_t n = recv(s->fd, s->in + s->in_n, sizeof(s->in) - s->in_n, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return GO_ON;
	if (n < 0 && errno != ECONNRESET)
		return err_sys(e, "read from the container's monitor");
	if (n <= 0)
		return err_set(e, ECONNRESET, "the container's monitor ended unexpectedly");
	s->in_n += (size_t)n;
	return messages(s, e);
}

static int output_failed(const struct session *s, struct err *e)
{
	const char *name = s->out_fd == s->io->out ? "stdout" : "stderr";

	if (errno == EPIPE)
		return err_set(e, EPIPE, "write /dev/%s: broken pipe", name);
	return err_sys(e, "write /dev/%s", name);
}

/* Write without blocking on a descriptor that may block: a pipe can be asked not to (Linux
 * 6.4), a regular file does not, for the rest poll has promised room for a little. */
static ssize_t write_ready(struct session *s, const char *data, size_t len)
{
	struct iovec v = { (void *)(uintptr_t)data, len };
	struct stat st;
	ssize_t n;

	if (fstat(s->out_fd, &st) == 0 && S_ISREG(st.st_mode))
		return write(s->out_fd, data, len);
	if (S_ISFIFO(st.st_mode) && !s->no_nowait) {
		n = pwritev2(s->out_fd, &v, 1, -1, RWF_NOWAIT);
		if (n >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL))
			return n;
		s->no_nowait = true;
	}
	return write(s->out_fd, data, len < SAFE_WRITE ? len : SAFE_WRITE);
}

static int output_write(struct session *s, struct err *e)
{
	ssize_t n = write_ready(s, s->in + s->out_at, s->out_len);
	size_t used;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return GO_ON;
	if (n < 0)
		return output_failed(s, e);
	s->out_at += (size_t)n;
	s->out_len -= (size_t)n;
	if (s->out_len)
		return GO_ON;
	used = s->out_at;
	s->in_n -= used;
	memmove(s->in, s->in + used, s->in_n);
	return messages(s, e);
}

/* --- the loop -------------------------------------------------------------------------- */

enum { P_MONITOR,
	P_SIGNAL,
	P_IN,
	P_OUT,
	P_ALL };

static void watch(const struct session *s, struct pollfd p[static P_ALL])
{
	p[P_MONITOR] = (struct pollfd){ .fd = s->fd };
	if (!s->out_len)
		p[P_MONITOR].events |= POLLIN;
	if (s->send_at < s->send_n)
		p[P_MONITOR].events |= POLLOUT;
	if (!p[P_MONITOR].events)
		p[P_MONITOR].fd = -1; /* a hang-up would wake us for nothing */
	p[P_SIGNAL] = (struct pollfd){ .fd = s->sig, .events = POLLIN };
	p[P_IN] = (struct pollfd){ .fd = wants_input(s) ? s->io->in : -1, .events = POLLIN };
	p[P_OUT] = (struct pollfd){ .fd = s->out_len ? s->out_fd : -1, .events = POLLOUT };
}

/* One turn. GO_ON, 0 when it is over, or -errno. */
static int turn(struct session *s, struct err *e)
{
	struct pollfd p[P_ALL];
	int rc = GO_ON;

	if (s->detached) { /* one message at most waits, and always fits the socket */
		rc = send_some(s, e);
		return rc < 0 ? rc : 0;
	}
	watch(s, p);
	if (poll(p, P_ALL, -1) < 0)
		return errno == EINTR ? GO_ON : err_sys(e, "poll");
	if (p[P_SIGNAL].revents)
		rc = signal_take(s, e);
	if (rc == GO_ON && p[P_MONITOR].revents & POLLOUT)
		rc = send_some(s, e);
	if (rc == GO_ON && p[P_OUT].revents)
		rc = output_write(s, e);
	else if (rc == GO_ON && p[P_MONITOR].revents & (POLLIN | POLLHUP | POLLERR) && !s->out_len)
		rc = receive(s, e);
	if (rc == GO_ON && p[P_IN].revents)
		rc = input_take(s, e);
	return rc;
}

int engine_attach_run(int fd, const struct attach_io *io, int *code, struct err *e)
{
	auto_free struct session *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return err_set(e, ENOMEM, "no memory to attach");
	s->fd = fd;
	s->io = io;
	s->sig = -1;
	rc = session_begin(s, e);
	if (rc == 0 && io->tty)
		size_send(s);
	if (rc == 0)
		rc = GO_ON;
	while (rc == GO_ON)
		rc = turn(s, e);
	session_end(s);
	if (rc == 0)
		*code = s->detached ? ATTACH_DETACHED : s->code;
	return rc;
}
