// SPDX-License-Identifier: MIT
/* The sentences are those docker 20.10.24 prints for the same words. */
#include "core/base/opt.h"
#include "tests/unit/unit.h"

struct run_opts {
	const char *name, *net;
	struct strv env;
	int64_t memory, swap, cpus, shares, interval, weight;
	uint64_t user;
	int init;
	bool rm, tty, interactive, proxy;
};

static int check_even(const char *value, struct err *e)
{
	return strlen(value) % 2 ? err_set(e, EINVAL, "odd: %s", value) : 0;
}

#define O struct run_opts
static const struct opt shared[] = {
	OPT_TEXT(O, name, 0, "name", "string", "Assign a name to the container"),
	OPT_TEXT(O, net, 0, "network", "network", "Connect a container to a network"),
	OPT_TEXT(O, net, 0, "net", "network", NULL),
	OPT_END
};

static const struct opt table[] = {
	OPT_LIST_OK(O, env, 'e', "env", "list", "Set environment variables", check_even),
	OPT_INT(O, shares, 'c', "cpu-shares", "CPU shares (relative weight)"),
	OPT_CPUS(O, cpus, 0, "cpus", "Number of CPUs"),
	OPT_DURATION(O, interval, 0, "health-interval", "Time between running the check"),
	OPT_TRI(O, init, 0, "init", "Run an init inside the container"),
	OPT_FLAG(O, interactive, 'i', "interactive", "Keep STDIN open"),
	OPT_BYTES(O, memory, 'm', "memory", "Memory limit"),
	OPT_SWAP(O, swap, 0, "memory-swap", "Swap limit"),
	OPT_ROWS(shared),
	OPT_FLAG(O, rm, 0, "rm", "Remove the container when it exits"),
	OPT_FLAG(O, proxy, 0, "sig-proxy", "Proxy signals (default true)"),
	OPT_FLAG(O, tty, 't', "tty", "Allocate a pseudo-TTY"),
	OPT_UINT(O, user, 0, "uint", "A number"),
	OPT_UINT16(O, weight, 0, "blkio-weight", "Block IO"),
	OPT_IGNORED(0, "disable-content-trust", "Skip image verification (default true)"),
	OPT_END
};
#undef O

enum { WORDS_MAX = 16 };

/* One command line, its words separated by blanks. */
struct line {
	char text[256];
	const char *argv[WORDS_MAX];
	int argc;
	struct run_opts o;
	struct err e;
	struct arena mem;
};

static void split(struct line *l, const char *text)
{
	*l = (struct line){ .o = { .init = -1, .shares = OPT_UNSET, .proxy = true } };
	snprintf(l->text, sizeof(l->text), "%s", text);
	for (char *w = strtok(l->text, " "); w; w = strtok(NULL, " "))
		l->argv[l->argc++] = w;
}

static int parse(struct line *l, const char *text)
{
	split(l, text);
	return opt_parse(table, l->argc, l->argv, &l->o, &l->mem, &l->e);
}

static int parse_front(struct line *l, const char *text)
{
	split(l, text);
	return opt_parse_front(table, l->argc, l->argv, &l->o, &l->mem, &l->e);
}

TEST(c003_flags_are_taken_after_operands)
{
	struct line l;

	CHECK_INT(parse(&l, "rm mysql --rm web -m 64m db -- -t"), 5);
	CHECK_INT(l.argc, 9);
	CHECK_STR(l.argv[5], "mysql");
	CHECK_STR(l.argv[6], "web");
	CHECK_STR(l.argv[7], "db");
	CHECK_STR(l.argv[8], "-t");
	CHECK(l.o.rm && !l.o.tty && l.o.memory == 64 << 20);
}

TEST(c004_the_first_operand_can_end_the_flags)
{
	struct line l;

	CHECK_INT(parse_front(&l, "run -te A1 --env=BB=2 -m64m --rm alpine ls -l --cpus 4"), 6);
	CHECK_STR(l.argv[6], "alpine");
	CHECK(l.o.tty && l.o.rm && !l.o.name && !l.o.cpus);
	CHECK_INT(l.o.env.n, 2);
	CHECK_STR(l.o.env.v[1], "BB=2");
	CHECK_INT(l.o.memory, 64 << 20);
	CHECK_INT(parse_front(&l, "run -- --foo"), 2);
	CHECK_INT(parse_front(&l, "run - -x"), 1);
}

