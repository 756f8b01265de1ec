# SPDX-License-Identifier: MIT
# dockerd.sh - the installed Docker engine as a witness: started by hand on a root of its own, sourced by tests.
#
#   dockerd_start DIR   start it below DIR; sets DOCKER (a command prefix); returns 1 with a reason in
#                       $dockerd_why when it cannot be had; one that begins with "!" is a skip that
#                       tests/run.sh prints, because the machine was meant to have it
#   dockerd_stop        end it and what it left mounted below DIR
#
# It touches no bridge and no firewall, so its containers need --network none or host; who has a network
# namespace of his own sets $dockerd_net to other options than these.

dockerd_start() {
	dockerd_dir=$1 dockerd_why=''
	dockerd_client=$([ -x /usr/bin/docker ] && echo /usr/bin/docker || command -v docker) ||
		{ dockerd_why='no docker client'; return 1; }
	command -v dockerd > /dev/null || { dockerd_why='no dockerd'; return 1; }
	[ "$(id -u)" = 0 ] || { dockerd_why='not root'; return 1; }
	# A filter on us is a filter on it: it would be no witness.
	[ -z "$CORACLE_OLD_KERNEL" ] || { dockerd_why='under the old-kernel filter'; return 1; }
	mkdir -p "$dockerd_dir"
	DOCKER="$dockerd_client -H unix://$dockerd_dir/sock"
	# It gives up when its containerd is not there in 15 s: a busy machine may need another try.
	dockerd_once || dockerd_once || dockerd_once
}

dockerd_once() {
	dockerd_why=''
	setsid dockerd --data-root "$dockerd_dir/data" --exec-root "$dockerd_dir/exec" -H "unix://$dockerd_dir/sock" \
		--pidfile "$dockerd_dir/pid" ${dockerd_net:---bridge=none --iptables=false} > "$dockerd_dir/log" 2>&1 < /dev/null &
	dockerd_pid=$!
	dockerd_n=0
	until $DOCKER version > /dev/null 2>&1; do
		dockerd_n=$((dockerd_n + 1))
		if [ $dockerd_n -gt 300 ] || ! kill -0 $dockerd_pid 2> /dev/null; then
			dockerd_why="! dockerd did not come up: $(tail -1 "$dockerd_dir/log")"
			dockerd_stop
			return 1
		fi
		sleep 0.2
	done
}

dockerd_stop() {
	[ -n "$dockerd_pid" ] || return 0
	dockerd_main=$(cat "$dockerd_dir/pid" 2> /dev/null || echo "$dockerd_pid")
	kill "$dockerd_main" 2> /dev/null
	dockerd_n=0
	while kill -0 "$dockerd_main" 2> /dev/null && [ $dockerd_n -lt 600 ]; do
		sleep 0.1
		dockerd_n=$((dockerd_n + 1))
	done
	rm -f "$dockerd_dir/pid"
	dockerd_pid=''
	# shellcheck disable=SC2013
	for dockerd_m in $(awk -v d="$dockerd_dir/" 'index($2, d) == 1 { print $2 }' /proc/mounts | sort -r); do
		umount -l "$dockerd_m" 2> /dev/null
	done
	return 0
}
