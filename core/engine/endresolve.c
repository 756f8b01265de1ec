// SPDX-License-Identifier: MIT
/* endresolve.c - which networks a container is to be in: what was asked for, looked at. */
#include "core/engine/endpoints.h"

#include <sys/auxv.h>

#include "core/engine/bridge.h"
#include "core/store/attachment.h"

int endpoints_ip_none(struct err *e)
{
	return err_set(e, EINVAL, "user specified IP address is supported on user defined networks "
				  "only");
}

int endpoints_ip_check(const struct network *n, const struct attachment *a, struct err *e)
{
	if (!*a->ip4 && !*a->ip6)
		return 0;
	if (network_is_predefined(n->name))
		return endpoints_ip_none(e);
	if (!n->own_subnet)
		return err_set(e, EINVAL, "user specified IP address is supported only when "
					  "connecting to networks with user configured subnets");
	return 0;
}

/* "host", "none" and "container:X" have no network of ours. */
static bool is_ours(const char *mode)
{
	return strcmp(mode, "host") != 0 && strcmp(mode, "none") != 0 &&
		strncmp(mode, "container:", 10) != 0;
}

/* What --ip, --network-alias and --link say is of the first network. */
static void first_gets(const struct container_config *cfg, struct attachment *a,
	struct arena *mem)
{
	if (*cfg->ip4)
		a->ip4 = cfg->ip4;
	if (*cfg->ip6)
		a->ip6 = cfg->ip6;
	for (size_t i = 0; i < cfg->network_aliases.n; i++)
		strv_add(&a->aliases, cfg->network_aliases.v[i], mem);
	a->links = cfg->links;
}

static int alias_check(const struct network *n, const struct attachment *a, struct err *e)
{
	bool own = !network_is_predefined(n->name);

	for (size_t i = 0; i < a->aliases.n; i++) {
		if (network_name_check(a->aliases.v[i], NULL) < 0)
			return err_set(e, EINVAL, "invalid network-scoped alias");
	}
	if (a->aliases.n && !own)
		return err_set(e, EINVAL, "network-scoped alias is supported only for containers "
					  "in user defined networks");
	return 0;
}

int endpoints_attachable(struct engine *g, struct attachment *a, struct err *e)
{
	struct network n;
	int rc = engine_network_find(g, a->network, &n, e);

	if (rc < 0)
		return rc;
	if (!bridge_is(&n) && strcmp(n.driver, "macvlan") != 0 && strcmp(n.driver, "ipvlan") != 0)
		return err_set(e, EINVAL, "conflicting options: cannot attach both user-defined "
					  "and non-user-defined network-modes");
	a->network = n.name;
	a->network_id = n.id;
	return alias_check(&n, a, e);
}

/* Links of the host are root's to make. */
static int can_have(struct err *e)
{
	if (getauxval(AT_EUID) != 0)
		return err_set(e, EPERM, "networks are root's to make: an ordinary user's "
					 "containers have --network none, host or container:NAME");
	return 0;
}

static int ip_text(const char *text, unsigned family, struct err *e)
{
	struct ip ip;

	if (!*text || (ip_parse(text, &ip, NULL) >= 0 && ip.family == family))
		return 0;
	return err_set(e, EINVAL, "invalid IPv%u address: %s", family, text);
}

static int ips_parse(const struct container_config *cfg, struct err *e)
{
	int rc = ip_text(cfg->ip4, 4, e);

	return rc < 0 ? rc : ip_text(cfg->ip6, 6, e);
}

int endpoints_resolve(struct engine *g, struct container *c, struct err *e)
{
	const struct container_config *cfg = &c->config;
	int rc = ips_parse(cfg, e);

	if (rc < 0)
		return rc;
	if (strcmp(cfg->network_mode, "host") == 0 && cfg->ports.n)
		engine_warn(g, "Published ports are discarded when using host network mode");
	if (!is_ours(cfg->network_mode))
		return 0;
	rc = can_have(e);
	if (rc < 0)
		return strcmp(cfg->network_mode, "default") == 0 && !cfg->ports.n ? 0 : rc;
	for (size_t i = 0; i < cfg->nets_n; i++)
		*attachment_add(c, g->mem) = cfg->nets[i];
	if (!c->nets_n) {
		struct attachment *a = attachment_add(c, g->mem);

		a->network = strcmp(cfg->network_mode, "default") == 0 ? "bridge" :
									 cfg->network_mode;
	}
	first_gets(cfg, &c->nets[0], g->mem);
	for (size_t i = 0; rc >= 0 && i < c->nets_n; i++) {
		rc = endpoints_attachable(g, &c->nets[i], e);
		if (rc == -ENOENT)
			rc = 0; /* as Docker: it may be there when the container starts */
	}
	return rc;
}
