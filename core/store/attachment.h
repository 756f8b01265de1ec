// SPDX-License-Identifier: MIT
/* attachment.h - the networks a container is to be in (struct container's nets) ⇄ "Networks" of its
 * record. The record is ours: a key that is missing means "not said". */
#pragma once

#include "core/fmt/json.h"
#include "core/store/container.h"

/* One more, every text "". Borrowed from c, until the next is added. */
struct attachment *attachment_add(struct container *c, struct arena *mem);

/* All of `from`, its texts too. */
void attachment_copy(struct attachment *to, const struct attachment *from, struct arena *mem);

/* That with the network of this id, or NULL. */
struct attachment *attachment_of(const struct container *c, const char *network_id);

/* Take it out. */
void attachment_drop(struct container *c, struct attachment *a);

/* Read one --network: "NAME", or "name=NAME,alias=A,ip=…,ip6=…,mac-address=…,driver-opt=K=V".
 * `a` from attachment_add. 0 or -EINVAL with Docker's sentence.
 *
 * What an attacker controls: in a compose file or a request, the text. */
NODISCARD int attachment_parse(const char *text, struct attachment *a, struct arena *mem,
	struct err *e);

/* The caller owns the array. */
NODISCARD json_t *attachments_json(const struct container *c);

/* Append what `a` (may be NULL) holds to c->nets. 0 or -EBADMSG. */
NODISCARD int attachments_from_json(const json_t *a, struct container *c, struct arena *mem,
	struct err *e);
