// SPDX-License-Identifier: MIT
#include "core/fmt/pstable.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

enum { DAY_S = 86400, NAME_WIDTH = 8, WCHAN_WIDTH = 6, PERCENT_MAX = 99 };

typedef void print_fn(const struct ps_process *p, const struct ps_machine *m, struct str *out);
typedef int64_t rank_fn(const struct ps_process *p);

struct ps_field {
	const char *names;	/* "cmd args": any of them */
	const char *head;
	print_fn *print;
	rank_fn *rank;		/* what --sort goes by; NULL: it is no number */
};

/* --- cells ------------------------------------------------------------------------ */

#define NUMBER(name, expr) \
	static int64_t name##_rank(const struct ps_process *p) { return (int64_t)(expr); } \
	static void name##_print(const struct ps_process *p, const struct ps_machine *m UNUSED, \
				 struct str *out) \
	{ \
		str_addf(out, "%" PRId64, (int64_t)(expr)); \
	}
NUMBER(pid, p->pid)
NUMBER(ppid, p->ppid)
NUMBER(pgrp, p->pgrp)
NUMBER(session, p->session)
NUMBER(tpgid, p->tpgid)
NUMBER(uid, p->uid)
NUMBER(ruid, p->ruid)
NUMBER(gid, p->gid)
NUMBER(rgid, p->rgid)
NUMBER(vsize, p->vsize_kb)
NUMBER(rss, p->rss_kb)
NUMBER(pages, p->pages)
NUMBER(nice, p->nice)
NUMBER(pri, 39 - p->priority)
NUMBER(opri, 60 + p->priority)
NUMBER(threads, p->threads)
NUMBER(cpu, p->cpu)
NUMBER(age, p->age_s)

static void flags_print(const struct ps_process *p, const struct ps_machine *m UNUSED,
			struct str *out)
{
	str_addf(out, "%x", p->flags >> 6 & 7);
}

/* A name that is too long is cut, and says so. */
static void name_put(const char *name, struct str *out)
{
	if (strlen(name) <= NAME_WIDTH)
		str_puts(out, name);
	else
		str_addf(out, "%.*s+", NAME_WIDTH - 1, name);
}

static void user_print(const struct ps_process *p, const struct ps_machine *m UNUSED,
		       struct str *out)
{
	name_put(p->user, out);
}

static void ruser_print(const struct ps_process *p, const struct ps_machine *m UNUSED,
			struct str *out)
{
	name_put(p->ruser, out);
}

static void group_print(const struct ps_process *p, const struct ps_machine *m UNUSED,
			struct str *out)
{
	name_put(p->group, out);
}

static void rgroup_print(const struct ps_process *p, const struct ps_machine *m UNUSED,
			 struct str *out)
{
	name_put(p->rgroup, out);
}

static void comm_print(const struct ps_process *p, const struct ps_machine *m UNUSED,
		       struct str *out)
{
	str_addf(out, "%s%s", p->comm, p->state == 'Z' ? " <defunct>" : "");
}

static void args_print(const struct ps_process *p, const struct ps_machine *m UNUSED,
		       struct str *out)
{
	if (*p->args)
		str_puts(out, p->args);
	else
		str_addf(out, "[%s]%s", p->comm, p->state == 'Z' ? " <defunct>" : "");
}

static int64_t percent(const struct ps_process *p, int64_t of)
{
	return p->age_s > 0 ? (int64_t)p->cpu_ms * of / 1000 / p->age_s : 0;
}

static void util_print(const struct ps_process *p, const struct ps_machine *m UNUSED,
		       struct str *out)
{
	int64_t c = percent(p, 100);

	str_addf(out, "%" PRId64, c > PERCENT_MAX ? PERCENT_MAX : c);
}

static int64_t pcpu_rank(const struct ps_process *p)
{
	return percent(p, 1000);
}

static void pcpu_print(const struct ps_process *p, const struct ps_machine *m UNUSED,
		       struct str *out)
{
	int64_t c = pcpu_rank(p);

