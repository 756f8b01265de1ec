// SPDX-License-Identifier: MIT
#include "core/kern/device.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "core/os/root.h"

enum { DEVICES_MAX = 65536, DEPTH_MAX = 16, DEVICE_NUMBER_MAX = 1 << 20 };

#define RWM	(DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD)

const struct device_rule device_default_rules[] = {
	{ 'c', DEVICE_ANY, DEVICE_ANY, DEVICE_MKNOD },
	{ 'b', DEVICE_ANY, DEVICE_ANY, DEVICE_MKNOD },
	{ 'c', 1, 3, RWM },		/* null */
	{ 'c', 1, 5, RWM },		/* zero */
	{ 'c', 1, 7, RWM },		/* full */
	{ 'c', 1, 8, RWM },		/* random */
	{ 'c', 1, 9, RWM },		/* urandom */
	{ 'c', 5, 0, RWM },		/* tty */
	{ 'c', 5, 1, RWM },		/* console */
	{ 'c', 5, 2, RWM },		/* ptmx */
	{ 'c', 136, DEVICE_ANY, RWM },	/* pts */
	{ 'c', 10, 200, RWM },		/* net/tun: harmless in a network of one's own */
};
const size_t device_default_rules_n = countof(device_default_rules);

/* --- rules ------------------------------------------------------------------- */

/* "r", "rw", "mr" ... as bits; 0 when it is anything else. */
static uint8_t access_of(const char *text)
{
	uint8_t bits = 0;

	for (; *text; text++) {
		uint8_t bit = *text == 'r' ? DEVICE_READ : *text == 'w' ? DEVICE_WRITE :
			*text == 'm' ? DEVICE_MKNOD : 0;

		if (!bit || (bits & bit))
			return 0;
		bits |= bit;
	}
	return bits;
}

/* A number or "*". What follows it, or NULL. */
static const char *number(const char *s, int64_t *n)
{
	if (!s)
		return NULL;
	if (*s == '*') {
		*n = DEVICE_ANY;
		return s + 1;
	}
	if (!isdigit((unsigned char)*s))
		return NULL;
	for (*n = 0; isdigit((unsigned char)*s); s++) {
		*n = *n * 10 + (*s - '0');
		if (*n > DEVICE_NUMBER_MAX)
			return NULL;
	}
	return s;
}

static const char *literal(const char *s, char c)
{
	return s && *s == c ? s + 1 : NULL;
}

int device_rule_parse(const char *text, struct device_rule *r, struct err *e)
{
	struct device_rule got = { .type = *text };
	const char *s = *text && strchr("abc", *text) ? text + 1 : NULL;

	s = number(literal(s, ' '), &got.major);
	s = number(literal(s, ':'), &got.minor);
	s = literal(s, ' ');
	got.access = s ? access_of(s) : 0;
	if (!got.access)
		return err_set(e, EINVAL, "invalid device cgroup format '%.100s'", text);
	*r = got;
	return 0;
}

static size_t put_number(char *to, size_t room, int64_t n)
{
	return n == DEVICE_ANY ? snprintf(to, room, "*") : snprintf(to, room, "%lld", (long long)n);
}

const char *device_rule_text(const struct device_rule *r, char text[static 40])
{
	size_t n = snprintf(text, 40, "%c ", r->type);

	n += put_number(text + n, 40 - n, r->major);
	text[n++] = ':';
	n += put_number(text + n, 40 - n, r->minor);
	snprintf(text + n, 40 - n, " %s%s%s", r->access & DEVICE_READ ? "r" : "",
		 r->access & DEVICE_WRITE ? "w" : "", r->access & DEVICE_MKNOD ? "m" : "");
	return text;
}

/* --- --device ----------------------------------------------------------------- */

static int copy_part(char *to, const char *from, size_t len, const char *text, struct err *e)
{
	if (len >= DEVICE_PATH_MAX)
		return err_set(e, ENAMETOOLONG, "device '%.60s...' is too long", text);
	memcpy(to, from, len);
	to[len] = 0;
	return 0;
}

int device_spec_parse(const char *text, char host[static DEVICE_PATH_MAX],
		      char inside[static DEVICE_PATH_MAX], char access[static 4], struct err *e)
{
	const char *part[4] = { text };
	size_t n = 1;
	int rc;

	for (const char *p = text; *p; p++)
		if (*p == ':' && n < countof(part))
			part[n++] = p + 1;
	if (n > 3)
		return err_set(e, EINVAL, "bad format for path: %s", text);
	strcpy(access, "rwm");
	rc = copy_part(host, text, n > 1 ? (size_t)(part[1] - text - 1) : strlen(text), text, e);
	if (rc == 0)
		rc = copy_part(inside, host, strlen(host), text, e);
	if (rc < 0 || n == 1)
		return rc;
	/* HOST:rwm, HOST:CONT or HOST:CONT:rwm */
	if (n == 2 && access_of(part[1])) {
		strcpy(access, part[1]);
		return 0;
	}
	rc = copy_part(inside, part[1], n > 2 ? (size_t)(part[2] - part[1] - 1) : strlen(part[1]),
		       text, e);
	if (rc < 0)
		return rc;
	if (inside[0] != '/')
		return err_set(e, EINVAL, "%s is not an absolute path", inside);
	if (n > 2 && !access_of(part[2]))
		return err_set(e, EINVAL, "bad mode specified: %s", part[2]);
	if (n > 2)
		strcpy(access, part[2]);
	return 0;
}

