// SPDX-License-Identifier: MIT
/* What is taken and the sentences are those of docker 20.10.24. */
#include "core/fmt/hostport.h"

#include "core/base/str.h"
#include "tests/unit/unit.h"

static void join(const struct strv *l, struct str *out)
{
	str_reset(out);
	for (size_t i = 0; i < l->n; i++)
		str_addf(out, "%s%s", i ? " " : "", l->v[i]);
}

TEST(c040_ports_are_published)
{
	static const struct {
		const char *text, *ports, *exposed;
	} t[] = {
		{ "80", "::80/tcp", "80/tcp" },
		{ "8080:80", ":8080:80/tcp", "80/tcp" },
		{ "8080:8080/tcp", ":8080:8080/tcp", "8080/tcp" },
		{ "53:53/UDP", ":53:53/udp", "53/udp" },
		{ "127.0.0.1:8080:80", "127.0.0.1:8080:80/tcp", "80/tcp" },
		{ "127.0.0.1::80", "127.0.0.1::80/tcp", "80/tcp" },
		{ "[::1]:80:80", "::1:80:80/tcp", "80/tcp" },
		{ ":80", "::80/tcp", "80/tcp" },
		{ "8000-8001:80-81", ":8000:80/tcp :8001:81/tcp", "80/tcp 81/tcp" },
		{ "8000-8010:80", ":8000-8010:80/tcp", "80/tcp" },
		{ "80-81", "::80/tcp ::81/tcp", "80/tcp 81/tcp" },
		{ "0:80", ":0:80/tcp", "80/tcp" },
	};

	for (size_t i = 0; i < countof(t); i++) {
		auto_arena struct arena mem = { 0 };
		auto_str struct str b = STR_INIT;
		struct strv ports = { 0 }, exposed = { 0 };

		CHECK_INT(hostport_publish(t[i].text, &ports, &exposed, &mem, NULL), 0);
		join(&ports, &b);
		CHECK_STR(b.s, t[i].ports);
		join(&exposed, &b);
		CHECK_STR(b.s, t[i].exposed);
	}
}

TEST(c040_ports_that_are_none_are_named)
{
	static const struct {
		const char *text, *sentence;
	} t[] = {
		{ "", "No port specified: <empty>" },
		{ "80:", "No port specified: 80:<empty>" },
		{ "80/x", "Invalid proto: x" },
		{ "1.2.3:8080:80", "Invalid ip address: 1.2.3" },
		{ "localhost:80:80", "Invalid ip address: localhost" },
		{ "::1:80:80", "Invalid ip address ::1: address ::1:: too many colons in address" },
		{ "80:80:80:80", "Invalid ip address 80:80: address 80:80:: too many colons in address" },
		{ "8000-8003:80-82",
		  "Invalid ranges specified for container and host Ports: 80-82 and 8000-8003" },
		{ "82-80", "Invalid containerPort: 82-80" },
		{ "80:65536", "Invalid containerPort: 65536" },
		{ "65536:80", "Invalid hostPort: 65536" },
		{ "a:80", "Invalid hostPort: a" },
		{ "-80:80", "Invalid hostPort: -80" },
		{ "8000-:80", "Invalid hostPort: 8000-" },
		{ "80:80 ", "Invalid containerPort: 80 " },
	};

	for (size_t i = 0; i < countof(t); i++) {
		auto_arena struct arena mem = { 0 };
		struct strv ports = { 0 }, exposed = { 0 };
		struct err e = { 0 };

		CHECK_INT(hostport_publish(t[i].text, &ports, &exposed, &mem, &e), -EINVAL);
		CHECK_STR(e.msg, t[i].sentence);
	}
}

TEST(ports_are_exposed)
{
	auto_arena struct arena mem = { 0 };
	auto_str struct str b = STR_INIT;
	struct strv l = { 0 };
	struct err e;

	CHECK_INT(hostport_expose("80-82/udp", &l, &mem, NULL), 0);
	CHECK_INT(hostport_expose("80", &l, &mem, NULL), 0);
	CHECK_INT(hostport_expose("80", &l, &mem, NULL), 0);
	join(&l, &b);
	CHECK_STR(b.s, "80/udp 81/udp 82/udp 80/tcp");
	CHECK_INT(hostport_expose("80:80", &l, &mem, &e), -EINVAL);
	CHECK_STR(e.msg, "invalid port format for --expose: 80:80");
	CHECK_INT(hostport_expose("82-80", &l, &mem, &e), -EINVAL);
	CHECK_STR(e.msg, "invalid range format for --expose: 82-80, error: "
		  "Invalid range specified for the Port: 82-80");
	CHECK_INT(hostport_expose("x-y", &l, &mem, &e), -EINVAL);
	CHECK_STR(e.msg, "invalid range format for --expose: x-y, error: "
		  "strconv.ParseUint: parsing \"x\": invalid syntax");
	CHECK_INT(hostport_expose("", &l, &mem, &e), -EINVAL);
	CHECK_STR(e.msg, "invalid range format for --expose: , error: Empty string specified for ports");
}

UNIT_MAIN
