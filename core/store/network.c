// SPDX-License-Identifier: MIT
#include "core/store/network.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/os/clock.h"
#include "core/os/dir.h"
#include "core/os/file.h"
#include "core/os/lock.h"
#include "core/os/tree.h"

/* Bytes of a name as %XX: with a mark, ".json" and a temporary file's suffix it is a file's. */
enum { FILE_NAME_MAX = 220 };

/* "networks/", "~" of one that is going, a name all of whose bytes are %XX, ".json" */
struct record_path {
	char s[sizeof("networks/~.json") + 3 * NETWORK_NAME_MAX];
};

/* --- paths -------------------------------------------------------------------------------- */

/* As it stands in a file's name? The first may be no full stop. */
static bool is_plain(const char *name, size_t i)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

	return strchr(plain, name[i]) && (i || name[i] != '.');
}

static const char *path_of(struct record_path *p, const char *mark, const char *name)
{
	char *to;

	snprintf(p->s, sizeof(p->s), "networks/%s", mark);
	to = strchr(p->s, 0);
	for (size_t i = 0; i < NETWORK_NAME_MAX && name[i]; i++) {
		if (is_plain(name, i))
			*to++ = name[i];
		else
			to += sprintf(to, "%%%02X", (unsigned char)name[i]);
	}
	strcpy(to, ".json");
	return p->s;
}

void network_init(struct network *n)
{
	*n = (struct network){ .name = "", .id = "", .driver = "bridge", .scope = "local",
			       .config_from = "", .ipam_driver = "default" };
}

int network_name_check(const char *name, struct err *e)
{
	size_t len = strlen(name), bytes = 0;

	for (size_t i = 0; i < len && i < NETWORK_NAME_MAX; i++)
		bytes += is_plain(name, i) ? 1 : 3;
	if (!len || len > NETWORK_NAME_MAX || bytes > FILE_NAME_MAX)
		return err_set(e, EINVAL, "invalid network name: \"%.64s\": it must have 1 to %d "
			       "bytes", name, NETWORK_NAME_MAX);
	for (const char *s = name; *s;) {
		int32_t rune;

		s += text_rune(s, strlen(s), &rune);
		if (rune < ' ' || rune == 0x7f)	/* -1: no UTF-8 */
			return err_set(e, EINVAL, "invalid network name: \"%.64s\"", name);
	}
	return 0;
}

bool network_is_predefined(const char *name)
{
	return strcmp(name, "bridge") == 0 || strcmp(name, "host") == 0 ||
		strcmp(name, "none") == 0;
}

/* --- records ------------------------------------------------------------------------------ */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* As Go prints a map: sorted; the last of a key wins. */
static json_t *sorted_map(const struct strv *pairs)
{
	auto_json json_t *map = json_from_pairs(pairs);
	size_t n = json_object_size(map), i = 0;
	auto_free const char **keys = calloc(n + 1, sizeof(*keys));
	json_t *out = json_object();
	const char *key;
	json_t *value;

	if (!keys)
		abort();
	json_object_foreach(map, key, value)
		keys[i++] = key;
	qsort(keys, n, sizeof(*keys), by_text);
	for (i = 0; i < n; i++)
		json_put(out, keys[i], json_incref(json_object_get(map, keys[i])));
	return out;
}

static json_t *pool_json(const struct network_pool *p)
{
	json_t *o = json_object();
	char text[IPNET_TEXT_MAX];

	json_put_text(o, "Subnet", ipnet_print(&p->subnet, text));
	if (ip_is(&p->range.ip))
		json_put_text(o, "IPRange", ipnet_print(&p->range, text));
	if (ip_is(&p->gateway))
		json_put_text(o, "Gateway", ip_print(&p->gateway, text));
	if (p->aux.n)
		json_put(o, "AuxiliaryAddresses", sorted_map(&p->aux));
	return o;
}

static json_t *ipam_json(const struct network *n)
{
	json_t *o = json_object(), *config = json_array();

	for (size_t i = 0; i < n->pools_n; i++)
		json_array_append_new(config, pool_json(&n->pools[i]));
	json_put_text(o, "Driver", n->ipam_driver);
	if (network_is_predefined(n->name))
		json_put_text(o, "Options", NULL);
	else
		json_put(o, "Options", sorted_map(&n->ipam_options));
	json_put(o, "Config", config);
	return o;
}

