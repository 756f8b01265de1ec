// SPDX-License-Identifier: MIT
// link: -Wl,--wrap=lock_open
#include "core/store/container.h"

#include "core/fmt/json_flat.h"
#include "core/os/file.h"
#include "core/os/lock.h"
#include "core/os/rand.h"
#include "core/os/tree.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64], state[64];

static void store_make(struct store *s)
{
	char tmp[] = "/tmp/coracle-unit-XXXXXX";

	CHECK(mkdtemp(tmp));
	snprintf(root, sizeof(root), "%s/root", tmp);
	snprintf(state, sizeof(state), "%s/state", tmp);
	CHECK_INT(store_open(s, root, state, NULL), 0);
}

static void store_drop(struct store *s)
{
	char *end = strrchr(root, '/');

	store_release(s);
	*end = 0;
	CHECK_INT(tree_remove(AT_FDCWD, root, NULL), 0);
}

static void container_make(struct container *c, const char *name)
{
	static const char *cmd[] = { "sh", NULL };

	*c = (struct container){ .name = name, .image_id = "sha256:00", .path = "sh", .created_ns = 7 };
	container_config_init(&c->config);
	c->config.image = "bb";
	c->config.cmd = (struct strv){ cmd, 1 };
	rand_hex(c->id, CONTAINER_ID_LEN / 2);
	c->state = (struct container_state){ .name = name,
					     .image = "bb",
					     .image_id = "sha256:00",
					     .command = "sh",
					     .ports = "",
					     .health = "",
					     .error = "",
					     .created_ns = 7 };
	memcpy(c->state.id, c->id, sizeof(c->id));
}

TEST(a_record_is_read_back)
{
	auto_arena struct arena mem = { 0 };
	struct store s = STORE_INIT;
	struct container a, b;

	store_make(&s);
	container_make(&a, "alpha");
	CHECK_INT(container_save(&s, &a, NULL), 0);
	CHECK_INT(container_load(&s, a.id, &b, &mem, NULL), 0);
	CHECK_STR(b.name, "alpha");
	CHECK_STR(b.config.image, "bb");
	CHECK_INT(b.state.status, CONTAINER_CREATED);
	CHECK_INT(b.created_ns, 7);
	store_drop(&s);
}

/* ps reads hundreds: what is written must be what is read without a tree, and anything else of
 * the same meaning is read too. */
TEST(a_state_is_read_the_fast_way_and_the_slow_way)
{
	auto_arena struct arena mem = { 0 };
	auto_str struct str b = STR_INIT, wide = STR_INIT;
	auto_close int dir = -1;
	struct container_state got;
	struct store s = STORE_INIT;
	struct json_field field;
	struct json_flat flat;
	struct container a;
	int rc;

	store_make(&s);
	container_make(&a, "alpha");
	a.state.command = "sh -c 'echo \"x\\n\"'";
	a.state.exit_code = -3;
	a.state.oom_killed = true;
	a.state.finished_ns = 1795259131009756267;
	CHECK_INT(container_save(&s, &a, NULL), 0);
	CHECK_INT(container_state_save(&s, &a.state, false, NULL), 0);
	dir = container_state_dir(&s, a.id, false, NULL);
	CHECK_INT(file_read_at(dir, "state.json", 4096, &b, NULL), 0);
	flat = (struct json_flat){ .at = b.s, .end = b.s + b.len };
	while ((rc = json_flat_next(&flat, &field)) > 0)
		;
	CHECK_INT(rc, 0);
	for (int slow = 0; slow < 2; slow++) {
		CHECK_INT(container_state_load(&s, a.id, &got, &mem, NULL), 0);
		CHECK_STR(got.command, a.state.command);
		CHECK_INT(got.exit_code, -3);
		CHECK(got.oom_killed && !got.damaged && !got.user_stopped);
		CHECK_INT(got.finished_ns, 1795259131009756267);
		CHECK_STR(got.id, a.id);
		str_reset(&wide);
		str_addf(&wide, "{ \"Later\": [\"\u00e4\"],%s", b.s + 1);
		CHECK_INT(file_write_atomic(dir, "state.json", wide.s, wide.len, 0600, FILE_NO_SYNC,
					    NULL),
			  0);
	}
	store_drop(&s);
}

