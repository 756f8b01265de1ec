// SPDX-License-Identifier: MIT
/* log.h - a container's output on disk, Docker's json-file, and on its way to a syslog.
 *
 *   log.json       {"log":"text\n","stream":"stdout","time":"2026-11-20T14:03:09.1Z"}   one a line
 *   log.json.1 …   the same, older, after rotation (a higher number is older)
 *
 * An entry is one line of output with its newline, or LOG_PART bytes of a longer one
 * without. "attrs":{…} stands before "time" when --log-opt labels, env or tag asked for it.
 *
 * Bytes that are not UTF-8 are kept: byte 0xNN is written as the escape \udcNN, half of a
 * surrogate pair that stands alone. That is JSON to every parser, Docker's shows it as U+FFFD
 * (as Docker's own log has it), and ours gives the byte back (Z86). Output that spells such
 * a surrogate in bytes is not UTF-8 either, so nothing is ambiguous.
 *
 * What an attacker controls: every byte of output, how it is cut into reads, how much. All
 * framing, stream and time are ours. Memory is fixed, disk is max_size * max_file. A reader
 * takes any file: lines that are not entries are passed over. */
#pragma once

#include "build/gen/config.h"
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/str.h"
#include "core/base/strv.h"
#include "core/net/syslog.h"

struct container;
struct container_config;

enum {
	LOG_PART = 16 << 10, /* most bytes of output in one entry */
	LOG_ENTRY_MAX = 256 << 10, /* most bytes of one line of the file */
	LOG_ATTRS_MAX = 16 << 10, /* bytes of one entry's attrs */
	LOG_FLUSH = 32 << 10, /* as much is gathered before it is written */
	LOG_FILES_MAX = 256,
	LOG_SIZE_DEFAULT = 1 << 20,
	LOG_FILES_DEFAULT = 3,
	LOG_LOCAL_SIZE = 20000000, /* Docker's, for --log-driver local */
	LOG_LOCAL_FILES = 5,
	LOG_WAIT_MS = 2000,
};

enum log_stream { LOG_STDOUT = 1,
	LOG_STDERR = 2 }; /* as WIRE_STDOUT, WIRE_STDERR */

/* All zero keeps nothing, as --log-driver none. */
struct log_config {
	bool file; /* log.json is written: by json-file, by local, and as the cache of syslog */
	bool uncompressed; /* compress=true was asked for, which is not done */
	const struct syslog_config *syslog; /* where output goes too; NULL: nowhere */
	int64_t max_size; /* bytes of one file; -1: no limit */
	int max_file; /* files kept, log.json included; at least 1 */
	const char *attrs; /* a JSON object, or "" */
};

/* What `create` can say of --log-driver and --log-opt: is there such a driver, such an
 * option, such a mode, such an address. 0 or -EINVAL with Docker's sentence. */
NODISCARD int log_config_check(const struct container_config *c, struct err *e);

/* Is there a log.json to read? Not where "configured logging driver does not support reading". */
bool log_readable(const struct container_config *c);

/* Does inspect say where it is (LogPath)? Docker does for json-file only. */
bool log_has_path(const struct container_config *c);

/* What a start makes of them: sizes, counts, and the attrs out of labels, environment and
 * tag. Without max-size a json-file, and the cache of syslog, is LOG_FILES_DEFAULT files of
 * LOG_SIZE_DEFAULT (Docker: one without end, 5 of 20 MB); max-size=-1 lifts the limit.
 * local keeps LOG_LOCAL_FILES of LOG_LOCAL_SIZE.
 * 0 or -EINVAL "failed to initialize logging driver: …". out->attrs lives in mem. */
NODISCARD int log_config_make(const struct container *c, struct arena *mem, struct log_config *out,
	struct err *e);

/* --- writing ------------------------------------------------------------------ */

/* About 180 KB, of which the kernel gives pages only as they are used: text touches 50 KB.
 * Put it in zeroed memory of its own (mmap, or .bss), not on a stack. */
