// SPDX-License-Identifier: MIT
#include "core/net/syslog.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "build/gen/config.h"
#include "core/base/num.h"
#include "core/os/clock.h"

enum {
	INFO = 6,
	ERR = 3,
	FLUSH = 64 << 10, /* as much is gathered before it is sent */
	HOST_MAX = 256,
	PORT_MAX = 8,
	NOTE_MAX = 256,
};
static const char port_default[] = "514";

/* --- addresses -------------------------------------------------------------------- */

struct address {
	int type; /* SOCK_STREAM, SOCK_DGRAM; 0: the host's own socket */
	const char *proto; /* "tcp" … */
	const char *path; /* of a unix socket, borrowed; NULL: host and port */
	char host[HOST_MAX], port[PORT_MAX];
};

/* A sentence of Go's has a small letter where ours has a large one. */
static int err_go(struct err *e, int code, const char *what)
{
	const char *why = strerror(code);

	return err_set(e, code, "%s: %c%s", what, tolower((unsigned char)*why), why + 1);
}

static int port_parse(const char *text, const char *colon, size_t len, struct address *a,
		      struct err *e)
{
	if (strspn(colon + 1, "0123456789") < len)
		return err_set(e, EINVAL, "parse \"%.100s\": invalid port \"%.*s\" after host",
			       text, (int)len + 1, colon);
	if (len >= PORT_MAX)
		len = PORT_MAX - 1; /* too large in any case */
	snprintf(a->port, sizeof(a->port), "%.*s", (int)len, len ? colon + 1 : port_default);
	return 0;
}

/* "host", "host:port", "[v6]", "[v6]:port"; any user before an "@" counts for nothing. */
static int host_parse(const char *text, const char *s, struct address *a, struct err *e)
{
	size_t len = strcspn(s, "/?#");
	const char *at = memrchr(s, '@', len), *end = s + len, *colon, *close;

	if (at)
		s = at + 1;
	close = *s == '[' ? memchr(s, ']', (size_t)(end - s)) : NULL;
	if (*s == '[' && !close)
		return err_set(e, EINVAL, "parse \"%.100s\": missing ']' in host", text);
	colon = memchr(close ? close : s, ':', (size_t)(end - (close ? close : s)));
	if (colon && memchr(colon + 1, ':', (size_t)(end - colon - 1)))
		return err_set(e, EINVAL, "address %.*s: too many colons in address",
			       (int)(end - s < HOST_MAX ? end - s : HOST_MAX), s);
	len = (size_t)((close ? close : colon ? colon : end) - s);
	if (len >= HOST_MAX)
		return err_set(e, EINVAL, "a host name is longer than %d bytes", HOST_MAX - 1);
	snprintf(a->host, sizeof(a->host), "%.*s", (int)len - (close != NULL),
		 s + (close != NULL));
	snprintf(a->port, sizeof(a->port), "%s", port_default);
	return colon ? port_parse(text, colon, (size_t)(end - colon - 1), a, e) : 0;
}

static int address_parse(const char *text, struct address *a, struct err *e)
{
	static const struct {
		const char *prefix, *proto;
		int type;
		bool path;
	} protos[] = {
		{ "tcp://", "tcp", SOCK_STREAM, false },
		{ "udp://", "udp", SOCK_DGRAM, false },
		{ "unix://", "unix", SOCK_STREAM, true },
		{ "unixgram://", "unixgram", SOCK_DGRAM, true },
	};

	*a = (struct address){ 0 };
	if (!*text)
		return 0;
	if (strncmp(text, "tcp+tls://", 10) == 0)
		return err_set(e, EINVAL, "syslog-address: tcp+tls is not spoken here");
	for (size_t i = 0; i < countof(protos); i++) {
		const char *rest = text + strlen(protos[i].prefix);

		if (strncmp(text, protos[i].prefix, strlen(protos[i].prefix)) != 0)
			continue;
		a->type = protos[i].type;
		a->proto = protos[i].proto;
		if (!protos[i].path)
			return host_parse(text, rest, a, e);
		a->path = rest + strcspn(rest, "/");
		return 0;
	}
	return err_set(e, EINVAL, "syslog-address should be in form proto://address, got %.200s",
		       text);
}

