#!/bin/sh
# runner.sh - tests/run.sh runs each test once, counts failures, and AGAIN=1 forgives only what passes alone
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/t"
printf 'echo 1..1; echo ok 1 - fine\n' > "$dir/t/good.sh"
printf 'echo 1..2; echo ok 1 - fine; echo not ok 2 - broken\n' > "$dir/t/bad.sh"
printf 'echo 1..1; [ -e %s ] && echo ok 1 - late && exit; : > %s; echo not ok 1 - late; exit 1\n' \
	"$dir/seen" "$dir/seen" > "$dir/t/late.sh"
st=0
# try WANT AGAIN NAME...: the last line is WANT, and the exit status says whether something failed.
try() {
	want=$1 again=$2
	shift 2
	rm -f "$dir/seen"
	AGAIN=$again sh tests/run.sh ./coracle "$dir/log" $(printf "$dir/t/%s.sh " "$@") > "$dir/out" 2>&1
	got="$? $(tail -n 1 "$dir/out")"
	[ "$got" = "$want" ] || { echo "AGAIN=$again $*: want '$want', got '$got'"; st=1; }
}
try '0 1 passed, 0 failed' '' good
try '1 1 passed, 1 failed' '' good late
try '1 2 passed, 1 failed' 1 good bad
try '0 2 passed, 0 failed' 1 good late
grep -q '^t-late: unsteady' "$dir/out" || { echo "it is not told what was unsteady"; st=1; }
try '1 3 passed, 1 failed' 1 good late bad
# Two lanes, from both ends: each test is run, and once.
for i in 1 2 3 4 5 6 7 8 9; do
	printf 'echo 1..1; echo %s >> %s; echo ok 1 - fine\n' $i "$dir/ran" > "$dir/t/n$i.sh"
done
try '0 9 passed, 0 failed' '' n1 n2 n3 n4 n5 n6 n7 n8 n9
[ "$(sort "$dir/ran" | tr -d '\n')" = 123456789 ] || { echo "not each once: $(cat "$dir/ran")"; st=1; }
exit $st
