// SPDX-License-Identifier: MIT
#include "core/engine/plan.h"

#include "build/gen/config.h"

#include "core/engine/files.h"

#include "core/engine/cgpath.h"
#include "core/engine/planuser.h"
#include "core/engine/volumes.h"
#include "core/fmt/signame.h"
#include "core/kern/caps.h"
#include "core/kern/ns.h"
#include "core/kern/overlay.h"
#include "core/kern/sysctl.h"
#include "core/os/file.h"
#include "core/os/proc.h"
#include "core/store/bottom.h"
#include "core/store/layer.h"
#include "core/store/mountspec.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { SHM_DEFAULT = 64 << 20 };

/* --- root file system ----------------------------------------------------------- */

/* Where a layer's tree is: our own store, or one of the read-only ones. */
static int layer_place(struct engine *g, const struct digest *d, const char **path, struct err *e)
{
	char rel[LAYER_PATH_TEXT + 1];

	layer_path(d, rel);
	if (faccessat(g->store->root_fd, rel, F_OK, 0) == 0) {
		*path = strv_textf(g->mem, "%s/%s", g->store->root, rel);
		return 0;
	}
	for (size_t i = 0; i < g->store->extra_n; i++) {
		const struct store_extra *x = &g->store->extra[i];

		if (faccessat(x->fd, rel, F_OK, 0) < 0)
			continue;
		*path = strv_textf(g->mem, "%s/%s", x->path, rel);
		return 0;
	}
	return err_set(e, ENOENT,
		"layer sha256:%.12s is not in the store any more (load the image again)",
		rel + LAYER_PATH_TEXT - 5 - DIGEST_HEX);
}

/* The trees an overlay is made of, topmost first; none below one that hides them all. */
static int plan_layers(struct engine *g, const struct container *c, struct plan *p, struct err *e)
{
	for (size_t i = c->layers.n; i-- > 0;) {
		const char *path = NULL;
		struct digest d;
		int rc = digest_parse(&d, c->layers.v[i], strlen(c->layers.v[i]), e);

		if (rc == 0)
			rc = layer_place(g, &d, &path, e);
		if (rc < 0)
			return rc;
		strv_add(&p->spec.layers, path, g->mem);
		if (i && layer_opaque(g->store, &d))
			break;
	}
	if (p->spec.layers.n < OVERLAY_LAYERS_MAX && bottom_ready(g->store))
		strv_add(&p->spec.layers,
			strv_textf(g->mem, "%s/" BOTTOM_NAME, g->store->root), g->mem);
	return 0;
}

