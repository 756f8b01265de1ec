// SPDX-License-Identifier: MIT
#include "applets/image/imagecli.h"

#include <ctype.h>
#include <stdio.h>

#include "core/fmt/human.h"
#include "core/os/clock.h"

int image_open_fail(const char *path, struct err *e)
{
	char why[128];

	snprintf(why, sizeof(why), "%s", strerror(errno));
	why[0] = tolower((unsigned char)why[0]);
	return cli_fail(e, "open %s: %s", path, why);
}

int image_arg(const struct store *st, const char *text, char id[static IMAGE_ID_LEN + 1],
	      struct err *e)
{
	auto_str struct str shown = STR_INIT;
	struct reference r;
	int rc = image_find(st, text, id, e);

	if (rc != -ENOENT || reference_parse(text, &r, NULL) < 0)
		return rc;
	reference_default_tag(&r);
	reference_familiar(&r, &shown);
	return err_set(e, ENOENT, "No such image: %s", shown.s);
}

void image_ago(const char *created, struct str *out)
{
	int64_t ns;

	if (!created[0] || clock_parse(created, &ns, NULL) < 0 || ns == CLOCK_NEVER) {
		str_puts(out, "N/A");
		return;
	}
	human_duration(clock_real_ns() - ns, out);
	str_puts(out, " ago");
}

int image_filter_check(const char *value, struct err *e)
{
	if (strchr(value, '='))
		return 0;
	return err_set(e, EINVAL, "bad format of filter (expected name=value)");
}

int image_filter_split(const char *text, const char **value, struct arena *mem, const char **name,
		       struct err *e)
{
	size_t n = strcspn(text, "=");
	char *key = strv_dup(text, n, mem);

	if (!text[n])
		return image_filter_check(text, e);
	for (char *p = key; *p; p++)
		*p = tolower((unsigned char)*p);
	while (n > 0 && isspace((unsigned char)key[n - 1]))
		key[--n] = 0;
	*name = key;
	*value = strchr(text, '=') + 1;
	return 0;
}

void image_gone_line(void *arg, bool untagged, const char *what)
{
	auto_str struct str line = STR_INIT;

	(void)arg;
	str_addf(&line, "%s: %s\n", untagged ? "Untagged" : "Deleted", what);
	out_safe(line.s, line.len);
}
