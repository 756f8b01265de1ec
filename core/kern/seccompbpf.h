// SPDX-License-Identifier: MIT
/* seccompbpf.h - rules about system calls, made into one classic BPF program. Private to
 * seccompjson.c and tests.
 *
 * Knows the calls of this machine's architecture and of those it can run beside it (x86 and
 * x32 on x86_64, arm on aarch64), by the table that seccomp_gen.c writes at build time. The
 * answers are libseccomp's, which the test holds it to:
 *   - of the rules for one call the first without arguments holds, whatever the others say;
 *     without such, the first in order whose arguments fit; else the default
 *   - a 32-bit architecture's arguments (x32 is one) are compared by their low halves
 *   - on x86 a rule for a call of socketcall or ipc is one for socketcall or ipc with that
 *     first argument too, where its own first argument cannot be seen
 *   - an architecture that was not added is killed; so is x32 beside x86_64 alone
 *
 * Pure: no system calls. */
#pragma once

#include "core/base/arena.h"
#include "core/kern/seccomp.h"

enum { SECCOMP_ARGS_MAX = 6,
	SECCOMP_ARCHS_MAX = 3 };

enum seccomp_op {
	SECCOMP_NE, SECCOMP_LT, SECCOMP_LE, SECCOMP_EQ, SECCOMP_GE, SECCOMP_GT, SECCOMP_MASKED_EQ,
};

struct seccomp_arg {
	uint8_t index;		/* < SECCOMP_ARGS_MAX */
	uint8_t op;		/* enum seccomp_op */
	uint64_t value;		/* what is compared with; of MASKED_EQ the mask */
	uint64_t masked;	/* of MASKED_EQ: what the masked argument is */
};

/* All of them must fit; each argument at most once. */
struct seccomp_args {
	unsigned n;
	struct seccomp_arg v[SECCOMP_ARGS_MAX];
};

struct seccomp_rules {
	uint32_t action;	/* SECCOMP_RET_*, the default */
	bool newer_enosys;	/* a call newer than all that were named is ENOSYS */
	struct {
		bool on;
		struct seccomp_rule *first, **end;
		int newest;	/* the highest number that was named; -1: none */
	} archs[SECCOMP_ARCHS_MAX];
	struct arena mem;	/* owned */
};

/* Begin, for the machine's own architecture. */
void seccomp_rules_init(struct seccomp_rules *r, uint32_t action);
void seccomp_rules_release(struct seccomp_rules *r);

/* AUDIT_ARCH_* of what we run on; x32 is AUDIT_ARCH_X86_64 without its bit for 64. */
uint32_t seccomp_arch_own(void);

/* Add an architecture; one this machine cannot run is none. */
void seccomp_rules_arch(struct seccomp_rules *r, uint32_t arch);

/* Which call has this name; -1: none here. */
int seccomp_call(const char *name);

/* The call is known to whoever wrote the rules. */
void seccomp_rules_name(struct seccomp_rules *r, int call);

/* Add a rule on each architecture that was added. args are copied. */
void seccomp_rules_add(struct seccomp_rules *r, int call, uint32_t action,
		       const struct seccomp_args *args);

/* Make the program. 0, or -E2BIG when it is longer than the kernel takes. */
NODISCARD int seccomp_rules_make(struct seccomp_rules *r, struct seccomp_program *out,
				 struct err *e);
