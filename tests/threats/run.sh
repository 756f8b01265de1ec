#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh CORACLE - the threat table's tests, by the runner of the command line's.
. "$(dirname "$0")/../lib/need.sh"
need load run exec create inspect logs ps rm
need_root
need_program python3 cc
exec sh "$here/../cli/run.sh" "$CORACLE" "$here"/*.test
