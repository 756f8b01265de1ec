// SPDX-License-Identifier: MIT
#include "core/fmt/dnsmsg.h"

#include <stdio.h>
#include <strings.h>

enum {
	HEADER = 12,	/* id, flags, four counts: 2 bytes each */
	FIXED = 10,	/* of a record after its name: type, class, TTL (4), length of its data */
	OPT_BYTES = 11,	/* the root's name and FIXED */
	QUESTION = 12,	/* where the first question's name is */
};

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static int bad(struct err *e, const char *what)
{
	return err_set(e, EBADMSG, "DNS message: %s", what);
}

/* Write one byte of a label as text. Returns where the next goes. */
static char *put_char(char *to, uint8_t c)
{
	if (c == '.' || c == '\\')
		*to++ = '\\';
	if (c > ' ' && c < 0x7f) {
		*to++ = (char)c;
		return to;
	}
	*to++ = '\\';
	*to++ = (char)('0' + c / 100);
	*to++ = (char)('0' + c / 10 % 10);
	*to++ = (char)('0' + c % 10);
	return to;
}

int dnsmsg_name(const void *data, size_t len, size_t at, char text[static DNS_TEXT], struct err *e)
{
	const uint8_t *d = data;
	size_t lowest = at, end = len, bytes = 1, after = 0;
	char *to = text;

	*text = 0;
	for (;;) {
		size_t n = at < end ? d[at] : 0;

		if (at >= end || (n & 0xc0 && at + 1 >= end))
			return bad(e, "a name goes past the end");
		if ((n & 0xc0) == 0xc0) {
			after = after ? after : at + 2;
			at = get16(d + at) & 0x3fff;
			if (at >= lowest || at < HEADER)
				return bad(e, "a name's pointer does not go back");
			end = lowest; /* what it points to is over before what points to it */
			lowest = at;
			continue;
		}
		if (n > DNS_LABEL)
			return bad(e, "a label of an unknown kind");
		if (n == 0)
			break;
		bytes += n + 1;
		if (bytes > DNS_NAME)
			return bad(e, "a name is longer than 255 bytes");
		if (end - at <= n)
			return bad(e, "a name goes past the end");
		if (to > text)
			*to++ = '.';
		for (size_t i = 1; i <= n; i++)
			to = put_char(to, d[at + i]);
		*to = 0;
		at += n + 1;
	}
	return (int)(after ? after : at + 1);
}

static int question(struct dnsmsg *m, size_t *at, bool first, struct err *e)
{
	char other[DNS_TEXT];
	int after = dnsmsg_name(m->data, m->len, *at, first ? m->name : other, e);

	if (after < 0)
		return after;
	if (m->len - (size_t)after < 4)
		return bad(e, "a question goes past the end");
	*at = (size_t)after + 4;
	if (!first)
		return 0;
	m->type = get16(m->data + after);
	m->class = get16(m->data + after + 2);
	m->question_end = *at;
	return 0;
}

/* One record at *at. */
static int record(const struct dnsmsg *m, size_t *at, struct dnsrec *r, struct err *e)
{
	int after = dnsmsg_name(m->data, m->len, *at, r->name, e);
	const uint8_t *p = m->data + after;

	if (after < 0)
		return after;
	if (m->len - (size_t)after < FIXED || m->len - (size_t)after - FIXED < get16(p + 8))
		return bad(e, "a record goes past the end");
	r->type = get16(p);
	r->class = get16(p + 2);
	r->ttl = (uint32_t)get16(p + 4) << 16 | get16(p + 6);
	r->len = get16(p + 8);
	r->data = p + FIXED;
	*at = (size_t)after + FIXED + r->len;
	return 0;
}

static int note_opt(struct dnsmsg *m, const struct dnsrec *r, struct err *e)
{
	if (m->edns || *r->name)
		return bad(e, "an OPT record too many, or not the root's");
	m->edns = true;
	m->udp_size = r->class > DNS_UDP ? r->class : DNS_UDP;
	m->udp_size_at = (size_t)(r->data - m->data) - FIXED + 2;
	m->edns_version = (uint8_t)(r->ttl >> 16);
	m->dnssec_ok = r->ttl & 0x8000;
	return 0;
}

static int sections(struct dnsmsg *m, struct err *e)
{
	size_t at = HEADER, n = (size_t)m->answers + m->authorities;
	struct dnsrec r;
	int rc = 0;

	for (int i = 0; rc == 0 && i < m->questions; i++)
		rc = question(m, &at, i == 0, e);
	for (size_t i = 0; rc == 0 && i < n + m->additionals; i++) {
		rc = record(m, &at, &r, e);
		if (rc == 0 && i >= n && r.type == DNS_OPT)
			rc = note_opt(m, &r, e);
	}
	if (rc == 0)
		m->len = at;
	return rc;
}

/* Nothing is known but the header's first words. */
static void forget(struct dnsmsg *m)
{
	m->questions = m->answers = m->authorities = m->additionals = 0;
	m->type = m->class = 0;
	m->question_end = HEADER;
	m->name[0] = 0;
	m->edns = m->dnssec_ok = false;
	m->edns_version = 0;
	m->udp_size = DNS_UDP;
	m->udp_size_at = 0;
}

