// SPDX-License-Identifier: MIT
#include "core/store/image.h"

#include "core/fmt/digest.h"
#include "core/os/clock.h"
#include "core/store/blob.h"
#include "core/store/imagedoc.h"
#include "core/store/layer.h"

static int last_store(const struct store *st)
{
	return (int)st->extra_n;
}

/* --- finding -------------------------------------------------------------- */

/* The id on a name's line of images.json, without parsing the rest. */
static bool name_in_text(const struct str *text, const char *name, char *id)
{
	char line[REFERENCE_TEXT_MAX + 16];
	int len = snprintf(line, sizeof(line), "\n\"%s\":\"sha256:", name);
	const char *at = memmem(text->s, text->len, line, len);
	struct digest d;

	if (!at || (size_t)(text->s + text->len - at) < (size_t)len + DIGEST_HEX ||
		digest_parse(&d, at + len - 7, DIGEST_TEXT, NULL) < 0)
		return false;
	digest_text(&d, id);
	return true;
}

static bool id_in_text(const struct str *text, const char *id)
{
	char line[IMAGE_ID_LEN + 8];
	int len = snprintf(line, sizeof(line), "\n\"%s\":{", id);

	return memmem(text->s, text->len, line, len) != NULL;
}

/* The stored key of what a person wrote: a digest makes the tag not count. */
static void key_of(const struct reference *r, struct str *out)
{
	struct reference key = *r;

	if (key.digest[0])
		key.tag[0] = 0;
	reference_text(&key, out);
}

struct search {
	const char *name; /* canonical with tag or digest, or "" */
	const char *hex; /* what may begin an id, or NULL */
	char *id; /* out */
	int prefixes; /* different ids found so far that begin so */
};

static int search_exact(const struct store *st, struct search *s, enum imagedoc_found *how,
	struct err *e)
{
	auto_str struct str text = STR_INIT;
	char full[IMAGE_ID_LEN + 1];

	for (int where = -1; where < last_store(st); where++) {
		int rc = imagedoc_text(st, where, &text, e);

		if (rc < 0)
			return rc;
		if (s->hex && strlen(s->hex) == DIGEST_HEX) {
			snprintf(full, sizeof(full), "sha256:%s", s->hex);
			if (id_in_text(&text, full)) {
				strcpy(s->id, full);
				*how = FOUND_ID;
				return 1;
			}
		}
		if (s->name[0] && name_in_text(&text, s->name, s->id)) {
			*how = FOUND_NAME;
			return 1;
		}
	}
	return 0;
}

/* The slow way: names and ids of a damaged record, and id prefixes. */
static int search_doc(const struct store *st, struct search *s, enum imagedoc_found *how,
	struct err *e)
{
	const char *key;
	json_t *v;

	for (int where = -1; where < last_store(st); where++) {
		auto_imagedoc struct imagedoc d = { 0 };
		int rc = imagedoc_read(st, where, &d, e);

		if (rc < 0)
			return rc;
		v = json_object_get(d.names, s->name);
		if (v) {
			strcpy(s->id, json_string_value(v));
			*how = FOUND_NAME;
			return 1;
		}
		json_object_foreach(d.images, key, v)
		{
			if (!s->hex || strncmp(key + 7, s->hex, strlen(s->hex)) != 0)
				continue;
			s->prefixes += s->prefixes == 0 || strcmp(s->id, key) != 0;
			strcpy(s->id, key);
			*how = strlen(s->hex) == DIGEST_HEX ? FOUND_ID : FOUND_PREFIX;
		}
	}
	return s->prefixes;
}

int imagedoc_find(const struct store *st, const char *text, char id[static IMAGE_ID_LEN + 1],
	enum imagedoc_found *how, struct err *e)
{
	auto_str struct str name = STR_INIT;
	char found[IMAGE_ID_LEN + 1] = "";
	struct search s = { .id = found };
	struct reference r;
	struct err why = { 0 };
	bool hex = reference_is_hex(text, &s.hex);
	int rc = reference_parse(text, &r, &why);

	if (rc < 0 && !hex)
		return err_set(e, EINVAL, "%s", why.msg);
	if (rc == 0) {
		reference_default_tag(&r);
		key_of(&r, &name);
	}
	s.name = name.s;
	rc = search_exact(st, &s, how, e);
	if (rc == 0)
		rc = search_doc(st, &s, how, e);
	if (rc < 0)
		return rc;
	if (rc == 0)
		return err_set(e, ENOENT, "No such image: %s", text);
	if (s.prefixes > 1)
		return err_set(e, EEXIST, "several images have ids that begin with '%s'", text);
	strcpy(id, found);
	return 0;
}

int image_find(const struct store *st, const char *text, char id[static IMAGE_ID_LEN + 1],
	struct err *e)
{
	enum imagedoc_found how;

	return imagedoc_find(st, text, id, &how, e);
}

