// SPDX-License-Identifier: MIT
/* syslog.h - lines to a syslog receiver, as Docker's log driver of that name writes them.
 *
 *   (none)         <30>Nov 21 14:47:57 TAG[PID]: line
 *   rfc3164        <30>Nov 21 14:47:59 HOST TAG[PID]: line
 *   rfc5424        <30>1 2026-11-21T14:48:01Z HOST TAG PID TAG - line
 *   rfc5424micro   <30>1 2026-11-21T14:48:03.573546Z HOST TAG PID TAG - line
 *
 * Every message ends in a newline; a datagram is one message, a stream has them one after the
 * other. Times are the host's local ones, severities info (stdout) and err (stderr). TLS is not
 * spoken.
 *
 * Nothing here waits but syslog_open and syslog_finish. Messages gather in a queue, which
 * syslog_flush sends as far as the receiver takes them: one call for a stream, one for up to
 * SYSLOG_BATCH datagrams. What is left then goes once the descriptor can be written
 * (syslog_behind). A connection that broke is made anew; while nobody listens messages are lost,
 * are counted, and the first one that goes through again is preceded by one on err that says
 * how many. A message that a break cut short is sent again whole; what the kernel had taken
 * before it broke may be lost without a word, as with Docker.
 *
 * What an attacker controls: lines, any bytes but newlines, and how fast they come; by an
 * image's labels the tag, whose control characters become "_". Memory: queue_max. */
#pragma once

#include <sys/socket.h>

#include "core/base/err.h"
#include "core/base/str.h"

enum {
	SYSLOG_BATCH = 64,
	SYSLOG_TAG_MAX = 1024, /* bytes; RFC 5424 allows 48, Docker any number */
	SYSLOG_QUEUE_MAX = 4 << 20, /* a read of 64 KiB in lines of one byte, and to spare */
	SYSLOG_QUEUE_DROP = 1 << 20, /* Docker's, where nothing may wait */
	SYSLOG_WAIT_MS = 10000, /* for a connection to be taken */
};

enum syslog_format { SYSLOG_UNIX,
	SYSLOG_RFC3164,
	SYSLOG_RFC5424,
	SYSLOG_RFC5424MICRO };

struct syslog_config {
	const char *address; /* "PROTO://WHERE"; "" for the host's own socket */
	enum syslog_format format;
	int facility; /* 0..23 */
	const char *tag;
	int64_t queue_max; /* bytes */
	bool drop; /* who is behind loses messages, and never holds anything up */
};

struct syslog {
	const struct syslog_config *config; /* borrowed; NULL: closed */
	int fd; /* owned; -1: no connection */
	struct sockaddr_storage to; /* what was connected to first stays */
	socklen_t to_len;
	int type; /* SOCK_STREAM or SOCK_DGRAM */
	bool fresh; /* nothing was sent on this connection yet */
	bool stuck; /* it took no more */
	struct str queue; /* whole messages */
	size_t sent; /* bytes of queue that were taken; in the middle of one by a stream only */
	uint64_t lost; /* messages, not told of yet */
	uint64_t noted; /* lost ones that a note in the queue tells of, */
	size_t note_end; /* which ends here in it; 0: no note */
	int error; /* errno of the last failure */
	int64_t head_s; /* the second that head is of; -1: none */
	size_t head_len, micro_at; /* micro_at: where six digits stand; 0: nowhere */
	char head[2 * SYSLOG_TAG_MAX + 512]; /* what stands between priority and line */
};

/* Docker's sentences for what it refuses when a container is created. 0 or -EINVAL; also for a
 * unix socket that is not there. */
NODISCARD int syslog_address_check(const char *text, struct err *e);
NODISCARD int syslog_facility_parse(const char *text, int *out, struct err *e);
NODISCARD int syslog_format_parse(const char *text, enum syslog_format *out, struct err *e);

/* Look the address up and connect, waiting SYSLOG_WAIT_MS at most. *s must be zero. Names are
 * looked up here only.
 * 0; -EINVAL, -ENOENT (no such host) or -errno with "dial tcp 127.0.0.1:514: connect: …". */
NODISCARD int syslog_open(struct syslog *s, const struct syslog_config *c, struct err *e);

/* Queue one line (without its newline; an empty one is none). now_ns: since 1970. */
void syslog_put(struct syslog *s, bool err, const char *line, size_t len, int64_t now_ns);

/* Send what the receiver takes now. */
void syslog_flush(struct syslog *s);

/* Is the receiver behind? Then syslog_flush is due once s->fd can be written. */
bool syslog_behind(const struct syslog *s);

/* Send what is left, for wait_ms at most. */
void syslog_finish(struct syslog *s, int wait_ms);
void syslog_close(struct syslog *s);
