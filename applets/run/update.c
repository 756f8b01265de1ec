// SPDX-License-Identifier: MIT
/* update.c - new limits for containers, and another restart policy.
 *
 * config UPDATE
 *	bool "update: new limits for containers"
 *	default y
 *	help
 *	  docker update, of running and of stopped containers.
 */
#include "core/engine/update.h"

#include <stdio.h>

#include "applets/session.h"
#include "core/fmt/runcheck.h"

struct update_opts {
	struct update u;
	int64_t rt_period, rt_runtime, kernel_memory;
	const char *restart;
};

#define O struct update_opts
static const struct opt update_table[] = {
	OPT_UINT16(O, u.blkio_weight, 0, "blkio-weight",
		   "Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)"),
	OPT_INT(O, u.cpu_period, 0, "cpu-period",
		"Limit CPU CFS (Completely Fair Scheduler) period"),
	OPT_INT(O, u.cpu_quota, 0, "cpu-quota", "Limit CPU CFS (Completely Fair Scheduler) quota"),
	OPT_INT(O, rt_period, 0, "cpu-rt-period", "Limit the CPU real-time period in microseconds"),
	OPT_INT(O, rt_runtime, 0, "cpu-rt-runtime",
		"Limit the CPU real-time runtime in microseconds"),
	OPT_INT(O, u.cpu_shares, 'c', "cpu-shares", "CPU shares (relative weight)"),
	OPT_CPUS(O, u.nano_cpus, 0, "cpus", "Number of CPUs"),
	OPT_TEXT(O, u.cpuset_cpus, 0, "cpuset-cpus", "string",
		 "CPUs in which to allow execution (0-3, 0,1)"),
	OPT_TEXT(O, u.cpuset_mems, 0, "cpuset-mems", "string",
		 "MEMs in which to allow execution (0-3, 0,1)"),
	OPT_BYTES(O, kernel_memory, 0, "kernel-memory", "Kernel memory limit"),
	OPT_BYTES(O, u.memory, 'm', "memory", "Memory limit"),
	OPT_BYTES(O, u.memory_reservation, 0, "memory-reservation", "Memory soft limit"),
	OPT_SWAP(O, u.memory_swap, 0, "memory-swap",
		 "Swap limit equal to memory plus swap: '-1' to enable unlimited swap"),
	OPT_INT(O, u.pids_limit, 0, "pids-limit",
		"Tune container pids limit (set -1 for unlimited)"),
	OPT_TEXT(O, restart, 0, "restart", "string",
		 "Restart policy to apply when a container exits"),
	OPT_END
};
#undef O

/* Every number that was not given is 0, as the engine wants it. */
static bool settle(struct update_opts *o)
{
	int64_t *const all[] = { &o->u.blkio_weight, &o->u.cpu_period, &o->u.cpu_quota,
		&o->rt_period, &o->rt_runtime, &o->u.cpu_shares, &o->u.nano_cpus,
		&o->kernel_memory, &o->u.memory, &o->u.memory_reservation, &o->u.memory_swap,
		&o->u.pids_limit };
	bool any = o->u.cpuset_cpus || o->u.cpuset_mems || o->restart;

	for (size_t i = 0; i < countof(all); i++) {
		any |= *all[i] != OPT_UNSET;
		if (*all[i] == OPT_UNSET)
			*all[i] = 0;
	}
	if (o->u.pids_limit < 0)
		o->u.pids_limit = -1;
	return any;
}

static struct update_opts unset(void)
{
	return (struct update_opts){
		.u = { .memory = OPT_UNSET, .memory_swap = OPT_UNSET,
		       .memory_reservation = OPT_UNSET, .nano_cpus = OPT_UNSET,
		       .cpu_quota = OPT_UNSET, .cpu_period = OPT_UNSET, .cpu_shares = OPT_UNSET,
		       .blkio_weight = OPT_UNSET, .pids_limit = OPT_UNSET },
		.rt_period = OPT_UNSET, .rt_runtime = OPT_UNSET, .kernel_memory = OPT_UNSET,
	};
}

/* The client's part of the sentences stands alone, the rest is the daemon's. */
static int restart_take(struct update_opts *o, struct arena *mem, struct err *e)
{
	int rc;

	if (!o->restart)
		return 0;
	rc = runcheck_restart(o->restart, &o->u.restart_policy, &o->u.restart_max, mem, e);
	if (rc >= 0)
		return 0;
	return strncmp(e->msg, "invalid restart policy '", 24) == 0 ||
	       strstr(e->msg, "cannot be used") ? cli_daemon(e) : cli_fail(e, "%s", e->msg);
}

static int one(struct session *s, const char *ref, const struct update *u, struct err *e)
{
	char id[CONTAINER_ID_LEN + 1];
	int rc = container_find(&s->store, ref, id, e);

	return rc < 0 ? rc : engine_update(&s->g, id, u, e);
}

/* As docker's: names, then warnings, then what went wrong. */
static int all(struct session *s, int n, const char **refs, const struct update *u)
{
	auto_str struct str errors = STR_INIT;

	for (int i = 0; i < n; i++) {
		struct err why = { 0 };

		if (one(s, refs[i], u, &why) >= 0) {
			out_safe(refs[i], strlen(refs[i]));
			out_safe("\n", 1);
			continue;
		}
		str_addf(&errors, "%sError response from daemon: %s", errors.len ? "\n" : "",
			 why.msg);
	}
	for (size_t i = 0; i < s->g.warnings.n; i++)
		printf("%s\n", s->g.warnings.v[i]);
	if (errors.len)
		err_line("%s", errors.s);
	return errors.len > 0;
}

static int update_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	struct update_opts o = unset();
	int at = cmd_parse(ctx, argc, argv, &o, e), rc = at;

	if (rc < 0)
		return rc;
	if (!settle(&o))
		return cli_fail(e, "you must provide one or more flags when using this command");
	if (o.rt_period || o.rt_runtime)
		return cli_fail(e, "real-time scheduling (--cpu-rt-*) is not supported here");
	if (o.kernel_memory)
		return cli_fail(e, "--kernel-memory is not supported here");
	rc = restart_take(&o, ctx->mem, e);
	if (rc >= 0)
		rc = session_open(ctx, &s, e);
	return rc < 0 ? rc : all(&s, argc - at, argv + at, &o.u);
}

static const struct cmd update_cmds[] = {
	{ "update", "[OPTIONS] CONTAINER [CONTAINER...]",
	  "Update configuration of one or more containers", update_run, update_table, .min = 1,
	  .max = ARGS_ANY, .group = "container" },
	{ 0 }
};

const struct applet update_applet = {
	.name = "update",
	.cmds = update_cmds,
};
