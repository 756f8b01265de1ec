// SPDX-License-Identifier: MIT
/* engine.h - the verbs on containers. No printing, no argv, no exit: every front end
 * (applets, compose, the API, swarm's agent) calls these.
 *
 * An error's code tells the front end which of Docker's classes it is:
 *   ENOENT    no such container or image        ("No such container: x")
 *   EEXIST    a name or an id prefix is taken   (409)
 *   EBUSY     the container is not in a state for this (409)
 *   EINVAL    the request makes no sense        (400)
 *   others    the system refused
 * Failures of a start carry an exit status too: see start_status. */
#pragma once

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/strv.h"
#include "core/store/container.h"
#include "core/store/store.h"

struct engine {
	struct store *store; /* borrowed */
	struct arena *mem; /* borrowed; what the verbs hand out lives there */
	int gate; /* borrowed: a container's gate that no monitor may keep open; 0 for none */
	struct strv warnings; /* sentences for the user, in the order they came */
};

/* Exit statuses that are the engine's own, as Docker's. */
enum {
	STATUS_ENGINE = 125, /* nothing was started */
	STATUS_NOT_EXECUTABLE = 126,
	STATUS_NOT_FOUND = 127,
	STATUS_SIGNAL = 128, /* + number */
};

void engine_warn(struct engine *g, const char *fmt, ...) PRINTF(2, 3);

/* Make a container: image config merged, name reserved, record on disk, nothing run.
 *
 * cfg    what was asked for; completed in place from the image
 * name   "" for a random one
 * out    filled; lives in g->mem
 *
 * 0; -ENOENT "No such image: x"; -EEXIST name in use; -EINVAL; or -errno. */
NODISCARD int engine_create(struct engine *g, struct container_config *cfg, const char *name,
	struct container *out, struct err *e);

/* Start a created or exited container: forks its monitor and waits until the program
 * runs or could not.
 *
 * attach   a connected socket to the monitor when the caller wants the streams (see wire.h), asked
 *          for by want != 0 (WIRE_WANT_*); NULL otherwise. The caller closes it.
 * status   on failure: 125, 126 or 127
 *
 * 0; 1 when it was running already (then nothing is attached);
 * -EBUSY when another command is changing it; or -errno. */
NODISCARD int engine_start(struct engine *g, const struct container *c, unsigned want, int *attach,
	int *status, struct err *e);

/* Connect to a running container's monitor. fd, -EBUSY "is not running", or -errno. */
NODISCARD int engine_attach(struct engine *g, const char *id, unsigned want, struct err *e);

/* Send a signal to the container's first process, by its monitor. SIGKILL is waited for.
 * 0, -EBUSY "is not running", or -errno. */
NODISCARD int engine_kill(struct engine *g, const char *id, int signo, struct err *e);

/* Ask it to end by its stop signal, and by SIGKILL after timeout_s (-1: its own; 0 at once).
 * 0 also when it does not run. */
NODISCARD int engine_stop(struct engine *g, const char *id, int64_t timeout_s, struct err *e);

/* End it as engine_stop does, when it runs, and start it. A --rm container stays meanwhile; the
 * count of restarts stays too, for it counts those of the restart policy.
 * As engine_start. */
NODISCARD int engine_restart(struct engine *g, const char *id, int64_t timeout_s, struct err *e);

/* Give it another name, running or not. A name taken meanwhile by a crash is given up.
 * 0; -EEXIST, -EINVAL with Docker's sentences; or -errno. */
NODISCARD int engine_rename(struct engine *g, const char *id, const char *name, struct err *e);

/* Freeze all its processes, or let them go. 0, -EBUSY with Docker's sentence ("is already
 * paused", "is not paused", "is not running"), -ENOTSUP where the kernel has no freezer. */
NODISCARD int engine_pause(struct engine *g, const char *id, bool on, struct err *e);

/* Wait until it does not run; its exit code goes to *code. 0 or -errno. */
NODISCARD int engine_wait(struct engine *g, const char *id, int *code, struct err *e);

/* Remove it; a running one only when `force` (it is killed first); with its anonymous volumes
 * when `volumes`.
 * 0, -ENOENT, -EBUSY with Docker's sentence, or -errno. */
NODISCARD int engine_remove(struct engine *g, const char *id, bool force, bool volumes,
	struct err *e);

struct exec_request {
	struct strv args, env; /* env: added to the container's */
	const char *user, *working_dir; /* "" for the container's own */
	bool tty, open_stdin, privileged, detach;
};

/* Start a program in a running container. Like engine_start; *attach carries its streams
 * and at the end its exit code. */
NODISCARD int engine_exec(struct engine *g, const char *id, const struct exec_request *r,
	int *attach, int *status, struct err *e);

/* Move bytes between our own descriptors and a monitor until the program ends or the user
 * detaches. Signals named in `forward` go to the program. */
struct attach_io {
	int in, out, err; /* -1: not connected; borrowed */
	bool tty; /* raw mode, window size, detach keys */
	bool sig_proxy;
	const char *detach_keys; /* "" for ctrl-p,ctrl-q */
};
enum { ATTACH_DETACHED = -1 };

/* *code is the program's exit code, or ATTACH_DETACHED. 0 or -errno. */
NODISCARD int engine_attach_run(int fd, const struct attach_io *io, int *code, struct err *e);

/* Put right what a crash left: containers whose monitor died get their end recorded, their
 * processes, cgroups and directories are cleaned. Cheap when there is nothing to do. */
NODISCARD int engine_reconcile(struct engine *g, const char *id, struct err *e);
