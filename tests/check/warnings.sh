#!/bin/sh
# warnings.sh - gcc and clang have nothing to say
# (sign-compare: musl's CMSG_NXTHDR, which gcc knows for a system header's)
command -v clang >/dev/null || { echo "no clang"; exit 77; }
make -sk CC=gcc B=build/check/gcc CFLAGS='-Os -g -Werror' objects >/dev/null || bad=1
make -sk CC=clang B=build/check/clang CFLAGS='-Os -g -Werror -Wno-sign-compare' objects >/dev/null || bad=1
exit ${bad:-0}
