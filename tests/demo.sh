#!/bin/sh
# demo.sh CORACLE - load a small image and run a container from it
set -e
coracle=$1
export CORACLE_ROOT="$PWD/build/demo/root" CORACLE_STATE="$PWD/build/demo/state"
mkdir -p build/images
sh tests/images/busybox.sh "$PWD/build/images/busybox.tar"
say() { printf '\n$ coracle %s\n' "$*"; "$coracle" "$@"; }
say run --rm hello-world
say load -i build/images/busybox.tar
say run --rm --network none busybox sh -c 'echo "This is $(hostname), process $$, on $(uname -sr)"; ls /'
