// SPDX-License-Identifier: MIT
#include "core/engine/save.h"
#include "core/engine/event.h"

#include "core/fmt/tar.h"
#include "core/os/clock.h"
#include "core/os/file.h"
#include "core/store/image.h"
#include "core/store/layer.h"

enum { OUT_BUFFER = 64 << 10,
	NS = 1000000000 };

/* One member of the archive, made in memory but for layers. */
struct item {
	const char *name;
	char *text; /* owned: a small file; NULL for the others */
	const char *link; /* a symbolic link to another layer's tar; NULL for the others */
	struct digest diffid; /* of a layer */
	int64_t mtime; /* seconds since 1970 */
	uint8_t type; /* enum tar_type */
};

struct saved {
	char id[IMAGE_ID_LEN + 1];
	struct strv tags; /* canonical */
};

struct save {
	const struct store *st;
	struct arena mem;
	struct saved *images; /* owned */
	size_t images_n;
	struct item *items; /* owned */
	size_t items_n;
	json_t *manifest, *repositories; /* owned */
	json_t *paths; /* owned: diff id → directory that has its tar */
	int fd;
	struct progress *progress; /* borrowed, or NULL */
	char *buf; /* owned */
	size_t buf_len;
};

/* --- which images --------------------------------------------------------- */

static void add_image(struct save *s, const char *id, const char *name)
{
	struct saved *im = NULL;

	for (size_t i = 0; i < s->images_n && !im; i++) {
		if (strcmp(s->images[i].id, id) == 0)
			im = &s->images[i];
	}
	if (!im) {
		s->images = realloc(s->images, (s->images_n + 1) * sizeof(*s->images));
		if (!s->images)
			abort();
		im = &s->images[s->images_n++];
		*im = (struct saved){ 0 };
		strcpy(im->id, id);
	}
	if (name && !strchr(name, '@') && !strv_has(&im->tags, name))
		strv_add(&im->tags, name, &s->mem);
}

/* All tags of a bare repository name. Returns how many. */
static int add_repo(struct save *s, const struct reference *r, struct err *e)
{
	struct image_info *list;
	size_t n, len = strlen(r->name);
	int rc = image_list(s->st, &list, &n, &s->mem, e), found = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		for (size_t k = 0; k < list[i].names.n; k++) {
			const char *name = list[i].names.v[k];

			if (strncmp(name, r->name, len) != 0 ||
			    (name[len] != ':' && name[len] != '@'))
				continue;
			add_image(s, list[i].id, name);
			found++;
		}
	}
	return rc < 0 ? rc : found;
}

static int add_ref(struct save *s, const char *text, struct err *e)
{
	auto_str struct str name = STR_INIT;
	char id[IMAGE_ID_LEN + 1];
	struct reference r;
	struct err why = { 0 };
	bool named = reference_parse(text, &r, &why) == 0;
	int rc = 0;

	if (named && !r.tag[0] && !r.digest[0])
		rc = add_repo(s, &r, e);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	rc = image_find(s->st, text, id, e);
	if (rc == -ENOENT && named && r.tag[0])
		return err_set(e, ENOENT, "reference does not exist");
	if (rc < 0)
		return rc;
	if (named && r.tag[0] && strcmp(reference_familiar_name(r.name), "sha256") != 0)
		reference_text(&r, &name);
	add_image(s, id, name.len ? strv_dup(name.s, name.len, &s->mem) : NULL);
	return 0;
}

/* --- what goes into the archive ------------------------------------------- */

static struct item *add_item(struct save *s, uint8_t type, int64_t mtime, const char *fmt,
	const char *a)
{
	auto_str struct str name = STR_INIT;
	struct item *it;

	str_addf(&name, "%s%s", a, fmt);
	s->items = realloc(s->items, (s->items_n + 1) * sizeof(*s->items));
	if (!s->items)
		abort();
	it = &s->items[s->items_n++];
	*it = (struct item){ .name = strv_dup(name.s, name.len, &s->mem), .type = type,
		.mtime = mtime };
	return it;
}

static void add_json(struct save *s, const char *name, const char *dir, int64_t mtime,
	const json_t *v, unsigned how, const char *end)
{
	auto_str struct str out = STR_INIT;

	json_print(v, how, &out);
	str_puts(&out, end);
	add_item(s, TAR_FILE, mtime, name, dir)->text = str_take(&out);
}

