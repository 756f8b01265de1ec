// SPDX-License-Identifier: MIT
/* test_life.c - kill, stop, wait, rm and reconcile, with a monitor of our own making: a child
 * that holds the lock, listens, and speaks wire.h. */
#include "core/engine/ask.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "core/os/clock.h"
#include "core/os/rand.h"
#include "core/os/sock.h"
#include "core/os/tree.h"
#include "tests/unit/lifekit.h"

/* --- the monitor ----------------------------------------------------------------------- */

static void put(int fd, enum wire_type type, const void *data, size_t len)
{
	unsigned char buf[64];

	wire_head(buf, type, len);
	memcpy(buf + WIRE_HEAD, data, len);
	CHECK(send(fd, buf, WIRE_HEAD + len, MSG_NOSIGNAL) > 0);
}

static void put_exit(int fd, unsigned char code)
{
	put(fd, WIRE_EXIT, (unsigned char[]){ 0, 0, 0, code }, 4);
}

/* One message; false at the end. */
static bool get(int fd, enum wire_type *type, unsigned char *data, int *len)
{
	unsigned char head[WIRE_HEAD];

	if (recv(fd, head, sizeof(head), MSG_WAITALL) != (ssize_t)sizeof(head))
		return false;
	*len = wire_parse(head, type);
	CHECK(*len >= 0 && *len <= 64);
	return *len == 0 || recv(fd, data, (size_t)*len, MSG_WAITALL) == *len;
}

/* How it behaves. */
enum { M_EXITS_ON_STOP = 1,
	M_DIES_ON_STOP = 2,
	M_DEAF = 4,
	M_EXITS_AT_ONCE = 8,
	M_DIES_AT_ONCE = 16 };

struct fake {
	pid_t pid;
	int heard; /* what it was asked: type, length, data */
};

static void monitor_end(struct container_state *st, int lock, int fd, unsigned char code)
{
	st->status = CONTAINER_EXITED;
	st->exit_code = code;
	CHECK_INT(container_state_save(&store, st, true, NULL), 0);
	close(lock);
	put_exit(fd, code);
	_exit(0);
}

static void monitor_serve(struct container_state *st, int lock, int fd, int heard, unsigned how)
{
	unsigned char data[64];
	enum wire_type type;
	int len;

	while (get(fd, &type, data, &len)) {
		unsigned char note[2] = { (unsigned char)type, (unsigned char)len }, b = (unsigned char)type;

		if (type == WIRE_HELLO) {
			put(fd, WIRE_STDERR, "noise for those who do not ask", 30);
			if (how & M_DIES_AT_ONCE)
				_exit(9);
			if (how & M_EXITS_AT_ONCE)
				monitor_end(st, lock, fd, 42);
			continue;
		}
		CHECK(write(heard, note, 2) == 2 && write(heard, data, (size_t)len) == len);
		if (type == WIRE_STOP && how & M_DIES_ON_STOP)
			_exit(9);
		put(fd, WIRE_DONE, &b, 1);
		if (type == WIRE_STOP && how & M_EXITS_ON_STOP)
			monitor_end(st, lock, fd, 143);
	}
	close(fd);
}

static void monitor_main(struct container *c, int ready, int heard, unsigned how)
{
	int lock = container_lock(&store, c->id, NULL), fd;
	int dir = container_state_dir(&store, c->id, false, NULL);
	int sock = sock_listen(dir, "attach.sock", SOCK_STREAM, NULL);

	CHECK(lock >= 0 && sock >= 0);
	c->state.monitor_pid = getpid();
	CHECK_INT(container_state_save(&store, &c->state, true, NULL), 0);
	CHECK_INT(write(ready, "", 1), 1);
	while (how & M_DEAF)
		pause();
	for (;;) {
		struct pollfd p = { .fd = sock, .events = POLLIN };

		poll(&p, 1, -1);
		fd = sock_accept(sock, NULL);
		CHECK(fd >= 0);
		fcntl(fd, F_SETFL, 0);
		monitor_serve(&c->state, lock, fd, heard, how);
	}
}

