// SPDX-License-Identifier: MIT
/* test_attach.c - the user's end of a connection: a child attaches, the test is the monitor. */
#include "core/engine/engine.h"
#include "core/engine/wire.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>

#include "core/os/clock.h"
#include "core/os/tty.h"
#include "tests/unit/unit.h"

/* What the child exits with when it did not get a code. */
enum { DETACHED = 200,
	FAILED = 201 };

struct peer {
	int fd; /* our end: the monitor's */
	pid_t pid;
	int said; /* the child's error, when it failed */
};

static int not_for_child = -1; /* our end of what the child is given */

static struct peer attach(const struct attach_io *io)
{
	int pair[2], said[2];
	struct peer p;

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	CHECK_INT(pipe2(said, O_CLOEXEC), 0);
	p.pid = fork();
	if (p.pid == 0) {
		struct err e = { 0 };
		int code = 0, rc;

		close(pair[0]);
		close(not_for_child);
		rc = engine_attach_run(pair[1], io, &code, &e);
		if (rc < 0 && write(said[1], e.msg, strlen(e.msg)) < 0)
			_exit(FAILED);
		_exit(rc < 0 ? FAILED : code == ATTACH_DETACHED ? DETACHED
								: code);
	}
	close(pair[1]);
	close(said[1]);
	p.fd = pair[0];
	p.said = said[0];
	return p;
}

static void put(struct peer *p, enum wire_type type, const void *data, size_t len)
{
	unsigned char head[WIRE_HEAD];

	wire_head(head, type, len);
	CHECK_INT(send(p->fd, head, sizeof(head), MSG_NOSIGNAL), WIRE_HEAD);
	CHECK(len == 0 || send(p->fd, data, len, MSG_NOSIGNAL) == (ssize_t)len);
}

static void put_exit(struct peer *p, unsigned char code)
{
	put(p, WIRE_EXIT, (unsigned char[]){ 0, 0, 0, code }, 4);
}

static void put_done(struct peer *p)
{
	put(p, WIRE_DONE, "", 1); /* of WIRE_STDIN, which is 0 */
}

/* The next message; its length, -1 at the end. */
static int get(struct peer *p, enum wire_type *type, char *data)
{
	unsigned char head[WIRE_HEAD];
	int len;

	if (recv(p->fd, head, sizeof(head), MSG_WAITALL) != WIRE_HEAD)
		return -1;
	len = wire_parse(head, type);
	CHECK(len >= 0);
	CHECK(len == 0 || recv(p->fd, data, (size_t)len, MSG_WAITALL) == len);
	return len;
}

static void want(struct peer *p, enum wire_type type, const void *data, size_t len)
{
	static char got[WIRE_MAX];
	enum wire_type t;

	CHECK_INT(get(p, &t, got), len);
	CHECK_INT(t, type);
	CHECK(memcmp(got, data, len) == 0);
}

/* Something comes out of `out`, so its signals are taken by now. */
static void runs(struct peer *p, int out)
{
	char c;

	put(p, WIRE_STDOUT, "r", 1);
	CHECK(read(out, &c, 1) == 1 && c == 'r');
}

/* There is room in a pipe whose writing end this is. */
static bool has_room(int fd)
{
	struct pollfd f = { .fd = fd, .events = POLLOUT };

	return poll(&f, 1, 0) == 1;
}

static bool silent(int fd, int ms)
{
	struct pollfd f = { .fd = fd, .events = POLLIN };

	return poll(&f, 1, ms) == 0;
}

static void ends(struct peer *p, int code)
{
	int st;

	CHECK_INT(waitpid(p->pid, &st, 0), p->pid);
	CHECK(WIFEXITED(st));
	CHECK_INT(WEXITSTATUS(st), code);
	close(p->fd);
}

static void said(struct peer *p, const char *text)
{
	char got[512];
	ssize_t n = read(p->said, got, sizeof(got) - 1);

	CHECK(n >= 0);
	got[n] = 0;
	CHECK_STR(got, text);
}

static int pipe_new(int p[2])
{
	CHECK_INT(pipe2(p, O_CLOEXEC), 0);
	return 0;
}

/* --- streams --------------------------------------------------------------------------- */

TEST(C065_output_goes_to_its_stream_and_the_code_is_told)
{
	int out[2], err[2];
	struct peer p;
	char got[16] = "";

	pipe_new(out);
	pipe_new(err);
	p = attach(&(struct attach_io){ .in = -1, .out = out[1], .err = err[1], .detach_keys = "" });
	put(&p, WIRE_STARTED, NULL, 0);
	put(&p, WIRE_STDOUT, "out\0\n", 5);
	put(&p, WIRE_STDERR, "err\n", 4);
	put(&p, WIRE_STDOUT, NULL, 0);
	put_exit(&p, 7);
	ends(&p, 7);
	CHECK_INT(read(out[0], got, sizeof(got)), 5);
	CHECK(memcmp(got, "out\0\n", 5) == 0);
	CHECK_INT(read(err[0], got, sizeof(got)), 4);
}

