// SPDX-License-Identifier: MIT
#include "core/os/sock.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>

enum { BACKLOG = 64 };

/* The socket's address by its directory's descriptor. 0 or -ENAMETOOLONG. */
static int address(int dirfd, const char *name, struct sockaddr_un *sa)
{
	*sa = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(name) > SOCK_NAME_MAX || strchr(name, '/'))
		return -ENAMETOOLONG;
	snprintf(sa->sun_path, sizeof(sa->sun_path), "/proc/self/fd/%d/%s", dirfd, name);
	return 0;
}

int sock_listen(int dirfd, const char *name, int type, struct err *e)
{
	auto_close int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un sa;
	mode_t mask;
	int rc;

	if (fd < 0)
		return err_sys(e, "socket");
	if (address(dirfd, name, &sa) < 0)
		return err_set(e, ENAMETOOLONG, "socket name '%s' is too long", name);
	if (unlinkat(dirfd, name, 0) < 0 && errno != ENOENT)
		return err_sys(e, "remove old socket %s", name);
	mask = umask(0177);
	rc = bind(fd, (struct sockaddr *)&sa, sizeof(sa));
	umask(mask);
	if (rc < 0)
		return err_sys(e, "bind socket %s", name);
	if (listen(fd, BACKLOG) < 0)
		return err_sys(e, "listen on socket %s", name);
	return take_fd(fd);
}

int sock_connect(int dirfd, const char *name, int type, struct err *e)
{
	auto_close int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	struct sockaddr_un sa;

	if (fd < 0)
		return err_sys(e, "socket");
	if (address(dirfd, name, &sa) < 0)
		return err_set(e, ENAMETOOLONG, "socket name '%s' is too long", name);
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		return err_sys(e, "connect to socket %s", name);
	return take_fd(fd);
}

int sock_accept(int fd, struct err *e)
{
	int got = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	return got < 0 ? err_sys(e, "accept") : got;
}

union control {
	char buf[CMSG_SPACE(sizeof(int) * SOCK_FDS_MAX)];
	struct cmsghdr align;
};

int sock_send_fds(int fd, const void *data, size_t len, const int *fds, size_t n, struct err *e)
{
	struct iovec iov = { .iov_base = (void *)(uintptr_t)data, .iov_len = len };
	union control c = { 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t sent;

	if (n > SOCK_FDS_MAX)
		return err_set(e, E2BIG, "more than %d descriptors in a message", SOCK_FDS_MAX);
	if (n) {
		msg.msg_control = c.buf;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * n);
		c.align.cmsg_level = SOL_SOCKET;
		c.align.cmsg_type = SCM_RIGHTS;
		c.align.cmsg_len = CMSG_LEN(sizeof(int) * n);
		memcpy(CMSG_DATA(&c.align), fds, sizeof(int) * n);
	}
	do
		sent = sendmsg(fd, &msg, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return err_sys(e, "send descriptors");
	return (size_t)sent == len ? 0 : err_set(e, EIO, "a message was sent in part only");
}

/* Take over what came, close what does not fit. */
static void take_fds(struct cmsghdr *h, int *fds, size_t room, size_t *n)
{
	size_t came = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);

	for (size_t i = 0; i < came; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(h) + i * sizeof(int), sizeof(fd));
		if (*n < room)
			fds[(*n)++] = fd;
		else
			close(fd);
	}
}

ssize_t sock_recv_fds(int fd, void *data, size_t len, int *fds, size_t *n, struct err *e)
{
	struct iovec iov = { .iov_base = data, .iov_len = len };
	union control c = { 0 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = c.buf, .msg_controllen = sizeof(c),
	};
	size_t room = *n;
	ssize_t got;

	*n = 0;
	do
		got = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_sys(e, "receive descriptors");
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&msg); h; h = CMSG_NXTHDR(&msg, h))
		if (h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS)
			take_fds(h, fds, room, n);
	return got;
}

int sock_peer(int fd, struct sock_peer *p, struct err *e)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return err_sys(e, "ask who is at the other end");
	*p = (struct sock_peer){ .pid = cred.pid, .uid = cred.uid, .gid = cred.gid };
	return 0;
}