	if (c > 999)
		str_addf(out, "%" PRId64, c / 10);
	else
		str_addf(out, "%" PRId64 ".%" PRId64, c / 10, c % 10);
}

static void pmem_print(const struct ps_process *p, const struct ps_machine *m, struct str *out)
{
	uint64_t c = m->memory_kb ? p->rss_kb * 1000 / m->memory_kb : 0;

	if (c > 999)
		c = 999;
	str_addf(out, "%" PRIu64 ".%" PRIu64, c / 10, c % 10);
}

static void tty_print(const struct ps_process *p, const struct ps_machine *m UNUSED,
		      struct str *out)
{
	enum { PTS = 136, PTS_LAST = 143, CONSOLE = 4, SERIAL = 64 };
	int major = p->tty >> 8 & 0xfff, minor = (p->tty & 0xff) | (p->tty >> 12 & 0xfff00);

	if (major >= PTS && major <= PTS_LAST)
		str_addf(out, "pts/%d", minor + (major - PTS) * 256);
	else if (major == CONSOLE && minor < SERIAL)
		str_addf(out, "tty%d", minor);
	else if (major == CONSOLE)
		str_addf(out, "ttyS%d", minor - SERIAL);
	else
		str_puts(out, "?");
}

static void state_print(const struct ps_process *p, const struct ps_machine *m UNUSED,
			struct str *out)
{
	str_add(out, &p->state, 1);
}

static void stat_print(const struct ps_process *p, const struct ps_machine *m, struct str *out)
{
	state_print(p, m, out);
	str_puts(out, p->nice < 0 ? "<" : p->nice > 0 ? "N" : "");
	str_puts(out, p->locked ? "L" : "");
	str_puts(out, p->session == p->pid ? "s" : "");
	str_puts(out, p->threads > 1 ? "l" : "");
	str_puts(out, p->tpgid == p->pgrp ? "+" : "");
}

/* [DD-][HH:]MM:SS */
static void clock_put(uint64_t s, bool hours, struct str *out)
{
	uint64_t days = s / DAY_S, h = s / 3600 % 24;

	if (days)
		str_addf(out, "%02" PRIu64 "-", days);
	if (days || h || hours)
		str_addf(out, "%02" PRIu64 ":", h);
	str_addf(out, "%02" PRIu64 ":%02" PRIu64, s / 60 % 60, s % 60);
}

static int64_t time_rank(const struct ps_process *p)
{
	return (int64_t)p->cpu_ms;
}

static void time_print(const struct ps_process *p, const struct ps_machine *m UNUSED,
		       struct str *out)
{
	clock_put(p->cpu_ms / 1000, true, out);
}

static void bsdtime_print(const struct ps_process *p, const struct ps_machine *m UNUSED,
			  struct str *out)
{
	uint64_t s = p->cpu_ms / 1000;

	str_addf(out, "%" PRIu64 ":%02" PRIu64, s / 60, s % 60);
}

static void etime_print(const struct ps_process *p, const struct ps_machine *m UNUSED,
			struct str *out)
{
	clock_put((uint64_t)p->age_s, false, out);
}

static int64_t start_rank(const struct ps_process *p)
{
	return p->started_s;
}

static void date_put(int64_t at_s, const char *form, struct str *out)
{
	time_t t = (time_t)at_s;
	char text[48] = "";
	struct tm tm;

	if (localtime_r(&t, &tm))
		strftime(text, sizeof(text), form, &tm);
	str_puts(out, *text ? text : "?");
}

static void stime_print(const struct ps_process *p, const struct ps_machine *m, struct str *out)
{
	time_t now = (time_t)m->now_s, then = (time_t)p->started_s;
	struct tm n = { 0 }, t = { 0 };

	localtime_r(&now, &n);
	localtime_r(&then, &t);
	date_put(p->started_s,
		 n.tm_year != t.tm_year ? "%Y" : n.tm_yday != t.tm_yday ? "%b%d" : "%H:%M", out);
}

static void started_print(const struct ps_process *p, const struct ps_machine *m, struct str *out)
{
	date_put(p->started_s, m->now_s - p->started_s > DAY_S ? "%b %d" : "%H:%M:%S", out);
}

