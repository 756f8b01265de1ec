// SPDX-License-Identifier: MIT
#include "core/store/container_json.h"
#include "core/store/mountspec.h"
#include "tests/unit/unit.h"

static void both_ways(const struct container_config *in, struct container_config *out,
	struct arena *mem)
{
	auto_json json_t *config = container_config_json(in), *host = container_host_config_json(in);

	container_config_init(out);
	CHECK_INT(container_config_from_json(config, host, out, mem, NULL), 0);
}

TEST(what_is_written_is_read_back)
{
	const char *env[] = { "A=1", "B=x=y" }, *labels[] = { "k=v", "empty=" },
		   *ports[] = { "127.0.0.1:8080:80/tcp", "::80/udp", "::1:9:9/tcp" },
		   *ulimits[] = { "nofile=1024:2048", "core=-1" },
		   *devices[] = { "/dev/null:/dev/x:rw" };
	auto_arena struct arena mem = { 0 };
	struct container_config in, out;

	container_config_init(&in);
	in.image = "alpine:3";
	in.env = (struct strv){ env, 2 };
	in.labels = (struct strv){ labels, 2 };
	in.ports = (struct strv){ ports, 3 };
	in.ulimits = (struct strv){ ulimits, 2 };
	in.devices = (struct strv){ devices, 1 };
	in.memory = 64 << 20;
	in.init = 1;
	in.tty = in.privileged = true;
	in.stop_timeout_s = 3;
	in.restart_policy = "on-failure";
	in.restart_max = 5;
	both_ways(&in, &out, &mem);
	CHECK_STR(out.image, "alpine:3");
	CHECK_INT(out.env.n, 2);
	CHECK_STR(out.env.v[1], "B=x=y");
	CHECK_STR(out.labels.v[1], "empty=");
	CHECK_INT(out.ports.n, 3);
	CHECK_STR(out.ports.v[0], "127.0.0.1:8080:80/tcp");
	CHECK_STR(out.ports.v[2], "::1:9:9/tcp");
	CHECK_STR(out.ulimits.v[0], "nofile=1024:2048");
	CHECK_STR(out.ulimits.v[1], "core=-1:-1");
	CHECK_STR(out.devices.v[0], "/dev/null:/dev/x:rw");
	CHECK_INT(out.memory, 64 << 20);
	CHECK_INT(out.init, 1);
	CHECK(out.tty && out.privileged && !out.read_only);
	CHECK_INT(out.stop_timeout_s, 3);
	CHECK_STR(out.restart_policy, "on-failure");
	CHECK_INT(out.restart_max, 5);
}

TEST(what_was_not_given_stays_not_given)
{
	auto_arena struct arena mem = { 0 };
	struct container_config in, out;

	container_config_init(&in);
	both_ways(&in, &out, &mem);
	CHECK_INT(out.init, -1);
	CHECK_INT(out.stop_timeout_s, -1);
	CHECK_INT(out.memory_swappiness, -1);
	CHECK_INT(out.mounts_n, 0);
	CHECK_INT(out.cmd.n, 0);
	CHECK_STR(out.stop_signal, "");
}

TEST(mounts_of_every_form_come_back)
{
	auto_arena struct arena mem = { 0 };
	struct container_config in, out;

	container_config_init(&in);
	CHECK_INT(mountspec_bind("/h:/c:ro", mountspec_add(&in, &mem), &mem, NULL), 0);
	CHECK_INT(mountspec_mount("type=tmpfs,dst=/t,tmpfs-size=4096", mountspec_add(&in, &mem), &mem,
			  NULL),
		0);
	CHECK_INT(mountspec_tmpfs("/run:size=1m", mountspec_add(&in, &mem), &mem, NULL), 0);
	both_ways(&in, &out, &mem);
	CHECK_INT(out.mounts_n, 3);
	for (size_t i = 0; i < out.mounts_n; i++) {
		const struct mount_spec *m = &out.mounts[i];

		if (strcmp(m->target, "/c") == 0)
			CHECK(m->type == MOUNT_BIND && m->read_only && m->create_source);
		else if (strcmp(m->target, "/t") == 0)
			CHECK(m->type == MOUNT_TMPFS && m->tmpfs_size == 4096 && m->long_form);
		else
			CHECK_STR(m->tmpfs_options, "size=1m");
	}
}

TEST(a_field_of_the_wrong_kind_is_named)
{
	static const char text[] = "{\"Memory\": \"lots\"}";
	auto_arena struct arena mem = { 0 };
	auto_json json_t *host = json_parse(text, sizeof(text) - 1, 4096, NULL);
	struct container_config c;
	struct err e;

	container_config_init(&c);
	CHECK(container_config_from_json(NULL, host, &c, &mem, &e) < 0);
	CHECK(strstr(e.msg, "HostConfig") && strstr(e.msg, "Memory"));
}

UNIT_MAIN
