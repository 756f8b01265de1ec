// SPDX-License-Identifier: MIT
#include "core/store/network.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/os/tree.h"
#include "tests/unit/unit.h"

enum { PROCESSES = 200 };

static char root[] = "/tmp/coracle-network-XXXXXX";
static struct arena mem;

static void open_here(struct store *st)
{
	struct err e;

	CHECK(mkdtemp(root) != NULL);
	CHECK_INT(store_open(st, root, root, &e), 0);
}

static void close_here(struct store *st)
{
	store_release(st);
	(void)!tree_remove(AT_FDCWD, root, NULL);
}

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

/* 64 digits that begin with those of n. */
static const char *hex(unsigned n)
{
	return strv_textf(&mem, "%08x%056x", n, n);
}

static struct network make(const char *name, unsigned id, const char *subnet)
{
	struct network n;

	network_init(&n);
	n.name = name;
	n.id = hex(id);
	n.created_ns = 5;
	if (subnet) {
		n.pools = arena_get(&mem, sizeof(*n.pools));
		n.pools_n = 1;
		n.pools[0].subnet = net(subnet);
	}
	return n;
}

static const char *print(const struct ip *a)
{
	char text[IP_TEXT_MAX];

	return strv_textf(&mem, "%s", ip_print(a, text));
}

TEST(N005_a_network_is_saved_and_found)
{
	auto_store struct store st = STORE_INIT;
	struct network n = make("web", 0xab12, "10.1.0.0/16"), got, *all;
	struct err e;
	int lock;

	open_here(&st);
	n.pools[0].range = net("10.1.5.0/24");
	n.pools[0].gateway = ip("10.1.0.9");
	strv_add(&n.pools[0].aux, "a=10.1.0.7", &mem);
	strv_add(&n.labels, "k=1", &mem);
	strv_add(&n.labels, "a=2", &mem);
	strv_add(&n.options, "com.docker.network.bridge.name=x", &mem);
	n.internal = true;
	CHECK_INT(network_load(&st, "web", &got, &mem, &e), -ENOENT);
	CHECK_STR(e.msg, "network web not found");
	CHECK_INT(network_list(&st, &all, &mem, &e), 0);
	lock = network_lock(&st, &e);
	CHECK(lock >= 0);
	CHECK_INT(network_save(&st, &n, &e), 0);
	CHECK_INT(network_save(&st, &n, &e), -EEXIST);
	CHECK_STR(e.msg, "network with name web already exists");
	n = make("web2", 0xab13, NULL);
	CHECK_INT(network_save(&st, &n, &e), 0);
	CHECK_INT(network_find(&st, "web", &got, &mem, &e), 0);
	CHECK_INT(got.pools_n, 1);
	CHECK_STR(print(&got.pools[0].gateway), "10.1.0.9");
	CHECK_STR(print(&got.pools[0].range.ip), "10.1.5.0");
	CHECK_STR(got.pools[0].aux.v[0], "a=10.1.0.7");
	CHECK_STR(got.labels.v[0], "a=2");
	CHECK_STR(got.options.v[0], "com.docker.network.bridge.name=x");
	CHECK(got.internal && !got.attachable && got.created_ns == 5);
	CHECK_INT(network_find(&st, "0000ab12", &got, &mem, &e), 0);
	CHECK_STR(got.name, "web");
	CHECK_INT(network_find(&st, hex(0xab13), &got, &mem, &e), 0);
	CHECK_STR(got.name, "web2");
	CHECK_INT(network_find(&st, "0000ab1", &got, &mem, &e), -EEXIST);
	CHECK_STR(e.msg, "network 0000ab1 is ambiguous (2 matches found based on ID prefix)");
	CHECK_INT(network_find(&st, "", &got, &mem, &e), -ENOENT);
	CHECK_INT(network_list(&st, &all, &mem, &e), 2);
	CHECK_INT(network_remove(&st, &all[0], &e), 0);
	CHECK_INT(network_remove(&st, &all[0], &e), -ENOENT);
	CHECK_INT(network_list(&st, &all, &mem, &e), 1);
	close(lock);
	close_here(&st);
}

