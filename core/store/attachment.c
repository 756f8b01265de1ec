// SPDX-License-Identifier: MIT
#include "core/store/attachment.h"

#include "core/fmt/csv.h"

#include <ctype.h>

/* One row a field, so that both directions name it once. */
#define A(field)	offsetof(struct attachment, field)
static const struct {
	const char *key;
	size_t off;
} texts[] = {
	{ "Name", A(network) },
	{ "NetworkID", A(network_id) },
	{ "IPAddress", A(ip4) },
	{ "IPv6Address", A(ip6) },
	{ "MacAddress", A(mac) },
}, lists[] = {
	{ "Aliases", A(aliases) },
	{ "Links", A(links) },
	{ "DriverOpts", A(driver_opts) },
};
#undef A

static const char **text_at(struct attachment *a, size_t off)
{
	return (void *)((char *)a + off);
}

static struct strv *list_at(struct attachment *a, size_t off)
{
	return (void *)((char *)a + off);
}

struct attachment *attachment_add(struct container *c, struct arena *mem)
{
	struct attachment *all = arena_get(mem, (c->nets_n + 1) * sizeof(*all)), *a;

	if (c->nets_n)
		memcpy(all, c->nets, c->nets_n * sizeof(*all));
	a = &all[c->nets_n++];
	*a = (struct attachment){ .network = "" };
	for (size_t i = 0; i < countof(texts); i++)
		*text_at(a, texts[i].off) = "";
	c->nets = all;
	return a;
}

void attachment_copy(struct attachment *to, const struct attachment *from, struct arena *mem)
{
	for (size_t i = 0; i < countof(texts); i++) {
		const char *text = *(const char *const *)(const void *)((const char *)from +
									texts[i].off);

		*text_at(to, texts[i].off) = strv_dup(text, strlen(text), mem);
	}
	for (size_t i = 0; i < countof(lists); i++) {
		const struct strv *list = (const void *)((const char *)from + lists[i].off);
		struct strv *copy = list_at(to, lists[i].off);

		*copy = strv_make(list->n, mem);
		for (size_t k = 0; k < list->n; k++)
			strv_add(copy, strv_dup(list->v[k], strlen(list->v[k]), mem), mem);
	}
}

struct attachment *attachment_of(const struct container *c, const char *network_id)
{
	for (size_t i = 0; i < c->nets_n; i++) {
		if (strcmp(c->nets[i].network_id, network_id) == 0)
			return &c->nets[i];
	}
	return NULL;
}

void attachment_drop(struct container *c, struct attachment *a)
{
	size_t i = (size_t)(a - c->nets);

	memmove(a, a + 1, (--c->nets_n - i) * sizeof(*a));
}

/* Docker's test for the long form: a word, "=", a word. */
static bool is_long(const char *text)
{
	for (const char *eq = text; (eq = strchr(eq + 1, '=')); ) {
		if (eq > text && (isalnum((unsigned char)eq[-1]) || eq[-1] == '_') &&
		    (isalnum((unsigned char)eq[1]) || eq[1] == '_'))
			return true;
	}
	return false;
}

int attachment_parse(const char *text, struct attachment *a, struct arena *mem, struct err *e)
{
	const char *at = text, *field, *value;

	if (!*text || !is_long(text)) {
		a->network = text;
		return 0;
	}
	while (*at) {
		const char *key = csv_pair(&at, &field, &value, mem);

		if (!value || !*key)
			return err_set(e, EINVAL, "invalid field %s", field);
		if (strcmp(key, "name") == 0)
			a->network = value;
		else if (strcmp(key, "alias") == 0)
			strv_add(&a->aliases, value, mem);
		else if (strcmp(key, "ip") == 0)
			a->ip4 = value;
		else if (strcmp(key, "ip6") == 0)
			a->ip6 = value;
		else if (strcmp(key, "mac-address") == 0)
			a->mac = value;
		else if (strcmp(key, "driver-opt") == 0)
			strv_add(&a->driver_opts, value, mem);
		else
			return err_set(e, EINVAL, "invalid field key %s", key);
	}
	return *a->network ? 0 : err_set(e, EINVAL, "network name/id is not specified");
}

static json_t *attachment_json(const struct attachment *a)
{
	json_t *o = json_object();

	for (size_t i = 0; i < countof(texts); i++) {
		const char *const *text = (const void *)((const char *)a + texts[i].off);

		if (**text)
			json_put_text(o, texts[i].key, *text);
	}
	for (size_t i = 0; i < countof(lists); i++) {
		const struct strv *list = (const void *)((const char *)a + lists[i].off);

		if (list->n)
			json_put(o, lists[i].key, json_from_strv(list));
	}
	return o;
}

json_t *attachments_json(const struct container *c)
{
	json_t *a = json_array();

	for (size_t i = 0; i < c->nets_n; i++)
		json_array_append_new(a, attachment_json(&c->nets[i]));
	return a;
}

int attachments_from_json(const json_t *a, struct container *c, struct arena *mem, struct err *e)
{
	json_t *o;
	size_t i;

	json_array_foreach((json_t *)a, i, o)
	{
		struct attachment *at = attachment_add(c, mem);
		int rc = 0;

		for (size_t k = 0; k < countof(texts) && rc >= 0; k++)
			rc = json_text(o, texts[k].key, text_at(at, texts[k].off), mem, e);
		for (size_t k = 0; k < countof(lists) && rc >= 0; k++)
			rc = json_strv(o, lists[k].key, list_at(at, lists[k].off), mem, e);
		if (rc < 0)
			return err_wrap(e, "Networks");
	}
	return 0;
}
