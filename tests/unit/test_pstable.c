// SPDX-License-Identifier: MIT
#include "core/fmt/pstable.h"

#include "tests/unit/unit.h"

static struct arena mem;

static int parse(const char *words, struct ps_format *f, struct err *e)
{
	struct strv v = { 0 };

	for (; *words; words += strspn(words, " ")) {
		size_t n = strcspn(words, " ");

		strv_add(&v, strv_dup(words, n, &mem), &mem);
		words += n;
	}
	return ps_format_parse(&v, f, e);
}

TEST(C123_options_become_heads)
{
	static const struct {
		const char *words, *head;
	} rows[] = {
		{ "", "UID PID PPID C STIME TTY TIME CMD" },
		{ "-ef", "UID PID PPID C STIME TTY TIME CMD" },
		{ "-e", "PID TTY TIME CMD" },
		{ "aux", "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND" },
		{ "-aux", "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND" },
		{ "ax", "PID TTY STAT TIME COMMAND" },
		{ "-opid,cmd", "PID CMD" },
		{ "-eo pid,%cpu", "PID %CPU" },
		{ "axo pid=,user", ",user" },
		{ "--format pid --sort=-rss", "PID" },
		{ "-o pid -p 1 -C x -w", "PID" },
		{ "j", "PPID PID PGID SID TTY TPGID STAT UID TIME COMMAND" },
		{ "-j", "PID PGID SID TTY TIME CMD" },
		{ "1 2 3 u", "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND" },
	};

	for (size_t i = 0; i < countof(rows); i++) {
		auto_str struct str head = STR_INIT;
		struct ps_format f;
		struct err e = { 0 };

		CHECK_INT(parse(rows[i].words, &f, &e), 0);
		ps_format_head(&f, &head);
		CHECK_STR(head.s, rows[i].head);
	}
}

TEST(C123_nonsense_is_ps_sentence)
{
	static const struct {
		const char *words, *says;
	} rows[] = {
		{ "-o nope", "ps: error: unknown user-defined format specifier \"nope\"" },
		{ "-Z", "ps: error: unsupported SysV option" },
		{ "auq", "ps: error: unsupported option (BSD syntax)" },
		{ "--nope", "ps: error: unknown gnu long option" },
		{ "--sort nope", "ps: error: unknown sort specifier" },
	};
	struct ps_format f;

	for (size_t i = 0; i < countof(rows); i++) {
		struct err e = { 0 };

		CHECK_INT(parse(rows[i].words, &f, &e), -EINVAL);
		CHECK_STR(e.msg, rows[i].says);
	}
}

TEST(more_columns_than_there_is_room_are_refused)
{
	auto_str struct str words = STR_INIT;
	struct ps_format f;

	str_puts(&words, "-opid");
	for (int i = 0; i < PSTABLE_COLUMNS_MAX; i++)
		str_puts(&words, ",pid");
	CHECK_INT(parse(words.s, &f, NULL), -E2BIG);
}

TEST(C123_cells)
{
	const struct ps_machine m = { .now_s = 1000000, .memory_kb = 1000 };
	const struct ps_process p = { .pid = 7, .ppid = 1, .pgrp = 7, .session = 7, .tpgid = 7,
		.user = "verylongname", .ruser = "a", .group = "g", .rgroup = "g", .comm = "x",
		.args = "", .wchan = "hrtimer_nanosleep", .state = 'S', .tty = 136 << 8 | 3,
		.nice = -1, .priority = 19, .threads = 2, .locked = true, .cpu_ms = 90061000,
		.rss_kb = 25, .age_s = 100000, .started_s = 900000 };
	auto_str struct str line = STR_INIT;
	struct ps_format f;

	CHECK_INT(parse("-o user,stat,tty,time,bsdtime,etime,pcpu,c,pmem,wchan,pri,opri,args", &f,
			NULL), 0);
	ps_format_line(&f, &p, &m, &line);
	CHECK_STR(line.s, "verylon+ S<Lsl+ pts/3 01-01:01:01 1501:01 01-03:46:40 90.0 90 2.5 "
			  "hrtime 20 79 [x]");
}

TEST(C123_sort_goes_by_the_number_and_then_by_pid)
{
	const struct ps_process a = { .pid = 1, .rss_kb = 5 }, b = { .pid = 2, .rss_kb = 9 },
		c = { .pid = 3, .rss_kb = 9 };
	struct ps_format f;

	CHECK_INT(parse("-o pid --sort -rss", &f, NULL), 0);
	CHECK(ps_format_compare(&f, &a, &b) > 0);
	CHECK(ps_format_compare(&f, &b, &a) < 0);
	CHECK(ps_format_compare(&f, &b, &c) < 0);
	CHECK_INT(parse("-o pid", &f, NULL), 0);
	CHECK(ps_format_compare(&f, &a, &b) < 0);
}

UNIT_MAIN
