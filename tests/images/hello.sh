#!/bin/sh
# SPDX-License-Identifier: MIT
# hello.sh - images with next to nothing in them:
#   hello.tar      one static program, no directory but the root's, no shell, no passwd
#   empty.tar      no layer at all
#   wrongarch.tar  hello's files under another architecture's name, and an ELF of that machine (U34)
#   nointerp.tar   a program whose interpreter is not in the image (U34)
set -e
. "$(dirname "$0")/lib.sh"
[ "$IMAGES/nointerp.tar" -nt "$images_here/hello.sh" ] && exit 0
scratch
mkdir "$work/hello" "$work/wrong" "$work/nointerp"
cat > "$work/hello.c" <<'END'
#include <unistd.h>
int main(void)
{
	static const char text[] = "Hello from a small image\n";

	return write(1, text, sizeof(text) - 1) == sizeof(text) - 1 ? 0 : 1;
}
END
compile "$work/hello/hello" "$work/hello.c"
pack "$work/hello" "$work/hello.tar"
docker_archive "$IMAGES/hello.tar" hello:latest '{"Cmd":["/hello"]}' "$work/hello.tar"
say "$IMAGES/hello.tar"

docker_archive "$IMAGES/empty.tar" empty:latest '{}'
say "$IMAGES/empty.tar"

# The machine field of an ELF header is at byte 18; 22 is s390.
cp "$work/hello/hello" "$work/wrong/hello"
printf '\026\000' | dd of="$work/wrong/hello" bs=1 seek=18 conv=notrunc 2> /dev/null
pack "$work/wrong" "$work/wrong.tar"
"$PYTHON" "$top/tests/lib/mkimg.py" --arch s390x -t wrongarch:latest -c '{"Cmd":["/hello"]}' -o "$work/out" "$work/wrong.tar"
mv "$work/out" "$IMAGES/wrongarch.tar"
say "$IMAGES/wrongarch.tar"

${CC:-cc} -O2 -s -Wl,--dynamic-linker=/lib/ld-not-here.so.1 -o "$work/nointerp/hello" "$work/hello.c"
printf '#!/bin/not-here\n' > "$work/nointerp/script"
printf 'echo no first line\n' > "$work/nointerp/noline"
printf '#!/nointerp' > "$work/nointerp/cut"
chmod 755 "$work"/nointerp/*
pack "$work/nointerp" "$work/nointerp.tar"
docker_archive "$IMAGES/nointerp.tar" nointerp:latest '{"Cmd":["/hello"]}' "$work/nointerp.tar"
say "$IMAGES/nointerp.tar"
