// SPDX-License-Identifier: MIT
#include "core/engine/boot.h"

#include "tests/unit/unit.h"

TEST(U35_who_starts_after_a_power_cut_is_who_dockerd_starts)
{
	static const struct {
		const char *policy;
		enum container_status status;
		int code, count, max;
		bool stopped, wants;
	} rows[] = {	/* as dockerd 20.10 did, killed with all its containers and begun again */
		{ "always", CONTAINER_EXITED, 137, 0, 0, true, true },
		{ "always", CONTAINER_EXITED, 255, 0, 0, false, true },
		{ "always", CONTAINER_RUNNING, 0, 0, 0, false, false },
		{ "unless-stopped", CONTAINER_EXITED, 255, 0, 0, false, true },
		{ "unless-stopped", CONTAINER_EXITED, 137, 0, 0, true, false },
		{ "on-failure", CONTAINER_EXITED, 255, 0, 0, false, true },
		{ "on-failure", CONTAINER_EXITED, 137, 0, 0, true, true },
		{ "on-failure", CONTAINER_EXITED, 0, 0, 0, false, false },
		{ "on-failure", CONTAINER_EXITED, 3, 1, 1, false, false },
		{ "on-failure", CONTAINER_EXITED, 3, 1, 2, false, true },
		{ "no", CONTAINER_EXITED, 255, 0, 0, false, false },
		{ "", CONTAINER_EXITED, 255, 0, 0, false, false },
	};

	for (size_t i = 0; i < countof(rows); i++) {
		struct container c = { .state = { .status = rows[i].status, .started_ns = 1,
			.exit_code = rows[i].code, .restart_count = rows[i].count,
			.user_stopped = rows[i].stopped } };

		container_config_init(&c.config);
		c.config.restart_policy = rows[i].policy;
		c.config.restart_max = rows[i].max;
		CHECK_INT(boot_wants(&c), rows[i].wants);
		c.state.started_ns = 0;
		c.state.status = CONTAINER_CREATED;
		CHECK(!boot_wants(&c));
	}
}

UNIT_MAIN
