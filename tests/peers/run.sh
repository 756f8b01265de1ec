#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh CORACLE - archives to and from the real docker, podman and skopeo, and our words beside docker's.
. "$(dirname "$0")/../lib/need.sh"
need load save run inspect logs
need_root
need_program python3 cc
exec sh "$here/../cli/run.sh" "$CORACLE" "$here"/*.test
