// SPDX-License-Identifier: MIT
#include "core/os/sock.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "core/os/tree.h"
#include "tests/unit/unit.h"

static char base[64];

/* A directory whose path is far longer than a socket's may be. */
static int long_dir(void)
{
	char name[201];
	int at, next;

	strcpy(base, "/tmp/test_sock.XXXXXX");
	CHECK(mkdtemp(base) != NULL);
	memset(name, 'n', 200);
	name[200] = 0;
	at = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 3; i++) {
		CHECK(!mkdirat(at, name, 0700));
		next = openat(at, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		CHECK(next >= 0);
		close(at);
		at = next;
	}
	return at;
}

static void done(int dir)
{
	close(dir);
	CHECK_INT(tree_remove(AT_FDCWD, base, NULL), 0);
}

TEST(a_long_path_is_no_matter)
{
	int dir = long_dir(), l = sock_listen(dir, "s", SOCK_STREAM, NULL), a, b;
	struct sock_peer who;
	struct stat st;
	char c;

	CHECK(l >= 0);
	CHECK(!fstatat(dir, "s", &st, 0) && S_ISSOCK(st.st_mode) && (st.st_mode & 0777) == 0600);
	CHECK_INT(sock_accept(l, NULL), -EAGAIN);
	a = sock_connect(dir, "s", SOCK_STREAM, NULL);
	b = sock_accept(l, NULL);
	CHECK(a >= 0 && b >= 0);
	CHECK(fcntl(l, F_GETFD) & fcntl(a, F_GETFD) & fcntl(b, F_GETFD) & FD_CLOEXEC);
	CHECK_INT(write(a, "x", 1), 1);
	CHECK_INT(read(b, &c, 1), 1);
	CHECK_INT(sock_peer(b, &who, NULL), 0);
	CHECK_INT(who.pid, getpid());
	CHECK_INT(who.uid, geteuid());
	done(dir);
}

TEST(nobody_listening_is_told_from_no_socket)
{
	int dir = long_dir(), l;

	CHECK_INT(sock_connect(dir, "s", SOCK_STREAM, NULL), -ENOENT);
	l = sock_listen(dir, "s", SOCK_STREAM, NULL);
	CHECK(l >= 0);
	close(l);
	CHECK_INT(sock_connect(dir, "s", SOCK_STREAM, NULL), -ECONNREFUSED);
	l = sock_listen(dir, "s", SOCK_STREAM, NULL);	/* the stale one is replaced */
	CHECK(l >= 0);
	CHECK(sock_connect(dir, "s", SOCK_STREAM, NULL) >= 0);
	CHECK_INT(sock_listen(dir, "a/b", SOCK_STREAM, NULL), -ENAMETOOLONG);
	done(dir);
}

TEST(descriptors_arrive_close_on_exec_and_surplus_is_closed)
{
	int sv[2], fds[4], got[2], before, after, n0;
	char text[8] = "";
	size_t n = 2;

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv));
	for (int i = 0; i < 4; i++)
		fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	before = dup(0);
	close(before);
	CHECK_INT(sock_send_fds(sv[0], "hello", 5, fds, 4, NULL), 0);
	CHECK_INT(sock_recv_fds(sv[1], text, sizeof(text), got, &n, NULL), 5);
	CHECK_STR(text, "hello");
	CHECK_INT(n, 2);
	n0 = got[0];
	CHECK(fcntl(got[0], F_GETFD) & FD_CLOEXEC);
	close(got[0]);
	close(got[1]);
	after = dup(0);
	CHECK_INT(after, before);	/* nothing was left open */
	CHECK_INT(n0, before);
	n = 2;
	CHECK_INT(sock_send_fds(sv[0], "x", 1, NULL, 0, NULL), 0);
	CHECK_INT(sock_recv_fds(sv[1], text, sizeof(text), got, &n, NULL), 1);
	CHECK_INT(n, 0);
	close(sv[0]);
	n = 2;
	CHECK_INT(sock_recv_fds(sv[1], text, sizeof(text), got, &n, NULL), 0);
	CHECK_INT(sock_send_fds(sv[1], "x", 1, fds, SOCK_FDS_MAX + 1, NULL), -E2BIG);
}

UNIT_MAIN
