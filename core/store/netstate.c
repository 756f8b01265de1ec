// SPDX-License-Identifier: MIT
/* netstate.c - who has which address and which name in a network, as long as the host is up. */
#include "core/store/network.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/os/dir.h"
#include "core/os/file.h"

enum {
	ENDPOINT_MAX = 1 << 20,	/* bytes of one line */
	SHORT_ID = 12,
	NAME_TRIES = 16,
};

/* "names/", a name all of whose bytes are %XX, "/", an address */
struct name_path {
	char s[sizeof("names//") + 3 * NETWORK_DNS_NAME_MAX + IP_TEXT_MAX];
};

int network_state_open(const struct store *st, const char *id, bool create, struct err *e)
{
	static const char *const parts[] = { "", "/addr", "/names", "/ep" };
	char path[sizeof("networks/") + NETWORK_ID_LEN + sizeof("/names")];
	auto_close int fd = -1;

	snprintf(path, sizeof(path), "networks/%.*s/ep", NETWORK_ID_LEN, id);
	if (create && faccessat(st->state_fd, path, F_OK, 0) < 0) {
		if (mkdirat(st->state_fd, "networks", 0700) < 0 && errno != EEXIST)
			return err_sys(e, "create %s/networks", st->state);
		for (size_t i = 0; i < countof(parts); i++) {
			snprintf(path, sizeof(path), "networks/%.*s%s", NETWORK_ID_LEN, id,
				 parts[i]);
			if (mkdirat(st->state_fd, path, 0700) < 0 && errno != EEXIST)
				return err_sys(e, "create %s/%s", st->state, path);
		}
	}
	snprintf(path, sizeof(path), "networks/%.*s", NETWORK_ID_LEN, id);
	fd = openat(st->state_fd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "open %s/%s", st->state, path) : take_fd(fd);
}

/* --- links -------------------------------------------------------------------------------- */

/* Where a link leads; "" when there is none or it is too long to be ours. */
static const char *link_read(int dir, const char *path, char to[static NETWORK_ID_LEN + 1])
{
	ssize_t n = readlinkat(dir, path, to, NETWORK_ID_LEN + 1);

	to[n > 0 && n <= NETWORK_ID_LEN ? n : 0] = 0;
	return to;
}

static bool leads_to(int dir, const char *path, const char *owner)
{
	char to[NETWORK_ID_LEN + 1];

	return strcmp(link_read(dir, path, to), owner) == 0;
}

/* Only ever called for one's own, or with the owner's lock held: nobody can take it between
 * the two calls. */
static void link_drop(int dir, const char *path, const char *owner)
{
	if (leads_to(dir, path, owner))
		unlinkat(dir, path, 0);
}

/* --- addresses ---------------------------------------------------------------------------- */

struct addr_path {
	char s[sizeof("addr/") + IP_TEXT_MAX];
};

static const char *addr_path(struct addr_path *p, const struct ip *ip)
{
	char text[IP_TEXT_MAX];

	sprintf(p->s, "addr/%s", ip_print(ip, text));
	return p->s;
}

/* 0 taken, -EEXIST by another, or -errno. */
static int addr_try(int state, const struct ip *ip, const char *container)
{
	struct addr_path p;

	if (symlinkat(container, state, addr_path(&p, ip)) == 0)
		return 0;
	if (errno == EEXIST && leads_to(state, p.s, container))
		return 0;	/* a start that was cut short: it is ours */
	return -errno;
}

static const char *next_name(unsigned family)
{
	return family == 4 ? "next" : "next6";
}

static void next_set(int state, const struct ip *ip)
{
	char text[IP_TEXT_MAX], temp[32];

	snprintf(temp, sizeof(temp), "next.%d", (int)getpid());
	ip_print(ip, text);
	if (symlinkat(text, state, temp) < 0 && errno == EEXIST) {	/* of one that was killed */
		unlinkat(state, temp, 0);
		if (symlinkat(text, state, temp) < 0)
			return;
	}
	(void)!renameat(state, temp, state, next_name(ip->family));
}

