// SPDX-License-Identifier: MIT
/* tarmake.h - tars for tests, right or wrong: headers are written as they are asked for. */
#pragma once

#include <stdio.h>

#include "core/base/str.h"
#include "core/fmt/pax.h"

/* What a header says. Zeros are fine: type '\0' is a file, mode 0 is 0. */
struct made {
	const char *name, *link;
	char type;
	unsigned mode, uid, gid, major, minor;
	long long size;		/* -1: the length of data */
	long long mtime;
	const char *prefix, *magic;	/* NULL: none, ustar */
};

static inline void made_octal(char *field, int width, unsigned long long v)
{
	field[width - 1] = 0;
	for (int i = width - 2; i >= 0; i--, v >>= 3)
		field[i] = '0' + (v & 7);
}

static inline void made_sum(char *block)
{
	unsigned sum = 8 * ' ';

	memset(block + 148, 0, 8);
	for (int i = 0; i < 512; i++)
		sum += (unsigned char)block[i];
	made_octal(block + 148, 7, sum);
	block[155] = ' ';
}

static inline void made_pad(struct str *tar)
{
	static const char zeros[512];

	str_add(tar, zeros, -tar->len & 511);
}

/* Append one header; texts that are too long for their field are cut. */
static inline void made_header(struct str *tar, const struct made *m, size_t data_len)
{
	char b[512] = { 0 };

	strncpy(b, m->name ? m->name : "", 100);
	made_octal(b + 100, 8, m->mode);
	made_octal(b + 108, 8, m->uid);
	made_octal(b + 116, 8, m->gid);
	made_octal(b + 124, 12, m->size < 0 ? data_len : (unsigned long long)m->size);
	made_octal(b + 136, 12, m->mtime);
	b[156] = m->type;
	strncpy(b + 157, m->link ? m->link : "", 100);
	memcpy(b + 257, m->magic ? m->magic : "ustar\0" "00", 8);
	made_octal(b + 329, 8, m->major);
	made_octal(b + 337, 8, m->minor);
	strncpy(b + 345, m->prefix ? m->prefix : "", 155);
	made_sum(b);
	str_add(tar, b, sizeof(b));
}

/* Append a pax header with a body that pax_add wrote. */
static inline void made_pax(struct str *tar, const struct str *body)
{
	made_header(tar, &(struct made){ .name = "pax", .type = 'x', .size = body->len }, 0);
	str_add(tar, body->s, body->len);
	made_pad(tar);
}

/* A GNU long name ('L') or link ('K'). */
static inline void made_long(struct str *tar, char type, const char *text)
{
	made_header(tar, &(struct made){ .name = "././@LongLink", .type = type,
					 .size = strlen(text) + 1, .magic = "ustar  " }, 0);
	str_add(tar, text, strlen(text) + 1);
	made_pad(tar);
}

/* Append an entry whose name and link may be of any length. */
static inline void made_entry(struct str *tar, const struct made *m, const char *data)
{
	size_t len = data ? strlen(data) : 0;
	struct made h = *m;

	if (m->name && strlen(m->name) > 100)
		made_long(tar, 'L', m->name);
	if (m->link && strlen(m->link) > 100)
		made_long(tar, 'K', m->link);
	if (!h.size)
		h.size = -1;
	made_header(tar, &h, len);
	str_add(tar, data ? data : "", len);
	made_pad(tar);
}

static inline void made_file(struct str *tar, const char *name, const char *data)
{
	made_entry(tar, &(struct made){ .name = name, .type = '0', .mode = 0644 }, data);
}

static inline void made_dir(struct str *tar, const char *name)
{
	made_entry(tar, &(struct made){ .name = name, .type = '5', .mode = 0755 }, NULL);
}

static inline void made_link(struct str *tar, char type, const char *name, const char *to)
{
	made_entry(tar, &(struct made){ .name = name, .type = type, .mode = 0777, .link = to }, NULL);
}

static inline void made_end(struct str *tar)
{
	static const char zeros[1024];

	str_add(tar, zeros, sizeof(zeros));
}
