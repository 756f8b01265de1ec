// SPDX-License-Identifier: MIT
#include "core/engine/describe.h"

#include "build/gen/config.h"
#include "core/engine/health.h"
#include "core/engine/log.h"
#include "core/engine/volumes.h"

#include "core/kern/mount.h"
#include "core/os/clock.h"
#include "core/os/tree.h"
#include "core/store/container_json.h"
#include "core/store/image.h"
#include "core/store/layer.h"

#include <fcntl.h>
#include <stdio.h>

static void put_time(json_t *o, const char *key, int64_t ns)
{
	char text[CLOCK_TEXT_MAX];

	json_put_text(o, key, clock_format(ns ? ns : CLOCK_NEVER, text));
}

static json_t *state_doc(const struct container_state *st)
{
	json_t *o = json_object();
	bool paused = st->status == CONTAINER_PAUSED;

	json_put_text(o, "Status", container_status_text(st->status));
	json_put_bool(o, "Running", st->status == CONTAINER_RUNNING || paused);
	json_put_bool(o, "Paused", paused);
	json_put_bool(o, "Restarting", st->status == CONTAINER_RESTARTING);
	json_put_bool(o, "OOMKilled", st->oom_killed);
	json_put_bool(o, "Dead", st->status == CONTAINER_DEAD);
	json_put_int(o, "Pid", st->pid);
	json_put_int(o, "ExitCode", st->exit_code);
	json_put_text(o, "Error", st->error);
	put_time(o, "StartedAt", st->started_ns);
	put_time(o, "FinishedAt", st->finished_ns);
	return o;
}

static void put_path(json_t *o, const char *key, const char *tree, const char *id, const char *file)
{
	auto_str struct str b = STR_INIT;

	str_addf(&b, "%s/containers/%s/%s", tree, id, file);
	json_put_text(o, key, b.s);
}

static json_t *driver_doc(struct engine *g, const struct container *c)
{
	auto_str struct str lower = STR_INIT;
	json_t *o = json_object(), *data = json_object();

	for (size_t i = c->layers.n; i-- > 0;) {
		char rel[LAYER_PATH_TEXT + 1];
		struct digest d;

		if (digest_parse(&d, c->layers.v[i], strlen(c->layers.v[i]), NULL) < 0)
			continue;
		layer_path(&d, rel);
		str_addf(&lower, "%s%s/%s", lower.len ? ":" : "", g->store->root, rel);
	}
	json_put_text(data, "LowerDir", lower.s);
	put_path(data, "MergedDir", g->store->root, c->id, "merged");
	put_path(data, "UpperDir", g->store->root, c->id, "upper");
	put_path(data, "WorkDir", g->store->root, c->id, "work");
	json_put(o, "Data", data);
	json_put_text(o, "Name", "overlay2");
	return o;
}

static json_t *mount_doc(struct engine *g, const struct mount_spec *m)
{
	static const char *const types[] = {
		[MOUNT_BIND] = "bind",
		[MOUNT_VOLUME] = "volume",
		[MOUNT_TMPFS] = "tmpfs",
	};
	bool volume = m->type == MOUNT_VOLUME;
	json_t *o = json_object();

	json_put_text(o, "Type", types[m->type]);
	if (volume)
		json_put_text(o, "Name", m->source);
	json_put_text(o, "Source",
		volume ? volume_path(g->store, m->source, g->mem) : m->source);
	json_put_text(o, "Destination", m->target);
	if (volume)
		json_put_text(o, "Driver", m->driver);
	/* Docker takes volumes for "z", labelled for sharing, but for an image's and -v DST's. */
	json_put_text(o, "Mode",
		volume && !*m->mode && (m->long_form || !m->anonymous) ? "z" : m->mode);
	json_put_bool(o, "RW", !m->read_only);
	json_put_text(o, "Propagation",
		m->type != MOUNT_BIND ? "" : *m->propagation ? m->propagation
							     : "rprivate");
	return o;
}

static json_t *mounts_doc(struct engine *g, const struct container *c)
{
	json_t *a = json_array();

	for (size_t i = 0; i < c->points_n; i++) {
		const struct mount_spec *m = &c->points[i];

		if (m->type != MOUNT_TMPFS || m->long_form) /* Docker leaves --tmpfs out here */
			json_array_append_new(a, mount_doc(g, m));
	}
	return a;
}

static json_t *paths_doc(const char *const *list, bool any)
{
	json_t *a = json_array();

	for (; any && *list; list++)
		json_array_append_new(a, json_string(*list));
	return any ? a : json_or_null(a);
}

static json_t *host_doc(const struct container *c)
{
	json_t *o = container_host_config_json(&c->config);

	json_put(o, "MaskedPaths", paths_doc(mount_masked_paths, !c->config.privileged));
	json_put(o, "ReadonlyPaths", paths_doc(mount_readonly_paths, !c->config.privileged));
	return o;
}

/* What it wrote, and that with its image. */
static void put_sizes(struct engine *g, const struct container *c, json_t *o)
{
	auto_close int dir = container_dir(g->store, c->id, false, NULL), upper = -1;
	struct tree_usage u = { 0 };
	struct image_info info;

	if (dir >= 0)
		upper = openat(dir, "upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (upper >= 0)
		(void)!tree_size(upper, &u, NULL);
	json_put_int(o, "SizeRw", (int64_t)u.size);
	if (image_info(g->store, c->image_id, &info, g->mem, NULL) < 0)
		info.size = 0;
	json_put_int(o, "SizeRootFs", (int64_t)u.size + info.size);
}

json_t *engine_inspect(struct engine *g, const char *id, bool size, struct err *e)
{
	auto_str struct str name = STR_INIT;
	struct container c;
	json_t *o, *health;

	if (container_load(g->store, id, &c, g->mem, e) < 0)
		return NULL;
	o = json_object();
	json_put_text(o, "Id", c.id);
	put_time(o, "Created", c.created_ns);
	json_put_text(o, "Path", c.path);
	json_put(o, "Args", json_from_strv(&c.args));
	json_put(o, "State", state_doc(&c.state));
	health = CFG_HEALTH ? health_doc(g->store, &c) : NULL;
	if (health)
		json_put(json_object_get(o, "State"), "Health", health);
	json_put_text(o, "Image", c.image_id);
	put_path(o, "ResolvConfPath", g->store->state, c.id, "resolv.conf");
	put_path(o, "HostnamePath", g->store->state, c.id, "hostname");
	put_path(o, "HostsPath", g->store->state, c.id, "hosts");
	if (log_has_path(&c.config))
		put_path(o, "LogPath", g->store->root, c.id, "log.json");
	else
		json_put_text(o, "LogPath", "");
	str_addf(&name, "/%s", c.name);
	json_put_text(o, "Name", name.s);
	json_put_int(o, "RestartCount", c.state.restart_count);
	json_put_text(o, "Driver", "overlay2");
	json_put_text(o, "Platform", "linux");
	json_put_text(o, "MountLabel", "");
	json_put_text(o, "ProcessLabel", "");
	json_put_text(o, "AppArmorProfile", "");
	json_put(o, "ExecIDs", json_null());
	json_put(o, "HostConfig", host_doc(&c));
	json_put(o, "GraphDriver", driver_doc(g, &c));
	if (size)
		put_sizes(g, &c, o);
	json_put(o, "Mounts", mounts_doc(g, &c));
	json_put(o, "Config", container_config_json(&c.config));
	json_put(o, "NetworkSettings", describe_networks(g, &c));
	return o;
}
