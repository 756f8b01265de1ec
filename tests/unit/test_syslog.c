// SPDX-License-Identifier: MIT
/* test_syslog.c - lines to receivers of this test's own: as Docker's, none lost that can be kept. */
#include "core/net/syslog.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "build/gen/config.h"
#include "tests/unit/unit.h"

#define MOMENT 1795182189123456789ll /* 2026-11-20T13:43:09.123456789Z */

enum kind { TCP, UDP, UNIX, UNIXGRAM };

struct receiver {
	enum kind kind;
	int fd, conn;
	struct sockaddr_storage at;
	socklen_t at_len;
	char address[128];
};

static struct syslog s;
static char dir_name[32];

static void receiver_bind(struct receiver *r)
{
	bool stream = r->kind == TCP || r->kind == UNIX;
	int on = 1;

	r->conn = -1;
	r->fd = socket(r->at.ss_family, (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	CHECK(r->fd >= 0);
	CHECK_INT(setsockopt(r->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	CHECK_INT(bind(r->fd, (struct sockaddr *)&r->at, r->at_len), 0);
	CHECK_INT(getsockname(r->fd, (struct sockaddr *)&r->at, &r->at_len), 0);
	if (stream)
		CHECK_INT(listen(r->fd, 4), 0);
}

static struct receiver receiver_open(enum kind kind)
{
	static const char *const protos[] = { "tcp", "udp", "unix", "unixgram" };
	struct receiver r = { .kind = kind };
	struct sockaddr_un *un = (struct sockaddr_un *)&r.at;
	struct sockaddr_in *in = (struct sockaddr_in *)&r.at;

	if (kind == TCP || kind == UDP) {
		in->sin_family = AF_INET;
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		r.at_len = sizeof(*in);
	} else {
		strcpy(dir_name, "/tmp/test_syslog.XXXXXX");
		CHECK(mkdtemp(dir_name));
		un->sun_family = AF_UNIX;
		sprintf(un->sun_path, "%s/sock", dir_name);
		r.at_len = sizeof(*un);
	}
	receiver_bind(&r);
	if (kind == TCP || kind == UDP)
		sprintf(r.address, "%s://127.0.0.1:%d", protos[kind], ntohs(in->sin_port));
	else
		sprintf(r.address, "%s://%s", protos[kind], un->sun_path);
	return r;
}

/* Take what there is: one datagram, or up to len bytes of the stream. Waits for it. */
static size_t receive(struct receiver *r, char *out, size_t len)
{
	ssize_t n;

	if ((r->kind == TCP || r->kind == UNIX) && r->conn < 0)
		r->conn = accept(r->fd, NULL, NULL);
	if (!len)
		return 0; /* a stream's recv of nothing would wait for something */
	n = recv(r->conn >= 0 ? r->conn : r->fd, out, len, 0);
	CHECK(n >= 0);
	return (size_t)n;
}

static void hang_up(struct receiver *r)
{
	close(r->conn);
	r->conn = -1;
}

static void receiver_close(struct receiver *r)
{
	if (r->conn >= 0)
		close(r->conn);
	close(r->fd);
	if (r->kind == UNIX || r->kind == UNIXGRAM) {
		CHECK_INT(unlink(((struct sockaddr_un *)&r->at)->sun_path), 0);
		CHECK_INT(rmdir(dir_name), 0);
	}
}

static void sender_open(struct syslog_config *c, const struct receiver *r)
{
	c->address = r->address;
	c->facility = 3;
	if (!c->tag)
		c->tag = "tag";
	if (!c->queue_max)
		c->queue_max = SYSLOG_QUEUE_MAX;
	memset(&s, 0, sizeof(s));
	setenv("TZ", "XYZ-05:30", 1);
	CHECK_INT(syslog_open(&s, c, NULL), 0);
}

static void say(const char *line)
{
	syslog_put(&s, false, line, strlen(line), MOMENT);
	syslog_flush(&s);
}

/* --- form ------------------------------------------------------------------------ */

/* What dockerd 20.10 sends of these, with our own pid, host and time. */
static void golden(enum syslog_format f, int priority, const char *line, char out[static 512])
{
	bool local = CFG_LOCAL_TIME;
	const char *stamp = local ? "Nov 20 19:13:09" : "Nov 20 13:43:09",
		   *iso = local ? "2026-11-20T19:13:09" : "2026-11-20T13:43:09",
		   *zone = local ? "+05:30" : "Z";
	char host[65] = "";

	gethostname(host, sizeof(host) - 1);
	if (f == SYSLOG_UNIX)
		sprintf(out, "<%d>%s tag[%d]: %s\n", priority, stamp, getpid(), line);
	else if (f == SYSLOG_RFC3164)
		sprintf(out, "<%d>%s %s tag[%d]: %s\n", priority, stamp, host, getpid(), line);
	else
		sprintf(out, "<%d>1 %s%s%s %s tag %d tag - %s\n", priority, iso,
			f == SYSLOG_RFC5424 ? "" : ".123456", zone, host, getpid(), line);
}

TEST(every_format_over_every_transport_is_Dockers)
{
	for (int kind = TCP; kind <= UNIXGRAM; kind++) {
		for (int f = SYSLOG_UNIX; f <= SYSLOG_RFC5424MICRO; f++) {
			struct syslog_config c = { .format = (enum syslog_format)f };
			struct receiver r = receiver_open((enum kind)kind);
			char want[512], got[512];

			sender_open(&c, &r);
			say("\tout\r");
			got[receive(&r, got, sizeof(got) - 1)] = 0;
			golden(c.format, 30, "\tout\r", want);
			CHECK_STR(got, want);
			say("");
			syslog_put(&s, true, "err", 3, MOMENT);
			syslog_flush(&s);
			got[receive(&r, got, sizeof(got) - 1)] = 0;
			golden(c.format, 27, "err", want);
			CHECK_STR(got, want);
			CHECK(!syslog_behind(&s));
			syslog_close(&s);
			receiver_close(&r);
		}
	}
}

TEST(the_second_of_a_message_is_its_own)
{
	struct syslog_config c = { .format = SYSLOG_RFC5424MICRO };
	struct receiver r = receiver_open(UNIXGRAM);
	char got[512];

	sender_open(&c, &r);
	for (int i = 0; i < 3; i++) {
		char want[64];

		syslog_put(&s, false, "x", 1, MOMENT + i * 500000000ll);
		syslog_flush(&s);
		got[receive(&r, got, sizeof(got) - 1)] = 0;
		sprintf(want, ":%02d.%06d", 9 + (i == 2), i == 1 ? 623456 : 123456);
		CHECK(strstr(got, want));
	}
	syslog_close(&s);
	receiver_close(&r);
}

TEST(Z86_a_tag_out_of_a_label_begins_no_message_of_its_own)
{
	struct syslog_config c = { .tag = "a\n<0>forged\x1b[2J" };
	struct receiver r = receiver_open(UDP);
	char got[512];

	sender_open(&c, &r);
	say("x");
	got[receive(&r, got, sizeof(got) - 1)] = 0;
	CHECK(strstr(got, " a_<0>forged_[2J["));
	CHECK(strchr(got, '\n') == got + strlen(got) - 1);
	syslog_close(&s);
	receiver_close(&r);
}

TEST(what_is_refused_is_refused_in_Dockers_words)
{
	static const char *const table[][2] = {
		{ "", NULL },
		{ "udp://", NULL },
		{ "udp://127.0.0.1", NULL },
		{ "tcp://[::1]", NULL },
		{ "tcp://[::1]:514", NULL },
		{ "udp://u@127.0.0.1:15514/path?x", NULL },
		{ "tcp://127.0.0.1:99999", NULL },
		{ "x", "syslog-address should be in form proto://address, got x" },
		{ "foo://x", "syslog-address should be in form proto://address, got foo://x" },
		{ "UDP://127.0.0.1:1", "syslog-address should be in form proto://address, got UDP://127.0.0.1:1" },
		{ "unixgram:", "syslog-address should be in form proto://address, got unixgram:" },
		{ "unix:///nosuch", "stat /nosuch: no such file or directory" },
		{ "unixgram://tmp/nosuch", "stat /nosuch: no such file or directory" },
		{ "udp://127.0.0.1:x", "parse \"udp://127.0.0.1:x\": invalid port \":x\" after host" },
		{ "tcp://::1:514", "address ::1:514: too many colons in address" },
		{ "tcp://[::1", "parse \"tcp://[::1\": missing ']' in host" },
		{ "tcp+tls://127.0.0.1:1", "syslog-address: tcp+tls is not spoken here" },
	};
	enum syslog_format f;
	struct err e;
	int n;

	for (size_t i = 0; i < countof(table); i++) {
		e = (struct err){ 0 };
		CHECK_INT(syslog_address_check(table[i][0], &e), table[i][1] ? -EINVAL : 0);
		CHECK_STR(e.msg, table[i][1] ? table[i][1] : "");
	}
	CHECK_INT(syslog_facility_parse("", &n, NULL), 0);
	CHECK_INT(n, 3);
	CHECK_INT(syslog_facility_parse("local7", &n, NULL), 0);
	CHECK_INT(n, 23);
	CHECK_INT(syslog_facility_parse("12", &n, NULL), 0);
	CHECK_INT(n, 12);
	for (size_t i = 0; i < 4; i++) {
		static const char *const bad[] = { "24", "-1", "LOCAL7", "foo" };

		CHECK_INT(syslog_facility_parse(bad[i], &n, &e), -EINVAL);
		CHECK_STR(e.msg, "invalid syslog facility");
	}
	CHECK_INT(syslog_format_parse("rfc3164", &f, NULL), 0);
	CHECK_INT(syslog_format_parse("x", &f, &e), -EINVAL);
	CHECK_STR(e.msg, "Invalid syslog format");
}

TEST(a_receiver_that_is_not_there_is_named)
{
	struct receiver r = receiver_open(TCP);
	struct syslog_config c = { .address = r.address, .tag = "t", .queue_max = 1000 };
	struct err e;
	char want[200];

	receiver_close(&r);
	memset(&s, 0, sizeof(s));
	CHECK_INT(syslog_open(&s, &c, &e), -ECONNREFUSED);
	sprintf(want, "dial tcp %s: connect: connection refused", r.address + 6);
	CHECK_STR(e.msg, want);
	c.address = "unix:///tmp";
	CHECK_INT(syslog_open(&s, &c, &e), -ECONNREFUSED);
	CHECK_STR(e.msg, "dial unix /tmp: connect: connection refused");
	c.address = "tcp://127.0.0.1:99999";
	CHECK_INT(syslog_open(&s, &c, &e), -EINVAL);
	CHECK_STR(e.msg, "dial tcp: address 99999: invalid port");
}

/* --- who is behind, and who goes -------------------------------------------------- */

static void put_number(int n, size_t width)
{
	char line[20000];

	memset(line, 'x', sizeof(line));
	line[sprintf(line, "%d", n)] = ' ';
	syslog_put(&s, false, line, width, MOMENT);
}

/* Numbered lines, until the receiver is behind by some. How many. */
static int fill(size_t width)
{
	int n = 0, more = 100;

	for (; n < 100000 && more; n++) {
		put_number(n, width);
		syslog_flush(&s);
		more -= syslog_behind(&s);
	}
	CHECK(syslog_behind(&s));
	return n;
}

static int noted; /* lines that notes said were lost */

/* "<27>… coracle: N lines of output could not be sent: …": one may come as soon as it fits. */
static bool is_note(const char *msg)
{
	const char *text = strstr(msg, ": coracle: ");

	if (strncmp(msg, "<27>", 4) != 0 || !text)
		return false;
	noted += atoi(text + strlen(": coracle: "));
	CHECK(strstr(text, "of output could not be sent: No buffer space available\n"));
	return true;
}

/* Take n messages, each whole and the next of its numbers; the sender sends on meanwhile. */
static void take(struct receiver *r, int from, int n, size_t width)
{
	struct str got = STR_INIT;

	for (int i = from; i < n;) {
		char *nl = memchr(got.s, '\n', got.len), *line;

		if (!nl) {
			str_grew(&got, receive(r, str_room(&got, 65536), 65536));
			if (syslog_behind(&s))
				syslog_flush(&s);
			continue;
		}
		line = strstr(got.s, "]: ");
		CHECK(strncmp(got.s, "<30>", 4) == 0 && line && line < nl);
		CHECK_INT(atoi(line + 3), i);
		CHECK_INT(nl - line - 3, width);
		str_drop(&got, (size_t)(nl + 1 - got.s));
		i++;
	}
	CHECK_INT(got.len, 0);
	str_release(&got);
}

TEST(who_is_behind_gets_all_of_it_later)
{
	for (int kind = TCP; kind <= UNIXGRAM; kind++) {
		struct syslog_config c = { 0 };
		struct receiver r;
		int n;

		if (kind == UDP)
			continue; /* has no back pressure */
		r = receiver_open((enum kind)kind);
		sender_open(&c, &r);
		n = fill(10000);
		take(&r, 0, n, 10000);
		CHECK(!syslog_behind(&s));
		CHECK_INT(s.lost, 0);
		CHECK_INT(s.queue.len, 0);
		syslog_close(&s);
		receiver_close(&r);
	}
}

TEST(U22_a_full_queue_loses_lines_and_says_how_many)
{
	struct syslog_config c = { .queue_max = 30000, .drop = true };
	struct receiver r = receiver_open(UNIXGRAM);
	char got[20000];
	int n, last = -1, came = 0;

	sender_open(&c, &r);
	n = fill(5000);
	CHECK(s.lost > 80);
	CHECK(s.queue.len <= 30000);
	noted = 0;
	for (bool again = false;;) {
		char *number;

		got[receive(&r, got, sizeof(got) - 1)] = 0;
		if (strstr(got, ": again\n"))
			break;
		if (syslog_behind(&s))
			syslog_flush(&s);
		if (!again && !syslog_behind(&s)) {
			again = true;
			say("again");
		}
		if (is_note(got))
			continue;
		number = strstr(got, "]: ");
		CHECK(number && atoi(number + 3) > last);
		last = atoi(number + 3);
		came++;
	}
	CHECK_INT(came + noted, n);
	say("once only");
	got[receive(&r, got, sizeof(got) - 1)] = 0;
	CHECK_STR(strstr(got, ": "), ": once only\n");
	syslog_close(&s);
	receiver_close(&r);
}

/* The kernel cuts a stream where its buffer is full, which may be between two messages: one longer than all of it
 * is cut on any kernel. */
TEST(a_message_that_a_break_cut_short_comes_again_whole)
{
	struct syslog_config c = { 0 };
	struct receiver r = receiver_open(UNIX);
	char got[1];
	int least = 1; /* of a kernel's own choice, some 4 KiB */

	sender_open(&c, &r);
	receive(&r, got, 0); /* only takes the connection */
	CHECK_INT(setsockopt(s.fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof(least)), 0);
	for (int i = 0; i < 7; i++)
		put_number(i, i < 5 ? 100 : 20000);
	syslog_flush(&s);
	CHECK(syslog_behind(&s));
	CHECK(s.sent > 5 * 100 + 20 && s.sent < 20000);
	CHECK(s.queue.s[s.sent - 1] == 'x');
	hang_up(&r);
	syslog_flush(&s);
	take(&r, 5, 7, 20000);
	CHECK_INT(s.lost, 0);
	syslog_close(&s);
	receiver_close(&r);
}

TEST(while_nobody_listens_lines_are_lost_and_counted)
{
	struct syslog_config c = { 0 };
	struct receiver r = receiver_open(TCP);
	char got[1000], want[128], *all = got;
	int lost;

	sender_open(&c, &r);
	say("first");
	got[receive(&r, got, sizeof(got) - 1)] = 0;
	CHECK_STR(strstr(got, ": "), ": first\n");
	receiver_close(&r);
	for (int i = 0; i < 1000 && s.lost < 3; i++)
		say("lost");
	lost = (int)s.lost;
	CHECK_INT(lost, 3);
	CHECK(!syslog_behind(&s));
	receiver_bind(&r);
	say("back");
	while (all < got + sizeof(got) - 1 && !(all > got && strstr(got, "back\n"))) {
		all += receive(&r, all, (size_t)(got + sizeof(got) - 1 - all));
		*all = 0;
	}
	sprintf(want, ": coracle: %d lines of output could not be sent: Connection refused\n<30>", lost);
	CHECK(strncmp(strstr(got, ": coracle"), want, strlen(want)) == 0);
	CHECK_STR(strstr(got, ": back"), ": back\n");
	syslog_close(&s);
	receiver_close(&r);
}

TEST(an_end_waits_for_what_is_left_and_not_for_ever)
{
	struct syslog_config c = { 0 };
	struct receiver r = receiver_open(UNIXGRAM);
	int n;
	pid_t pid;

	sender_open(&c, &r);
	n = fill(100);
	syslog_finish(&s, 0);
	CHECK(syslog_behind(&s));
	pid = fork();
	if (pid == 0) {
		s.stuck = false; /* the other process sends */
		take(&r, 0, n, 100);
		_exit(0);
	}
	syslog_finish(&s, 60000);
	CHECK(!syslog_behind(&s));
	CHECK_INT(waitpid(pid, NULL, 0), pid);
	syslog_close(&s);
	receiver_close(&r);
}

UNIT_MAIN
