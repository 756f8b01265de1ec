#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh CORACLE - measure, beside the least-work program and the engines installed here, in one run.
#
# Every figure of a row is taken by turns with its peers', so what counts is the ratio; the machine's
# noise falls on all of them. Prints a Markdown table. Needs root. ROUNDS=50 DAEMONS=20 LOADS=3 LOG_MB=500
# CONTAINERS=200 PORTS=100 PORT_MB=300 ASKED=5000 change the amount;
# ONLY="run bridge ports daemon memory load ps logs dns size" picks rows.
# All of it happens in a network namespace of its own, the peers too.
if [ -z "${BENCH_NET:-}" ] && command -v ip > /dev/null && unshare -n true 2> /dev/null; then
	BENCH_NET=own exec unshare -n sh "$0" "$@"
fi
[ -z "${BENCH_NET:-}" ] || ip link set lo up
CORACLE=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
IMAGES=${IMAGES:-$top/build/images}
ROUNDS=${ROUNDS:-50} DAEMONS=${DAEMONS:-20} LOADS=${LOADS:-3} LOG_MB=${LOG_MB:-500} CONTAINERS=${CONTAINERS:-200} ASKED=${ASKED:-5000}
PORTS=${PORTS:-100} PORT_MB=${PORT_MB:-300}
ONLY=${ONLY:-run bridge ports daemon memory load ps logs dns size}
[ "$(id -u)" = 0 ] || { echo "bench: needs root" >&2; exit 77; }
# shellcheck source=../lib/dockerd.sh
. "$top/tests/lib/dockerd.sh"
dir=$(mktemp -d "$top/build/bench.XXXXXX") || exit 1
export CORACLE_ROOT="$dir/root" CORACLE_STATE="/run/coracle-bench.$$"

finish() {
	left=$("$CORACLE" ps -aq 2> /dev/null) && [ -n "$left" ] && "$CORACLE" rm -f $left > /dev/null 2>&1
	dockerd_stop
	rm -rf "$dir" "$CORACLE_STATE"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP
wants() { case " $ONLY " in *" $1 "*) ;; *) return 1 ;; esac; }
say() { echo "bench: $*" >&2; }

# row WHAT OURS THEIRS GOAL: one line of the table.
row() { printf '| %s | %s | %s | %s |\n' "$@" >> "$dir/table"; }
# of NAME FILE: the median of NAME;  ratio A B: A / B
of() { awk -v n="$1" '$1 == n { print $2 }' "$2"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (a + 0 && b + 0) printf "%.2f", a / b; else printf "?" }'; }
seconds() { date +%s.%N; }
span() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", b - a }'; }
pss() { for p; do awk '/^Pss:/ { print $2 }' "/proc/$p/smaps_rollup" 2> /dev/null; done | awk '{ s += $1 } END { print s + 0 }'; }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

cc=${CC:-cc}
$cc -std=gnu11 -O2 -static -o "$dir/least" "$here/least.c" || exit 1
$cc -std=gnu11 -O2 -o "$dir/interleave" "$here/interleave.c" || exit 1
"$top/tests/images/busybox.sh" && "$top/tests/images/probe.sh" || exit 1
for image in busybox probe; do
	"$CORACLE" load -q -i "$IMAGES/$image.tar" > /dev/null || exit 1
done
[ -z "${BENCH_NET:-}" ] || dockerd_net='--bip 172.30.0.1/16'	# a bridge and a firewall of its own
if dockerd_start "$dir/docker"; then
	for image in busybox probe; do $DOCKER load -q -i "$IMAGES/$image.tar" > /dev/null; done
else
	say "no docker in the table: $dockerd_why"
	DOCKER=''
fi

# A bundle for crun and runc with the same files, and the layer for the least-work program.
# shellcheck source=../images/lib.sh
bundle() {
	mkdir -p "$dir/lower" "$dir/scratch" "$dir/bundle"
	layer=$(tar tf "$IMAGES/busybox.tar" | grep 'layer.tar$')
	tar xOf "$IMAGES/busybox.tar" "$layer" | tar x -C "$dir/lower"
	command -v runc > /dev/null || return 0
	(cd "$dir/bundle" && runc spec) &&
		sed -i -e 's/"terminal": true/"terminal": false/' -e 's|"rootfs"|"'"$dir/lower"'"|' \
			-e 's|"sh"|"/bin/true"|' "$dir/bundle/config.json"
}
bundle

