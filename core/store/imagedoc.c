// SPDX-License-Identifier: MIT
#include "core/store/imagedoc.h"

#include "core/fmt/digest.h"
#include "core/os/dir.h"
#include "core/os/file.h"
#include "core/store/blob.h"
#include "core/store/layer.h"

enum { VERSION = 1 };
#define FILE_NAME "images.json"

void imagedoc_release(struct imagedoc *d)
{
	json_decref(d->doc);
	*d = (struct imagedoc){ 0 };
}

static void empty(struct imagedoc *d)
{
	d->doc = json_object();
	d->names = json_object();
	d->images = json_object();
	json_put_int(d->doc, "version", VERSION);
	json_put(d->doc, "names", d->names);
	json_put(d->doc, "images", d->images);
}

static int dir_of(const struct store *st, int where)
{
	return where < 0 ? st->root_fd : st->extra[where].fd;
}

int imagedoc_text(const struct store *st, int where, struct str *out, struct err *e)
{
	struct err why = { 0 };
	int rc = file_read_at(dir_of(st, where), FILE_NAME, IMAGES_JSON_MAX, out, &why);

	return rc == -ENOENT ? 0 : rc < 0 ? err_set(e, why.code, "%s", why.msg)
					  : 0;
}

/* --- a damaged one -------------------------------------------------------- */

static bool is_id(const char *s, size_t len)
{
	struct digest d;

	return digest_parse(&d, s, len, NULL) == 0;
}

/* "NAME":"sha256:…" as imagedoc_write puts it on a line of its own. */
static void salvage_name(struct imagedoc *d, const char *line, size_t len)
{
	char name[REFERENCE_TEXT_MAX + 1];
	const char *sep = memmem(line, len, "\":\"", 3);
	struct reference r;
	size_t n;

	if (len < 4 || line[0] != '"' || !sep || (n = sep - line - 1) >= sizeof(name))
		return;
	if (len - n - 4 < IMAGE_ID_LEN || !is_id(sep + 3, IMAGE_ID_LEN) ||
	    sep[3 + IMAGE_ID_LEN] != '"')
		return;
	memcpy(name, line + 1, n);
	name[n] = 0;
	if (reference_parse(name, &r, NULL) == 0)
		json_put(d->names, name, json_stringn(sep + 3, IMAGE_ID_LEN));
}

static bool is_whole(const struct store *st, const struct image_config *c)
{
	struct digest d;

	for (size_t i = 0; i < c->diff_ids.n; i++) {
		if (digest_parse(&d, c->diff_ids.v[i], strlen(c->diff_ids.v[i]), NULL) < 0 ||
			!layer_exists(st, &d))
			return false;
	}
	return c->diff_ids.n > 0;
}

/* A blob that is the configuration of an image whose layers are all here is an image. */
static void salvage_blob(const struct store *st, struct imagedoc *d, const char *hex)
{
	auto_arena struct arena mem = { 0 };
	struct image_config c;
	char id[IMAGE_ID_LEN + 1];
	struct digest sum;
	json_t *entry;

	if (digest_parse_hex(&sum, hex, strlen(hex), NULL) < 0)
		return;
	digest_text(&sum, id);
	if (image_config(st, id, &c, &mem, NULL) < 0 || !is_whole(st, &c))
		return;
	entry = json_object();
	json_put_text(entry, "created", c.created);
	json_put(d->images, id, entry);
}

static void salvage(const struct store *st, int where, const struct str *text, struct imagedoc *d)
{
	auto_dir struct dir blobs = DIR_INIT;
	const char *line = text->s, *end = text->s + text->len, *name;
	json_t *id;
	void *next;

	empty(d);
	d->damaged = true;
	for (; line < end; line += strcspn(line, "\n") + 1)
		salvage_name(d, line, strcspn(line, "\n"));
	if (dir_open(&blobs, dir_of(st, where), "blobs/sha256", NULL) == 0) {
		while ((name = dir_next(&blobs)) != NULL)
			salvage_blob(st, d, name);
	}
	json_object_foreach_safe(d->names, next, name, id)
	{
		if (!json_object_get(d->images, json_string_value(id)))
			json_object_del(d->names, name);
	}
}

/* --- read and write ------------------------------------------------------- */

/* Everything that later code relies on: types, digests as ids, no name without an image. */
static bool is_sound(const struct imagedoc *d)
{
	const char *key;
	json_t *v;

	json_object_foreach(d->images, key, v)
	{
		if (!json_is_object(v) || !is_id(key, strlen(key)))
			return false;
	}
	json_object_foreach(d->names, key, v)
	{
		if (!json_is_string(v) || !json_object_get(d->images, json_string_value(v)))
			return false;
	}
	return true;
}

int imagedoc_read(const struct store *st, int where, struct imagedoc *d, struct err *e)
{
	auto_str struct str text = STR_INIT;
	int64_t version = 0;
	int rc = imagedoc_text(st, where, &text, e);

	*d = (struct imagedoc){ 0 };
	if (rc < 0)
		return rc;
	if (text.len == 0 && faccessat(dir_of(st, where), FILE_NAME, F_OK, 0) < 0) {
		empty(d);
		return 0;
	}
	d->doc = json_parse(text.s, text.len, IMAGES_JSON_MAX, NULL);
	if (d->doc && json_int(d->doc, "version", &version, NULL) == 0 && version > VERSION) {
		imagedoc_release(d);
		return err_set(e, ENOTSUP, FILE_NAME " is of a later version (%lld)",
			(long long)version);
	}
	if (d->doc && version == VERSION &&
		json_object_at(d->doc, "names", &d->names, NULL) == 0 && d->names &&
		json_object_at(d->doc, "images", &d->images, NULL) == 0 && d->images && is_sound(d))
		return 0;
	imagedoc_release(d);
	salvage(st, where, &text, d);
	return 0;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Members of a map, one a line, sorted. */
static void print_lines(json_t *map, struct str *out)
{
	auto_free const char **keys = calloc(json_object_size(map) + 1, sizeof(*keys));
	const char *key;
	size_t n = 0;
	json_t *v;

	if (!keys)
		abort();
	json_object_foreach(map, key, v)
		keys[n++] = key;
	qsort(keys, n, sizeof(*keys), by_bytes);
	for (size_t i = 0; i < n; i++) {
		str_addf(out, "%s\n\"%s\":", i ? "," : "", keys[i]);
		json_print(json_object_get(map, keys[i]), JSON_PLAIN, out);
	}
}

int imagedoc_write(const struct store *st, const struct imagedoc *d, struct err *e)
{
	auto_str struct str out = STR_INIT;

	str_addf(&out, "{\"version\":%d,\n\"names\":{", VERSION);
	print_lines(d->names, &out);
	str_puts(&out, "\n},\n\"images\":{");
	print_lines(d->images, &out);
	str_puts(&out, "\n}}\n");
	if (out.len > IMAGES_JSON_MAX)
		return err_set(e, E2BIG, FILE_NAME " would grow past %d bytes", IMAGES_JSON_MAX);
	return file_write_atomic(st->root_fd, FILE_NAME, out.s, out.len, 0600, FILE_SYNC, e);
}
