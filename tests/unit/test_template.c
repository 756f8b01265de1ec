// SPDX-License-Identifier: MIT
/* What docker 20.10.24 printed for the same template of the same container. */
#include "core/fmt/template.h"

#include "core/fmt/template_tree.h"
#include "tests/unit/unit.h"

static const char container[] =
	"{\"Name\":\"/tt\",\"Created\":\"2026\",\"Path\":\"sleep\",\"Args\":[\"10000\"],"
	"\"RestartCount\":0,\"Node\":null,\"SizeRw\":null,"
	"\"State\":{\"Status\":\"running\",\"Running\":true,\"Paused\":false,\"Pid\":2527,"
	"\"ExitCode\":0},"
	"\"HostConfig\":{\"Binds\":[\"/tmp:/t:ro\"],\"LogConfig\":{\"Type\":\"json-file\","
	"\"Config\":{}},"
	"\"PortBindings\":{},\"RestartPolicy\":{\"Name\":\"no\",\"MaximumRetryCount\":0},"
	"\"Isolation\":\"\","
	"\"IpcMode\":\"private\",\"Devices\":[],\"Memory\":67108864,\"NanoCpus\":0,"
	"\"PidsLimit\":null,"
	"\"MemorySwappiness\":null,\"OomKillDisable\":false,\"Ulimits\":null},"
	"\"Mounts\":[{\"Type\":\"bind\",\"Name\":\"\",\"Source\":\"/tmp\",\"Destination\":\"/t\","
	"\"Driver\":\"\",\"Mode\":\"ro\",\"RW\":false,\"Propagation\":\"rslave\"}],"
	"\"Config\":{\"User\":\"\",\"Env\":[\"A=b c\"],\"Cmd\":[\"sleep\",\"10000\"],"
	"\"Volumes\":null,"
	"\"ExposedPorts\":null,\"Healthcheck\":null,\"Entrypoint\":null,"
	"\"Labels\":{\"x\":\"y\",\"z\":\"<&>\"}},"
	"\"NetworkSettings\":{\"Ports\":{},\"IPAddress\":\"\","
	"\"Networks\":{\"none\":{\"IPAddress\":\"\",\"MacAddress\":\"\"}}}}";

static const char *const maps[] = {
	"Labels", "Volumes", "ExposedPorts", "Ports", "PortBindings", "Networks", "Config", NULL,
};
static const char *const lists[] = { "Entrypoint", "Ulimits", NULL };
static const char *const optional[] = { "Health", NULL };

/* "Config" is a map below LogConfig and a struct at the top: as in inspect's own names, the
 * test says it is one; what it prints of the struct is not among the rows. */
static const struct template_names names = {
	.maps = maps, .lists = lists, .optional = optional,
};

static int run(const char *text, struct str *out, struct err *e)
{
	auto_arena struct arena mem = { 0 };
	auto_json json_t *data = json_parse(container, sizeof(container) - 1, 1 << 20, NULL);
	const struct template *t;
	int rc;

	CHECK(data != NULL);
	rc = template_parse(text, &t, &mem, e);
	return rc < 0 ? rc : template_execute(t, data, &names, out, e);
}

struct row {
	const char *text, *want;
};

static void check_rows(const struct row *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		auto_str struct str b = STR_INIT;
		struct err e = { 0 };

		if (run(t[i].text, &b, &e) < 0)
			printf("# %s: %s\n", t[i].text, e.msg);
		CHECK_STR(b.s, t[i].want);
		CHECK_INT(e.code, 0);
	}
}

