// SPDX-License-Identifier: MIT
/* record.c - a container's two files and its lock. */
#include "core/store/container.h"

#include "build/gen/config.h"
#include "core/fmt/json_flat.h"
#include "core/os/clock.h"
#include "core/os/file.h"
#include "core/os/lock.h"
#include "core/os/tree.h"
#include "core/store/attachment.h"
#include "core/store/container_json.h"
#include "core/store/points.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

enum {
	STATE_MAX = 1 << 20,
	STATE_SMALL = 4096, /* bytes; few are larger */
	LOCK_TRIES = 100,
};

/* "containers/<id>/<file>": one open(2) for a file of a container. */
struct file_path {
	char s[sizeof("containers/") + CONTAINER_ID_LEN + sizeof("/state.json")];
};

static const char *path_of(struct file_path *p, const char *id, const char *file)
{
	snprintf(p->s, sizeof(p->s), "containers/%.*s/%s", CONTAINER_ID_LEN, id, file);
	return p->s;
}

/* --- lock ---------------------------------------------------------------------- */

static int lock_file(struct store *s, const char *id, const char *name, struct err *e)
{
	auto_close int dir = container_state_dir(s, id, true, e);

	return dir < 0 ? dir : lock_open(dir, name, e);
}

/* Open and take it. -ESTALE when it was removed, with its container, before it was ours. */
static int lock_try(struct store *s, const char *id, const char *name, int wait_ms, int *out,
	struct err *e)
{
	auto_close int fd = lock_file(s, id, name, e);
	struct stat st;
	int rc;

	if (fd < 0)
		return fd;
	rc = lock_take(fd, LOCK_EXCLUSIVE, wait_ms, NULL);
	if (rc >= 0 && fstat(fd, &st) == 0 && st.st_nlink == 0)
		return -ESTALE;
	if (rc >= 0)
		*out = take_fd(fd);
	return rc;
}

/* A descriptor, -EWOULDBLOCK without a sentence, or -errno. */
static int lock_get(struct store *s, const char *id, const char *name, int wait_ms, struct err *e)
{
	struct err why;
	int fd = -1, rc, tries = LOCK_TRIES;

	do { /* missing: another took its directory away between two of our calls */
		why = (struct err){ 0 };
		rc = lock_try(s, id, name, wait_ms, &fd, &why);
	} while (rc == -ESTALE || (rc == -ENOENT && --tries));
	if (why.code)
		return err_set(e, why.code, "%s", why.msg);
	if (rc < 0 && rc != -EWOULDBLOCK)
		return err_set(e, -rc, "lock container %.12s: %s", id, strerror(-rc));
	return rc < 0 ? rc : fd;
}

int container_lock(struct store *s, const char *id, struct err *e)
{
	return container_lock_wait(s, id, 0, e);
}

int container_lock_wait(struct store *s, const char *id, int timeout_ms, struct err *e)
{
	int fd = lock_get(s, id, "lock", timeout_ms, e);

	if (fd != -EWOULDBLOCK)
		return fd;
	return timeout_ms
		? err_set(e, ETIMEDOUT, "container %.12s is held by another command", id)
		: err_set(e, EBUSY, "container %.12s is in use by another command", id);
}

