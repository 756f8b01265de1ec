#!/bin/sh
# setup.sh build|test... - see that what building or testing needs is there.
#
# The one place that installs packages: with apt, on Debian, as root. Elsewhere it names
# exactly what is missing: for `build` that is an error, for `test` such tests are skipped.
#
# One row a thing: what for, Debian's package, and a command or file that shows it is there.
rows() {
	cat <<-'END'
	build gcc cc
	build make make
	test git git
	build libc6-dev /usr/include/stdio.h
	build linux-libc-dev /usr/include/linux/types.h
	build binutils ld
	build xz-utils xz
	build mawk awk
	build busybox-static /bin/busybox
	test clang clang
	test libclang-rt-14-dev /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a
	test clang-format clang-format
	test clang-tidy clang-tidy
	test cppcheck cppcheck
	test kconfig-frontends kconfig-conf
	test python3 python3
	test gcc-aarch64-linux-gnu aarch64-linux-gnu-gcc
	test libc6-dev-arm64-cross /usr/aarch64-linux-gnu/include/stdio.h
	test gcc-arm-linux-gnueabihf arm-linux-gnueabihf-gcc
	test libc6-dev-armhf-cross /usr/arm-linux-gnueabihf/include/stdio.h
	test gcc-riscv64-linux-gnu riscv64-linux-gnu-gcc
	test libc6-dev-riscv64-cross /usr/riscv64-linux-gnu/include/stdio.h
	test qemu-user-static qemu-aarch64-static
	test docker.io dockerd
	test podman podman
	test skopeo skopeo
	test buildah buildah
	test umoci umoci
	test crun crun
	test runc runc
	test qemu-system-x86 qemu-system-x86_64
	test cpio cpio
	test strace strace
	test e2fsprogs mkfs.ext4
	test zstd zstd
	test iproute2 ip
	test nftables nft
	test procps ps
	test nginx nginx
	test redis-tools redis-check-rdb
	test postgresql /usr/lib/postgresql/*/bin/postgres
	test util-linux nsenter
	END
	[ "$(uname -m)" != x86_64 ] || echo build nasm nasm
}

missing() {	# PURPOSE: packages whose sign is not there
	rows | while read -r purpose package sign; do
		[ "$purpose" = "$1" ] || continue
		case $sign in
		/*) ls $sign >/dev/null 2>&1 ;;
		*) PATH=$PATH:/usr/sbin:/sbin command -v "$sign" >/dev/null ;;
		esac || echo "$package"
	done
}

st=0
for purpose; do
	need=$(missing "$purpose" | sort -u | tr '\n' ' ')
	[ -n "$need" ] || continue
	if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
		echo "  SETUP   $need"
		export DEBIAN_FRONTEND=noninteractive
		log=$(mktemp)
		{ apt-get -qq -o DPkg::Lock::Timeout=600 update &&
			apt-get -qq -y -o DPkg::Lock::Timeout=600 install --no-install-recommends $need
		} < /dev/null > "$log" 2>&1 || tail -n 5 "$log"
		rm -f "$log"
		need=$(missing "$purpose" | tr '\n' ' ')
		[ -n "$need" ] || continue
	fi
	echo "setup: missing for $purpose (Debian's names): $need" >&2
	[ "$purpose" = test ] || st=1
done
exit $st
