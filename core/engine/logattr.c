// SPDX-License-Identifier: MIT
#include "core/engine/logattr.h"

#include <stdio.h>
#include <unistd.h>

#include "build/gen/config.h"
#include "core/engine/log.h"
#include "core/fmt/json.h"
#include "core/fmt/pattern.h"
#include "core/fmt/template.h"
#include "core/os/clock.h"
#include "core/store/container.h"

enum { HOST_MAX = 65 };

/* --- tag ------------------------------------------------------------------------- */

/* Go's text of a time. */
static void put_created(json_t *o, int64_t ns)
{
	char at[CLOCK_TEXT_MAX], text[CLOCK_TEXT_MAX + 16];

	clock_format(ns, at);
	at[strcspn(at, "Z")] = 0;
	at[strcspn(at, "T")] = ' ';
	snprintf(text, sizeof(text), "%s +0000 UTC", at);
	json_put_text(o, "ContainerCreated", text);
}

static void put_command(json_t *o, const struct container *c)
{
	auto_str struct str b = STR_INIT;

	str_puts(&b, c->path ? c->path : "");
	for (size_t i = 0; i < c->args.n; i++)
		str_addf(&b, " %s", c->args.v[i]);
	json_put_text(o, "Command", b.s);
	json_put_text(o, "ContainerEntrypoint", c->path ? c->path : "");
	json_put(o, "ContainerArgs", json_from_strv(&c->args));
}

/* What a tag may name. LogPath and ExtraAttributes are not among it. */
static json_t *info_doc(const struct container *c)
{
	auto_str struct str name = STR_INIT;
	char host[HOST_MAX] = "", text[CONTAINER_SHORT_LEN + 1];
	json_t *o = json_object();

	gethostname(host, sizeof(host) - 1);
	str_addf(&name, "/%s", c->name);
	snprintf(text, sizeof(text), "%.*s", CONTAINER_SHORT_LEN, c->id);
	json_put_text(o, "ID", text);
	json_put_text(o, "FullID", c->id);
	json_put_text(o, "ContainerID", c->id);
	json_put_text(o, "Name", c->name);
	json_put_text(o, "ContainerName", name.s);
	snprintf(text, sizeof(text), "%.*s", CONTAINER_SHORT_LEN, c->image_id);
	json_put_text(o, "ImageID", text);
	json_put_text(o, "ImageFullID", c->image_id);
	json_put_text(o, "ContainerImageID", c->image_id);
	json_put_text(o, "ImageName", c->config.image);
	json_put_text(o, "ContainerImageName", c->config.image);
	json_put_text(o, "DaemonName", "docker");
	json_put_text(o, "Hostname", host);
	put_command(o, c);
	put_created(o, c->created_ns);
	json_put(o, "ContainerEnv", json_from_strv(&c->config.env));
	json_put(o, "ContainerLabels", json_from_pairs(&c->config.labels));
	json_put(o, "Config", json_from_pairs(&c->config.log_opts));
	return o;
}

/* Docker's template has a name, which its errors tell twice. */
static int named(int rc, struct err *e)
{
	static const char *const from[] = { "template: :", "executing \"\"" },
				 *const to[] = { "template: log-tag:", "executing \"log-tag\"" };

	for (size_t i = 0; e && i < countof(from); i++) {
		char *at = strstr(e->msg, from[i]);
		char rest[sizeof(e->msg)];

		if (!at)
			continue;
		snprintf(rest, sizeof(rest), "%s", at + strlen(from[i]));
		snprintf(at, sizeof(e->msg) - (size_t)(at - e->msg), "%s%s", to[i], rest);
	}
	return rc;
}

int logattr_tag(const struct container *c, const char *fallback, struct arena *mem,
	const char **out, struct err *e)
{
	static const char *const maps[] = { "ContainerLabels", "Config", NULL };
	static const char *const lists[] = { "ContainerEnv", "ContainerArgs", NULL };
	static const struct template_names names = { .maps = maps,
		.lists = lists,
		.type = "*logger.Info" };
	auto_str struct str b = STR_INIT;
	auto_json json_t *info = NULL;
	const struct template *t;
	const char *tag = strv_value(&c->config.log_opts, "tag");
	int rc;

	if (!tag || !*tag)
		tag = fallback;
	*out = tag;
	if (!strstr(tag, "{{"))
		return 0;
	rc = template_parse(tag, &t, mem, e);
	if (rc < 0)
		return named(rc, e);
	info = info_doc(c);
	rc = template_execute(t, info, &names, &b, e);
	if (rc < 0)
		return named(rc, e);
	*out = strv_dup(b.s, b.len, mem);
	return 0;
}

