// SPDX-License-Identifier: MIT
/* The small parsers of core/kern: the first byte chooses one, the rest is its text. */
#include "core/kern/caps.h"
#include "core/kern/cgroupfs.h"
#include "core/kern/device.h"
#include "core/kern/limits.h"
#include "core/kern/mount.h"
#include "core/kern/sysctl.h"
#include "core/os/clock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void mountinfo(char *text)
{
	struct mount_info mi;
	int rc;

	while ((rc = mount_info_next(&text, &mi)) != 0)
		if (rc > 0 && (!mi.point || !mi.type || !mi.super || !mi.fields || !mi.source))
			__builtin_trap();
}

static void device(const char *text)
{
	char host[DEVICE_PATH_MAX], inside[DEVICE_PATH_MAX], access[4], back[40];
	struct device_rule r, again;

	(void)!device_spec_parse(text, host, inside, access, NULL);
	if (device_rule_parse(text, &r, NULL) < 0)
		return;
	/* What was read is read again as the same. */
	if (device_rule_parse(device_rule_text(&r, back), &again, NULL) < 0 || again.major != r.major ||
	    again.minor != r.minor || again.access != r.access || again.type != r.type)
		__builtin_trap();
}

static void others(const char *text)
{
	struct limits_rlimit r;
	uint64_t set, rd, wr;
	int64_t ns, again;
	char back[CLOCK_TEXT_MAX];

	(void)!limits_parse(text, &r, NULL);
	(void)!caps_resolve(&text, 1, &text, 1, false, &set, NULL);
	(void)!sysctl_check(text, UINT64_MAX, NULL);
	(void)cgroupfs_value(text, "oom_kill");
	cgroupfs_io(text, &rd, &wr);
	if (clock_parse(text, &ns, NULL) == 0 &&
	    (clock_parse(clock_format(ns, back), &again, NULL) < 0 || again != ns))
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mount_opts o;
	char *text;

	if (!size)
		return 0;
	text = malloc(size);
	if (!text)
		abort();
	memcpy(text, data + 1, size - 1);
	text[size - 1] = 0;
	switch (*data % 4) {
	case 0:
		if (mount_parse(text, &o, NULL) == 0 && strlen(o.data) >= MOUNT_DATA_MAX)
			__builtin_trap();
		break;
	case 1: mountinfo(text); break;
	case 2: device(text); break;
	case 3: others(text); break;
	}
	free(text);
	return 0;
}
