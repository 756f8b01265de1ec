// SPDX-License-Identifier: MIT
#include "applets/run/runopts.h"

#include <fcntl.h>

#include "applets/run/runfile.h"
#include "core/engine/engine.h"
#include "core/fmt/hostport.h"
#include "core/fmt/json.h"
#include "core/fmt/reference.h"
#include "core/os/file.h"
#include "core/store/mountspec.h"

enum { SECCOMP_MAX = 1 << 20 };

/* Words of a --mount that only the engine may refuse: its config, and not its grammar. */
static bool is_engines(const struct err *why)
{
	return strncmp(why->msg, "invalid mount config", 20) == 0 ||
	       strncmp(why->msg, "create ", 7) == 0;
}

int run_check_mount(const char *text, struct err *e)
{
	auto_arena struct arena mem = { 0 };
	struct mount_spec m;
	struct err why = { 0 };

	if (mountspec_mount(text, &m, &mem, &why) == 0 || is_engines(&why))
		return 0;
	return err_set(e, EINVAL, "%s", why.msg);
}

void run_opts_init(struct run_opts *o)
{
	*o = (struct run_opts){ .name = "", .pull = "missing", .restart = "", .health_cmd = "",
				.detach_keys = "", .sig_proxy = true };
	container_config_init(&o->c);
}

static int config_env(struct run_opts *o, struct arena *mem, struct err *e)
{
	int rc = runfile_lines(&o->env_files, getenv, &o->c.env, mem, e);

	for (size_t i = 0; i < o->env.n; i++)
		strv_add(&o->c.env, runfile_env(o->env.v[i], mem), mem);
	return rc;
}

static int config_labels(struct run_opts *o, struct arena *mem, struct err *e)
{
	int rc = runfile_lines(&o->label_files, NULL, &o->c.labels, mem, e);

	for (size_t i = 0; i < o->labels.n; i++) {
		auto_str struct str b = STR_INIT;
		const char *l = o->labels.v[i] + strspn(o->labels.v[i], " \t");

		str_addf(&b, "%s%s", l, strchr(l, '=') ? "" : "=");
		strv_add(&o->c.labels, strv_dup(b.s, b.len, mem), mem);
	}
	return rc;
}

typedef int mount_fn(const char *text, struct mount_spec *m, struct arena *mem, struct err *e);

static int config_mount_list(const struct strv *texts, mount_fn *fn, struct container_config *c,
			     struct arena *mem, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < texts->n && rc == 0; i++) {
		if (*texts->v[i])
			rc = fn(texts->v[i], mountspec_add(c, mem), mem, e);
	}
	return rc;
}

/* "-v /data", which names no source, is one of the container's own volumes, as an image's are. */
static int config_volumes(struct run_opts *o, struct arena *mem, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < o->volumes.n && rc == 0; i++) {
		const char *text = o->volumes.v[i];
		struct mount_spec m;

		if (!*text)
			continue;
		if (strchr(text, ':'))
			rc = mountspec_bind(text, mountspec_add(&o->c, mem), mem, e);
		else if ((rc = mountspec_bind(text, &m, mem, e)) == 0)
			strv_add(&o->c.volumes, m.target, mem);
	}
	return rc;
}

static int config_mounts(struct run_opts *o, struct arena *mem, struct err *e)
{
	int rc = config_volumes(o, mem, e);

	if (rc == 0)
		rc = config_mount_list(&o->mounts, mountspec_mount, &o->c, mem, e);
	if (rc == 0)
		rc = config_mount_list(&o->tmpfs, mountspec_tmpfs, &o->c, mem, e);
	return rc;
}

static int config_ports(struct run_opts *o, struct arena *mem, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < o->publish.n && rc == 0; i++)
		rc = hostport_publish(o->publish.v[i], &o->c.ports, &o->c.exposed_ports, mem, e);
	for (size_t i = 0; i < o->expose.n && rc == 0; i++)
		rc = hostport_expose(o->expose.v[i], &o->c.exposed_ports, mem, e);
	return rc;
}

static int config_devices(struct run_opts *o, struct arena *mem, struct err *e)
{
	const char *d;
	int rc = 0;

	for (size_t i = 0; i < o->devices.n && rc == 0; i++) {
		rc = runcheck_device(o->devices.v[i], &d, mem, e);
		if (rc == 0)
			strv_add(&o->c.devices, d, mem);
	}
	return rc;
}

