// SPDX-License-Identifier: MIT
/* Every parser of one flag's text, on the same bytes. */
#include "core/base/num.h"
#include "core/base/text.h"
#include "core/fmt/envfile.h"
#include "core/fmt/hostport.h"
#include "core/fmt/resolvconf.h"
#include "core/fmt/runcheck.h"
#include "core/fmt/when.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void numbers(const char *s)
{
	int64_t n;
	uint64_t u;
	bool b;

	(void)!num_bytes(s, &n, NULL);
	(void)!num_duration(s, &n, NULL);
	(void)!num_cpus(s, &n, NULL);
	(void)!num_int(s, &n, NULL);
	(void)!num_int10(s, &n, NULL);
	(void)!num_uint(s, UINT16_MAX, &u, NULL);
	(void)!num_bool(s, &b, NULL);
	(void)!when_parse(s, 1700000000000000000, &n, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	typedef int check_fn(const char *text, struct err *e);
	static check_fn *const checks[] = {
		runcheck_add_host, runcheck_attach, runcheck_device_rule, runcheck_dns,
		runcheck_dns_search, runcheck_env, runcheck_filter, runcheck_label, runcheck_link,
		runcheck_sysctl, runcheck_ulimit, runcheck_pid, runcheck_uts, runcheck_cgroupns,
		runcheck_userns, runcheck_ipc, runcheck_mac,
	};
	auto_arena struct arena mem = { 0 };
	auto_str struct str out = STR_INIT;
	struct strv a = { 0 }, b = { 0 };
	struct resolvconf r;
	char *s = strv_dup((const char *)data, size, &mem);
	const char *text;
	struct err e;
	int n;

	numbers(s);
	for (size_t i = 0; i < countof(checks); i++)
		(void)!checks[i](s, &e);
	(void)!runcheck_device(s, &text, &mem, &e);
	(void)!runcheck_restart(s, &text, &n, &mem, &e);
	(void)!hostport_publish(s, &a, &b, &mem, &e);
	(void)!hostport_expose(s, &b, &mem, &e);
	(void)!envfile_parse("f", s, size, NULL, &a, &mem, &e);
	resolvconf_parse(s, size, &r, &mem);
	(void)!resolvconf_write(s, size, &r, (uint8_t)*s % 3, *s & 4, &out, &e);
	str_reset(&out);
	text_safe(&out, s, size);
	text_quote(&out, s, size);
	text_columns(&out, s, size);
	text_ellipsis(&out, s, 20);
	return 0;
}