static struct fake monitor_fork(struct container *c, unsigned how)
{
	int ready[2], heard[2];
	struct fake f;
	char b;

	CHECK(pipe2(ready, O_CLOEXEC) == 0 && pipe2(heard, O_CLOEXEC | O_NONBLOCK) == 0);
	f.pid = fork();
	if (f.pid == 0)
		monitor_main(c, ready[1], heard[1], how);
	CHECK_INT(read(ready[0], &b, 1), 1);
	f.heard = heard[0];
	return f;
}

static void monitor_drop(struct fake *f)
{
	kill(f->pid, SIGKILL);
	CHECK_INT(waitpid(f->pid, NULL, 0), f->pid);
}

static void check_heard(const struct fake *f, const char *want, size_t len)
{
	char got[64];

	CHECK_INT(read(f->heard, got, sizeof(got)), len);
	CHECK(memcmp(got, want, len) == 0);
}

/* --- kill, stop, wait -------------------------------------------------------------------- */

TEST(C074_kill_sends_the_signal_by_the_monitor)
{
	struct container c;
	struct fake f;

	store_make();
	c = box_make(CONTAINER_RUNNING, false);
	f = monitor_fork(&c, 0);
	CHECK_INT(engine_kill(&engine, c.id, SIGUSR1, NULL), 0);
	check_heard(&f, "\x05\x01\x0a", 3);
	monitor_drop(&f);
	store_drop();
}

TEST(kill_of_what_does_not_run_is_refused_in_Dockers_words)
{
	struct container c;
	struct err e;
	char want[200];

	store_make();
	c = box_make(CONTAINER_EXITED, false);
	CHECK_INT(engine_kill(&engine, c.id, SIGTERM, &e), -EBUSY);
	snprintf(want, sizeof(want), "Container %s is not running", c.id);
	CHECK_STR(e.msg, want);
	CHECK_INT(engine_kill(&engine, c.id, 77, &e), -EINVAL);
	CHECK_STR(e.msg, "The linux daemon does not support signal 77");
	CHECK_INT(engine_attach(&engine, c.id, WIRE_WANT_EXIT, &e), -EBUSY);
	store_drop();
}

TEST(C071_C072_stop_sends_the_time_and_waits_for_the_end)
{
	struct container c;
	struct fake f;

	store_make();
	c = box_make(CONTAINER_RUNNING, false);
	f = monitor_fork(&c, M_EXITS_ON_STOP);
	CHECK_INT(engine_stop(&engine, c.id, 300, NULL), 0);
	check_heard(&f, "\x06\x05\0\0\0\x01\x2c", 7);
	CHECK(!container_locked(&store, c.id));
	CHECK_INT(state_of(c.id).status, CONTAINER_EXITED);
	CHECK_INT(state_of(c.id).exit_code, 143);
	CHECK_INT(engine_stop(&engine, c.id, 0, NULL), 0); /* again: nothing to do */
	monitor_drop(&f);
	store_drop();
}

TEST(C072_stop_without_a_time_takes_the_containers_own_or_ten_seconds)
{
	struct container c;
	struct fake f;

	store_make();
	c = box_make(CONTAINER_RUNNING, false);
	f = monitor_fork(&c, M_EXITS_ON_STOP);
	CHECK_INT(engine_stop(&engine, c.id, -1, NULL), 0);
	check_heard(&f, "\x06\x05\0\0\0\0\x0a", 7);
	monitor_drop(&f);
	c.config.stop_timeout_s = 77;
	c.state.status = CONTAINER_RUNNING;
	CHECK_INT(container_save(&store, &c, NULL), 0);
	f = monitor_fork(&c, M_EXITS_ON_STOP);
	CHECK_INT(engine_stop(&engine, c.id, -1, NULL), 0);
	check_heard(&f, "\x06\x05\0\0\0\0\x4d", 7);
	monitor_drop(&f);
	store_drop();
}

