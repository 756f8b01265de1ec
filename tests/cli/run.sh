#!/bin/sh
# run.sh CORACLE [FILE.test...] - run the tests of the command line; without FILE, all beside this.
#
# POSIX sh only: it must run under BusyBox ash on the board itself. Prints TAP, exits 1
# if anything fails. Each file runs in a directory of its own with an engine of its own
# (CORACLE_ROOT, CORACLE_STATE), which is taken down afterwards, and has 600 s. Where unshare(1)
# and ip(8) are there, it has a network namespace of its own too: its bridges and rules go with it.
case $1 in
--one) one=1; shift ;;
--net) shift; ip link set lo up; exec sh "$0" --one "$@" ;;
esac
CORACLE=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
shift
n=${FIRST:-0} bad=0

# t NAME COMMAND EXPECTED_STDOUT [EXIT_STATUS]   ("*" in EXPECTED matches anything)
t() {
	got=$(eval "$2" 2>&1)
	st=$?
	n=$((n + 1))
	case "$got" in
	$3) ok=1 ;;
	*) ok=0 ;;
	esac
	[ "$st" = "${4:-0}" ] || ok=0
	if [ $ok = 1 ]; then
		echo "ok $n - $1"
		return
	fi
	bad=1
	printf '# ran: %s\n# want (%s): %s\n# got (%s): %s\n' "$2" "${4:-0}" "$3" "$st" "$got" |
		sed 's/^[^#]/#    &/'
	echo "not ok $n - $1"
}

skip() {
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

# soon COMMAND: until the shell finds it true, quietly, for a minute. A test waits for the event, not for a time.
soon() {
	soon_n=0
	until eval "$1" > /dev/null 2>&1; do
		soon_n=$((soon_n + 1))
		[ $soon_n -lt 600 ] || return 1
		sleep 0.1
	done
}

# Has process $1 ended? One that was killed a moment ago may not have.
gone() {
	! grep -q '^State:.[^ZX]' "/proc/$1/status" 2> /dev/null
}

# Leave nothing behind: containers, then what is still mounted below the directory.
take_down() {
	[ -z "${dockerd_pid:-}" ] || dockerd_stop
	[ -n "${U_CORACLE:-}" ] && left=$(u "$U_CORACLE" ps -aq 2>/dev/null) && [ -n "$left" ] &&
		u "$U_CORACLE" rm -f $left >/dev/null 2>&1	# lib/fixtures.sh: another user's
	left=$("$CORACLE" ps -aq 2>/dev/null) && [ -n "$left" ] && "$CORACLE" rm -f $left >/dev/null 2>&1
	while mnt=$(sed -n "s|^[^ ]* \($dir/[^ ]*\) .*|\1|p" /proc/mounts | tail -n 1) && [ -n "$mnt" ]; do
		umount -l "$mnt" || break
	done
	cd / && rm -rf "$dir"
}

if [ -n "${one:-}" ]; then
	dir=$(mktemp -d) && cd "$dir" || exit 1
	export CORACLE_ROOT="$dir/root" CORACLE_STATE="$dir/state"
	trap take_down EXIT
	trap 'exit 143' TERM	# its time is up: without this dash takes nothing down
	. "$1"
	echo "# end $n"
	exit $bad
fi

[ $# -gt 0 ] || set -- "$here"/*.test
deadline=
command -v timeout >/dev/null && deadline='timeout -k 60 600'
apart='' how=--one
command -v ip >/dev/null && unshare -n true 2>/dev/null && apart='unshare -n' how=--net
out=$(mktemp)
for f; do
	[ -f "$f" ] || continue
	case $f in
	/*) ;;
	*) f=$PWD/$f ;;
	esac
	echo "# $(basename "$f")"
	FIRST=$n $deadline $apart sh "$0" $how "$CORACLE" "$f" > "$out" 2>&1 || bad=1
	cat "$out"
	end=$(sed -n 's/^# end //p' "$out")
	if [ -z "$end" ]; then	# it died, hung, or called exit
		end=$(($(sed -n 's/^\(not \)*ok \([0-9]*\) .*/\2/p' "$out" | tail -n 1) + 1))
		[ "$end" -gt "$n" ] || end=$((n + 1))
		echo "not ok $end - $(basename "$f") runs to its end"
		bad=1
	fi
	n=$end
done
rm -f "$out"
echo "1..$n"
exit $bad
