# SPDX-License-Identifier: MIT
# words.sh - sourced with $DOCKER and $CORACLE running side by side: the same command must say the same.
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
nn='--network none'
both "C017 exit status" "run --rm $nn busybox sh -c 'exit 7'"
both "C016 not found" "run --rm $nn busybox no-such-program"
both "C016 not executable" "run --rm $nn busybox /etc/passwd"
both "C011 no such image" "run --rm $nn --pull never no/such:image true"
both "C021 signal" "run --rm $nn busybox sh -c 'kill -TERM \$\$'"
both "C014 command overrides" "run --rm $nn busybox echo over"
both "C052 environment" "run --rm $nn --hostname h -e A=1 -e B= -e A=2 busybox sh -c 'env | sort'"
both "working directory" "run --rm $nn -w /made/here busybox pwd"
both "C047 user and groups" "run --rm $nn -u user --group-add 4242 --group-add audio busybox id"
both "C047 user without a name" "run --rm $nn -u 777:888 busybox id"
both "C047 no such user" "run --rm $nn -u nobody-here busybox id"
both "C038 hostname" "run --rm $nn --hostname some-name busybox sh -c 'hostname; cat /etc/hostname'"
both "C058 entrypoint" "run --rm $nn --entrypoint echo busybox from entrypoint"
both "C058 empty entrypoint" "run --rm $nn --entrypoint '' built:1 echo only"
both "C015 the image's entrypoint" "run --rm $nn built:1 more words"
both "C046 tmpfs" "run --rm $nn --tmpfs /t:size=2m,mode=1770 busybox sh -c 'grep \" /t \" /proc/mounts; stat -c %a /t'"
both "read-only" "run --rm $nn --read-only busybox sh -c 'echo x > /x'"
both "C044 bind" "run --rm $nn -v $PWD/docker/pid:/pid:ro busybox sh -c 'echo x > /pid'"
both "C046 bind without a source" "run --rm $nn --mount type=bind,source=/not/there,target=/x busybox true"
both "C046 bind without a source, at create" "create $nn --mount type=bind,source=/not/there,target=/x busybox true"
both "C043 relative bind" "run --rm $nn -v ./x:/x busybox true"
both "C046 bad mount" "run --rm $nn --mount type=nope,target=/x busybox true"
both "C050 bad memory" "run --rm $nn -m 1 busybox true"
both "C050 bad memory text" "run --rm $nn -m lots busybox true"
both "C048 bad cpus" "run --rm $nn --cpus many busybox true"
both "ulimit" "run --rm $nn --ulimit nofile=100:200 busybox sh -c 'ulimit -n; ulimit -Hn'"
both "bad ulimit" "run --rm $nn --ulimit nofile=200:100 busybox true"
both "C030 capabilities" "run --rm $nn --cap-drop ALL --cap-add CHOWN busybox grep Cap /proc/self/status"
both "no such capability" "run --rm $nn --cap-add NOPE busybox true"
both "shm" "run --rm $nn --shm-size 3m busybox df -k /dev/shm"
both "C006 unknown flag" "run --nope busybox"
both "C010 too few words" "run"
both "C039 conflict of --rm and --restart" "run --rm --restart always $nn busybox true"
both "C020 attach" "run --rm $nn -a stdout busybox sh -c 'echo out; echo err >&2'"
both "C020 streams" "run --rm $nn busybox sh -c 'echo out; echo err >&2'"
both "C038 bad name" "create --name -x busybox"
both "C040 bad publish" "run --rm $nn -p nope busybox true"
both "C103 inspect of nothing" "inspect nothing-here"
both "C076 rm of nothing" "rm nothing-here"
both "C066 start of nothing" "start nothing-here"
both "C071 stop of nothing" "stop nothing-here"
both "C073 kill of nothing" "kill nothing-here"
both "C118 exec in nothing" "exec nothing-here true"
both "C109 logs of nothing" "logs nothing-here"
both "wait for nothing" "wait nothing-here"
both "attach to nothing" "attach nothing-here"
both "M014 rmi of nothing" "rmi nothing-here"
both "M020 tag of nothing" "tag nothing-here x"
both "M017 save of nothing" "save nothing-here"
both "C064 create" "create $nn --name one busybox sh -c 'echo started; exit 3'"
both "C038 name is taken" "create $nn --name one busybox true"
both "C118 exec in what does not run" "exec one true"
both "C065 start -a" "start -a one"
both "C109 logs" "logs one"
both "C114 logs -t" "logs -t one"
both "C088 ps -a" "ps -a --format '{{.Names}} {{.Image}} {{.Command}} {{.Status}} {{.State}}' --filter name=one"
both "C097 ps table" "ps -a --filter name=one"
both "wait" "wait one"
both "C073 kill of what does not run" "kill one"
both "C105 state" "inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}} {{.State.Running}}' one"
both "C103 host config" "inspect -f '{{json .HostConfig.Memory}} {{json .HostConfig.CapAdd}} {{json .HostConfig.NetworkMode}} {{json .HostConfig.LogConfig.Type}} {{json .HostConfig.RestartPolicy}}' one"
both "C103 read-only paths" "inspect -f '{{json .HostConfig.ReadonlyPaths}}' one"
both "C103 config" "inspect -f '{{json .Config.Cmd}} {{json .Config.Entrypoint}} {{json .Config.Env}} {{json .Config.Labels}} {{.Config.WorkingDir}} {{.Path}} {{json .Args}}' one"
both "C076 rm" "rm one"
both "C018 run -d" "run -d $nn --name two busybox sh -c 'trap \"echo bye; exit 5\" TERM; echo up; while :; do sleep 0.1; done'"
for b_engine in "$DOCKER" "$CORACLE"; do # until then the signal of stop would find no trap
	for b_try in $(seq 60); do
		$b_engine logs two 2> /dev/null | grep -q up && break
		sleep 1
	done
done
both "C087 ps" "ps --format '{{.Names}} {{.Status}}' --filter name=two"
both "C080 rm of what runs" "rm two"
both "C118 exec" "exec two sh -c 'echo inside; exit 9'"
both "C118 exec -e -w -u" "exec -e X=1 -w /tmp -u 1000 two sh -c 'echo \$X; pwd; id -u'"
both_as_one "C118 exec of what is not there" "exec two no-such-program"
both_as_one "C118 exec of what cannot be executed" "exec two /etc/passwd"
both "C071 stop" "stop -t 60 two"
both "C071 stop again" "stop two"
both "C085 its end" "inspect -f '{{.State.Status}} {{.State.ExitCode}}' two"
both "C113 logs --tail" "logs --tail 1 two"
both "C077 rm -f" "rm -f two"
both "M008 images" "images --format '{{.Repository}} {{.Tag}} {{.ID}} {{.Size}}' busybox"
both "M008 images of a name" "images -q --no-trunc busybox"
both "M020 tag" "tag busybox other:1"
both "M020 bad tag" "tag busybox BAD:1"
both "M014 rmi of a tag" "rmi other:1"
both "C064 create another" "create --name user1 $nn busybox true"
both "M014 conflict" "rmi busybox"
both "C076 rm" "rm user1"
