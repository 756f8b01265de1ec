// SPDX-License-Identifier: MIT
/* runcheck.h - the values of run's flags: is this one well-formed? Pure.
 *
 * Each takes one text and returns 0, or -EINVAL with the sentence Docker 20.10's client or
 * engine says. What an attacker controls: in a compose file or an API request, all of the
 * text. The first group fits `opt_check_fn`: looked at while the command line is read. */
#pragma once

#include "core/base/err.h"
#include "core/base/strv.h"

int runcheck_add_host(const char *text, struct err *e);
int runcheck_attach(const char *text, struct err *e);
int runcheck_device_rule(const char *text, struct err *e);
int runcheck_dns(const char *text, struct err *e);
int runcheck_dns_search(const char *text, struct err *e);
int runcheck_env(const char *text, struct err *e);
int runcheck_filter(const char *text, struct err *e);
int runcheck_label(const char *text, struct err *e);
int runcheck_link(const char *text, struct err *e);
int runcheck_sysctl(const char *text, struct err *e);
int runcheck_ulimit(const char *text, struct err *e);

/* "HOST[:CONTAINER][:rwm]" made whole: "HOST:CONTAINER:rwm" in mem. */
NODISCARD int runcheck_device(const char *text, const char **out, struct arena *mem, struct err *e);

/* "on-failure:3" into its two parts. */
NODISCARD int runcheck_restart(const char *text, const char **policy, int *max, struct arena *mem,
			       struct err *e);

/* --pid, --uts, --cgroupns, --userns, --ipc. */
int runcheck_pid(const char *text, struct err *e);
int runcheck_uts(const char *text, struct err *e);
int runcheck_cgroupns(const char *text, struct err *e);
int runcheck_userns(const char *text, struct err *e);
int runcheck_ipc(const char *text, struct err *e);

int runcheck_mac(const char *text, struct err *e);
