// SPDX-License-Identifier: MIT
#include "core/fmt/hostport.h"

#include <arpa/inet.h>

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