int image_config_bytes(const struct store *st, const char *id, struct str *out, struct err *e)
{
	struct digest d;
	int rc = digest_parse(&d, id, strlen(id), e);

	if (rc == 0)
		rc = blob_read(st, &d, JSON_BYTES_MAX, out, e);
	return rc < 0 ? err_wrap(e, "image %.19s is damaged", id) : 0;
}

int image_config(const struct store *st, const char *id, struct image_config *c, struct arena *mem,
	struct err *e)
{
	auto_str struct str bytes = STR_INIT;
	int rc = image_config_bytes(st, id, &bytes, e);

	if (rc < 0)
		return rc;
	rc = imagecfg_parse(bytes.s, bytes.len, c, mem, e);
	return rc < 0 ? err_wrap(e, "configuration of image %.19s", id) : 0;
}

/* --- listing -------------------------------------------------------------- */

static void fill_names(const struct imagedoc *d, struct image_info *info, struct arena *mem)
{
	const char *name;
	json_t *id;

	json_object_foreach(d->names, name, id)
	{
		if (strcmp(json_string_value(id), info->id) == 0)
			strv_add(&info->names, strv_dup(name, strlen(name), mem), mem);
	}
}

/* A field of a wrong type is a field that is not there: the record is ours. */
static void fill_info(const struct imagedoc *d, const char *id, json_t *v, int where,
	struct image_info *info, struct arena *mem)
{
	*info = (struct image_info){ .manifest = "", .created = "", .tagged = "", .parent = "",
		.where = where };
	strcpy(info->id, id);
	(void)!json_int(v, "size", &info->size, NULL);
	(void)!json_text(v, "manifest", &info->manifest, mem, NULL);
	(void)!json_text(v, "created", &info->created, mem, NULL);
	(void)!json_text(v, "tagged", &info->tagged, mem, NULL);
	(void)!json_text(v, "parent", &info->parent, mem, NULL);
	fill_names(d, info, mem);
}

static bool listed(const struct image_info *list, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i].id, id) == 0)
			return true;
	}
	return false;
}

int image_list(const struct store *st, struct image_info **list, size_t *n, struct arena *mem,
	struct err *e)
{
	struct image_info *all = NULL;
	size_t count = 0;

	for (int where = -1; where < last_store(st); where++) {
		auto_imagedoc struct imagedoc d = { 0 };
		int rc = imagedoc_read(st, where, &d, e);
		struct image_info *more;
		const char *id;
		json_t *v;

		if (rc < 0)
			return rc;
		more = arena_get(mem, (count + json_object_size(d.images) + 1) * sizeof(*more));
		if (count)
			memcpy(more, all, count * sizeof(*more));
		all = more;
		json_object_foreach(d.images, id, v)
		{
			if (where < 0 || !listed(all, count, id))
				fill_info(&d, id, v, where, &all[count++], mem);
		}
	}
	*list = all;
	*n = count;
	return 0;
}

int image_info(const struct store *st, const char *id, struct image_info *info, struct arena *mem,
	struct err *e)
{
	for (int where = -1; where < last_store(st); where++) {
		auto_imagedoc struct imagedoc d = { 0 };
		int rc = imagedoc_read(st, where, &d, e);
		json_t *v;

		if (rc < 0)
			return rc;
		v = json_object_get(d.images, id);
		if (v) {
			fill_info(&d, id, v, where, info, mem);
			return 0;
		}
	}
	return err_set(e, ENOENT, "No such image: %s", id);
}

/* --- adding --------------------------------------------------------------- */

/* Bytes of all layers; each must be in the store. */
static int sum_layers(const struct store *st, const struct image_config *c, int64_t *size,
	struct err *e)
{
	struct layer_info info;
	struct digest d;

	*size = 0;
	for (size_t i = 0; i < c->diff_ids.n; i++) {
		const char *text = c->diff_ids.v[i];
		int rc = digest_parse(&d, text, strlen(text), e);

		if (rc < 0)
			return rc;
		if (!layer_exists(st, &d))
			return err_set(e, ESTALE, "layer %.19s is not in the store (was it "
						  "removed meanwhile?)",
				text);
		rc = layer_info(st, &d, &info, e);
		if (rc < 0)
			return err_wrap(e, "layer %.19s", text);
		*size += info.size;
	}
	return 0;
}

static void put_now(json_t *entry, const char *key)
{
	char text[CLOCK_TEXT_MAX];

	json_put_text(entry, key, clock_format(clock_real_ns(), text));
}

static void put_name(struct imagedoc *d, const char *name, const char *id, image_moved_fn *moved,
	void *arg)
{
	const json_t *old = json_object_get(d->names, name);

	if (old && strcmp(json_string_value(old), id) != 0 && moved)
		moved(arg, name, json_string_value(old));
	json_put_text(d->names, name, id);
}

/* A blob of this name that is no longer what its name says gives way to the good one. */
static int put_blob(const struct store *st, const char *data, size_t len, char *text,
		    struct err *e)
{
	auto_str struct str old = STR_INIT;
	struct digest sum;

