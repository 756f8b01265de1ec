// SPDX-License-Identifier: MIT
#include "core/store/recipe.h"

enum { BLOCK = 512, FLUSH = 64 << 10, GAP = 3, ZERO_PIECE = 4096 };
enum op { OP_END, OP_LIT, OP_ZERO, OP_BLOCK, OP_FILE, OP_LOST };

static const char magic[] = "coracle recipe 1";

static void put64(uint8_t *to, uint64_t v)
{
	for (int i = 0; i < 8; i++, v >>= 8)
		to[i] = v;
}

static uint64_t get64(const uint8_t *from)
{
	uint64_t v = 0;

	for (int i = 7; i >= 0; i--)
		v = v << 8 | from[i];
	return v;
}

void recipe_head_write(const struct recipe_head *h, uint8_t out[static RECIPE_HEAD])
{
	memcpy(out, magic, 16);
	put64(out + 16, h->tar_size);
	put64(out + 24, h->size);
	put64(out + 32, h->entries);
	put64(out + 40, h->lost);
	put64(out + 48, h->flags);
}

int recipe_head_read(struct recipe_head *h, const void *data, size_t len, struct err *e)
{
	const uint8_t *p = data;

	if (len < RECIPE_HEAD || memcmp(p, magic, 16) != 0)
		return err_set(e, EINVAL, "the recipe is damaged: it has no head");
	*h = (struct recipe_head){
		.tar_size = get64(p + 16), .size = get64(p + 24), .entries = get64(p + 32),
		.lost = get64(p + 40), .flags = get64(p + 48),
	};
	return 0;
}

/* --- writing ---------------------------------------------------------------- */

void recipe_writer_init(struct recipe_writer *w, struct sink out)
{
	*w = (struct recipe_writer){ .out = out };
	w->buf = w->path = w->file = (struct str)STR_INIT;
}

void recipe_writer_release(struct recipe_writer *w)
{
	str_release(&w->buf);
	str_release(&w->path);
	str_release(&w->file);
}

static void add_byte(struct recipe_writer *w, uint8_t b)
{
	str_add(&w->buf, &b, 1);
}

static void add_number(struct recipe_writer *w, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		add_byte(w, v | 0x80);
	add_byte(w, v);
}

static void add_path(struct recipe_writer *w, const char *path)
{
	size_t same = 0, len = strlen(path);

	while (same < w->path.len && path[same] == w->path.s[same])
		same++;
	add_number(w, same);
	add_number(w, len - same);
	str_add(&w->buf, path + same, len - same);
	str_reset(&w->path);
	str_add(&w->path, path, len);
}

static int flush(struct recipe_writer *w, struct err *e)
{
	int rc = w->out.put(w->out.to, w->buf.s, w->buf.len, e);

	str_reset(&w->buf);
	return rc;
}

/* Write what was waiting to grow. */
static int settle(struct recipe_writer *w, struct err *e)
{
	if (w->zeros) {
		add_byte(w, OP_ZERO);
		add_number(w, w->zeros);
		w->zeros = 0;
	}
	if (w->n) {
		add_byte(w, OP_FILE);
		add_path(w, w->file.s);
		add_number(w, w->at);
		add_number(w, w->n);
		w->n = 0;
	}
	return w->buf.len >= FLUSH ? flush(w, e) : 0;
}

/* Headers resemble headers; pax headers resemble pax headers. */
static int slot_of(const uint8_t *b)
{
	if (memcmp(b + 257, "ustar", 5) != 0)
		return 2;
	return b[156] && strchr("xgLK", b[156]) ? 0 : 1;
}

static void add_block(struct recipe_writer *w, const uint8_t *b)
{
	int slot = slot_of(b);
	const uint8_t *old = w->slot[slot];

	add_byte(w, OP_BLOCK);
	add_byte(w, slot);
	for (size_t at = 0; at < BLOCK; ) {
		size_t from = at, to, same;

		while (from < BLOCK && b[from] == old[from])
			from++;
		for (to = from, same = 0; to + same < BLOCK && same < GAP; ) {
			if (b[to + same] == old[to + same]) {
				same++;
			} else {
				to += same + 1;
				same = 0;
			}
		}
		add_number(w, from - at);
		add_number(w, to - from);
		str_add(&w->buf, b + from, to - from);
		at = to;
	}
	memcpy(w->slot[slot], b, BLOCK);
}

static bool all_zero(const uint8_t *p, size_t n)
{
	return p[0] == 0 && (n == 1 || memcmp(p, p + 1, n - 1) == 0);
}