static void put_os(json_t *v, const struct image_config *c)
{
	json_put_text(v, "os", c->os[0] ? c->os : "linux");
}

/* The layer as Docker before 1.10 described images. Its id is the digest of this with the keys
 * sorted, the stack's digest in it, and without its own id (and, for lower layers, without the
 * "os" that their description has). */
static json_t *old_image(const struct image_config *c, const json_t *doc, bool top)
{
	static const char *const copied[] = { "comment", "created", "container" };
	struct image_config none, cc;
	auto_arena struct arena mem = { 0 };
	auto_json json_t *part = json_object();
	json_t *old = json_object_get(doc, "container_config"), *v = json_object();

	imagecfg_init(&none);
	imagecfg_init(&cc);
	if (!top)
		json_put_text(v, "created", "1970-01-01T00:00:00Z");
	for (size_t i = 0; top && i < countof(copied); i++) {
		json_t *text = json_object_get(doc, copied[i]);

		if (json_is_string(text) && json_string_length(text))
			json_put(v, copied[i], json_incref(text));
	}
	if (top && old)
		json_put(part, "config", json_incref(old));
	if (!json_is_object(old) || imagecfg_read(part, &cc, &mem, NULL) < 0)
		cc = none;
	json_put(v, "container_config", imagecfg_config(&cc, top ? old : NULL));
	if (top) {
		if (c->docker_version[0])
			json_put_text(v, "docker_version", c->docker_version);
		if (c->author[0])
			json_put_text(v, "author", c->author);
		json_put(v, "config", imagecfg_config(c, json_object_get(doc, "config")));
		json_put_text(v, "architecture", c->arch);
		if (c->variant[0])
			json_put_text(v, "variant", c->variant);
	}
	if (top)
		put_os(v, c);
	return v;
}

/* Sorted at the first level only, as Go sorts a map of raw values. */
static void old_id(const json_t *v, const char *chain, const char *parent, char *hex)
{
	static const char *const order[] = {
		"architecture",
		"author",
		"comment",
		"config",
		"container",
		"container_config",
		"created",
		"docker_version",
		"layer_id",
		"os",
		"parent",
		"variant",
	};
	auto_json json_t *sorted = json_object();
	auto_str struct str out = STR_INIT;
	struct digest d;

	for (size_t i = 0; i < countof(order); i++) {
		json_t *part = json_object_get(v, order[i]);

		if (part)
			json_put(sorted, order[i], json_incref(part));
		else if (strcmp(order[i], "layer_id") == 0)
			json_put_text(sorted, order[i], chain);
		else if (strcmp(order[i], "parent") == 0 && parent[0])
			json_put_text(sorted, order[i], parent);
	}
	json_print(sorted, JSON_HTML, &out);
	digest_of(&d, out.s, out.len);
	digest_hex(&d, hex);
}

/* Docker's member "json": id and parent first. */
static json_t *with_ids(json_t *v, const struct image_config *c, const char *hex,
	const char *parent)
{
	json_t *out = json_object(), *part;
	const char *key;

	json_put_text(out, "id", hex);
	if (parent[0])
		json_put_text(out, "parent", parent + 7);
	json_object_foreach(v, key, part)
		json_put(out, key, json_incref(part));
	put_os(out, c);
	return out;
}

static bool has_item(const struct save *s, const char *dir)
{
	for (size_t i = 0; i < s->items_n; i++) {
		if (s->items[i].type == TAR_DIR && strncmp(s->items[i].name, dir, DIGEST_HEX) == 0)
			return true;
	}
	return false;
}

/* The directory of one layer: its tar once in an archive, a link the next time. */
static int add_layer(struct save *s, const char *hex, const char *diff_id, const json_t *v,
	int64_t mtime, struct err *e)
{
	const json_t *old = json_object_get(s->paths, diff_id);
	auto_str struct str link = STR_INIT;
	struct item *it;

	if (has_item(s, hex))
		return 0;
	add_item(s, TAR_DIR, mtime, "/", hex);
	it = add_item(s, TAR_FILE, mtime, "/VERSION", hex);
	it->text = strdup("1.0");
	add_json(s, "/json", hex, mtime, v, JSON_HTML, "");
	it = add_item(s, old ? TAR_SYMLINK : TAR_FILE, mtime, "/layer.tar", hex);
	if (old) {
		str_addf(&link, "../%s/layer.tar", json_string_value(old));
		it->link = strv_dup(link.s, link.len, &s->mem);
		return 0;
	}
	json_put_text(s->paths, diff_id, hex);
	return digest_parse(&it->diffid, diff_id, strlen(diff_id), e);
}

