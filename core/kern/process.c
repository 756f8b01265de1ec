// SPDX-License-Identifier: MIT
#include "core/kern/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/os/clock.h"
#include "core/os/file.h"

enum { STAT_MAX = 2048, STATUS_MAX = 4096, MEMINFO_MAX = 4096, FAMILY_MAX = 1 << 22 };

void process_names_read(struct process_names *n)
{
	if (file_read_at(AT_FDCWD, "/etc/passwd", PROCESS_USERS_MAX, &n->passwd, NULL) < 0)
		str_reset(&n->passwd);
	if (file_read_at(AT_FDCWD, "/etc/group", PROCESS_USERS_MAX, &n->group, NULL) < 0)
		str_reset(&n->group);
}

void process_names_release(struct process_names *n)
{
	str_release(&n->passwd);
	str_release(&n->group);
}

/* The first field of the line whose third is `id`; the number itself when there is none. */
static const char *name_of(const char *text, unsigned id, struct arena *mem)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", id);
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t name = strcspn(line, ":\n"), len = strlen(number);
		const char *at = line + name;

		at += *at == ':' ? 1 + strcspn(at + 1, ":\n") : 0;
		if (name && *at == ':' && strncmp(at + 1, number, len) == 0 && at[1 + len] == ':')
			return strv_dup(line, name, mem);
	}
	return strv_dup(number, strlen(number), mem);
}

/* --- one process -------------------------------------------------------------------- */

static ssize_t read_of(pid_t pid, const char *file, char *buf, size_t size)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	return file_read_small(AT_FDCWD, path, buf, size);
}

static const char *printable(char *s, size_t n, struct arena *mem)
{
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7f)
			s[i] = '?';
	}
	return strv_dup(s, n, mem);
}

/* Ticks of the clock that /proc counts in. */
static uint64_t ticks_ms(uint64_t ticks)
{
	return ticks * 1000 / (uint64_t)sysconf(_SC_CLK_TCK);
}

/* Fields from the third on, after the name's last bracket. */
static void stat_take(const char *at, struct ps_process *p, int64_t now_s, int64_t up_s)
{
	enum { FIELDS = 40 };
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), began;
	int64_t v[FIELDS] = { 0 };
	char *end = (char *)at + 3;

	p->state = at[2];
	for (int i = 4; i < FIELDS; i++)
		v[i] = (int64_t)strtoull(end, &end, 10);
	p->ppid = (pid_t)v[4];
	p->pgrp = (pid_t)v[5];
	p->session = (pid_t)v[6];
	p->tty = (int)v[7];
	p->tpgid = (pid_t)v[8];
	p->flags = (unsigned)v[9];
	p->cpu_ms = ticks_ms((uint64_t)v[14] + (uint64_t)v[15]);
	p->priority = (int)v[18];
	p->nice = (int)v[19];
	p->threads = (int)v[20];
	began = ticks_ms((uint64_t)v[22]) / 1000;
	p->age_s = up_s > (int64_t)began ? up_s - (int64_t)began : 0;
	p->started_s = now_s - p->age_s;
	p->vsize_kb = (uint64_t)v[23] / 1024;
	p->pages = (uint64_t)v[23] / page;
	p->rss_kb = (uint64_t)v[24] * (page / 1024);
	p->cpu = (int)v[39];
}

static const char *line_of(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? at + strlen(key) : "";
}

static void ids_take(const char *status, const struct process_names *names, struct ps_process *p,
		     struct arena *mem)
{
	char *end;

	p->ruid = (uid_t)strtoul(line_of(status, "\nUid:"), &end, 10);
	p->uid = (uid_t)strtoul(end, NULL, 10);
	p->rgid = (gid_t)strtoul(line_of(status, "\nGid:"), &end, 10);
	p->gid = (gid_t)strtoul(end, NULL, 10);
	p->locked = strtoul(line_of(status, "\nVmLck:"), NULL, 10) > 0;
	p->user = name_of(names->passwd.s, p->uid, mem);
	p->ruser = p->ruid == p->uid ? p->user : name_of(names->passwd.s, p->ruid, mem);
	p->group = name_of(names->group.s, p->gid, mem);
	p->rgroup = p->rgid == p->gid ? p->group : name_of(names->group.s, p->rgid, mem);
}

