// SPDX-License-Identifier: MIT
#include "core/store/container_json.h"

#include "core/store/mountspec.h"

#include <stdio.h>

/* How a field looks in JSON. */
enum shape {
	TEXT, /* const char * ⇄ string */
	TEXT_ABSENT, /* left out when empty */
	FLAG, /* bool ⇄ boolean */
	NUM, /* int64_t ⇄ number */
	NUM_NULL, /* int64_t ⇄ number; null for -1, or for 0 where that means "not given" */
	TRISTATE, /* int ⇄ boolean; left out for -1 */
	LIST, /* strv ⇄ array */
	LIST_NULL, /* null when empty */
	LIST_ABSENT, /* left out when empty */
	MAP, /* strv KEY=VALUE ⇄ object */
	MAP_ABSENT,
	SET_NULL, /* strv ⇄ {"x": {}}; null when empty */
	SET_ABSENT,
	FIXED, /* a key Docker prints that we do not hold; `fixed` is its JSON text */
	SPECIAL, /* functions of its own */
};

typedef json_t *special_to(const struct container_config *c); /* NULL: left out */
typedef int special_from(const json_t *j, struct container_config *c, struct arena *mem,
	struct err *e);

struct field {
	const char *key;
	enum shape shape;
	size_t off; /* in struct container_config */
	int64_t none; /* NUM_NULL: the value that means null */
	const char *fixed;
	special_to *to;
	special_from *from;
};

static const char *copyf(struct arena *mem, const char *a, const char *sep, const char *b)
{
	size_t n = strlen(a) + strlen(sep) + strlen(b) + 1;
	char *s = arena_get(mem, n);

	snprintf(s, n, "%s%s%s", a, sep, b);
	return s;
}

static const char *get_text(const json_t *o, const char *key, struct arena *mem)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? strv_dup(s, strlen(s), mem) : "";
}

