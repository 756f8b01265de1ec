// SPDX-License-Identifier: MIT
/* event.c - one line of JSON an event, spelled as the Engine API 1.41's events.
 *
 * What an attacker controls: labels and names, through images; they are values in JSON, and
 * escaped where they are shown. A container whose labels are too long for a line has no
 * events rather than half ones (EVENTLOG_LINE_MAX). */
#include "core/engine/event.h"

#include <stdio.h>

#include "build/gen/config.h"
#include "core/fmt/json.h"
#include "core/os/clock.h"
#include "core/store/eventlog.h"

/* Those after which it is looked whether the file has grown: each container has one. */
static bool turns(const char *action)
{
	return strcmp(action, "create") == 0 || strncmp(action, "exec_create", 11) == 0 ||
		strcmp(action, "load") == 0;
}

static void write_event(const struct store *s, const char *type, const char *action,
	const char *id, const char *from, json_t *attributes)
{
	int64_t now = clock_real_ns();
	auto_str struct str line = STR_INIT;
	auto_json json_t *o = json_object();
	json_t *actor = json_object();

	/* Fields of the first API, kept for its clients. */
	if (strcmp(type, "container") == 0 || strcmp(type, "image") == 0) {
		json_put_text(o, "status", action);
		json_put_text(o, "id", id);
	}
	if (from)
		json_put_text(o, "from", from);
	json_put_text(o, "Type", type);
	json_put_text(o, "Action", action);
	json_put_text(actor, "ID", id);
	json_put(actor, "Attributes", attributes);
	json_put(o, "Actor", actor);
	json_put_text(o, "scope", "local");
	json_put_int(o, "time", now / 1000000000);
	json_put_int(o, "timeNano", now);
	json_print(o, JSON_PLAIN | JSON_HTML, &line);
	str_puts(&line, "\n");
	eventlog_put(s, line.s, line.len, turns(action));
}

static void put_pair(json_t *o, const char *pair)
{
	auto_str struct str key = STR_INIT;
	size_t n = strcspn(pair, "=");

	str_add(&key, pair, n);
	json_put_text(o, key.s, pair[n] ? pair + n + 1 : "");
}

static void put_pairs(json_t *o, va_list ap)
{
	const char *key;

	while ((key = va_arg(ap, const char *)))
		json_put_text(o, key, va_arg(ap, const char *));
}

void event_container(const struct store *s, const struct container *c, const char *action, ...)
{
	json_t *o;
	va_list ap;

	if (!CFG_EVENTS)
		return;
	o = json_object();
	for (size_t i = 0; i < c->config.labels.n; i++)
		put_pair(o, c->config.labels.v[i]);
	json_put_text(o, "image", c->config.image);
	json_put_text(o, "name", c->name);
	va_start(ap, action);
	put_pairs(o, ap);
	va_end(ap);
	write_event(s, "container", action, c->id, c->config.image, json_sorted(o));
}

void event_number(const struct store *s, const struct container *c, const char *action,
	const char *key, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	event_container(s, c, action, key, text, NULL);
}

void event_of(const struct store *s, const char *id, const char *action)
{
	auto_arena struct arena mem = { 0 };
	struct container c;

	if (CFG_EVENTS && container_load((struct store *)s, id, &c, &mem, NULL) >= 0)
		event_container(s, &c, action, NULL);
}

void event_image(const struct store *s, const char *id, const char *action, const char *name)
{
	json_t *o;

	if (!CFG_EVENTS)
		return;
	o = json_object();
	json_put_text(o, "name", name ? name : id);
	write_event(s, "image", action, id, NULL, o);
}

void event_volume(const struct store *s, const char *name, const char *action, ...)
{
	json_t *o;
	va_list ap;

	if (!CFG_EVENTS)
		return;
	o = json_object();
	json_put_text(o, "driver", "local");
	va_start(ap, action);
	put_pairs(o, ap);
	va_end(ap);
	write_event(s, "volume", action, name, NULL, json_sorted(o));
}

void event_prune(const struct store *s, const char *type, uint64_t bytes)
{
	char text[24];
	json_t *o;

	if (!CFG_EVENTS)
		return;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)bytes);
	o = json_object();
	json_put_text(o, "reclaimed", text);
	write_event(s, type, "prune", "", NULL, o);
}

void event_volumes(const struct store *s, const struct container *c, const char *action)
{
	bool mount = strcmp(action, "mount") == 0;

	for (size_t i = 0; i < c->points_n; i++) {
		const struct mount_spec *m = &c->points[i];

		if (m->type != MOUNT_VOLUME)
			continue;
		if (mount)
			event_volume(s, m->source, action, "container", c->id, "destination",
				m->target, "propagation", "", "read/write",
				m->read_only ? "false" : "true", NULL);
		else
			event_volume(s, m->source, action, "container", c->id, NULL);
	}
}

void event_network(const struct store *s, const struct network *n, const char *action,
	const char *container)
{
	json_t *o;

	if (!CFG_EVENTS)
		return;
	o = json_object();
	if (container)
		json_put_text(o, "container", container);
	json_put_text(o, "name", n->name);
	json_put_text(o, "type", n->driver);
	write_event(s, "network", action, n->id, NULL, o);
}
