# SPDX-License-Identifier: MIT
# fixtures.sh - what the threat, fault and user tests share. Sourced by a .test file, after cli/run.sh has
# set $CORACLE, $here and a scratch directory as the working directory.
#
#   image NAME...      make test images (tests/images) and load them into this file's own engine
#   canary             make $H, a place on the host nobody may touch, and remember how it looks; $SECRET
#   canary_same        print "same", or what changed
#   refused CMD...     print "refused" if CMD failed with exactly one line of output, else what it did
#   stored             print what the store holds: layers, what is in the making, images
#   host_state FILE    write down mounts, cgroups, sysctls of the host that a container must not change
#   ordinary           make a home for an ordinary user in ./user; then `u CMD...` runs CMD as that user, who has
#                      HOME and XDG_RUNTIME_DIR there and nothing else; $U_CORACLE is the program
#   await CMD...       run CMD until it succeeds; not for longer than a minute
#   gone PID...        true when no such process is alive; one that is dead and not waited for is not
#   host_mounts        the mounts of this machine that nobody but this test changes meanwhile
#   tool NAME          the path of a small program built from tests/lib/NAME*.c
lib=$(cd "$here/../lib" && pwd)
top=$(cd "$here/../.." && pwd)
PYTHON=${PYTHON:-$([ -f /usr/bin/python3 ] && echo /usr/bin/python3 || echo python3)} # -x is not answered under the old-kernel filter
IMAGES=${IMAGES:-$top/build/images}
export IMAGES

image() {
	for image_name; do
		case $image_name in
		hello | empty | wrongarch | nointerp) image_maker=hello ;;
		peers/*) image_maker=peers ;;
		nginx | redis | postgres) image_maker=apps ;;
		big*) image_maker=big ;;
		*) image_maker=$image_name ;;
		esac
		sh "$top/tests/images/$image_maker.sh" > /dev/null || return 1
		[ -f "$IMAGES/$image_name.tar" ] || return 1
		"$CORACLE" load -q -i "$IMAGES/$image_name.tar" > /dev/null || return 1
	done
}

tool() {
	tool_at=$top/build/lib/$1
	tool_newest=$(ls -t "$lib/$1"*.[ch] | head -1)
	if [ ! -x "$tool_at" ] || [ "$tool_newest" -nt "$tool_at" ]; then
		mkdir -p "$top/build/lib"
		${CC:-cc} -std=gnu11 -O2 -static -o "$tool_at.$$" "$lib/$1"*.c && mv "$tool_at.$$" "$tool_at" || return 1
	fi
	echo "$tool_at"
}

mktar() { "$PYTHON" "$lib/mktar.py" "$@"; }
mkimg() { "$PYTHON" "$lib/mkimg.py" "$@"; }

# probe_image NAME CONFIG ENTRY...: an image of /probe with one more layer of these mktar entries, loaded.
probe_image() {
	pi_name=$1 pi_config=$2
	shift 2
	[ -f probe-layer.tar ] || {
		mkdir -p probe-root && cp "$(tool probe)" probe-root/probe &&
			tar --format=gnu --sort=name --mtime=@1577836800 --owner=0 --group=0 -C probe-root -cf probe-layer.tar ./probe
	} || return 1
	mktar pi-layer.tar "$@" && mkimg -t "$pi_name" -c "$pi_config" -o pi.tar probe-layer.tar pi-layer.tar &&
		"$CORACLE" load -q -i pi.tar > /dev/null
}

canary() {
	canary_dir=$(mktemp -d "$PWD/canary.XXXXXX")
	chmod 755 "$canary_dir"
	SECRET=$("$PYTHON" "$lib/canary.py" make "$canary_dir")
	H=$canary_dir/host
	"$PYTHON" "$lib/canary.py" snap "$canary_dir" > "$canary_dir/before"
}

canary_same() {
	"$PYTHON" "$lib/canary.py" snap "$canary_dir" > "$canary_dir/after" &&
		diff "$canary_dir/before" "$canary_dir/after" && echo same
}

# A refusal is one line (and Docker's hint where to read more) and a status that is not success.
refused() {
	r_out=$("$@" 2>&1)
	r_st=$?
	r_lines=$(printf '%s\n' "$r_out" | grep -vc -e "^See '.* --help'\.\$" -e '^$')
	if [ $r_st != 0 ] && [ -n "$r_out" ] && [ "$r_lines" = 1 ]; then
		echo refused
	else
		echo "status $r_st, $r_lines lines: $r_out" | head -5
	fi
}

await() {
	await_end=$(($(date +%s) + 60))
	until "$@"; do
		[ "$(date +%s)" -lt $await_end ] || return 1
		sleep 0.1
	done
}

gone() {
	for gone_pid; do
		! grep -q '^State:[[:space:]]*[^ZX]' "/proc/$gone_pid/status" 2> /dev/null || return 1
	done
}

stored() {
	ls "$CORACLE_ROOT/layers/sha256" 2> /dev/null
	ls -A "$CORACLE_ROOT/tmp" 2> /dev/null
	"$CORACLE" images -qa
}

# Not what others mount at the same time below a temporary directory of theirs, or below build.
host_mounts() {
	sed 's/^[0-9]* [0-9]* //' /proc/self/mountinfo |
		awk -v d="$PWD/" -v b="$top/build/" '($3 !~ "^/tmp/" && index($3, b) != 1) || index($3, d) == 1'
}

host_state() {
	{
		host_mounts
		find /proc/sys/kernel /proc/sys/fs /proc/sys/vm /proc/sys/net/ipv4 -type f ! -name '*random*' ! -name 'ns_last_pid' \
			! -path '*/pty/*' ! -name '*-nr' ! -name '*-state' ! -path '*/fs/quota/*' ! -name 'stat_refresh' \
			! -path '*/conf/*' ! -path '*/neigh/*' ! -name 'uuid' ! -name 'tcp_mem' ! -name flush ! -name drop_caches \
			! -name compact_memory ! -name perf_event_max_sample_rate -readable -exec grep -H '' {} + 2> /dev/null
	} > "$1"
}

# An id without a name, so that nothing of the machine's is meant for it. A program may lie where only root goes.
ordinary() {
	U_ID=31337 U_CORACLE=$PWD/user/coracle
	mkdir -p user/home user/run user/work && cp "$CORACLE" user/coracle && chmod 755 user user/coracle || return 1
	u_dir=$PWD
	while [ "$u_dir" != / ]; do
		chmod o+x "$u_dir" && u_dir=$(dirname "$u_dir")
	done
	chmod 700 user/run && chown -R $U_ID:$U_ID user/home user/run user/work && u true
}
# By way of a shell: setpriv itself still has its capabilities when it looks for the program.
u() {
	setpriv --reuid $U_ID --regid $U_ID --clear-groups env -i PATH="$PATH" HOME="$PWD/user/home" \
		XDG_RUNTIME_DIR="$PWD/user/run" U_CORACLE="$U_CORACLE" IMAGES="$IMAGES" sh -c '"$@"' sh "$@"
}