TEST(Z81_no_name_leaves_the_directory)
{
	static const char *const fine[] = { "../x", "a/b", ".x", "..", " a", "~web", "a%2Fb", "lock",
					    "caf\xc3\xa9" };
	static const char *const bad[] = { "", "a\nb", "\x1b[1m", "\xff" };
	auto_store struct store st = STORE_INIT;
	struct network *all, got;
	struct err e;
	char longest[NETWORK_NAME_MAX + 2];
	int lock;

	open_here(&st);
	lock = network_lock(&st, &e);
	for (size_t i = 0; i < countof(fine); i++) {
		struct network n = make(fine[i], (unsigned)i, NULL);

		CHECK_INT(network_save(&st, &n, &e), 0);
		CHECK_INT(network_load(&st, fine[i], &got, &mem, &e), 0);
		CHECK_STR(got.id, n.id);
	}
	CHECK_INT(network_list(&st, &all, &mem, &e), countof(fine));
	CHECK_INT(faccessat(st.root_fd, "networks/%2E.%2Fx.json", F_OK, 0), 0);
	for (size_t i = 0; i < countof(bad); i++) {
		struct network n = make(bad[i], 1, NULL);

		CHECK_INT(network_save(&st, &n, &e), -EINVAL);
		CHECK_INT(network_load(&st, bad[i], &got, &mem, &e), -ENOENT);
	}
	memset(longest, '/', sizeof(longest));
	longest[NETWORK_NAME_MAX + 1] = 0;
	CHECK_INT(network_name_check(longest, &e), -EINVAL);
	memset(longest, 'x', sizeof(longest) - 1);
	CHECK_INT(network_name_check(longest, &e), -EINVAL);
	longest[NETWORK_NAME_MAX] = 0;
	for (int i = 0; i < 2; i++) {	/* the longest there are, and each can be written */
		struct network n = make(longest, 100 + (unsigned)i, NULL);

		CHECK_INT(network_save(&st, &n, &e), 0);
		CHECK_INT(network_load(&st, longest, &got, &mem, &e), 0);
		memset(longest, '/', sizeof(longest));
		longest[73] = 0;
	}
	longest[73] = '/';
	longest[74] = 0;
	CHECK_INT(network_name_check(longest, &e), -EINVAL);
	close(lock);
	close_here(&st);
}

TEST(N001_names_are_sorted_with_their_numbers)
{
	static const char *const sorted[] = { " a", "-ab", ".a", "a b", "a/b", "a:b", "bridge",
					      "x2", "x3", "x12", "x12a", "x012", "x13" };

	for (size_t i = 0; i + 1 < countof(sorted); i++) {
		CHECK(network_name_cmp(sorted[i], sorted[i + 1]) < 0);
		CHECK(network_name_cmp(sorted[i + 1], sorted[i]) > 0);
		CHECK_INT(network_name_cmp(sorted[i], sorted[i]), 0);
	}
}

TEST(a_record_that_is_damaged_is_named_and_left_out)
{
	auto_store struct store st = STORE_INIT;
	struct network n = make("web", 1, NULL), *all;
	struct err e;
	int lock, fd;

	open_here(&st);
	lock = network_lock(&st, &e);
	CHECK_INT(network_save(&st, &n, &e), 0);
	fd = openat(st.root_fd, "networks/web.json", O_WRONLY | O_TRUNC);
	CHECK(fd >= 0);
	CHECK_INT(network_list(&st, &all, &mem, &e), 0);
	CHECK_INT(network_load(&st, "web", &n, &mem, &e), -EBADMSG);
	CHECK(strstr(e.msg, "networks/web.json is damaged") != NULL);
	close(fd);
	close(lock);
	close_here(&st);
}

