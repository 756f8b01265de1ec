// SPDX-License-Identifier: MIT
/* main.c - find the command, run it, print its error, exit.
 *
 * One program under many names: `coracle CMD`, `coracle GROUP CMD`, a symbolic link called
 * docker (then every text says docker), or one called by a command's own name. The exit
 * status of every failure is decided here; the classes are in applet.h.
 *
 * What an attacker controls: argv and the environment, when he has the user's shell; and
 * through names and labels what errors say, so they are escaped on the way out (Z85). */
#include "applets/rows.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/ioctl.h>

#include "build/gen/version.h"
#include "core/base/text.h"

enum {
	STATUS_USAGE = 125, /* a flag or command that does not exist */
	HELP_COLUMNS = 80, /* where standard input is no terminal */
	HELP_NAME = 11,
};

struct global_opts {
	const char *root, *state, *config, *context, *log_level;
	struct strv image_stores, hosts;
	int64_t need_mount_s; /* OPT_UNSET: not asked for */
	bool debug, version, list, install, symbolic;
};

#define O struct global_opts
const struct opt rows_global[] = {
	OPT_TEXT(O, config, 0, "config", "string", "Location of client config files"),
	OPT_TEXT(O, context, 'c', "context", "string", NULL),
	OPT_FLAG(O, debug, 'D', "debug", "Enable debug mode"),
	OPT_LIST(O, hosts, 'H', "host", "list", NULL),
	OPT_LIST(O, image_stores, 0, "image-store", "dir",
		"Use the images of a read-only store too"),
	OPT_FLAG(O, install, 0, "install", "Make a link for every command in a directory"),
	OPT_FLAG(O, list, 0, "list", "Print the names of all commands"),
	OPT_TEXT(O, log_level, 'l', "log-level", "string", NULL),
	OPT_INT(O, need_mount_s, 0, "need-mount",
		"Refuse a --root on the root file system, waiting so many seconds for its mount"),
	OPT_TEXT(O, root, 0, "root", "dir", "Where images and containers are kept "
					    "(default \"" STORE_ROOT "\")"),
	OPT_TEXT(O, state, 0, "state", "dir", "Where the state of running containers is kept "
					      "(default \"" STORE_STATE "\")"),
	OPT_FLAG(O, symbolic, 's', "symbolic", "With --install: make symbolic links"),
	OPT_FLAG(O, version, 'v', "version", "Print version information and quit"),
	OPT_END
};
#undef O

/* --- help --- */

/* Lines of "name brief", sorted when printed. */
struct listing {
	struct arena *mem;
	struct strv lines; /* the name, a NUL, the brief */
	const char *group; /* only its rows; NULL: the top level */
	size_t width;
};

static void listing_add(struct listing *l, const char *name, const char *brief)
{
	size_t n = strlen(name) + 1;
	char *s = arena_get(l->mem, n + strlen(brief) + 1);

	for (size_t i = 0; i < l->lines.n; i++) {
		if (strcmp(l->lines.v[i], name) == 0)
			return;
	}
	memcpy(s, name, n);
	strcpy(s + n, brief);
	strv_add(&l->lines, s, l->mem);
	if (n - 1 > l->width)
		l->width = n - 1;
}

static bool listing_row(const struct applet *a, const struct cmd *c, void *arg)
{
	struct listing *l = arg;
	const char *group = rows_group(a, c);

	if (l->group && group && strcmp(group, l->group) == 0)
		listing_add(l, rows_name(c), c->brief);
	else if (!l->group && !rows_is_group(a) && c->name)
		listing_add(l, c->name, c->brief);
	return false;
}

static bool listing_group(const struct applet *a, const struct cmd *c, void *arg)
{
	const char *group = rows_group(a, c);

	if (group)
		listing_add(arg, group, rows_brief(group));
	return false;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void listing_sort(struct listing *l)
{
	if (l->lines.n)
		qsort(l->lines.v, l->lines.n, sizeof(*l->lines.v), by_name);
}

static void listing_put(struct listing *l, const char *title, struct str *out)
{
	listing_sort(l);
	if (l->lines.n)
		str_addf(out, "\n%s:\n", title);
	for (size_t i = 0; i < l->lines.n; i++) {
		const char *name = l->lines.v[i];

		str_addf(out, "  %-*s %s\n", (int)l->width, name, name + strlen(name) + 1);
	}
}

/* Docker wraps to the terminal that standard input is, one column less. */
static size_t help_width(void)
{
	struct winsize ws;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &ws) < 0 || ws.ws_col == 0)
		ws.ws_col = HELP_COLUMNS;
	return ws.ws_col - 1u;
}

