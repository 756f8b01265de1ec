// SPDX-License-Identifier: MIT
/* layerkit.h - for tests of layers: a store of their own, a host that must not change beside
 * it, and trees as text. */
#pragma once

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "core/os/dir.h"
#include "core/os/tree.h"
#include "core/store/layer.h"
#include "tests/unit/tarmake.h"
#include "tests/unit/unit.h"

static char top[32];

static char host[64];	/* a directory that nothing may touch */
static struct store store;
static UNUSED int diff = -1;	/* of the layer kept last */

/* Make `top` below `dir`, if that can hold xattrs. */
static void make_top(const char *dir)
{
	snprintf(top, sizeof(top), "%s/layerkit.XXXXXX", dir);
	if (mkdtemp(top) && setxattr(top, "trusted.t", "1", 1, 0) == 0 &&
	    setxattr(top, "user.t", "1", 1, 0) == 0)
		return;
	rmdir(top);
	*top = 0;
}

static struct stat victim_was;

/* H with one file in it, of a mode, time and xattr of its own. */
static UNUSED void make_host(void)
{
	char path[80];
	const struct timespec odd[2] = { { 7, 7 }, { 7, 7 } };
	int fd;

	snprintf(path, sizeof(path), "%s/victim", host);
	CHECK_INT(mkdir(host, 0751), 0);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	CHECK(fd >= 0 && write(fd, "secret", 6) == 6);
	CHECK(fsetxattr(fd, "user.mark", "m", 1, 0) == 0 || errno == ENOTSUP);
	CHECK_INT(futimens(fd, odd), 0);
	CHECK_INT(fstat(fd, &victim_was), 0);
	close(fd);
}

static UNUSED void host_is_as_it_was(void)
{
	auto_dir struct dir d = DIR_INIT;
	char path[80], buf[8];
	struct stat sb, dir;
	int n = 0, fd;

	snprintf(path, sizeof(path), "%s/victim", host);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0 && fstat(fd, &sb) == 0 && read(fd, buf, sizeof(buf)) == 6);
	close(fd);
	CHECK(memcmp(buf, "secret", 6) == 0);
	CHECK(sb.st_ino == victim_was.st_ino && sb.st_mode == victim_was.st_mode &&
	      sb.st_nlink == 1 && sb.st_uid == victim_was.st_uid &&
	      sb.st_ctim.tv_sec == victim_was.st_ctim.tv_sec &&
	      sb.st_ctim.tv_nsec == victim_was.st_ctim.tv_nsec);
	CHECK(stat(host, &dir) == 0 && (dir.st_mode & 07777) == 0751);
	CHECK(getxattr(host, "trusted.overlay.opaque", buf, sizeof(buf)) < 0);
	CHECK_INT(dir_open(&d, AT_FDCWD, host, NULL), 0);
	while (dir_next(&d))
		n++;
	CHECK_INT(n, 1);
}

static UNUSED void begin(void)
{
	static char root[64], state[64];

	if (geteuid() != 0)
		SKIP("not root");
	umask(022);
	make_top("/dev/shm");	/* a tree of a thousand directories is slow to remove from a disk */
	if (!*top)
		make_top("/tmp");
	if (!*top)
		SKIP("no file system that holds xattrs");
	snprintf(host, sizeof(host), "%s/host", top);
	make_host();
	snprintf(root, sizeof(root), "%s/root", top);
	snprintf(state, sizeof(state), "%s/state", top);
	CHECK_INT(store_open(&store, root, state, NULL), 0);
}

static UNUSED int names_in(const char *dir)
{
	auto_dir struct dir d = DIR_INIT;
	int n = 0;

	CHECK_INT(dir_open(&d, store.root_fd, dir, NULL), 0);
	while (dir_next(&d))
		n++;
	return n;
}

static UNUSED void end(void)
{
	CHECK_INT(names_in("tmp"), 0);
	host_is_as_it_was();
	if (diff >= 0)
		close(diff);
	diff = -1;
	store_release(&store);
	CHECK_INT(tree_remove(AT_FDCWD, top, NULL), 0);
}

static UNUSED int collect(void *to, const void *data, size_t len, struct err *e)
{
	(void)e;
	str_add(to, data, len);
	return 0;
}

/* Push bytes in pieces of `step`, and keep the layer. */
static UNUSED int keep_in(const struct str *blob, size_t step, const struct layer_want *want,
		   struct layer_info *info, struct err *e)
{
	struct layer_unpack *u;
	int rc = layer_unpack_begin(&store, &stream_here, want, &u, e);

