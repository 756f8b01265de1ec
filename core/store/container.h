// SPDX-License-Identifier: MIT
/* container.h - a container's record: what was asked for, and how it stands.
 *
 * Two files a container. config.json is Docker's inspect document without the
 * parts that can be worked out (Config and HostConfig, spelled as the Engine API
 * 1.41 spells them); it is written once, at create. state.json is small and is
 * all that `ps` reads: how the container stands, and the few words of its
 * configuration that a table shows.
 *
 *   ROOT/containers/ID/config.json    durable; the container exists when this does
 *   ROOT/containers/ID/state.json     the state when it last started or ended
 *   ROOT/containers/ID/upper, work    the writable layer
 *   ROOT/containers/ID/log.json       output, log.json.1 … after rotation
 *   ROOT/names/NAME -> ID             a symbolic link: making it is what reserves a name
 *   STATE/containers/ID/lock          held (flock) by the monitor, or by the command
 *                                     that changes the container; free means not running
 *   STATE/containers/ID/gate          held by the one command that changes the record
 *   STATE/containers/ID/state.json    the state while it runs; wins over ROOT's
 *   STATE/containers/ID/config.json   only for --rm: such a container leaves no durable record
 *   STATE/containers/ID/attach.sock   the monitor listens here
 *
 * A record is written last and removed first. A directory with neither
 * config.json nor a held lock is rubbish that store_gc takes away.
 *
 * What comes from outside: nothing. The files are ours, in 0700 directories; but
 * after a power cut any of them may be empty or cut short, and then that one
 * container is reported as damaged and everything else goes on. */
#pragma once

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/strv.h"
#include "core/store/store.h"

enum {
	CONTAINER_ID_LEN = 64,
	CONTAINER_SHORT_LEN = 12,
	CONTAINER_NAME_MAX = 128,
	CONTAINER_RECORD_MAX = 16 << 20, /* bytes of one config.json */
};

/* One -v, --mount, --tmpfs or image VOLUME, resolved from its text. */
enum mount_type { MOUNT_BIND,
	MOUNT_VOLUME,
	MOUNT_TMPFS };

struct mount_spec {
	enum mount_type type;
	const char *source; /* host path, or volume name; "" for tmpfs and anonymous volumes */
	const char *target; /* absolute path in the container */
	bool read_only;
	bool no_copy; /* volume: do not fill it from the image */
	bool create_source; /* bind by -v: a missing host directory is made */
	const char *mode; /* the options as typed after the second colon, "" for none */
	const char *propagation; /* "rprivate", "rshared", …; "" for the default */
	int64_t tmpfs_size; /* bytes; 0 for no limit */
	uint32_t tmpfs_mode; /* permission bits; 0 for the default 01777 */
	const char *tmpfs_options; /* --tmpfs words as typed; "" for none */
	struct strv driver_opts; /* volume: KEY=VALUE */
	struct strv volume_labels; /* volume: KEY=VALUE, for one that is made */
	const char *driver; /* volume: "" for local */
	bool anonymous; /* volume: `source` was made up, and it goes with the container */
	bool long_form; /* came from --mount: goes to HostConfig.Mounts, not Binds */
};

struct health_config {
	struct strv test; /* "CMD-SHELL", "…"; "NONE" switches off; n = 0 for none given */
	int64_t interval_ns, timeout_ns, start_period_ns; /* 0: the default */
	int retries; /* 0: the default, 3 */
};

/* One network of a container (NetworkSettings.Networks); what it has there only while it runs is
 * the network's to know (network.h). Texts are "" for "not given". */
struct attachment {
	const char *network; /* its name */
	const char *network_id;
	const char *ip4, *ip6; /* asked for by --ip and --ip6 */
	const char *mac; /* asked for by --mac-address */
	struct strv aliases; /* as asked for, without the name and the short id */
	struct strv links; /* "CONTAINER:ALIAS" */
	struct strv driver_opts; /* KEY=VALUE */
};

/* What the user asked for, merged with what the image says. Docker's Config and
 * HostConfig; every pointer is borrowed from the arena it was read or parsed into.
 * Text fields are never NULL once container_config_init has run: "" is "not given". */
