// SPDX-License-Identifier: MIT
/* tar.c - the tar reader.
 *
 * A state machine over blocks of 512 bytes:
 *
 *   HEADER    a block: a zero one, a header, or a header that says more comes first
 *   META      the body of a pax header or GNU long name, kept whole (TAR_META_MAX)
 *   GNU_MAP   more of an old GNU sparse map, which follows its header
 *   PAX_MAP   a pax 1.0 sparse map, which stands in front of the content
 *   DATA PAD  content, handed on in the pieces in which it comes; then its padding
 *   ZERO      one zero block was read: another ends the archive, a header is an error
 *   TRAIL     whatever follows the end
 *
 * What stands before an entry (pax, long name, long link) is kept until its
 * header comes, then it is merged: header, pax, sparse name, GNU long names;
 * the later wins, as in Go. A global pax header changes nothing, as in Docker. */
#include "core/fmt/tar.h"

#include "core/base/text.h"
#include "core/fmt/pax.h"
#include "core/fmt/sparse.h"

enum state { HEADER, META, GNU_MAP, PAX_MAP, DATA, PAD, ZERO, TRAIL };

enum {	/* offsets in a header block; and how long the fields are */
	AT_NAME = 0, LEN_NAME = 100, AT_MODE = 100, AT_UID = 108, AT_GID = 116, LEN_ID = 8,
	AT_SIZE = 124, AT_MTIME = 136, LEN_BIG = 12, AT_SUM = 148, LEN_SUM = 8, AT_TYPE = 156,
	AT_LINK = 157, LEN_LINK = 100, AT_MAGIC = 257, AT_UNAME = 265, AT_GNAME = 297,
	LEN_OWNER = 32, AT_MAJOR = 329, AT_MINOR = 337, AT_PREFIX = 345, LEN_PREFIX = 155,
	LEN_STAR_PREFIX = 131, AT_STAR = 508,
	AT_GNU_MAP = 386, AT_GNU_MORE = 482, AT_GNU_SIZE = 483, GNU_PAIRS = 4,
	AT_EXT_MORE = 504, EXT_PAIRS = 21,
};

struct tar_reader {
	struct tar_events ev;
	enum state state;
	uint8_t block[TAR_BLOCK];	/* the block being collected */
	size_t have;			/* bytes of it */
	bool any;			/* a header was seen */

	struct str meta;		/* META: the body so far */
	uint64_t meta_len, meta_left;	/* its length; bytes to come, padding included */
	char meta_type;

	struct str pax, long_name, long_link;
	bool has_pax, has_long_name, has_long_link;

	struct tar_entry t;
	struct str name, link, names;	/* what t points to; names: uname, 0, gname */
	struct tar_xattr xattr[TAR_XATTR_MAX];
	struct sparse_map map;
	size_t seg;			/* DATA of a sparse file: in which segment, */
	uint64_t seg_at;		/* and where in it */
	uint64_t at;			/* DATA of any other file: where */
	uint64_t left;			/* content still to come */
	uint32_t pad;			/* zero bytes after it */
	uint64_t trail;			/* bytes seen after the end */
};

struct tar_reader *tar_reader_new(const struct tar_events *ev)
{
	struct tar_reader *r = calloc(1, sizeof(*r));

	if (!r)
		abort();
	r->ev = *ev;
	r->meta = r->pax = r->long_name = r->long_link = (struct str)STR_INIT;
	r->name = r->link = r->names = (struct str)STR_INIT;
	return r;
}

void tar_reader_free(struct tar_reader *r)
{
	if (!r)
		return;
	str_release(&r->meta);
	str_release(&r->pax);
	str_release(&r->long_name);
	str_release(&r->long_link);
	str_release(&r->name);
	str_release(&r->link);
	str_release(&r->names);
	sparse_release(&r->map);
	free(r);
}

/* An error in what the archive says, with the entry that was last heard of. */
static int bad(struct tar_reader *r, int code, const char *what, struct err *e)
{
	auto_str struct str name = STR_INIT;
	size_t len = strnlen(r->name.s, 128);

	if (!r->any || !len)
		return err_set(e, code, "tar: %s", what);
	text_safe(&name, r->name.s, len);
	return err_set(e, code, "tar: entry \"%s%s\": %s", name.s, r->name.s[len] ? "..." : "",
		       what);
}

