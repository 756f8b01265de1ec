// SPDX-License-Identifier: MIT
#include "core/fmt/resolvconf.h"

#include "core/fmt/ipnet.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* The next word of a line. *s goes past it. NULL at the end. */
static const char *word(const char **s, const char *end, size_t *len)
{
	const char *from;

	while (*s < end && is_blank(**s))
		++*s;
	from = *s;
	while (*s < end && !is_blank(**s))
		++*s;
	*len = (size_t)(*s - from);
	return *len ? from : NULL;
}

static bool is(const char *s, size_t len, const char *text)
{
	return len == strlen(text) && memcmp(s, text, len) == 0;
}

/* An address, without its zone. */
static int address(const char *text, size_t len, struct ip *ip)
{
	char addr[IP_TEXT_MAX];
	const char *zone = memchr(text, '%', len);

	len = zone ? (size_t)(zone - text) : len;
	if (len >= sizeof(addr))
		return -EINVAL;
	memcpy(addr, text, len);
	addr[len] = 0;
	return ip_parse(addr, ip, NULL);
}

/* The words of a line from s on. */
static struct strv words(const char *s, const char *end, struct arena *mem)
{
	struct strv l = { 0 };
	const char *w;
	size_t len;

	while ((w = word(&s, end, &len)))
		strv_add(&l, strv_dup(w, len, mem), mem);
	return l;
}

/* Where does the line end, comments left out? *next: the line after it. */
static const char *line_end(const char *s, const char *end, const char **next)
{
	const char *nl = memchr(s, '\n', (size_t)(end - s));

	end = nl ? nl : end;
	*next = nl ? nl + 1 : end;
	for (const char *p = s; p < end; p++)
		if (*p == '#' || *p == ';')
			return p;
	return end;
}

void resolvconf_parse(const char *text, size_t len, struct resolvconf *out, struct arena *mem)
{
	const char *end = text + len, *next, *s;
	struct strv l;
	struct ip ip;
	size_t n;

	*out = (struct resolvconf){ 0 };
	for (s = text; s < end; s = next) {
		const char *stop = line_end(s, end, &next), *key = word(&s, stop, &n);

		if (!key)
			continue;
		l = words(s, stop, mem);
		if (is(key, n, "nameserver") && l.n == 1 &&
		    address(l.v[0], strlen(l.v[0]), &ip) == 0)
			strv_add(&out->nameservers, l.v[0], mem);
		else if (is(key, n, "search") || (is(key, n, "domain") && l.n))
			out->search = l;
		else if (is(key, n, "options"))
			out->options = l;
	}
}

bool resolvconf_is_stub(const struct resolvconf *r)
{
	return r->nameservers.n == 1 && strcmp(r->nameservers.v[0], "127.0.0.53") == 0;
}

/* Is this line a nameserver's that a container with networks of its own cannot use? *any: it is
 * one it can use. */
static bool is_dropped(const char *s, const char *stop, bool ipv6, bool *any)
{
	size_t n, len;
	const char *key = word(&s, stop, &n), *addr = key ? word(&s, stop, &len) : NULL;
	struct ip ip;

	if (!addr || !is(key, n, "nameserver") || address(addr, len, &ip) < 0)
		return false;
	if (ip_is_loopback(&ip) || (ip.family == 6 && !ipv6))
		return true;
	*any = true;
	return false;
}

/* The host's file without what cannot be used. */
static void filter(const char *s, size_t len, bool ipv6, struct str *out)
{
	const char *end = s + len, *next;
	bool any = false;

	for (; s < end; s = next) {
		const char *stop = line_end(s, end, &next);

		if (!is_dropped(s, stop, ipv6, &any))
			str_add(out, s, (size_t)(next - s));
	}
	if (any)
		return;
	if (out->len && out->s[out->len - 1] != '\n')
		str_puts(out, "\n");
	str_puts(out, "nameserver 8.8.8.8\nnameserver 8.8.4.4\n");
	if (ipv6)
		str_puts(out, "nameserver 2001:4860:4860::8888\n"
			      "nameserver 2001:4860:4860::8844\n");
}

/* One line of words; empty ones, and the "." that means none, are left out. */
static void put_line(struct str *out, const char *key, const struct strv *l, const char *more)
{
	size_t from = out->len;

	for (size_t i = 0; i < l->n; i++)
		if (*l->v[i] && strcmp(l->v[i], ".") != 0)
			str_addf(out, "%s %s", out->len == from ? key : "", l->v[i]);
	if (*more)
		str_addf(out, "%s %s", out->len == from ? key : "", more);
	if (out->len > from)
		str_puts(out, "\n");
}

static int check(const struct strv *l, const char *flag, struct err *e)
{
	for (size_t i = 0; i < l->n; i++)
		for (const char *s = l->v[i]; *s; s++)
			if ((unsigned char)*s < ' ' || *s == 0x7f)
				return err_set(e, EINVAL, "a control byte in %s", flag);
	return 0;
}

static bool has_ndots(const struct strv *options)
{
	for (size_t i = 0; i < options->n; i++)
		if (strncmp(options->v[i], "ndots:", 6) == 0)
			return true;
	return false;
}

/* What was asked, else what the host has. */
static struct resolvconf merge(const char *host, size_t len, const struct resolvconf *asked,
			       struct arena *mem)
{
	struct resolvconf r;

	resolvconf_parse(host, len, &r, mem);
	r.nameservers = asked->nameservers.n ? asked->nameservers : r.nameservers;
	r.search = asked->search.n ? asked->search : r.search;
	r.options = asked->options.n ? asked->options : r.options;
	return r;
}

int resolvconf_write(const char *host, size_t len, const struct resolvconf *asked,
		     enum resolvconf_net net, bool ipv6, struct str *out, struct err *e)
{
	auto_arena struct arena mem = { 0 };
	struct resolvconf r = merge(host, len, asked, &mem);
	int rc = check(&asked->nameservers, "--dns", e);

	if (rc == 0)
		rc = check(&asked->search, "--dns-search", e);
	if (rc == 0)
		rc = check(&asked->options, "--dns-opt", e);
	if (rc < 0)
		return rc;
	str_reset(out);
	if (net != RESOLVCONF_USER &&
	    !asked->nameservers.n && !asked->search.n && !asked->options.n) {
		if (net == RESOLVCONF_PLAIN)
			filter(host, len, ipv6, out);
		else
			str_add(out, host, len);
		return 0;
	}
	put_line(out, "search", &r.search, "");
	if (net == RESOLVCONF_USER)
		str_puts(out, "nameserver 127.0.0.11\n");
	for (size_t i = 0; net != RESOLVCONF_USER && i < r.nameservers.n; i++)
		str_addf(out, "nameserver %s\n", r.nameservers.v[i]);
	put_line(out, "options", &r.options,
		 net == RESOLVCONF_USER && !has_ndots(&r.options) ? "ndots:0" : "");
	return 0;
}

void resolvconf_upstreams(const char *host, size_t len, const struct resolvconf *asked,
			  struct strv *out, bool *ndots, struct arena *mem)
{
	struct resolvconf r = merge(host, len, asked, mem);

	*ndots = has_ndots(&r.options);
	*out = r.nameservers;
	if (out->n)
		return;
	strv_add(out, "8.8.8.8", mem);
	strv_add(out, "8.8.4.4", mem);
}
