// SPDX-License-Identifier: MIT
/* container_json.h - the record as Docker's JSON (Engine API 1.41, ContainerInspect and
 * ContainerCreate), in both directions. One table of fields serves both. */
#pragma once

#include "core/fmt/json.h"
#include "core/store/container.h"

/* "Config" and "HostConfig" as inspect prints them: every key there, in Docker's order.
 * The caller owns the reference. */
NODISCARD json_t *container_config_json(const struct container_config *c);
NODISCARD json_t *container_host_config_json(const struct container_config *c);

/* Fill from the two objects (either may be NULL); unknown keys are passed over, a wrong type
 * is -EINVAL and named ("HostConfig.Memory is not a number"). Strings are copied to mem. */
NODISCARD int container_config_from_json(const json_t *config, const json_t *host,
					 struct container_config *c, struct arena *mem,
					 struct err *e);
