// SPDX-License-Identifier: MIT
#include "applets/run/runopts.h"

#include <fcntl.h>

#include "applets/run/runfile.h"
#include "build/gen/config.h"
#include "core/engine/engine.h"
#include "core/fmt/hostport.h"
#include "core/fmt/json.h"
#include "core/fmt/reference.h"
#include "core/os/file.h"
#include "core/store/attachment.h"
#include "core/store/mountspec.h"

#define O struct run_opts
const struct opt run_rows_to_detach[] = {
	OPT_LIST_OK(O, c.extra_hosts, 0, "add-host", "list",
		    "Add a custom host-to-IP mapping (host:ip)", runcheck_add_host),
	OPT_LIST_OK(O, attach, 'a', "attach", "list", "Attach to STDIN, STDOUT or STDERR",
		    runcheck_attach),
	OPT_UINT16(O, c.blkio_weight, 0, "blkio-weight",
		   "Block IO (relative weight), between 10 and "
		   "1000, or 0 to disable (default 0)"),
	OPT_LIST(O, unsupported, 0, "blkio-weight-device", "list",
		 "Block IO weight (relative device weight) (default [])"),
	OPT_LIST(O, c.cap_add, 0, "cap-add", "list", "Add Linux capabilities"),
	OPT_LIST(O, c.cap_drop, 0, "cap-drop", "list", "Drop Linux capabilities"),
	OPT_TEXT(O, c.cgroup_parent, 0, "cgroup-parent", "string",
		 "Optional parent cgroup for the container"),
	OPT_TEXT(O, c.cgroupns_mode, 0, "cgroupns", "string",
		 "Cgroup namespace to use (host|private)\n"
		 "'host':    Run the container in the Docker host's cgroup namespace\n"
		 "'private': Run the container in its own private cgroup namespace\n"
		 "'':        Use the cgroup namespace as configured by the\n"
		 "           default-cgroupns-mode option on the daemon (default)"),
	OPT_TEXT(O, c.cid_file, 0, "cidfile", "string",
		 "Write the container ID to the file"),
	OPT_INT(O, c.cpu_period, 0, "cpu-period",
		"Limit CPU CFS (Completely Fair Scheduler) period"),
	OPT_INT(O, c.cpu_quota, 0, "cpu-quota",
		"Limit CPU CFS (Completely Fair Scheduler) quota"),
	OPT_INT(O, cpu_rt_period, 0, "cpu-rt-period",
		"Limit CPU real-time period in microseconds"),
	OPT_INT(O, cpu_rt_runtime, 0, "cpu-rt-runtime",
		"Limit CPU real-time runtime in microseconds"),
	OPT_INT(O, c.cpu_shares, 'c', "cpu-shares", "CPU shares (relative weight)"),
	OPT_CPUS(O, c.nano_cpus, 0, "cpus", "Number of CPUs"),
	OPT_TEXT(O, c.cpuset_cpus, 0, "cpuset-cpus", "string",
		 "CPUs in which to allow execution (0-3, 0,1)"),
	OPT_TEXT(O, c.cpuset_mems, 0, "cpuset-mems", "string",
		 "MEMs in which to allow execution (0-3, 0,1)"),
	OPT_END
};

