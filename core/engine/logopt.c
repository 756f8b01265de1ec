// SPDX-License-Identifier: MIT
/* logopt.c - --log-driver and --log-opt: what a user asked of a log, checked.
 *
 * Docker looks at names when a container is created and at values when it starts; so do we.
 * Sizes are powers of 1000 here, unlike those of --memory: that too is Docker's. */
#include "core/engine/log.h"

#include <stdio.h>

#include "core/base/num.h"
#include "core/base/str.h"
#include "core/store/container.h"

enum { KEY_MAX = 64 };

static const char driver_file[] = "json-file", driver_none[] = "none";

static const char *opt_value(const struct strv *opts, const char *key)
{
	const char *v = strv_value(opts, key);

	return v ? v : "";
}

static int key_check(const char *opt, struct err *e)
{
	static const char *const known[] = { "max-file", "max-size", "compress", "labels",
		"labels-regex", "env", "env-regex", "tag", "mode",
		"max-buffer-size" };
	size_t len = strcspn(opt, "=");

	for (size_t i = 0; i < countof(known); i++) {
		if (strlen(known[i]) == len && strncmp(known[i], opt, len) == 0)
			return 0;
	}
	return err_set(e, EINVAL, "unknown log opt '%.*s' for json-file log driver",
		(int)(len < KEY_MAX ? len : KEY_MAX), opt);
}

/* Our monitor never lets a container wait for its log, so both modes are the same here. */
static int mode_check(const struct strv *opts, struct err *e)
{
	const char *mode = opt_value(opts, "mode"), *size = opt_value(opts, "max-buffer-size");
	bool free_running = strcmp(mode, "non-blocking") == 0;
	struct err why;
	int64_t bytes;

	if (*mode && !free_running && strcmp(mode, "blocking") != 0)
		return err_set(e, EINVAL, "logger: logging mode not supported: %s", mode);
	if (*size && !free_running)
		return err_set(e, EINVAL, "logger: max-buffer-size option is only supported with "
					  "'mode=non-blocking'");
	if (*size && num_bytes(size, &bytes, &why) < 0)
		return err_set(e, EINVAL, "error parsing option max-buffer-size: %s", why.msg);
	return 0;
}

int log_config_check(const struct container_config *c, struct err *e)
{
	int rc = 0;

	if (strcmp(c->log_driver, driver_none) == 0 && c->log_opts.n)
		return err_set(e, EINVAL, "invalid logging opts for driver none");
	if (strcmp(c->log_driver, driver_none) == 0)
		return 0;
	if (*c->log_driver && strcmp(c->log_driver, driver_file) != 0)
		return err_set(e, EINVAL,
			"error looking up logging plugin %s: plugin \"%s\" not found",
			c->log_driver, c->log_driver);
	for (size_t i = 0; i < c->log_opts.n && rc >= 0; i++)
		rc = key_check(c->log_opts.v[i], e);
	return rc < 0 ? rc : mode_check(&c->log_opts, e);
}

/* "10m" is 10,000,000: num_bytes knows the grammar, the unit is turned into thousands. */
static int size_parse(const char *text, int64_t *out, struct err *e)
{
	static const char units[] = "kmgtp";
	const char *unit = text + strspn(text, "0123456789. ");
	char digits[KEY_MAX];
	int64_t v, scale = 1;
	double whole;
	const char *at = *unit ? strchr(units, *unit | 32) : NULL;
	int rc = num_bytes(text, &v, e);

	if (rc < 0)
		return rc;
	for (ptrdiff_t i = at ? at - units : -1; i >= 0; i--)
		scale *= 1000;
	snprintf(digits, sizeof(digits), "%.*s", (int)(unit - text), text);
	whole = strtod(digits, NULL);
	if (whole * (double)scale > 9e18)
		return err_set(e, ERANGE, "invalid size: '%s': value out of range", text);
	*out = (int64_t)(whole * (double)scale + 0.5);
	return *out ? 0 : err_set(e, EINVAL, "max-size must be a positive number");
}

