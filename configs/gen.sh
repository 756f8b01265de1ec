#!/bin/sh
# gen.sh VERSION FILE... - write build/gen/{Kconfig,config.h,version.h,objects.mk,applets.h} and
# .config.
#
# Runs at the start of every make, so a file that came, went or changed its stanza is seen
# whatever its date. A result that did not change keeps its date: nothing is rebuilt for it.
set -eu
version=$1
shift
gen=build/gen
here=$(dirname "$0")
mkdir -p $gen

put() {	# FILE: take stdin as the new content, touch the file only when it differs
	cat > "$1.new"
	if cmp -s "$1.new" "$1"; then rm "$1.new"; else mv "$1.new" "$1"; fi
}

awk -f "$here/stanzas.awk" -v LIST=$gen/files "$here/Kconfig" "$@" | put $gen/Kconfig
if [ ! -f .config ] || [ $gen/Kconfig -nt .config ]; then
	awk -f "$here/kconf.awk" OLD=.config $gen/Kconfig > .config.new
	mv .config.new .config
fi
awk -f "$here/kconf.awk" MODE=header OLD=.config VERSION="$version" $gen/Kconfig | put $gen/config.h
echo "#define CORACLE_BUILD \"$(git rev-parse --short=7 HEAD 2>/dev/null || echo unknown)\"" |
	put $gen/version.h

# A file without a stanza is always built; one with is built when its symbol is y.
awk 'NR == FNR { if (sub(/^CONFIG_/, "") && sub(/=y$/, "")) on[$0] = 1; next }
	!$2 || ($2 in on) { print "SRCS += " $1 }' .config $gen/files | put $gen/objects.mk

sed -n 's/^SRCS += \(applets\/.*\)/\1/p' $gen/objects.mk |
	xargs sed -n 's/^const struct applet \([a-z0-9_]*\)_applet = {$/APPLET(\1)/p' |
	sort | put $gen/applets.h
