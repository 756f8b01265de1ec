// SPDX-License-Identifier: MIT
#include "core/kern/limits.h"

#include <linux/keyctl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static const struct {
	const char *name;
	int resource;
} limits[] = {
	{ "core", RLIMIT_CORE }, { "cpu", RLIMIT_CPU }, { "data", RLIMIT_DATA },
	{ "fsize", RLIMIT_FSIZE }, { "locks", RLIMIT_LOCKS }, { "memlock", RLIMIT_MEMLOCK },
	{ "msgqueue", RLIMIT_MSGQUEUE }, { "nice", RLIMIT_NICE }, { "nofile", RLIMIT_NOFILE },
	{ "nproc", RLIMIT_NPROC }, { "rss", RLIMIT_RSS }, { "rtprio", RLIMIT_RTPRIO },
	{ "rttime", RLIMIT_RTTIME }, { "sigpending", RLIMIT_SIGPENDING }, { "stack", RLIMIT_STACK },
};

const char *limits_name(int resource)
{
	for (size_t i = 0; i < countof(limits); i++)
		if (limits[i].resource == resource)
			return limits[i].name;
	return "unknown";
}

static int find(const char *name, size_t len)
{
	for (size_t i = 0; i < countof(limits); i++)
		if (strlen(limits[i].name) == len && !memcmp(name, limits[i].name, len))
			return limits[i].resource;
	return -1;
}

/* A decimal number of 63 bits; -1 is unlimited. */
static int value(const char *text, size_t len, uint64_t *v, struct err *e)
{
	char *end;
	char copy[24];

	if (len && len < sizeof(copy)) {
		memcpy(copy, text, len);
		copy[len] = 0;
		errno = 0;
		*v = strtoll(copy, &end, 10);
		if (!*end && !errno && copy[0] != ' ' && copy[0] != '+')
			return 0;
	}
	return err_set(e, EINVAL, "strconv.ParseInt: parsing \"%.*s\": invalid syntax", (int)len,
		       text);
}

int limits_parse(const char *text, struct limits_rlimit *r, struct err *e)
{
	size_t len = strcspn(text, "=");
	const char *soft = text + len + 1, *colon;
	struct limits_rlimit got;
	int rc;

	if (!text[len])
		return err_set(e, EINVAL, "invalid ulimit argument: %s", text);
	got.resource = find(text, len);
	if (got.resource < 0)
		return err_set(e, EINVAL, "invalid ulimit type: %.*s", (int)len, text);
	colon = strchr(soft, ':');
	if (colon && strchr(colon + 1, ':'))
		return err_set(e, EINVAL,
			       "too many limit value arguments - %s, can only have up to two, "
			       "`soft[:hard]`",
			       soft);
	rc = value(soft, colon ? (size_t)(colon - soft) : strlen(soft), &got.soft, e);
	got.hard = got.soft;
	if (rc == 0 && colon)
		rc = value(colon + 1, strlen(colon + 1), &got.hard, e);
	if (rc < 0)
		return rc;
	if (got.soft > got.hard)	/* -1 is the largest of all */
		return err_set(e, EINVAL,
			       "ulimit soft limit must be less than or equal to hard limit: "
			       "%lld > %lld",
			       (long long)got.soft, (long long)got.hard);
	*r = got;
	return 0;
}

static rlim_t rlim_of(uint64_t v)
{
	return v == UINT64_MAX ? RLIM_INFINITY : v;
}

int limits_set(const struct limits_rlimit *r, bool named, const struct warn *w, struct err *e)
{
	struct rlimit want = { rlim_of(r->soft), rlim_of(r->hard) }, have;

	if (setrlimit(r->resource, &want) == 0)
		return 0;
	if (errno != EPERM || named)
		return err_sys(e, "set ulimit %s", limits_name(r->resource));
	if (getrlimit(r->resource, &have) < 0)
		return err_sys(e, "read ulimit %s", limits_name(r->resource));
	if (have.rlim_cur < want.rlim_cur)
		have.rlim_cur = want.rlim_cur < have.rlim_max ? want.rlim_cur : have.rlim_max;
	else
		have.rlim_cur = want.rlim_cur;
	if (setrlimit(r->resource, &have) < 0)
		return err_sys(e, "set ulimit %s", limits_name(r->resource));
	warn_say(w, "ulimit %s: may not be raised here, it stays %llu", limits_name(r->resource),
		 (unsigned long long)have.rlim_cur);
	return 0;
}

int limits_keyring(const char *name, struct err *e)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name) >= 0 || errno == ENOSYS)
		return 0;
	/* The user's quota for names may be used up; a keyring without a name is no worse. */
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0)
		return 0;
	return err_sys(e, "join a session keyring");
}

int limits_hostname(const char *host, const char *domain, struct err *e)
{
	if (*host && sethostname(host, strlen(host)) < 0)
		return err_sys(e, "set host name '%s'", host);
	if (*domain && setdomainname(domain, strlen(domain)) < 0)
		return err_sys(e, "set domain name '%s'", domain);
	return 0;
}
