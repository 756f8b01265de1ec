// SPDX-License-Identifier: MIT
/* logopt.c - --log-driver and --log-opt: what a user asked of a log, checked.
 *
 * Docker looks at names when a container is created and at values when it starts; so do we.
 * Sizes are powers of 1000 here, unlike those of --memory: that too is Docker's. */
#include "core/engine/log.h"

#include <stdio.h>

#include "build/gen/config.h"
#include "core/base/num.h"
#include "core/engine/logattr.h"
#include "core/net/syslog.h"
#include "core/store/container.h"

enum { KEY_MAX = 64 };

struct driver {
	const char *name;
	const char *unknown; /* Docker's sentence, between the option and the driver's name */
	const char *after;
	const char *keys;
};

/* Words, each with a blank behind it. */
static const char file_keys[] = "max-file max-size compress labels labels-regex env env-regex tag ";
static const char local_keys[] = "max-file max-size compress ";
static const char syslog_keys[] = "env env-regex labels labels-regex syslog-address "
	"syslog-facility syslog-tls-ca-cert syslog-tls-cert syslog-tls-key "
	"syslog-tls-skip-verify tag syslog-format ";
/* What every driver takes. The cache is what `logs` reads where the driver's own cannot be. */
static const char common_keys[] = "mode max-buffer-size cache-disabled cache-max-size "
	"cache-max-file cache-compress ";

enum { FILE_DRIVER,
	LOCAL,
	SYSLOG };
static const struct driver drivers[] = {
	[FILE_DRIVER] = { "json-file", " for ", " log driver", file_keys },
	[LOCAL] = { "local", " for log driver ", "", local_keys },
	[SYSLOG] = { "syslog", " for ", " log driver", syslog_keys },
};
static const char driver_none[] = "none";

static const char *opt_value(const struct strv *opts, const char *key)
{
	const char *v = strv_value(opts, key);

	return v ? v : "";
}

/* NULL for none and for what we do not have. */
static const struct driver *driver_of(const struct container_config *c)
{
	const char *name = *c->log_driver ? c->log_driver : drivers[FILE_DRIVER].name;

	for (size_t i = 0; i < countof(drivers); i++) {
		if (strcmp(drivers[i].name, name) == 0)
			return &drivers[i];
	}
	return NULL;
}

static bool key_in(const char *keys, const char *opt)
{
	size_t len = strcspn(opt, "=");

	for (; *keys; keys += strcspn(keys, " ") + 1) {
		if (strcspn(keys, " ") == len && strncmp(keys, opt, len) == 0)
			return true;
	}
	return false;
}

static int keys_check(const struct driver *d, const struct strv *opts, struct err *e)
{
	for (size_t i = 0; i < opts->n; i++) {
		const char *opt = opts->v[i];
		size_t len = strcspn(opt, "=");

		if (!key_in(d->keys, opt) && !key_in(common_keys, opt))
			return err_set(e, EINVAL, "unknown log opt '%.*s'%s%s%s",
				(int)(len < KEY_MAX ? len : KEY_MAX), opt, d->unknown, d->name,
				d->after);
	}
	return 0;
}

/* Nothing of ours waits for a file, so both modes are the same there; for a receiver of syslog
 * messages that is behind they are not (syslog.h). */
static int mode_check(const struct strv *opts, struct err *e)
{
	const char *mode = opt_value(opts, "mode"), *size = opt_value(opts, "max-buffer-size"),
		   *cache = opt_value(opts, "cache-disabled");
	bool free_running = strcmp(mode, "non-blocking") == 0, on;
	struct err why;
	int64_t bytes;

	if (*mode && !free_running && strcmp(mode, "blocking") != 0)
		return err_set(e, EINVAL, "logger: logging mode not supported: %s", mode);
	if (*size && !free_running)
		return err_set(e, EINVAL, "logger: max-buffer-size option is only supported with "
					  "'mode=non-blocking'");
	if (*size && num_bytes(size, &bytes, &why) < 0)
		return err_set(e, EINVAL, "error parsing option max-buffer-size: %s", why.msg);
	if (*cache && num_bool(cache, &on, NULL) < 0)
		return err_set(e, EINVAL, "invalid value for option cache-disabled: %s", cache);
	return 0;
}