int dnsmsg_parse(const void *data, size_t len, struct dnsmsg *m, struct err *e)
{
	int rc;

	m->data = data;
	m->len = len;
	m->id = m->flags = 0;
	forget(m);
	if (len < HEADER)
		return bad(e, "shorter than its header");
	if (len > DNS_MAX)
		return bad(e, "longer than 65535 bytes");
	m->id = get16(m->data);
	m->flags = get16(m->data + 2);
	m->questions = get16(m->data + 4);
	m->answers = get16(m->data + 6);
	m->authorities = get16(m->data + 8);
	m->additionals = get16(m->data + 10);
	rc = sections(m, e);
	if (rc == 0)
		return 0;
	forget(m);
	return rc;
}

int dnsmsg_next(const struct dnsmsg *m, size_t *at, struct dnsrec *r)
{
	size_t from = HEADER, n = 0;
	char name[DNS_TEXT];

	/* Which record this is, is counted: what is before it has been checked. */
	for (int i = 0; i < m->questions; i++)
		from = (size_t)dnsmsg_name(m->data, m->len, from, name, NULL) + 4;
	if (*at < from)
		*at = from;
	while (from < *at && record(m, &from, r, NULL) == 0)
		n++;
	if (n >= (size_t)m->answers + m->authorities + m->additionals ||
	    record(m, at, r, NULL) < 0)
		return 0;
	r->section = n < m->answers ? 1 : n - m->answers < m->authorities ? 2 : 3;
	return 1;
}