TEST(C008_a_container_is_found_by_id_name_and_prefix)
{
	struct store s = STORE_INIT;
	char id[CONTAINER_ID_LEN + 1], prefix[13];
	struct container a;
	struct err e;

	store_make(&s);
	container_make(&a, "alpha");
	CHECK_INT(container_name_take(&s, "alpha", a.id, NULL), 0);
	CHECK_INT(container_save(&s, &a, NULL), 0);
	snprintf(prefix, sizeof(prefix), "%.12s", a.id);
	CHECK_INT(container_find(&s, a.id, id, NULL), 0);
	CHECK_INT(container_find(&s, "alpha", id, NULL), 0);
	CHECK_INT(container_find(&s, "/alpha", id, NULL), 0);
	CHECK_INT(container_find(&s, prefix, id, NULL), 0);
	CHECK_STR(id, a.id);
	CHECK_INT(container_find(&s, "nosuch", id, &e), -ENOENT);
	CHECK_STR(e.msg, "No such container: nosuch");
	CHECK_INT(container_find(&s, "", id, NULL), -ENOENT);
	CHECK_INT(container_find(&s, "../names", id, NULL), -ENOENT);
	store_drop(&s);
}

TEST(Z38_a_name_beats_a_prefix_and_an_id_beats_a_name)
{
	struct store s = STORE_INIT;
	char id[CONTAINER_ID_LEN + 1], name[9];
	struct container a, b;

	store_make(&s);
	container_make(&a, "alpha");
	CHECK_INT(container_save(&s, &a, NULL), 0);
	snprintf(name, sizeof(name), "%.8s", a.id); /* b is named as a's id begins */
	container_make(&b, name);
	CHECK_INT(container_name_take(&s, name, b.id, NULL), 0);
	CHECK_INT(container_save(&s, &b, NULL), 0);
	CHECK_INT(container_find(&s, name, id, NULL), 0);
	CHECK_STR(id, b.id);
	CHECK_INT(container_find(&s, a.id, id, NULL), 0);
	CHECK_STR(id, a.id);
	CHECK_INT(container_name_check(a.id, NULL), -EINVAL);
	store_drop(&s);
}

TEST(a_name_is_given_once_and_taken_over_from_the_dead)
{
	struct store s = STORE_INIT;
	struct container a, b;
	struct err e;

	store_make(&s);
	container_make(&a, "boat");
	container_make(&b, "boat");
	CHECK_INT(container_name_take(&s, "boat", a.id, NULL), 0);
	CHECK_INT(container_save(&s, &a, NULL), 0);
	CHECK_INT(container_name_take(&s, "boat", b.id, &e), -EEXIST);
	CHECK(strstr(e.msg, "Conflict. The container name \"/boat\" is already in use by"));
	CHECK_INT(container_remove(&s, a.id, "", NULL), 0); /* as a crash would: the name stays */
	CHECK_INT(container_name_take(&s, "boat", b.id, NULL), 0);
	store_drop(&s);
}

TEST(one_at_a_time_may_change_a_container)
{
	struct store s = STORE_INIT;
	struct container a;
	int lock;

	store_make(&s);
	container_make(&a, "alpha");
	CHECK_INT(container_save(&s, &a, NULL), 0);
	lock = container_lock(&s, a.id, NULL);
	CHECK(lock >= 0);
	CHECK_INT(container_lock(&s, a.id, NULL), -EBUSY);
	CHECK_INT(container_lock_wait(&s, a.id, 50, NULL), -ETIMEDOUT);
	close(lock);
	lock = container_lock(&s, a.id, NULL);
	CHECK(lock >= 0);
	close(lock);
	store_drop(&s);
}

