#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""corpus.py BASE.tar H DIR [NAME] - hostile and odd layers, each as an image archive DIR/NAME.tar.

BASE.tar is the layer below (it holds /probe); H is the canary's directory on the host. Every archive has
correct digests and diff_ids, so only the layer is what it should not be. DIR/cases gets one line each:

    ROW NAME WHAT    WHAT: load    an ordinary tar in odd clothes: it must load
                           refuse  it must be refused
                           either  refused in one line, or loaded and harmless
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mkimg
from mktar import Tar, header, octal, pad, pax_records

CASES = []


def case(name, what, *layers):
    CASES.append((name, what, [l.bytes() if isinstance(l, Tar) else l for l in layers]))


def T():
    return Tar()


def names(h):
    """Z25: entry names, links on the way, order."""
    up = "../" * 20 + h[1:]
    case("dotdot", "either", T().file("../x", "out").file("ok", "in"))
    case("dotdot-far", "either", T().file(up + "/victim", "owned"))
    case("dotdot-middle", "either", T().dir("a").file("a/../../x", "out"))
    case("dotdot-inside", "either", T().dir("a").dir("b").file("a/../b/x", "in"))
    case("dotdot-dir", "either", T().dir(".."))
    case("absolute", "either", T().file("/abs", "in"))
    case("absolute-h", "either", T().file(h + "/victim", "owned"))
    case("link-abs-then-file", "either", T().symlink("a", h).file("a/victim", "owned"))
    case("link-rel-then-file", "either", T().symlink("a", up).file("a/victim", "owned"))
    case("link-up", "either", T().symlink("a", "..").file("a/x", "out"))
    case("link-chain", "either", T().symlink("a", "b").symlink("b", h).file("a/victim", "owned"))
    case("link-two-steps", "either", T().dir("d").symlink("d/up", "..").symlink("e", "d/up/..").file("e/x", "out"))
    case("link-below", "either", T().symlink("a", h), T().file("a/victim", "owned"))
    case("link-below-dir", "either", T().symlink("a", h), T().dir("a").file("a/victim", "owned"))
    case("link-then-chmod", "either", T().symlink("a", h + "/victim").file("a", "", mode=0o777))
    case("link-then-dir", "either", T().symlink("a", h).dir("a", mode=0o777).file("a/new", "out"))
    case("dir-then-link", "either", T().dir("a").file("a/f", "1").symlink("a", h).file("a/victim", "owned"))
    case("dir-link-dir", "either",
         T().dir("a").symlink("a", h).dir("a").symlink("a", h).file("a/victim", "owned"))
    case("link-file-link", "either", T().symlink("a", h + "/victim").file("a", "mine").symlink("a", h).file("a/x", "o"))
    case("link-proc", "either", T().symlink("a", "/proc/self/root" + h).file("a/victim", "owned"))
    case("link-proc-cwd", "either", T().symlink("a", "/proc/self/cwd/.." ).file("a/x", "out"))
    case("link-self", "either", T().symlink("a", "a").file("a/x", "loop"))
    case("link-40", "either", *[make_chain(45)])
    case("fifo-then-file", "either", T().node("a", b"6").file("a", "not stuck"))
    case("case-twins", "load", T().file("Name", "1").file("name", "2").file("NAME", "3"))
    case("dot-slash", "load", T().dir("./").dir("./a").file("./a/b", "in"))
    case("double-slash", "load", T().dir("a//").file("a//b", "in"))
    case("dot-middle", "load", T().dir("a").file("a/./b", "in"))
    case("trailing-slash", "either", T().file("a/", "file with a slash"))
    case("empty-name", "either", T().file("", "nobody"))
    case("empty-dir-name", "either", T().dir(""))
    case("nul-in-pax", "either", T().entry("x", data=b"1", pax=[("path", b"a\0b")]))
    case("newline-name", "load", T().file("a\nb", "in"))
    case("bad-utf8", "load", T().file(b"\xff\xfe", b"in"))
    case("name-255", "load", T().file("n" * 255, "in"))
    case("name-256", "refuse", T().file("n" * 256, "in"))
    case("name-4096", "either", T().file("/".join(["d" * 63] * 64), "in"))
    case("name-4097", "refuse", T().file("n" * 4097, "in"))
    case("name-4097-gnu", "refuse", T().file("n" * 4097, "in", long="gnu"))
    case("name-64k", "refuse", T().file("a/" * 32768, "in"))
    case("deep-300", "load", T().file("/".join(["d"] * 300) + "/f", "deep"))
    case("deep-3000", "either", T().file("/".join(["d"] * 3000) + "/f", "deep"))
    case("no-parents", "load", T().file("x/y/z/f", "in"))
    case("parent-later", "load", T().file("x/f", "in").dir("x", mode=0o700))
    case("parent-is-file", "either", T().file("x", "file").file("x/f", "in"))
    case("twice", "either", T().file("f", "first").file("f", "second"))
    case("twice-other-type", "either", T().file("f", "first").symlink("f", "/dev/null"))
    case("pax-path-out", "either", T().entry("ok", data=b"x", pax=[("path", h + "/victim")]))
    case("pax-path-dotdot", "either", T().entry("ok", data=b"x", pax=[("path", up + "/victim")]))
    case("pax-link-out", "either", T().entry("l", b"1", link="ok", pax=[("linkpath", up + "/victim")]))
    case("gnu-then-pax", "load", T().raw(header("././@LongLink", b"L", 4) + pad(b"one\0"))
         .entry("three", data=b"x", pax=[("path", "two")]))
    case("global-pax", "either", T().raw(header("g", b"g", 15) + pad(pax_records([("path", "all")]))).file("f", "x"))
    case("prefix-out", "either", T().raw(header("victim", b"0", 1, prefix=h.encode()[:154])).raw(pad(b"x")))


