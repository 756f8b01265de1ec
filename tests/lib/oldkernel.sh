# SPDX-License-Identifier: MIT
# oldkernel.sh - sourced after need.sh by the suites that run others on an old kernel's answers (oldkernel.c).
#   old_begin FLAG ERRNO WORD    makes the filter, and the control that it answers ERRNO; WORD is what tests are marked with
#   old FILE...                  those files of tests, under the filter
#   old_end                      at the end of a pipe: one TAP plan for all
need load run exec
need_root
need_program cc
old_begin() {
	old_flag=$1 old_word=$3
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
	${CC:-cc} -std=gnu11 -O2 -static -o "$dir/oldkernel" "$here/../lib/oldkernel.c" || exit 1
	cat > "$dir/call.c" <<-'END'
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
	# The control: the filter does answer, and differs from the kernel's own word.
	old_got=$("$dir/oldkernel" $old_flag "$dir/call")
	[ "$old_got" = "$2" ] && [ "$("$dir/call")" != "$2" ] && old_ok=ok || old_ok="not ok"
	echo "$old_ok 1 - Z102 control: under the filter openat2 answers $2"
}
old() {
	"$dir/oldkernel" $old_flag sh "$here/../cli/run.sh" "$CORACLE" "$@" |
		sed "s/^\(\(not \)*ok [0-9]* - \)/\1$old_word: /"
}
old_end() {
	awk '
	/^(not )?ok / { n++; sub(/ok [0-9]+/, "ok " n); if (/^not/) bad = 1 }
	!/^1\.\.[0-9]+$/
	END { print "1.." n; exit bad }'
}
