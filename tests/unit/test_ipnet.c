// SPDX-License-Identifier: MIT
#include "core/fmt/ipnet.h"

#include "tests/unit/unit.h"

static struct ip ip(const char *text)
{
	struct ip out = { 0 };

	CHECK_INT(ip_parse(text, &out, NULL), 0);
	return out;
}

static struct ipnet net(const char *text)
{
	struct ipnet out = { 0 };

	CHECK_INT(ipnet_parse(text, &out, NULL), 0);
	return out;
}

TEST(an_address_is_read_and_written)
{
	static const struct {
		const char *text, *back;	/* back NULL: refused */
	} t[] = {
		{ "172.17.0.2", "172.17.0.2" }, { "0.0.0.0", "0.0.0.0" },
		{ "fd00::1", "fd00::1" }, { "FD00:0:0:0:0:0:0:1", "fd00::1" },
		{ "::", "::" }, { "::ffff:10.0.0.1", "10.0.0.1" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "", NULL }, { "1.2.3", NULL }, { "1.2.3.256", NULL }, { "1.2.3.04", NULL },
		{ "1.2.3.4 ", NULL }, { "fe80::1%eth0", NULL }, { ":::", NULL }, { "1.2.3.4/8", NULL },
	};

	for (size_t i = 0; i < countof(t); i++) {
		char text[IP_TEXT_MAX];
		struct ip got = { 0 };
		int rc = ip_parse(t[i].text, &got, NULL);

		CHECK_INT(rc, t[i].back ? 0 : -EINVAL);
		CHECK_STR(ip_print(&got, text), t[i].back ? t[i].back : "");
	}
}

TEST(a_prefix_is_read_and_written)
{
	static const struct {
		const char *text, *back, *first, *last;
	} t[] = {
		{ "172.17.0.2/16", "172.17.0.2/16", "172.17.0.0", "172.17.255.255" },
		{ "10.0.0.9/29", "10.0.0.9/29", "10.0.0.8", "10.0.0.15" },
		{ "1.2.3.4/0", "1.2.3.4/0", "0.0.0.0", "255.255.255.255" },
		{ "1.2.3.4/32", "1.2.3.4/32", "1.2.3.4", "1.2.3.4" },
		{ "fd00::5/64", "fd00::5/64", "fd00::", "fd00::ffff:ffff:ffff:ffff" },
		{ "fd00::5/128", "fd00::5/128", "fd00::5", "fd00::5" },
		{ "::ffff:10.0.0.1/104", "10.0.0.1/8", "10.0.0.0", "10.255.255.255" },
		{ "1.2.3.4", NULL, NULL, NULL }, { "1.2.3.4/", NULL, NULL, NULL },
		{ "1.2.3.4/33", NULL, NULL, NULL }, { "fd00::/129", NULL, NULL, NULL },
		{ "1.2.3.4/-1", NULL, NULL, NULL }, { "1.2.3.4/+1", NULL, NULL, NULL },
		{ "1.2.3.4/8/8", NULL, NULL, NULL }, { "/8", NULL, NULL, NULL },
		{ "1.2.3.4/0x8", NULL, NULL, NULL }, { "::ffff:10.0.0.1/8", NULL, NULL, NULL },
	};

	for (size_t i = 0; i < countof(t); i++) {
		char text[IPNET_TEXT_MAX];
		struct ipnet got = { 0 };
		struct ip edge;
		struct err e;

		CHECK_INT(ipnet_parse(t[i].text, &got, &e), t[i].back ? 0 : -EINVAL);
		CHECK_STR(ipnet_print(&got, text), t[i].back ? t[i].back : "");
		if (!t[i].back)
			continue;
		edge = ipnet_first(&got);
		CHECK_STR(ip_print(&edge, text), t[i].first);
		edge = ipnet_last(&got);
		CHECK_STR(ip_print(&edge, text), t[i].last);
	}
}

