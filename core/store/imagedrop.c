// SPDX-License-Identifier: MIT
/* imagedrop.c - taking images away: names, then the record, then what nobody else has.
 *
 * What is refused and what is said is Docker's (20.10). The order keeps a crash harmless:
 * images.json without the image is on disk before the first layer goes; what then stays
 * behind is found by image_gc. */
#include "core/fmt/digest.h"
#include "core/os/dir.h"
#include "core/os/tree.h"
#include "core/store/blob.h"
#include "core/store/imagedoc.h"
#include "core/store/layer.h"

struct drop {
	const struct store *st;
	struct imagedoc d;
	const struct image_users *users;
	unsigned flags;
	struct strv victims; /* ids without an entry any more; their layers may go */
	struct strv manifests; /* theirs */
	struct strv told; /* what to say once the record is written: 'U' or 'D' and the text */
	struct arena mem;
};

static void tell(struct drop *x, char what, const char *text)
{
	size_t len = strlen(text);
	char *line = arena_get(&x->mem, len + 2);

	line[0] = what;
	memcpy(line + 1, text, len);
	strv_add(&x->told, line, &x->mem);
}

/* --- names ---------------------------------------------------------------- */

static bool is_digest_name(const char *name)
{
	return strchr(name, '@') != NULL;
}

/* Bytes of the repository part of a stored name. */
static size_t repo_len(const char *name)
{
	const char *at = strchr(name, '@');
	const char *colon = strrchr(name, ':'), *slash = strrchr(name, '/');

	if (at)
		return at - name;
	return colon && (!slash || colon > slash) ? (size_t)(colon - name) : strlen(name);
}

static bool same_repo(const char *a, const char *b)
{
	return repo_len(a) == repo_len(b) && memcmp(a, b, repo_len(a)) == 0;
}

static void names_of(struct drop *x, const char *id, struct strv *out)
{
	const char *name;
	json_t *v;

	*out = (struct strv){ 0 };
	json_object_foreach(x->d.names, name, v)
	{
		if (strcmp(json_string_value(v), id) == 0)
			strv_add(out, strv_dup(name, strlen(name), &x->mem), &x->mem);
	}
}

/* At most one tag, and digests of the same repository only. */
static bool is_single(const struct strv *names)
{
	const char *tag = NULL;

	for (size_t i = 0; i < names->n; i++) {
		if (is_digest_name(names->v[i]))
			continue;
		if (tag)
			return false;
		tag = names->v[i];
	}
	for (size_t i = 0; i < names->n; i++) {
		if (!same_repo(names->v[i], tag ? tag : names->v[0]))
			return false;
	}
	return true;
}

static void untag(struct drop *x, const char *name)
{
	json_object_del(x->d.names, name);
	tell(x, 'U', reference_familiar_name(name));
}

static void untag_all(struct drop *x, const char *id)
{
	struct strv names;

	names_of(x, id, &names);
	for (size_t i = 0; i < names.n; i++)
		untag(x, names.v[i]);
}

/* With a repository's last tag its digests go too. */
static void untag_digests(struct drop *x, const char *id, const char *name)
{
	struct strv names;

	names_of(x, id, &names);
	for (size_t i = 0; i < names.n; i++) {
		if (!is_digest_name(names.v[i]) && same_repo(names.v[i], name))
			return;
	}
	for (size_t i = 0; i < names.n; i++) {
		if (same_repo(names.v[i], name))
			untag(x, names.v[i]);
	}
}

/* --- what speaks against it ----------------------------------------------- */

enum conflict {
	HAS_CHILDREN = 1u << 0,
	IS_RUNNING = 1u << 1, /* nothing helps against these */
	HAS_NAMES = 1u << 2,
	IS_USED = 1u << 3, /* --force does against these */
	HARD = HAS_CHILDREN | IS_RUNNING,
	SOFT = HAS_NAMES | IS_USED,
};

static bool has_children(struct drop *x, const char *id)
{
	const char *key;
	json_t *v;

	json_object_foreach(x->d.images, key, v)
	{
		const json_t *parent = json_object_get(v, "parent");

		if (json_is_string(parent) && strcmp(json_string_value(parent), id) == 0)
			return true;
	}
	return false;
}

