// SPDX-License-Identifier: MIT
/* event.h - say what happened, as Docker's daemon does: its names, its attributes. Nothing here
 * fails; an event that cannot be written is lost. */
#pragma once

#include "core/engine/engine.h"
#include "core/store/network.h"

/* Of a container: its image, name and labels are added.
 * more   pairs of key and value, ended by NULL: "exitCode", "0", NULL */
void event_container(const struct store *s, const struct container *c, const char *action, ...);

/* With a number as the one more attribute. */
void event_number(const struct store *s, const struct container *c, const char *action,
	const char *key, int64_t value);

/* The same of one that is known by its id only: its record is read first. */
void event_of(const struct store *s, const char *id, const char *action);

/* Of an image: id "sha256:…"; name: NULL for the id. */
void event_image(const struct store *s, const char *id, const char *action, const char *name);

/* Of a volume: its driver is added. more: as above. */
void event_volume(const struct store *s, const char *name, const char *action, ...);

/* "mount" or "unmount" of each volume that a container has. */
void event_volumes(const struct store *s, const struct container *c, const char *action);

/* Of a prune of "volume": so many bytes were freed. */
void event_prune(const struct store *s, const char *type, uint64_t bytes);

/* Of a network: its name and driver are added. container: an id, or NULL. */
void event_network(const struct store *s, const struct network *n, const char *action,
	const char *container);
