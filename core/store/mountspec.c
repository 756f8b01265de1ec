// SPDX-License-Identifier: MIT
#include "core/store/mountspec.h"

#include "core/base/num.h"
#include "core/base/str.h"
#include "core/fmt/csv.h"
#include "core/kern/mount.h"
#include "core/store/volume.h"

#include <stdio.h>
#include <sys/mount.h>

void mountspec_init(struct mount_spec *m)
{
	*m = (struct mount_spec){ .source = "",
				  .target = "",
				  .mode = "",
				  .propagation = "",
				  .tmpfs_options = "",
				  .driver = "" };
}

struct mount_spec *mountspec_add(struct container_config *c, struct arena *mem)
{
	struct mount_spec *v = arena_get(mem, (c->mounts_n + 1) * sizeof(*v));

	if (c->mounts_n)
		memcpy(v, c->mounts, c->mounts_n * sizeof(*v));
	c->mounts = v;
	mountspec_init(&v[c->mounts_n]);
	return &v[c->mounts_n++];
}

const struct mount_spec *mountspec_point_at(const struct container *c, const char *target)
{
	for (size_t i = 0; i < c->points_n; i++) {
		if (strcmp(c->points[i].target, target) == 0)
			return &c->points[i];
	}
	return NULL;
}

void mountspec_point(struct container *c, const struct mount_spec *m, struct arena *mem)
{
	const struct mount_spec *there = mountspec_point_at(c, m->target);
	struct mount_spec *v;

	if (there) {
		c->points[there - c->points] = *m;
		return;
	}
	v = arena_get(mem, (c->points_n + 1) * sizeof(*v));
	if (c->points_n)
		memcpy(v, c->points, c->points_n * sizeof(*v));
	v[c->points_n++] = *m;
	c->points = v;
}

static bool word_is(const char *w, size_t n, const char *text)
{
	return strlen(text) == n && memcmp(w, text, n) == 0;
}

static bool is_propagation(const char *w, size_t n)
{
	static const char *const words[] = { "private", "rprivate", "shared", "rshared", "slave",
		"rslave" };

	for (size_t i = 0; i < countof(words); i++) {
		if (word_is(w, n, words[i]))
			return true;
	}
	return false;
}

/* The third part of -v: "ro", "rw", "z", "nocopy", a propagation … in any order. */
static int mode_words(const char *mode, struct mount_spec *m, struct arena *mem, struct err *e)
{
	for (const char *w = mode, *end;; w = end + 1) {
		size_t n;

		end = strchrnul(w, ',');
		n = (size_t)(end - w);
		if (word_is(w, n, "ro"))
			m->read_only = true;
		else if (word_is(w, n, "nocopy"))
			m->no_copy = true;
		else if (is_propagation(w, n) && m->type == MOUNT_BIND)
			m->propagation = strv_dup(w, n, mem);
		else if (!word_is(w, n, "rw") && !word_is(w, n, "z") && !word_is(w, n, "Z") &&
			!word_is(w, n, "consistent") && !word_is(w, n, "cached") &&
			!word_is(w, n, "delegated"))
			return err_set(e, EINVAL, "invalid mode: %s", mode);
		if (!*end)
			return 0;
	}
}

static int target_check(const char *text, const char *type, const char *target, struct err *e)
{
	if (target[0] != '/')
		return err_set(e, EINVAL,
			       "invalid volume specification: '%s': invalid mount config for "
			       "type \"%s\": invalid mount path: '%s' mount path must be absolute",
			       text, type, target);
	if (!target[strspn(target, "/.")] && !strstr(target, "..."))
		return err_set(e, EINVAL,
			       "invalid volume specification: '%s': invalid mount config for "
			       "type \"%s\": invalid specification: destination can't be '/'",
			       text, type);
	return 0;
}

int mountspec_bind(const char *text, struct mount_spec *m, struct arena *mem, struct err *e)
{
	const char *first = strchr(text, ':'), *second = first ? strchr(first + 1, ':') : NULL;
	int rc;

	mountspec_init(m);
	if (!*text || strlen(text) > MOUNT_TEXT_MAX || (second && strchr(second + 1, ':')))
		return err_set(e, EINVAL, "invalid volume specification: '%.200s'", text);
	if (!first) {
		m->type = MOUNT_VOLUME;
		m->target = strv_dup(text, strlen(text), mem);
		return target_check(text, "volume", m->target, e);
	}
	m->source = strv_dup(text, (size_t)(first - text), mem);
	m->target =
		strv_dup(first + 1, second ? (size_t)(second - first - 1) : strlen(first + 1), mem);
	m->mode = second ? strv_dup(second + 1, strlen(second + 1), mem) : "";
	if (!*m->source || !*m->target || (second && !*m->mode))
		return err_set(e, EINVAL, "invalid volume specification: '%s'", text);
	m->type = m->source[0] == '/' ? MOUNT_BIND : MOUNT_VOLUME;
	m->create_source = m->type == MOUNT_BIND;
	rc = target_check(text, m->type == MOUNT_BIND ? "bind" : "volume", m->target, e);
	if (rc >= 0 && m->type == MOUNT_VOLUME)
		rc = volume_name_check(m->source, e);
	return rc < 0 || !*m->mode ? rc : mode_words(m->mode, m, mem, e);
}

