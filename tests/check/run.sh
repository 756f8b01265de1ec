#!/bin/sh
# run.sh [CORACLE [NAME...]] - run the checks beside this file, print TAP.
#
# A check is a script NAME.sh whose second line is "# NAME.sh - the sentence that must hold".
# It runs at the top of the tree, prints what is wrong and exits 1; 77 means it could not run.
cd "$(dirname "$0")/../.." || exit 1
[ $# = 0 ] || shift
[ $# -gt 0 ] || set -- $(ls tests/check | sed -n '/^run\.sh$/d; s/\.sh$//p')
n=0 bad=0
out=$(mktemp)
for c; do
	n=$((n + 1))
	sentence="$c: $(sed -n '2s/^[^-]* - //p' "tests/check/$c.sh")"
	nice sh "tests/check/$c.sh" > "$out" 2>&1	# others, beside it, have clocks to meet
	case $? in
	0) echo "ok $n - $sentence" ;;
	77) echo "ok $n - $sentence # SKIP $(tail -n 1 "$out")" ;;
	*)
		sed 's/^/# /' "$out"
		echo "not ok $n - $sentence"
		bad=1
		;;
	esac
done
rm -f "$out"
echo "1..$n"
exit $bad
