// SPDX-License-Identifier: MIT
#include "core/fmt/imagecfg.h"
#include "tests/unit/unit.h"

#define D	"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static int parse(const char *text, struct image_config *c, struct arena *mem, struct err *e)
{
	return imagecfg_parse(text, strlen(text), c, mem, e);
}

TEST(M007_a_configuration_is_read_whole)
{
	auto_arena struct arena mem = { 0 };
	struct image_config c;
	struct err e = { 0 };

	CHECK_INT(parse("{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{"
			"\"User\":\"1000\",\"Env\":[\"A=1\",\"B=2\"],\"Cmd\":[\"sh\"],"
			"\"Entrypoint\":null,\"Volumes\":{\"/data\":{}},\"WorkingDir\":\"/w\","
			"\"ExposedPorts\":{\"80/tcp\":{},\"53/udp\":{}},\"Labels\":{\"k\":\"v=1\"},"
			"\"StopSignal\":\"SIGQUIT\",\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"],"
			"\"Interval\":5000000000,\"Retries\":2}},"
			"\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" D "\"]},"
			"\"history\":[{\"created_by\":\"ADD\"},{\"empty_layer\":true}]}",
			&c, &mem, &e), 0);
	CHECK_STR(c.arch, "amd64");
	CHECK_STR(c.user, "1000");
	CHECK_INT(c.env.n, 2);
	CHECK_STR(c.env.v[1], "B=2");
	CHECK_INT(c.entrypoint.n, 0);
	CHECK_STR(c.volumes.v[0], "/data");
	CHECK_STR(c.exposed_ports.v[1], "53/udp");
	CHECK_STR(c.labels.v[0], "k=v=1");
	CHECK_INT(c.health.interval_ns, 5000000000);
	CHECK_INT(c.health.retries, 2);
	CHECK_STR(c.diff_ids.v[0], D);
	CHECK_INT(c.history_n, 2);
	CHECK_STR(c.history[0].created_by, "ADD");
	CHECK(c.history[1].empty_layer);
	CHECK_STR(c.author, "");
}