	CHECK_INT(rc, 0);
	for (size_t at = 0; rc == 0 && at < blob->len; at += step)
		rc = layer_unpack_feed(u, blob->s + at,
				       blob->len - at < step ? blob->len - at : step, e);
	if (rc == 0)
		rc = layer_unpack_end(u, info, e);
	if (rc < 0) {
		layer_unpack_abort(u);
		return rc;
	}
	return layer_unpack_commit(u, e);
}

/* Keep a tar that must be good, check that it comes back, and open its tree as `diff`. */
static UNUSED struct layer_info keep(const struct str *tar)
{
	auto_str struct str back = STR_INIT;
	struct layer_info info, stored;
	struct err e = { 0 };

	if (keep_in(tar, 1000, NULL, &info, &e) < 0)
		CHECK_STR(e.msg, "");
	CHECK(layer_exists(&store, &info.diffid));
	CHECK_INT(layer_info(&store, &info.diffid, &stored, NULL), 0);
	CHECK(stored.size == info.size && stored.tar_size == tar->len &&
	      stored.entries == info.entries && stored.opaque_root == info.opaque_root);
	if (layer_tar(&store, &info.diffid, (struct sink){ collect, &back }, &e) < 0)
		CHECK_STR(e.msg, "");
	CHECK(back.len == tar->len && memcmp(back.s, tar->s, back.len) == 0);
	if (diff >= 0)
		close(diff);
	CHECK_INT(layer_open(&store, &info.diffid, &diff, NULL), 0);
	return info;
}

/* Refuse a tar, with this error, and leave nothing. */
static UNUSED void refuse(const struct str *tar, int code, const char *msg)
{
	struct err e = { 0 };
	int rc = keep_in(tar, 1000, NULL, NULL, &e);

	if (rc != -code || strcmp(e.msg, msg) != 0)
		printf("# %d \"%s\"\n", rc, e.msg);
	CHECK_INT(rc, -code);
	CHECK_STR(e.msg, msg);
	CHECK_INT(names_in("tmp"), 0);
	CHECK_INT(names_in("layers/sha256"), 0);
}

static UNUSED const char *content(const char *path)
{
	static char buf[256];
	int fd = openat(diff, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);

	if (fd >= 0)
		close(fd);
	buf[n < 0 ? 0 : n] = 0;
	return n < 0 ? "(none)" : buf;
}

/* "d755" "f4755" "l" "c1:3" "h2" (links) … or "" when there is nothing. */
static UNUSED const char *kind(const char *path)
{
	static char buf[64];
	struct stat sb;

	buf[0] = 0;
	if (fstatat(diff, path, &sb, AT_SYMLINK_NOFOLLOW) < 0)
		return buf;
	if (S_ISCHR(sb.st_mode) || S_ISBLK(sb.st_mode))
		snprintf(buf, sizeof(buf), "%c%u:%u", S_ISCHR(sb.st_mode) ? 'c' : 'b',
			 major(sb.st_rdev), minor(sb.st_rdev));
	else
		snprintf(buf, sizeof(buf), "%c%o", S_ISDIR(sb.st_mode) ? 'd' : S_ISLNK(sb.st_mode) ?
			 'l' : S_ISFIFO(sb.st_mode) ? 'p' : 'f', sb.st_mode & 07777);
	return buf;
}

/* --- a tree as text: one line a name, "PATH KIND [-> LINK] [CONTENT]" ------------- */

static UNUSED int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static UNUSED void tree_text(int dirfd, const char *path, struct str *out)
{
	auto_dir struct dir d = DIR_INIT;
	static char link[PATH_MAX];
	char *names[512];
	const char *name;
	size_t n = 0;

	CHECK_INT(dir_open(&d, dirfd, *path ? path : ".", NULL), 0);
	while ((name = dir_next(&d)) && n < countof(names))
		names[n++] = strdup(name);
	qsort(names, n, sizeof(*names), by_text);
	for (size_t i = 0; i < n; i++) {
		auto_str struct str full = STR_INIT;
		const char *k;
		ssize_t len;

		str_addf(&full, *path ? "%s/%s" : "%s%s", path, names[i]);
		k = kind(full.s);
		str_addf(out, "%s %s", full.s, *k == 'l' ? "l" : k);
		if (*k == 'l') {
			len = readlinkat(dirfd, full.s, link, sizeof(link));
			str_addf(out, " -> %.*s", (int)len, link);
		} else if (*k == 'f') {
			str_addf(out, " %s", content(full.s));
		}
		str_puts(out, "\n");
		if (*k == 'd')
			tree_text(dirfd, full.s, out);
		free(names[i]);
	}
}
