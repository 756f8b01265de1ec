// SPDX-License-Identifier: MIT
/* Verdicts and sentences are those of docker 20.10.24's `docker import -c`. */
#include "core/fmt/change.h"
#include "tests/unit/unit.h"

static const char *applied(const char *line, const char *key)
{
	static struct arena mem;
	static struct str out = STR_INIT;
	struct strv lines = { &line, 1 };
	struct image_config c;
	struct err e = { 0 };
	json_t *v;

	arena_release(&mem);
	str_reset(&out);
	imagecfg_init(&c);
	if (change_apply(&c, &lines, &mem, &e) < 0) {
		str_puts(&out, e.msg);
		return out.s;
	}
	v = imagecfg_config(&c, NULL);
	json_print(json_object_get(v, key), JSON_PLAIN, &out);
	json_decref(v);
	return out.s;
}

TEST(each_change_does_what_docker_does)
{
	static const struct { const char *line, *key, *want; } rows[] = {
		{ "CMD a b c", "Cmd", "[\"/bin/sh\",\"-c\",\"a b c\"]" },
		{ "CMD [\"a\",\"b\"]", "Cmd", "[\"a\",\"b\"]" },
		{ "CMD [a", "Cmd", "[\"/bin/sh\",\"-c\",\"[a\"]" },
		{ "CMD", "Cmd", "[\"/bin/sh\",\"-c\"]" },
		{ "ENTRYPOINT", "Entrypoint", "null" },
		{ "CMD y\nENTRYPOINT [\"x\"]", "Cmd", "[\"/bin/sh\",\"-c\",\"y\"]" },
		{ "ENTRYPOINT [\"x\"]\nCMD y", "Entrypoint", "[\"x\"]" },
		{ "ENV A=b C=\"d e\" F=g\\ h", "Env", "[\"A=b\",\"C=d e\",\"F=g h\"]" },
		{ "ENV A b  c", "Env", "[\"A=b  c\"]" },
		{ "ENV A=$B B=$A", "Env", "[\"A=\",\"B=\"]" },
		{ "ENV A=1\nENV B=$A", "Env", "[\"A=1\",\"B=1\"]" },
		{ "ENV A=1\nENV A=2", "Env", "[\"A=2\"]" },
		{ "ENV A=${B:-x}y C=${D:+z} E=\"$F\"", "Env", "[\"A=xy\",\"C=\",\"E=\"]" },
		{ "ENV A='$B c' D=\"a\\\"b\"", "Env", "[\"A=$B c\",\"D=a\\\"b\"]" },
		{ "env a=b\ncmd x", "Env", "[\"a=b\"]" },
		{ "LABEL a b", "Labels", "{\"a\":\"b\"}" },
		{ "LABEL a=1 \"b c\"=\"d\"", "Labels", "{\"a\":\"1\",\"b c\":\"d\"}" },
		{ "LABEL \"a.b\"=\"x y\" c=d\\\n e=f", "Labels",
		  "{\"a.b\":\"x y\",\"c\":\"d\",\"e\":\"f\"}" },
		{ "EXPOSE 80 443/tcp 53/udp", "ExposedPorts",
		  "{\"80/tcp\":{},\"443/tcp\":{},\"53/udp\":{}}" },
		{ "EXPOSE 80-82", "ExposedPorts", "{\"80/tcp\":{},\"81/tcp\":{},\"82/tcp\":{}}" },
		{ "EXPOSE 80/TCP", "ExposedPorts", "{\"80/tcp\":{}}" },
		{ "EXPOSE 8080:80", "ExposedPorts", "{\"80/tcp\":{}}" },
		{ "EXPOSE 80 $X", "ExposedPorts", "{\"80/tcp\":{}}" },
		{ "USER a b", "User", "\"a b\"" },
		{ "VOLUME /a /b", "Volumes", "{\"/a\":{},\"/b\":{}}" },
		{ "VOLUME [\"/a\",\"/b c\"]", "Volumes", "{\"/a\":{},\"/b c\":{}}" },
		{ "WORKDIR a\nWORKDIR b", "WorkingDir", "\"/a/b\"" },
		{ "ENV A=1\nWORKDIR /$A", "WorkingDir", "\"/1\"" },
		{ "HEALTHCHECK NONE", "Healthcheck", "{\"Test\":[\"NONE\"]}" },
		{ "HEALTHCHECK --interval=3s --timeout=1m --start-period=2s --retries=4 CMD a b",
		  "Healthcheck", "{\"Test\":[\"CMD-SHELL\",\"a b\"],\"Interval\":3000000000,"
		  "\"Timeout\":60000000000,\"StartPeriod\":2000000000,\"Retries\":4}" },
		{ "HEALTHCHECK CMD [\"a\",\"b\"]", "Healthcheck", "{\"Test\":[\"CMD\",\"a\",\"b\"]}" },
		{ "ONBUILD RUN x", "OnBuild", "[\"RUN x\"]" },
		{ "STOPSIGNAL SIGQUIT", "StopSignal", "\"SIGQUIT\"" },	/* here docker says no */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_STR(applied(rows[i].line, rows[i].key), rows[i].want);
}

TEST(what_docker_refuses_is_refused_in_its_words)
{
	static const struct { const char *line, *want; } rows[] = {
		{ "ENV A", "ENV must have two arguments" },
		{ "ENV", "ENV requires at least one argument" },
		{ "ENV =x", "ENV names can not be blank" },
		{ "ENV A=b c", "Syntax error - can't find = in \"c\". Must be of the form: name=value" },
		{ "ENV A=\"x", "failed to process \"\\\"x\": unexpected end of statement while looking "
		  "for matching double-quote" },
		{ "ENV A=${B", "failed to process \"${B\": missing ':' in substitution" },
		{ "LABEL a", "LABEL must have two arguments" },
		{ "EXPOSE x", "Invalid containerPort: x" },
		{ "EXPOSE 99999", "Invalid containerPort: 99999" },
		{ "EXPOSE 82-80", "Invalid containerPort: 82-80" },
		{ "EXPOSE 80/foo", "Invalid proto: foo" },
		{ "EXPOSE", "EXPOSE requires at least one argument" },
		{ "USER", "USER requires exactly one argument" },
		{ "VOLUME", "VOLUME requires at least one argument" },
		{ "VOLUME \"\"", "VOLUME specified can not be an empty string" },
		{ "WORKDIR", "WORKDIR requires exactly one argument" },
		{ "HEALTHCHECK x", "Unknown type \"X\" in HEALTHCHECK (try CMD)" },
		{ "HEALTHCHECK", "HEALTHCHECK requires at least one argument" },
		{ "HEALTHCHECK NONE x", "HEALTHCHECK NONE takes no arguments" },
		{ "HEALTHCHECK CMD", "Missing command after HEALTHCHECK CMD" },
		{ "HEALTHCHECK --retries=0 CMD x", "--retries must be at least 1 (not 0)" },
		{ "HEALTHCHECK --interval=x CMD x", "time: invalid duration \"x\"" },
		{ "HEALTHCHECK --interval=1ns CMD x", "Interval \"interval\" cannot be less than 1ms" },
		{ "HEALTHCHECK --foo=1 CMD x", "Unknown flag: foo" },
		{ "CMD [\"a\",1]", "when using JSON array syntax, arrays must be comprised of strings "
		  "only" },
		{ "ONBUILD FROM x", "FROM isn't allowed as an ONBUILD trigger" },
		{ "ONBUILD ONBUILD x", "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed" },
		{ "ONBUILD", "ONBUILD requires at least one argument" },
		{ "RUN x", "run is not a valid change command" },
		{ "FROO x", "froo is not a valid change command" },
		{ "", "file with no instructions" },
		{ "# c", "file with no instructions" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_STR(applied(rows[i].line, "Cmd"), rows[i].want);
}

UNIT_MAIN
