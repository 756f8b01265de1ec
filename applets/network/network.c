// SPDX-License-Identifier: MIT
/* network.c - networks: what containers are connected by.
 *
 * bridge, host and none are always there. A network is a record and a prefix of addresses;
 * its bridge is made when the first container starts in it.
 *
 * config NETWORK
 *	bool "network: networks of containers"
 *	default y
 *	help
 *	  docker network create, ls, inspect, connect, disconnect, rm and prune.
 */
#include "applets/network/network.h"

#include <stdio.h>

#include "applets/image/imagecli.h"
#include "applets/inspection.h"
#include "applets/run/targets.h"
#include "core/engine/networks.h"
#include "core/os/clock.h"

struct inspect_opts {
	const char *format;
	bool verbose;
};

#define O struct inspect_opts
static const struct opt inspect_table[] = {
	OPT_TEXT(O, format, 'f', "format", "string",
		 "Format the output using the given Go template"),
	OPT_FLAG(O, verbose, 'v', "verbose", "Verbose output for diagnostics"),
	OPT_END
};
#undef O

struct rm_opts {
	bool force;	/* of later versions: one that is not there is no error */
};

#define O struct rm_opts
static const struct opt rm_table[] = {
	OPT_FLAG(O, force, 'f', "force", NULL),
	OPT_END
};
#undef O

struct prune_opts {
	bool force;
	struct strv filters;
};

#define O struct prune_opts
static const struct opt prune_table[] = {
	OPT_LIST_OK(O, filters, 0, "filter", "filter",
		    "Provide filter values (e.g. 'until=<timestamp>')", image_filter_check),
	OPT_FLAG(O, force, 'f', "force", "Do not prompt for confirmation"),
	OPT_END
};
#undef O

/* --- inspect ---------------------------------------------------------------------------- */

static void inspect_one(struct session *s, const char *ref, struct inspection *in)
{
	static const char *const maps[] = { "AuxiliaryAddresses", "Containers", "Labels", "Options",
					    NULL };
	static const char *const lists[] = { "Config", NULL };
	static const char *const optional[] = { "AuxiliaryAddresses", "Gateway", "IPRange", NULL };
	static const struct template_names names = {
		.maps = maps, .lists = lists, .optional = optional
	};
	struct err why;
	json_t *doc = engine_network_inspect(&s->g, ref, &why);

	if (doc)
		inspection_add(in, doc, &names, "ID");
	else if (why.code == ENOENT)
		inspection_error(in, "Error: No such network: %s", ref);
	else
		inspection_error(in, "Error response from daemon: %s", why.msg);
}

static int inspect_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_inspection struct inspection in = INSPECTION_INIT;
	auto_session struct session s = SESSION_INIT;
	struct inspect_opts o = { 0 };
	int at = cmd_parse(ctx, argc, argv, &o, e);
	int rc = at < 0 ? at : inspection_begin(&in, o.format, ctx->mem, e);

	if (rc >= 0)
		rc = session_open(ctx, &s, e);
	if (rc < 0)
		return rc;
	for (int i = at; i < argc; i++)
		inspect_one(&s, argv[i], &in);
	return inspection_end(&in);
}

/* --- rm, prune -------------------------------------------------------------------------- */

static int rm_one(struct session *s, const char *name, const void *opts, struct err *e)
{
	const struct rm_opts *o = opts;
	int rc = engine_network_remove(&s->g, name, e);

	if (rc == -ENOENT)
		return o->force ? 1 : cli_fail(e, "Error: No such network: %s", name);
	return rc;
}

static int rm_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	struct rm_opts o = { 0 };
	int at = cmd_parse(ctx, argc, argv, &o, e);

	return at < 0 ? at : targets_each(ctx, argc - at, argv + at, rm_one, &o, e);
}

static void gone_line(void *arg, const char *name)
{
	auto_str struct str line = STR_INIT;
	bool *any = arg;

	str_addf(&line, "%s%s\n", *any ? "" : "Deleted Networks:\n", name);
	out_safe(line.s, line.len);
	*any = true;
}

static int prune_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	struct prune_filters f = { 0 };
	struct prune_opts o = { 0 };
	bool any = false;
	int rc = cmd_parse(ctx, argc, argv, &o, e);

	if (rc < 0)
		return rc;
	if (!o.force && !confirmed("custom networks not used by at least one container"))
		return 0;
	rc = prune_filters_read(&o.filters, clock_real_ns(), &f, ctx->mem, e);
	if (rc >= 0)
		rc = session_open(ctx, &s, e);
	if (rc >= 0)
		rc = engine_network_prune(&s.g, &f, gone_line, &any, e);
	session_warnings(&s);
	if (any)
		putchar('\n');
	return rc < 0 ? rc : 0;
}

static const struct cmd network_cmds[] = {
	{ "connect", "[OPTIONS] NETWORK CONTAINER", "Connect a container to a network",
	  network_connect_run, network_connect_table, .min = 2, .max = 2 },
	{ "create", "[OPTIONS] NETWORK", "Create a network", network_create_run,
	  network_create_table, .min = 1, .max = 1 },
	{ "disconnect", "[OPTIONS] NETWORK CONTAINER", "Disconnect a container from a network",
	  network_disconnect_run, network_disconnect_table, .min = 2, .max = 2 },
	{ "inspect", "[OPTIONS] NETWORK [NETWORK...]",
	  "Display detailed information on one or more networks", inspect_run, inspect_table,
	  .min = 1, .max = ARGS_ANY },
	{ "ls", "[OPTIONS]", "List networks", network_ls_run, network_ls_table, .min = 0, .max = 0,
	  .aliases = "list" },
	{ "prune", "[OPTIONS]", "Remove all unused networks", prune_run, prune_table, .min = 0,
	  .max = 0 },
	{ "rm", "NETWORK [NETWORK...]", "Remove one or more networks", rm_run, rm_table,
	  .min = 1, .max = ARGS_ANY, .aliases = "remove" },
	{ 0 }
};

const struct applet network_applet = {
	.name = "network",
	.brief = "Manage networks",
	.cmds = network_cmds,
};
