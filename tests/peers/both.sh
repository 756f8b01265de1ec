# SPDX-License-Identifier: MIT
# both.sh - sourced with $DOCKER and $CORACLE running side by side.
#
# both NAME COMMAND: COMMAND (words after the program's name, evaluated) by docker and by us: same output, same
# status. Ids, times and the engines' own names are made equal first. Docker's client races with its daemon over
# a container that ends at once or never begins, and logs when it loses: that line says nothing of the container.
level() {
	tr -d '\r' | sed -E -e '/^time="[^"]*" level=error msg="error waiting for container: /d' \
		-e 's/[0-9a-f]{64}/ID64/g' -e 's/\b[0-9a-f]{12}\b/ID12/g' \
		-e 's/20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)/TIME/g' \
		-e 's/(Less than a second|About a minute|[0-9]+ (seconds?|minutes?))/DURATION/g' -e 's/   +/  /g' \
		-e 's/^(docker|coracle): //' -e 's/Error response from daemon: //' -e 's/\b(docker|coracle) /ENGINE /' \
		-e 's/failed to create shim task: OCI runtime create failed: runc create failed: //' -e 's/: unknown(\.?)$/\1/'
}
# Output and errors apart; both_as_one for what docker's daemon sends down the stream of the program it could not start.
both() {
	b_cmd=$2
	eval "$DOCKER $b_cmd" > d.out 2> d.err < /dev/null
	b_want=$?
	eval "\"\$CORACLE\" $b_cmd" > c.out 2> c.err < /dev/null
	b_got=$?
	if [ -n "$b_one" ]; then
		for b_f in d c; do cat $b_f.out >> $b_f.err; : > $b_f.out; done
	fi
	for b_f in d c; do
		level < $b_f.out > $b_f.o
		level < $b_f.err | sed '/^$/d' > $b_f.e
	done
	t "$1: $b_cmd" 'echo $b_got; diff d.o c.o; diff d.e c.e' "$b_want"
}
both_as_one() {
	b_one=yes
	both "$@"
	b_one=''
}