	digest_of(&sum, data, len);
	digest_text(&sum, text);
	if (blob_read(st, &sum, JSON_BYTES_MAX, &old, NULL) == -EBADMSG)
		(void)!blob_remove(st, &sum, NULL);
	return blob_put(st, data, len, &sum, e);
}

/* Blobs and the entry of one image. */
static int put_image(const struct store *st, struct imagedoc *d, const struct image_new *in,
	char id[static IMAGE_ID_LEN + 1], struct err *e)
{
	auto_arena struct arena mem = { 0 };
	char manifest[DIGEST_TEXT + 1];
	struct image_config c;
	int64_t size = 0;
	json_t *entry;
	int rc = imagecfg_parse(in->config, in->config_len, &c, &mem, e);

	if (rc == 0)
		rc = sum_layers(st, &c, &size, e);
	if (rc == 0)
		rc = put_blob(st, in->config, in->config_len, id, e);
	if (rc < 0)
		return rc;
	entry = json_object_get(d->images, id);
	if (!entry) {
		entry = json_object();
		json_put(d->images, id, entry);
	}
	json_put_int(entry, "size", size);
	json_put_text(entry, "created", c.created);
	if (in->parent)
		json_put_text(entry, "parent", in->parent);
	if (in->manifest) {
		rc = put_blob(st, in->manifest, in->manifest_len, manifest, e);
		if (rc == 0)
			json_put_text(entry, "manifest", manifest);
	}
	return rc;
}

/* After a failure: blobs of images that the record on disk does not have. */
static void undo_blobs(const struct store *st, const struct image_new *in, size_t n)
{
	auto_imagedoc struct imagedoc d = { 0 };
	char id[DIGEST_TEXT + 1];
	struct digest sum;

	if (imagedoc_read(st, -1, &d, NULL) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		digest_of(&sum, in[i].config, in[i].config_len);
		digest_text(&sum, id);
		if (json_object_get(d.images, id))
			continue;
		(void)!blob_remove(st, &sum, NULL);
		digest_of(&sum, in[i].manifest, in[i].manifest_len);
		if (in[i].manifest)
			(void)!blob_remove(st, &sum, NULL);
	}
}

int image_add(const struct store *st, const struct image_new *in, size_t n, image_moved_fn *moved,
	void *arg, char (*ids)[IMAGE_ID_LEN + 1], struct err *e)
{
	auto_imagedoc struct imagedoc d = { 0 };
	char id[IMAGE_ID_LEN + 1];
	int rc = imagedoc_read(st, -1, &d, e);

	for (size_t i = 0; i < n && rc == 0; i++) {
		rc = put_image(st, &d, &in[i], id, e);
		for (size_t k = 0; rc == 0 && k < in[i].names.n; k++)
			put_name(&d, in[i].names.v[k], id, moved, arg);
		if (rc == 0 && in[i].made_here)
			put_now(json_object_get(d.images, id), "tagged");
		if (ids && rc == 0)
			strcpy(ids[i], id);
	}
	if (rc == 0)
		rc = imagedoc_write(st, &d, e);
	if (rc < 0)
		undo_blobs(st, in, n);
	return rc;
}

/* An image that only a read-only store has gets an entry here, to be named here. */
static int adopt(const struct store *st, struct imagedoc *d, const char *id, struct err *e)
{
	auto_arena struct arena mem = { 0 };
	struct image_info info;
	json_t *entry;
	int rc = image_info(st, id, &info, &mem, e);

	if (rc < 0)
		return rc;
	entry = json_object();
	json_put_int(entry, "size", info.size);
	json_put_text(entry, "created", info.created);
	json_put(d->images, id, entry);
	return 0;
}

int image_tag(const struct store *st, const char *id, const struct reference *name, struct err *e)
{
	auto_imagedoc struct imagedoc d = { 0 };
	auto_str struct str key = STR_INIT;
	auto_close int lock = -1;
	int rc;

	if (strcmp(name->name, "docker.io/library/sha256") == 0)
		return err_set(e, EINVAL, "refusing to create an ambiguous tag using digest "
					  "algorithm as name");
	lock = store_lock(st, STORE_EXCLUSIVE, e);
	if (lock < 0)
		return lock;
	rc = imagedoc_read(st, -1, &d, e);
	if (rc == 0 && !json_object_get(d.images, id))
		rc = adopt(st, &d, id, e);
	if (rc < 0)
		return rc;
	key_of(name, &key);
	put_name(&d, key.s, id, NULL, NULL);
	put_now(json_object_get(d.images, id), "tagged");
	return imagedoc_write(st, &d, e);
}

int image_repair(const struct store *st, struct err *e)
{
	auto_imagedoc struct imagedoc d = { 0 };
	auto_close int lock = store_lock(st, STORE_EXCLUSIVE, e);
	int rc = lock < 0 ? lock : imagedoc_read(st, -1, &d, e);

	if (rc < 0 || !d.damaged)
		return rc;
	rc = imagedoc_write(st, &d, e);
	return rc < 0 ? rc : 1;
}