static json_t *add_layers(struct save *s, const struct image_config *c, const json_t *doc,
	int64_t mtime, char *hex, struct err *e)
{
	struct digest chain[IMAGE_LAYERS_MAX];
	char parent[IMAGE_ID_LEN + 1] = "", text[DIGEST_TEXT + 1];
	json_t *list = json_array();

	imagecfg_chain(&c->diff_ids, chain);
	for (size_t i = 0; i < c->diff_ids.n; i++) {
		auto_json json_t *v = old_image(c, doc, i + 1 == c->diff_ids.n), *full = NULL;
		auto_str struct str path = STR_INIT;

		digest_text(&chain[i], text);
		old_id(v, text, parent, hex);
		full = with_ids(v, c, hex, parent);
		if (add_layer(s, hex, c->diff_ids.v[i], full, mtime, e) < 0) {
			json_decref(list);
			return NULL;
		}
		str_addf(&path, "%s/layer.tar", hex);
		json_array_append_new(list, json_string(path.s));
		snprintf(parent, sizeof(parent), "sha256:%.64s", hex);
	}
	return list;
}

static void add_tags(struct save *s, const struct strv *tags, const char *top, json_t *entry)
{
	json_t *list = json_array();

	for (size_t i = 0; i < tags->n; i++) {
		const char *shown = reference_familiar_name(tags->v[i]);
		const char *colon = strrchr(shown, ':');
		auto_str struct str repo = STR_INIT;
		json_t *in;

		str_add(&repo, shown, colon - shown);
		json_array_append_new(list, json_string(shown));
		if (!top[0])
			continue;
		in = json_object_get(s->repositories, repo.s);
		if (!in) {
			in = json_object();
			json_put(s->repositories, repo.s, in);
		}
		json_put_text(in, colon + 1, top);
	}
	json_put(entry, "RepoTags", json_or_null(list));
}

static int64_t seconds_of(const char *created)
{
	int64_t ns;

	return clock_parse(created, &ns, NULL) < 0 || ns < 0 ? 0 : ns / NS;
}

static int add_saved(struct save *s, const struct saved *im, struct err *e)
{
	auto_str struct str bytes = STR_INIT;
	auto_json json_t *doc = NULL;
	char hex[DIGEST_HEX + 1] = "", name[IMAGE_ID_LEN + 8];
	struct image_config c;
	json_t *entry, *layers;
	int64_t mtime;
	int rc = image_config_bytes(s->st, im->id, &bytes, e);

	if (rc < 0)
		return rc;
	doc = json_parse(bytes.s, bytes.len, JSON_BYTES_MAX, e);
	if (!doc || imagecfg_read(doc, &c, &s->mem, e) < 0)
		return err_wrap(e, "configuration of image %.19s", im->id);
	mtime = seconds_of(c.created);
	layers = add_layers(s, &c, doc, mtime, hex, e);
	if (!layers)
		return -e->code;
	snprintf(name, sizeof(name), "%.64s.json", im->id + 7);
	entry = json_object();
	json_put_text(entry, "Config", name);
	add_tags(s, &im->tags, hex, entry);
	json_put(entry, "Layers", layers);
	json_array_append_new(s->manifest, entry);
	add_item(s, TAR_FILE, mtime, ".json", im->id + 7)->text = str_take(&bytes);
	return 0;
}

/* --- writing -------------------------------------------------------------- */

static int flush(struct save *s, struct err *e)
{
	int rc = file_write_all(s->fd, s->buf, s->buf_len);

	s->buf_len = 0;
	return rc < 0 ? err_set(e, -rc, "write the archive: %s", strerror(-rc)) : 0;
}

