// SPDX-License-Identifier: MIT
/* request.c - what a monitor is asked for besides streams, signals and an end.
 *
 * Pause: the container's control group is frozen, never a process by its number (Z11), and by
 * nobody but the monitor that made the group. The record says "paused" only once the kernel
 * says that all are frozen. A monitor that is killed meanwhile leaves the group frozen and its
 * SIGKILL pending; who reconciles lets go while it kills (cgroupfs_kill).
 *
 * Hold: the same for as long as a connection lasts, for commit. However who asked ends, its
 * connection ends with it. */
#include "core/engine/monitor_in.h"
#include "build/gen/config.h"
#include "core/engine/event.h"
#include "core/engine/files.h"

#include "core/engine/plan.h"
#include "core/store/attachment.h"

static bool is_paused(const struct monitor *m)
{
	return !monitor_is_exec(m) && m->c->state.status == CONTAINER_PAUSED;
}

static void status_set(struct monitor *m, enum container_status status)
{
	m->c->state.status = status;
	(void)!container_state_save(m->g->store, &m->c->state, false, NULL);
}

static int refuse(const struct monitor *m, const char *why, struct err *e)
{
	return err_set(e, EBUSY, "Container %s is %s", m->c->id, why);
}

int request_pause(struct monitor *m, bool on, struct err *e)
{
	int rc;

	if (monitor_is_exec(m))
		return err_set(e, EINVAL, "only a container can be paused");
	if (on && m->restart.at_ms)
		return refuse(m, "restarting, wait until the container is running", e);
	if (on && is_paused(m))
		return refuse(m, "already paused", e);
	if (on && !m->running)
		return refuse(m, "not running", e);
	if (!on && !is_paused(m))
		return refuse(m, "not paused", e);
	rc = m->holders ? 0 : cgroup_freeze(&m->cgroup, on, e);
	if (rc < 0)
		return err_wrap(e, "Cannot %s container %s", on ? "pause" : "unpause", m->c->id);
	if (CFG_HEALTH && on)
		health_hold(m, true);
	else if (CFG_HEALTH && !m->holders)
		health_go_on(m);
	status_set(m, on ? CONTAINER_PAUSED : CONTAINER_RUNNING);
	event_container(m->g->store, m->c, on ? "pause" : "unpause", NULL);
	return 0;
}

int request_hold(struct monitor *m, struct err *e)
{
	int rc = 0;

	if (monitor_is_exec(m))
		return err_set(e, EINVAL, "only a container can be held");
	if (!m->running || m->ended)
		return refuse(m, "not running", e);
	if (!m->holders && !is_paused(m))
		rc = cgroup_freeze(&m->cgroup, true, e);
	if (rc < 0)
		return rc;
	if (!m->holders++ && !is_paused(m) && CFG_HEALTH)
		health_hold(m, false);
	return 0;
}

void request_let_go(struct monitor *m)
{
	if (--m->holders || !m->running || is_paused(m))
		return;
	(void)!cgroup_freeze(&m->cgroup, false, NULL);
	if (CFG_HEALTH)
		health_go_on(m);
}

void request_thaw(struct monitor *m)
{
	if (is_paused(m))
		(void)!request_pause(m, false, NULL);
}

/* --- the record was changed ------------------------------------------------------------- */

static const char *kept_text(struct monitor *m, const char *now, const char *then)
{
	return strcmp(now, then) == 0 ? then : strv_dup(now, strlen(now), m->g->mem);
}

/* Only what may change while it runs; all else stays as it was started. */
static void follow(struct monitor *m, const struct container *now)
{
	struct container_config *c = &m->c->config;
	const struct container_config *n = &now->config;

	m->c->name = m->c->state.name = kept_text(m, now->name, m->c->name);
	c->restart_policy = kept_text(m, n->restart_policy, c->restart_policy);
	c->restart_max = n->restart_max;
	c->memory = n->memory;
	c->memory_swap = n->memory_swap;
	c->memory_reservation = n->memory_reservation;
	c->kernel_memory = n->kernel_memory;
	c->nano_cpus = n->nano_cpus;
	c->cpu_shares = n->cpu_shares;
	c->cpu_period = n->cpu_period;
	c->cpu_quota = n->cpu_quota;
	c->blkio_weight = n->blkio_weight;
	c->pids_limit = n->pids_limit;
	c->cpuset_cpus = kept_text(m, n->cpuset_cpus, c->cpuset_cpus);
	c->cpuset_mems = kept_text(m, n->cpuset_mems, c->cpuset_mems);
	plan_limits_of(c, &m->p->limits);
}

/* Those of the next start are the record's; ours live as long as we do. */
static void nets_copy(struct monitor *m, const struct container *now)
{
	struct container *c = m->c;

	c->nets_n = 0;
	for (size_t i = 0; i < now->nets_n; i++) {
		const struct attachment *from = &now->nets[i];
		struct attachment *a = attachment_add(c, m->g->mem);

		attachment_copy(a, from, m->g->mem);
	}
}

static int networks_follow(struct monitor *m, const struct container *now, struct err *e)
{
	int rc = endpoints_follow(&m->ends, now, e);

	if (rc >= 0)
		rc = endpoints_serve(&m->ends, &m->loop, e);
	if (rc < 0)
		return rc;
	nets_copy(m, now);
	m->c->state.ports = monitor_ports(m);
	if (m->resolver.home >= 0)
		resolver_follow(&m->resolver);
	else if (resolver_wanted(m->c))
		rc = resolver_start(&m->resolver, &m->ends, &m->loop, e);
	return rc < 0 ? rc : files_of_networks(&m->ends, m->p->state_dir, e);
}

int request_reload(struct monitor *m, struct err *e)
{
	struct arena mem = { 0 };
	struct container now;
	int rc;

	if (monitor_is_exec(m))
		return err_set(e, EINVAL, "only a container has a record");
	rc = container_load(m->g->store, m->c->id, &now, &mem, e);
	if (rc >= 0 && CFG_BRIDGES && m->running)
		rc = networks_follow(m, &now, e);
	if (rc >= 0) {
		follow(m, &now);
		rc = container_state_save(m->g->store, &m->c->state, true, e);
	}
	arena_release(&mem);
	return rc;
}