TEST(c005_short_flags_group)
{
	struct line l;

	CHECK_INT(parse(&l, "run -it"), 2);
	CHECK(l.o.interactive && l.o.tty);
	CHECK_INT(parse(&l, "run -ti"), 2);
	CHECK(l.o.interactive && l.o.tty);
	CHECK_INT(parse(&l, "run -itm5 a"), 2);
	CHECK_INT(l.o.memory, 5);
}

TEST(c006_values_follow_or_are_joined)
{
	struct line l;

	CHECK_INT(parse(&l, "run --name=viz -m=5 -t=false -i=1 --rm=T --cpus 0.5"), 8);
	CHECK_STR(l.o.name, "viz");
	CHECK(l.o.memory == 5 && !l.o.tty && l.o.interactive && l.o.rm);
	CHECK_INT(l.o.cpus, 500000000);
	CHECK_INT(parse(&l, "run --name="), 2);
	CHECK_STR(l.o.name, "");
	CHECK_INT(parse(&l, "run --rm false"), 2);
	CHECK(l.o.rm);
	CHECK_STR(l.argv[2], "false");
}

TEST(an_alias_fills_the_same_field)
{
	struct line l;

	CHECK_INT(parse(&l, "run --net host"), 3);
	CHECK_STR(l.o.net, "host");
}

TEST(what_was_not_given_is_as_it_was)
{
	struct line l;

	CHECK_INT(parse(&l, "run"), 1);
	CHECK(l.o.init == -1 && l.o.shares == OPT_UNSET && l.o.proxy && !l.o.name);
	CHECK_INT(parse(&l, "run --init --cpu-shares 0 --sig-proxy=false"), 5);
	CHECK(l.o.init == 1 && l.o.shares == 0 && !l.o.proxy);
	CHECK_INT(parse(&l, "run --init=0 --memory-swap -1 --blkio-weight 300 --uint 5"), 8);
	CHECK(l.o.init == 0 && l.o.swap == -1 && l.o.weight == 300 && l.o.user == 5);
	CHECK_INT(parse(&l, "run --disable-content-trust=false --health-interval 5s"), 4);
	CHECK_INT(l.o.interval, 5000000000);
}

TEST(errors_are_dockers)
{
	static const struct {
		const char *line, *error;
	} t[] = {
		{ "run --foo", "unknown flag: --foo" },
		{ "run --Foo=bar img", "unknown flag: --Foo" },
		{ "run --na x", "unknown flag: --na" },
		{ "run --netx x", "unknown flag: --netx" },
		{ "run -y x", "unknown shorthand flag: 'y' in -y" },
		{ "run -iy x", "unknown shorthand flag: 'y' in -y" },
		{ "run -yi x", "unknown shorthand flag: 'y' in -yi" },
		{ "run -it= x", "unknown shorthand flag: '=' in -=" },
		{ "run -\xc3\xa9 x", "unknown shorthand flag: '\xc3\x83' in -\xc3\xa9" },
		{ "run --=x img", "bad flag syntax: --=x" },
		{ "run ---foo img", "bad flag syntax: ---foo" },
		{ "run --name", "flag needs an argument: --name" },
		{ "run --net", "flag needs an argument: --net" },
		{ "run -e", "flag needs an argument: 'e' in -e" },
		{ "run -itm", "flag needs an argument: 'm' in -m" },
		{ "run -m x img", "invalid argument \"x\" for \"-m, --memory\" flag: invalid size: 'x'" },
		{ "run --cpus x img", "invalid argument \"x\" for \"--cpus\" flag: "
		  "failed to parse x as a rational number" },
		{ "run --rm=x img", "invalid argument \"x\" for \"--rm\" flag: "
		  "strconv.ParseBool: parsing \"x\": invalid syntax" },
		{ "run --help=x img", "invalid argument \"x\" for \"--help\" flag: "
		  "strconv.ParseBool: parsing \"x\": invalid syntax" },
		{ "run --cpu-shares x", "invalid argument \"x\" for \"-c, --cpu-shares\" flag: "
		  "strconv.ParseInt: parsing \"x\": invalid syntax" },
		{ "run --health-interval 5", "invalid argument \"5\" for \"--health-interval\" flag: "
		  "time: missing unit in duration \"5\"" },
		{ "run --blkio-weight 65536", "invalid argument \"65536\" for \"--blkio-weight\" flag: "
		  "strconv.ParseUint: parsing \"65536\": value out of range" },
		{ "run -e odd", "invalid argument \"odd\" for \"-e, --env\" flag: odd: odd" },
	};

	for (size_t i = 0; i < countof(t); i++) {
		struct line l;

		CHECK_INT(parse(&l, t[i].line), -OPT_E_FLAG);
		CHECK_STR(l.e.msg, t[i].error);
		CHECK_INT(l.e.code, OPT_E_FLAG);
		arena_release(&l.mem);
	}
}