/* --- pools --- */

static int fill(struct network *n, const struct network *others, size_t others_n, struct err *e)
{
	return network_pools_fill(n, others, others_n, NULL, 0, &mem, e);
}

TEST(N009_default_pools_are_dockers_in_order)
{
	struct network all[40];
	struct ipnet busy[] = { net("0.0.0.0/0"), net("172.19.5.0/24"), net("172.20.0.0/14") };
	struct err e;
	size_t n = 0;

	for (; n < 31; n++) {
		char text[IPNET_TEXT_MAX];
		const char *want = n < 15 ? strv_textf(&mem, "172.%zu.0.0/16", n + 17) :
			strv_textf(&mem, "192.168.%zu.0/20", (n - 15) * 16);

		all[n] = make("x", (unsigned)n, NULL);
		CHECK_INT(fill(&all[n], all, n, &e), 0);
		CHECK_STR(ipnet_print(&all[n].pools[0].subnet, text), want);
		CHECK_INT(all[n].pools[0].gateway.b[3], 1);
	}
	all[n] = make("x", 99, NULL);
	CHECK_INT(fill(&all[n], all, n, &e), -EADDRNOTAVAIL);
	CHECK_STR(e.msg, "could not find an available, non-overlapping IPv4 address pool among "
		  "the defaults to assign to the network");
	all[2] = make("y", 2, "10.0.0.0/8");	/* 172.19 is free, but the host goes there */
	CHECK_INT(network_pools_fill(&all[n], all, 3, busy, countof(busy), &mem, &e), 0);
	CHECK_STR(print(&all[n].pools[0].subnet.ip), "172.24.0.0");
}

TEST(N026_what_is_asked_for_is_checked)
{
	static const struct {
		const char *subnet, *range, *gateway, *aux, *sentence;
	} t[] = {
		{ "10.1.4.0/24", NULL, NULL, NULL, "Pool overlaps with other one on this address space" },
		{ "10.0.0.0/8", NULL, NULL, NULL, "Pool overlaps with other one on this address space" },
		{ "10.2.0.0/16", NULL, "10.3.0.1", NULL,
		  "failed to allocate gateway (10.3.0.1): Requested address is out of range" },
		{ "10.2.0.0/16", NULL, "10.2.0.0", NULL,
		  "failed to allocate gateway (10.2.0.0): Address already in use" },
		{ "10.2.0.0/16", NULL, "10.2.255.255", NULL,
		  "failed to allocate gateway (10.2.255.255): Address already in use" },
		{ "10.2.0.0/31", NULL, NULL, NULL,
		  "failed to allocate gateway (): No available addresses on this pool" },
		{ "10.2.0.0/32", NULL, NULL, NULL,
		  "failed to allocate gateway (): No available addresses on this pool" },
		{ "10.2.0.0/16", "10.0.0.0/8", NULL, NULL,
		  "failed to parse pool request for address space \"LocalDefault\" pool "
		  "\"10.2.0.0/16\" subpool \"10.0.0.0/8\": Invalid Address SubPool" },
		{ "10.2.0.0/16", NULL, NULL, "a=10.2.0.1",
		  "failed to allocate secondary ip address (a:10.2.0.1): Address already in use" },
		{ "10.2.0.0/16", NULL, NULL, "a=10.3.0.1", "no matching subnet for aux-address 10.3.0.1" },
		{ "10.2.0.0/16", NULL, NULL, "a", "no matching subnet for aux-address " },
	};
	struct network other = make("o", 1, "10.1.0.0/16");
	struct err e;

	for (size_t i = 0; i < countof(t); i++) {
		struct network n = make("x", 2, t[i].subnet);

		if (t[i].range)
			n.pools[0].range = net(t[i].range);
		if (t[i].gateway)
			n.pools[0].gateway = ip(t[i].gateway);
		if (t[i].aux)
			strv_add(&n.pools[0].aux, t[i].aux, &mem);
		CHECK(fill(&n, &other, 1, &e) < 0);
		CHECK_STR(e.msg, t[i].sentence);
	}
}

