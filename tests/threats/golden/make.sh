#!/bin/sh
# SPDX-License-Identifier: MIT
# make.sh - take the golden texts of this directory anew from the real docker. Needs root and dockerd.
#
#   trees     what docker makes of each hostile archive: NAME refused | NAME sum of `probe do tree /`
#   users     what `id` says for each -u:  WORD -> uid gid groups | refused
#   odd-users ids where passwd has a number for a name
#   probe     the probe's sections in docker's default container
#   calls     its table of system calls
set -e
golden=$(cd "$(dirname "$0")" && pwd)
here=$golden/../../cli
top=$(cd "$golden/../../.." && pwd)
lib=$top/tests/lib
. "$lib/dockerd.sh"
dir=$(mktemp -d)
cd "$dir"
trap 'dockerd_stop; rm -rf "$dir"' EXIT
dockerd_start "$dir/docker" || { echo "$dockerd_why" >&2; exit 77; }
printf '#!/bin/sh\nexec %s "$@"\n' "$DOCKER" > engine && chmod +x engine
CORACLE=$dir/engine
. "$lib/fixtures.sh"
for what in ${*:-probe calls users odd-users trees}; do
	. "$golden/../golden.sh"
	golden_$(echo $what | tr - _) > "$golden/$what"
done