void device_list_release(struct device_list *l)
{
	free(l->v);
	*l = (struct device_list)DEVICE_LIST_INIT;
}

static int list_add(struct device_list *l, const char *host, const char *inside,
		    const struct stat *st, uint8_t access, struct err *e)
{
	struct device_node *d;

	if (l->n >= DEVICES_MAX)
		return err_set(e, E2BIG, "more than %d devices", DEVICES_MAX);
	l->v = reallocarray(l->v, l->n + 1, sizeof(*l->v));
	if (!l->v)
		abort();
	d = &l->v[l->n];
	*d = (struct device_node){
		.type = S_ISBLK(st->st_mode) ? 'b' : 'c',
		.major = major(st->st_rdev), .minor = minor(st->st_rdev),
		.mode = st->st_mode & 0777, .uid = st->st_uid, .gid = st->st_gid,
		.access = access,
	};
	if (snprintf(d->path, sizeof(d->path), "%s", inside) >= (int)sizeof(d->path) ||
	    snprintf(d->host, sizeof(d->host), "%s", host) >= (int)sizeof(d->host))
		return err_set(e, ENAMETOOLONG, "device '%.60s...' is too long", inside);
	l->n++;
	return 0;
}

static bool is_device(const struct stat *st)
{
	return S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode);
}

/* What is in /dev but is no device of the machine. */
static bool is_passed_over(const char *name)
{
	static const char *const names[] = {
		"pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev", "console", "ptmx",
	};

	for (size_t i = 0; i < countof(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return *name == '.';
}

/* A directory of devices on its way into the container. */
struct place {
	char host[DEVICE_PATH_MAX], inside[DEVICE_PATH_MAX];
	uint8_t access;
	int depth;
};

static int add_below(int dirfd, const struct place *at, struct device_list *l, struct err *e);

/* The place of a name in a place. False when it would be too long or too deep. */
static bool place_in(const struct place *at, const char *name, struct place *sub)
{
	sub->access = at->access;
	sub->depth = at->depth + 1;
	return snprintf(sub->host, DEVICE_PATH_MAX, "%s/%s", at->host, name) < DEVICE_PATH_MAX &&
		snprintf(sub->inside, DEVICE_PATH_MAX, "%s/%s", at->inside, name) <
		DEVICE_PATH_MAX &&
		sub->depth <= DEPTH_MAX;
}

static int add_one(int dirfd, const char *name, const struct place *at, struct device_list *l,
		   struct err *e)
{
	struct place sub;
	auto_close int fd = -1;
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;	/* hot-plugged away */
	if (!place_in(at, name, &sub))
		return 0;
	if (is_device(&st))
		return list_add(l, sub.host, sub.inside, &st, sub.access, e);
	if (!S_ISDIR(st.st_mode))
		return 0;
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? 0 : add_below(fd, &sub, l, e);
}

static int add_below(int dirfd, const struct place *at, struct device_list *l, struct err *e)
{
	int copy = fcntl(dirfd, F_DUPFD_CLOEXEC, 3), rc = 0;
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *de;

	if (!d)
		return err_sys(e, "read %s", at->host);
	while (rc == 0 && (de = readdir(d)))
		if (!is_passed_over(de->d_name))
			rc = add_one(dirfd, de->d_name, at, l, e);
	closedir(d);
	return rc;
}

int device_find(const char *host, const char *inside, const char *access, struct device_list *out,
		struct err *e)
{
	struct place at = { .access = access_of(access) };
	auto_close int fd = open(host, O_PATH | O_CLOEXEC), dir = -1;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		int code = errno;

		return err_set(e, code,
			       "error gathering device information while adding custom device "
			       "\"%s\": %s",
			       host, code == ENOENT ? "no such file or directory" : strerror(code));
	}
	if (is_device(&st))
		return list_add(out, host, inside, &st, at.access, e);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, EINVAL,
			       "error gathering device information while adding custom device "
			       "\"%s\": not a device node",
			       host);
	dir = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(e, "open %s", host);
	snprintf(at.host, sizeof(at.host), "%s", host);
	snprintf(at.inside, sizeof(at.inside), "%s", inside);
	return add_below(dir, &at, out, e);
}