int syslog_address_check(const char *text, struct err *e)
{
	struct address a;
	struct stat st;
	char what[HOST_MAX];
	int rc = address_parse(text, &a, e);

	if (rc < 0 || !a.path || stat(a.path, &st) == 0)
		return rc;
	snprintf(what, sizeof(what), "stat %s", a.path);
	(void)err_go(e, errno, what);
	return -EINVAL;
}

int syslog_facility_parse(const char *text, int *out, struct err *e)
{
	static const char *const names[] = { "kern", "user", "mail", "daemon", "auth", "syslog",
		"lpr", "news", "uucp", "cron", "authpriv", "ftp", "", "", "", "", "local0",
		"local1", "local2", "local3", "local4", "local5", "local6", "local7" };
	int64_t n;

	if (!*text)
		text = "daemon";
	for (size_t i = 0; i < countof(names); i++) {
		if (strcmp(names[i], text) == 0) {
			*out = (int)i;
			return 0;
		}
	}
	if (num_int10(text, &n, NULL) < 0 || n < 0 || n >= (int64_t)countof(names))
		return err_set(e, EINVAL, "invalid syslog facility");
	*out = (int)n;
	return 0;
}

int syslog_format_parse(const char *text, enum syslog_format *out, struct err *e)
{
	static const char *const names[] = { [SYSLOG_UNIX] = "", [SYSLOG_RFC3164] = "rfc3164",
		[SYSLOG_RFC5424] = "rfc5424", [SYSLOG_RFC5424MICRO] = "rfc5424micro" };

	for (size_t i = 0; i < countof(names); i++) {
		if (strcmp(names[i], text) == 0) {
			*out = (enum syslog_format)i;
			return 0;
		}
	}
	return err_set(e, EINVAL, "Invalid syslog format");
}

/* --- connections ------------------------------------------------------------------ */

/* Begin to connect, or begin again. 0, also while it is under way, or -errno. */
static int dial(struct syslog *s)
{
	int fd = socket(s->to.ss_family, s->type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&s->to, s->to_len) < 0 && errno != EINPROGRESS) {
		int code = errno;

		close(fd);
		return -code;
	}
	s->fd = fd;
	s->fresh = true;
	s->sent = 0;
	return 0;
}

static void hang_up(struct syslog *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->sent = 0;
}

/* Dial, and wait until it is known whether somebody is there. 0 or -errno. */
static int dial_wait(struct syslog *s)
{
	int64_t end = clock_mono_ms() + SYSLOG_WAIT_MS, left = SYSLOG_WAIT_MS;
	struct pollfd p = { .events = POLLOUT };
	int rc = dial(s), code = 0;
	socklen_t len = sizeof(code);

	if (rc < 0 || s->type != SOCK_STREAM)
		return rc;
	p.fd = s->fd;
	while ((rc = poll(&p, 1, (int)left)) < 0 && errno == EINTR && left > 0)
		left = end - clock_mono_ms();
	if (rc <= 0)
		code = ETIMEDOUT;
	else if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &code, &len) < 0)
		code = errno;
	if (code)
		hang_up(s);
	return -code;
}

static int unix_open(struct syslog *s, const char *path, int type)
{
	struct sockaddr_un *to = (struct sockaddr_un *)&s->to;

	if (strlen(path) >= sizeof(to->sun_path))
		return -EINVAL;
	to->sun_family = AF_UNIX;
	strcpy(to->sun_path, path);
	s->to_len = sizeof(*to);
	s->type = type;
	return dial_wait(s);
}