/* seccomp=FILE is read here: the engine gets the profile itself. */
static int seccomp_read(const char *path, const char **out, struct arena *mem, struct err *e)
{
	auto_str struct str text = STR_INIT, small = STR_INIT;
	auto_json json_t *v = NULL;
	struct err why = { 0 };
	int rc = file_read_at(AT_FDCWD, path, SECCOMP_MAX, &text, &why);

	if (rc < 0) {
		runfile_fail("open", path, &why);
		return err_set(e, EINVAL, "opening seccomp profile (%s) failed: %s", path, why.msg);
	}
	v = json_parse(text.s, text.len, SECCOMP_MAX, &why);
	if (!v)
		return err_set(e, EINVAL, "compacting json for seccomp profile (%s) failed: %s",
			       path, why.msg);
	str_puts(&small, "seccomp=");
	json_print(v, JSON_PLAIN, &small);
	*out = strv_dup(small.s, small.len, mem);
	return 0;
}

static int config_security(struct run_opts *o, struct arena *mem, struct err *e)
{
	struct strv given = o->c.security_opt;
	int rc = 0;

	o->c.security_opt = (struct strv){ 0 };
	for (size_t i = 0; i < given.n && rc == 0; i++) {
		const char *s = given.v[i], *value = s + strcspn(s, "=:");

		if (!*value && strcmp(s, "no-new-privileges") != 0)
			return err_set(e, EINVAL, "Invalid --security-opt: \"%s\"", s);
		if (strncmp(s, "seccomp", value - s) == 0 && value - s == 7 &&
		    strcmp(value + 1, "unconfined") != 0)
			rc = seccomp_read(value + 1, &s, mem, e);
		strv_add(&o->c.security_opt, s, mem);
	}
	return rc;
}

static int config_health(struct run_opts *o, struct arena *mem, struct err *e)
{
	struct health_config *h = &o->c.health;
	bool any = *o->health_cmd || h->interval_ns || h->timeout_ns || h->start_period_ns ||
		   o->health_retries;
	const char *negative = h->interval_ns < 0 ? "interval" : h->timeout_ns < 0 ? "timeout" :
			       o->health_retries < 0 ? "retries" :
			       h->start_period_ns < 0 ? "start-period" : NULL;

	if (o->no_healthcheck && any)
		return err_set(e, EINVAL, "--no-healthcheck conflicts with --health-* options");
	if (negative)
		return err_set(e, EINVAL, "--health-%s cannot be negative", negative);
	h->retries = o->health_retries > INT32_MAX ? INT32_MAX : (int)o->health_retries;
	if (o->no_healthcheck)
		strv_add(&h->test, "NONE", mem);
	if (*o->health_cmd) {
		strv_add(&h->test, "CMD-SHELL", mem);
		strv_add(&h->test, o->health_cmd, mem);
	}
	return 0;
}

/* What the flags say of attaching; `create` attaches later, by this record. */
static void config_streams(struct run_opts *o)
{
	struct container_config *c = &o->c;

	c->attach_stdout = c->attach_stderr = o->attach.n == 0;
	c->attach_stdin = o->attach.n == 0 && c->open_stdin;
	for (size_t i = 0; i < o->attach.n; i++) {
		c->attach_stdin |= strcasecmp(o->attach.v[i], "stdin") == 0;
		c->attach_stdout |= strcasecmp(o->attach.v[i], "stdout") == 0;
		c->attach_stderr |= strcasecmp(o->attach.v[i], "stderr") == 0;
	}
	if (o->detach)
		c->attach_stdin = c->attach_stdout = c->attach_stderr = false;
	c->stdin_once = c->attach_stdin && c->open_stdin;
}

static int config_modes(const struct container_config *c, struct err *e)
{
	int rc = runcheck_pid(c->pid_mode, e);

	if (rc == 0)
		rc = runcheck_uts(c->uts_mode, e);
	if (rc == 0)
		rc = runcheck_userns(c->userns_mode, e);
	if (rc == 0)
		rc = runcheck_cgroupns(c->cgroupns_mode, e);
	if (rc == 0 && (c->memory_swappiness < -1 || c->memory_swappiness > 100))
		rc = err_set(e, EINVAL,
			     "invalid value: %lld. Valid memory swappiness range is 0-100",
			     (long long)c->memory_swappiness);
	if (rc == 0 && *c->mac_address)
		rc = runcheck_mac(c->mac_address, e);
	if (rc == 0 && strcmp(c->log_driver, "none") == 0 && c->log_opts.n)
		rc = err_set(e, EINVAL, "invalid logging opts for driver none");
	for (size_t i = 0; i < c->storage_opt.n && rc == 0; i++) {
		if (!strchr(c->storage_opt.v[i], '='))
			rc = err_set(e, EINVAL, "invalid storage option");
	}
	return rc;
}

