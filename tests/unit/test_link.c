// SPDX-License-Identifier: MIT
// link: -Wl,--wrap=send,--wrap=recvfrom
#include "core/kern/link.h"

#include <sys/stat.h>

#include "core/os/file.h"
#include "tests/unit/netkit.h"

static int calls;
ssize_t __real_send(int fd, const void *buf, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *buf, size_t len, int flags);
ssize_t __real_recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *from, socklen_t *from_len);
ssize_t __wrap_recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *from, socklen_t *from_len);

ssize_t __wrap_send(int fd, const void *buf, size_t len, int flags)
{
	calls++;
	return __real_send(fd, buf, len, flags);
}

ssize_t __wrap_recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *from, socklen_t *from_len)
{
	calls++;
	return __real_recvfrom(fd, buf, len, flags, from, from_len);
}

struct found {
	struct link_info want;
	int n;
};

static void find(void *arg, const struct link_info *l)
{
	struct found *f = arg;

	f->n++;
	if (strcmp(l->name, f->want.name) == 0)
		f->want = *l;
}

static struct found look(struct netlink *nl, const char *name)
{
	struct found f = { 0 };

	snprintf(f.want.name, sizeof(f.want.name), "%s", name);
	CHECK_INT(link_list(nl, find, &f, NULL), 0);
	return f;
}

static void setting_is(const char *name, const char *want)
{
	auto_str struct str b = STR_INIT;
	char path[128];

	snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	CHECK_INT(file_read_at(AT_FDCWD, path, 64, &b, NULL), 0);
	CHECK_STR(b.s, want);
}

TEST(names_the_kernel_or_proc_would_read_otherwise_are_refused)
{
	static const char *const bad[] = {
		"", "a/b", "br%d", ".", "..", ".x", "a b", "a\n", "1234567890123456", "\xc3\xa9", "a:1",
	};
	struct err e;

	for (size_t i = 0; i < countof(bad); i++)
		CHECK_INT(link_name_check(bad[i], NULL), -EINVAL);
	CHECK_INT(link_name_check("br-0123456789ab", NULL), 0);
	CHECK_INT(link_name_check("eth0.10", NULL), 0);
	CHECK_INT(link_name_check("a/b", &e), -EINVAL);
	CHECK_STR(e.msg, "invalid link name \"a/b\"");
}

TEST(a_container_gets_its_link_in_two_batches)
{
	int home = net_fresh();
	auto_netlink struct netlink nl = net_talk(home, home, NETLINK_ROUTE);
	uint32_t bridge = net_bridge(&nl, "br0", "10.9.0.1/24", NULL);
	int before = calls, box, listener;
	char from[IP_TEXT_MAX];

	box = net_box_make(&nl, home, "veth1234567", bridge, false, "10.9.0.2/24", "10.9.0.1", NULL, NULL);
	CHECK_INT(calls - before, 4);	/* a send and a receive each */
	while (link_settled(&nl, "veth1234567", bridge, NULL) == 0)
		;	/* not once on Linux 6.8 and later; the test's deadline ends it */
	CHECK_INT(link_settled(&nl, "veth1234567", bridge, NULL), 1);
	CHECK_INT(link_settled(&nl, "absent", bridge, NULL), -ENODEV);
	CHECK_INT(look(&nl, "veth1234567").want.master, bridge);
	CHECK_INT(look(&nl, "eth0").want.index, 0);	/* never seen outside */
	CHECK_INT(look(&nl, "lo").n, 3);
	listener = net_socket(box, home, SOCK_STREAM, "10.9.0.2", 80);
	CHECK_INT(net_connect(home, home, "0.0.0.0", "10.9.0.2", 80), 0);
	CHECK(net_accept(listener, from));
	CHECK_STR(from, "10.9.0.1");
}

TEST(the_inside_is_as_asked)
{
	int home = net_fresh();
	auto_netlink struct netlink nl = net_talk(home, home, NETLINK_ROUTE), in = NETLINK_INIT;
	uint32_t bridge = net_bridge(&nl, "br0", "10.9.0.1/24", NULL);
	int box = net_box(&nl, home, "v1", bridge, false, "10.9.0.2/24", "10.9.0.1", NULL, NULL);
	struct link_info eth, outside;
	char mac[MAC_TEXT_MAX];

	in = net_talk(box, home, NETLINK_ROUTE);
	eth = look(&in, "eth0").want;
	CHECK_INT(eth.index, 5);
	CHECK(eth.up);
	CHECK_STR(eth.kind, "veth");
	CHECK_STR(mac_print(&eth.mac, mac), "02:42:0a:09:00:02");
	outside = look(&nl, "br0").want;
	CHECK_STR(mac_print(&outside.mac, mac), "02:42:0a:09:00:01");
	close(box);
	in.fd = (close(in.fd), -1);
	for (int i = 0; i < 200 && look(&nl, "v1").want.index; i++)
		usleep(20000);
	CHECK_INT(look(&nl, "v1").want.index, 0);	/* it went with its namespace */
}