const struct opt run_rows_to_pull[] = {
	OPT_LIST(O, devices, 0, "device", "list", "Add a host device to the container"),
	OPT_LIST_OK(O, c.device_cgroup_rules, 0, "device-cgroup-rule", "list",
		    "Add a rule to the cgroup allowed devices list",
		    runcheck_device_rule),
	OPT_LIST(O, unsupported, 0, "device-read-bps", "list",
		 "Limit read rate (bytes per second) from a device (default [])"),
	OPT_LIST(O, unsupported, 0, "device-read-iops", "list",
		 "Limit read rate (IO per second) from a device (default [])"),
	OPT_LIST(O, unsupported, 0, "device-write-bps", "list",
		 "Limit write rate (bytes per second) to a device (default [])"),
	OPT_LIST(O, unsupported, 0, "device-write-iops", "list",
		 "Limit write rate (IO per second) to a device (default [])"),
	OPT_IGNORED(0, "disable-content-trust", "Skip image verification (default true)"),
	OPT_LIST_OK(O, c.dns, 0, "dns", "list", "Set custom DNS servers", runcheck_dns),
	OPT_LIST(O, c.dns_opt, 0, "dns-opt", "list", NULL),
	OPT_LIST(O, c.dns_opt, 0, "dns-option", "list", "Set DNS options"),
	OPT_LIST_OK(O, c.dns_search, 0, "dns-search", "list",
		    "Set custom DNS search domains", runcheck_dns_search),
	OPT_TEXT(O, c.domainname, 0, "domainname", "string", "Container NIS domain name"),
	OPT_TEXT(O, entrypoint, 0, "entrypoint", "string",
		 "Overwrite the default ENTRYPOINT of the image"),
	OPT_LIST_OK(O, env, 'e', "env", "list", "Set environment variables",
		    runcheck_env),
	OPT_LIST(O, env_files, 0, "env-file", "list",
		 "Read in a file of environment variables"),
	OPT_LIST(O, expose, 0, "expose", "list", "Expose a port or a range of ports"),
	OPT_TEXT(O, gpus, 0, "gpus", "gpu-request",
		 "GPU devices to add to the container ('all' to pass all GPUs)"),
	OPT_LIST(O, c.group_add, 0, "group-add", "list", "Add additional groups to join"),
	OPT_TEXT(O, health_cmd, 0, "health-cmd", "string",
		 "Command to run to check health"),
	OPT_DURATION(O, c.health.interval_ns, 0, "health-interval",
		     "Time between running the check (ms|s|m|h) (default 0s)"),
	OPT_INT(O, health_retries, 0, "health-retries",
		"Consecutive failures needed to report unhealthy"),
	OPT_DURATION(O, c.health.start_period_ns, 0, "health-start-period",
		     "Start period for the container to initialize before starting "
		     "health-retries "
		     "countdown (ms|s|m|h) (default 0s)"),
	OPT_DURATION(O, c.health.timeout_ns, 0, "health-timeout",
		     "Maximum time to allow one check to run (ms|s|m|h) (default 0s)"),
	OPT_HELP_ROW,
	OPT_TEXT(O, c.hostname, 'h', "hostname", "string", "Container host name"),
	OPT_TRI(O, c.init, 0, "init",
		"Run an init inside the container that forwards signals and reaps "
		"processes"),
	OPT_FLAG(O, c.open_stdin, 'i', "interactive",
		 "Keep STDIN open even if not attached"),
	OPT_TEXT(O, c.ip4, 0, "ip", "string", "IPv4 address (e.g., 172.30.100.104)"),
	OPT_TEXT(O, c.ip6, 0, "ip6", "string", "IPv6 address (e.g., 2001:db8::33)"),
	OPT_TEXT(O, c.ipc_mode, 0, "ipc", "string", "IPC mode to use"),
	OPT_TEXT(O, c.isolation, 0, "isolation", "string",
		 "Container isolation technology"),
	OPT_BYTES(O, c.kernel_memory, 0, "kernel-memory", "Kernel memory limit"),
	OPT_LIST_OK(O, labels, 'l', "label", "list", "Set meta data on a container",
		    runcheck_label),
	OPT_LIST(O, label_files, 0, "label-file", "list",
		 "Read in a line delimited file of labels"),
	OPT_LIST_OK(O, c.links, 0, "link", "list", "Add link to another container",
		    runcheck_link),
	OPT_LIST(O, unsupported, 0, "link-local-ip", "list",
		 "Container IPv4/IPv6 link-local addresses"),
	OPT_TEXT(O, c.log_driver, 0, "log-driver", "string",
		 "Logging driver for the container"),
	OPT_LIST(O, c.log_opts, 0, "log-opt", "list", "Log driver options"),
	OPT_TEXT(O, c.mac_address, 0, "mac-address", "string",
		 "Container MAC address (e.g., 92:d0:c6:0a:29:33)"),
	OPT_BYTES(O, c.memory, 'm', "memory", "Memory limit"),
	OPT_BYTES(O, c.memory_reservation, 0, "memory-reservation", "Memory soft limit"),
	OPT_SWAP(O, c.memory_swap, 0, "memory-swap",
		 "Swap limit equal to memory plus swap: '-1' to enable unlimited swap"),
	OPT_INT(O, c.memory_swappiness, 0, "memory-swappiness",
		"Tune container memory swappiness (0 to 100) (default -1)"),
	OPT_LIST_OK(O, mounts, 0, "mount", "mount",
		    "Attach a filesystem mount to the container", run_check_mount),
	OPT_TEXT(O, name, 0, "name", "string", "Assign a name to the container"),
	OPT_LIST(O, networks, 0, "net", "network", NULL),
	OPT_LIST(O, c.network_aliases, 0, "net-alias", "list", NULL),
	OPT_LIST(O, networks, 0, "network", "network",
		 "Connect a container to a network"),
	OPT_LIST(O, c.network_aliases, 0, "network-alias", "list",
		 "Add network-scoped alias for the container"),
	OPT_FLAG(O, no_healthcheck, 0, "no-healthcheck",
		 "Disable any container-specified HEALTHCHECK"),
	OPT_FLAG(O, c.oom_kill_disable, 0, "oom-kill-disable", "Disable OOM Killer"),
	OPT_INT(O, c.oom_score_adj, 0, "oom-score-adj",
		"Tune host's OOM preferences (-1000 to 1000)"),
	OPT_TEXT(O, c.pid_mode, 0, "pid", "string", "PID namespace to use"),
	OPT_INT(O, c.pids_limit, 0, "pids-limit",
		"Tune container pids limit (set -1 for unlimited)"),
	OPT_TEXT(O, platform, 0, "platform", "string",
		 "Set platform if server is multi-platform capable"),
	OPT_FLAG(O, c.privileged, 0, "privileged",
		 "Give extended privileges to this container"),
	OPT_LIST(O, publish, 'p', "publish", "list",
		 "Publish a container's port(s) to the host"),
	OPT_FLAG(O, c.publish_all, 'P', "publish-all",
		 "Publish all exposed ports to random ports"),
	OPT_END
};

