// SPDX-License-Identifier: MIT
#include "core/engine/members.h"

#include "core/engine/decoder.h"
#include "core/fmt/json.h"
#include "core/fmt/stream.h"
#include "core/fmt/tar.h"
#include "core/os/proc.h"

enum {
	HEAD = TAR_BLOCK, /* bytes that tell what a member is */
	LAYER_FDS = 3, /* descriptors of a layer that waits for its place */
	SPARE_FDS = 128, /* for all the rest */
};

/* The member whose bytes are passing. */
struct pass {
	struct members *m;
	struct tar_reader *tar;
	struct member cur;
	bool open; /* cur is a regular file */
	bool known; /* cur.kind is decided */
	uint64_t size; /* bytes of cur, as its header says */
	char head[HEAD];
	size_t head_len;
	struct str text; /* of a JSON member */
};

/* --- names ---------------------------------------------------------------- */

/* Append the parts of `path` to a normal name; ".." takes one away. false: out of the top. */
static bool join(char *out, size_t *len, const char *path)
{
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.') {
			if (*len == 0)
				return false;
			while (*len && out[--*len] != '/')
				;
		} else if (n && !(n == 1 && path[0] == '.')) {
			if (*len + 1 + n >= MEMBERS_NAME_MAX)
				return false;
			if (*len)
				out[(*len)++] = '/';
			memcpy(out + *len, path, n);
			*len += n;
		}
		path += n + (path[n] == '/');
	}
	out[*len] = 0;
	return true;
}

static bool has_dotdot(const char *path)
{
	for (; *path; path += strcspn(path, "/"), path += *path == '/') {
		if (strncmp(path, "..", 2) == 0 && (path[2] == '/' || path[2] == 0))
			return true;
	}
	return false;
}

static int take_name(struct pass *p, const char *name, struct err *e)
{
	char normal[MEMBERS_NAME_MAX];
	size_t len = 0;

	if (has_dotdot(name) || !join(normal, &len, name))
		return err_set(e, EINVAL, "archive member '%.64s' has no normal name", name);
	p->cur.name = strv_dup(normal, len, &p->m->mem);
	return 0;
}

/* A symbolic link's target counts from its own directory, a hard link's from the top. */
static int take_link(struct pass *p, const struct tar_entry *t, struct err *e)
{
	char normal[MEMBERS_NAME_MAX];
	const char *slash = strrchr(p->cur.name, '/');
	size_t len = 0;

	if (t->type == TAR_SYMLINK && slash) {
		len = slash - p->cur.name;
		memcpy(normal, p->cur.name, len);
	}
	if (t->link[0] == '/' || !join(normal, &len, t->link))
		return err_set(e, EINVAL, "archive member '%.64s' is a link out of the archive",
			t->name);
	p->cur.kind = MEMBER_LINK;
	p->cur.target = strv_dup(normal, len, &p->m->mem);
	return 0;
}

/* --- what a member is ----------------------------------------------------- */

static bool is_tar_head(const char *b)
{
	unsigned sum = 0, said = 0;
	bool zero = true;

	for (int i = 0; i < TAR_BLOCK; i++) {
		zero &= b[i] == 0;
		sum += i >= 148 && i < 156 ? ' ' : (unsigned char)b[i];
	}
	for (int i = 148; i < 156; i++) {
		if (b[i] >= '0' && b[i] <= '7')
			said = said * 8 + (b[i] - '0');
	}
	return zero || sum == said;
}

static enum member_kind kind_of(const char *head, size_t len)
{
	size_t i = 0;

	if (len == HEAD && is_tar_head(head))
		return MEMBER_LAYER;
	if (len && stream_sniff(head, len, true) != STREAM_PLAIN)
		return MEMBER_LAYER; /* or a wrapping that the stream refuses by its name */
	while (i < len && strchr(" \t\r\n", head[i]))
		i++;
	return i < len && (head[i] == '{' || head[i] == '[') ? MEMBER_JSON : MEMBER_OTHER;
}

