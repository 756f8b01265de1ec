#!/bin/sh
# floors.sh - no file includes a floor above its own, nor a dependency it does not wrap
git ls-files -z 'core/*.[ch]' 'applets/*.[ch]' | xargs -0 awk -f tests/floors.awk
