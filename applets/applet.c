// SPDX-License-Identifier: MIT
#include "applets/applet.h"

#include <stdarg.h>
#include <stdio.h>

#include "applets/home.h"
#include "core/base/text.h"

static const struct opt no_opts[] = { OPT_END };

static int args_fail(const struct ctx *ctx, const char *what, int n, struct err *e)
{
	if (n < 0)
		return err_set(e, CLI_E_ARGS, "\"%s\" %s.", ctx->path, what);
	return err_set(e, CLI_E_ARGS, "\"%s\" %s %d argument%s.", ctx->path, what, n,
		n == 1 ? "" : "s");
}

static int args_count(const struct ctx *ctx, int n, struct err *e)
{
	int min = ctx->cmd->min, max = ctx->cmd->max;

	if (n >= min && (max == ARGS_ANY || n <= max))
		return 0;
	if (max == 0)
		return args_fail(ctx, "accepts no arguments", -1, e);
	if (min == max)
		return args_fail(ctx, "requires exactly", min, e);
	if (max == ARGS_ANY)
		return args_fail(ctx, "requires at least", min, e);
	if (min == 0)
		return args_fail(ctx, "requires at most", max, e);
	return err_set(e, CLI_E_ARGS, "\"%s\" requires at least %d and at most %d arguments.",
		ctx->path, min, max);
}

int cmd_parse(const struct ctx *ctx, int argc, const char **argv, void *dst, struct err *e)
{
	const struct opt *opts = ctx->cmd->opts ? ctx->cmd->opts : no_opts;
	int rc,
		at = ctx->cmd->front ? opt_parse_front(opts, argc, argv, dst, ctx->mem, e)
				     : opt_parse(opts, argc, argv, dst, ctx->mem, e);

	if (at < 0)
		return at;
	rc = args_count(ctx, argc - at, e);
	return rc < 0 ? rc : at;
}

int cli_fail(struct err *e, const char *fmt, ...)
{
	struct err said;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said.msg, sizeof(said.msg), fmt, ap);
	va_end(ap);
	return err_set(e, CLI_E_PLAIN, "%s", said.msg);
}

int cli_daemon(struct err *e)
{
	struct err said = *e;

	return cli_fail(e, "Error response from daemon: %s", said.msg);
}

int ctx_store(const struct ctx *ctx, struct store *st, struct err *e)
{
	const char *root, *state;
	int rc = home_dirs(ctx, &root, &state, e);

	if (rc >= 0 && ctx->need_mount_s != OPT_UNSET)
		rc = store_need_mount(root, ctx->need_mount_s, e);
	if (rc >= 0)
		rc = store_open(st, root, state, e);

	for (size_t i = 0; i < ctx->image_stores.n && rc >= 0; i++)
		rc = store_add_extra(st, ctx->image_stores.v[i], e);
	return rc;
}

void out_safe(const char *s, size_t len)
{
	auto_str struct str b = STR_INIT;

	text_safe_lines(&b, s, len);
	fwrite(b.s, 1, b.len, stdout);
}

void err_line(const char *fmt, ...)
{
	auto_str struct str b = STR_INIT;
	va_list ap;
	char *s = NULL;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		abort();
	text_safe_lines(&b, s, n);
	free(s);
	fflush(stdout);
	fprintf(stderr, "%s\n", b.s);
}

bool answered_yes(void)
{
	char line[16] = "";

	fputs("Are you sure you want to continue? [y/N] ", stdout);
	fflush(stdout);
	return fgets(line, sizeof(line), stdin) && (line[0] == 'y' || line[0] == 'Y') &&
	       line[1] == '\n';
}

bool confirmed(const char *what)
{
	printf("WARNING! This will remove all %s.\n", what);
	return answered_yes();
}
