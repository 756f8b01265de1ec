// SPDX-License-Identifier: MIT
/* pstable.h - what `ps` would print of a process: its options and its columns. Pure.
 *
 * `docker top C [ps OPTIONS]` must answer where there is no ps to be run, and none of the
 * container's may be (Z108). Understood are the columns of procps that people ask for, the
 * formats -f -F -l -j -x, u, l, j, x, and --sort; words that only select processes are passed
 * over, because the container selects.
 *
 * What an attacker controls: the name and the arguments of his processes. They come in as bytes
 * without controls (process.h) and end up in the last column, or are cut at blanks as Docker
 * cuts ps's output. */
#pragma once

#include <sys/types.h>

#include "core/base/err.h"
#include "core/base/str.h"
#include "core/base/strv.h"

enum { PSTABLE_COLUMNS_MAX = 64 };

/* One process, as /proc tells it. Texts are borrowed. */
struct ps_process {
	pid_t pid, ppid, pgrp, session, tpgid;
	uid_t uid, ruid;
	gid_t gid, rgid;
	const char *user, *ruser, *group, *rgroup; /* names, or the numbers */
	const char *comm;	/* without brackets */
	const char *args;	/* "" for one without a command line */
	const char *wchan;	/* "-" when not known */
	char state;		/* R, S, D, Z, T, … */
	int tty;		/* device number; 0: none */
	int nice, priority, threads, cpu;
	unsigned flags;
	bool locked;		/* has pages locked in memory */
	uint64_t cpu_ms;	/* of processor time */
	uint64_t vsize_kb, rss_kb, pages;
	int64_t started_s;	/* since 1970 */
	int64_t age_s;		/* since it began; >= 0 */
};

struct ps_machine {
	int64_t now_s;		/* since 1970 */
	uint64_t memory_kb;
};

enum ps_sort_how { PS_UP = 1, PS_DOWN = -1 };

struct ps_format {
	struct ps_column {
		const struct ps_field *field;
		const char *head;	/* borrowed */
	} column[PSTABLE_COLUMNS_MAX];
	int n;
	const struct ps_field *sort;	/* NULL: by pid */
	enum ps_sort_how sort_how;
};

/* Read ps's options; none is -ef. Heads given as "pid=FOO" are borrowed from the texts.
 * 0, or -EINVAL with ps's sentence. */
NODISCARD int ps_format_parse(const struct strv *options, struct ps_format *f, struct err *e);

/* One line as ps prints it, without padding: cells separated by a blank. */
void ps_format_head(const struct ps_format *f, struct str *out);
void ps_format_line(const struct ps_format *f, const struct ps_process *p,
		    const struct ps_machine *m, struct str *out);

/* Does a come before b? < 0, 0, > 0. */
int ps_format_compare(const struct ps_format *f, const struct ps_process *a,
		      const struct ps_process *b);