json_t *network_json(const struct network *n, json_t *containers)
{
	json_t *o = json_object(), *from = json_object();
	char when[CLOCK_TEXT_MAX];

	json_put_text(from, "Network", n->config_from);
	json_put_text(o, "Name", n->name);
	json_put_text(o, "Id", n->id);
	json_put_text(o, "Created", clock_format(n->created_ns, when));
	json_put_text(o, "Scope", n->scope);
	json_put_text(o, "Driver", n->driver);
	json_put_bool(o, "EnableIPv6", n->ipv6);
	json_put(o, "IPAM", ipam_json(n));
	json_put_bool(o, "Internal", n->internal);
	json_put_bool(o, "Attachable", n->attachable);
	json_put_bool(o, "Ingress", n->ingress);
	json_put(o, "ConfigFrom", from);
	json_put_bool(o, "ConfigOnly", n->config_only);
	if (containers)
		json_put(o, "Containers", containers);
	else
		json_put_bool(o, "UserSubnet", n->own_subnet);
	json_put(o, "Options", sorted_map(&n->options));
	json_put(o, "Labels", sorted_map(&n->labels));
	return o;
}

static int pool_parse(const json_t *o, struct network_pool *p, struct arena *mem, struct err *e)
{
	const char *subnet = "", *range = "", *gateway = "";
	int rc = json_text(o, "Subnet", &subnet, mem, e);

	if (rc == 0)
		rc = json_text(o, "IPRange", &range, mem, e);
	if (rc == 0)
		rc = json_text(o, "Gateway", &gateway, mem, e);
	if (rc == 0)
		rc = json_pairs(o, "AuxiliaryAddresses", &p->aux, mem, e);
	if (rc == 0)
		rc = ipnet_parse(subnet, &p->subnet, e);
	if (rc == 0 && *range)
		rc = ipnet_parse(range, &p->range, e);
	if (rc == 0 && *gateway)
		rc = ip_parse(gateway, &p->gateway, e);
	return rc;
}

static int pools_parse(const json_t *o, struct network *n, struct arena *mem, struct err *e)
{
	json_t *config;
	int rc = json_array_at(o, "IPAM.Config", &config, e);
	size_t count = rc < 0 ? 0 : json_array_size(config);

	if (count > NETWORK_POOLS_MAX)
		return err_set(e, EBADMSG, "more than %d pools", NETWORK_POOLS_MAX);
	if (count)
		n->pools = arena_get(mem, count * sizeof(*n->pools));
	for (n->pools_n = 0; rc == 0 && n->pools_n < count; n->pools_n++)
		rc = pool_parse(json_array_get(config, n->pools_n), &n->pools[n->pools_n], mem, e);
	return rc;
}

static int record_parse(const struct str *b, struct network *n, struct arena *mem, struct err *e)
{
	const struct {
		const char *path, **out;
	} texts[] = {
		{ "Name", &n->name }, { "Id", &n->id }, { "Scope", &n->scope },
		{ "Driver", &n->driver }, { "IPAM.Driver", &n->ipam_driver },
		{ "ConfigFrom.Network", &n->config_from },
	};
	const struct {
		const char *path;
		bool *out;
	} flags[] = {
		{ "EnableIPv6", &n->ipv6 }, { "Internal", &n->internal },
		{ "Attachable", &n->attachable }, { "Ingress", &n->ingress },
		{ "ConfigOnly", &n->config_only },
		{ "UserSubnet", &n->own_subnet },
	};
	const struct {
		const char *path;
		struct strv *out;
	} maps[] = {
		{ "IPAM.Options", &n->ipam_options }, { "Options", &n->options },
		{ "Labels", &n->labels },
	};
	auto_json json_t *o = json_parse(b->s, b->len, NETWORK_RECORD_MAX, e);
	const char *created = "";
	int rc = o ? json_text(o, "Created", &created, mem, e) : -EBADMSG;

	for (size_t i = 0; rc == 0 && i < countof(texts); i++)
		rc = json_text(o, texts[i].path, texts[i].out, mem, e);
	for (size_t i = 0; rc == 0 && i < countof(flags); i++)
		rc = json_bool(o, flags[i].path, flags[i].out, e);
	for (size_t i = 0; rc == 0 && i < countof(maps); i++)
		rc = json_pairs(o, maps[i].path, maps[i].out, mem, e);
	if (rc == 0)
		rc = clock_parse(created, &n->created_ns, e);
	if (rc == 0 && (strlen(n->id) != NETWORK_ID_LEN ||
			strspn(n->id, "0123456789abcdef") != NETWORK_ID_LEN))
		rc = err_set(e, EBADMSG, "Id is not 64 hex digits");
	return rc == 0 ? pools_parse(o, n, mem, e) : rc;
}

