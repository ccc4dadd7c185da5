#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# check_destdir.sh BUILD: with DESTDIR the same files are installed, all of them below it, and none
# of them knows.
set -euo pipefail

build=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
stage=$work/stage

manifest() {
    sort "$build/install_manifest.txt"
}

cmake --install "$build" >"$work/log"
without=$(manifest)
DESTDIR=$stage cmake --install "$build" >"$work/log"
[ "$(manifest)" = "$without" ] || {
    echo "install: DESTDIR changes what is installed" >&2
    exit 1
}
diff <(echo "$without") <(cd "$stage" && find . ! -type d | sed 's/^\.//' | sort) || {
    echo "install: not all of it, or more, is below DESTDIR" >&2
    exit 1
}
if grep --recursive --files-with-matches --fixed-strings "$stage" "$stage"; then
    echo "install: DESTDIR is written into what is installed" >&2
    exit 1
fi
echo "install: DESTDIR only moves what is installed"