/* The first free one from `ip` to `last`; 0, -EEXIST when there is none, or -errno. */
static int addr_search(int state, const struct network_pool *p, struct ip ip, const struct ip *last,
		       const char *container, struct ip *out)
{
	for (; ip_cmp(&ip, last) <= 0; ip = ip_add(&ip, 1)) {
		int rc = network_pool_keeps(p, &ip) ? -EEXIST : addr_try(state, &ip, container);

		if (rc == 0)
			*out = ip;
		if (rc != -EEXIST)
			return rc;
		if (ip_cmp(&ip, last) == 0)	/* it may be the last there is */
			break;
	}
	return -EEXIST;
}

static int addr_any(int state, const struct network_pool *p, const char *container, struct ip *out)
{
	const struct ipnet *part = ip_is(&p->range.ip) ? &p->range : &p->subnet;
	struct ip first = ipnet_first(part), last = ipnet_last(part), begin = first, before;
	char text[NETWORK_ID_LEN + 1];
	int rc;

	if (ip_parse(link_read(state, next_name(first.family), text), &before, NULL) == 0 &&
	    ipnet_has(part, &before) && ip_cmp(&before, &last) < 0)
		begin = ip_add(&before, 1);
	rc = addr_search(state, p, begin, &last, container, out);
	if (rc == -EEXIST && ip_cmp(&begin, &first) > 0)
		rc = addr_search(state, p, first, &before, container, out);
	if (rc == 0)
		next_set(state, out);
	return rc;
}

/* The very one that was asked for. */
static int addr_this(int state, const struct network_pool *p, const struct ip *want,
		     const char *container, const struct network_who *who, struct err *e)
{
	char owner[NETWORK_ID_LEN + 1], text[IP_TEXT_MAX];
	int rc;

	if (!ipnet_has(&p->subnet, want))
		return err_set(e, EINVAL, "Invalid address %s: It does not belong to any of this "
			       "network's subnets", ip_print(want, text));
	rc = network_pool_keeps(p, want) ? -EADDRINUSE : addr_try(state, want, container);
	if (rc == -EEXIST && who && who->hold && network_addr_owner(state, want, owner) == 0 &&
	    who->hold(who->arg, owner)) {
		endpoint_drop(state, owner);
		network_addr_give(state, want, owner);
		who->let(who->arg);
		rc = addr_try(state, want, container);
	}
	if (rc == -EEXIST || rc == -EADDRINUSE)
		return err_set(e, EADDRINUSE, "Address already in use");
	return rc < 0 ? err_set(e, -rc, "take address %s: %s", ip_print(want, text),
				strerror(-rc)) : 0;
}

int network_addr_take(int state, const struct network *n, const struct network_pool *p,
		      const struct ip *want, const char *container, const struct network_who *who,
		      struct ipnet *out, struct err *e)
{
	struct ip ip = *want;
	int rc;

	if (ip_is(want)) {
		rc = addr_this(state, p, want, container, who, e);
		if (rc < 0)
			return rc;
	} else {
		rc = addr_any(state, p, container, &ip);
		if (rc == -EEXIST && who) {
			network_sweep(state, who, NULL, NULL);
			rc = addr_any(state, p, container, &ip);
		}
	}
	if (rc == -EEXIST)
		return err_set(e, EADDRNOTAVAIL, "no available IPv%d addresses on this network's "
			       "address pools: %s (%s)", p->subnet.ip.family, n->name, n->id);
	if (rc < 0)
		return err_set(e, -rc, "take an address of network %s: %s", n->name, strerror(-rc));
	*out = (struct ipnet){ ip, p->subnet.len };
	return 0;
}

void network_addr_give(int state, const struct ip *ip, const char *container)
{
	struct addr_path p;

	if (ip_is(ip))
		link_drop(state, addr_path(&p, ip), container);
}

int network_addr_owner(int state, const struct ip *ip, char owner[static NETWORK_ID_LEN + 1])
{
	struct addr_path p;

	return *link_read(state, addr_path(&p, ip), owner) ? 0 : -ENOENT;
}

/* --- names -------------------------------------------------------------------------------- */