TEST(what_claims_to_run_while_nobody_holds_its_lock_is_dead)
{
	auto_arena struct arena mem = { 0 };
	struct store s = STORE_INIT;
	struct container_state st;
	struct container a;
	int lock;

	store_make(&s);
	container_make(&a, "alpha");
	CHECK_INT(container_save(&s, &a, NULL), 0);
	a.state.status = CONTAINER_RUNNING;
	a.state.pid = 1;
	CHECK_INT(container_state_save(&s, &a.state, true, NULL), 0);
	lock = container_lock(&s, a.id, NULL);
	if (fork() == 0) { /* another process: its own lock would not count */
		CHECK_INT(container_state_load(&s, a.id, &st, &mem, NULL), 0);
		CHECK_INT(st.status, CONTAINER_RUNNING);
		_exit(0);
	}
	wait(&(int){ 0 });
	close(lock);
	CHECK_INT(container_state_load(&s, a.id, &st, &mem, NULL), 0);
	CHECK(st.lost);
	CHECK_INT(st.status, CONTAINER_EXITED);
	CHECK_INT(st.exit_code, 137);
	CHECK_INT(st.pid, 0);
	CHECK_INT(tree_remove(s.state_fd, "containers", NULL), 0); /* a reboot: STATE is empty */
	CHECK_INT(container_state_load(&s, a.id, &st, &mem, NULL), 0);
	CHECK(st.lost);
	CHECK_INT(st.exit_code, 255);
	store_drop(&s);
}

/* What happens between the look at its directory and the making of the lock in it. */
static struct store *removed_from;
static char removed[100];
static int removals;

int __real_lock_open(int dirfd, const char *name, struct err *e);
int __wrap_lock_open(int dirfd, const char *name, struct err *e);
int __wrap_lock_open(int dirfd, const char *name, struct err *e)
{
	if (removals > 0) {
		removals--;
		CHECK_INT(tree_remove(removed_from->state_fd, removed, NULL), 0);
	}
	return __real_lock_open(dirfd, name, e);
}

TEST(a_lock_is_had_though_another_removes_its_directory_as_we_come)
{
	struct store s = STORE_INIT;
	struct container a;
	int lock;

	store_make(&s);
	container_make(&a, "alpha");
	removed_from = &s;
	snprintf(removed, sizeof(removed), "containers/%s", a.id);
	removals = 2;
	lock = container_lock(&s, a.id, NULL);
	CHECK(lock >= 0 && removals == 0 && container_locked(&s, a.id));
	close(lock);
	removals = INT32_MAX; /* and who never stops is an error, in the end */
	CHECK_INT(container_lock(&s, a.id, NULL), -ENOENT);
	removals = 2;
	lock = container_gate(&s, a.id, 0, NULL);
	CHECK(lock >= 0 && removals == 0 && container_gated(&s, a.id));
	close(lock);
	store_drop(&s);
}

/* Has a process this file open? */
static bool has_open(pid_t pid, const struct stat *file)
{
	char path[48];
	struct stat st;

	for (int fd = 0; fd < 64; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
		if (stat(path, &st) == 0 && st.st_ino == file->st_ino && st.st_dev == file->st_dev)
			return true;
	}
	return false;
}

