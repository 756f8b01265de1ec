// SPDX-License-Identifier: MIT
/* stats.c - one reading of one container.
 *
 * Files of the kernel only: the control group's, and net/dev of the first process, which shows
 * its network namespace; none is entered (Z108). The process is held by its directory in /proc
 * and is the recorded one by its start time, so that a number given to another process
 * shows nothing of that one's (Z11). */
#include "core/engine/stats.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/engine/cgpath.h"
#include "core/kern/process.h"
#include "core/os/clock.h"
#include "core/os/file.h"

enum { NET_MAX = 64 << 10, STAT_MAX = 2048 };

int stats_open(struct stats_reader *r, struct engine *g, struct err *e)
{
	struct ps_machine m;

	process_machine(&m);
	*r = (struct stats_reader){ .g = g, .memory_total = m.memory_kb * 1024 };
	return cgroup_open(&r->cgroup, "coracle", e);
}

void stats_close(struct stats_reader *r)
{
	cgroup_release(&r->cgroup);
}

/* --- network ------------------------------------------------------------------------- */

void stats_net(const char *text, uint64_t *received, uint64_t *sent)
{
	*received = *sent = 0;
	for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n') {
		const char *name = at + strspn(at, " "), *colon = strchr(name, ':');
		char *end;

		if (!colon || colon > name + strcspn(name, "\n"))
			continue;	/* the two lines of headings */
		if (colon - name == 2 && memcmp(name, "lo", 2) == 0)
			continue;
		*received += strtoull(colon + 1, &end, 10);
		for (int i = 0; i < 7; i++)
			(void)strtoull(end, &end, 10);
		*sent += strtoull(end, NULL, 10);
	}
}

static bool is_recorded(int dir, const struct container_state *st)
{
	char buf[STAT_MAX], *p;

	if (file_read_small(dir, "stat", buf, sizeof(buf)) <= 0)
		return false;
	p = strrchr(buf, ')');
	for (int i = 0; p && i < 20; i++)
		p = strchr(p + 1, ' ');
	return p && strtoull(p + 1, NULL, 10) == st->pid_start;
}

/* In a namespace of its own; the host's is not its. */
static bool own_net(int dir)
{
	struct stat theirs, ours;

	return fstatat(dir, "ns/net", &theirs, 0) == 0 &&
		stat("/proc/self/ns/net", &ours) == 0 && theirs.st_ino != ours.st_ino;
}

static void read_net(const struct container_state *st, struct stats *s)
{
	auto_str struct str text = STR_INIT;
	auto_close int dir = -1;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", st->pid);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0 && is_recorded(dir, st) && own_net(dir) &&
	    file_read_at(dir, "net/dev", NET_MAX, &text, NULL) >= 0)
		stats_net(text.s, &s->received, &s->sent);
}

/* --- all of it ------------------------------------------------------------------------ */

/* false: it is not there. */
static bool read_group(struct stats_reader *r, struct stats *s)
{
	struct cgroup_stats c;
	int64_t now = clock_mono_ns();
	auto_free pid_t *pids = NULL;
	size_t n = 0;

	if (cgroup_stats(&r->cgroup, &c, NULL) < 0)
		return false;
	s->memory = c.memory_usage > c.memory_cache ? c.memory_usage - c.memory_cache : 0;
	s->memory_limit = c.memory_limit < r->memory_total ? c.memory_limit : r->memory_total;
	s->read_bytes = c.read_bytes;
	s->write_bytes = c.write_bytes;
	s->pids = c.pids;
	if (!s->pids && r->cgroup.mode != CGROUP_NONE &&
	    cgroup_pids(&r->cgroup, &pids, &n, NULL) == 0)
		s->pids = n;
	if (!s->pids)
		return false;
	s->cpu_percent = 0;
	if (s->at_ns && now > s->at_ns && c.cpu_ns > s->cpu_ns)
		s->cpu_percent = 100.0 * (double)(c.cpu_ns - s->cpu_ns) / (double)(now - s->at_ns);
	s->cpu_ns = c.cpu_ns;
	s->at_ns = now;
	return true;
}

static void nothing(struct stats *s)
{
	struct stats empty = { .name = s->name, .ref = s->ref };

	memcpy(empty.id, s->id, sizeof(empty.id));
	*s = empty;
}

void stats_read(struct stats_reader *r, struct stats *s)
{
	char path[CGROUP_PATH_MAX];
	struct arena mem = { 0 };
	struct container_state st;

	if (container_state_load(r->g->store, s->id, &st, &mem, NULL) < 0 || st.lost ||
	    (st.status != CONTAINER_RUNNING && st.status != CONTAINER_PAUSED)) {
		nothing(s);
	} else {
		s->runs = true;
		cgpath_make(r->g->store, s->id, path);
		if (cgroup_point(&r->cgroup, path, NULL) == 0 && !read_group(r, s)) {
			cgpath_find(r->g->store, s->id, path); /* --cgroup-parent */
			if (cgroup_point(&r->cgroup, path, NULL) == 0)
				(void)read_group(r, s);
		}
		read_net(&st, s);
	}
	arena_release(&mem);
}