/* "names/web", or "names/web/172.18.0.2"; NULL for what is no name. */
static const char *name_path(struct name_path *p, const char *name, const struct ip *ip)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
	char *to, text[IP_TEXT_MAX];
	size_t len = strlen(name);

	snprintf(p->s, sizeof(p->s), "names/");
	to = strchr(p->s, 0);
	if (!len || len > NETWORK_DNS_NAME_MAX)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		char c = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] | 32) : name[i];

		if (strchr(plain, c) || (i && c == '.'))
			*to++ = c;
		else
			to += sprintf(to, "%%%02X", (unsigned char)c);
	}
	if (to - p->s > (ptrdiff_t)sizeof("names/") + 254)	/* NAME_MAX */
		return NULL;
	*to = 0;
	if (ip)
		sprintf(to, "/%s", ip_print(ip, text));
	return p->s;
}

static int name_add(int state, const char *name, const struct ip *ip, const char *container,
		    struct err *e)
{
	struct name_path dir, path;

	if (!ip_is(ip) || !name_path(&dir, name, NULL))
		return 0;
	name_path(&path, name, ip);
	for (int i = 0; i < NAME_TRIES; i++) {	/* whoever had it last may remove it just now */
		if (mkdirat(state, dir.s, 0700) < 0 && errno != EEXIST)
			break;
		if (symlinkat(container, state, path.s) == 0)
			return 0;
		if (errno == EEXIST) {	/* what a crash left: the address is ours now */
			if (leads_to(state, path.s, container))
				return 0;
			unlinkat(state, path.s, 0);
		} else if (errno != ENOENT) {
			break;
		}
	}
	return err_sys(e, "name %s", path.s);
}

static void name_drop(int state, const char *name, const struct ip *ip, const char *container)
{
	struct name_path p;

	if (!ip_is(ip) || !name_path(&p, name, ip))
		return;
	link_drop(state, p.s, container);
	name_path(&p, name, NULL);
	unlinkat(state, p.s, AT_REMOVEDIR);	/* but for the last one: ENOTEMPTY */
}

/* A function of each name of an endpoint and each of its addresses. */
typedef int name_fn(int state, const char *name, const struct ip *ip, const char *container,
		    struct err *e);

static int name_drop_fn(int state, const char *name, const struct ip *ip, const char *container,
			struct err *e)
{
	(void)e;
	name_drop(state, name, ip, container);
	return 0;
}

static int each_name(int state, const struct endpoint *ep, name_fn *fn, struct err *e)
{
	char id[SHORT_ID + 1];
	int rc = 0;

	snprintf(id, sizeof(id), "%.*s", SHORT_ID, ep->container);
	for (size_t i = 0; rc == 0 && i < ep->aliases.n + 2; i++) {
		const char *name = i == 0 ? ep->name : i == 1 ? id : ep->aliases.v[i - 2];

		rc = fn(state, name, &ep->ip4.ip, ep->container, e);
		if (rc == 0)
			rc = fn(state, name, &ep->ip6.ip, ep->container, e);
	}
	return rc;
}

size_t network_names(int state, const char *name, struct ip *out, size_t max)
{
	auto_dir struct dir d = DIR_INIT;
	struct name_path p;
	const char *entry;
	size_t n = 0;

	if (!name_path(&p, name, NULL) || dir_open(&d, state, p.s, NULL) < 0)
		return 0;
	while (n < max && (entry = dir_next(&d)) != NULL)
		n += ip_parse(entry, &out[n], NULL) == 0;
	return n;
}

/* --- endpoints ---------------------------------------------------------------------------- */

struct ep_path {
	char s[sizeof("ep/") + NETWORK_ID_LEN];
};

static const char *ep_path(struct ep_path *p, const char *container)
{
	snprintf(p->s, sizeof(p->s), "ep/%.*s", NETWORK_ID_LEN, container);
	return p->s;
}

