// SPDX-License-Identifier: MIT
/* sock.h - unix sockets by directory descriptor, and what they carry.
 *
 * A socket's path is limited to 107 bytes, a state directory's is not: we bind
 * and connect to /proc/self/fd/DIR/NAME. The directory must be ours and 0700:
 * that is the access control; sock_peer tells who it is all the same. */
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include "core/base/err.h"

enum { SOCK_FDS_MAX = 8, SOCK_NAME_MAX = 64 };

/* Bind and listen on `name` in `dirfd` (a stale socket there is replaced; mode 0600).
 * type: SOCK_STREAM or SOCK_SEQPACKET. A descriptor or -errno. */
NODISCARD int sock_listen(int dirfd, const char *name, int type, struct err *e);

/* Connect to it. A descriptor, or -ENOENT, -ECONNREFUSED (nobody listens), -errno. */
NODISCARD int sock_connect(int dirfd, const char *name, int type, struct err *e);

/* Take one connection, non-blocking. A descriptor, or -EAGAIN, -errno. */
NODISCARD int sock_accept(int fd, struct err *e);

/* Send bytes and up to SOCK_FDS_MAX descriptors in one message. 0 or -errno. */
NODISCARD int sock_send_fds(int fd, const void *data, size_t len, const int *fds, size_t n,
			    struct err *e);

/* Receive one message. *n: room in fds on entry, descriptors received on return,
 * close-on-exec; more than fit are closed. Bytes received (0: end), or -errno. */
NODISCARD ssize_t sock_recv_fds(int fd, void *data, size_t len, int *fds, size_t *n,
				struct err *e);

struct sock_peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

/* Who is at the other end (SO_PEERCRED: as it was at connect). 0 or -errno. */
NODISCARD int sock_peer(int fd, struct sock_peer *p, struct err *e);