/* Wherever the host's own log listens. */
static int local_open(struct syslog *s, struct err *e)
{
	static const char *const paths[] = { "/dev/log", "/var/run/syslog", "/var/run/log" };
	static const int types[] = { SOCK_DGRAM, SOCK_STREAM };

	for (size_t i = 0; i < countof(types); i++) {
		for (size_t j = 0; j < countof(paths); j++) {
			if (unix_open(s, paths[j], types[i]) == 0)
				return 0;
		}
	}
	return err_set(e, ENOENT, "Unix syslog delivery error");
}

static void host_text(const struct sockaddr *to, char out[static INET6_ADDRSTRLEN])
{
	const void *addr = &((const struct sockaddr_in *)to)->sin_addr;

	if (to->sa_family == AF_INET6)
		addr = &((const struct sockaddr_in6 *)to)->sin6_addr;
	inet_ntop(to->sa_family, addr, out, INET6_ADDRSTRLEN);
}

static int inet_open(struct syslog *s, const struct address *a, struct err *e)
{
	const struct addrinfo want = { .ai_socktype = a->type, .ai_flags = AI_NUMERICSERV };
	char what[HOST_MAX + 128], host[INET6_ADDRSTRLEN];
	struct addrinfo *all = NULL;
	int64_t port;
	int rc = num_int10(a->port, &port, NULL);

	if (rc < 0 || port > 65535)
		return err_set(e, EINVAL, "dial %s: address %s: invalid port", a->proto, a->port);
	if (getaddrinfo(*a->host ? a->host : "localhost", a->port, &want, &all) != 0)
		return err_set(e, ENOENT, "dial %s: lookup %s: no such host", a->proto, a->host);
	rc = -ENOENT;
	s->type = a->type;
	for (struct addrinfo *i = all; i && rc < 0; i = i->ai_next) {
		bool six = i->ai_family == AF_INET6;

		memcpy(&s->to, i->ai_addr, i->ai_addrlen);
		s->to_len = i->ai_addrlen;
		rc = dial_wait(s);
		if (rc == 0 || i != all)
			continue;
		host_text(i->ai_addr, host);
		snprintf(what, sizeof(what), "dial %s %s%s%s:%s: connect", a->proto,
			 six ? "[" : "", host, six ? "]" : "", a->port);
		(void)err_go(e, -rc, what);
	}
	freeaddrinfo(all);
	return rc;
}

int syslog_open(struct syslog *s, const struct syslog_config *c, struct err *e)
{
	struct address a;
	char what[HOST_MAX];
	int rc = address_parse(c->address, &a, e);

	s->fd = -1;
	s->head_s = -1;
	s->queue = (struct str)STR_INIT;
	if (rc < 0)
		return rc;
	if (strlen(c->tag) > SYSLOG_TAG_MAX)
		return err_set(e, EINVAL, "a tag is longer than %d bytes", SYSLOG_TAG_MAX);
	if (!a.type) {
		rc = local_open(s, e);
	} else if (a.path) {
		snprintf(what, sizeof(what), "dial %s %s: connect", a.proto, a.path);
		rc = unix_open(s, a.path, a.type);
		rc = rc < 0 ? err_go(e, -rc, what) : 0;
	} else {
		rc = inet_open(s, &a, e);
	}
	if (rc == 0)
		s->config = c;
	return rc;
}

/* --- messages --------------------------------------------------------------------- */

static void stamp_text(const struct syslog *s, const struct tm *tm, char out[static 64])
{
	long off = CFG_LOCAL_TIME ? tm->tm_gmtoff / 60 : 0;
	size_t n;

	if (s->config->format < SYSLOG_RFC5424) {
		strftime(out, 64, "%b %e %H:%M:%S", tm);
		return;
	}
	n = strftime(out, 64, "%Y-%m-%dT%H:%M:%S", tm);
	if (s->config->format == SYSLOG_RFC5424MICRO)
		n += (size_t)sprintf(out + n, ".000000");
	if (off)
		sprintf(out + n, "%c%02ld:%02ld", off < 0 ? '-' : '+', labs(off) / 60,
			labs(off) % 60);
	else
		strcpy(out + n, "Z");
}

