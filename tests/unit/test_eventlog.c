// SPDX-License-Identifier: MIT
// link: -Wl,--wrap=clock_real_ns
/* test_eventlog.c - many writers, turns of the file, and a reader over all of it. */
#include "core/engine/eventread.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/engine/event.h"
#include "core/os/clock.h"
#include "core/os/tree.h"
#include "core/store/eventlog.h"
#include "tests/unit/unit.h"

enum { WRITERS = 4, EACH = 1500 };

static char tmp[64];
static struct store store = STORE_INIT;
static struct arena mem;
static struct engine engine = { .store = &store, .mem = &mem };

static void store_make(void)
{
	static char root[80], state[80];

	snprintf(tmp, sizeof(tmp), "/tmp/test_eventlog.XXXXXX");
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

static off_t size_of(const char *name)
{
	struct stat st;

	return fstatat(store.state_fd, name, &st, 0) == 0 ? st.st_size : 0;
}

static int count(void *arg, const json_t *ev, struct err *e)
{
	int *n = arg;

	(void)ev;
	(void)e;
	++*n;
	return 0;
}

static int seen(const char *filter)
{
	struct strv filters = { 0 };
	int n = 0;
	struct event_query q = { .event = count, .arg = &n, .since_ns = 1,
				 .until_ns = clock_real_ns() };

	strv_add(&filters, filter, &mem);
	q.filters = filters;
	CHECK_INT(engine_events(&engine, &q, NULL), 0);
	return n;
}

static void write_all(void)
{
	for (int i = 0; i < EACH; i++)
		event_image(&store, "sha256:0123", "load", "a name that takes some room in a line");
}

TEST(Z45_many_writers_grow_to_a_bound_and_every_line_is_whole)
{
	int n;

	store_make();
	for (int w = 0; w < WRITERS; w++) {
		if (fork() == 0) {
			write_all();
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
	CHECK(size_of("events.1") > EVENTLOG_BYTES);
	CHECK(size_of("events.1") < EVENTLOG_BYTES + WRITERS * EVENTLOG_LINE_MAX);
	CHECK(size_of("events") <= EVENTLOG_BYTES + WRITERS * EVENTLOG_LINE_MAX);
	n = seen("event=load");
	CHECK(n > EVENTLOG_BYTES / 400 && n <= WRITERS * EACH);
	store_drop();
}

TEST(what_is_no_event_is_passed_over)
{
	static const char bad[] = "{\"half\":\n[1]\n\n\xff\xfe\n{\"timeNano\":\"x\"}\n";

	store_make();
	eventlog_put(&store, bad, sizeof(bad) - 1, false);
	event_image(&store, "sha256:0123", "load", NULL);
	CHECK_INT(seen("type=image"), 1);
	CHECK_INT(seen("type=container"), 0);
	store_drop();
}

/* An event comes as the reader looks at the clock, and by then its time is over. */
static int64_t over_ns;

int64_t __real_clock_real_ns(void);
int64_t __wrap_clock_real_ns(void);
int64_t __wrap_clock_real_ns(void)
{
	int64_t until = over_ns;

	if (!until)
		return __real_clock_real_ns();
	over_ns = 0;
	event_image(&store, "sha256:0123", "load", NULL);
	over_ns = until;
	return until + 1000000000;
}

TEST(an_event_of_the_last_moment_is_read)
{
	int n = 0;
	struct event_query q = { .event = count, .arg = &n, .since_ns = 1,
				 .until_ns = clock_real_ns() + 3600LL * 1000000000 };

	store_make();
	over_ns = q.until_ns;
	CHECK_INT(engine_events(&engine, &q, NULL), 0);
	CHECK(n >= 1);
	over_ns = 0;
	store_drop();
}

TEST(filters)
{
	static const struct {
		const char *filter;
		bool fits;
	} rows[] = {
		{ "event=exec_create", true }, { "event=exec", false }, { "container=ab", true },
		{ "container=nam", true }, { "container=x", false }, { "network=ab", false },
		{ "image=bb", true }, { "image=bb:1", true }, { "image=bb:2", false },
		{ "label=k", true }, { "label=k=v", true }, { "label=k=w", false },
		{ "type=container", true }, { "nonsense=1", true },
	};
	auto_json json_t *ev = json_pack("{s:s,s:s,s:{s:s,s:{s:s,s:s,s:s}}}", "Type", "container",
		"Action", "exec_create: sh -c x", "Actor", "ID", "abcd", "Attributes", "image",
		"bb:1", "k", "v", "name", "named");

	for (size_t i = 0; i < countof(rows); i++) {
		struct strv v = { 0 };

		strv_add(&v, rows[i].filter, &mem);
		CHECK_INT(event_fits(&v, ev), rows[i].fits);
	}
}

UNIT_MAIN