static int emit_raw(struct tar_reader *r, const void *p, size_t n, struct err *e)
{
	return r->ev.raw && n ? r->ev.raw(r->ev.to, p, n, e) : 0;
}

/* --- headers ------------------------------------------------------------ */

static void set_field(struct str *to, const uint8_t *field, size_t width)
{
	str_reset(to);
	str_add(to, field, strnlen((const char *)field, width));
}

static bool is_zero(const uint8_t *b)
{
	return b[0] == 0 && memcmp(b, b + 1, TAR_BLOCK - 1) == 0;
}

static bool sum_holds(const uint8_t *b)
{
	int64_t want, sum = 0, signed_sum = 0;

	for (int i = 0; i < TAR_BLOCK; i++) {
		bool in_sum = i >= AT_SUM && i < AT_SUM + LEN_SUM;

		sum += in_sum ? ' ' : b[i];
		signed_sum += in_sum ? ' ' : (int8_t)b[i];
	}
	return pax_field(b + AT_SUM, LEN_SUM, &want) && (want == sum || want == signed_sum);
}

static bool has_content(uint8_t type)
{
	return type < TAR_LINK || type > TAR_FIFO;
}

/* Name and link as the block itself has them: "prefix/name" where there is a prefix. */
static void block_names(struct tar_reader *r)
{
	const uint8_t *b = r->block;
	bool ustar = memcmp(b + AT_MAGIC, "ustar", 6) == 0;
	bool gnu = memcmp(b + AT_MAGIC, "ustar  ", 8) == 0;
	bool star = ustar && memcmp(b + AT_STAR, "tar", 4) == 0;

	str_reset(&r->name);
	if (ustar && b[AT_PREFIX]) {
		set_field(&r->name, b + AT_PREFIX, star ? LEN_STAR_PREFIX : LEN_PREFIX);
		str_puts(&r->name, "/");
	}
	str_add(&r->name, b + AT_NAME, strnlen((const char *)b + AT_NAME, LEN_NAME));
	set_field(&r->link, b + AT_LINK, LEN_LINK);
	str_reset(&r->names);
	if (ustar || gnu) {
		set_field(&r->names, b + AT_UNAME, LEN_OWNER);
		str_add(&r->names, "", 1);
		str_add(&r->names, b + AT_GNAME, strnlen((const char *)b + AT_GNAME, LEN_OWNER));
	}
}

/* The numbers of the block. `t` is cleared first. */
static int block_numbers(struct tar_reader *r, struct err *e)
{
	const uint8_t *b = r->block;
	struct tar_entry *t = &r->t;
	int64_t mode, uid, gid, size, mtime, major = 0, minor = 0;
	bool v7 = memcmp(b + AT_MAGIC, "ustar", 5) != 0;

	*t = (struct tar_entry){ .name = "", .link = "", .uname = "", .gname = "" };
	if (!pax_field(b + AT_MODE, LEN_ID, &mode) || !pax_field(b + AT_UID, LEN_ID, &uid) ||
	    !pax_field(b + AT_GID, LEN_ID, &gid) || !pax_field(b + AT_SIZE, LEN_BIG, &size) ||
	    !pax_field(b + AT_MTIME, LEN_BIG, &mtime))
		return bad(r, EINVAL, "a number in its header is broken", e);
	if (!v7 && (!pax_field(b + AT_MAJOR, LEN_ID, &major) ||
		    !pax_field(b + AT_MINOR, LEN_ID, &minor)))
		return bad(r, EINVAL, "a device number in its header is broken", e);
	if (size < 0 || uid < 0 || gid < 0)
		return bad(r, EINVAL, "a number in its header is negative", e);
	t->type = b[AT_TYPE];
	t->mode = mode & 07777;
	t->uid = uid;
	t->gid = gid;
	t->size = t->stored = size;
	t->mtime = (struct tar_time){ mtime, 0 };
	t->major = major;
	t->minor = minor;
	return 0;
}

/* --- pax ------------------------------------------------------------------ */

static bool is(const struct pax_record *p, const char *key)
{
	return strcmp(p->key, key) == 0;
}