/* A layer that cannot be one; what the disk or the kernel refuses ends it all. */
static int no_layer(struct pass *p, const struct err *why, struct err *e)
{
	if (why->code != EINVAL && why->code != ENOTSUP && why->code != EBADMSG)
		return err_set(e, why->code, "%s", why->msg);
	layer_unpack_abort(take_ptr(p->cur.unpack));
	p->cur.kind = MEMBER_OTHER;
	p->cur.why = strv_dup(why->msg, strlen(why->msg), &p->m->mem);
	return 0;
}

static int put(struct pass *p, const void *data, size_t len, struct err *e)
{
	struct err why = { 0 };

	if (p->cur.kind == MEMBER_LAYER && layer_unpack_feed(p->cur.unpack, data, len, &why) < 0)
		return no_layer(p, &why, e);
	if (p->cur.kind == MEMBER_JSON)
		str_add(&p->text, data, len);
	return 0;
}

/* Enough was seen, or there is no more: decide, and give on what was held back. */
static int decide(struct pass *p, struct err *e)
{
	int rc = 0;

	p->known = true;
	p->cur.kind = kind_of(p->head, p->head_len);
	if (p->cur.kind == MEMBER_JSON) {
		if (p->size > JSON_BYTES_MAX)
			return err_set(e, E2BIG, "JSON of %llu bytes, more than %d",
				(unsigned long long)p->size, JSON_BYTES_MAX);
		p->m->text_total += p->size;
		if (p->m->text_total > MEMBERS_TEXT_MAX)
			return err_set(e, E2BIG, "JSON of more than %d bytes in all",
				MEMBERS_TEXT_MAX);
	}
	if (p->cur.kind == MEMBER_LAYER) {
		if (++p->m->layers_n > MEMBERS_LAYERS_MAX)
			return err_set(e, E2BIG, "more than %d layers", MEMBERS_LAYERS_MAX);
		rc = layer_unpack_begin(p->m->st, &decoder_confined, NULL, &p->cur.unpack, e);
	}
	return rc < 0 ? rc : put(p, p->head, p->head_len, e);
}

/* --- the tar's events ----------------------------------------------------- */

static int on_entry(void *to, const struct tar_entry *t, struct err *e)
{
	struct pass *p = to;
	int rc;

	p->cur = (struct member){ 0 };
	p->open = t->type == TAR_FILE;
	p->known = false;
	p->size = t->size;
	p->head_len = 0;
	str_reset(&p->text);
	if (p->m->n >= MEMBERS_MAX)
		return err_set(e, E2BIG, "more than %d members in the archive", MEMBERS_MAX);
	if (!p->open && t->type != TAR_LINK && t->type != TAR_SYMLINK)
		return 0;
	rc = take_name(p, t->name, e);
	return rc < 0 || p->open ? rc : take_link(p, t, e);
}

static int on_data(void *to, uint64_t at, const void *bytes, size_t len, struct err *e)
{
	struct pass *p = to;
	const char *data = bytes;
	int rc = 0;

	(void)at; /* archives of images have no sparse members worth the name */
	if (!p->open)
		return 0;
	if (!p->known) {
		size_t n = HEAD - p->head_len < len ? HEAD - p->head_len : len;

		memcpy(p->head + p->head_len, data, n);
		p->head_len += n;
		data += n;
		len -= n;
		if (p->head_len == HEAD)
			rc = decide(p, e);
	}
	if (rc == 0 && len)
		rc = put(p, data, len, e);
	return rc < 0 ? err_wrap(e, "%.80s", p->cur.name) : 0;
}

static void keep(struct members *m, const struct member *one)
{
	if (m->n == m->cap) {
		m->cap = m->cap ? 2 * m->cap : 64;
		m->v = realloc(m->v, m->cap * sizeof(*m->v));
		if (!m->v)
			abort();
	}
	m->v[m->n++] = *one;
}

