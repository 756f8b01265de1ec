// SPDX-License-Identifier: MIT
#include "core/store/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "core/os/tree.h"
#include "tests/unit/unit.h"

static char base[64];

static void must(bool ok, const char *what)
{
	if (!ok) {
		printf("# set up: %s: %s\n", what, strerror(errno));
		fflush(stdout);
		_exit(1);
	}
}

static int enter(void)
{
	int fd;

	strcpy(base, "/tmp/test_pack.XXXXXX");
	must(mkdtemp(base) != NULL, base);
	must(chdir(base) == 0, base);
	fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(fd >= 0, base);
	return fd;
}

static void leave(int fd)
{
	close(fd);
	must(chdir("/") == 0, "chdir");
	CHECK_INT(tree_remove(AT_FDCWD, base, NULL), 0);
}

static void file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	must(f && fputs(text, f) >= 0 && fclose(f) == 0, path);
}

/* What came: "name type size link\n", and bytes of content; bytes given. */
struct seen {
	struct str text;
	uint64_t bytes;
	const char *swap;	/* this file is replaced by a link when its entry comes */
};

static int on_entry(void *to, const struct tar_entry *t, struct err *e)
{
	struct seen *s = to;

	(void)e;
	str_addf(&s->text, "%s %c %llu%s%s%s\n", t->name, t->type, (unsigned long long)t->size,
		 *t->link ? " " : "", t->link, t->sparse ? " sparse" : "");
	if (s->swap && strcmp(t->name, s->swap) == 0) {
		must(unlink(s->swap) == 0 && symlink("/etc/passwd", s->swap) == 0, s->swap);
		file("shorter", "");
	}
	return 0;
}

static int on_data(void *to, uint64_t at, const void *bytes, size_t len, struct err *e)
{
	struct seen *s = to;

	(void)at, (void)e;
	s->bytes += len;
	if (len < 20)
		str_addf(&s->text, "%.*s\n", (int)len, (const char *)bytes);
	return 0;
}

static int on_end(void *to, struct err *e)
{
	(void)to, (void)e;
	return 0;
}

static void pack(int fd, const char *top, struct seen *s)
{
	const struct tar_events to = { s, NULL, on_entry, on_data, on_end };
	auto_pack struct pack p = { .buf = NULL };
	struct err e = { 0 };

	s->text = (struct str)STR_INIT;
	pack_init(&p, &to, NULL);
	CHECK_INT(pack_tree(&p, fd, top, &e), 0);
}

TEST(entries_come_in_the_order_of_names_a_directorys_after_it)
{
	int fd = enter();
	struct seen s = { .bytes = 0 };

	must(!mkdir("a", 0755) && !mkdir("a/b", 0700), "mkdir");
	file("a-", "2"), file("a/b/z", "3"), file("B", "1");
	must(!symlink("nowhere", "l") && !mkfifo("p", 0600), "link");
	pack(fd, "top/", &s);
	CHECK_STR(s.text.s, "top/B 0 1\n1\ntop/a 5 0\ntop/a/b 5 0\ntop/a/b/z 0 1\n3\n"
			    "top/a- 0 1\n2\ntop/l 2 0 nowhere\ntop/p 6 0\n");
	str_release(&s.text);
	leave(fd);
}

TEST(a_second_name_is_a_link_to_the_first_and_sockets_are_left_out)
{
	int fd = enter(), sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "s" };
	struct seen s = { .bytes = 0 };

	file("one", "x");
	must(!link("one", "two") && !bind(sock, (struct sockaddr *)&a, sizeof(a)), "bind");
	pack(fd, "", &s);
	CHECK_STR(s.text.s, "one 0 1\nx\ntwo 1 0 one\n");
	str_release(&s.text);
	close(sock);
	leave(fd);
}

TEST(of_a_file_of_holes_only_the_data_is_read)
{
	int fd = enter();
	struct seen s = { .bytes = 0 };

	file("f", "");
	must(!truncate("f", 1LL << 40), "truncate");
	pack(fd, "", &s);
	CHECK_STR(s.text.s, "f 0 1099511627776 sparse\n");
	CHECK(s.bytes < 1 << 20);
	str_release(&s.text);
	leave(fd);
}

TEST(content_is_of_the_file_that_was_described_whatever_its_name_is_now)
{
	int fd = enter();
	struct seen s = { .swap = "f" };

	file("f", "mine");
	pack(fd, "", &s);
	CHECK(strncmp(s.text.s, "f 0 4\nmine\n", 11) == 0);
	str_release(&s.text);
	leave(fd);
}

static int take(void *to, const void *data, size_t len, struct err *e)
{
	(void)e;
	str_add(to, data, len);
	return 0;
}

TEST(a_tar_has_whole_seconds_the_kind_in_the_mode_and_zeroes_for_holes)
{
	int fd = enter();
	struct str out = STR_INIT;
	struct pack_tar tar;
	struct tar_events to = pack_tar_events(&tar, (struct sink){ take, &out });
	auto_pack struct pack p = { .buf = NULL };
	struct err e = { 0 };

	file("f", "");
	must(!truncate("f", 5000) && !chmod("f", 0640), "truncate");
	pack_init(&p, &to, NULL);
	CHECK_INT(pack_tree(&p, fd, "", &e), 0);
	CHECK_INT(tar_write_end(&tar.w, &e), 0);
	CHECK_INT(out.len, 512 + 5120 + 1024);
	CHECK(memcmp(out.s + 100, "0100640", 7) == 0);
	for (size_t i = 512; i < 512 + 5120; i++)
		CHECK_INT(out.s[i], 0);
	str_release(&out);
	leave(fd);
}

UNIT_MAIN
