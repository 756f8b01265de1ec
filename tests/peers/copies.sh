#!/bin/sh
# SPDX-License-Identifier: MIT
# copies.sh "ENGINE" DIR - dozens of copies and their outcomes, for one engine; two engines must print the same.
X=$1 W=$2
t() { echo "\$ $*"; eval "$*" 2>&1 | sed "s|$W|W|g" ; }
rm -rf $W
mkdir -p $W
cd $W
mkdir -p h/dir/sub vol
echo one > h/f
echo two > h/dir/a
echo three > h/dir/sub/b
ln -s f h/lnk
ln -s dir h/dlnk
ln -s nowhere h/dang
ln -s /etc h/etcl
chown 1234:567 h/dir/a
chmod 4711 h/dir/a
touch -d '2001-01-01 00:00:00' h/f h/dir/a h/dir/sub
$X rm -f cpx cpu cps > /dev/null 2>&1
$X run -d --network none --name cpx -v $W/vol:/vol -v $W/vol:/ro:ro --tmpfs /tm busybox sleep 100000 >/dev/null
$X exec cpx sh -c 'mkdir -p /s/d/e; echo x > /s/f; echo y > /s/d/g; ln -s f /s/lf; ln -s d /s/ld
	ln -s /s/d /s/lda; ln -s nope /s/dang; mkfifo /s/fifo; mknod /s/null c 1 3; ln -s /etc/passwd /s/abs
	chown 1000:1000 /s/f; ln /s/f /s/hl; touch -d "2001-01-01 00:00:00" /s/f /s/d'
$X run -d --network none --name cpu -u 1000 busybox sleep 100000 >/dev/null
tar cf ex.tar -C h .; mkdir o
t '$X cp'
t '$X cp a'
t '$X cp a b'
t '$X cp a:b c:d'
t '$X cp cpx:/nosuch .'
t '$X cp nosuch:/x .'
t '$X cp h/f nosuch:/x'
t '$X cp - nosuch:/x < ex.tar'
t '$X cp h/nosuch cpx:/x'
t '$X cp h/f cpx:/newdir/'
t '$X cp h/f cpx:/no/such'
t '$X cp h/dir cpx:/etc/passwd'
t '$X cp h/dir cpx:/no/such'
t '$X cp h/f cpx:/etc/passwd/'
t '$X cp h/f/ cpx:/tmp'
t '$X cp cpx:/s/f h/nodir/'
t '$X cp cpx:/s/f h/nodir/x'
t '$X cp cpx:/s h/f'
t '$X cp cpx:/s/f h/f/'
t '$X cp cpx:/s/ h/f/x'
t '$X cp - cpx:/nosuch < ex.tar'
t '$X cp - cpx:/etc/passwd < ex.tar'
for p in /s /s/ /s/. /s/f /s/lf /s/ld /s/ld/ /s/fifo s/f /s/lda /s/../s/./f /vol/ /tm /proc;
	do t "\$X cp cpx:$p - | tar --numeric-owner -tvf - | sed 's/ 20[0-9: -]* / /' | LC_ALL=C sort"
t "\$X cp -L cpx:$p - | tar tf -"; done
t '$X cp -L cpx:/s/dang .'
t '$X cp cpx:/s/dang h/dangout; ls -l h/dangout | wc -l'
t '$X cp - -'
t '$X cp - cpx:'
t '$X cp cpx: .'
t '$X cp :x .'
t '$X cp -L cpx:/s/abs - | tar tvf - | wc -l'
t '$X cp h/dir cpx:/tmp/d1;  $X cp -a h/dir cpx:/tmp/d2; $X exec cpx sh -c "cd /tmp;
	stat -c \"%n %u:%g %a %Y\" d1/a d1/sub d2/a"'
t '$X cp h/dir cpu:/tmp/d1;  $X cp -a h/dir cpu:/tmp/d2; $X exec cpu sh -c "cd /tmp;
	stat -c \"%n %u:%g %a\" d1 d1/* d2 d2/*"'