def make_chain(n):
    t = T()
    for i in range(n):
        t.symlink("l%d" % i, "l%d" % (i + 1))
    return t.dir("l%d" % n).file("l0/x", "through many")


def roots(h):
    """Z26: the root entry is something else than a directory."""
    for name in (".", "./", "/", ""):
        label = {".": "dot", "./": "dotslash", "/": "slash", "": "nothing"}[name]
        case("root-link-" + label, "either", T().symlink(name, h), T().file("victim", "owned"))
    case("root-file", "either", T().file(".", "not a directory"), T().file("f", "x"))
    case("root-fifo", "either", T().node("./", b"6"), T().file("f", "x"))
    case("root-hard", "either", T().link(".", h), T().file("victim", "owned"))
    case("root-mode", "load", T().dir("./", mode=0o711))


def hardlinks(h):
    """Z27: hard links out, and what is then done to them."""
    up = "../" * 20 + h[1:]
    for label, to in (("abs", h + "/victim"), ("rel", up + "/victim"), ("proc", "/proc/self/root" + h + "/victim")):
        case("hard-" + label, "either", T().link("l", to).entry("l", b"1", link=to, mode=0o777, xattrs={"user.x": b"1"}))
        case("hard-mode-" + label, "either", T().link("l", to, mode=0o777, uid=1000, mtime=1))
    case("hard-through-link", "either", T().symlink("s", h).link("l", "s/victim", mode=0o777))
    case("hard-to-link", "either", T().symlink("s", h + "/victim").link("l", "s", mode=0o777))
    case("hard-to-link-write", "either", T().symlink("s", h + "/victim").link("l", "s").file("l", "owned"))
    case("hard-to-dir", "either", T().dir("d").link("l", "d"))
    case("hard-missing", "either", T().link("l", "nothing"))
    case("hard-self", "either", T().link("l", "l"))
    case("hard-abs-inside", "load", T().file("f", "one").link("l", "/f"))
    case("hard-dot-inside", "load", T().file("f", "one").link("./l", "./f"))
    case("hard-below", "either", T().file("f", "one"), T().link("l", "f"))
    case("hard-secret", "either", T().link("stolen", h + "/secret"), T().link("stolen2", up + "/secret"))