int plan_upper(int dir, const struct stat *top, struct err *e)
{
	if (mkdirat(dir, "work", 0700) < 0 && errno != EEXIST)
		return err_sys(e, "mkdir work");
	if (mkdirat(dir, "upper", 0700) < 0)
		return errno == EEXIST ? 0 : err_sys(e, "mkdir upper");
	if ((top->st_uid || top->st_gid) &&
		fchownat(dir, "upper", top->st_uid, top->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "chown upper");
	return fchmodat(dir, "upper", top->st_mode & 07777, 0) < 0 ? err_sys(e, "chmod upper") : 0;
}

static int plan_root(struct engine *g, const struct container *c, struct plan *p, struct err *e)
{
	struct container_spec *s = &p->spec;
	struct stat top;
	int rc = plan_layers(g, c, p, e);

	if (rc < 0)
		return rc;
	s->upper = s->work = s->plain = "";
	s->read_only = c->config.read_only;
	s->stage = strv_textf(g->mem, "%s/stage", g->store->state);
	if (mkdirat(g->store->state_fd, "stage", 0700) < 0 && errno != EEXIST)
		return err_sys(e, "mkdir %s", s->stage);
	if (faccessat(p->dir, "rootfs", F_OK, 0) == 0) {
		s->plain = strv_textf(g->mem, "%s/containers/%s/rootfs", g->store->root, c->id);
		return 0;
	}
	if (stat(s->layers.n ? s->layers.v[0] : "/", &top) < 0)
		return err_sys(e, "stat the topmost layer");
	rc = plan_upper(p->dir, &top, e);
	if (rc < 0)
		return rc;
	s->upper = strv_textf(g->mem, "%s/containers/%s/upper", g->store->root, c->id);
	s->work = strv_textf(g->mem, "%s/containers/%s/work", g->store->root, c->id);
	return 0;
}

/* --- process ---------------------------------------------------------------------- */

static void env_put(struct strv *env, const char *text, struct arena *mem)
{
	size_t n = strcspn(text, "=");

	for (size_t i = 0; i < env->n; i++) {
		if (strncmp(env->v[i], text, n) == 0 && env->v[i][n] == '=') {
			env->v[i] = text;
			return;
		}
	}
	strv_add(env, text, mem);
}

/* A name without a value takes the variable away. */
static void env_drop(struct strv *env, const char *name)
{
	size_t n = strlen(name), kept = 0;

	for (size_t i = 0; i < env->n; i++) {
		if (strncmp(env->v[i], name, n) != 0 || env->v[i][n] != '=')
			env->v[kept++] = env->v[i];
	}
	env->n = kept;
}

static void plan_env(struct engine *g, const struct container *c, struct plan *p)
{
	struct strv *env = &p->spec.env;

	strv_add(env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", g->mem);
	strv_add(env, strv_textf(g->mem, "HOSTNAME=%s", c->config.hostname), g->mem);
	if (c->config.tty)
		strv_add(env, "TERM=xterm", g->mem);
	for (size_t i = 0; i < c->config.env.n; i++) {
		if (strchr(c->config.env.v[i], '='))
			env_put(env, c->config.env.v[i], g->mem);
	}
}

static int plan_rlimits(struct engine *g, const struct container *c, struct plan *p, struct err *e)
{
	const struct container_config *cfg = &c->config;
	struct spec_rlimit *v = arena_get(g->mem, (cfg->ulimits.n + 1) * sizeof(*v));
	struct rlimit ours;
	size_t n = 0;

	/* The monitor raises its own: a published port is two descriptors (launch.c). */
	if (plan_publishes(c) && getrlimit(RLIMIT_NOFILE, &ours) == 0)
		v[n++].limit = (struct limits_rlimit){ RLIMIT_NOFILE, ours.rlim_cur,
			ours.rlim_max };
	for (size_t i = 0; i < cfg->ulimits.n; i++) {
		int rc = limits_parse(cfg->ulimits.v[i], &v[n].limit, e);

		if (rc < 0)
			return rc;
		v[n++].named = true;
	}
	p->spec.rlimits = v;
	p->spec.rlimits_n = n;
	return 0;
}

bool plan_publishes(const struct container *c)
{
	return CFG_BRIDGES && (c->config.ports.n || c->config.publish_all);
}

/* --security-opt. What needs a Linux security module that is not there is refused unless it
 * asks for nothing. */
static int security_opt(struct engine *g, const char *opt, struct plan *p, bool *unconfined,
	struct err *e)
{
	const char *value = opt + strcspn(opt, "=:");

	value += *value != 0;
	if (strcmp(opt, "no-new-privileges") == 0 || strcmp(opt, "no-new-privileges:true") == 0 ||
		strcmp(opt, "no-new-privileges=true") == 0) {
		p->spec.no_new_privs = true;
	} else if (strncmp(opt, "seccomp", 7) == 0 && strcmp(value, "unconfined") == 0) {
		*unconfined = true;
	} else if (strncmp(opt, "seccomp", 7) == 0 && *value) {
		seccomp_program_release(&p->seccomp);
		return seccomp_profile(value, strlen(value), p->spec.caps, &p->seccomp, e);
	} else if (strcmp(opt, "apparmor=unconfined") != 0 && strcmp(opt, "label=disable") != 0 &&
		strcmp(opt, "label:disable") != 0 && strcmp(opt, "no-new-privileges:false") != 0 &&
		strcmp(opt, "systempaths=unconfined") != 0) {
		if (strncmp(opt, "apparmor", 8) != 0 && strncmp(opt, "label", 5) != 0)
			return err_set(e, EINVAL, "invalid --security-opt 2: \"%s\"", opt);
		engine_warn(g, "%s is ignored: security labels are not supported", opt);
	}
	if (strcmp(opt, "systempaths=unconfined") == 0)
		p->spec.mask = false;
	return 0;
}

static int plan_security(struct engine *g, const struct container *c, struct plan *p,
	struct err *e)
{
	const struct container_config *cfg = &c->config;
	bool unconfined = cfg->privileged;
	int rc = caps_resolve(cfg->cap_add.v, cfg->cap_add.n, cfg->cap_drop.v, cfg->cap_drop.n,
		cfg->privileged, &p->spec.caps, e);

	p->spec.mask = p->spec.host_writable = false;
	p->spec.mask = !cfg->privileged;
	p->spec.host_writable = cfg->privileged;
	for (size_t i = 0; rc >= 0 && i < cfg->security_opt.n; i++)
		rc = security_opt(g, cfg->security_opt.v[i], p, &unconfined, e);
	if (rc < 0 || unconfined)
		return rc;
	if (!seccomp_supported()) {
		engine_warn(g, "no seccomp filter: the kernel has no CONFIG_SECCOMP_FILTER");
		return 0;
	}
	if (!p->seccomp.n)
		rc = seccomp_default(p->spec.caps, &p->seccomp, e);
	p->spec.seccomp = &p->seccomp;
	return rc;
}

/* --- namespaces --------------------------------------------------------------------- */

/* The process of "container:X". */
static int joined_pid(struct engine *g, const char *ref, const char *what, int *pid, char *id_out,
	struct err *e)
{
	struct container_state st;
	char id[CONTAINER_ID_LEN + 1];
	int rc = container_find(g->store, ref, id, e);

	if (rc >= 0)
		rc = container_state_load(g->store, id, &st, g->mem, e);
	if (rc < 0)
		return rc;
	if (st.status != CONTAINER_RUNNING && st.status != CONTAINER_PAUSED)
		return err_set(e, EBUSY, "cannot join %s of a non running container: %s", what, id);
	*pid = st.pid;
	if (id_out)
		memcpy(id_out, id, sizeof(id));
	return 0;
}

static int plan_ns(struct engine *g, enum spec_ns_kind k, const char *mode, uint64_t flag,
	struct plan *p, struct err *e)
{
	struct spec_ns *ns = &p->spec.ns[k];
	int pid = 0, rc;

	ns->fd = -1;
	if (strcmp(mode, "host") == 0) {
		ns->mode = SPEC_NS_HOST;
		return 0;
	}
	if (strncmp(mode, "container:", 10) != 0) {
		ns->mode = SPEC_NS_NEW;
		return 0;
	}
	rc = joined_pid(g, mode + 10, ns_name(flag), &pid, NULL, e);
	if (rc < 0)
		return rc;
	ns->mode = SPEC_NS_JOIN;
	ns->fd = ns_open(pid, flag, e);
	if (ns->fd < 0 || k != SPEC_IPC)
		return ns->fd;
	p->spec.shm_source = "/dev/shm";
	p->spec.shm_ns = ns_open(pid, CLONE_NEWNS, e);
	return p->spec.shm_ns;
}

static int plan_namespaces(struct engine *g, const struct container *c, struct plan *p,
	struct err *e)
{
	static const struct {
		enum spec_ns_kind kind;
		uint64_t flag;
	} kinds[] = {
		{ SPEC_PID, CLONE_NEWPID },
		{ SPEC_NET, CLONE_NEWNET },
		{ SPEC_IPC, CLONE_NEWIPC },
		{ SPEC_UTS, CLONE_NEWUTS },
		{ SPEC_CGROUP, CLONE_NEWCGROUP },
	};
	const struct container_config *cfg = &c->config;
	const char *modes[] = { cfg->pid_mode, cfg->network_mode, cfg->ipc_mode, cfg->uts_mode,
		cfg->cgroupns_mode };

	p->spec.shm_ns = -1;
	p->spec.shm_source = strcmp(cfg->ipc_mode, "host") == 0 ? "/dev/shm" : "";
	p->clone_flags = CLONE_NEWNS;
	for (size_t i = 0; i < countof(kinds); i++) {
		int rc = plan_ns(g, kinds[i].kind, modes[i], kinds[i].flag, p, e);

		if (rc < 0)
			return rc;
		/* The cgroup one comes after joining the cgroup: init unshares it. */
		if (p->spec.ns[kinds[i].kind].mode == SPEC_NS_NEW && kinds[i].kind != SPEC_CGROUP)
			p->clone_flags |= kinds[i].flag;
	}
	/* The host's name stays the host's to set. */
	p->spec.hostname = p->spec.ns[SPEC_UTS].mode == SPEC_NS_NEW ? cfg->hostname : "";
	p->spec.domainname = cfg->domainname;
	return 0;
}

static int plan_sysctls(const struct container *c, struct plan *p, struct err *e)
{
	uint64_t own = 0;

	if (p->spec.ns[SPEC_IPC].mode == SPEC_NS_NEW)
		own |= CLONE_NEWIPC;
	if (p->spec.ns[SPEC_NET].mode == SPEC_NS_NEW)
		own |= CLONE_NEWNET;
	if (p->spec.ns[SPEC_UTS].mode == SPEC_NS_NEW)
		own |= CLONE_NEWUTS;
	for (size_t i = 0; i < c->config.sysctls.n; i++) {
		int rc = sysctl_check(c->config.sysctls.v[i], own, e);

		if (rc < 0)
			return rc;
	}
	p->spec.sysctls = c->config.sysctls;
	return 0;
}

/* --- mounts --------------------------------------------------------------------------- */

static int mount_bind_plan(struct engine *g, const struct mount_spec *m, struct spec_mount *out,
	struct err *e)
{
	struct mount_opts *o = arena_get(g->mem, sizeof(*o));
	const char *words = *m->propagation ? m->propagation : "rprivate";
	struct stat st;
	const char *ro = m->read_only ? ",ro" : "";
	int rc = mount_parse(strv_textf(g->mem, "rbind,%s%s", words, ro), o, e);

	if (rc < 0)
		return rc;
	o->recursive = true;
	o->recursive_ro = m->read_only;
	if (stat(m->source, &st) < 0 && errno == ENOENT && m->create_source)
		rc = file_mkdirs(m->source, 0755, e);
	else if (stat(m->source, &st) < 0)
		rc = err_set(e, EINVAL,
			     "invalid mount config for type \"bind\": bind source path does not "
			     "exist: %s",
			     m->source);
	out->kind = SPEC_BIND;
	out->source = m->source;
	out->opts = o;
	return rc;
}

static int mount_tmpfs_plan(struct engine *g, const struct mount_spec *m, struct spec_mount *out,
	struct err *e)
{
	const char *words = m->tmpfs_options;

	if (m->long_form)
		words = strv_textf(g->mem, "%smode=%o,size=%lld", m->read_only ? "ro," : "",
			m->tmpfs_mode ? m->tmpfs_mode : 01777, (long long)m->tmpfs_size);
	out->kind = SPEC_FS;
	out->type = out->source = "tmpfs";
	return mountspec_tmpfs_words(words, &out->flags, &out->data, g->mem, e);
}

/* What masks, read-only mounts and limits are about: another of these would be without them. */
static bool is_kernels(const char *type)
{
	static const char *const types[] = { "proc", "sysfs", "cgroup", "cgroup2", "debugfs",
					     "tracefs", "securityfs", "bpf", "devtmpfs" };

	for (size_t i = 0; i < countof(types); i++) {
		if (strcmp(type, types[i]) == 0)
			return true;
	}
	return false;
}

/* A volume with a file system of its own: mounted where it is used, as a file system's mounts share
 * what they show. Docker's option "o" holds mount(8)'s words. */
static int mount_volume_fs(struct engine *g, const struct volume *v, struct spec_mount *out,
	struct err *e)
{
	const char *words = strv_value(&v->options, "o");
	struct mount_opts *o = arena_get(g->mem, sizeof(*o));
	int rc = mount_parse(words ? words : "", o, e);

	if (rc < 0)
		return rc;
	out->source = strv_value(&v->options, "device");
	out->opts = o;
	out->kind = o->bind ? SPEC_BIND : SPEC_FS;
	out->type = strv_value(&v->options, "type");
	if (o->bind && out->source[0] != '/')
		return err_set(e, EINVAL, "volume \"%s\": the device '%s' to bind must be an "
			       "absolute path", v->name, out->source);
	if (!o->bind && is_kernels(out->type))
		return err_set(e, EPERM, "volume \"%s\": a file system of type %s is what the "
			       "container is confined by, and not for volumes", v->name, out->type);
	out->flags = o->set;
	out->data = o->data;
	return 0;
}

static int mount_volume_plan(struct engine *g, const struct container *c,
	const struct mount_spec *m, struct spec_mount *out, struct err *e)
{
	struct volume v;
	int rc = volume_load(g->store, m->source, &v, g->mem, e);

	if (rc < 0)
		return rc;
	/* Docker fills at create; here the first start is the first to have the image's tree. */
	if (!m->no_copy && !c->state.started_ns)
		out->lock = strv_textf(g->mem, "%s/volumes/%s/lock", g->store->root, v.name);
	if (v.options.n) {
		rc = mount_volume_fs(g, &v, out, e);
	} else {
		struct mount_opts *o = arena_get(g->mem, sizeof(*o));

		mount_opts_init(o);
		out->kind = SPEC_BIND;
		out->source = v.mountpoint;
		out->opts = o;
	}
	if (rc >= 0 && m->read_only && out->kind == SPEC_BIND)
		((struct mount_opts *)out->opts)->set |= MS_RDONLY;
	out->flags |= m->read_only ? MS_RDONLY : 0;
	return rc;
}

static int plan_mounts(struct engine *g, const struct container *c, struct plan *p, struct err *e)
{
	struct spec_mount *v = arena_get(g->mem, c->points_n * sizeof(*v) + 1);
	int rc = 0;

	for (size_t i = 0; i < c->points_n && rc >= 0; i++) {
		const struct mount_spec *m = &c->points[i];

		v[i] = (struct spec_mount){ .target = m->target, .lock = "" };
		rc = m->type == MOUNT_BIND    ? mount_bind_plan(g, m, &v[i], e)
			: m->type == MOUNT_TMPFS ? mount_tmpfs_plan(g, m, &v[i], e)
						 : mount_volume_plan(g, c, m, &v[i], e);
	}
	if (rc < 0)
		return rc;
	p->spec.mounts = v;
	p->spec.mounts_n = c->points_n;
	return 0;
}

/* --- devices, limits, files ----------------------------------------------------------- */

static int plan_devices(struct engine *g, const struct container *c, struct plan *p, struct err *e)
{
	const struct container_config *cfg = &c->config;
	struct device_rule *rules;
	size_t n = 0;
	int rc = cfg->privileged && !spec_is_mapped(&p->spec) ? device_find_all(&p->devices, e) : 0;

	for (size_t i = 0; rc >= 0 && i < cfg->devices.n; i++) {
		char host[DEVICE_PATH_MAX], inside[DEVICE_PATH_MAX], access[4];

		size_t had = p->devices.n;

		rc = device_spec_parse(cfg->devices.v[i], host, inside, access, e);
		if (rc >= 0)
			rc = device_find(host, inside, access, &p->devices, e);
		if (rc >= 0 && p->devices.n == had)
			rc = err_set(e, EINVAL, "error gathering device information while adding "
				     "custom device \"%s\": not a device node", host);
	}
	if (rc < 0)
		return rc;
	rules = arena_get(g->mem,
			  (device_default_rules_n + p->devices.n + cfg->device_cgroup_rules.n) *
				  sizeof(*rules));
	memcpy(rules, device_default_rules, device_default_rules_n * sizeof(*rules));
	n = device_default_rules_n;
	for (size_t i = 0; i < p->devices.n; i++) {
		const struct device_node *d = &p->devices.v[i];

		rules[n++] = (struct device_rule){ d->type, d->major, d->minor, d->access };
	}
	for (size_t i = 0; i < cfg->device_cgroup_rules.n; i++) {
		rc = device_rule_parse(cfg->device_cgroup_rules.v[i], &rules[n++], e);
		if (rc < 0)
			return rc;
	}
	p->spec.devices = p->devices.v;
	p->spec.devices_n = p->devices.n;
	p->limits.devices = rules;
	p->limits.devices_n = n;
	p->limits.all_devices = cfg->privileged || spec_is_mapped(&p->spec);
	return 0;
}

void plan_limits_of(const struct container_config *cfg, struct cgroup_limits *l)
{
	l->memory = cfg->memory;
	l->memory_swap = cfg->memory_swap;
	l->memory_reservation = cfg->memory_reservation;
	l->memory_swappiness = cfg->memory_swappiness;
	l->oom_kill_disable = cfg->oom_kill_disable;
	l->nano_cpus = cfg->nano_cpus;
	l->cpu_quota = cfg->cpu_quota;
	l->cpu_period = cfg->cpu_period;
	l->cpu_shares = cfg->cpu_shares;
	l->cpuset_cpus = cfg->cpuset_cpus;
	l->cpuset_mems = cfg->cpuset_mems;
	l->blkio_weight = cfg->blkio_weight;
	l->pids = cfg->pids_limit;
}

static void plan_limits(struct engine *g, const struct container *c, struct plan *p)
{
	const struct container_config *cfg = &c->config;

	cgroup_limits_init(&p->limits);
	plan_limits_of(cfg, &p->limits);
	p->spec.oom_score_adj = cfg->oom_score_adj
		? strv_textf(g->mem, "%lld", (long long)cfg->oom_score_adj)
		: "";
	cgpath_of(g->store, c, p->cgroup);
}

/* What is bound over files of /etc. Those of a container in a network of ours are written
 * when its addresses are known; who joins another's network sees the other's. */
static int plan_files(struct engine *g, const struct container *c, struct plan *p, struct err *e)
{
	const char *mode = c->config.network_mode;
	char id[CONTAINER_ID_LEN + 1];
	struct container other;

	if (strncmp(mode, "container:", 10) == 0) {
		int rc = container_find(g->store, mode + 10, id, e);

		if (rc >= 0)
			rc = container_load(g->store, id, &other, g->mem, e);
		if (rc < 0)
			return rc;
		if (p->spec.ns[SPEC_UTS].mode == SPEC_NS_NEW)
			p->spec.hostname = other.config.hostname;
		p->spec.files = strv_textf(g->mem, "%s/containers/%s", g->store->state, id);
		return 0;
	}
	p->spec.files = strv_textf(g->mem, "%s/containers/%s", g->store->state, c->id);
	return c->nets_n ? 0 : files_plain(c, p->state_dir, e);
}

int plan_make(struct engine *g, const struct container *c, struct plan *p, struct err *e)
{
	typedef int step_fn(struct engine *, const struct container *, struct plan *, struct err *);
	static step_fn *const steps[] = {
		plan_root,
		plan_rlimits,
		plan_namespaces,
		planuser_make,
		plan_security,
		plan_mounts,
		plan_files,
	};
	struct container_spec *s = &p->spec;
	int rc;

	p->state_dir = container_state_dir(g->store, c->id, true, e);
	p->dir = p->state_dir < 0 ? p->state_dir : container_dir(g->store, c->id, true, e);
	if (p->dir < 0)
		return p->dir;
	strv_add(&s->args, c->path, g->mem);
	for (size_t i = 0; i < c->args.n; i++)
		strv_add(&s->args, c->args.v[i], g->mem);
	s->cwd = *c->config.working_dir ? c->config.working_dir : "/";
	s->user = c->config.user;
	s->groups = c->config.group_add;
	s->tty = c->config.tty;
	s->init = c->config.init > 0;
	s->privileged = c->config.privileged;
	s->shm_size = c->config.shm_size ? c->config.shm_size : SHM_DEFAULT;
	plan_limits(g, c, p);
	plan_env(g, c, p);
	for (size_t i = 0; i < countof(steps); i++) {
		rc = steps[i](g, c, p, e);
		if (rc < 0)
			return rc;
	}
	rc = plan_sysctls(c, p, e);
	if (rc >= 0)
		rc = plan_devices(g, c, p, e);
	return rc;
}

int plan_stop_signal(const struct container *c)
{
	int n = *c->config.stop_signal ? signame_parse(c->config.stop_signal, NULL) : SIGTERM;

	return n > 0 ? n : SIGTERM;
}

/* --- exec ------------------------------------------------------------------------------- */

/* A pid may have been given to somebody else since it was written down: the descriptor is
 * got first, then the start time must be the recorded one (Z11). */
static int target_open(struct engine *g, const struct container *c, struct plan *p, struct err *e)
{
	const struct container_state *st = &c->state;
	uint64_t differ =
		CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP;
	int rc;

	(void)g;
	differ |= planuser_exec(p);
	if (st->status == CONTAINER_PAUSED)
		return err_set(e, EBUSY,
			       "Container %s is paused, unpause the container before exec",
			       c->name);
	if (st->status != CONTAINER_RUNNING)
		return err_set(e, EBUSY, "Container %s is not running", c->id);
	p->target.pid = st->pid;
	p->target.pidfd = (int)syscall(SYS_pidfd_open, st->pid, 0);
	if (pid_start(st->pid) != st->pid_start)
		return err_set(e, EBUSY, "Container %s is not running", c->id);
	rc = ns_differ(st->pid, differ, &p->target.flags, e);
	if (rc < 0)
		return rc;
	p->spec.ns[SPEC_PID].fd = -1;
	if (strcmp(c->config.pid_mode, "host") == 0)
		return 0;
	p->spec.ns[SPEC_PID].mode = SPEC_NS_JOIN;
	p->spec.ns[SPEC_PID].fd = ns_open(st->pid, CLONE_NEWPID, e);
	return p->spec.ns[SPEC_PID].fd;
}

/* Where the container was started without CAP_MKNOD because nothing here watches devices
 * (monitor.c), what is executed in it later gets none either (Z07, Z21). */
static void caps_as_started(const struct container *c, struct plan *p)
{
	char path[40], buf[4096], *at;

	snprintf(path, sizeof(path), "/proc/%d/status", c->state.pid);
	if (file_read_small(AT_FDCWD, path, buf, sizeof(buf)) < 0)
		return;
	at = strstr(buf, "\nCapBnd:");
	if (at && !(strtoull(at + 8, NULL, 16) & CAP_BIT(CAP_MKNOD)))
		p->spec.caps &= ~CAP_BIT(CAP_MKNOD);
}

int plan_exec(struct engine *g, const struct container *c, const struct exec_request *r,
	struct plan *p, struct err *e)
{
	struct container as = *c;
	struct container_spec *s = &p->spec;
	int rc = target_open(g, c, p, e);

	if (rc < 0)
		return rc;
	as.config.tty = r->tty;
	as.config.privileged = c->config.privileged || r->privileged;
	s->args = r->args;
	s->cwd = *r->working_dir	 ? r->working_dir
		: *c->config.working_dir ? c->config.working_dir
					 : "/";
	s->user = *r->user ? r->user : c->config.user;
	s->groups = c->config.group_add;
	s->tty = r->tty;
	s->upper = s->work = s->plain = s->files = s->oom_score_adj = "";
	plan_limits(g, c, p);
	plan_env(g, &as, p);
	for (size_t i = 0; i < r->env.n; i++) {
		if (strchr(r->env.v[i], '='))
			env_put(&s->env, r->env.v[i], g->mem);
		else
			env_drop(&s->env, r->env.v[i]);
	}
	rc = plan_rlimits(g, c, p, e);
	if (rc >= 0)
		rc = plan_security(g, &as, p, e);
	if (rc >= 0 && !r->privileged)
		caps_as_started(c, p);
	return rc;
}

void plan_release(struct plan *p)
{
	for (int k = 0; k < SPEC_NS_KINDS; k++) {
		if (p->spec.ns[k].mode == SPEC_NS_JOIN && p->spec.ns[k].fd >= 0)
			close(p->spec.ns[k].fd);
	}
	if (p->spec.shm_ns > 0)
		close(p->spec.shm_ns);
	if (p->spec.userns_join)
		close(p->spec.userns_fd);
	seccomp_program_release(&p->seccomp);
	device_list_release(&p->devices);
	if (p->target.pidfd >= 0)
		close(p->target.pidfd);
	if (p->state_dir >= 0)
		close(p->state_dir);
	if (p->dir >= 0)
		close(p->dir);
	*p = (struct plan)PLAN_INIT;
}