TEST(stop_of_a_container_whose_monitor_dies_records_its_end)
{
	struct container c;
	struct fake f;

	store_make();
	c = box_make(CONTAINER_RUNNING, false);
	f = monitor_fork(&c, M_DIES_ON_STOP);
	CHECK_INT(engine_stop(&engine, c.id, 10, NULL), 0);
	CHECK_INT(state_of(c.id).exit_code, 137);
	CHECK(!state_of(c.id).lost);
	monitor_drop(&f);
	store_drop();
}

TEST(wait_tells_the_exit_code)
{
	struct container c;
	struct fake f;
	int code = -1;

	store_make();
	c = box_make(CONTAINER_RUNNING, false);
	f = monitor_fork(&c, M_EXITS_AT_ONCE);
	CHECK_INT(engine_wait(&engine, c.id, &code, NULL), 0);
	CHECK_INT(code, 42);
	code = -1;
	CHECK_INT(engine_wait(&engine, c.id, &code, NULL), 0); /* from the record */
	CHECK_INT(code, 42);
	monitor_drop(&f);
	store_drop();
}

TEST(wait_on_a_monitor_that_dies_tells_137)
{
	struct container c;
	struct fake f;
	int code = -1;

	store_make();
	c = box_make(CONTAINER_RUNNING, false);
	f = monitor_fork(&c, M_DIES_AT_ONCE);
	CHECK_INT(engine_wait(&engine, c.id, &code, NULL), 0);
	CHECK_INT(code, 137);
	rand_hex(c.id, 32);
	CHECK_INT(engine_wait(&engine, c.id, &code, NULL), -ENOENT);
	CHECK(gone(c.id));
	monitor_drop(&f);
	store_drop();
}

/* --- rm -------------------------------------------------------------------------------- */

TEST(C076_rm_takes_all_of_it_away)
{
	struct container c;

	store_make();
	c = box_make(CONTAINER_EXITED, false);
	CHECK_INT(engine_remove(&engine, c.id, false, false, NULL), 0);
	CHECK(gone(c.id) && !name_there());
	CHECK_INT(engine_remove(&engine, c.id, false, false, NULL), -ENOENT);
	store_drop();
}

TEST(C080_rm_of_a_running_one_is_refused_in_Dockers_words)
{
	struct container c;
	struct fake f;
	struct err e;
	char want[300];

	store_make();
	c = box_make(CONTAINER_RUNNING, false);
	f = monitor_fork(&c, 0);
	CHECK_INT(engine_remove(&engine, c.id, false, false, &e), -EBUSY);
	snprintf(want, sizeof(want), "You cannot remove a running container %s. Stop the container "
				     "before attempting removal or force remove",
		c.id);
	CHECK_STR(e.msg, want);
	c.state.status = CONTAINER_PAUSED;
	CHECK_INT(container_state_save(&store, &c.state, true, NULL), 0);
	CHECK_INT(engine_remove(&engine, c.id, false, false, &e), -EBUSY);
	snprintf(want, sizeof(want), "You cannot remove a paused container %s. Unpause and then stop "
				     "the container before attempting removal or force remove",
		c.id);
	CHECK_STR(e.msg, want);
	CHECK(!gone(c.id) && name_there());
	monitor_drop(&f);
	store_drop();
}

TEST(C077_rm_with_force_kills_first)
{
	struct container c;
	struct fake f;

	store_make();
	c = box_make(CONTAINER_RUNNING, false);
	f = monitor_fork(&c, M_EXITS_ON_STOP);
	CHECK_INT(engine_remove(&engine, c.id, true, false, NULL), 0);
	check_heard(&f, "\x06\x05\x09\0\0\0\0", 7);
	CHECK(gone(c.id) && !name_there());
	monitor_drop(&f);
	store_drop();
}

TEST(Z70_rm_with_force_does_not_need_a_monitor_that_answers)
{
	struct container c;
	struct fake f;
	int st;

	store_make();
	c = box_make(CONTAINER_RUNNING, false);
	f = monitor_fork(&c, M_DEAF);
	kill(f.pid, SIGSTOP);
	CHECK_INT(engine_remove(&engine, c.id, true, false, NULL), 0);
	CHECK_INT(waitpid(f.pid, &st, 0), f.pid);
	CHECK(WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL);
	CHECK(gone(c.id));
	store_drop();
}

