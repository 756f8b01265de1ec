// SPDX-License-Identifier: MIT
#include "core/kern/link.h"

#include <fcntl.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "core/os/rand.h"

enum { IF_OPER_UP = 6 };	/* linux/if.h, which <net/if.h> excludes */

int link_name_check(const char *name, struct err *e)
{
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				"0123456789_-.");

	if (n == 0 || n >= LINK_NAME_MAX || name[n] || name[0] == '.')
		return err_set(e, EINVAL, "invalid link name \"%.64s\"", name);
	return 0;
}

int link_index(const struct netlink *nl, const char *name, struct err *e)
{
	struct ifreq r = { 0 };

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	if (ioctl(nl->fd, SIOCGIFINDEX, &r) < 0)
		return err_sys(e, "link %s", name);
	return r.ifr_ifindex;
}

/* --- making links -------------------------------------------------------------- */

static void mac_put(struct netlink_batch *b, const struct mac *m)
{
	static const struct mac none;

	if (memcmp(m, &none, sizeof(none)) != 0)
		netlink_put(b, IFLA_ADDRESS, m->b, sizeof(m->b));
}

static void number_put(struct netlink_batch *b, uint16_t type, uint32_t v)
{
	if (v)
		netlink_put_u32(b, type, v);
}

static void new_link(struct netlink_batch *b, const char *kind, const char *name, uint32_t index)
{
	const struct ifinfomsg head = { .ifi_index = (int)index };

	netlink_add(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head),
		    "make the %s link %s", kind, name);
	netlink_put_text(b, IFLA_IFNAME, name);
}

void link_bridge(struct netlink_batch *b, const struct link_bridge *l)
{
	size_t info;

	new_link(b, "bridge", l->name, l->index);
	mac_put(b, &l->mac);
	number_put(b, IFLA_MTU, l->mtu);
	info = netlink_nest(b, IFLA_LINKINFO);
	netlink_put_text(b, IFLA_INFO_KIND, "bridge");
	netlink_end(b, info);
}

/* Change a link that is there, by its name. */
static void change(struct netlink_batch *b, const char *name, unsigned flags, unsigned which,
		   const char *what)
{
	const struct ifinfomsg head = { .ifi_flags = flags, .ifi_change = which };

	netlink_add(b, RTM_NEWLINK, 0, &head, sizeof(head), "%s the link %s", what, name);
	netlink_put_text(b, IFLA_IFNAME, name);
}

static void port_flags(struct netlink_batch *b, const char *name, bool isolated, bool hairpin)
{
	size_t info, data;

	change(b, name, 0, 0, "set the bridge's flags of");
	info = netlink_nest(b, IFLA_LINKINFO);
	netlink_put_text(b, IFLA_INFO_SLAVE_KIND, "bridge");
	data = netlink_nest(b, IFLA_INFO_SLAVE_DATA);
	if (isolated)
		netlink_put_u8(b, IFLA_BRPORT_ISOLATED, 1);
	if (hairpin)
		netlink_put_u8(b, IFLA_BRPORT_MODE, 1);
	netlink_end(b, data);
	netlink_end(b, info);
}

/* The kernel heeds the peer's number only when this end has one too. */
static uint32_t any_index(void)
{
	uint32_t r = 0;

	rand_bytes(&r, sizeof(r));
	return 1u << 28 | r >> 4;
}

void link_veth(struct netlink_batch *b, const struct link_veth *l)
{
	const struct ifinfomsg head = { .ifi_index = (int)l->peer_index };
	size_t info, data, peer;

	new_link(b, "veth", l->name, l->index || !l->peer_index ? l->index : any_index());
	number_put(b, IFLA_MTU, l->mtu);
	number_put(b, IFLA_MASTER, l->master);
	info = netlink_nest(b, IFLA_LINKINFO);
	netlink_put_text(b, IFLA_INFO_KIND, "veth");
	data = netlink_nest(b, IFLA_INFO_DATA);
	/* the peer's own message, head and attributes, is the value of this one */
	peer = b->buf.len;
	netlink_put(b, VETH_INFO_PEER, &head, sizeof(head));
	netlink_put_text(b, IFLA_IFNAME, l->peer);
	mac_put(b, &l->peer_mac);
	number_put(b, IFLA_MTU, l->mtu);
	if (l->ns >= 0)
		netlink_put_u32(b, IFLA_NET_NS_FD, (uint32_t)l->ns);
	netlink_end(b, peer);
	netlink_end(b, data);
	netlink_end(b, info);
	if (l->isolated || l->hairpin)
		port_flags(b, l->name, l->isolated, l->hairpin);
}

