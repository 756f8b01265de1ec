#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh CORACLE - the tests of the command line and of the threat table once more, on an old kernel's answers:
# every call newer than Linux 4.14 is refused with ENOSYS.
. "$(dirname "$0")/../lib/need.sh"
. "$here/../lib/oldkernel.sh"
export FAST=1
{
	old_begin '' 38 ENOSYS
	old "$here"/../cli/*.test
	old "$here"/../threats/*.test
} | old_end
