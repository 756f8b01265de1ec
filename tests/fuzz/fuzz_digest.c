// SPDX-License-Identifier: MIT
/* fuzz_digest.c - what digest_parse takes is what digest_text gives back. */
#include "core/fmt/digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char text[DIGEST_TEXT + 1];
	struct digest d;

	if (digest_parse(&d, (const char *)data, len, NULL) < 0)
		return 0;
	digest_text(&d, text);
	if (len != DIGEST_TEXT || memcmp(text, data, len) != 0)
		abort();
	return 0;
}
