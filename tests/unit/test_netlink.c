// SPDX-License-Identifier: MIT
// link: -Wl,--wrap=send,--wrap=recvfrom
#include "core/net/netlink.h"

#include <linux/rtnetlink.h>
#include <sched.h>
#include <sys/socket.h>

#include "tests/unit/unit.h"

static int sends, receives;
ssize_t __real_send(int fd, const void *buf, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *buf, size_t len, int flags);
ssize_t __real_recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *from, socklen_t *from_len);
ssize_t __wrap_recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *from, socklen_t *from_len);

ssize_t __wrap_send(int fd, const void *buf, size_t len, int flags)
{
	sends++;
	return __real_send(fd, buf, len, flags);
}

ssize_t __wrap_recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *from, socklen_t *from_len)
{
	receives++;
	return __real_recvfrom(fd, buf, len, flags, from, from_len);
}

static struct netlink fresh(void)
{
	struct netlink nl = NETLINK_INIT;

	SKIP_EMULATED("qemu-user makes no namespaces");
	if (unshare(CLONE_NEWNET) < 0)
		SKIP("may not make a network namespace");
	CHECK_INT(netlink_open(&nl, NETLINK_ROUTE, NULL), 0);
	return nl;
}

static void add_bridge(struct netlink_batch *b, const char *name)
{
	const struct ifinfomsg head = { 0 };
	size_t info;

	netlink_add(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head), "make %s", name);
	netlink_put_text(b, IFLA_IFNAME, name);
	info = netlink_nest(b, IFLA_LINKINFO);
	netlink_put_text(b, IFLA_INFO_KIND, "bridge");
	netlink_end(b, info);
}

static void drop(struct netlink_batch *b, const char *name)
{
	const struct ifinfomsg head = { 0 };

	netlink_add(b, RTM_DELLINK, 0, &head, sizeof(head), "remove %s", name);
	netlink_put_text(b, IFLA_IFNAME, name);
}

struct seen {
	int links;
	char names[200];
};

static int see(void *arg, const struct nlmsghdr *h)
{
	struct seen *s = arg;
	size_t len;
	const void *attrs = netlink_attrs(h, sizeof(struct ifinfomsg), &len);
	const char *name = netlink_find_text(attrs, len, IFLA_IFNAME);

	CHECK_INT(h->nlmsg_type, RTM_NEWLINK);
	s->links++;
	snprintf(s->names + strlen(s->names), sizeof(s->names) - strlen(s->names), "%s ", name);
	return 0;
}

static struct seen all(struct netlink *nl)
{
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	struct seen s = { 0 };
	const struct ifinfomsg head = { 0 };

	netlink_add(&b, RTM_GETLINK, NLM_F_DUMP, &head, sizeof(head), "list links");
	CHECK_INT(netlink_ask(nl, &b, see, &s, NULL), 0);
	return s;
}

TEST(a_batch_is_one_send_and_one_receive)
{
	auto_netlink struct netlink nl = fresh();
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	struct err e = { 0 };
	char name[16];

	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "br%d", i);
		add_bridge(&b, name);
	}
	if (netlink_send(&nl, &b, &e) == -EOPNOTSUPP)
		SKIP("the kernel has no bridges");
	CHECK_STR(e.msg, "");
	CHECK_INT(sends, 1);
	CHECK_INT(receives, 1);
	CHECK_INT(all(&nl).links, 11);
	netlink_batch_reset(&b);
	CHECK_INT(netlink_send(&nl, &b, NULL), 0);
	CHECK_INT(sends, 2);
}

TEST(the_message_that_failed_is_named_with_the_kernels_words)
{
	auto_netlink struct netlink nl = fresh();
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	struct err e = { 0 };

	drop(&b, "absent");
	drop(&b, "other");
	CHECK_INT(netlink_send(&nl, &b, &e), -ENODEV);
	CHECK_STR(e.msg, "remove absent: No such device");
	CHECK_INT(all(&nl).links, 1);	/* nothing of the first talk disturbs the next */
	netlink_batch_reset(&b);
	add_bridge(&b, "");
	CHECK(netlink_send(&nl, &b, &e) < 0);
	CHECK(!strncmp(e.msg, "make : ", 7));
}