static int on_bytes(void *to, const void *data, size_t len, struct err *e)
{
	struct save *s = to;
	int rc = 0;

	progress_add(s->progress, len);
	if (s->buf_len + len > OUT_BUFFER)
		rc = flush(s, e);
	if (rc == 0 && len > OUT_BUFFER) {
		rc = file_write_all(s->fd, data, len);
		return rc < 0 ? err_set(e, -rc, "write the archive: %s", strerror(-rc)) : 0;
	}
	if (rc == 0) {
		memcpy(s->buf + s->buf_len, data, len);
		s->buf_len += len;
	}
	return rc;
}

static int on_layer(void *to, const void *data, size_t len, struct err *e)
{
	return tar_write_data(to, data, len, e);
}

static int write_item(struct save *s, struct tar_writer *w, const struct item *it, struct err *e)
{
	struct tar_entry t = {
		.name = it->name,
		.link = it->link ? it->link : "",
		.type = it->type,
		.mode = it->type == TAR_DIR ? 0755 : it->type == TAR_SYMLINK ? 0777
									     : 0644,
		.uname = "",
		.gname = "",
		.mtime = { it->mtime, 0 },
		.atime = { it->mtime, 0 },
	};
	struct layer_info info;
	int rc;

	if (it->text) {
		t.size = t.stored = strlen(it->text);
		return tar_write_file(w, &t, it->text, e);
	}
	if (it->type != TAR_FILE)
		return tar_write_entry(w, &t, e);
	rc = layer_info(s->st, &it->diffid, &info, e);
	if (rc < 0)
		return rc;
	t.size = t.stored = info.tar_size;
	rc = tar_write_entry(w, &t, e);
	if (rc == 0)
		rc = layer_tar(s->st, &it->diffid, (struct sink){ on_layer, w }, e);
	return rc;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct item *)a)->name, ((const struct item *)b)->name);
}

/* How long the archive is, but for headers and small files. */
static uint64_t layers_size(const struct save *s)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < s->items_n; i++) {
		const struct item *it = &s->items[i];
		struct layer_info info;

		if (it->type == TAR_FILE && !it->text &&
		    layer_info(s->st, &it->diffid, &info, NULL) == 0)
			bytes += info.tar_size;
	}
	return bytes;
}

static int write_all(struct save *s, struct err *e)
{
	struct tar_writer w;
	int rc = 0;

	s->buf = malloc(OUT_BUFFER);
	if (!s->buf)
		abort();
	if (s->progress)
		s->progress->total = layers_size(s);
	qsort(s->items, s->items_n, sizeof(*s->items), by_name);
	tar_writer_init(&w, (struct sink){ on_bytes, s });
	for (size_t i = 0; i < s->items_n && rc == 0; i++)
		rc = write_item(s, &w, &s->items[i], e);
	if (rc == 0)
		rc = tar_write_end(&w, e);
	return rc < 0 ? rc : flush(s, e);
}

static void release(struct save *s)
{
	for (size_t i = 0; i < s->items_n; i++)
		free(s->items[i].text);
	free(s->items);
	free(s->images);
	free(s->buf);
	json_decref(s->manifest);
	json_decref(s->repositories);
	json_decref(s->paths);
	arena_release(&s->mem);
}

int engine_save(struct store *st, const struct strv *refs, int fd, struct progress *progress,
	struct err *e)
{
	struct save s = {
		.st = st,
		.fd = fd,
		.progress = progress,
		.manifest = json_array(),
		.repositories = json_object(),
		.paths = json_object(),
	};
	struct err own = { 0 };
	int rc = 0;

	for (size_t i = 0; i < refs->n && rc == 0; i++)
		rc = add_ref(&s, refs->v[i], &own);
	for (size_t i = 0; i < s.images_n && rc == 0; i++)
		rc = add_saved(&s, &s.images[i], &own);
	if (rc == 0) {
		add_json(&s, "manifest.json", "", 0, s.manifest, JSON_HTML, "\n");
		if (json_object_size(s.repositories))
			add_json(&s, "repositories", "", 0, s.repositories, JSON_HTML | JSON_SORTED,
				"\n");
		rc = write_all(&s, &own);
	}
	for (size_t i = 0; i < s.images_n && rc == 0; i++)
		event_image(st, s.images[i].id, "save", NULL);
	release(&s);
	return rc < 0 ? err_set(e, own.code, "%s", own.msg) : 0;
}