static int refuse(const char *id, bool hard, const char *why, struct err *e)
{
	return err_set(e, EBUSY, "conflict: unable to delete %.12s (%s be forced) - %s", id + 7,
		hard ? "cannot" : "must", why);
}

/* 0, or -EBUSY with *which telling what it was. */
static int check(struct drop *x, const char *id, unsigned mask, enum conflict *which, struct err *e)
{
	char user[65], why[96];
	struct strv names;
	int rc;

	*which = HAS_CHILDREN;
	if ((mask & HAS_CHILDREN) && has_children(x, id))
		return refuse(id, true, "image has dependent child images", e);
	rc = mask & IS_RUNNING ? x->users->user(x->users->arg, id, true, user, e) : 0;
	*which = IS_RUNNING;
	if (rc > 0) {
		snprintf(why, sizeof(why), "image is being used by running container %.12s", user);
		return refuse(id, true, why, e);
	}
	names_of(x, id, &names);
	*which = HAS_NAMES;
	if (rc == 0 && (mask & HAS_NAMES) && names.n)
		return refuse(id, false, "image is referenced in multiple repositories", e);
	if (rc == 0 && (mask & IS_USED))
		rc = x->users->user(x->users->arg, id, false, user, e);
	*which = IS_USED;
	if (rc <= 0)
		return rc;
	snprintf(why, sizeof(why), "image is being used by stopped container %.12s", user);
	return refuse(id, false, why, e);
}

/* --- layers --------------------------------------------------------------- */

/* Diff ids of all images that stay, and of containers. */
static int layers_in_use(const struct store *st, const struct imagedoc *d,
	const struct image_users *users, struct strv *out, struct arena *mem,
	struct err *e)
{
	struct image_config c;
	const char *id;
	json_t *v;

	json_object_foreach(d->images, id, v)
	{
		if (image_config(st, id, &c, mem, NULL) < 0)
			continue; /* damaged: it cannot run, and holds nothing */
		for (size_t i = 0; i < c.diff_ids.n; i++)
			strv_add(out, c.diff_ids.v[i], mem);
	}
	return users->layers(users->arg, out, mem, e);
}

/* The largest number of layers that some staying image has in common, from the bottom. */
static size_t shared_depth(struct drop *x, const struct strv *layers)
{
	size_t most = 0, n;
	struct image_config c;
	const char *id;
	json_t *v;

	json_object_foreach(x->d.images, id, v)
	{
		if (image_config(x->st, id, &c, &x->mem, NULL) < 0)
			continue;
		for (n = 0; n < c.diff_ids.n && n < layers->n; n++) {
			if (strcmp(c.diff_ids.v[n], layers->v[n]) != 0)
				break;
		}
		if (n > most)
			most = n;
	}
	return most;
}

static void tell_layers(struct drop *x, const struct strv *layers)
{
	struct digest chain[IMAGE_LAYERS_MAX];
	char text[DIGEST_TEXT + 1];
	size_t keep = shared_depth(x, layers);

	imagecfg_chain(layers, chain);
	for (size_t i = layers->n; i > keep; i--) {
		digest_text(&chain[i - 1], text);
		tell(x, 'D', text);
	}
}

static void remove_layer(const struct store *st, const char *text, uint64_t *freed)
{
	struct layer_info info;
	struct digest d;

	if (digest_parse(&d, text, strlen(text), NULL) < 0 || !layer_exists(st, &d))
		return;
	if (layer_info(st, &d, &info, NULL) < 0)
		info.size = 0;
	if (layer_remove(st, &d, NULL) == 0 && freed)
		*freed += info.size;
}

static void remove_blob(const struct store *st, const char *text)
{
	struct digest d;

	if (digest_parse(&d, text, strlen(text), NULL) == 0)
		(void)!blob_remove(st, &d, NULL);
}

/* --- one image ------------------------------------------------------------ */

