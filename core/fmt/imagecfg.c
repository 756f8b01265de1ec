// SPDX-License-Identifier: MIT
#include "core/fmt/imagecfg.h"

/* Where the texts and lists are. One table reads, checks and names the fields. */
#define TEXT(f, p)	{ offsetof(struct image_config, f), p }
#define LIST(f, p)	{ offsetof(struct image_config, f), p }

struct field {
	size_t off;
	const char *path;
};

static const struct field texts[] = {
	TEXT(arch, "architecture"), TEXT(os, "os"), TEXT(variant, "variant"),
	TEXT(created, "created"), TEXT(author, "author"), TEXT(comment, "comment"),
	TEXT(docker_version, "docker_version"), TEXT(user, "config.User"),
	TEXT(working_dir, "config.WorkingDir"), TEXT(stop_signal, "config.StopSignal"),
};
static const struct field lists[] = {
	LIST(env, "config.Env"), LIST(cmd, "config.Cmd"), LIST(entrypoint, "config.Entrypoint"),
	LIST(shell, "config.Shell"), LIST(on_build, "config.OnBuild"),
	LIST(health.test, "config.Healthcheck.Test"), LIST(diff_ids, "rootfs.diff_ids"),
};
static const struct field keys[] = {
	LIST(volumes, "config.Volumes"), LIST(exposed_ports, "config.ExposedPorts"),
};

static const char **text_at(struct image_config *c, const struct field *f)
{
	return (const char **)(void *)((char *)c + f->off);
}

static struct strv *list_at(struct image_config *c, const struct field *f)
{
	return (struct strv *)(void *)((char *)c + f->off);
}

void imagecfg_init(struct image_config *c)
{
	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < countof(texts); i++)
		*text_at(c, &texts[i]) = "";
}

static int check_text(const char *text, const char *path, struct err *e)
{
	size_t len = strlen(text);

	if (len >= IMAGE_TEXT_MAX)
		return err_set(e, E2BIG, "%s: a string of %zu bytes, more than %d", path, len,
			       IMAGE_TEXT_MAX - 1);
	return 0;
}

static int check_list(const struct strv *l, const char *path, struct err *e)
{
	int rc = 0;

	if (l->n > IMAGE_LIST_MAX)
		return err_set(e, E2BIG, "%s has %zu entries, more than %d", path, l->n,
			       IMAGE_LIST_MAX);
	for (size_t i = 0; i < l->n && rc == 0; i++)
		rc = check_text(l->v[i], path, e);
	return rc;
}

static int read_lists(const json_t *doc, struct image_config *c, struct arena *mem, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < countof(lists) && rc == 0; i++) {
		rc = json_strv(doc, lists[i].path, list_at(c, &lists[i]), mem, e);
		if (rc == 0)
			rc = check_list(list_at(c, &lists[i]), lists[i].path, e);
	}
	for (size_t i = 0; i < countof(keys) && rc == 0; i++) {
		rc = json_keys(doc, keys[i].path, list_at(c, &keys[i]), mem, e);
		if (rc == 0)
			rc = check_list(list_at(c, &keys[i]), keys[i].path, e);
	}
	if (rc == 0)
		rc = json_pairs(doc, "config.Labels", &c->labels, mem, e);
	return rc < 0 ? rc : check_list(&c->labels, "config.Labels", e);
}

static int read_health(const json_t *doc, struct image_health *h, struct err *e)
{
	const struct { const char *path; int64_t *to; } rows[] = {
		{ "config.Healthcheck.Interval", &h->interval_ns },
		{ "config.Healthcheck.Timeout", &h->timeout_ns },
		{ "config.Healthcheck.StartPeriod", &h->start_period_ns },
		{ "config.Healthcheck.Retries", &h->retries },
	};

	for (size_t i = 0; i < countof(rows); i++) {
		int rc = json_int(doc, rows[i].path, rows[i].to, e);

		if (rc < 0)
			return rc;
		if (*rows[i].to < 0)
			return err_set(e, EBADMSG, "%s is negative", rows[i].path);
	}
	return 0;
}

static int check_rootfs(const json_t *doc, const struct image_config *c, struct arena *mem,
			struct err *e)
{
	const char *type = "layers";
	struct digest d;
	int rc = json_text(doc, "rootfs.type", &type, mem, e);

