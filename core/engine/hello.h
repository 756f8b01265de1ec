// SPDX-License-Identifier: MIT
/* hello.h - the built-in hello-world image.
 *
 * Its one file is a tiny static program carried inside this one, so that the first thing a
 * person tries works with no network and nothing else on the host. */
#pragma once

#include "core/base/err.h"
#include "core/store/store.h"

#define HELLO_NAME "docker.io/library/hello-world:latest"

/* Is this text a name of that image? ("hello-world", "hello-world:latest", …) */
bool hello_is(const char *text);

/* Make the image when no image has its name. 0 or -errno. */
NODISCARD int hello_ensure(struct store *st, struct err *e);

/* The program (core/engine/hello/), made into bytes by the Makefile. */
extern const unsigned char hello_elf[];
extern const size_t hello_elf_len;