static int record_read(const struct store *st, const char *path, struct network *n,
		       struct arena *mem, struct err *e)
{
	auto_str struct str b = STR_INIT;
	int rc = file_read_at(st->root_fd, path, NETWORK_RECORD_MAX, &b, e);

	if (rc < 0)
		return rc;
	network_init(n);
	if (record_parse(&b, n, mem, e) == 0)
		return 0;
	err_wrap(e, "%s/%s is damaged", st->root, path);
	if (e)
		e->code = EBADMSG;
	return -EBADMSG;
}

int network_load(const struct store *st, const char *name, struct network *n, struct arena *mem,
		 struct err *e)
{
	struct record_path p;
	int rc = -ENOENT;

	if (network_name_check(name, NULL) == 0)
		rc = record_read(st, path_of(&p, "", name), n, mem, e);
	if (rc == 0 && strcmp(n->name, name) != 0)
		rc = -ENOENT;
	return rc == -ENOENT ? err_set(e, ENOENT, "network %.128s not found", name) : rc;
}

int network_save(const struct store *st, const struct network *n, struct err *e)
{
	auto_json json_t *o = network_json(n, NULL);
	auto_str struct str b = STR_INIT;
	struct record_path p;
	struct stat sb;
	int rc = network_name_check(n->name, e);

	if (rc < 0)
		return rc;
	path_of(&p, "", n->name);
	if (fstatat(st->root_fd, p.s, &sb, AT_SYMLINK_NOFOLLOW) == 0)
		return err_set(e, EEXIST, "network with name %s already exists", n->name);
	json_print(o, JSON_PLAIN, &b);
	return file_write_atomic(st->root_fd, p.s, b.s, b.len, 0600, FILE_SYNC, e);
}

/* --- all of them -------------------------------------------------------------------------- */

