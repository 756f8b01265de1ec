// SPDX-License-Identifier: MIT
#include "core/engine/copy.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "core/engine/copy_in.h"
#include "core/engine/decoder.h"
#include "core/engine/view.h"
#include "core/fmt/userdb.h"
#include "core/os/file.h"
#include "core/os/tree.h"
#include "core/store/fdsink.h"
#include "core/store/pack.h"
#include "core/store/unpack.h"

/* Entries on their way into a directory. */
struct into {
	struct unpack *unpack;	/* owned */
	int spill;		/* owned */
	bool own;		/* everything is to be uid's and gid's */
	uid_t uid;
	gid_t gid;
	struct tar_entry t;	/* the entry at hand; names are the giver's */
	bool keeps;
	const char *shown;	/* the directory, for sentences */
	struct str clash;	/* owned: why it was refused, in Docker's words */
};

/* --- the taking end ------------------------------------------------------------------- */

static int into_entry(void *to, const struct tar_entry *t, struct err *e)
{
	struct into *i = to;
	const char *path;
	int rc;

	i->t = *t;
	if (i->own) {
		i->t.uid = i->uid;
		i->t.gid = i->gid;
	}
	rc = unpack_entry(i->unpack, &i->t, &path, e);
	i->keeps = rc > 0;
	return rc < 0 ? rc : 0;
}

static int into_data(void *to, uint64_t at, const void *bytes, size_t len, struct err *e)
{
	struct into *i = to;

	return i->keeps ? unpack_data(i->unpack, at, bytes, len, e) : 0;
}

static int into_end(void *to, struct err *e)
{
	struct into *i = to;

	return unpack_end(i->unpack, e);
}

/* Docker's sentence, which names the directory for the second thing. */
static int into_clash(void *to, const char *path, bool is_dir, struct err *e)
{
	struct into *i = to;
	const char *slash = i->shown[strlen(i->shown) - 1] == '/' ? "" : "/";

	str_addf(&i->clash, "cannot overwrite %sdirectory \"%s%s%s\" with %sdirectory \"%s\"",
		 is_dir ? "" : "non-", i->shown, slash, path, is_dir ? "non-" : "", i->shown);
	return err_set(e, EEXIST, "%s", i->clash.s);
}

static int into_begin(struct into *i, const struct copy_target *t, struct err *e)
{
	struct unpack_opts o = { .max_entries = UINT64_MAX, .max_bytes = UINT64_MAX,
				 .clash = into_clash, .to = i };

	i->clash = (struct str)STR_INIT;
	i->shown = t->shown.s;
	i->spill = memfd_create("directories", MFD_CLOEXEC);
	if (i->spill < 0)
		return err_sys(e, "memfd_create");
	i->unpack = unpack_new(t->dir, i->spill, &o);
	return 0;
}

static struct tar_events into_events(struct into *i)
{
	return (struct tar_events){ i, NULL, into_entry, into_data, into_end };
}

/* `rc`: how the giving went. */
static int into_finish(struct into *i, int rc, struct err *e)
{
	struct unpack_stat st;

	if (rc == 0)
		rc = unpack_finish(i->unpack, &st, e);
	if (i->clash.len)
		rc = err_set(e, EEXIST, "%s", i->clash.s);
	unpack_free(i->unpack);
	close_at(&i->spill);
	str_release(&i->clash);
	return rc;
}

/* --- the giving end --------------------------------------------------------------------- */

/* Give the source under the name `top`; "": its contents alone. */
static int give(struct pack *p, const struct copy_source *s, const char *top, struct err *e)
{
	auto_str struct str below = STR_INIT;
	struct tree_usage u;
	int rc;

	if (p->progress && s->is_dir && tree_size(s->dir, &u, NULL) == 0)
		p->progress->total = u.size;
	rc = *top ? pack_object(p, s->dir, s->base, top, e) : 1;
	if (rc < 0)
		return rc;
	if (rc == 2)
		return err_set(e, ENOENT, "\"%s\" cannot be copied: it is a socket, or has gone",
			       top);
	if (!s->is_dir)
		return 0;
	if (*top)
		str_addf(&below, "%s%s", top, strcmp(top, "/") == 0 ? "" : "/");
	return pack_tree(p, s->dir, below.s, e);
}

