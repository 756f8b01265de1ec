// SPDX-License-Identifier: MIT
#include "core/fmt/sparse.h"

#include "core/fmt/pax.h"
#include "core/fmt/tar.h"

void sparse_reset(struct sparse_map *m)
{
	m->n = 0;
	m->counted = false;
	m->wanted = 0;
	m->number = -1;
}

void sparse_release(struct sparse_map *m)
{
	free(m->seg);
	*m = (struct sparse_map){ .number = -1 };
}

int sparse_add(struct sparse_map *m, int64_t at, int64_t len)
{
	if (at < 0 || len < 0)
		return -EINVAL;
	if (m->n == TAR_SPARSE_MAX)
		return -E2BIG;
	if (m->n == m->cap) {
		m->cap = m->cap ? 2 * m->cap : 16;
		m->seg = realloc(m->seg, m->cap * sizeof(*m->seg));
		if (!m->seg)
			abort();
	}
	m->seg[m->n++] = (struct sparse_seg){ at, len };
	return 0;
}

int sparse_list(struct sparse_map *m, const char *text, size_t len)
{
	const char *end = text + len;
	int64_t pair[2];
	int have = 0, rc = 0;

	while (rc == 0 && text < end) {
		const char *comma = memchr(text, ',', end - text);
		size_t n = (comma ? comma : end) - text;

		if (!pax_decimal(text, n, &pair[have++]))
			return -EINVAL;
		text += n + 1;
		if (have < 2)
			continue;
		rc = sparse_add(m, pair[0], pair[1]);
		have = 0;
	}
	return rc < 0 ? rc : have ? -EINVAL : 0;
}

int sparse_fields(struct sparse_map *m, const uint8_t *pairs, int count)
{
	for (; count; count--, pairs += 24) {
		int64_t at, len;
		int rc;

		if (!pairs[0])
			break;
		if (!pax_field(pairs, 12, &at) || !pax_field(pairs + 12, 12, &len))
			return -EINVAL;
		rc = sparse_add(m, at, len);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* One number of a 1.0 map is complete: the count, a place, or a length. */
static int text_number(struct sparse_map *m)
{
	int64_t v = m->number;

	m->number = -1;
	if (v < 0)
		return -EINVAL;
	if (!m->counted) {
		if (v > TAR_SPARSE_MAX)
			return -E2BIG;
		m->counted = true;
		m->wanted = 2 * (uint64_t)v;
		return 0;
	}
	if (m->wanted-- % 2 == 0)
		return sparse_add(m, v, 0);
	m->seg[m->n - 1].len = v;
	return 0;
}

int sparse_text_block(struct sparse_map *m, const uint8_t *block, size_t len)
{
	for (size_t i = 0; i < len && !(m->counted && !m->wanted); i++) {
		int rc;

		if (block[i] == '\n') {
			rc = text_number(m);
			if (rc < 0)
				return rc;
			continue;
		}
		if (block[i] < '0' || block[i] > '9' || m->number >= INT64_MAX / 10)
			return -EINVAL;
		m->number = (m->number < 0 ? 0 : m->number * 10) + (block[i] - '0');
	}
	return !(m->counted && !m->wanted);
}

bool sparse_valid(const struct sparse_map *m, uint64_t size, uint64_t stored)
{
	uint64_t end = 0, sum = 0;

	for (size_t i = 0; i < m->n; i++) {
		const struct sparse_seg *s = &m->seg[i];

		if (s->at < end || s->at > size || s->len > size - s->at)
			return false;
		end = s->at + s->len;
		sum += s->len;	/* no more than size: it cannot wrap */
	}
	return sum == stored;
}
