// SPDX-License-Identifier: MIT
#include "core/fmt/userdb.h"

enum { ID_MAX = 2147483647,
	FIELDS = 7 };

struct slice {
	const char *s;
	size_t n;
};

static bool slice_is(struct slice a, const char *text, size_t n)
{
	return a.n == n && memcmp(a.s, text, n) == 0;
}

/* Take the next line apart at its colons. False at the end of the text. */
static bool line_next(const char **at, struct slice f[static FIELDS])
{
	const char *s = *at, *end;

	if (!*s)
		return false;
	end = s + strcspn(s, "\n");
	for (int i = 0; i < FIELDS; i++) {
		const char *stop = s;

		while (stop < end && *stop != ':')
			stop++;
		f[i] = (struct slice){ s, (size_t)(stop - s) };
		s = stop < end ? stop + 1 : end;
	}
	*at = *end ? end + 1 : end;
	return true;
}

static bool is_number(const char *s, size_t n)
{
	if (!n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
	}
	return true;
}

/* The number, or -1 when it is none or past the range. */
static int64_t number(const char *s, size_t n)
{
	int64_t v = 0;

	if (!is_number(s, n))
		return -1;
	for (size_t i = 0; i < n; i++) {
		v = v * 10 + (s[i] - '0');
		if (v > ID_MAX)
			return -1;
	}
	return v;
}

static int out_of_range(struct err *e)
{
	return err_set(e, EINVAL, "uids and gids must be in range 0-2147483647");
}

/* Find by name, or by number where the text is one. */
static bool passwd_find(const char *passwd, const char *user, size_t n,
			struct slice f[static FIELDS])
{
	int64_t uid = number(user, n);

	while (line_next(&passwd, f)) {
		if (uid >= 0 ? number(f[2].s, f[2].n) == uid : slice_is(f[0], user, n))
			return true;
	}
	return false;
}

static int group_number(const char *group, const char *want, size_t n, gid_t *gid, struct err *e)
{
	struct slice f[FIELDS];
	int64_t v;

	if (is_number(want, n)) {
		v = number(want, n);
		if (v < 0)
			return out_of_range(e);
		*gid = (gid_t)v;
		return 0;
	}
	while (line_next(&group, f)) {
		v = number(f[2].s, f[2].n);
		if (!slice_is(f[0], want, n) || v < 0)
			continue;
		*gid = (gid_t)v;
		return 0;
	}
	return err_set(e, EINVAL, "unable to find group %.*s: no matching entries in group file",
		(int)n, want);
}

static int group_add(struct userdb_user *u, gid_t gid, struct err *e)
{
	for (size_t i = 0; i < u->groups_n; i++) {
		if (u->groups[i] == gid)
			return 0;
	}
	if (u->groups_n == USERDB_GROUPS_MAX)
		return err_set(e, E2BIG, "more than %d supplementary groups", USERDB_GROUPS_MAX);
	u->groups[u->groups_n++] = gid;
	return 0;
}

static bool member(struct slice list, struct slice name)
{
	while (list.n) {
		const char *comma = memchr(list.s, ',', list.n);
		size_t n = comma ? (size_t)(comma - list.s) : list.n;

		if (slice_is(name, list.s, n))
			return true;
		list.s += comma ? n + 1 : n;
		list.n -= comma ? n + 1 : n;
	}
	return false;
}

/* The groups whose member lists have the user's name. */
static int groups_of(const char *group, struct slice name, struct userdb_user *u, struct err *e)
{
	struct slice f[FIELDS];
	int rc = 0;

	while (rc >= 0 && line_next(&group, f)) {
		int64_t gid = number(f[2].s, f[2].n);

		if (gid >= 0 && member(f[3], name))
			rc = group_add(u, (gid_t)gid, e);
	}
	return rc;
}

static void home_set(struct userdb_user *u, struct slice home)
{
	if (!home.n || home.n >= sizeof(u->home))
		return;
	memcpy(u->home, home.s, home.n);
	u->home[home.n] = 0;
}

int userdb_resolve(const char *user, const char *passwd, const char *group,
	const struct strv *extra, struct userdb_user *u, struct err *e)
{
	const char *who = *user && *user != ':' ? user : "0", *colon = strchr(user, ':');
	size_t n = *user && *user != ':' ? strcspn(user, ":") : 1;
	struct slice f[FIELDS];
	bool known = passwd_find(passwd, who, n, f);
	int64_t v;
	int rc = 0;

	*u = (struct userdb_user){ .home = "/" };
	if (is_number(who, n)) {
		v = number(who, n);
		if (v < 0)
			return out_of_range(e);
		u->uid = (uid_t)v;
	} else if (!known) {
		return err_set(e, EINVAL,
			       "unable to find user %.*s: no matching entries in passwd file",
			       (int)n, who);
	}
	if (known) {
		int64_t uid = number(f[2].s, f[2].n), gid = number(f[3].s, f[3].n);

		if (uid < 0 || gid < 0)
			return out_of_range(e);
		u->uid = (uid_t)uid;
		u->gid = (gid_t)gid;
		home_set(u, f[5]);
	}
	if (colon && colon[1])
		rc = group_number(group, colon + 1, strlen(colon + 1), &u->gid, e);
	else if (known)
		rc = groups_of(group, f[0], u, e);
	/* The main group is one of the supplementary ones too: without, a process could get rid of
	 * it by setgroups and be let into what is closed to that group (CVE-2022-36109). */
	if (rc >= 0)
		rc = group_add(u, u->gid, e);
	for (size_t i = 0; rc >= 0 && i < extra->n; i++) {
		gid_t gid;

		rc = group_number(group, extra->v[i], strlen(extra->v[i]), &gid, e);
		if (rc >= 0)
			rc = group_add(u, gid, e);
	}
	return rc < 0 ? rc : 0;
}
