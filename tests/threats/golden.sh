# SPDX-License-Identifier: MIT
# golden.sh - the questions whose answers stand in golden/, asked of whatever engine $CORACLE is.

# One image of the corpus: load it, list its tree.
tree_of() {
	if ! "$CORACLE" load -q -i "$1" > load.out 2>&1; then
		echo refused
		return
	fi
	tree_name=hostile:$(basename "$1" .tar)
	if "$CORACLE" run --rm --network none "$tree_name" do tree / > tree.out 2> tree.err; then
		LC_ALL=C sort tree.out | sha256sum | cut -c1-16
	else
		echo "does not run"
	fi
	"$CORACLE" rmi "$tree_name" > /dev/null 2>&1
}

corpus() {
	[ -d corpus ] && return
	mkdir -p corpus-root && cp "$(tool probe)" corpus-root/probe
	tar --format=gnu --mtime=@1577836800 --owner=0 --group=0 -C corpus-root -cf corpus-base.tar ./probe
	"$PYTHON" "$lib/corpus.py" corpus-base.tar "$1" corpus
}

golden_trees() {
	corpus /nonexistent/h
	while read -r row name what; do
		echo "$name $(tree_of "corpus/$name.tar")"
	done < corpus/cases
}

golden_users() {
	image busybox
	for u in 1 01 +1 -1 0x0 ' 1' '1 ' 2147483647 2147483648 4294967294 4294967295 4294967296 99999999999999999999 \
		1000 1000: :0 :1 1000:1000 1000:users 1000:33 user user: user:video user:65534 root:users nobody nobody:audio \
		0:0 0:1 nosuch 1000:nosuch user:+1 1000:1000:1 : 1000:4294967296 'us er' ../etc 08 1e3; do
		got=$("$CORACLE" run --rm --network none -u "$u" busybox sh -c 'id -u; id -g; id -G' 2> /dev/null | tr '\n' ' ')
		echo "$u -> ${got:-refused}"
	done
}

golden_probe() {
	image probe
	"$CORACLE" run --rm --network none --hostname h probe status masked dev mounts nodes escape write | grep -v -e 'hostile' |
		sed -e '/ \/etc\/\(resolv.conf\|hosts\|hostname\) /s/ ext4 / FS /' -e '/^mounts \/ /s/ slave$//'
}

golden_calls() {
	image probe
	"$CORACLE" run --rm --network none probe calls
}

# A passwd with a line whose name is a number: "passwd-1000 UID GID".
golden_odd_users() {
	probe_image users:1 '{"Entrypoint":["/probe"]}' \
		'f etc/passwd data="root:x:0:0:root:/root:/bin/sh\n1000:x:0:0:evil:/:/bin/sh\n"' 'f etc/group data="root:x:0:\n1000:x:0:\n"'
	echo "passwd-1000 $("$CORACLE" run --rm --network none -u 1000 users:1 status 2> /dev/null | grep -e Uid: -e Gid: | cut -f2 | tr '\n' ' ')"
}
