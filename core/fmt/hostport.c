// SPDX-License-Identifier: MIT
#include "core/fmt/hostport.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "core/base/num.h"
#include "core/base/str.h"

struct range {
	uint64_t first, last;
};

bool hostport_is_ip(const char *text)
{
	unsigned char b[16];

	return inet_pton(AF_INET, text, b) == 1 || inet_pton(AF_INET6, text, b) == 1;
}

/* "80" or "80-90". */
static int range_parse(const char *text, struct range *r, struct arena *mem, struct err *e)
{
	const char *dash = strchr(text, '-');
	int rc;

	if (!*text)
		return err_set(e, EINVAL, "Empty string specified for ports");
	if (!dash) {
		rc = num_uint(text, UINT16_MAX, &r->first, e);
		r->last = r->first;
		return rc;
	}
	rc = num_uint(strv_dup(text, dash - text, mem), UINT16_MAX, &r->first, e);
	if (rc == 0)
		rc = num_uint(dash + 1, UINT16_MAX, &r->last, e);
	if (rc == 0 && r->last < r->first)
		rc = err_set(e, EINVAL, "Invalid range specified for the Port: %s", text);
	return rc;
}

/* How many entries before a range are looked through for its ports: a list that holds one
 * twice does no harm, time that grows with its square does. */
enum { SAME_MAX = 256 };

/* Add what is not among the first `before` entries. */
static void add(struct strv *l, size_t before, struct arena *mem, const char *fmt, ...)
	PRINTF(4, 5);

static void add(struct strv *l, size_t before, struct arena *mem, const char *fmt, ...)
{
	auto_str struct str b = STR_INIT;
	const struct strv known = { l->v, before < SAME_MAX ? before : SAME_MAX };
	va_list ap;

	va_start(ap, fmt);
	str_addv(&b, fmt, ap);
	va_end(ap);
	if (!strv_has(&known, b.s))
		strv_add(l, strv_dup(b.s, b.len, mem), mem);
}

/* The part after "/" in lower case, "tcp" when there is none; *text loses it. */
static const char *take_proto(const char **text, struct arena *mem)
{
	size_t n = strcspn(*text, "/");
	const char *proto = (*text)[n] ? *text + n + 1 : "tcp";
	char *out = strv_dup(proto, strcspn(proto, "/"), mem);

	*text = strv_dup(*text, n, mem);
	for (char *p = out; *p; p++)
		*p |= *p >= 'A' && *p <= 'Z' ? 32 : 0;
	return *out ? out : "tcp";
}

/* Cut "IP:HOST:PORT" from the right: an address may hold colons in brackets. */
static void cut(const char *text, const char **ip, const char **host, const char **port,
		struct arena *mem)
{
	const char *last = strrchr(text, ':'), *before = last;

	*ip = *host = "";
	*port = last ? last + 1 : text;
	if (!last)
		return;
	while (before > text && before[-1] != ':')
		before--;
	*host = strv_dup(before, last - before, mem);
	if (before > text)
		*ip = strv_dup(text, before - text - 1, mem);
}

static int check_ip(const char **ip, struct arena *mem, struct err *e)
{
	size_t n = strlen(*ip);

	if (n > 2 && **ip == '[' && (*ip)[n - 1] == ']')
		*ip = strv_dup(*ip + 1, n - 2, mem);
	else if (strchr(*ip, ':'))
		return err_set(e, EINVAL, "Invalid ip address %s: address %s:: too many colons in "
			       "address", *ip, *ip);
	if (n && !hostport_is_ip(*ip))
		return err_set(e, EINVAL, "Invalid ip address: %s", *ip);
	return 0;
}

int hostport_publish(const char *text, struct strv *ports, struct strv *exposed, struct arena *mem,
		     struct err *e)
{
	const char *whole = text, *proto = take_proto(&text, mem), *ip, *host, *port;
	size_t had = exposed->n, ports_had = ports->n;
	struct range in, out = { 0, 0 };
	int rc;

	cut(text, &ip, &host, &port, mem);
	if (!*port)
		return err_set(e, EINVAL, "No port specified: %s<empty>", whole);
	rc = check_ip(&ip, mem, e);
	if (rc < 0)
		return rc;
	if (range_parse(port, &in, mem, NULL) < 0)
		return err_set(e, EINVAL, "Invalid containerPort: %s", port);
	if (*host && range_parse(host, &out, mem, NULL) < 0)
		return err_set(e, EINVAL, "Invalid hostPort: %s", host);
	if (*host && in.last - in.first != out.last - out.first && in.last != in.first)
		return err_set(e, EINVAL,
			       "Invalid ranges specified for container and host Ports: %s "
			       "and %s",
			       port, host);
	if (strcmp(proto, "tcp") != 0 && strcmp(proto, "udp") != 0 && strcmp(proto, "sctp") != 0)
		return err_set(e, EINVAL, "Invalid proto: %s", proto);
	for (uint64_t i = 0; i <= in.last - in.first; i++) {
		unsigned p = (unsigned)(in.first + i);

		add(exposed, had, mem, "%u/%s", p, proto);
		if (!*host)
			add(ports, ports_had, mem, "%s::%u/%s", ip, p, proto);
		else if (in.last == in.first && out.last != out.first)
			add(ports, ports_had, mem, "%s:%s:%u/%s", ip, host, p, proto);
		else
			add(ports, ports_had, mem, "%s:%u:%u/%s", ip, (unsigned)(out.first + i), p,
			    proto);
	}
	return 0;
}

