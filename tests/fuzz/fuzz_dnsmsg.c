// SPDX-License-Identifier: MIT
/* fuzz_dnsmsg.c - any bytes: what is taken can be answered, cut and asked again, and names come back. */
#include "core/fmt/dnsmsg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void ask_again(const struct dnsmsg *m)
{
	uint8_t buf[DNS_UDP];
	struct dnsmsg again;
	struct dnsout o;

	must(dnsout_query(&o, buf, sizeof(buf), m->id, 0, m->name, m->type, m->edns, NULL) == 0);
	must(dnsmsg_parse(buf, dnsout_end(&o, m->udp_size), &again, NULL) == 0);
	must(strcmp(m->name, again.name) == 0 && m->edns == again.edns);
	must(m->udp_size == again.udp_size);
}

static void answer(const struct dnsmsg *m)
{
	uint8_t buf[DNS_UDP], addr[16] = { 0 };
	struct dnsmsg r;
	struct dnsout o;
	size_t n;

	dnsout_answer(&o, buf, sizeof(buf), m, DNS_RA);
	for (int i = 0; i < 40; i++)
		dnsout_ip(&o, i % 2 ? 4 : 6, addr, 600);
	(void)!dnsout_ptr(&o, m->name, 600, NULL);
	n = dnsout_end(&o, 1232);
	must(n <= sizeof(buf) && dnsmsg_parse(buf, n, &r, NULL) == 0 && r.len == n);
	must(m->questions != 1 || dnsmsg_same_question(m, &r));
	must((m->questions ? r.answers : !r.answers) && r.flags & DNS_TC && r.edns == m->edns);
	n = dnsmsg_cut(buf, &r);
	must(dnsmsg_parse(buf, n, &r, NULL) == 0 && r.len == n && r.answers == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct dnsmsg m;
	struct dnsrec rec;
	uint8_t addr[16];
	size_t at = 0, n = 0;
	int rc = dnsmsg_parse(data, len, &m, NULL);

	if (len >= 12)
		answer(&m);
	if (rc < 0)
		return 0;
	ask_again(&m);
	(void)dnsmsg_reverse(m.name, addr);
	must(!dnsmsg_is_hostname(m.name) || !strpbrk(m.name, "/\\ "));
	while (n < 50 && dnsmsg_next(&m, &at, &rec))
		n++;
	must(n == 50 || n == (size_t)m.answers + m.authorities + m.additionals);
	return 0;
}
