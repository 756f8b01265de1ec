#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh CORACLE - the tests of the command line once more, as in a container with a stale seccomp profile: every call
# newer than Linux 4.14 is refused with EPERM, which is harder than ENOSYS, because it may also mean "you may not".
. "$(dirname "$0")/../lib/need.sh"
. "$here/../lib/oldkernel.sh"
{
	old_begin -p 1 EPERM
	old "$here"/../cli/*.test
} | old_end