static int finish_file(struct pass *p, struct err *e)
{
	struct err why = { 0 };
	int rc = p->known ? 0 : decide(p, e);

	if (rc == 0 && p->cur.kind == MEMBER_LAYER) {
		if (layer_unpack_end(p->cur.unpack, &p->cur.info, &why) < 0)
			rc = no_layer(p, &why, e);
		else if (p->m->layer)
			p->m->layer(p->m->arg, &p->cur.info);
	}
	if (rc == 0 && p->cur.kind == MEMBER_JSON) {
		p->cur.len = p->text.len;
		p->cur.text = str_take(&p->text);
		digest_of(&p->cur.digest, p->cur.text, p->cur.len);
	}
	return rc < 0 ? err_wrap(e, "%.80s", p->cur.name) : 0;
}

static int on_end(void *to, struct err *e)
{
	struct pass *p = to;
	int rc = p->open ? finish_file(p, e) : 0;

	if (rc == 0 && p->cur.name) {
		keep(p->m, &p->cur);
		p->cur = (struct member){ 0 };
	}
	return rc;
}

/* --- all of it ------------------------------------------------------------ */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct member *)a)->name, ((const struct member *)b)->name);
}

static int on_bytes(void *to, const void *data, size_t len, struct err *e)
{
	struct pass *p = to;

	return tar_feed(p->tar, data, len, e);
}

static int pump(struct pass *p, int fd, struct err *e)
{
	auto_stream struct stream s = { 0 };
	auto_free char *buf = malloc(STREAM_CHUNK);
	ssize_t n;
	int rc = 0;

	if (!buf)
		abort();
	stream_init(&s, &decoder_confined, (struct sink){ on_bytes, p });
	while (rc == 0 && (n = read(fd, buf, STREAM_CHUNK)) != 0) {
		if (n < 0 && errno != EINTR)
			return err_sys(e, "read the archive");
		if (n <= 0)
			continue;
		progress_add(p->m->progress, (uint64_t)n);
		rc = stream_feed(&s, buf, n, e);
	}
	if (rc == 0)
		rc = stream_end(&s, e);
	return rc < 0 ? rc : tar_end(p->tar, e);
}

int members_read(struct members *m, int fd, struct err *e)
{
	struct pass p = { .m = m, .text = STR_INIT };
	int rc;

	proc_want_files(MEMBERS_LAYERS_MAX * LAYER_FDS + SPARE_FDS);
	p.tar = tar_reader_new(&(struct tar_events){
		.to = &p,
		.entry = on_entry,
		.data = on_data,
		.end = on_end,
	});
	rc = pump(&p, fd, e);
	tar_reader_free(p.tar);
	layer_unpack_abort(p.cur.unpack);
	str_release(&p.text);
	if (rc < 0)
		return rc;
	if (m->n)
		qsort(m->v, m->n, sizeof(*m->v), by_name);
	for (size_t i = 1; i < m->n; i++) {
		if (by_name(&m->v[i - 1], &m->v[i]) == 0)
			return err_set(e, EINVAL, "archive member '%.64s' comes twice",
				m->v[i].name);
	}
	return 0;
}

void members_release(struct members *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->v[i].text);
		layer_unpack_abort(m->v[i].unpack);
	}
	free(m->v);
	arena_release(&m->mem);
	m->v = NULL;
	m->n = m->cap = 0;
}

struct member *members_find(const struct members *m, const char *name)
{
	struct member key = { .name = name }, *found;

	if (m->n == 0)
		return NULL;
	found = bsearch(&key, m->v, m->n, sizeof(*m->v), by_name);
	if (!found || found->kind != MEMBER_LINK)
		return found;
	key.name = found->target;
	found = bsearch(&key, m->v, m->n, sizeof(*m->v), by_name);
	return found && found->kind != MEMBER_LINK ? found : NULL;
}
