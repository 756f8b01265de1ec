// SPDX-License-Identifier: MIT
/* record.c - a container's two files and its lock. */
#include "core/store/container.h"

#include "core/os/clock.h"
#include "core/os/file.h"
#include "core/os/lock.h"
#include "core/os/tree.h"
#include "core/store/container_json.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

enum { STATE_MAX = 1 << 20 };

/* --- lock ---------------------------------------------------------------------- */

static int lock_file(struct store *s, const char *id, bool create, struct err *e)
{
	auto_close int dir = container_state_dir(s, id, create, e);

	return dir < 0 ? dir : lock_open(dir, "lock", e);
}

/* Open and take it. -ESTALE when it was removed, with its container, before it was ours. */
static int lock_try(struct store *s, const char *id, int wait_ms, int *out, struct err *e)
{
	auto_close int fd = lock_file(s, id, true, e);
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

static int lock_get(struct store *s, const char *id, int wait_ms, struct err *e)
{
	struct err why = { 0 };
	int fd = -1, rc;

	do
		rc = lock_try(s, id, wait_ms, &fd, &why);
	while (rc == -ESTALE);
	if (why.code)
		return err_set(e, why.code, "%s", why.msg);
	if (rc == -EWOULDBLOCK)
		return wait_ms
			? err_set(e, ETIMEDOUT, "container %.12s is held by another command", id)
			: err_set(e, EBUSY, "container %.12s is in use by another command", id);
	return rc < 0 ? err_set(e, -rc, "lock container %.12s: %s", id, strerror(-rc)) : fd;
}

int container_lock(struct store *s, const char *id, struct err *e)
{
	return lock_get(s, id, 0, e);
}

int container_lock_wait(struct store *s, const char *id, int timeout_ms, struct err *e)
{
	return lock_get(s, id, timeout_ms, e);
}

static bool held(struct store *s, const char *id, const char *file)
{
	auto_close int dir = container_state_dir(s, id, false, NULL), fd = -1;

	if (dir < 0)
		return false;
	fd = openat(dir, file, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
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
	auto_close int dir = container_state_dir(s, id, true, e), fd = -1;
	int rc;

	if (dir < 0)
		return dir;
	fd = lock_open(dir, "gate", e);
	rc = fd < 0 ? fd : lock_take(fd, LOCK_EXCLUSIVE, wait_ms, NULL);
	if (fd >= 0 && rc < 0)
		return err_set(e, EBUSY, "container %.12s is being changed by another command", id);
	return rc < 0 ? rc : take_fd(fd);
}

/* --- state.json ------------------------------------------------------------------ */

static json_t *state_json(const struct container_state *st)
{
	json_t *o = json_object();

	json_put_text(o, "Id", st->id);
	json_put_text(o, "Name", st->name);
	json_put_text(o, "Image", st->image);
	json_put_text(o, "ImageID", st->image_id);
	json_put_text(o, "Command", st->command);
	json_put_text(o, "Ports", st->ports);
	json_put_text(o, "Health", st->health);
	json_put_int(o, "Created", st->created_ns);
	json_put_int(o, "Status", st->status);
	json_put_bool(o, "AutoRemove", st->auto_remove);
	json_put_bool(o, "OOMKilled", st->oom_killed);
	json_put_bool(o, "UserStopped", st->user_stopped);
	json_put_int(o, "Pid", st->pid);
	json_put_int(o, "PidStart", (int64_t)st->pid_start);
	json_put_int(o, "MonitorPid", st->monitor_pid);
	json_put_int(o, "Started", st->started_ns);
	json_put_int(o, "Finished", st->finished_ns);
	json_put_int(o, "ExitCode", st->exit_code);
	json_put_int(o, "RestartCount", st->restart_count);
	json_put_text(o, "Error", st->error);
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

static bool flag(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

static void state_from_json(const json_t *o, struct container_state *st, struct arena *mem)
{
	int64_t status = num(o, "Status");

	st->name = text(o, "Name", mem);
	st->image = text(o, "Image", mem);
	st->image_id = text(o, "ImageID", mem);
	st->command = text(o, "Command", mem);
	st->ports = text(o, "Ports", mem);
	st->health = text(o, "Health", mem);
	st->error = text(o, "Error", mem);
	st->created_ns = num(o, "Created");
	st->status = status >= 0 && status <= CONTAINER_DEAD ? (enum container_status)status
							     : CONTAINER_DEAD;
	st->auto_remove = flag(o, "AutoRemove");
	st->oom_killed = flag(o, "OOMKilled");
	st->user_stopped = flag(o, "UserStopped");
	st->pid = (int)num(o, "Pid");
	st->pid_start = (uint64_t)num(o, "PidStart");
	st->monitor_pid = (int)num(o, "MonitorPid");
	st->started_ns = num(o, "Started");
	st->finished_ns = num(o, "Finished");
	st->exit_code = (int)num(o, "ExitCode");
	st->restart_count = (int)num(o, "RestartCount");
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
					.error = "",
					.damaged = true,
					.status = CONTAINER_DEAD };
	memcpy(st->id, id, CONTAINER_ID_LEN);
}

/* 0, -ENOENT, or -EBADMSG. */
static int state_read(int dir, struct container_state *st, struct arena *mem)
{
	auto_str struct str b = STR_INIT;
	auto_json json_t *o = NULL;
	int rc = file_read_at(dir, "state.json", STATE_MAX, &b, NULL);

	if (rc < 0)
		return rc == -ENOENT ? rc : -EBADMSG;
	o = json_parse(b.s, b.len, STATE_MAX, NULL);
	if (!o)
		return -EBADMSG;
	state_from_json(o, st, mem);
	return 0;
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

int container_state_load(struct store *s, const char *id, struct container_state *st,
	struct arena *mem, struct err *e)
{
	auto_close int live = container_state_dir(s, id, false, NULL), dir = -1;
	bool of_boot;
	int rc;

	state_damaged(st, id);
	rc = live < 0 ? -ENOENT : state_read(live, st, mem);
	of_boot = rc >= 0;
	if (rc < 0) {
		dir = container_dir(s, id, false, NULL);
		if (dir >= 0)
			rc = state_read(dir, st, mem);
	}
	if (rc < 0)
		rc = state_rebuild(s, id, st, rc == -ENOENT, mem);
	else
		st->damaged = false;
	if (rc < 0)
		return err_set(e, ENOENT, "No such container: %s", id);
	state_check(s, st, of_boot);
	return 0;
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
				 temporary ? FILE_NO_SYNC : FILE_SYNC, e);
}

static int record_read(struct store *s, const char *id, struct str *b, struct err *e)
{
	auto_close int dir = container_dir(s, id, false, NULL), live = -1;
	int rc = dir < 0 ? -ENOENT : file_read_at(dir, "config.json", CONTAINER_RECORD_MAX, b, e);

	if (rc != -ENOENT)
		return rc;
	live = container_state_dir(s, id, false, NULL);
	rc = live < 0 ? -ENOENT : file_read_at(live, "config.json", CONTAINER_RECORD_MAX, b, e);
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

int container_load(struct store *s, const char *id, struct container *c, struct arena *mem,
	struct err *e)
{
	auto_str struct str b = STR_INIT;
	auto_json json_t *o = NULL;
	auto_close int live = -1, dir = -1;
	bool of_boot;
	int rc = record_read(s, id, &b, e);

	if (rc < 0)
		return rc;
	o = json_parse(b.s, b.len, CONTAINER_RECORD_MAX, e);
	if (!o)
		return err_set(e, EBADMSG,
			       "container %.12s: its record is damaged (remove it with rm -f)", id);
	*c = (struct container){ .created_ns = num(o, "Created") };
	memcpy(c->id, id, CONTAINER_ID_LEN);
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
	if (rc < 0)
		return rc;
	live = container_state_dir(s, id, false, NULL);
	dir = container_dir(s, id, false, NULL);
	state_from_record(c, mem);
	of_boot = live >= 0 && state_read(live, &c->state, mem) >= 0;
	if (!of_boot && dir >= 0)
		(void)!state_read(dir, &c->state, mem);
	state_check(s, &c->state, of_boot);
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
	static const char *const durable[] = { "config.json", NULL };
	static const char *const live[] = { "config.json", "state.json", "attach.sock", "hosts",
		"hostname", "resolv.conf", "gate", "lock", NULL };
	static const char *const dirs[] = { "work/work", "work", "upper", NULL };
	char path[sizeof("containers/") + CONTAINER_ID_LEN];
	int rc;

	snprintf(path, sizeof(path), "containers/%.*s", CONTAINER_ID_LEN, id);
	/* The record first: from then on there is no such container. */
	rc = dir_remove(s->root_fd, path, durable, dirs, e);
	if (*name)
		container_name_drop(s, name, id);
	return rc < 0 ? rc : dir_remove(s->state_fd, path, live, dirs + 3, e);
}