const struct opt run_rows_rest[] = {
	OPT_TEXT(O, c.stop_signal, 0, "stop-signal", "string",
		 "Signal to stop a container (default \"SIGTERM\")"),
	OPT_INT(O, c.stop_timeout_s, 0, "stop-timeout",
		"Timeout (in seconds) to stop a container"),
	OPT_LIST(O, c.storage_opt, 0, "storage-opt", "list",
		 "Storage driver options for the container"),
	OPT_LIST_OK(O, c.sysctls, 0, "sysctl", "map", "Sysctl options (default map[])",
		    runcheck_sysctl),
	OPT_LIST(O, tmpfs, 0, "tmpfs", "list", "Mount a tmpfs directory"),
	OPT_FLAG(O, c.tty, 't', "tty", "Allocate a pseudo-TTY"),
	OPT_LIST_OK(O, c.ulimits, 0, "ulimit", "ulimit", "Ulimit options (default [])",
		    runcheck_ulimit),
	OPT_TEXT(O, c.user, 'u', "user", "string",
		 "Username or UID (format: <name|uid>[:<group|gid>])"),
	OPT_TEXT(O, c.userns_mode, 0, "userns", "string", "User namespace to use"),
	OPT_TEXT(O, c.uts_mode, 0, "uts", "string", "UTS namespace to use"),
	OPT_LIST(O, volumes, 'v', "volume", "list", "Bind mount a volume"),
	OPT_TEXT(O, c.volume_driver, 0, "volume-driver", "string",
		 "Optional volume driver for the container"),
	OPT_LIST(O, c.volumes_from, 0, "volumes-from", "list",
		 "Mount volumes from the specified container(s)"),
	OPT_TEXT(O, c.working_dir, 'w', "workdir", "string",
		 "Working directory inside the container"),
	OPT_END
};
#undef O

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