static int flag_value(const char *key, const char *value, bool *out, struct err *e)
{
	if (!value) {
		*out = true;
		return 0;
	}
	if (num_bool(value, out, NULL) < 0)
		return err_set(e, EINVAL, "invalid value for %s: %s", key, value);
	return 0;
}

static int mount_type(const char *value, struct mount_spec *m, struct err *e)
{
	if (strcasecmp(value, "bind") == 0)
		m->type = MOUNT_BIND;
	else if (strcasecmp(value, "tmpfs") == 0)
		m->type = MOUNT_TMPFS;
	else if (strcasecmp(value, "volume") == 0)
		m->type = MOUNT_VOLUME;
	else
		return err_set(e, EINVAL,
			       "invalid mount config for type \"%s\": mount type unknown", value);
	return 0;
}

static int tmpfs_mode(const char *value, struct mount_spec *m, struct err *e)
{
	char *end;
	unsigned long mode = strtoul(value, &end, 8);

	if (!*value || *end || mode > 07777)
		return err_set(e, EINVAL, "invalid value for tmpfs-mode: %s", value);
	m->tmpfs_mode = (uint32_t)mode;
	return 0;
}

static int mount_pair(const char *key, const char *value, const char *field, struct mount_spec *m,
	struct arena *mem, struct err *e)
{
	bool skip;

	if (strcmp(key, "type") == 0)
		return mount_type(value, m, e);
	if (strcmp(key, "source") == 0 || strcmp(key, "src") == 0)
		m->source = value;
	else if (strcmp(key, "target") == 0 || strcmp(key, "dst") == 0 ||
		strcmp(key, "destination") == 0)
		m->target = value;
	else if (strcmp(key, "bind-propagation") == 0)
		m->propagation = value;
	else if (strcmp(key, "volume-driver") == 0)
		m->driver = value;
	else if (strcmp(key, "volume-opt") == 0)
		strv_add(&m->driver_opts, value, mem);
	else if (strcmp(key, "volume-label") == 0)
		strv_add(&m->volume_labels, value, mem);
	else if (strcmp(key, "tmpfs-mode") == 0)
		return tmpfs_mode(value, m, e);
	else if (strcmp(key, "tmpfs-size") == 0)
		return num_bytes(value, &m->tmpfs_size, NULL) == 0 ? 0 :
			err_set(e, EINVAL, "invalid value for tmpfs-size: %s", value);
	else if (strcmp(key, "readonly") == 0 || strcmp(key, "ro") == 0)
		return flag_value(key, value, &m->read_only, e);
	else if (strcmp(key, "volume-nocopy") == 0)
		return flag_value(key, value, &m->no_copy, e);
	else if (strcmp(key, "bind-nonrecursive") == 0)
		return flag_value(key, value, &skip, e);
	else if (strcmp(key, "consistency") != 0)
		return err_set(e, EINVAL, "unexpected key '%s' in '%s'", key, field);
	return 0;
}

