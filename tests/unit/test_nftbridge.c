// SPDX-License-Identifier: MIT
/* What a container may send on its bridge: raw frames from one, a tap in another. */
#include "core/kern/nftable.h"

#include <linux/if_packet.h>

#include "tests/unit/networld.h"

/* Send a frame as it is from a box. */
static void raw_frame(struct world *w, int box, const void *frame, size_t len)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = 5 };
	int fd;

	net_enter(w->box[box]);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	CHECK(fd >= 0);
	CHECK_INT(sendto(fd, frame, len, 0, (void *)&to, sizeof(to)), (int)len);
	close(fd);
	net_enter(w->host);
}

/* A tap that sees every frame that comes in at a box. */
static int tap(struct world *w, int box)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_ifindex = 5 };
	const uint8_t all[2] = { 0, 3 };
	int fd;

	memcpy(&at.sll_protocol, all, 2);
	net_enter(w->box[box]);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	CHECK(fd >= 0);
	CHECK(!bind(fd, (void *)&at, sizeof(at)));
	net_enter(w->host);
	return fd;
}

enum { MARK_LEN = 8 };
static const char frame_mark[MARK_LEN + 1] = "FRAMEnn!";

/* br_netfilter looks at the sum of a header. */
static void ip_sum(uint8_t *head)
{
	uint32_t sum = 0;

	head[10] = head[11] = 0;
	for (int i = 0; i < 20; i += 2)
		sum += head[i] << 8 | head[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	head[10] = sum >> 8;
	head[11] = sum;
}

/* Does this frame of a's come through to b? Frames end with a mark; one that always may follows it, so that
 * nothing is waited for. */
static bool crosses(struct world *w, int t, uint8_t *frame, size_t len)
{
	uint8_t after[14 + 20 + 8 + MARK_LEN] = {
		0x02, 0x42, 10, 9, 1, 3, 0x02, 0x42, 10, 9, 1, 2, 8, 0,
		0x45, 0, 0, 36, 0, 0, 0, 0, 64, 17, 0, 0, 10, 9, 1, 2, 10, 9, 1, 3,
		1, 1, 1, 1, 0, 16, 0, 0, 'T', 'H', 'E', '-', 'E', 'N', 'D', '!',
	};
	bool seen = false;

	ip_sum(after + 14);
	if (frame[12] == 8 && frame[13] == 0)
		ip_sum(frame + 14);
	memcpy(frame + len - MARK_LEN, frame_mark, MARK_LEN);
	raw_frame(w, 0, frame, len);
	raw_frame(w, 0, after, sizeof(after));
	for (;;) {
		struct sockaddr_ll by;
		socklen_t by_len = sizeof(by);
		uint8_t got[2048];
		ssize_t n;

		if (!net_readable(t, 5000))
			printf("# the last frame did not come\n"), fflush(stdout), _exit(1);
		n = recvfrom(t, got, sizeof(got), 0, (void *)&by, &by_len);
		if (by.sll_pkttype == PACKET_OUTGOING)
			continue;	/* b's own, "unreachable", which quotes the frame */
		if (n >= MARK_LEN && memmem(got, n, frame_mark, MARK_LEN))
			seen = true;
		if (n >= MARK_LEN && memmem(got, n, "THE-END!", MARK_LEN))
			return seen;
	}
}

TEST(z75_a_port_sends_only_with_its_own_mac_and_addresses)
{
	struct world w = { 0 };
	int t;
	uint8_t good[14 + 20 + 8 + MARK_LEN] = {
		0x02, 0x42, 10, 9, 1, 3, 0x02, 0x42, 10, 9, 1, 2, 8, 0,
		0x45, 0, 0, 36, 0, 0, 0, 0, 64, 17, 0, 0, 10, 9, 1, 2, 10, 9, 1, 3, 9, 9, 9, 9, 0, 16, 0, 0,
	}, bad[sizeof(good)];
	static const struct {
		int at;
		uint8_t byte;
		const char *what;
	} lies[] = {
		{ 11, 3, "another's MAC" }, { 29, 3, "another's address" }, { 29, 1, "the gateway's address" },
		{ 12, 0x88, "another protocol" }, { 13, 0xff, "another protocol" },
	};

	make_world(&w);
	t = tap(&w, 1);
	CHECK(crosses(&w, t, good, sizeof(good)));
	for (size_t i = 0; i < countof(lies); i++) {
		memcpy(bad, good, sizeof(bad));
		bad[lies[i].at] = lies[i].byte;
		if (crosses(&w, t, bad, sizeof(bad)))
			printf("# %s\n", lies[i].what), fflush(stdout), _exit(1);
	}
	memcpy(bad, good, sizeof(bad));
	bad[34] = 0, bad[35] = 67;
	CHECK(!crosses(&w, t, bad, sizeof(bad)));	/* a DHCP server */
	CHECK_INT(nftable_remove(&w.nft, TABLE, NULL), 0);
	CHECK(crosses(&w, t, bad, sizeof(bad)));	/* it is the table that holds it */
}

TEST(z75_arp_says_only_what_is_the_ports_own)
{
	struct world w = { 0 };
	int t;
	uint8_t arp[14 + 28 + MARK_LEN] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x42, 10, 9, 1, 2, 8, 6,
		0, 1, 8, 0, 6, 4, 0, 2, 0x02, 0x42, 10, 9, 1, 2, 10, 9, 1, 2,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 10, 9, 1, 3,
	};

	make_world(&w);
	t = tap(&w, 1);
	CHECK(crosses(&w, t, arp, sizeof(arp)));
	arp[31] = 1;	/* "10.9.1.1 is at a" */
	CHECK(!crosses(&w, t, arp, sizeof(arp)));
	arp[31] = 2;
	arp[27] = 3;	/* "10.9.1.2 is at b" */
	CHECK(!crosses(&w, t, arp, sizeof(arp)));
}