TEST(Z39_a_bad_field_is_named)
{
	static const struct { const char *in, *msg; } rows[] = {
		{ "[]", "the document is not an object" },
		{ "{\"config\":3}", "config is not an object" },
		{ "{\"config\":{\"Env\":{}}}", "config.Env is not a list" },
		{ "{\"config\":{\"Env\":[\"a\",null]}}", "config.Env[1] is not a string" },
		{ "{\"config\":{\"Volumes\":[]}}", "config.Volumes is not an object" },
		{ "{\"config\":{\"Labels\":{\"a\":{}}}}", "config.Labels[\"a\"] is not a string" },
		{ "{\"config\":{\"Healthcheck\":{\"Interval\":-1}}}",
		  "config.Healthcheck.Interval is negative" },
		{ "{\"config\":{\"Healthcheck\":{\"Retries\":1.5}}}",
		  "config.Healthcheck.Retries is not a whole number" },
		{ "{\"os\":7}", "os is not a string" },
		{ "{\"rootfs\":[]}", "rootfs is not an object" },
		{ "{\"rootfs\":{\"type\":\"x\"}}", "rootfs.type is not \"layers\"" },
		{ "{\"rootfs\":{\"diff_ids\":[\"sha256:../../../x\"]}}",
		  "rootfs.diff_ids[0] is not a sha256 digest" },
		{ "{\"history\":[{},3]}", "history[0]: " },
		{ "{\"history\":[{\"empty_layer\":true},3]}", "history[1]: not an object" },
		{ "{\"history\":[{\"empty_layer\":true,\"created_by\":1}]}",
		  "history[0]: created_by is not a string" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		auto_arena struct arena mem = { 0 };
		struct image_config c;
		struct err e = { 0 };

		CHECK_INT(parse(rows[i].in, &c, &mem, &e), -EBADMSG);
		if (i != 12)
			CHECK_STR(e.msg, rows[i].msg);
	}
}

static void repeat(struct str *s, const char *before, const char *item, int n, const char *after)
{
	str_reset(s);
	str_puts(s, before);
	for (int i = 0; i < n; i++)
		str_addf(s, "%s%s", i ? "," : "", item);
	str_puts(s, after);
}

TEST(Z39_counts_and_lengths_have_limits)
{
	auto_arena struct arena mem = { 0 };
	auto_str struct str s = STR_INIT;
	struct image_config c;
	struct err e = { 0 };

	repeat(&s, "{\"config\":{\"Env\":[", "\"A=1\"", IMAGE_LIST_MAX, "]}}");
	CHECK_INT(parse(s.s, &c, &mem, &e), 0);
	repeat(&s, "{\"config\":{\"Env\":[", "\"A=1\"", IMAGE_LIST_MAX + 1, "]}}");
	CHECK_INT(parse(s.s, &c, &mem, &e), -E2BIG);
	CHECK_STR(e.msg, "config.Env has 4097 entries, more than 4096");
	repeat(&s, "{\"config\":{\"Env\":[", "\"\"", 1000000, "]}}");
	CHECK_INT(parse(s.s, &c, &mem, &e), -E2BIG);
	repeat(&s, "{\"rootfs\":{\"diff_ids\":[", "\"" D "\"", IMAGE_LAYERS_MAX + 1, "]}}");
	CHECK_INT(parse(s.s, &c, &mem, &e), -E2BIG);
	CHECK_STR(e.msg, "rootfs.diff_ids has 128 layers, more than 127");
	repeat(&s, "{\"history\":[", "{\"empty_layer\":true}", IMAGE_HISTORY_MAX + 1, "]}");
	CHECK_INT(parse(s.s, &c, &mem, &e), -E2BIG);
	str_reset(&s);
	str_puts(&s, "{\"author\":\"");
	for (int i = 0; i < IMAGE_TEXT_MAX; i++)
		str_puts(&s, "x");
	str_puts(&s, "\"}");
	CHECK_INT(parse(s.s, &c, &mem, &e), -E2BIG);
	CHECK_STR(e.msg, "author: a string of 131072 bytes, more than 131071");
}

TEST(unknown_keys_are_kept_when_rewritten)
{
	auto_arena struct arena mem = { 0 };
	auto_str struct str out = STR_INIT;
	struct image_config c;
	struct err e = { 0 };
	const char *text = "{\"os\":\"linux\",\"architecture\":\"amd64\",\"author\":\"me\","
		"\"x-new\":{\"a\":[1]},\"config\":{\"Hostname\":\"h\",\"Cmd\":[\"old\"],"
		"\"StopSignal\":\"SIGINT\",\"New\":true},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}";
	json_t *base = json_parse(text, strlen(text), JSON_BYTES_MAX, &e);
	const char *cmd[] = { "new" };

	CHECK_INT(imagecfg_read(base, &c, &mem, &e), 0);
	c.cmd = (struct strv){ cmd, 1 };
	c.author = c.stop_signal = "";
	imagecfg_write(&c, base, &out);
	json_decref(base);
	CHECK_STR(out.s, "{\"architecture\":\"amd64\",\"config\":{\"Hostname\":\"h\","
		  "\"Domainname\":\"\",\"User\":\"\",\"AttachStdin\":false,\"AttachStdout\":false,"
		  "\"AttachStderr\":false,\"Tty\":false,\"OpenStdin\":false,\"StdinOnce\":false,"
		  "\"Env\":null,\"Cmd\":[\"new\"],\"Image\":\"\",\"Volumes\":null,"
		  "\"WorkingDir\":\"\",\"Entrypoint\":null,\"OnBuild\":null,\"Labels\":null,"
		  "\"New\":true},\"created\":\"0001-01-01T00:00:00Z\",\"history\":[],"
		  "\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]},"
		  "\"x-new\":{\"a\":[1]}}");
}

UNIT_MAIN
