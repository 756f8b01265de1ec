// SPDX-License-Identifier: MIT
#include "core/os/rand.h"

#include <fcntl.h>
#include <sys/random.h>

#include "core/os/clock.h"

#ifndef GRND_INSECURE
#define GRND_INSECURE	0x0004
#endif

enum { HEX_BYTES_MAX = 64 };

static bool get(unsigned char *p, size_t len, unsigned flags)
{
	ssize_t n;

	while (len) {
		n = getrandom(p, len, flags);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= n;
	}
	return true;
}

static bool get_urandom(unsigned char *p, size_t len)
{
	auto_close int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	while (fd >= 0 && len) {
		n = read(fd, p, len);
		if (n <= 0)
			return false;
		p += n;
		len -= n;
	}
	return fd >= 0;
}

/* Different, if not secret: splitmix64 over time, process and a counter. */
static void get_from_clock(unsigned char *p, size_t len)
{
	static uint64_t counter;
	uint64_t x = clock_real_ns() ^ ((uint64_t)clock_mono_ns() << 20) ^
		((uint64_t)getpid() << 48) ^ (counter += 0x9e3779b97f4a7c15u), z;

	for (size_t i = 0; i < len; i++) {
		z = (x += 0x9e3779b97f4a7c15u);
		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
		z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
		p[i] = (z ^ (z >> 31)) >> 24;
	}
}

void rand_bytes(void *buf, size_t len)
{
	int saved = errno;

	if (!get(buf, len, GRND_INSECURE) && !get(buf, len, GRND_NONBLOCK) &&
	    !get_urandom(buf, len))
		get_from_clock(buf, len);
	errno = saved;
}

int rand_secret(void *buf, size_t len, struct err *e)
{
	if (get(buf, len, GRND_NONBLOCK))
		return 0;
	return err_sys(e, "random bytes (the kernel's pool is not seeded yet)");
}

char *rand_hex(char *text, size_t bytes)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char raw[HEX_BYTES_MAX];

	if (bytes > sizeof(raw))
		abort();
	rand_bytes(raw, bytes);
	for (size_t i = 0; i < bytes; i++) {
		text[2 * i] = digits[raw[i] >> 4];
		text[2 * i + 1] = digits[raw[i] & 15];
	}
	text[2 * bytes] = 0;
	return text;
}
