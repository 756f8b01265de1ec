// SPDX-License-Identifier: MIT
/* boot.c - start what should run after a reboot: one line in any init script.
 *
 * There is no daemon that would do it. It may be called again: what runs is left alone.
 *
 * config BOOT
 *	bool "boot: start what should run after a reboot"
 *	default y
 *	help
 *	  Starts containers by their restart policies, as Docker's daemon does when it begins.
 */
#include "core/engine/boot.h"

#include <stdio.h>

#include "applets/session.h"
#include "core/engine/list.h"

static void tell(void *arg, const struct container *c, int rc, const struct err *why)
{
	struct session *s = arg;

	session_warnings(s);
	if (rc < 0) {
		err_line("Error: %s: %s", c->name, why->msg);
		return;
	}
	out_safe(c->name, strlen(c->name));
	putchar('\n');
}

/* Some may need us sealed, and that begins all anew: before the first is started. */
static int seal_for_all(struct session *s, struct err *e)
{
	const struct list_query q = { .all = true };
	struct container_state *list;
	struct container c;
	int n = engine_list(&s->g, &q, &list, e), rc = 0;

	for (int i = 0; i < n && rc >= 0; i++) {
		if (container_load(&s->store, list[i].id, &c, s->g.mem, NULL) >= 0 &&
		    boot_wants(&c))
			rc = session_seal(s, &c.config, e);
	}
	return n < 0 ? n : rc;
}

static int boot_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	int rc = cmd_parse(ctx, argc, argv, NULL, e);

	if (rc >= 0)
		rc = session_open(ctx, &s, e);
	if (rc >= 0)
		rc = seal_for_all(&s, e);
	if (rc >= 0)
		rc = engine_boot(&s.g, tell, &s, e);
	return rc < 0 ? rc : rc > 0;
}

static const struct cmd boot_cmds[] = {
	{ "boot", "", "Start the containers that should run after a reboot", boot_run, NULL,
	  .min = 0, .max = 0 },
	{ 0 }
};

const struct applet boot_applet = {
	.name = "boot",
	.cmds = boot_cmds,
};