int recipe_raw(struct recipe_writer *w, const void *bytes, size_t len, struct err *e)
{
	const uint8_t *p = bytes;
	int rc = 0;

	for (size_t n; rc == 0 && len; p += n, len -= n) {
		n = len < BLOCK ? len : BLOCK;
		if (all_zero(p, n)) {
			if (w->n)
				rc = settle(w, e);
			w->zeros += n;
			continue;
		}
		rc = settle(w, e);
		if (n == BLOCK) {
			add_block(w, p);
			continue;
		}
		add_byte(w, OP_LIT);
		add_number(w, n);
		str_add(&w->buf, p, n);
	}
	return rc;
}

int recipe_file(struct recipe_writer *w, const char *path, uint64_t at, size_t len, struct err *e)
{
	int rc;

	if (w->n && at == w->at + w->n && strcmp(path, w->file.s) == 0) {
		w->n += len;
		return 0;
	}
	rc = settle(w, e);
	str_reset(&w->file);
	str_puts(&w->file, path);
	w->at = at;
	w->n = len;
	return rc;
}

int recipe_lost(struct recipe_writer *w, const char *path, uint64_t *number, struct err *e)
{
	int rc = settle(w, e);

	if (w->lost == RECIPE_LOST_MAX)
		return err_set(e, E2BIG, "more than %d entries replace others", RECIPE_LOST_MAX);
	add_byte(w, OP_LOST);
	add_path(w, path);
	*number = w->lost++;
	return rc;
}

int recipe_end(struct recipe_writer *w, struct err *e)
{
	int rc = settle(w, e);

	add_byte(w, OP_END);
	return rc < 0 ? rc : flush(w, e);
}

/* --- reading ---------------------------------------------------------------- */

struct lost {
	char *path;		/* owned by the player */
	uint64_t number;
};

struct player {
	const uint8_t *p, *end;
	char path[RECIPE_PATH_MAX + 1];		/* the last one read */
	size_t path_len;
	uint8_t slot[RECIPE_SLOTS][BLOCK];
	uint64_t number;			/* LOSTs passed */
	struct lost *lost;			/* owned; by path, then number */
	size_t n_lost;
};

static int damaged(struct err *e)
{
	return err_set(e, EINVAL, "the recipe is damaged");
}

static bool get_number(struct player *y, uint64_t *v)
{
	*v = 0;
	for (int shift = 0; shift < 64 && y->p < y->end; shift += 7) {
		uint8_t b = *y->p++;

		*v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return true;
	}
	return false;
}

static const uint8_t *get_bytes(struct player *y, uint64_t n)
{
	const uint8_t *p = y->p;

	if (n > (uint64_t)(y->end - y->p))
		return NULL;
	y->p += n;
	return p;
}

static bool get_path(struct player *y)
{
	const uint8_t *p;
	uint64_t same, n;

	if (!get_number(y, &same) || !get_number(y, &n) || same > y->path_len ||
	    n > RECIPE_PATH_MAX - same)
		return false;
	p = get_bytes(y, n);
	if (!p || memchr(p, 0, n))
		return false;
	memcpy(y->path + same, p, n);
	y->path_len = same + n;
	y->path[y->path_len] = 0;
	return true;
}

static bool get_block(struct player *y, uint8_t **block)
{
	const uint8_t *slot = get_bytes(y, 1), *p;
	uint64_t same, n;

	if (!slot || *slot >= RECIPE_SLOTS)
		return false;
	*block = y->slot[*slot];
	for (size_t at = 0; at < BLOCK; at += same + n) {
		if (!get_number(y, &same) || !get_number(y, &n) || same > BLOCK - at ||
		    n > BLOCK - at - same || same + n == 0)
			return false;
		p = get_bytes(y, n);
		if (!p)
			return false;
		memcpy(*block + at + same, p, n);
	}
	return true;
}

/* Where the file of the last path is now: -1, or a number with *rest below it. */
static int64_t find_lost(const struct player *y, const char **rest)
{
	int64_t best = -1;

	*rest = y->path;
	for (size_t len = y->path_len; y->n_lost && len; ) {
		size_t low = 0, high = y->n_lost;

		/* The first LOST of this prefix that comes later. */
		while (low < high) {
			size_t mid = (low + high) / 2;
			int c = strncmp(y->lost[mid].path, y->path, len);

			if (c == 0)
				c = y->lost[mid].path[len] != 0;
			if (c < 0 || (c == 0 && y->lost[mid].number < y->number))
				low = mid + 1;
			else
				high = mid;
		}
		if (low < y->n_lost && strlen(y->lost[low].path) == len &&
		    memcmp(y->lost[low].path, y->path, len) == 0 &&
		    (best < 0 || y->lost[low].number < (uint64_t)best)) {
			best = y->lost[low].number;
			*rest = y->path + len + (y->path[len] == '/');
		}
		while (len && y->path[--len] != '/')
			;
	}
	return best;
}

