// SPDX-License-Identifier: MIT
#include "core/engine/demand.h"

#include <sched.h>
#include <sys/stat.h>

#include "core/engine/log.h"
#include "core/fmt/signame.h"
#include "core/kern/caps.h"

enum { MEMORY_LEAST = 6 << 20, NANO_LEAST = 10000000 };

static int check_memory(const struct container_config *c, struct err *e)
{
	if (c->memory && c->memory < MEMORY_LEAST)
		return err_set(e, EINVAL, "Minimum memory limit allowed is 6MB");
	if (c->memory && c->memory_swap > 0 && c->memory_swap < c->memory)
		return err_set(e, EINVAL, "Minimum memoryswap limit should be larger than memory "
					  "limit, see usage");
	if (!c->memory && c->memory_swap > 0)
		return err_set(e, EINVAL, "You should always set the Memory limit when using "
					  "Memoryswap limit, see usage");
	if (c->memory && c->memory_reservation > c->memory)
		return err_set(e, EINVAL, "Minimum memory limit can not be less than memory "
					  "reservation limit, see usage");
	if (c->memory_reservation && c->memory_reservation < MEMORY_LEAST)
		return err_set(e, EINVAL, "Minimum memory reservation allowed is 6MB");
	if (c->shm_size < 0)
		return err_set(e, EINVAL, "SHM size can not be less than 0");
	return 0;
}

static int check_cpus(const struct container_config *c, struct err *e)
{
	cpu_set_t set;
	int n;

	if (!c->nano_cpus)
		return 0;
	if (c->cpu_period || c->cpu_quota)
		return err_set(e, EINVAL,
			       "Conflicting options: Nano CPUs and CPU %s cannot both be set.",
			       c->cpu_period ? "Period" : "Quota");
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 0;
	n = CPU_COUNT(&set);
	if (c->nano_cpus < NANO_LEAST || c->nano_cpus > n * 1000000000LL)
		return err_set(e, EINVAL,
			       "Range of CPUs is from 0.01 to %d.00, as there are only %d "
			       "CPUs available",
			       n, n);
	return 0;
}

/* One of -v is made at the start; one of --mount has to be there. */
static int check_source(const struct mount_spec *m, struct err *e)
{
	struct stat st;

	if (m->type != MOUNT_BIND || m->create_source || stat(m->source, &st) == 0 ||
		errno != ENOENT)
		return 0;
	return err_set(
		e, EINVAL,
		"invalid mount config for type \"bind\": bind source path does not exist: %s",
		m->source);
}

static int check_mounts(const struct container_config *c, struct err *e)
{
	for (size_t i = 0; i < c->mounts_n; i++) {
		int rc = check_source(&c->mounts[i], e);

		if (rc < 0)
			return rc;
		for (size_t k = 0; k < i; k++) {
			if (strcmp(c->mounts[i].target, c->mounts[k].target) == 0)
				return err_set(e, EINVAL, "Duplicate mount point: %s",
					       c->mounts[i].target);
		}
	}
	return 0;
}

/* One word of a line in /etc/hosts: what could begin another, or another line, is refused (Z79). */
static bool is_word(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c <= ' ' || c == 0x7f || c == '#')
			return false;
	}
	return true;
}

static int check_names(const struct container_config *c, struct err *e)
{
	if (!is_word(c->hostname, strlen(c->hostname)) ||
	    !is_word(c->domainname, strlen(c->domainname)))
		return err_set(e, EINVAL, "invalid hostname format: %.64s%s%.64s", c->hostname,
			       *c->domainname ? "." : "", c->domainname);
	for (size_t i = 0; i < c->extra_hosts.n; i++) {
		const char *host = c->extra_hosts.v[i];

		if (!is_word(host, strlen(host)))
			return err_set(e, EINVAL, "bad format for add-host: \"%.128s\"", host);
	}
	return 0;
}

/* The words of --security-opt that somebody understands. */
static int check_security(const struct container_config *c, struct err *e)
{
	static const char *const known[] = {
		"no-new-privileges", "no-new-privileges:true", "no-new-privileges:false",
		"no-new-privileges=true", "no-new-privileges=false", "systempaths=unconfined",
	};
	static const char *const begin[] = { "seccomp=",  "seccomp:", "apparmor=",
					     "apparmor:", "label=",   "label:" };

	for (size_t i = 0; i < c->security_opt.n; i++) {
		const char *opt = c->security_opt.v[i];
		bool good = false;

		for (size_t k = 0; k < countof(known); k++)
			good |= strcmp(opt, known[k]) == 0;
		for (size_t k = 0; k < countof(begin); k++)
			good |= strncmp(opt, begin[k], strlen(begin[k])) == 0;
		if (!good)
			return err_set(e, EINVAL, "invalid --security-opt 2: \"%s\"", opt);
	}
	return 0;
}

static int check_rest(const struct container_config *c, struct err *e)
{
	uint64_t caps;

	if (!c->cmd.n && !c->entrypoint.n)
		return err_set(e, EINVAL, "No command specified");
	if (*c->working_dir && c->working_dir[0] != '/')
		return err_set(e, EINVAL,
			       "the working directory '%s' is invalid, it needs to be an "
			       "absolute path",
			       c->working_dir);
	if (c->oom_score_adj < -1000 || c->oom_score_adj > 1000)
		return err_set(e, EINVAL,
			       "Invalid value %lld, range for oom score adj is [-1000, 1000]",
			       (long long)c->oom_score_adj);
	if (c->auto_remove && *c->restart_policy && strcmp(c->restart_policy, "no") != 0)
		return err_set(e, EINVAL,
			       "can't create 'AutoRemove' container with restart policy");
	if (*c->stop_signal && signame_parse(c->stop_signal, e) < 0)
		return -EINVAL;
	return caps_resolve(c->cap_add.v, c->cap_add.n, c->cap_drop.v, c->cap_drop.n, c->privileged,
		&caps, e);
}

int demand_check(const struct container_config *c, struct err *e)
{
	int rc = check_rest(c, e);

	if (rc >= 0)
		rc = check_memory(c, e);
	if (rc >= 0)
		rc = check_cpus(c, e);
	if (rc >= 0)
		rc = check_mounts(c, e);
	if (rc >= 0)
		rc = check_names(c, e);
	if (rc >= 0)
		rc = check_security(c, e);
	return rc < 0 ? rc : log_config_check(c, e);
}
