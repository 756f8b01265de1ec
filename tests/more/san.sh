#!/bin/sh
# san.sh - the unit tests under ASan and UBSan
rm -f build/san/test/*.tap
{
	if make -sk SAN=1 test > build/san.log 2>&1; then
		echo "ok 1 - builds and passes"
	else
		sed 's/^/# /' build/san.log
		echo "not ok 1 - builds and passes"
	fi
	cat build/san/test/*.tap
} | awk -f tests/relay.awk -v prefix=san