static int play_file(struct player *y, const struct recipe_events *ev, struct err *e)
{
	uint64_t at, n;
	const char *rest;
	int64_t number;

	if (!get_path(y) || !get_number(y, &at) || !get_number(y, &n) || at + n < at)
		return damaged(e);
	number = find_lost(y, &rest);
	return ev->file ? ev->file(ev->to, number, rest, at, n, e) : 0;
}

static int play_zeros(struct player *y, const struct recipe_events *ev, struct err *e)
{
	static uint8_t zeros[ZERO_PIECE];	/* not const: in .bss, no bytes of the file */
	uint64_t n, k;
	int rc = 0;

	if (!get_number(y, &n))
		return damaged(e);
	for (; ev->raw && rc == 0 && n; n -= k) {
		k = n < ZERO_PIECE ? n : ZERO_PIECE;
		rc = ev->raw(ev->to, zeros, k, e);
	}
	return rc;
}

static int play_raw(struct player *y, int op, const struct recipe_events *ev, struct err *e)
{
	const uint8_t *bytes;
	uint8_t *block;
	uint64_t n = BLOCK;

	if (op == OP_BLOCK) {
		if (!get_block(y, &block))
			return damaged(e);
		bytes = block;
	} else {
		bytes = get_number(y, &n) ? get_bytes(y, n) : NULL;
		if (!bytes)
			return damaged(e);
	}
	return ev->raw ? ev->raw(ev->to, bytes, n, e) : 0;
}

/* Go through all instructions. With `collect` only LOSTs are looked at, and noted. */
static int play(struct player *y, const struct recipe_events *ev, bool collect, struct err *e)
{
	int rc = 0;

	while (rc == 0) {
		const uint8_t *op = get_bytes(y, 1);

		if (!op)
			return damaged(e);
		switch (*op) {
		case OP_END:
			return y->p == y->end ? 0 : damaged(e);
		case OP_LIT:
		case OP_BLOCK:
			rc = play_raw(y, *op, ev, e);
			break;
		case OP_ZERO:
			rc = play_zeros(y, ev, e);
			break;
		case OP_FILE:
			rc = play_file(y, ev, e);
			break;
		case OP_LOST:
			if (!get_path(y) || !y->path_len ||
			    (collect && y->number >= RECIPE_LOST_MAX))
				return damaged(e);
			if (collect)
				y->lost[y->number] = (struct lost){ strdup(y->path), y->number };
			y->number++;
			break;
		default:
			return damaged(e);
		}
	}
	return rc;
}

static int by_path(const void *a, const void *b)
{
	const struct lost *x = a, *y = b;
	int c = strcmp(x->path, y->path);

	return c ? c : (x->number > y->number) - (x->number < y->number);
}

static void player_init(struct player *y, const void *data, size_t len)
{
	memset(y, 0, sizeof(*y));
	y->p = (const uint8_t *)data + RECIPE_HEAD;
	y->end = (const uint8_t *)data + len;
}

/* First walk: all the LOSTs. */
static int collect_lost(struct player *y, const void *data, size_t len, struct err *e)
{
	static const struct recipe_events none;
	auto_free struct player *first = malloc(sizeof(*first));
	int rc;

	if (!first)
		abort();
	player_init(first, data, len);
	first->lost = calloc(RECIPE_LOST_MAX, sizeof(*first->lost));
	if (!first->lost)
		abort();
	rc = play(first, &none, true, e);
	y->lost = first->lost;
	y->n_lost = first->number;
	qsort(y->lost, y->n_lost, sizeof(*y->lost), by_path);
	return rc;
}

int recipe_play(const void *data, size_t len, const struct recipe_events *ev, struct err *e)
{
	auto_free struct player *y = malloc(sizeof(*y));
	struct recipe_head h;
	int rc = recipe_head_read(&h, data, len, e);

	if (!y)
		abort();
	if (rc < 0)
		return rc;
	player_init(y, data, len);
	if (h.lost)
		rc = collect_lost(y, data, len, e);
	if (rc == 0)
		rc = play(y, ev, false, e);
	for (size_t i = 0; i < y->n_lost; i++)
		free(y->lost[i].path);
	free(y->lost);
	return rc;
}
