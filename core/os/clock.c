// SPDX-License-Identifier: MIT
#include "core/os/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <time.h>

enum { SECOND = 1000000000, DIGITS = 9 };

static int64_t (*fake_real)(void), (*fake_mono)(void);

static int64_t now(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * SECOND + ts.tv_nsec;
}

int64_t clock_real_ns(void)
{
	return fake_real ? fake_real() : now(CLOCK_REALTIME);
}

int64_t clock_mono_ns(void)
{
	return fake_mono ? fake_mono() : now(CLOCK_MONOTONIC);
}

int64_t clock_mono_ms(void)
{
	return clock_mono_ns() / 1000000;
}

void clock_sleep_ms(int64_t ms)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}

void clock_fake(int64_t (*real_ns)(void), int64_t (*mono_ns)(void))
{
	fake_real = real_ns;
	fake_mono = mono_ns;
}

static const char *format(int64_t real_ns, char text[static CLOCK_TEXT_MAX], bool all)
{
	time_t s = real_ns / SECOND;
	int64_t ns = real_ns % SECOND;
	struct tm tm;
	size_t n;

	if (real_ns == CLOCK_NEVER)
		return strcpy(text, "0001-01-01T00:00:00Z");
	if (ns < 0) {
		ns += SECOND;
		s--;
	}
	gmtime_r(&s, &tm);
	n = snprintf(text, CLOCK_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900,
		     tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	if (ns || all) {
		n += snprintf(text + n, CLOCK_TEXT_MAX - n, ".%09d", (int)ns);
		while (!all && text[n - 1] == '0')
			n--;
	}
	strcpy(text + n, "Z");
	return text;
}

const char *clock_format(int64_t real_ns, char text[static CLOCK_TEXT_MAX])
{
	return format(real_ns, text, false);
}

const char *clock_format9(int64_t real_ns, char text[static CLOCK_TEXT_MAX])
{
	return format(real_ns, text, true);
}

/* Exactly n digits, a value in low..high. The rest of the text, or NULL. */
static const char *digits(const char *s, int n, int low, int high, int *value)
{
	int v = 0;

	if (!s)
		return NULL;
	for (int i = 0; i < n; i++, s++) {
		if (!isdigit((unsigned char)*s))
			return NULL;
		v = v * 10 + (*s - '0');
	}
	*value = v;
	return v >= low && v <= high ? s : NULL;
}

static const char *literal(const char *s, char c)
{
	return s && *s == c ? s + 1 : NULL;
}

static const char *fraction(const char *s, int *ns)
{
	int n = 0;

	*ns = 0;
	if (!s || *s != '.')
		return s;
	if (!isdigit((unsigned char)*++s))
		return NULL;
	for (; isdigit((unsigned char)*s); s++, n++)
		if (n < DIGITS)
			*ns = *ns * 10 + (*s - '0');
	for (; n < DIGITS; n++)
		*ns *= 10;
	return s;
}

/* "Z", "+02:00", "-0330" is none. Seconds east of UTC. */
static const char *zone(const char *s, int *east)
{
	int h, m, sign;

	*east = 0;
	if (s && (*s == 'Z' || *s == 'z'))
		return s + 1;
	if (!s || (*s != '+' && *s != '-'))
		return NULL;
	sign = *s == '+' ? 1 : -1;
	s = digits(s + 1, 2, 0, 23, &h);
	s = digits(literal(s, ':'), 2, 0, 59, &m);
	if (s)
		*east = sign * (h * 3600 + m * 60);
	return s;
}

static int month_days(int year, int month)
{
	static const char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* Days from 1970-01-01 to a date of the Gregorian calendar (eras of 400 years, March first). */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year, era = y / 400;
	int64_t of_era = y % 400,
		of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int clock_parse(const char *text, int64_t *real_ns, struct err *e)
{
	int year, month, day, h, m, sec, ns, east;
	int64_t s;
	const char *p = digits(text, 4, 1, 9999, &year);

	p = digits(literal(p, '-'), 2, 1, 12, &month);
	p = digits(literal(p, '-'), 2, 1, 31, &day);
	p = p && (*p == 'T' || *p == 't' || *p == ' ') ? p + 1 : NULL;
	p = digits(p, 2, 0, 23, &h);
	p = digits(literal(p, ':'), 2, 0, 59, &m);
	p = digits(literal(p, ':'), 2, 0, 60, &sec);
	p = fraction(p, &ns);
	p = zone(p, &east);
	if (!p || *p || day > month_days(year, month))
		return err_set(e, EINVAL, "'%.40s' is not a time in RFC 3339 form", text);
	s = days_of(year, month, day) * 86400 + h * 3600 + m * 60 + sec - east;
	if (__builtin_mul_overflow(s, (int64_t)SECOND, real_ns) ||
	    __builtin_add_overflow(*real_ns, (int64_t)ns, real_ns))
		*real_ns = CLOCK_NEVER;	/* before 1677 or after 2262: Docker's zero time is there */
	return 0;
}
