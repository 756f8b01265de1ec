// SPDX-License-Identifier: MIT
#include "core/engine/health.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/prctl.h>

#include "core/engine/ask.h"
#include "core/engine/event.h"
#include "core/engine/monitor_in.h"
#include "core/os/clock.h"
#include "core/os/file.h"

enum { RETRIES = 3, DOC_MAX = 256 << 10, TIMED_OUT = -1 };
#define SECOND		1000000000LL
#define INTERVAL	(30 * SECOND)
#define TIMEOUT		(30 * SECOND)
static const char file[] = "health.json";

bool health_wanted(const struct health_config *h)
{
	return h->test.n > 1 && strcmp(h->test.v[0], "NONE") != 0;
}

const char *health_judge(const struct health_config *h, const char *status, int code,
			 int64_t age_ns, int *streak)
{
	int retries = h->retries ? h->retries : RETRIES;

	if (code == 0) {
		*streak = 0;
		return "healthy";
	}
	if (strcmp(status, "starting") == 0 && age_ns < h->start_period_ns)
		return status;
	++*streak;
	return *streak >= retries ? "unhealthy" : status;
}

/* --- the child that probes -------------------------------------------------------------- */

/* A probe must not hold the container's lock, or anything else of the monitor's. */
static void keep_only(const struct store *s, int out)
{
	DIR *d = opendir("/proc/self/fd");
	struct dirent *f;

	while (d && (f = readdir(d))) {
		int fd = atoi(f->d_name);
		bool keep = fd <= 2 || fd == out || fd == dirfd(d) || fd == s->root_fd ||
			fd == s->state_fd;

		for (size_t i = 0; i < s->extra_n; i++)
			keep |= fd == s->extra[i].fd;
		if (!keep)
			close(fd);
	}
	if (d)
		closedir(d);
}

static void args_make(const struct container_config *c, struct strv *args, struct arena *mem)
{
	const struct strv *test = &c->health.test;
	bool shell = strcmp(test->v[0], "CMD-SHELL") == 0;

	for (size_t i = 0; shell && i < c->shell.n; i++)
		strv_add(args, c->shell.v[i], mem);
	if (shell && !c->shell.n) {
		strv_add(args, "/bin/sh", mem);
		strv_add(args, "-c", mem);
	}
	for (size_t i = 1; i < test->n; i++)
		strv_add(args, test->v[i], mem);
}

/* "1m30s" as Go writes a duration of whole seconds; others in fractions. */
static void duration_put(int64_t ns, struct str *out)
{
	int64_t s = ns / SECOND;

	if (ns < SECOND) {
		str_addf(out, "%gms", (double)ns / 1e6);
		return;
	}
	if (s >= 3600)
		str_addf(out, "%lldh", (long long)(s / 3600));
	if (s >= 60)
		str_addf(out, "%lldm", (long long)(s / 60 % 60));
	str_addf(out, "%gs", (double)(s % 60) + (double)(ns % SECOND) / 1e9);
}

/* Run it to its end or its timeout; its output, or why there is none, goes to `out`. */
static int probe(struct monitor *m, struct str *out)
{
	const struct container_config *c = &m->c->config;
	struct exec_request r = { .user = "", .working_dir = "" };
	int64_t timeout = c->health.timeout_ns ? c->health.timeout_ns : TIMEOUT;
	struct err e = { 0 };
	int fd = -1, status, code, rc;

	args_make(c, &r.args, m->g->mem);
	if (engine_exec(m->g, m->c->id, &r, &fd, &status, &e) < 0) {
		str_puts(out, e.msg);
		return -1;
	}
	rc = ask_collect(fd, out, HEALTH_OUTPUT_MAX, timeout / 1000000, &code);
	if (rc == -ETIMEDOUT) {
		unsigned char sig = SIGKILL;

		(void)!ask_done(fd, WIRE_SIGNAL, &sig, 1, ASK_ANSWER_MS, NULL);
		str_reset(out);
		str_puts(out, "Health check exceeded timeout (");
		duration_put(timeout, out);
		str_puts(out, ")");
		return TIMED_OUT;
	}
	return rc < 0 ? -1 : code;
}

/* The answer: the code, four bytes as they are, then the output. */
static _Noreturn void child(struct monitor *m, int out)
{
	auto_str struct str text = STR_INIT;
	int code;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	keep_only(m->g->store, out);
	code = probe(m, &text);
	if (file_write_all(out, &code, sizeof(code)) >= 0)
		(void)!file_write_all(out, text.s, text.len);
	_exit(0);
}

/* --- results ----------------------------------------------------------------------------- */

static json_t *doc_make(const struct monitor *m)
{
	const struct health *h = &m->health;
	json_t *o = json_object(), *log = json_array();

	for (int i = 0; i < h->log_n; i++) {
		const struct health_result *r = &h->log[i];
		char start[CLOCK_TEXT_MAX], end[CLOCK_TEXT_MAX];
		json_t *one = json_object();

		json_put_text(one, "Start", clock_format(r->start_ns, start));
		json_put_text(one, "End", clock_format(r->end_ns, end));
		json_put_int(one, "ExitCode", r->code);
		json_put_text(one, "Output", r->output);
		json_array_append_new(log, one);
	}
	json_put_text(o, "Status", m->c->state.health);
	json_put_int(o, "FailingStreak", h->streak);
	json_put(o, "Log", log);
	return o;
}

