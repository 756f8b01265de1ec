// SPDX-License-Identifier: MIT
/* import.c - import: a file system's tar becomes an image.
 *
 * config IMPORT
 *	bool "import: a file system becomes an image"
 *	default y
 *	help
 *	  docker import and docker image import, with --change.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "applets/applet.h"
#include "applets/bar.h"
#include "applets/image/imagecli.h"
#include "core/engine/import.h"
#include "core/kern/userns.h"
#include "core/os/clock.h"

struct import_opts {
	const char *message, *platform;
	struct strv changes;
};

#define O struct import_opts
static const struct opt import_table[] = {
	OPT_LIST(O, changes, 'c', "change", "list",
		 "Apply Dockerfile instruction to the created image"),
	OPT_TEXT(O, message, 'm', "message", "string", "Set commit message for imported image"),
	OPT_TEXT(O, platform, 0, "platform", "string",
		 "Set platform if server is multi-platform capable"),
	OPT_END
};
#undef O

/* "os", "os/arch", "os/arch/variant". */
static int read_platform(const char *text, struct import_request *r, struct arena *mem,
			 struct err *e)
{
	const char **to[] = { &r->os, &r->arch, &r->variant };

	for (size_t i = 0; i < countof(to); i++) {
		size_t n = strcspn(text, "/");

		if (n == 0 || n > 32)
			return err_set(e, EINVAL, "invalid platform");
		*to[i] = strv_dup(text, n, mem);
		text += n;
		if (!*text)
			return 0;
		text++;
	}
	return err_set(e, EINVAL, "invalid platform");
}

static int import_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_store struct store st = STORE_INIT;
	auto_close int file = -1;
	struct import_opts o = { .message = "Imported from -" };
	struct import_request r = { 0 };
	char id[IMAGE_ID_LEN + 1];
	struct bar bar;
	struct stat sb;
	int at = cmd_parse(ctx, argc, argv, &o, e), rc;
	const char *from;

	if (at < 0)
		return at;
	from = argv[at];
	if (strncmp(from, "http://", 7) == 0 || strncmp(from, "https://", 8) == 0)
		return cli_fail(e, "import reads files and standard input, not URLs: %.200s", from);
	if (strcmp(from, "-") != 0) {
		file = open(from, O_RDONLY | O_CLOEXEC);
		if (file < 0)
			return image_open_fail(from, e);
	}
	r = (struct import_request){
		.fd = file >= 0 ? file : 0, .name = at + 1 < argc ? argv[at + 1] : NULL,
		.message = o.message, .changes = o.changes, .now_ns = clock_real_ns(),
	};
	rc = o.platform ? read_platform(o.platform, &r, ctx->mem, e) : 0;
	if (rc == 0)
		rc = ctx_store(ctx, &st, e);
	(void)!userns_own_files(NULL); /* without it the modes in layers count */
	if (fstat(r.fd, &sb) < 0 || !S_ISREG(sb.st_mode))
		sb.st_size = 0;
	r.progress = bar_begin(&bar, "Importing", (uint64_t)sb.st_size, false);
	if (rc == 0)
		rc = engine_import(&st, &r, id, e);
	bar_clear(&bar);
	if (rc == 0)
		puts(id);
	return rc;
}

static const struct cmd import_cmds[] = {
	{ "import", "[OPTIONS] file|URL|- [REPOSITORY[:TAG]]",
	  "Import the contents from a tarball to create a filesystem image", import_run,
	  import_table, .min = 1, .max = ARGS_ANY, .group = "image" },
	{ 0 }
};

const struct applet import_applet = {
	.name = "import",
	.cmds = import_cmds,
};
