// SPDX-License-Identifier: MIT
/* bottom.h - ROOT/bottom: the tree below every image's layers.
 *
 * It has what a start mounts on: dev/, proc/, sys/ and empty etc/hosts, etc/hostname,
 * etc/resolv.conf. Where an image has them they are the image's; where it has not, a start would
 * make them in the container's writable layer, and its end remove them: twenty system calls and
 * a block of flash or two, each time. It is made once, and never changes. */
#pragma once

#include "core/store/store.h"

#define BOTTOM_NAME	"bottom"	/* below ROOT */

/* Is it there? It is made when it is not. False where that cannot be: then init makes what it
 * needs. One system call when it is there. */
bool bottom_ready(const struct store *st);
