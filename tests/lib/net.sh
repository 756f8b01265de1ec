# SPDX-License-Identifier: MIT
# net.sh - hosts, links and attackers for the tests of networks. Sourced after fixtures.sh, in a network namespace of
# the test's own (cli/run.sh).
#
#   wire ARG...           tests/lib/wire.py
#   lan                   a host 192.0.2.2 (2001:db8::2) behind our link out0, 192.0.2.1 (2001:db8::1)
#   at LAN-OR-CONTAINER CMD...   run CMD in its network namespace: "lan", or a container's name
#   seen WHERE LINK CMD   run CMD; print what came in at WHERE by LINK until the text "the-end" did
#   heard ADDR PORT CMD   run CMD; print what came to this UDP port of ours until "the-end" did
#   table                 the name of our tables of nf_tables, for `nft`
wire() { "$PYTHON" "$lib/wire.py" "$@"; }

# A network namespace is there once it is not ours any more.
other_net() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

lan() {
	unshare -n sleep 1000 &
	lan_pid=$!
	await other_net $lan_pid
	ip link add out0 type veth peer name lan0 netns $lan_pid
	ip addr add 192.0.2.1/24 dev out0 && ip -6 addr add 2001:db8::1/64 dev out0 nodad && ip link set out0 up
	at lan sh -c 'ip link set lo up; ip addr add 192.0.2.2/24 dev lan0; ip -6 addr add 2001:db8::2/64 dev lan0 nodad; ip link set lan0 up'
	out0_mac=$(ip -o link show dev out0 | sed "s/.*ether \([^ ]*\).*/\1/")
	trap 'kill $lan_pid 2> /dev/null; take_down' EXIT
}

at() {
	at_where=$1
	shift
	if [ "$at_where" = lan ]; then at_pid=$lan_pid; else at_pid=$("$CORACLE" inspect -f '{{.State.Pid}}' "$at_where"); fi
	nsenter -t "$at_pid" -n "$@"
}

wait_for() {
	await grep -q ready seen.out
	eval "$1"
	wait $seen_pid
	grep -v ready seen.out
}

seen() {
	: > seen.out
	at "$1" "$PYTHON" "$lib/wire.py" watch "$2" the-end > seen.out &
	seen_pid=$!
	wait_for "$3"
}

heard() {
	: > seen.out
	wire serve "$1" "$2" the-end > seen.out &
	seen_pid=$!
	wait_for "$3"
}

table() { nft list tables ip | awk '$3 ~ /^coracle/ { print $3 }'; }
