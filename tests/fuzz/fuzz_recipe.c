// SPDX-License-Identifier: MIT
/* fuzz_recipe.c - any bytes as a recipe: no crash, paths stay paths. */
#include "core/store/recipe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int on_raw(void *to, const void *bytes, size_t len, struct err *e)
{
	uint64_t *left = to;

	(void)bytes;
	if (len > *left)
		return err_set(e, E2BIG, "enough");
	*left -= len;
	return 0;
}

static int on_file(void *to, int64_t number, const char *path, uint64_t at, uint64_t len,
		   struct err *e)
{
	(void)to, (void)e;
	if (number < -1 || number >= RECIPE_LOST_MAX || strlen(path) > RECIPE_PATH_MAX ||
	    at + len < at)
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint64_t left = 1 << 20;

	(void)!recipe_play(data, len, &(struct recipe_events){ &left, on_raw, on_file }, NULL);
	return 0;
}