/* Take one xattr; `name` is changed. The first of a name wins. */
static int add_xattr(struct tar_reader *r, const char *name, char *value, size_t len, struct err *e)
{
	struct tar_entry *t = &r->t;

	if (!*name)
		return bad(r, EINVAL, "an xattr has no name", e);
	for (size_t i = 0; i < t->n_xattrs; i++)
		if (strcmp(r->xattr[i].name, name) == 0)
			return 0;
	if (t->n_xattrs == TAR_XATTR_MAX)
		return bad(r, E2BIG, "it has too many xattrs", e);
	r->xattr[t->n_xattrs++] = (struct tar_xattr){ name, value, len };
	t->xattrs = r->xattr;
	return 0;
}

/* A text that becomes a name: no byte 0 in it; an empty one leaves what was there. */
static int set_name(struct tar_reader *r, struct str *to, const struct pax_record *p, struct err *e)
{
	if (memchr(p->value, 0, p->len))
		return bad(r, EINVAL, "a byte 0 in its name", e);
	if (p->len) {
		str_reset(to);
		str_add(to, p->value, p->len);
	}
	return 0;
}

static bool pax_number(const struct pax_record *p, uint64_t *to)
{
	int64_t v;

	if (!p->len)
		return true;
	if (!pax_decimal(p->value, p->len, &v) || v < 0)
		return false;
	*to = v;
	return true;
}

/* What the records about a sparse map say. */
struct sparse_said {
	const char *major, *minor, *name;
	struct pax_record list;
	int64_t size;		/* -1: not said */
	int64_t offset;		/* of a 0.0 pair that waits for its length, -1: none */
};

static int pax_sparse(struct tar_reader *r, const struct pax_record *p, struct sparse_said *s,
		      struct err *e)
{
	const char *key = p->key + strlen("GNU.sparse.");
	int64_t v = -1;
	int rc = 0;

	if (strcmp(key, "major") == 0)
		s->major = p->value;
	else if (strcmp(key, "minor") == 0)
		s->minor = p->value;
	else if (strcmp(key, "name") == 0)
		rc = set_name(r, &r->name, p, e);
	else if (strcmp(key, "map") == 0)
		s->list = *p;
	else if (strcmp(key, "size") == 0 || strcmp(key, "realsize") == 0)
		rc = pax_decimal(p->value, p->len, &s->size) && s->size >= 0 ? 0 : -EINVAL;
	else if (strcmp(key, "offset") == 0)
		rc = s->offset < 0 && pax_decimal(p->value, p->len, &s->offset) ? 0 : -EINVAL;
	else if (strcmp(key, "numbytes") == 0) {
		rc = s->offset >= 0 && pax_decimal(p->value, p->len, &v) ?
			sparse_add(&r->map, s->offset, v) : -EINVAL;
		s->offset = -1;
	}
	if (rc < 0)
		return bad(r, -rc, rc == -E2BIG ? "its sparse map is too long" :
			   "its sparse map is broken", e);
	return 0;
}

static int pax_record(struct tar_reader *r, const struct pax_record *p, struct sparse_said *s,
		      struct err *e)
{
	struct tar_entry *t = &r->t;
	bool good = true;

	if (is(p, "path"))
		return set_name(r, &r->name, p, e);
	if (is(p, "linkpath"))
		return set_name(r, &r->link, p, e);
	if (is(p, "uname") || is(p, "gname")) {
		if (p->len && !memchr(p->value, 0, p->len))
			*(is(p, "uname") ? &t->uname : &t->gname) = p->value;
		return 0;
	}
	if (strncmp(p->key, "SCHILY.xattr.", 13) == 0)
		return add_xattr(r, p->key + 13, p->value, p->len, e);
	if (strncmp(p->key, "GNU.sparse.", 11) == 0)
		return pax_sparse(r, p, s, e);
	if (is(p, "size"))
		good = pax_number(p, &t->stored);
	else if (is(p, "uid"))
		good = pax_number(p, &t->uid);
	else if (is(p, "gid"))
		good = pax_number(p, &t->gid);
	else if (is(p, "mtime"))
		good = !p->len || pax_time(p->value, p->len, &t->mtime);
	else if (is(p, "atime"))
		good = !p->len || pax_time(p->value, p->len, &t->atime);
	return good ? 0 : bad(r, EINVAL, "a number in its pax header is broken", e);
}

