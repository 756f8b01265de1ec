#!/bin/sh
# SPDX-License-Identifier: MIT
# kernel.sh DIR - Debian's cloud kernel as DIR/vmlinuz and its few modules as DIR/mod/*.ko.
# Downloaded once with apt-get download (27 MB), unpacked with dpkg-deb, nothing installed. 77: cannot be had.
dir=$1
[ -f "$dir/vmlinuz" ] && exit 0
command -v apt-get > /dev/null && command -v dpkg-deb > /dev/null || { echo "no apt-get"; exit 77; }
mkdir -p "$dir" && cd "$dir" || exit 1
pkg=$(apt-cache depends linux-image-cloud-amd64 2> /dev/null | awk '/Depends: linux-image/ { print $2; exit }')
[ -n "$pkg" ] || { echo "apt knows no linux-image-cloud-amd64"; exit 77; }
[ -f "$(ls "$pkg"_*.deb 2> /dev/null | head -1)" ] || apt-get download -q "$pkg" > download.log 2>&1 ||
	{ echo "cannot download $pkg"; exit 77; }
rm -rf tree mod
dpkg-deb -x "$pkg"_*.deb tree && mkdir mod || exit 1
for m in drivers/virtio/virtio drivers/virtio/virtio_ring drivers/virtio/virtio_pci_legacy_dev \
	drivers/virtio/virtio_pci_modern_dev drivers/virtio/virtio_pci drivers/block/virtio_blk drivers/block/loop \
	fs/overlayfs/overlay fs/squashfs/squashfs; do
	cp tree/lib/modules/*/kernel/$m.ko mod/ || exit 1
done
cp tree/boot/vmlinuz-* vmlinuz.new && rm -rf tree && mv vmlinuz.new vmlinuz
