// SPDX-License-Identifier: MIT
#include "applets/bar.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/fmt/human.h"
#include "core/os/clock.h"
#include "core/os/tty.h"

enum {
	FIRST_MS = 500,		/* what is done by then needs no bar */
	EVERY_MS = 100,
	USUAL_COLUMNS = 80,
	BAR_LEAST = 10,
	BAR_MOST = 50,
	SECONDS_MAX = 359999,	/* 99:59:59 */
};

/* "[=====>    ]" in what is left of the line. */
static void add_gauge(struct str *out, uint64_t done, uint64_t total, int room)
{
	int width = room < BAR_MOST ? room : BAR_MOST;
	int full = (int)((double)done / (double)total * width);

	if (width < BAR_LEAST)
		return;
	str_puts(out, " [");
	for (int i = 0; i < width; i++)
		str_puts(out, i < full ? "=" : i == full ? ">" : " ");
	str_puts(out, "]");
}

static void add_left(struct str *out, uint64_t bytes, uint64_t rate)
{
	uint64_t s = rate ? (bytes + rate - 1) / rate : SECONDS_MAX;

	if (s >= SECONDS_MAX)
		return;
	str_puts(out, "  ");
	if (s >= 3600)
		str_addf(out, "%llu:", (unsigned long long)(s / 3600));
	str_addf(out, "%02llu:%02llu left", (unsigned long long)(s / 60 % 60),
		 (unsigned long long)(s % 60));
}

void bar_line(const struct bar *b, int64_t now_ms, int columns, struct str *out)
{
	auto_str struct str tail = STR_INIT;
	int64_t ms = now_ms - b->began_ms;
	uint64_t total = b->progress.total, done = b->progress.done;
	uint64_t rate = ms > 0 ? (uint64_t)((double)done * 1000 / (double)ms) : 0;

	if (total && done > total)
		done = total;
	str_puts(&tail, " ");
	human_size((int64_t)done, 4, &tail);
	if (total) {
		str_puts(&tail, "/");
		human_size((int64_t)total, 4, &tail);
	}
	if (rate) {
		str_puts(&tail, "  ");
		human_size((int64_t)rate, 3, &tail);
		str_puts(&tail, "/s");
	}
	if (total)
		add_left(&tail, total - done, rate);
	str_puts(out, b->what);
	if (total)
		add_gauge(out, done, total, columns - (int)(out->len + tail.len) - 4);
	str_add(out, tail.s, tail.len);
	if (columns > 1 && out->len >= (size_t)columns) { /* a line that wraps is not redrawn */
		out->len = (size_t)columns - 1;
		out->s[out->len] = 0;
	}
}

static void draw(void *arg, uint64_t done, uint64_t total)
{
	struct bar *b = arg;
	auto_str struct str line = STR_INIT;
	int64_t now = clock_mono_ms();
	struct winsize ws;

	(void)done, (void)total; /* they are in b->progress */
	if (now - b->began_ms < FIRST_MS || (b->drawn_ms && now - b->drawn_ms < EVERY_MS))
		return;
	b->drawn_ms = now;
	if (tty_get_size(STDERR_FILENO, &ws) < 0 || !ws.ws_col)
		ws.ws_col = USUAL_COLUMNS;
	bar_line(b, now, ws.ws_col, &line);
	fprintf(stderr, "\r%s\033[K", line.s);
	fflush(stderr);
	b->shown = true;
}

struct progress *bar_begin(struct bar *b, const char *what, uint64_t total, bool quiet)
{
	*b = (struct bar){ .what = what, .began_ms = clock_mono_ms() };
	b->progress = (struct progress){ .fn = draw, .arg = b, .total = total };
	return quiet || !isatty(STDERR_FILENO) ? NULL : &b->progress;
}

void bar_clear(struct bar *b)
{
	if (!b || !b->shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	b->shown = false;
}