/* Another waits for a lock whose container goes: what it has in the end must hold others off. */
static void outlives_its_container(int (*take)(struct store *, const char *, int, struct err *),
	bool (*taken)(struct store *, const char *))
{
	struct store s = STORE_INIT;
	struct container a;
	struct stat old;
	char path[200];
	int lock, st, closed[2];
	pid_t pid;

	store_make(&s);
	container_make(&a, "alpha");
	lock = take(&s, a.id, 0, NULL);
	CHECK(lock >= 0 && taken(&s, a.id));
	CHECK(fstat(lock, &old) == 0 && pipe2(closed, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		close(lock);
		CHECK_INT(write(closed[1], "", 1), 1);
		lock = take(&s, a.id, 60000, NULL);
		_exit(lock >= 0 && taken(&s, a.id) ? 0 : 1);
	}
	CHECK_INT(read(closed[0], &path, 1), 1);
	AWAIT(has_open(pid, &old));	/* it waits for this one */
	snprintf(path, sizeof(path), "containers/%s", a.id);
	CHECK_INT(tree_remove(s.state_fd, path, NULL), 0);
	close(lock);
	CHECK_INT(waitpid(pid, &st, 0), pid);
	CHECK_INT(st, 0);
	CHECK(!taken(&s, a.id));
	store_drop(&s);
}

TEST(a_lock_that_went_away_with_its_container_is_no_lock)
{
	outlives_its_container(container_lock_wait, container_locked);
}

TEST(a_gate_that_went_away_with_its_container_is_no_gate)
{
	outlives_its_container(container_gate, container_gated);
}

TEST(U22_a_directory_that_cannot_be_made_says_why)
{
	struct store s = STORE_INIT;
	struct container a;
	struct err e = { 0 };

	store_make(&s);
	container_make(&a, "alpha");
	/* All its files are spent: the root's own and one directory. */
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("tmpfs", state, "tmpfs", 0, "nr_inodes=2") < 0)
		SKIP("no tmpfs can be mounted here");
	close(s.state_fd);
	s.state_fd = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_INT(mkdirat(s.state_fd, "containers", 0700), 0);
	CHECK_INT(container_lock(&s, a.id, &e), -ENOSPC);
	CHECK_INT(strncmp(e.msg, "mkdir ", 6), 0);
	CHECK_INT(container_gate(&s, a.id, 0, NULL), -ENOSPC);
	CHECK_INT(umount2(state, MNT_DETACH), 0);
	store_drop(&s);
}

TEST(U21_a_damaged_record_is_that_containers_trouble_alone)
{
	auto_arena struct arena mem = { 0 };
	struct store s = STORE_INIT;
	struct container a, b, got;
	struct container_state st;
	char path[256];
	struct strv ids;
	int fd;

	store_make(&s);
	container_make(&a, "alpha");
	container_make(&b, "beta");
	CHECK_INT(container_save(&s, &a, NULL), 0);
	CHECK_INT(container_save(&s, &b, NULL), 0);
	snprintf(path, sizeof(path), "%s/containers/%s/config.json", root, a.id);
	fd = open(path, O_WRONLY | O_TRUNC);
	close(fd);
	snprintf(path, sizeof(path), "%s/containers/%s/state.json", root, b.id);
	fd = open(path, O_WRONLY | O_TRUNC);
	close(fd);
	snprintf(path, sizeof(path), "%s/containers/%s/state.json", state, b.id);
	unlink(path);
	CHECK_INT(container_list(&s, &ids, &mem, NULL), 0);
	CHECK_INT(ids.n, 2);
	CHECK_INT(container_load(&s, a.id, &got, &mem, NULL), -EBADMSG);
	CHECK_INT(container_load(&s, b.id, &got, &mem, NULL), 0);
	CHECK_INT(container_state_load(&s, b.id, &st, &mem, NULL), 0);
	CHECK_STR(st.name, "beta");
	CHECK_INT(st.status, CONTAINER_EXITED);
	CHECK_INT(container_remove(&s, a.id, "", NULL), 0);
	CHECK_INT(container_list(&s, &ids, &mem, NULL), 0);
	CHECK_INT(ids.n, 1);
	store_drop(&s);
}

TEST(a_temporary_container_leaves_no_durable_record)
{
	auto_arena struct arena mem = { 0 };
	struct store s = STORE_INIT;
	struct container a;
	struct container_state st;
	char path[256];

	store_make(&s);
	container_make(&a, "alpha");
	a.config.auto_remove = a.state.auto_remove = true;
	CHECK_INT(container_save(&s, &a, NULL), 0);
	snprintf(path, sizeof(path), "%s/containers/%s", root, a.id);
	CHECK(access(path, F_OK) < 0);
	CHECK_INT(container_state_load(&s, a.id, &st, &mem, NULL), 0);
	CHECK_INT(st.status, CONTAINER_CREATED);
	CHECK_INT(container_remove(&s, a.id, "alpha", NULL), 0);
	CHECK_INT(container_state_load(&s, a.id, &st, &mem, NULL), -ENOENT);
	store_drop(&s);
}

UNIT_MAIN
