// SPDX-License-Identifier: MIT
/* probe.h - what the running kernel can do, found by trying it.
 *
 * Each probe is harmless: it works in a child with namespaces of its own, in a group
 * that it makes and removes, or asks with arguments that cannot succeed. Nothing is
 * read from a kernel configuration file. */
#pragma once

#include "core/base/err.h"

enum { PROBE_NOTE_MAX = 160 };

enum probe_state {
	PROBE_YES,
	PROBE_FALLBACK,	/* missing; we do without in the way `fallback` says */
	PROBE_MISSING,	/* missing, and something the user may ask for will fail or be left out */
};

enum probe_group {
	PROBE_NAMESPACES, PROBE_CGROUPS, PROBE_STORAGE, PROBE_SECURITY, PROBE_CALLS, PROBE_NETWORK,
	PROBE_GROUPS,
};

/* Where the probes may work. */
struct probe_env {
	int root_fd;		/* borrowed; the engine's ROOT, or -1: it cannot be written */
};

struct probe {
	uint8_t group;		/* enum probe_group */
	bool needed;		/* without it `run` cannot work at all */
	const char *name;	/* "overlay file system" */
	const char *config;	/* "CONFIG_OVERLAY_FS", or "Linux 5.6"; "" when it is neither */
	const char *fallback;	/* what is done without; NULL: nothing can be done */
	bool (*try)(const struct probe *p, const struct probe_env *env,
		    char note[static PROBE_NOTE_MAX]);
	long arg;		/* try's own */
};

struct probe_result {
	enum probe_state state;
	char note[PROBE_NOTE_MAX];	/* what was found; may be "" */
};

extern const struct probe probe_table[];	/* by group, in the order of printing */
extern const size_t probe_table_n;

const char *probe_group_title(enum probe_group g);

/* Try one. */
void probe_run(const struct probe *p, const struct probe_env *env, struct probe_result *r);