bench_run() {
	set -- "$ROUNDS" least "$dir/least $dir/lower $dir/scratch /bin/true" \
		least-cgroups "$dir/least -g $dir/lower $dir/scratch /bin/true" \
		coracle "$CORACLE run --rm --network none busybox true"
	# crun refuses hybrid cgroups with a controller in v2: show it the v1 half only.
	unshare -m sh -c 'umount /sys/fs/cgroup/unified 2> /dev/null; exec sleep 600' &
	view=$!
	sleep 1
	! command -v crun > /dev/null ||
		set -- "$@" crun "@/proc/$view/ns/mnt crun --cgroup-manager=disabled run -b $dir/bundle bench-crun"
	! command -v runc > /dev/null || set -- "$@" runc "runc run -b $dir/bundle bench-runc"
	"$dir/interleave" "$@" > "$dir/run" || return
	kill "$view"
	cat "$dir/run" >&2
	peers=''
	if [ -n "$DOCKER" ]; then
		"$dir/interleave" $((ROUNDS / 5 + 1)) least-d "$dir/least $dir/lower $dir/scratch /bin/true" \
			docker "$DOCKER run --rm --network none busybox true" >> "$dir/run"
	fi
	for p in least least-cgroups crun runc docker; do
		t=$(of $p "$dir/run")
		[ -z "$t" ] || [ "$t" = - ] || peers="$peers${peers:+, }$p $t ms"
	done
	ours=$(of coracle "$dir/run")
	row '`run --rm --network none IMAGE true`' "$ours ms = $(ratio "$ours" "$(of least "$dir/run")") × least" "$peers" '≤ 2 × least'
}

# The same on the default bridge.
bench_bridge() {
	[ "${BENCH_NET:-}" = own ] || { say 'no bridge in the table: no network namespace of its own'; return; }
	ip link add least0 type bridge && ip addr add 172.31.0.1/16 dev least0 && ip link set least0 up
	"$dir/interleave" "$ROUNDS" least "$dir/least -n least0 $dir/lower $dir/scratch /bin/true" \
		coracle "$CORACLE run --rm busybox true" > "$dir/bridge" || return
	[ -z "$DOCKER" ] || "$dir/interleave" $((ROUNDS / 5 + 1)) docker "$DOCKER run --rm busybox true" >> "$dir/bridge"
	cat "$dir/bridge" >&2
	ours=$(of coracle "$dir/bridge") theirs=$(of docker "$dir/bridge")
	row '`run --rm IMAGE true` on the default bridge' "$ours ms = $(ratio "$ours" "$(of least "$dir/bridge")") × least" \
		"least $(of least "$dir/bridge") ms${theirs:+, docker $theirs ms}" '≤ 2 × least'
}

