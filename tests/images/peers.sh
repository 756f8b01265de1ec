#!/bin/sh
# SPDX-License-Identifier: MIT
# peers.sh - archives written by the real docker, podman and skopeo, below $IMAGES/peers.
#
#   docker-save.tar     docker save of busybox            docker-import.tar   docker import, then save
#   docker-commit.tar   docker commit, three times: files added, replaced, removed, a directory made opaque
#   docker-build.tar    docker build of a Dockerfile with every instruction that leaves a mark in the config
#   docker-multi.tar    two images and three names in one archive
#   podman-docker.tar   podman save --format docker-archive      podman-oci.tar   … oci-archive
#   podman-multi.tar    two images in one docker-archive         skopeo-gzip.tar  skopeo-zstd.tar  oci-archives
#   *.gz *.zst          docker-commit.tar once more, compressed as a whole
#
# A peer that is not installed leaves its archives out and says so. `inspect` output of docker for each of
# its images is kept beside it (NAME.json): the golden text for ours.
set -e
. "$(dirname "$0")/lib.sh"
. "$top/tests/lib/dockerd.sh"
out=$IMAGES/peers
stamp=$out/.stamp
[ -f "$stamp" ] && [ "$stamp" -nt "$images_here/peers.sh" ] && [ "$stamp" -nt "$images_here/lib.sh" ] && exit 0
"$images_here/busybox.sh"
scratch
mkdir -p "$out"
cleanup() { dockerd_stop; rm -rf "$work"; }
trap cleanup EXIT

keep() { mv "$work/out" "$out/$1.tar"; say "$out/$1.tar"; }

from_docker() {
	docker_save() {
		docker_as=$1
		shift
		$DOCKER save -o "$work/out" "$@"
		$DOCKER image inspect "$@" > "$out/$docker_as.json"
		keep "$docker_as"
	}
	$DOCKER load -q -i "$IMAGES/busybox.tar" > /dev/null
	docker_save docker-save busybox:latest

	busybox_rootfs "$work/root"
	pack "$work/root" "$work/root.tar"
	$DOCKER import -c 'CMD ["echo","imported"]' -c 'ENV IMPORTED=yes' -m 'from a tar' "$work/root.tar" imported:1 > /dev/null
	docker_save docker-import imported:1

	# Each commit is a layer; together they hold every kind of change a layer can make.
	docker_step() {
		docker_id=$($DOCKER create --network none "$1" sh -c "$3")
		$DOCKER start -a "$docker_id"
		$DOCKER commit -m "$2" --change 'CMD ["sh","-c","cat /layers"]' "$docker_id" "$2" > /dev/null
		$DOCKER rm "$docker_id" > /dev/null
	}
	docker_step busybox:latest committed:1 'echo one > /layers; mkdir -p /opq/old /gone/deep; echo x > /opq/old/f
		echo x > /gone/deep/f; echo keep > /opq/keep; ln -s /layers /link; ln /layers /hard; mkfifo /pipe
		mkdir /sticky; chmod 1777 /sticky; echo s > /suid; chmod 4755 /suid; chown 1000:33 /suid
		mkdir -p /was-dir/a; echo f > /was-file; touch -d "2001-02-03 04:05:06" /old'
	docker_step committed:1 committed:2 'echo two >> /layers; rm -rf /gone; rm -rf /opq; mkdir /opq; echo new > /opq/new
		rm -rf /was-dir; echo now a file > /was-dir; rm /was-file; mkdir /was-file; echo in > /was-file/in; rm /hard'
	docker_step committed:2 committed:3 'echo three >> /layers; chmod 700 /sticky; mkdir /gone; echo back > /gone/f
		i=0; while [ $i -lt 300 ]; do echo $i > /opq/$i; i=$((i+1)); done'
	docker_save docker-commit committed:3
	gzip -nc "$out/docker-commit.tar" > "$work/out" && mv "$work/out" "$out/docker-commit.tar.gz"
	! command -v zstd > /dev/null || { zstd -qc "$out/docker-commit.tar" > "$work/out" && mv "$work/out" "$out/docker-commit.tar.zst"; }

	mkdir "$work/ctx"
	echo 'from the context' > "$work/ctx/file"
	cat > "$work/ctx/Dockerfile" <<-'END'
	FROM busybox:latest
	LABEL one=1 two="2 words" "quoted.key"='x"y'
	ENV A=1 B="two words"
	ARG unused=1
	COPY file /data/file
	RUN echo made >> /data/file && echo 'worker:x:4242:100::/home:/bin/sh' >> /etc/passwd
	WORKDIR /data/deep
	VOLUME ["/vol", "/data/vol2"]
	EXPOSE 80/tcp 53/udp
	USER worker:users
	STOPSIGNAL SIGUSR1
	HEALTHCHECK --interval=5s --retries=2 CMD test -f /data/file
	SHELL ["/bin/sh", "-ec"]
	ENTRYPOINT ["echo", "entry"]
	CMD ["and", "cmd"]
	ONBUILD RUN true
	END
	DOCKER_BUILDKIT=0 $DOCKER build -q --network none -t built:1 "$work/ctx" > /dev/null
	docker_save docker-build built:1
	$DOCKER tag built:1 registry.example:5000/some/where/built:v1
	docker_save docker-multi built:1 registry.example:5000/some/where/built:v1 committed:3
}

from_podman() {
	podman="podman --root $work/pod/root --runroot $work/pod/run --tmpdir $work/pod/tmp --cgroup-manager cgroupfs --events-backend none --runtime runc"
	$podman load -q -i "$IMAGES/busybox.tar" > /dev/null
	podman_id=$($podman create --network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 busybox sh -c \
		'echo podman > /layers; rm /etc/group; mkdir /made')
	$podman start -a "$podman_id"
	$podman commit -q -c 'CMD ["cat","/layers"]' "$podman_id" localhost/podmade:1 > /dev/null
	$podman rm "$podman_id" > /dev/null
	$podman save -q --format docker-archive -o "$work/out" localhost/podmade:1
	keep podman-docker
	$podman save -q --format oci-archive -o "$work/out" localhost/podmade:1
	keep podman-oci
	$podman save -q --format docker-archive -m -o "$work/out" localhost/podmade:1 busybox:latest
	keep podman-multi
	rm -rf "$work/pod" 2> /dev/null || { umount -l "$work/pod/root/overlay" 2> /dev/null; rm -rf "$work/pod"; }
}

from_skopeo() {
	skopeo_src=$out/docker-commit.tar
	[ -f "$skopeo_src" ] || skopeo_src=$IMAGES/busybox.tar
	for how in gzip zstd; do
		skopeo copy -q --insecure-policy --dest-compress-format $how "docker-archive:$skopeo_src" "oci-archive:$work/out:skopeo:$how"
		keep skopeo-$how
	done
}

if dockerd_start "$work/docker"; then
	from_docker
	dockerd_stop
else
	say "no docker archives: $dockerd_why"
	case $dockerd_why in '!'*) stamp='' ;; esac # to be tried again
fi
if command -v podman > /dev/null; then from_podman; else say "no podman archives: podman is not installed"; fi
if command -v skopeo > /dev/null; then from_skopeo; else say "no skopeo archives: skopeo is not installed"; fi
[ -z "$stamp" ] || touch "$stamp"