/* What a copy is called in the directory it goes to. */
static const char *top_of(const struct copy_source *s, const struct copy_target *t)
{
	if (*t->base)
		return t->base;
	return s->contents || t->contents ? "" : s->rebase;
}

static int pipe_into(struct into *i, const struct copy_source *s, const struct copy_target *t,
		     struct progress *progress, struct err *e)
{
	struct tar_events to = into_events(i);
	auto_pack struct pack p = { .buf = NULL };
	mode_t mask;
	int rc = into_begin(i, t, e);

	if (rc < 0)
		return rc;
	pack_init(&p, &to, progress);
	mask = umask(0);
	rc = into_finish(i, give(&p, s, top_of(s, t), e), e);
	umask(mask);
	return rc;
}

/* --- out ---------------------------------------------------------------------------------- */

static int out_tar(const struct copy_request *r, const struct copy_source *s, struct err *e)
{
	auto_fdsink struct fdsink out;
	auto_pack struct pack p;
	struct pack_tar tar;
	struct tar_events to;
	int rc;

	fdsink_init(&out, r->fd);
	to = pack_tar_events(&tar, fdsink_sink(&out));
	pack_init(&p, &to, r->progress);
	rc = give(&p, s, s->contents ? "." : *s->name ? s->name : "/", e);
	if (rc == 0)
		rc = tar_write_end(&tar.w, e);
	return rc < 0 ? rc : fdsink_flush(&out, e);
}

static int out_host(const struct copy_request *r, const struct copy_source *s, struct err *e)
{
	struct into i = { .own = true, .uid = geteuid(), .gid = getegid() };
	struct copy_target t = COPY_TARGET_INIT;
	int rc = copy_target_outside(r, s, &t, e);

	if (rc == 0)
		rc = pipe_into(&i, s, &t, r->progress, e);
	if (rc == -EEXIST && e)
		rc = -(e->code = COPY_E_RULE);
	close_at(&t.dir);
	str_release(&t.shown);
	return rc;
}

/* A container that never ran has no mount points yet. They are made where that can be. */
static int out_view(struct engine *g, const struct container *c, struct view *v, struct err *e)
{
	if (c->state.status == CONTAINER_CREATED && c->points_n &&
	    view_open(g, c, VIEW_MOUNTS | VIEW_WRITE, v, NULL) == 0)
		return 0;
	return view_open(g, c, VIEW_MOUNTS, v, e);
}

int engine_copy_out(struct engine *g, const struct copy_request *r, struct err *e)
{
	auto_view struct view v = VIEW_INIT;
	struct copy_source s = COPY_SOURCE_INIT;
	struct container c;
	int rc = container_load(g->store, r->id, &c, g->mem, e);

	if (rc == 0)
		rc = out_view(g, &c, &v, e);
	if (rc == 0)
		rc = copy_source_inside(v.root, r, &s, e);
	if (rc == 0)
		rc = r->outside ? out_host(r, &s, e) : out_tar(r, &s, e);
	close_at(&s.dir);
	return rc;
}

/* --- in ----------------------------------------------------------------------------------- */

/* -a: to the user the container runs as, if it has one. */
static int in_owner(const struct container *c, int root, struct into *i, struct err *e)
{
	auto_str struct str passwd = STR_INIT, group = STR_INIT;
	static const struct strv none;
	struct userdb_user *u;
	int rc;

	if (!*c->config.user)
		return 0;
	if (root_read(root, "etc/passwd", USERDB_BYTES_MAX, &passwd, NULL) < 0)
		str_reset(&passwd);
	if (root_read(root, "etc/group", USERDB_BYTES_MAX, &group, NULL) < 0)
		str_reset(&group);
	u = calloc(1, sizeof(*u));
	if (!u)
		abort();
	rc = userdb_resolve(c->config.user, passwd.s, group.s, &none, u, e);
	if (rc >= 0) {
		i->own = true;
		i->uid = u->uid;
		i->gid = u->gid;
	}
	free(u);
	return rc < 0 ? rc : 0;
}