# Containers with a published port each, and a host beyond a veth that asks the first and the last of them.
bench_ports() {
	[ "${BENCH_NET:-}" = own ] || { say 'no ports in the table: no network namespace of its own'; return; }
	unshare -n sleep 3000 &
	far=$!
	until [ "$(readlink /proc/$far/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
	ip link add up0 type veth peer name up1 netns $far && ip addr add 198.18.0.1/24 dev up0 && ip link set up0 up
	nsenter -t $far -n sh -c 'ip addr add 198.18.0.2/24 dev up1; ip link set up1 up'
	fetch() { nsenter -t $far -n busybox wget -qO "$2" "http://198.18.0.1:$1/big"; }
	base=20000
	for engine in coracle docker; do
		case $engine in
		coracle) cmd=$CORACLE ;;
		docker) cmd=$DOCKER ;;
		esac
		[ -n "$cmd" ] || continue
		serve="mkdir /w; dd if=/dev/zero of=/dev/shm/big bs=1M count=$PORT_MB 2> /dev/null; ln -s /dev/shm/big /w/big; exec httpd -f -p 80 -h /w"
		n=1
		: > "$dir/port-ids"
		start=$(seconds)
		while [ $n -le "$PORTS" ]; do
			do=true
			case $n in 1 | "$PORTS") do=$serve ;; esac
			$cmd run -d --shm-size 1g -p $((base + n)):80 busybox sh -c "$do; exec sleep 3000" >> "$dir/port-ids" || break
			n=$((n + 1))
		done
		span "$start" "$(seconds)" > "$dir/ports-$engine"
		for port in $((base + 1)) $((base + PORTS)); do until fetch $port /dev/null 2> /dev/null; do sleep 0.1; done; done
		for k in 1 2 3; do
			for port in $((base + 1)) $((base + PORTS)); do
				start=$(seconds)
				fetch $port /dev/null
				echo "$engine-$((port - base)) $(span "$start" "$(seconds)")" >> "$dir/fetch"
			done
		done
		[ $engine = docker ] || { bench_monitors "$dir/port-ids" > "$dir/port-pss"; }
		$cmd rm -f $(cat "$dir/port-ids") > /dev/null
		base=$((base + 1000))
	done
	kill $far
	mbps() { awk -v w="$1" -v mb="$PORT_MB" '$1 == w && (!b || $2 < b) { b = $2 } END { if (b) printf "%.0f", mb / b; else printf "?" }' "$dir/fetch"; }
	row "$PORTS containers with a published port each, in a row" "$(cat "$dir/ports-coracle") s" \
		"docker $(cat "$dir/ports-docker" 2> /dev/null) s" '≤ 1.5 s for 100'
	row 'TCP through the last published port, from another host' \
		"$(mbps "coracle-$PORTS") MB/s = $(ratio "$(mbps "coracle-$PORTS")" "$(mbps coracle-1)") × the first's" \
		"docker $(mbps "docker-$PORTS") MB/s: $(ratio "$(mbps "coracle-$PORTS")" "$(mbps "docker-$PORTS")") × docker" "the first's, ≥ 1.0 × docker"
	row 'memory of a monitor with a published port' "$(cat "$dir/port-pss") KB PSS" '' '≤ 300 KB PSS'
}

# bench_monitors FILE: what the monitors of the containers whose ids are in FILE have, on average.
bench_monitors() {
	set -- $(while read -r id; do awk '/^PPid:/ { print $2 }' "/proc/$("$CORACLE" inspect -f '{{.State.Pid}}' "$id")/status"; done < "$1")
	echo $(($(pss "$@") / $#))
}

# Start N detached containers one after the other; the time of each is what a user waits.
bench_daemon() {
	for engine in coracle docker; do
		case $engine in
		coracle) cmd=$CORACLE ;;
		docker) cmd=$DOCKER ;;
		esac
		[ -n "$cmd" ] || continue
		n=0
		: > "$dir/ids-$engine"
		start=$(seconds)
		while [ $n -lt "$DAEMONS" ]; do
			$cmd run -d --network none busybox sleep 1000 >> "$dir/ids-$engine" || break
			n=$((n + 1))
		done
		span "$start" "$(seconds)" | awk -v n="$n" '{ if (n) printf "%.1f\n", $1 * 1000 / n }' > "$dir/daemon-$engine"
		[ "$n" = "$DAEMONS" ] || say "$engine started $n of $DAEMONS"
	done
	ours=$(cat "$dir/daemon-coracle") theirs=$(cat "$dir/daemon-docker" 2> /dev/null)
	row "\`run -d\`, $DAEMONS in a row" "$ours ms each" "docker $theirs ms each" '≤ 10 ms each'
}