TEST(N026_gateways_are_the_first_address)
{
	static const struct {
		const char *subnet, *range, *gateway;
	} t[] = {
		{ "10.2.3.4/16", NULL, "10.2.0.1" }, { "10.2.0.0/30", NULL, "10.2.0.1" },
		{ "10.2.0.0/16", "10.2.3.0/24", "10.2.3.0" },
		{ "10.2.0.0/16", "10.2.0.0/24", "10.2.0.1" },
	};
	struct network six = make("s", 3, "fd00:1::/64");
	struct err e;

	for (size_t i = 0; i < countof(t); i++) {
		struct network n = make("x", 2, t[i].subnet);

		if (t[i].range)
			n.pools[0].range = net(t[i].range);
		CHECK_INT(fill(&n, NULL, 0, &e), 0);
		CHECK_STR(print(&n.pools[0].gateway), t[i].gateway);
	}
	CHECK_INT(fill(&six, NULL, 0, &e), 0);	/* a version 6 subnet without --ipv6 is kept, unused */
	CHECK_INT(six.pools_n, 2);
	CHECK(network_pool_family(&six, 6) == NULL && !ip_is(&six.pools[1].gateway));
	six.ipv6 = true;
	CHECK_INT(fill(&six, NULL, 0, &e), 0);
	CHECK_STR(print(&network_pool_family(&six, 6)->gateway), "fd00:1::1");
	six = make("s", 3, NULL);
	six.ipv6 = true;
	CHECK_INT(fill(&six, NULL, 0, &e), -EADDRNOTAVAIL);
	six = make("h", 4, NULL);
	six.driver = "host";
	CHECK_INT(fill(&six, NULL, 0, &e), 0);
	CHECK_INT(six.pools_n, 0);
}

/* --- addresses --- */

static bool hold_nobody(void *arg, const char *container)
{
	(void)arg;
	return *container != 'a';	/* whose id begins with "a" lives */
}

static void let_nobody(void *arg)
{
	(void)arg;
}

static const struct network_who who = { hold_nobody, let_nobody, NULL };
static const struct ip any;

static int take(int state, const struct network *n, const char *want, const char *container,
		const char **got, struct err *e)
{
	struct ip w = want ? ip(want) : any;
	struct ipnet out;
	int rc = network_addr_take(state, n, &n->pools[0], &w, container, &who, &out, e);

	*got = rc < 0 ? "" : print(&out.ip);
	return rc;
}

TEST(N009_a_pool_of_29_ends_and_what_is_stale_goes)
{
	auto_store struct store st = STORE_INIT;
	struct network n = make("web", 1, "10.5.0.8/29");
	struct err e;
	const char *got;
	struct ip back;
	int state;

	open_here(&st);
	CHECK_INT(fill(&n, NULL, 0, &e), 0);
	state = network_state_open(&st, n.id, true, &e);
	CHECK(state >= 0);
	for (unsigned i = 0; i < 5; i++) {
		CHECK_INT(take(state, &n, NULL, hex(0xa0000000 + i), &got, &e), 0);
		CHECK_STR(got, strv_textf(&mem, "10.5.0.%u", 10 + i));
	}
	CHECK_INT(take(state, &n, NULL, hex(0xa0000009), &got, &e), -EADDRNOTAVAIL);
	CHECK(strstr(e.msg, "no available IPv4 addresses on this network's address pools: web (0"));
	back = ip("10.5.0.12");
	network_addr_give(state, &back, hex(0xa0000009));	/* not its own: stays */
	CHECK_INT(take(state, &n, NULL, hex(0xa0000009), &got, &e), -EADDRNOTAVAIL);
	network_addr_give(state, &back, hex(0xa0000002));
	CHECK_INT(take(state, &n, NULL, hex(0xb0000000), &got, &e), 0);	/* which is dead at once */
	CHECK_STR(got, "10.5.0.12");
	CHECK_INT(take(state, &n, NULL, hex(0xa0000009), &got, &e), 0);
	CHECK_STR(got, "10.5.0.12");
	CHECK_INT(take(state, &n, NULL, hex(0xa000000a), &got, &e), -EADDRNOTAVAIL);
	close(state);
	close_here(&st);
}

