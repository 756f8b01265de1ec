#!/bin/sh
# build.sh NAME TARGET STAMP - fetch, verify and build one dependency, then touch STAMP.
#
# NAME    a recipe beside this file
# TARGET  a GNU triple: built against musl into build/vendor/TARGET/{include,lib};
#         or "host": built against the host's own libc (build tools, sanitizers)
#         or "fetch": the source only
#
# Environment: CC, CROSS, MIRROR (a Debian archive's URL, where there is no apt).
# A recipe sets name, version, licence, source (below the archive's pool/main), sha256,
# and a function build, which runs in an empty directory and sees $src, $out, $target,
# $arch, $cc, $cross, $harden and the functions here.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cache=$top/vendor/cache
target=$2
cross=${CROSS:-}
cc=${CC:-${cross}gcc}

die() { echo "vendor/$name: $*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

. "$top/vendor/$1.recipe"
file=$cache/${source##*/}

sum_of() { sha256sum "$1" | cut -d' ' -f1; }

# What is in the cache is checked each time it is unpacked, whoever put it there.
verify() {
	got=$(sum_of "$1")
	[ "$got" = "$sha256" ] && return
	mv "$1" "$1.refused"
	die "wrong checksum of ${source##*/}
  wanted $sha256
  got    $got (kept as $1.refused)"
}

archives() {
	if [ -n "${MIRROR:-}" ]; then
		echo "$MIRROR"
	elif have apt-get; then
		apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -v security | sort -u
	else
		die "no source for ${source##*/}: set MIRROR= to a Debian archive's URL"
	fi
}

download() {	# URL FILE
	if have /usr/lib/apt/apt-helper && [ -z "${MIRROR:-}" ]; then
		/usr/lib/apt/apt-helper -qq download-file "$1" "$2"
	elif have curl; then
		curl -fsSL -o "$2" "$1"
	else
		wget -q -O "$2" "$1"
	fi
}

fetch() {
	mkdir -p "$cache"
	for base in $(archives); do
		part=$file.part.$$
		download "${base%/}/pool/main/$source" "$part" 2>"$part.log" || continue
		rm -f "$part.log"
		verify "$part"
		mv "$part" "$file"
		return
	done
	cat "$file".part.*.log >&2 || :
	rm -f "$file".part.*
	die "cannot fetch ${source##*/}"
}

accepts() { echo | $cc "$@" -x c -c -o /dev/null - 2>/dev/null; }

# The next two functions are part of what a stamp's name sums up (Makefile).
flags() {
	harden=-fstack-protector-strong
	if accepts -fcf-protection=none; then harden="$harden -fcf-protection=none"; fi
	libc=
	if [ "$target" != host ]; then
		libc="-nostdinc -isystem $out/include -isystem $($cc -print-file-name=include)"
	fi
}

# compile FLAG... FILE...: C files, into objects in this directory.
compile() {
	$cc -Os $harden $libc -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables \
		-fPIE -DNDEBUG -w -c "$@"
}

# library NAME [FLAG... FILE...]: compile, and put all objects that are here in one archive.
library() {
	lib=$1
	shift
	[ $# = 0 ] || compile "$@"
	"${cross}ar" rcD "lib$lib.a" ./*.o
	mv "lib$lib.a" "$out/lib/"
}

# headers DIR FILE...: install below include/DIR.
headers() {
	mkdir -p "$out/include/$1"
	dir=$1
	shift
	cp "$@" "$out/include/$dir/"
}

finish() {	# STATUS
	rm -rf "$work"
	[ "$1" = 0 ] && return
	{ tail -n 20 "$out/$name.log"; echo "vendor/$name: does not build (see $out/$name.log)"; } >&8
}

if [ ! -f "$file" ]; then fetch; fi
[ "$target" != fetch ] || exit 0

out=$top/build/vendor/$target
stamp=$3
mkdir -p "$out/lib" "$out/include"

# (Descriptors 8 and 9: the low ones are make's own, for -j.)
# Two makes may share build/vendor: the second waits, and finds the work done.
exec 9> "$out/$name.lock"
if have flock; then flock 9; fi
[ ! -f "$stamp" ] || exit 0
verify "$file"
exec 8>&2
work=$(mktemp -d "$out/$name.XXXXXX")
trap 'finish $?' EXIT
arch=$($cc -dumpmachine)
arch=${arch%%-*}
flags

mkdir "$work/src" "$work/obj"
tar xf "$file" -C "$work/src" --strip-components=1
src=$work/src
cd "$work/obj"
exec > "$out/$name.log" 2>&1
build
rm -f "$out/$name"-*.done
touch "$stamp"
