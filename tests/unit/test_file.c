// SPDX-License-Identifier: MIT
#include "core/os/file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "core/os/rand.h"
#include "core/os/tree.h"
#include "tests/unit/unit.h"

static char base[64];

static void enter(void)
{
	strcpy(base, "/tmp/test_file.XXXXXX");
	CHECK(mkdtemp(base) && !chdir(base));
}

static void leave(void)
{
	CHECK(!chdir("/"));
	CHECK_INT(tree_remove(AT_FDCWD, base, NULL), 0);
}

static int entries(void)
{
	struct tree_usage u;

	CHECK_INT(tree_size(AT_FDCWD, &u, NULL), 0);
	return u.items;
}

TEST(a_missing_file_says_which)
{
	auto_str struct str b = STR_INIT;
	struct err e;

	CHECK_INT(file_read_at(AT_FDCWD, "/nonexistent/x", 10, &b, &e), -ENOENT);
	CHECK_STR(e.msg, "open /nonexistent/x: No such file or directory");
}

TEST(u21_a_write_replaces_or_leaves)
{
	auto_str struct str b = STR_INIT;
	struct rlimit small = { 4096, 4096 };
	static char big[10000];
	struct stat st;
	struct err e;

	enter();
	umask(077);
	CHECK_INT(file_write_atomic(AT_FDCWD, "f", "one", 3, 0644, FILE_SYNC, &e), 0);
	CHECK(!stat("f", &st) && (st.st_mode & 0777) == 0644);
	CHECK_INT(file_write_atomic(AT_FDCWD, "f", "two!", 4, 0600, FILE_NO_SYNC, &e), 0);
	CHECK_INT(file_read_at(AT_FDCWD, "f", 100, &b, &e), 0);
	CHECK_STR(b.s, "two!");
	CHECK_INT(entries(), 1);
	signal(SIGXFSZ, SIG_IGN);
	CHECK(!setrlimit(RLIMIT_FSIZE, &small));	/* the disk is full */
	CHECK_INT(file_write_atomic(AT_FDCWD, "f", big, sizeof(big), 0600, FILE_SYNC, &e), -EFBIG);
	CHECK_INT(file_read_at(AT_FDCWD, "f", 100, &b, &e), 0);
	CHECK_STR(b.s, "two!");
	CHECK_INT(entries(), 1);		/* the temp file is gone */
	CHECK_INT(file_write_atomic(AT_FDCWD, "no/f", "x", 1, 0600, FILE_SYNC, &e), -ENOENT);
	leave();
}

TEST(bytes_are_copied_between_all_kinds)
{
	char data[200000], back[200000];
	int a, b, p[2], n = 0, got;
	struct err e = { 0 };

	enter();
	rand_bytes(data, sizeof(data));
	a = open("a", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	b = open("b", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK_INT(file_write_all(a, data, sizeof(data)), 0);
	CHECK_INT(lseek(a, 1, SEEK_SET), 1);
	CHECK_INT(file_copy_fd(a, b, 100000, &e), 100000);
	CHECK_INT(file_copy_fd(a, b, UINT64_MAX, &e), 99999);
	CHECK_INT(pread(b, back, sizeof(back), 0), 199999);
	CHECK(!memcmp(back, data + 1, 199999));
	CHECK(!pipe(p));
	if (!fork()) {
		close(p[0]);
		lseek(a, 0, SEEK_SET);
		_exit(file_copy_fd(a, p[1], UINT64_MAX, NULL) == sizeof(data) ? 0 : 1);
	}
	close(p[1]);
	while ((got = read(p[0], back + n, sizeof(back) - n)) > 0)
		n += got;
	CHECK_INT(n, sizeof(data));
	CHECK(!memcmp(back, data, sizeof(data)));
	leave();
}

TEST(a_file_of_proc_is_copied_though_it_says_it_is_empty)
{
	int in = open("/proc/self/status", O_RDONLY | O_CLOEXEC), out;

	enter();
	out = open("out", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK(file_copy_fd(in, out, UINT64_MAX, NULL) > 100);
	leave();
}

TEST(a_descriptor_is_opened_again)
{
	int fd, again;
	char c;

	enter();
	CHECK_INT(file_write_atomic(AT_FDCWD, "f", "x", 1, 0600, FILE_NO_SYNC, NULL), 0);
	fd = open("f", O_PATH | O_CLOEXEC);
	CHECK(!rename("f", "g") && !symlink("/etc/passwd", "f"));
	again = file_reopen(fd, O_RDONLY);
	CHECK(again >= 0 && read(again, &c, 1) == 1 && c == 'x');
	CHECK(fcntl(again, F_GETFD) & FD_CLOEXEC);
	leave();
}

TEST(a_small_text_is_written_only_to_what_is_there)
{
	char text[8];

	enter();
	CHECK_INT(file_write_text(AT_FDCWD, "f", "1"), -ENOENT);
	CHECK(!mknod("f", S_IFREG | 0600, 0) && !symlink("f", "l"));
	CHECK_INT(file_write_text(AT_FDCWD, "f", "123\n"), 0);
	CHECK_INT(file_write_text(AT_FDCWD, "l", "1"), -ELOOP);
	CHECK_INT(file_read_small(AT_FDCWD, "f", text, sizeof(text)), 3);
	CHECK_STR(text, "123");
	CHECK_INT(file_read_small(AT_FDCWD, "none", text, sizeof(text)), -ENOENT);
	leave();
}

TEST(u07_random_bytes_never_wait_and_differ)
{
	char a[2 * 32 + 1], b[2 * 32 + 1];

	CHECK_INT(strlen(rand_hex(a, 32)), 64);
	rand_hex(b, 32);
	CHECK(strcmp(a, b) != 0);
	CHECK_INT(strspn(a, "0123456789abcdef"), 64);
}

UNIT_MAIN
