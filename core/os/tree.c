// SPDX-License-Identifier: MIT
#include "core/os/tree.h"

#include <dirent.h>
#include <fcntl.h>

#include "core/os/inodes.h"
#include "core/os/treewalk.h"

/* --- remove ------------------------------------------------------------------ */

static int remove_entry(struct treewalk *w UNUSED, int dirfd, const char *name, unsigned char type)
{
	if (unlinkat(dirfd, name, type == DT_DIR ? AT_REMOVEDIR : 0) == 0 || errno == ENOENT)
		return 0;
	return -errno;
}

static int remove_dir(struct treewalk *w UNUSED, int dirfd, const char *name)
{
	return unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -errno;
}

static int clear(int fd)
{
	struct treewalk w = { .entry = remove_entry, .left = remove_dir, .keep_going = true,
			      .open_up = true };

	return treewalk_run(&w, fd);
}

int tree_clear(int fd, struct err *e)
{
	int rc = clear(fd);

	errno = -rc;
	return rc < 0 ? err_sys(e, "remove what is in a directory") : 0;
}

static int remove_tree(int dirfd, const char *name)
{
	auto_close int fd = -1;
	int rc;

	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	/* O_PATH needs no right to the directory itself: an ordinary user's may lack it. */
	fd = openat(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	rc = clear(fd);
	if (unlinkat(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT && rc == 0)
		rc = -errno;
	return rc;
}

int tree_remove(int dirfd, const char *name, struct err *e)
{
	int rc = remove_tree(dirfd, name);

	errno = -rc;
	return rc < 0 ? err_sys(e, "remove %s", name) : 0;
}

/* --- measure ----------------------------------------------------------------- */

struct measure {
	struct tree_usage *u;
	struct inodes seen;
};

static int measure_entry(struct treewalk *w, int dirfd, const char *name,
			 unsigned char type UNUSED)
{
	struct measure *m = w->arg;
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	m->u->items++;
	if (st.st_nlink > 1 && !S_ISDIR(st.st_mode) &&
	    inodes_add(&m->seen, st.st_dev, st.st_ino, NULL))
		return 0;
	if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode))
		m->u->size += st.st_size;
	m->u->disk += (uint64_t)st.st_blocks * 512;
	return 0;
}

static int measure_dir(struct treewalk *w, const char *name UNUSED, int fd UNUSED,
		       const struct stat *st)
{
	struct measure *m = w->arg;

	m->u->items++;
	m->u->disk += (uint64_t)st->st_blocks * 512;
	return 0;
}

int tree_size(int fd, struct tree_usage *u, struct err *e)
{
	struct tree_usage sum = { 0 };
	struct measure m = { .u = &sum };
	struct treewalk w = { .entry = measure_entry, .enter = measure_dir, .arg = &m };
	int rc = treewalk_run(&w, fd);

	inodes_release(&m.seen);
	errno = -rc;
	if (rc < 0)
		return err_sys(e, "measure a directory");
	*u = sum;
	return 0;
}