TEST(Z80_what_is_given_back_is_taken_last)
{
	auto_store struct store st = STORE_INIT;
	struct network n = make("web", 1, "10.5.0.0/29");
	struct err e;
	const char *got;
	int state;

	open_here(&st);
	CHECK_INT(fill(&n, NULL, 0, &e), 0);
	state = network_state_open(&st, n.id, true, &e);
	for (unsigned i = 2; i < 12; i++) {
		struct ip mine;

		CHECK_INT(take(state, &n, NULL, hex(0xa0000000 + i), &got, &e), 0);
		CHECK_STR(got, strv_textf(&mem, "10.5.0.%u", 2 + (i - 2) % 5));
		mine = ip(got);
		network_addr_give(state, &mine, hex(0xa0000000 + i));
	}
	close(state);
	close_here(&st);
}

TEST(N027_an_address_that_is_asked_for)
{
	auto_store struct store st = STORE_INIT;
	struct network n = make("web", 1, "10.5.0.0/24");
	struct err e;
	const char *got;
	int state;

	open_here(&st);
	n.pools[0].range = net("10.5.0.128/30");
	strv_add(&n.pools[0].aux, "x=10.5.0.130", &mem);
	CHECK_INT(fill(&n, NULL, 0, &e), 0);
	state = network_state_open(&st, n.id, true, &e);
	CHECK_INT(take(state, &n, "10.5.0.77", hex(0xa1), &got, &e), 0);	/* dead: may be taken */
	CHECK_INT(take(state, &n, "10.5.0.77", hex(0xa0000002), &got, &e), 0);
	CHECK_INT(take(state, &n, "10.5.0.77", hex(0xa0000002), &got, &e), 0);	/* its own */
	CHECK_INT(take(state, &n, "10.5.0.77", hex(0xa0000003), &got, &e), -EADDRINUSE);
	CHECK_STR(e.msg, "Address already in use");
	CHECK_INT(take(state, &n, "10.5.0.128", hex(0xa0000003), &got, &e), -EADDRINUSE);
	CHECK_INT(take(state, &n, "10.5.0.255", hex(0xa0000003), &got, &e), -EADDRINUSE);
	CHECK_INT(take(state, &n, "10.6.0.2", hex(0xa0000003), &got, &e), -EINVAL);
	CHECK_STR(e.msg,
		  "Invalid address 10.6.0.2: It does not belong to any of this network's subnets");
	CHECK_INT(take(state, &n, NULL, hex(0xa0000004), &got, &e), 0);
	CHECK_STR(got, "10.5.0.129");	/* .128 is the gateway */
	CHECK_INT(take(state, &n, NULL, hex(0xa0000005), &got, &e), 0);
	CHECK_STR(got, "10.5.0.131");	/* .130 is auxiliary */
	CHECK_INT(take(state, &n, NULL, hex(0xa0000006), &got, &e), -EADDRNOTAVAIL);
	close(state);
	close_here(&st);
}

