// SPDX-License-Identifier: MIT
#include "core/kern/cgroupfs.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/os/clock.h"
#include "core/os/file.h"

enum { DEPTH_MAX = 32, REMOVE_TRIES = 500, TAKE_TRIES = 60, MAKE_TRIES = 100,
	NAP_MS = 1, NAP_MAX_MS = 20, PERIOD_US = 100000 };

#define NOT_MOUNTED	" or the cgroup is not mounted. "

const char cgroupfs_no_memory[] = "Your kernel does not support memory limit capabilities"
	NOT_MOUNTED "Limitation discarded.";
const char cgroupfs_no_swap[] = "Your kernel does not support swap limit capabilities"
	NOT_MOUNTED "Memory limited without swap.";
const char cgroupfs_no_reservation[] = "Your kernel does not support memory soft limit capabilities"
	NOT_MOUNTED "Limitation discarded.";
const char cgroupfs_no_swappiness[] = "Your kernel does not support memory swappiness capabilities"
	NOT_MOUNTED "Memory swappiness discarded.";
const char cgroupfs_no_oom_disable[] = "Your kernel does not support OomKillDisable. "
	"OomKillDisable discarded.";
const char cgroupfs_no_pids[] = "Your kernel does not support PIDs limit capabilities"
	NOT_MOUNTED "PIDs limit discarded.";
const char cgroupfs_no_quota[] = "Your kernel does not support CPU CFS scheduler. "
	"CPU period/quota discarded.";
const char cgroupfs_no_shares[] = "Your kernel does not support CPU shares"
	NOT_MOUNTED "Shares discarded.";
const char cgroupfs_no_cpuset[] = "Your kernel does not support cpuset"
	NOT_MOUNTED "Cpuset discarded.";
const char cgroupfs_no_weight[] = "Your kernel does not support Block I/O weight"
	NOT_MOUNTED "Weight discarded.";

static const char *join(char out[static CGROUP_PATH_MAX + CGROUPFS_NAME_MAX], const char *path,
			const char *file)
{
	snprintf(out, CGROUP_PATH_MAX + CGROUPFS_NAME_MAX, "%s%s%s", path, *path ? "/" : "", file);
	return out;
}

int cgroupfs_write(int dir, const char *path, const char *file, const char *text)
{
	char name[CGROUP_PATH_MAX + CGROUPFS_NAME_MAX];

	return file_write_text(dir, join(name, path, file), text);
}

int cgroupfs_write_u64(int dir, const char *path, const char *file, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return cgroupfs_write(dir, path, file, text);
}

ssize_t cgroupfs_read(int dir, const char *path, const char *file,
		      char text[static CGROUPFS_TEXT_MAX])
{
	char name[CGROUP_PATH_MAX + CGROUPFS_NAME_MAX];

	return file_read_small(dir, join(name, path, file), text, CGROUPFS_TEXT_MAX);
}

int cgroupfs_read_u64(int dir, const char *path, const char *file, uint64_t *value)
{
	char text[CGROUPFS_TEXT_MAX];
	ssize_t n = cgroupfs_read(dir, path, file, text);

	if (n < 0)
		return n;
	*value = !strcmp(text, "max") ? UINT64_MAX : strtoull(text, NULL, 10);
	return 0;
}

uint64_t cgroupfs_value(const char *text, const char *key)
{
	size_t len = strlen(key);

	while (text && *text) {
		if (!strncmp(text, key, len) && text[len] == ' ')
			return strtoull(text + len + 1, NULL, 10);
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return 0;
}

bool cgroupfs_quota(const struct cgroup_limits *l, int64_t *quota, int64_t *period)
{
	*period = l->cpu_period > 0 ? l->cpu_period : PERIOD_US;
	if (l->nano_cpus > 0) {
		*period = PERIOD_US;
		*quota = l->nano_cpus / (1000000000 / PERIOD_US);
		return true;
	}
	*quota = l->cpu_quota;
	return l->cpu_quota != 0 || l->cpu_period > 0;
}

static void io_word(const char *word, const char *end, uint64_t *rd, uint64_t *wr)
{
	if (end - word > 7 && !strncmp(word, "rbytes=", 7))
		*rd += strtoull(word + 7, NULL, 10);
	if (end - word > 7 && !strncmp(word, "wbytes=", 7))
		*wr += strtoull(word + 7, NULL, 10);
	if (end - word > 5 && !strncmp(word, "Read ", 5))
		*rd += strtoull(word + 5, NULL, 10);
	if (end - word > 6 && !strncmp(word, "Write ", 6))
		*wr += strtoull(word + 6, NULL, 10);
}

void cgroupfs_io(const char *text, uint64_t *read_bytes, uint64_t *write_bytes)
{
	*read_bytes = *write_bytes = 0;
	while (*text) {
		const char *eol = text + strcspn(text, "\n");

		/* Each word with the rest of its line: the device comes first. */
		for (const char *w = text; w < eol; w += strcspn(w, " \n") + 1)
			if (w != text)
				io_word(w, eol, read_bytes, write_bytes);
		text = *eol ? eol + 1 : eol;
	}
}

/* --- directories --------------------------------------------------------------- */

static int make_parents(int dir, const char *path, bool *fresh)
{
	char part[CGROUP_PATH_MAX];

	for (const char *slash = path; (slash = strchr(slash, '/')); slash++) {
		memcpy(part, path, slash - path);
		part[slash - path] = 0;
		if (mkdirat(dir, part, 0755) == 0)
			*fresh = true;
		else if (errno != EEXIST)
			return -errno;
	}
	return 0;
}

/* Call fn for each group directly below. Its first error. */
static int each_below(int dirfd, int (*fn)(int dirfd, const char *name, void *arg, int depth),
		      void *arg, int depth)
{
	int copy = fcntl(dirfd, F_DUPFD_CLOEXEC, 3), rc = 0;
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *de;

	if (!d) {
		rc = -errno;
		close_at(&copy);
		return rc;
	}
	rewinddir(d);
	while (rc == 0 && (de = readdir(d)))
		if (de->d_type == DT_DIR && strcmp(de->d_name, ".") != 0 &&
		    strcmp(de->d_name, "..") != 0)
			rc = fn(dirfd, de->d_name, arg, depth);
	closedir(d);
	return rc;
}

static int remove_group(int dirfd, const char *name, void *arg, int depth)
{
	auto_close int fd = -1;

	if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != EBUSY || depth >= DEPTH_MAX)
		return -errno;
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	(void)each_below(fd, remove_group, arg, depth + 1);
	return unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -errno;
}