/* The entry goes, and is remembered for when the record is on disk. */
static void drop_entry(struct drop *x, const char *id)
{
	const char *manifest = "";
	struct image_config c;
	char user[65];

	untag_all(x, id);
	(void)!json_text(json_object_get(x->d.images, id), "manifest", &manifest, &x->mem, NULL);
	json_object_del(x->d.images, id);
	strv_add(&x->victims, strv_dup(id, strlen(id), &x->mem), &x->mem);
	strv_add(&x->manifests, manifest, &x->mem);
	tell(x, 'D', id);
	if (image_config(x->st, id, &c, &x->mem, NULL) < 0)
		return;
	if (x->users->user(x->users->arg, id, false, user, NULL) == 0)	/* else it keeps them */
		tell_layers(x, &c.diff_ids);
}

/* Remove an image and, as far as nothing speaks against it, its nameless parents.
 * quiet: a conflict just ends it. */
static int drop_image(struct drop *x, const char *id, unsigned mask, bool quiet, struct err *e)
{
	while (id[0]) {
		const char *parent = "";
		enum conflict which;
		struct err why = { 0 };
		struct strv names;
		int rc = check(x, id, mask, &which, &why);

		names_of(x, id, &names);
		if (rc == -EBUSY && quiet && (names.n || which == IS_RUNNING || which == IS_USED))
			return 0;
		if (rc < 0)
			return err_set(e, why.code, "%s", why.msg);
		(void)!json_text(json_object_get(x->d.images, id), "parent", &parent, &x->mem,
			NULL);
		drop_entry(x, id);
		if ((x->flags & IMAGE_RM_NO_PRUNE) || !json_object_get(x->d.images, parent))
			return 0;
		id = parent;
		mask = HARD | SOFT;
		quiet = true;
		if (check(x, id, mask, &which, NULL) < 0)
			return 0;
	}
	return 0;
}

static int drop_by_name(struct drop *x, const char *text, const char *name, const char *id,
	struct err *e)
{
	unsigned mask = x->flags & IMAGE_RM_FORCE ? HARD : HARD | SOFT;
	struct strv names;
	char user[65];
	int rc = 0;

	names_of(x, id, &names);
	if (!(x->flags & IMAGE_RM_FORCE) && is_single(&names))
		rc = x->users->user(x->users->arg, id, false, user, e);
	if (rc < 0)
		return rc;
	if (rc > 0)
		return err_set(e, EBUSY, "conflict: unable to remove repository reference "
					 "\"%s\" (must force) - container %.12s is using its "
					 "referenced image %.12s",
			text, user, id + 7);
	untag(x, name);
	if (!is_digest_name(name))
		untag_digests(x, id, name);
	names_of(x, id, &names);
	return names.n ? 0 : drop_image(x, id, mask, true, e);
}

static int drop_by_id(struct drop *x, const char *id, struct err *e)
{
	bool force = x->flags & IMAGE_RM_FORCE;
	enum conflict which;
	struct strv names;
	int rc = 0;

	names_of(x, id, &names);
	if (is_single(&names)) {
		rc = check(x, id, force ? HARD : HARD | IS_USED, &which, e);
		if (rc == 0)
			untag_all(x, id);
	}
	return rc < 0 ? rc : drop_image(x, id, force ? HARD : HARD | SOFT, false, e);
}

/* After the record is written: blobs and layers that are nobody's now. */
static int drop_contents(struct drop *x, uint64_t *freed, struct err *e)
{
	struct strv used = { 0 };
	struct image_config c;
	int rc;

	if (x->victims.n == 0)
		return 0;
	rc = layers_in_use(x->st, &x->d, x->users, &used, &x->mem, e);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < x->victims.n; i++) {
		if (image_config(x->st, x->victims.v[i], &c, &x->mem, NULL) == 0) {
			for (size_t k = c.diff_ids.n; k > 0; k--) {
				if (!strv_has(&used, c.diff_ids.v[k - 1]))
					remove_layer(x->st, c.diff_ids.v[k - 1], freed);
			}
		}
		remove_blob(x->st, x->victims.v[i]);
		remove_blob(x->st, x->manifests.v[i]);
	}
	return 0;
}