# With the containers of bench_daemon still there: what each costs beside its own process.
bench_memory() {
	monitors=''
	while read -r id; do
		pid=$("$CORACLE" inspect -f '{{.State.Pid}}' "$id")
		monitors="$monitors $(awk '/^PPid:/ { print $2 }' "/proc/$pid/status")"
	done < "$dir/ids-coracle"
	# shellcheck disable=SC2086
	set -- $monitors
	mine=$(pss "$@")
	one=$(pss "$1")
	shims=0 n=0
	for p in /proc/[0-9]*; do
		case $({ tr '\0' ' ' < "$p/cmdline"; } 2> /dev/null) in
		*containerd-shim*"$dir/docker"*) shims=$((shims + $(pss "${p#/proc/}"))) n=$((n + 1)) ;;
		esac
	done
	row 'memory a running container costs beside its own' \
		"monitor $((mine / $#)) KB PSS (the first of $#: $one KB)" "containerd-shim $([ $n = 0 ] || echo $((shims / n))) KB PSS" '≤ 300 KB PSS'
	"$CORACLE" rm -f $(cat "$dir/ids-coracle") > /dev/null
	[ ! -s "$dir/ids-docker" ] || $DOCKER rm -f $(cat "$dir/ids-docker") > /dev/null
	left=$(pgrep -f "^$CORACLE" | wc -l)
	daemon=''
	if [ -n "$DOCKER" ]; then
		main=$(cat "$dir/docker/pid")
		daemon="dockerd and containerd $(pss "$main" $(pgrep -P "$main")) KB PSS"
	fi
	row 'memory with no container' "$left processes, 0 KB" "$daemon" 0
}

bench_load() {
	"$top/tests/images/big.sh" || return
	for file in big.tar big-oci-gz.tar; do
		: > "$dir/load"
		n=0
		while [ $n -lt "$LOADS" ]; do
			n=$((n + 1))
			mkdir "$dir/plain"
			s=$(seconds)
			tar x -C "$dir/plain" -f "$IMAGES/big-layer.tar"
			echo "tar $(span "$s" "$(seconds)")" >> "$dir/load"
			rm -rf "$dir/plain"
			s=$(seconds)
			"$CORACLE" load -q -i "$IMAGES/$file" > /dev/null || say "load of $file failed"
			echo "coracle $(span "$s" "$(seconds)")" >> "$dir/load"
			"$CORACLE" rmi -f big:latest big:gz > /dev/null 2>&1
			[ -n "$DOCKER" ] && [ $file = big.tar ] || continue
			s=$(seconds)
			$DOCKER load -q -i "$IMAGES/$file" > /dev/null
			echo "docker $(span "$s" "$(seconds)")" >> "$dir/load"
			$DOCKER rmi big:latest > /dev/null 2>&1
		done
		for who in tar coracle docker; do
			eval "t_$who=\$(awk -v w=$who '\$1 == w { print \$2 }' "$dir/load" | median)"
		done
		row "\`load\`, 217 MB and 7,500 files ($file)" "$t_coracle s = $(ratio "$t_coracle" "$t_tar") × tar" \
			"tar x $t_tar s${t_docker:+, docker $t_docker s}" '≤ 1.25 × tar x'
	done
}

bench_ps() {
	n=0
	: > "$dir/ids"
	while [ $n -lt "$CONTAINERS" ]; do
		"$CORACLE" create --network none busybox sleep 1000 >> "$dir/ids" || break
		n=$((n + 1))
	done
	"$CORACLE" start $(head -20 "$dir/ids") > /dev/null
	set -- 20 coracle-ps-a "$CORACLE ps -a" coracle-ps "$CORACLE ps"
	if [ -n "$DOCKER" ]; then
		m=0
		while [ $m -lt "$CONTAINERS" ]; do
			$DOCKER create --network none busybox true > /dev/null || break
			m=$((m + 1))
		done
		set -- "$@" docker-ps-a "$DOCKER ps -a"
	fi
	"$dir/interleave" "$@" > "$dir/ps"
	cat "$dir/ps" >&2
	"$CORACLE" rm -f $(cat "$dir/ids") > /dev/null
	[ -z "$DOCKER" ] || $DOCKER rm -f $($DOCKER ps -aq) > /dev/null
	row "\`ps -a\` with $n containers (20 running)" "$(of coracle-ps-a "$dir/ps") ms (\`ps\`: $(of coracle-ps "$dir/ps") ms)" \
		"docker $(of docker-ps-a "$dir/ps") ms" '≤ 5 ms'
}

