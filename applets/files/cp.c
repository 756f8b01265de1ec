// SPDX-License-Identifier: MIT
/* cp.c - cp: files between a container and the host.
 *
 * One of the two is CONTAINER:PATH, with PATH from the container's "/"; a host path with a
 * colon in it is written with a slash in front (./a:b). "-" for the host's side is a tar, on
 * standard input or output. Bind mounts of the container are seen, /proc, /sys, /dev and
 * tmpfs are not, as with Docker. A copy on the host belongs to who copies; a copy in the
 * container keeps its owner's number, or with -a belongs to the container's user.
 *
 * config CP
 *	bool "cp: files between a container and the host"
 *	default y
 *	help
 *	  docker cp and docker container cp.
 */
#include "applets/bar.h"
#include "applets/session.h"
#include "core/engine/copy.h"

struct cp_opts {
	bool archive, follow, quiet;
};

#define O struct cp_opts
static const struct opt cp_table[] = {
	OPT_FLAG(O, archive, 'a', "archive", "Archive mode (copy all uid/gid information)"),
	OPT_FLAG(O, follow, 'L', "follow-link", "Always follow symbol link in SRC_PATH"),
	OPT_FLAG(O, quiet, 'q', "quiet", NULL),
	OPT_END
};
#undef O

/* "CONTAINER:PATH" taken apart, or *name is NULL and the path one of the host's. */
struct end {
	const char *name, *path;
};

static struct end split(const char *arg, struct arena *mem)
{
	const char *colon = strchr(arg, ':');

	if (!colon || colon == arg || arg[0] == '/' || arg[0] == '.')
		return (struct end){ NULL, colon == arg ? arg + 1 : arg };
	return (struct end){ strv_dup(arg, colon - arg, mem), colon + 1 };
}

/* No such container: Docker's client has looked at the paths before it hears of that, and names
 * the directory it would have written to. */
static int no_container(const struct copy_request *r, bool out, struct err *e)
{
	const char *slash = strrchr(r->inside, '/');
	int n = slash ? (int)(slash - r->inside) : 0;

	if (!out && !r->outside)
		return cli_fail(e, "destination \"%s:%s\" must be a directory", r->name, r->inside);
	if (!out)
		return cli_fail(e, "Error: No such container:path: %s:%.*s", r->name, n ? n : 1,
				n ? r->inside : "/");
	return cli_fail(e, "Error: No such container:path: %s:%s", r->name, r->inside);
}

static int ends(struct session *s, const struct end *from, const struct end *to,
		unsigned flags, bool quiet, struct err *e)
{
	struct copy_request r = { .flags = flags };
	char id[CONTAINER_ID_LEN + 1];
	struct bar bar;
	const char *host = from->name ? to->path : from->path;
	int rc;

	r.name = from->name ? from->name : to->name;
	r.inside = from->name ? from->path : to->path;
	r.outside = strcmp(host, "-") == 0 ? NULL : host;
	r.fd = from->name ? 1 : 0;
	r.id = id;
	if (!*host)
		return cli_fail(e, "%s can not be empty", from->name ? "destination" : "source");
	rc = container_find(&s->store, r.name, id, e);
	if (rc == -ENOENT)
		return no_container(&r, from->name, e);
	r.progress = bar_begin(&bar, "Copying", 0, quiet);
	if (rc == 0)
		rc = from->name ? engine_copy_out(&s->g, &r, e) : engine_copy_in(&s->g, &r, e);
	bar_clear(&bar);
	if (rc == -COPY_E_RULE)
		e->code = CLI_E_PLAIN;
	return rc;
}

static int cp_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_session struct session s = SESSION_INIT;
	struct cp_opts o = { 0 };
	struct end from, to;
	int at = cmd_parse(ctx, argc, argv, &o, e);
	int rc = at < 0 ? at : session_open(ctx, &s, e);

	if (rc < 0)
		return rc;
	from = split(argv[at], ctx->mem);
	to = split(argv[at + 1], ctx->mem);
	if (from.name && to.name)
		return cli_fail(e, "copying between containers is not supported");
	if (!from.name && !to.name)
		return cli_fail(e, "must specify at least one container source");
	return ends(&s, &from, &to,
		    (o.follow ? COPY_FOLLOW : 0) | (o.archive ? COPY_ARCHIVE : 0), o.quiet, e);
}

static const struct cmd cp_cmds[] = {
	{ "cp",
	  "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n"
	  "\tdocker cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH",
	  "Copy files/folders between a container and the local filesystem", cp_run, cp_table,
	  .min = 2, .max = 2, .group = "container",
	  .more = "Use '-' as the source to read a tar archive from stdin\n"
		  "and extract it to a directory destination in a container.\n"
		  "Use '-' as the destination to stream a tar archive of a\n"
		  "container source to stdout." },
	{ 0 }
};

const struct applet cp_applet = {
	.name = "cp",
	.cmds = cp_cmds,
};