struct container_config {
	/* Config */
	const char *hostname, *domainname, *user, *working_dir, *stop_signal, *mac_address;
	const char *image; /* as the user wrote it */
	bool attach_stdin, attach_stdout, attach_stderr, tty, open_stdin, stdin_once;
	struct strv env, cmd, entrypoint, shell, on_build;
	bool entrypoint_reset; /* --entrypoint was given: the image's CMD does not count */
	struct strv labels; /* KEY=VALUE */
	struct strv exposed_ports; /* "80/tcp" */
	struct strv volumes; /* anonymous ones: paths */
	int64_t stop_timeout_s; /* -1: not given, 10 counts */
	struct health_config health;

	/* HostConfig */
	struct mount_spec *mounts; /* -v, --mount and --tmpfs in the order given */
	size_t mounts_n;
	const char *cid_file, *log_driver, *network_mode, *restart_policy, *ipc_mode, *pid_mode,
		*uts_mode, *userns_mode, *cgroupns_mode, *runtime, *cgroup_parent, *isolation,
		*cpuset_cpus, *cpuset_mems, *volume_driver, *ip4, *ip6;
	int restart_max; /* on-failure:N; 0 for ever */
	bool privileged, read_only, auto_remove, publish_all, oom_kill_disable;
	int init; /* -1 not said, 0, 1 */
	struct strv log_opts; /* KEY=VALUE */
	struct strv ports; /* "IP:HOSTPORT:PORT/PROTO"; IP and HOSTPORT may be empty */
	struct strv volumes_from, cap_add, cap_drop, dns, dns_opt, dns_search, extra_hosts,
		group_add, links, security_opt, storage_opt, sysctls /* KEY=VALUE */,
		devices /* "HOST:CONTAINER:rwm" */, device_cgroup_rules,
		ulimits /* "nofile=1024:2048" */, network_aliases;
	struct attachment *nets; /* --network, but for those that network_mode says all of; what
				  * becomes of them is the container's */
	size_t nets_n;
	int64_t oom_score_adj;
	int64_t shm_size; /* bytes; 0: 64 MiB */
	int64_t memory, memory_swap, memory_reservation,
		kernel_memory; /* bytes; 0: none, -1: unlimited */
	int64_t memory_swappiness; /* -1: not given */
	int64_t nano_cpus, cpu_shares, cpu_period, cpu_quota, blkio_weight;
	int64_t pids_limit; /* 0 not given, -1 unlimited */
};

enum container_status {
	CONTAINER_CREATED,
	CONTAINER_RUNNING,
	CONTAINER_PAUSED,
	CONTAINER_RESTARTING,
	CONTAINER_REMOVING,
	CONTAINER_EXITED,
	CONTAINER_DEAD,
};

/* state.json: how it stands, and what a table shows of it. */
struct container_state {
	char id[CONTAINER_ID_LEN + 1];
	const char *name; /* without slash */
	const char *image; /* as the user wrote it */
	const char *image_id; /* "sha256:…" */
	const char *command; /* path and arguments, joined by spaces, as ps shows them */
	const char *ports; /* ps's PORTS column */
	const char *health; /* "", "starting", "healthy", "unhealthy" */
	const char *addresses; /* it had last: "NETWORK-ID=172.18.0.2 …", 12 digits of the id */
	int64_t created_ns; /* since 1970 */
	enum container_status status;
	bool auto_remove, oom_killed;
	bool lost; /* the record says it runs, but its monitor is gone (not kept on disk) */
	bool damaged; /* the record could not be read: the fields are what was left */
	int pid; /* in the host's pid namespace; 0 when not running */
	uint64_t pid_start; /* /proc/PID/stat field 22, so that a reused pid is not mistaken */
	int monitor_pid;
	int64_t started_ns, finished_ns; /* since 1970; 0 for never */
	int exit_code;
	int restart_count;
	bool user_stopped; /* stop or kill asked for it: unless-stopped stays down */
	const char *error; /* why the last start failed; "" for none */
};

/* A whole record. */
struct container {
	char id[CONTAINER_ID_LEN + 1];
	const char *name;
	int64_t created_ns;
	const char *image_id; /* "sha256:…" of the image's config */
	struct strv layers; /* diff ids, "sha256:…", lowest first */
	const char *path; /* what is executed, after entrypoint and command are joined */
	struct strv args;
	struct container_config config;
	/* What is mounted: config's mounts, those of its volumes that none of them covers, and
	 * what --volumes-from brought; each volume with its name. Sorted by target. */
	struct mount_spec *points;
	size_t points_n;
	/* The networks it is to be in, in the order of its links: eth0, eth1, … None for those of
	 * the host, of another container, and none. */
	struct attachment *nets;
	size_t nets_n;
	struct container_state state;
};

