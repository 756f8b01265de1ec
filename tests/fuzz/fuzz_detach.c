// SPDX-License-Identifier: MIT
/* fuzz_detach.c - any text is keys or refused; what is typed is passed on, but for the sequence. */
#include "core/fmt/detach.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char keys[16] = "", out[512 + DETACH_MAX];
	size_t cut = len < sizeof(keys) - 1 ? len : sizeof(keys) - 1, n;
	struct detach d;

	memcpy(keys, data, cut);
	if (len > 512 || detach_parse(&d, keys, NULL) < 0)
		return 0;
	if (detach_feed(&d, (const char *)data + cut, len - cut, out, &n))
		return 0;
	n += detach_end(&d, out + n);
	if (n != len - cut || memcmp(out, data + cut, n) != 0)
		abort();
	return 0;
}
