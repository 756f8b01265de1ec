// SPDX-License-Identifier: MIT
/* test_start.c - start beside others that are at work on the same container. */
// link: -Wl,--wrap=lock_held
#include "core/os/clock.h"
#include "core/os/lock.h"
#include "tests/unit/lifekit.h"

#include <poll.h>
#include <signal.h>

static int worked = -1;	/* readable once the worker is done, its lock still held */

static bool has_worked(void)
{
	struct pollfd p = { .fd = worked, .events = POLLIN };

	return poll(&p, 1, 0) == 1 && p.revents & POLLIN;
}

/* Somebody at work on it for a while, who then leaves it in the state given. */
static pid_t worker(struct container *c, enum container_status leaves)
{
	int ready[2], done[2];
	pid_t pid;
	char b;

	CHECK(pipe2(ready, O_CLOEXEC) == 0 && pipe2(done, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		int lock = container_lock(&store, c->id, NULL);

		alarm(120);	/* when nobody ends it */
		CHECK(lock >= 0 && write(ready[1], "", 1) == 1);
		clock_sleep_ms(300);
		c->state.status = leaves;
		CHECK_INT(write(done[1], "", 1), 1);
		if (leaves == CONTAINER_REMOVING)
			_exit(container_remove(&store, c->id, "tt", NULL) < 0);
		CHECK_INT(container_state_save(&store, &c->state, true, NULL), 0);
		while (leaves == CONTAINER_RUNNING)
			pause();
		_exit(0);
	}
	CHECK_INT(read(ready[0], &b, 1), 1);
	close(ready[0]);
	close(ready[1]);
	close(done[1]);
	worked = done[0];
	return pid;
}

static int try_start(const struct container *c, struct err *e)
{
	int fd = -1, status;

	*e = (struct err){ 0 };
	return engine_start(&engine, c, 0, &fd, &status, e);
}

TEST(start_waits_for_a_command_that_starts_it)
{
	struct container c;
	struct err e;
	pid_t pid;

	store_make();
	c = box_make(CONTAINER_CREATED, false);
	pid = worker(&c, CONTAINER_RUNNING);
	CHECK_INT(try_start(&c, &e), 1); /* it runs: nothing to do */
	CHECK(has_worked());
	CHECK_INT(e.code, 0);
	kill(pid, SIGKILL);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
	store_drop();
}

TEST(start_waits_for_a_monitor_on_its_way_out)
{
	struct container c;
	struct err e;
	pid_t pid;
	int st;

	store_make();
	c = box_make(CONTAINER_EXITED, false);
	pid = worker(&c, CONTAINER_EXITED);
	CHECK(try_start(&c, &e) < 0); /* it has no layers, so it cannot run: but it was tried */
	CHECK(has_worked() && !strstr(e.msg, "another command"));
	CHECK(waitpid(pid, &st, 0) == pid && st == 0);
	store_drop();
}

TEST(start_waits_for_a_monitor_that_is_then_killed)
{
	struct container c;
	struct err e;
	pid_t pid;
	int st;

	store_make();
	c = box_make(CONTAINER_EXITED, false);
	pid = worker(&c, CONTAINER_PAUSED); /* so it stands, and nobody holds it */
	CHECK(try_start(&c, &e) < 0 && has_worked());
	while (strstr(e.msg, "a paused container")) { /* met in the monitor's last moment */
		usleep(1000);
		c.state = state_of(c.id);
		CHECK(try_start(&c, &e) < 0);
	}
	CHECK(!strstr(e.msg, "another command"));
	CHECK(waitpid(pid, &st, 0) == pid && st == 0);
	CHECK(!state_of(c.id).lost);
	store_drop();
}

TEST(start_of_what_is_being_removed_finds_nothing)
{
	struct container c;
	struct err e;
	char want[120];
	pid_t pid;
	int st;

	store_make();
	c = box_make(CONTAINER_EXITED, false);
	pid = worker(&c, CONTAINER_REMOVING);
	CHECK_INT(try_start(&c, &e), -ENOENT);
	snprintf(want, sizeof(want), "No such container: %s", c.id);
	CHECK_STR(e.msg, want);
	CHECK(waitpid(pid, &st, 0) == pid && st == 0);
	CHECK_INT(try_start(&c, &e), -ENOENT); /* and when it went before we came */
	CHECK(gone(c.id));
	store_drop();
}

static int64_t fast_ns(void)
{
	static int64_t now = 1000000000;

	return now += 500000000;
}

TEST(start_does_not_wait_for_ever_and_says_so)
{
	struct container c;
	struct err e;
	char want[120];
	int lock;

	store_make();
	c = box_make(CONTAINER_EXITED, false);
	lock = container_lock(&store, c.id, NULL);
	clock_fake(NULL, fast_ns);
	CHECK_INT(try_start(&c, &e), -EBUSY);
	clock_fake(NULL, NULL);
	snprintf(want, sizeof(want), "container %.12s is being changed by another command", c.id);
	CHECK_STR(e.msg, want);
	CHECK(!gone(c.id));
	close(lock);
	store_drop();
}

/* What happens between the look at a record and the look at its lock. */
static struct container *ends_when_asked;
static int ends_with;

int __real_lock_held(int fd, struct err *e);
int __wrap_lock_held(int fd, struct err *e);
int __wrap_lock_held(int fd, struct err *e)
{
	if (ends_when_asked) {
		ends_when_asked->state.status = CONTAINER_EXITED;
		ends_when_asked->state.exit_code = 3;
		CHECK_INT(container_state_save(&store, &ends_when_asked->state, true, NULL), 0);
		ends_when_asked = NULL;
		close(ends_with);
	}
	return __real_lock_held(fd, e);
}

TEST(a_container_that_ends_while_it_is_looked_at_is_not_lost)
{
	struct container_state st;
	struct container c, got;

	store_make();
	c = box_make(CONTAINER_RUNNING, false);
	ends_with = container_lock(&store, c.id, NULL);
	ends_when_asked = &c;
	st = state_of(c.id);
	CHECK(!ends_when_asked && !st.lost && st.status == CONTAINER_EXITED);
	CHECK_INT(st.exit_code, 3);

	c.state.status = CONTAINER_RUNNING;
	CHECK_INT(container_state_save(&store, &c.state, true, NULL), 0);
	ends_with = container_lock(&store, c.id, NULL);
	ends_when_asked = &c;
	CHECK_INT(container_load(&store, c.id, &got, &mem, NULL), 0);
	CHECK(!ends_when_asked && !got.state.lost && got.state.status == CONTAINER_EXITED);
	CHECK_INT(got.state.exit_code, 3);
	store_drop();
}

UNIT_MAIN
