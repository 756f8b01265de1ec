// SPDX-License-Identifier: MIT
#include "core/fmt/detach.h"

/* One key of the list: a byte, or -1. */
static int key_parse(const char *s, size_t len)
{
	static const char ctrl[] = "@abcdefghijklmnopqrstuvwxyz[\\]^_";
	const char *at;

	if (len == 1)
		return (unsigned char)*s;
	if (len == 3 && memcmp(s, "DEL", 3) == 0)
		return 127;
	if (len != 6 || memcmp(s, "ctrl-", 5) != 0)
		return -1;
	at = strchr(ctrl, s[5]);
	return at ? (int)(at - ctrl) : -1;
}

int detach_parse(struct detach *d, const char *text, struct err *e)
{
	const char *s = *text ? text : "ctrl-p,ctrl-q";

	*d = (struct detach){ 0 };
	for (;;) {
		size_t len = strcspn(s, ",");
		int key = d->n < DETACH_MAX ? key_parse(s, len) : -1;

		if (key < 0) {
			d->n = 0;
			return err_set(e, EINVAL, "Invalid detach keys (%.100s) provided", text);
		}
		d->keys[d->n++] = (unsigned char)key;
		if (!s[len])
			return 0;
		s += len + 1;
	}
}

size_t detach_end(struct detach *d, char *out)
{
	size_t n = d->held;

	memcpy(out, d->keys, n);
	d->held = 0;
	return n;
}

bool detach_feed(struct detach *d, const char *in, size_t len, char *out, size_t *out_len)
{
	size_t n = 0;

	if (!d->n) {
		memcpy(out, in, len);
		*out_len = len;
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)in[i] == d->keys[d->held]) {
			if (++d->held < d->n)
				continue;
			d->held = 0;
			*out_len = n;
			return true;
		}
		n += detach_end(d, out + n);
		out[n++] = in[i];
	}
	*out_len = n;
	return false;
}
