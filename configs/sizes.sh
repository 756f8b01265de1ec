#!/bin/sh
# sizes.sh OBJECT... - write what each applet costs into its Kconfig prompt.
#
# The program is linked without the applet; --gc-sections then drops all that only it used.
# LINK and END are the Makefile's.
bytes() { size "$1" | awk 'NR == 2 { print $1 + $2 }'; }
link() { $LINK -o build/sizes "$@" $END; }

link "$@" || exit 1
whole=$(bytes build/sizes)
for o; do
	src=${o#build/} src=${src%.o}.c name=$(basename "$o" .o)
	[ -f "$src" ] && grep -q "^const struct applet ${name}_applet = {" "$src" || continue
	grep -q '^ \* config ' "$src" || continue
	rest=
	for r; do [ "$r" = "$o" ] || rest="$rest $r"; done
	link $rest -Wl,--defsym=${name}_applet=0 || exit 1
	cost=$(((whole - $(bytes build/sizes) + 512) / 1024))
	[ $cost -gt 0 ] || cost=1
	sed -i "1,/^ \*\//s/^\( \*	bool \"[^\"(]*[^\" (]\)\( ([0-9]* kB)\)*\"/\1 ($cost kB)\"/" "$src"
	echo "$name $cost kB"
done
rm -f build/sizes