/* A machine that stands still: each look at the clock is ten seconds after the last, and the third
 * lets the other side go on. */
static int go_on, looks;

static int64_t slow_ns(void)
{
	if (++looks == 3)
		CHECK_INT(write(go_on, "", 1), 1);
	return looks * 10000000000LL;
}

TEST(a_monitor_that_is_not_stopped_is_waited_for)
{
	int pair[2], go[2], st;
	struct err e = { 0 };
	pid_t pid;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	CHECK(pipe2(go, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		unsigned char b = WIRE_RELOAD, data[64];
		enum wire_type type;
		int len;

		CHECK(get(pair[1], &type, data, &len) && type == WIRE_RELOAD);
		CHECK_INT(read(go[0], data, 1), 1);
		put(pair[1], WIRE_DONE, &b, 1);
		_exit(0);
	}
	close(pair[1]);
	go_on = go[1];
	clock_fake(NULL, slow_ns);
	CHECK_INT(ask_answer(pair[0], WIRE_RELOAD, "", 0, ASK_ANSWER_MS, &e), 0);
	clock_fake(NULL, NULL);
	CHECK(waitpid(pid, &st, 0) == pid && st == 0);
}

TEST(a_full_queue_is_waited_for_and_one_of_a_stopped_monitor_is_not)
{
	struct container c;
	struct err e = { 0 };
	struct fake f;
	int st, fd;

	store_make();
	c = box_make(CONTAINER_RUNNING, false);
	f = monitor_fork(&c, M_DEAF);
	kill(f.pid, SIGSTOP);
	CHECK_INT(waitpid(f.pid, &st, WUNTRACED), f.pid);
	looks = 100;
	clock_fake(NULL, slow_ns);
	while ((fd = ask_connect(&engine, c.id, 0, &e)) >= 0)
		;
	CHECK_INT(fd, -ETIMEDOUT);
	st = looks;
	CHECK(st < 105);
	kill(f.pid, SIGCONT);	/* it lives, and reads nothing */
	CHECK_INT(ask_connect(&engine, c.id, 0, &e), -ETIMEDOUT);
	CHECK(looks > st + 5);
	clock_fake(NULL, NULL);
	monitor_drop(&f);
	store_drop();
}

TEST(ask_gone_ends_when_another_monitor_has_the_lock)
{
	struct container_state was;
	struct container c;
	struct fake f;

	store_make();
	c = box_make(CONTAINER_RUNNING, false);
	f = monitor_fork(&c, M_DEAF);
	was = state_of(c.id);
	was.monitor_pid--;
	CHECK_INT(ask_gone(&engine, &was, NULL), 0);
	CHECK(container_locked(&store, c.id));
	monitor_drop(&f);
	store_drop();
}

TEST(U21_rm_of_a_damaged_record_works_and_frees_its_name)
{
	struct container c;
	char path[120];
	int fd;

	store_make();
	c = box_make(CONTAINER_EXITED, false);
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "containers/%s/%s.json", c.id, i ? "state" : "config");
		fd = openat(store.root_fd, path, O_WRONLY | O_TRUNC);
		close(fd);
		if (i)
			unlinkat(store.state_fd, path, 0);
	}
	CHECK(state_of(c.id).damaged);
	CHECK_INT(engine_remove(&engine, c.id, false, false, NULL), 0);
	CHECK(gone(c.id) && !name_there());
	store_drop();
}

