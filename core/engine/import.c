// SPDX-License-Identifier: MIT
#include "core/engine/import.h"
#include "core/engine/event.h"

#include "core/engine/bind.h"
#include "core/engine/decoder.h"
#include "core/fmt/change.h"
#include "core/fmt/platform.h"
#include "core/fmt/reference.h"
#include "core/os/clock.h"

static int read_name(const char *text, struct str *out, struct err *e)
{
	struct reference r;
	int rc = reference_parse(text, &r, e);

	if (rc < 0)
		return rc;
	if (r.digest[0])
		return err_set(e, EINVAL, "cannot import digest reference");
	if (strcmp(reference_familiar_name(r.name), "sha256") == 0)
		return err_set(e, EINVAL, "refusing to create an ambiguous tag using digest "
					  "algorithm as name");
	reference_default_tag(&r);
	reference_text(&r, out);
	return 0;
}

static void describe(const struct import_request *r, const char *created, const char *diff_id,
	struct image_config *c, struct image_history *h, struct arena *mem)
{
	c->os = r->os ? r->os : PLATFORM_OS;
	c->arch = r->arch ? r->arch : PLATFORM_ARCH;
	c->variant = r->variant ? r->variant : r->arch ? ""
						       : PLATFORM_VARIANT;
	c->created = created;
	c->comment = r->message;
	strv_add(&c->diff_ids, diff_id, mem);
	*h = (struct image_history){
		.created = created,
		.created_by = "",
		.author = "",
		.comment = r->message,
	};
	c->history = h;
	c->history_n = 1;
}

static int unpack(struct store *st, const struct import_request *r, struct layer_unpack **u,
	struct layer_info *info, struct err *e)
{
	auto_free char *buf = malloc(STREAM_CHUNK);
	int rc = layer_unpack_begin(st, &decoder_confined, NULL, u, e);
	ssize_t n;

	if (!buf)
		abort();
	while (rc == 0 && (n = read(r->fd, buf, STREAM_CHUNK)) != 0) {
		if (n < 0 && errno != EINTR)
			return err_sys(e, "read the archive");
		if (n <= 0)
			continue;
		progress_add(r->progress, (uint64_t)n);
		rc = layer_unpack_feed(*u, buf, n, e);
	}
	return rc < 0 ? rc : layer_unpack_end(*u, info, e);
}

int engine_import(struct store *st, const struct import_request *r,
	char id[static IMAGE_ID_LEN + 1], struct err *e)
{
	auto_arena struct arena mem = { 0 };
	auto_str struct str name = STR_INIT, config = STR_INIT;
	char created[CLOCK_TEXT_MAX], diff_id[DIGEST_TEXT + 1];
	struct bind b = { .st = st, .mem = &mem };
	struct layer_unpack *u = NULL;
	struct image_config c;
	struct image_history h;
	struct layer_info info;
	struct digest sum;
	int rc;

	imagecfg_init(&c);
	rc = change_apply(&c, &r->changes, &mem, e);
	if (rc == 0 && r->name)
		rc = read_name(r->name, &name, e);
	if (rc == 0)
		rc = unpack(st, r, &u, &info, e);
	if (rc == 0) {
		digest_text(&info.diffid, diff_id);
		describe(r, clock_format(r->now_ns, created), diff_id, &c, &h, &mem);
		imagecfg_write(&c, NULL, &config);
		bind_layer(&b, &u, &info.diffid);
		bind_image(&b, config.s, config.len, NULL, 0);
		b.images[0].made_here = name.len > 0;
		if (name.len)
			bind_name(&b, name.s);
		rc = bind_commit(&b, e);
	}
	if (rc == 0) {
		digest_of(&sum, config.s, config.len);
		digest_text(&sum, id);
		if (name.len)
			event_image(st, id, "tag", reference_familiar_name(name.s));
		event_image(st, id, "import", NULL);
	}
	bind_release(&b);
	layer_unpack_abort(u);
	return rc;
}