struct log_writer {
	struct log_config config; /* attrs and syslog borrowed */
	struct syslog syslog;
	int dir; /* borrowed; ROOT/containers/ID */
	int fd; /* owned; log.json; -1: none */
	int64_t size; /* bytes in log.json */
	bool torn; /* the last line of log.json has no end */
	int error; /* errno of the write that failed, 0 while all is well */
	uint64_t lost; /* entries not written since then */
	bool note; /* the first entry in out tells of them */
	struct log_part {
		size_t len;
		char bytes[LOG_PART]; /* the beginning of a line whose end has not come */
	} part[2];
	int64_t stamp_ns; /* the time of the next entry, */
	char stamp[64]; /* and how it ends */
	size_t attrs_len;
	size_t used, entries; /* in out: bytes, and how many entries they are */
	char out[LOG_FLUSH + 8 * LOG_PART];
};

/* Open, or make, log.json in `dir` and go on at its end, or connect to the syslog, or both. A
 * line cut short by a crash is ended. *w must be zero, which takes output and keeps nothing.
 * 0 or -errno; after a failure the writer takes output and counts it as lost. */
NODISCARD int log_open(struct log_writer *w, int dir, const struct log_config *c, struct err *e);

/* Take what one read gave. now_ns: since 1970, of the first entry that ends in it; each one after
 * is a nanosecond later, so that no two have one time and --since and --until part any two.
 * Never fails and never waits: when the disk is full, entries are lost and counted, and the
 * first one that fits again is preceded by one on stderr that says how many. */
void log_write(struct log_writer *w, enum log_stream s, const char *data, size_t len,
	int64_t now_ns);

/* Does the syslog take no more for now? Then log_more is due once log_fd can be written, and
 * where `mode` is blocking the container's output is to wait. */
static inline bool log_behind(const struct log_writer *w)
{
	return CFG_LOG_SYSLOG && syslog_behind(&w->syslog);
}

static inline bool log_holds(const struct log_writer *w)
{
	return log_behind(w) && !w->config.syslog->drop;
}

static inline int log_fd(const struct log_writer *w)
{
	return w->syslog.fd;
}

static inline void log_more(struct log_writer *w)
{
	if (CFG_LOG_SYSLOG && w->config.syslog)
		syslog_flush(&w->syslog);
}

/* The streams have ended: unfinished lines become entries. What the syslog does not take within
 * LOG_WAIT_MS is lost. */
void log_finish(struct log_writer *w, int64_t now_ns);
void log_close(struct log_writer *w);

/* Write s as the inside of a JSON string, as Docker's log has it. out has room for
 * 6 * len + 8 bytes. Returns the end. Pure. */
char *log_escape(char *out, const char *s, size_t len);

/* --- reading ------------------------------------------------------------------ */

struct log_entry {
	enum log_stream stream;
	int64_t time_ns; /* since 1970 */
	const char *text; /* len bytes, any; valid until the next entry */
	size_t len;
	const char *attrs; /* the JSON object as it stands in the file, or NULL */
	size_t attrs_len;
};

/* Take one line of the file apart, in place (the text is unescaped where it stands).
 * Pure. 0, or -EBADMSG when it is not an entry. */
NODISCARD int log_parse(char *line, size_t len, struct log_entry *out);

/* The attrs as `docker logs --details` shows them: "k=v,k2=v2", sorted, URL-quoted. */
void log_details(const struct log_entry *entry, struct str *out);

struct log_query {
	int64_t tail; /* entries from the end; -1: all */
	int64_t since_ns, until_ns; /* since 1970; 0: no bound */
	bool follow;
	/* Follow: does the writer still live? Asked when the end is reached; NULL: never. */
	bool (*alive)(void *arg);
	/* Follow: all there is was told, and it will sleep; NULL: never. */
	void (*rest)(void *arg);
	/* One entry. 0 to go on; anything else ends the reading and is returned. */
	int (*entry)(void *arg, const struct log_entry *entry);
	void *arg;
};

/* Hand over entries, oldest first, of all files in `dir`. With `follow` until the writer is
 * gone and everything it wrote was handed over: over rotations no entry is lost or told
 * twice, except those whose file was already removed.
 * 0 (also when there is no log), what `entry` returned, or -errno. */
NODISCARD int log_read(int dir, const struct log_query *q, struct err *e);
