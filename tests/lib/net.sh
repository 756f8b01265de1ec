# SPDX-License-Identifier: MIT
# net.sh - hosts, links and attackers for the tests of networks. Sourced after fixtures.sh, in a network namespace of
# the test's own (cli/run.sh).
#
#   wire ARG...           tests/lib/wire.py
#   host NAME LINK OURS ITS [OURS6 ITS6]   a host NAME whose link NAME0 leads to our LINK, with these addresses
#   lan                   a host 192.0.2.2 (2001:db8::2) behind our link out0, 192.0.2.1 (2001:db8::1)
#   mac_of LINK           of a link of ours
#   at WHERE CMD...       run CMD in the network namespace of a host (above), or a container
#   seen WHERE LINK CMD   run CMD; print what came in at WHERE by LINK until the text "the-end" did
#   heard ADDR PORT CMD   run CMD; print what came to this UDP port of ours until "the-end" did
#   table                 the name of our tables of nf_tables, for `nft`
wire() { "$PYTHON" "$lib/wire.py" "$@"; }

# A network namespace is there once it is not ours any more.
other_net() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

host() { # NAME LINK OURS ITS [OURS6 ITS6]
	unshare -n sleep 1000 &
	host_pid=$!
	hosts="$hosts $host_pid"
	eval "host_$1=$host_pid"
	trap 'kill $hosts 2> /dev/null; take_down' EXIT
	await other_net $host_pid
	ip link add "$2" type veth peer name "${1}0" netns $host_pid
	ip addr add "$3" dev "$2" && ip link set "$2" up
	at "$1" sh -c "ip link set lo up; ip addr add $4 dev ${1}0; ip link set ${1}0 up"
	[ -z "$5" ] || ip -6 addr add "$5" dev "$2" nodad
	[ -z "$6" ] || at "$1" ip -6 addr add "$6" dev "${1}0" nodad
}

mac_of() { ip -o link show dev "$1" | sed 's/.*ether \([^ ]*\).*/\1/'; }

lan() {
	host lan out0 192.0.2.1/24 192.0.2.2/24 2001:db8::1/64 2001:db8::2/64
	out0_mac=$(mac_of out0)
}

at() {
	at_where=$1
	shift
	eval "at_pid=\$host_$at_where"
	[ -n "$at_pid" ] || at_pid=$("$CORACLE" inspect -f '{{.State.Pid}}' "$at_where")
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
