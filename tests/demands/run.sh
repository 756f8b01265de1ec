#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh CORACLE - what users of small Linux ask for, a test each; U21, U22 and U18 also in tests/faults and tests/vm.
. "$(dirname "$0")/../lib/need.sh"
need load run
need_root
need_program python3 cc
exec sh "$here/../cli/run.sh" "$CORACLE" "$here"/*.test
