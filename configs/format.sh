#!/bin/sh
# format.sh - break the lines that are too long, and touch no other
style=$(sed '/^#/d; s/ColumnLimit: 0/ColumnLimit: 100/; s/\(AlignAfterOpenBracket\): .*/\1: Align/' \
	.clang-format | tr '\n' ',')
sh tests/check/lines.sh | sed -n 's/^\([^:]*\.[ch]\):\([0-9]*\): column.*/\1 \2/p' |
	awk '{ at[$1] = at[$1] " --lines=" $2 ":" $2 } END { for (f in at) print f, at[f] }' |
	while read -r f lines; do
		clang-format -i --style="{${style%,}}" $lines "$f"
	done