void link_child(struct netlink_batch *b, const struct link_child *l)
{
	bool macvlan = strcmp(l->kind, "macvlan") == 0, ipvlan = strcmp(l->kind, "ipvlan") == 0;
	const uint16_t mode = l->mode, flags = l->flags;
	size_t info, data;

	new_link(b, l->kind, l->name, l->index);
	netlink_put_u32(b, IFLA_LINK, l->parent);
	mac_put(b, &l->mac);
	number_put(b, IFLA_MTU, l->mtu);
	if (l->ns >= 0)
		netlink_put_u32(b, IFLA_NET_NS_FD, (uint32_t)l->ns);
	info = netlink_nest(b, IFLA_LINKINFO);
	netlink_put_text(b, IFLA_INFO_KIND, l->kind);
	data = netlink_nest(b, IFLA_INFO_DATA);
	if (macvlan) {
		netlink_put_u32(b, IFLA_MACVLAN_MODE, l->mode);
	} else {
		netlink_put(b, ipvlan ? IFLA_IPVLAN_MODE : IFLA_VLAN_ID, &mode, sizeof(mode));
		if (ipvlan && flags)
			netlink_put(b, IFLA_IPVLAN_FLAGS, &flags, sizeof(flags));
	}
	netlink_end(b, data);
	netlink_end(b, info);
}

int link_child_mode(struct link_child *l, const char *word, struct err *e)
{
	static const struct {
		const char *kind, *word;
		uint32_t mode;
	} modes[] = {
		{ "macvlan", "", MACVLAN_MODE_BRIDGE },
		{ "macvlan", "bridge", MACVLAN_MODE_BRIDGE },
		{ "macvlan", "private", MACVLAN_MODE_PRIVATE },
		{ "macvlan", "vepa", MACVLAN_MODE_VEPA },
		{ "macvlan", "passthru", MACVLAN_MODE_PASSTHRU },
		{ "ipvlan", "", IPVLAN_MODE_L2 },
		{ "ipvlan", "l2", IPVLAN_MODE_L2 },
		{ "ipvlan", "l3", IPVLAN_MODE_L3 },
		{ "ipvlan", "l3s", IPVLAN_MODE_L3S },
	};

	for (size_t i = 0; i < countof(modes); i++) {
		if (strcmp(modes[i].kind, l->kind) == 0 && strcmp(modes[i].word, word) == 0) {
			l->mode = modes[i].mode;
			return 0;
		}
	}
	return err_set(e, EINVAL, "unknown %s mode: %.64s", l->kind, word);
}

/* --- changing links ------------------------------------------------------------ */

void link_up(struct netlink_batch *b, const char *name)
{
	change(b, name, IFF_UP, IFF_UP, "set up");
}

void link_down(struct netlink_batch *b, const char *name)
{
	change(b, name, 0, IFF_UP, "set down");
}

void link_remove(struct netlink_batch *b, const char *name)
{
	const struct ifinfomsg head = { 0 };

	netlink_add(b, RTM_DELLINK, 0, &head, sizeof(head), "remove the link %s", name);
	netlink_put_text(b, IFLA_IFNAME, name);
	netlink_tolerate(b, ENODEV);
}

void link_master(struct netlink_batch *b, const char *name, uint32_t master)
{
	change(b, name, 0, 0, "give a bridge to");
	netlink_put_u32(b, IFLA_MASTER, master);
}

void link_move(struct netlink_batch *b, uint32_t index, int ns, const char *as)
{
	const struct ifinfomsg head = { .ifi_index = (int)index };

	netlink_add(b, RTM_NEWLINK, 0, &head, sizeof(head), "move a link to be %s", as);
	netlink_put_text(b, IFLA_IFNAME, as);
	if (ns >= 0)
		netlink_put_u32(b, IFLA_NET_NS_FD, (uint32_t)ns);
}