/* libarchive's own way to write an xattr: name with %XX, value in base64. */
static int pax_libarchive(struct tar_reader *r, const struct pax_record *p, struct err *e)
{
	char *name = p->key + strlen("LIBARCHIVE.xattr.");
	ssize_t n;

	if (strncmp(p->key, "LIBARCHIVE.xattr.", 17) != 0)
		return 0;
	pax_percent(name);
	n = pax_base64(p->value, p->len);
	if (n < 0)
		return bad(r, EINVAL, "an xattr is no base64", e);
	return add_xattr(r, name, p->value, n, e);
}

/* Which sparse format the records meant: fills map and sizes, or asks for PAX_MAP. */
static int sparse_decide(struct tar_reader *r, const struct sparse_said *s, struct err *e)
{
	bool v1 = s->major && strcmp(s->major, "1") == 0 && s->minor && strcmp(s->minor, "0") == 0;
	bool v0 = s->major && strcmp(s->major, "0") == 0 && s->minor &&
		(strcmp(s->minor, "0") == 0 || strcmp(s->minor, "1") == 0);
	int rc = 0;

	if (!v1 && !v0 && (s->major || s->minor || (!s->list.value && !r->map.n))) {
		r->map.n = 0;
		return 0;	/* a version nobody knows, or none: an ordinary file */
	}
	if (!has_content(r->t.type))
		return bad(r, EINVAL, "it is sparse, and no file", e);
	r->t.sparse = true;
	if (s->size >= 0)
		r->t.size = s->size;
	if (v1) {
		r->map.n = 0;
		r->state = PAX_MAP;
	} else if (s->list.value) {
		r->map.n = 0;
		rc = sparse_list(&r->map, s->list.value, s->list.len);
	}
	if (rc < 0 || s->offset >= 0)
		return bad(r, rc == -E2BIG ? E2BIG : EINVAL, "its sparse map is broken", e);
	return 0;
}

/* Merge the pax header that stood before this entry. */
static int merge_pax(struct tar_reader *r, struct err *e)
{
	struct sparse_said s = { .size = -1, .offset = -1 };
	struct pax_record p;
	uint64_t header_size = r->t.stored;
	char *at = r->pax.s, *end = r->pax.s + r->pax.len;
	int rc = 0, got;

	if (!r->has_pax)
		return 0;
	while (rc == 0 && (got = pax_next(&at, end, &p)) != 0) {
		if (got < 0)
			return bad(r, EINVAL, "a record in its pax header is broken", e);
		rc = pax_record(r, &p, &s, e);
	}
	/* A second walk over what is now split by zeros: libarchive's come after SCHILY's. */
	for (at = r->pax.s; rc == 0 && at < end; at += p.len + 1) {
		p.key = strchr(at, ' ') + 1;
		p.value = p.key + strlen(p.key) + 1;
		p.len = strtoul(at, NULL, 10) - (p.value - at) - 1;
		at = p.value;
		rc = pax_libarchive(r, &p, e);
	}
	if (rc < 0)
		return rc;
	if (r->t.stored != header_size)
		r->t.size = r->t.stored;
	return sparse_decide(r, &s, e);
}

/* --- one entry -------------------------------------------------------------- */

static int entry_end(struct tar_reader *r, struct err *e)
{
	r->state = r->pad ? PAD : HEADER;
	return r->ev.end ? r->ev.end(r->ev.to, e) : 0;
}

/* All is known: tell it. */
static int entry_begin(struct tar_reader *r, struct err *e)
{
	struct tar_entry *t = &r->t;
	int rc;

	if (t->sparse && !sparse_valid(&r->map, t->size, r->left))
		return bad(r, EINVAL, "its sparse map does not fit", e);
	r->seg = r->seg_at = r->at = 0;
	rc = r->ev.entry ? r->ev.entry(r->ev.to, t, e) : 0;
	if (rc < 0)
		return rc;
	r->state = DATA;
	return r->left ? 0 : entry_end(r, e);
}

static int old_gnu_sparse(struct tar_reader *r, struct err *e)
{
	int64_t size;

	if (!pax_field(r->block + AT_GNU_SIZE, LEN_BIG, &size) || size < 0 ||
	    sparse_fields(&r->map, r->block + AT_GNU_MAP, GNU_PAIRS) < 0)
		return bad(r, EINVAL, "its sparse map is broken", e);
	r->t.type = TAR_FILE;
	r->t.sparse = true;
	r->t.size = size;
	if (r->block[AT_GNU_MORE])
		r->state = GNU_MAP;
	return 0;
}