def whiteouts(h):
    """Z28: whiteouts as a way to delete."""
    for label, name in (("dotdot", ".wh..."), ("dot", ".wh.."), ("none", ".wh."), ("slash", ".wh.a/b"),
                        ("deep", "a/.wh..."), ("up", "../.wh.victim"), ("twice", ".wh..wh.f"),
                        ("unknown", ".wh..wh.plnk"), ("aufs", ".wh..wh.orph/x")):
        case("wh-" + label, "either", T().file("f", "1").dir("a").file("a/f", "2"), T().file(name, ""))
    case("wh-link", "either", T().symlink("a", h), T().file("a/.wh.victim", ""))
    case("wh-link-opaque", "either", T().symlink("a", h), T().file("a/.wh..wh..opq", ""))
    case("wh-opaque-root", "either", T().file("f", "1"), T().file(".wh..wh..opq", ""))
    case("wh-plain", "load", T().file("f", "1").dir("d").file("d/f", "1"), T().file(".wh.f", "").file(".wh.d", ""))
    case("wh-opaque", "load", T().dir("d").file("d/a", "1"), T().dir("d").file("d/.wh..wh..opq", "").file("d/b", "2"))
    case("wh-opaque-last", "load", T().dir("d").file("d/a", "1"), T().dir("d").file("d/b", "2").file("d/.wh..wh..opq", ""))
    case("wh-same-layer", "either", T().file("f", "1").file(".wh.f", ""))
    case("wh-missing", "load", T().file("f", "1"), T().file(".wh.never-there", ""))
    case("wh-device", "either", T().file("f", "1"), T().node("f", b"3", 0, 0))


def owners(h):
    """Z29: devices, owners, modes, times."""
    case("devices", "either", T().node("disk", b"4", 254, 0, mode=0o666).node("mem", b"3", 1, 1, mode=0o666)
         .node("null", b"3", 1, 3, mode=0o666))
    case("device-huge", "either", T().node("big", b"3", 1 << 20, 1 << 20))
    case("owners", "load", T().file("big", "x", uid=4_000_000_000, gid=4_000_000_000))
    case("owner-max", "either", T().file("max", "x", uid=(1 << 32) - 1))
    case("owner-negative", "either", T().file("neg", "x", uid=-1))
    case("owner-huge", "either", T().file("huge", "x", uid=1 << 40))
    case("suid", "load", T().file("suid", "x", mode=0o6755))
    case("modes", "load", T().file("f", "x", mode=0o177777).dir("d", mode=0o1777))
    case("times", "load", T().file("new", "x", mtime=1 << 33).entry("frac", data=b"x", pax=[("mtime", "1.5")]))
    case("time-before-1970", "load", T().file("old", "x", mtime=-1))


def xattrs(h):
    """Z30: extended attributes, overlay's own among them."""
    case("xattr-overlay", "either",
         T().dir("secretdir").file("secretdir/inside", "1").dir("shown").file("plain", "2"),
         T().dir("shown", xattrs={"trusted.overlay.redirect": b"/secretdir", "trusted.overlay.opaque": b"y"})
         .file("plain", "", xattrs={"trusted.overlay.metacopy": b"", "trusted.overlay.redirect": b"/secretdir/inside"})
         .dir("secretdir", xattrs={"user.overlay.opaque": b"y", "trusted.overlay.origin": b"x"}))
    case("xattr-plain", "either", T().file("f", "x", xattrs={"user.note": b"kept"}))
    case("xattr-odd", "either", T().file("f", "x", xattrs={"nonsense": b"1", "": b"2", "user." + "n" * 300: b"3"}))
    case("xattr-64k", "either", T().file("f", "x", xattrs={"user.big": b"v" * 65536}))