TEST(a_stream_that_is_not_connected_is_passed_over)
{
	int out[2];
	struct peer p;
	char got[16] = "";

	pipe_new(out);
	p = attach(&(struct attach_io){ .in = -1, .out = out[1], .err = -1, .detach_keys = "" });
	put(&p, WIRE_STDERR, "err\n", 4);
	put(&p, WIRE_STDOUT, "out\n", 4);
	put_exit(&p, 0);
	ends(&p, 0);
	CHECK_INT(read(out[0], got, sizeof(got)), 4);
}

/* Big messages while the reader is slow, over a pipe or a non-blocking one or a socket. */
static void flood(int reader, int writer)
{
	static char block[WIRE_MAX], got[WIRE_MAX];
	struct peer p = attach(&(struct attach_io){ .in = -1, .out = writer, .err = -1, .detach_keys = "" });
	size_t total = 0;
	int sent = 0;
	ssize_t n;

	close(writer);
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (char)(i * 7);
	if (fork() == 0) {
		for (; sent < 60; sent++)
			put(&p, WIRE_STDOUT, block, sizeof(block));
		put_exit(&p, 3);
		_exit(0);
	}
	clock_sleep_ms(50);
	while ((n = read(reader, got, 10007)) > 0) {
		for (ssize_t i = 0; i < n; i++, total++)
			CHECK(got[i] == (char)(total % sizeof(block) * 7));
	}
	CHECK_INT(total, 60 * sizeof(block));
	wait(&(int){ 0 });
}

TEST(Z69_a_slow_reader_gets_every_byte_of_a_pipe)
{
	int p[2];

	pipe_new(p);
	flood(p[0], p[1]);
}

TEST(a_descriptor_that_does_not_block_gets_every_byte)
{
	int p[2];

	pipe_new(p);
	CHECK_INT(fcntl(p[1], F_SETFL, O_NONBLOCK), 0);
	flood(p[0], p[1]);
}

TEST(a_socket_gets_every_byte)
{
	int p[2];

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM, 0, p), 0);
	flood(p[0], p[1]);
}

TEST(a_reader_that_went_away_is_an_error_as_dockers)
{
	int out[2];
	struct peer p;

	pipe_new(out);
	not_for_child = out[0];
	p = attach(&(struct attach_io){ .in = -1, .out = out[1], .err = -1, .detach_keys = "" });
	close(out[0]);
	close(out[1]);
	put(&p, WIRE_STDOUT, "y\n", 2);
	ends(&p, FAILED);
	said(&p, "write /dev/stdout: broken pipe");
}

TEST(a_monitor_that_dies_is_an_error)
{
	struct peer p = attach(&(struct attach_io){ .in = -1, .out = -1, .err = -1, .detach_keys = "" });

	shutdown(p.fd, SHUT_RDWR);
	ends(&p, FAILED);
	said(&p, "the container's monitor ended unexpectedly");
}

TEST(nonsense_from_a_monitor_ends_it)
{
	struct peer p = attach(&(struct attach_io){ .in = -1, .out = -1, .err = -1, .detach_keys = "" });

	CHECK_INT(send(p.fd, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, 0), 8);
	ends(&p, FAILED);
	said(&p, "the container's monitor sent nonsense");
}

/* --- input ----------------------------------------------------------------------------- */

TEST(C035_input_is_sent_one_message_at_a_time_and_then_its_end)
{
	int in[2];
	struct peer p;

	pipe_new(in);
	not_for_child = in[1];
	p = attach(&(struct attach_io){ .in = in[0], .out = -1, .err = -1, .detach_keys = "" });
	CHECK_INT(write(in[1], "one", 3), 3);
	want(&p, WIRE_STDIN, "one", 3);
	CHECK_INT(write(in[1], "two", 3), 3);
	CHECK(silent(p.fd, 50)); /* the first is not answered yet */
	put_done(&p);
	want(&p, WIRE_STDIN, "two", 3);
	close(in[1]);
	CHECK(silent(p.fd, 50));
	put_done(&p);
	want(&p, WIRE_STDIN, "", 0);
	put_done(&p);
	CHECK(silent(p.fd, 50));
	put_exit(&p, 0);
	ends(&p, 0);
}