TEST(c104_templates_print_what_docker_prints)
{
	static const struct row t[] = {
		{ "{{.Name}}", "/tt" },
		{ "{{ .Name }}", "/tt" },
		{ "{{- .Name -}}  ", "/tt" },
		{ " x {{- .Name -}} y", " x/tty" },
		{ "{{.Config.Env}}", "[A=b c]" },
		{ "{{.Config.Labels}}", "map[x:y z:<&>]" },
		{ "{{json .Config.Labels}}", "{\"x\":\"y\",\"z\":\"<&>\"}" },
		{ "{{.Config.Labels.x}}", "y" },
		{ "{{.Config.Labels.nope}}", "<no value>" },
		{ "{{index .Config.Labels \"x\"}}", "y" },
		{ "{{index .Config.Labels \"nope\"}}", "" },
		{ "{{index .Config.Env 0}}", "A=b c" },
		{ "{{index .Mounts 0 }}", "{bind  /tmp /t  ro false rslave}" },
		{ "{{(index .Mounts 0).Source}}", "/tmp" },
		{ "{{range .Mounts}}{{.Source}} {{end}}", "/tmp " },
		{ "{{range $i, $e := .Config.Env}}{{$i}}={{$e}};{{end}}", "0=A=b c;" },
		{ "{{range $k, $v := .Config.Labels}}{{$k}}={{$v}};{{end}}", "x=y;z=<&>;" },
		{ "{{range $e := .Config.Env}}{{$e}};{{else}}none{{end}}", "A=b c;" },
		{ "{{range .Config.Volumes}}x{{else}}none{{end}}", "none" },
		{ "{{if .State.Running}}yes{{else}}no{{end}}", "yes" },
		{ "{{if eq .State.Status \"running\"}}r{{else if eq 1 1}}x{{end}}", "r" },
		{ "{{len .Config.Env}}", "1" },
		{ "{{len .Name}}", "3" },
		{ "{{.HostConfig.Memory}}", "67108864" },
		{ "{{.HostConfig.NanoCpus}}", "0" },
		{ "{{.Config.Entrypoint}}", "[]" },
		{ "{{json .Config.Entrypoint}}", "null" },
		{ "{{.Config.Volumes}}", "map[]" },
		{ "{{.HostConfig.OomKillDisable}}", "false" },
		{ "{{.HostConfig.PortBindings}}", "map[]" },
		{ "{{.NetworkSettings.IPAddress}}", "" },
		{ "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", "" },
		{ "{{.HostConfig.LogConfig}}", "{json-file map[]}" },
		{ "{{.HostConfig.LogConfig.Config}}", "map[]" },
		{ "{{.HostConfig.RestartPolicy.Name}}", "no" },
		{ "{{.HostConfig.Binds}}", "[/tmp:/t:ro]" },
		{ "{{.Mounts}}", "[{bind  /tmp /t  ro false rslave}]" },
		{ "{{join .Config.Env \",\"}}", "A=b c" },
		{ "{{split .Name \"t\"}}", "[/  ]" },
		{ "{{upper .Name}} {{lower \"ABC\"}} {{title \"abc def\"}}", "/TT abc Abc Def" },
		{ "{{println \"a\" 1 \"b\"}}x", "a 1 b\nx" },
		{ "{{printf \"%s-%d-%q-%v-%t-%5d|%-5s|%05d|%x|%T\""
		  " \"a\" 5 \"q\" .Config.Env true 3 \"x\" 42 255 1}}",
		  "a-5-\"q\"-[A=b c]-true-    3|x    |00042|ff|int" },
		{ "{{printf \"%d\" \"a\"}}", "%!d(string=a)" },
		{ "{{printf \"%s\" 5}}", "%!s(int=5)" },
	};

	check_rows(t, countof(t));
}

