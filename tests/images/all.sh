#!/bin/sh
# SPDX-License-Identifier: MIT
# all.sh - make every test image that is not there yet. What each one is stands in its script.
here=$(cd "$(dirname "$0")" && pwd)
for maker in busybox probe hello peers apps big; do
	"$here/$maker.sh" || exit 1
done
