#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh CORACLE - real servers in containers, and the example apps (E rows) that single commands make.
. "$(dirname "$0")/../lib/need.sh"
need load run network volume
need_root
need_program ip unshare nsenter
exec sh "$here/../cli/run.sh" "$CORACLE" "$here"/*.test