def broken(h):
    """Z31: bombs that need no compression, lies, cuts."""
    case("size-lies", "refuse", T().entry("f", data=b"x", size=1 << 40))
    case("size-8eb", "refuse", T().entry("f", data=b"x", size=(1 << 63) - 1))
    case("size-negative", "refuse", T().entry("f", data=b"x", size=-1))
    case("size-cut", "refuse", T().file("f", b"x" * 5000).bytes(end=False)[:3000])
    case("checksum", "refuse", T().raw(header("f", b"0", 1, checksum=0)).raw(pad(b"x")))
    case("garbage", "refuse", b"this is no tar at all\n" * 100)
    case("no-end", "either", T().file("f", "x").bytes(end=False))
    case("one-end-block", "either", T().file("f", "x").bytes(end=False) + b"\0" * 512)
    case("after-end", "either", T().file("f", "x").bytes() + T().file(h + "/victim", "owned").bytes())
    case("pax-huge", "refuse", T().entry("f", data=b"x", pax=[("comment", b"c" * (3 << 20))]))
    case("pax-many", "either", T().entry("f", data=b"x", pax=[("k%d" % i, "v") for i in range(20000)]))
    case("pax-length-lies", "refuse", T().raw(header("x", b"x", 20) + pad(b"999999 path=/etc/x\n")).file("f", "x"))
    case("pax-length-zero", "refuse", T().raw(header("x", b"x", 10) + pad(b"0 path=a\n\n")).file("f", "x"))
    case("pax-no-equals", "either", T().raw(header("x", b"x", 8) + pad(b"8 path\n\n")).file("f", "x"))
    case("pax-alone", "either", T().raw(header("x", b"x", 11) + pad(b"11 path=ab\n")))
    case("sparse-map", "refuse", sparse_bomb())
    case("gnu-sparse", "either", T().raw(old_sparse()))
    case("type-unknown", "either", T().entry("odd", b"Z", data=b"x").file("f", "x"))
    case("type-contiguous", "load", T().entry("cont", b"7", data=b"x"))
    case("type-v7", "load", T().raw(header("old", b"\0", 1, magic=b"\0" * 8)).raw(pad(b"x")))
    case("dir-with-data", "either", T().entry("d", b"5", data=b"x" * 600).file("f", "x"))
    case("link-with-data", "either", T().entry("l", b"2", data=b"x" * 600, link="f").file("f", "x"))
    case("longlink-huge", "refuse", T().raw(header("././@LongLink", b"L", 1 << 30)).file("f", "x"))
    case("longlink-empty", "either", T().raw(header("././@LongLink", b"L", 0)).file("f", "x"))
    case("longlink-chain", "either", T().raw((header("././@LongLink", b"L", 2) + pad(b"a\0")) * 1000).file("f", "x"))


def sparse_bomb():
    """A GNU 1.0 sparse map that claims ten million segments."""
    t = T()
    return t.entry("GNUSparseFile.0/f", data=b"10000000\n" + b"0\n1\n" * 2000,
                   pax=[("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "f"),
                        ("GNU.sparse.realsize", str(1 << 62))])


def old_sparse():
    h = bytearray(header("sp", b"S", 512, magic=b"ustar  \0"))
    h[386:398] = octal(1 << 20, 12)
    h[398:410] = octal(512, 12)
    h[483:495] = octal((1 << 20) + 512, 12)
    h[148:156] = b" " * 8
    h[148:156] = b"%06o\0 " % sum(h)
    return bytes(h) + b"s" * 512


def main():
    base, h, out = open(sys.argv[1], "rb").read(), sys.argv[2], sys.argv[3]
    made = []
    for row, make in (("Z25", names), ("Z26", roots), ("Z27", hardlinks), ("Z28", whiteouts), ("Z29", owners),
                      ("Z30", xattrs), ("Z31", broken)):
        make(h)
        made += [(row,) + c for c in CASES[len(made):]]
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "cases"), "w") as listing:
        for row, name, what, layers in made:
            if len(sys.argv) > 4 and name != sys.argv[4]:
                continue
            stack = [base] + layers
            config = mkimg.make_config(stack, {"Entrypoint": ["/probe"]})
            with open(os.path.join(out, name + ".tar"), "wb") as f:
                f.write(mkimg.docker_archive(stack, ["hostile:" + name], config).bytes())
            listing.write("%s %s %s\n" % (row, name, what))


main()
