// SPDX-License-Identifier: MIT
#include "core/store/bottom.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/os/tree.h"
#include "tests/unit/unit.h"

static unsigned mode_of(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : st.st_mode;
}

TEST(it_is_made_once_and_inside_it_are_the_modes_of_a_root)
{
	char tmp[] = "/tmp/coracle-unit-XXXXXX", root[64], state[64];
	struct store s = STORE_INIT;
	mode_t had = umask(077);

	CHECK(mkdtemp(tmp));
	snprintf(root, sizeof(root), "%s/root", tmp);
	snprintf(state, sizeof(state), "%s/state", tmp);
	CHECK_INT(store_open(&s, root, state, NULL), 0);
	CHECK(bottom_ready(&s));
	CHECK_INT(mode_of(s.root_fd, "bottom"), S_IFDIR | 0700);
	CHECK_INT(mode_of(s.root_fd, "bottom/proc"), S_IFDIR | 0755);
	CHECK_INT(mode_of(s.root_fd, "bottom/etc"), S_IFDIR | 0755);
	CHECK_INT(mode_of(s.root_fd, "bottom/etc/hosts"), S_IFREG | 0644);
	CHECK_INT(unlinkat(s.root_fd, "bottom/etc/hosts", 0), 0);
	CHECK(bottom_ready(&s)); /* there: not looked into */
	CHECK_INT(mode_of(s.root_fd, "bottom/etc/hosts"), 0);
	CHECK_INT(tree_remove(s.root_fd, "bottom", NULL), 0);
	CHECK(bottom_ready(&s));
	CHECK_INT(mode_of(s.root_fd, "bottom/etc/hosts"), S_IFREG | 0644);
	store_release(&s);
	umask(had);
	CHECK_INT(tree_remove(AT_FDCWD, tmp, NULL), 0);
}

UNIT_MAIN