static int config_restart(struct run_opts *o, struct arena *mem, enum run_phase *phase,
			  struct err *e)
{
	struct container_config *c = &o->c;
	int rc = runcheck_restart(o->restart, &c->restart_policy, &c->restart_max, mem, e);

	if (rc < 0 && strncmp(e->msg, "maximum retry count must", 24) != 0 &&
	    strcmp(e->msg, "invalid restart policy format") != 0)
		*phase = RUN_ENGINE;
	if (rc == 0 && c->auto_remove && *c->restart_policy && strcmp(c->restart_policy, "no") != 0)
		rc = err_set(e, EINVAL, "Conflicting options: --restart and --rm");
	return rc;
}

static int config_network(struct run_opts *o, struct err *e)
{
	struct container_config *c = &o->c;
	const char *n = o->networks.n ? o->networks.v[0] : "";
	bool joined = strncmp(n, "container:", 10) == 0;

	if (o->networks.n > 1)
		return err_set(e, EINVAL,
			       "Container cannot be connected to network endpoints: %s, %s",
			       o->networks.v[1], n);
	if (joined && !n[10])
		return err_set(e, EINVAL, "Invalid network mode: invalid container format "
			       "container:<name|id>");
	if (joined && *c->hostname)
		return err_set(e, EINVAL, "conflicting options: hostname and the network mode");
	if (strcmp(c->uts_mode, "host") == 0 && *c->hostname)
		return err_set(e, EINVAL, "conflicting options: hostname and the UTS mode");
	c->network_mode = o->networks.n ? n : "default";
	return 0;
}

static bool is_network_we_have(const char *mode)
{
	return strcmp(mode, "default") == 0 || strcmp(mode, "none") == 0 ||
	       strcmp(mode, "host") == 0 || strncmp(mode, "container:", 10) == 0;
}

/* What is understood and not carried out is refused, so that nobody relies on it. */
static int refuse(const struct run_opts *o, struct err *e)
{
	const struct container_config *c = &o->c;
	const struct {
		bool given;
		const char *what;
	} rows[] = {
		{ o->unsupported.n, "limiting the I/O of single devices, and --link-local-ip," },
		{ c->ports.n || c->publish_all, "publishing ports (-p, -P)" },
		{ o->networks.n && !is_network_we_have(o->networks.v[0]),
		  "a --network other than none, host and "
		  "container:NAME" },
		{ c->links.n || c->network_aliases.n || *c->mac_address || *c->ip4 || *c->ip6,
		  "addressing in a network (--link, --network-alias, --ip, --mac-address)" },
		{ *o->health_cmd || c->health.interval_ns || c->health.timeout_ns ||
			  c->health.start_period_ns || c->health.retries,
		  "checking health (--health-*)" },
		{ o->gpus, "--gpus" },
		{ o->platform && *o->platform, "--platform" },
		{ o->cpu_rt_period || o->cpu_rt_runtime, "real-time scheduling (--cpu-rt-*)" },
		{ c->storage_opt.n, "--storage-opt" },
		{ c->kernel_memory, "--kernel-memory" },
		{ strcmp(o->pull, "always") == 0, "pulling from a registry (--pull always)" },
	};

	for (size_t i = 0; i < countof(rows); i++) {
		if (rows[i].given)
			return err_set(e, ENOTSUP, "%s is not supported yet", rows[i].what);
	}
	return 0;
}

static int config_engine(struct run_opts *o, struct arena *mem, struct err *e)
{
	struct container_config *c = &o->c;
	int rc = runcheck_ipc(c->ipc_mode, e);

	if (rc == 0)
		rc = config_mounts(o, mem, e);
	if (rc == 0)
		rc = config_network(o, e);
	if (rc == 0 && *c->isolation && strcmp(c->isolation, "default") != 0)
		rc = err_set(e, EINVAL, "Invalid isolation: \"%s\" - linux only supports 'default'",
			     c->isolation);
	if (rc == 0 && *c->runtime && strcmp(c->runtime, "runc") != 0)
		rc = err_set(e, EINVAL, "Unknown runtime specified %s", c->runtime);
	return rc;
}

int run_config(struct run_opts *o, int argc, const char **argv, struct arena *mem,
	       enum run_phase *phase, struct err *e)
{
	struct container_config *c = &o->c;
	struct reference r;
	int rc = config_ports(o, mem, e);

