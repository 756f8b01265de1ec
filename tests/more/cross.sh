#!/bin/sh
# cross.sh - the program and the unit tests on other machines, under qemu-user
for cross in aarch64-linux-gnu- arm-linux-gnueabihf- riscv64-linux-gnu-; do
	machine=${cross%%-*}
	command -v ${cross}gcc >/dev/null || { echo "ok 1 - $machine # SKIP no ${cross}gcc"; continue; }
	rm -f build/${cross%-}/test/*.tap
	if make -sk CROSS=$cross test > build/$machine.log 2>&1; then
		echo "ok 1 - $machine: builds and passes"
	else
		sed 's/^/# /' build/$machine.log
		echo "not ok 1 - $machine: builds and passes"
	fi
	cat build/${cross%-}/test/*.tap 2>/dev/null | sed "s/ - / - $machine: /"
done | awk -f tests/relay.awk -v prefix=cross