TEST(z74_our_ends_have_no_ipv6_of_their_own_and_believe_no_redirect)
{
	int home = net_fresh();
	auto_netlink struct netlink nl = net_talk(home, home, NETLINK_ROUTE);
	uint32_t bridge = net_bridge(&nl, "br0", "10.9.0.1/24", NULL);
	auto_str struct str b = STR_INIT;

	net_box(&nl, home, "v1", bridge, false, "10.9.0.2/24", "10.9.0.1", NULL, NULL);
	setting_is("ipv4/conf/v1/accept_redirects", "0\n");
	setting_is("ipv4/conf/br0/accept_redirects", "0\n");
	setting_is("ipv4/conf/br0/send_redirects", "0\n");
	if (file_read_at(AT_FDCWD, "/proc/thread-self/net/if_inet6", 4096, &b, NULL) == 0)
		CHECK(!strstr(b.s, "fe80"));
}

TEST(localnet_is_one_links_alone)
{
	int home = net_fresh();
	auto_netlink struct netlink nl = net_talk(home, home, NETLINK_ROUTE);
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;

	net_bridge(&nl, "br0", "10.9.0.1/24", NULL);
	setting_is("ipv4/conf/br0/route_localnet", "0\n");
	link_localnet(&b, "br0", true);
	net_do(&nl, &b);
	setting_is("ipv4/conf/br0/route_localnet", "1\n");
	setting_is("ipv4/conf/all/route_localnet", "0\n");
	link_localnet(&b, "br0", false);
	net_do(&nl, &b);
	setting_is("ipv4/conf/br0/route_localnet", "0\n");
}

TEST(z75_isolated_ports_do_not_reach_one_another)
{
	int home = net_fresh();
	auto_netlink struct netlink nl = net_talk(home, home, NETLINK_ROUTE);
	uint32_t bridge = net_bridge(&nl, "br0", "10.9.0.1/24", NULL);
	int a = net_box(&nl, home, "va", bridge, true, "10.9.0.2/24", "10.9.0.1", NULL, NULL);
	int b = net_box(&nl, home, "vb", bridge, true, "10.9.0.3/24", "10.9.0.1", NULL, NULL);
	int c = net_box(&nl, home, "vc", bridge, false, "10.9.0.4/24", "10.9.0.1", NULL, NULL);

	net_socket(b, home, SOCK_STREAM, "10.9.0.3", 80);
	net_socket(c, home, SOCK_STREAM, "10.9.0.4", 80);
	CHECK(net_connect(a, home, "0.0.0.0", "10.9.0.3", 80) != 0);
	CHECK_INT(net_connect(a, home, "0.0.0.0", "10.9.0.4", 80), 0);
	CHECK_INT(net_connect(home, home, "0.0.0.0", "10.9.0.3", 80), 0);
}

TEST(macvlans_are_made_inside_and_reach_one_another)
{
	int home = net_fresh(), in[2], listener;
	auto_netlink struct netlink nl = net_talk(home, home, NETLINK_ROUTE);
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	struct link_veth pair = { .name = "up0", .peer = "up1", .ns = -1 };
	struct link_child l = { .kind = "macvlan", .name = "eth0", .index = 5 };
	const char *const addr[] = { "10.8.0.2/24", "10.8.0.3/24" };

	CHECK_INT(link_child_mode(&l, "bridge", NULL), 0);
	link_veth(&b, &pair);
	link_up(&b, "up0");
	link_up(&b, "up1");
	net_do(&nl, &b);
	l.parent = link_index(&nl, "up0", NULL);
	for (int i = 0; i < 2; i++) {
		auto_netlink struct netlink inside = NETLINK_INIT;
		struct ipnet a = net_prefix(addr[i]);

		in[i] = l.ns = net_another(home);
		l.mac = mac_from_ip(&a.ip);
		link_child(&b, &l);
		net_do(&nl, &b);
		inside = net_talk(in[i], home, NETLINK_ROUTE);
		link_address(&b, 5, &a);
		link_up(&b, "eth0");
		net_do(&inside, &b);
		CHECK_STR(look(&inside, "eth0").want.kind, "macvlan");
	}
	listener = net_socket(in[1], home, SOCK_STREAM, "10.8.0.3", 80);
	CHECK_INT(net_connect(in[0], home, "0.0.0.0", "10.8.0.3", 80), 0);
	close(listener);
}

TEST(ipvlans_too)
{
	int home = net_fresh();
	auto_netlink struct netlink nl = net_talk(home, home, NETLINK_ROUTE);
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	struct link_veth pair = { .name = "up0", .peer = "up1", .ns = -1 };
	struct link_child l = { .kind = "ipvlan", .name = "eth0", .index = 5 };

	CHECK_INT(link_child_mode(&l, "l3", NULL), 0);
	CHECK_INT(link_child_mode(&l, "l4", NULL), -EINVAL);
	CHECK_INT(link_child_mode(&l, "bridge", NULL), -EINVAL);
	link_veth(&b, &pair);
	net_do(&nl, &b);
	l.parent = link_index(&nl, "up0", NULL);
	l.ns = net_another(home);
	link_child(&b, &l);
	net_do(&nl, &b);
}

