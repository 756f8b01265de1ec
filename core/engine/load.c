// SPDX-License-Identifier: MIT
#include "core/engine/load.h"
#include "core/engine/event.h"

#include "core/engine/bind.h"
#include "core/engine/members.h"
#include "core/fmt/imagecfg.h"
#include "core/fmt/json.h"
#include "core/fmt/manifest.h"
#include "core/fmt/platform.h"
#include "core/fmt/reference.h"

enum {
	IMAGES_MAX = 1024, /* in one archive */
	TAGS_MAX = 4096, /* of one image */
	INDEX_DEPTH_MAX = 4, /* an index inside an index … */
	PARSED_MAX = MEMBERS_TEXT_MAX, /* bytes of JSON: a thousand images may share a member */
	BLOB_NAME = 13 + DIGEST_HEX + 1,
};

struct load {
	struct members m;
	struct bind b;
	size_t parsed; /* bytes of JSON so far */
	load_event_fn *event;
	void *arg;
};

static void say(const struct load *l, enum load_event_kind kind, const char *text, const char *id,
	int64_t bytes)
{
	struct load_event ev = { kind, text, id, bytes };

	if (l->event)
		l->event(l->arg, &ev);
}

static void on_layer(void *arg, const struct layer_info *info)
{
	char text[DIGEST_TEXT + 1];

	digest_text(&info->diffid, text);
	say(arg, LOAD_LAYER, text, "", info->size);
}

/* --- what both kinds of archive share -------------------------------------- */

static struct member *need(const struct members *m, const char *name, enum member_kind kind,
	struct err *e)
{
	struct member *f = members_find(m, name);

	if (!f)
		err_set(e, EBADMSG, "'%.128s' is not in the archive", name);
	else if (f->kind != kind)
		err_set(e, EBADMSG, "'%.128s' is not %s%s%s", name,
			kind == MEMBER_JSON ? "JSON" : "a layer", f->why ? ": " : "",
			f->why ? f->why : "");
	return f && f->kind == kind ? f : NULL;
}

/* What is parsed stays in memory, so it is counted, each time anew. */
static int count_parsed(struct load *l, const struct member *f, struct err *e)
{
	l->parsed += f->len;
	return l->parsed <= PARSED_MAX ? 0 :
		err_set(e, E2BIG, "images of more than %d MiB of JSON", PARSED_MAX >> 20);
}

/* A layer belongs to the image when it is what the configuration says at this place. */
static int use_layer(struct load *l, struct member *f, const char *want, size_t i, struct err *e)
{
	char got[DIGEST_TEXT + 1];

	digest_text(&f->info.diffid, got);
	if (strcmp(got, want) != 0)
		return err_set(e, EBADMSG, "invalid diffID for layer %zu: expected \"%s\", "
					   "got \"%s\"",
			i, want, got);
	bind_layer(&l->b, &f->unpack, &f->info.diffid);
	return 0;
}

static int check_config(struct load *l, const struct member *f, size_t layers,
	struct image_config *c, struct err *e)
{
	int rc = count_parsed(l, f, e);

	if (rc == 0)
		rc = imagecfg_parse(f->text, f->len, c, &l->m.mem, e);
	if (rc < 0)
		return err_wrap(e, "%.80s", f->name);
	if (c->os[0] && strcmp(c->os, PLATFORM_OS) != 0)
		return err_set(e, ENOTSUP, "cannot load %.32s image on " PLATFORM_OS, c->os);
	if (layers != c->diff_ids.n)
		return err_set(e, EBADMSG, "invalid manifest, layers length mismatch: expected "
					   "%zu, got %zu",
			c->diff_ids.n, layers);
	return 0;
}

static int use_name(struct load *l, const char *text, struct err *e)
{
	auto_str struct str full = STR_INIT;
	struct reference r;
	int rc = reference_parse(text, &r, e);

	if (rc < 0)
		return err_wrap(e, "tag '%.80s'", text);
	if (r.digest[0] || strcmp(reference_familiar_name(r.name), "sha256") == 0)
		return err_set(e, EBADMSG, "invalid tag \"%.160s\"", text);
	reference_default_tag(&r);
	reference_text(&r, &full);
	bind_name(&l->b, full.s);
	return 0;
}

/* --- docker-archive ------------------------------------------------------- */

/* A configuration whose name is a digest must have it. */
static int check_name(const struct member *f, struct err *e)
{
	const char *slash = strrchr(f->name, '/'), *base = slash ? slash + 1 : f->name;
	struct digest said;

	if (digest_parse_hex(&said, base, strcspn(base, "."), NULL) == 0 &&
		!digest_equal(&said, &f->digest))
		return err_set(e, EBADMSG, "'%.80s' does not have the digest in its name", f->name);
	return 0;
}