# The whole way: lines out of the container's pipe, into the log on disk, until the container has ended.
bench_logs() {
	bytes=$((LOG_MB * 1000000))
	for engine in coracle docker coracle docker; do
		case $engine in
		coracle) cmd=$CORACLE ;;
		docker) cmd=$DOCKER ;;
		esac
		[ -n "$cmd" ] || continue
		s=$(seconds)
		id=$($cmd run -d --network none --log-opt max-size=2g --log-opt max-file=1 probe do lines $bytes 80) || continue
		$cmd wait "$id" > /dev/null
		echo "$engine $(span "$s" "$(seconds)")" >> "$dir/logs"
		s=$(seconds)
		got=$($cmd logs "$id" | wc -c)
		echo "$engine-read $(span "$s" "$(seconds)")" >> "$dir/logs"
		[ "$got" = $bytes ] || say "$engine kept $got of $bytes bytes"
		$cmd rm "$id" > /dev/null
	done
	rate() { awk -v w="$1" -v mb="$LOG_MB" '$1 == w && (!b || $2 < b) { b = $2 } END { if (b) printf "%.0f", mb / b; else printf "?" }' "$dir/logs"; }
	row "container output to \`logs\` ($LOG_MB MB of lines)" \
		"$(rate coracle) MB/s = $(ratio "$(rate coracle)" "$(rate docker)") × docker" "docker $(rate docker) MB/s" '≥ 2 × docker'
	row "\`logs\` of it read back" "$(rate coracle-read) MB/s = $(ratio "$(rate coracle-read)" "$(rate docker-read)") × docker" \
		"docker $(rate docker-read) MB/s" ''
}

# What 127.0.0.11 takes for a name, asked from inside, by turns.
bench_dns() {
	if [ "${BENCH_NET:-}" != own ]; then
		say 'no DNS in the table: no network namespace of its own'
		return
	fi
	$cc -std=gnu11 -O2 -static -o "$dir/ask" "$here/ask.c" || return
	for engine in coracle docker; do
		cmd=$([ $engine = docker ] && echo "$DOCKER" || echo "$CORACLE")
		[ -n "$cmd" ] || continue
		$cmd network create bench-dns > /dev/null &&
			$cmd run -d --name bench-asked --network bench-dns busybox sleep 1000 > /dev/null &&
			$cmd run -d --name bench-asks --network bench-dns -v "$dir/ask:/ask:ro" busybox sleep 1000 > /dev/null ||
			return
	done
	for turn in 1 2 3 4 5; do
		"$CORACLE" exec bench-asks /ask "$ASKED" bench-asked >> "$dir/dns-coracle"
		[ -z "$DOCKER" ] || $DOCKER exec bench-asks /ask "$ASKED" bench-asked >> "$dir/dns-docker"
	done
	"$CORACLE" rm -f bench-asked bench-asks > /dev/null
	[ -z "$DOCKER" ] || $DOCKER rm -f bench-asked bench-asks > /dev/null
	ours=$(median < "$dir/dns-coracle") theirs=''
	[ ! -s "$dir/dns-docker" ] || theirs=$(median < "$dir/dns-docker")
	row "a name by 127.0.0.11, asked $ASKED times from inside" \
		"$ours µs${theirs:+ = $(ratio "$ours" "$theirs") × docker}" "docker $theirs µs" '≤ docker'
}

bench_size() {
	sum=0
	for f in /usr/bin/docker /usr/sbin/dockerd /usr/bin/containerd /usr/bin/containerd-shim-runc-v2 /usr/sbin/runc \
		/usr/bin/docker-proxy /usr/sbin/docker-proxy /usr/bin/docker-init /usr/sbin/docker-init /usr/bin/tini-static; do
		[ ! -f "$f" ] || sum=$((sum + $(stat -c %s "$f")))
	done
	row 'the binary, all of it' "$(($(stat -c %s "$CORACLE") / 1000)) KB" "docker's programs $((sum / 1000000)) MB" '≤ 700 KB'
}

for part in run bridge ports daemon memory load ps logs dns size; do
	wants $part || continue
	say "$part"
	bench_$part
done
echo "| work | coracle | peers, same run | goal |"
echo "|---|---|---|---|"
cat "$dir/table"