TEST(N009_two_hundred_at_once_get_an_address_each)
{
	auto_store struct store st = STORE_INIT;
	struct network n = make("web", 1, NULL);
	bool seen[PROCESSES + 2] = { false };
	struct err e;
	int go[2], told[2], left = PROCESSES;
	char byte;

	open_here(&st);
	CHECK_INT(fill(&n, NULL, 0, &e), 0);
	CHECK(pipe(go) == 0 && pipe(told) == 0);
	for (unsigned i = 0; i < PROCESSES; i++) {
		struct ipnet out;
		int state;

		if (fork())
			continue;
		close(go[1]);
		(void)!read(go[0], &byte, 1);	/* all begin when it is closed */
		state = network_state_open(&st, n.id, true, NULL);
		if (state < 0 || network_addr_take(state, &n, &n.pools[0], &any, hex(0xa0000000 + i),
						   &who, &out, NULL) < 0)
			_exit(1);
		(void)!write(told[1], &out.ip, sizeof(out.ip));
		_exit(0);
	}
	close(go[1]);
	close(told[1]);
	for (struct ip got; read(told[0], &got, sizeof(got)) == sizeof(got); left--) {
		unsigned at = got.b[3];

		CHECK(got.b[0] == 172 && got.b[1] == 17 && got.b[2] == 0);
		CHECK(at >= 2 && at < PROCESSES + 2 && !seen[at]);
		seen[at] = true;
	}
	CHECK_INT(left, 0);
	for (int i = 0; i < PROCESSES; i++) {
		int status;

		CHECK(wait(&status) > 0 && status == 0);
	}
	close_here(&st);
}

/* --- endpoints --- */

static struct endpoint end(unsigned container, const char *name, const char *address)
{
	struct endpoint ep = { .id = "", .container = hex(container), .name = name,
			       .host_link = "vetha", .link = "eth0" };

	ep.ip4 = net(strv_textf(&mem, "%s/16", address));
	ep.mac = mac_from_ip(&ep.ip4.ip);
	return ep;
}

static size_t count(int dir, const char *path)
{
	auto_close int fd = openat(dir, path, O_RDONLY | O_DIRECTORY);
	struct stat sb;

	CHECK_INT(fstat(fd, &sb), 0);
	return sb.st_nlink - 2;	/* directories in it; tmpfs, ext4 and overlay count so */
}

TEST(N019_names_lead_to_addresses_and_go_with_the_endpoint)
{
	auto_store struct store st = STORE_INIT;
	struct network n = make("web", 1, "172.18.0.0/16");
	struct endpoint a = end(0xa0000001, "One", "172.18.0.2"), b = end(0xa0000002, "two", "172.18.0.3");
	struct endpoint back;
	struct strv ids;
	struct ip ips[4];
	struct err e;
	int state, lock;

	open_here(&st);
	CHECK_INT(fill(&n, NULL, 0, &e), 0);
	lock = network_lock(&st, &e);
	CHECK_INT(network_save(&st, &n, &e), 0);
	close(lock);
	state = network_state_open(&st, n.id, true, &e);
	strv_add(&a.aliases, "search", &mem);
	strv_add(&a.aliases, "../../x", &mem);
	strv_add(&b.aliases, "Search", &mem);
	strv_add(&b.ports, ":8080:80/tcp", &mem);
	CHECK_INT(endpoint_save(&st, state, &n, &a, &e), 0);
	CHECK_INT(endpoint_save(&st, state, &n, &b, &e), 0);
	CHECK_INT(network_names(state, "SEARCH", ips, 4), 2);
	CHECK_INT(network_names(state, "search", ips, 1), 1);
	CHECK_INT(network_names(state, "one", ips, 4), 1);
	CHECK_STR(print(&ips[0]), "172.18.0.2");
	CHECK_INT(network_names(state, "a00000020000", ips, 4), 1);
	CHECK_STR(print(&ips[0]), "172.18.0.3");
	CHECK_INT(network_names(state, "../../x", ips, 4), 1);
	CHECK_INT(network_names(state, "nosuch", ips, 4), 0);
	CHECK_INT(network_names(state, "..", ips, 4), 0);
	CHECK_INT(network_names(state, "", ips, 4), 0);
	CHECK_INT(endpoint_load(state, b.container, &back, &mem, &e), 0);
	CHECK_STR(back.name, "two");
	CHECK_STR(back.host_link, "vetha");
	CHECK_STR(back.aliases.v[0], "Search");
	CHECK_STR(back.ports.v[0], ":8080:80/tcp");
	CHECK_INT(back.ip4.len, 16);
	CHECK(!ip_is(&back.ip6.ip) && memcmp(&back.mac, &b.mac, sizeof(b.mac)) == 0);
	a.aliases.n = 0;	/* a second time: old names go */
	CHECK_INT(endpoint_save(&st, state, &n, &a, &e), 0);
	CHECK_INT(network_names(state, "search", ips, 4), 1);
	CHECK_INT(endpoint_list(state, &ids, &mem, &e), 0);
	CHECK_INT(ids.n, 2);
	CHECK_STR(ids.v[0], a.container);
	endpoint_drop(state, a.container);
	endpoint_drop(state, b.container);
	endpoint_drop(state, b.container);
	CHECK_INT(count(state, "names"), 0);
	CHECK_INT(endpoint_load(state, b.container, &back, &mem, &e), -ENOENT);
	close(state);
	close_here(&st);
}

