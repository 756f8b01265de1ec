// SPDX-License-Identifier: MIT
#include "core/store/changes.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "core/base/str.h"
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

static void enter(void)
{
	strcpy(base, "/tmp/test_changes.XXXXXX");
	must(mkdtemp(base) != NULL, base);
	must(chdir(base) == 0, base);
}

static void leave(void)
{
	must(chdir("/") == 0, "chdir");
	CHECK_INT(tree_remove(AT_FDCWD, base, NULL), 0);
}

static void dir(const char *path)
{
	must(mkdir(path, 0755) == 0, path);
}

/* All files of one age: what differs differs otherwise. */
static void file(const char *path, const char *text)
{
	const struct timespec then[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	FILE *f = fopen(path, "w");

	must(f && fputs(text, f) >= 0 && fclose(f) == 0, path);
	must(utimensat(AT_FDCWD, path, then, 0) == 0, path);
}

static void whiteout(const char *path)
{
	must(mknod(path, S_IFCHR, makedev(0, 0)) == 0, path);
}

static void opaque(const char *path)
{
	must(setxattr(path, "trusted.overlay.opaque", "y", 1, 0) == 0, path);
}

/* "C /a A /a/b": `tree` against the layers named, topmost first. */
static void expect(const char *tree, bool whole, const char *const *layers, size_t n,
		   const char *want)
{
	auto_arena struct arena mem = { 0 };
	auto_changes struct changes found = { 0 };
	auto_str struct str got = STR_INIT;
	struct changes_of of = { .whole = whole, .lower_n = n };
	int lower[4];
	struct err e = { 0 };

	of.tree = open(tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < n; i++)
		lower[i] = open(layers[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
	of.lower = lower;
	CHECK_INT(changes_find(&of, &found, &mem, &e), 0);
	for (size_t i = 0; i < found.n; i++)
		str_addf(&got, "%s%c %s", i ? " " : "", "CAD"[found.v[i].kind], found.v[i].path);
	CHECK_STR(got.s, want);
	close(of.tree);
	for (size_t i = 0; i < n; i++)
		close(lower[i]);
}

static bool can(void)
{
	return geteuid() == 0 && !getenv("EMULATED");
}

TEST(what_is_added_changed_and_gone_is_told_in_order)
{
	static const char *const layers[] = { "low" };

	if (!can())
		return;
	enter();
	dir("low"), dir("low/d"), file("low/d/same", "x"), file("low/d/other", "x");
	file("low/d/gone", "x"), dir("low/e");
	dir("up"), dir("up/d"), file("up/d/same", "x"), file("up/d/other", "xy");
	whiteout("up/d/gone"), file("up/d/new", ""), file("up/d-", ""), whiteout("up/d/never");
	expect("up", false, layers, 1, "C /d D /d/gone A /d/new C /d/other A /d-");
	leave();
}

TEST(a_whiteout_in_a_layer_hides_what_is_below_it)
{
	static const char *const layers[] = { "mid", "low" };

	if (!can())
		return;
	enter();
	dir("low"), dir("low/d"), file("low/d/f", "x"), file("low/g", "x");
	dir("mid"), whiteout("mid/d"), whiteout("mid/g");
	dir("up"), dir("up/d"), file("up/d/f", "x"), file("up/g", "x");
	expect("up", false, layers, 2, "A /d A /d/f A /g");
	leave();
}

TEST(an_opaque_directory_in_a_layer_hides_what_is_below_it)
{
	static const char *const layers[] = { "mid", "low" };

	if (!can())
		return;
	enter();
	dir("low"), dir("low/d"), file("low/d/f", "x"), dir("low/d/s"), file("low/d/s/t", "x");
	dir("mid"), dir("mid/d"), opaque("mid/d"), file("mid/d/m", "x");
	dir("up"), dir("up/d"), file("up/d/f", "x"), whiteout("up/d/m"), dir("up/d/s");
	file("up/d/s/t", "x");
	expect("up", false, layers, 2, "C /d A /d/f D /d/m A /d/s A /d/s/t");
	leave();
}

TEST(a_file_in_a_directorys_place_hides_what_is_below_it)
{
	static const char *const layers[] = { "mid", "low" };

	if (!can())
		return;
	enter();
	dir("low"), dir("low/d"), file("low/d/f", "x");
	dir("mid"), file("mid/d", "x");
	dir("up"), dir("up/d"), file("up/d/f", "x");
	expect("up", false, layers, 2, "C /d A /d/f");
	leave();
}

TEST(an_opaque_directory_of_the_container_deletes_each_name_it_has_not)
{
	static const char *const layers[] = { "mid", "low" };

	if (!can())
		return;
	enter();
	dir("low"), dir("low/d"), file("low/d/a", "x"), file("low/d/b", "x"), dir("low/d/c");
	dir("mid"), dir("mid/d"), whiteout("mid/d/b"), file("mid/d/e", "x");
	dir("up"), dir("up/d"), opaque("up/d"), file("up/d/a", "x"), file("up/d/n", "");
	expect("up", false, layers, 2, "C /d D /d/c D /d/e A /d/n");
	leave();
}

TEST(a_whole_tree_is_compared_as_one_without_whiteouts)
{
	static const char *const layers[] = { "low" };

	if (!can())
		return;
	enter();
	dir("low"), dir("low/d"), file("low/d/a", "x"), file("low/d/b", "x"), file("low/g", "");
	dir("up"), dir("up/d"), file("up/d/a", "x"), file("up/n", "");
	expect("up", true, layers, 1, "C /d D /d/b D /g A /n");
	leave();
}

TEST(what_a_start_makes_is_not_told_of)
{
	static const char *const layers[] = { "low" };

	if (!can())
		return;
	enter();
	dir("low");
	dir("up"), dir("up/dev"), dir("up/proc"), dir("up/etc"), file("up/etc/hosts", "");
	file("up/etc/hostname", "mine"), dir("up/sys"), dir("up/syss");
	expect("up", false, layers, 1, "C /etc A /etc/hostname A /syss");
	leave();
}

TEST(a_tree_deeper_than_a_path_can_be_is_walked)
{
	static const char *const layers[] = { "low" };
	auto_arena struct arena mem = { 0 };
	auto_changes struct changes found = { 0 };
	int lower, top;
	struct changes_of of = { .lower_n = 1 };
	char name[201];

	if (!can())
		return;
	enter();
	dir("low"), dir("up");
	top = open("up", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	lower = open(layers[0], O_PATH | O_DIRECTORY | O_CLOEXEC);
	memset(name, 'n', 200);
	name[200] = 0;
	must(chdir("up") == 0, "chdir");
	for (int i = 0; i < 40; i++) {
		dir(name);
		must(chdir(name) == 0, name);
	}
	of.tree = top;
	of.lower = &lower;
	CHECK_INT(changes_find(&of, &found, &mem, NULL), 0);
	CHECK_INT(found.n, 40);
	CHECK_INT(strlen(found.v[39].path), 40 * 201);
	close(top);
	close(lower);
	leave();
}

UNIT_MAIN
