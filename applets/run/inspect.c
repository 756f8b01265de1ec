// SPDX-License-Identifier: MIT
/* inspect.c - all that is known of containers, and of images and networks by the same words.
 *
 * config INSPECT
 *	bool "inspect: all that is known of containers, images and networks"
 *	default y
 *	help
 *	  docker inspect and docker container inspect.
 */
#include "applets/inspection.h"
#include "applets/session.h"
#include "core/engine/describe.h"
#include "core/engine/imageinspect.h"
#include "core/engine/networks.h"

struct inspect_opts {
	const char *format, *type;
	bool size;
};

#define O struct inspect_opts
static const struct opt inspect_table[] = {
	OPT_TEXT(O, format, 'f', "format", "string",
		 "Format the output using the given Go template"),
	OPT_FLAG(O, size, 's', "size", "Display total file sizes if the type is container"),
	OPT_TEXT(O, type, 0, "type", "string", "Return JSON for specified type"), OPT_END
};
static const struct opt container_table[] = {
	OPT_TEXT(O, format, 'f', "format", "string",
		 "Format the output using the given Go template"),
	OPT_FLAG(O, size, 's', "size", "Display total file sizes"), OPT_END
};
#undef O

static const char *const maps[] = {
	"Labels", "Volumes", "ExposedPorts", "Ports", "PortBindings", "Networks", "Data", "Sysctls",
	"Tmpfs", "StorageOpt", "Options", "DriverOpts", "AuxiliaryAddresses", "Containers", NULL,
};
static const char *const lists[] = {
	"Aliases",
	"Args",
	"Binds",
	"BlkioDeviceReadBps",
	"BlkioDeviceReadIOps",
	"BlkioDeviceWriteBps",
	"BlkioDeviceWriteIOps",
	"BlkioWeightDevice",
	"CapAdd",
	"CapDrop",
	"Cmd",
	"DeviceCgroupRules",
	"DeviceRequests",
	"Devices",
	"Dns",
	"DnsOptions",
	"DnsSearch",
	"Entrypoint",
	"Env",
	"ExecIDs",
	"ExtraHosts",
	"GroupAdd",
	"Layers",
	"Links",
	"MaskedPaths",
	"Mounts",
	"OnBuild",
	"ReadonlyPaths",
	"RepoDigests",
	"RepoTags",
	"SecondaryIPAddresses",
	"SecondaryIPv6Addresses",
	"SecurityOpt",
	"Shell",
	"Ulimits",
	"VolumesFrom",
	NULL,
};
static const char *const optional[] = {
	"ExposedPorts", "Health",      "Healthcheck", "Init",  "Node",	  "SizeRootFs",
	"SizeRw",	"StopTimeout", "Sysctls",     "Tmpfs", "Variant", NULL,
};
static const struct template_names names = { .maps = maps, .lists = lists, .optional = optional };

enum inspect_type { ANY, CONTAINER, IMAGE, NETWORK, OTHER };

/* Types of objects that do not exist here yet: nothing is ever found. */
static int type_parse(const char *text, enum inspect_type *type, struct err *e)
{
	static const char *const others[] = {
		"network", "volume", "node", "service", "task", "plugin", "secret", "config",
	};

	*type = !text || !*text ? ANY : strcmp(text, "container") == 0 ? CONTAINER :
		strcmp(text, "image") == 0 ? IMAGE :
		CFG_NETWORK && strcmp(text, "network") == 0 ? NETWORK : OTHER;
	for (size_t i = 0; *type == OTHER && i < countof(others); i++) {
		if (strcmp(text, others[i]) == 0)
			return 0;
	}
	return *type == OTHER ? cli_fail(e, "\"%s\" is not a valid value for --type", text) : 0;
}

static int try_container(struct session *s, const char *ref, bool size, struct inspection *in,
			 struct err *why)
{
	char id[CONTAINER_ID_LEN + 1];
	json_t *doc;
	int rc = container_find(&s->store, ref, id, why);

	if (rc < 0)
		return rc;
	doc = engine_inspect(&s->g, id, size, why);
	if (!doc)
		return -why->code;
	inspection_add(in, doc, &names, "ID");
	return 0;
}

static int try_image(struct session *s, const char *ref, struct inspection *in, struct err *why)
{
	json_t *doc = engine_image_inspect(&s->store, ref, why);

	if (!doc)
		return -why->code;
	inspection_add(in, doc, &names, "ID");
	return 0;
}

static int try_network(struct session *s, const char *ref, struct inspection *in,
		       struct err *why)
{
	json_t *doc = engine_network_inspect(&s->g, ref, why);

	if (!doc)
		return -why->code;
	inspection_add(in, doc, &names, "ID");
	return 0;
}

/* Anything that is no damage counts as "not there", as a name may be no name of that kind. */
static bool is_absent(int rc)
{
	return rc == -ENOENT || rc == -EINVAL;
}

static void inspect_one(struct session *s, const char *ref, const struct inspect_opts *o,
			enum inspect_type type, struct inspection *in)
{
	static const char *const nouns[] = {
		[ANY] = "object", [CONTAINER] = "container", [IMAGE] = "image",
		[NETWORK] = "network",
	};
	struct err why = { 0 };
	int rc = -ENOENT;

	if (type == ANY || type == CONTAINER)
		rc = try_container(s, ref, o->size, in, &why);
	if (is_absent(rc) && (type == ANY || type == IMAGE))
		rc = try_image(s, ref, in, &why);
	if (CFG_NETWORK && is_absent(rc) && (type == ANY || type == NETWORK))
		rc = try_network(s, ref, in, &why);
	if (is_absent(rc))
		inspection_error(in, "Error: No such %s: %s", type == OTHER ? o->type : nouns[type],
				 ref);
	else if (rc < 0)
		inspection_error(in, "Error response from daemon: %s", why.msg);
}

static int inspect_all(const struct ctx *ctx, int n, const char **refs,
		       const struct inspect_opts *o, struct err *e)
{
	auto_inspection struct inspection in = INSPECTION_INIT;
	auto_session struct session s = SESSION_INIT;
	enum inspect_type type;
	int rc = type_parse(o->type, &type, e);

	if (rc == 0)
		rc = inspection_begin(&in, o->format, ctx->mem, e);
	if (rc == 0)
		rc = session_open(ctx, &s, e);
	if (rc < 0)
		return rc;
	for (int i = 0; i < n; i++)
		inspect_one(&s, refs[i], o, type, &in);
	return inspection_end(&in);
}

static int inspect_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	struct inspect_opts o = { 0 };
	int at = cmd_parse(ctx, argc, argv, &o, e);

	return at < 0 ? at : inspect_all(ctx, argc - at, argv + at, &o, e);
}

static int container_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	struct inspect_opts o = { .type = "container" };
	int at = cmd_parse(ctx, argc, argv, &o, e);

	return at < 0 ? at : inspect_all(ctx, argc - at, argv + at, &o, e);
}

static const struct cmd inspect_cmds[] = {
	{ "inspect", "[OPTIONS] NAME|ID [NAME|ID...]",
	  "Return low-level information on Docker objects", inspect_run, inspect_table, .min = 1,
	  .max = ARGS_ANY },
	{ NULL, "[OPTIONS] CONTAINER [CONTAINER...]",
	  "Display detailed information on one or more containers", container_run, container_table,
	  .min = 1, .max = ARGS_ANY, .group = "container", .as = "inspect" },
	{ 0 }
};

const struct applet inspect_applet = {
	.name = "inspect",
	.cmds = inspect_cmds,
};
