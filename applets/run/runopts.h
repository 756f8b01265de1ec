// SPDX-License-Identifier: MIT
/* runopts.h - the flags that run and create share, and what they make of a container.
 *
 * Most rows write straight into the container's configuration; the fields beside it hold
 * texts that need work first. run_config does that work. */
#pragma once

#include "applets/applet.h"
#include "core/fmt/runcheck.h"
#include "core/store/container.h"

struct run_opts {
	struct container_config c;
	const char *name, *pull, *platform, *restart, *entrypoint, *health_cmd, *gpus;
	const char *detach_keys;
	struct strv attach, env, env_files, labels, label_files, volumes, mounts, tmpfs, publish,
		expose, devices, networks;
	struct strv unsupported; /* values of flags that are understood and not carried out */
	int64_t health_retries, cpu_rt_period, cpu_rt_runtime;
	bool no_healthcheck, detach, sig_proxy;
};

int run_check_mount(const char *text, struct err *e);	/* opt_check_fn */

/* Rows that both have, on the left and the right of those that differ. */
extern const struct opt run_rows_to_detach[], run_rows_to_pull[], run_rows_rest[];

#define RUN_OPTS_DETACH(O) \
	OPT_FLAG(O, detach, 'd', "detach", "Run container in background and print container ID"), \
	OPT_TEXT(O, detach_keys, 0, "detach-keys", "string", \
		 "Override the key sequence for detaching a container")

#define RUN_OPTS_TO_SIG_PROXY(O, doing) \
	OPT_TEXT(O, pull, 0, "pull", "string", "Pull image before " doing \
		 " (\"always\"|\"missing\"|\"never\") (default \"missing\")"), \
	OPT_FLAG(O, c.read_only, 0, "read-only", \
		 "Mount the container's root filesystem as read only"), \
	OPT_TEXT(O, restart, 0, "restart", "string", \
		 "Restart policy to apply when a container exits (default \"no\")"), \
	OPT_FLAG(O, c.auto_remove, 0, "rm", "Automatically remove the container when it exits"), \
	OPT_TEXT(O, c.runtime, 0, "runtime", "string", "Runtime to use for this container"), \
	OPT_LIST(O, c.security_opt, 0, "security-opt", "list", "Security Options"), \
	OPT_BYTES(O, c.shm_size, 0, "shm-size", "Size of /dev/shm")

#define RUN_OPTS_SIG_PROXY(O) \
	OPT_FLAG(O, sig_proxy, 0, "sig-proxy", \
		 "Proxy received signals to the process (default true)")

/* Every field "not given". */
void run_opts_init(struct run_opts *o);

/* Which part of Docker finds an error, for its prefix: the client, the client when it looks at the
 * image's name, the engine. */
enum run_phase { RUN_CLIENT, RUN_NAME, RUN_ENGINE };

/* Finish o->c from the texts; argv: image, command, arguments.
 * 0, or -EINVAL or -errno with Docker's sentence and *phase set. */
NODISCARD int run_config(struct run_opts *o, int argc, const char **argv, struct arena *mem,
			 enum run_phase *phase, struct err *e);

/* Print "PROG: [Error response from daemon: ]SENTENCE." and with `help` where help is. Returns
 * -code for main.c, which then exits with `status`. */
int run_fail(const struct ctx *ctx, enum run_phase phase, bool help, int status, struct err *e);

struct engine;

/* Check the image's name, reserve --cidfile, create, print warnings, fill the file.
 * 0, or -code for main.c, with everything said. */
NODISCARD int run_create(const struct ctx *ctx, struct engine *g, struct run_opts *o, int argc,
			 const char **argv, struct container *out, struct err *e);
