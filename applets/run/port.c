// SPDX-License-Identifier: MIT
/* port.c - where a container's ports can be reached.
 *
 * What is printed is what inspect has in NetworkSettings.Ports.
 *
 * config PORT
 *	bool "port: where a container's ports can be reached"
 *	default y
 *	help
 *	  docker port: all published ports, or one.
 */
#include <stdio.h>

#include "applets/session.h"
#include "core/base/num.h"
#include "core/engine/describe.h"
#include "core/fmt/json.h"

/* "80" is "80/tcp"; what is asked for is told as it stands. */
static int port_name(const char *text, struct str *out, struct err *e)
{
	size_t n = strcspn(text, "/");
	auto_str struct str number = STR_INIT;
	uint64_t port;

	str_add(&number, text, n);
	if (n && num_uint(number.s, 65535, &port, NULL) < 0)
		return cli_fail(e, "strconv.ParseUint: parsing \"%s\": %s", number.s,
				number.s[strspn(number.s, "0123456789")] ? "invalid syntax" :
									   "value out of range");
	str_addf(out, "%s%s", text, text[n] ? "" : "/tcp");
	return 0;
}

static void print_bindings(const char *before, const json_t *list)
{
	json_t *b;
	size_t i;

	json_array_foreach((json_t *)list, i, b)
	{
		const char *ip = json_string_value(json_object_get(b, "HostIp")),
			   *port = json_string_value(json_object_get(b, "HostPort"));
		bool six = ip && strchr(ip, ':');

		printf("%s%s%s%s:%s\n", before, six ? "[" : "", ip ? ip : "", six ? "]" : "",
		       port ? port : "");
	}
}

/* By number, then by protocol. */
static int by_port(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	long d = strtol(x, NULL, 10) - strtol(y, NULL, 10);

	return d ? (d > 0) - (d < 0) : strcmp(x, y);
}

static void print_all(const struct ctx *ctx, json_t *ports)
{
	struct strv keys = { 0 };
	const char *key;
	json_t *list;

	json_object_foreach(ports, key, list)
	{
		strv_add(&keys, key, ctx->mem);
	}
	if (keys.n)
		qsort(keys.v, keys.n, sizeof(*keys.v), by_port);
	for (size_t i = 0; i < keys.n; i++) {
		auto_str struct str before = STR_INIT;

		str_addf(&before, "%s -> ", keys.v[i]);
		print_bindings(before.s, json_object_get(ports, keys.v[i]));
	}
}

static int port_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	auto_str struct str want = STR_INIT;
	auto_json json_t *doc = NULL;
	char id[CONTAINER_ID_LEN + 1];
	int at = cmd_parse(ctx, argc, argv, NULL, e), rc = at;
	json_t *ports, *one;

	if (rc >= 0)
		rc = session_open(ctx, &s, e);
	if (rc >= 0)
		rc = session_find(&s, argv[at], id, e);
	if (rc < 0)
		return rc;
	doc = engine_inspect(&s.g, id, false, e);
	if (!doc)
		return -e->code;
	ports = json_at(doc, "NetworkSettings.Ports");
	if (argc - at == 1 || !*argv[at + 1]) {
		print_all(ctx, ports);
		return 0;
	}
	rc = port_name(argv[at + 1], &want, e);
	if (rc < 0)
		return rc;
	one = json_object_get(ports, want.s);
	if (!json_array_size(one))
		return cli_fail(e, "Error: No public port '%s' published for %s", want.s, argv[at]);
	print_bindings("", one);
	return 0;
}

static const struct cmd port_cmds[] = {
	{ "port", "CONTAINER [PRIVATE_PORT[/PROTO]]",
	  "List port mappings or a specific mapping for the container", port_run, NULL, .min = 1,
	  .max = 2, .group = "container" },
	{ 0 }
};

const struct applet port_applet = {
	.name = "port",
	.cmds = port_cmds,
};
