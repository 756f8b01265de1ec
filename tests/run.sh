#!/bin/sh
# run.sh CORACLE LOGDIR TEST... - run test programs that print TAP, print what failed and a total.
#
# Each TEST is a program, or a script ending in .sh that is given CORACLE. What it printed
# is kept in LOGDIR. A test that ends without its plan, or short of it, is one more failure.
# A skip whose reason begins with "!" is printed too: what it needs should have been there.
# RUN= is put in front of programs (qemu). The last line is "N passed, N failed[, N skipped]".
# AGAIN=1: a TEST that failed beside the others has one more try when nothing else runs; what
# passes then is told as unsteady, a defect to look for, but not counted as failed.
lane='' again=${AGAIN:-}
unset AGAIN	# not for the tests that run tests
[ "$1" != --lane ] || { lane=1; shift; }
coracle=$1 logs=$2
shift 2
[ -z "${RUN:-}" ] || export EMULATED=1
name_of() { echo "$(basename "$(dirname "$1")")-$(basename "$1" .sh)"; }
# one TEST: run it, count, print what failed
one() {
	t=$1
	name=$(name_of "$t")
	case $t in	# all but those that call make start with descriptors 0, 1 and 2 only
	*/check/*.sh | */more/*.sh) sh "$t" "$coracle" > "$logs/$name.tap" 2>&1 ;;
	*.sh) sh "$t" "$coracle" > "$logs/$name.tap" 2>&1 3>&- 4>&- 5>&- 6>&- ;;
	*) ${RUN:-} "$t" > "$logs/$name.tap" 2>&1 3>&- 4>&- 5>&- 6>&- ;;
	esac
	st=$?
	tr -d '\0' < "$logs/$name.tap" | awk -v name="$name" -v st=$st '
		/^1\.\.0 # SKIP/ { skip++; planned = plan = 1 }
		/^1\.\.[0-9]+$/ { plan = substr($0, 4) + 0; planned = 1 }
		/^#/ { why = why $0 "\n"; next }
		/^ok .*# SKIP !/ { printf "%s: %s\n", name, $0 }
		/^ok .*# SKIP/ { skip++; why = ""; next }
		/^ok / { ok++; why = ""; next }
		/^not ok / { bad++; printf "%s: %s\n%s", name, $0, why; why = "" }
		!/^(not )?ok |^1\.\./ { why = why "  " $0 "\n" }
		END {
			if (!planned || !plan || plan != ok + bad + skip || (st && !bad)) {
				bad++
				printf "%s: ended with status %d after %d of %d tests\n%s",
					name, st, ok + bad + skip - 1, plan, why
			}
			printf "%d %d %d\n", ok, bad, skip > COUNT
		}' COUNT="$logs/$name.count"
}

if [ -n "$lane" ]; then
	for l; do
		! mkdir "$logs/$(name_of "$l").taken" 2> /dev/null || one "$l"
	done
	exit 0
fi
mkdir -p "$logs"
rm -rf "$logs"/*.tap "$logs"/*.count "$logs"/*.first "$logs"/*.again "$logs"/*.taken
# Two lanes, so that two processors are busy to the end. Those that build are all in one, one after
# the other; when they are done it goes through the rest from the end, until the lanes meet.
slow='' back=''
n=$#
while [ "$n" -gt 0 ]; do
	n=$((n - 1))
	case $1 in
	*/check/*.sh | */more/*.sh) slow="$slow $1" ;;
	*) set -- "$@" "$1"; back="$1 $back" ;;
	esac
	shift
done
# A shell starts what it leaves in the background with SIGINT and SIGQUIT ignored.
fresh=$(env --default-signal=INT,QUIT echo env --default-signal=INT,QUIT 2> /dev/null)
# shellcheck disable=SC2086
$fresh sh "$0" --lane "$coracle" "$logs" $slow $back &
sh "$0" --lane "$coracle" "$logs" "$@"
wait
rm -rf "$logs"/*.taken
if [ -n "$again" ]; then
	for t in $slow "$@"; do
		name=$(name_of "$t")
		read -r ok bad skip < "$logs/$name.count"
		[ "$bad" -gt 0 ] || continue
		mv "$logs/$name.tap" "$logs/$name.first"
		one "$t" > "$logs/$name.again"
		read -r ok bad skip < "$logs/$name.count"
		if [ "$bad" -gt 0 ]; then
			echo "$name: failed again, alone:"
			cat "$logs/$name.again"
		else
			echo "$name: unsteady: passed when it ran alone"
		fi
	done
fi
cat "$logs"/*.count | awk '{ ok += $1; bad += $2; skip += $3 }
	END { printf "%d passed, %d failed%s\n", ok, bad, skip ? ", " skip " skipped" : ""; exit bad > 0 || !ok }'