/* What only the whole of a --mount can show. */
static int mount_whole(const struct mount_spec *m, struct err *e)
{
	const char *type = m->type == MOUNT_BIND ? "bind" : m->type == MOUNT_TMPFS ? "tmpfs"
										   : "volume";

	if (!*m->target)
		return err_set(e, EINVAL, "target is required");
	if (m->target[0] != '/')
		return err_set(e, EINVAL,
			       "invalid mount config for type \"%s\": invalid mount path: '%s' "
			       "mount path must be absolute",
			       type, m->target);
	if (m->type == MOUNT_BIND && !*m->source)
		return err_set(e, EINVAL,
			       "invalid mount config for type \"bind\": field Source must "
			       "not be empty");
	if (m->type == MOUNT_BIND && m->source[0] != '/')
		return err_set(e, EINVAL,
			       "invalid mount config for type \"bind\": invalid mount path: "
			       "'%s' mount path must be absolute",
			       m->source);
	if (m->type == MOUNT_TMPFS && *m->source)
		return err_set(e, EINVAL,
			       "invalid mount config for type \"tmpfs\": field Source must "
			       "not be specified");
	if (*m->propagation && m->type != MOUNT_BIND)
		return err_set(e, EINVAL, "cannot mix 'bind-*' options with mount type '%s'", type);
	if (*m->propagation && !is_propagation(m->propagation, strlen(m->propagation)))
		return err_set(e, EINVAL,
			       "invalid mount config for type \"bind\": invalid propagation "
			       "mode: %s",
			       m->propagation);
	if ((m->no_copy || *m->driver || m->driver_opts.n || m->volume_labels.n) &&
	    m->type != MOUNT_VOLUME)
		return err_set(e, EINVAL, "cannot mix 'volume-*' options with mount type '%s'",
			       type);
	if ((m->tmpfs_size || m->tmpfs_mode) && m->type != MOUNT_TMPFS)
		return err_set(e, EINVAL, "cannot mix 'tmpfs-*' options with mount type '%s'",
			       type);
	return m->type == MOUNT_VOLUME && *m->source ? volume_name_check(m->source, e) : 0;
}

int mountspec_mount(const char *text, struct mount_spec *m, struct arena *mem, struct err *e)
{
	const char *at = text;

	mountspec_init(m);
	m->type = MOUNT_VOLUME;
	m->long_form = true;
	if (strlen(text) > MOUNT_TEXT_MAX)
		return err_set(e, E2BIG, "--mount is longer than %d bytes", MOUNT_TEXT_MAX);
	while (*at) {
		const char *field, *eq, *key = csv_pair(&at, &field, &eq, mem);
		bool bare;
		int rc;

		bare = strcmp(key, "readonly") == 0 || strcmp(key, "ro") == 0 ||
			strcmp(key, "volume-nocopy") == 0 || strcmp(key, "bind-nonrecursive") == 0;
		if (!eq && !bare)
			return err_set(e, EINVAL, "invalid field '%s' must be a key=value pair",
				       field);
		rc = mount_pair(key, eq, field, m, mem, e);
		if (rc < 0)
			return rc;
	}
	return mount_whole(m, e);
}

int mountspec_tmpfs(const char *text, struct mount_spec *m, struct arena *mem, struct err *e)
{
	const char *colon = strchr(text, ':'), *data;
	unsigned long flags;

	mountspec_init(m);
	m->type = MOUNT_TMPFS;
	if (strlen(text) > MOUNT_TEXT_MAX)
		return err_set(e, E2BIG, "--tmpfs is longer than %d bytes", MOUNT_TEXT_MAX);
	m->target = strv_dup(text, colon ? (size_t)(colon - text) : strlen(text), mem);
	if (m->target[0] != '/')
		return err_set(e, EINVAL, "invalid mount path: '%s' mount path must be absolute",
			m->target);
	if (!m->target[strspn(m->target, "/.")] && !strstr(m->target, "..."))
		return err_set(e, EINVAL, "invalid specification: destination can't be '/'");
	m->tmpfs_options = colon ? strv_dup(colon + 1, strlen(colon + 1), mem) : "";
	return mountspec_tmpfs_words(m->tmpfs_options, &flags, &data, mem, e);
}

/* Words that tmpfs itself takes (tmpfs(5)); any other is refused by name (Z81's kind). */
static bool tmpfs_word(const char *w, size_t n)
{
	static const char *const keys[] = { "size=", "mode=", "uid=", "gid=", "nr_inodes=",
		"nr_blocks=", "mpol=", "huge=" };

	for (size_t i = 0; i < countof(keys); i++) {
		if (n > strlen(keys[i]) && memcmp(w, keys[i], strlen(keys[i])) == 0)
			return true;
	}
	return false;
}

int mountspec_tmpfs_words(const char *words, unsigned long *flags, const char **data,
	struct arena *mem, struct err *e)
{
	auto_str struct str own = STR_INIT;

	*flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	for (const char *w = words, *end; *w; w = *end ? end + 1 : end) {
		unsigned long set, clear;
		size_t n;

		end = strchrnul(w, ',');
		n = (size_t)(end - w);
		if (mount_flag_word(w, n, &set, &clear)) {
			*flags = (*flags & ~clear) | set;
			continue;
		}
		if (!tmpfs_word(w, n))
			return err_set(e, EINVAL, "invalid tmpfs option [\"%.*s\"]", (int)n, w);
		if (own.len)
			str_puts(&own, ",");
		str_add(&own, w, n);
	}
	*data = strv_dup(own.s, own.len, mem);
	return 0;
}
