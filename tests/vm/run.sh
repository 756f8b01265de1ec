#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh CORACLE - a machine with nothing on it: Debian's kernel, an initramfs of coracle and an image or two.
#
# Four machines under qemu (no KVM), about a minute: one that answers a plan line by line (rootfs that cannot be
# pivoted, pure cgroup v2, no /etc, no /tmp, the year 1970, 128 MB), one whose first process is coracle itself, and
# one whose power is cut again and again while it writes to a disk. Only what stands on the serial line counts.
. "$(dirname "$0")/../lib/need.sh"
need load run exec ps logs inspect rm
need_program qemu-system-x86_64 cpio mkfs.ext4 cc
[ "$(uname -m)" = x86_64 ] || skip_all "the kernel is for x86-64"
top=$(cd "$here/../.." && pwd)
IMAGES=${IMAGES:-$top/build/images} KERNEL=$top/build/vm QEMU=qemu-system-x86_64
PATH=$PATH:/usr/sbin:/sbin
. "$here/lib.sh"
why=$(sh "$here/kernel.sh" "$KERNEL") || skip_all "$why"
work=$(mktemp -d "$top/build/vm.XXXXXX")
vm_pid=''
trap '[ -z "$vm_pid" ] || kill -9 $vm_pid 2> /dev/null; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
${CC:-cc} -std=gnu11 -O2 -static -s -o "$work/testinit" "$here/testinit.c" || exit 1
for maker in busybox probe hello; do sh "$top/tests/images/$maker.sh" > /dev/null || exit 1; done
modules=$(for m in "$KERNEL"/mod/*.ko; do echo "mod/$(basename "$m")=$m"; done)

n=0 bad=0
# t NAME GOT WANT: as the command line's tests, but the text is there already. WANT is a pattern.
t() {
	n=$((n + 1))
	case $2 in
	$3) echo "ok $n - $1" ;;
	*)
		bad=1
		printf '%s\n' "want: $3" "got: $2" | sed 's/^/# /'
		echo "not ok $n - $1"
		;;
	esac
}
# p NAME TEXT WANT [STATUS]: the plan's line with TEXT printed WANT and ended with STATUS.
p() {
	p_n=$(vm_line "$2" "$plan")
	[ -n "$p_n" ] || { t "$1" "no line '$2' in the plan" -; return; }
	p_st=$(vm_status "$p_n" "$log")
	p_out=$(vm_output "$p_n" "$log")
	t "$1" "${p_st:-did not end}: $p_out" "${4:-0}: $3"
}

# --- a bare machine ---------------------------------------------------------
plan=$here/bare.plan log=$work/bare.log
gzip -1 -c "$IMAGES/probe.tar" > "$work/probe.tar.gz"
vm_initrd "$work/bare.gz" "$plan" coracle="$CORACLE" img/busybox.tar="$IMAGES/busybox.tar" \
	img/probe.tar="$work/probe.tar.gz" secret="$here/bare.plan" $modules
vm_run "$work/bare.gz" "$log" 240
t "U18 the plan comes to its end on a bare machine" "$(tail -3 "$log" | grep -c '^@@ done')" 1
p "U31 control: the clock stands at 1970" .clock '[0-9]*'
. "$here/bare.checks"

# --- coracle as the first process -------------------------------------------
if "$CORACLE" init --help > /dev/null 2>&1; then
	. "$here/init.checks"
else
	n=$((n + 1))
	echo "ok $n - U18 coracle itself as /init # SKIP this binary has no init applet yet"
fi

# --- power cuts -------------------------------------------------------------
. "$here/power.checks"
echo "1..$n"
exit $bad