static const char *args_take(pid_t pid, struct arena *mem)
{
	char *buf = arena_get(mem, PROCESS_ARGS_MAX);
	ssize_t n = read_of(pid, "cmdline", buf, PROCESS_ARGS_MAX);

	while (n > 0 && buf[n - 1] == 0)
		n--;
	for (ssize_t i = 0; i < n; i++)
		buf[i] = buf[i] ? buf[i] : ' ';
	return n > 0 ? printable(buf, (size_t)n, mem) : "";
}

static int64_t uptime_s(void)
{
	char buf[64];

	return file_read_small(AT_FDCWD, "/proc/uptime", buf, sizeof(buf)) > 0 ? atoll(buf) : 0;
}

int process_read(pid_t pid, const struct process_names *names, struct ps_process *p,
		 struct arena *mem)
{
	char stat[STAT_MAX], status[STATUS_MAX], wchan[64], *open, *close;

	*p = (struct ps_process){ .pid = pid, .wchan = "-" };
	if (read_of(pid, "stat", stat, sizeof(stat)) <= 0 ||
	    read_of(pid, "status", status, sizeof(status)) <= 0)
		return -ESRCH;
	open = strchr(stat, '(');
	close = strrchr(stat, ')');
	if (!open || !close || close < open || strlen(close) < 4)
		return -ESRCH;
	stat_take(close, p, clock_real_ns() / 1000000000, uptime_s());
	p->comm = printable(open + 1, (size_t)(close - open - 1), mem);
	ids_take(status, names, p, mem);
	p->args = args_take(pid, mem);
	if (read_of(pid, "wchan", wchan, sizeof(wchan)) > 0 && strcmp(wchan, "0") != 0)
		p->wchan = strv_dup(wchan, strlen(wchan), mem);
	return 0;
}

void process_machine(struct ps_machine *m)
{
	char buf[MEMINFO_MAX];

	*m = (struct ps_machine){ .now_s = clock_real_ns() / 1000000000 };
	if (file_read_small(AT_FDCWD, "/proc/meminfo", buf, sizeof(buf)) > 0)
		m->memory_kb = strtoull(line_of(buf, "MemTotal:"), NULL, 10);
}

/* --- without a control group --------------------------------------------------------- */

static bool same_namespace(pid_t pid, const struct stat *ns)
{
	struct stat st;
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)pid);
	return stat(path, &st) == 0 && st.st_ino == ns->st_ino && st.st_dev == ns->st_dev;
}

/* Is `pid` below `first`? By its parents, which are fewer than FAMILY_MAX. */
static bool descends(pid_t pid, pid_t first)
{
	char buf[STAT_MAX], *close;

	for (int i = 0; pid > 1 && i < FAMILY_MAX; i++) {
		if (pid == first)
			return true;
		if (read_of(pid, "stat", buf, sizeof(buf)) <= 0)
			return false;
		close = strrchr(buf, ')');
		pid = close && strlen(close) > 4 ? atoi(close + 4) : 0;
	}
	return false;
}

int process_family(pid_t first, pid_t **pids, size_t *n, struct err *e)
{
	DIR *dir = opendir("/proc");
	struct stat theirs, ours;
	struct dirent *d;
	size_t room = 0;
	char path[48];
	bool own;

	*pids = NULL;
	*n = 0;
	if (!dir)
		return err_sys(e, "open /proc");
	snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)first);
	own = stat(path, &theirs) == 0 && stat("/proc/self/ns/pid", &ours) == 0 &&
		theirs.st_ino != ours.st_ino;
	while ((d = readdir(dir)) && *n < FAMILY_MAX) {
		pid_t pid = atoi(d->d_name);

		if (pid <= 0 || !(own ? same_namespace(pid, &theirs) : descends(pid, first)))
			continue;
		if (*n == room) {
			room = room ? 2 * room : 64;
			*pids = realloc(*pids, room * sizeof(**pids));
			if (!*pids)
				abort();
		}
		(*pids)[(*n)++] = pid;
	}
	closedir(dir);
	return 0;
}
