// SPDX-License-Identifier: MIT
#include "core/engine/connect.h"

#include "core/engine/amend.h"
#include "core/engine/endpoints.h"
#include "core/store/attachment.h"

static int no_host(struct err *e)
{
	return err_set(e, EINVAL, "container cannot be disconnected from host network or connected "
				  "to host network");
}

/* May this container have networks of its own? */
static int check_mode(const struct container *c, const struct network *n, struct err *e)
{
	const char *mode = c->config.network_mode;

	if (strcmp(n->driver, "host") == 0)
		return no_host(e);
	if (strncmp(mode, "container:", 10) == 0 || strcmp(mode, "host") == 0)
		return err_set(e, EINVAL, "container sharing network namespace with another "
					  "container or host cannot be connected to any "
					  "other network");
	if (strcmp(mode, "none") == 0 || strcmp(n->driver, "null") == 0)
		return err_set(e, EINVAL, "container cannot be connected to multiple networks with "
					  "one of the networks in private (none) mode");
	return 0;
}

int engine_network_connect(struct engine *g, const char *network, const char *id,
	const struct attachment *asked, struct err *e)
{
	auto_amend struct amend a = AMEND_INIT;
	struct attachment *new;
	struct network n;
	int rc = engine_network_find(g, network, &n, e);

	if (rc >= 0)
		rc = amend_begin(g, id, &a, e);
	if (rc >= 0)
		rc = check_mode(&a.c, &n, e);
	if (rc >= 0)
		rc = endpoints_ip_check(&n, asked, e);
	if (rc < 0)
		return rc;
	if (attachment_of(&a.c, n.id))
		return err_set(e, EEXIST, "endpoint with name %s already exists in network %s",
			a.c.name, n.name);
	new = attachment_add(&a.c, g->mem);
	*new = *asked;
	new->network = n.name;
	rc = endpoints_attachable(g, new, e);
	if (rc >= 0)
		rc = amend_commit(g, &a, e);
	if (rc >= 0)
		return 0;
	attachment_drop(&a.c, new);
	(void)!container_record_save(g->store, &a.c, NULL);
	return rc;
}

int engine_network_disconnect(struct engine *g, const char *network, const char *id, struct err *e)
{
	auto_amend struct amend a = AMEND_INIT;
	struct attachment *gone;
	struct network n;
	int rc = engine_network_find(g, network, &n, e);

	if (rc >= 0)
		rc = amend_begin(g, id, &a, e);
	if (rc < 0)
		return rc;
	if (strcmp(n.driver, "host") == 0 && strcmp(a.c.config.network_mode, "host") == 0)
		return no_host(e);
	gone = attachment_of(&a.c, n.id);
	if (!gone)
		return err_set(e, EINVAL, "container %s is not connected to %snetwork %s", a.c.id,
			container_runs(&a.c.state) ? "" : "the ", n.name);
	attachment_drop(&a.c, gone);
	return amend_commit(g, &a, e);
}
