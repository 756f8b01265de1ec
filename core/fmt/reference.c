// SPDX-License-Identifier: MIT
#include "core/fmt/reference.h"

#include "core/fmt/digest.h"

#define BAD		"invalid reference format"
#define DEFAULT_DOMAIN	"docker.io"
#define OFFICIAL	"library/"

static bool is_lower(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static bool is_alnum(char c) { return is_lower(c) || is_upper(c); }
static bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

/* host[:port], host of labels that begin and end with a letter or digit. */
static bool domain_ok(const char *s, size_t len)
{
	size_t i = 0;

	for (;;) {
		size_t from = i;

		while (i < len && (is_alnum(s[i]) || s[i] == '-'))
			i++;
		if (i == from || s[from] == '-' || s[i - 1] == '-')
			return false;
		if (i == len || s[i] == ':')
			break;
		if (s[i++] != '.')
			return false;
	}
	if (i == len)
		return true;
	for (i++; i < len && s[i] >= '0' && s[i] <= '9'; i++)
		;
	return i == len && s[len - 1] != ':';
}

/* Bytes of the separator at s: one '.', one or two '_', any number of '-'. */
static size_t separator(const char *s, size_t len)
{
	size_t n = 0;

	if (len && s[0] == '.')
		return 1;
	if (len && s[0] == '_')
		return len > 1 && s[1] == '_' ? 2 : 1;
	while (n < len && s[n] == '-')
		n++;
	return n;
}

/* Parts of lower-case letters and digits, joined by separators, between slashes. */
static bool path_ok(const char *s, size_t len)
{
	size_t i = 0;

	for (;;) {
		size_t from = i, gap;

		while (i < len && is_lower(s[i]))
			i++;
		if (i == from)
			return false;
		if (i == len)
			return true;
		gap = s[i] == '/' ? 1 : separator(s + i, len - i);
		if (gap == 0)
			return false;
		i += gap;
	}
}

static bool tag_ok(const char *s, size_t len)
{
	if (len == 0 || len > REFERENCE_TAG_MAX || s[0] == '.' || s[0] == '-')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!is_alnum(s[i]) && s[i] != '_' && s[i] != '.' && s[i] != '-')
			return false;
	}
	return true;
}

/* The part after '@'. The sentences differ by what is wrong. */
static int digest_take(struct reference *r, const char *s, struct err *e)
{
	size_t algo = strcspn(s, ":"), hex = 0;
	struct digest d;
	bool lower = true;

	if (algo == 0 || s[algo] != ':')
		return err_set(e, EINVAL, BAD);
	for (const char *p = s + algo + 1; *p; p++, hex++) {
		if (!is_hex(*p) && !(*p >= 'A' && *p <= 'F'))
			return err_set(e, EINVAL, BAD);
		lower &= is_hex(*p);
	}
	if (hex < 32)
		return err_set(e, EINVAL, BAD);
	if (algo != 6 || strncmp(s, "sha256", 6) != 0)
		return err_set(e, EINVAL, "unsupported digest algorithm");
	if (hex != DIGEST_HEX)
		return err_set(e, EINVAL, "invalid checksum digest length");
	if (!lower || digest_parse(&d, s, DIGEST_TEXT, NULL) < 0)
		return err_set(e, EINVAL, "invalid checksum digest format");
	digest_text(&d, r->digest);
	return 0;
}

/* Does the text before the first '/' name a registry? */
static bool is_domain(const char *s, size_t len)
{
	return memchr(s, '.', len) || memchr(s, ':', len) ||
	       (len == 9 && memcmp(s, "localhost", 9) == 0);
}

static bool is_bare_id(const char *s)
{
	size_t n = 0;

	while (is_hex(s[n]))
		n++;
	return n == 64 && s[n] == 0;
}

