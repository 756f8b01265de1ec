#!/bin/sh
# SPDX-License-Identifier: MIT
# man.sh CORACLE DIR - manual pages out of the head comments of the applets and the program's own --help.
#
# Each applet with a stanza in its head comment is a page coracle-NAME.1: the sentence behind its name, the
# paragraphs before the stanza, and the usage and options of each of its commands that this binary has.
# coracle.1 is the program's own --help.
set -eu
prog=$1 dir=$2
mkdir -p "$dir"

# Text that roff takes as it stands.
plain() { sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^\([.']\)/\\\\\&\1/"; }

# What a file's rows are called: "kill", "container prune". A row without a name of its own is its group's; those
# of a management command (no row has the applet's name) are below it.
commands() {
	awk -v name="$2" '
		/^static const struct cmd / { on = 1; next }
		on && /{ 0 }/ { exit }
		on { text = text $0 " " }
		END {
			n = split(text, row, /\},/)
			for (i = 1; i <= n; i++) {
				if (!match(row[i], /\{ *("[^"]*"|NULL)/)) continue
				own = substr(row[i], RSTART, RLENGTH); gsub(/[{ "]/, "", own)
				group = as = ""
				if (match(row[i], /\.group = "[^"]*"/)) group = substr(row[i], RSTART + 10, RLENGTH - 11)
				if (match(row[i], /\.as = "[^"]*"/)) as = substr(row[i], RSTART + 7, RLENGTH - 8)
				print own == "NULL" ? group " " as : own
			}
		}' "$1" | while read -r cmd; do
		if "$prog" $cmd --help > /dev/null 2>&1 < /dev/null; then
			echo "$cmd"
		elif "$prog" "$2" $cmd --help > /dev/null 2>&1 < /dev/null; then
			echo "$2 $cmd"
		fi
	done
}

# The paragraphs of the head comment, roff where a line stands apart.
description() {
	awk '/^ \* config / || /^ \*\// { exit } seen { sub(/^ \* ?/, ""); print } /^\/\* / { seen = 1 }' "$1" | plain |
		awk '/^$/ { if (open) print ".fi\n.RE"; open = 0; print ".PP"; next }
			/^  / { if (!open) print ".RS\n.nf"; open = 1; sub(/^  /, "") }
			!/^  / && open && !/^$/ { }
			{ print }
			END { if (open) print ".fi\n.RE" }'
}

page() {
	name=$(basename "$1" .c)
	brief=$(sed -n '2s/^\/\* [a-z]*\.c - \(.*\)/\1/p' "$1" | sed 's/\.$//; s/^[a-z, ]*: //')
	list=$(commands "$1" "$name")
	[ -n "$list" ] || return 0
	{
		printf '.TH CORACLE\\-%s 1 "" "%s"\n.SH NAME\ncoracle\\-%s \\- ' \
			"$(echo "$name" | tr a-z A-Z)" "$("$prog" --version | plain | cut -d, -f1)" "$name"
		echo "$brief" | plain
		echo .SH SYNOPSIS
		echo "$list" | while read -r cmd; do
			"$prog" $cmd --help < /dev/null | sed -n '/^Usage:/,/^$/p' | sed -e 's/^Usage: *//' -e '/^$/d' |
				sed 's/^[	 ]*//' | plain | sed 's/^\([^[]*\)/.B \1\n/;s/$/\n.br/' | sed '/^ *$/d'
		done
		echo .SH DESCRIPTION
		description "$1"
		echo "$list" | while read -r cmd; do
			"$prog" $cmd --help < /dev/null | sed -n '/^Options:/,$p' | sed 1d > "$dir/options"
			[ -s "$dir/options" ] || continue
			echo ".SH OPTIONS OF $(echo "$cmd" | tr a-z A-Z)"
			echo .nf
			plain < "$dir/options"
			echo .fi
		done
		printf '.SH SEE ALSO\n.BR coracle (1)\n'
	} > "$dir/coracle-$name.1"
	rm -f "$dir/options"
}

cd "$(dirname "$0")/.."
for f in applets/*.c applets/*/*.c; do
	! grep -q '^ \* config ' "$f" || page "$f"
done
{
	printf '.TH CORACLE 1 "" "%s"\n.SH NAME\ncoracle \\- ' "$("$prog" --version | plain | cut -d, -f1)"
	"$prog" --help < /dev/null | sed -n 4p | plain
	printf '.SH SYNOPSIS\n.B coracle\n[OPTIONS] COMMAND\n.SH DESCRIPTION\n.nf\n'
	"$prog" --help < /dev/null | sed 1,5d | plain
	printf '.fi\n.SH SEE ALSO\n'
	for f in "$dir"/coracle-*.1; do
		basename "$f" .1 | plain | sed 's/.*/.BR & (1),/'
	done | sed '$s/,$//'
} > "$dir/coracle.1"