TEST(z74_no_router_advertisement_redirect_or_false_neighbour_crosses)
{
	struct world w = { 0 };
	int t;
	uint8_t six[14 + 40 + 32 + MARK_LEN] = {
		0x02, 0x42, 10, 9, 1, 3, 0x02, 0x42, 10, 9, 1, 2, 0x86, 0xdd,
		0x60, 0, 0, 0, 0, 40, 58, 255,
		0xfd, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
		0xfd, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3,
		128, 0, 0, 0, 0, 0, 0, 0, 0xfd, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
	};
	static const uint8_t linklocal[16] = { 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x42, 10, 0xff, 0xfe, 9, 1, 2 };

	make_world(&w);
	t = tap(&w, 1);
	CHECK(crosses(&w, t, six, sizeof(six)));	/* an echo request */
	six[54] = 134;
	CHECK(!crosses(&w, t, six, sizeof(six)));
	six[54] = 137;
	CHECK(!crosses(&w, t, six, sizeof(six)));
	six[54] = 136;
	CHECK(crosses(&w, t, six, sizeof(six)));	/* "fd01::2 is at a" */
	six[54 + 8 + 15] = 1;
	CHECK(!crosses(&w, t, six, sizeof(six)));	/* "fd01::1 is at a" */
	six[54] = 128;
	six[14 + 8 + 15] = 3;
	CHECK(!crosses(&w, t, six, sizeof(six)));	/* from b's address */
	memcpy(six + 14 + 8, linklocal, 16);
	CHECK(crosses(&w, t, six, sizeof(six)));
	six[54] = 134;
	CHECK(!crosses(&w, t, six, sizeof(six)));
	six[14 + 8 + 15] = 3;
	six[54] = 128;
	CHECK(!crosses(&w, t, six, sizeof(six)));	/* another's link-local */
}

UNIT_MAIN
