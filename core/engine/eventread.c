// SPDX-License-Identifier: MIT
/* eventread.c - read STATE/events, and follow it.
 *
 *   1 a watch is put on STATE's directory, then the older file is read, then the one in use
 *   2 at its end: if another file has its name now, what is left of this one is read and the other
 *     opened, so that a turn (eventlog.h) loses and repeats nothing
 *   3 sleep until the directory's files change, or `until` has come. The clock is looked at before
 *     the file, so that what was written by then is read
 *
 * A line that is no event (a disk that was full, another hand) is passed over. */
#include "core/engine/eventread.h"

#include <poll.h>
#include <sys/inotify.h>

#include "core/os/clock.h"
#include "core/store/eventlog.h"

enum { CHUNK = 64 << 10, NAP_MAX_MS = 10000 };

/* --- filters --------------------------------------------------------------------------- */

static const char *text_at(const json_t *ev, const char *path)
{
	const char *s = json_string_value(json_at(ev, path));

	return s ? s : "";
}

static const char *attribute(const json_t *ev, const char *key)
{
	const char *s =
		json_string_value(json_object_get(json_at(ev, "Actor.Attributes"), key));

	return s ? s : "";
}

static bool starts(const char *text, const char *with)
{
	return *with && strncmp(text, with, strlen(with)) == 0;
}

/* "exec_create" fits "exec_create: sh -c x" too. */
static bool action_fits(const char *action, const char *want)
{
	size_t n = strcspn(action, ":");

	return strcmp(action, want) == 0 ||
		(strlen(want) == n && action[n] && memcmp(action, want, n) == 0);
}

/* With the tag, or without. */
static bool image_fits(const char *name, const char *want)
{
	const char *colon = strrchr(name, ':');

	if (strcmp(name, want) == 0)
		return true;
	return colon && !strchr(colon, '/') && strlen(want) == (size_t)(colon - name) &&
		memcmp(name, want, strlen(want)) == 0;
}

static bool label_fits(const json_t *ev, const char *want)
{
	const json_t *all = json_at(ev, "Actor.Attributes");
	size_t n = strcspn(want, "=");
	auto_str struct str key = STR_INIT;
	const char *have;

	str_add(&key, want, n);
	have = json_string_value(json_object_get(all, key.s));
	return have && (!want[n] || strcmp(have, want + n + 1) == 0);
}

static bool fits(const char *name, const char *value, const json_t *ev)
{
	const char *type = text_at(ev, "Type"), *id = text_at(ev, "Actor.ID");

	if (strcmp(name, "event") == 0)
		return action_fits(text_at(ev, "Action"), value);
	if (strcmp(name, "type") == 0)
		return strcmp(type, value) == 0;
	if (strcmp(name, "scope") == 0)
		return strcmp(text_at(ev, "scope"), value) == 0;
	if (strcmp(name, "label") == 0)
		return label_fits(ev, value);
	if (strcmp(name, "image") == 0)
		return image_fits(id, value) ||
			image_fits(attribute(ev, strcmp(type, "image") == 0 ? "name" : "image"),
				value);
	if (strcmp(type, name) != 0)	/* container, network, volume, … */
		return false;
	return starts(id, value) || starts(attribute(ev, "name"), value);
}

/* Docker passes over filters it does not know. */
static bool is_known(const char *name, size_t n)
{
	static const char *const known[] = { "event", "type", "scope", "label", "image",
		"container", "network", "volume", "plugin", "daemon", "service", "node",
		"secret", "config" };

	for (size_t i = 0; i < countof(known); i++) {
		if (strlen(known[i]) == n && memcmp(known[i], name, n) == 0)
			return true;
	}
	return false;
}

/* Of all filters with the name of filters->v[first]. */
static bool name_fits(const struct strv *filters, size_t first, const json_t *ev)
{
	size_t n = strcspn(filters->v[first], "=");
	auto_str struct str name = STR_INIT;
	bool any = false, every = true;

	str_add(&name, filters->v[first], n);
	for (size_t i = 0; i < filters->n; i++) {
		const char *f = filters->v[i];
		bool yes;

		if (strncmp(f, name.s, n) != 0 || f[n] != '=')
			continue;
		yes = fits(name.s, f + n + 1, ev);
		any |= yes;
		every &= yes;
	}
	return strcmp(name.s, "label") == 0 ? every : any;
}

