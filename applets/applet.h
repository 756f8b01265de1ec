// SPDX-License-Identifier: MIT
/* applet.h - what an applet is, what it is given, and how it says that it failed.
 *
 * An applet is a file with rows of commands. A row is reached by its name
 * ("coracle stop", a symbolic link called stop) and, when it has a group, by that too
 * ("coracle container stop"). An applet with a brief, none of whose rows has its name, is a
 * management command itself: its rows are reached below it only ("coracle volume create").
 *
 * A command returns its exit status, or -code with *e filled. main.c prints by code:
 *   OPT_E_FLAG        the sentence and where help is         125
 *   OPT_E_HELP        the help                               0
 *   CLI_E_ARGS        the sentence and the usage             1
 *   CLI_E_PLAIN       the sentence                           1
 *   CLI_E_STATUS + n  the sentence                           n
 *   anything else     "Error response from daemon: " and the sentence    1 */
#pragma once

#include "build/gen/config.h"
#include "core/base/err.h"
#include "core/base/opt.h"
#include "core/base/str.h"
#include "core/store/store.h"

/* Where this invocation works. Made once in main.c, read-only afterwards. */
struct ctx {
	const char *root, *state;	/* absolute, no final slash; NULL for the default */
	int64_t need_mount_s;	/* wait so long for ROOT to be mounted; OPT_UNSET: need not be */
	struct strv image_stores;	/* read-only stores, looked into after ROOT */
	const char *prog;	/* "docker" when called by that name, else "coracle" */
	const char *path;	/* "docker container ls": the command as help shows it */
	const struct cmd *cmd;	/* the row that runs */
	struct arena *mem;	/* lives as long as the invocation */
	char *const *argv;	/* main's, for self_seal (core/engine/stub.h) */
	bool debug;
};

typedef int cmd_fn(const struct ctx *ctx, int argc, const char **argv, struct err *e);

enum { ARGS_ANY = -1 };

/* Rows name the fields from .min on, also where they are zero. */
struct cmd {
	const char *name;	/* "ps"; NULL: only its group has it */
	const char *args;	/* "[OPTIONS] CONTAINER [CONTAINER...]" */
	const char *brief;	/* one line for the list of commands */
	cmd_fn *run;		/* NULL ends the table */
	const struct opt *opts;	/* NULL: none but --help */
	int min, max;		/* operands; max may be ARGS_ANY */
	bool front;		/* the first operand ends the flags */
	const char *group;	/* "container": the management command it is under too */
	const char *as;		/* its name there, when it is another: "ls" */
	const char *aliases;	/* other names there: "ps, list" */
	const char *more;	/* what --help says after the brief; NULL: nothing */
};

struct applet {
	const char *name;	/* = the file's name, = CONFIG_<NAME> */
	const char *brief;	/* of a management command; NULL: the rows stand for themselves */
	const struct cmd *cmds;
};

enum {
	CLI_E_PLAIN = 4200,
	CLI_E_ARGS = 4201,
	CLI_E_STATUS = 4300,
};

/* Parse by ctx->cmd's table and count the operands.
 * Returns the index of the first operand, or -code for main.c. */
NODISCARD int cmd_parse(const struct ctx *ctx, int argc, const char **argv, void *dst,
			struct err *e);

/* A failure of the command itself, not of the engine: printed as it stands. */
int cli_fail(struct err *e, const char *fmt, ...) PRINTF(2, 3);

/* Turn the error in *e into "Error response from daemon: …" as it stands. */
int cli_daemon(struct err *e);

/* Open the store this invocation works in, read-only image stores included. */
NODISCARD int ctx_store(const struct ctx *ctx, struct store *st, struct err *e);

/* Before something is pruned: warn that all of `what` goes, ask, and read the answer. */
bool confirmed(const char *what);
bool answered_yes(void);	/* the question alone; "y" and "Y" are yes */

/* Print to standard output or standard error what may hold bytes from outside: controls are
 * escaped, newlines and tabs kept. */
void out_safe(const char *s, size_t len);
void err_line(const char *fmt, ...) PRINTF(1, 2);	/* one line; newline added */