TEST(C035_input_from_a_file_arrives_whole)
{
	static char block[WIRE_MAX];
	FILE *f = tmpfile();
	struct peer p;
	size_t total = 0;
	enum wire_type t;
	int n;

	for (int i = 0; i < 100000; i++)
		CHECK_INT(fputc(i % 251, f), i % 251);
	rewind(f);
	p = attach(&(struct attach_io){ .in = fileno(f), .out = -1, .err = -1, .detach_keys = "" });
	while ((n = get(&p, &t, block)) > 0) {
		CHECK_INT(t, WIRE_STDIN);
		for (int i = 0; i < n; i++, total++)
			CHECK_INT((unsigned char)block[i], total % 251);
		put_done(&p);
	}
	CHECK_INT(total, 100000);
	put_done(&p);
	put_exit(&p, 0);
	ends(&p, 0);
}

TEST(closed_input_is_an_end_of_input)
{
	struct peer p;
	int in = fcntl(0, F_DUPFD_CLOEXEC, 500);

	close(in);
	p = attach(&(struct attach_io){ .in = in, .out = -1, .err = -1, .detach_keys = "" });
	want(&p, WIRE_STDIN, "", 0);
	put_done(&p);
	put_exit(&p, 4);
	ends(&p, 4);
}

TEST(input_that_nobody_reads_does_not_hold_a_signal_up)
{
	int in[2];
	struct peer p;

	pipe_new(in);
	p = attach(&(struct attach_io){ .in = in[0], .out = -1, .err = -1, .sig_proxy = true, .detach_keys = "" });
	CHECK_INT(write(in[1], "stuck", 5), 5);
	want(&p, WIRE_STDIN, "stuck", 5);
	CHECK_INT(write(in[1], "more", 4), 4);
	kill(p.pid, SIGTERM);
	want(&p, WIRE_SIGNAL, "\x0f", 1);
	kill(p.pid, SIGINT);
	want(&p, WIRE_SIGNAL, "\x02", 1);
	put_exit(&p, 143);
	ends(&p, 143);
}

/* --- signals --------------------------------------------------------------------------- */

TEST(C067_all_signals_but_those_about_us_are_passed_on)
{
	static const int some[] = { SIGHUP, SIGINT, SIGQUIT, SIGABRT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM,
		SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGWINCH, SIGPWR, SIGIO };
	struct peer p;
	int out[2];

	pipe_new(out);
	p = attach(&(struct attach_io){ .in = -1, .out = out[1], .err = -1, .sig_proxy = true, .detach_keys = "" });
	runs(&p, out[0]);
	kill(p.pid, SIGCHLD);
	kill(p.pid, SIGPIPE);
	kill(p.pid, SIGURG);
	for (size_t i = 0; i < sizeof(some) / sizeof(*some); i++) {
		unsigned char b = (unsigned char)some[i];

		kill(p.pid, some[i]);
		want(&p, WIRE_SIGNAL, &b, 1);
	}
	put_exit(&p, 0);
	ends(&p, 0);
}

TEST(C067_signals_are_passed_on_while_output_is_stuck)
{
	static char block[WIRE_MAX];
	struct peer p;
	int out[2];

	pipe_new(out);
	p = attach(&(struct attach_io){ .in = -1, .out = out[1], .err = -1, .sig_proxy = true, .detach_keys = "" });
	for (int i = 0; i < 4; i++)
		put(&p, WIRE_STDOUT, block, sizeof(block)); /* twice a pipe */
	AWAIT(!has_room(out[1]));
	kill(p.pid, SIGINT);
	want(&p, WIRE_SIGNAL, "\x02", 1);
	kill(p.pid, SIGKILL);
	waitpid(p.pid, NULL, 0);
}

TEST(without_proxy_a_signal_is_ours)
{
	struct peer p;
	int out[2], st;

	pipe_new(out);
	p = attach(&(struct attach_io){ .in = -1, .out = out[1], .err = -1, .detach_keys = "" });
	runs(&p, out[0]);
	kill(p.pid, SIGTERM);
	CHECK_INT(waitpid(p.pid, &st, 0), p.pid);
	CHECK(WIFSIGNALED(st) && WTERMSIG(st) == SIGTERM);
}

/* --- terminals ------------------------------------------------------------------------- */

struct term {
	int master, slave;
};