/* Settings of version 4 by their numbers of linux/ip.h; no way through /proc. */
static void inet_conf(struct netlink_batch *b, const char *name, const uint16_t *what, size_t n,
		      uint32_t value)
{
	size_t spec, inet, conf;

	change(b, name, 0, 0, "quieten");
	spec = netlink_nest(b, IFLA_AF_SPEC);
	inet = netlink_nest(b, AF_INET);
	conf = netlink_nest(b, IFLA_INET_CONF);
	for (size_t i = 0; i < n; i++)
		netlink_put_u32(b, what[i], value);
	netlink_end(b, conf);
	netlink_end(b, inet);
	netlink_end(b, spec);
}

void link_quiet(struct netlink_batch *b, const char *name)
{
	static const uint16_t off[] = {
		IPV4_DEVCONF_ACCEPT_REDIRECTS, IPV4_DEVCONF_SECURE_REDIRECTS,
		IPV4_DEVCONF_SEND_REDIRECTS, IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE,
	};
	size_t spec, inet6;

	inet_conf(b, name, off, countof(off), 0);
	change(b, name, 0, 0, "quieten");
	spec = netlink_nest(b, IFLA_AF_SPEC);
	inet6 = netlink_nest(b, AF_INET6);
	netlink_put_u8(b, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	netlink_end(b, inet6);
	netlink_end(b, spec);
	netlink_tolerate(b, EAFNOSUPPORT);	/* no IPv6 at all is quieter still */
}

void link_localnet(struct netlink_batch *b, const char *name, bool on)
{
	static const uint16_t what[] = { IPV4_DEVCONF_ROUTE_LOCALNET };

	inet_conf(b, name, what, countof(what), on);
}

/* --- addresses, routes, rules -------------------------------------------------- */

static uint8_t family_of(const struct ip *ip)
{
	return ip->family == 4 ? AF_INET : AF_INET6;
}

static void address(struct netlink_batch *b, uint32_t index, const struct ipnet *a, bool add)
{
	const struct ifaddrmsg head = {
		.ifa_family = family_of(&a->ip), .ifa_prefixlen = a->len,
		.ifa_flags = a->ip.family == 6 ? IFA_F_NODAD : 0, .ifa_index = index,
	};
	const struct ip last = ipnet_last(a);
	char text[IPNET_TEXT_MAX];

	netlink_add(b, add ? RTM_NEWADDR : RTM_DELADDR, add ? NLM_F_CREATE | NLM_F_EXCL : 0, &head,
		    sizeof(head), "%s the address %s", add ? "add" : "remove",
		    ipnet_print(a, text));
	netlink_put(b, IFA_LOCAL, a->ip.b, ip_bytes(&a->ip));
	netlink_put(b, IFA_ADDRESS, a->ip.b, ip_bytes(&a->ip));
	if (add && a->ip.family == 4 && a->len < 31)
		netlink_put(b, IFA_BROADCAST, last.b, 4);
}

void link_address(struct netlink_batch *b, uint32_t index, const struct ipnet *a)
{
	address(b, index, a, true);
}

void link_address_remove(struct netlink_batch *b, uint32_t index, const struct ipnet *a)
{
	address(b, index, a, false);
	netlink_tolerate(b, EADDRNOTAVAIL);
}

void link_route(struct netlink_batch *b, uint32_t index, const struct ipnet *to,
		const struct ip *via)
{
	const struct rtmsg head = {
		.rtm_family = family_of(via ? via : &to->ip), .rtm_dst_len = to ? to->len : 0,
		.rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_BOOT, .rtm_type = RTN_UNICAST,
		.rtm_scope = via ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
	};
	const struct ip first = to ? ipnet_first(to) : (struct ip){ 0 };
	char text[IPNET_TEXT_MAX] = "default", by[IP_TEXT_MAX] = "";

	if (to)
		ipnet_print(to, text);
	if (via)
		ip_print(via, by);
	netlink_add(b, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &head, sizeof(head),
		    "add the route %s%s%s", text, via ? " via " : "", by);
	if (to)
		netlink_put(b, RTA_DST, first.b, ip_bytes(&first));
	if (via)
		netlink_put(b, RTA_GATEWAY, via->b, ip_bytes(via));
	netlink_put_u32(b, RTA_OIF, index);
}

static void rule(struct netlink_batch *b, bool add, unsigned family, uint32_t pref,
		 uint8_t action, const char *bridge)
{
	const struct fib_rule_hdr head = {
		.family = family == 4 ? AF_INET : AF_INET6, .action = action,
	};

	netlink_add(b, add ? RTM_NEWRULE : RTM_DELRULE, add ? NLM_F_CREATE | NLM_F_EXCL : 0, &head,
		    sizeof(head), "%s routing rule %u for %s (needs CONFIG_IP%s_MULTIPLE_TABLES)",
		    add ? "add" : "remove", pref, bridge ? bridge : "bridges",
		    family == 4 ? "" : "V6");
	netlink_tolerate(b, add ? EEXIST : ENOENT);
	netlink_put_u32(b, FRA_PRIORITY, pref);
	if (bridge)
		netlink_put_text(b, FRA_IIFNAME, bridge);
}

static void guard(struct netlink_batch *b, bool add, unsigned family, const char *bridge,
		  uint32_t mark)
{
	if (add)
		rule(b, true, family, LINK_GUARD_PREF + 2, FR_ACT_NOP, NULL);
	rule(b, add, family, LINK_GUARD_PREF, FR_ACT_GOTO, bridge);
	netlink_put_u32(b, FRA_FWMARK, mark);
	netlink_put_u32(b, FRA_FWMASK, mark);
	netlink_put_u32(b, FRA_GOTO, LINK_GUARD_PREF + 2);
	rule(b, add, family, LINK_GUARD_PREF + 1, FR_ACT_PROHIBIT, bridge);
}

void link_guard(struct netlink_batch *b, unsigned family, const char *bridge, uint32_t mark)
{
	guard(b, true, family, bridge, mark);
}

void link_guard_remove(struct netlink_batch *b, unsigned family, const char *bridge,
		       uint32_t mark)
{
	guard(b, false, family, bridge, mark);
}

void link_guard_end(struct netlink_batch *b, unsigned family)
{
	rule(b, false, family, LINK_GUARD_PREF + 2, FR_ACT_NOP, NULL);
}

/* --- reading ------------------------------------------------------------------- */

struct prefixes {
	link_prefix_fn *fn;
	void *arg;
};

static void tell_prefix(const struct prefixes *p, uint8_t family, const void *bytes, size_t n,
			unsigned len, uint32_t index)
{
	struct ipnet net = { .len = len };

	if ((family != AF_INET && family != AF_INET6) || n != (family == AF_INET ? 4 : 16) ||
	    len == 0 || len > n * 8)
		return;
	net.ip = ip_from(family == AF_INET ? 4 : 6, bytes);
	net = ipnet_masked(&net);
	if (net.ip.family == 6 &&
	    (net.ip.b[0] == 0xff || (net.ip.b[0] == 0xfe && net.ip.b[1] == 0x80)))
		return;	/* multicast and link-local are nobody's */
	p->fn(p->arg, &net, index);
}

static int see_address(void *arg, const struct nlmsghdr *h)
{
	const struct ifaddrmsg *a = NLMSG_DATA(h);
	size_t len, n = 0;
	const void *attrs = netlink_attrs(h, sizeof(*a), &len), *ip;

	if (h->nlmsg_type != RTM_NEWADDR || !attrs)
		return 0;
	ip = netlink_find(attrs, len, IFA_ADDRESS, 4, &n);
	if (ip)
		tell_prefix(arg, a->ifa_family, ip, n, a->ifa_prefixlen, a->ifa_index);
	return 0;
}

static int see_route(void *arg, const struct nlmsghdr *h)
{
	const struct rtmsg *r = NLMSG_DATA(h);
	size_t len, n = 0;
	const void *attrs = netlink_attrs(h, sizeof(*r), &len), *to;
	const uint32_t *oif;

	if (h->nlmsg_type != RTM_NEWROUTE || !attrs || r->rtm_table == RT_TABLE_LOCAL ||
	    (r->rtm_flags & RTM_F_CLONED))
		return 0;
	to = netlink_find(attrs, len, RTA_DST, 4, &n);
	oif = netlink_find(attrs, len, RTA_OIF, sizeof(*oif), NULL);
	if (to)
		tell_prefix(arg, r->rtm_family, to, n, r->rtm_dst_len, oif ? *oif : 0);
	return 0;
}

int link_prefixes(struct netlink *nl, link_prefix_fn *fn, void *arg, struct err *e)
{
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	struct prefixes p = { fn, arg };
	const struct ifaddrmsg addresses = { 0 };
	const struct rtmsg routes = { 0 };
	int rc;

	netlink_add(&b, RTM_GETADDR, NLM_F_DUMP, &addresses, sizeof(addresses), "list addresses");
	rc = netlink_ask(nl, &b, see_address, &p, e);
	if (rc < 0)
		return rc;
	netlink_batch_reset(&b);
	netlink_add(&b, RTM_GETROUTE, NLM_F_DUMP, &routes, sizeof(routes), "list routes");
	return netlink_ask(nl, &b, see_route, &p, e);
}

struct links {
	link_info_fn *fn;
	void *arg;
};

static int see_link(void *arg, const struct nlmsghdr *h)
{
	const struct links *l = arg;
	const struct ifinfomsg *i = NLMSG_DATA(h);
	size_t len, info_len = 0;
	const void *attrs = netlink_attrs(h, sizeof(*i), &len), *info;
	const char *name = netlink_find_text(attrs, len, IFLA_IFNAME), *kind = NULL;
	const uint32_t *master = netlink_find(attrs, len, IFLA_MASTER, sizeof(*master), NULL);
	const uint32_t *mtu = netlink_find(attrs, len, IFLA_MTU, sizeof(*mtu), NULL);
	const void *mac = netlink_find(attrs, len, IFLA_ADDRESS, 6, NULL);
	const uint8_t *state = netlink_find(attrs, len, IFLA_OPERSTATE, sizeof(*state), NULL);
	struct link_info out = { 0 };

	if (h->nlmsg_type != RTM_NEWLINK || !name)
		return 0;
	info = netlink_find(attrs, len, IFLA_LINKINFO, 0, &info_len);
	if (info)
		kind = netlink_find_text(info, info_len, IFLA_INFO_KIND);
	out.index = (uint32_t)i->ifi_index;
	out.up = i->ifi_flags & IFF_UP;
	out.running = state && *state == IF_OPER_UP;
	out.master = master ? *master : 0;
	out.mtu = mtu ? *mtu : 0;
	if (mac)
		memcpy(out.mac.b, mac, sizeof(out.mac.b));
	snprintf(out.name, sizeof(out.name), "%s", name);
	snprintf(out.kind, sizeof(out.kind), "%s", kind ? kind : "");
	l->fn(l->arg, &out);
	return 0;
}

int link_list(struct netlink *nl, link_info_fn *fn, void *arg, struct err *e)
{
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	struct links l = { fn, arg };
	const struct ifinfomsg head = { 0 };

	netlink_add(&b, RTM_GETLINK, NLM_F_DUMP, &head, sizeof(head), "list links");
	netlink_put_u32(&b, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return netlink_ask(nl, &b, see_link, &l, e);
}

static void note_running(void *arg, const struct link_info *l)
{
	*(bool *)arg = l->running;
}

int link_settled(struct netlink *nl, const char *port, uint32_t bridge, struct err *e)
{
	const struct ifinfomsg heads[] = { { 0 }, { .ifi_index = (int)bridge } };
	bool running = true;
	struct links l = { note_running, &running };

	/* the port first: the bridge runs when one of its ports does */
	for (size_t i = 0; i < countof(heads) && running; i++) {
		auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
		int rc;

		netlink_add(&b, RTM_GETLINK, 0, &heads[i], sizeof(heads[i]), "look at the link %s",
			    i == 0 ? port : "below it");
		if (i == 0)
			netlink_put_text(&b, IFLA_IFNAME, port);
		rc = netlink_ask(nl, &b, see_link, &l, e);
		if (rc < 0)
			return rc;
	}
	return running;
}

int link_setting(const char *name, const char *value, struct err *e)
{
	char path[128];
	auto_close int fd = -1;

	if (snprintf(path, sizeof(path), "/proc/sys/net/%s", name) >= (int)sizeof(path))
		return err_set(e, ENAMETOOLONG, "setting %s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		return err_sys(e, "set %s to %s", path + strlen("/proc/sys/"), value);
	return 0;
}
