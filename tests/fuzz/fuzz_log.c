// SPDX-License-Identifier: MIT
/* fuzz_log.c - any line is taken apart without harm; any bytes come back from an entry. */
#include "core/engine/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void parse(const uint8_t *data, size_t len)
{
	auto_free char *line = malloc(len + 1);
	auto_str struct str details = STR_INIT;
	struct log_entry entry;

	memcpy(line, data, len);
	if (log_parse(line, len, &entry) == 0)
		log_details(&entry, &details);
}

static void round_trip(const uint8_t *data, size_t len)
{
	auto_str struct str line = STR_INIT;
	struct log_entry entry;
	char *room;

	str_puts(&line, "{\"log\":\"");
	room = str_room(&line, 6 * len + 8);
	str_grew(&line, (size_t)(log_escape(room, (const char *)data, len) - room));
	str_puts(&line, "\",\"stream\":\"stderr\",\"time\":\"2026-11-20T14:03:09.5Z\"}");
	if (memchr(line.s, '\n', line.len) || log_parse(line.s, line.len, &entry) < 0 ||
		entry.len != len || memcmp(entry.text, data, len) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len > LOG_PART)
		return 0;
	parse(data, len);
	round_trip(data, len);
	return 0;
}
