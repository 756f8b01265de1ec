// SPDX-License-Identifier: MIT
/* request.c - what a monitor is asked for besides streams, signals and an end.
 *
 * Pause: the container's control group is frozen, never a process by its number (Z11), and by
 * nobody but the monitor that made the group. The record says "paused" only once the kernel
 * says that all are frozen. A monitor that is killed meanwhile leaves the group frozen and its
 * SIGKILL pending; who reconciles lets go while it kills (cgroupfs_kill). */
#include "core/engine/monitor_in.h"

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
	rc = cgroup_freeze(&m->cgroup, on, e);
	if (rc < 0)
		return err_wrap(e, "Cannot %s container %s", on ? "pause" : "unpause", m->c->id);
	status_set(m, on ? CONTAINER_PAUSED : CONTAINER_RUNNING);
	return 0;
}

void request_thaw(struct monitor *m)
{
	if (is_paused(m))
		(void)!request_pause(m, false, NULL);
}
