#!/bin/sh
# headers.sh - every header compiles alone
make -s build/flags || exit 1
cc=$(sed 's| / .*||' build/flags) bad=0	# compiler and flags of the last make
for h in $(git ls-files 'core/*.h' 'applets/*.h'); do
	$cc -Werror -fsyntax-only -x c -include "$h" /dev/null || bad=1
done
exit $bad