t '$X cp cpx:/s o/s1; $X cp -a cpx:/s o/s2; stat -c "%n %u:%g %a %F" o/*/*; stat -c %Y o/s1/f o/s1/d'
t '$X cp cpx:/s/. o/new; ls o/new; $X cp cpx:/s/. o/new; ls o/new | wc -l'
t 'mkdir o/ex; $X cp cpx:/s o/ex; ls o/ex'
t '$X cp cpx:/s/d/. o/ex; ls o/ex'
t 'echo 1 > o/file; $X cp cpx:/s/f o/file; cat o/file'
t 'ln -s file o/lk; $X cp cpx:/s/f o/lk; stat -c "%n %F" o/lk o/file; cat o/file'
t 'ln -s missing o/lm; $X cp cpx:/s/f o/lm; stat -c "%n %F" o/*'
t 'mkdir -p o/cl2; touch o/cl2/d; $X cp cpx:/s/. o/cl2'
t 'mkdir -p o/cl3/f;  $X cp cpx:/s/. o/cl3'
t '$X cp cpx:/s/f o/cl3/; $X cp cpx:/s/hl o/cl3'
t '$X cp -L cpx:/s/lf o/cl3; ls o/cl3'
t '$X cp h/lnk cpx:/tmp/; $X cp -L h/lnk cpx:/tmp/L; $X cp h/dlnk cpx:/tmp/; $X cp -L h/dlnk cpx:/tmp/;
	$X cp h/dlnk/ cpx:/tmp/xx; $X cp h/dang cpx:/tmp/;
	$X exec cpx stat -c "%n %F %u %a" /tmp/L /tmp/lnk /tmp/dlnk /tmp/xx /tmp/dang /tmp/xx/a'
t '$X cp -L h/dang cpx:/tmp/'
t '$X cp h/f cpx:/s/lf; $X exec cpx stat -c "%n %F" /s/lf /s/f; $X exec cpx cat /s/f;  $X cp h/f cpx:/s/dang;
	$X exec cpx stat -c "%n %F" /s/nope; $X cp h/f cpx:/s/ld; $X exec cpx ls /s/d; $X cp h/f cpx:/s/lda/;
	$X cp h/f cpx:/s/abs; $X exec cpx cat /etc/passwd'
t '$X cp h/f cpx:/ro/x'
t '$X cp h/f cpx:/vol/x; ls vol; $X cp cpx:/vol/x o/volx; cat o/volx'
t '$X cp h/f cpx:/tm/x; $X exec cpx ls /tm'
t '$X cp cpx:/proc/version o/; ls o'
t '$X cp cpx:/etc/hosts -|tar xOf -|head -1'
t 'mkdir -p h/emp; $X cp h/emp/. cpx:/tmp/q; $X exec cpx ls -A /tmp/q'
t '$X cp h/dir cpx:/tmp/q/new; $X cp h/dir cpx:/tmp/q/new; $X exec cpx find /tmp/q | sort'
t '$X cp h cpx:; $X exec cpx ls /f /dir'
t '$X cp h/f cpx:rel; $X exec cpx ls /rel'
t '$X cp h/f cpx:'
t '$X cp ./h:f cpx:/x'
t '$X cp "" cpx:/x'
t '$X cp cpx:/s/f ""; ls -la f'
t '$X cp - cpx:/tmp/q < ex.tar; $X exec cpx ls /tmp/q'
t 'gzip -c ex.tar | $X cp - cpx:/tmp/q/new; $X exec cpx ls /tmp/q/new'
t '$X cp h/f cpx:/s/null'
t '$X cp cpx:/s/f /dev/full'
$X run --network none --name cps -v $W/vol:/vol busybox sh -c 'mkdir /s; echo st > /s/f'
t '$X cp cps:/s/f -|tar xOf -'
t '$X cp h/f cps:/s/g;  $X cp cps:/s/g - | tar tf -'
t '$X cp h/f cps:/vol/sv; cat vol/sv;  $X cp cps:/vol - | tar tf -'
t '$X diff cps | sort'
t '$X create --network none --name cpc busybox cat /new >/dev/null; $X cp h/f cpc:/new; $X start -a cpc; $X rm cpc'
t '$X run --read-only --network none --name cpr busybox true; $X cp h/f cpr:/x; $X rm cpr'
$X rm -f cpx cpu cps > /dev/null 2>&1