static int64_t get_num(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static bool get_flag(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

static json_t *text_n(const char *s, size_t n)
{
	auto_str struct str b = STR_INIT;
	json_t *o = json_object(), *v;

	str_add(&b, s, n);
	json_put_text(o, "t", b.s);
	v = json_incref(json_object_get(o, "t"));
	json_decref(o);
	return v;
}

/* --- fields with a form of their own ----------------------------------------- */

static json_t *health_to(const struct container_config *c)
{
	const struct health_config *h = &c->health;
	json_t *o;

	if (!h->test.n && !h->interval_ns && !h->timeout_ns && !h->start_period_ns && !h->retries)
		return NULL;
	o = json_object();
	if (h->test.n)
		json_put(o, "Test", json_from_strv(&h->test));
	if (h->interval_ns)
		json_put_int(o, "Interval", h->interval_ns);
	if (h->timeout_ns)
		json_put_int(o, "Timeout", h->timeout_ns);
	if (h->start_period_ns)
		json_put_int(o, "StartPeriod", h->start_period_ns);
	if (h->retries)
		json_put_int(o, "Retries", h->retries);
	return o;
}

static int health_from(const json_t *j, struct container_config *c, struct arena *mem,
	struct err *e)
{
	c->health.interval_ns = get_num(j, "Interval");
	c->health.timeout_ns = get_num(j, "Timeout");
	c->health.start_period_ns = get_num(j, "StartPeriod");
	c->health.retries = (int)get_num(j, "Retries");
	return json_strv(j, "Test", &c->health.test, mem, e);
}

static json_t *log_to(const struct container_config *c)
{
	json_t *o = json_object();

	json_put_text(o, "Type", *c->log_driver ? c->log_driver : "json-file");
	json_put(o, "Config", json_from_pairs(&c->log_opts));
	return o;
}

static int log_from(const json_t *j, struct container_config *c, struct arena *mem, struct err *e)
{
	c->log_driver = get_text(j, "Type", mem);
	return json_pairs(j, "Config", &c->log_opts, mem, e);
}

static json_t *restart_to(const struct container_config *c)
{
	json_t *o = json_object();

	json_put_text(o, "Name", *c->restart_policy ? c->restart_policy : "no");
	json_put_int(o, "MaximumRetryCount", c->restart_max);
	return o;
}

static int restart_from(const json_t *j, struct container_config *c, struct arena *mem,
	struct err *e)
{
	(void)e;
	c->restart_policy = get_text(j, "Name", mem);
	c->restart_max = (int)get_num(j, "MaximumRetryCount");
	return 0;
}

/* "IP:HOST:PORT/PROTO" ⇄ {"PORT/PROTO": [{"HostIp": …, "HostPort": …}]}; an IP may hold
 * colons, so it is read from the right. */
static json_t *ports_to(const struct container_config *c)
{
	json_t *o = json_object();

	for (size_t i = 0; i < c->ports.n; i++) {
		const char *p = c->ports.v[i], *port = strrchr(p, ':'), *host = port;
		json_t *list, *b = json_object();

		if (!port)
			continue;
		while (host > p && host[-1] != ':')
			host--;
		list = json_object_get(o, port + 1);
		if (!list)
			json_put(o, port + 1, list = json_array());
		json_put(b, "HostIp", text_n(p, host > p ? (size_t)(host - p - 1) : 0));
		json_put(b, "HostPort", text_n(host, (size_t)(port - host)));
		json_array_append_new(list, b);
	}
	return o;
}

static int ports_from(const json_t *j, struct container_config *c, struct arena *mem,
	struct err *e)
{
	const char *port;
	json_t *list, *b;
	size_t i;

	(void)e;
	json_object_foreach((json_t *)j, port, list)
	{
		json_array_foreach(list, i, b)
		{
			const char *at = copyf(mem, get_text(b, "HostIp", mem), ":",
				get_text(b, "HostPort", mem));

			strv_add(&c->ports, copyf(mem, at, ":", port), mem);
		}
	}
	return 0;
}

static json_t *devices_to(const struct container_config *c)
{
	json_t *a = json_array();

	for (size_t i = 0; i < c->devices.n; i++) {
		const char *d = c->devices.v[i], *perm = strrchr(d, ':'), *in = strchr(d, ':');
		json_t *o = json_object();

		json_put(o, "PathOnHost", text_n(d, (size_t)(in - d)));
		json_put(o, "PathInContainer", text_n(in + 1, (size_t)(perm - in - 1)));
		json_put_text(o, "CgroupPermissions", perm + 1);
		json_array_append_new(a, o);
	}
	return a;
}

static int devices_from(const json_t *j, struct container_config *c, struct arena *mem,
	struct err *e)
{
	json_t *d;
	size_t i;

	(void)e;
	json_array_foreach((json_t *)j, i, d)
	{
		const char *pair = copyf(mem, get_text(d, "PathOnHost", mem), ":",
			get_text(d, "PathInContainer", mem));

		strv_add(&c->devices, copyf(mem, pair, ":", get_text(d, "CgroupPermissions", mem)),
			mem);
	}
	return 0;
}

static json_t *ulimits_to(const struct container_config *c)
{
	json_t *a = json_array();

	for (size_t i = 0; i < c->ulimits.n; i++) {
		const char *u = c->ulimits.v[i], *eq = strchr(u, '='), *colon = strchr(u, ':');
		json_t *o = json_object();
		int64_t soft = strtoll(eq + 1, NULL, 10);

		json_put(o, "Name", text_n(u, (size_t)(eq - u)));
		json_put_int(o, "Hard", colon ? strtoll(colon + 1, NULL, 10) : soft);
		json_put_int(o, "Soft", soft);
		json_array_append_new(a, o);
	}
	return json_or_null(a);
}

static int ulimits_from(const json_t *j, struct container_config *c, struct arena *mem,
	struct err *e)
{
	json_t *u;
	size_t i;

	(void)e;
	json_array_foreach((json_t *)j, i, u)
	{
		char text[96];

		snprintf(text, sizeof(text), "%.20s=%lld:%lld", get_text(u, "Name", mem),
			(long long)get_num(u, "Soft"), (long long)get_num(u, "Hard"));
		strv_add(&c->ulimits, strv_dup(text, strlen(text), mem), mem);
	}
	return 0;
}

static json_t *stop_timeout_to(const struct container_config *c)
{
	return c->stop_timeout_s < 0 ? NULL : json_integer(c->stop_timeout_s);
}

static int stop_timeout_from(const json_t *j, struct container_config *c, struct arena *mem,
	struct err *e)
{
	(void)mem;
	(void)e;
	c->stop_timeout_s = json_integer_value(j);
	return 0;
}

/* --- mounts: Binds holds the -v forms, Mounts the --mount ones, Tmpfs the rest -------- */

static json_t *binds_to(const struct container_config *c)
{
	json_t *a = json_array();

	for (size_t i = 0; i < c->mounts_n; i++) {
		const struct mount_spec *m = &c->mounts[i];
		auto_str struct str b = STR_INIT;

		if (m->long_form || m->type == MOUNT_TMPFS)
			continue;
		str_addf(&b, "%s:%s%s%s", m->source, m->target, *m->mode ? ":" : "", m->mode);
		json_array_append_new(a, text_n(b.s, b.len));
	}
	return json_or_null(a);
}

static int binds_from(const json_t *j, struct container_config *c, struct arena *mem,
	struct err *e)
{
	json_t *b;
	size_t i;

	json_array_foreach((json_t *)j, i, b)
	{
		const char *s = json_string_value(b);
		int rc;

		if (!s)
			return err_set(e, EINVAL, "HostConfig.Binds is not a list of strings");
		rc = mountspec_bind(s, mountspec_add(c, mem), mem, e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static const char *const mount_type_text[] = {
	[MOUNT_BIND] = "bind",
	[MOUNT_VOLUME] = "volume",
	[MOUNT_TMPFS] = "tmpfs",
};

static json_t *mount_json(const struct mount_spec *m)
{
	json_t *o = json_object(), *opt = json_object();

	json_put_text(o, "Type", mount_type_text[m->type]);
	if (*m->source)
		json_put_text(o, "Source", m->source);
	json_put_text(o, "Target", m->target);
	if (m->read_only)
		json_put_bool(o, "ReadOnly", true);
	if (m->type == MOUNT_BIND && *m->propagation)
		json_put_text(opt, "Propagation", m->propagation);
	if (m->type == MOUNT_VOLUME && m->no_copy)
		json_put_bool(opt, "NoCopy", true);
	if (m->type == MOUNT_VOLUME && m->volume_labels.n)
		json_put(opt, "Labels", json_from_pairs(&m->volume_labels));
	if (m->type == MOUNT_VOLUME &&
	    (*m->driver || m->driver_opts.n || m->no_copy || m->volume_labels.n)) {
		json_t *d = json_object();

		if (*m->driver)
			json_put_text(d, "Name", m->driver);
		if (m->driver_opts.n)
			json_put(d, "Options", json_from_pairs(&m->driver_opts));
		json_put(opt, "DriverConfig", d);
	}
	if (m->tmpfs_size)
		json_put_int(opt, "SizeBytes", m->tmpfs_size);
	if (m->tmpfs_mode)
		json_put_int(opt, "Mode", m->tmpfs_mode);
	if (json_object_size(opt))
		json_put(o,
			 m->type == MOUNT_BIND		  ? "BindOptions"
				 : m->type == MOUNT_TMPFS ? "TmpfsOptions"
							  : "VolumeOptions",
			 opt);
	else
		json_decref(opt);
	return o;
}

static json_t *mounts_to(const struct container_config *c)
{
	json_t *a = json_array();

	for (size_t i = 0; i < c->mounts_n; i++) {
		if (c->mounts[i].long_form)
			json_array_append_new(a, mount_json(&c->mounts[i]));
	}
	if (json_array_size(a))
		return a;
	json_decref(a);
	return NULL;
}

static int mounts_from(const json_t *j, struct container_config *c, struct arena *mem,
	struct err *e)
{
	json_t *o;
	size_t i;

	json_array_foreach((json_t *)j, i, o)
	{
		const json_t *b = json_object_get(o, "BindOptions"),
			     *v = json_object_get(o, "VolumeOptions"),
			     *t = json_object_get(o, "TmpfsOptions");
		const char *type = get_text(o, "Type", mem);
		struct mount_spec *m = mountspec_add(c, mem);
		int rc;

		m->long_form = true;
		m->type = strcmp(type, "bind") == 0  ? MOUNT_BIND
			: strcmp(type, "tmpfs") == 0 ? MOUNT_TMPFS
						     : MOUNT_VOLUME;
		m->source = get_text(o, "Source", mem);
		m->target = get_text(o, "Target", mem);
		m->read_only = get_flag(o, "ReadOnly");
		m->propagation = get_text(b, "Propagation", mem);
		m->no_copy = get_flag(v, "NoCopy");
		m->driver = get_text(json_object_get(v, "DriverConfig"), "Name", mem);
		m->tmpfs_size = get_num(t, "SizeBytes");
		m->tmpfs_mode = (uint32_t)get_num(t, "Mode");
		rc = v ? json_pairs(v, "DriverConfig.Options", &m->driver_opts, mem, e) : 0;
		if (v && rc >= 0)
			rc = json_pairs(v, "Labels", &m->volume_labels, mem, e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static json_t *tmpfs_to(const struct container_config *c)
{
	json_t *o = NULL;

	for (size_t i = 0; i < c->mounts_n; i++) {
		const struct mount_spec *m = &c->mounts[i];

		if (m->long_form || m->type != MOUNT_TMPFS)
			continue;
		if (!o)
			o = json_object();
		json_put_text(o, m->target, m->tmpfs_options);
	}
	return o;
}

static int tmpfs_from(const json_t *j, struct container_config *c, struct arena *mem,
	struct err *e)
{
	const char *target;
	json_t *v;

	(void)e;
	json_object_foreach((json_t *)j, target, v)
	{
		struct mount_spec *m = mountspec_add(c, mem);
		const char *words = json_string_value(v);

		m->type = MOUNT_TMPFS;
		m->target = strv_dup(target, strlen(target), mem);
		m->tmpfs_options = words ? strv_dup(words, strlen(words), mem) : "";
	}
	return 0;
}

/* --- the tables, in the order Docker 20.10 prints them -------------------------- */

#define F(key, shape, field) \
	{ \
		key, shape, offsetof(struct container_config, field), 0, 0, 0, 0 \
	}
#define N(key, field, none) \
	{ \
		key, NUM_NULL, offsetof(struct container_config, field), none, 0, 0, 0 \
	}
#define X(key, text) \
	{ \
		key, FIXED, 0, 0, text, 0, 0 \
	}
#define S(key, name) \
	{ \
		key, SPECIAL, 0, 0, 0, name##_to, name##_from \
	}

static const struct field config_fields[] = {
	F("Hostname", TEXT, hostname),
	F("Domainname", TEXT, domainname),
	F("User", TEXT, user),
	F("AttachStdin", FLAG, attach_stdin),
	F("AttachStdout", FLAG, attach_stdout),
	F("AttachStderr", FLAG, attach_stderr),
	F("ExposedPorts", SET_ABSENT, exposed_ports),
	F("Tty", FLAG, tty),
	F("OpenStdin", FLAG, open_stdin),
	F("StdinOnce", FLAG, stdin_once),
	F("Env", LIST, env),
	F("Cmd", LIST_NULL, cmd),
	S("Healthcheck", health),
	F("Image", TEXT, image),
	F("Volumes", SET_NULL, volumes),
	F("WorkingDir", TEXT, working_dir),
	F("Entrypoint", LIST_NULL, entrypoint),
	F("MacAddress", TEXT_ABSENT, mac_address),
	F("OnBuild", LIST_NULL, on_build),
	F("Labels", MAP, labels),
	F("StopSignal", TEXT_ABSENT, stop_signal),
	S("StopTimeout", stop_timeout),
	F("Shell", LIST_ABSENT, shell),
	{ 0 }
};

static const struct field host_fields[] = {
	S("Binds", binds),
	F("ContainerIDFile", TEXT, cid_file),
	S("LogConfig", log),
	F("NetworkMode", TEXT, network_mode),
	S("PortBindings", ports),
	S("RestartPolicy", restart),
	F("AutoRemove", FLAG, auto_remove),
	F("VolumeDriver", TEXT, volume_driver),
	F("VolumesFrom", LIST_NULL, volumes_from),
	F("CapAdd", LIST_NULL, cap_add),
	F("CapDrop", LIST_NULL, cap_drop),
	F("CgroupnsMode", TEXT, cgroupns_mode),
	F("Dns", LIST, dns),
	F("DnsOptions", LIST, dns_opt),
	F("DnsSearch", LIST, dns_search),
	F("ExtraHosts", LIST_NULL, extra_hosts),
	F("GroupAdd", LIST_NULL, group_add),
	F("IpcMode", TEXT, ipc_mode),
	X("Cgroup", "\"\""),
	F("Links", LIST_NULL, links),
	F("OomScoreAdj", NUM, oom_score_adj),
	F("PidMode", TEXT, pid_mode),
	F("Privileged", FLAG, privileged),
	F("PublishAllPorts", FLAG, publish_all),
	F("ReadonlyRootfs", FLAG, read_only),
	F("SecurityOpt", LIST_NULL, security_opt),
	S("Tmpfs", tmpfs),
	F("UTSMode", TEXT, uts_mode),
	F("UsernsMode", TEXT, userns_mode),
	F("ShmSize", NUM, shm_size),
	F("Sysctls", MAP_ABSENT, sysctls),
	F("Runtime", TEXT, runtime),
	X("ConsoleSize", "[0,0]"),
	F("Isolation", TEXT, isolation),
	F("CpuShares", NUM, cpu_shares),
	F("Memory", NUM, memory),
	F("NanoCpus", NUM, nano_cpus),
	F("CgroupParent", TEXT, cgroup_parent),
	F("BlkioWeight", NUM, blkio_weight),
	X("BlkioWeightDevice", "[]"),
	X("BlkioDeviceReadBps", "null"),
	X("BlkioDeviceWriteBps", "null"),
	X("BlkioDeviceReadIOps", "null"),
	X("BlkioDeviceWriteIOps", "null"),
	F("CpuPeriod", NUM, cpu_period),
	F("CpuQuota", NUM, cpu_quota),
	X("CpuRealtimePeriod", "0"),
	X("CpuRealtimeRuntime", "0"),
	F("CpusetCpus", TEXT, cpuset_cpus),
	F("CpusetMems", TEXT, cpuset_mems),
	S("Devices", devices),
	F("DeviceCgroupRules", LIST_NULL, device_cgroup_rules),
	X("DeviceRequests", "null"),
	F("KernelMemory", NUM, kernel_memory),
	X("KernelMemoryTCP", "0"),
	F("MemoryReservation", NUM, memory_reservation),
	F("MemorySwap", NUM, memory_swap),
	N("MemorySwappiness", memory_swappiness, -1),
	F("OomKillDisable", FLAG, oom_kill_disable),
	N("PidsLimit", pids_limit, 0),
	S("Ulimits", ulimits),
	S("Mounts", mounts),
	X("CpuCount", "0"),
	X("CpuPercent", "0"),
	X("IOMaximumIOps", "0"),
	X("IOMaximumBandwidth", "0"),
	F("Init", TRISTATE, init),
	{ 0 }
};

static json_t *field_to(const struct field *f, const struct container_config *c)
{
	const void *at = (const char *)c + f->off;
	const struct strv *list = at;
	const char *text;
	int64_t num;

	switch (f->shape) {
	case TEXT:
	case TEXT_ABSENT:
		memcpy(&text, at, sizeof(text));
		return !*text && f->shape == TEXT_ABSENT ? NULL : text_n(text, strlen(text));
	case FLAG:
		return json_boolean(*(const bool *)at);
	case NUM:
	case NUM_NULL:
		memcpy(&num, at, sizeof(num));
		return f->shape == NUM_NULL && num == f->none ? json_null() : json_integer(num);
	case TRISTATE:
		return *(const int *)at < 0 ? NULL : json_boolean(*(const int *)at);
	case LIST:
		return json_from_strv(list);
	case LIST_NULL:
		return json_or_null(json_from_strv(list));
	case LIST_ABSENT:
		return list->n ? json_from_strv(list) : NULL;
	case MAP:
		return json_from_pairs(list);
	case MAP_ABSENT:
		return list->n ? json_from_pairs(list) : NULL;
	case SET_NULL:
		return json_or_null(json_from_keys(list));
	case SET_ABSENT:
		return list->n ? json_from_keys(list) : NULL;
	case FIXED:
		return json_loads(f->fixed, JSON_DECODE_ANY, NULL);
	case SPECIAL:
		return f->to(c);
	}
	abort();
}

static json_t *fields_to(const struct field *f, const struct container_config *c)
{
	json_t *o = json_object();

	for (; f->key; f++) {
		json_t *v = field_to(f, c);

		if (v)
			json_put(o, f->key, v);
	}
	return o;
}

json_t *container_config_json(const struct container_config *c)
{
	return fields_to(config_fields, c);
}

json_t *container_host_config_json(const struct container_config *c)
{
	return fields_to(host_fields, c);
}

static int field_from(const struct field *f, const json_t *o, struct container_config *c,
	struct arena *mem, struct err *e)
{
	const json_t *v = json_object_get(o, f->key);
	void *at = (char *)c + f->off;
	bool flag = false;
	int rc;

	if (!v || json_is_null(v))
		return 0;
	switch (f->shape) {
	case TEXT:
	case TEXT_ABSENT:
		return json_text(o, f->key, at, mem, e);
	case FLAG:
		return json_bool(o, f->key, at, e);
	case NUM:
	case NUM_NULL:
		return json_int(o, f->key, at, e);
	case TRISTATE:
		rc = json_bool(o, f->key, &flag, e);
		*(int *)at = flag;
		return rc;
	case LIST:
	case LIST_NULL:
	case LIST_ABSENT:
		return json_strv(o, f->key, at, mem, e);
	case MAP:
	case MAP_ABSENT:
		return json_pairs(o, f->key, at, mem, e);
	case SET_NULL:
	case SET_ABSENT:
		return json_keys(o, f->key, at, mem, e);
	case FIXED:
		return 0;
	case SPECIAL:
		rc = f->from(v, c, mem, e);
		return rc < 0 ? err_wrap(e, "%s", f->key) : 0;
	}
	abort();
}

int container_config_from_json(const json_t *config, const json_t *host,
	struct container_config *c, struct arena *mem, struct err *e)
{
	const struct field *f;
	int rc = 0;

	for (f = config_fields; f->key && rc >= 0; f++)
		rc = field_from(f, config, c, mem, e);
	if (rc < 0)
		return err_wrap(e, "Config");
	for (f = host_fields; f->key && rc >= 0; f++)
		rc = field_from(f, host, c, mem, e);
	return rc < 0 ? err_wrap(e, "HostConfig") : 0;
}
