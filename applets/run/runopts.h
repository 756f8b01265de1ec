// SPDX-License-Identifier: MIT
/* runopts.h - the flags that run and create share, and what they make of a container.
 *
 * Most rows write straight into the container's configuration; the fields beside it hold
 * texts that need work first. run_config does that work. */
#pragma once

#include "applets/applet.h"
#include "core/fmt/runcheck.h"
#include "core/store/container.h"

struct run_opts {
	struct container_config c;
	const char *name, *pull, *platform, *restart, *entrypoint, *health_cmd, *gpus;
	const char *detach_keys;
	struct strv attach, env, env_files, labels, label_files, volumes, mounts, tmpfs, publish,
		expose, devices, networks;
	struct strv unsupported; /* values of flags that are understood and not carried out */
	int64_t health_retries, cpu_rt_period, cpu_rt_runtime;
	bool no_healthcheck, detach, sig_proxy;
};

int run_check_mount(const char *text, struct err *e);	/* opt_check_fn */

#define RUN_OPTS_TO_DETACH(O) \
	OPT_LIST_OK(O, c.extra_hosts, 0, "add-host", "list", \
		    "Add a custom host-to-IP mapping (host:ip)", runcheck_add_host), \
		OPT_LIST_OK(O, attach, 'a', "attach", "list", "Attach to STDIN, STDOUT or STDERR", \
			    runcheck_attach), \
		OPT_UINT16(O, c.blkio_weight, 0, "blkio-weight", \
			   "Block IO (relative weight), between 10 and " \
			   "1000, or 0 to disable (default 0)"), \
		OPT_LIST(O, unsupported, 0, "blkio-weight-device", "list", \
			 "Block IO weight (relative device weight) (default [])"), \
		OPT_LIST(O, c.cap_add, 0, "cap-add", "list", "Add Linux capabilities"), \
		OPT_LIST(O, c.cap_drop, 0, "cap-drop", "list", "Drop Linux capabilities"), \
		OPT_TEXT(O, c.cgroup_parent, 0, "cgroup-parent", "string", \
			 "Optional parent cgroup for the container"), \
		OPT_TEXT(O, c.cgroupns_mode, 0, "cgroupns", "string", \
			 "Cgroup namespace to use (host|private)\n" \
			 "'host':    Run the container in the Docker host's cgroup namespace\n" \
			 "'private': Run the container in its own private cgroup namespace\n" \
			 "'':        Use the cgroup namespace as configured by the\n" \
			 "           default-cgroupns-mode option on the daemon (default)"), \
		OPT_TEXT(O, c.cid_file, 0, "cidfile", "string", \
			 "Write the container ID to the file"), \
		OPT_INT(O, c.cpu_period, 0, "cpu-period", \
			"Limit CPU CFS (Completely Fair Scheduler) period"), \
		OPT_INT(O, c.cpu_quota, 0, "cpu-quota", \
			"Limit CPU CFS (Completely Fair Scheduler) quota"), \
		OPT_INT(O, cpu_rt_period, 0, "cpu-rt-period", \
			"Limit CPU real-time period in microseconds"), \
		OPT_INT(O, cpu_rt_runtime, 0, "cpu-rt-runtime", \
			"Limit CPU real-time runtime in microseconds"), \
		OPT_INT(O, c.cpu_shares, 'c', "cpu-shares", "CPU shares (relative weight)"), \
		OPT_CPUS(O, c.nano_cpus, 0, "cpus", "Number of CPUs"), \
		OPT_TEXT(O, c.cpuset_cpus, 0, "cpuset-cpus", "string", \
			 "CPUs in which to allow execution (0-3, 0,1)"), \
		OPT_TEXT(O, c.cpuset_mems, 0, "cpuset-mems", "string", \
			 "MEMs in which to allow execution (0-3, 0,1)")

