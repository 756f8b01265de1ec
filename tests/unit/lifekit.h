// SPDX-License-Identifier: MIT
/* lifekit.h - a store of its own with one recorded container in it. */
#pragma once

#include "core/engine/engine.h"
#include "core/os/rand.h"
#include "core/os/tree.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sys/stat.h>

static char tmp[64];
static struct store store = STORE_INIT;
static struct arena mem;
static struct engine engine = { .store = &store, .mem = &mem };

static void store_make(void)
{
	static char root[80], state[80];

	snprintf(tmp, sizeof(tmp), "/tmp/test_life.XXXXXX");
	CHECK(mkdtemp(tmp));
	snprintf(root, sizeof(root), "%s/root", tmp);
	snprintf(state, sizeof(state), "%s/state", tmp);
	CHECK_INT(store_open(&store, root, state, NULL), 0);
}

static void store_drop(void)
{
	store_release(&store);
	CHECK_INT(tree_remove(AT_FDCWD, tmp, NULL), 0);
}

/* A container named tt, recorded, in the state given. */
static struct container box_make(enum container_status status, bool auto_remove)
{
	struct container c = { .name = "tt", .image_id = "sha256:00", .path = "sh", .created_ns = 7 };

	container_config_init(&c.config);
	c.config.image = "bb";
	c.config.auto_remove = auto_remove;
	rand_hex(c.id, CONTAINER_ID_LEN / 2);
	c.state = (struct container_state){ .name = "tt", .image = "bb", .image_id = "sha256:00" };
	c.state.command = c.state.ports = c.state.health = c.state.error = "";
	c.state.status = status;
	c.state.auto_remove = auto_remove;
	c.state.started_ns = 5;
	memcpy(c.state.id, c.id, sizeof(c.id));
	CHECK_INT(container_name_take(&store, "tt", c.id, NULL), 0);
	close(container_dir(&store, c.id, true, NULL));
	CHECK_INT(container_save(&store, &c, NULL), 0);
	CHECK_INT(container_state_save(&store, &c.state, true, NULL), 0);
	return c;
}

static struct container_state state_of(const char *id)
{
	struct container_state st;

	CHECK_INT(container_state_load(&store, id, &st, &mem, NULL), 0);
	return st;
}

static bool gone(const char *id)
{
	char path[100];

	snprintf(path, sizeof(path), "containers/%s", id);
	return faccessat(store.root_fd, path, F_OK, 0) < 0 && faccessat(store.state_fd, path, F_OK, 0) < 0;
}

static UNUSED bool name_there(void)
{
	struct stat st;

	return fstatat(store.root_fd, "names/tt", &st, AT_SYMLINK_NOFOLLOW) == 0;
}
