#!/bin/sh
# zeros.sh - no constant of nothing but zeros takes room in the program's file
#
# A buffer of zeros that is not const takes none.
make -s build/coracle.debug || exit 1
nm -S build/coracle.debug | awk 'length($2) == 16 && $3 ~ /^[rR]$/ && $2 >= "0000000000000200"' |
	while read -r at size _ name; do
		# What is only read lies in the file where it lies in memory.
		[ -n "$(od -An -v -tx1 -j $((0x$at)) -N $((0x$size)) build/coracle.debug | tr -d ' 0\n' | head -c 1)" ] ||
			echo "$name: $((0x$size)) bytes"
	done | grep . && exit 1
exit 0
