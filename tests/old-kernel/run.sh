#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh CORACLE - the tests of the command line and of the threat table once more, on an old kernel's answers.
#
# Every call newer than Linux 4.14 is refused: with ENOSYS, an old kernel's own answer, around both; and around the
# command line with EPERM too, as in a container with a stale profile, which is harder, because it may also mean
# "you may not". What the filter is: tests/lib/oldkernel.c.
. "$(dirname "$0")/../lib/need.sh"
need load run exec
need_root
need_program cc
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
${CC:-cc} -std=gnu11 -O2 -static -o "$dir/oldkernel" "$here/../lib/oldkernel.c" || exit 1
cat > "$dir/call.c" <<'END'
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
int main(void)
{
	printf("%d", (int)syscall(437, -1, "", 0, 0) < 0 ? errno : 0);
	return 0;
}
END
${CC:-cc} -o "$dir/call" "$dir/call.c" || exit 1
{
	# The control: the filter does answer, and differs from the kernel's own word.
	for want in 38 1; do
		got=$("$dir/oldkernel" $([ $want = 1 ] && echo -p) "$dir/call")
		[ "$got" = $want ] && [ "$("$dir/call")" != $want ] && ok=ok || ok="not ok"
		echo "$ok 1 - Z102 control: under the filter openat2 answers $want"
	done
	"$dir/oldkernel" sh "$here/../cli/run.sh" "$CORACLE" "$here"/../cli/*.test |
		sed 's/^\(\(not \)*ok [0-9]* - \)/\1ENOSYS: /'
	"$dir/oldkernel" -p sh "$here/../cli/run.sh" "$CORACLE" "$here"/../cli/*.test |
		sed 's/^\(\(not \)*ok [0-9]* - \)/\1EPERM: /'
	FAST=1 "$dir/oldkernel" sh "$here/../cli/run.sh" "$CORACLE" "$here"/../threats/*.test |
		sed 's/^\(\(not \)*ok [0-9]* - \)/\1ENOSYS: /'
} | awk '
	/^(not )?ok / { n++; sub(/ok [0-9]+/, "ok " n); if (/^not/) bad = 1 }
	!/^1\.\.[0-9]+$/
	END { print "1.." n; exit bad }'
