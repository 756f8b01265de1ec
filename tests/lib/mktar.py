#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""mktar.py - write any tar there can be, right or wrong.

As a module: Tar().file("a/b", b"text").symlink("l", "/etc").bytes()
As a command: mktar.py OUT ENTRY...

An ENTRY is one shell word: "TYPE NAME key=value ...", split as a shell would.
TYPE is f (file), d, l (symbolic link), h (hard link), c, b, p, or one raw type
byte as t=X. NAME and values take Python's backslash escapes. Keys:
  to= link target   data= contents   zeros= that many zero bytes   size= a lie
  mode= octal  uid= gid= mtime=  dev=MAJOR:MINOR  x.NAME= an xattr  p.KEY= a pax record
  long=gnu|pax|cut   how a name over 100 bytes is written (pax)
Nothing is checked: names, sizes and types go out as they were given.
"""
import shlex
import sys

BLOCK = 512


def octal(n, width):
    """A number field; base-256 when octal digits do not hold it."""
    if 0 <= n < 8 ** (width - 1):
        return b"%0*o\0" % (width - 1, n)
    return bytes([0x80 if n >= 0 else 0xFF]) + (n & (1 << 8 * (width - 1)) - 1).to_bytes(width - 1, "big")


def enc(s):
    return s if isinstance(s, bytes) else s.encode("utf-8", "surrogateescape")


def header(name, typ=b"0", size=0, mode=0o644, uid=0, gid=0, mtime=0, link=b"", dev=(0, 0),
           magic=b"ustar\x0000", prefix=b"", uname=b"", gname=b"", checksum=None):
    h = bytearray(BLOCK)

    def put(at, width, b):
        h[at:at + width] = b[:width].ljust(width, b"\0")

    put(0, 100, enc(name))
    put(100, 8, octal(mode, 8))
    put(108, 8, octal(uid, 8))
    put(116, 8, octal(gid, 8))
    put(124, 12, octal(size, 12))
    put(136, 12, octal(mtime, 12))
    h[148:156] = b" " * 8
    put(156, 1, typ)
    put(157, 100, enc(link))
    put(257, 8, magic)
    put(265, 32, enc(uname))
    put(297, 32, enc(gname))
    put(329, 8, octal(dev[0], 8))
    put(337, 8, octal(dev[1], 8))
    put(345, 155, enc(prefix))
    total = sum(h) if checksum is None else checksum
    h[148:156] = b"%06o\0 " % total
    return bytes(h)


def pad(data):
    return data + b"\0" * (-len(data) % BLOCK)


def pax_records(pairs):
    out = b""
    for k, v in pairs:
        body = b" " + enc(k) + b"=" + enc(v) + b"\n"
        n = len(body)
        while len(str(n)) + len(body) != n:
            n = len(str(n)) + len(body)
        out += str(n).encode() + body
    return out


class Tar:
    def __init__(self):
        self.out = bytearray()

    def raw(self, b):
        self.out += b
        return self

    def entry(self, name, typ=b"0", data=b"", size=None, mode=None, link=b"", pax=(), xattrs=(), long="pax", **kw):
        name, link = enc(name), enc(link)
        pairs = list(pax) + [("SCHILY.xattr." + k, v) for k, v in dict(xattrs).items()]
        for key, value, gnu in (("path", name, b"L"), ("linkpath", link, b"K")):
            if len(value) <= 100 or long == "cut":
                continue
            if long == "gnu":
                self.out += header("././@LongLink", gnu, len(value) + 1) + pad(value + b"\0")
            else:
                pairs.append((key, value))
        if pairs:
            recs = pax_records(pairs)
            self.out += header("PaxHeaders/x", b"x", len(recs)) + pad(recs)
        if mode is None:
            mode = 0o755 if typ == b"5" else 0o777 if typ == b"2" else 0o644
        self.out += header(name, typ, len(data) if size is None else size, mode=mode, link=link, **kw) + pad(data)
        return self

    def file(self, name, data=b"", **kw):
        return self.entry(name, b"0", enc(data), **kw)

    def dir(self, name, **kw):
        return self.entry(name, b"5", **kw)

    def symlink(self, name, to, **kw):
        return self.entry(name, b"2", link=to, **kw)

    def link(self, name, to, **kw):
        return self.entry(name, b"1", link=to, **kw)

    def node(self, name, typ, major=0, minor=0, **kw):
        return self.entry(name, typ, dev=(major, minor), **kw)

    def bytes(self, end=True):
        return bytes(self.out) + (b"\0" * 1024 if end else b"")


TYPES = {"f": b"0", "d": b"5", "l": b"2", "h": b"1", "c": b"3", "b": b"4", "p": b"6"}


def unescape(s):
    return s.encode("latin-1", "backslashreplace").decode("unicode_escape").encode("latin-1") \
        if "\\" in s else enc(s)


def add_text(tar, text):
    """Add one entry written in the command's notation."""
    words = shlex.split(text)
    typ, name, kw, xattrs, pax = words[0], unescape(words[1]), {}, {}, []
    for w in words[2:]:
        k, _, v = w.partition("=")
        if k == "mode":
            kw[k] = int(v, 8)
        elif k in ("uid", "gid", "mtime", "size"):
            kw[k] = int(v, 0)
        elif k == "dev":
            kw[k] = tuple(int(x) for x in v.split(":"))
        elif k == "to":
            kw["link"] = unescape(v)
        elif k == "data":
            kw[k] = unescape(v)
        elif k == "zeros":
            kw["data"] = b"\0" * int(v)
        elif k == "long":
            kw[k] = v
        elif k.startswith("x."):
            xattrs[k[2:]] = unescape(v)
        elif k.startswith("p."):
            pax.append((k[2:], unescape(v)))
        else:
            raise SystemExit("mktar.py: unknown key '%s'" % k)
    tar.entry(name, TYPES[typ] if typ in TYPES else unescape(typ[2:]), xattrs=xattrs, pax=pax, **kw)


def main():
    tar = Tar()
    for text in sys.argv[2:]:
        add_text(tar, text)
    with open(sys.argv[1], "wb") if sys.argv[1] != "-" else sys.stdout.buffer as f:
        f.write(tar.bytes())


if __name__ == "__main__":
    main()
