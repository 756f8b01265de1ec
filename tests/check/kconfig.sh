#!/bin/sh
# kconfig.sh - the awk resolver and kconfig-frontends make the same .config of each defconfig
command -v kconfig-conf >/dev/null || { echo "no kconfig-frontends"; exit 77; }
make -s build/flags || exit 1
kconfig=build/gen/Kconfig bad=0
mkdir -p build
tmp=$(mktemp -d build/kconfig.XXXXXX)	# not /tmp: kconfig renames its result into place
trap 'rm -rf "$tmp"' EXIT
: > "$tmp/defconfig"
for d in "$tmp/defconfig" configs/*_defconfig; do
	[ -f "$d" ] || continue
	awk -f configs/kconf.awk OLD="$d" $kconfig | sort > "$tmp/ours"
	# With no answers to read: a question it still had to ask would be an error.
	how="--defconfig=$d"
	if grep -q '^# all else: n' "$d"; then
		how=--allnoconfig
		export KCONFIG_ALLCONFIG="$d"
	fi
	KCONFIG_CONFIG="$tmp/config" kconfig-conf $how $kconfig > "$tmp/log" 2>&1 < /dev/null ||
		{ cat "$tmp/log"; bad=1; }
	unset KCONFIG_ALLCONFIG
	grep -E '^(CONFIG_|# CONFIG_)' "$tmp/config" | sort > "$tmp/theirs"
	diff "$tmp/ours" "$tmp/theirs" || { echo "${d##*/} differs"; bad=1; }
done
exit $bad