/* Every text "", every "not given" value set; the rest zero. */
void container_config_init(struct container_config *c);

const char *container_status_text(enum container_status s); /* "running" */

/* Running, paused or about to run again: it has a monitor. */
bool container_runs(const struct container_state *st);

/* Docker's grammar: [a-zA-Z0-9][a-zA-Z0-9_.-]+, and not 64 hex digits (Z38).
 * 0 or -EINVAL with Docker's sentence. */
NODISCARD int container_name_check(const char *name, struct err *e);

/* Take a name for id; a name whose owner is gone is taken over.
 * 0, -EEXIST with Docker's sentence, or another -errno. */
NODISCARD int container_name_take(struct store *s, const char *name, const char *id, struct err *e);
void container_name_drop(struct store *s, const char *name, const char *id);

/* The id of the container that `ref` names: a full id, an exact name, or the only id
 * that begins with it, in that order.
 * 0, -ENOENT ("No such container: X"), -EEXIST when several ids begin so. */
NODISCARD int container_find(struct store *s, const char *ref, char id[static CONTAINER_ID_LEN + 1],
	struct err *e);

/* Write config.json where it belongs (STATE for auto_remove, else ROOT) and make the container
 * exist. In ROOT its content is synced and its name is not, as Docker does: a power cut in the
 * next seconds leaves a whole record or none. */
NODISCARD int container_save(struct store *s, const struct container *c, struct err *e);

/* config.json alone, whose state is another's to write (its monitor's). */
NODISCARD int container_record_save(struct store *s, const struct container *c, struct err *e);

/* The gate of a container: held by the one command at a time that changes its record or takes it
 * from one life to the next (core/engine/amend.h). A descriptor or -errno; -EBUSY after wait_ms. */
NODISCARD int container_gate(struct store *s, const char *id, int wait_ms, struct err *e);
bool container_gated(struct store *s, const char *id);

/* Read the whole record, state included. -ENOENT, -EBADMSG when damaged. */
NODISCARD int container_load(struct store *s, const char *id, struct container *c,
	struct arena *mem, struct err *e);

/* Write state.json: to STATE, and when `durable` to ROOT too (no fsync: a lost one
 * is worked out from config.json). */
NODISCARD int container_state_save(struct store *s, const struct container_state *st, bool durable,
	struct err *e);

/* Read state.json only. A container that claims to run while nobody holds its lock is
 * returned as ->lost and exited, with code 137 when its monitor died and 255 when the
 * machine did.
 * A damaged state comes back as 0 with ->damaged. -ENOENT when there is no such container. */
NODISCARD int container_state_load(struct store *s, const char *id, struct container_state *st,
	struct arena *mem, struct err *e);

/* All ids, newest first is the caller's to sort. Borrowed from mem. */
NODISCARD int container_list(struct store *s, struct strv *ids, struct arena *mem, struct err *e);

/* The same of every directory in ROOT/containers and STATE/containers, record or not. */
NODISCARD int container_list_dirs(struct store *s, struct strv *ids, struct arena *mem,
	struct err *e);

/* Is there a record of this id, readable or not? */
bool container_recorded(struct store *s, const char *id);

/* Drop the names whose container has neither a record nor a command at work on it. */
NODISCARD int container_names_sweep(struct store *s, struct err *e);

/* Open (making it when `create`) STATE/containers/ID and ROOT/containers/ID. -ENOENT. */
NODISCARD int container_state_dir(struct store *s, const char *id, bool create, struct err *e);
NODISCARD int container_dir(struct store *s, const char *id, bool create, struct err *e);

/* Take STATE/containers/ID/lock without waiting. fd (close-on-exec; closing the last copy
 * of it lets go), -EBUSY when it is held, or -errno. */
NODISCARD int container_lock(struct store *s, const char *id, struct err *e);

/* Does somebody hold it: a monitor, or a command at work? Takes nothing. */
bool container_locked(struct store *s, const char *id);

/* Take it, waiting at most timeout_ms (-1: for ever). -ETIMEDOUT. */
NODISCARD int container_lock_wait(struct store *s, const char *id, int timeout_ms, struct err *e);

/* Take the record away, then everything else. The caller holds the lock. */
NODISCARD int container_remove(struct store *s, const char *id, const char *name, struct err *e);

/* config.json as it is on disk, for inspect: Docker's document; the caller's json_t.
 * (struct container_config ⇄ JSON is one table of fields in container_json.c.) */
