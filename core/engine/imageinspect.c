// SPDX-License-Identifier: MIT
#include "core/engine/imageinspect.h"

#include "core/fmt/reference.h"
#include "core/store/image.h"
#include "core/store/layer.h"

#define NEVER "0001-01-01T00:00:00Z"

/* Familiar names: the tags, or the digests. */
static json_t *names(const struct image_info *info, bool digests)
{
	json_t *list = json_array();

	for (size_t i = 0; i < info->names.n; i++) {
		const char *name = info->names.v[i];

		if ((strchr(name, '@') != NULL) == digests)
			json_array_append_new(list, json_string(reference_familiar_name(name)));
	}
	return list;
}

static void put_kept(json_t *v, const char *key, const json_t *doc, const char *from)
{
	const json_t *text = json_object_get(doc, from);

	json_put_text(v, key, json_is_string(text) ? json_string_value(text) : "");
}

/* What the image was committed from. Documents of other builders have none: then all empty. */
static json_t *container_config(const json_t *doc, struct arena *mem)
{
	json_t *old = json_object_get(doc, "container_config");
	auto_json json_t *part = json_object();
	struct image_config c;

	if (json_is_object(old))
		json_put(part, "config", json_incref(old));
	if (imagecfg_read(part, &c, mem, NULL) < 0)
		imagecfg_init(&c);
	return imagecfg_config(&c, json_at(part, "config"));
}

static void add_path(const struct store *st, int where, const char *diff_id, struct str *out)
{
	char path[LAYER_PATH_TEXT + 1];
	struct digest d;

	if (digest_parse(&d, diff_id, strlen(diff_id), NULL) < 0)
		return;
	layer_path(&d, path);
	str_addf(out, "%s%s/%s", out->len ? ":" : "", where < 0 ? st->root : st->extra[where].path,
		path);
}

/* The layers as overlay would stack them, highest first. */
static json_t *graph_driver(const struct store *st, const struct image_info *info,
	const struct strv *layers)
{
	auto_str struct str lower = STR_INIT, upper = STR_INIT;
	json_t *v = json_object(), *data = json_object();

	for (size_t i = layers->n; i > 1; i--)
		add_path(st, info->where, layers->v[i - 2], &lower);
	if (layers->n)
		add_path(st, info->where, layers->v[layers->n - 1], &upper);
	if (lower.len)
		json_put_text(data, "LowerDir", lower.s);
	json_put_text(data, "UpperDir", upper.s);
	json_put(v, "Data", data);
	json_put_text(v, "Name", "overlay2");
	return v;
}

/* An import says it in the history only. */
static const char *comment_of(const struct image_config *c)
{
	if (c->comment[0] || !c->history_n)
		return c->comment;
	return c->history[c->history_n - 1].comment;
}

static json_t *document(const struct store *st, const struct image_info *info,
	const struct image_config *c, const json_t *doc, struct arena *mem)
{
	json_t *v = json_object(), *part;

	json_put_text(v, "Id", info->id);
	json_put(v, "RepoTags", names(info, false));
	json_put(v, "RepoDigests", names(info, true));
	json_put_text(v, "Parent", info->parent);
	json_put_text(v, "Comment", comment_of(c));
	json_put_text(v, "Created", c->created[0] ? c->created : NEVER);
	put_kept(v, "Container", doc, "container");
	json_put(v, "ContainerConfig", container_config(doc, mem));
	json_put_text(v, "DockerVersion", c->docker_version);
	json_put_text(v, "Author", c->author);
	json_put(v, "Config", imagecfg_config(c, json_at(doc, "config")));
	json_put_text(v, "Architecture", c->arch);
	if (c->variant[0])
		json_put_text(v, "Variant", c->variant);
	json_put_text(v, "Os", c->os);
	json_put_int(v, "Size", info->size);
	json_put_int(v, "VirtualSize", info->size);
	json_put(v, "GraphDriver", graph_driver(st, info, &c->diff_ids));
	part = json_object();
	json_put_text(part, "Type", "layers");
	if (c->diff_ids.n)
		json_put(part, "Layers", json_from_strv(&c->diff_ids));
	json_put(v, "RootFS", part);
	part = json_object();
	json_put_text(part, "LastTagTime", info->tagged[0] ? info->tagged : NEVER);
	json_put(v, "Metadata", part);
	return v;
}

json_t *engine_image_inspect(const struct store *st, const char *text, struct err *e)
{
	auto_arena struct arena mem = { 0 };
	auto_str struct str bytes = STR_INIT;
	auto_json json_t *doc = NULL;
	char id[IMAGE_ID_LEN + 1];
	struct image_config c;
	struct image_info info;

	if (image_find(st, text, id, e) < 0 || image_info(st, id, &info, &mem, e) < 0 ||
		image_config_bytes(st, id, &bytes, e) < 0)
		return NULL;
	doc = json_parse(bytes.s, bytes.len, JSON_BYTES_MAX, e);
	if (!doc || imagecfg_read(doc, &c, &mem, e) < 0) {
		err_wrap(e, "configuration of image %.19s", id);
		return NULL;
	}
	return document(st, &info, &c, doc, &mem);
}
