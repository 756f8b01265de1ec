#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh CORACLE - kills, full disks and crowds. Bounded in time: see each file's head.
. "$(dirname "$0")/../lib/need.sh"
need load run create start stop rm ps inspect exec kill
need_root
exec sh "$here/../cli/run.sh" "$CORACLE" "$here"/*.test