TEST(c105_functions_give_what_docker_gives)
{
	static const struct row t[] = {
		{ "{{printf \"%d %d\" 5}}", "5 %!d(MISSING)" },
		{ "{{printf \"%d\" 5 6}}", "5%!(EXTRA int=6)" },
		{ "{{print \"a\" \"b\" 1 2 \"c\"}}", "ab1 2c" },
		{ "{{slice .Name 1 2}}", "t" },
		{ "{{slice .Config.Env 0 1}}", "[A=b c]" },
		{ "{{not true}} {{and 1 0}} {{or 0 \"x\"}} {{and true false 3}}",
		  "false 0 x false" },
		{ "{{eq 1 1 2}} {{ne 1 2}} {{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge 2 1}}",
		  "true true true true false true" },
		{ "{{eq \"a\" \"b\" \"a\"}}", "true" },
		{ "{{lt \"a\" \"b\"}}", "true" },
		{ "{{.Name | printf \"%s!\"}}", "/tt!" },
		{ "{{.Name | len | printf \"%d\"}}", "3" },
		{ "{{$x := .Name}}{{$x}}", "/tt" },
		{ "{{$x := 5}}{{$x = 6}}{{$x}}", "6" },
		{ "{{/* comment */}}x", "x" },
		{ "{{- /* comment */ -}}x", "x" },
		{ "{{\"a\\tb\\n\"}}", "a\tb\n" },
		{ "{{`raw`}}", "raw" },
		{ "{{'a'}}", "97" },
		{ "{{5 | print}}", "5" },
		{ "{{$.Name}}", "/tt" },
		{ "{{.Name | }}", "/tt" },
		{ "{{range .Config.Env}}{{break}}{{end}}", "" },
		{ "{{pad .Name 2 3}}|", "  /tt   |" },
		{ "{{truncate .Name 2}}", "/t" },
		{ "{{.NetworkSettings.Ports}}", "map[]" },
		{ "{{(.State).Status}}", "running" },
		{ "{{((.State)).Status}}", "running" },
		{ "{{.State.Status | eq \"running\"}}", "true" },
		{ "{{if and .State.Running (not .State.Paused)}}ok{{end}}", "ok" },
		{ "{{.NetworkSettings.Networks.none.MacAddress}}", "" },
		{ "{{.Config.Healthcheck}}", "<nil>" },
		{ "{{.State.Health}}", "<nil>" },
		{ "{{json .State.Health}}", "null" },
		{ "{{.Node}}", "<nil>" },
		{ "{{.HostConfig.Ulimits}}", "[]" },
		{ "{{.HostConfig.Isolation}}|{{.HostConfig.IpcMode}}", "|private" },
		{ "{{.HostConfig.Devices}}", "[]" },
		{ "{{.HostConfig.MemorySwappiness}}", "<nil>" },
		{ "{{.SizeRw}}", "<nil>" },
		{ "{{.RestartCount}}", "0" },
		{ "{{.Args}} {{.Path}}", "[10000] sleep" },
		{ "{{.Config.Cmd}}", "[sleep 10000]" },
		{ "{{.Config.ExposedPorts}}", "map[]" },
		{ "{{println}}", "\n" },
	};

	check_rows(t, countof(t));
}

