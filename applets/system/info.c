// SPDX-License-Identifier: MIT
/* info.c - what this machine and this engine are; which version.
 *
 * config INFO
 *	bool "info, version: what this engine is"
 *	default y
 *	help
 *	  docker info, docker system info and docker version, in Docker's layout.
 */
#include "core/engine/info.h"

#include <stdio.h>
#include <sys/utsname.h>

#include "applets/session.h"
#include "build/gen/version.h"
#include "core/fmt/human.h"
#include "core/fmt/platform.h"
#include "core/fmt/template.h"

struct info_opts {
	const char *format, *kubeconfig;
};

#define O struct info_opts
static const struct opt info_table[] = {
	OPT_TEXT(O, format, 'f', "format", "string",
		 "Format the output using the given Go template"),
	OPT_END
};
static const struct opt version_table[] = {
	OPT_TEXT(O, format, 'f', "format", "string",
		 "Format the output using the given Go template"),
	OPT_TEXT(O, kubeconfig, 0, "kubeconfig", "string", "Kubernetes config file"), OPT_END
};
#undef O

enum { STATUS_TEMPLATE = 64 };
static const char api[] = "1.41", api_least[] = "1.12";

static const char *const maps[] = { "Runtimes", "Details", NULL };
static const char *const lists[] = { "Labels", "Warnings", "Plugins", NULL };

static int print_template(const char *format, json_t *doc, const char *type, struct arena *mem,
			  struct err *e)
{
	const struct template_names names = { maps, lists, NULL, type, false };
	auto_str struct str out = STR_INIT;
	const struct template *t;
	struct err why = { 0 };
	int rc = template_parse(format, &t, mem, &why);

	if (rc < 0)
		return err_set(e, CLI_E_STATUS + STATUS_TEMPLATE,
			       "Template parsing error: %s", why.msg);
	rc = template_execute(t, doc, &names, &out, &why);
	str_puts(&out, "\n");
	out_safe(out.s, out.len);
	return rc < 0 ? cli_fail(e, "%s", why.msg) : 0;
}

/* --- info ------------------------------------------------------------------------------- */

static const char *text(const json_t *doc, const char *path)
{
	const char *s = json_string_value(json_at(doc, path));

	return s ? s : "";
}

static long long number(const json_t *doc, const char *path)
{
	return json_integer_value(json_at(doc, path));
}

static void put_words(struct str *out, const char *label, const json_t *list)
{
	json_t *v;
	size_t i;

	str_puts(out, label);
	json_array_foreach(list, i, v)
	{
		str_addf(out, " %s", json_string_value(v));
	}
	str_puts(out, "\n");
}

static void put_engine(const json_t *d, struct str *out)
{
	json_t *pair;
	size_t i;

	str_addf(out, " Containers: %lld\n  Running: %lld\n  Paused: %lld\n  Stopped: %lld\n",
		 number(d, "Containers"), number(d, "ContainersRunning"),
		 number(d, "ContainersPaused"), number(d, "ContainersStopped"));
	str_addf(out, " Images: %lld\n Server Version: %s\n Storage Driver: %s\n",
		 number(d, "Images"), text(d, "ServerVersion"), text(d, "Driver"));
	json_array_foreach(json_at(d, "DriverStatus"), i, pair)
	{
		str_addf(out, "  %s: %s\n", json_string_value(json_array_get(pair, 0)),
			 json_string_value(json_array_get(pair, 1)));
	}
	str_addf(out, " Logging Driver: %s\n Cgroup Driver: %s\n Cgroup Version: %s\n Plugins:\n",
		 text(d, "LoggingDriver"), text(d, "CgroupDriver"), text(d, "CgroupVersion"));
	put_words(out, "  Volume:", json_at(d, "Plugins.Volume"));
	put_words(out, "  Network:", json_at(d, "Plugins.Network"));
	put_words(out, "  Log:", json_at(d, "Plugins.Log"));
	str_addf(out, " Swarm: %s\n Runtimes: runc\n Default Runtime: %s\n Init Binary: %s\n",
		 text(d, "Swarm.LocalNodeState"), text(d, "DefaultRuntime"), text(d, "InitBinary"));
	str_puts(out, " Security Options:\n  seccomp\n   Profile: default\n");
	if (json_array_size(json_at(d, "SecurityOptions")) > 1)
		str_puts(out, "  rootless\n");
}

