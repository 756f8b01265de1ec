# SPDX-License-Identifier: MIT
# lib.sh - shared by the image makers: sourced, never run.
#
# Everything a maker writes goes to $IMAGES (build/images, which git ignores), under a
# temporary name first, so that what is there is whole. No network is ever used.
images_here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$images_here/../.." && pwd)
IMAGES=${IMAGES:-$top/build/images}
BUSYBOX=${BUSYBOX:-/bin/busybox}
PYTHON=${PYTHON:-$([ -x /usr/bin/python3 ] && echo /usr/bin/python3 || echo python3)}
mkdir -p "$IMAGES"

say() { printf '  %-7s %s\n' IMAGE "$*"; }
die() { echo "images: $*" >&2; exit 1; }

# A directory of our own that ends with the script.
scratch() {
	work=$(mktemp -d "$IMAGES/.work.XXXXXX") || exit 1
	trap 'rm -rf "$work"' EXIT
	trap 'exit 1' INT TERM HUP
}

# busybox_rootfs DIR: the whole of an ordinary small system, from one static program.
busybox_rootfs() {
	[ -x "$BUSYBOX" ] || die "no $BUSYBOX (apt-get install busybox-static)"
	mkdir -p "$1/bin" "$1/dev" "$1/etc" "$1/home" "$1/proc" "$1/root" "$1/sys" "$1/tmp" "$1/usr/bin" "$1/usr/sbin" \
		"$1/var/spool/mail" "$1/var/www" "$1/sbin"
	cp "$BUSYBOX" "$1/bin/busybox"
	chmod 755 "$1/bin/busybox"
	"$BUSYBOX" --list | while read -r applet; do
		[ "$applet" = busybox ] || ln -s busybox "$1/bin/$applet"
	done
	chmod 1777 "$1/tmp"
	chmod 700 "$1/root"
	cat > "$1/etc/passwd" <<-'END'
	root:x:0:0:root:/root:/bin/sh
	daemon:x:1:1:daemon:/usr/sbin:/bin/false
	bin:x:2:2:bin:/bin:/bin/false
	mail:x:8:8:mail:/var/spool/mail:/bin/false
	www-data:x:33:33:www-data:/var/www:/bin/false
	nobody:x:65534:65534:nobody:/home:/bin/false
	user:x:1000:1000:user:/home:/bin/sh
	END
	cat > "$1/etc/group" <<-'END'
	root:x:0:
	daemon:x:1:
	bin:x:2:
	mail:x:8:
	audio:x:29:user
	www-data:x:33:
	video:x:44:user
	users:x:100:
	user:x:1000:
	nobody:x:65534:
	END
	: > "$1/etc/shadow"
	chmod 600 "$1/etc/shadow"
}

# pack DIR OUT: a layer tar that is the same on every machine and day.
pack() {
	tar --format=gnu --sort=name --mtime=@1577836800 --owner=0 --group=0 --numeric-owner -C "$1" -cf "$2" .
}

# docker_archive OUT NAME CONFIG_OBJECT LAYER...: what `docker load` reads, with nothing but sh and coreutils.
# CONFIG_OBJECT is JSON text, the config's "config".
docker_archive() {
	da_out=$1 da_name=$2 da_config=$3 da_dir=$(mktemp -d "$IMAGES/.work.XXXXXX") da_ids='' da_layers='' da_files=''
	shift 3
	for da_layer; do
		da_sum=$(sha256sum < "$da_layer" | cut -d' ' -f1)
		da_ids="$da_ids${da_ids:+,}\"sha256:$da_sum\""
		da_layers="$da_layers${da_layers:+,}\"$da_sum/layer.tar\""
		mkdir "$da_dir/$da_sum"
		ln "$da_layer" "$da_dir/$da_sum/layer.tar" 2>/dev/null || cp "$da_layer" "$da_dir/$da_sum/layer.tar"
		da_files="$da_files $da_sum/layer.tar"
	done
	printf '{"architecture":"%s","os":"linux","created":"2020-01-01T00:00:00Z","config":%s,"rootfs":{"type":"layers","diff_ids":[%s]},"history":[]}' \
		"$(image_arch)" "$da_config" "$da_ids" > "$da_dir/config"
	da_sum=$(sha256sum < "$da_dir/config" | cut -d' ' -f1)
	mv "$da_dir/config" "$da_dir/$da_sum.json"
	printf '[{"Config":"%s.json","RepoTags":["%s"],"Layers":[%s]}]\n' "$da_sum" "$da_name" "$da_layers" > "$da_dir/manifest.json"
	# shellcheck disable=SC2086
	tar --format=gnu --mtime=@1577836800 --owner=0 --group=0 --numeric-owner -C "$da_dir" -cf "$da_dir.tar" \
		$da_files "$da_sum.json" manifest.json && mv "$da_dir.tar" "$da_out"
	rm -rf "$da_dir"
}

image_arch() {
	case $(uname -m) in
	x86_64) echo amd64 ;;
	aarch64) echo arm64 ;;
	armv*) echo arm ;;
	*) uname -m ;;
	esac
}

# compile OUT SOURCE...: a small static program for the inside of an image.
compile() {
	c_out=$1
	shift
	${CC:-cc} -std=gnu11 -O2 -static -s -Wall -Wextra -I"$top/tests/lib" -o "$c_out.new" "$@" && mv "$c_out.new" "$c_out"
}
