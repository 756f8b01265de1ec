// SPDX-License-Identifier: MIT
/* load.c - load: images from an archive that docker, podman or skopeo wrote.
 *
 * config LOAD
 *	bool "load: images from an archive"
 *	default y
 *	help
 *	  docker load and docker image load. Archives of docker save, podman save
 *	  and skopeo (docker-archive:, oci-archive:); plain, gzip or zstd.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "applets/applet.h"
#include "applets/bar.h"
#include "applets/image/imagecli.h"
#include "core/engine/load.h"
#include "core/fmt/human.h"
#include "core/kern/userns.h"

struct load_opts {
	const char *input;
	bool quiet;
};

#define O struct load_opts
static const struct opt load_table[] = {
	OPT_TEXT(O, input, 'i', "input", "string", "Read from tar archive file, instead of STDIN"),
	OPT_FLAG(O, quiet, 'q', "quiet", "Suppress the load output"),
	OPT_END
};
#undef O

struct shown {
	struct bar bar;
	bool layers;	/* a line for each: standard output is a terminal */
};

static void on_event(void *arg, const struct load_event *ev)
{
	struct shown *s = arg;
	auto_str struct str line = STR_INIT;

	if (ev->kind == LOAD_IMAGE) {
		str_addf(&line, "Loaded image: %s\n", ev->text);
	} else if (ev->kind == LOAD_IMAGE_ID) {
		str_addf(&line, "Loaded image ID: %s\n", ev->id);
	} else if (ev->kind == LOAD_RENAMED) {
		str_addf(&line, "The image %s already exists, renaming the old one with ID %s to "
			 "empty string\n", ev->text, ev->id);
	} else if (s->layers) {
		str_addf(&line, "%.12s: Loading layer  ", ev->text + 7);
		human_size(ev->bytes, 4, &line);
		str_puts(&line, "\n");
	}
	bar_clear(&s->bar);
	out_safe(line.s, line.len);
	fflush(stdout);
}

static int load_run(const struct ctx *ctx, int argc, const char **argv, struct err *e)
{
	auto_store struct store st = STORE_INIT;
	auto_close int file = -1;
	struct load_opts o = { 0 };
	struct progress *progress;
	struct shown shown;
	struct stat sb;
	int rc = cmd_parse(ctx, argc, argv, &o, e);

	if (rc < 0)
		return rc;
	if (o.input)
		file = open(o.input, O_RDONLY | O_CLOEXEC);
	if (o.input && file < 0)
		return image_open_fail(o.input, e);
	if (!o.input && isatty(0))
		return cli_fail(e, "requested load from stdin, but stdin is empty");
	rc = ctx_store(ctx, &st, e);
	if (rc < 0)
		return rc;
	(void)!userns_own_files(NULL); /* without it the modes in layers count */
	if (fstat(o.input ? file : 0, &sb) < 0 || !S_ISREG(sb.st_mode))
		sb.st_size = 0;
	progress = bar_begin(&shown.bar, "Loading", (uint64_t)sb.st_size, o.quiet);
	shown.layers = !o.quiet && isatty(1);
	rc = engine_load(&st, o.input ? file : 0, on_event, &shown, progress, e);
	bar_clear(&shown.bar);
	return rc;
}

static const struct cmd load_cmds[] = {
	{ "load", "[OPTIONS]", "Load an image from a tar archive or STDIN", load_run, load_table,
	  .min = 0, .max = 0, .group = "image" },
	{ 0 }
};

const struct applet load_applet = {
	.name = "load",
	.cmds = load_cmds,
};