static void put_machine(const json_t *d, struct str *out)
{
	str_addf(out,
		 " Kernel Version: %s\n Operating System: %s\n OSType: %s\n Architecture: %s\n",
		 text(d, "KernelVersion"), text(d, "OperatingSystem"), text(d, "OSType"),
		 text(d, "Architecture"));
	str_addf(out, " CPUs: %lld\n Total Memory: ", number(d, "NCPU"));
	human_bytes(number(d, "MemTotal"), out);
	str_addf(out, "\n Name: %s\n ID: %s\n Docker Root Dir: %s\n Debug Mode: false\n",
		 text(d, "Name"), text(d, "ID"), text(d, "DockerRootDir"));
	str_addf(out, " Registry: %s\n Labels:\n Experimental: false\n Insecure Registries:\n"
		      "  127.0.0.0/8\n Live Restore Enabled: true\n\n",
		 text(d, "IndexServerAddress"));
}

static void print_info(const json_t *doc, bool debug)
{
	auto_str struct str out = STR_INIT;

	str_addf(&out, "Client:\n Context:    default\n Debug Mode: %s\n\nServer:\n",
		 debug ? "true" : "false");
	put_engine(doc, &out);
	put_machine(doc, &out);
	out_safe(out.s, out.len);
}

static int info_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	struct info_opts o = { 0 };
	auto_json json_t *doc = NULL;
	int rc = cmd_parse(ctx, argc, argv, &o, e);

	if (rc >= 0)
		rc = session_open(ctx, &s, e);
	if (rc < 0)
		return rc;
	doc = engine_info(&s.g, CORACLE_VERSION, e);
	if (!doc)
		return -e->code;
	json_put(doc, "ClientInfo", json_pack("{s:b,s:s,s:[],s:n}", "Debug", ctx->debug, "Context",
					      "default", "Plugins", "Warnings"));
	if (o.format && *o.format)
		return print_template(o.format, doc, "system.info", ctx->mem, e);
	print_info(doc, ctx->debug);
	return 0;
}

/* --- version ------------------------------------------------------------------------------ */

static json_t *engine_doc(void)
{
	struct utsname u = { .release = "" };

	(void)!uname(&u);
	return json_pack("{s:{s:s},s:[{s:s,s:s,s:{s:s,s:s,s:s,s:s,s:s,s:s,s:s}}],s:s,s:s,s:s,s:s,"
			 "s:s,s:s,s:s}",
		"Platform", "Name", "", "Components", "Name", "Engine", "Version", CORACLE_VERSION,
		"Details", "ApiVersion", api, "Arch", PLATFORM_ARCH, "Experimental", "false",
		"GitCommit", CORACLE_BUILD, "KernelVersion", u.release, "MinAPIVersion", api_least,
		"Os", PLATFORM_OS, "Version", CORACLE_VERSION, "ApiVersion", api, "MinAPIVersion",
		api_least, "GitCommit", CORACLE_BUILD, "Os", PLATFORM_OS, "Arch", PLATFORM_ARCH,
		"KernelVersion", u.release);
}

static json_t *version_doc(void)
{
	json_t *client = json_pack("{s:{s:s},s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:b}", "Platform", "Name",
		"", "Version", CORACLE_VERSION, "ApiVersion", api, "DefaultAPIVersion", api,
		"GitCommit", CORACLE_BUILD, "Os", PLATFORM_OS, "Arch", PLATFORM_ARCH, "Context",
		"default", "Experimental", 0);

	return json_pack("{s:o,s:o}", "Client", client, "Server", engine_doc());
}

static int version_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	struct info_opts o = { 0 };
	auto_json json_t *doc = NULL;
	int rc = cmd_parse(ctx, argc, argv, &o, e);

	if (rc < 0)
		return rc;
	doc = version_doc();
	if (o.format && *o.format)
		return print_template(o.format, doc, "system.versionInfo", ctx->mem, e);
	printf("Client:\n Version:           %s\n API version:       %s\n"
	       " Git commit:        %s\n OS/Arch:           %s/%s\n"
	       " Context:           default\n Experimental:      false\n\n",
	       CORACLE_VERSION, api, CORACLE_BUILD, PLATFORM_OS, PLATFORM_ARCH);
	printf("Server:\n Engine:\n  Version:          %s\n"
	       "  API version:      %s (minimum version %s)\n"
	       "  Git commit:       %s\n  OS/Arch:          %s/%s\n  Experimental:     false\n",
	       CORACLE_VERSION, api, api_least, CORACLE_BUILD, PLATFORM_OS, PLATFORM_ARCH);
	return 0;
}

static const struct cmd info_cmds[] = {
	{ "info", "[OPTIONS]", "Display system-wide information", info_run, info_table, .min = 0,
	  .max = 0, .group = "system" },
	{ "version", "[OPTIONS]", "Show the Docker version information", version_run,
	  version_table, .min = 0, .max = 0 },
	{ 0 }
};

const struct applet info_applet = {
	.name = "info",
	.cmds = info_cmds,
};