static bool held(struct store *s, const char *id, const char *file)
{
	struct file_path p;
	auto_close int fd = openat(s->state_fd, path_of(&p, id, file),
		O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	return fd >= 0 && lock_held(fd, NULL) == 1;
}

bool container_locked(struct store *s, const char *id)
{
	return held(s, id, "lock");
}

bool container_gated(struct store *s, const char *id)
{
	return held(s, id, "gate");
}

int container_gate(struct store *s, const char *id, int wait_ms, struct err *e)
{
	int fd = lock_get(s, id, "gate", wait_ms, e);

	if (fd != -EWOULDBLOCK)
		return fd;
	return err_set(e, EBUSY, "container %.12s is being changed by another command", id);
}

/* --- state.json ------------------------------------------------------------------ */

/* The fields of state.json but the id, in the order they are written. */
static const struct state_field {
	const char *key;
	enum { TEXT, NUM64, NUM, FLAG } shape;
	size_t off; /* in struct container_state */
} state_fields[] = {
#define F(key, shape, field) { key, shape, offsetof(struct container_state, field) }
	F("Name", TEXT, name),
	F("Image", TEXT, image),
	F("ImageID", TEXT, image_id),
	F("Command", TEXT, command),
	F("Ports", TEXT, ports),
	F("Health", TEXT, health),
	F("Addresses", TEXT, addresses),
	F("Created", NUM64, created_ns),
	F("Status", NUM, status),
	F("AutoRemove", FLAG, auto_remove),
	F("OOMKilled", FLAG, oom_killed),
	F("UserStopped", FLAG, user_stopped),
	F("Pid", NUM, pid),
	F("PidStart", NUM64, pid_start),
	F("MonitorPid", NUM, monitor_pid),
	F("Started", NUM64, started_ns),
	F("Finished", NUM64, finished_ns),
	F("ExitCode", NUM, exit_code),
	F("RestartCount", NUM, restart_count),
	F("Error", TEXT, error),
#undef F
};
_Static_assert(sizeof(enum container_status) == sizeof(int), "Status is read as a number");

static json_t *state_json(const struct container_state *st)
{
	json_t *o = json_object();

	json_put_text(o, "Id", st->id);
	for (size_t i = 0; i < countof(state_fields); i++) {
		const struct state_field *f = &state_fields[i];
		const void *at = (const char *)st + f->off;

		switch (f->shape) {
		case TEXT:
			json_put_text(o, f->key, *(const char *const *)at);
			break;
		case NUM64:
			json_put_int(o, f->key, *(const int64_t *)at);
			break;
		case NUM:
			json_put_int(o, f->key, *(const int *)at);
			break;
		case FLAG:
			json_put_bool(o, f->key, *(const bool *)at);
			break;
		}
	}
	return o;
}

static int64_t num(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static const char *text(const json_t *o, const char *key, struct arena *mem)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? strv_dup(s, strlen(s), mem) : "";
}

/* text NULL: not a string. */
static void state_set(struct container_state *st, const struct state_field *f, const char *text,
	int64_t n)
{
	void *at = (char *)st + f->off;

	switch (f->shape) {
	case TEXT:
		*(const char **)at = text ? text : "";
		break;
	case NUM64:
		*(int64_t *)at = n;
		break;
	case NUM:
		*(int *)at = (int)n;
		break;
	case FLAG:
		*(bool *)at = n;
		break;
	}
}

static void state_from_json(const json_t *o, struct container_state *st, struct arena *mem)
{
	for (size_t i = 0; i < countof(state_fields); i++) {
		const struct state_field *f = &state_fields[i];
		const json_t *v = json_object_get(o, f->key);

		state_set(st, f, f->shape == TEXT ? text(o, f->key, mem) : NULL,
			json_is_true(v) ? 1 : json_integer_value(v));
	}
}

/* As we write it: fields in order, nothing in them that needs a whole parser. What is skipped
 * stays as it is. 0, or -EBADMSG with *st half set. */
static int state_from_flat(const char *json, size_t len, struct container_state *st,
	struct arena *mem)
{
	struct json_flat flat = { .at = json, .end = json + len };
	struct json_field got;
	size_t i = 0;
	int rc;

	while ((rc = json_flat_next(&flat, &got)) > 0) {
		const struct state_field *f = &state_fields[i];

		if (i == countof(state_fields) || strlen(f->key) != got.key_len ||
			memcmp(f->key, got.key, got.key_len) != 0)
			continue;
		state_set(st, f,
			got.kind == JSON_FLAT_TEXT ? json_flat_text(&got, mem) : NULL, got.n);
		i++;
	}
	return rc < 0 || i < countof(state_fields) ? -EBADMSG : 0;
}

int container_state_save(struct store *s, const struct container_state *st, bool durable,
	struct err *e)
{
	auto_json json_t *o = state_json(st);
	auto_str struct str b = STR_INIT;
	auto_close int dir = container_state_dir(s, st->id, true, e), root = -1;
	int rc;

	if (dir < 0)
		return dir;
	json_print(o, JSON_PLAIN, &b);
	rc = file_write_atomic(dir, "state.json", b.s, b.len, 0600, FILE_NO_SYNC, e);
	if (rc < 0 || !durable || st->auto_remove)
		return rc;
	root = container_dir(s, st->id, false, e);
	return root < 0 ? root
			: file_write_atomic(root, "state.json", b.s, b.len, 0600, FILE_NO_SYNC, e);
}

static void state_damaged(struct container_state *st, const char *id)
{
	*st = (struct container_state){ .name = "",
					.image = "",
					.image_id = "",
					.command = "",
					.ports = "",
					.health = "",
					.addresses = "",
					.error = "",
					.damaged = true,
					.status = CONTAINER_DEAD };
	memcpy(st->id, id, CONTAINER_ID_LEN);
}

/* `tree` is the root's or the state's. 0, -ENOENT, or -EBADMSG with *st as it was. */
static int state_read(int tree, const char *id, struct container_state *st, struct arena *mem)
{
	auto_str struct str b = STR_INIT;
	auto_json json_t *o = NULL;
	struct container_state got;
	struct file_path p;
	char buf[STATE_SMALL];
	ssize_t n = file_read_small(tree, path_of(&p, id, "state.json"), buf, sizeof(buf));

	if (n < 0)
		return n == -ENOENT ? -ENOENT : -EBADMSG;
	state_damaged(&got, id);
	got.damaged = false;
	if (n == STATE_SMALL - 1 || state_from_flat(buf, (size_t)n, &got, mem) < 0) {
		if (file_read_at(tree, p.s, STATE_MAX, &b, NULL) == 0)
			o = json_parse(b.s, b.len, STATE_MAX, NULL);
		if (!o)
			return -EBADMSG;
		state_from_json(o, &got, mem);
	}
	if ((unsigned)got.status > CONTAINER_DEAD)
		got.status = CONTAINER_DEAD;
	*st = got;
	return 0;
}

/* The one of this boot, else the durable one. -ENOENT when there is neither. */
static int state_get(struct store *s, const char *id, struct container_state *st, bool *of_boot,
	struct arena *mem)
{
	int live = state_read(s->state_fd, id, st, mem), rc = live;

	*of_boot = live == 0;
	if (live < 0)
		rc = state_read(s->root_fd, id, st, mem);
	return rc == -ENOENT ? live : rc;
}

/* It says it runs; does anybody answer for that? of_boot: STATE says so, so
 * it was a monitor of this boot that died, and its container with it by SIGKILL. */
static void state_check(struct store *s, struct container_state *st, bool of_boot)
{
	if (!container_runs(st) || container_locked(s, st->id))
		return;
	st->lost = true;
	st->status = CONTAINER_EXITED;
	st->exit_code = of_boot ? 137 : 255;
	st->pid = 0;
	if (st->finished_ns < st->started_ns)
		st->finished_ns = clock_real_ns();
}

/* The words of the configuration, when state.json is lost, or was never written because the
 * container never ran. */
static int state_rebuild(struct store *s, const char *id, struct container_state *st,
	bool never_ran, struct arena *mem)
{
	struct container c;
	int rc = container_load(s, id, &c, mem, NULL);

	if (rc == -ENOENT)
		return rc;
	if (rc < 0)
		return 0;
	*st = c.state;
	st->status = never_ran ? CONTAINER_CREATED : CONTAINER_EXITED;
	return 0;
}

static int state_load_once(struct store *s, const char *id, struct container_state *st,
	struct arena *mem)
{
	bool of_boot;
	int rc = state_get(s, id, st, &of_boot, mem);

	if (rc < 0) {
		state_damaged(st, id);
		rc = state_rebuild(s, id, st, rc == -ENOENT, mem);
	}
	if (rc >= 0)
		state_check(s, st, of_boot);
	return rc;
}

int container_state_load(struct store *s, const char *id, struct container_state *st,
	struct arena *mem, struct err *e)
{
	int rc = state_load_once(s, id, st, mem);

	if (rc >= 0 && st->lost) /* or it ended while we looked: that was recorded first */
		rc = state_load_once(s, id, st, mem);
	return rc < 0 ? err_set(e, ENOENT, "No such container: %s", id) : 0;
}

/* --- config.json ------------------------------------------------------------------ */

void container_config_init(struct container_config *c)
{
	*c = (struct container_config){
		.hostname = "",
		.domainname = "",
		.user = "",
		.working_dir = "",
		.stop_signal = "",
		.mac_address = "",
		.image = "",
		.stop_timeout_s = -1,
		.cid_file = "",
		.log_driver = "",
		.network_mode = "",
		.restart_policy = "",
		.ipc_mode = "",
		.pid_mode = "",
		.uts_mode = "",
		.userns_mode = "",
		.cgroupns_mode = "",
		.runtime = "",
		.cgroup_parent = "",
		.isolation = "",
		.cpuset_cpus = "",
		.cpuset_mems = "",
		.volume_driver = "",
		.ip4 = "",
		.ip6 = "",
		.init = -1,
		.memory_swappiness = -1,
	};
}

static json_t *record_json(const struct container *c)
{
	json_t *o = json_object();

	json_put_text(o, "Id", c->id);
	json_put_text(o, "Name", c->name);
	json_put_int(o, "Created", c->created_ns);
	json_put_text(o, "Image", c->image_id);
	json_put(o, "Layers", json_from_strv(&c->layers));
	json_put_text(o, "Path", c->path);
	json_put(o, "Args", json_from_strv(&c->args));
	if (c->points_n)
		json_put(o, "MountPoints", points_json(c));
	if (CFG_BRIDGES && c->nets_n)
		json_put(o, "Networks", attachments_json(c));
	json_put(o, "Config", container_config_json(&c->config));
	json_put(o, "HostConfig", container_host_config_json(&c->config));
	return o;
}

int container_save(struct store *s, const struct container *c, struct err *e)
{
	auto_close int dir = -1;
	int rc = 0;

	/* A --rm one that never ran needs no state beside its record. */
	if (!c->config.auto_remove) {
		dir = container_dir(s, c->id, true, e);
		rc = dir < 0 ? dir : container_state_save(s, &c->state, true, e);
	}
	return rc < 0 ? rc : container_record_save(s, c, e);
}

int container_record_save(struct store *s, const struct container *c, struct err *e)
{
	bool temporary = c->config.auto_remove;
	auto_json json_t *o = record_json(c);
	auto_str struct str b = STR_INIT;
	auto_close int dir = temporary ? container_state_dir(s, c->id, true, e)
				       : container_dir(s, c->id, true, e);

	if (dir < 0)
		return dir;
	json_print(o, JSON_PLAIN, &b);
	return file_write_atomic(dir, "config.json", b.s, b.len, 0600,
				 temporary ? FILE_NO_SYNC : FILE_SYNC_CONTENT, e);
}

static int record_read(struct store *s, const char *id, struct str *b, struct err *e)
{
	struct file_path p;
	int rc = file_read_at(s->root_fd, path_of(&p, id, "config.json"), CONTAINER_RECORD_MAX, b,
		e);

	if (rc == -ENOENT)
		rc = file_read_at(s->state_fd, p.s, CONTAINER_RECORD_MAX, b, e);
	return rc == -ENOENT ? err_set(e, ENOENT, "No such container: %s", id) : rc;
}

static const char *command_text(const struct container *c, struct arena *mem)
{
	auto_str struct str b = STR_INIT;

	str_puts(&b, c->path);
	for (size_t i = 0; i < c->args.n; i++) {
		str_puts(&b, " ");
		str_puts(&b, c->args.v[i]);
	}
	return strv_dup(b.s, b.len, mem);
}

/* A state made from the configuration alone. */
static void state_from_record(struct container *c, struct arena *mem)
{
	struct container_state *st = &c->state;

	state_damaged(st, c->id);
	st->damaged = false;
	st->status = CONTAINER_EXITED;
	st->name = c->name;
	st->image = c->config.image;
	st->image_id = c->image_id;
	st->created_ns = c->created_ns;
	st->auto_remove = c->config.auto_remove;
	st->command = command_text(c, mem);
}

static void state_load_whole(struct store *s, struct container *c, struct arena *mem)
{
	bool of_boot;

	if (state_get(s, c->id, &c->state, &of_boot, mem) < 0)
		state_from_record(c, mem);
	state_check(s, &c->state, of_boot);
}

int container_load(struct store *s, const char *id, struct container *c, struct arena *mem,
	struct err *e)
{
	auto_str struct str b = STR_INIT;
	auto_json json_t *o = NULL;
	char own[CONTAINER_ID_LEN];
	int rc = record_read(s, id, &b, e);

	if (rc < 0)
		return rc;
	o = json_parse(b.s, b.len, CONTAINER_RECORD_MAX, e);
	if (!o)
		return err_set(e, EBADMSG,
			       "container %.12s: its record is damaged (remove it with rm -f)", id);
	memcpy(own, id, CONTAINER_ID_LEN);	/* it may be c's */
	*c = (struct container){ .created_ns = num(o, "Created") };
	memcpy(c->id, own, CONTAINER_ID_LEN);
	container_config_init(&c->config);
	c->name = text(o, "Name", mem);
	c->image_id = text(o, "Image", mem);
	c->path = text(o, "Path", mem);
	rc = json_strv(o, "Args", &c->args, mem, e);
	if (rc >= 0)
		rc = json_strv(o, "Layers", &c->layers, mem, e);
	if (rc >= 0)
		rc = container_config_from_json(json_object_get(o, "Config"),
			json_object_get(o, "HostConfig"), &c->config, mem, e);
	if (rc >= 0)
		rc = points_from_json(json_object_get(o, "MountPoints"), c, mem, e);
	if (CFG_BRIDGES && rc >= 0)
		rc = attachments_from_json(json_object_get(o, "Networks"), c, mem, e);
	if (rc < 0)
		return rc;
	state_load_whole(s, c, mem);
	if (c->state.lost) /* or it ended while we looked: that was recorded first */
		state_load_whole(s, c, mem);
	return 0;
}

/* --- removal ---------------------------------------------------------------------- */

/* What a container's two directories hold when it left nothing behind: taken away by name,
 * which is a third of the system calls of a walk. Anything else there: the walk. */
static int dir_remove(int tree, const char *path, const char *const *files, const char *const *dirs,
	struct err *e)
{
	int fd = openat(tree, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys(e, "open %s", path);
	for (; *files; files++)
		unlinkat(fd, *files, 0);
	for (; *dirs; dirs++)
		unlinkat(fd, *dirs, AT_REMOVEDIR);
	close(fd);
	return unlinkat(tree, path, AT_REMOVEDIR) == 0 ? 0 : tree_remove(tree, path, e);
}

int container_remove(struct store *s, const char *id, const char *name, struct err *e)
{
	static const char *const durable[] = { "config.json", "log.json", NULL };
	static const char *const live[] = { "config.json", "state.json", "attach.sock", "hosts",
		"hostname", "resolv.conf", "lock", NULL };
	static const char *const dirs[] = { "work/work", "work", "upper", NULL };
	char path[sizeof("containers/") + CONTAINER_ID_LEN];
	int rc;

	assert(strlen(id) == CONTAINER_ID_LEN);	/* a shorter one would be all of them */
	snprintf(path, sizeof(path), "containers/%s", id);
	/* The record first: from then on there is no such container. */
	rc = dir_remove(s->root_fd, path, durable, dirs, e);
	if (*name)
		container_name_drop(s, name, id);
	return rc < 0 ? rc : dir_remove(s->state_fd, path, live, dirs + 3, e);
}
