#!/bin/sh
# SPDX-License-Identifier: MIT
# big.sh - the big images: 217 MB in 7,500 files.
#   big-layer.tar    the layer itself (what `tar x` is measured with)
#   big.tar          docker-archive, one layer       big5.tar   the same files in five layers
#   big-oci-gz.tar   OCI archive, gzip (about 101 MB)
# The layers hold data only; busybox lies below them, so that a container can be started.
set -e
. "$(dirname "$0")/lib.sh"
[ -f "$IMAGES/big-oci-gz.tar" ] && [ "$IMAGES/big-oci-gz.tar" -nt "$images_here/big.py" ] && exit 0
scratch
"$PYTHON" "$images_here/big.py" "$work" 1
cp "$work/big-1.tar" "$IMAGES/big-layer.tar.new" && mv "$IMAGES/big-layer.tar.new" "$IMAGES/big-layer.tar"
busybox_rootfs "$work/root"
pack "$work/root" "$work/base.tar"
docker_archive "$IMAGES/big.tar" big:latest '{"Cmd":["sh"]}' "$work/base.tar" "$work/big-1.tar"
say "$IMAGES/big.tar"
"$PYTHON" "$top/tests/lib/mkimg.py" -f oci -z gzip -t big:gz -o "$work/gz" "$work/base.tar" "$work/big-1.tar"
"$PYTHON" "$images_here/big.py" "$work" 5
docker_archive "$IMAGES/big5.tar" big:five '{"Cmd":["sh"]}' "$work/base.tar" "$work"/big-[1-5].tar
say "$IMAGES/big5.tar"
mv "$work/gz" "$IMAGES/big-oci-gz.tar"
say "$IMAGES/big-oci-gz.tar"
