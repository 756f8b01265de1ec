// SPDX-License-Identifier: MIT
/* The sentences are those docker 20.10.24's engine says of the same request. */
#include "core/engine/demand.h"
#include "core/store/mountspec.h"
#include "tests/unit/unit.h"

static struct container_config good(struct arena *mem)
{
	struct container_config c;

	container_config_init(&c);
	strv_add(&c.cmd, "true", mem);
	return c;
}

static void refuse(const struct container_config *c, const char *sentence)
{
	struct err e = { 0 };

	CHECK_INT(demand_check(c, &e), -EINVAL);
	CHECK_STR(e.msg, sentence);
}

TEST(c050_limits_that_make_no_sense_are_refused)
{
	auto_arena struct arena mem = { 0 };
	struct container_config c = good(&mem);

	CHECK_INT(demand_check(&c, NULL), 0);
	c.memory = 5;
	refuse(&c, "Minimum memory limit allowed is 6MB");
	c.memory = 1 << 30;
	c.memory_swap = 1 << 20;
	refuse(&c, "Minimum memoryswap limit should be larger than memory limit, see usage");
	c.memory_swap = -1;
	c.memory_reservation = 1LL << 31;
	refuse(&c, "Minimum memory limit can not be less than memory reservation limit, see usage");
	c.memory_reservation = 1;
	refuse(&c, "Minimum memory reservation allowed is 6MB");
	c.memory_reservation = 0;
	CHECK_INT(demand_check(&c, NULL), 0);
	c.oom_score_adj = 5000;
	refuse(&c, "Invalid value 5000, range for oom score adj is [-1000, 1000]");
}

TEST(c048_cpus_are_those_there_are)
{
	auto_arena struct arena mem = { 0 };
	struct container_config c = good(&mem);
	struct err e = { 0 };

	c.nano_cpus = 500000000;
	CHECK_INT(demand_check(&c, NULL), 0);
	c.cpu_period = 1000;
	refuse(&c, "Conflicting options: Nano CPUs and CPU Period cannot both be set.");
	c.cpu_period = 0;
	c.nano_cpus = -1000000000;
	CHECK_INT(demand_check(&c, &e), -EINVAL);
	CHECK(strncmp(e.msg, "Range of CPUs is from 0.01 to ", 30) == 0);
	c.nano_cpus = 9999000000000;
	CHECK_INT(demand_check(&c, &e), -EINVAL);
}

TEST(one_place_takes_one_mount)
{
	auto_arena struct arena mem = { 0 };
	struct container_config c = good(&mem);

	CHECK_INT(mountspec_bind("/b:/b", mountspec_add(&c, &mem), &mem, NULL), 0);
	CHECK_INT(demand_check(&c, NULL), 0);
	CHECK_INT(mountspec_bind("/c:/b", mountspec_add(&c, &mem), &mem, NULL), 0);
	refuse(&c, "Duplicate mount point: /b");
}

TEST(words_nobody_understands_are_refused)
{
	auto_arena struct arena mem = { 0 };
	struct container_config c = good(&mem);

	strv_add(&c.security_opt, "seccomp=unconfined", &mem);
	strv_add(&c.security_opt, "no-new-privileges", &mem);
	CHECK_INT(demand_check(&c, NULL), 0);
	strv_add(&c.security_opt, "no-new-privileges:x", &mem);
	refuse(&c, "invalid --security-opt 2: \"no-new-privileges:x\"");
	c = good(&mem);
	c.stop_signal = "foo";
	refuse(&c, "Invalid signal: foo");
	c = good(&mem);
	strv_add(&c.cap_add, "foo", &mem);
	refuse(&c, "invalid CapAdd: unknown capability: \"CAP_FOO\"");
	c = good(&mem);
	c.working_dir = "x";
	refuse(&c, "the working directory 'x' is invalid, it needs to be an absolute path");
	c = good(&mem);
	c.cmd.n = 0;
	refuse(&c, "No command specified");
}

UNIT_MAIN