static int remove_patiently(int dir, const char *path, int tries)
{
	int rc = remove_group(dir, path, NULL, 0);

	/* The last process may be dead but not yet gone: its memory is given back first. */
	for (int i = 0, nap = NAP_MS; rc == -EBUSY && i < tries; i++) {
		clock_sleep_ms(nap);
		nap = nap * 2 > NAP_MAX_MS ? NAP_MAX_MS : nap * 2;
		rc = remove_group(dir, path, NULL, 0);
	}
	return rc;
}

int cgroupfs_remove(int dir, const char *path)
{
	return remove_patiently(dir, path, REMOVE_TRIES);
}

int cgroupfs_make(int dir, const char *path, bool *fresh)
{
	*fresh = false;
	for (int i = 0; i < MAKE_TRIES; i++) { /* the group above may be taken away as we come */
		int rc;

		if (mkdirat(dir, path, 0755) == 0)
			return 0;
		rc = errno == ENOENT ? make_parents(dir, path, fresh) :
			errno == EEXIST ? remove_patiently(dir, path, TAKE_TRIES) : -errno;
		if (rc < 0 && rc != -ENOENT)
			return rc;
	}
	return -ENOENT;
}

void cgroupfs_remove_above(int dir, const char *path)
{
	char above[CGROUP_PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (!slash)
		return;
	snprintf(above, sizeof(above), "%.*s", (int)(slash - path), path);
	(void)unlinkat(dir, above, AT_REMOVEDIR);
}

/* --- processes ------------------------------------------------------------------- */

struct pid_list {
	pid_t *v;
	size_t n;
};

static int add_pids(struct pid_list *l, const char *text)
{
	char *end;

	for (; *text; text = *end ? end + 1 : end) {
		long pid = strtol(text, &end, 10);

		if (end == text)
			return -EINVAL;
		if (pid <= 0)
			continue;	/* of a pid namespace we do not see into */
		if (l->n >= CGROUPFS_PIDS_MAX)
			return -E2BIG;
		if ((l->n & (l->n - 1)) == 0) {		/* full at each power of two */
			l->v = reallocarray(l->v, l->n ? l->n * 2 : 1, sizeof(*l->v));
			if (!l->v)
				abort();
		}
		l->v[l->n++] = pid;
	}
	return 0;
}

static int pids_of_group(int dirfd, const char *name, void *arg, int depth)
{
	auto_close int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_str struct str text = STR_INIT;
	struct err e;
	int rc;

	if (fd < 0)
		return depth && errno == ENOENT ? 0 : -errno;
	rc = file_read_at(fd, "cgroup.procs", CGROUPFS_PIDS_MAX * 8, &text, &e);
	if (rc < 0)
		return rc == -EOPNOTSUPP || rc == -ENODEV ? 0 : rc;	/* threaded, or just gone */
	rc = add_pids(arg, text.s);
	return rc < 0 || depth >= DEPTH_MAX ? rc : each_below(fd, pids_of_group, arg, depth + 1);
}

int cgroupfs_pids(int dir, const char *path, pid_t **pids, size_t *n)
{
	struct pid_list l = { *pids, *n };
	int rc = pids_of_group(dir, path, &l, 0);

	*pids = l.v;
	*n = l.n;
	return rc;
}

/* Frozen processes do not fork, and their numbers cannot be given to others. */
static int kill_once(struct cgroup *cg, size_t *left)
{
	auto_free pid_t *pids = NULL;
	bool frozen = cg->ops->freeze(cg, true, NULL) == 0;
	int rc;

	*left = 0;
	rc = cg->ops->pids(cg, &pids, left, NULL);
	for (size_t i = 0; rc == 0 && i < *left; i++)
		(void)kill(pids[i], SIGKILL);
	if (frozen)
		(void)cg->ops->freeze(cg, false, NULL);
	return rc;
}

static int count(struct cgroup *cg, size_t *left)
{
	auto_free pid_t *pids = NULL;

	*left = 0;
	return cg->ops->pids(cg, &pids, left, NULL);
}

static int until_empty(struct cgroup *cg, int timeout_ms, int (*step)(struct cgroup *, size_t *))
{
	int64_t end = clock_mono_ms() + timeout_ms;
	size_t left;
	int rc;

	for (int nap = NAP_MS; (rc = step(cg, &left)) == 0 && left; ) {
		if (clock_mono_ms() >= end)
			return -ETIMEDOUT;
		clock_sleep_ms(nap);
		nap = nap * 2 > NAP_MAX_MS ? NAP_MAX_MS : nap * 2;
	}
	return rc == -ENOENT || rc == -ENODEV ? 0 : rc;
}

int cgroupfs_kill(struct cgroup *cg, int timeout_ms)
{
	return until_empty(cg, timeout_ms, kill_once);
}

int cgroupfs_wait_empty(struct cgroup *cg, int timeout_ms)
{
	return until_empty(cg, timeout_ms, count);
}