/* Docker refuses before it begins. */
static int in_writable(const struct container *c, int root, int dir, struct err *e)
{
	uint64_t here, top;
	struct statvfs v;
	bool mounted = file_mount_id(root, &top) == 0 && file_mount_id(dir, &here) == 0 &&
		       top != here;

	if (!mounted && c->config.read_only)
		return err_set(e, EROFS, "container rootfs is marked read-only");
	if (mounted && fstatvfs(dir, &v) == 0 && (v.f_flag & ST_RDONLY))
		return err_set(e, EROFS, "mounted volume is marked read-only");
	return 0;
}

struct in_tar {
	struct tar_reader *reader;	/* owned */
	struct progress *progress;
};

static int in_tar_put(void *to, const void *data, size_t len, struct err *e)
{
	struct in_tar *t = to;

	progress_add(t->progress, len);
	return tar_feed(t->reader, data, len, e);
}

static int in_tar_feed(struct in_tar *t, int fd, struct err *e)
{
	auto_stream struct stream stream;
	auto_free char *buf = malloc(STREAM_CHUNK);
	ssize_t n;
	int rc = 0;

	if (!buf)
		abort();
	stream_init(&stream, &decoder_confined, (struct sink){ in_tar_put, t });
	while (rc == 0 && (n = read(fd, buf, STREAM_CHUNK)) != 0) {
		if (n < 0 && errno != EINTR)
			return err_sys(e, "read the archive");
		if (n > 0)
			rc = stream_feed(&stream, buf, (size_t)n, e);
	}
	if (rc == 0)
		rc = stream_end(&stream, e);
	return rc < 0 ? rc : tar_end(t->reader, e);
}

static int in_from_tar(const struct copy_request *r, struct into *i, const struct copy_target *t,
		       struct err *e)
{
	struct tar_events to = into_events(i);
	struct in_tar in = { .progress = r->progress };
	mode_t mask;
	int rc = into_begin(i, t, e);

	if (rc < 0)
		return rc;
	in.reader = tar_reader_new(&to);
	mask = umask(0);
	rc = into_finish(i, in_tar_feed(&in, r->fd, e), e);
	umask(mask);
	tar_reader_free(in.reader);
	return rc;
}

/* Source and target are found: the rest. */
static int in_copy(const struct container *c, int root, const struct copy_request *r,
		   const struct copy_source *s, const struct copy_target *t, struct err *e)
{
	struct into i = { .own = false };
	int rc = in_writable(c, root, t->dir, e);

	if (rc == 0 && (r->flags & COPY_ARCHIVE))
		rc = in_owner(c, root, &i, e);
	if (rc < 0)
		return rc;
	rc = s ? pipe_into(&i, s, t, r->progress, e) : in_from_tar(r, &i, t, e);
	return rc < 0 ? err_wrap(e, "Error processing tar file(exit status 1)") : 0;
}

static int in_find(struct engine *g, const struct container *c, const struct copy_request *r,
		   const struct copy_source *s, struct err *e)
{
	auto_view struct view v = VIEW_INIT;
	struct copy_target t = COPY_TARGET_INIT;
	int rc = view_open(g, c, VIEW_MOUNTS | VIEW_WRITE, &v, e);

	if (rc == 0)
		rc = copy_target_inside(v.root, r, s, &t, e);
	if (rc == 0)
		rc = in_copy(c, v.root, r, s, &t, e);
	close_at(&t.dir);
	str_release(&t.shown);
	return rc;
}

int engine_copy_in(struct engine *g, const struct copy_request *r, struct err *e)
{
	struct copy_source s = COPY_SOURCE_INIT;
	struct container c;
	int rc = container_load(g->store, r->id, &c, g->mem, e);

	if (rc == 0 && r->outside)
		rc = copy_source_outside(r, &s, e);
	if (rc == 0)
		rc = in_find(g, &c, r, r->outside ? &s : NULL, e);
	close_at(&s.dir);
	return rc;
}