static int docker_image(struct load *l, const json_t *v, struct err *e)
{
	struct arena *mem = &l->m.mem;
	struct strv tags = { 0 }, layers = { 0 };
	const char *config = "";
	struct image_config c;
	struct member *f;
	int rc = json_is_object(v) ? 0 : err_set(e, EBADMSG, "is not an object");

	if (rc == 0)
		rc = json_text(v, "Config", &config, mem, e);
	if (rc == 0)
		rc = json_strv(v, "RepoTags", &tags, mem, e);
	if (rc == 0)
		rc = json_strv(v, "Layers", &layers, mem, e);
	if (rc == 0 && tags.n > TAGS_MAX)
		rc = err_set(e, E2BIG, "RepoTags has more than %d entries", TAGS_MAX);
	if (rc < 0)
		return rc;
	f = need(&l->m, config, MEMBER_JSON, e);
	if (!f)
		return -e->code;
	rc = check_name(f, e);
	if (rc == 0)
		rc = check_config(l, f, layers.n, &c, e);
	if (rc < 0)
		return rc;
	bind_image(&l->b, f->text, f->len, NULL, 0);
	for (size_t i = 0; i < layers.n && rc == 0; i++) {
		f = need(&l->m, layers.v[i], MEMBER_LAYER, e);
		rc = f ? use_layer(l, f, c.diff_ids.v[i], i, e) : -e->code;
	}
	for (size_t i = 0; i < tags.n && rc == 0; i++)
		rc = use_name(l, tags.v[i], e);
	return rc;
}

static int docker_archive(struct load *l, const struct member *f, struct err *e)
{
	auto_json json_t *doc = json_parse(f->text, f->len, JSON_BYTES_MAX, e);
	json_t *v;
	size_t i;
	int rc;

	if (!doc)
		return err_wrap(e, "%s", f->name);
	if (!json_is_array(doc))
		return err_set(e, EBADMSG, "%s is not a list", f->name);
	if (json_array_size(doc) > IMAGES_MAX)
		return err_set(e, E2BIG, "more than %d images in the archive", IMAGES_MAX);
	json_array_foreach(doc, i, v)
	{
		rc = docker_image(l, v, e);
		if (rc < 0)
			return err_wrap(e, "%s[%zu]", f->name, i);
	}
	return 0;
}

/* --- OCI ------------------------------------------------------------------ */

static struct member *blob(struct load *l, const struct descriptor *d, enum member_kind kind,
	struct err *e)
{
	char name[BLOB_NAME + 1], got[DIGEST_TEXT + 1];
	struct member *f;
	int64_t size;

	snprintf(name, sizeof(name), "blobs/sha256/%.64s", d->digest + 7);
	f = need(&l->m, name, kind, e);
	if (!f)
		return NULL;
	digest_text(kind == MEMBER_JSON ? &f->digest : &f->info.blob, got);
	size = kind == MEMBER_JSON ? (int64_t)f->len : (int64_t)f->info.blob_size;
	if (strcmp(got, d->digest) == 0 && size == d->size)
		return f;
	err_set(e, EBADMSG, "blob %s does not have the digest and size it should", d->digest);
	return NULL;
}

/* ref.name is free text: a whole name, a bare repository, or (by OCI's own tools) just a tag. */
static int oci_name(struct load *l, const struct descriptor *d, struct err *e)
{
	struct reference r;

	if (d->image_name[0])
		return use_name(l, d->image_name, e);
	if (!d->ref_name[0] || strcmp(d->ref_name, "latest") == 0)
		return 0;
	if (!strpbrk(d->ref_name, "/:") && reference_parse(d->ref_name, &r, NULL) < 0)
		return 0;
	return use_name(l, d->ref_name, e);
}

static int oci_image(struct load *l, const struct member *doc, const struct manifest *man,
	const struct descriptor *d, struct err *e)
{
	struct image_config c;
	struct member *f = blob(l, &man->config, MEMBER_JSON, e);
	int rc = f ? check_config(l, f, man->n, &c, e) : -e->code;

	if (rc < 0)
		return rc;
	bind_image(&l->b, f->text, f->len, doc->text, doc->len);
	for (size_t i = 0; i < man->n && rc == 0; i++) {
		f = blob(l, &man->entries[i], MEMBER_LAYER, e);
		rc = f ? use_layer(l, f, c.diff_ids.v[i], i, e) : -e->code;
	}
	return rc < 0 ? rc : oci_name(l, d, e);
}

static int oci_index(struct load *l, const struct manifest *man, int depth, struct err *e);

