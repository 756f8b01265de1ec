# SPDX-License-Identifier: MIT
# need.sh - sourced by a suite's run.sh: need COMMAND... skips the whole suite, as one skipped test that says why,
# when this binary was built without one of the commands; need_root and need_program do it for those.
skip_all() {
	echo "ok 1 - $suite # SKIP $1"
	echo 1..1
	exit 0
}
need() {
	for need_cmd; do
		"$CORACLE" "$need_cmd" --help > /dev/null 2>&1 || skip_all "this binary has no '$need_cmd'"
	done
}
need_root() { [ "$(id -u)" = 0 ] || skip_all "not root"; }
need_program() {
	for need_prog; do
		PATH=$PATH:/usr/sbin:/sbin command -v "$need_prog" > /dev/null || skip_all "no $need_prog"
	done
}
CORACLE=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
suite=$(basename "$here")
