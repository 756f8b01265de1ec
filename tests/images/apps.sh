#!/bin/sh
# SPDX-License-Identifier: MIT
# apps.sh - images of real servers, out of Debian's packages on this machine:
#   nginx.tar      nginx in the foreground, pages in /usr/share/nginx/html
#   redis.tar      redis-server and redis-cli, VOLUME /data
#   postgres.tar   PostgreSQL; its entrypoint makes the cluster in VOLUME /var/lib/postgresql/data when that is empty
# Each holds the program, the libraries it is linked with, glibc's getent and a busybox. A program that is not
# installed leaves its image out.
set -e
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin

# programs ROOT FILE...: ELF files at their own places, with the libraries they ask for.
programs() {
	p_root=$1
	shift
	for p_file; do
		for p_part in "$p_file" $(ldd "$p_file" | grep -o '/[^ ]*'); do
			mkdir -p "$p_root$(dirname "$p_part")"
			[ -e "$p_root$p_part" ] || cp -L "$p_part" "$p_root$p_part"
		done
	done
}

# base ROOT: what the three have in common.
base() {
	busybox_rootfs "$1"
	echo 'hosts: files dns' > "$1/etc/nsswitch.conf"
	programs "$1" "$(command -v getent)"
}

# finish NAME CONFIG: $work/NAME becomes the image.
finish() {
	pack "$work/$1" "$work/$1.tar"
	docker_archive "$IMAGES/$1.tar" "$1:latest" "$2" "$work/$1.tar"
	say "$IMAGES/$1.tar"
}
path='"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

# fresh NAME PROGRAM: is the image there, and newer than what it is made of?
fresh() {
	[ "$IMAGES/$1.tar" -nt "$2" ] && [ "$IMAGES/$1.tar" -nt "$images_here/apps.sh" ] && [ "$IMAGES/$1.tar" -nt "$images_here/lib.sh" ]
}

make_nginx() {
	root=$work/nginx
	base "$root"
	programs "$root" "$1"
	mkdir -p "$root/etc/nginx" "$root/usr/share/nginx/html" "$root/var/lib/nginx" "$root/var/log/nginx" "$root/run"
	echo '<h1>Welcome to nginx!</h1>' > "$root/usr/share/nginx/html/index.html"
	cat > "$root/etc/nginx/nginx.conf" <<-'END'
	user www-data;
	error_log /dev/stderr;
	pid /run/nginx.pid;
	events { worker_connections 256; }
	http {
		access_log /dev/stdout;
		server {
			listen 80;
			listen [::]:80;
			root /usr/share/nginx/html;
		}
	}
	END
	finish nginx '{'"$path"'"],"Cmd":["'"$1"'","-g","daemon off;"],"ExposedPorts":{"80/tcp":{}},"StopSignal":"SIGQUIT"}'
}

# Debian's redis-check-rdb is the server too: which it is goes by its name.
make_redis() {
	root=$work/redis
	base "$root"
	programs "$root" "$1" "$(command -v redis-cli)"
	ln -s "$1" "$root/usr/bin/redis-server"
	mkdir "$root/data"
	finish redis '{'"$path"'"],"Cmd":["redis-server","--protected-mode","no"],"WorkingDir":"/data","Volumes":{"/data":{}},"ExposedPorts":{"6379/tcp":{}}}'
}

make_postgres() {
	root=$work/postgres bin=${1%/*} pg=${1%/bin/*}
	base "$root"
	programs "$root" "$1" "$bin/initdb" "$bin/psql" "$pg/lib/plpgsql.so" "$pg/lib/dict_snowball.so"
	share=/usr/share/postgresql/${pg##*/}
	mkdir -p "$root$share" "$root/var/lib/postgresql/data" "$root/var/run/postgresql"
	cp -RL "$share/." "$root$share/"
	rm -rf "$root$share/man" "$root$share/extension" && mkdir "$root$share/extension"
	cp "$share/extension"/plpgsql* "$root$share/extension/"
	[ ! -d /usr/share/zoneinfo ] || { mkdir -p "$root/usr/share/zoneinfo"; cp -L /usr/share/zoneinfo/UTC "$root/usr/share/zoneinfo/"; }
	echo 'postgres:x:999:999::/var/lib/postgresql:/bin/sh' >> "$root/etc/passwd"
	echo 'postgres:x:999:' >> "$root/etc/group"
	chmod 1777 "$root/var/run/postgresql"
	cat > "$root/entrypoint" <<-'END'
	#!/bin/sh
	# As the official image does: the volume becomes the server's, and is filled when it is empty.
	if [ "$(id -u)" = 0 ]; then
		chown -R postgres:postgres "$PGDATA" && chmod 700 "$PGDATA"
		exec su postgres -c 'exec "$0" "$@"' -- "$0" "$@"
	fi
	[ -s "$PGDATA/PG_VERSION" ] || initdb --no-sync --locale=C -U postgres -A trust > /dev/null || exit 1
	grep -q 0.0.0.0 "$PGDATA/pg_hba.conf" || echo 'host all all 0.0.0.0/0 trust' >> "$PGDATA/pg_hba.conf"
	exec "$@"
	END
	chmod 755 "$root/entrypoint"
	finish postgres '{'"$path:$bin"'","PGDATA=/var/lib/postgresql/data"],"Entrypoint":["/entrypoint"],"Cmd":["'"$1"'","-h","*"],"Volumes":{"/var/lib/postgresql/data":{}},"ExposedPorts":{"5432/tcp":{}},"StopSignal":"SIGINT"}'
}

scratch
for app in "nginx $(command -v nginx)" "redis $(command -v redis-check-rdb)" \
	"postgres $(ls /usr/lib/postgresql/*/bin/postgres 2> /dev/null | tail -n 1)"; do
	name=${app%% *} program=${app#* }
	if [ -z "$program" ]; then
		say "no $name: it is not installed"
	elif ! fresh "$name" "$program"; then
		"make_$name" "$program"
	fi
done