static void help_options(const struct opt *opts, struct str *out)
{
	size_t before;

	if (!opts)
		return;
	str_puts(out, "\nOptions:\n");
	before = out->len;
	opt_help(opts, help_width(), out);
	if (out->len == before) /* all of them hidden */
		str_addf(out, "      --help   Print usage\n");
}

static void help_usage(const struct ctx *ctx, struct str *out)
{
	const struct cmd *c = ctx->cmd;

	str_addf(out, "\nUsage:  %s%s%s\n\n%s\n", ctx->path, *c->args ? " " : "", c->args,
		c->brief);
}

static void help_cmd(const struct ctx *ctx, struct str *out)
{
	const struct cmd *c = ctx->cmd;
	const char *last = strrchr(ctx->path, ' ') + 1;

	help_usage(ctx, out);
	if (c->more)
		str_addf(out, "\n%s\n", c->more);
	if (c->aliases && strcmp(last, rows_name(c)) == 0 &&
		strchr(ctx->path, ' ') + 1 != last)
		str_addf(out, "\nAliases:\n  %s, %s\n", rows_name(c), c->aliases);
	help_options(c->opts, out);
}

static void help_group(const struct ctx *ctx, const char *group, struct str *out)
{
	struct listing l = { .mem = ctx->mem, .group = group, .width = HELP_NAME };

	str_addf(out, "\nUsage:  %s %s COMMAND\n\n%s\n", ctx->prog, group, rows_brief(group));
	rows_each(listing_row, &l);
	listing_put(&l, "Commands", out);
	str_addf(out, "\nRun '%s %s COMMAND --help' for more information on a command.\n",
		ctx->prog, group);
}

static void help_top(const struct ctx *ctx, struct str *out)
{
	struct listing g = { .mem = ctx->mem, .width = HELP_NAME }, c = g;

	str_addf(out, "\nUsage:  %s [OPTIONS] COMMAND\n\n"
		      "Docker's whole workflow in one program, without a daemon\n",
		ctx->prog);
	help_options(rows_global, out);
	rows_each(listing_group, &g);
	listing_put(&g, "Management Commands", out);
	rows_each(listing_row, &c);
	listing_put(&c, "Commands", out);
	str_addf(out, "\nRun '%s COMMAND --help' for more information on a command.\n", ctx->prog);
}

/* Print and return `status`. */
static int say(FILE *f, const struct str *text, int status)
{
	fflush(stdout);
	fwrite(text->s, 1, text->len, f);
	return status;
}

/* --- running --- */

static int report(const struct ctx *ctx, const struct err *e)
{
	auto_str struct str b = STR_INIT;

	switch (e->code) {
	case OPT_E_HELP:
		if (*e->msg)
			puts(e->msg);
		help_cmd(ctx, &b);
		return say(stdout, &b, 0);
	case OPT_E_FLAG:
		err_line("%s\nSee '%s --help'.", e->msg, ctx->path);
		return STATUS_USAGE;
	case CLI_E_ARGS:
		err_line("%s\nSee '%s --help'.", e->msg, ctx->path);
		help_usage(ctx, &b);
		return say(stderr, &b, 1);
	case CLI_E_PLAIN:
		err_line("%s", e->msg);
		return 1;
	}
	if (e->code >= CLI_E_STATUS) {
		if (*e->msg)
			err_line("%s", e->msg);
		return e->code - CLI_E_STATUS;
	}
	err_line("Error response from daemon: %s", e->msg);
	return 1;
}

static const char *join(const struct ctx *ctx, const char *group, const char *name)
{
	auto_str struct str b = STR_INIT;

	str_addf(&b, "%s %s%s%s", ctx->prog, group ? group : "", group ? " " : "", name);
	return strv_dup(b.s, b.len, ctx->mem);
}

static int run_cmd(struct ctx *ctx, const struct cmd *c, const char *group, int argc,
	const char **argv)
{
	struct err e = { 0 };
	int rc;

	ctx->cmd = c;
	ctx->path = join(ctx, group, group ? rows_name(c) : c->name);
	rc = c->run(ctx, argc, argv, &e);
	return rc >= 0 ? rc : report(ctx, &e);
}

/* Docker's status, and a sentence where it shows its help alone. */
static int bad_command(const struct ctx *ctx, const char *group, const char *name)
{
	err_line("%s: '%s' is not a %s%s%s command.\nSee '%s%s%s --help'", ctx->prog, name,
		ctx->prog, group ? " " : "", group ? group : "",
		ctx->prog, group ? " " : "", group ? group : "");
	return 1;
}

