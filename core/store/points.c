// SPDX-License-Identifier: MIT
#include "core/store/points.h"

#include "core/store/mountspec.h"

static const char *const types[] = {
	[MOUNT_BIND] = "bind",
	[MOUNT_VOLUME] = "volume",
	[MOUNT_TMPFS] = "tmpfs",
};

/* One row a field, so that both directions name it once. */
#define M(field)	offsetof(struct mount_spec, field)
static const struct {
	const char *key;
	size_t off;
} texts[] = {
	{ "Source", M(source) },
	{ "Target", M(target) },
	{ "Mode", M(mode) },
	{ "Propagation", M(propagation) },
	{ "Options", M(tmpfs_options) },
	{ "Driver", M(driver) },
}, flags[] = {
	{ "ReadOnly", M(read_only) },
	{ "NoCopy", M(no_copy) },
	{ "CreateSource", M(create_source) },
	{ "Long", M(long_form) },
	{ "Anonymous", M(anonymous) },
};
#undef M

static json_t *point_json(const struct mount_spec *m)
{
	json_t *o = json_object();

	json_put_text(o, "Type", types[m->type]);
	for (size_t i = 0; i < countof(texts); i++) {
		const char *const *text = (const void *)((const char *)m + texts[i].off);

		if (**text)
			json_put_text(o, texts[i].key, *text);
	}
	for (size_t i = 0; i < countof(flags); i++) {
		if (*(const bool *)((const char *)m + flags[i].off))
			json_put_bool(o, flags[i].key, true);
	}
	if (m->tmpfs_size)
		json_put_int(o, "Size", m->tmpfs_size);
	if (m->tmpfs_mode)
		json_put_int(o, "FileMode", m->tmpfs_mode);
	return o;
}

json_t *points_json(const struct container *c)
{
	json_t *a = json_array();

	for (size_t i = 0; i < c->points_n; i++)
		json_array_append_new(a, point_json(&c->points[i]));
	return a;
}

static int point_from(const json_t *o, struct mount_spec *m, struct arena *mem, struct err *e)
{
	const char *type = "";
	int64_t mode = 0;
	int rc = json_text(o, "Type", &type, mem, e);

	mountspec_init(m);
	m->type = strcmp(type, "bind") == 0  ? MOUNT_BIND
		: strcmp(type, "tmpfs") == 0 ? MOUNT_TMPFS
					     : MOUNT_VOLUME;
	for (size_t i = 0; i < countof(texts) && rc >= 0; i++)
		rc = json_text(o, texts[i].key, (void *)((char *)m + texts[i].off), mem, e);
	for (size_t i = 0; i < countof(flags) && rc >= 0; i++)
		rc = json_bool(o, flags[i].key, (void *)((char *)m + flags[i].off), e);
	if (rc >= 0)
		rc = json_int(o, "Size", &m->tmpfs_size, e);
	if (rc >= 0)
		rc = json_int(o, "FileMode", &mode, e);
	m->tmpfs_mode = (uint32_t)mode;
	return rc;
}

int points_from_json(const json_t *a, struct container *c, struct arena *mem, struct err *e)
{
	json_t *o;
	size_t i;

	json_array_foreach((json_t *)a, i, o)
	{
		struct mount_spec m;
		int rc = point_from(o, &m, mem, e);

		if (rc < 0)
			return err_wrap(e, "MountPoints");
		mountspec_point(c, &m, mem);
	}
	return 0;
}