static int limits_parse(const struct strv *opts, struct log_config *out, struct err *e)
{
	const char *size = opt_value(opts, "max-size"), *files = opt_value(opts, "max-file");
	int64_t n;
	int rc = 0;

	if (strcmp(size, "-1") == 0)
		out->max_size = -1;
	else if (*size)
		rc = size_parse(size, &out->max_size, e);
	if (rc < 0)
		return rc;
	if (*size)
		out->max_file = 1;
	if (!*files)
		return 0;
	if (num_int10(files, &n, NULL) < 0)
		return err_set(e, EINVAL, "strconv.Atoi: parsing \"%s\": invalid syntax", files);
	if (n < 1)
		return err_set(e, EINVAL, "max-file cannot be less than 1");
	if (n > LOG_FILES_MAX)
		return err_set(e, EINVAL, "max-file cannot be more than %d", LOG_FILES_MAX);
	out->max_file = (int)n;
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

/* {{.Name}} and its like in a tag. */
static int tag_field(const char *field, size_t len, size_t column, const struct container *c,
	struct str *out, struct err *e)
{
	const char *image = strncmp(c->image_id, "sha256:", 7) == 0 ? c->image_id + 7 : c->image_id;
	const struct {
		const char *name, *value;
		int max;
	} fields[] = {
		{ ".ID", c->id, CONTAINER_SHORT_LEN },
		{ ".FullID", c->id, CONTAINER_ID_LEN },
		{ ".Name", c->name, CONTAINER_NAME_MAX },
		{ ".ImageID", image, CONTAINER_SHORT_LEN },
		{ ".ImageFullID", c->image_id, 128 },
		{ ".ImageName", c->config.image, 512 },
		{ ".DaemonName", "docker", 16 },
	};

	for (size_t i = 0; i < countof(fields); i++) {
		if (strlen(fields[i].name) == len && strncmp(fields[i].name, field, len) == 0) {
			str_addf(out, "%.*s", fields[i].max, fields[i].value);
			return 0;
		}
	}
	if (len > KEY_MAX)
		len = KEY_MAX;
	return err_set(e, EINVAL, "template: log-tag:1:%zu: executing \"log-tag\" at <%.*s>: can't "
				  "evaluate field %.*s in type *logger.Info",
		column, (int)len, field,
		(int)len - (len > 0), field + (len > 0));
}

static int tag_make(const char *tag, const struct container *c, struct arena *mem, const char **out,
	struct err *e)
{
	auto_str struct str b = STR_INIT;
	const char *start = tag, *open;
	int rc = 0;

	for (; rc >= 0 && (open = strstr(tag, "{{"));) {
		const char *end = strstr(open, "}}"), *field = open + 2 + strspn(open + 2, " ");

		if (!end)
			return err_set(e, EINVAL, "template: log-tag:1: unclosed action");
		str_add(&b, tag, (size_t)(open - tag));
		rc = tag_field(field, field < end ? strcspn(field, " }") : 0,
			(size_t)(field - start), c, &b, e);
		tag = end + 2;
	}
	str_puts(&b, tag);
	*out = strv_dup(b.s, b.len, mem);
	return rc;
}

static void json_text(struct str *out, const char *s)
{
	char *room = str_room(out, 6 * strlen(s) + 8), *end = log_escape(room, s, strlen(s));

	str_grew(out, (size_t)(end - room));
}

static int attrs_make(const struct container *c, struct arena *mem, const char **out,
	struct err *e)
{
	const struct strv *opts = &c->config.log_opts;
	auto_str struct str b = STR_INIT;
	struct attr *all = NULL;
	const char *tag = opt_value(opts, "tag");
	int rc = *tag ? tag_make(tag, c, mem, &tag, e) : 0;

	if (rc < 0)
		return rc;
	attrs_pick(&all, opt_value(opts, "labels"), &c->config.labels, mem);
	attrs_pick(&all, opt_value(opts, "env"), &c->config.env, mem);
	if (*tag)
		attrs_set(&all, "tag", tag, mem);
	for (const struct attr *a = all; a; a = a->next) {
		str_puts(&b, a == all ? "{\"" : ",\"");
		json_text(&b, a->key);
		str_puts(&b, "\":\"");
		json_text(&b, a->value);
		str_puts(&b, a->next ? "\"" : "\"}");
	}
	if (b.len > LOG_ATTRS_MAX)
		return err_set(e, EINVAL,
			"labels, env and tag make more than %d bytes for each line", LOG_ATTRS_MAX);
	*out = strv_dup(b.s, b.len, mem);
	return 0;
}

/* What Docker can and we cannot is refused by name. */
static int refuse(const struct strv *opts, struct err *e)
{
	const char *compress = opt_value(opts, "compress");
	bool on = false;

	if (*compress && num_bool(compress, &on, NULL) < 0)
		return err_set(e, EINVAL, "strconv.ParseBool: parsing \"%s\": invalid syntax",
			compress);
	if (on)
		return err_set(e, EINVAL, "log opt 'compress' is not supported");
	for (int i = 0; i < 2; i++) {
		const char *key = i ? "env-regex" : "labels-regex";

		if (*opt_value(opts, key))
			return err_set(e, EINVAL, "log opt '%s' is not supported", key);
	}
	return 0;
}

int log_config_make(const struct container *c, struct arena *mem, struct log_config *out,
	struct err *e)
{
	int rc = log_config_check(&c->config, e);

	*out = (struct log_config){ .max_size = LOG_SIZE_DEFAULT, .attrs = "" };
	out->max_file = LOG_FILES_DEFAULT;
	if (rc < 0)
		return rc;
	out->none = strcmp(c->config.log_driver, driver_none) == 0;
	if (out->none)
		return 0;
	rc = refuse(&c->config.log_opts, e);
	if (rc >= 0)
		rc = limits_parse(&c->config.log_opts, out, e);
	if (rc >= 0)
		rc = attrs_make(c, mem, &out->attrs, e);
	return rc < 0 ? err_wrap(e, "failed to initialize logging driver") : 0;
}