#define RUN_OPTS_DETACH(O) \
	OPT_FLAG(O, detach, 'd', "detach", "Run container in background and print container ID"), \
	OPT_TEXT(O, detach_keys, 0, "detach-keys", "string", \
		 "Override the key sequence for detaching a container")

#define RUN_OPTS_TO_PULL(O) \
	OPT_LIST(O, devices, 0, "device", "list", "Add a host device to the container"), \
		OPT_LIST_OK(O, c.device_cgroup_rules, 0, "device-cgroup-rule", "list", \
			    "Add a rule to the cgroup allowed devices list", \
			    runcheck_device_rule), \
		OPT_LIST(O, unsupported, 0, "device-read-bps", "list", \
			 "Limit read rate (bytes per second) from a device (default [])"), \
		OPT_LIST(O, unsupported, 0, "device-read-iops", "list", \
			 "Limit read rate (IO per second) from a device (default [])"), \
		OPT_LIST(O, unsupported, 0, "device-write-bps", "list", \
			 "Limit write rate (bytes per second) to a device (default [])"), \
		OPT_LIST(O, unsupported, 0, "device-write-iops", "list", \
			 "Limit write rate (IO per second) to a device (default [])"), \
		OPT_IGNORED(0, "disable-content-trust", "Skip image verification (default true)"), \
		OPT_LIST_OK(O, c.dns, 0, "dns", "list", "Set custom DNS servers", runcheck_dns), \
		OPT_LIST(O, c.dns_opt, 0, "dns-opt", "list", NULL), \
		OPT_LIST(O, c.dns_opt, 0, "dns-option", "list", "Set DNS options"), \
		OPT_LIST_OK(O, c.dns_search, 0, "dns-search", "list", \
			    "Set custom DNS search domains", runcheck_dns_search), \
		OPT_TEXT(O, c.domainname, 0, "domainname", "string", "Container NIS domain name"), \
		OPT_TEXT(O, entrypoint, 0, "entrypoint", "string", \
			 "Overwrite the default ENTRYPOINT of the image"), \
		OPT_LIST_OK(O, env, 'e', "env", "list", "Set environment variables", \
			    runcheck_env), \
		OPT_LIST(O, env_files, 0, "env-file", "list", \
			 "Read in a file of environment variables"), \
		OPT_LIST(O, expose, 0, "expose", "list", "Expose a port or a range of ports"), \
		OPT_TEXT(O, gpus, 0, "gpus", "gpu-request", \
			 "GPU devices to add to the container ('all' to pass all GPUs)"), \
		OPT_LIST(O, c.group_add, 0, "group-add", "list", "Add additional groups to join"), \
		OPT_TEXT(O, health_cmd, 0, "health-cmd", "string", \
			 "Command to run to check health"), \
		OPT_DURATION(O, c.health.interval_ns, 0, "health-interval", \
			     "Time between running the check (ms|s|m|h) (default 0s)"), \
		OPT_INT(O, health_retries, 0, "health-retries", \
			"Consecutive failures needed to report unhealthy"), \
		OPT_DURATION(O, c.health.start_period_ns, 0, "health-start-period", \
			     "Start period for the container to initialize before starting " \
			     "health-retries " \
			     "countdown (ms|s|m|h) (default 0s)"), \
		OPT_DURATION(O, c.health.timeout_ns, 0, "health-timeout", \
			     "Maximum time to allow one check to run (ms|s|m|h) (default 0s)"), \
		OPT_HELP_ROW, \
		OPT_TEXT(O, c.hostname, 'h', "hostname", "string", "Container host name"), \
		OPT_TRI(O, c.init, 0, "init", \
			"Run an init inside the container that forwards signals and reaps " \
			"processes"), \
		OPT_FLAG(O, c.open_stdin, 'i', "interactive", \
			 "Keep STDIN open even if not attached"), \
		OPT_TEXT(O, c.ip4, 0, "ip", "string", "IPv4 address (e.g., 172.30.100.104)"), \
		OPT_TEXT(O, c.ip6, 0, "ip6", "string", "IPv6 address (e.g., 2001:db8::33)"), \
		OPT_TEXT(O, c.ipc_mode, 0, "ipc", "string", "IPC mode to use"), \
		OPT_TEXT(O, c.isolation, 0, "isolation", "string", \
			 "Container isolation technology"), \
		OPT_BYTES(O, c.kernel_memory, 0, "kernel-memory", "Kernel memory limit"), \
		OPT_LIST_OK(O, labels, 'l', "label", "list", "Set meta data on a container", \
			    runcheck_label), \
		OPT_LIST(O, label_files, 0, "label-file", "list", \
			 "Read in a line delimited file of labels"), \
		OPT_LIST_OK(O, c.links, 0, "link", "list", "Add link to another container", \
			    runcheck_link), \
		OPT_LIST(O, unsupported, 0, "link-local-ip", "list", \
			 "Container IPv4/IPv6 link-local addresses"), \
		OPT_TEXT(O, c.log_driver, 0, "log-driver", "string", \
			 "Logging driver for the container"), \
		OPT_LIST(O, c.log_opts, 0, "log-opt", "list", "Log driver options"), \
		OPT_TEXT(O, c.mac_address, 0, "mac-address", "string", \
			 "Container MAC address (e.g., 92:d0:c6:0a:29:33)"), \
		OPT_BYTES(O, c.memory, 'm', "memory", "Memory limit"), \
		OPT_BYTES(O, c.memory_reservation, 0, "memory-reservation", "Memory soft limit"), \
		OPT_SWAP(O, c.memory_swap, 0, "memory-swap", \
			 "Swap limit equal to memory plus swap: '-1' to enable unlimited swap"), \
		OPT_INT(O, c.memory_swappiness, 0, "memory-swappiness", \
			"Tune container memory swappiness (0 to 100) (default -1)"), \
		OPT_LIST_OK(O, mounts, 0, "mount", "mount", \
			    "Attach a filesystem mount to the container", run_check_mount), \
		OPT_TEXT(O, name, 0, "name", "string", "Assign a name to the container"), \
		OPT_LIST(O, networks, 0, "net", "network", NULL), \
		OPT_LIST(O, c.network_aliases, 0, "net-alias", "list", NULL), \
		OPT_LIST(O, networks, 0, "network", "network", \
			 "Connect a container to a network"), \
		OPT_LIST(O, c.network_aliases, 0, "network-alias", "list", \
			 "Add network-scoped alias for the container"), \
		OPT_FLAG(O, no_healthcheck, 0, "no-healthcheck", \
			 "Disable any container-specified HEALTHCHECK"), \
		OPT_FLAG(O, c.oom_kill_disable, 0, "oom-kill-disable", "Disable OOM Killer"), \
		OPT_INT(O, c.oom_score_adj, 0, "oom-score-adj", \
			"Tune host's OOM preferences (-1000 to 1000)"), \
		OPT_TEXT(O, c.pid_mode, 0, "pid", "string", "PID namespace to use"), \
		OPT_INT(O, c.pids_limit, 0, "pids-limit", \
			"Tune container pids limit (set -1 for unlimited)"), \
		OPT_TEXT(O, platform, 0, "platform", "string", \
			 "Set platform if server is multi-platform capable"), \
		OPT_FLAG(O, c.privileged, 0, "privileged", \
			 "Give extended privileges to this container"), \
		OPT_LIST(O, publish, 'p', "publish", "list", \
			 "Publish a container's port(s) to the host"), \
		OPT_FLAG(O, c.publish_all, 'P', "publish-all", \
			 "Publish all exposed ports to random ports")

