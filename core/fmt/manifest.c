// SPDX-License-Identifier: MIT
#include "core/fmt/manifest.h"

#include "core/fmt/digest.h"
#include "core/fmt/imagecfg.h"
#include "core/fmt/json.h"

static bool is_index(const char *type)
{
	return strcmp(type, MEDIA_DOCKER_LIST) == 0 || strcmp(type, MEDIA_OCI_INDEX) == 0;
}

static bool is_image(const char *type)
{
	return strcmp(type, MEDIA_DOCKER_MANIFEST) == 0 || strcmp(type, MEDIA_OCI_MANIFEST) == 0;
}

static const char *annotation(const json_t *v, const char *key, struct arena *mem)
{
	const json_t *a = json_object_get(json_object_get(v, "annotations"), key);

	return json_is_string(a) ? strv_dup(json_string_value(a), json_string_length(a), mem) : "";
}

static int read_descriptor(const json_t *v, struct descriptor *d, struct arena *mem, struct err *e)
{
	const struct { const char *path; const char **to; } rows[] = {
		{ "mediaType", &d->media_type }, { "digest", &d->digest },
		{ "platform.architecture", &d->arch }, { "platform.os", &d->os },
		{ "platform.variant", &d->variant },
	};
	struct digest check;
	int rc = 0;

	if (!json_is_object(v))
		return err_set(e, EBADMSG, "is not an object");
	d->size = -1;
	for (size_t i = 0; i < countof(rows) && rc == 0; i++) {
		*rows[i].to = "";
		rc = json_text(v, rows[i].path, rows[i].to, mem, e);
	}
	if (rc == 0)
		rc = json_int(v, "size", &d->size, e);
	if (rc < 0)
		return rc;
	if (digest_parse(&check, d->digest, strlen(d->digest), NULL) < 0)
		return err_set(e, EBADMSG, "digest is not a sha256 digest");
	if (d->size < 0)
		return err_set(e, EBADMSG, "size is missing or negative");
	d->ref_name = annotation(v, "org.opencontainers.image.ref.name", mem);
	d->image_name = annotation(v, "io.containerd.image.name", mem);
	return 0;
}

static int read_entries(const json_t *doc, const char *key, size_t max, struct manifest *m,
			struct arena *mem, struct err *e)
{
	json_t *list, *v;
	size_t i;
	int rc = json_array_at(doc, key, &list, e);

	if (rc < 0)
		return rc;
	if (!list)
		return err_set(e, EBADMSG, "%s is missing", key);
	if (json_array_size(list) > max)
		return err_set(e, E2BIG, "%s has %zu entries, more than %zu", key,
			       json_array_size(list), max);
	m->n = json_array_size(list);
	m->entries = arena_get(mem, (m->n + 1) * sizeof(*m->entries));
	json_array_foreach(list, i, v) {
		rc = read_descriptor(v, &m->entries[i], mem, e);
		if (rc < 0)
			return err_wrap(e, "%s[%zu]", key, i);
	}
	return 0;
}

/* What the document is, from all that says so; two answers are none (Z35). */
static int decide_kind(const json_t *doc, const char *told, struct manifest *m, struct arena *mem,
		       struct err *e)
{
	bool list = json_object_get(doc, "manifests") != NULL;
	bool image = json_object_get(doc, "layers") || json_object_get(doc, "config");
	const char *type = "";
	int64_t schema = 2;
	int rc = json_text(doc, "mediaType", &type, mem, e);

	if (rc == 0)
		rc = json_int(doc, "schemaVersion", &schema, e);
	if (rc < 0)
		return rc;
	if (schema == 1 || json_object_get(doc, "fsLayers"))
		return err_set(e, ENOTSUP, "schema 1 manifests are not supported");
	if (schema != 2)
		return err_set(e, EBADMSG, "schemaVersion is not 2");
	if (list == image)
		return err_set(e, EBADMSG, list ? "both an index and a manifest"
						: "neither an index nor a manifest");
	if (type[0] && told[0] && strcmp(type, told) != 0)
		return err_set(e, EBADMSG, "mediaType is '%.80s', not '%.80s'", type, told);
	m->media_type = type[0] ? type : strv_dup(told, strlen(told), mem);
	m->kind = list ? MANIFEST_INDEX : MANIFEST_IMAGE;
	type = m->media_type;
	if (!type[0]) {
		m->media_type = list ? MEDIA_OCI_INDEX : MEDIA_OCI_MANIFEST;
		return 0;
	}
	if (!is_index(type) && !is_image(type))
		return err_set(e, ENOTSUP, "mediaType '%.80s' is not supported", type);
	if (is_index(type) != list)
		return err_set(e, EBADMSG, "mediaType '%.80s' is not what the document holds",
			type);
	return 0;
}

int manifest_parse(const char *text, size_t len, const char *media_type, struct manifest *m,
		   struct arena *mem, struct err *e)
{
	auto_json json_t *doc = json_parse(text, len, JSON_BYTES_MAX, e);
	struct manifest got = { 0 };
	int rc;

	if (!doc)
		return e ? -e->code : -EBADMSG;
	if (!json_is_object(doc))
		return err_set(e, EBADMSG, "the document is not an object");
	rc = decide_kind(doc, media_type, &got, mem, e);
	if (rc < 0)
		return rc;
	if (got.kind == MANIFEST_INDEX) {
		rc = read_entries(doc, "manifests", MANIFEST_ENTRIES_MAX, &got, mem, e);
	} else {
		rc = read_descriptor(json_object_get(doc, "config"), &got.config, mem, e);
		if (rc < 0)
			return err_wrap(e, "config");
		rc = read_entries(doc, "layers", IMAGE_LAYERS_MAX, &got, mem, e);
	}
	if (rc == 0)
		*m = got;
	return rc;
}

/* How well an entry fits, 0 for not at all. arm: v7 runs v6 and v5 too. */
static int fitness(const struct descriptor *d, const char *os, const char *arch,
		   const char *variant)
{
	if (strcmp(d->os, os) != 0 || strcmp(d->arch, arch) != 0)
		return 0;
	if (strcmp(d->variant, variant) == 0)
		return 100;
	if (!d->variant[0])
		return 50;
	if (strcmp(arch, "arm") == 0 && variant[0] && strcmp(d->variant, variant) < 0)
		return 10 + (d->variant[1] - '0');
	if (!variant[0] && strcmp(arch, "arm") != 0)
		return 5;
	return strcmp(arch, "arm64") == 0 && strcmp(d->variant, "v8") == 0 ? 40 : 0;
}

const struct descriptor *manifest_choose(const struct manifest *m, const char *os,
					 const char *arch, const char *variant)
{
	const struct descriptor *best = NULL;
	int most = 0;

	for (size_t i = 0; i < m->n; i++) {
		int fit = fitness(&m->entries[i], os, arch, variant);

		if (fit > most) {
			most = fit;
			best = &m->entries[i];
		}
	}
	return best;
}