/* What a type byte of old means today; what has no content loses its size. */
static void settle_type(struct tar_reader *r)
{
	struct tar_entry *t = &r->t;
	bool slash = r->name.len && r->name.s[r->name.len - 1] == '/';

	if (t->type == 0)
		t->type = slash ? TAR_DIR : TAR_FILE;
	if (t->type == '7')
		t->type = TAR_FILE;
	if (!has_content(t->type))
		t->size = t->stored = 0;
}

static int settle_name(struct tar_reader *r, struct err *e)
{
	struct tar_entry *t = &r->t;

	if (r->has_long_name)
		set_field(&r->name, (uint8_t *)r->long_name.s, r->long_name.len);
	if (r->has_long_link)
		set_field(&r->link, (uint8_t *)r->long_link.s, r->long_link.len);
	settle_type(r);
	while (r->name.len > 1 && r->name.s[r->name.len - 1] == '/')
		r->name.s[--r->name.len] = 0;
	t->name = r->name.s;
	t->link = r->link.s;
	if (!r->name.len)
		return bad(r, EINVAL, "an entry has no name", e);
	return 0;
}

static int entry_header(struct tar_reader *r, struct err *e)
{
	struct tar_entry *t = &r->t;
	bool old_gnu = t->type == 'S';
	int rc;

	sparse_reset(&r->map);
	t->uname = r->names.s;
	t->gname = r->names.len > strlen(t->uname) ? t->uname + strlen(t->uname) + 1 : "";
	t->atime = (struct tar_time){ INT64_MIN, 0 };
	r->state = HEADER;
	rc = merge_pax(r, e);
	if (rc == 0)
		rc = settle_name(r, e);
	if (rc == 0 && old_gnu)
		rc = old_gnu_sparse(r, e);
	if (rc < 0)
		return rc;
	if (t->atime.sec == INT64_MIN)
		t->atime = t->mtime;
	r->left = t->stored;
	r->pad = -t->stored & (TAR_BLOCK - 1);
	return r->state == HEADER ? entry_begin(r, e) : 0;
}

static void forget_meta(struct tar_reader *r)
{
	r->has_pax = r->has_long_name = r->has_long_link = false;
}

static int meta_begin(struct tar_reader *r, struct err *e)
{
	if (r->t.size > TAR_META_MAX)
		return bad(r, E2BIG, "its pax header or long name is too long", e);
	r->meta_type = r->t.type;
	r->meta_len = r->t.size;
	r->meta_left = (r->t.size + TAR_BLOCK - 1) & ~(uint64_t)(TAR_BLOCK - 1);
	str_reset(&r->meta);
	r->state = META;
	return 0;
}

/* Keep the body by handing its memory over. */
static void keep_meta(struct tar_reader *r, struct str *to, bool *has)
{
	struct str old = *to;

	*to = r->meta;
	r->meta = old;
	str_reset(&r->meta);
	*has = true;
}

static int meta_end(struct tar_reader *r, struct err *e)
{
	int rc = emit_raw(r, r->meta.s, r->meta.len, e);

	r->meta.len = r->meta_len;
	if (r->meta.cap)
		r->meta.s[r->meta.len] = 0;
	if (r->meta_type == 'x')
		keep_meta(r, &r->pax, &r->has_pax);
	else if (r->meta_type == 'L')
		keep_meta(r, &r->long_name, &r->has_long_name);
	else if (r->meta_type == 'K')
		keep_meta(r, &r->long_link, &r->has_long_link);
	else
		forget_meta(r);		/* a global header: Go starts over after it */
	r->state = HEADER;
	return rc;
}

static int header_block(struct tar_reader *r, struct err *e)
{
	int rc = emit_raw(r, r->block, TAR_BLOCK, e);

	if (rc < 0)
		return rc;
	if (is_zero(r->block)) {
		r->state = r->state == ZERO ? TRAIL : ZERO;
		return 0;
	}
	if (r->state == ZERO)
		return bad(r, EINVAL, "a header after the end", e);
	if (!sum_holds(r->block))
		return bad(r, EINVAL, r->any ? "what follows it is no header" :
			   "this is no tar archive", e);
	r->any = true;
	block_names(r);
	rc = block_numbers(r, e);
	if (rc < 0)
		return rc;
	if (memchr("xgLK", r->t.type, 4))
		return meta_begin(r, e);
	rc = entry_header(r, e);
	forget_meta(r);
	return rc;
}