static void lstart_print(const struct ps_process *p, const struct ps_machine *m UNUSED,
			 struct str *out)
{
	date_put(p->started_s, "%a %b %e %H:%M:%S %Y", out);
}

static void wchan_print(const struct ps_process *p, const struct ps_machine *m UNUSED,
			struct str *out)
{
	str_addf(out, "%.*s", WCHAN_WIDTH, p->wchan);
}

static void dash_print(const struct ps_process *p UNUSED, const struct ps_machine *m UNUSED,
		       struct str *out)
{
	str_puts(out, "-");
}

/* --- columns by name ---------------------------------------------------------------- */

static const struct ps_field fields[] = {
	{ "pid tgid", "PID", pid_print, pid_rank },
	{ "ppid", "PPID", ppid_print, ppid_rank },
	{ "pgid pgrp", "PGID", pgrp_print, pgrp_rank },
	{ "sid sess session", "SID", session_print, session_rank },
	{ "tpgid", "TPGID", tpgid_print, tpgid_rank },
	{ "user euser uname", "USER", user_print, uid_rank },
	{ "ruser", "RUSER", ruser_print, ruid_rank },
	{ "group egroup", "GROUP", group_print, gid_rank },
	{ "rgroup", "RGROUP", rgroup_print, rgid_rank },
	{ "uid euid", "UID", uid_print, uid_rank },
	{ "ruid", "RUID", ruid_print, ruid_rank },
	{ "gid egid", "GID", gid_print, gid_rank },
	{ "rgid", "RGID", rgid_print, rgid_rank },
	{ "comm ucmd ucomm", "COMMAND", comm_print, NULL },
	{ "args command", "COMMAND", args_print, NULL },
	{ "cmd", "CMD", args_print, NULL },
	{ "c", "C", util_print, pcpu_rank },
	{ "pcpu %cpu", "%CPU", pcpu_print, pcpu_rank },
	{ "pmem %mem", "%MEM", pmem_print, rss_rank },
	{ "vsz vsize", "VSZ", vsize_print, vsize_rank },
	{ "rss rssize rsz", "RSS", rss_print, rss_rank },
	{ "sz", "SZ", pages_print, pages_rank },
	{ "tty tt", "TT", tty_print, NULL },
	{ "tname", "TTY", tty_print, NULL },
	{ "stat", "STAT", stat_print, NULL },
	{ "s state", "S", state_print, NULL },
	{ "time cputime", "TIME", time_print, time_rank },
	{ "bsdtime", "TIME", bsdtime_print, time_rank },
	{ "etime", "ELAPSED", etime_print, age_rank },
	{ "etimes", "ELAPSED", age_print, age_rank },
	{ "stime", "STIME", stime_print, start_rank },
	{ "start_time bsdstart", "START", stime_print, start_rank },
	{ "start", "STARTED", started_print, start_rank },
	{ "lstart", "STARTED", lstart_print, start_rank },
	{ "ni nice", "NI", nice_print, nice_rank },
	{ "pri", "PRI", pri_print, pri_rank },
	{ "opri", "PRI", opri_print, opri_rank },
	{ "nlwp thcount", "NLWP", threads_print, threads_rank },
	{ "psr", "PSR", cpu_print, cpu_rank },
	{ "wchan", "WCHAN", wchan_print, NULL },
	{ "f flag flags", "F", flags_print, NULL },
	{ "addr", "ADDR", dash_print, NULL },
};

static const struct ps_field *field_find(const char *name, size_t len)
{
	for (size_t i = 0; i < countof(fields); i++) {
		for (const char *at = fields[i].names; *at; at += strspn(at, " ")) {
			size_t n = strcspn(at, " ");

			if (n == len && memcmp(at, name, n) == 0)
				return &fields[i];
			at += n;
		}
	}
	return NULL;
}

static int column_add(struct ps_format *f, const char *name, size_t len, const char *head,
		      struct err *e)
{
	const struct ps_field *field = field_find(name, len);