bool event_fits(const struct strv *filters, const json_t *ev)
{
	for (size_t i = 0; i < filters->n; i++) {
		if (is_known(filters->v[i], strcspn(filters->v[i], "=")) &&
			!name_fits(filters, i, ev))
			return false;
	}
	return true;
}

/* --- lines ------------------------------------------------------------------------------ */

struct reader {
	struct engine *g;
	const struct event_query *q;
	struct str text;	/* owned: what has not come whole */
	int64_t from_ns;
};

static int line_give(struct reader *r, const char *line, size_t len, struct err *e)
{
	auto_json json_t *ev = json_parse(line, len, EVENTLOG_LINE_MAX, NULL);
	int64_t at = ev ? json_integer_value(json_object_get(ev, "timeNano")) : 0;

	if (!ev || at < r->from_ns || (r->q->until_ns && at > r->q->until_ns))
		return 0;
	return event_fits(&r->q->filters, ev) ? r->q->event(r->q->arg, ev, e) : 0;
}

/* All that can be had of a file now. */
static int drain(struct reader *r, int fd, struct err *e)
{
	ssize_t n;
	int rc = 0;

	while (rc >= 0 && (n = read(fd, str_room(&r->text, CHUNK), CHUNK)) != 0) {
		char *end;
		size_t at = 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read events");
		str_grew(&r->text, (size_t)n);
		while (rc >= 0 && (end = memchr(r->text.s + at, '\n', r->text.len - at))) {
			rc = line_give(r, r->text.s + at, (size_t)(end - r->text.s) - at, e);
			at = (size_t)(end - r->text.s) + 1;
		}
		str_drop(&r->text, at);
	}
	return rc;
}

/* --- follow ------------------------------------------------------------------------------ */

static bool is_over(const struct reader *r)
{
	return r->q->until_ns && clock_real_ns() > r->q->until_ns;
}

/* Until something changes, or `until` comes. */
static void sleep_on(const struct reader *r, int watch)
{
	struct pollfd p = { .fd = watch, .events = POLLIN };
	char gone[4096];
	int64_t left = NAP_MAX_MS;

	if (r->q->until_ns) {
		left = (r->q->until_ns - clock_real_ns()) / 1000000;
		left = left < 0 ? 0 : left < NAP_MAX_MS ? left + 1 : NAP_MAX_MS;
	}
	if (poll(&p, 1, (int)left) > 0 && read(watch, gone, sizeof(gone)) < 0 && errno != EAGAIN)
		clock_sleep_ms(NAP_MAX_MS);
}

static int follow(struct reader *r, int watch, struct err *e)
{
	auto_close int fd = eventlog_open(r->g->store, 0, NULL);
	int rc = 0;

	for (;;) {
		bool last = is_over(r);
		bool current = fd >= 0 && eventlog_is_current(r->g->store, fd);

		if (fd >= 0)
			rc = drain(r, fd, e);
		if (rc < 0)
			return rc;
		if (!current) {	/* and what was written before the turn is read by now */
			int next = eventlog_open(r->g->store, 0, NULL);

			if (next >= 0) {
				close_at(&fd);
				fd = next;
				continue;
			}
		}
		if (last)
			return 0;
		sleep_on(r, watch);
	}
}

int engine_events(struct engine *g, const struct event_query *q, struct err *e)
{
	struct reader r = { .g = g, .q = q, .text = STR_INIT, .from_ns = q->since_ns };
	auto_close int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), older = -1;
	int rc = 0;

	if (q->since_ns && q->until_ns && q->since_ns > q->until_ns)
		return err_set(e, EINVAL, "`since` time (%lld) cannot be after `until` time (%lld)",
			(long long)(q->since_ns / 1000000000),
			(long long)(q->until_ns / 1000000000));
	if (watch < 0 || inotify_add_watch(watch, g->store->state,
				IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
		return err_sys(e, "watch %s", g->store->state);
	if (!q->since_ns && !q->until_ns)
		r.from_ns = q->now_ns;
	else
		older = eventlog_open(g->store, 1, NULL);
	if (older >= 0)
		rc = drain(&r, older, e);
	if (rc >= 0)
		rc = follow(&r, watch, e);
	str_release(&r.text);
	return rc;
}
