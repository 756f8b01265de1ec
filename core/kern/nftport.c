// SPDX-License-Identifier: MIT
#include "core/kern/nftport.h"

#include <arpa/inet.h>

#include "core/kern/nft.h"

enum {
	NET = NFT_PAYLOAD_NETWORK_HEADER, TRANSPORT = NFT_PAYLOAD_TRANSPORT_HEADER,
	FIRST = -300, LAST = 300,	/* of whatever else may be in the hook */
	SOURCE = 12, DESTINATION = 16,	/* of an IPv4 header: addresses */
	SOURCE_PORT = 0, DESTINATION_PORT = 2,
	UDP_SUM = 6, TCP_SUM = 16,
	REG = NFT_REG32_00,
};

/* What has this address and port gets the other port. */
static void rewrite(const struct nft *t, const char *chain, const struct nftport *p,
		    uint8_t proto, uint16_t from, uint16_t to)
{
	bool back = from != p->port;
	uint32_t at = back ? SOURCE_PORT : DESTINATION_PORT;
	const uint16_t was = htons(from), is = htons(to);
	struct nft_rule r;

	nft_rule(&r, t, chain);
	nft_payload(&r, NET, back ? SOURCE : DESTINATION, sizeof(p->addr), REG);
	nft_cmp(&r, NFT_CMP_EQ, REG, p->addr, sizeof(p->addr));
	nft_meta(&r, NFT_META_L4PROTO, REG);
	nft_cmp_u8(&r, NFT_CMP_EQ, REG, proto);
	nft_payload(&r, TRANSPORT, at, sizeof(was), REG);
	nft_cmp(&r, NFT_CMP_EQ, REG, &was, sizeof(was));
	nft_value(&r, REG, &is, sizeof(is));
	nft_payload_set(&r, TRANSPORT, at, sizeof(is), proto == IPPROTO_UDP ? UDP_SUM : TCP_SUM,
			REG);
	nft_rule_end(&r);
}

int nftport_add(struct netlink *nl, const struct nftport *p, struct err *e)
{
	auto_batch struct netlink_batch b = NETLINK_BATCH_INIT;
	const struct nft t = { .b = &b, .family = NFT_IP, .table = "coracle-dns" };

	nft_begin(&b, 0);
	nft_table(&t);
	nft_base(&t, "questions", "filter", NFT_OUTPUT, LAST);
	nft_flush(&t, "questions");
	nft_base(&t, "answers", "filter", NFT_OUTPUT, FIRST);
	nft_flush(&t, "answers");
	rewrite(&t, "questions", p, IPPROTO_UDP, p->port, p->udp);
	rewrite(&t, "questions", p, IPPROTO_TCP, p->port, p->tcp);
	rewrite(&t, "answers", p, IPPROTO_UDP, p->udp, p->port);
	rewrite(&t, "answers", p, IPPROTO_TCP, p->tcp, p->port);
	nft_commit(&b);
	return netlink_send(nl, &b, e);
}