TEST(errors_are_dockers)
{
	static const struct row t[] = {
		{ "{{.Foo}}",
		  "template: :1:2: executing \"\" at <.Foo>: map has no entry for key \"Foo\"" },
		{ "{{.Foo.Bar}}",
		  "template: :1:6: executing \"\" at <.Foo.Bar>: "
		  "map has no entry for key \"Foo\"" },
		{ "{{.State.Foo}}",
		  "template: :1:8: executing \"\" at <.State.Foo>: "
		  "map has no entry for key \"Foo\"" },
		{ "{{index .Config.Env 99}}",
		  "template: :1:2: executing \"\" at <index .Config.Env 99>: "
		  "error calling index: index out of range: 99" },
		{ "{{index .Config.Env -1}}",
		  "template: :1:2: executing \"\" at <index .Config.Env -1>: "
		  "error calling index: index out of range: -1" },
		{ "{{index .Config.Env \"a\"}}",
		  "template: :1:2: executing \"\" at <index .Config.Env \"a\">: "
		  "error calling index: "
		  "cannot index slice/array with type string" },
		{ "{{len 3}}",
		  "template: :1:2: executing \"\" at <len 3>: error calling len: len of type int" },
		{ "{{eq 1 \"a\"}}",
		  "template: :1:2: executing \"\" at <eq 1 \"a\">: "
		  "error calling eq: incompatible types for comparison" },
		{ "{{eq .Config.Env .Config.Env}}",
		  "template: :1:2: executing \"\" at <eq .Config.Env .Config.Env>: "
		  "error calling eq: non-comparable type [A=b c]: []interface {}" },
		{ "{{lt true false}}",
		  "template: :1:2: executing \"\" at <lt true false>: "
		  "error calling lt: invalid type for comparison" },
		{ "{{$y}}", "template: :1: undefined variable \"$y\"" },
		{ "{{1.5}} {{0x10}} {{1e3}} {{true}} {{nil}}",
		  "template: :1:36: executing \"\" at <nil>: nil is not a command" },
		{ "{{nil}}", "template: :1:2: executing \"\" at <nil>: nil is not a command" },
		{ "{{foo}}", "template: :1: function \"foo\" not defined" },
		{ "{{.Name", "template: :1: unclosed action" },
		{ "{{.Name}", "template: :1: bad character U+007D '}'" },
		{ "{{if}}x{{end}}", "template: :1: missing value for if" },
		{ "{{if .Name}}x", "template: :1: unexpected EOF" },
		{ "{{end}}", "template: :1: unexpected {{end}}" },
		{ "{{else}}", "template: :1: unexpected {{else}}" },
		{ "{{range}}x{{end}}", "template: :1: missing value for range" },
		{ "{{| .Name}}", "template: :1: unexpected \"|\" in command" },
		{ "{{()}}", "template: :1: missing value for parenthesized pipeline" },
		{ "{{(.Name}}", "template: :1: unclosed left paren" },
		{ "{{.Name)}}", "template: :1: unexpected \")\" in command" },
		{ "{{\"abc}}", "template: :1: unterminated quoted string" },
		{ "{{.Name.}}", "template: :1: unexpected <.> in operand" },
		{ "{{..Name}}", "template: :1: unexpected . after term \".\"" },
		{ "{{.a-b}}", "template: :1: bad character U+002D '-'" },
		{ "{{1 2}}",
		  "template: :1:2: executing \"\" at <1>: can't give argument to non-function 1" },
		{ "{{.Name 5}}",
		  "template: :1:2: executing \"\" at <.Name>: "
		  "Name is not a method but has arguments" },
		{ "{{len}}",
		  "template: :1:2: executing \"\" at <len>: "
		  "wrong number of args for len: want 1 got 0" },
		{ "{{len 1 2}}",
		  "template: :1:2: executing \"\" at <len>: "
		  "wrong number of args for len: want 1 got 2" },
		{ "{{index}}",
		  "template: :1:2: executing \"\" at <index>: "
		  "wrong number of args for index: want at least 1 got 0" },
		{ "{{json}}",
		  "template: :1:2: executing \"\" at <json>: "
		  "wrong number of args for json: want 1 got 0" },
		{ "{{json .Name .Name}}",
		  "template: :1:2: executing \"\" at <json>: "
		  "wrong number of args for json: want 1 got 2" },
		{ "{{break}}", "template: :1: {{break}} outside {{range}}" },
		{ "{{}}", "template: :1: missing value for command" },
		{ "{{range 3}}x{{end}}",
		  "template: :1:8: executing \"\" at <3>: range can't iterate over 3" },
		{ "{{.State.Health.Status}}",
		  "template: :1:8: executing \"\" at <.State.Health.Status>: "
		  "map has no entry for key \"Health\"" },
	};

	for (size_t i = 0; i < countof(t); i++) {
		auto_str struct str b = STR_INIT;
		struct err e = { 0 };

		CHECK_INT(run(t[i].text, &b, &e), -EINVAL);
		CHECK_STR(e.msg, t[i].want);
	}
}

