// SPDX-License-Identifier: MIT
/* opt.h - one table per command: it parses, it prints help, it completes.
 *
 * A row names a field of the command's own option struct; the macro refuses to
 * compile when the field has another type. Tables are const and live in
 * .rodata: the parser writes through (struct, offset), never through globals.
 *
 * "Was it given?" is asked of the field itself: the caller sets it to a value that
 * cannot be typed before parsing (NULL for text, OPT_UNSET for integers, -1 for
 * OPT_TRI) and a field that was not given keeps it.
 *
 * Grammar and sentences are those of Docker's command line: --flag value, --flag=value,
 * -f value, -f=value, -fvalue, -itf value; a flag of type bool takes its value only after
 * "=". Flags and operands may be mixed unless the command says otherwise; "--" ends the
 * flags. */
#pragma once

#include "build/gen/config.h"
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/str.h"
#include "core/base/strv.h"

#define OPT_UNSET	INT64_MIN	/* an integer nobody gave */

/* Codes of opt_parse's errors; no errno is that high. */
enum {
	OPT_E_FLAG = 4097,	/* a flag is unknown or its value is malformed */
	OPT_E_HELP = 4098,	/* --help was asked for; msg is a warning to print first, or "" */
};

enum opt_type {
	OPT_T_END,
	OPT_T_FLAG,
	OPT_T_TRI,
	OPT_T_TEXT,
	OPT_T_LIST,
	OPT_T_INT,
	OPT_T_UINT,
	OPT_T_UINT16,
	OPT_T_BYTES,
	OPT_T_SWAP,
	OPT_T_DURATION,
	OPT_T_CPUS,
	OPT_T_IGNORED,
	OPT_T_HELP,
	OPT_T_ROWS,
};

/* Looks at a value when it is parsed; 0, or -code with the reason. */
typedef int opt_check_fn(const char *value, struct err *e);

struct opt {
	char ch;		/* short name, 0 for none */
	uint8_t type;		/* enum opt_type */
	uint16_t off;		/* bytes from the start of the option struct */
	const char *name;	/* long name, without dashes */
	const char *arg;	/* what help calls the value; NULL for a flag */
	const char *help;	/* one line, no full stop, with "(default x)"; NULL hides the row */
	opt_check_fn *check;	/* of TEXT and LIST; NULL takes anything */
};

#define OPT_AT(S, f, T) \
	(offsetof(S, f) + 0 * sizeof(char[_Generic(((S *)0)->f, T: 1, default: -1)]))
#define OPT_ROW(S, f, T, type, ch, name, arg, help, check) \
	{ ch, type, OPT_AT(S, f, T), name, arg, CFG_HELP ? help : "", check }

#define OPT_FLAG(S, f, ch, name, help) OPT_ROW(S, f, bool, OPT_T_FLAG, ch, name, NULL, help, NULL)
/* A flag with three values: an int that is 1, 0, or what it was before (-1). */
#define OPT_TRI(S, f, ch, name, help) OPT_ROW(S, f, int, OPT_T_TRI, ch, name, NULL, help, NULL)
#define OPT_TEXT(S, f, ch, name, arg, help) \
	OPT_ROW(S, f, const char *, OPT_T_TEXT, ch, name, arg, help, NULL)
#define OPT_TEXT_OK(S, f, ch, name, arg, help, check) \
	OPT_ROW(S, f, const char *, OPT_T_TEXT, ch, name, arg, help, check)
#define OPT_LIST(S, f, ch, name, arg, help) \
	OPT_ROW(S, f, struct strv, OPT_T_LIST, ch, name, arg, help, NULL)
#define OPT_LIST_OK(S, f, ch, name, arg, help, check) \
	OPT_ROW(S, f, struct strv, OPT_T_LIST, ch, name, arg, help, check)
#define OPT_INT(S, f, ch, name, help) \
	OPT_ROW(S, f, int64_t, OPT_T_INT, ch, name, "int", help, NULL)
#define OPT_UINT(S, f, ch, name, help) \
	OPT_ROW(S, f, uint64_t, OPT_T_UINT, ch, name, "uint", help, NULL)
#define OPT_UINT16(S, f, ch, name, help) \
	OPT_ROW(S, f, int64_t, OPT_T_UINT16, ch, name, "uint16", help, NULL)
#define OPT_BYTES(S, f, ch, name, help) \
	OPT_ROW(S, f, int64_t, OPT_T_BYTES, ch, name, "bytes", help, NULL)
/* Bytes, or -1 for no limit. */
#define OPT_SWAP(S, f, ch, name, help) \
	OPT_ROW(S, f, int64_t, OPT_T_SWAP, ch, name, "bytes", help, NULL)
/* Nanoseconds, typed as 1m30s. */
#define OPT_DURATION(S, f, ch, name, help) \
	OPT_ROW(S, f, int64_t, OPT_T_DURATION, ch, name, "duration", help, NULL)
/* Billionths of a CPU, typed as 1.5. */
#define OPT_CPUS(S, f, ch, name, help) \
	OPT_ROW(S, f, int64_t, OPT_T_CPUS, ch, name, "decimal", help, NULL)
/* A flag that has no meaning here and does no harm; it has no field. */
#define OPT_IGNORED(ch, name, help)	{ ch, OPT_T_IGNORED, 0, name, NULL, help, NULL }
/* Shows --help in the help; it is understood without this row. */
#define OPT_HELP_ROW	{ 0, OPT_T_HELP, 0, "help", NULL, "Print usage", NULL }
/* The rows of another table, which has none such itself: what several commands share. */
#define OPT_ROWS(rows)	{ 0, OPT_T_ROWS, 0, (const char *)(rows), NULL, NULL, NULL }
#define OPT_END	{ 0, OPT_T_END, 0, NULL, NULL, NULL, NULL }

/* Walk the rows of a table and of those it takes in: begin with { table }. NULL at the end. */
struct opt_walk {
	const struct opt *at, *outer;
};
const struct opt *opt_next(struct opt_walk *w);

/* Fill `dst` from argv[1..]; flags may stand anywhere. argv is reordered so that the
 * operands come last. Text values point into argv; lists are allocated in `mem`.
 * Returns the index of the first operand (argc if none), or -OPT_E_FLAG, -OPT_E_HELP. */
NODISCARD int opt_parse(const struct opt *table, int argc, const char **argv,
			void *dst, struct arena *mem, struct err *e);

/* The same, but the first operand ends the flags: what follows it belongs to somebody else. */
NODISCARD int opt_parse_front(const struct opt *table, int argc, const char **argv,
			      void *dst, struct arena *mem, struct err *e);

/* Append the rows for --help, aligned and wrapped to `width` columns. */
void opt_help(const struct opt *table, size_t width, struct str *out);