static int gnu_map_block(struct tar_reader *r, struct err *e)
{
	int rc = emit_raw(r, r->block, TAR_BLOCK, e);

	if (rc < 0)
		return rc;
	rc = sparse_fields(&r->map, r->block, EXT_PAIRS);
	if (rc < 0)
		return bad(r, -rc, "its sparse map is broken or too long", e);
	return r->block[AT_EXT_MORE] ? 0 : entry_begin(r, e);
}

static int pax_map_block(struct tar_reader *r, struct err *e)
{
	int rc = emit_raw(r, r->block, TAR_BLOCK, e);

	if (rc < 0)
		return rc;
	if (r->left < TAR_BLOCK)
		return bad(r, EINVAL, "its sparse map does not fit", e);
	r->left -= TAR_BLOCK;
	rc = sparse_text_block(&r->map, r->block, TAR_BLOCK);
	if (rc < 0)
		return bad(r, -rc, "its sparse map is broken or too long", e);
	return rc ? 0 : entry_begin(r, e);
}

/* --- bytes ---------------------------------------------------------------- */

static size_t least(size_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Content: as much as there is, up to the end of the segment. */
static int data(struct tar_reader *r, const uint8_t *p, size_t *n, struct err *e)
{
	uint64_t at = r->at;
	int rc;

	*n = least(*n, r->left);
	if (r->t.sparse) {
		struct sparse_seg *s = &r->map.seg[r->seg];

		while (r->seg_at == s->len) {	/* sparse_valid saw that bytes left have a place */
			s = &r->map.seg[++r->seg];
			r->seg_at = 0;
		}
		*n = least(*n, s->len - r->seg_at);
		at = s->at + r->seg_at;
		r->seg_at += *n;
	}
	rc = r->ev.data ? r->ev.data(r->ev.to, at, p, *n, e) : 0;
	r->at += *n;
	r->left -= *n;
	return rc < 0 || r->left ? rc : entry_end(r, e);
}

static int meta(struct tar_reader *r, const uint8_t *p, size_t *n, struct err *e)
{
	*n = least(*n, r->meta_left);
	str_add(&r->meta, p, *n);
	r->meta_left -= *n;
	return r->meta_left ? 0 : meta_end(r, e);
}

static int padding(struct tar_reader *r, const uint8_t *p, size_t *n, struct err *e)
{
	*n = least(*n, r->pad);
	r->pad -= *n;
	if (!r->pad)
		r->state = HEADER;
	return emit_raw(r, p, *n, e);
}

static int trail(struct tar_reader *r, const uint8_t *p, size_t n, struct err *e)
{
	r->trail += n;
	if (r->trail > TAR_TRAIL_MAX)
		return err_set(e, E2BIG, "tar: more than %d MiB after its end",
			       TAR_TRAIL_MAX >> 20);
	return emit_raw(r, p, n, e);
}

static int collect(struct tar_reader *r, const uint8_t *p, size_t *n, struct err *e)
{
	*n = least(*n, TAR_BLOCK - r->have);
	memcpy(r->block + r->have, p, *n);
	r->have += *n;
	if (r->have < TAR_BLOCK)
		return 0;
	r->have = 0;
	if (r->state == GNU_MAP)
		return gnu_map_block(r, e);
	if (r->state == PAX_MAP)
		return pax_map_block(r, e);
	return header_block(r, e);
}

int tar_feed(struct tar_reader *r, const void *bytes, size_t len, struct err *e)
{
	const uint8_t *p = bytes;
	int rc = 0;

	for (size_t n = len; rc == 0 && len; p += n, len -= n, n = len) {
		if (r->state == META && !r->meta_left)
			rc = meta_end(r, e), n = 0;
		else if (r->state == META)
			rc = meta(r, p, &n, e);
		else if (r->state == DATA)
			rc = data(r, p, &n, e);
		else if (r->state == PAD)
			rc = padding(r, p, &n, e);
		else if (r->state == TRAIL)
			rc = trail(r, p, n, e);
		else
			rc = collect(r, p, &n, e);
	}
	return rc;
}

int tar_end(struct tar_reader *r, struct err *e)
{
	bool whole = (r->state == HEADER || r->state == ZERO) && !r->have;

	if (whole || r->state == PAD || r->state == TRAIL)
		return 0;
	return bad(r, EINVAL, "the archive is cut short", e);
}
