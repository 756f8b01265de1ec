// SPDX-License-Identifier: MIT
/* tarwrite.c - the tar writer. Byte for byte what Go's archive/tar makes of a
 * header in pax format, so that a layer packed here has the digest that Docker
 * would give it. Fields are octal, padded with zeros and ended by a 0 byte;
 * what does not fit, or is not ASCII, is in a pax header in front and is cut
 * or 0 in the block. */
#include "core/fmt/pax.h"

enum {
	AT_NAME = 0, AT_MODE = 100, AT_UID = 108, AT_GID = 116, AT_SIZE = 124, AT_MTIME = 136,
	AT_SUM = 148, AT_TYPE = 156, AT_LINK = 157, AT_MAGIC = 257, AT_UNAME = 265, AT_GNAME = 297,
	AT_MAJOR = 329, AT_MINOR = 337,
	LEN_NAME = 100, LEN_ID = 8, LEN_BIG = 12, LEN_OWNER = 32,
};

void tar_writer_init(struct tar_writer *w, struct sink out)
{
	*w = (struct tar_writer){ .out = out };
}

static int put(struct tar_writer *w, const void *p, size_t n, struct err *e)
{
	return n ? w->out.put(w->out.to, p, n, e) : 0;
}

static bool is_ascii(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

static bool fits_octal(int64_t v, int width)
{
	return v >= 0 && v < (int64_t)1 << 3 * (width - 1);
}

/* A number, or 0 where it does not fit. */
static void octal(uint8_t *field, int width, int64_t v)
{
	if (!fits_octal(v, width))
		v = 0;
	field[width - 1] = 0;
	for (int i = width - 2; i >= 0; i--, v >>= 3)
		field[i] = '0' + (v & 7);
}

/* The ASCII bytes of a text, cut to the field. A cut that would leave a slash
 * at the end loses it: old readers take that for a directory. */
static void text(uint8_t *field, size_t width, const char *s)
{
	size_t n = 0;

	for (; *s; s++) {
		if ((unsigned char)*s >= 0x80)
			continue;
		if (n == width)
			break;
		field[n++] = *s;
	}
	if (!*s || n < width || field[width - 1] != '/')
		return;
	for (n = width - 1; n && field[n - 1] == '/'; n--)
		;
	field[n] = 0;
}

static void seal(uint8_t *block)
{
	uint32_t sum = 8 * ' ';

	memcpy(block + AT_MAGIC, "ustar\0" "00", 8);
	for (int i = 0; i < TAR_BLOCK; i++)
		sum += block[i];
	octal(block + AT_SUM, 7, sum);
	block[AT_SUM + 7] = ' ';
}

/* --- the pax header --------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct tar_xattr *)a)->name, ((const struct tar_xattr *)b)->name);
}

static void add_xattrs(struct str *body, const struct tar_entry *t)
{
	auto_free struct tar_xattr *sorted = NULL;
	auto_str struct str key = STR_INIT;

	if (!t->n_xattrs)
		return;
	sorted = malloc(t->n_xattrs * sizeof(*sorted));
	if (!sorted)
		abort();
	memcpy(sorted, t->xattrs, t->n_xattrs * sizeof(*sorted));
	qsort(sorted, t->n_xattrs, sizeof(*sorted), by_name);
	for (size_t i = 0; i < t->n_xattrs; i++) {
		str_reset(&key);
		str_addf(&key, "SCHILY.xattr.%s", sorted[i].name);
		pax_add(body, key.s, sorted[i].value, sorted[i].len);
	}
}

static void add_number(struct str *body, const char *key, int64_t v, int width)
{
	auto_str struct str s = STR_INIT;

	if (fits_octal(v, width))
		return;
	str_addf(&s, "%lld", (long long)v);
	pax_add(body, key, s.s, s.len);
}

static void add_time(struct str *body, const char *key, struct tar_time t)
{
	auto_str struct str s = STR_INIT;
	bool negative = t.sec < 0 && t.nsec;
	uint32_t ns = negative ? 1000000000 - t.nsec : t.nsec;
	int64_t sec = negative ? -(t.sec + 1) : t.sec;

	if (!t.nsec && fits_octal(t.sec, LEN_BIG))
		return;
	str_addf(&s, "%s%lld", negative ? "-" : "", (long long)sec);
	if (ns) {
		str_addf(&s, ".%09u", ns);
		while (s.s[s.len - 1] == '0')
			s.s[--s.len] = 0;
	}
	pax_add(body, key, s.s, s.len);
}

static void add_text(struct str *body, const char *key, const char *s, size_t width)
{
	if (strlen(s) > width || !is_ascii(s))
		pax_add(body, key, s, strlen(s));
}

/* All that the block cannot say, by the order of the keys. */
static void records(struct str *body, const struct tar_entry *t)
{
	add_xattrs(body, t);
	add_number(body, "gid", t->gid, LEN_ID);
	add_text(body, "gname", t->gname, LEN_OWNER);
	add_text(body, "linkpath", t->link, LEN_NAME);
	add_time(body, "mtime", t->mtime);
	add_text(body, "path", t->name, LEN_NAME);
	add_number(body, "size", t->size, LEN_BIG);
	add_number(body, "uid", t->uid, LEN_ID);
	add_text(body, "uname", t->uname, LEN_OWNER);
}

/* "dir/PaxHeaders.0/file", as Go's path.Split and path.Join make it. */
static void pax_name(struct str *to, const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *file = slash ? slash + 1 : name;

	for (const char *p = name; slash && p < slash; ) {
		const char *end = strchr(p, '/');

		if (end > p && !(end == p + 1 && *p == '.')) {
			str_add(to, p, end - p);
			str_puts(to, "/");
		} else if (p == name && *p == '/') {
			str_puts(to, "/");
		}
		p = end + 1;
	}
	if (slash == name)
		str_puts(to, "/");
	str_puts(to, "PaxHeaders.0/");
	str_puts(to, file);
}

/* Not const: as zeros that could be written they take no bytes of the program's file. */
static uint8_t zeros[2 * TAR_BLOCK];

static int put_padded(struct tar_writer *w, const void *p, size_t n, struct err *e)
{
	int rc = put(w, p, n, e);

	return rc < 0 ? rc : put(w, zeros, -n & (TAR_BLOCK - 1), e);
}

static int put_pax(struct tar_writer *w, const struct tar_entry *t, const struct str *body,
		   struct err *e)
{
	auto_str struct str name = STR_INIT;
	uint8_t block[TAR_BLOCK] = { 0 };
	int rc;

	if (body->len > TAR_META_MAX)
		return err_set(e, E2BIG, "tar: the pax header of \"%.128s\" is too long", t->name);
	pax_name(&name, t->name);
	text(block + AT_NAME, LEN_NAME, name.s);
	for (int n = LEN_NAME; n && (!block[n - 1] || block[n - 1] == '/'); n--)
		block[n - 1] = 0;
	octal(block + AT_MODE, LEN_ID, 0);
	octal(block + AT_UID, LEN_ID, 0);
	octal(block + AT_GID, LEN_ID, 0);
	octal(block + AT_SIZE, LEN_BIG, body->len);
	octal(block + AT_MTIME, LEN_BIG, 0);
	block[AT_TYPE] = 'x';
	seal(block);
	rc = put(w, block, sizeof(block), e);
	return rc < 0 ? rc : put_padded(w, body->s, body->len, e);
}

/* --- entries -------------------------------------------------------------- */

/* End the entry that is open. */
static int settle(struct tar_writer *w, struct err *e)
{
	uint32_t pad = w->pad;

	if (w->left)
		return err_set(e, EINVAL, "tar: an entry is %llu bytes short",
			       (unsigned long long)w->left);
	w->pad = 0;
	return put(w, zeros, pad, e);
}

int tar_write_entry(struct tar_writer *w, const struct tar_entry *t, struct err *e)
{
	auto_str struct str body = STR_INIT;
	uint8_t block[TAR_BLOCK] = { 0 };
	bool content = t->type < TAR_LINK || t->type > TAR_FIFO;
	int rc = settle(w, e);

	if (rc == 0 && (!fits_octal(t->mode, LEN_ID) || !fits_octal(t->major, LEN_ID) ||
			!fits_octal(t->minor, LEN_ID)))
		rc = err_set(e, EINVAL, "tar: mode or device of \"%.128s\" is too large", t->name);
	records(&body, t);
	if (rc == 0 && body.len)
		rc = put_pax(w, t, &body, e);
	if (rc < 0)
		return rc;
	text(block + AT_NAME, LEN_NAME, t->name);
	octal(block + AT_MODE, LEN_ID, t->mode);
	octal(block + AT_UID, LEN_ID, t->uid);
	octal(block + AT_GID, LEN_ID, t->gid);
	octal(block + AT_SIZE, LEN_BIG, t->size);
	octal(block + AT_MTIME, LEN_BIG, t->mtime.sec);
	block[AT_TYPE] = t->type;
	text(block + AT_LINK, LEN_NAME, t->link);
	text(block + AT_UNAME, LEN_OWNER, t->uname);
	text(block + AT_GNAME, LEN_OWNER, t->gname);
	octal(block + AT_MAJOR, LEN_ID, t->major);
	octal(block + AT_MINOR, LEN_ID, t->minor);
	seal(block);
	if (content) {
		w->left = t->size;
		w->pad = -t->size & (TAR_BLOCK - 1);
	}
	return put(w, block, sizeof(block), e);
}

int tar_write_data(struct tar_writer *w, const void *data, size_t len, struct err *e)
{
	if (len > w->left)
		return err_set(e, EINVAL, "tar: content longer than its header says");
	w->left -= len;
	return put(w, data, len, e);
}

int tar_write_end(struct tar_writer *w, struct err *e)
{
	int rc = settle(w, e);

	return rc < 0 ? rc : put(w, zeros, sizeof(zeros), e);
}

int tar_write_file(struct tar_writer *w, const struct tar_entry *t, const void *data,
		   struct err *e)
{
	int rc = tar_write_entry(w, t, e);

	return rc < 0 ? rc : tar_write_data(w, data, t->size, e);
}
