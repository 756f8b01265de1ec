// SPDX-License-Identifier: MIT
#include "core/store/unpack.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "core/base/text.h"
#include "core/kern/userns.h"
#include "core/os/tree.h"
#include "core/store/spill.h"

enum {
	FILE_FLAGS = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	PERMISSIONS = 0777, SPECIAL = 07000,
	MAJOR_MAX = 0xfff, MINOR_MAX = 0xfffff,
	ACL_MAX = 64 << 10,	/* XATTR_SIZE_MAX of Linux */
};

static const char opaque_name[] = ".wh..wh..opq";
static const char whiteout_xattr[] = "user.overlay.whiteout";
static const char default_acl[] = "system.posix_acl_default";

struct unpack {
	int root_fd;
	struct unpack_opts o;
	struct unpack_stat stat;
	struct place dirs;	/* where entries go */
	struct place targets;	/* where hard links lead */
	struct spill later;	/* struct later and what it announces, one a directory entry */
	uint32_t uid, gid;	/* whose what we make is */
	bool may_chown;		/* false: an ordinary user's; all is that user's */
	bool owner_known;	/* false: a set-group-id parent may decide; set it always */
	bool dirs_lost;		/* a directory was replaced: look before touching one at the end */
	const struct tar_entry *t;	/* the entry at hand, borrowed */
	int fd;			/* owned; its file, -1: none */
	char clean[PLACE_PATH_MAX + 1];
	struct str path;	/* real path of the entry */
};

/* A directory to be finished at the end. path_len and acl_len bytes follow. */
struct later {
	struct timespec times[2];	/* access, change of content */
	uint32_t path_len, acl_len;
	uint32_t mode;		/* LATER_NO_MODE: it has it already */
};
enum { LATER_NO_MODE = 1 << 16 };

struct unpack *unpack_new(int root_fd, int spill_fd, const struct unpack_opts *o)
{
	struct unpack *u = calloc(1, sizeof(*u));
	struct stat sb;

	if (!u)
		abort();
	u->root_fd = root_fd;
	u->o = *o;
	u->fd = -1;
	u->uid = geteuid();
	u->gid = getegid();
	u->may_chown = !userns_is_ordinary();
	u->owner_known = fstat(root_fd, &sb) == 0 && sb.st_uid == u->uid && sb.st_gid == u->gid &&
		!(sb.st_mode & S_ISGID);
	u->path = (struct str)STR_INIT;
	place_init(&u->dirs, root_fd);
	place_init(&u->targets, root_fd);
	spill_init(&u->later, spill_fd);
	return u;
}

void unpack_free(struct unpack *u)
{
	if (!u)
		return;
	close_at(&u->fd);
	place_release(&u->dirs);
	place_release(&u->targets);
	spill_release(&u->later);
	str_release(&u->path);
	free(u);
}

/* --- metadata --------------------------------------------------------------- */

static int check_owner(const struct tar_entry *t, struct err *e)
{
	if (t->uid < UINT32_MAX && t->gid < UINT32_MAX)
		return 0;
	return err_set(e, EINVAL, "its owner %llu:%llu cannot be", (unsigned long long)t->uid,
		       (unsigned long long)t->gid);
}

static bool owner_differs(const struct unpack *u, const struct tar_entry *t)
{
	return u->may_chown && (!u->owner_known || t->uid != u->uid || t->gid != u->gid);
}

/* Never the access time before the other one: Docker does so, and image digests know it. */
static void set_times(struct timespec ts[2], const struct tar_entry *t)
{
	bool older = t->atime.sec < t->mtime.sec ||
		(t->atime.sec == t->mtime.sec && t->atime.nsec < t->mtime.nsec);

	ts[1] = (struct timespec){ .tv_sec = t->mtime.sec, .tv_nsec = t->mtime.nsec };
	ts[0] = older ? ts[1]
		      : (struct timespec){ .tv_sec = t->atime.sec, .tv_nsec = t->atime.nsec };
}

static bool is_overlays(const char *name)
{
	return strncmp(name, "trusted.overlay.", 16) == 0 ||
		strncmp(name, "user.overlay.", 13) == 0;
}

