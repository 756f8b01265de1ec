// SPDX-License-Identifier: MIT
/* hello.c - say that the binary works.
 *
 * config HELLO
 *	bool "hello: a first sign of life"
 *	default y
 *	help
 *	  Prints one line. Shows that the binary runs on this machine.
 */
#include "applets/applet.h"

#include <stdio.h>

static int hello_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	int at = cmd_parse(ctx, argc, argv, NULL, e);

	if (at < 0)
		return at;
	if (puts("Hello from Coracle!") < 0)
		return err_sys(e, "write standard output");
	return 0;
}

static const struct cmd hello_cmds[] = {
	{ "hello", "", "Say that the binary works", hello_run, NULL, .max = 0 },
	{ 0 }
};

const struct applet hello_applet = {
	.name = "hello",
	.brief = "Say that the binary works",
	.cmds = hello_cmds,
};