int network_name_cmp(const char *a, const char *b)
{
	static const char digits[] = "0123456789";
	size_t x, y;

	for (; *a && *b; a += x, b += y) {
		size_t zx = strspn(a, "0"), zy = strspn(b, "0");
		int rc;

		x = strspn(a, digits), y = strspn(b, digits);
		if (!x || !y) {
			if (!x != !y)
				return x ? -1 : 1;
			if (*a != *b)
				return (unsigned char)*a - (unsigned char)*b;
			x = y = 1;
			continue;
		}
		if (x - zx != y - zy)
			return x - zx < y - zy ? -1 : 1;
		rc = memcmp(a + zx, b + zy, x - zx);
		if (rc || zx != zy)
			return rc ? rc : zx < zy ? -1 : 1;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

static int by_name(const void *a, const void *b)
{
	const struct network *x = a, *y = b;

	return network_name_cmp(x->name, y->name);
}

int network_list(const struct store *st, struct network **out, struct arena *mem, struct err *e)
{
	auto_dir struct dir d = DIR_INIT;
	size_t cap = 0, n = 0;
	const char *name;
	struct err why;
	int rc = dir_open(&d, st->root_fd, "networks", &why);

	*out = NULL;
	if (rc < 0)
		return rc == -ENOENT ? 0 : err_set(e, -rc, "%s", why.msg);
	while ((name = dir_next(&d)) != NULL) {
		size_t len = strlen(name);
		char path[sizeof("networks/") + 255];

		if (len < 6 || *name == '~' || strcmp(name + len - 5, ".json") != 0)
			continue;
		if (n == cap) {
			struct network *grown = arena_get(mem, (cap * 2 + 8) * sizeof(**out));

			if (n)
				memcpy(grown, *out, n * sizeof(**out));
			*out = grown;
			cap = cap * 2 + 8;
		}
		snprintf(path, sizeof(path), "networks/%s", name);
		if (record_read(st, path, &(*out)[n], mem, NULL) == 0)
			n++;
	}
	if (n)
		qsort(*out, n, sizeof(**out), by_name);
	return (int)n;
}

int network_find(const struct store *st, const char *ref, struct network *n, struct arena *mem,
		 struct err *e)
{
	size_t len = strlen(ref), found = 0;
	struct network *all;
	int rc = -ENOENT, count;

	if (len != NETWORK_ID_LEN)
		rc = network_load(st, ref, n, mem, e);
	if (rc != -ENOENT)
		return rc;
	count = network_list(st, &all, mem, e);
	for (int i = 0; i < count; i++) {
		if (!len || strncmp(all[i].id, ref, len) != 0)
			continue;
		*n = all[i];
		found++;
	}
	if (found > 1)
		return err_set(e, EEXIST, "network %.64s is ambiguous (%zu matches found based on "
			       "ID prefix)", ref, found);
	if (count < 0 || found)
		return count < 0 ? count : 0;
	return network_load(st, ref, n, mem, e);	/* a name may have 64 bytes */
}

/* --- making way and removing -------------------------------------------------------------- */

/* What a crash left half written or not yet renamed is no endpoint. */
static int endpoints_close(int state)
{
	auto_dir struct dir d = DIR_INIT;
	const char *name;

	if (unlinkat(state, "ep", AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (dir_open(&d, state, "ep", NULL) < 0)
		return -EBUSY;
	while ((name = dir_next(&d)) != NULL) {
		if (strlen(name) != NETWORK_ID_LEN)
			unlinkat(d.fd, name, 0);
	}
	return unlinkat(state, "ep", AT_REMOVEDIR) == 0 ? 0 : -EBUSY;
}

static int in_use(const struct network *n, struct err *e)
{
	return err_set(e, EBUSY, "error while removing network: network %s id %s has active "
		       "endpoints", n->name, n->id);
}

/* Steps 2 and 3. */
static int finish(const struct store *st, const struct network *n, struct err *e)
{
	auto_close int all = -1, state = network_state_open(st, n->id, false, NULL);
	struct record_path gone, back;

	path_of(&gone, "~", n->name);
	if (state >= 0 && endpoints_close(state) < 0) {
		(void)!renameat(st->root_fd, gone.s, st->root_fd, path_of(&back, "", n->name));
		return in_use(n, e);
	}
	if (unlinkat(st->root_fd, gone.s, 0) < 0 && errno != ENOENT)
		return err_sys(e, "remove network %s", n->name);
	all = openat(st->state_fd, "networks", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (all >= 0)
		(void)!tree_remove(all, n->id, NULL);
	return 0;
}

/* What is in use is not even hidden for a moment, but when an endpoint comes just now. */
static bool has_endpoints(const struct store *st, const struct network *n)
{
	auto_close int state = network_state_open(st, n->id, false, NULL);
	auto_arena struct arena mem = { 0 };
	struct strv containers;

	return state >= 0 && endpoint_list(state, &containers, &mem, NULL) == 0 && containers.n;
}

int network_remove(const struct store *st, const struct network *n, struct err *e)
{
	auto_close int dir = -1;
	struct record_path from, to;
	int rc;

	if (has_endpoints(st, n))
		return in_use(n, e);
	path_of(&from, "", n->name);
	path_of(&to, "~", n->name);
	if (renameat(st->root_fd, from.s, st->root_fd, to.s) < 0)
		return errno == ENOENT ? err_set(e, ENOENT, "network %s not found", n->name) :
			err_sys(e, "remove network %s", n->name);
	rc = finish(st, n, e);
	if (rc < 0)
		return rc;
	dir = openat(st->root_fd, "networks", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return dir < 0 || fsync(dir) < 0 ? err_sys(e, "remove network %s", n->name) : 0;
}

/* Removals that a crash cut short. */
static void finish_all(const struct store *st)
{
	auto_arena struct arena mem = { 0 };
	auto_dir struct dir d = DIR_INIT;
	const char *name;

	if (dir_open(&d, st->root_fd, "networks", NULL) < 0)
		return;
	while ((name = dir_next(&d)) != NULL) {
		char path[sizeof("networks/") + 255];
		struct network n;

		if (*name != '~')
			continue;
		snprintf(path, sizeof(path), "networks/%s", name);
		if (record_read(st, path, &n, &mem, NULL) == 0)
			(void)!finish(st, &n, NULL);
		else
			unlinkat(d.fd, name, 0);
	}
}

int network_lock(const struct store *st, struct err *e)
{
	auto_close int fd = -1;
	int rc;

	if (mkdirat(st->root_fd, "networks", 0700) < 0 && errno != EEXIST)
		return err_sys(e, "create %s/networks", st->root);
	fd = lock_open(st->root_fd, "networks/lock", e);
	if (fd < 0)
		return fd;
	rc = lock_take(fd, LOCK_EXCLUSIVE, -1, e);
	if (rc < 0)
		return rc;
	finish_all(st);
	return take_fd(fd);
}
