// SPDX-License-Identifier: MIT
/* dnsmsg.h - DNS messages (RFC 1035, EDNS0 as RFC 6891): read one, write an answer. Pure.
 *
 * Nothing is allocated: reading borrows the bytes, writing fills the caller's buffer.
 *
 * What an attacker controls: every byte of a query (containers) and of an answer (upstreams,
 * whoever can forge their packets). A pointer in a name may only point further to the front
 * than anything read of that name so far, so that names end; no name is longer than 255
 * bytes; every record that is counted must be there. */
#pragma once

#include "core/base/err.h"

enum {
	DNS_MAX = 65535,	/* bytes of a message: TCP's length has 16 bits */
	DNS_UDP = 512,		/* bytes of a UDP message for who does not say (no EDNS0) */
	DNS_NAME = 255,		/* bytes of a name on the wire, with its final 0 */
	DNS_TEXT = 1016,	/* bytes of a name as text, with its final 0: each may be \ddd */
	DNS_LABEL = 63,
	DNS_REVERSE = 74,	/* bytes of a name below ip6.arpa, with its final 0 */
};

enum { DNS_A = 1, DNS_NS, DNS_CNAME = 5, DNS_SOA, DNS_PTR = 12, DNS_MX = 15, DNS_TXT, DNS_AAAA = 28,
	DNS_SRV = 33, DNS_OPT = 41, DNS_ANY = 255 };
enum { DNS_IN = 1 };
enum { DNS_OK, DNS_FORMERR, DNS_SERVFAIL, DNS_NXDOMAIN, DNS_NOTIMP, DNS_REFUSED };

/* Bits of the header's second word. */
enum {
	DNS_QR = 0x8000,	/* an answer */
	DNS_OPCODE = 0x7800,	/* 0: a query */
	DNS_AA = 0x0400,
	DNS_TC = 0x0200,	/* cut: ask again by TCP */
	DNS_RD = 0x0100,
	DNS_RA = 0x0080,
	DNS_CD = 0x0010,
	DNS_RCODE = 0x000f,
};

struct dnsmsg {
	const uint8_t *data;	/* borrowed, as long as this is used */
	size_t len;
	uint16_t id, flags;
	uint16_t questions, answers, authorities, additionals;	/* as the header counts them */
	/* The first question; type 0 and an empty name when there is none. */
	uint16_t type, class;
	size_t question_end;	/* offset of what follows it; 12 when there is none */
	char name[DNS_TEXT];	/* without a final dot (the root is ""), letters as they came;
				 * a dot or backslash inside a label has a backslash in front,
				 * other bytes than printable ASCII are \ddd */
	bool edns;		/* there is an OPT record */
	bool dnssec_ok;		/* its DO bit */
	uint8_t edns_version;
	uint16_t udp_size;	/* bytes of UDP its sender takes: DNS_UDP at least */
	size_t udp_size_at;	/* offset of these two bytes in the OPT record; 0: none */
};

/* Read and check a whole message: header, questions, every record's frame, the OPT record.
 *
 * Bytes after the last record are not part of it: m->len may be less than len.
 *
 * 0, or -EBADMSG. Also after a failure id, flags and data are those of the header, when there
 * are 12 bytes: a FORMERR can be sent. */
NODISCARD int dnsmsg_parse(const void *data, size_t len, struct dnsmsg *m, struct err *e);

/* One record of the sections after the questions. */
struct dnsrec {
	char name[DNS_TEXT];	/* as dnsmsg.name */
	uint16_t type, class;
	uint32_t ttl;		/* seconds */
	const uint8_t *data;	/* borrowed from the message */
	uint16_t len;
	int section;		/* 1 answer, 2 authority, 3 additional */
};

/* Step through the records of a message that dnsmsg_parse took. *at is 0 before the first.
 * 1 with *r, or 0 at the end. */
NODISCARD int dnsmsg_next(const struct dnsmsg *m, size_t *at, struct dnsrec *r);

/* Read the name at offset `at` of the message (the data of a PTR or CNAME) as text.
 * The offset after it, or -EBADMSG. */
NODISCARD int dnsmsg_name(const void *data, size_t len, size_t at, char text[static DNS_TEXT],
			  struct err *e);

/* Do both ask the same: one question, names equal but for upper and lower case, type, class? */
bool dnsmsg_same_question(const struct dnsmsg *a, const struct dnsmsg *b);

/* Is this a name that a container, alias or host may have: labels of letters, digits, _ and -,
 * at most 63 bytes each, joined by single dots? The others are never looked up in a directory. */
bool dnsmsg_is_hostname(const char *name);

/* The address a name below in-addr.arpa (4) or ip6.arpa (6) stands for, in network order.
 * 4 or 6: addr holds that many or 16 bytes; 0: it is no such name, or not a whole address. */
int dnsmsg_reverse(const char *name, uint8_t addr[static 16]);

/* The other way. family: 4 or 6. Returns text. */
const char *dnsmsg_reverse_name(int family, const uint8_t *addr, char text[static DNS_REVERSE]);

/* --- writing --- */

struct dnsout {
	uint8_t *buf;		/* borrowed */
	size_t size;		/* bytes the message may have; <= DNS_MAX */
	size_t len;		/* bytes written */
	size_t owner;		/* offset of the name that records added are of */
	bool edns;		/* room is kept for an OPT record, written by dnsout_end */
	uint8_t rcode_high;	/* of an OPT record: 1 with DNS_OK is BADVERS. 0 at first */
	bool cut;		/* something did not fit: dnsout_end sets TC */
};

/* Begin the answer to a query: its id, opcode, RD and first question with letters as asked.
 *
 * flags   DNS_AA, DNS_RA... and the rcode; DNS_QR is added
 * size    DNS_UDP at least */
void dnsout_answer(struct dnsout *o, void *buf, size_t size, const struct dnsmsg *query,
		   uint16_t flags);

/* Begin a query. 0, or -EINVAL when the text is no name. */
NODISCARD int dnsout_query(struct dnsout *o, void *buf, size_t size, uint16_t id, uint16_t flags,
			   const char *name, uint16_t type, bool edns, struct err *e);

/* Add an address (family 4 or 6, network order) or a name to the question's name, in the answer
 * section. What does not fit any more, or has no question, is left out.
 * A PTR to what is no name: -EINVAL. */
void dnsout_ip(struct dnsout *o, int family, const uint8_t *addr, uint32_t ttl);
NODISCARD int dnsout_ptr(struct dnsout *o, const char *name, uint32_t ttl, struct err *e);

/* Finish: OPT, TC. udp_size is what OPT says we take. Returns the bytes of the message. */
size_t dnsout_end(struct dnsout *o, uint16_t udp_size);

/* Cut an answer to its header and question, with TC set and OPT kept if it had
 * one, so that it fits DNS_UDP. Returns the new length. m was parsed from the very bytes in buf. */
size_t dnsmsg_cut(uint8_t *buf, const struct dnsmsg *m);
