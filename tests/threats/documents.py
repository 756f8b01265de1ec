#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""documents.py LIB H DIR - archives whose documents lie: digests, sizes, paths, types, depth.

Writes DIR/NAME.tar and the lists DIR/refuse and DIR/either ("ROW NAME" a line); also DIR/tag-hello.tar and
DIR/tag-good.tar, which are good."""
import json
import os
import sys

sys.path.insert(0, sys.argv[1])
import mkimg
from mktar import Tar

H, OUT = sys.argv[2], sys.argv[3]
os.makedirs(OUT, exist_ok=True)
LISTS = {"refuse": open(os.path.join(OUT, "refuse"), "w"), "either": open(os.path.join(OUT, "either"), "w")}
LAYER = Tar().file("f", "x").bytes()
OTHER = Tar().file("g", "y").bytes()
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def write(row, name, tar, what="refuse"):
    with open(os.path.join(OUT, name + ".tar"), "wb") as f:
        f.write(tar.bytes() if isinstance(tar, Tar) else tar)
    if what in LISTS:
        LISTS[what].write("%s %s\n" % (row, name))


def set_digest(where, d):
    """An edit that puts digest d into the first descriptor of a list, or the one of that name."""
    def edit(doc):
        (doc[where][0] if isinstance(doc[where], list) else doc[where])["digest"] = d
    return edit


def digests():
    """Z33: digests that are none, wherever a digest stands."""
    good = mkimg.sha(LAYER)
    for label, d in (("dotdot", "sha256:../../../x"), ("63", "sha256:" + good[:63]), ("65", "sha256:" + good + "0"),
                     ("upper", "sha256:" + good.upper()), ("sha512-short", "sha512:" + good), ("md5", "md5:" + "0" * 32),
                     ("empty", ""), ("bare", good), ("slash", "sha256:/" + good[1:]),
                     ("megabyte", "sha256:" + "a" * (1 << 20)), ("nul", "sha256:" + good[:62] + "\0a")):
        cfg = mkimg.make_config([LAYER])
        cfg["rootfs"]["diff_ids"] = [d]
        write("Z33", "diffid-" + label, mkimg.docker_archive([LAYER], ["doc:1"], cfg))
        write("Z33", "layer-" + label, mkimg.oci_archive([LAYER], ["doc:1"], manifest_edit=set_digest("layers", d)))
        write("Z33", "config-" + label, mkimg.oci_archive([LAYER], ["doc:1"], manifest_edit=set_digest("config", d)))
        write("Z33", "index-" + label, mkimg.oci_archive([LAYER], ["doc:1"], index_edit=set_digest("manifests", d)))


def flip(which):
    """An edit that changes one bit in the middle of the blob with that number."""
    def edit(blobs):
        k = list(blobs)[which]
        b = bytearray(blobs[k])
        b[len(b) // 2] ^= 1
        return {**blobs, k: bytes(b)}
    return edit


def contents():
    """Z34: one byte is another, or a length is."""
    other = mkimg.make_config([OTHER])
    write("Z34", "wrong-diffid", mkimg.docker_archive([LAYER], ["doc:1"], other))
    write("Z34", "wrong-diffid-oci", mkimg.oci_archive([LAYER], ["doc:1"], other))
    for i, label in enumerate(("config", "layer", "manifest")):
        write("Z34", "flipped-" + label, mkimg.oci_archive([LAYER], ["doc:1"], how="none", blob_edit=flip(i)))
    for label, delta in (("short", -1), ("long", 1)):
        def layer_size(m):
            m["layers"][0]["size"] += delta

        def config_size(m):
            m["config"]["size"] += delta

        def resize(blobs):
            k = list(blobs)[1]
            return {**blobs, k: blobs[k][:-1] if delta < 0 else blobs[k] + b"\0"}
        write("Z34", "layer-size-" + label, mkimg.oci_archive([LAYER], ["doc:1"], manifest_edit=layer_size))
        write("Z34", "config-size-" + label, mkimg.oci_archive([LAYER], ["doc:1"], manifest_edit=config_size))
        write("Z34", "blob-" + label, mkimg.oci_archive([LAYER], ["doc:1"], blob_edit=resize))
    write("Z34", "fewer-layers", mkimg.docker_archive([LAYER], ["doc:1"], mkimg.make_config([LAYER, OTHER])))
    write("Z34", "more-layers", mkimg.docker_archive([LAYER, OTHER], ["doc:1"], mkimg.make_config([LAYER])))

    def missing(blobs):
        return {k: v for i, (k, v) in enumerate(blobs.items()) if i != 1}
    write("Z34", "blob-missing", mkimg.oci_archive([LAYER], ["doc:1"], blob_edit=missing))
    whole = mkimg.docker_archive([LAYER], ["doc:1"]).bytes()
    for part in (100, 700, 1600, 2600, 3700):
        write("Z34", "cut-%d" % part, whole[:part])
    z = mkimg.compress(whole, "gzip")
    write("Z34", "gzip-cut", z[:-20])
    write("Z34", "gzip-flipped", z[:60] + bytes([z[60] ^ 0xff]) + z[61:])
    write("Z34", "gzip-crc", z[:-8] + b"\0\0\0\0" + z[-4:])
    z = mkimg.compress(whole, "zstd")
    write("Z34", "zstd-cut", z[:-20])
    write("Z34", "zstd-flipped", z[:40] + bytes([z[40] ^ 0xff]) + z[41:])


def kinds():
    """Z35: what is it, a manifest or an index?"""
    def both(m):
        m["manifests"] = [{"mediaType": MANIFEST, "digest": "sha256:" + "0" * 64, "size": 1}]

    def as_index(m):
        m["mediaType"] = INDEX

    def twice(m):
        return json.dumps(m).replace('"layers": [', '"layers": [], "layers": [').encode()

    def schema1(m):
        return {"schemaVersion": 1, "name": "x", "tag": "y", "fsLayers": [], "history": []}
    for label, edit in (("both", both), ("manifest-says-index", as_index), ("layers-twice", twice), ("schema1", schema1)):
        write("Z35", label, mkimg.oci_archive([LAYER], ["doc:1"], manifest_edit=edit))
    blobs, d, size = {}, "0" * 64, 0
    for _ in range(1000):	# an index in an index in an index …
        doc = mkimg.dump({"schemaVersion": 2, "mediaType": INDEX,
                          "manifests": [{"mediaType": INDEX, "digest": "sha256:" + d, "size": size}]})
        d, size = mkimg.sha(doc), len(doc)
        blobs[d] = doc

    def nest(i):
        i["manifests"] = [{"mediaType": INDEX, "digest": "sha256:" + d, "size": size}]
    write("Z35", "index-1000-deep",
          mkimg.oci_archive([LAYER], ["doc:1"], index_edit=nest, blob_edit=lambda b: {**b, **blobs}))


def members():
    """Z36: names in manifest.json, and members that are not files."""
    cfg = mkimg.dump(mkimg.make_config([LAYER]))
    name = mkimg.sha(cfg) + ".json"

    def archive(layers, config=name, tags=("doc:1",), extra=None):
        t = Tar().file(name, cfg).file("l/layer.tar", LAYER)
        if extra:
            extra(t)
        return t.file("manifest.json", mkimg.dump([{"Config": config, "RepoTags": list(tags), "Layers": layers}]))
    up = "../" * 20
    write("Z36", "path-up", archive([up + "etc/passwd"]))
    write("Z36", "path-abs", archive(["/etc/passwd"]))
    write("Z36", "config-up", archive(["l/layer.tar"], config=up + "etc/passwd"))
    write("Z36", "config-h", archive(["l/layer.tar"], config=H + "/victim"))
    write("Z36", "member-link", archive(["stolen"], extra=lambda t: t.symlink("stolen", H + "/secret")))
    write("Z36", "member-hard", archive(["stolen"], extra=lambda t: t.link("stolen", H + "/secret")))
    write("Z36", "member-dir", archive(["stolen"], extra=lambda t: t.dir("stolen")))
    write("Z36", "member-fifo", archive(["stolen"], extra=lambda t: t.node("stolen", b"6")))
    write("Z36", "member-link-config", archive(["l/layer.tar"], config="c", extra=lambda t: t.symlink("c", "/etc/passwd")))
    write("Z36", "manifest-is-link", Tar().symlink("manifest.json", "/etc/passwd"))
    write("Z36", "manifest-missing", Tar().file("nothing", "x"))
    write("Z36", "members-out", Tar().file(up + H[1:] + "/victim", "owned").symlink("a", H).file("a/victim", "owned"))
    write("Z36", "duplicate-member", archive(["l/layer.tar"], extra=lambda t: t.file("l/layer.tar", OTHER)), "either")
    for i, tag in enumerate(("../x", "UPPER:1", "a b", "x:", ":x", "/x", "x/../y", "x@sha256:1", "\x1b]0;x\x07", "a" * 300, "")):
        write("Z36", "tag-%d" % i, archive(["l/layer.tar"], tags=[tag]))
    write("Z36", "tags-300000", archive(["l/layer.tar"], tags=["t:%d" % i for i in range(300000)]))
    write("Z36", "tag-hello", archive(["l/layer.tar"], tags=["hello:latest"]), "good")
    write("Z36", "tag-good", archive(["l/layer.tar"], tags=["good:1"]), "good")


def configs():
    """Z39: configurations as bombs, of the wrong types, and not quite JSON."""
    base = mkimg.dump(mkimg.make_config([LAYER]))

    def doc(name, text, what="refuse"):
        config = text if isinstance(text, bytes) else mkimg.make_config([LAYER], text)
        write("Z39", "config-" + name, mkimg.docker_archive([LAYER], ["doc:1"], config), what)

    def more(text):
        return base[:-1] + b"," + text + b"}"
    doc("deep", more(b'"x":' + b"[" * 100000 + b"]" * 100000))
    doc("deep-object", more(b'"x":' + b'{"a":' * 100000 + b"1" + b"}" * 100000))
    doc("huge", more(b'"x":"' + b"a" * (5 << 20) + b'"'))
    doc("twice", more(b'"rootfs":{"type":"layers","diff_ids":[]}'))
    doc("lone-surrogate", more(b'"author":"\\ud800"'), "either")
    doc("bad-utf8", more(b'"author":"\xff\xfe"'), "either")
    doc("number-huge", more(b'"x":1e999999'), "either")
    for label, text in (("not-json", b"no json"), ("empty", b""), ("array", b"[]"), ("null", b"null"),
                        ("cut", base[:-5]), ("trailing", base + b"{}")):
        doc(label, text)
    doc("env-many", {"Env": ["K%d=v" % i for i in range(300000)]})
    for label, config in (("env-number", {"Env": 5}), ("env-object", {"Env": {"A": "b"}}), ("env-of-numbers", {"Env": [1, 2]}),
                          ("cmd-text", {"Cmd": "sh -c x"}), ("user-number", {"User": 0}), ("labels-list", {"Labels": ["a=b"]}),
                          ("env-nul", {"Env": ["A=b\0c"]}), ("cmd-nul", {"Cmd": ["/bin/sh\0"]}), ("workdir-nul", {"WorkingDir": "/a\0b"}),
                          ("health-huge", {"Healthcheck": {"Test": ["CMD", "x"], "Interval": 10 ** 30}}),
                          ("history-many", {".": {"history": [{"created_by": "x" * 100}] * 60000}}),
                          ("no-rootfs", {".": {"rootfs": None}}),
                          ("diffids-text", {".": {"rootfs": {"type": "layers", "diff_ids": "sha256:x"}}})):
        doc(label, config)
    doc("volumes-list", {"Volumes": ["/a"]}, "either")
    doc("created-odd", {".": {"created": "not a time"}}, "either")
    doc("created-far", {".": {"created": "292277026597-01-01T00:00:00Z"}}, "either")


for part in (digests, contents, kinds, members, configs):
    part()