/* --- attrs ----------------------------------------------------------------------- */

struct attr {
	const char *key, *value;
	struct attr *next;
};

/* The list is sorted by key. */
static void attrs_set(struct attr **at, const char *key, const char *val, struct arena *mem)
{
	struct attr *new;

	while (*at && strcmp((*at)->key, key) < 0)
		at = &(*at)->next;
	if (!*at || strcmp((*at)->key, key) != 0) {
		new = arena_get(mem, sizeof(*new));
		new->key = key;
		new->next = *at;
		*at = new;
	}
	(*at)->value = val;
}

/* For each "a" of "a,b": what `from` says of it, when it says anything. */
static void attrs_pick(struct attr **all, const char *names, const struct strv *from,
	struct arena *mem)
{
	while (*names) {
		size_t len = strcspn(names, ",");
		char *key = strv_dup(names, len, mem);
		const char *v = len ? strv_value(from, key) : NULL;

		if (v)
			attrs_set(all, key, v, mem);
		names += len + (names[len] == ',');
	}
}

/* All of `from` whose key an expression matches. */
static int attrs_match(struct attr **all, const char *expression, const struct strv *from,
	struct arena *mem, struct err *e)
{
	struct pattern *p;

	if (!*expression)
		return 0;
	if (!CFG_PATTERN)
		return err_set(e, EINVAL, "no regular expressions here (needs CONFIG_PATTERN)");
	p = pattern_new(expression, mem, NULL);
	if (!p)
		return err_set(e, EINVAL, "error parsing regexp: `%.200s`", expression);
	for (size_t i = 0; i < from->n; i++) {
		const char *one = from->v[i], *eq = strchr(one, '=');
		char *key = strv_dup(one, eq ? (size_t)(eq - one) : strlen(one), mem);

		if (pattern_matches(p, key))
			attrs_set(all, key, eq ? eq + 1 : "", mem);
	}
	return 0;
}

static void put_text(struct str *out, const char *s)
{
	char *room = str_room(out, 6 * strlen(s) + 8), *end = log_escape(room, s, strlen(s));

	str_grew(out, (size_t)(end - room));
}

static const char *opt(const struct container *c, const char *key)
{
	const char *v = strv_value(&c->config.log_opts, key);

	return v ? v : "";
}

static int attrs_collect(const struct container *c, struct attr **all, struct arena *mem,
	struct err *e)
{
	const char *tag = "";
	int rc;

	attrs_pick(all, opt(c, "labels"), &c->config.labels, mem);
	rc = attrs_match(all, opt(c, "labels-regex"), &c->config.labels, mem, e);
	attrs_pick(all, opt(c, "env"), &c->config.env, mem);
	if (rc >= 0)
		rc = attrs_match(all, opt(c, "env-regex"), &c->config.env, mem, e);
	if (rc >= 0)
		rc = logattr_tag(c, "", mem, &tag, e);
	if (rc >= 0 && *tag)
		attrs_set(all, "tag", tag, mem);
	return rc;
}

int logattr_make(const struct container *c, struct arena *mem, const char **out, struct err *e)
{
	auto_str struct str b = STR_INIT;
	struct attr *all = NULL;
	int rc = attrs_collect(c, &all, mem, e);

	if (rc < 0)
		return rc;
	for (const struct attr *a = all; a; a = a->next) {
		str_puts(&b, a == all ? "{\"" : ",\"");
		put_text(&b, a->key);
		str_puts(&b, "\":\"");
		put_text(&b, a->value);
		str_puts(&b, a->next ? "\"" : "\"}");
	}
	if (b.len > LOG_ATTRS_MAX)
		return err_set(e, EINVAL,
			"labels, env and tag make more than %d bytes for each line", LOG_ATTRS_MAX);
	*out = strv_dup(b.s, b.len, mem);
	return 0;
}
