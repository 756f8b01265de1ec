#!/bin/sh
# configs.sh - each defconfig builds, is no larger than it may be, and runs a container
#
# In a copy of the tree: build/gen and .config are those of the program under test.
limit() {	# DEFCONFIG: bytes
	case $1 in
	board) echo 520000 ;;
	*) echo 409600 ;;
	esac
}
top=$PWD n=0 bad=0
say() { n=$((n + 1)); [ "$1" = 0 ] && echo "ok $n - $2" || { bad=1; echo "not ok $n - $2"; }; }
# U01: running only fits 400 KB.
sh tests/images/hello.sh > /dev/null || { echo "1..0 # SKIP no image"; exit; }
for config in configs/*_defconfig; do
	name=${config#configs/} name=${name%_defconfig} work=$top/build/configs/$name
	rm -rf "$work" && mkdir -p "$work/build" &&
		tar cf - --exclude=./build --exclude=./.git . | tar xf - -C "$work" && cd "$work" || exit 1
	ln -s "$top/build/vendor" build/vendor
	make -s ${name}_defconfig > build/log 2>&1 && make -s >> build/log 2>&1
	st=$?
	[ $st = 0 ] || sed 's/^/# /' build/log
	say $st "$name: builds"
	size=$(stat -c %s coracle)
	[ "$size" -le "$(limit $name)" ]
	say $? "$name: $size bytes are no more than $(limit $name)"
	export CORACLE_ROOT="$work/root" CORACLE_STATE="$work/state"
	./coracle load -i "$top/build/images/hello.tar" > out 2>&1 &&
		[ "$(./coracle run --rm --network none hello 2>&1 | tee -a out)" = "Hello from a small image" ]
	st=$?
	[ $st = 0 ] || sed 's/^/# /' out
	say $st "$name: loads an image and runs it"
	./coracle ps -a --format '{{.ID}} {{.Names}}' > out 2>&1
	say $? "$name: ps takes a format with fields"
	if grep -q CONFIG_GZIP=y .config; then
		gzip -c "$top/build/images/hello.tar" | ./coracle load > out 2>&1
	else
		gzip -c "$top/build/images/hello.tar" | ./coracle load 2>&1 | grep -q 'not built in (GZIP)'
	fi
	say $? "$name: an archive of gzip is loaded, or what it lacks is named"
	cd "$top" && rm -rf "$work"
done
echo "1..$n"
exit $bad