	if (!field)
		return err_set(e, EINVAL,
			       "ps: error: unknown user-defined format specifier \"%.*s\"",
			       (int)(len < 80 ? len : 80), name);
	if (f->n == PSTABLE_COLUMNS_MAX)
		return err_set(e, E2BIG, "ps: error: more than %d columns", PSTABLE_COLUMNS_MAX);
	f->column[f->n++] = (struct ps_column){ field, head ? head : field->head };
	return 0;
}

/* "pid,user comm": a head after "=" takes all that follows. */
static int columns_add(struct ps_format *f, const char *list, struct err *e)
{
	int rc = 0;

	for (list += strspn(list, ", "); *list && rc == 0; list += strspn(list, ", ")) {
		size_t n = strcspn(list, ", =");
		const char *head = list[n] == '=' ? list + n + 1 : NULL;

		rc = column_add(f, list, n, head, e);
		list = head ? list + strlen(list) : list + n;
	}
	return rc;
}

/* --- options ------------------------------------------------------------------------ */

/* "name" or "name=HEAD", separated by blanks. */
static const struct {
	char letter;		/* 0: by `bsd` */
	bool bsd;
	const char *columns[16];
} formats[] = {
	{ 'F', false, { "user=UID", "pid", "ppid", "c", "sz", "rss", "psr", "stime", "tname",
			"time", "cmd" } },
	{ 'l', false, { "f", "s", "uid", "pid", "ppid", "c", "opri", "ni", "addr", "sz", "wchan",
			"tname", "time", "comm=CMD" } },
	{ 'j', false, { "pid", "pgid", "sid", "tname", "time", "comm=CMD" } },
	{ 'f', false, { "user=UID", "pid", "ppid", "c", "stime", "tname", "time", "cmd" } },
	{ 'l', true, { "f", "uid", "pid", "ppid", "opri", "ni", "vsz", "rss", "wchan", "stat",
		       "tname", "bsdtime", "args" } },
	{ 'j', true, { "ppid", "pid", "pgid", "sid", "tname", "tpgid", "stat", "uid", "bsdtime",
		       "args" } },
	{ 'u', true, { "user", "pid", "pcpu", "pmem", "vsz", "rss", "tname", "stat", "start_time",
		       "bsdtime", "args" } },
	{ 'x', true, { "pid", "tname", "stat", "bsdtime", "args" } },
	{ 0, false, { "pid", "tname", "time", "comm=CMD" } },
};

/* What the letters asked for. */
struct asked {
	bool unix_letters[128], bsd_letters[128];
	bool columns;	/* -o */
};

static void format_take(const struct asked *a, struct ps_format *f)
{
	for (size_t i = 0; i < countof(formats); i++) {
		const bool *given = formats[i].bsd ? a->bsd_letters : a->unix_letters;

		if (formats[i].letter && !given[(int)formats[i].letter])
			continue;
		for (size_t k = 0; k < 16 && formats[i].columns[k]; k++)
			(void)!columns_add(f, formats[i].columns[k], NULL);
		return;
	}
}

static int sort_take(const char *key, struct ps_format *f, struct err *e)
{
	f->sort_how = *key == '-' ? PS_DOWN : PS_UP;
	key += *key == '-' || *key == '+';
	f->sort = field_find(key, strcspn(key, ","));
	return f->sort ? 0 : err_set(e, EINVAL, "ps: error: unknown sort specifier");
}

static int long_option(const char *name, const char *next, struct asked *a, struct ps_format *f,
		       struct err *e)
{
	static const char *const ignored[] = { "forest", "headers", "deselect", "cols", "columns",
					       "width" };
	const char *eq = strchr(name, '='), *value = eq ? eq + 1 : next;
	size_t len = eq ? (size_t)(eq - name) : strlen(name);
	int used = !eq && value;

	if (len == 4 && memcmp(name, "sort", 4) == 0 && value)
		return sort_take(value, f, e) < 0 ? -EINVAL : used;
	if (len == 6 && memcmp(name, "format", 6) == 0 && value) {
		int rc = columns_add(f, value, e);

		a->columns = true;
		return rc < 0 ? rc : used;
	}
	for (size_t i = 0; i < countof(ignored); i++) {
		if (strlen(ignored[i]) == len && memcmp(ignored[i], name, len) == 0)
			return 0;
	}
	return err_set(e, EINVAL, "ps: error: unknown gnu long option");
}

