// SPDX-License-Identifier: MIT
#include "core/base/warn.h"

#include <stdarg.h>
#include <stdio.h>

void warn_say(const struct warn *w, const char *fmt, ...)
{
	char text[WARN_TEXT_MAX];
	va_list ap;

	if (!w || !w->fn)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	w->fn(w->arg, text);
}
