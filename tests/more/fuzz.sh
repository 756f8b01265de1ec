#!/bin/sh
# fuzz.sh - every parser for a few seconds of random input (S= each)
command -v clang >/dev/null || { echo "1..0 # SKIP no clang"; exit; }
n=0 bad=0
for f in tests/fuzz/fuzz_*.c; do
	t=${f#tests/fuzz/fuzz_} t=${t%.c} n=$((n + 1))
	if make -s fuzz T=$t S=${S:-5} > build/fuzz-$t.log 2>&1; then
		echo "ok $n - $t stands $(sed -n 's/^stat::number_of_executed_units: *//p' build/fuzz-$t.log) random inputs"
	else
		tail -n 40 build/fuzz-$t.log | sed 's/^/# /'
		echo "not ok $n - $t stands random inputs"
		bad=1
	fi
done
echo "1..$n"
exit $bad
