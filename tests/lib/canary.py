#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""canary.py - a place on the host that no container, layer or archive may touch.

  canary.py make DIR    make DIR/host with a secret, a victim, a directory and a FIFO; print the secret
  canary.py snap DIR    print everything stat, sha256 and xattrs can tell; two snapshots must be equal
  canary.py leak DIR FILE...   exit 1 when the secret's text is in any FILE (or below it)
"""
import hashlib
import os
import stat
import sys


def make(top):
    h = os.path.join(top, "host")
    os.makedirs(os.path.join(h, "dir"), mode=0o750)
    secret = "canary-" + os.urandom(24).hex()
    with open(os.path.join(h, "secret"), "w") as f:
        f.write(secret + "\n")
    os.chmod(os.path.join(h, "secret"), 0o600)
    with open(os.path.join(h, "victim"), "w") as f:
        f.write("victim\n")
    with open(os.path.join(h, "dir", "inner"), "w") as f:
        f.write("inner\n")
    os.mkfifo(os.path.join(h, "fifo"), 0o620)
    try:
        os.setxattr(os.path.join(h, "victim"), "user.canary", b"sings")
    except OSError:
        pass
    os.chmod(os.path.join(h, "victim"), 0o640)
    for name in ("victim", "secret", "dir/inner", "fifo", "dir", "."):
        os.utime(os.path.join(h, name), ns=(981173106_123456789, 981173106_987654321))
    print(secret)


def snap(top):
    h = os.path.join(top, "host")
    for path in sorted([h] + [os.path.join(d, n) for d, dirs, files in os.walk(h) for n in dirs + files]):
        st = os.lstat(path)
        digest = ""
        if stat.S_ISREG(st.st_mode):
            with open(path, "rb", opener=lambda p, f: os.open(p, f | os.O_NOATIME)) as f:
                digest = hashlib.sha256(f.read()).hexdigest()
        link = os.readlink(path) if stat.S_ISLNK(st.st_mode) else ""
        xattrs = [(x, os.getxattr(path, x, follow_symlinks=False)) for x in sorted(os.listxattr(path, follow_symlinks=False))]
        print(os.path.relpath(path, top), oct(st.st_mode), "%d:%d" % (st.st_uid, st.st_gid), st.st_nlink, st.st_ino,
              st.st_size if not stat.S_ISDIR(st.st_mode) else len(os.listdir(path)), st.st_mtime_ns, link, digest, xattrs)


def leak(top, paths):
    secret = open(os.path.join(top, "host", "secret"), "rb").read().strip()
    found = 0
    for p in paths:
        files = [p] if not os.path.isdir(p) else [os.path.join(d, n) for d, _, names in os.walk(p) for n in names]
        for f in files:
            if os.path.isfile(f) and not os.path.islink(f) and secret in open(f, "rb").read():
                print("leaked into", f)
                found = 1
    sys.exit(found)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
    elif sys.argv[1] == "snap":
        snap(sys.argv[2])
    else:
        leak(sys.argv[2], sys.argv[3:])