TEST(rows_of_another_table_are_walked_where_they_stand)
{
	struct opt_walk w = { table, NULL };
	const struct opt *o;
	size_t n = 0, at = 0;

	while ((o = opt_next(&w))) {
		CHECK(o->type != OPT_T_END && o->type != OPT_T_ROWS);
		if (!strcmp(o->name, "memory-swap"))
			at = n;
		if (!strcmp(o->name, "name"))
			CHECK_INT(n, at + 1);
		n++;
	}
	CHECK_INT(n, countof(table) + countof(shared) - 3);
}

TEST(help_is_asked_for_at_any_place)
{
	struct line l;

	CHECK_INT(parse(&l, "rm a --help b"), -OPT_E_HELP);
	CHECK_STR(l.e.msg, "");
	CHECK_INT(parse(&l, "rm -h"), -OPT_E_HELP);
	CHECK_STR(l.e.msg, "Flag shorthand -h has been deprecated, please use --help");
	CHECK_INT(parse(&l, "rm --help=false a"), 2);
	CHECK_INT(parse(&l, "rm --help --foo"), -OPT_E_FLAG);
	CHECK_INT(parse_front(&l, "run img --help"), 1);
}

#define O struct run_opts
static const struct opt small[] = {
	OPT_FLAG(O, rm, 'a', "all", "Show all containers (default shows just running)"),
	OPT_TEXT(O, net, 0, "hidden-and-very-long", "string", NULL),
	OPT_INT(O, shares, 'n', "last", "Show n last created containers (includes all states) "
		"(default -1)"),
	OPT_TEXT(O, name, 0, "two", "string", "first line\nsecond"),
	OPT_END
};
#undef O

TEST(help_is_aligned_and_wrapped)
{
	auto_str struct str b = STR_INIT;

	opt_help(small, 79, &b);
	CHECK_STR(b.s,
		  "  -a, --all          Show all containers (default shows just running)\n"
		  "  -n, --last int     Show n last created containers (includes all states)\n"
		  "                     (default -1)\n"
		  "      --two string   first line\n"
		  "                     second\n");
	str_reset(&b);
	opt_help(small, 30, &b);
	CHECK_STR(b.s,
		  "  -a, --all          \n"
		  "                Show all containers (default shows just running)\n"
		  "  -n, --last int     \n"
		  "                Show n last created containers (includes all states) (default -1)\n"
		  "      --two string   \n"
		  "                first line\n"
		  "                second\n");
}

TEST(a_list_keeps_every_value)
{
	auto_arena struct arena mem = { 0 };
	static const char words[] = "abcdefghijklmnopqrstuvwxyz";
	struct strv l = { 0 };

	for (size_t i = 0; i < 26; i++)
		strv_add(&l, words + i, &mem);
	CHECK_INT(l.n, 26);
	for (size_t i = 0; i < 26; i++)
		CHECK(l.v[i] == words + i);
}

TEST(the_last_value_of_a_key_counts)
{
	const char *v[] = { "a=1", "ab=2", "a=3", "b" };
	const struct strv l = { v, countof(v) };

	CHECK_STR(strv_value(&l, "a"), "3");
	CHECK_STR(strv_value(&l, "b"), "");
	CHECK(!strv_value(&l, "c"));
	CHECK(strv_has(&l, "ab=2") && !strv_has(&l, "ab"));
}

UNIT_MAIN
