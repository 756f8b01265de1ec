// SPDX-License-Identifier: MIT
#include "core/store/attachment.h"
#include "tests/unit/unit.h"

static const char *aliases[] = { "db", "postgres" };

static void two(struct container *c, struct arena *mem)
{
	struct attachment *a = attachment_add(c, mem);

	a->network = "front";
	a->network_id = "aa";
	a->ip4 = "10.1.0.7";
	a = attachment_add(c, mem);
	a->network = "back";
	a->network_id = "bb";
	a->aliases = (struct strv){ aliases, 2 };
}

TEST(what_is_written_is_read_back)
{
	auto_arena struct arena mem = { 0 };
	struct container c = { 0 }, back = { 0 };
	auto_json json_t *j = NULL;

	two(&c, &mem);
	j = attachments_json(&c);
	CHECK_INT(attachments_from_json(j, &back, &mem, NULL), 0);
	CHECK_INT(back.nets_n, 2);
	CHECK_STR(back.nets[0].network, "front");
	CHECK_STR(back.nets[0].ip4, "10.1.0.7");
	CHECK_STR(back.nets[0].mac, "");
	CHECK_INT(back.nets[0].aliases.n, 0);
	CHECK_STR(back.nets[1].network_id, "bb");
	CHECK_STR(back.nets[1].ip4, "");
	CHECK_STR(back.nets[1].aliases.v[1], "postgres");
}

TEST(a_record_without_them_has_none)
{
	auto_arena struct arena mem = { 0 };
	struct container c = { 0 };

	CHECK_INT(attachments_from_json(NULL, &c, &mem, NULL), 0);
	CHECK_INT(c.nets_n, 0);
}

TEST(one_is_found_and_taken_out)
{
	auto_arena struct arena mem = { 0 };
	struct container c = { 0 };

	two(&c, &mem);
	CHECK(!attachment_of(&c, "cc"));
	attachment_drop(&c, attachment_of(&c, "aa"));
	CHECK_INT(c.nets_n, 1);
	CHECK_STR(c.nets[0].network, "back");
	attachment_drop(&c, attachment_of(&c, "bb"));
	CHECK_INT(c.nets_n, 0);
}

TEST(one_of_the_wrong_kind_is_named)
{
	static const char text[] = "[{\"Name\": 7}]";
	auto_arena struct arena mem = { 0 };
	auto_json json_t *j = json_parse(text, sizeof(text) - 1, 64, NULL);
	struct container c = { 0 };
	struct err e = { 0 };

	CHECK(attachments_from_json(j, &c, &mem, &e) < 0);
	CHECK(strstr(e.msg, "Networks") && strstr(e.msg, "Name"));
}

static int parse(const char *text, struct attachment *a, struct arena *mem, struct err *e)
{
	struct container c = { 0 };

	memset(e, 0, sizeof(*e));
	*a = *attachment_add(&c, mem);
	return attachment_parse(text, a, mem, e);
}

TEST(the_short_form_is_a_name)
{
	auto_arena struct arena mem = { 0 };
	struct attachment a;
	struct err e;

	CHECK_INT(parse("front", &a, &mem, &e), 0);
	CHECK_STR(a.network, "front");
	CHECK_INT(parse("container:=x", &a, &mem, &e), 0);
	CHECK_STR(a.network, "container:=x");
}

TEST(the_long_form_says_more)
{
	auto_arena struct arena mem = { 0 };
	struct attachment a;
	struct err e;

	CHECK_INT(parse("name=n,alias=a,alias=b,ip=10.0.0.9,ip6=fd00::9,mac-address=02:42:0a:00:00:09,"
			"\"driver-opt=k=v,w\"", &a, &mem, &e), 0);
	CHECK_STR(a.network, "n");
	CHECK_INT(a.aliases.n, 2);
	CHECK_STR(a.aliases.v[1], "b");
	CHECK_STR(a.ip4, "10.0.0.9");
	CHECK_STR(a.ip6, "fd00::9");
	CHECK_STR(a.mac, "02:42:0a:00:00:09");
	CHECK_STR(a.driver_opts.v[0], "k=v,w");
}

TEST(what_is_no_form_is_named)
{
	auto_arena struct arena mem = { 0 };
	struct attachment a;
	struct err e;

	CHECK_INT(parse("name=n,colour=red", &a, &mem, &e), -EINVAL);
	CHECK_STR(e.msg, "invalid field key colour");
	CHECK_INT(parse("name=n,alias", &a, &mem, &e), -EINVAL);
	CHECK_STR(e.msg, "invalid field alias");
	CHECK_INT(parse("alias=a", &a, &mem, &e), -EINVAL);
	CHECK_STR(e.msg, "network name/id is not specified");
}

UNIT_MAIN
