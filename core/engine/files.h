// SPDX-License-Identifier: MIT
/* files.h - what is bound over /etc/hosts, /etc/hostname and /etc/resolv.conf.
 *
 * They are ours, below STATE/containers/ID; the container may write into them.
 *
 * What an attacker controls: names and addresses of --add-host, --dns and --hostname in a compose
 * file, and what containers in the same network are called: each was checked where it was
 * given, and none has a newline. */
#pragma once

#include "core/engine/endpoints.h"

/* The host's resolv.conf as its containers are to know it: where systemd-resolved's stub is the
 * only nameserver, what that asks itself, as Docker does. Empty when there is none. */
void files_host_resolv(struct str *out);

/* Without networks of ours. */
NODISCARD int files_plain(const struct container *c, int dir, struct err *e);

/* The same once its addresses are known: hosts has them. */
NODISCARD int files_of_networks(const struct endpoints *ends, int dir, struct err *e);
