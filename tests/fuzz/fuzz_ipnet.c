// SPDX-License-Identifier: MIT
/* What parses is printed as a text that parses to itself; a prefix has its first and last address
 * and none beside them. */
#include "core/fmt/ipnet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct ipnet *n)
{
	struct ip first = ipnet_first(n), last = ipnet_last(n), after = ip_add(&last, 1);
	char text[IPNET_TEXT_MAX];
	struct ipnet back;

	if (ipnet_parse(ipnet_print(n, text), &back, NULL) < 0 || ip_cmp(&n->ip, &back.ip) != 0 ||
	    n->len != back.len || n->len > 8 * ip_bytes(&n->ip))
		abort();
	if (!ipnet_has(n, &first) || !ipnet_has(n, &last) || !ipnet_has(n, &n->ip) ||
	    (n->len && ipnet_has(n, &after)) || !ipnet_overlaps(n, &back) || !ipnet_holds(n, &back))
		abort();
	if (ip_distance(&n->ip, &first) != UINT64_MAX) {
		struct ip there = ip_add(&first, ip_distance(&n->ip, &first));

		if (ip_cmp(&there, &n->ip) != 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_str struct str text = STR_INIT;
	char mac_text[MAC_TEXT_MAX];
	struct mac mac, again;
	struct ipnet n;

	str_add(&text, data, size);
	if (ipnet_parse(text.s, &n, NULL) == 0)
		check(&n);
	if (ip_parse(text.s, &n.ip, NULL) == 0)
		check(&(struct ipnet){ n.ip, (uint8_t)(8 * ip_bytes(&n.ip)) });
	if (mac_parse(text.s, &mac, NULL) == 0 &&
	    (mac_parse(mac_print(&mac, mac_text), &again, NULL) < 0 ||
	     memcmp(&mac, &again, sizeof(mac)) != 0))
		abort();
	return 0;
}