static struct term term_open(void)
{
	struct term t = { .master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC) };
	struct winsize ws = { .ws_row = 24, .ws_col = 80 };

	if (t.master < 0)
		SKIP("no pseudo-terminals here");
	CHECK(grantpt(t.master) == 0 && unlockpt(t.master) == 0);
	t.slave = open(ptsname(t.master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	CHECK(t.slave >= 0);
	CHECK_INT(ioctl(t.slave, TIOCSWINSZ, &ws), 0);
	return t;
}

static bool is_raw(struct term t)
{
	struct termios now;

	CHECK_INT(tcgetattr(t.slave, &now), 0);
	return !(now.c_lflag & (ICANON | ECHO | ISIG));
}

static struct peer attach_tty(struct term t, const char *keys)
{
	struct peer p = attach(&(struct attach_io){
		.in = t.slave, .out = t.slave, .err = t.slave, .tty = true, .detach_keys = keys });

	want(&p, WIRE_RESIZE, "\0\x18\0\x50", 4);
	return p;
}

TEST(a_terminal_is_raw_while_attached_and_as_it_was_after)
{
	struct term t = term_open();
	struct peer p = attach_tty(t, "");

	CHECK(is_raw(t));
	CHECK_INT(write(t.master, "\x03ls\r", 4), 4); /* ctrl-c is the container's */
	want(&p, WIRE_STDIN, "\x03ls\r", 4);
	put_done(&p);
	put_exit(&p, 5);
	ends(&p, 5);
	CHECK(!is_raw(t));
}

TEST(the_windows_size_is_passed_on_when_it_changes)
{
	struct winsize ws = { .ws_row = 300, .ws_col = 7 };
	struct term t = term_open();
	struct peer p = attach_tty(t, "");

	CHECK_INT(ioctl(t.slave, TIOCSWINSZ, &ws), 0);
	kill(p.pid, SIGWINCH);
	want(&p, WIRE_RESIZE, "\x01\x2c\0\x07", 4);
	put_exit(&p, 0);
	ends(&p, 0);
}

TEST(C068_detach_keys_leave_and_what_was_typed_before_arrives)
{
	struct term t = term_open();
	struct peer p = attach_tty(t, "");

	CHECK_INT(write(t.master, "a\x10", 2), 2);
	want(&p, WIRE_STDIN, "a", 1);
	put_done(&p);
	CHECK(silent(p.fd, 50)); /* ctrl-p is kept back */
	CHECK_INT(write(t.master, "\x11", 1), 1);
	ends(&p, DETACHED);
	CHECK(!is_raw(t));
	t = term_open();
	p = attach_tty(t, "a,b");
	CHECK_INT(write(t.master, "xyab", 4), 4);
	want(&p, WIRE_STDIN, "xy", 2);
	ends(&p, DETACHED);
}

TEST(without_a_terminal_there_are_no_detach_keys)
{
	int in[2];
	struct peer p;

	pipe_new(in);
	p = attach(&(struct attach_io){ .in = in[0], .out = -1, .err = -1, .detach_keys = "" });
	CHECK_INT(write(in[1], "\x10\x11", 2), 2);
	want(&p, WIRE_STDIN, "\x10\x11", 2);
	put_done(&p);
	put_exit(&p, 0);
	ends(&p, 0);
}

TEST(bad_detach_keys_are_refused_before_anything)
{
	struct term t = term_open();
	struct peer p = attach(&(struct attach_io){
		.in = t.slave, .out = t.slave, .err = -1, .tty = true, .detach_keys = "ctrl-1" });

	ends(&p, FAILED);
	said(&p, "Invalid detach keys (ctrl-1) provided");
	CHECK(!is_raw(t));
}

TEST(the_terminal_is_put_right_before_a_signal_ends_us)
{
	static const int deadly[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT };

	for (size_t i = 0; i < sizeof(deadly) / sizeof(*deadly); i++) {
		struct term t = term_open();
		struct peer p;
		int st;

		signal(deadly[i], SIG_DFL);	/* nohup, say, has one of them ignored */
		p = attach_tty(t, "");
		CHECK(is_raw(t));
		kill(p.pid, deadly[i]);
		CHECK_INT(waitpid(p.pid, &st, 0), p.pid);
		CHECK(WIFSIGNALED(st) && WTERMSIG(st) == deadly[i]);
		CHECK(!is_raw(t));
	}
}

TEST(the_terminal_is_put_right_when_the_monitor_dies)
{
	struct term t = term_open();
	struct peer p = attach_tty(t, "");

	close(p.fd);
	ends(&p, FAILED);
	CHECK(!is_raw(t));
}

TEST(a_terminal_that_goes_away_ends_the_input)
{
	struct term t = term_open();
	struct peer p;

	not_for_child = t.master;
	p = attach_tty(t, "");
	close(t.slave);
	close(t.master);
	want(&p, WIRE_STDIN, "", 0);
	put_done(&p);
	put_exit(&p, 0);
	ends(&p, 0);
}

UNIT_MAIN