static void head_make(struct syslog *s, int64_t now_s)
{
	char when[64], host[HOST_MAX] = "", tag[SYSLOG_TAG_MAX + 1];
	time_t t = (time_t)now_s;
	struct tm tm;
	int n;

	if (!(CFG_LOCAL_TIME ? localtime_r(&t, &tm) : gmtime_r(&t, &tm)))
		tm = (struct tm){ .tm_mday = 1 };
	stamp_text(s, &tm, when);
	gethostname(host, sizeof(host) - 1);
	snprintf(tag, sizeof(tag), "%s", s->config->tag);
	for (char *p = tag; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '_';
	}
	s->micro_at = 0;
	if (s->config->format == SYSLOG_UNIX)
		n = snprintf(s->head, sizeof(s->head), ">%s %s[%d]: ", when, tag, getpid());
	else if (s->config->format == SYSLOG_RFC3164)
		n = snprintf(s->head, sizeof(s->head), ">%s %s %s[%d]: ", when, host, tag,
			     getpid());
	else
		n = snprintf(s->head, sizeof(s->head), ">1 %s %s %s %d %s - ", when, host, tag,
			     getpid(), tag);
	if (s->config->format == SYSLOG_RFC5424MICRO)
		s->micro_at = (size_t)(strchr(s->head, '.') + 1 - s->head);
	s->head_len = (size_t)n;
	s->head_s = now_s;
}

static void head_at(struct syslog *s, int64_t now_ns)
{
	int64_t micro = now_ns / 1000 % 1000000;

	if (now_ns / 1000000000 != s->head_s)
		head_make(s, now_ns / 1000000000);
	for (int i = 5; s->micro_at && i >= 0; i--, micro /= 10)
		s->head[s->micro_at + (size_t)i] = (char)('0' + micro % 10);
}

/* Where the first message begins that was not taken whole. */
static size_t first_left(const struct syslog *s)
{
	const char *nl = s->sent ? memrchr(s->queue.s, '\n', s->sent) : NULL;

	return nl ? (size_t)(nl + 1 - s->queue.s) : 0;
}

/* What was taken makes room. */
static void compact(struct syslog *s)
{
	size_t n = first_left(s);

	str_drop(&s->queue, n);
	s->sent -= n;
	s->note_end -= n < s->note_end ? n : s->note_end;
}

static bool put_message(struct syslog *s, bool err, const char *line, size_t len, int64_t now_ns)
{
	size_t need;

	head_at(s, now_ns);
	need = sizeof("<191") + s->head_len + len + 1;
	if (s->queue.len + need > (size_t)s->config->queue_max)
		compact(s);
	if (s->queue.len + need > (size_t)s->config->queue_max)
		return false;
	str_addf(&s->queue, "<%d", s->config->facility << 3 | (err ? ERR : INFO));
	str_add(&s->queue, s->head, s->head_len);
	str_add(&s->queue, line, len);
	str_add(&s->queue, "\n", 1);
	return true;
}

/* One at a time: what is lost meanwhile is told by the next. */
static void put_note(struct syslog *s, int64_t now_ns)
{
	char text[NOTE_MAX];
	int n = snprintf(text, sizeof(text), "coracle: %llu %s of output could not be sent: %s",
			 (unsigned long long)s->lost, s->lost == 1 ? "line" : "lines",
			 strerror(s->error));

	if (s->note_end || !put_message(s, true, text, (size_t)n, now_ns))
		return;
	s->note_end = s->queue.len;
	s->noted = s->lost;
	s->lost = 0;
}

void syslog_put(struct syslog *s, bool err, const char *line, size_t len, int64_t now_ns)
{
	if (!s->config || !len)
		return;
	if (s->lost)
		put_note(s, now_ns);
	if (!put_message(s, err, line, len, now_ns)) {
		s->error = ENOBUFS;
		s->lost++;
	}
	if (s->queue.len - s->sent >= FLUSH && !s->stuck)
		syslog_flush(s);
}

