// SPDX-License-Identifier: MIT
#include "core/engine/decoder.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "build/gen/config.h"
#include "core/fmt/signame.h"
#include "core/kern/confine.h"

enum {
	IN_SLOTS = 2, IN_BYTES = 256 << 10,
	OUT_SLOTS = 4, OUT_BYTES = STREAM_CHUNK,
	MEMORY = 128 << 20,	/* ours, the window and what is decoded: 20 MB are in use */
	CODE_MAX = 4095,	/* of an errno */
};

struct slots {
	uint8_t in[IN_SLOTS][IN_BYTES];
	uint8_t out[OUT_SLOTS][OUT_BYTES];
};

enum { NOTE_FILLED = 1, NOTE_TAKEN, NOTE_END };

/* Slots are used in turn, so that none has to be named. */
struct note {
	uint32_t kind;
	uint32_t len;	/* FILLED: bytes, 1 up to the slot's size */
};

/* --- the decoder ------------------------------------------------------------- */

struct worker {
	struct slots *slots;
	uint32_t len[IN_SLOTS];	/* of slots that are filled */
	unsigned in_at, in_n;	/* the next one to be decoded; how many there are */
	unsigned out_at, out_n;	/* the next one to be filled; how many are free */
	bool end;
};

static void worker_say(uint32_t kind, uint32_t len)
{
	struct note n = { kind, len };

	if (write(0, &n, sizeof(n)) != sizeof(n))
		_exit(1);
}

static void worker_hear(struct worker *w)
{
	struct note n;

	if (read(0, &n, sizeof(n)) != sizeof(n))
		_exit(1);
	if (n.kind == NOTE_FILLED)
		w->len[(w->in_at + w->in_n++) % IN_SLOTS] = n.len;
	else if (n.kind == NOTE_TAKEN)
		w->out_n++;
	else
		w->end = true;
}

static void *worker_room(void *to)
{
	struct worker *w = to;

	while (!w->out_n)
		worker_hear(w);
	return w->slots->out[w->out_at % OUT_SLOTS];
}

/* What was made in the room is given. */
static int worker_put(void *to, const void *data UNUSED, size_t len, struct err *e UNUSED)
{
	struct worker *w = to;

	w->out_at++;
	w->out_n--;
	worker_say(NOTE_FILLED, len);
	return 0;
}

static int worker_decode(struct worker *w, struct err *e)
{
	auto_stream struct stream s = { 0 };
	int rc = 0;

	stream_init(&s, &stream_here, (struct sink){ worker_put, w });
	s.room = worker_room;
	for (;;) {
		unsigned at = w->in_at % IN_SLOTS;

		while (!w->in_n && !w->end)
			worker_hear(w);
		if (!w->in_n)
			return stream_end(&s, e);
		rc = stream_feed(&s, w->slots->in[at], w->len[at], e);
		if (rc < 0)
			return rc;
		w->in_at++;
		w->in_n--;
		worker_say(NOTE_TAKEN, 0);
	}
}

static _Noreturn void worker_run(struct slots *slots, int sock, pid_t parent)
{
	const struct confine c = { sock, parent, MEMORY, "coracle-decoder" };
	struct worker w = { .slots = slots, .out_n = OUT_SLOTS };
	struct err e = { 0 };

	if (confine_self(&c, &e) < 0)
		err_wrap(&e, "confine the decoder");
	else
		(void)!worker_decode(&w, &e);
	(void)!write(0, &e, sizeof(e));
	_exit(0);
}

/* --- our side ---------------------------------------------------------------- */

struct decoder {
	struct sink out;
	struct slots *slots;	/* owned; shared with the decoder */
	int sock;		/* owned */
	pid_t pid;		/* 0: reaped */
	unsigned in_at, in_n;	/* the next one to be filled; how many are free */
	unsigned out_at;
	bool ended;		/* it was told that no more comes */
	bool done;		/* it said that all is well */
	uint8_t buf[OUT_BYTES];
};

static int reap(struct decoder *d)
{
	int status = 0;

	while (d->pid && waitpid(d->pid, &status, 0) < 0 && errno == EINTR)
		;
	d->pid = 0;
	return status;
}

static int died(struct decoder *d, struct err *e)
{
	int status = reap(d);
	const char *name = WIFSIGNALED(status) ? signame_text(WTERMSIG(status)) : NULL;

	if (!WIFSIGNALED(status))
		return err_set(e, EPROTO, "the decoder ended before its work was done");
	return err_set(e, EPROTO, "the decoder ended by signal %d%s%s%s", WTERMSIG(status),
		       name ? " (" : "", name ? name : "", name ? ")" : "");
}

static int astray(struct err *e)
{
	return err_set(e, EPROTO, "the decoder does not do as it should");
}

/* What came out: ours before anybody looks at it. */
static int take(struct decoder *d, uint32_t len, struct err *e)
{
	const struct note taken = { NOTE_TAKEN, 0 };

	if (!len || len > OUT_BYTES)
		return astray(e);
	memcpy(d->buf, d->slots->out[d->out_at++ % OUT_SLOTS], len);
	(void)!send(d->sock, &taken, sizeof(taken), MSG_NOSIGNAL);	/* dead: recv tells */
	return d->out.put(d->out.to, d->buf, len, e);
}