int device_find_all(struct device_list *out, struct err *e)
{
	struct place at = { "/dev", "/dev", RWM, 0 };
	auto_close int dir = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return dir < 0 ? err_sys(e, "open /dev") : add_below(dir, &at, out, e);
}

/* --- the container's /dev ------------------------------------------------------ */

/* Character devices that all may read and write. */
static const struct {
	char name[8];
	uint8_t major, minor;
} defaults[] = {
	{ "null", 1, 3 }, { "random", 1, 8 }, { "full", 1, 7 }, { "tty", 5, 0 }, { "zero", 1, 5 },
	{ "urandom", 1, 9 },
};

static const struct {
	const char *name, *target;
} links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
	{ "ptmx", "pts/ptmx" },
};

static const struct {
	const char *name;
	mode_t mode;
} dirs[] = { { "pts", 0755 }, { "shm", 01777 }, { "mqueue", 01777 } };

/* The node in the place of whatever is there: a second --device of the same name wins. */
static int make_node(int dirfd, const char *name, const struct device_node *d)
{
	mode_t kind = d->type == 'b' ? S_IFBLK : S_IFCHR;
	dev_t dev = makedev(d->major, d->minor);

	if (mknodat(dirfd, name, kind | d->mode, dev) < 0) {
		if (errno != EEXIST || unlinkat(dirfd, name, 0) < 0 ||
		    mknodat(dirfd, name, kind | d->mode, dev) < 0)
			return -errno;
	}
	if ((d->uid || d->gid) && fchownat(dirfd, name, d->uid, d->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

/* A user namespace may not mknod: the host's own node, bound over an empty file. */
static int bind_node(int dirfd, const char *name, const struct device_node *d)
{
	auto_close int to = -1;
	char path[40];

	if (mknodat(dirfd, name, S_IFREG | 0666, 0) < 0 && errno != EEXIST)
		return -errno;
	to = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", to);
	return mount(d->host[0] ? d->host : d->path, path, NULL, MS_BIND, NULL) < 0 ? -errno : 0;
}

/* Make one at `path` below topfd, its directories too. */
static int put(int topfd, const char *path, const struct device_node *d, bool bind, struct err *e)
{
	char name[ROOT_NAME_MAX];
	auto_close int dir = -1;
	int at = topfd, rc;

	if (strchr(path, '/')) {
		auto_close int made = root_mkfile(topfd, path, 0600, e);

		dir = made < 0 ? made : root_parent(topfd, path, 0, name, e);
		if (dir < 0)
			return dir;
		at = dir;
	} else if (snprintf(name, sizeof(name), "%s", path) >= (int)sizeof(name)) {
		return err_set(e, ENAMETOOLONG, "device '%.60s...' is too long", d->path);
	}
	rc = bind ? bind_node(at, name, d) : make_node(at, name, d);
	errno = -rc;
	return rc < 0 ? err_sys(e, "make %s", d->path) : 0;
}

/* The path below /dev, or NULL when it is not there. */
static const char *below_dev(const struct device_node *d)
{
	return strncmp(d->path, "/dev/", 5) ? NULL : d->path + 5;
}

static int make_dirs_and_links(int devfd, struct err *e)
{
	for (size_t i = 0; i < countof(dirs); i++)
		if (mkdirat(devfd, dirs[i].name, dirs[i].mode) < 0 && errno != EEXIST)
			return err_sys(e, "make /dev/%s", dirs[i].name);
	for (size_t i = 0; i < countof(links); i++)
		if (symlinkat(links[i].target, devfd, links[i].name) < 0 && errno != EEXIST)
			return err_sys(e, "make /dev/%s", links[i].name);
	if (access("/proc/kcore", F_OK) == 0)
		(void)!symlinkat("/proc/kcore", devfd, "core");
	return 0;
}

static int put_defaults(int devfd, bool bind, struct err *e)
{
	struct device_node d = { .type = 'c', .mode = 0666 };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < countof(defaults); i++) {
		snprintf(d.path, sizeof(d.path), "/dev/%s", defaults[i].name);
		d.major = defaults[i].major;
		d.minor = defaults[i].minor;
		rc = put(devfd, defaults[i].name, &d, bind, e);
	}
	return rc;
}

int device_populate(int devfd, const struct device_node *extra, size_t n, bool bind, struct err *e)
{
	mode_t mask = umask(0);
	int rc = make_dirs_and_links(devfd, e);

	if (rc == 0)
		rc = put_defaults(devfd, bind, e);
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (below_dev(&extra[i]))
			rc = put(devfd, below_dev(&extra[i]), &extra[i], bind, e);
	umask(mask);
	return rc;
}

int device_place(int rootfd, const struct device_node *extra, size_t n, bool bind, struct err *e)
{
	mode_t mask = umask(0);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		if (!below_dev(&extra[i]))
			rc = put(rootfd, extra[i].path, &extra[i], bind, e);
	umask(mask);
	return rc;
}
