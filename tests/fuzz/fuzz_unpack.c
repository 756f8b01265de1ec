// SPDX-License-Identifier: MIT
/* fuzz_unpack.c - any bytes as a layer: what is kept comes back bit for bit, what is not
 * leaves nothing, and nothing beside the store changes. Wants root for devices; runs without. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/os/dir.h"
#include "core/store/layer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct store store;
static char top[64];

static void begin(void)
{
	static char root[80], state[80];

	if (top[0])
		return;
	snprintf(top, sizeof(top), "%s/fuzz_unpack.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(top))
		abort();
	snprintf(root, sizeof(root), "%s/root", top);
	snprintf(state, sizeof(state), "%s/state", top);
	if (store_open(&store, root, state, NULL) < 0)
		abort();
}

static void must_be_empty(int dirfd, const char *path, int most)
{
	auto_dir struct dir d = DIR_INIT;
	int n = 0;

	if (dir_open(&d, dirfd, path, NULL) < 0)
		abort();
	while (dir_next(&d))
		n++;
	if (n > most)
		abort();
}

struct back {
	const uint8_t *data;
	size_t len, at;
};

static int compare(void *to, const void *bytes, size_t len, struct err *e)
{
	struct back *b = to;

	(void)e;
	if (len > b->len - b->at || memcmp(b->data + b->at, bytes, len) != 0)
		abort();
	b->at += len;
	return 0;
}

/* The first byte says how big the pieces are. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct layer_want want = { .max_bytes = 1 << 20 };
	struct back b = { data + 1, len - 1, 0 };
	size_t step = len ? 1 + data[0] * 7 : 1;
	struct layer_unpack *u;
	struct layer_info info;
	int rc;

	if (!len)
		return 0;
	begin();
	rc = layer_unpack_begin(&store, &stream_here, &want, &u, NULL);
	if (rc < 0)
		abort();
	for (size_t at = 1; rc == 0 && at < len; at += step)
		rc = layer_unpack_feed(u, data + at, len - at < step ? len - at : step, NULL);
	if (rc == 0)
		rc = layer_unpack_end(u, &info, NULL);
	if (rc < 0) {
		layer_unpack_abort(u);
	} else {
		if (layer_unpack_commit(u, NULL) < 0)
			abort();
		if (digest_equal(&info.blob, &info.diffid) &&
		    (layer_tar(&store, &info.diffid, (struct sink){ compare, &b }, NULL) < 0 ||
		     b.at != b.len))
			abort();
		if (layer_remove(&store, &info.diffid, NULL) < 0)
			abort();
	}
	must_be_empty(store.root_fd, "layers/sha256", 0);
	must_be_empty(store.root_fd, "tmp", 0);
	must_be_empty(AT_FDCWD, top, 2);
	return 0;
}
