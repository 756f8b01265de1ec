#!/bin/sh
# lines.sh - lines of 100 columns (120 in tests), functions of 100 lines and files of 800, no more
git ls-files -z '*.[ch]' '*.sh' '*.awk' Makefile | xargs -0 awk '
	function say(what) { print FILENAME ":" FNR ": " what; bad = 1 }
	FNR == 1 { if (FILENAME ~ /\.[ch]$/ && !/^\/\/ SPDX-License-Identifier: MIT$/) say("no licence line") }
	FNR == 801 { say("more than 800 lines") }
	/[ \t]$/ { say("blanks at the end") }
	FILENAME ~ /\.[ch]$/ && /^ +[^ *]/ { say("indented with blanks") }
	{
		col = 0
		line = $0
		gsub(/[\200-\277]/, "", line)	# the tail bytes of UTF-8
		m = split(line, part, "\t")
		for (i = 1; i <= m; i++) {
			col += length(part[i])
			if (i < m) col += 8 - col % 8
		}
		if (col > (FILENAME ~ /^tests/ ? 120 : 100) && FILENAME ~ /\.[ch]$/) say("column " col)
	}
	FILENAME ~ /\.c$/ && /^\{$/ { from = FNR }
	FILENAME ~ /\.c$/ && /^\}/ && from { if (FNR - from > 101) say("a function of " FNR - from - 1 " lines"); from = 0 }
	END { exit bad }'