	if (rc < 0)
		return rc;
	if (strcmp(type, "layers") != 0)
		return err_set(e, EBADMSG, "rootfs.type is not \"layers\"");
	if (c->diff_ids.n > IMAGE_LAYERS_MAX)
		return err_set(e, E2BIG, "rootfs.diff_ids has %zu layers, more than %d",
			       c->diff_ids.n, IMAGE_LAYERS_MAX);
	for (size_t i = 0; i < c->diff_ids.n; i++) {
		if (digest_parse(&d, c->diff_ids.v[i], strlen(c->diff_ids.v[i]), NULL) < 0)
			return err_set(e, EBADMSG, "rootfs.diff_ids[%zu] is not a sha256 digest",
				i);
	}
	return 0;
}

static int read_step(const json_t *step, struct image_history *h, struct arena *mem, struct err *e)
{
	const struct { const char *key; const char **to; } rows[] = {
		{ "created", &h->created }, { "created_by", &h->created_by },
		{ "author", &h->author }, { "comment", &h->comment },
	};
	int rc = json_is_object(step) ? 0 : err_set(e, EBADMSG, "not an object");

	for (size_t i = 0; i < countof(rows) && rc == 0; i++) {
		*rows[i].to = "";
		rc = json_text(step, rows[i].key, rows[i].to, mem, e);
		if (rc == 0)
			rc = check_text(*rows[i].to, rows[i].key, e);
	}
	return rc < 0 ? rc : json_bool(step, "empty_layer", &h->empty_layer, e);
}

static int read_history(const json_t *doc, struct image_config *c, struct arena *mem,
			struct err *e)
{
	size_t i, solid = 0;
	json_t *list, *step;
	int rc = json_array_at(doc, "history", &list, e);

	if (rc < 0 || !list)
		return rc;
	if (json_array_size(list) > IMAGE_HISTORY_MAX)
		return err_set(e, E2BIG, "history has %zu entries, more than %d",
			       json_array_size(list), IMAGE_HISTORY_MAX);
	c->history = arena_get(mem, json_array_size(list) * sizeof(*c->history));
	json_array_foreach(list, i, step) {
		rc = read_step(step, &c->history[i], mem, e);
		if (rc < 0)
			return err_wrap(e, "history[%zu]", i);
		solid += !c->history[i].empty_layer;
	}
	c->history_n = json_array_size(list);
	if (solid > c->diff_ids.n)
		return err_set(e, EBADMSG, "history has %zu layers, rootfs.diff_ids %zu", solid,
			       c->diff_ids.n);
	return 0;
}

int imagecfg_read(const json_t *doc, struct image_config *c, struct arena *mem, struct err *e)
{
	json_t *part;
	int rc = json_object_at(doc, "config", &part, e);

	imagecfg_init(c);
	if (rc == 0)
		rc = json_object_at(doc, "rootfs", &part, e);
	for (size_t i = 0; i < countof(texts) && rc == 0; i++) {
		rc = json_text(doc, texts[i].path, text_at(c, &texts[i]), mem, e);
		if (rc == 0)
			rc = check_text(*text_at(c, &texts[i]), texts[i].path, e);
	}
	if (rc == 0)
		rc = read_lists(doc, c, mem, e);
	if (rc == 0)
		rc = read_health(doc, &c->health, e);
	if (rc == 0)
		rc = json_bool(doc, "config.ArgsEscaped", &c->args_escaped, e);
	if (rc == 0)
		rc = check_rootfs(doc, c, mem, e);
	return rc < 0 ? rc : read_history(doc, c, mem, e);
}

int imagecfg_parse(const char *text, size_t len, struct image_config *c, struct arena *mem,
		   struct err *e)
{
	auto_json json_t *doc = json_parse(text, len, JSON_BYTES_MAX, e);

	if (!doc)
		return e ? -e->code : -EBADMSG;
	if (!json_is_object(doc))
		return err_set(e, EBADMSG, "the document is not an object");
	return imagecfg_read(doc, c, mem, e);
}

/* --- writing -------------------------------------------------------------- */

static void put_some(json_t *obj, const char *key, const char *text)
{
	if (text[0])
		json_put_text(obj, key, text);
}

static void put_list(json_t *obj, const char *key, const struct strv *l)
{
	json_put(obj, key, json_or_null(json_from_strv(l)));
}

static void put_health(json_t *obj, const struct image_health *h)
{
	json_t *v;

	if (h->test.n == 0)
		return;
	v = json_object();
	json_put(v, "Test", json_from_strv(&h->test));
	if (h->interval_ns)
		json_put_int(v, "Interval", h->interval_ns);
	if (h->timeout_ns)
		json_put_int(v, "Timeout", h->timeout_ns);
	if (h->start_period_ns)
		json_put_int(v, "StartPeriod", h->start_period_ns);
	if (h->retries)
		json_put_int(v, "Retries", h->retries);
	json_put(obj, "Healthcheck", v);
}

