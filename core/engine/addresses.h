// SPDX-License-Identifier: MIT
/* addresses.h - a container's addresses, and those it had in its last life: it asks for them
 * again, so that who knows it by address finds it after a restart. They are in its state.
 *
 * Nothing holds an address for one that does not run: another may have it by then. */
#pragma once

#include "core/engine/endpoints.h"

/* asked   "" for any
 * out     the address and the length of its subnet; untouched in a network without this family
 *
 * 0; -EADDRINUSE, -EADDRNOTAVAIL, -EINVAL with Docker's sentences; or -errno. */
NODISCARD int addresses_take(struct endpoints *ends, struct place *p, unsigned family,
	const char *asked, struct ipnet *out, struct err *e);

/* Into the container's state, which the caller writes. */
void addresses_keep(const struct endpoints *ends);