TEST(U22_rm_works_with_no_byte_free)
{
	struct container c;
	char path[100], block[4096] = { 0 };
	int fd;

	if (unshare(CLONE_NEWNS) < 0 || mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		SKIP("needs a mount namespace");
	snprintf(path, sizeof(path), "/tmp/test_life_full.XXXXXX");
	CHECK(mkdtemp(path));
	CHECK_INT(mount("full", path, "tmpfs", 0, "size=256k"), 0);
	CHECK_INT(setenv("TMPDIR", path, 1), 0);
	strcpy(tmp, path);
	snprintf(path, sizeof(path), "%s/root", tmp);
	CHECK_INT(store_open(&store, path, strcat(strcpy(block, tmp), "/state"), NULL), 0);
	c = box_make(CONTAINER_EXITED, false);
	fd = openat(store.root_fd, "fill", O_WRONLY | O_CREAT, 0600);
	while (write(fd, block, sizeof(block)) > 0)
		;
	CHECK_INT(errno, ENOSPC);
	CHECK_INT(tree_remove(store.state_fd, "containers", NULL), 0); /* a reboot too */
	while (write(fd, block, sizeof(block)) > 0)
		;
	CHECK_INT(engine_remove(&engine, c.id, false, false, NULL), 0);
	CHECK(gone(c.id) && !name_there());
	close(fd);
	store_release(&store);
	CHECK_INT(umount2(tmp, MNT_DETACH), 0);
	CHECK_INT(rmdir(tmp), 0);
}

TEST(two_at_once_remove_it_once)
{
	struct container c;
	int won = 0, st;

	store_make();
	c = box_make(CONTAINER_EXITED, false);
	for (int i = 0; i < 8; i++) {
		if (fork() == 0)
			_exit(engine_remove(&engine, c.id, false, false, NULL) == 0);
	}
	for (int i = 0; i < 8; i++) {
		wait(&st);
		won += WEXITSTATUS(st);
	}
	CHECK_INT(won, 1);
	CHECK(gone(c.id));
	store_drop();
}

/* --- reconcile --------------------------------------------------------------------------- */

TEST(Z70_a_container_whose_monitor_was_killed_is_recorded_as_137)
{
	struct container_state st;
	struct container c;
	struct fake f;
	int64_t before;

	store_make();
	c = box_make(CONTAINER_RUNNING, false);
	f = monitor_fork(&c, 0);
	CHECK_INT(engine_reconcile(&engine, NULL, NULL), 0);
	CHECK_INT(state_of(c.id).status, CONTAINER_RUNNING);
	monitor_drop(&f);
	before = clock_real_ns();
	CHECK(state_of(c.id).lost);
	CHECK_INT(engine_reconcile(&engine, NULL, NULL), 0);
	CHECK_INT(tree_remove(store.state_fd, "containers", NULL), 0); /* it is durable */
	st = state_of(c.id);
	CHECK(!st.lost && st.status == CONTAINER_EXITED && st.finished_ns >= before);
	CHECK_INT(st.exit_code, 137);
	CHECK_INT(st.pid, 0);
	store_drop();
}

TEST(what_ran_when_the_machine_went_down_is_recorded_as_255)
{
	struct container_state st;
	struct container c;

	store_make();
	c = box_make(CONTAINER_RUNNING, false);
	CHECK_INT(tree_remove(store.state_fd, "containers", NULL), 0);
	CHECK_INT(engine_reconcile(&engine, c.id, NULL), 0);
	st = state_of(c.id);
	CHECK(!st.lost && st.status == CONTAINER_EXITED && name_there());
	CHECK_INT(st.exit_code, 255);
	store_drop();
}

TEST(what_a_container_of_rm_left_is_removed)
{
	struct container c;
	struct fake f;

	store_make();
	c = box_make(CONTAINER_RUNNING, true);
	f = monitor_fork(&c, 0);
	monitor_drop(&f);
	CHECK_INT(engine_reconcile(&engine, NULL, NULL), 0);
	CHECK(gone(c.id) && !name_there());
	store_drop();
}

static void make_old(int tree, const char *id)
{
	struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	char path[100];

	snprintf(path, sizeof(path), "containers/%s", id);
	CHECK_INT(utimensat(tree, path, old, 0), 0);
}

static int64_t made_ns;

static int64_t when_made(void)
{
	return made_ns;
}

TEST(directories_without_a_record_go_when_nobody_holds_them)
{
	char held[65], young[65], old[65];
	struct stat sb;
	int lock, dir;

	store_make();
	lock = container_lock(&store, rand_hex(held, 32), NULL);
	make_old(store.state_fd, held);
	dir = container_state_dir(&store, rand_hex(young, 32), true, NULL);
	CHECK_INT(fstat(dir, &sb), 0);
	close(dir);
	made_ns = sb.st_mtime * 1000000000ll;
	clock_fake(when_made, NULL);	/* it grows no older while the machine stands still */
	close(container_dir(&store, rand_hex(old, 32), true, NULL));
	make_old(store.root_fd, old);
	CHECK_INT(engine_reconcile(&engine, NULL, NULL), 0);
	CHECK(!gone(held) && !gone(young) && gone(old));
	make_old(store.state_fd, young);
	close(lock);
	CHECK_INT(engine_reconcile(&engine, NULL, NULL), 0);
	CHECK(gone(held) && gone(young));
	store_drop();
}

TEST(names_of_nobody_go)
{
	struct container c;
	char id[65];

	store_make();
	c = box_make(CONTAINER_EXITED, false);
	CHECK_INT(container_name_take(&store, "stale", rand_hex(id, 32), NULL), 0);
	CHECK_INT(engine_reconcile(&engine, NULL, NULL), 0);
	CHECK(name_there());
	CHECK(faccessat(store.root_fd, "names/stale", F_OK, AT_SYMLINK_NOFOLLOW) < 0);
	CHECK_INT(container_name_take(&store, "tt", id, NULL), -EEXIST);
	store_drop();
	(void)c;
}

TEST(many_reconcile_at_once)
{
	struct container c;
	int st;

	store_make();
	c = box_make(CONTAINER_RUNNING, false);
	for (int i = 0; i < 8; i++) {
		if (fork() == 0)
			_exit(engine_reconcile(&engine, i % 2 ? c.id : NULL, NULL) < 0);
	}
	for (int i = 0; i < 8; i++) {
		wait(&st);
		CHECK_INT(st, 0);
	}
	CHECK_INT(engine_reconcile(&engine, NULL, NULL), 0);
	CHECK_INT(state_of(c.id).exit_code, 137);
	CHECK(!state_of(c.id).lost);
	store_drop();
}

/* --- pids ------------------------------------------------------------------------------ */

static pid_t canary(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (;;)
			pause();
	}
	return pid;
}

