// SPDX-License-Identifier: MIT
#include "core/engine/planuser.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
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

static bool same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev &&
		x.st_ino == y.st_ino;
}

/* A namespace of another container can be joined by who is in the user namespace that it
 * belongs to. Where it is the host's (the other shares it), it is ours too already. */
static int owner_join(struct plan *p, struct spec_ns *ns, int own, struct err *e)
{
	auto_close int owner = ioctl(ns->fd, NS_GET_USERNS);

	if (owner < 0)
		return err_sys(e, "ask for the user namespace of another container");
	if (same_file(owner, own)) {
		close_at(&ns->fd);
		*ns = (struct spec_ns){ SPEC_NS_HOST, -1 };
		if (ns == &p->spec.ns[SPEC_IPC]) {
			close_at(&p->spec.shm_ns);
			p->spec.shm_ns = -1; /* and its /dev/shm is the host's */
		}
		return 0;
	}
	/* Its /proc would have to be mounted when no other is in sight any more, and then the
	 * kernel lets nobody but root. */
	if (ns == &p->spec.ns[SPEC_PID])
		return err_set(e, EINVAL, "--pid: the container of an ordinary user cannot join "
					  "the processes of another");
	if (p->spec.userns_join && !same_file(owner, p->spec.userns_fd))
		return err_set(e, EINVAL, "the container of an ordinary user can join the "
					  "namespaces of one other only");
	if (!p->spec.userns_join)
		p->spec.userns_fd = take_fd(owner);
	p->spec.userns_join = true;
	return 0;
}

static int owners_join(struct plan *p, struct err *e)
{
	auto_close int own = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	int rc = own < 0 ? err_sys(e, "open our user namespace") : 0;

	for (int k = 0; rc >= 0 && k < SPEC_NS_KINDS; k++) {
		if (p->spec.ns[k].mode == SPEC_NS_JOIN)
			rc = owner_join(p, &p->spec.ns[k], own, e);
	}
	return rc;
}

int planuser_make(struct engine *g, const struct container *c, struct plan *p, struct err *e)
{
	int rc;

	if (!userns_is_ordinary())
		return 0;
	if (c->config.group_add.n)
		return err_set(e, EINVAL,
			       "--group-add %s: root is the only group that the container of an "
			       "ordinary user has",
			       c->config.group_add.v[0]);
	rc = layers_check(p, e);
	if (rc >= 0)
		rc = owners_join(p, e);
	if (rc < 0)
		return rc;
	if (c->config.privileged)
		engine_warn(g, "--privileged: the container of an ordinary user gets no devices of "
			       "the host and no rights over it");
	userns_map_self(&p->spec.userns);
	if (p->spec.userns_join) {
		p->spec.userns_new = p->clone_flags;
		p->clone_flags = 0;
	} else {
		p->clone_flags |= CLONE_NEWUSER;
	}
	return 0;
}

uint64_t planuser_exec(struct plan *p)
{
	if (!userns_is_ordinary())
		return 0;
	userns_map_self(&p->spec.userns);
	return CLONE_NEWUSER;
}