	*phase = RUN_CLIENT;
	c->image = argv[0];
	for (int i = 1; i < argc; i++)
		strv_add(&c->cmd, argv[i], mem);
	c->entrypoint_reset = o->entrypoint != NULL;
	if (o->entrypoint && *o->entrypoint)
		strv_add(&c->entrypoint, o->entrypoint, mem);
	config_streams(o);
	if (rc == 0)
		rc = config_devices(o, mem, e);
	if (rc == 0)
		rc = config_env(o, mem, e);
	if (rc == 0)
		rc = config_labels(o, mem, e);
	if (rc == 0)
		rc = config_modes(c, e);
	if (rc == 0)
		rc = config_security(o, mem, e);
	if (rc == 0)
		rc = config_health(o, mem, e);
	if (rc == 0)
		rc = config_restart(o, mem, phase, e);
	if (rc == 0)
		rc = refuse(o, e);
	if (rc < 0)
		return rc;
	*phase = RUN_NAME;
	rc = reference_parse(c->image, &r, e);
	if (rc < 0)
		return rc;
	*phase = RUN_ENGINE;
	return config_engine(o, mem, e);
}

int run_fail(const struct ctx *ctx, enum run_phase phase, bool help, int status, struct err *e)
{
	auto_str struct str see = STR_INIT;
	size_t n = strlen(e->msg);

	if (help)
		str_addf(&see, "\nSee '%s --help'.", ctx->path);
	if (n && e->msg[n - 1] == '.')
		e->msg[n - 1] = 0;
	err_line("%s: %s%s.%s", ctx->prog,
		 phase == RUN_ENGINE ? "Error response from daemon: " : "", e->msg, see.s);
	return err_set(e, CLI_E_STATUS + status, "%s", "");
}

static bool is_run(const struct ctx *ctx)
{
	return strcmp(ctx->cmd->name, "run") == 0;
}

/* What Docker's client says of a failed create: run puts its name in front. */
static int create_fail(const struct ctx *ctx, enum run_phase phase, struct err *e)
{
	if (is_run(ctx) || phase == RUN_CLIENT)
		return run_fail(ctx, phase, true, STATUS_ENGINE, e);
	if (phase == RUN_NAME)
		e->code = CLI_E_PLAIN;
	return -e->code;
}

static int cidfile_open(const char *path, int *fd, struct err *e)
{
	*fd = -1;
	if (!*path)
		return 0;
	*fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (*fd >= 0)
		return 0;
	e->code = errno;
	if (errno == EEXIST)
		return err_set(e, EEXIST, "container ID file found, make sure the other container "
			       "isn't running or delete %s", path);
	runfile_fail("open", path, e);
	return err_wrap(e, "failed to create the container ID file");
}

static int no_image(const struct ctx *ctx, const struct run_opts *o, struct err *e)
{
	auto_str struct str shown = STR_INIT;
	struct reference r;

	if (reference_parse(o->c.image, &r, NULL) < 0)
		return create_fail(ctx, RUN_ENGINE, e);
	reference_default_tag(&r);
	reference_familiar(&r, &shown);
	if (strcmp(o->pull, "never") == 0) {
		err_set(e, ENOENT, "No such image: %s", shown.s);
	} else {
		err_line("Unable to find image '%s' locally", shown.s);
		err_set(e, ENOENT,
			"No such image: %s (pulling from a registry is not supported yet)",
			shown.s);
	}
	return create_fail(ctx, RUN_ENGINE, e);
}

int run_create(const struct ctx *ctx, struct engine *g, struct run_opts *o, int argc,
	       const char **argv, struct container *out, struct err *e)
{
	auto_close int cid = -1;
	enum run_phase phase;
	int rc = run_config(o, argc, argv, ctx->mem, &phase, e);

	if (rc < 0)
		return create_fail(ctx, phase, e);
	rc = cidfile_open(o->c.cid_file, &cid, e);
	if (rc < 0)
		return create_fail(ctx, RUN_CLIENT, e);
	rc = engine_create(g, &o->c, o->name, out, e);
	for (size_t i = 0; i < g->warnings.n; i++)
		err_line("WARNING: %s", g->warnings.v[i]);
	g->warnings.n = 0;
	if (rc < 0 && cid >= 0)
		unlink(o->c.cid_file);
	if (rc == -ENOENT && strncmp(e->msg, "No such image", 13) == 0)
		return no_image(ctx, o, e);
	if (rc < 0)
		return create_fail(ctx, RUN_ENGINE, e);
	if (cid >= 0 && write(cid, out->id, CONTAINER_ID_LEN) != CONTAINER_ID_LEN) {
		err_sys(e, "failed to write the container ID to the file");
		return create_fail(ctx, RUN_CLIENT, e);
	}
	return 0;
}