/* Join domain and path into r->name. */
static int name_take(struct reference *r, const char *domain, size_t dlen, const char *path,
		     size_t plen, struct err *e)
{
	bool official;

	if (dlen == 15 && memcmp(domain, "index.docker.io", 15) == 0)
		dlen = 0;
	if (dlen == 0) {
		domain = DEFAULT_DOMAIN;
		dlen = strlen(DEFAULT_DOMAIN);
	}
	official = dlen == strlen(DEFAULT_DOMAIN) && memcmp(domain, DEFAULT_DOMAIN, dlen) == 0 &&
		   !memchr(path, '/', plen);
	if (!domain_ok(domain, dlen) || !path_ok(path, plen))
		return err_set(e, EINVAL, BAD);
	if (dlen + 1 + (official ? strlen(OFFICIAL) : 0) + plen > REFERENCE_NAME_MAX)
		return err_set(e, EINVAL, "repository name must not be more than %d characters",
			       REFERENCE_NAME_MAX);
	memcpy(r->name, domain, dlen);
	r->name[dlen++] = '/';
	if (official) {
		memcpy(r->name + dlen, OFFICIAL, strlen(OFFICIAL));
		dlen += strlen(OFFICIAL);
	}
	memcpy(r->name + dlen, path, plen);
	r->name[dlen + plen] = 0;
	return 0;
}

int reference_parse(const char *text, struct reference *r, struct err *e)
{
	const char *slash = strchr(text, '/'), *path = text, *at, *colon;
	struct reference got = { 0 };
	size_t dlen = 0, plen;
	int rc;

	if (is_bare_id(text))
		return err_set(e, EINVAL, "invalid repository name (%s), cannot specify "
			       "64-byte hexadecimal strings", text);
	if (slash && is_domain(text, slash - text)) {
		dlen = slash - text;
		path = slash + 1;
		if (dlen == 0)
			return err_set(e, EINVAL, BAD);
	}
	for (const char *p = path; *p && *p != ':'; p++) {
		if (is_upper(*p))
			return err_set(e, EINVAL, BAD ": repository name must be lowercase");
	}
	at = strchr(path, '@');
	plen = at ? (size_t)(at - path) : strlen(path);
	colon = memchr(path, ':', plen);
	if (colon) {
		size_t tlen = path + plen - colon - 1;

		if (!tag_ok(colon + 1, tlen))
			return err_set(e, EINVAL, BAD);
		memcpy(got.tag, colon + 1, tlen);
		plen = colon - path;
	}
	rc = name_take(&got, text, dlen, path, plen, e);
	if (rc == 0 && at)
		rc = digest_take(&got, at + 1, e);
	if (rc == 0)
		*r = got;
	return rc;
}

bool reference_default_tag(struct reference *r)
{
	if (r->tag[0] || r->digest[0])
		return false;
	strcpy(r->tag, "latest");
	return true;
}

static void put(const char *name, const struct reference *r, struct str *out)
{
	str_puts(out, name);
	if (r->tag[0])
		str_addf(out, ":%s", r->tag);
	if (r->digest[0])
		str_addf(out, "@%s", r->digest);
}

void reference_text(const struct reference *r, struct str *out)
{
	put(r->name, r, out);
}

void reference_familiar(const struct reference *r, struct str *out)
{
	put(reference_familiar_name(r->name), r, out);
}

const char *reference_familiar_name(const char *name)
{
	size_t dlen = strlen(DEFAULT_DOMAIN "/"), olen = strlen(OFFICIAL);

	if (strncmp(name, DEFAULT_DOMAIN "/", dlen) != 0)
		return name;
	if (is_domain(name + dlen, strcspn(name + dlen, "/")) && strchr(name + dlen, '/'))
		return name;	/* without its domain it would read as another registry's */
	name += dlen;
	if (strncmp(name, OFFICIAL, olen) == 0 && !strchr(name + olen, '/'))
		name += olen;
	return name;
}

const char *reference_domain(const struct reference *r, struct str *out)
{
	size_t n = strcspn(r->name, "/");

	str_add(out, r->name, n);
	return r->name + n + (r->name[n] == '/');
}

bool reference_is_hex(const char *text, const char **hex)
{
	size_t n = 0;

	if (strncmp(text, "sha256:", 7) == 0)
		text += 7;
	while (is_hex(text[n]))
		n++;
	if (n == 0 || n > 64 || text[n])
		return false;
	*hex = text;
	return true;
}