static int syslog_check(const struct strv *opts, struct err *e)
{
	enum syslog_format format;
	int facility, rc;

	if (!CFG_LOG_SYSLOG)
		return err_set(e, EINVAL, "no log driver syslog here (needs CONFIG_LOG_SYSLOG)");
	rc = syslog_address_check(opt_value(opts, "syslog-address"), e);
	if (rc >= 0)
		rc = syslog_facility_parse(opt_value(opts, "syslog-facility"), &facility, e);
	return rc < 0 ? rc : syslog_format_parse(opt_value(opts, "syslog-format"), &format, e);
}

/* A build without them says so, rather than leave them out of each line. */
static int attrs_check(const struct strv *opts, struct err *e)
{
	for (size_t i = 0; !CFG_LOG_ATTRS && i < opts->n; i++) {
		if (key_in("labels labels-regex env env-regex tag ", opts->v[i]))
			return err_set(e, EINVAL,
				"no log option %.100s here (needs CONFIG_LOG_ATTRS)", opts->v[i]);
	}
	return 0;
}

int log_config_check(const struct container_config *c, struct err *e)
{
	const struct driver *d = driver_of(c);
	int rc;

	if (strcmp(c->log_driver, driver_none) == 0)
		return c->log_opts.n ? err_set(e, EINVAL, "invalid logging opts for driver none") :
				       0;
	if (!d)
		return err_set(e, EINVAL,
			"error looking up logging plugin %s: plugin \"%s\" not found",
			c->log_driver, c->log_driver);
	rc = mode_check(&c->log_opts, e);
	if (rc >= 0)
		rc = attrs_check(&c->log_opts, e);
	if (rc >= 0)
		rc = keys_check(d, &c->log_opts, e);
	return rc < 0 || d != &drivers[SYSLOG] ? rc : syslog_check(&c->log_opts, e);
}

static bool cache_disabled(const struct container_config *c)
{
	bool off = false;

	(void)!num_bool(opt_value(&c->log_opts, "cache-disabled"), &off, NULL);
	return off;
}

bool log_readable(const struct container_config *c)
{
	const struct driver *d = driver_of(c);

	return d && (d != &drivers[SYSLOG] || !cache_disabled(c));
}

bool log_has_path(const struct container_config *c)
{
	return driver_of(c) == &drivers[FILE_DRIVER];
}

/* --- files ----------------------------------------------------------------------- */

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

static int count_parse(const char *text, int64_t least, int *out, struct err *e)
{
	int64_t n;

	if (num_int10(text, &n, NULL) < 0)
		return err_set(e, EINVAL, "strconv.Atoi: parsing \"%s\": invalid syntax", text);
	if (n < least)
		return err_set(e, EINVAL, least ? "max-file cannot be less than 1" :
						  "max file count cannot be less than 0");
	if (n > LOG_FILES_MAX)
		return err_set(e, EINVAL, "max-file cannot be more than %d", LOG_FILES_MAX);
	*out = n ? (int)n : 1;
	return 0;
}

static int compress_parse(const char *text, bool *on, struct err *e)
{
	if (*text && num_bool(text, on, NULL) < 0)
		return err_set(e, EINVAL, "strconv.ParseBool: parsing \"%s\": invalid syntax",
			text);
	return 0;
}

static int file_make(const struct strv *opts, struct log_config *out, struct err *e)
{
	const char *size = opt_value(opts, "max-size"), *files = opt_value(opts, "max-file");
	int rc = 0;

	if (strcmp(size, "-1") == 0)
		out->max_size = -1;
	else if (*size)
		rc = size_parse(size, &out->max_size, e);
	if (rc >= 0 && *size)
		out->max_file = 1;
	if (rc >= 0 && *files)
		rc = count_parse(files, 1, &out->max_file, e);
	if (rc >= 0)
		rc = compress_parse(opt_value(opts, "compress"), &out->uncompressed, e);
	if (rc >= 0 && out->uncompressed && (out->max_file < 2 || !*size))
		rc = err_set(e, EINVAL,
			"compress cannot be true when max-file is less than 2 or max-size is "
			"not set");
	return rc;
}