int hostport_expose(const char *text, struct strv *exposed, struct arena *mem, struct err *e)
{
	const char *whole = text, *proto;
	size_t had = exposed->n;
	struct err why = { 0 };
	struct range r;

	if (strchr(text, ':'))
		return err_set(e, EINVAL, "invalid port format for --expose: %s", text);
	proto = take_proto(&text, mem);
	if (range_parse(text, &r, mem, &why) < 0)
		return err_set(e, EINVAL, "invalid range format for --expose: %s, error: %s", whole,
			       why.msg);
	for (; r.first <= r.last; r.first++)
		add(exposed, had, mem, "%u/%s", (unsigned)r.first, proto);
	return 0;
}

/* --- as it was recorded ---------------------------------------------------------------- */

static const struct {
	const char *name;
	uint8_t proto;
} protos[] = { { "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP }, { "sctp", IPPROTO_SCTP } };

const char *hostport_proto(uint8_t proto)
{
	for (size_t i = 0; i < countof(protos); i++) {
		if (protos[i].proto == proto)
			return protos[i].name;
	}
	return "?";
}

static uint8_t proto_of(const char *name)
{
	for (size_t i = 0; i < countof(protos); i++) {
		if (strcmp(protos[i].name, name) == 0)
			return protos[i].proto;
	}
	return 0;
}

int hostport_read(const char *text, struct hostport *out, struct err *e)
{
	auto_arena struct arena mem = { 0 };
	struct range in, host = { 0, 0 };
	const char *at = text, *proto = take_proto(&at, &mem), *ip, *hosts, *port;
	int rc;

	cut(at, &ip, &hosts, &port, &mem);
	rc = range_parse(port, &in, &mem, e);
	if (rc >= 0 && *hosts)
		rc = range_parse(hosts, &host, &mem, e);
	if (rc < 0)
		return err_wrap(e, "port %s", text);
	*out = (struct hostport){ .first = (uint16_t)host.first,
				  .last = (uint16_t)host.last,
				  .port = (uint16_t)in.first,
				  .proto = proto_of(proto) };
	if (!out->proto || in.first != in.last)
		return err_set(e, EINVAL, "port %s: not IP:HOST:PORT/PROTO", text);
	return *ip ? ip_parse(ip, &out->host, e) : 0;
}

/* --- the column of ps -------------------------------------------------------------------- */

/* Ports in a row, each published on the port of the same number, or all only exposed. */
struct row {
	char ip[IP_TEXT_MAX];
	uint8_t proto;
	uint16_t first, last;
};

static int shown_cmp(const void *a, const void *b)
{
	const struct hostport *x = a, *y = b;
	char s[IP_TEXT_MAX], t[IP_TEXT_MAX];
	int d = x->port - y->port;

	if (!d)
		d = strcmp(ip_print(&x->host, s), ip_print(&y->host, t));
	if (!d)
		d = x->first - y->first;
	return d ? d : strcmp(hostport_proto(x->proto), hostport_proto(y->proto));
}

static void show_row(struct str *out, const struct row *r)
{
	auto_str struct str span = STR_INIT;

	str_addf(&span, "%u", r->first);
	if (r->last != r->first)
		str_addf(&span, "-%u", r->last);
	str_puts(out, out->len ? ", " : "");
	if (*r->ip)
		str_addf(out, "%s:%s->", r->ip, span.s);
	str_addf(out, "%s/%s", span.s, hostport_proto(r->proto));
}

/* Into the open row of its address and protocol, or a new one; the row it ends is told. */
static void row_add(struct str *out, struct row *rows, size_t *rows_n, const struct hostport *p)
{
	struct row now = { .proto = p->proto, .first = p->port, .last = p->port }, *r = rows;

	ip_print(&p->host, now.ip);
	while (r < rows + *rows_n && (r->proto != now.proto || strcmp(r->ip, now.ip) != 0))
		r++;
	if (r < rows + *rows_n && now.first == r->last + 1) {
		r->last = now.first;
		return;
	}
	if (r < rows + *rows_n)
		show_row(out, r);
	else
		++*rows_n;
	*r = now;
}

/* Docker's order: rows that another one of their kind ended, the last row of each kind, and then
 * what is published on a port of another number. */
void hostport_column(struct str *out, const struct strv *ports, const struct strv *exposed)
{
	auto_arena struct arena mem = { 0 };
	struct hostport *v = arena_get(&mem, (ports->n + exposed->n + 1) * sizeof(*v));
	struct row *rows = arena_get(&mem, (ports->n + exposed->n + 1) * sizeof(*rows));
	size_t n = 0, rows_n = 0, bound;

	for (size_t i = 0; i < ports->n; i++)
		n += hostport_read(ports->v[i], &v[n], NULL) == 0;
	bound = n;
	for (size_t i = 0; i < exposed->n; i++) {
		size_t k = 0;

		if (hostport_read(exposed->v[i], &v[n], NULL) < 0)
			continue;
		while (k < bound && (v[k].port != v[n].port || v[k].proto != v[n].proto))
			k++;
		n += k == bound;
	}
	qsort(v, n, sizeof(*v), shown_cmp);
	for (size_t i = 0; i < n; i++) {
		if (!v[i].first || v[i].first == v[i].port)
			row_add(out, rows, &rows_n, &v[i]);
	}
	for (size_t i = 0; i < rows_n; i++)
		show_row(out, &rows[i]);
	for (size_t i = 0; i < n; i++) {
		char ip[IP_TEXT_MAX];

		if (v[i].first && v[i].first != v[i].port)
			str_addf(out, "%s%s:%u->%u/%s", out->len ? ", " : "",
				 ip_print(&v[i].host, ip), v[i].first, v[i].port,
				 hostport_proto(v[i].proto));
	}
}
