// SPDX-License-Identifier: MIT
/* fuzz_syslog.c - any text may be an address, a facility, a format; none does harm. */
#include "core/net/syslog.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	auto_free char *text = malloc(len + 1);
	enum syslog_format format;
	struct err e;
	int n = 0;

	memcpy(text, data, len);
	text[len] = 0;
	if (syslog_address_check(text, &e) < 0 && !*e.msg)
		abort();
	if (syslog_facility_parse(text, &n, &e) == 0 && (n < 0 || n > 23))
		abort();
	if (syslog_format_parse(text, &format, &e) == 0 && format > SYSLOG_RFC5424MICRO)
		abort();
	return 0;
}
