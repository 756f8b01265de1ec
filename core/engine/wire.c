// SPDX-License-Identifier: MIT
#include "core/engine/wire.h"

void wire_head(unsigned char head[static WIRE_HEAD], enum wire_type type, size_t len)
{
	head[0] = (unsigned char)type;
	head[1] = head[2] = head[3] = 0;
	head[4] = (unsigned char)(len >> 24);
	head[5] = (unsigned char)(len >> 16);
	head[6] = (unsigned char)(len >> 8);
	head[7] = (unsigned char)len;
}

int wire_parse(const unsigned char head[static WIRE_HEAD], enum wire_type *type)
{
	uint32_t len = (uint32_t)head[4] << 24 | (uint32_t)head[5] << 16 | (uint32_t)head[6] << 8 |
		head[7];

	if (head[0] > WIRE_HOLD || head[1] || head[2] || head[3] || len > WIRE_MAX)
		return -EPROTO;
	*type = head[0];
	return (int)len;
}
