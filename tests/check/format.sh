#!/bin/sh
# format.sh - clang-format agrees with the blanks within each statement
#
# Where a line breaks is the author's: a table stays a table. So both texts are cut into
# statements, with every run of blanks as one, before they are compared.
command -v clang-format >/dev/null || { echo "no clang-format"; exit 77; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
statements() {
	sed 's/[ \t]*\\$//' | tr '\n\t' '  ' |
		sed 's/  */ /g; s/ *: */:/g; s/; \([;)]\)/;\1/g; s/{ \./{./g; s/} \* */} */g; s/ (\*/(*/g; s/[;{}] /&\n/g; s/, /,\n/g'
}
for f in $(git ls-files '*.[ch]'); do
	statements < "$f" > "$tmp/is"
	clang-format "$f" | statements > "$tmp/should"
	cmp -s "$tmp/is" "$tmp/should" && continue
	echo "$f: (< as it is, > as it should be)"
	diff "$tmp/is" "$tmp/should" | grep '^[<>]'
	bad=1
done
exit ${bad:-0}
