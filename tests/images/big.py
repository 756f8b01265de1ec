#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""big.py DIR [LAYERS] - the layers of a big image: 217 MB in 7,500 files, always the same bytes.

Sizes are spread as in a real system (many small, few large) and gzip takes about half away. Writes
DIR/big-N.tar for N in 1..LAYERS, the files dealt out in runs, so that each layer is a whole subtree.
"""
import os
import random
import sys
import tarfile
import io

TOTAL, FILES, DIRS, LINKS = 217_000_000, 7_500, 700, 600
WORDS = b"the quick brown fox jumps over the lazy dog and then it does so once more for good measure, "


def sizes(rng):
    raw = [rng.lognormvariate(8.6, 1.6) for _ in range(FILES)]
    scale = TOTAL / sum(raw)
    return [int(r * scale) for r in raw]


def contents(rng, n):
    """About 43 % noise, the rest text, in strips of 4 KB."""
    out = bytearray()
    text = WORDS * 40
    while len(out) < n:
        out += rng.randbytes(1780)
        at = rng.randrange(len(WORDS))
        out += text[at:at + 2316]
    return bytes(out[:n])


def member(tar, name, typ, data=b"", link="", mode=0o644):
    t = tarfile.TarInfo(name)
    t.type, t.size, t.mode, t.mtime, t.linkname = typ, len(data), mode, 1577836800, link
    t.uname = t.gname = "root"
    tar.addfile(t, io.BytesIO(data))


def main():
    out, layers = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1
    rng = random.Random(2026)
    size = sizes(rng)
    per = -(-FILES // layers)
    for n in range(layers):
        with tarfile.open(os.path.join(out, "big-%d.tar" % (n + 1)), "w", format=tarfile.GNU_FORMAT) as tar:
            top = "usr/share/part%d" % n
            for d in ("usr", "usr/share", top):
                member(tar, d, tarfile.DIRTYPE, mode=0o755)
            last = None
            for i in range(n * per, min(FILES, (n + 1) * per)):
                d = "%s/d%03d" % (top, i * DIRS // FILES)
                if d != last:
                    member(tar, d, tarfile.DIRTYPE, mode=0o755)
                    last = d
                name = "%s/file%05d" % (d, i)
                member(tar, name, tarfile.REGTYPE, contents(rng, size[i]), mode=0o755 if i % 9 == 0 else 0o644)
                if i % (FILES // LINKS) == 0:
                    member(tar, name + ".lnk", tarfile.SYMTYPE, link="file%05d" % i)


main()