/* What is in `base` and not in `obj` goes to its end. */
static void keep_unknown(json_t *obj, const json_t *base, const char *const *known, size_t n)
{
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)base, key, v) {
		bool ours = json_object_get(obj, key) != NULL;

		for (size_t i = 0; i < n; i++)
			ours |= strcmp(key, known[i]) == 0;
		if (!ours)
			json_put(obj, key, json_incref(v));
	}
}

/* A text of the old document that this struct does not hold. */
static void put_old(json_t *obj, const char *key, const json_t *base)
{
	const json_t *v = json_object_get(base, key);

	json_put_text(obj, key, json_is_string(v) ? json_string_value(v) : "");
}

json_t *imagecfg_config(const struct image_config *c, const json_t *base)
{
	/* Written only when they say something, so never taken from the old document. */
	static const char *const sparse[] = {
		"ExposedPorts", "Healthcheck", "StopSignal", "Shell", "ArgsEscaped",
	};
	static const char *const streams[] = { "AttachStdin", "AttachStdout", "AttachStderr" };
	static const char *const terminal[] = { "Tty", "OpenStdin", "StdinOnce" };
	json_t *v = json_object();

	put_old(v, "Hostname", base);
	put_old(v, "Domainname", base);
	json_put_text(v, "User", c->user);
	for (size_t i = 0; i < countof(streams); i++)
		json_put_bool(v, streams[i], json_is_true(json_object_get(base, streams[i])));
	if (c->exposed_ports.n)
		json_put(v, "ExposedPorts", json_from_keys(&c->exposed_ports));
	for (size_t i = 0; i < countof(terminal); i++)
		json_put_bool(v, terminal[i], json_is_true(json_object_get(base, terminal[i])));
	put_list(v, "Env", &c->env);
	put_list(v, "Cmd", &c->cmd);
	put_health(v, &c->health);
	if (c->args_escaped)
		json_put_bool(v, "ArgsEscaped", true);
	put_old(v, "Image", base);
	json_put(v, "Volumes", json_or_null(json_from_keys(&c->volumes)));
	json_put_text(v, "WorkingDir", c->working_dir);
	put_list(v, "Entrypoint", &c->entrypoint);
	put_list(v, "OnBuild", &c->on_build);
	json_put(v, "Labels", json_or_null(json_from_pairs(&c->labels)));
	put_some(v, "StopSignal", c->stop_signal);
	if (c->shell.n)
		json_put(v, "Shell", json_from_strv(&c->shell));
	keep_unknown(v, base, sparse, countof(sparse));
	return v;
}

static json_t *history_write(const struct image_config *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->history_n; i++) {
		const struct image_history *h = &c->history[i];
		json_t *step = json_object();

		put_some(step, "created", h->created);
		put_some(step, "author", h->author);
		put_some(step, "created_by", h->created_by);
		put_some(step, "comment", h->comment);
		if (h->empty_layer)
			json_put_bool(step, "empty_layer", true);
		if (json_array_append_new(list, step) < 0)
			abort();
	}
	return list;
}

void imagecfg_write(const struct image_config *c, const json_t *base, struct str *out)
{
	static const char *const sparse[] = { "author", "comment", "docker_version", "variant" };
	auto_json json_t *doc = json_object();
	json_t *rootfs = json_object();

	json_put_text(doc, "architecture", c->arch);
	put_some(doc, "author", c->author);
	put_some(doc, "comment", c->comment);
	json_put(doc, "config", imagecfg_config(c, json_at(base, "config")));
	json_put_text(doc, "created", c->created[0] ? c->created : "0001-01-01T00:00:00Z");
	put_some(doc, "docker_version", c->docker_version);
	json_put(doc, "history", history_write(c));
	json_put_text(doc, "os", c->os);
	json_put_text(rootfs, "type", "layers");
	json_put(rootfs, "diff_ids", json_from_strv(&c->diff_ids));
	json_put(doc, "rootfs", rootfs);
	put_some(doc, "variant", c->variant);
	keep_unknown(doc, base, sparse, countof(sparse));
	json_print(doc, JSON_PLAIN, out);
}

void imagecfg_chain(const struct strv *diff_ids, struct digest *chain)
{
	char text[2 * DIGEST_TEXT + 2];

	for (size_t i = 0; i < diff_ids->n; i++) {
		if (i == 0) {
			(void)!digest_parse(&chain[0], diff_ids->v[0], DIGEST_TEXT, NULL);
			continue;
		}
		digest_text(&chain[i - 1], text);
		text[DIGEST_TEXT] = ' ';
		memcpy(text + DIGEST_TEXT + 1, diff_ids->v[i], DIGEST_TEXT);
		digest_of(&chain[i], text, 2 * DIGEST_TEXT + 1);
	}
}