#define RUN_OPTS_TO_SIG_PROXY(O, doing) \
	OPT_TEXT(O, pull, 0, "pull", "string", "Pull image before " doing \
		 " (\"always\"|\"missing\"|\"never\") (default \"missing\")"), \
	OPT_FLAG(O, c.read_only, 0, "read-only", \
		 "Mount the container's root filesystem as read only"), \
	OPT_TEXT(O, restart, 0, "restart", "string", \
		 "Restart policy to apply when a container exits (default \"no\")"), \
	OPT_FLAG(O, c.auto_remove, 0, "rm", "Automatically remove the container when it exits"), \
	OPT_TEXT(O, c.runtime, 0, "runtime", "string", "Runtime to use for this container"), \
	OPT_LIST(O, c.security_opt, 0, "security-opt", "list", "Security Options"), \
	OPT_BYTES(O, c.shm_size, 0, "shm-size", "Size of /dev/shm")

#define RUN_OPTS_SIG_PROXY(O) \
	OPT_FLAG(O, sig_proxy, 0, "sig-proxy", \
		 "Proxy received signals to the process (default true)")

#define RUN_OPTS_REST(O) \
	OPT_TEXT(O, c.stop_signal, 0, "stop-signal", "string", \
		 "Signal to stop a container (default \"SIGTERM\")"), \
		OPT_INT(O, c.stop_timeout_s, 0, "stop-timeout", \
			"Timeout (in seconds) to stop a container"), \
		OPT_LIST(O, c.storage_opt, 0, "storage-opt", "list", \
			 "Storage driver options for the container"), \
		OPT_LIST_OK(O, c.sysctls, 0, "sysctl", "map", "Sysctl options (default map[])", \
			    runcheck_sysctl), \
		OPT_LIST(O, tmpfs, 0, "tmpfs", "list", "Mount a tmpfs directory"), \
		OPT_FLAG(O, c.tty, 't', "tty", "Allocate a pseudo-TTY"), \
		OPT_LIST_OK(O, c.ulimits, 0, "ulimit", "ulimit", "Ulimit options (default [])", \
			    runcheck_ulimit), \
		OPT_TEXT(O, c.user, 'u', "user", "string", \
			 "Username or UID (format: <name|uid>[:<group|gid>])"), \
		OPT_TEXT(O, c.userns_mode, 0, "userns", "string", "User namespace to use"), \
		OPT_TEXT(O, c.uts_mode, 0, "uts", "string", "UTS namespace to use"), \
		OPT_LIST(O, volumes, 'v', "volume", "list", "Bind mount a volume"), \
		OPT_TEXT(O, c.volume_driver, 0, "volume-driver", "string", \
			 "Optional volume driver for the container"), \
		OPT_LIST(O, c.volumes_from, 0, "volumes-from", "list", \
			 "Mount volumes from the specified container(s)"), \
		OPT_TEXT(O, c.working_dir, 'w', "workdir", "string", \
			 "Working directory inside the container")

/* Every field "not given". */
void run_opts_init(struct run_opts *o);

/* Which part of Docker finds an error, for its prefix: the client, the client when it looks at the
 * image's name, the engine. */
enum run_phase { RUN_CLIENT, RUN_NAME, RUN_ENGINE };

/* Finish o->c from the texts; argv: image, command, arguments.
 * 0, or -EINVAL or -errno with Docker's sentence and *phase set. */
NODISCARD int run_config(struct run_opts *o, int argc, const char **argv, struct arena *mem,
			 enum run_phase *phase, struct err *e);

/* Print "PROG: [Error response from daemon: ]SENTENCE." and with `help` where help is. Returns
 * -code for main.c, which then exits with `status`. */
int run_fail(const struct ctx *ctx, enum run_phase phase, bool help, int status, struct err *e);

struct engine;

/* Check the image's name, reserve --cidfile, create, print warnings, fill the file.
 * 0, or -code for main.c, with everything said. */
NODISCARD int run_create(const struct ctx *ctx, struct engine *g, struct run_opts *o, int argc,
			 const char **argv, struct container *out, struct err *e);