static int local_make(const struct strv *opts, struct log_config *out, struct err *e)
{
	const char *size = opt_value(opts, "max-size"), *files = opt_value(opts, "max-file"),
		   *compress = opt_value(opts, "compress");
	int64_t n;
	int rc = 0;

	out->max_size = LOG_LOCAL_SIZE;
	out->max_file = LOG_LOCAL_FILES;
	if (*size && size_parse(size, &out->max_size, e) < 0)
		return err_wrap(e, "invalid value for max-size: %s", size);
	if (*files)
		rc = count_parse(files, 0, &out->max_file, e);
	if (rc < 0 && num_int10(files, &n, NULL) < 0)
		return err_wrap(e, "invalid value for max-file: %s", files);
	if (rc < 0)
		return rc;
	if (compress_parse(compress, &out->uncompressed, e) < 0)
		return err_wrap(e, "error reading compress log option");
	if (out->max_file == 1 && (out->uncompressed || !*compress))
		return err_set(e, EINVAL,
			"compression cannot be enabled when max file count is 1");
	return 0;
}

/* What `logs` reads of a driver that cannot be read: where it is asked for in vain, output still
 * goes to the driver, as with Docker. */
static void cache_make(const struct container_config *c, struct log_config *out)
{
	const char *size = opt_value(&c->log_opts, "cache-max-size"),
		   *files = opt_value(&c->log_opts, "cache-max-file");

	out->file = !cache_disabled(c);
	if (*size && size_parse(size, &out->max_size, NULL) < 0)
		out->file = false;
	if (*files && count_parse(files, 1, &out->max_file, NULL) < 0)
		out->file = false;
}

/* --- all of it ------------------------------------------------------------------- */

static int syslog_make(const struct container *c, struct arena *mem, struct log_config *out,
	struct err *e)
{
	const struct strv *opts = &c->config.log_opts;
	struct syslog_config *s = arena_get(mem, sizeof(*s));
	const char *room = opt_value(opts, "max-buffer-size");
	int rc;

	*s = (struct syslog_config){ .address = opt_value(opts, "syslog-address") };
	s->drop = strcmp(opt_value(opts, "mode"), "non-blocking") == 0;
	s->queue_max = s->drop ? SYSLOG_QUEUE_DROP : SYSLOG_QUEUE_MAX;
	rc = *room ? num_bytes(room, &s->queue_max, e) : 0;
	if (rc >= 0)
		rc = syslog_facility_parse(opt_value(opts, "syslog-facility"), &s->facility, e);
	if (rc >= 0)
		rc = syslog_format_parse(opt_value(opts, "syslog-format"), &s->format, e);
	if (rc >= 0)
		rc = logattr_tag(c, "{{.ID}}", mem, &s->tag, e);
	out->syslog = s;
	cache_make(&c->config, out);
	return rc;
}

static int driver_make(const struct container *c, struct arena *mem, struct log_config *out,
	struct err *e)
{
	const struct driver *d = driver_of(&c->config);
	int rc;

	if (!d)
		return 0;
	if (d == &drivers[SYSLOG])
		return CFG_LOG_SYSLOG ? syslog_make(c, mem, out, e) : -EINVAL;
	out->file = true;
	if (d == &drivers[LOCAL])
		return !CFG_LOG_LOCAL ? err_set(e, EINVAL, "no log driver local here (needs "
							   "CONFIG_LOG_LOCAL)") :
					local_make(&c->config.log_opts, out, e);
	rc = file_make(&c->config.log_opts, out, e);
	return rc < 0 || !CFG_LOG_ATTRS ? rc : logattr_make(c, mem, &out->attrs, e);
}

int log_config_make(const struct container *c, struct arena *mem, struct log_config *out,
	struct err *e)
{
	int rc = log_config_check(&c->config, e);

	*out = (struct log_config){ .max_size = LOG_SIZE_DEFAULT, .attrs = "" };
	out->max_file = LOG_FILES_DEFAULT;
	if (rc < 0)
		return rc;
	rc = driver_make(c, mem, out, e);
	return rc < 0 ? err_wrap(e, "failed to initialize logging driver") : 0;
}