static int verdict(struct decoder *d, struct err *said, struct err *e)
{
	said->msg[sizeof(said->msg) - 1] = 0;
	if (said->code < 0 || said->code > CODE_MAX || (!said->code && !d->ended))
		return astray(e);
	d->done = said->code == 0;
	return d->done ? 0 : err_set(e, said->code, "%s", said->msg);
}

/* Take one note. 1, 0 when there is none and flags say not to wait, or -errno. */
static int hear(struct decoder *d, int flags, struct err *e)
{
	union {
		struct note note;
		struct err err;
	} got;
	ssize_t n;
	int rc;

	do	/* reset: it ended without reading all of ours; what it said is still there */
		n = recv(d->sock, &got, sizeof(got), flags);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n == 0)
		return died(d, e);
	if (n < 0)
		return err_sys(e, "listen to the decoder");
	if (n == sizeof(got.err))
		rc = verdict(d, &got.err, e);
	else if (n != sizeof(got.note))
		rc = astray(e);
	else if (got.note.kind == NOTE_FILLED)
		rc = take(d, got.note.len, e);
	else
		rc = got.note.kind == NOTE_TAKEN && d->in_n < IN_SLOTS ? 0 : astray(e);
	if (rc == 0 && n == sizeof(got.note) && got.note.kind == NOTE_TAKEN)
		d->in_n++;
	return rc < 0 ? rc : 1;
}

static int say(struct decoder *d, uint32_t kind, uint32_t len, struct err *e)
{
	struct note n = { kind, len };
	int rc;

	if (send(d->sock, &n, sizeof(n), MSG_NOSIGNAL) == sizeof(n))
		return 0;
	if (errno != EPIPE && errno != ECONNRESET)
		return err_sys(e, "speak to the decoder");
	do	/* it has ended, and may have said why */
		rc = hear(d, 0, e);
	while (rc > 0 && !d->done);
	return rc < 0 ? rc : astray(e);
}

static int fork_it(struct decoder *d, struct err *e)
{
	struct sigaction was;
	pid_t parent = getpid();
	int pair[2];

	if (sigaction(SIGCHLD, NULL, &was) == 0 && was.sa_handler == SIG_IGN)
		signal(SIGCHLD, SIG_DFL);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, "make a socket for the decoder");
	d->sock = pair[0];
	d->pid = fork();
	if (d->pid == 0)
		worker_run(d->slots, pair[1], parent);
	close(pair[1]);
	if (d->pid > 0)
		return 0;
	d->pid = 0;
	return err_sys(e, "start the decoder");
}

static void decoder_free(void *codec)
{
	struct decoder *d = codec;

	if (d->pid && !d->done)
		kill(d->pid, SIGKILL);
	close_at(&d->sock);
	reap(d);
	if (d->slots)
		munmap(d->slots, sizeof(*d->slots));
	free(d);
}

static int decoder_open(const struct stream *s, void **codec, struct err *e)
{
	struct decoder *d = calloc(1, sizeof(*d));
	void *p = mmap(NULL, sizeof(*d->slots), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	int rc;

	if (!d)
		abort();
	d->out = s->out;
	d->sock = -1;
	d->in_n = IN_SLOTS;
	d->slots = p == MAP_FAILED ? NULL : p;
	if (CFG_GZIP + CFG_ZSTD == 0)
		rc = err_set(e, ENOTSUP, "no decoder is built in");
	else
		rc = d->slots ? fork_it(d, e) : err_sys(e, "get memory for the decoder");
	if (rc < 0)
		decoder_free(d);
	else
		*codec = d;
	return rc;
}

static int decoder_feed(void *codec, const void *data, size_t len, struct err *e)
{
	struct decoder *d = codec;
	const uint8_t *p = data;
	int rc = 0;

	for (size_t n; len; p += n, len -= n) {
		while (!d->in_n) {
			rc = hear(d, 0, e);
			if (rc < 0)
				return rc;
		}
		n = len < IN_BYTES ? len : IN_BYTES;
		memcpy(d->slots->in[d->in_at++ % IN_SLOTS], p, n);
		d->in_n--;
		rc = say(d, NOTE_FILLED, n, e);
		if (rc < 0)
			return rc;
	}
	do	/* an error is told as soon as it is known */
		rc = hear(d, MSG_DONTWAIT, e);
	while (rc > 0);
	return rc;
}

static int decoder_end(void *codec, struct err *e)
{
	struct decoder *d = codec;
	int rc;

	d->ended = true;
	rc = say(d, NOTE_END, 0, e);
	while (rc >= 0 && !d->done)
		rc = hear(d, 0, e);
	return rc < 0 ? rc : 0;
}

const struct stream_ops decoder_confined = {
	decoder_open, decoder_feed, decoder_end, decoder_free,
};
