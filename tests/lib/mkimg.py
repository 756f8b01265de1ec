#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""mkimg.py - wrap layer tars as an image archive with correct digests.

usage: mkimg.py [-f docker|oci] [-z none|gzip|zstd] [-Z none|gzip|zstd] [-t NAME]... [-c JSON]
                [--arch A] -o OUT LAYER.tar...

-f   docker: manifest.json, what `docker save` and `docker load` speak; oci: an OCI image layout
-z   compression of each layer; -Z of the whole archive
-c   merged into the config's "config" object; a key "." is merged into the whole config
The same input gives the same bytes. Only what a test breaks on purpose is wrong: use the functions
below from Python to replace any part (digest, size, name, document) before it is written.
"""
import argparse
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from mktar import Tar

MEDIA = {"none": "", "gzip": "+gzip", "zstd": "+zstd"}


def sha(b):
    return hashlib.sha256(b).hexdigest()


def compress(b, how):
    if how == "gzip":
        out = io.BytesIO()
        with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=6, mtime=0) as z:
            z.write(b)
        return out.getvalue()
    if how == "zstd":
        return subprocess.run(["zstd", "-q", "-c", "-3"], input=b, stdout=subprocess.PIPE, check=True).stdout
    return b


def make_config(layers, extra=None, arch="amd64"):
    """The image config of these uncompressed layers, as a dict."""
    extra = dict(extra or {})
    whole = extra.pop(".", {})
    config = {
        "architecture": arch,
        "os": "linux",
        "created": "2020-01-01T00:00:00Z",
        "config": {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
                   "Cmd": ["/bin/sh"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + sha(l) for l in layers]},
        "history": [{"created": "2020-01-01T00:00:00Z", "created_by": "layer %d" % i}
                    for i in range(len(layers))],
    }
    config["config"].update(extra)
    config.update(whole)
    return config


def dump(doc):
    return doc if isinstance(doc, bytes) else json.dumps(doc, separators=(",", ":")).encode()


def docker_archive(layers, tags=("test:latest",), config=None, manifest=None, how="none", names=None):
    """A docker-archive as a Tar. layers: uncompressed bytes. Any part can be given instead of made."""
    cfg = dump(config if config is not None else make_config(layers))
    names = names or ["%s/layer.tar" % sha(b"%d" % i + l) for i, l in enumerate(layers)]
    tar = Tar()
    for name, l in zip(names, layers):
        if "/" in name:
            tar.dir(name.rpartition("/")[0] + "/")
        tar.file(name, compress(l, how))
    tar.file(sha(cfg) + ".json", cfg)
    tar.file("manifest.json", dump(manifest if manifest is not None else [
        {"Config": sha(cfg) + ".json", "RepoTags": list(tags) or None, "Layers": names}]))
    return tar


def oci_archive(layers, tags=("test:latest",), config=None, how="gzip", manifest_edit=None, blob_edit=None,
                index_edit=None):
    """An OCI image layout as a Tar. The edits are called with each document before it is hashed."""
    cfg = dump(config if config is not None else make_config(layers))
    blobs = {sha(cfg): cfg}
    descs = []
    for l in layers:
        z = compress(l, how)
        blobs[sha(z)] = z
        descs.append({"mediaType": "application/vnd.oci.image.layer.v1.tar" + MEDIA[how],
                      "digest": "sha256:" + sha(z), "size": len(z)})
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                           "digest": "sha256:" + sha(cfg), "size": len(cfg)},
                "layers": descs}
    if manifest_edit:
        manifest = manifest_edit(manifest) or manifest
    m = dump(manifest)
    blobs[sha(m)] = m
    index = {"schemaVersion": 2, "manifests": [
        {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "sha256:" + sha(m), "size": len(m),
         **({"annotations": {"org.opencontainers.image.ref.name": t, "io.containerd.image.name": t}} if t else {})}
        for t in (list(tags) or [None])]}
    if index_edit:
        index = index_edit(index) or index
    if blob_edit:
        blobs = blob_edit(blobs) or blobs
    tar = Tar().file("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
    tar.dir("blobs/").dir("blobs/sha256/")
    for digest in sorted(blobs):
        tar.file("blobs/sha256/" + digest, blobs[digest])
    return tar.file("index.json", dump(index))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("-f", default="docker", choices=["docker", "oci"])
    p.add_argument("-z", default="none", choices=list(MEDIA))
    p.add_argument("-Z", default="none", choices=list(MEDIA))
    p.add_argument("-t", action="append", default=[])
    p.add_argument("-c", default="{}")
    p.add_argument("--arch", default="amd64")
    p.add_argument("-o", required=True)
    p.add_argument("layer", nargs="*")
    a = p.parse_args()
    layers = [open(l, "rb").read() for l in a.layer]
    config = make_config(layers, json.loads(a.c), a.arch)
    make = docker_archive if a.f == "docker" else oci_archive
    with open(a.o, "wb") if a.o != "-" else sys.stdout.buffer as f:
        f.write(compress(make(layers, tags=a.t, config=config, how=a.z).bytes(), a.Z))


if __name__ == "__main__":
    main()