TEST(a_network_with_endpoints_stays)
{
	auto_store struct store st = STORE_INIT;
	struct network n = make("web", 1, "172.18.0.0/16"), got;
	struct endpoint a = end(0xb0000001, "one", "172.18.0.2");
	struct err e;
	int state, lock, fd;

	open_here(&st);
	CHECK_INT(fill(&n, NULL, 0, &e), 0);
	lock = network_lock(&st, &e);
	CHECK_INT(network_save(&st, &n, &e), 0);
	state = network_state_open(&st, n.id, true, &e);
	CHECK_INT(endpoint_save(&st, state, &n, &a, &e), 0);
	CHECK_INT(network_remove(&st, &n, &e), -EBUSY);
	CHECK(strstr(e.msg, "error while removing network: network web id 0"));
	CHECK(strstr(e.msg, " has active endpoints"));
	CHECK_INT(network_load(&st, "web", &got, &mem, &e), 0);
	/* A crash after step 1, with an endpoint: it is put back. */
	CHECK_INT(renameat(st.root_fd, "networks/web.json", st.root_fd, "networks/~web.json"), 0);
	CHECK_INT(endpoint_save(&st, state, &n, &a, &e), -ENOENT);
	CHECK_STR(e.msg, "network web not found");
	endpoint_drop(state, a.container);
	fd = openat(state, strv_textf(&mem, "ep/%s", a.container), O_CREAT | O_WRONLY, 0600);
	close(lock);
	lock = network_lock(&st, &e);
	CHECK_INT(network_load(&st, "web", &got, &mem, &e), 0);
	/* One that was never written whole counts until its container is known to be dead. */
	CHECK_INT(network_remove(&st, &n, &e), -EBUSY);
	network_sweep(state, &who, NULL, NULL);
	/* And a crash without one: the removal is finished. */
	CHECK_INT(renameat(st.root_fd, "networks/web.json", st.root_fd, "networks/~web.json"), 0);
	close(lock);
	lock = network_lock(&st, &e);
	CHECK_INT(network_load(&st, "web", &got, &mem, &e), -ENOENT);
	CHECK_INT(faccessat(st.root_fd, "networks/~web.json", F_OK, 0), -1);
	CHECK_INT(network_state_open(&st, n.id, false, &e), -ENOENT);
	close(fd);
	close(lock);
	close(state);
	close_here(&st);
}