static bool is_mode(const char *n)
{
	return strcmp(n, "default") == 0 || strcmp(n, "none") == 0 || strcmp(n, "host") == 0 ||
	       strncmp(n, "container:", 10) == 0;
}

/* What is a network's own goes with networks that have names. */
static int scoped_check(const struct container_config *c, const struct container *all,
			struct err *e)
{
	for (size_t i = 0; i < all->nets_n; i++) {
		const struct attachment *a = &all->nets[i];

		if (!is_mode(a->network) && strcmp(a->network, "bridge") != 0)
			continue;
		if (a->aliases.n || (i == 0 && c->network_aliases.n))
			return err_set(e, EINVAL, "network-scoped aliases are only supported for "
				       "user-defined networks");
		if (i == 0 && c->links.n)
			return err_set(e, EINVAL,
				       "links are only supported for user-defined networks");
	}
	return 0;
}

/* Every --network; what one of them says of itself (alias=, ip=) is its own. */
static int config_attachments(struct run_opts *o, struct arena *mem, struct err *e)
{
	struct container_config *c = &o->c;
	struct container all = { .nets_n = 0 };
	int rc = 0;

	if (!CFG_BRIDGES) {
		c->network_mode = o->networks.n ? o->networks.v[0] : "default";
		return 0;
	}
	for (size_t i = 0; rc >= 0 && i < o->networks.n; i++)
		rc = attachment_parse(o->networks.v[i], attachment_add(&all, mem), mem, e);
	if (rc < 0)
		return rc;
	c->network_mode = all.nets_n ? all.nets[0].network : "default";
	for (size_t i = 0; all.nets_n > 1 && i < all.nets_n; i++) {
		if (is_mode(all.nets[i].network))
			return err_set(e, EINVAL, "conflicting options: cannot attach both "
				       "user-defined and non-user-defined network-modes");
	}
	if (!all.nets_n) {	/* Docker asks for them only beside a --network */
		c->network_aliases.n = 0;
		c->ip4 = c->ip6 = "";
	}
	if (all.nets_n && !is_mode(c->network_mode)) {
		c->nets = all.nets;
		c->nets_n = all.nets_n;
	}
	return scoped_check(c, &all, e);
}

static int config_network(const struct run_opts *o, struct err *e)
{
	const struct container_config *c = &o->c;
	bool joined = strncmp(c->network_mode, "container:", 10) == 0;

	if (joined && !c->network_mode[10])
		return err_set(e, EINVAL, "Invalid network mode: invalid container format "
			       "container:<name|id>");
	if (joined && *c->hostname)
		return err_set(e, EINVAL, "conflicting options: hostname and the network mode");
	if (joined && c->links.n)
		return err_set(e, EINVAL, "conflicting options: container type network can't be "
			       "used with links. This would result in undefined behavior");
	if (joined && c->dns.n)
		return err_set(e, EINVAL, "conflicting options: dns and the network mode");
	if (joined && c->extra_hosts.n)
		return err_set(e, EINVAL, "conflicting options: custom host-to-IP mapping and the "
			       "network mode");
	if ((joined || strcmp(c->network_mode, "host") == 0) && *c->mac_address)
		return err_set(e, EINVAL, "conflicting options: mac-address and the network mode");
	if (joined && (c->ports.n || c->publish_all))
		return err_set(e, EINVAL, "conflicting options: port publishing and the container "
			       "type network mode");
	if (joined && c->exposed_ports.n)
		return err_set(e, EINVAL, "conflicting options: port exposing and the container "
			       "type network mode");
	if (strcmp(c->network_mode, "host") == 0 && c->links.n)
		return err_set(e, EINVAL, "conflicting options: host type networking can't be used "
			       "with links. This would result in undefined behavior");
	if (strcmp(c->uts_mode, "host") == 0 && *c->hostname)
		return err_set(e, EINVAL, "conflicting options: hostname and the UTS mode");
	return 0;
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
		{ c->links.n, "--link" },
		{ !CFG_BRIDGES && (c->ports.n || c->publish_all || !is_mode(c->network_mode)),
		  "a network of its own (needs CONFIG_BRIDGES)" },
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
		rc = config_attachments(o, mem, e);
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
