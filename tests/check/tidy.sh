#!/bin/sh
# tidy.sh - clang-tidy has nothing to say
#
# The checks are in .clang-tidy. A file is looked at again when it or a header of it changed.
command -v clang-tidy >/dev/null || { echo "no clang-tidy"; exit 77; }
make -sk CC=clang B=build/check/clang CFLAGS='-Os -g -Werror -Wno-sign-compare' objects >/dev/null 2>&1
flags=$(sed 's| / .*||; s/^[^ ]* //' build/check/clang/flags)
export flags
for o in $(find build/check/clang -name '*.o' -path '*/[ac]*' | sort); do
	src=${o#build/check/clang/} src=${src%.o}.c
	[ -f "$src" ] && ! [ "$o.tidy" -nt "$o" ] && echo "$o.tidy $src"
done | xargs -r -P 2 -n 2 sh -c '
	if clang-tidy --quiet --warnings-as-errors="*" "$2" -- $flags > "$1.out" 2>/dev/null; then
		touch "$1"
	else
		cat "$1.out"
		exit 1
	fi' sh