static bool asks_help(int argc, const char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0)
			return true;
	}
	return false;
}

/* argv[0] is the group's name. */
static int run_group(struct ctx *ctx, int argc, const char **argv)
{
	static const struct opt none[] = { OPT_END };
	auto_str struct str b = STR_INIT;
	struct err e = { 0 };
	const struct cmd *c;
	int at = opt_parse_front(none, argc, argv, NULL, ctx->mem, &e);

	if (at == -OPT_E_FLAG)
		err_line("%s\nSee '%s %s --help'.", e.msg, ctx->prog, argv[0]);
	else if (at > 0 && at < argc) {
		c = rows_find_in(argv[0], argv[at]);
		if (c)
			return run_cmd(ctx, c, argv[0], argc - at, argv + at);
		if (!asks_help(argc - at, argv + at))
			return bad_command(ctx, argv[0], argv[at]);
		at = -OPT_E_HELP;
	}
	help_group(ctx, argv[0], &b);
	return say(at == -OPT_E_HELP ? stdout : stderr, &b, at == -OPT_E_FLAG ? STATUS_USAGE : 0);
}

static int run_help(struct ctx *ctx, int argc, const char **argv)
{
	auto_str struct str b = STR_INIT;
	const char *group = NULL;

	if (argc < 2) {
		help_top(ctx, &b);
		return say(stdout, &b, 0);
	}
	if (argc > 2 && (ctx->cmd = rows_find_in(argv[1], argv[2]))) {
		group = argv[1];
	} else if (argc > 2) {
		err_line("unknown help topic: %s", argv[2]);
		return 1;
	} else if (rows_find_in(argv[1], NULL)) {
		help_group(ctx, argv[1], &b);
		return say(stdout, &b, 0);
	} else if (!(ctx->cmd = rows_find(argv[1]))) {
		err_line("unknown help topic: %s", argv[1]);
		return 1;
	}
	ctx->path = join(ctx, group, group ? rows_name(ctx->cmd) : ctx->cmd->name);
	help_cmd(ctx, &b);
	return say(stdout, &b, 0);
}

/* argv[0] is the command's name, or its group's. */
static int run_word(struct ctx *ctx, int argc, const char **argv)
{
	const struct cmd *c = rows_find(argv[0]);

	if (c)
		return run_cmd(ctx, c, NULL, argc, argv);
	if (rows_find_in(argv[0], NULL))
		return run_group(ctx, argc, argv);
	if (strcmp(argv[0], "help") == 0)
		return run_help(ctx, argc, argv);
	return bad_command(ctx, NULL, argv[0]);
}

/* --- the program's own options --- */

static struct listing all_names(const struct ctx *ctx)
{
	struct listing l = { .mem = ctx->mem };

	rows_each(listing_row, &l);
	rows_each(listing_group, &l);
	listing_sort(&l);
	return l;
}

static int list_names(const struct ctx *ctx)
{
	struct listing l = all_names(ctx);

	for (size_t i = 0; i < l.lines.n; i++)
		puts(l.lines.v[i]);
	return 0;
}

/* One link; what is there already stays. */
static int install_one(int dir, const char *self, const char *name, bool symbolic)
{
	int rc = symbolic ? symlinkat(self, dir, name)
			  : linkat(AT_FDCWD, self, dir, name, AT_SYMLINK_FOLLOW);

	if (rc == 0)
		return 0;
	err_line("%s: %s", name, strerror(errno));
	return 1;
}

