// SPDX-License-Identifier: MIT
#include "core/engine/ask.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "core/os/clock.h"
#include "core/os/file.h"
#include "core/os/sock.h"

enum {
	FORCE_NAP_MS = 5,
	CONNECT_NAP_MS = 20,
	LOOK_MS = 500,	/* between two looks at whether it is stopped */
};

/* --- messages -------------------------------------------------------------------------- */

/* How long to wait. */
struct until {
	int64_t end; /* monotonic ms; -1 for ever */
	bool patient; /* and longer for a monitor that is not stopped */
};

static struct until until(int64_t timeout_ms, bool patient)
{
	return (struct until){ timeout_ms < 0 ? -1 : clock_mono_ms() + timeout_ms, patient };
}

/* Will it never answer, until somebody sends it SIGCONT? */
static bool is_stopped(pid_t pid)
{
	auto_str struct str b = STR_INIT;
	char path[32];
	const char *p;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (pid <= 0 || file_read_at(AT_FDCWD, path, 4096, &b, NULL) < 0)
		return false;
	p = strrchr(b.s, ')');	/* the name before it may hold anything */
	return p && p[1] && (p[2] == 'T' || p[2] == 't');
}

/* The time is over. How long to go on, in ms? */
static int64_t extension(int fd, const struct until *u, int64_t late_ms)
{
	struct sock_peer peer;

	if (!u->patient || late_ms >= ASK_PATIENCE_MS ||
		(sock_peer(fd, &peer, NULL) >= 0 && is_stopped(peer.pid)))
		return 0;
	return LOOK_MS;
}

static int poll_until(int fd, short events, const struct until *u)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left = -1;
	int rc;

	do {
		int64_t late = u->end < 0 ? -1 : clock_mono_ms() - u->end;

		if (u->end >= 0)
			left = late < 0 ? -late : extension(fd, u, late);
		rc = poll(&p, 1, left > INT32_MAX ? INT32_MAX : (int)left);
	} while ((rc < 0 && errno == EINTR) || (rc == 0 && left != 0));
	return rc < 0 ? -errno : rc == 0 ? -ETIMEDOUT
					 : 0;
}

