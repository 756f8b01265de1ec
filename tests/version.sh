#!/bin/sh
# version.sh CORACLE - the program starts on its machine (RUN= is put in front of it), and
# is hardened as the Makefile means it to be
n=0
ok() {	# NAME COMMAND...: the command says nothing when all is well
	name=$1
	shift
	n=$((n + 1))
	said=$("$@" 2>&1)
	[ -z "$said" ] || { echo "$said" | sed 's/^/# /'; printf 'not '; }
	echo "ok $n - $name"
}
version() {
	want=$(sed -n 's/^#define CORACLE_VERSION "\(.*\)"/\1/p' build/gen/config.h)
	got=$(${RUN:-} "$1" --version)
	case $got in
	*"$want"*) ;;
	*) echo "it said: $got" ;;
	esac
}
lacks() { readelf -W "$1" "$2" | grep -q "$3" || echo "no $3 in readelf $1"; }
has() { readelf -W "$1" "$2" | grep "$3"; }
# musl's start code does relative relocations only: any other would stay undone, in silence.
relocations() { readelf -rW "$1" | grep ' R_[A-Z0-9_]* ' | grep -v -E '_(RELATIVE|NONE) '; }

ok "$(basename "$1") --version says its version" version "$1"
if command -v readelf >/dev/null; then
	ok "it is position independent" lacks -h "$1" 'DYN '
	ok "it needs no loader" has -l "$1" INTERP
	ok "its tables are read-only once relocated" lacks -l "$1" GNU_RELRO
	ok "it binds at start" lacks -d "$1" 'NOW'
	ok "its stack is not executable" has -l "$1" 'GNU_STACK.*RWE'
	ok "it has relative relocations only" relocations "$1"
fi
echo "1..$n"
