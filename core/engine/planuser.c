// SPDX-License-Identifier: MIT
#include "core/engine/planuser.h"

#include <sys/auxv.h>
#include <sys/stat.h>

#include "core/kern/ns.h"

/* What somebody else unpacked has owners that are nobody here, and says what it hides in
 * attributes that only root may read. */
static int layers_check(const struct plan *p, struct err *e)
{
	for (size_t i = 0; i < p->spec.layers.n; i++) {
		struct stat st;

		if (stat(p->spec.layers.v[i], &st) < 0)
			return err_sys(e, "stat %s", p->spec.layers.v[i]);
		if (st.st_uid != getauxval(AT_EUID))
			return err_set(e, EPERM,
				       "layer %s belongs to user %u: an ordinary user's containers "
				       "need images that are the user's own (load the image)",
				       p->spec.layers.v[i], st.st_uid);
	}
	return 0;
}

static int modes_check(const struct container_config *cfg, struct err *e)
{
	const struct {
		const char *flag, *mode;
	} joins[] = {
		{ "--pid", cfg->pid_mode },
		{ "--network", cfg->network_mode },
		{ "--ipc", cfg->ipc_mode },
	};

	for (size_t i = 0; i < countof(joins); i++) {
		if (strncmp(joins[i].mode, "container:", 10) == 0)
			return err_set(e, EINVAL, "%s %s: an ordinary user's container cannot join "
						  "another",
				       joins[i].flag, joins[i].mode);
	}
	if (cfg->group_add.n)
		return err_set(e, EINVAL, "--group-add %s: root is the only group that the "
					  "container of an ordinary user has", cfg->group_add.v[0]);
	return 0;
}

int planuser_make(struct engine *g, const struct container *c, struct plan *p, struct err *e)
{
	int rc;

	if (!userns_is_ordinary())
		return 0;
	rc = modes_check(&c->config, e);
	if (rc >= 0)
		rc = layers_check(p, e);
	if (rc < 0)
		return rc;
	if (c->config.privileged)
		engine_warn(g, "--privileged: the container of an ordinary user gets no devices of "
			       "the host and no rights over it");
	userns_map_self(&p->spec.userns);
	p->clone_flags |= CLONE_NEWUSER;
	return 0;
}

uint64_t planuser_exec(struct plan *p)
{
	if (!userns_is_ordinary())
		return 0;
	userns_map_self(&p->spec.userns);
	return CLONE_NEWUSER;
}