/* Exactly len bytes. -ECONNRESET at an early end. */
static int receive(int fd, void *buf, size_t len, const struct until *u)
{
	char *p = buf;

	while (len) {
		ssize_t n = recv(fd, p, len, MSG_DONTWAIT);
		int rc;

		if (n > 0) {
			p += n;
			len -= (size_t)n;
			continue;
		}
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			return -ECONNRESET;
		rc = poll_until(fd, POLLIN, u);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* One message; of a longer one the first `max` bytes. Its length or -errno. */
static int message(int fd, enum wire_type *type, void *data, size_t max, const struct until *u)
{
	unsigned char head[WIRE_HEAD];
	char rest[256];
	int rc = receive(fd, head, sizeof(head), u), len;

	if (rc < 0)
		return rc;
	len = wire_parse(head, type);
	if (len < 0)
		return len;
	rc = receive(fd, data, (size_t)len < max ? (size_t)len : max, u);
	for (size_t left = (size_t)len > max ? (size_t)len - max : 0; rc == 0 && left;) {
		size_t n = left < sizeof(rest) ? left : sizeof(rest);

		rc = receive(fd, rest, n, u);
		left -= n;
	}
	return rc < 0 ? rc : len;
}

static int say(int fd, enum wire_type type, const void *data, size_t len)
{
	unsigned char buf[WIRE_HEAD + 16];

	wire_head(buf, type, len);
	memcpy(buf + WIRE_HEAD, data, len);
	return send(fd, buf, WIRE_HEAD + len, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Its queue is full. Shall one try again, at `end` and after? */
static bool try_later(struct engine *g, const char *id, int64_t end)
{
	int64_t late = clock_mono_ms() - end;
	struct container_state st;

	if (late >= 0 && (late >= ASK_PATIENCE_MS ||
		container_state_load(g->store, id, &st, g->mem, NULL) < 0 ||
		is_stopped(st.monitor_pid)))
		return false;
	clock_sleep_ms(CONNECT_NAP_MS);
	return true;
}

int ask_connect(struct engine *g, const char *id, unsigned want, struct err *e)
{
	auto_close int dir = container_state_dir(g->store, id, false, NULL), fd = -ENOENT;
	unsigned char hello = (unsigned char)want;
	int64_t end = 0;

	if (dir >= 0)
		fd = sock_connect(dir, "attach.sock", SOCK_STREAM | SOCK_NONBLOCK, NULL);
	while (fd == -EAGAIN) {
		end = end ? end : clock_mono_ms() + ASK_ANSWER_MS;
		if (!try_later(g, id, end))
			return err_set(e, ETIMEDOUT,
				"the monitor of container %.12s does not answer", id);
		fd = sock_connect(dir, "attach.sock", SOCK_STREAM | SOCK_NONBLOCK, NULL);
	}
	if (fd >= 0)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	if (fd < 0 || say(fd, WIRE_HELLO, &hello, 1) < 0)
		return err_set(e, EBUSY, "Container %s is not running", id);
	return take_fd(fd);
}

static int failed(int rc, struct err *e)
{
	if (rc == -ETIMEDOUT)
		return err_set(e, ETIMEDOUT, "the container's monitor does not answer");
	if (rc == -ECONNRESET)
		return err_set(e, ECONNRESET, "the container's monitor ended unexpectedly");
	return err_set(e, -rc, "ask the container's monitor: %s", strerror(-rc));
}

/* The monitor's own error, out of a WIRE_FAILED. */
static int refused(const unsigned char *data, struct err *e)
{
	struct err got;

	memcpy(&got, data, sizeof(got));
	got.msg[sizeof(got.msg) - 1] = 0;
	return err_set(e, got.code > 0 ? got.code : EIO, "%s", got.msg);
}

int ask_answer(int fd, enum wire_type type, const void *data, size_t len, int timeout_ms,
	struct err *e)
{
	struct until u = until(timeout_ms, true);
	unsigned char answer[sizeof(struct err) + 1];
	enum wire_type got;
	int rc = say(fd, type, data, len);

	while (rc >= 0) {
		rc = message(fd, &got, answer, sizeof(answer), &u);
		if (rc == 1 && got == WIRE_DONE && answer[0] == type)
			return 0;
		if (rc == (int)sizeof(answer) && got == WIRE_FAILED)
			return refused(answer, e);
		if (rc >= 0 && got == WIRE_EXIT)
			rc = -EPIPE;
	}
	if (rc == -EPIPE || rc == -ECONNRESET)
		return err_set(e, EPIPE, "the container ended meanwhile");
	return failed(rc, e);
}

int ask_done(int fd, enum wire_type type, const void *data, size_t len, int timeout_ms,
	struct err *e)
{
	struct err why = { 0 };
	int rc = ask_answer(fd, type, data, len, timeout_ms, &why);

	if (rc == -EPIPE)
		return 0; /* it ended: nothing is left to be asked */
	return rc < 0 ? err_set(e, why.code, "%s", why.msg) : 0;
}

int ask_exit(int fd, int64_t timeout_ms, int *code, struct err *e)
{
	struct until u = until(timeout_ms, true);
	enum wire_type type;
	unsigned char b[4];
	int rc;

	do
		rc = message(fd, &type, b, sizeof(b), &u);
	while (rc >= 0 && (type != WIRE_EXIT || rc != sizeof(b)));
	if (rc < 0)
		return failed(rc, e);
	*code = (int)((uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]);
	return 0;
}

int ask_collect(int fd, struct str *out, size_t max, int64_t timeout_ms, int *code)
{
	struct until u = until(timeout_ms, false);
	static unsigned char b[WIRE_MAX];
	enum wire_type type;
	int rc;

	while ((rc = message(fd, &type, b, sizeof(b), &u)) >= 0) {
		size_t room = max - out->len, n = (size_t)rc < room ? (size_t)rc : room;

		if (type == WIRE_STDOUT || type == WIRE_STDERR)
			str_add(out, b, n);
		if (type == WIRE_EXIT && rc == 4) {
			*code = (int)((uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
				(uint32_t)b[2] << 8 | b[3]);
			return 0;
		}
	}
	return rc;
}

/* --- force ----------------------------------------------------------------------------- */

/* A process held: pid cannot become another while `fd` is open (fd -1: no pidfds here). */
struct held {
	pid_t pid;
	int fd; /* owned */
};

static bool hold(struct held *h, pid_t pid)
{
	h->pid = pid;
	h->fd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	return pid > 0 && (h->fd >= 0 || errno == ENOSYS || errno == EPERM);
}

static bool kill_held(const struct held *h)
{
	if (h->fd >= 0)
		return syscall(SYS_pidfd_send_signal, h->fd, SIGKILL, NULL, 0) == 0;
	return kill(h->pid, SIGKILL) == 0;
}

/* Field 22 of /proc/PID/stat; the name before it may hold anything. 0 when not known. */
static uint64_t start_time(pid_t pid)
{
	auto_str struct str b = STR_INIT;
	char path[32];
	const char *p;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (file_read_at(AT_FDCWD, path, 4096, &b, NULL) < 0)
		return 0;
	p = strrchr(b.s, ')');
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	return p ? strtoull(p, NULL, 10) : 0;
}

/* Is entry `name` of a /proc/PID/fd this very file? By its text first: asking about a file
 * of some other process may wait for a network. */
static bool is_file(int dir, const char *name, const struct stat *file)
{
	char target[4096];
	ssize_t n = readlinkat(dir, name, target, sizeof(target));
	struct stat st;

	return n > 5 && memcmp(target + n - 5, "/lock", 5) == 0 &&
		fstatat(dir, name, &st, 0) == 0 && st.st_ino == file->st_ino &&
		st.st_dev == file->st_dev;
}

static bool has_open(pid_t pid, const struct stat *file)
{
	char path[32];
	bool found = false;
	struct dirent *d;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	while (dir && !found && (d = readdir(dir)))
		found = is_file(dirfd(dir), d->d_name, file);
	if (dir)
		closedir(dir);
	return found;
}

static bool kill_monitor(struct engine *g, const struct container_state *st)
{
	auto_close int dir = container_state_dir(g->store, st->id, false, NULL);
	struct held h = { .fd = -1 };
	struct stat lock;
	bool done;

	if (dir < 0 || fstatat(dir, "lock", &lock, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	done = st->monitor_pid != getpid() && hold(&h, st->monitor_pid) &&
		has_open(h.pid, &lock) && kill_held(&h);
	close_at(&h.fd);
	return done;
}

bool ask_kill_first(const struct container_state *st)
{
	struct held h = { .fd = -1 };
	bool done = hold(&h, st->pid) && st->pid_start && start_time(h.pid) == st->pid_start &&
		kill_held(&h);

	close_at(&h.fd);
	return done;
}

/* Has somebody started it again? */
static bool is_anew(struct engine *g, const struct container_state *was)
{
	struct container_state st;

	return container_state_load(g->store, was->id, &st, g->mem, NULL) >= 0 &&
		container_runs(&st) && st.monitor_pid != was->monitor_pid;
}

int ask_gone(struct engine *g, const struct container_state *st, struct err *e)
{
	int64_t end = clock_mono_ms() + ASK_PATIENCE_MS;

	while (container_locked(g->store, st->id) && !is_anew(g, st)) {
		if (clock_mono_ms() > end)
			return err_set(e, ETIMEDOUT, "container %.12s: tried to kill it, but did "
						     "not receive an exit event",
				st->id);
		clock_sleep_ms(FORCE_NAP_MS);
	}
	return 0;
}

int ask_kill(struct engine *g, const struct container_state *st, struct err *e)
{
	kill_monitor(g, st);
	ask_kill_first(st);
	return ask_gone(g, st, e);
}