/* Set the xattrs of the entry: on fd, or where that is -1 on `base` in `dir`, link or not. */
static int set_xattrs(struct unpack *u, int fd, int dir, const char *base, bool is_dir,
		      struct err *e)
{
	const struct tar_entry *t = u->t;
	char path[PLACE_NAME_MAX + 64];

	if (fd < 0)
		snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir, base);
	for (size_t i = 0; i < t->n_xattrs; i++) {
		const struct tar_xattr *x = &t->xattrs[i];
		int rc;

		if ((u->o.flags & UNPACK_LAYER) && is_overlays(x->name))
			continue;
		if (is_dir && strcmp(x->name, default_acl) == 0)
			continue;
		rc = fd < 0 ? lsetxattr(path, x->name, x->value, x->len, 0) :
			fsetxattr(fd, x->name, x->value, x->len, 0);
		if (rc == 0)
			continue;
		if (errno != ENOTSUP && errno != EPERM)
			return err_sys(e, "set xattr %s", x->name);
		u->stat.skipped_xattrs++;
	}
	return 0;
}

/* chmod(2) follows links, and where others are at work in the tree there may be one by now. */
static int set_mode(int dir, const char *base, mode_t mode)
{
	auto_close int fd = openat(dir, base, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char path[32];
	struct stat sb;

	if (fd < 0 || fstat(fd, &sb) < 0)
		return -1;
	if (S_ISLNK(sb.st_mode)) {
		errno = ELOOP;
		return -1;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return chmod(path, mode);
}

/* All of what has no descriptor: links, devices, pipes. */
static int set_by_name(struct unpack *u, int dir, const char *base, struct err *e)
{
	const struct tar_entry *t = u->t;
	struct timespec ts[2];
	int rc;

	if (owner_differs(u, t) && fchownat(dir, base, t->uid, t->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "set its owner");
	if (t->type != TAR_SYMLINK && (t->mode & SPECIAL) && set_mode(dir, base, t->mode) < 0)
		return err_sys(e, "set its mode");
	rc = set_xattrs(u, -1, dir, base, false, e);
	if (rc < 0)
		return rc;
	set_times(ts, t);
	if (utimensat(dir, base, ts, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "set its times");
	return 0;
}

static int set_file(struct unpack *u, struct err *e)
{
	const struct tar_entry *t = u->t;
	struct timespec ts[2];
	int rc;

	if (t->sparse && ftruncate(u->fd, t->size) < 0)
		return err_sys(e, "set its size");
	if (owner_differs(u, t) && fchown(u->fd, t->uid, t->gid) < 0)
		return err_sys(e, "set its owner");
	if ((t->mode & SPECIAL) && fchmod(u->fd, t->mode) < 0)
		return err_sys(e, "set its mode");
	rc = set_xattrs(u, u->fd, -1, NULL, false, e);
	if (rc < 0)
		return rc;
	set_times(ts, t);
	if (futimens(u->fd, ts) < 0)
		return err_sys(e, "set its times");
	return 0;
}

/* --- directories ------------------------------------------------------------ */

/* Note what of a directory has to wait. `has` is the mode it has now. */
static int remember(struct unpack *u, const char *path, uint32_t has, struct err *e)
{
	const struct tar_entry *t = u->t;
	struct later l = { .path_len = strlen(path), .mode = t->mode };
	const struct tar_xattr *acl = NULL;
	int rc;

	for (size_t i = 0; i < t->n_xattrs; i++)
		if (strcmp(t->xattrs[i].name, default_acl) == 0 && t->xattrs[i].len <= ACL_MAX)
			acl = &t->xattrs[i];
	if (has == t->mode)
		l.mode = LATER_NO_MODE;
	l.acl_len = acl ? acl->len : 0;
	set_times(l.times, t);
	rc = spill_add(&u->later, &l, sizeof(l), e);
	if (rc == 0)
		rc = spill_add(&u->later, path, l.path_len, e);
	if (rc == 0 && acl)
		rc = spill_add(&u->later, acl->value, acl->len, e);
	return rc;
}

/* What can be set at once on a directory, made now (`has` its mode) or there before. */
static int set_dir(struct unpack *u, int fd, const char *path, uint32_t has, bool merged,
		   struct err *e)
{
	const struct tar_entry *t = u->t;
	int rc;

	if (((merged && u->may_chown) || owner_differs(u, t)) && fchown(fd, t->uid, t->gid) < 0)
		return err_sys(e, "set its owner");
	rc = set_xattrs(u, fd, -1, NULL, true, e);
	return rc < 0 ? rc : remember(u, path, merged ? LATER_NO_MODE : has, e);
}

static int set_opaque(struct unpack *u, int fd, struct err *e)
{
	if (fsetxattr(fd, "trusted.overlay.opaque", "y", 1, 0) < 0 &&
	    (errno != EPERM || fsetxattr(fd, "user.overlay.opaque", "y", 1, 0) < 0))
		return err_sys(e, "mark a directory as opaque (the file system under the store"
			       " must hold xattrs; tmpfs needs CONFIG_TMPFS_XATTR)");
	if (fd == u->root_fd)
		u->stat.opaque_root = true;
	return 0;
}

static bool is_whiteout(int dir, const char *base, const struct stat *sb)
{
	char path[PLACE_NAME_MAX + 64];

	if (!S_ISREG(sb->st_mode) || sb->st_size)
		return S_ISCHR(sb->st_mode) && sb->st_rdev == 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir, base);
	return lgetxattr(path, whiteout_xattr, NULL, 0) >= 0;
}

/* Take away whatever is at `base`: what holds content goes to who may want it. */
static int make_room(struct unpack *u, int dir, const char *base, const struct stat *sb,
		     struct err *e)
{
	bool is_dir = S_ISDIR(sb->st_mode);
	bool content = S_ISREG(sb->st_mode) && sb->st_size > 0;

	if (u->o.clash && is_dir != (u->t->type == TAR_DIR))
		return u->o.clash(u->o.to, u->path.s, is_dir, e);
	if (is_dir) {
		place_forget(&u->dirs, u->path.s);
		place_forget(&u->targets, u->path.s);
		u->dirs_lost = true;
	}
	if (!content && unlinkat(dir, base, is_dir ? AT_REMOVEDIR : 0) == 0)
		return 0;
	if (is_dir && errno != ENOTEMPTY && errno != EEXIST)
		return err_sys(e, "replace what was there");
	if (u->o.lose)
		return u->o.lose(u->o.to, dir, base, u->path.s, e);
	return tree_remove(dir, base, e);
}

/* Make room after EEXIST. */
static int replace(struct unpack *u, int dir, const char *base, struct err *e)
{
	struct stat sb;

	if (fstatat(dir, base, &sb, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "look at what was there");
	return make_room(u, dir, base, &sb, e);
}

/* --- one entry -------------------------------------------------------------- */

static int make_dir(struct unpack *u, int dir, const char *base, struct err *e)
{
	uint32_t has = (u->t->mode & PERMISSIONS) | S_IRWXU;
	bool merged = false, hides = false;
	struct stat sb;
	int rc, fd;

	if (mkdirat(dir, base, has) < 0) {
		if (errno != EEXIST || fstatat(dir, base, &sb, AT_SYMLINK_NOFOLLOW) < 0)
			return err_sys(e, "make the directory");
		merged = S_ISDIR(sb.st_mode);
		hides = (u->o.flags & UNPACK_LAYER) && is_whiteout(dir, base, &sb);
		rc = merged ? 0 : make_room(u, dir, base, &sb, e);
		if (rc < 0)
			return rc;
		if (!merged && mkdirat(dir, base, has) < 0)
			return err_sys(e, "make the directory");
	}
	fd = place_enter(&u->dirs, base, e);
	if (fd < 0)
		return fd;
	rc = hides ? set_opaque(u, fd, e) : 0;
	return rc < 0 ? rc : set_dir(u, fd, u->path.s, has, merged, e);
}

static int make_file(struct unpack *u, int dir, const char *base, struct err *e)
{
	int rc;

	u->fd = openat(dir, base, FILE_FLAGS, u->t->mode & PERMISSIONS);
	if (u->fd >= 0)
		return 0;
	if (errno != EEXIST)
		return err_sys(e, "make the file");
	rc = replace(u, dir, base, e);
	if (rc < 0)
		return rc;
	u->fd = openat(dir, base, FILE_FLAGS, u->t->mode & PERMISSIONS);
	return u->fd < 0 ? err_sys(e, "make the file") : 0;
}

static int make_symlink(struct unpack *u, int dir, const char *base, struct err *e)
{
	int rc;

	if (!*u->t->link)
		return err_set(e, EINVAL, "it is a link to nothing");
	if (symlinkat(u->t->link, dir, base) < 0) {
		if (errno != EEXIST)
			return err_sys(e, "make the link");
		rc = replace(u, dir, base, e);
		if (rc < 0)
			return rc;
		if (symlinkat(u->t->link, dir, base) < 0)
			return err_sys(e, "make the link");
	}
	return set_by_name(u, dir, base, e);
}

static int make_node(struct unpack *u, int dir, const char *base, struct err *e)
{
	const struct tar_entry *t = u->t;
	mode_t kind = t->type == TAR_FIFO ? S_IFIFO : t->type == TAR_CHAR ? S_IFCHR : S_IFBLK;
	dev_t dev = kind == S_IFIFO ? 0 : makedev(t->major, t->minor);
	int rc;

	if (t->major > MAJOR_MAX || t->minor > MINOR_MAX)
		return err_set(e, EINVAL, "there is no device %u:%u", t->major, t->minor);
	rc = mknodat(dir, base, kind | (t->mode & PERMISSIONS), dev);
	if (rc < 0 && errno == EEXIST) {
		rc = replace(u, dir, base, e);
		if (rc < 0)
			return rc;
		rc = mknodat(dir, base, kind | (t->mode & PERMISSIONS), dev);
	}
	if (rc < 0 && errno == EPERM && kind != S_IFIFO) {	/* as Docker in a user namespace */
		u->stat.skipped_devices++;
		return 0;
	}
	if (rc < 0)
		return err_sys(e, "make the device");
	return set_by_name(u, dir, base, e);
}

static bool same_object(int dir, const char *base, int other_dir, const char *other)
{
	struct stat a, b;

	return fstatat(dir, base, &a, AT_SYMLINK_NOFOLLOW) == 0 &&
		fstatat(other_dir, other, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
		a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* A hard link. Its metadata is its target's: what the entry says of them is not looked at. */
static int make_link(struct unpack *u, int dir, const char *base, struct err *e)
{
	char clean[PLACE_PATH_MAX + 1];
	const char *name;
	int rc = place_clean(u->t->link, clean, e), from;

	if (rc == 0 && !*clean)
		rc = err_set(e, EINVAL, "it is a hard link to the root");
	if (rc < 0)
		return rc;
	for (int tries = 0; ; tries++) {
		from = place_find(&u->targets, clean, false, &name, e);
		if (from < 0)
			return err_wrap(e, "hard link to \"%.128s\"", u->t->link);
		if (linkat(from, name, dir, base, 0) == 0)
			return 0;
		if (errno != EEXIST || tries)
			return err_sys(e, "hard link to \"%.128s\"", u->t->link);
		if (same_object(from, name, dir, base))
			return 0;
		rc = replace(u, dir, base, e);
		if (rc < 0)
			return rc;
	}
}

/* As mknodat answers. */
static int make_marked_file(int dir, const char *name)
{
	auto_close int fd = openat(dir, name, FILE_FLAGS, 0);

	return fd < 0 ? -1 : fsetxattr(fd, whiteout_xattr, "y", 1, 0);
}

static int make_whiteout(struct unpack *u, int dir, const char *name, struct err *e)
{
	struct stat sb;
	int fd, rc;

	rc = mknodat(dir, name, S_IFCHR, makedev(0, 0));
	if (rc < 0 && errno == EPERM)
		rc = make_marked_file(dir, name);
	if (rc == 0)
		return 0;
	if (errno != EEXIST || fstatat(dir, name, &sb, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(e, "make a whiteout");
	if (!S_ISDIR(sb.st_mode))
		return 0;
	fd = place_enter(&u->dirs, name, e); /* came in this layer: only what is below is hidden */
	rc = fd < 0 ? fd : set_opaque(u, fd, e);
	return rc;
}

/* --- names that mean something in a layer ------------------------------------ */

enum mark { MARK_NONE, MARK_IGNORE, MARK_OPAQUE, MARK_WHITEOUT };

/* What the clean name means, by its last component; or -EINVAL. */
static int mark_of(const char *clean, struct err *e)
{
	const char *slash;

	for (; ; clean = slash + 1) {
		slash = strchr(clean, '/');
		if (strncmp(clean, ".wh.", 4) != 0) {
			if (!slash)
				return MARK_NONE;
			continue;
		}
		if (!slash && strcmp(clean, opaque_name) == 0)
			return MARK_OPAQUE;
		if (strncmp(clean, ".wh..wh.", 8) == 0)
			return MARK_IGNORE;
		if (slash)
			return err_set(e, EINVAL, "a whiteout cannot hold anything");
		clean += 4;
		if (!*clean || strcmp(clean, ".") == 0 || strcmp(clean, "..") == 0)
			return err_set(e, EINVAL, "a whiteout of no name");
		return MARK_WHITEOUT;
	}
}

static int make_root(struct unpack *u, struct err *e)
{
	if (u->t->type != TAR_DIR)
		return err_set(e, EINVAL, "the root can only be a directory");
	return set_dir(u, u->root_fd, "", 0, true, e);
}

static int make(struct unpack *u, int dir, const char *base, struct err *e)
{
	switch (u->t->type) {
	case TAR_FILE:
		return make_file(u, dir, base, e);
	case TAR_DIR:
		return make_dir(u, dir, base, e);
	case TAR_SYMLINK:
		return make_symlink(u, dir, base, e);
	case TAR_LINK:
		return make_link(u, dir, base, e);
	default:
		return make_node(u, dir, base, e);
	}
}

static int check(struct unpack *u, struct err *e)
{
	const struct tar_entry *t = u->t;
	uint64_t left = u->o.max_bytes > u->stat.bytes ? u->o.max_bytes - u->stat.bytes : 0;

	if (++u->stat.entries + u->dirs.made > u->o.max_entries)
		return err_set(e, E2BIG, "there are more than %llu entries",
			       (unsigned long long)u->o.max_entries);
	if (t->type < TAR_FILE || t->type > TAR_FIFO)
		return err_set(e, ENOTSUP, "entries of type '%c' are not supported",
			       t->type > ' ' && t->type < 0x7f ? t->type : '?');
	if (t->type == TAR_FILE && t->size > left)
		return err_set(e, ENOSPC, "it has %llu bytes, and there is room for %llu",
			       (unsigned long long)t->size, (unsigned long long)left);
	return check_owner(t, e);
}

static int entry(struct unpack *u, struct err *e)
{
	const char *base;
	int rc = place_clean(u->t->name, u->clean, e), mark = MARK_NONE, dir;

	if (rc == 0)
		rc = check(u, e);
	if (rc == 0 && (u->o.flags & UNPACK_LAYER))
		mark = mark_of(u->clean, e);
	if (rc < 0 || mark < 0)
		return rc < 0 ? rc : mark;
	if (mark == MARK_IGNORE)
		return 0;
	if (!*u->clean)
		return make_root(u, e);
	dir = place_find(&u->dirs, u->clean, true, &base, e);
	if (dir < 0)
		return dir;
	if (mark == MARK_OPAQUE)
		return set_opaque(u, dir, e);
	if (mark == MARK_WHITEOUT)
		return make_whiteout(u, dir, base + 4, e);
	str_reset(&u->path);
	if (u->dirs.path.len)
		str_addf(&u->path, "%s/", u->dirs.path.s);
	str_puts(&u->path, base);
	if (u->path.len > PLACE_PATH_MAX)
		return err_set(e, ENAMETOOLONG, "its directories are too deep");
	return make(u, dir, base, e);
}

/* Put the entry's name in front of an error, and nothing in it that a terminal would obey. */
static int name_it(const char *name, int rc, struct err *e)
{
	auto_str struct str said = STR_INIT, safe = STR_INIT;
	size_t len = strnlen(name, 128);

	if (rc >= 0 || !e)
		return rc;
	text_safe(&said, e->msg, strlen(e->msg));
	text_safe(&safe, name, len);
	return err_set(e, -rc, "entry \"%s%s\": %s", safe.s, name[len] ? "..." : "", said.s);
}

int unpack_entry(struct unpack *u, const struct tar_entry *t, const char **path, struct err *e)
{
	int rc;

	u->t = t;
	rc = entry(u, e);
	if (rc == 0 && u->fd >= 0)
		u->stat.bytes += t->size;
	else if (rc == 0 && t->type == TAR_SYMLINK)
		u->stat.bytes += strlen(t->link);	/* Docker's size of an image has them */
	*path = u->path.s;
	return rc < 0 ? name_it(u->t->name, rc, e) : u->fd >= 0;
}

int unpack_data(struct unpack *u, uint64_t at, const void *bytes, size_t len, struct err *e)
{
	const uint8_t *p = bytes;

	while (len) {
		ssize_t n = u->t->sparse ? pwrite(u->fd, p, len, at) : write(u->fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return name_it(u->t->name, err_sys(e, "write"), e);
		p += n;
		at += n;
		len -= n;
	}
	return 0;
}

int unpack_end(struct unpack *u, struct err *e)
{
	int rc;

	if (u->fd < 0)
		return 0;
	rc = set_file(u, e);
	if (close(take_fd(u->fd)) < 0 && rc == 0)
		rc = err_sys(e, "write");
	return name_it(u->t->name, rc, e);
}

/* --- the end ---------------------------------------------------------------- */

static int finish_open(const struct later *l, int fd, const void *acl, struct err *e)
{
	if (l->acl_len && fsetxattr(fd, default_acl, acl, l->acl_len, 0) < 0 &&
	    errno != ENOTSUP && errno != EPERM)
		return err_sys(e, "set xattr %s", default_acl);
	if (l->mode != LATER_NO_MODE && fchmod(fd, l->mode) < 0)
		return err_sys(e, "set mode");
	return futimens(fd, l->times) < 0 ? err_sys(e, "set times") : 0;
}

static int finish_dir(struct unpack *u, const struct later *l, const char *path, const void *acl,
		      struct err *e)
{
	const char *base;
	int dir, fd, rc;

	if (!*path)
		return finish_open(l, u->root_fd, acl, e);
	dir = place_find(&u->dirs, path, false, &base, e);
	if (dir >= 0 && l->mode == LATER_NO_MODE && !l->acl_len && !u->dirs_lost)
		return utimensat(dir, base, l->times, AT_SYMLINK_NOFOLLOW) < 0 ?
			err_sys(e, "set times") : 0;
	fd = dir < 0 ? dir : openat(dir, base, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return u->dirs_lost ? 0 : err_sys(e, "open");
	rc = finish_open(l, fd, acl, e);
	close(fd);
	return rc;
}

int unpack_finish(struct unpack *u, struct unpack_stat *stat, struct err *e)
{
	auto_free char *path = malloc(PLACE_PATH_MAX + 1);
	auto_free char *acl = malloc(ACL_MAX);
	struct later l;
	int rc;

	if (!path || !acl)
		abort();
	while ((rc = spill_get(&u->later, &l, sizeof(l), e)) > 0) {
		if (spill_get(&u->later, path, l.path_len, e) < 0 ||
		    spill_get(&u->later, acl, l.acl_len, e) < 0)
			return err_wrap(e, "finish directories");
		path[l.path_len] = 0;
		rc = finish_dir(u, &l, path, acl, e);
		if (rc < 0)
			return name_it(path, rc, e);
	}
	*stat = u->stat;
	stat->entries += u->dirs.made;
	return rc;
}
