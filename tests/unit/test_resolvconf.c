// SPDX-License-Identifier: MIT
#include "core/fmt/resolvconf.h"

#include "tests/unit/resolvgold.h"
#include "tests/unit/unit.h"

static const char *host_file(const char *name)
{
	for (size_t i = 0; i < countof(gold_hosts); i++)
		if (strcmp(gold_hosts[i].name, name) == 0)
			return gold_hosts[i].text;
	abort();
}

/* "--dns 9.9.9.9 --dns-opt x" */
static void read_flags(const char *text, struct resolvconf *asked, struct arena *mem)
{
	char flag[20], value[40];
	int n;

	*asked = (struct resolvconf){ 0 };
	for (; sscanf(text, " %19s %39s%n", flag, value, &n) == 2; text += n)
		strv_add(strcmp(flag, "--dns") == 0 ? &asked->nameservers :
			 strcmp(flag, "--dns-search") == 0 ? &asked->search : &asked->options,
			 strcmp(value, "\"\"") == 0 ? "" : strv_dup(value, strlen(value), mem), mem);
}

/* Without empty lines; of a network made without its IPv6 servers, which 127.0.0.11 asks here. */
static void tidy(const char *text, bool user, struct str *out)
{
	for (const char *end; *text; text = *end ? end + 1 : end) {
		bool v6;

		end = strchrnul(text, '\n');
		v6 = user && strncmp(text, "nameserver ", 11) == 0 && memchr(text, ':', (size_t)(end - text));
		if (end > text && !v6)
			str_addf(out, "%.*s\n", (int)(end - text), text);
	}
}

TEST(a_containers_file_is_as_dockers)
{
	for (size_t i = 0; i < countof(gold); i++) {
		auto_arena struct arena mem = { 0 };
		auto_str struct str got = STR_INIT, a = STR_INIT, b = STR_INIT;
		const char *host = host_file(gold[i].host);
		bool user = strncmp(gold[i].net, "un", 2) == 0;
		enum resolvconf_net net = user ? RESOLVCONF_USER :
			strcmp(gold[i].net, "host") == 0 ? RESOLVCONF_HOST : RESOLVCONF_PLAIN;
		struct resolvconf asked;

		read_flags(gold[i].asked, &asked, &mem);
		CHECK_INT(resolvconf_write(host, strlen(host), &asked, net, strcmp(gold[i].net, "un6") == 0, &got,
					   NULL), 0);
		tidy(got.s, user, &a);
		tidy(gold[i].text, user, &b);
		if (strcmp(a.s, b.s) != 0)
			printf("# %s, host %s, %s\n", gold[i].net, gold[i].host, gold[i].asked);
		CHECK_STR(a.s, b.s);
	}
}

TEST(n032_the_resolver_asks_the_hosts_servers_or_those_given)
{
	auto_arena struct arena mem = { 0 };
	const char *mixed = host_file("mixed");
	struct resolvconf asked = { 0 };
	struct strv up = { 0 };
	bool ndots;

	resolvconf_upstreams(mixed, strlen(mixed), &asked, &up, &ndots, &mem);
	CHECK_INT(up.n, 4);
	CHECK_STR(up.v[0], "127.0.0.1");
	CHECK_STR(up.v[2], "fd99::1");
	CHECK(ndots);
	read_flags("--dns 8.8.8.8 --dns 8.8.4.4 --dns-opt use-vc", &asked, &mem);
	resolvconf_upstreams(mixed, strlen(mixed), &asked, &up, &ndots, &mem);
	CHECK_INT(up.n, 2);
	CHECK_STR(up.v[1], "8.8.4.4");
	CHECK(!ndots);
	asked = (struct resolvconf){ 0 };
	resolvconf_upstreams("", 0, &asked, &up, &ndots, &mem);
	CHECK_INT(up.n, 2);
	CHECK_STR(up.v[0], "8.8.8.8");
}

TEST(a_domain_is_a_search_list_of_one)
{
	auto_arena struct arena mem = { 0 };
	const char *text = "search a b\ndomain corp.example\nnameserver 127.0.0.53\n";
	struct resolvconf r;

	resolvconf_parse(text, strlen(text), &r, &mem);
	CHECK_INT(r.search.n, 1);
	CHECK_STR(r.search.v[0], "corp.example");
	CHECK(resolvconf_is_stub(&r));
}

TEST(z79_what_is_asked_adds_no_lines)
{
	static const char *const bad[] = { "x\nnameserver 6.6.6.6", "a\rb", "\x1b[2J", "\x7f" };
	auto_arena struct arena mem = { 0 };
	auto_str struct str out = STR_INIT;
	struct err e;

	for (size_t i = 0; i < countof(bad); i++) {
		struct resolvconf r[3] = { 0 };
		struct strv l = { 0 };

		strv_add(&l, bad[i], &mem);
		r[0].options = r[1].search = r[2].nameservers = l;
		for (int k = 0; k < 3; k++) {
			CHECK_INT(resolvconf_write("", 0, &r[k], RESOLVCONF_PLAIN, false, &out, &e), -EINVAL);
			CHECK_INT(resolvconf_write("", 0, &r[k], RESOLVCONF_USER, false, &out, &e), -EINVAL);
			CHECK_STR(e.msg, k == 0 ? "a control byte in --dns-opt" :
				  k == 1 ? "a control byte in --dns-search" : "a control byte in --dns");
		}
	}
}

UNIT_MAIN
