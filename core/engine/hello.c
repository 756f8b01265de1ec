// SPDX-License-Identifier: MIT
/* hello.c - the image of hello-world, made where it is asked for.
 *
 * config HELLO_WORLD
 *	bool "hello-world: run it with nothing else on the host"
 *	default y
 *	help
 *	  A tiny static program and the image around it, carried inside this one.
 */
#include "core/engine/hello.h"

#include "core/engine/bind.h"
#include "core/fmt/imagecfg.h"
#include "core/fmt/platform.h"
#include "core/fmt/reference.h"
#include "core/fmt/tar.h"

/* When the text was last changed: the image is the same wherever this program was built from
 * the same source. */
#define MADE "2026-11-20T00:00:00Z"
enum { MADE_S = 1795132800 };

bool hello_is(const char *text)
{
	auto_str struct str name = STR_INIT;
	struct reference r;

	if (reference_parse(text, &r, NULL) < 0)
		return false;
	reference_default_tag(&r);
	reference_text(&r, &name);
	return strcmp(name.s, HELLO_NAME) == 0;
}

static int to_layer(void *to, const void *data, size_t len, struct err *e)
{
	return layer_unpack_feed(to, data, len, e);
}

static int unpack(struct layer_unpack *u, struct layer_info *info, struct err *e)
{
	struct tar_entry t = {
		.name = "hello",
		.link = "",
		.type = TAR_FILE,
		.mode = 0755,
		.uname = "",
		.gname = "",
		.size = hello_elf_len,
		.stored = hello_elf_len,
		.mtime = { MADE_S, 0 },
		.atime = { MADE_S, 0 },
	};
	struct tar_writer w;
	int rc;

	tar_writer_init(&w, (struct sink){ to_layer, u });
	rc = tar_write_file(&w, &t, hello_elf, e);
	if (rc == 0)
		rc = tar_write_end(&w, e);
	return rc < 0 ? rc : layer_unpack_end(u, info, e);
}

static void describe(const struct layer_info *info, struct arena *mem, struct str *out)
{
	struct image_history h = {
		.created = MADE,
		.created_by = "coracle hello-world",
		.author = "",
		.comment = "built in",
	};
	char diff_id[DIGEST_TEXT + 1];
	struct image_config c;

	digest_text(&info->diffid, diff_id);
	imagecfg_init(&c);
	c.arch = PLATFORM_ARCH;
	c.variant = PLATFORM_VARIANT;
	c.os = PLATFORM_OS;
	c.created = MADE;
	strv_add(&c.env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", mem);
	strv_add(&c.cmd, "/hello", mem);
	strv_add(&c.diff_ids, diff_id, mem);
	c.history = &h;
	c.history_n = 1;
	imagecfg_write(&c, NULL, out);
}

int hello_ensure(struct store *st, struct err *e)
{
	auto_arena struct arena mem = { 0 };
	auto_str struct str config = STR_INIT;
	struct bind b = { .st = st, .mem = &mem };
	struct layer_unpack *u = NULL;
	struct layer_info info;
	char id[IMAGE_ID_LEN + 1];
	int rc = image_find(st, HELLO_NAME, id, NULL);

	if (rc != -ENOENT)
		return 0;
	rc = layer_unpack_begin(st, &stream_here, NULL, &u, e);
	if (rc == 0)
		rc = unpack(u, &info, e);
	if (rc == 0) {
		describe(&info, &mem, &config);
		bind_layer(&b, &u, &info.diffid);
		bind_image(&b, config.s, config.len, NULL, 0);
		bind_name(&b, HELLO_NAME);
		rc = bind_commit(&b, e);
	}
	bind_release(&b);
	layer_unpack_abort(u);
	return rc < 0 ? err_wrap(e, "make the hello-world image") : 0;
}