TEST(hostile_templates_meet_a_limit)
{
	auto_str struct str deep = STR_INIT, parens = STR_INIT, out = STR_INIT;
	struct err e;

	for (int i = 0; i < 100; i++) {
		str_puts(&deep, "{{if 1}}");
		str_puts(&parens, i ? "(" : "{{");
	}
	CHECK_INT(run(deep.s, &out, &e), -EINVAL);
	CHECK_STR(e.msg, "template: :1: nested more than 32 deep");
	CHECK_INT(run(parens.s, &out, &e), -EINVAL);
	CHECK_INT(run("{{range .Config.Cmd}}{{range $.Config.Cmd}}"
		      "{{printf \"%999999d\" 1}}{{end}}{{end}}",
		      &out, &e), 0);
	CHECK_INT(out.len, 4 * TEMPLATE_WIDTH_MAX);
	str_reset(&deep);
	for (int i = 0; i < 26; i++)
		str_puts(&deep, "{{range $.Config.Cmd}}");
	str_puts(&deep, "x");
	for (int i = 0; i < 26; i++)
		str_puts(&deep, "{{end}}");
	CHECK_INT(run(deep.s, &out, &e), -E2BIG);
	str_reset(&deep);
	str_addf(&deep, "%*s", TEMPLATE_MAX + 1, "");
	CHECK_INT(run(deep.s, &out, &e), -E2BIG);
}

TEST(without_names_every_object_is_a_map)
{
	auto_arena struct arena mem = { 0 };
	auto_str struct str b = STR_INIT;
	static const char doc[] = "{\"b\":null,\"a\":{\"x\":[1,2.5,\"t\"]}}";
	auto_json json_t *data = json_parse(doc, sizeof(doc) - 1, 100, NULL);
	const struct template *t;
	struct err e = { 0 };

	CHECK_INT(template_parse("{{.}} {{.nope}} {{.a.x}}", &t, &mem, &e), 0);
	CHECK_INT(template_execute(t, data, NULL, &b, &e), 0);
	CHECK_STR(b.s, "map[a:map[x:[1 2.5 t]] b:<nil>] <no value> [1 2.5 t]");
	CHECK_INT(template_parse("{{.b.c}}", &t, &mem, &e), 0);
	CHECK_INT(template_execute(t, data, NULL, &b, &e), -EINVAL);
	CHECK_STR(e.msg, "template: :1:4: executing \"\" at <.b.c>: "
		  "nil pointer evaluating interface {}.c");
}

/* --- without TEMPLATE --- */

static int run_plain(const char *text, struct str *out, struct err *e)
{
	auto_arena struct arena mem = { 0 };
	auto_json json_t *data = json_parse(container, sizeof(container) - 1, 1 << 20, NULL);
	const struct template *t;
	int rc = template_plain_parse(text, &t, &mem, e);

	return rc < 0 ? rc : template_plain_execute(t, data, out, e);
}

TEST(fields_alone_come_out_as_from_the_whole_language)
{
	static const char *const t[] = {
		"", "x }} {", "{{.Name}}", "a {{ .State.Pid }} b{{.State.Running}}\t{{.Path}}",
		"{{json .State}}", "{{json .Name}}{{json .Args}}", "{{ json .Config.Labels }}", "{{json .}}",
		"{{.HostConfig.Memory}}",
	};

	for (size_t i = 0; i < countof(t); i++) {
		auto_str struct str ours = STR_INIT, all = STR_INIT;
		struct err e = { 0 };

		CHECK_INT(run_plain(t[i], &ours, &e), 0);
		CHECK_INT(run(t[i], &all, &e), 0);
		CHECK_STR(ours.s, all.s);
	}
}

TEST(what_needs_the_whole_language_says_so)
{
	static const char *const t[] = {
		"{{", "{{}}", "{{.Name", "{{if .Name}}x{{end}}", "{{range .Args}}", "{{.Name | upper}}",
		"{{- .Name}}", "{{..}}", "{{.A..B}}", "{{.A.}}", "{{Name}}", "{{.Name}} {{len .Args}}",
		"{{\"x\"}}",
	};
	auto_str struct str b = STR_INIT;
	struct err e;

	for (size_t i = 0; i < countof(t); i++) {
		CHECK_INT(run_plain(t[i], &b, &e), -EINVAL);
		CHECK_STR(e.msg, "template: only {{.Field}} and {{json .Field}} are built in (TEMPLATE)");
	}
	CHECK_INT(run_plain("{{.Name}}{{.State.Nope}}", &b, &e), -EINVAL);
	CHECK_STR(e.msg, "template: there is no field \".State.Nope\"");
}

UNIT_MAIN