TEST(a_vlan_is_made_moved_and_removed)
{
	int home = net_fresh(), other = net_another(home);
	auto_netlink struct netlink nl = net_talk(home, home, NETLINK_ROUTE), in = net_talk(other, home, NETLINK_ROUTE);
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	struct link_veth pair = { .name = "up0", .peer = "up1", .ns = -1 };
	struct link_child l = { .kind = "vlan", .name = "up0.7", .mode = 7, .ns = -1 };
	struct err e = { 0 };

	link_veth(&b, &pair);
	net_do(&nl, &b);
	l.parent = link_index(&nl, "up0", NULL);
	link_child(&b, &l);
	if (netlink_send(&nl, &b, NULL) == -EOPNOTSUPP)
		SKIP("the kernel has no vlans");
	netlink_batch_reset(&b);
	link_move(&b, look(&nl, "up0.7").want.index, other, "lan");
	net_do(&nl, &b);
	CHECK_INT(look(&nl, "up0.7").want.index, 0);
	CHECK_STR(look(&in, "lan").want.kind, "vlan");
	link_remove(&b, "lan");
	link_remove(&b, "lan");
	net_do(&in, &b);
	CHECK_INT(link_index(&in, "lan", &e), -ENODEV);
	CHECK_STR(e.msg, "link lan: No such device");
}

struct prefixes {
	char text[400];
};

static void add_prefix(void *arg, const struct ipnet *p, uint32_t index)
{
	struct prefixes *all = arg;
	char text[IPNET_TEXT_MAX];

	CHECK(index > 0);
	if (!strstr(all->text, ipnet_print(p, text)))
		strcat(strcat(all->text, text), " ");
}

TEST(prefixes_in_use_are_those_of_addresses_and_routes)
{
	int home = net_fresh();
	auto_netlink struct netlink nl = net_talk(home, home, NETLINK_ROUTE);
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	uint32_t index = net_bridge(&nl, "br0", "10.9.0.1/24", "fd09::1/64");
	struct ipnet to = net_prefix("192.168.4.0/22"), six = net_prefix("fd77::/48");
	struct ip via = net_ip("10.9.0.7"), via6 = net_ip("fd09::7");
	struct prefixes p = { "" };

	link_route(&b, index, &to, &via);
	link_route(&b, index, &six, &via6);
	link_route(&b, index, NULL, &via);
	net_do(&nl, &b);
	CHECK_INT(link_prefixes(&nl, add_prefix, &p, NULL), 0);
	CHECK_STR(p.text, "10.9.0.0/24 fd09::/64 192.168.4.0/22 fd77::/48 ");
}

/* Two boxes on two bridges; the host routes. */
TEST(z72_a_guarded_bridge_routes_only_what_is_marked)
{
	int home = net_fresh();
	auto_netlink struct netlink nl = net_talk(home, home, NETLINK_ROUTE);
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	uint32_t one = net_bridge(&nl, "br1", "10.9.1.1/24", NULL), two = net_bridge(&nl, "br2", "10.9.2.1/24", NULL);
	int a = net_box(&nl, home, "va", one, false, "10.9.1.2/24", "10.9.1.1", NULL, NULL);
	int c = net_box(&nl, home, "vc", two, false, "10.9.2.2/24", "10.9.2.1", NULL, NULL);

	CHECK_INT(link_setting("ipv4/ip_forward", "1", NULL), 0);
	net_socket(c, home, SOCK_STREAM, "10.9.2.2", 80);
	net_socket(home, home, SOCK_STREAM, "10.9.1.1", 81);
	CHECK_INT(net_connect(a, home, "0.0.0.0", "10.9.2.2", 80), 0);
	for (int i = 0; i < 2; i++) {	/* twice is as once */
		link_guard(&b, 4, "br1", 0x20000000);
		link_guard(&b, 6, "br1", 0x20000000);
		net_do(&nl, &b);
	}
	CHECK(net_connect(a, home, "0.0.0.0", "10.9.2.2", 80) != 0);
	CHECK_INT(net_connect(a, home, "0.0.0.0", "10.9.1.1", 81), 0);	/* the host itself */
	for (int i = 0; i < 2; i++) {
		link_guard_remove(&b, 4, "br1", 0x20000000);
		link_guard_end(&b, 4);
		net_do(&nl, &b);
	}
	CHECK_INT(net_connect(a, home, "0.0.0.0", "10.9.2.2", 80), 0);
}

TEST(a_setting_that_is_not_there_is_named)
{
	struct err e;

	net_fresh();
	CHECK_INT(link_setting("ipv4/nonsense", "1", &e), -ENOENT);
	CHECK_STR(e.msg, "set net/ipv4/nonsense to 1: No such file or directory");
}

UNIT_MAIN
