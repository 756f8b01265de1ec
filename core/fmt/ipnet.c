// SPDX-License-Identifier: MIT
#include "core/fmt/ipnet.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "core/base/num.h"

struct ip ip_from(unsigned family, const void *bytes)
{
	struct ip ip = { .family = (uint8_t)family };

	memcpy(ip.b, bytes, ip_bytes(&ip));
	return ip;
}

struct ip ip4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (struct ip){ .family = 4, .b = { a, b, c, d } };
}

int ip_parse(const char *text, struct ip *out, struct err *e)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	uint8_t b[16];

	if (inet_pton(AF_INET, text, b) == 1)
		*out = ip_from(4, b);
	else if (inet_pton(AF_INET6, text, b) != 1)
		return err_set(e, EINVAL, "invalid IP address: %.64s", text);
	else if (memcmp(b, mapped, sizeof(mapped)) == 0)
		*out = ip_from(4, b + sizeof(mapped));
	else
		*out = ip_from(6, b);
	return 0;
}

char *ip_print(const struct ip *ip, char text[static IP_TEXT_MAX])
{
	if (!ip_is(ip) ||
	    !inet_ntop(ip->family == 4 ? AF_INET : AF_INET6, ip->b, text, IP_TEXT_MAX))
		*text = 0;
	return text;
}

int ip_cmp(const struct ip *a, const struct ip *b)
{
	return a->family != b->family ? a->family - b->family :
		memcmp(a->b, b->b, sizeof(a->b));
}

struct ip ip_add(const struct ip *ip, uint64_t n)
{
	struct ip out = *ip;

	for (unsigned i = ip_bytes(ip); i-- > 0 && n;) {
		n += out.b[i];
		out.b[i] = (uint8_t)n;
		n >>= 8;
	}
	return out;
}

uint64_t ip_distance(const struct ip *a, const struct ip *b)
{
	unsigned n = ip_bytes(a);
	uint8_t d[16] = { 0 };
	uint64_t out = 0;
	int borrow = 0;

	for (unsigned i = n; i-- > 0;) {
		int x = a->b[i] - b->b[i] - borrow;

		borrow = x < 0;
		d[i] = (uint8_t)x;
	}
	for (unsigned i = 0; i < n; i++) {
		if (out >> 56)
			return UINT64_MAX;
		out = out << 8 | d[i];
	}
	return out;
}

bool ip_is_loopback(const struct ip *ip)
{
	static const struct ip one = { 6, { [15] = 1 } };

	return ip->family == 4 ? ip->b[0] == 127 : ip_cmp(ip, &one) == 0;
}

/* The bits of byte i that are of a prefix of `len`. */
static uint8_t mask_byte(unsigned len, unsigned i)
{
	return len >= 8 * (i + 1) ? 0xff : len <= 8 * i ? 0 : (uint8_t)(0xff00u >> (len - 8 * i));
}

bool ip_is_zero_after(const struct ip *ip, unsigned bits)
{
	uint8_t any = 0;

	for (unsigned i = 0; i < ip_bytes(ip); i++)
		any |= ip->b[i] & (uint8_t)~mask_byte(bits, i);
	return !any;
}

int ipnet_parse(const char *text, struct ipnet *out, struct err *e)
{
	const char *slash = strchr(text, '/');
	char address[IP_TEXT_MAX];
	struct ipnet n;
	uint64_t len;
	size_t at = slash ? (size_t)(slash - text) : sizeof(address);

	if (at >= sizeof(address))
		return err_set(e, EINVAL, "invalid CIDR address: %.64s", text);
	memcpy(address, text, at);
	address[at] = 0;
	slash++;
	if (ip_parse(address, &n.ip, NULL) < 0 || strlen(slash) > 3 ||
	    strspn(slash, "0123456789") != strlen(slash) ||
	    num_uint(slash, 128, &len, NULL) < 0)
		return err_set(e, EINVAL, "invalid CIDR address: %.64s", text);
	if (strchr(address, ':') && n.ip.family == 4)	/* mapped: its prefix is of 128 bits */
		len = len < 96 ? 33 : len - 96;
	if (len > 8 * ip_bytes(&n.ip))
		return err_set(e, EINVAL, "invalid CIDR address: %.64s", text);
	n.len = (uint8_t)len;
	*out = n;
	return 0;
}

char *ipnet_print(const struct ipnet *n, char text[static IPNET_TEXT_MAX])
{
	ip_print(&n->ip, text);
	if (*text)
		sprintf(text + strlen(text), "/%u", n->len);
	return text;
}

struct ip ipnet_first(const struct ipnet *n)
{
	struct ip ip = n->ip;

	for (unsigned i = 0; i < ip_bytes(&ip); i++)
		ip.b[i] &= mask_byte(n->len, i);
	return ip;
}

struct ip ipnet_last(const struct ipnet *n)
{
	struct ip ip = n->ip;

	for (unsigned i = 0; i < ip_bytes(&ip); i++)
		ip.b[i] |= (uint8_t)~mask_byte(n->len, i);
	return ip;
}

struct ipnet ipnet_masked(const struct ipnet *n)
{
	return (struct ipnet){ ipnet_first(n), n->len };
}

bool ipnet_has(const struct ipnet *n, const struct ip *ip)
{
	struct ipnet other = { *ip, n->len };
	struct ip a = ipnet_first(n), b;

	if (!ip_is(ip) || ip->family != n->ip.family)
		return false;
	b = ipnet_first(&other);
	return ip_cmp(&a, &b) == 0;
}

bool ipnet_holds(const struct ipnet *n, const struct ipnet *in)
{
	return in->len >= n->len && ipnet_has(n, &in->ip);
}

bool ipnet_overlaps(const struct ipnet *a, const struct ipnet *b)
{
	return a->len <= b->len ? ipnet_has(a, &b->ip) : ipnet_has(b, &a->ip);
}

int ipnet_cmp(const void *a, const void *b)
{
	const struct ipnet *x = a, *y = b;
	struct ip p = ipnet_first(x), q = ipnet_first(y);
	int rc = ip_cmp(&p, &q);

	return rc ? rc : x->len - y->len;
}

struct mac mac_from_ip(const struct ip *ip)
{
	const uint8_t *tail = ip->b + ip_bytes(ip) - 4;

	return (struct mac){ { 0x02, 0x42, tail[0], tail[1], tail[2], tail[3] } };
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int mac_parse(const char *text, struct mac *out, struct err *e)
{
	size_t len = strlen(text), pair = len == 14 ? 2 : 1;	/* bytes between separators */
	char sep = len == 14 ? '.' : len == 17 ? text[2] : 0;
	const char *s = text;
	struct mac m;

	if (!sep || !strchr(".:-", sep) || (sep == '.') != (pair == 2))
		return err_set(e, EINVAL, "invalid MAC address: %.64s", text);
	for (size_t i = 0; i < sizeof(m.b); i++) {
		int high = hex_digit(s[0]), low = hex_digit(s[1]);

		if (high < 0 || low < 0)
			return err_set(e, EINVAL, "invalid MAC address: %.64s", text);
		m.b[i] = (uint8_t)(high << 4 | low);
		s += 2;
		if ((i + 1) % pair == 0 && i + 1 < sizeof(m.b) && *s++ != sep)
			return err_set(e, EINVAL, "invalid MAC address: %.64s", text);
	}
	*out = m;
	return 0;
}

char *mac_print(const struct mac *m, char text[static MAC_TEXT_MAX])
{
	snprintf(text, MAC_TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", m->b[0], m->b[1], m->b[2],
		 m->b[3], m->b[4], m->b[5]);
	return text;
}