TEST(a_failure_in_the_middle_is_seen)
{
	auto_netlink struct netlink nl = fresh();
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	struct err e = { 0 };

	add_bridge(&b, "a");
	drop(&b, "absent");
	add_bridge(&b, "b");
	CHECK_INT(netlink_send(&nl, &b, &e), -ENODEV);
	CHECK_STR(e.msg, "remove absent: No such device");
	CHECK_STR(all(&nl).names, "lo a b ");
}

TEST(a_tolerated_error_is_none)
{
	auto_netlink struct netlink nl = fresh();
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;

	drop(&b, "absent");
	netlink_tolerate(&b, ENODEV);
	add_bridge(&b, "a");
	drop(&b, "absent");
	netlink_tolerate(&b, ENODEV);
	CHECK_INT(netlink_send(&nl, &b, NULL), 0);
	CHECK_STR(all(&nl).names, "lo a ");
	netlink_batch_reset(&b);
	drop(&b, "absent");
	netlink_tolerate(&b, EEXIST);
	CHECK_INT(netlink_send(&nl, &b, NULL), -ENODEV);
}

TEST(the_kernel_has_words_of_its_own)
{
	auto_netlink struct netlink nl = fresh();
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	const struct rtmsg head = { .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_type = RTN_UNICAST };
	struct err e = { 0 };

	netlink_add(&b, RTM_NEWROUTE, NLM_F_CREATE, &head, sizeof(head), "add a route");
	netlink_put(&b, RTA_GATEWAY, "\x0a\0\0\1", 4);
	CHECK_INT(netlink_send(&nl, &b, &e), -ENETUNREACH);
	CHECK_STR(e.msg, "add a route: Nexthop has invalid gateway");
}

static int stop(void *arg, const struct nlmsghdr *h)
{
	(void)h;
	return *(int *)arg;
}

TEST(a_reader_may_stop)
{
	auto_netlink struct netlink nl = fresh();
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	const struct ifinfomsg head = { 0 };
	int seven = 7;

	for (int i = 0; i < 300; i++) {
		char name[16];

		snprintf(name, sizeof(name), "br%d", i);
		add_bridge(&b, name);
	}
	CHECK_INT(netlink_send(&nl, &b, NULL), 0);
	netlink_batch_reset(&b);
	netlink_add(&b, RTM_GETLINK, NLM_F_DUMP, &head, sizeof(head), "list links");
	CHECK_INT(netlink_ask(&nl, &b, stop, &seven, NULL), 7);
	CHECK_INT(all(&nl).links, 301);
}

TEST(one_link_is_asked_for)
{
	auto_netlink struct netlink nl = fresh();
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	const struct ifinfomsg head = { .ifi_index = 1 }, none = { .ifi_index = 77 };
	struct seen s = { 0 };

	netlink_add(&b, RTM_GETLINK, 0, &head, sizeof(head), "look at lo");
	CHECK_INT(netlink_ask(&nl, &b, see, &s, NULL), 0);
	CHECK_STR(s.names, "lo ");
	netlink_batch_reset(&b);
	netlink_add(&b, RTM_GETLINK, 0, &none, sizeof(none), "look at 77");
	CHECK_INT(netlink_ask(&nl, &b, see, &s, NULL), -ENODEV);
}

TEST(attributes_that_lie_about_their_length_end_the_search)
{
	const struct {
		struct nlattr a;
		char text[4];
	} good = { { 8, 3 }, "abc" }, open = { { 8, 3 }, { 'a', 'b', 'c', 'd' } }, lies = { { 9, 3 }, "abc" },
	  small = { { 2, 3 }, "abc" };
	size_t len;
	struct nlmsghdr h = { .nlmsg_len = 4 };

	CHECK_STR(netlink_find_text(&good, sizeof(good), 3), "abc");
	CHECK(netlink_find(&good, sizeof(good), 4, 0, NULL) == NULL);
	CHECK(netlink_find(&good, sizeof(good), 3, 5, NULL) == NULL);
	CHECK(netlink_find(&good, sizeof(good) - 1, 3, 0, NULL) == NULL);
	CHECK(netlink_find_text(&open, sizeof(open), 3) == NULL);
	CHECK(netlink_find(&lies, sizeof(lies), 3, 0, NULL) == NULL);
	CHECK(netlink_find(&small, sizeof(small), 3, 0, NULL) == NULL);
	CHECK(netlink_find(NULL, 0, 3, 0, NULL) == NULL);
	CHECK(netlink_attrs(&h, 16, &len) == NULL && len == 0);
}

UNIT_MAIN