static uint64_t started(pid_t pid)
{
	unsigned long long v = 0;
	char path[32], line[512];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	CHECK(f && fgets(line, sizeof(line), f));
	fclose(f);
	CHECK_INT(sscanf(strrchr(line, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u "
						 "%*d %*d %*d %*d %*d %*d %llu",
			  &v),
		1);
	return v;
}

TEST(Z11_a_reused_pid_is_left_alone)
{
	struct container c;
	pid_t bird = canary();
	int st;

	store_make();
	c = box_make(CONTAINER_RUNNING, false);
	close(container_lock(&store, c.id, NULL));
	c.state.pid = c.state.monitor_pid = bird;
	c.state.pid_start = started(bird) - 1; /* another process had this number */
	CHECK_INT(container_state_save(&store, &c.state, true, NULL), 0);
	CHECK_INT(ask_kill(&engine, &c.state, NULL), 0);
	CHECK_INT(engine_stop(&engine, c.id, 0, NULL), 0);
	CHECK_INT(engine_kill(&engine, c.id, SIGKILL, NULL), -EBUSY);
	CHECK_INT(engine_remove(&engine, c.id, true, false, NULL), 0);
	clock_sleep_ms(20);
	CHECK_INT(waitpid(bird, &st, WNOHANG), 0);
	c.state.pid_start = started(bird);
	CHECK(ask_kill_first(&c.state)); /* and this is the one */
	CHECK_INT(waitpid(bird, &st, 0), bird);
	store_drop();
}

UNIT_MAIN
