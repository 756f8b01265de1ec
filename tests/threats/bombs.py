#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""bombs.py LIB DIR - small archives that want to become large: DIR/bomb-{gz,zst,members,window,entries,nested,configs,values}.tar"""
import gzip
import hashlib
import os
import subprocess
import sys
import zlib

sys.path.insert(0, sys.argv[1])
import mkimg
from mktar import Tar, header, pad

GB = 1 << 30


def oci(name, blob, media, diff):
    """An OCI archive of one layer blob that is not made here but given."""
    config = mkimg.make_config([])
    config["rootfs"]["diff_ids"] = [diff]
    digest = mkimg.sha(blob)

    def edit(m):
        m["layers"] = [{"mediaType": "application/vnd.oci.image.layer.v1.tar" + media, "digest": "sha256:" + digest,
                        "size": len(blob)}]
    tar = mkimg.oci_archive([], ["bomb:1"], config, manifest_edit=edit, blob_edit=lambda b: {**b, digest: blob})
    with open(os.path.join(sys.argv[2], "bomb-" + name + ".tar"), "wb") as f:
        f.write(tar.bytes())


class Squeezed:
    """Bytes go in; their digest and their gzip stream come out."""
    def __init__(self):
        self.sha, self.z, self.out = hashlib.sha256(), zlib.compressobj(1, zlib.DEFLATED, 31), []

    def write(self, b):
        self.sha.update(b)
        self.out.append(self.z.compress(b))

    def end(self):
        self.out.append(self.z.flush())
        return b"".join(self.out), "sha256:" + self.sha.hexdigest()


def zeros():
    block = bytes(1 << 20)
    s = Squeezed()
    zst = subprocess.Popen(["zstd", "-q", "-c", "-1"], stdin=subprocess.PIPE, stdout=open("zeros.zst", "wb"))
    for w in (s.write, zst.stdin.write):
        w(header("zeros", b"0", GB))
        for _ in range(1024):
            w(block)
        w(bytes(1024))
    zst.stdin.close()
    zst.wait()
    blob, diff = s.end()
    oci("gz", blob, "+gzip", diff)
    oci("zst", open("zeros.zst", "rb").read(), "+zstd", diff)
    os.unlink("zeros.zst")
    # Empty gzip members without end, and a zstd frame that asks for a window of 2 GB.
    oci("members", gzip.compress(b"", mtime=0) * 300000, "+gzip", diff)
    oci("window", bytes([0x28, 0xb5, 0x2f, 0xfd, 0x04, 0xa8]) + b"\x01\x00\x00" + bytes(64), "+zstd", diff)


def entries(n):
    t = bytearray(header("f0000000", b"0", 0))
    base = sum(t) - sum(t[0:8]) - sum(t[148:156]) + 8 * 32
    s, buf = Squeezed(), bytearray()
    for i in range(n):
        name = b"f%07d" % i
        t[0:8] = name
        t[148:156] = b"%06o\0 " % (base + sum(name))
        buf += t
        if len(buf) > 1 << 20:
            s.write(bytes(buf))
            buf.clear()
    s.write(bytes(buf) + bytes(1024))
    oci("entries", *(lambda b, d: (b, "+gzip", d))(*s.end()))


def nested(n):
    s = Squeezed()
    for i in range(1, n + 1):
        path = b"d/" * i
        if len(path) > 100:
            s.write(header("././@LongLink", b"L", len(path)) + pad(path[:-1] + b"\0"))
        s.write(header(path[:100], b"5", 0, mode=0o755))
    s.write(bytes(1024))
    oci("nested", *(lambda b, d: (b, "+gzip", d))(*s.end()))


def documents():
    """JSON that is small in the archive and large in memory: a config that a thousand images share; short values."""
    layer = Tar().file("f", b"x").bytes()
    config = mkimg.make_config([layer])
    config["config"]["Env"] = ["A%d=%s" % (i, "y" * 1000) for i in range(3800)]
    name = mkimg.sha(mkimg.dump(config)) + ".json"
    images = [{"Config": name, "RepoTags": ["bomb:%d" % i], "Layers": ["l/layer.tar"]} for i in range(1000)]
    for bomb, doc in ("configs", images), ("values", b"[" + b"{}," * 1390000 + b"{}]"):
        with open(os.path.join(sys.argv[2], "bomb-" + bomb + ".tar"), "wb") as f:
            f.write(mkimg.docker_archive([layer], config=config, manifest=doc, names=["l/layer.tar"]).bytes())


documents()
zeros()
entries(1_100_000)
nested(10_000)
