// SPDX-License-Identifier: MIT
/* network_connect.c - the rows connect and disconnect of `network`. */
#include "applets/network/network.h"

#include "applets/session.h"
#include "core/engine/connect.h"

struct connect_opts {
	struct attachment a;
	struct strv link_local;
};

#define O struct connect_opts
const struct opt network_connect_table[] = {
	OPT_LIST(O, a.aliases, 0, "alias", "strings", "Add network-scoped alias for the container"),
	OPT_LIST(O, a.driver_opts, 0, "driver-opt", "strings", "driver options for the network"),
	OPT_TEXT(O, a.ip4, 0, "ip", "string", "IPv4 address (e.g., 172.30.100.104)"),
	OPT_TEXT(O, a.ip6, 0, "ip6", "string", "IPv6 address (e.g., 2001:db8::33)"),
	OPT_LIST(O, a.links, 0, "link", "list", "Add link to another container"),
	OPT_LIST(O, link_local, 0, "link-local-ip", "strings",
		 "Add a link-local address for the container"),
	OPT_END
};
#undef O

struct disconnect_opts {
	bool force;
};

#define O struct disconnect_opts
const struct opt network_disconnect_table[] = {
	OPT_FLAG(O, force, 'f', "force", "Force the container to disconnect from a network"),
	OPT_END
};
#undef O

static const char *text_or_none(const char *s)
{
	return s ? s : "";
}

int network_connect_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	struct connect_opts o = { .a = { .network = "" } };
	char id[CONTAINER_ID_LEN + 1];
	int at = cmd_parse(ctx, argc, argv, &o, e), rc = at;

	if (rc >= 0 && (o.a.links.n || o.link_local.n))
		return err_set(e, ENOTSUP, "--link and --link-local-ip are not supported yet");
	if (rc >= 0)
		rc = session_open(ctx, &s, e);
	if (rc >= 0)
		rc = container_find(&s.store, argv[at + 1], id, e);
	o.a.network_id = o.a.mac = "";
	o.a.ip4 = text_or_none(o.a.ip4);
	o.a.ip6 = text_or_none(o.a.ip6);
	if (rc >= 0)
		rc = engine_network_connect(&s.g, argv[at], id, &o.a, e);
	session_warnings(&s);
	return rc < 0 ? rc : 0;
}

int network_disconnect_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	struct disconnect_opts o = { 0 };
	char id[CONTAINER_ID_LEN + 1];
	int at = cmd_parse(ctx, argc, argv, &o, e), rc = at;

	if (rc >= 0)
		rc = session_open(ctx, &s, e);
	if (rc >= 0)
		rc = container_find(&s.store, argv[at + 1], id, e);
	if (rc >= 0)
		rc = engine_network_disconnect(&s.g, argv[at], id, e);
	session_warnings(&s);
	return rc < 0 ? rc : 0;
}