/* The stored name that a text means. */
static void stored_name(const char *text, struct str *out)
{
	struct reference r;

	if (reference_parse(text, &r, NULL) < 0)
		return;
	reference_default_tag(&r);
	if (r.digest[0])
		r.tag[0] = 0;
	reference_text(&r, out);
}

int image_remove(const struct store *st, const char *text, unsigned flags,
	const struct image_users *users, image_gone_fn *gone, void *arg, uint64_t *freed,
	struct err *e)
{
	struct drop x = { .st = st, .users = users, .flags = flags };
	auto_str struct str name = STR_INIT;
	auto_close int lock = store_lock(st, STORE_EXCLUSIVE, e);
	char id[IMAGE_ID_LEN + 1];
	enum imagedoc_found how;
	int rc = lock < 0 ? lock : imagedoc_find(st, text, id, &how, e);

	if (rc == 0)
		rc = imagedoc_read(st, -1, &x.d, e);
	if (rc < 0)
		goto out;
	if (how == FOUND_NAME)
		stored_name(text, &name);
	if (!json_object_get(x.d.images, id) || (name.len && !json_object_get(x.d.names, name.s)))
		rc = err_set(e, EROFS, "image %.12s is in a read-only store", id + 7);
	else if (name.len)
		rc = drop_by_name(&x, text, name.s, id, e);
	else
		rc = drop_by_id(&x, id, e);
	if (rc == 0)
		rc = imagedoc_write(st, &x.d, e);
	for (size_t i = 0; rc == 0 && i < x.told.n; i++)
		gone(arg, x.told.v[i][0] == 'U', x.told.v[i] + 1);
	if (rc == 0)
		rc = drop_contents(&x, freed, e);
out:
	imagedoc_release(&x.d);
	arena_release(&x.mem);
	return rc;
}

/* --- rubbish -------------------------------------------------------------- */

static bool is_hex_name(const char *name)
{
	struct digest d;

	return digest_parse_hex(&d, name, strlen(name), NULL) == 0;
}

static void gc_layers(const struct store *st, const struct strv *used, uint64_t *freed)
{
	auto_dir struct dir dir = DIR_INIT;
	char text[IMAGE_ID_LEN + 1];
	const char *name;

	if (dir_open(&dir, st->root_fd, "layers/sha256", NULL) < 0)
		return;
	while ((name = dir_next(&dir)) != NULL) {
		if (!is_hex_name(name))
			continue;
		snprintf(text, sizeof(text), "sha256:%.64s", name);
		if (!strv_has(used, text))
			remove_layer(st, text, freed);
	}
}

/* Configurations and manifests that no entry names. */
static void gc_blobs(const struct store *st, const struct imagedoc *d, struct arena *mem)
{
	auto_dir struct dir dir = DIR_INIT;
	struct strv keep = { 0 };
	char text[IMAGE_ID_LEN + 1];
	const char *name, *id, *manifest;
	json_t *v;

	json_object_foreach(d->images, id, v)
	{
		manifest = "";
		(void)!json_text(v, "manifest", &manifest, mem, NULL);
		strv_add(&keep, id, mem);
		strv_add(&keep, manifest, mem);
	}
	if (dir_open(&dir, st->root_fd, "blobs/sha256", NULL) < 0)
		return;
	while ((name = dir_next(&dir)) != NULL) {
		snprintf(text, sizeof(text), "sha256:%.64s", name);
		if (is_hex_name(name) && !strv_has(&keep, text))
			remove_blob(st, text);
	}
}

int image_gc(const struct store *st, const struct image_users *users, uint64_t *freed,
	struct err *e)
{
	auto_imagedoc struct imagedoc d = { 0 };
	auto_arena struct arena mem = { 0 };
	struct strv used = { 0 };
	bool live;
	int rc;

	store_gc(st, &live);
	if (live)
		return 0;
	rc = imagedoc_read(st, -1, &d, e);
	if (rc == 0 && !d.damaged) /* a record in pieces proves nothing */
		rc = layers_in_use(st, &d, users, &used, &mem, e);
	if (rc < 0 || d.damaged)
		return rc;
	gc_layers(st, &used, freed);
	gc_blobs(st, &d, &mem);
	return 0;
}
