// SPDX-License-Identifier: MIT
#include "core/fmt/human.h"

#include "core/base/base.h"

void human_duration(int64_t ns, struct str *out)
{
	int64_t s = ns / 1000000000, m = s / 60, h = (s / 60 + 30) / 60;

	if (s < 1)
		str_puts(out, "Less than a second");
	else if (s == 1)
		str_puts(out, "1 second");
	else if (s < 60)
		str_addf(out, "%d seconds", (int)s);
	else if (m == 1)
		str_puts(out, "About a minute");
	else if (m < 60)
		str_addf(out, "%d minutes", (int)m);
	else if (h == 1)
		str_puts(out, "About an hour");
	else if (h < 48)
		str_addf(out, "%d hours", (int)h);
	else if (h < 24 * 7 * 2)
		str_addf(out, "%d days", (int)(h / 24));
	else if (h < 24 * 30 * 2)
		str_addf(out, "%d weeks", (int)(h / 24 / 7));
	else if (h < 24 * 365 * 2)
		str_addf(out, "%d months", (int)(h / 24 / 30));
	else
		str_addf(out, "%d years", (int)(s / 3600 / 24 / 365));
}

static void size(int64_t bytes, double base, const char *const *units, size_t n, int digits,
		 struct str *out)
{
	double v = (double)bytes;
	size_t i = 0;

	for (; v >= base && i + 1 < n; i++)
		v /= base;
	str_addf(out, "%.*g%s", digits, v, units[i]);
}

void human_size(int64_t bytes, int digits, struct str *out)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };

	size(bytes, 1000, units, countof(units), digits, out);
}

void human_bytes(int64_t bytes, struct str *out)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };

	size(bytes, 1024, units, countof(units), 4, out);
}
