#!/bin/sh
# SPDX-License-Identifier: MIT
# probe.sh [OUT] - the image probe:latest: tests/lib/probe.c and racer.c, a busybox around them, entrypoint /probe.
set -e
. "$(dirname "$0")/lib.sh"
out=${1:-$IMAGES/probe.tar}
lib=$top/tests/lib
newest=$(ls -t "$lib"/probe*.[ch] "$lib/racer.c" "$images_here/lib.sh" "$images_here/probe.sh" | head -1)
[ "$out" -nt "$newest" ] && exit 0
scratch
busybox_rootfs "$work/root"
compile "$work/root/probe" "$lib"/probe*.c
compile "$work/root/racer" "$lib/racer.c"
pack "$work/root" "$work/layer.tar"
docker_archive "$out" probe:latest \
	'{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"Entrypoint":["/probe"]}' "$work/layer.tar"
say "$out"
