// SPDX-License-Identifier: MIT
#include "core/fmt/signame.h"

#include <signal.h>

enum { RTMIN = 34,
	RTMAX = 64 }; /* the kernel's 32 and 33 belong to libc's threads */

static const char *const names[] = {
	[SIGHUP] = "SIGHUP",
	[SIGINT] = "SIGINT",
	[SIGQUIT] = "SIGQUIT",
	[SIGILL] = "SIGILL",
	[SIGTRAP] = "SIGTRAP",
	[SIGABRT] = "SIGABRT",
	[SIGBUS] = "SIGBUS",
	[SIGFPE] = "SIGFPE",
	[SIGKILL] = "SIGKILL",
	[SIGUSR1] = "SIGUSR1",
	[SIGSEGV] = "SIGSEGV",
	[SIGUSR2] = "SIGUSR2",
	[SIGPIPE] = "SIGPIPE",
	[SIGALRM] = "SIGALRM",
	[SIGTERM] = "SIGTERM",
#ifdef SIGSTKFLT
	[SIGSTKFLT] = "SIGSTKFLT",
#endif
	[SIGCHLD] = "SIGCHLD",
	[SIGCONT] = "SIGCONT",
	[SIGSTOP] = "SIGSTOP",
	[SIGTSTP] = "SIGTSTP",
	[SIGTTIN] = "SIGTTIN",
	[SIGTTOU] = "SIGTTOU",
	[SIGURG] = "SIGURG",
	[SIGXCPU] = "SIGXCPU",
	[SIGXFSZ] = "SIGXFSZ",
	[SIGVTALRM] = "SIGVTALRM",
	[SIGPROF] = "SIGPROF",
	[SIGWINCH] = "SIGWINCH",
	[SIGIO] = "SIGIO",
	[SIGPWR] = "SIGPWR",
	[SIGSYS] = "SIGSYS",
};

const char *signame_text(int signo)
{
	return signo > 0 && (size_t)signo < countof(names) ? names[signo] : NULL;
}

/* Decimal digits only; -1 for anything else or past `max`. */
static int small_number(const char *s, int max)
{
	int v = 0;

	if (!*s)
		return -1;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return -1;
		v = v * 10 + (*s - '0');
		if (v > max)
			return -1;
	}
	return v;
}

/* "RTMIN", "RTMIN+n", "RTMAX-n"; -1. */
static int realtime(const char *s)
{
	int n;

	if (strncasecmp(s, "RTMIN", 5) == 0) {
		n = !s[5] ? 0 : s[5] == '+' ? small_number(s + 6, RTMAX - RTMIN)
					    : -1;
		return n < 0 ? -1 : RTMIN + n;
	}
	if (strncasecmp(s, "RTMAX", 5) == 0) {
		n = !s[5] ? 0 : s[5] == '-' ? small_number(s + 6, RTMAX - RTMIN)
					    : -1;
		return n < 0 ? -1 : RTMAX - n;
	}
	return -1;
}

int signame_parse(const char *text, struct err *e)
{
	const char *s = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	int n = small_number(text, RTMAX);

	if (n > 0)
		return n;
	for (size_t i = 1; n < 0 && i < countof(names); i++) {
		if (names[i] && strcasecmp(s, names[i] + 3) == 0)
			return (int)i;
	}
	n = n < 0 ? realtime(s) : -1;
	if (strcasecmp(s, "CLD") == 0)
		return SIGCHLD;
	if (strcasecmp(s, "POLL") == 0)
		return SIGIO;
	return n > 0 ? n : err_set(e, EINVAL, "Invalid signal: %s", text);
}