/* One entry of the top index: an image, or an index of which one image fits here. */
static int oci_entry(struct load *l, const struct descriptor *d, int depth, struct err *e)
{
	struct member *f = blob(l, d, MEMBER_JSON, e);
	const struct descriptor *fit;
	struct descriptor named;
	struct manifest man;
	int rc = f ? count_parsed(l, f, e) : -e->code;

	if (rc == 0)
		rc = manifest_parse(f->text, f->len, d->media_type, &man, &l->m.mem, e);
	if (rc < 0)
		return err_wrap(e, "%.19s", d->digest);
	if (man.kind == MANIFEST_IMAGE)
		return oci_image(l, f, &man, d, e);
	if (depth == INDEX_DEPTH_MAX)
		return err_set(e, E2BIG, "index nested deeper than %d", INDEX_DEPTH_MAX);
	fit = manifest_choose(&man, PLATFORM_OS, PLATFORM_ARCH, PLATFORM_VARIANT);
	if (!fit && man.n == 1)
		fit = &man.entries[0];
	if (!fit)
		return err_set(e, ENOENT, "no image for " PLATFORM_OS "/" PLATFORM_ARCH " in the "
					  "archive");
	named = *fit;
	named.ref_name = d->ref_name;
	named.image_name = d->image_name;
	return oci_entry(l, &named, depth + 1, e);
}

/* Is there another entry of the same name that fits this machine better? */
static bool is_other_platform(const struct manifest *man, const struct descriptor *d)
{
	const struct descriptor *fit = manifest_choose(man, PLATFORM_OS, PLATFORM_ARCH,
		PLATFORM_VARIANT);

	if (strcmp(d->os, "unknown") == 0) /* attestations */
		return true;
	return d->arch[0] && fit && fit != d && strcmp(fit->ref_name, d->ref_name) == 0;
}

static int oci_index(struct load *l, const struct manifest *man, int depth, struct err *e)
{
	int rc = 0;

	if (man->n > IMAGES_MAX)
		return err_set(e, E2BIG, "more than %d images in the archive", IMAGES_MAX);
	for (size_t i = 0; i < man->n && rc == 0; i++) {
		if (!is_other_platform(man, &man->entries[i]))
			rc = oci_entry(l, &man->entries[i], depth, e);
	}
	return rc;
}

static int oci_archive(struct load *l, const struct member *f, struct err *e)
{
	struct manifest man;
	int rc = manifest_parse(f->text, f->len, "", &man, &l->m.mem, e);

	if (rc < 0)
		return err_wrap(e, "%s", f->name);
	if (man.kind != MANIFEST_INDEX)
		return err_set(e, EBADMSG, "%s is not an index", f->name);
	return oci_index(l, &man, 0, e);
}

/* --- all of it ------------------------------------------------------------ */

static int find_images(struct load *l, struct err *e)
{
	const struct member *docker = members_find(&l->m, "manifest.json");
	const struct member *oci = members_find(&l->m, "index.json");

	/* Some writers put both; then they say the same, and the first says the names. */
	if (docker && docker->kind == MEMBER_JSON)
		return docker_archive(l, docker, e);
	if (oci && oci->kind == MEMBER_JSON)
		return oci_archive(l, oci, e);
	return err_set(e, EBADMSG, "not an archive of images: no manifest.json and no index.json "
				   "in it");
}

static void on_moved(void *arg, const char *name, const char *old_id)
{
	say(arg, LOAD_RENAMED, reference_familiar_name(name), old_id, 0);
}

static void on_image(void *arg, const struct image_new *in, const char *id)
{
	struct load *l = arg;

	event_image(l->m.st, id, "load", NULL);
	for (size_t i = 0; i < in->names.n; i++)
		say(arg, LOAD_IMAGE, reference_familiar_name(in->names.v[i]), id, 0);
	if (in->names.n == 0)
		say(arg, LOAD_IMAGE_ID, "", id, 0);
}

int engine_load(struct store *st, int fd, load_event_fn *event, void *arg,
	struct progress *progress, struct err *e)
{
	struct load l = { .m = { .st = st, .layer = on_layer, .progress = progress },
			  .event = event, .arg = arg };
	struct err own = { 0 };
	int rc;

	l.m.arg = &l;
	l.b = (struct bind){ .st = st, .mem = &l.m.mem, .moved = on_moved, .image = on_image,
		.arg = &l };
	rc = members_read(&l.m, fd, &own);
	if (rc == 0)
		rc = find_images(&l, &own);
	if (rc == 0)
		rc = bind_commit(&l.b, &own);
	bind_release(&l.b);
	members_release(&l.m);
	return rc < 0 ? err_set(e, own.code, "%s", own.msg) : 0;
}