static void ep_print(const struct endpoint *ep, struct str *b)
{
	auto_json json_t *o = json_object();
	char text[IPNET_TEXT_MAX];

	json_put_text(o, "id", ep->id);
	json_put_text(o, "container", ep->container);
	json_put_text(o, "name", ep->name);
	json_put_text(o, "ip4", ipnet_print(&ep->ip4, text));
	json_put_text(o, "ip6", ipnet_print(&ep->ip6, text));
	json_put_text(o, "mac", mac_print(&ep->mac, text));
	json_put_text(o, "host_link", ep->host_link);
	json_put_text(o, "link", ep->link);
	json_put(o, "aliases", json_from_strv(&ep->aliases));
	json_put(o, "ports", json_from_strv(&ep->ports));
	json_print(o, JSON_PLAIN, b);
	str_puts(b, "\n");
}

/* One write(2) into a new file: a reader finds a whole line, or none. */
static int ep_write(int state, const char *path, const struct str *b, struct err *e)
{
	auto_close int fd = openat(state, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int rc;

	if (fd < 0 && errno == EEXIST)
		return file_write_atomic(state, path, b->s, b->len, 0600, FILE_NO_SYNC, e);
	if (fd < 0)
		return err_sys(e, "create endpoint %s", path);
	rc = file_write_all(fd, b->s, b->len);
	errno = -rc;
	return rc < 0 ? err_sys(e, "write endpoint %s", path) : 0;
}

/* Is the record of n there, and the same network's? */
static bool is_recorded(const struct store *st, const struct network *n)
{
	auto_arena struct arena mem = { 0 };
	struct network now;

	return network_load(st, n->name, &now, &mem, NULL) == 0 && strcmp(now.id, n->id) == 0;
}

/* But for addresses. */
static void ep_clear(int state, const struct endpoint *ep)
{
	struct ep_path p;

	(void)!each_name(state, ep, name_drop_fn, NULL);
	unlinkat(state, ep_path(&p, ep->container), 0);
}

int endpoint_save(const struct store *st, int state, const struct network *n,
		  const struct endpoint *ep, struct err *e)
{
	auto_arena struct arena mem = { 0 };
	auto_str struct str b = STR_INIT;
	struct endpoint old;
	struct ep_path p;
	int rc;

	if (endpoint_load(state, ep->container, &old, &mem, NULL) == 0)
		ep_clear(state, &old);
	ep_print(ep, &b);
	rc = ep_write(state, ep_path(&p, ep->container), &b, e);
	if (rc == -ENOENT || (rc == 0 && !is_recorded(st, n)))
		rc = err_set(e, ENOENT, "network %s not found", n->name);
	if (rc == 0 && !network_is_predefined(n->name))
		rc = each_name(state, ep, name_add, e);
	if (rc < 0) {
		ep_clear(state, ep);
		network_addr_give(state, &ep->ip4.ip, ep->container);
		network_addr_give(state, &ep->ip6.ip, ep->container);
	}
	return rc;
}

static int net_of(const json_t *o, const char *key, struct ipnet *out, struct arena *mem)
{
	const char *text = "";

	*out = (struct ipnet){ 0 };
	if (json_text(o, key, &text, mem, NULL) < 0)
		return -EBADMSG;
	return *text ? ipnet_parse(text, out, NULL) : 0;
}

static int ep_parse(const json_t *o, struct endpoint *ep, struct arena *mem)
{
	const struct {
		const char *key, **out;
	} texts[] = {
		{ "id", &ep->id }, { "container", &ep->container }, { "name", &ep->name },
		{ "host_link", &ep->host_link }, { "link", &ep->link },
	};
	const char *mac = "";
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < countof(texts); i++) {
		*texts[i].out = "";
		rc = json_text(o, texts[i].key, texts[i].out, mem, NULL);
	}
	if (rc == 0)
		rc = json_text(o, "mac", &mac, mem, NULL);
	if (rc == 0)
		rc = mac_parse(mac, &ep->mac, NULL);
	if (rc == 0)
		rc = net_of(o, "ip4", &ep->ip4, mem);
	if (rc == 0)
		rc = net_of(o, "ip6", &ep->ip6, mem);
	if (rc == 0)
		rc = json_strv(o, "aliases", &ep->aliases, mem, NULL);
	if (rc == 0)
		rc = json_strv(o, "ports", &ep->ports, mem, NULL);
	return rc;
}

