// SPDX-License-Identifier: MIT
/* fuzz_zstd.c - any bytes, in pieces of any size: no crash, and no output without end. */
#include "core/fmt/zstd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int count(void *to, const void *data, size_t len, struct err *e)
{
	uint64_t *got = to;

	(void)data;
	*got += len;
	return *got > 16 << 20 ? err_set(e, E2BIG, "enough") : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint64_t got = 0;
	struct unzstd *z = unzstd_new((struct sink){ count, &got }, NULL);
	size_t step = len ? 1 + data[0] : 1;
	int rc = 0;

	for (size_t at = 0; rc == 0 && at < len; at += step)
		rc = unzstd_feed(z, data + at, len - at < step ? len - at : step, NULL);
	if (rc == 0)
		(void)!unzstd_end(z, NULL);
	unzstd_free(z);
	return 0;
}
