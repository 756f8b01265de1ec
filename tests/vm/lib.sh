# SPDX-License-Identifier: MIT
# lib.sh - build an initramfs out of a few files, boot it, take its answers apart. Sourced by run.sh.

# vm_initrd OUT PLAN FILE=SOURCE...: /init, /plan and each FILE; nothing else is on that machine.
vm_initrd() {
	vi_out=$1 vi_plan=$2 vi_dir=$(mktemp -d "$work/initrd.XXXXXX")
	shift 2
	cp "$vi_plan" "$vi_dir/plan"
	mkdir "$vi_dir/mod"
	for vi_pair; do
		mkdir -p "$vi_dir/$(dirname "${vi_pair%%=*}")"
		cp "${vi_pair#*=}" "$vi_dir/${vi_pair%%=*}"
	done
	[ -f "$vi_dir/init" ] || cp "$work/testinit" "$vi_dir/init"
	(cd "$vi_dir" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 --reproducible) | gzip -1 > "$vi_out"
	rm -rf "$vi_dir"
}

# vm_start INITRD LOG [QEMU-OPTION]...: boot in the background; $vm_pid is qemu.
vm_start() {
	vs_initrd=$1 vs_log=$2
	shift 2
	: > "$vs_log"
	"$QEMU" -accel tcg -cpu max -m "${VM_MEMORY:-128}" -nodefaults -no-user-config -display none -no-reboot \
		-serial "file:$vs_log" -rtc "base=${VM_CLOCK:-1970-01-01T00:00:00}" -kernel "$KERNEL/vmlinuz" \
		-initrd "$vs_initrd" -append "console=ttyS0 quiet panic=-1 cgroup_no_v1=all ${VM_APPEND:-}" "$@" \
		> "$vs_log.qemu" 2>&1 < /dev/null &
	vm_pid=$!
}

# vm_wait TEXT LOG SECONDS: until TEXT is on the console, or qemu ends, or time is up.
vm_wait() {
	vw_n=0
	while [ $vw_n -lt $(($3 * 10)) ]; do
		grep -q "$1" "$2" && return 0
		kill -0 "$vm_pid" 2> /dev/null || return 1
		sleep 0.1
		vw_n=$((vw_n + 1))
	done
	return 1
}

# The power goes: no flush, no goodbye.
vm_cut() {
	kill -9 "$vm_pid" 2> /dev/null
	wait "$vm_pid" 2> /dev/null
}

# vm_run INITRD LOG SECONDS [OPTION]...: boot, wait for the end of the plan, at most so long.
vm_run() {
	vr_initrd=$1 vr_log=$2 vr_time=$3
	shift 3
	vm_start "$vr_initrd" "$vr_log" "$@"
	vm_wait '^@@ done' "$vr_log" "$vr_time"
	vr_rc=$?
	vm_cut
	return $vr_rc
}

# vm_output N LOG: what line N of the plan printed;  vm_status N LOG: how it ended (nothing: it did not).
vm_output() {
	tr -d '\r' < "$2" | awk -v n="$1" '$0 == "@@ begin " n { on = 1; next } $1 == "@@" && $2 == "end" { on = 0 } on' |
		sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}
vm_status() { tr -d '\r' < "$2" | sed -n "s/^@@ end $1 //p"; }

# vm_line TEXT PLAN: the number of the first line of the plan that contains TEXT.
vm_line() { grep -v '^#' "$2" | grep . | grep -nF -- "$1" | head -1 | cut -d: -f1; }