static void doc_save(struct monitor *m)
{
	auto_json json_t *o = doc_make(m);
	auto_str struct str b = STR_INIT;

	json_print(o, JSON_PLAIN, &b);
	(void)!file_write_atomic(m->p->state_dir, file, b.s, b.len, 0600, FILE_NO_SYNC, NULL);
}

static void log_add(struct health *h, int code, const char *output, int64_t now_ns)
{
	if (h->log_n == HEALTH_LOG) {
		free(h->log[0].output);
		memmove(h->log, h->log + 1, sizeof(h->log[0]) * (HEALTH_LOG - 1));
		h->log_n--;
	}
	h->log[h->log_n++] = (struct health_result){
		.start_ns = h->began_ns, .end_ns = now_ns, .code = code, .output = strdup(output),
	};
}

static void status_set(struct monitor *m, const char *status)
{
	auto_str struct str action = STR_INIT;
	bool differs = strcmp(m->c->state.health, status) != 0;

	m->c->state.health = status;
	if (!differs)
		return;
	(void)!container_state_save(m->g->store, &m->c->state, false, NULL);
	str_addf(&action, "health_status: %s", status);
	if (strcmp(status, "starting") != 0)
		event_container(m->g->store, m->c, action.s, NULL);
}

static void next_set(struct monitor *m)
{
	int64_t every = m->c->config.health.interval_ns;

	loop_timer_set(&m->loop, &m->health.next, (every ? every : INTERVAL) / 1000000);
}

static void report_close(struct monitor *m)
{
	int fd = m->health.report.fd;

	if (fd < 0)
		return;
	loop_remove(&m->loop, &m->health.report);
	close(fd);
	m->health.report.fd = -1;
}

/* The child's answer is whole, or it died without one. */
static void answered(struct monitor *m)
{
	struct health *h = &m->health;
	int64_t now = clock_real_ns();
	int code = -1;

	report_close(m);
	if (h->answer.len >= sizeof(code))
		memcpy(&code, h->answer.s, sizeof(code));
	log_add(h, code, h->answer.len > sizeof(code) ? h->answer.s + sizeof(code) : "", now);
	str_release(&h->answer);
	h->began_ns = 0;
	status_set(m, health_judge(&m->c->config.health, m->c->state.health, code,
				   now - m->c->state.started_ns, &h->streak));
	doc_save(m);
	next_set(m);
}

static void report_ready(struct loop *l, struct loop_watch *w, uint32_t events)
{
	struct monitor *m = w->arg;
	char buf[1024];
	ssize_t n = read(w->fd, buf, sizeof(buf));

	(void)l;
	(void)events;
	if (n > 0 && m->health.answer.len < 2 * HEALTH_OUTPUT_MAX)
		str_add(&m->health.answer, buf, (size_t)n);
	if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
		answered(m);
}

static void due(struct loop *l, struct loop_timer *t)
{
	struct monitor *m = t->arg;
	struct health *h = &m->health;
	int pipe[2];
	pid_t pid;

	if (h->report.fd >= 0 || pipe2(pipe, O_CLOEXEC) < 0) {
		next_set(m);
		return;
	}
	h->began_ns = clock_real_ns();
	pid = fork();
	if (pid == 0)
		child(m, pipe[1]);
	close(pipe[1]);
	h->report = (struct loop_watch){ .fd = pipe[0], .events = EPOLLIN, .fn = report_ready,
					 .arg = m };
	if (pid < 0 || loop_add(l, &h->report, NULL) < 0) {
		close(pipe[0]);
		h->report.fd = -1;
		next_set(m);
	}
}

void health_begin(struct monitor *m)
{
	if (!health_wanted(&m->c->config.health))
		return;
	m->health.next = (struct loop_timer){ .fn = due, .arg = m };
	m->health.streak = 0;
	m->c->state.health = "starting";
	doc_save(m);
	next_set(m);
}

void health_hold(struct monitor *m, bool paused)
{
	struct health *h = &m->health;

	if (!health_wanted(&m->c->config.health))
		return;
	loop_timer_stop(&m->loop, &h->next);
	report_close(m);	/* its child ends the probe at its timeout, and tells nobody */
	str_release(&h->answer);
	h->began_ns = 0;
	if (!paused)
		return;
	m->c->state.health = "unhealthy";
	doc_save(m);
}

void health_go_on(struct monitor *m)
{
	if (health_wanted(&m->c->config.health))
		next_set(m);
}

void health_end(struct monitor *m)
{
	loop_timer_stop(&m->loop, &m->health.next);
	report_close(m);
	str_release(&m->health.answer);
}

json_t *health_doc(struct store *s, const struct container *c)
{
	auto_close int dir = container_state_dir(s, c->id, false, NULL);
	auto_str struct str b = STR_INIT;

	if (!health_wanted(&c->config.health) || !c->state.started_ns || dir < 0 ||
	    file_read_at(dir, file, DOC_MAX, &b, NULL) < 0)
		return NULL;
	return json_parse(b.s, b.len, DOC_MAX, NULL);
}
