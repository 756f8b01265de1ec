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

TEST(a_recorded_port_is_read)
{
	static const char *const bad[] = { "", "1:2:x/tcp", "x:80:80/tcp", "::80-81/tcp", "80/x",
					   "1.2.3.4:70000:80/tcp" };
	struct err e = { 0 };
	struct hostport p;
	char ip[IP_TEXT_MAX];

	CHECK_INT(hostport_read("127.0.0.1:8080:80/tcp", &p, NULL), 0);
	CHECK_STR(ip_print(&p.host, ip), "127.0.0.1");
	CHECK(p.first == 8080 && p.last == 8080 && p.port == 80 && p.proto == 6);
	CHECK_INT(hostport_read("::1:9000-9010:53/udp", &p, NULL), 0);
	CHECK_STR(ip_print(&p.host, ip), "::1");
	CHECK(p.first == 9000 && p.last == 9010 && p.port == 53 && p.proto == 17);
	CHECK_INT(hostport_read("::80/sctp", &p, NULL), 0);
	CHECK(!ip_is(&p.host) && p.first == 0 && p.port == 80 && p.proto == 132);
	for (size_t i = 0; i < countof(bad); i++)
		CHECK(hostport_read(bad[i], &p, &e) < 0);
}

TEST(the_column_of_ps)
{
	static const struct {
		const char *ports[6], *exposed[5], *want;
	} t[] = {
		{ { NULL }, { NULL }, "" },
		{ { NULL }, { "80/tcp", "443/tcp" }, "80/tcp, 443/tcp" },
		{ { NULL }, { "8000/tcp", "8001/tcp", "8002/tcp", "53/udp" }, "53/udp, 8000-8002/tcp" },
		{ { "0.0.0.0:8080:80/tcp", ":::8080:80/tcp" }, { "80/tcp" },
		  "0.0.0.0:8080->80/tcp, :::8080->80/tcp" },
		{ { "0.0.0.0:80:80/tcp", ":::80:80/tcp", "0.0.0.0:81:81/tcp", ":::81:81/tcp" },
		  { "90/tcp" },
		  "0.0.0.0:80-81->80-81/tcp, :::80-81->80-81/tcp, 90/tcp" },
		{ { "127.0.0.1:70:7/udp", "0.0.0.0:9:9/tcp" }, { NULL },
		  "0.0.0.0:9->9/tcp, 127.0.0.1:70->7/udp" },
	};

	for (size_t i = 0; i < countof(t); i++) {
		auto_arena struct arena mem = { 0 };
		auto_str struct str out = STR_INIT;
		struct strv ports = { 0 }, exposed = { 0 };

		for (size_t k = 0; t[i].ports[k]; k++)
			strv_add(&ports, t[i].ports[k], &mem);
		for (size_t k = 0; t[i].exposed[k]; k++)
			strv_add(&exposed, t[i].exposed[k], &mem);
		hostport_column(&out, &ports, &exposed);
		CHECK_STR(out.len ? out.s : "", t[i].want);
	}
}

UNIT_MAIN