/* --- sending ---------------------------------------------------------------------- */

/* Up to SYSLOG_BATCH datagrams. How many bytes went, or -errno. */
static ssize_t send_datagrams(struct syslog *s)
{
	struct mmsghdr v[SYSLOG_BATCH] = { 0 };
	struct iovec part[SYSLOG_BATCH];
	const char *p = s->queue.s + s->sent, *end = s->queue.s + s->queue.len;
	size_t bytes = 0;
	unsigned n = 0;
	int done;

	for (; n < SYSLOG_BATCH && p < end; n++) {
		const char *next = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;

		part[n] = (struct iovec){ (void *)p, (size_t)(next - p) };
		v[n].msg_hdr = (struct msghdr){ .msg_iov = &part[n], .msg_iovlen = 1 };
		p = next;
	}
	done = sendmmsg(s->fd, v, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (done < 0 && errno == EMSGSIZE) { /* never goes */
		s->error = EMSGSIZE;
		s->lost++;
		return (ssize_t)part[0].iov_len;
	}
	if (done < 0)
		return -errno;
	for (int i = 0; i < done; i++)
		bytes += part[i].iov_len;
	return (ssize_t)bytes;
}

static ssize_t send_some(struct syslog *s)
{
	ssize_t n;

	if (s->type == SOCK_DGRAM)
		return send_datagrams(s);
	n = send(s->fd, s->queue.s + s->sent, s->queue.len - s->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
	return n < 0 ? -errno : n;
}

/* As far as it goes: 0 when all went or the receiver is behind, else -errno. */
static int send_all(struct syslog *s)
{
	s->stuck = false;
	while (s->sent < s->queue.len) {
		ssize_t n = send_some(s);

		if (n == -EINTR)
			continue;
		if (n == -EAGAIN || n == -ENOBUFS) {
			s->stuck = true;
			return 0;
		}
		if (n < 0)
			return (int)n;
		s->fresh = false;
		s->sent += (size_t)n;
	}
	if (s->queue.cap > 4 * FLUSH)
		str_release(&s->queue);
	else
		str_reset(&s->queue);
	s->sent = s->note_end = 0;
	return 0;
}

/* Nobody listens. */
static void lose_all(struct syslog *s, int code)
{
	const char *p = s->queue.s + first_left(s), *end = s->queue.s + s->queue.len;

	if (s->note_end > first_left(s))
		s->lost += s->noted - 1;
	for (; (p = memchr(p, '\n', (size_t)(end - p))); p++)
		s->lost++;
	s->error = code;
	str_release(&s->queue);
	s->sent = s->note_end = 0;
	s->stuck = false;
}

/* A connection that broke is made again once, from the message that was cut on. */
void syslog_flush(struct syslog *s)
{
	bool again = true;
	int rc = 0;

	if (!s->config || s->sent == s->queue.len)
		return;
	for (;;) {
		if (s->fd < 0) {
			rc = dial(s);
			again = false;
		}
		if (rc == 0)
			rc = send_all(s);
		if (rc == 0)
			return;
		again = again && !s->fresh;
		compact(s);
		hang_up(s);
		if (!again) {
			lose_all(s, -rc);
			return;
		}
		rc = 0;
	}
}

bool syslog_behind(const struct syslog *s)
{
	return s->config && s->fd >= 0 && s->stuck;
}

void syslog_finish(struct syslog *s, int wait_ms)
{
	int64_t end = clock_mono_ms() + wait_ms, left = wait_ms;

	syslog_flush(s);
	while (syslog_behind(s) && left > 0) {
		struct pollfd p = { .fd = s->fd, .events = POLLOUT };

		if (poll(&p, 1, (int)left) > 0)
			syslog_flush(s);
		left = end - clock_mono_ms();
	}
}

void syslog_close(struct syslog *s)
{
	if (!s->config)
		return;
	hang_up(s);
	str_release(&s->queue);
	s->config = NULL;
}