TEST(prefixes_have_addresses_and_each_other)
{
	struct ipnet a = net("172.17.0.0/16"), b = net("172.17.128.9/17"), c = net("172.18.0.0/16");
	struct ipnet all = net("0.0.0.0/0"), six = net("fd00::/8");
	struct ip in = ip("172.17.255.255"), out = ip("172.18.0.0"), in6 = ip("fdff::1");

	CHECK(ipnet_has(&a, &in) && !ipnet_has(&a, &out) && ipnet_has(&six, &in6));
	CHECK(!ipnet_has(&a, &in6) && !ipnet_has(&six, &in) && !ipnet_has(&all, &in6));
	CHECK(ipnet_overlaps(&a, &b) && ipnet_overlaps(&b, &a) && !ipnet_overlaps(&a, &c));
	CHECK(ipnet_overlaps(&all, &c) && !ipnet_overlaps(&all, &six));
	CHECK(ipnet_holds(&a, &b) && !ipnet_holds(&b, &a) && ipnet_holds(&a, &a));
	CHECK(ipnet_cmp(&a, &b) < 0 && ipnet_cmp(&c, &b) > 0 && ipnet_cmp(&c, &six) < 0);
	CHECK_INT(ipnet_cmp(&a, &a), 0);
}

TEST(addresses_are_counted)
{
	struct ip a = ip("10.0.0.254"), b = ip_add(&a, 3), six = ip("fd00::ffff:ffff:ffff:ffff");
	struct ip far = ip("fd01::"), last = ip("255.255.255.255");
	char text[IP_TEXT_MAX];

	CHECK_STR(ip_print(&b, text), "10.0.1.1");
	CHECK_INT(ip_distance(&b, &a), 3);
	CHECK_INT(ip_distance(&a, &a), 0);
	last = ip_add(&last, 2);
	CHECK_STR(ip_print(&last, text), "0.0.0.1");
	b = ip_add(&six, 1);
	CHECK_STR(ip_print(&b, text), "fd00:0:0:1::");
	CHECK_INT(ip_distance(&b, &six), 1);
	CHECK(ip_distance(&far, &six) == UINT64_MAX);
	b = ip_add(&a, UINT64_MAX);
	CHECK_STR(ip_print(&b, text), "10.0.0.253");
	b = ip("10.1.0.0");
	CHECK(ip_is_zero_after(&b, 16) && !ip_is_zero_after(&b, 15));
	a = ip("127.9.9.9"), b = ip("::1"), six = ip("::2");
	CHECK(ip_is_loopback(&a) && ip_is_loopback(&b) && !ip_is_loopback(&six));
}

TEST(N008_a_mac_is_02_42_and_the_address)
{
	struct ip a = ip("172.25.0.2"), six = ip("fd00::1:2");
	struct mac m = mac_from_ip(&a);
	char text[MAC_TEXT_MAX];

	CHECK_STR(mac_print(&m, text), "02:42:ac:19:00:02");
	m = mac_from_ip(&six);
	CHECK_STR(mac_print(&m, text), "02:42:00:01:00:02");
}

TEST(a_mac_is_read)
{
	static const struct {
		const char *text, *back;
	} t[] = {
		{ "02:42:AC:11:00:02", "02:42:ac:11:00:02" },
		{ "02-42-ac-11-00-02", "02:42:ac:11:00:02" },
		{ "0242.ac11.0002", "02:42:ac:11:00:02" },
		{ "", NULL }, { "02:42:ac:11:00", NULL }, { "02:42:ac:11:00:0g", NULL },
		{ "02:42-ac:11:00:02", NULL }, { "0242:ac11:0002", NULL },
		{ "02.42.ac.11.00.02", NULL }, { "02:42:ac:11:00:02:", NULL },
		{ "02x42xacx11x00x02", NULL }, { "0242.ac1100.02", NULL },
	};

	for (size_t i = 0; i < countof(t); i++) {
		char text[MAC_TEXT_MAX];
		struct mac m;

		CHECK_INT(mac_parse(t[i].text, &m, NULL), t[i].back ? 0 : -EINVAL);
		if (t[i].back)
			CHECK_STR(mac_print(&m, text), t[i].back);
	}
}

UNIT_MAIN