bool dnsmsg_same_question(const struct dnsmsg *a, const struct dnsmsg *b)
{
	return a->questions == 1 && b->questions == 1 && a->type == b->type &&
	       a->class == b->class && strcasecmp(a->name, b->name) == 0;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

bool dnsmsg_is_hostname(const char *name)
{
	size_t label = 0, n = 0;

	for (; name[n]; n++) {
		if (name[n] == '.' ? label == 0 : !is_letter(name[n]))
			return false;
		label = name[n] == '.' ? 0 : label + 1;
		if (label > DNS_LABEL)
			return false;
	}
	return label > 0 && n <= DNS_NAME - 2;
}

/* Four numbers in front of in-addr.arpa. */
static int reverse4(const char *s, uint8_t addr[static 16])
{
	for (int i = 3; i >= 0; i--) {
		unsigned v = 0;
		int digits = 0;

		for (; *s >= '0' && *s <= '9' && digits < 3; s++, digits++)
			v = v * 10 + (unsigned)(*s - '0');
		if (digits == 0 || v > 255 || (digits > 1 && s[-digits] == '0') || *s++ != '.')
			return 0;
		addr[i] = (uint8_t)v;
	}
	return strcasecmp(s, "in-addr.arpa") == 0 ? 4 : 0;
}

static int nibble(char c)
{
	return c >= '0' && c <= '9'   ? c - '0' :
	       c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	       c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int dnsmsg_reverse(const char *name, uint8_t addr[static 16])
{
	size_t len = strlen(name);

	if (len > 12 && strcasecmp(name + len - 12, "in-addr.arpa") == 0)
		return reverse4(name, addr);
	if (len != 64 + 8 || strcasecmp(name + 64, "ip6.arpa") != 0)
		return 0;
	for (int i = 0; i < 16; i++) {
		const char *s = name + 4 * (15 - i);
		int low = nibble(s[0]), high = nibble(s[2]);

		if (low < 0 || high < 0 || s[1] != '.' || s[3] != '.')
			return 0;
		addr[i] = (uint8_t)(high << 4 | low);
	}
	return 6;
}

const char *dnsmsg_reverse_name(int family, const uint8_t *addr, char text[static DNS_REVERSE])
{
	char *to = text;

	if (family == 4) {
		snprintf(text, DNS_REVERSE, "%u.%u.%u.%u.in-addr.arpa", addr[3], addr[2], addr[1],
			 addr[0]);
		return text;
	}
	for (int i = 15; i >= 0; i--)
		to += sprintf(to, "%x.%x.", addr[i] & 15, addr[i] >> 4);
	strcpy(to, "ip6.arpa");
	return text;
}

/* The next byte of a name's text, unescaped; *dot: it is a dot between labels. -1 at the
 * end, -2 when it is not text of a name. */
static int next_char(const char **s, bool *dot)
{
	const char *p = *s;

	*dot = *p == '.';
	if (!*p)
		return -1;
	*s = p + 1;
	if (*p != '\\')
		return (uint8_t)*p;
	if (p[1] < '0' || p[1] > '9') {
		*s = p + 2;
		return p[1] ? (uint8_t)p[1] : -2;
	}
	for (int i = 2; i <= 3; i++)
		if (p[i] < '0' || p[i] > '9')
			return -2;
	*s = p + 4;
	return (p[1] - '0') * 100 + (p[2] - '0') * 10 + p[3] - '0';
}

/* Write a name at buf, which has room for DNS_NAME bytes. Bytes written, or 0. */
static size_t put_name(uint8_t *buf, const char *text)
{
	size_t label = 0, len = 1;	/* where this label's length is; end of what is written */
	bool dot;
	int c;

	while ((c = next_char(&text, &dot)) >= 0) {
		if (c > 255 || (dot && len == label + 1))
			return 0;
		if (dot) {
			if (!*text)	/* a final dot says nothing */
				break;
			buf[label] = (uint8_t)(len - label - 1);
			label = len++;
		} else {
			buf[len++] = (uint8_t)c;
		}
		if (len - label - 1 > DNS_LABEL || len >= DNS_NAME)
			return 0;
	}
	if (c == -2 || (c == -1 && label && len == label + 1))
		return 0;
	buf[label] = (uint8_t)(len - label - 1);
	if (len > 1)
		buf[len++] = 0;
	return len;
}

static void count_one(struct dnsout *o, size_t at)
{
	put16(o->buf + at, (uint16_t)(get16(o->buf + at) + 1));
}

static void begin(struct dnsout *o, void *buf, size_t size, uint16_t id, uint16_t flags)
{
	*o = (struct dnsout){ .buf = buf, .size = size, .len = HEADER, .owner = QUESTION };
	memset(buf, 0, HEADER);
	put16(o->buf, id);
	put16(o->buf + 2, flags);
}

void dnsout_answer(struct dnsout *o, void *buf, size_t size, const struct dnsmsg *query,
		   uint16_t flags)
{
	size_t n = query->question_end - HEADER;

	begin(o, buf, size, query->id,
	      DNS_QR | flags | (query->flags & (DNS_OPCODE | DNS_RD | DNS_CD)));
	o->edns = query->edns;
	if (!n)
		return;
	memcpy(o->buf + HEADER, query->data + HEADER, n);
	o->len += n;
	put16(o->buf + 4, 1);
}

int dnsout_query(struct dnsout *o, void *buf, size_t size, uint16_t id, uint16_t flags,
		 const char *name, uint16_t type, bool edns, struct err *e)
{
	size_t n;

	begin(o, buf, size, id, flags);
	n = put_name(o->buf + HEADER, name);
	if (!n)
		return err_set(e, EINVAL, "'%.100s' is no DNS name", name);
	o->len += n + 4;
	put16(o->buf + o->len - 4, type);
	put16(o->buf + o->len - 2, DNS_IN);
	put16(o->buf + 4, 1);
	o->edns = edns;
	return 0;
}

/* A record of `len` bytes of data begins: its frame. Where the data goes, NULL when it is full. */
static uint8_t *put_record(struct dnsout *o, uint16_t type, size_t len, uint32_t ttl)
{
	uint8_t *p = o->buf + o->len;
	size_t bytes = 2 + FIXED + len;

	if (o->cut || o->len == HEADER || o->size - o->len < bytes + (o->edns ? OPT_BYTES : 0)) {
		o->cut = true;
		return NULL;
	}
	put16(p, (uint16_t)(0xc000 | o->owner));
	put16(p + 2, type);
	put16(p + 4, DNS_IN);
	put16(p + 6, (uint16_t)(ttl >> 16));
	put16(p + 8, (uint16_t)ttl);
	put16(p + 10, (uint16_t)len);
	o->len += bytes;
	count_one(o, 6);
	return p + 2 + FIXED;
}

void dnsout_ip(struct dnsout *o, int family, const uint8_t *addr, uint32_t ttl)
{
	size_t len = family == 4 ? 4 : 16;
	uint8_t *to = put_record(o, family == 4 ? DNS_A : DNS_AAAA, len, ttl);

	if (to)
		memcpy(to, addr, len);
}

int dnsout_ptr(struct dnsout *o, const char *name, uint32_t ttl, struct err *e)
{
	uint8_t wire[DNS_NAME], *to;
	size_t len = put_name(wire, name);

	if (!len)
		return err_set(e, EINVAL, "'%.100s' is no DNS name", name);
	to = put_record(o, DNS_PTR, len, ttl);
	if (to)
		memcpy(to, wire, len);
	return 0;
}

static size_t put_opt(uint8_t *p, uint16_t udp_size, uint8_t rcode_high)
{
	memset(p, 0, OPT_BYTES);
	put16(p + 1, DNS_OPT);
	put16(p + 3, udp_size);
	p[5] = rcode_high;
	return OPT_BYTES;
}

size_t dnsout_end(struct dnsout *o, uint16_t udp_size)
{
	if (o->cut)
		o->buf[2] |= DNS_TC >> 8;
	if (o->edns) {
		o->len += put_opt(o->buf + o->len, udp_size, o->rcode_high);
		count_one(o, 10);
	}
	return o->len;
}

size_t dnsmsg_cut(uint8_t *buf, const struct dnsmsg *m)
{
	size_t len = m->question_end;

	buf[2] |= DNS_TC >> 8;
	put16(buf + 4, len > HEADER);
	memset(buf + 6, 0, 6);
	if (m->edns) {
		len += put_opt(buf + len, m->udp_size, 0);
		put16(buf + 10, 1);
	}
	return len;
}