int endpoint_load(int state, const char *container, struct endpoint *ep, struct arena *mem,
		  struct err *e)
{
	auto_str struct str b = STR_INIT;
	auto_json json_t *o = NULL;
	struct ep_path p;
	int rc = file_read_at(state, ep_path(&p, container), ENDPOINT_MAX, &b, e);

	if (rc < 0)
		return rc;
	*ep = (struct endpoint){ 0 };
	o = json_parse(b.s, b.len, ENDPOINT_MAX, NULL);
	if (!o || ep_parse(o, ep, mem) < 0 || strcmp(ep->container, container) != 0)
		return err_set(e, EBADMSG, "endpoint %s is damaged", p.s);
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int endpoint_list(int state, struct strv *containers, struct arena *mem, struct err *e)
{
	auto_dir struct dir d = DIR_INIT;
	const char *name;
	struct err why;
	int rc = dir_open(&d, state, "ep", &why);

	*containers = (struct strv){ 0 };
	if (rc < 0)
		return rc == -ENOENT ? 0 : err_set(e, -rc, "%s", why.msg);
	while ((name = dir_next(&d)) != NULL) {
		if (strlen(name) == NETWORK_ID_LEN)
			strv_add(containers, strv_dup(name, NETWORK_ID_LEN, mem), mem);
	}
	if (containers->n)
		qsort(containers->v, containers->n, sizeof(*containers->v), by_text);
	return 0;
}

void endpoint_drop(int state, const char *container)
{
	auto_arena struct arena mem = { 0 };
	struct endpoint ep;

	if (endpoint_load(state, container, &ep, &mem, NULL) < 0)
		return;
	ep_clear(state, &ep);
	network_addr_give(state, &ep.ip4.ip, container);
	network_addr_give(state, &ep.ip6.ip, container);
}

/* --- what crashes left -------------------------------------------------------------------- */

/* All links in a directory of links that lead to a container. */
static void links_purge(int state, const char *path, const char *container)
{
	auto_dir struct dir d = DIR_INIT;
	const char *name;

	if (dir_open(&d, state, path, NULL) < 0)
		return;
	while ((name = dir_next(&d)) != NULL)
		link_drop(d.fd, name, container);
}

static void purge(int state, const char *container, endpoint_gone_fn *gone, void *arg)
{
	auto_arena struct arena mem = { 0 };
	auto_dir struct dir names = DIR_INIT;
	struct endpoint ep;
	struct ep_path p;
	const char *name;
	int rc = endpoint_load(state, container, &ep, &mem, NULL);

	if (rc == 0) {
		if (gone)
			gone(arg, &ep);
		endpoint_drop(state, container);
	} else if (rc != -ENOENT && dir_open(&names, state, "names", NULL) == 0) {
		while ((name = dir_next(&names)) != NULL) {
			links_purge(names.fd, name, container);
			unlinkat(names.fd, name, AT_REMOVEDIR);
		}
		unlinkat(state, ep_path(&p, container), 0);
	}
	links_purge(state, "addr", container);
}

void network_sweep(int state, const struct network_who *who, endpoint_gone_fn *gone, void *arg)
{
	auto_arena struct arena mem = { 0 };
	auto_dir struct dir d = DIR_INIT;
	struct strv owners;
	const char *name;

	if (!who || !who->hold || endpoint_list(state, &owners, &mem, NULL) < 0)
		return;
	if (dir_open(&d, state, "addr", NULL) == 0) {
		while ((name = dir_next(&d)) != NULL) {
			char owner[NETWORK_ID_LEN + 1];

			if (*link_read(d.fd, name, owner) && !strv_has(&owners, owner))
				strv_add(&owners, strv_dup(owner, strlen(owner), &mem), &mem);
		}
	}
	for (size_t i = 0; i < owners.n; i++) {
		if (!who->hold(who->arg, owners.v[i]))
			continue;
		purge(state, owners.v[i], gone, arg);
		who->let(who->arg);
	}
}