/* Whoever got an endpoint has a network until he drops it, whatever is removed meanwhile. */
TEST(a_start_and_a_removal_never_both_succeed)
{
	auto_store struct store st = STORE_INIT;
	struct network n = make("web", 1, "172.18.0.0/16");
	int round, told[2], status;
	struct err e;

	open_here(&st);
	CHECK_INT(fill(&n, NULL, 0, &e), 0);
	for (round = 0; round < 100; round++) {
		struct network got;
		int lock = network_lock(&st, &e), rc;
		char byte;
		pid_t pid;

		rc = network_save(&st, &n, &e);
		CHECK(rc == 0 || rc == -EEXIST);
		close(lock);
		CHECK_INT(pipe(told), 0);
		pid = fork();
		if (!pid) {
			struct endpoint a = end(0xa0000001, "one", "172.18.0.2");
			int state = network_state_open(&st, n.id, true, NULL);

			(void)!write(told[1], "1", 1);
			for (volatile int i = 0; i < round * 500; i++)
				;
			_exit(state < 0 || endpoint_save(&st, state, &n, &a, NULL) < 0);
		}
		CHECK_INT(read(told[0], &byte, 1), 1);
		lock = network_lock(&st, &e);
		rc = network_remove(&st, &n, &e);
		close(lock);
		CHECK(rc == 0 || rc == -EBUSY);
		CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
		if (WEXITSTATUS(status) == 0) {
			int state = network_state_open(&st, n.id, false, &e);

			CHECK_INT(rc, -EBUSY);
			CHECK_INT(network_load(&st, "web", &got, &mem, &e), 0);
			endpoint_drop(state, hex(0xa0000001));
			close(state);
		} else if (rc == 0) {
			CHECK_INT(network_load(&st, "web", &got, &mem, &e), -ENOENT);
		}
		close(told[0]);
		close(told[1]);
	}
	close_here(&st);
}

static void count_gone(void *arg, const struct endpoint *ep)
{
	CHECK_STR(ep->name, "dead");
	++*(int *)arg;
}

TEST(a_sweep_takes_what_the_dead_left_and_nothing_else)
{
	auto_store struct store st = STORE_INIT;
	struct network n = make("web", 1, "172.18.0.0/16");
	struct endpoint a, b;
	struct strv ids;
	struct ip ips[4];
	struct err e;
	const char *got;
	int state, lock, gone = 0;

	open_here(&st);
	CHECK_INT(fill(&n, NULL, 0, &e), 0);
	lock = network_lock(&st, &e);
	CHECK_INT(network_save(&st, &n, &e), 0);
	state = network_state_open(&st, n.id, true, &e);
	CHECK_INT(take(state, &n, NULL, hex(0xa0000001), &got, &e), 0);
	a = end(0xa0000001, "alive", got);
	CHECK_INT(take(state, &n, NULL, hex(0xb0000001), &got, &e), 0);
	b = end(0xb0000001, "dead", got);
	CHECK_INT(take(state, &n, NULL, hex(0xb0000002), &got, &e), 0);	/* no endpoint yet */
	CHECK_INT(endpoint_save(&st, state, &n, &a, &e), 0);
	CHECK_INT(endpoint_save(&st, state, &n, &b, &e), 0);
	network_sweep(state, NULL, NULL, NULL);
	CHECK_INT(network_names(state, "dead", ips, 4), 1);
	network_sweep(state, &who, count_gone, &gone);
	CHECK_INT(gone, 1);
	CHECK_INT(network_names(state, "dead", ips, 4), 0);
	CHECK_INT(network_names(state, "alive", ips, 4), 1);
	CHECK_INT(endpoint_list(state, &ids, &mem, &e), 0);
	CHECK_INT(ids.n, 1);
	CHECK_INT(take(state, &n, "172.18.0.3", hex(0xa0000003), &got, &e), 0);
	CHECK_INT(take(state, &n, "172.18.0.4", hex(0xa0000003), &got, &e), 0);
	CHECK_INT(take(state, &n, "172.18.0.2", hex(0xa0000003), &got, &e), -EADDRINUSE);
	close(lock);
	close(state);
	close_here(&st);
}

UNIT_MAIN
