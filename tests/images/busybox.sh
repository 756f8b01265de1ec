#!/bin/sh
# SPDX-License-Identifier: MIT
# busybox.sh [OUT] - the image busybox:latest out of Debian's static busybox, as a docker-archive.
# Needs sh, tar, sha256sum and /bin/busybox; no network, no python, no other engine.
set -e
. "$(dirname "$0")/lib.sh"
out=${1:-$IMAGES/busybox.tar}
[ "$out" -nt "$BUSYBOX" ] && [ "$out" -nt "$images_here/lib.sh" ] && exit 0
scratch
busybox_rootfs "$work/root"
pack "$work/root" "$work/layer.tar"
docker_archive "$out" busybox:latest \
	'{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"Cmd":["sh"]}' "$work/layer.tar"
say "$out"