/* The letters of one word. How many more words were used, or -errno. */
static int letters(const char *at, bool bsd, const char *next, struct asked *a,
		   struct ps_format *f, struct err *e)
{
	const char *flags = bsd ? "aefgjlmrTuwxn" : "AacdefFHjlLmMNTvwxy",
		   *valued = bsd ? "oOkptU" : "oOCGgpqstUu";
	bool *given = bsd ? a->bsd_letters : a->unix_letters;

	for (; *at; at++) {
		const char *value = at[1] ? at + 1 : next;

		if (strchr(valued, *at) && value) {
			int rc = *at == 'o' ? columns_add(f, value, e) :
				*at == 'k'  ? sort_take(value, f, e) : 0;

			a->columns |= *at == 'o';
			return rc < 0 ? rc : !at[1];
		}
		if (!strchr(flags, *at))
			return err_set(e, EINVAL, "ps: error: unsupported %s",
				       bsd ? "option (BSD syntax)" : "SysV option");
		given[(int)*at] = true;
	}
	return 0;
}

static int option(const char *word, const char *next, struct asked *a, struct ps_format *f,
		  struct err *e)
{
	if (strncmp(word, "--", 2) == 0)
		return long_option(word + 2, next, a, f, e);
	if (strcmp(word, "-aux") == 0)	/* as ps takes it where there is no user "x" */
		return letters("aux", true, next, a, f, e);
	if (word[0] == '-')
		return letters(word + 1, false, next, a, f, e);
	if (word[0] >= '0' && word[0] <= '9')
		return 0;	/* a pid: the container selects */
	return letters(word, true, next, a, f, e);
}

int ps_format_parse(const struct strv *options, struct ps_format *f, struct err *e)
{
	struct asked a = { .columns = false };

	*f = (struct ps_format){ .sort_how = PS_UP };
	if (!options->n)
		a.unix_letters['f'] = true;
	for (size_t i = 0; i < options->n; i++) {
		const char *next = i + 1 < options->n ? options->v[i + 1] : NULL;
		int used = option(options->v[i], next, &a, f, e);

		if (used < 0)
			return used;
		i += used;
	}
	/* -x is BSD's x; a and e alone ask for its form too. */
	a.bsd_letters['x'] |= a.unix_letters['x'];
	for (const char *c = "aegrTw"; *c; c++)
		a.bsd_letters['x'] |= a.bsd_letters[(int)*c];
	if (!a.columns)
		format_take(&a, f);
	return 0;
}

/* --- lines -------------------------------------------------------------------------- */

void ps_format_head(const struct ps_format *f, struct str *out)
{
	for (int i = 0; i < f->n; i++)
		str_addf(out, "%s%s", i ? " " : "", f->column[i].head);
}

void ps_format_line(const struct ps_format *f, const struct ps_process *p,
		    const struct ps_machine *m, struct str *out)
{
	for (int i = 0; i < f->n; i++) {
		str_puts(out, i ? " " : "");
		f->column[i].field->print(p, m, out);
	}
}

static int by_text(const struct ps_field *field, const struct ps_process *a,
		   const struct ps_process *b)
{
	const struct ps_machine m = { 0 };
	auto_str struct str x = STR_INIT, y = STR_INIT;

	field->print(a, &m, &x);
	field->print(b, &m, &y);
	return strcmp(x.s, y.s);
}

int ps_format_compare(const struct ps_format *f, const struct ps_process *a,
		      const struct ps_process *b)
{
	int order = 0;

	if (f->sort && f->sort->rank) {
		int64_t x = f->sort->rank(a), y = f->sort->rank(b);

		order = (x > y) - (x < y);
	} else if (f->sort) {
		order = by_text(f->sort, a, b);
	}
	return order ? order * (int)f->sort_how : (a->pid > b->pid) - (a->pid < b->pid);
}
