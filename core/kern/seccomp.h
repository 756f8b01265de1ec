// SPDX-License-Identifier: MIT
/* seccomp.h - the system calls a container may make.
 *
 * The default program is BPF made at build time from one table (seccomp_gen.c);
 * what depends on capabilities is settled by patching its return instructions,
 * so installing it costs one copy. Architecture, x32 bit and both halves of each
 * argument are tested by it (Z06). */
#pragma once

#include "core/base/err.h"

enum { SECCOMP_PROFILE_MAX = 4 << 20 };	/* bytes of a profile's JSON */

struct seccomp_program {
	struct sock_filter *insns;	/* owned */
	unsigned short n;		/* 0: nothing to install */
	unsigned flags;			/* SECCOMP_FILTER_FLAG_* */
};
#define SECCOMP_INIT	{ 0 }
#define auto_seccomp	__attribute__((cleanup(seccomp_program_release)))

void seccomp_program_release(struct seccomp_program *p);

/* The default profile for a container with these capabilities. */
NODISCARD int seccomp_default(uint64_t caps, struct seccomp_program *p, struct err *e);

/* A profile in Docker's JSON, for these capabilities. -EINVAL names what is wrong;
 * -ENOTSUP when built without SECCOMP_PROFILE. Pure: makes the program, installs nothing. */
NODISCARD int seccomp_profile(const char *json, size_t len, uint64_t caps,
			      struct seccomp_program *p, struct err *e);

/* Install it in this process, for ever. Needs no_new_privs or CAP_SYS_ADMIN: so before
 * capabilities are given up. -EINVAL says when the kernel lacks CONFIG_SECCOMP_FILTER. */
NODISCARD int seccomp_install(const struct seccomp_program *p, struct err *e);

/* True when the kernel can (CONFIG_SECCOMP_FILTER). */
bool seccomp_supported(void);
