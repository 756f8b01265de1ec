// SPDX-License-Identifier: MIT
#include "core/kern/seccomp.h"

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "build/gen/config.h"
#include "build/gen/seccomp_default.h"
#include "core/kern/caps.h"
#include "core/kern/seccomp_groups.h"
#include "core/kern/seccompjson.h"

/* What opens each group, and what its calls answer when it stays shut. */
static const struct {
	uint64_t caps;		/* any of them */
	int code;
} groups[SECCOMP_GROUPS] = {
	[GROUP_DAC_READ_SEARCH] = { CAP_BIT(CAP_DAC_READ_SEARCH), EPERM },
	[GROUP_SYSLOG] = { CAP_BIT(CAP_SYSLOG) | CAP_BIT(CAP_SYS_ADMIN), EPERM },
	[GROUP_ADMIN] = { CAP_BIT(CAP_SYS_ADMIN), EPERM },
	/* Its flags lie in memory, where no filter can look: libc takes clone instead. */
	[GROUP_CLONE3] = { CAP_BIT(CAP_SYS_ADMIN), ENOSYS },
	[GROUP_BPF] = { CAP_BIT(CAP_BPF) | CAP_BIT(CAP_SYS_ADMIN), EPERM },
	[GROUP_PERFMON] = { CAP_BIT(CAP_PERFMON) | CAP_BIT(CAP_SYS_ADMIN), EPERM },
	[GROUP_BOOT] = { CAP_BIT(CAP_SYS_BOOT), EPERM },
	[GROUP_CHROOT] = { CAP_BIT(CAP_SYS_CHROOT), EPERM },
	[GROUP_MODULE] = { CAP_BIT(CAP_SYS_MODULE), EPERM },
	[GROUP_NICE] = { CAP_BIT(CAP_SYS_NICE), EPERM },
	[GROUP_PACCT] = { CAP_BIT(CAP_SYS_PACCT), EPERM },
	[GROUP_PTRACE] = { CAP_BIT(CAP_SYS_PTRACE), EPERM },
	[GROUP_RAWIO] = { CAP_BIT(CAP_SYS_RAWIO), EPERM },
	[GROUP_TIME] = { CAP_BIT(CAP_SYS_TIME), EPERM },
	[GROUP_TTY_CONFIG] = { CAP_BIT(CAP_SYS_TTY_CONFIG), EPERM },
};

void seccomp_program_release(struct seccomp_program *p)
{
	free(p->insns);
	*p = (struct seccomp_program)SECCOMP_INIT;
}

static void settle(struct sock_filter *f, uint64_t caps)
{
	unsigned group = (f->k & SECCOMP_RET_DATA) - SECCOMP_GROUP_BASE;

	if (f->code != (BPF_RET | BPF_K) || (f->k & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO ||
	    group >= SECCOMP_GROUPS)
		return;
	f->k = caps & groups[group].caps ? SECCOMP_RET_ALLOW :
		SECCOMP_RET_ERRNO | groups[group].code;
}

int seccomp_default(uint64_t caps, struct seccomp_program *p, struct err *e UNUSED)
{
	struct sock_filter *insns = malloc(sizeof(seccomp_default_insns));

	if (!insns)
		abort();
	memcpy(insns, seccomp_default_insns, sizeof(seccomp_default_insns));
	for (size_t i = 0; i < countof(seccomp_default_insns); i++)
		settle(&insns[i], caps);
	*p = (struct seccomp_program){ insns, countof(seccomp_default_insns), 0 };
	return 0;
}

int seccomp_profile(const char *json, size_t len, uint64_t caps, struct seccomp_program *p,
		    struct err *e)
{
	if (!CFG_SECCOMP_PROFILE)
		return err_set(e, ENOTSUP, "seccomp profiles are not built in (SECCOMP_PROFILE)");
	return seccompjson_make(json, len, caps, p, e);
}

int seccomp_install(const struct seccomp_program *p, struct err *e)
{
	struct sock_fprog prog = { .len = p->n, .filter = p->insns };

	if (!p->n)
		return 0;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, p->flags, &prog) == 0)
		return 0;
	if (errno == ENOSYS && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) == 0)
		return 0;
	if (!seccomp_supported())
		return err_set(e, EINVAL,
			       "no seccomp filter (needs CONFIG_SECCOMP_FILTER in the kernel)");
	return err_sys(e, "install the seccomp filter");
}

/* A filter at no address: a kernel that knows filters says EFAULT. */
bool seccomp_supported(void)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL) < 0 && errno == EFAULT;
}
