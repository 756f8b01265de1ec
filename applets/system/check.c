// SPDX-License-Identifier: MIT
/* check.c - what this kernel can do, and what is done without.
 *
 * Every line is found by trying, on the kernel that runs: there need not be a
 * configuration file of it. A line is one of
 *   - NAME (CONFIG_X): enabled
 *   - NAME (CONFIG_X): missing, so WHAT HAPPENS INSTEAD
 *   - NAME (CONFIG_X): missing
 * The exit status is 1 when `run` cannot work here at all.
 *
 * config CHECK
 *	bool "check: what the running kernel can do"
 *	default y
 *	help
 *	  Prints which kernel features are there, which are done without, and which
 *	  options the kernel would need.
 */
#include <stdio.h>
#include <sys/utsname.h>

#include "applets/applet.h"
#include "core/kern/probe.h"

struct check_opts {
	bool quiet;
};

#define O struct check_opts
static const struct opt check_table[] = {
	OPT_FLAG(O, quiet, 'q', "quiet", "Print only what is missing"),
	OPT_END
};
#undef O

static void print_result(const struct probe *p, const struct probe_result *r)
{
	printf("- %s", p->name);
	if (*p->config)
		printf(" (%s)", p->config);
	printf(": %s", r->state == PROBE_YES ? "enabled" : "missing");
	if (*r->note)
		printf(" (%s)", r->note);
	if (r->state == PROBE_FALLBACK)
		printf(", so %s", p->fallback);
	putchar('\n');
	fflush(stdout);		/* the next probe forks */
}

/* One group with its title. How many things in it are missing that `run` needs. */
static int check_group(enum probe_group g, const struct probe_env *env, bool quiet)
{
	bool titled = false;
	int bad = 0;

	for (size_t i = 0; i < probe_table_n; i++) {
		const struct probe *p = &probe_table[i];
		struct probe_result r;

		if (p->group != g)
			continue;
		probe_run(p, env, &r);
		bad += p->needed && r.state != PROBE_YES;
		if (quiet && r.state == PROBE_YES)
			continue;
		if (!titled)
			printf("\n%s:\n", probe_group_title(g));
		titled = true;
		print_result(p, &r);
	}
	return bad;
}

static void print_kernel(void)
{
	struct utsname u;

	if (uname(&u) == 0)
		printf("info: probing the running kernel: %s %s (%s)\n", u.sysname, u.release,
		       u.machine);
	fflush(stdout);
}

static int check_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	struct check_opts o = { 0 };
	struct probe_env env = { .root_fd = -1 };
	auto_store struct store st = STORE_INIT;
	int bad = 0, at = cmd_parse(ctx, argc, argv, &o, e);

	if (at < 0)
		return at;
	print_kernel();
	if (ctx_store(ctx, &st, NULL) >= 0)
		env.root_fd = st.root_fd;
	for (int g = 0; g < (int)PROBE_GROUPS; g++)
		bad += check_group(g, &env, o.quiet);
	if (bad)
		printf("\n%d of the things that run needs %s missing\n", bad,
		       bad == 1 ? "is" : "are");
	else
		printf("\nrun has all that it needs\n");
	if (ferror(stdout))
		return err_sys(e, "write standard output");
	return bad ? 1 : 0;
}

static const struct cmd check_cmds[] = {
	{ "check", "[OPTIONS]", "Show what the running kernel can do", check_run, check_table,
	  .max = 0, .group = "system" },
	{ 0 }
};

const struct applet check_applet = {
	.name = "check",
	.cmds = check_cmds,
};