static int install(const struct ctx *ctx, const char *where, bool symbolic)
{
	auto_close int dir = open(where, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct listing l = all_names(ctx);
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int bad;

	if (dir < 0 || n < 0) {
		err_line("%s: %s", dir < 0 ? where : "/proc/self/exe", strerror(errno));
		return 1;
	}
	self[n] = 0;
	bad = install_one(dir, self, "docker", symbolic);
	for (size_t i = 0; i < l.lines.n; i++)
		bad |= install_one(dir, self, l.lines.v[i], symbolic);
	return bad;
}

static const char *absolute(const char *path, struct arena *mem)
{
	auto_str struct str b = STR_INIT;
	char *cwd;
	size_t n;

	if (!path || !*path)
		return NULL;
	if (*path != '/') {
		cwd = getcwd(NULL, 0);
		str_addf(&b, "%s/", cwd ? cwd : "");
		free(cwd);
	}
	str_puts(&b, path);
	for (n = b.len; n > 1 && b.s[n - 1] == '/'; n--)
		;
	return strv_dup(b.s, n, mem);
}

static void ctx_set(struct ctx *ctx, const struct global_opts *o)
{
	ctx->root = absolute(o->root ? o->root : getenv("CORACLE_ROOT"), ctx->mem);
	ctx->state = absolute(o->state ? o->state : getenv("CORACLE_STATE"), ctx->mem);
	ctx->need_mount_s = o->need_mount_s;
	if (o->need_mount_s == OPT_UNSET && getenv("CORACLE_NEED_MOUNT"))
		ctx->need_mount_s = atoi(getenv("CORACLE_NEED_MOUNT"));
	ctx->debug = o->debug;
	for (size_t i = 0; i < o->image_stores.n; i++)
		strv_add(&ctx->image_stores, absolute(o->image_stores.v[i], ctx->mem), ctx->mem);
}

/* Flags that only make sense for a client of a daemon: a wrong guess would work on the
 * wrong machine. */
static int refuse_remote(const struct ctx *ctx, const struct global_opts *o)
{
	if (o->hosts.n)
		err_line("%s: --host: there is no daemon to connect to", ctx->prog);
	else if (o->context && strcmp(o->context, "default") != 0)
		err_line("%s: --context: there is no context but \"default\"", ctx->prog);
	else
		return 0;
	return STATUS_USAGE;
}

/* argv[0] is the program. */
static int run_prog(struct ctx *ctx, int argc, const char **argv)
{
	auto_str struct str b = STR_INIT;
	struct global_opts o = { .need_mount_s = OPT_UNSET };
	struct err e = { 0 };
	int rc, at = opt_parse_front(rows_global, argc, argv, &o, ctx->mem, &e);

	if (at == -OPT_E_FLAG) {
		err_line("%s\nSee '%s --help'.", e.msg, ctx->prog);
		help_top(ctx, &b);
		return say(stderr, &b, STATUS_USAGE);
	}
	if (at == -OPT_E_HELP) {
		if (*e.msg)
			puts(e.msg);
		help_top(ctx, &b);
		return say(stdout, &b, 0);
	}
	rc = refuse_remote(ctx, &o);
	if (rc)
		return rc;
	ctx_set(ctx, &o);
	if (o.version)
		return printf("Coracle version %s, build %s\n", CORACLE_VERSION, CORACLE_BUILD) < 0;
	if (o.list)
		return list_names(ctx);
	if (o.install && at < argc)
		return install(ctx, argv[at], o.symbolic);
	if (at < argc)
		return run_word(ctx, argc - at, argv + at);
	help_top(ctx, &b);
	return say(stderr, &b, 0);
}

/* A closed standard descriptor would be taken by the first file that is opened. */
static void std_fds(void)
{
	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", O_RDWR) < 0) /* NOLINT: 0, 1, 2 stay */
			_exit(STATUS_USAGE);
	}
}

/* What argv[0] asks for: a command's name, or NULL for the program itself. */
static const char *called_as(const char *argv0, const char **prog)
{
	const char *slash = strrchr(argv0, '/'), *name = slash ? slash + 1 : argv0;

	*prog = strcmp(name, "docker") == 0 ? "docker" : "coracle";
	if (rows_find(name) || rows_find_in(name, NULL))
		return name;
	if (strcmp(name, "docker-compose") == 0 && rows_find_in("compose", NULL))
		return "compose";
	return NULL;
}

int main(int argc, char **argv)
{
	auto_arena struct arena mem = { 0 };
	struct ctx ctx = { .mem = &mem, .argv = argv };
	const struct global_opts none = { .need_mount_s = OPT_UNSET };
	const char **args = arena_get(&mem, (argc + 1) * sizeof(*args)), *name;
	int status;

	std_fds();
	umask(0022); /* what is made for a container must not depend on the caller's */
	signal(SIGCHLD, SIG_DFL); /* ignored, as some parents leave it, no child's end is told */
	if (argc < 1)
		return STATUS_USAGE;
	memcpy(args, argv, argc * sizeof(*args)); /* parsing reorders them; argv stays */
	name = called_as(argv[0], &ctx.prog);
	if (name) {
		ctx_set(&ctx, &none);
		args[0] = name;
		status = run_word(&ctx, argc, args);
	} else {
		status = run_prog(&ctx, argc, args);
	}
	if (fflush(stdout) != 0 || ferror(stdout)) {
		err_line("write standard output: %s", strerror(errno));
		return status ? status : 1;
	}
	return status;
}
